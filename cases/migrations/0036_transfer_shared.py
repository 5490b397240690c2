"""What is known of a child who moves goes to the receiver before the day, and the receiver says that it has it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0035_mates_found"),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="day_agreed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="transfer",
            name="share_received_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="transfer",
            name="shared_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="transfer",
            name="shared_to",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AddField(
            model_name="transfer",
            name="shared_what",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("share_received_at", None),
                        ("shared_at", None),
                        ("shared_to", ""),
                        ("shared_what", ""),
                    ),
                    models.Q(
                        ("shared_at__isnull", False),
                        models.Q(("shared_to", ""), _negated=True),
                        models.Q(("shared_what", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="transfer_shared_with_whom_and_what",
            ),
        ),
    ]

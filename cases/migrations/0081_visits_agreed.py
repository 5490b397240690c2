"""A child who is fostered for long may agree at a visit to be visited less often."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0080_drafts_of_more_forms"),
    ]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="agreed_less",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_less", False), models.Q(("lasting", True), ("seen", True)), _connector="OR"
                ),
                name="visit_agreed_by_a_child_who_was_seen",
            ),
        ),
    ]

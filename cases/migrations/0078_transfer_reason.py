"""Why a child is to go to another authority; of transfers that are on record already nobody is asked."""

from django.db import migrations, models

_REASONS = [
    ("share", "The authority looks after as many children as the scheme asks of it, or more"),
    ("placed", "The child is placed in the other area, or will be, and stays there"),
    ("family", "Family, or people close to the child, live there"),
    ("safety", "The child is safer there than here"),
    ("services", "What the child needs is there: a home, a school, health, people of their language"),
    ("other", "Another reason"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0077_report_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="reason",
            field=models.CharField(blank=True, choices=_REASONS, db_default="", default="", max_length=8),
        ),
        migrations.AddField(
            model_name="transfer",
            name="reason_note",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("reason", "other"), _negated=True),
                        models.Q(("reason_note", ""), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(models.Q(("reason", ""), _negated=True), ("reason_note", ""), _connector="OR"),
                ),
                name="transfer_other_reason_in_words",
            ),
        ),
    ]

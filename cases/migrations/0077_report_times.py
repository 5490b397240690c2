"""A missing report says when each check was done, by what and when the police were told, and in what part one reports."""

from django.db import migrations, models
from django.db.models import F, Q, Value


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0076_quarantine"),
    ]

    operations = [
        migrations.AddField(
            "missingreport",
            "police_told_by",
            models.CharField(
                blank=True,
                choices=[
                    ("999", "999"),
                    ("101", "101"),
                    ("online", "Online form"),
                    ("mail", "Email to the control room"),
                ],
                db_default="",
                max_length=6,
            ),
        ),
        migrations.AddField("missingreport", "police_told_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "missingreport",
            "reporter_role",
            models.CharField(
                blank=True,
                choices=[
                    ("placement_staff", "Placement staff"),
                    ("foster_carer", "Foster carer"),
                    ("social_worker", "Social worker"),
                    ("guardian", "Guardian"),
                    ("teacher", "Teacher"),
                    ("clinician", "Clinician"),
                    ("police", "Police"),
                    ("other", "Other"),
                ],
                db_default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            "missingreport",
            "steps_at",
            models.JSONField(db_default=Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddConstraint(
            "missingreport",
            models.CheckConstraint(
                condition=Q(police_told_at=None) | Q(police_told_at__lte=F("recorded_at")),
                name="missing_report_police_told_before",
            ),
        ),
    ]

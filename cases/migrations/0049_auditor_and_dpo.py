"""Give an authority an auditor and a data protection officer, and find the reads of one day by an index that costs a read nothing."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0048_reads_by_person"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="membership",
            name="membership_organisation_fits_role",
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("social_worker", "Social worker"),
                    ("duty_desk", "Duty desk"),
                    ("team_manager", "Team manager"),
                    ("placement_staff", "Placement staff"),
                    ("foster_carer", "Foster carer"),
                    ("guardian", "Guardian"),
                    ("police", "Police"),
                    ("administrator", "Administrator"),
                    ("statistician", "Oversight analyst"),
                    ("auditor", "Auditor"),
                    ("dpo", "Data protection officer"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="accessrecord",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="access_by_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home", None),
                        ("role__in", ("social_worker", "duty_desk", "team_manager")),
                        ("service", None),
                        ("team__isnull", False),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home__isnull", False),
                        ("role__in", ("placement_staff", "foster_carer")),
                        ("service", None),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home", None),
                        ("role", "guardian"),
                        ("service__isnull", False),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force__isnull", False),
                        ("home", None),
                        ("role", "police"),
                        ("service", None),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority__isnull", False),
                        ("force", None),
                        ("home", None),
                        ("role__in", ("administrator", "auditor", "dpo")),
                        ("service", None),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home", None),
                        ("role", "statistician"),
                        ("service", None),
                        ("team", None),
                    ),
                    _connector="OR",
                ),
                name="membership_organisation_fits_role",
            ),
        ),
    ]

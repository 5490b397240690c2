"""A distant placement is approved in steps: asked with what the area said, then decided by the director."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0030_needless_searches"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="placementapproval",
            options={"ordering": ["-pk"]},
        ),
        migrations.RemoveConstraint(
            model_name="placementapproval",
            name="placement_approval_says_who_and_why",
        ),
        migrations.AddField(
            model_name="placementapproval",
            name="host_asked_date",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="placementapproval",
            name="host_said",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="placementapproval",
            name="host_whom",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="placementapproval",
            name="why_before",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AlterField(
            model_name="placementapproval",
            name="kind",
            field=models.CharField(
                choices=[
                    ("asked", "Distant placement: the director is asked"),
                    ("approved", "Approved as a distant placement"),
                    ("refused", "Refused as a distant placement: another is to be found"),
                    ("adjoins", "Not distant: the two areas adjoin"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="placementapproval",
            name="placement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="cases.placement"
            ),
        ),
        migrations.AddConstraint(
            model_name="placementapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["asked", "approved", "refused", "adjoins"]),
                    models.Q(("approved_by", ""), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                ),
                name="placement_approval_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="placementapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "asked"), _negated=True),
                    models.Q(
                        models.Q(("why_before", ""), _negated=True),
                        models.Q(("host_whom", ""), _negated=True),
                        models.Q(("host_said", ""), _negated=True),
                        ("host_asked_date__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="placement_approval_asked_of_the_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="placementapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["approved", "adjoins"])),
                fields=("placement",),
                name="placement_is_approved_once",
            ),
        ),
    ]

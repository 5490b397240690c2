"""Keep a worry about a colleague for the designated officer for allegations, and why a keep-from mark was lifted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0055_corrections"),
    ]

    operations = [
        migrations.AddField(
            model_name="keepfrom",
            name="lift_reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="matter",
            name="about",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="child",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.child",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="limit_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="matter",
            name="phone",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="matter",
            name="senior",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="mailbox",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("control_room", "Force control room"),
                    ("coordinator", "Force missing-person coordinator"),
                    ("duty", "Duty desk"),
                    ("host_duty", "Host authority's duty"),
                    ("reviewing", "Independent reviewing officers"),
                    ("lado", "Designated officer for allegations (LADO)"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="matter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("breach", "Data breach"),
                    ("complaint", "Complaint"),
                    ("worry", "Worry about a colleague"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="matterentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("assessed", "Assessed: whom it concerns, and the risk to them"),
                    ("notified", "Told the Information Commissioner"),
                    ("not_notified", "Decided not to tell the Information Commissioner"),
                    ("told_people", "Told the people concerned, or decided not to"),
                    ("acknowledged", "Acknowledged to whoever complained"),
                    ("answered", "Answered"),
                    ("lado_has_it", "The LADO has it"),
                    ("outcome", "What the LADO decided"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "worry"), ("limit_at__isnull", False)),
                    models.Q(
                        models.Q(("kind", "worry"), _negated=True),
                        ("about", None),
                        ("child", None),
                        ("limit_at", None),
                        ("phone", ""),
                        ("senior", None),
                    ),
                    _connector="OR",
                ),
                name="matter_worry_has_its_own_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("about", None),
                    models.Q(
                        models.Q(("about", models.F("reported_by")), _negated=True),
                        models.Q(
                            ("senior", None),
                            models.Q(("senior", models.F("about")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="matter_worry_is_not_read_by_whom_it_is_about",
            ),
        ),
        schema.for_application("GRANT UPDATE (lift_reason) ON cases_keepfrom TO {role}"),
    ]

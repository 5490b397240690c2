"""Keep which children belong together, as somebody says and as it was found."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0066_risk_assessments"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChildLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sibling", "Brother or sister"),
                            ("relative", "Another relative"),
                            ("companion", "Travelled together"),
                            ("friend", "Friend"),
                        ],
                        max_length=9,
                    ),
                ),
                ("said_by", models.CharField(max_length=200, verbose_name="who says so")),
                ("note", models.CharField(blank=True, max_length=500)),
                ("may_be_danger", models.BooleanField(default=False)),
                (
                    "check_result",
                    models.CharField(
                        choices=[
                            ("not_checked", "Not checked: it is what somebody says"),
                            ("confirmed", "Checked: it is so"),
                            ("not_so", "Checked: it is not so"),
                        ],
                        default="not_checked",
                        max_length=11,
                    ),
                ),
                ("checked_how", models.CharField(blank=True, max_length=500)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links_ahead",
                        to="cases.child",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links_behind",
                        to="cases.child",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("child__lt", models.F("other"))), name="link_from_the_lower_key"
                    ),
                    models.UniqueConstraint(fields=("child", "other", "kind"), name="link_of_a_kind_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("check_result", "not_checked"), ("checked_at", None), ("checked_by", None)
                            ),
                            models.Q(
                                ("checked_at__isnull", False),
                                ("checked_by__isnull", False),
                                models.Q(("checked_how", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="link_checked_by_somebody",
                    ),
                ],
            },
        ),
        *schema.history("cases_childlink"),
    ]

"""Keep who broke the glass of a child's record, why, and what a manager found."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0045_home_devices"),
    ]

    operations = [
        migrations.CreateModel(
            name="BrokenGlass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("was_right", models.BooleanField(blank=True, null=True)),
                ("finding", models.TextField(blank=True)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="broken_glass",
                        to="cases.child",
                    ),
                ),
                (
                    "looked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["user", "child", "-at"], name="glass_by_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="glass_broken_for_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("at"))), name="glass_ends_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finding", ""), ("looked_at", None), ("looked_by", None), ("was_right", None)
                            ),
                            models.Q(
                                ("looked_at__isnull", False),
                                ("looked_by__isnull", False),
                                ("was_right__isnull", False),
                                models.Q(("looked_by", models.F("user")), _negated=True),
                                models.Q(("finding", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="glass_looked_at_by_another",
                    ),
                ],
            },
        ),
        # Of what is written nothing changes but what a manager found, and that is written once.
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE DELETE ON cases_brokenglass
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_as_written
                BEFORE UPDATE OF id, child_id, user_id, reason, at, ends_at
                ON cases_brokenglass FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_once_looked_at BEFORE UPDATE ON cases_brokenglass
                FOR EACH ROW WHEN (OLD.looked_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
            """,
            """
            DROP TRIGGER append_only_once_looked_at ON cases_brokenglass;
            DROP TRIGGER append_only_as_written ON cases_brokenglass;
            DROP TRIGGER append_only ON cases_brokenglass
            """,
        ),
        schema.for_application(
            "REVOKE UPDATE, DELETE, TRUNCATE ON cases_brokenglass FROM {role}",
            "GRANT UPDATE (looked_at, looked_by_id, was_right, finding) ON cases_brokenglass TO {role}",
        ),
    ]

"""Let a role that has not begun be called off: it ends as it begins, and holds at no instant."""

from django.db import migrations, models

from cases import schema

# Taken back, such a role holds for the shortest time that there is: the old schema knows none without any.
AS_SHORT_AS_CAN_BE = """
    ALTER TABLE cases_membership DISABLE TRIGGER ends_once;
    UPDATE cases_membership SET ends_at = starts_at + interval '1 microsecond' WHERE called_off_at IS NOT NULL;
    ALTER TABLE cases_membership ENABLE TRIGGER ends_once
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0041_reviews_ask_the_police"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="membership", name="membership_ends_after_start"),
        migrations.AddField(
            model_name="membership",
            name="called_off_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, AS_SHORT_AS_CAN_BE),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("called_off_at", None), ("ends_at", None)),
                    models.Q(("called_off_at", None), ("ends_at__gt", models.F("starts_at"))),
                    models.Q(
                        ("called_off_at__isnull", False),
                        ("called_off_at__lt", models.F("starts_at")),
                        ("ends_at", models.F("starts_at")),
                    ),
                    _connector="OR",
                ),
                name="membership_ends_after_start",
            ),
        ),
        schema.for_application("GRANT UPDATE (called_off_at) ON cases_membership TO {role}"),
    ]

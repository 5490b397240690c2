"""Keep checks recorded and cover accepted by another person than the one they are of, and leave once in a service."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Only the answer is looked at: cover that somebody accepted for themself before can still be ended.
ANOTHER = migrations.RunSQL(
    """
    CREATE FUNCTION refuse_own_acceptance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'cover is not accepted by whoever asked for it'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER accepted_by_another BEFORE INSERT OR UPDATE OF accepted ON guardians_guardiancover
        FOR EACH ROW WHEN (NEW.accepted AND NEW.asked_by_id = NEW.covered_by_id)
        EXECUTE FUNCTION refuse_own_acceptance()
    """,
    """
    DROP TRIGGER accepted_by_another ON guardians_guardiancover;
    DROP FUNCTION refuse_own_acceptance()
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("guardians", "0005_leave_and_cover"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="guardianleave",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("called_off_at", None), ("child", None)),
                expressions=[
                    ("guardian", "="),
                    ("service", "="),
                    (
                        models.Func(
                            models.F("starts_at"),
                            models.F("ends_at"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="leave_once_in_a_service",
            ),
        ),
        # What stands in the table is append-only: it stays, and what is added holds.
        AddConstraintNotValid(
            model_name="guardianterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("guardian", models.F("recorded_by")), _negated=True),
                name="terms_by_another",
            ),
        ),
        ANOTHER,
    ]

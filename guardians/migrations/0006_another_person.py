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


# What was sent twice at once was stored twice: of leave within other leave the later row is called off, and of leave that
# runs on beyond it the part that both hold.
ONCE = migrations.RunSQL(
    """
    UPDATE guardians_guardianleave AS again SET called_off_at = now()
     WHERE again.called_off_at IS NULL AND again.child_id IS NULL AND EXISTS (
        SELECT FROM guardians_guardianleave AS kept
         WHERE kept.guardian_id = again.guardian_id AND kept.service_id = again.service_id AND kept.id <> again.id
           AND kept.called_off_at IS NULL AND kept.child_id IS NULL
           AND tstzrange(kept.starts_at, kept.ends_at) @> tstzrange(again.starts_at, again.ends_at)
           AND (tstzrange(kept.starts_at, kept.ends_at) <> tstzrange(again.starts_at, again.ends_at)
                OR kept.id < again.id));
    UPDATE guardians_guardianleave AS sooner SET ends_at = later.starts_at
      FROM guardians_guardianleave AS later
     WHERE later.guardian_id = sooner.guardian_id AND later.service_id = sooner.service_id AND later.id <> sooner.id
       AND later.called_off_at IS NULL AND sooner.called_off_at IS NULL
       AND later.child_id IS NULL AND sooner.child_id IS NULL
       AND later.starts_at > sooner.starts_at
       AND later.starts_at < coalesce(sooner.ends_at, 'infinity')
    """,
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [
        ("guardians", "0005_leave_and_cover"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        ONCE,
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

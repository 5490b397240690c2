"""What of guardianship stays as it was written, what ends, and whose history is kept."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from cases import schema

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
    replaces = [
        ("guardians", "0002_kept"),
        ("guardians", "0004_row_history"),
        ("guardians", "0006_another_person"),
    ]
    dependencies = [("guardians", "0001_tables"), ("cases", "0005_row_history")]

    operations = [
        schema.kept("guardians_guardianassignment"),
        *schema.append_only(
            "guardians_councilconcern",
            "guardians_councilconcernending",
            "guardians_guardianreferralstep",
            "guardians_guardianterms",
        ),
        *schema.ends_only(guardians_noguardian="ends_at"),
        schema.changes_only(
            guardians_guardiancover="starts_at, ends_at, answered_at, accepted, reason, called_off_at",
            guardians_guardianleave="ends_at, called_off_at",
            guardians_guardianreferral="status",
        ),
        *schema.history(
            "guardians_guardianassignment",
            "guardians_guardiancover",
            "guardians_guardianleave",
            "guardians_guardianreferral",
            "guardians_noguardian",
            of="child_id",
        ),
        # What was recorded before this rule stands: the table is append-only.
        AddConstraintNotValid(
            model_name="guardianterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("guardian", models.F("recorded_by")), _negated=True),
                name="terms_by_another",
            ),
        ),
        ANOTHER,
    ]

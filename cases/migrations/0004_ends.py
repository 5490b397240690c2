"""What ends and is never rewritten: mailboxes, agreements, roles, shifts, marks, holds, and whatever else has an end."""

from django.db import migrations

from cases import schema

MAY_END_SOONER = {"cases_membership": "ends_at, called_off_at", "cases_shift": "ends_at, taken_at"}


def ends_sooner(table: str) -> migrations.RunSQL:
    """An end that lies ahead can be brought nearer; one that has come stays."""
    return migrations.RunSQL(
        f"""
            CREATE TRIGGER ends_once BEFORE UPDATE ON {table}
                FOR EACH ROW WHEN (
                    OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at
                    AND NOT (OLD.ends_at > now() AND NEW.ends_at IS NOT NULL AND NEW.ends_at < OLD.ends_at)
                )
                EXECUTE FUNCTION refuse_new_end()
        """,
        f"DROP TRIGGER ends_once ON {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0018_configuration_ends"),
        ("cases", "0029_role_ends_sooner"),
        ("cases", "0072_links_stay"),
    ]
    dependencies = [("cases", "0003_logs")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_new_end() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '% has ended', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """,
            "DROP FUNCTION refuse_new_end()",
        ),
        *schema.ends_only(
            cases_childlink="check_result, checked_how, may_be_danger, checked_at, checked_by_id",
            cases_escortlink="revoked_at",
            cases_forceagreement="expires_date",
            cases_journey="ended_at, ended_by_id, reason",
            cases_keepfrom="ends_at, lifted_by_id, seconded_by_id, lift_reason",
            cases_legalhold="ends_at, lifted_by_id, seconded_by_id, lift_reason",
            cases_mailbox="verified_at, failed_at, ends_at",
            cases_note="withdrawn_at, withdrawn_by_id, withdrawn_reason",
            cases_planaction="ended_at, ended_by_id, ending, said",
            cases_restriction="ends_at, lifted_by_id, seconded_by_id, lift_reason",
            cases_riskassessment="agreed_at, agreed_by_id",
            cases_trigger="answered_at, answered_by_id, answer",
        ),
        schema.changes_only(**MAY_END_SOONER),
        *(ends_sooner(table) for table in MAY_END_SOONER),
    ]

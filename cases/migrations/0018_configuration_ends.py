"""Let mailboxes, agreements, roles, shifts and keep-from marks be ended and never rewritten."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_configuration_log")]

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
            cases_mailbox="verified_at, failed_at, ends_at",
            cases_forceagreement="expires_date",
            cases_membership="ends_at",
            cases_shift="ends_at, taken_at",
            cases_keepfrom="ends_at, lifted_by_id, seconded_by_id",
        ),
        schema.for_application("REVOKE UPDATE, TRUNCATE ON cases_childgrouppermission FROM {role}"),
    ]

"""Have the database itself destroy nothing but what an officer who is one now has signed, an event tells of and no hold keeps."""

from django.db import migrations

_HEAD = """
    CREATE OR REPLACE FUNCTION destroy_passage(correction bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        made cases_correction%ROWTYPE;
        whose bigint;
    BEGIN
        SELECT * INTO STRICT made FROM cases_correction WHERE id = correction;
"""
_CHECKED = """
        EXECUTE format(
            'SELECT %s FROM %I AS one WHERE one.id = $1',
            CASE WHEN made.what IN ('note', 'contact') THEN 'one.child_id'
                ELSE '(SELECT child_id FROM cases_missingepisode WHERE id = one.episode_id)' END,
            made."table"
        ) INTO whose USING made."row";
        IF whose IS DISTINCT FROM made.child_id OR NOT EXISTS (
            SELECT FROM cases_event AS told
            WHERE told.child_id = made.child_id AND told.kind = 'passage_destroyed'
                AND told.subject_type = 'correction' AND told.subject_id = made.id
        ) THEN
            RAISE EXCEPTION 'no event of the child tells of this correction'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT EXISTS (
            SELECT FROM cases_membership AS held
            WHERE held.user_id = made.seconded_by_id AND held.role = 'dpo'
                AND held.starts_at <= clock_timestamp()
                AND (held.ends_at IS NULL OR held.ends_at > clock_timestamp())
                AND held.authority_id = (
                    SELECT latest.authority_id FROM cases_responsibility AS latest
                    WHERE latest.child_id = made.child_id AND latest.starts_at <= clock_timestamp()
                    ORDER BY latest.starts_at DESC LIMIT 1
                )
        ) THEN
            RAISE EXCEPTION 'the second person is no data protection officer of the responsible authority'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF EXISTS (SELECT FROM cases_legalhold WHERE child_id = made.child_id AND ends_at IS NULL) THEN
            RAISE EXCEPTION 'a legal hold stands' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
"""
_TAIL = """
        EXECUTE format('UPDATE %I SET %I = %L WHERE id = $1', made."table", made."column", '[destroyed]')
            USING made."row";
        UPDATE cases_rowchange SET "values" = ''
            WHERE "table" = made."table" AND "row" = made."row" AND fields ? made."column" AND "values" <> '';
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0058_row_changes_by_day")]

    operations = [migrations.RunSQL(_HEAD + _CHECKED + _TAIL, _HEAD + _TAIL)]

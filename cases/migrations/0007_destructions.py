"""What is destroyed for good, by functions of the owner: a wrong passage, and the documents of a record whose time has come.

The database itself destroys nothing but what an officer who is one now has signed, an event of the child tells of and no
hold keeps.
"""

from django.db import migrations

from cases import schema

DESTROY_PASSAGE = """
    CREATE FUNCTION destroy_passage(correction bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        made cases_correction%ROWTYPE;
        whose bigint;
    BEGIN
        SELECT * INTO STRICT made FROM cases_correction WHERE id = correction;

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

        EXECUTE format('UPDATE %I SET %I = %L WHERE id = $1', made."table", made."column", '[destroyed]')
            USING made."row";
        UPDATE cases_rowchange SET "values" = ''
            WHERE "table" = made."table" AND "row" = made."row" AND fields ? made."column" AND "values" <> '';
    END $$;
    REVOKE ALL ON FUNCTION destroy_passage(bigint) FROM PUBLIC
"""
BY_TWO = """
    CREATE FUNCTION require_destroyed_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        told cases_event%ROWTYPE;
    BEGIN
        IF OLD.destroyed_at IS NOT NULL THEN
            RAISE EXCEPTION 'a destroyed document stays as it is' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT * INTO told FROM cases_event
            WHERE child_id = NEW.child_id AND kind = 'documents_destroyed' ORDER BY "number" DESC LIMIT 1;
        IF told.recorded_at IS DISTINCT FROM NEW.destroyed_at OR NOT EXISTS (
            SELECT FROM cases_membership AS held
            WHERE held.user_id = (told.data ->> 'second')::bigint AND held.role = 'dpo'
                AND held.user_id IS DISTINCT FROM told.actor_id
                AND held.starts_at <= clock_timestamp()
                AND (held.ends_at IS NULL OR held.ends_at > clock_timestamp())
                AND held.authority_id = (
                    SELECT latest.authority_id FROM cases_responsibility AS latest
                    WHERE latest.child_id = NEW.child_id AND latest.starts_at <= clock_timestamp()
                    ORDER BY latest.starts_at DESC LIMIT 1
                )
        ) THEN
            RAISE EXCEPTION 'no event with a data protection officer tells of this'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF EXISTS (SELECT FROM cases_legalhold WHERE child_id = NEW.child_id AND ends_at IS NULL)
            OR EXISTS (SELECT FROM cases_child WHERE id = NEW.child_id AND closed_at IS NULL) THEN
            RAISE EXCEPTION 'a legal hold stands, or the case is open'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER destroyed_by_two BEFORE UPDATE OF destroyed_at ON cases_document
        FOR EACH ROW EXECUTE FUNCTION require_destroyed_by_two()
"""
DESTROY_DOCUMENTS = """
    CREATE FUNCTION destroy_documents(child bigint, event int) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        told cases_event%ROWTYPE;
    BEGIN
        SELECT * INTO told FROM cases_event
            WHERE child_id = child AND "number" = event AND kind = 'documents_destroyed';
        -- One that told of others, before, destroys nothing that came since.
        IF (SELECT count(*) FROM cases_document WHERE child_id = child AND destroyed_at IS NULL)
            IS DISTINCT FROM (told.data ->> 'number')::bigint THEN
            RAISE EXCEPTION 'no event tells of these documents' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        UPDATE cases_document SET destroyed_at = told.recorded_at
            WHERE child_id = child AND destroyed_at IS NULL;
    END $$;
    REVOKE ALL ON FUNCTION destroy_documents(bigint, int) FROM PUBLIC
"""


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0059_destroyed_by_an_officer"),
        ("cases", "0090_documents_destroyed"),
    ]
    dependencies = [("cases", "0006_agreements")]

    operations = [
        migrations.RunSQL(DESTROY_PASSAGE, "DROP FUNCTION destroy_passage(bigint)"),
        migrations.RunSQL(
            BY_TWO,
            "DROP TRIGGER destroyed_by_two ON cases_document; DROP FUNCTION require_destroyed_by_two()",
        ),
        migrations.RunSQL(DESTROY_DOCUMENTS, "DROP FUNCTION destroy_documents(bigint, int)"),
        schema.ForApplication(
            "GRANT EXECUTE ON FUNCTION destroy_passage(bigint) TO {role}",
            "GRANT EXECUTE ON FUNCTION destroy_documents(bigint, int) TO {role}",
        ),
    ]

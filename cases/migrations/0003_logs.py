"""What nobody changes or removes, the owner of the tables neither: logs, reports, decisions and what was said in a meeting."""

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases import schema

# A correction that stands in its own table lets its one passage be destroyed, and a history be emptied of it; neither
# is lawful in any other way, for the owner of the schema either.
CORRECTIONS = migrations.RunSQL(
    """
    CREATE FUNCTION refuse_all_but_correction() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        passage CONSTANT text := TG_ARGV[0];
        before jsonb;
        after jsonb;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            before := to_jsonb(OLD);
            after := to_jsonb(NEW);
            IF before - passage = after - passage AND after ->> passage = '[destroyed]' AND EXISTS (
                SELECT FROM cases_correction AS made
                WHERE made."table" = TG_TABLE_NAME AND made."row" = (before ->> 'id')::bigint
                    AND made."column" = passage
                    AND made.passage_digest = encode(sha256(convert_to(before ->> passage, 'UTF8')), 'hex')
            ) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION refuse_all_but_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(OLD) - 'values' = to_jsonb(NEW) - 'values' AND NEW."values" = '' AND EXISTS (
                SELECT FROM cases_correction AS made
                WHERE made."table" = OLD."table" AND made."row" = OLD."row" AND OLD.fields ? made."column"
            ) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    DROP FUNCTION refuse_all_but_destroyed();
    DROP FUNCTION refuse_all_but_correction()
    """,
)

REVIEW = """
    id, episode_id, kind, due_at, held_at, chair, note, recorded_at, recorded_by_id,
    police_asked_at, police_spoken_to, police_reference, police_answer, police_not_asked
"""
INTERVIEW = """
    id, key, episode_id, version, offered_at, outcome, reason, carer_information, interviewer, independence, interpreter,
    interpreter_name, held_at, place, "before", during, "after", why_left, what_drew, with_whom, harm, crimes, would_help,
    intelligence, actions, sharing, review_date, recorded_at, recorded_by_id
"""


def withdrawn_alone(table: str, written: str) -> list[Operation]:
    """Rows of `table` are withdrawn once, with who and why; the columns `written` stay, and a withdrawn row whole."""
    return [
        migrations.RunSQL(
            f"""
            CREATE TRIGGER append_only BEFORE DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_as_written BEFORE UPDATE OF {written}
                ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_once_withdrawn BEFORE UPDATE ON {table}
                FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
            """,
            f"""
            DROP TRIGGER append_only_once_withdrawn ON {table};
            DROP TRIGGER append_only_as_written ON {table};
            DROP TRIGGER append_only_whole ON {table};
            DROP TRIGGER append_only ON {table}
            """,
        ),
        schema.changes_only(**{table: "withdrawn_at, withdrawn_by_id, withdrawn_reason"}),
    ]


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0003_append_only"),
        ("cases", "0071_visits_and_papers_stay"),
    ]
    dependencies = [("cases", "0002_rights")]

    operations = [
        schema.REFUSE,
        *schema.append_only(
            "cases_accessrecord",
            "cases_acknowledgement",
            "cases_agedecision",
            "cases_assessmentreading",
            "cases_birthdateclaim",
            "cases_configurationchange",
            "cases_correction",
            "cases_detailschange",
            "cases_disclosure",
            "cases_episodeending",
            "cases_episodegrade",
            "cases_event",
            "cases_findmereview",
            "cases_findmesection",
            "cases_heldpaper",
            "cases_homeevent",
            "cases_hostnotice",
            "cases_journeyconfirmation",
            "cases_journeystop",
            "cases_matter",
            "cases_matterentry",
            "cases_meeting",
            "cases_missingreport",
            "cases_nrmstep",
            "cases_placementapproval",
            "cases_responsibility",
            "cases_roomreview",
            "cases_safetyplan",
            "cases_seal",
            "cases_visit",
        ),
        CORRECTIONS,
        *schema.append_only("cases_episodeupdate", by="refuse_all_but_correction('text')"),
        *schema.append_only("cases_episodecall", by="refuse_all_but_correction('said')"),
        *schema.append_only("cases_rowchange", by="refuse_all_but_destroyed()"),
        # A review or an interview that was marked by mistake is owed again.
        *withdrawn_alone("cases_missingreview", REVIEW),
        *withdrawn_alone("cases_returninterview", INTERVIEW),
        # Of broken glass a manager writes once what they found.
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
        schema.changes_only(cases_brokenglass="looked_at, looked_by_id, was_right, finding"),
    ]

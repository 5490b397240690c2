"""Let the documents of a record be destroyed when its time has come: by the owner's function, as an event of the child tells."""

from django.db import migrations, models
from django.db.models import F, Q

from cases import schema

# What no application and no owner gets round: the event, the officer who is one now, and a hold that keeps the record.
_CHECK = """
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
_DESTROY = """
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
    dependencies = [
        ("cases", "0089_sickness_beside_leave"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="destroyed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=Q(destroyed_at=None) | Q(destroyed_at__gte=F("kept_at")),
                name="document_destroyed_after_it_was_kept",
            ),
        ),
        migrations.RunSQL(
            _CHECK,
            "DROP TRIGGER destroyed_by_two ON cases_document; DROP FUNCTION require_destroyed_by_two()",
        ),
        migrations.RunSQL(_DESTROY, "DROP FUNCTION destroy_documents(bigint, int)"),
        schema.for_application("GRANT EXECUTE ON FUNCTION destroy_documents(bigint, int) TO {role}"),
    ]

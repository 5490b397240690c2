"""What of alerts and messages stays as it was written; old texts alone may be emptied."""

from django.db import migrations

from cases import schema

OLD_TEXTS = migrations.RunSQL(
    """
    CREATE FUNCTION refuse_all_but_old_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(OLD) - 'text' = to_jsonb(NEW) - 'text' AND NEW.text = '' AND OLD.text <> ''
                AND OLD.text_digest = encode(sha256(convert_to(OLD.text, 'UTF8')), 'hex')
                AND OLD.at < now() - interval '1 year'
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION empty_old_texts(before timestamptz, most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        emptied int;
    BEGIN
        UPDATE alerts_messageproof SET text = '' WHERE id IN (
            SELECT proof.id FROM alerts_messageproof AS proof
            WHERE proof.at < least(before, now() - interval '1 year') AND proof.text <> ''
                AND NOT EXISTS (
                    SELECT FROM alerts_messageitem AS item
                    JOIN alerts_alert AS alert ON alert.id = item.alert_id
                    JOIN cases_legalhold AS hold ON hold.child_id = alert.child_id AND hold.ends_at IS NULL
                    WHERE item.message_id = proof.message_id
                )
            ORDER BY proof.id LIMIT most
        );
        GET DIAGNOSTICS emptied = ROW_COUNT;
        RETURN emptied;
    END $$;
    REVOKE ALL ON FUNCTION empty_old_texts(timestamptz, int) FROM PUBLIC
    """,
    """
    DROP FUNCTION empty_old_texts(timestamptz, int);
    DROP FUNCTION refuse_all_but_old_text()
    """,
)


class Migration(migrations.Migration):
    replaces = [
        ("alerts", "0003_append_only"),
        ("alerts", "0012_home_alerts_kept"),
        ("alerts", "0035_old_texts"),
    ]
    dependencies = [("alerts", "0001_tables"), ("cases", "0004_ends")]

    operations = [
        *schema.append_only(
            "alerts_linkacknowledgement",
            "alerts_reply",
            "alerts_replyanswer",
            "alerts_testcall",
            "alerts_verification",
        ),
        # The texts of old mails can be emptied, and nothing else of their proofs be changed, by the owner either.
        OLD_TEXTS,
        schema.ForApplication("GRANT EXECUTE ON FUNCTION empty_old_texts(timestamptz, int) TO {role}"),
        *schema.append_only("alerts_messageproof", by="refuse_all_but_old_text()"),
        schema.kept(
            "alerts_alert",
            "alerts_alertstep",
            "alerts_clock",
            "alerts_dutystep",
            "alerts_dutytask",
            "alerts_homealert",
            "alerts_homealertstep",
            "alerts_homeclock",
            "alerts_matterclock",
            "alerts_message",
            "alerts_messageitem",
            "alerts_outage",
            "alerts_policelink",
            "alerts_policyversion",
            "alerts_probe",
            "alerts_sending",
        ),
        *schema.ends_only(alerts_release="ends_at, ended_by_id"),
    ]

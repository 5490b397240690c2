"""Keep what stood in each row that may be written over: a trigger of every such table writes it, whoever changes it."""

from django.db import migrations

from cases import schema

KEEP_HISTORY = migrations.RunSQL(
    """
    CREATE FUNCTION keep_row_history() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        whose_column CONSTANT text := TG_ARGV[0];
        without_weight CONSTANT text[] := string_to_array(TG_ARGV[1], ' ');
        secret CONSTANT text[] := string_to_array(TG_ARGV[2], ' ');
        before CONSTANT jsonb := to_jsonb(OLD);
        now_is CONSTANT jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(NEW) ELSE '{}'::jsonb END;
        changed jsonb;
        whose bigint := before ->> whose_column;
    BEGIN
        SELECT jsonb_object_agg(name, CASE WHEN name = ANY (secret) THEN '[]'::jsonb
                ELSE jsonb_build_array(before -> name, now_is -> name) END)
            INTO changed FROM jsonb_object_keys(before) AS name
            WHERE before -> name IS DISTINCT FROM now_is -> name AND name <> ALL (without_weight);
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
        IF whose_column = 'episode_id' THEN
            SELECT child_id INTO whose FROM cases_missingepisode WHERE id = whose;
        END IF;
        INSERT INTO cases_rowchange
            (at, "table", "row", removed, child_id, fields, "values", values_digest, actor_id, request)
        SELECT clock_timestamp(), TG_TABLE_NAME, (before ->> 'id')::bigint, TG_OP = 'DELETE', whose,
            (SELECT jsonb_agg(name) FROM jsonb_object_keys(changed) AS name), changed::text,
            encode(sha256(convert_to(changed::text, 'UTF8')), 'hex'),
            nullif(current_setting('rollcall.actor', true), '')::bigint,
            coalesce(current_setting('rollcall.request', true), '');
        RETURN NULL;
    END $$
    """,
    "DROP FUNCTION keep_row_history()",
)

OF_CHILD = (
    "absence",
    "allocation",
    "brokenglass",
    "contact",
    "discussion",
    "document",
    "journey",
    "keepfrom",
    "legalhold",
    "liveconcern",
    "missingepisode",
    "note",
    "nrmreferral",
    "photo",
    "placement",
    "planaction",
    "restriction",
    "riskassessment",
    "riskgrade",
    "transfer",
    "trigger",
    "workercover",
)
OF_EPISODE = ("episodeforce", "missingreview", "returninterview", "seenreport")
OF_NO_CHILD = (
    "arrivalgroup",
    "authority",
    "buildingcheck",
    "childlink",
    "escortlink",
    "firstresponder",
    "forceagreement",
    "guardianservice",
    "home",
    "mailbox",
    "membership",
    "namedperson",
    "policeforce",
    "provider",
    "rollcallshift",
    "shift",
    "supervision",
    "team",
    "workerleave",
)


def tables(*names: str) -> list[str]:
    return [f"cases_{name}" for name in names]


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0051_row_history"),
    ]
    dependencies = [("cases", "0004_ends")]

    operations = [
        KEEP_HISTORY,
        *schema.history("cases_child", of="id"),
        *schema.history(*tables(*OF_CHILD), of="child_id"),
        *schema.history(*tables(*OF_EPISODE), of="episode_id"),
        *schema.history(*tables(*OF_NO_CHILD)),
        *schema.history("cases_user", without_weight="last_login digest_next_at", secret="password"),  # noqa: S106
    ]

"""Each change of a child's row names the event that tells of it: so it is known when, in the time of the service.

The function reads and writes the real tables: a session's own temporary table of the same name would be found first.
"""

from django.db import migrations, models

KEEP = """
    CREATE OR REPLACE FUNCTION keep_row_history() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    DECLARE
        whose_column CONSTANT text := TG_ARGV[0];
        without_weight CONSTANT text[] := string_to_array(TG_ARGV[1], ' ');
        secret CONSTANT text[] := string_to_array(TG_ARGV[2], ' ');
        before CONSTANT jsonb := to_jsonb(OLD);
        now_is CONSTANT jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(NEW) ELSE '{}'::jsonb END;
        changed jsonb;
        whose bigint := before ->> whose_column;
        told integer;
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
        IF whose IS NOT NULL THEN
            SELECT coalesce(max(number), 0) + 1 INTO told FROM cases_event WHERE child_id = whose;
        END IF;
        INSERT INTO cases_rowchange
            (at, "table", "row", removed, child_id, event, fields, "values", values_digest, actor_id, request)
        SELECT clock_timestamp(), TG_TABLE_NAME, (before ->> 'id')::bigint, TG_OP = 'DELETE', whose, told,
            (SELECT jsonb_agg(name) FROM jsonb_object_keys(changed) AS name), changed::text,
            encode(sha256(convert_to(changed::text, 'UTF8')), 'hex'),
            nullif(current_setting('rollcall.actor', true), '')::bigint,
            coalesce(current_setting('rollcall.request', true), '');
        RETURN NULL;
    END $$
"""
# Taken back it tells of no event, and goes on to look at the real tables.
KEEP_WITHOUT = KEEP.replace("child_id, event, fields", "child_id, fields").replace("whose, told,", "whose,")


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_care_ended")]

    operations = [
        migrations.AddField(
            model_name="rowchange",
            name="event",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.RunSQL(KEEP, KEEP_WITHOUT),
    ]

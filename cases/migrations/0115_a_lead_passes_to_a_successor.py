"""An open search of a police force that has ended is led by the one in its place from then on, and that is no offer."""

from django.db import migrations

BEFORE = """
CREATE FUNCTION is_led_by_a_force_before(search bigint, heir bigint, since timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp AS $$
    WITH RECURSIVE named (id, valid_to, successor_id) AS (
        SELECT f.id, f.valid_to, f.successor_id FROM cases_policeforce f
            WHERE f.id = (SELECT force_id FROM cases_forceincharge WHERE episode_id = search
                          ORDER BY starts_at DESC LIMIT 1)
        UNION
        SELECT f.id, f.valid_to, f.successor_id FROM cases_policeforce f JOIN named ON f.id = named.successor_id
            WHERE named.valid_to <= (since AT TIME ZONE 'Europe/London')::date
    )
    SELECT EXISTS (SELECT 1 FROM named WHERE successor_id = heir
                   AND valid_to <= (since AT TIME ZONE 'Europe/London')::date)
$$;
"""
BY_OFFER = """
CREATE OR REPLACE FUNCTION force_in_charge_starts_later() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_forceincharge WHERE episode_id = NEW.episode_id AND starts_at >= NEW.starts_at) THEN
        RAISE EXCEPTION 'the start of a force in charge is never backdated'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM cases_episodeforce WHERE episode_id = NEW.episode_id AND force_id = NEW.force_id) THEN
        RAISE EXCEPTION 'a force in charge is one that was alerted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.offer_id IS NULL
        AND EXISTS (SELECT 1 FROM cases_forceincharge WHERE episode_id = NEW.episode_id)
        AND EXISTS (SELECT 1 FROM cases_missingepisode WHERE id = NEW.episode_id AND police_owed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a force takes a search over by accepting it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.offer_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM cases_forceoffer WHERE id = NEW.offer_id AND episode_id = NEW.episode_id
            AND to_force_id = NEW.force_id AND answer = 'accepted'
    ) THEN
        RAISE EXCEPTION 'a force takes a search over by accepting it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
OR_SUCCESSION = """
CREATE OR REPLACE FUNCTION force_in_charge_starts_later() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_forceincharge WHERE episode_id = NEW.episode_id AND starts_at >= NEW.starts_at) THEN
        RAISE EXCEPTION 'the start of a force in charge is never backdated'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM cases_episodeforce WHERE episode_id = NEW.episode_id AND force_id = NEW.force_id) THEN
        RAISE EXCEPTION 'a force in charge is one that was alerted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.offer_id IS NULL
        AND EXISTS (SELECT 1 FROM cases_forceincharge WHERE episode_id = NEW.episode_id)
        AND EXISTS (SELECT 1 FROM cases_missingepisode WHERE id = NEW.episode_id AND police_owed_at IS NOT NULL)
        AND NOT is_led_by_a_force_before(NEW.episode_id, NEW.force_id, NEW.starts_at) THEN
        RAISE EXCEPTION 'a force takes a search over by accepting it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.offer_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM cases_forceoffer WHERE id = NEW.offer_id AND episode_id = NEW.episode_id
            AND to_force_id = NEW.force_id AND answer = 'accepted'
    ) THEN
        RAISE EXCEPTION 'a force takes a search over by accepting it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0114_reopened")]

    operations = [
        migrations.RunSQL(BEFORE, "DROP FUNCTION is_led_by_a_force_before(bigint, bigint, timestamptz)"),
        migrations.RunSQL(OR_SUCCESSION, BY_OFFER),
    ]

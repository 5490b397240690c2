"""Until the police are owed word of an episode the force of where the child lives by then may lead it; then by an offer alone."""

from django.db import migrations

FIRST_ALONE = """
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
UNTIL_OWED = """
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


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0104_drafts_of_guardian_supervision"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="forceincharge",
            name="force_in_charge_offered_but_the_first",
        ),
        migrations.RunSQL(UNTIL_OWED, FIRST_ALONE),
    ]

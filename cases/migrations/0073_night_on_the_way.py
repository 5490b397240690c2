"""A stop of a journey at which the child sleeps, and from which it goes on in the morning."""

from django.db import migrations, models

# Each stop is at most two hours after the one before, but for a night on the way.
NIGHT = """
CREATE OR REPLACE FUNCTION journey_stops_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    whole cases_journey%ROWTYPE;
BEGIN
    SELECT * INTO whole FROM cases_journey WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    PERFORM 1 FROM cases_child WHERE id = whole.child_id FOR NO KEY UPDATE;
    IF (SELECT count(*) < 2 OR min(position) <> 0 OR max(position) <> count(*) - 1
          FROM cases_journeystop WHERE journey_id = whole.id)
    OR EXISTS (
        SELECT FROM cases_journeystop AS s JOIN cases_journeystop AS n
            ON n.journey_id = s.journey_id AND n.position = s.position + 1
         WHERE s.journey_id = whole.id
           AND (n.due_at <= s.due_at OR n.due_at > s.due_at + CASE WHEN s.overnight THEN interval '11 hours' ELSE interval '2 hours' END))
    THEN
        RAISE EXCEPTION 'the stops of journey % are not in order', whole.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""
NO_NIGHT = """
CREATE OR REPLACE FUNCTION journey_stops_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    whole cases_journey%ROWTYPE;
BEGIN
    SELECT * INTO whole FROM cases_journey WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    PERFORM 1 FROM cases_child WHERE id = whole.child_id FOR NO KEY UPDATE;
    IF (SELECT count(*) < 2 OR min(position) <> 0 OR max(position) <> count(*) - 1
          FROM cases_journeystop WHERE journey_id = whole.id)
    OR EXISTS (
        SELECT FROM cases_journeystop AS s JOIN cases_journeystop AS n
            ON n.journey_id = s.journey_id AND n.position = s.position + 1
         WHERE s.journey_id = whole.id
           AND (n.due_at <= s.due_at OR n.due_at > s.due_at + interval '2 hours'))
    THEN
        RAISE EXCEPTION 'the stops of journey % are not in order', whole.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0072_planned_placements"),
    ]

    operations = [
        migrations.AddField(
            model_name="journeystop",
            name="overnight",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.RunSQL(NIGHT, NO_NIGHT),
    ]

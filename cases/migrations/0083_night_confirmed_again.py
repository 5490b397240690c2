"""The stop for the night is confirmed again where the child came there before the night; every other stop once."""

from django.db import migrations

CONFIRMED = """
CREATE OR REPLACE FUNCTION journey_confirmed_in_order() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    here cases_journeystop%ROWTYPE;
    whole cases_journey%ROWTYPE;
    sighting cases_contact%ROWTYPE;
BEGIN
    SELECT * INTO here FROM cases_journeystop WHERE id = NEW.stop_id;
    SELECT * INTO whole FROM cases_journey WHERE id = here.journey_id;
    PERFORM 1 FROM cases_child WHERE id = whole.child_id FOR NO KEY UPDATE;
    SELECT * INTO sighting FROM cases_contact WHERE id = NEW.contact_id;
    IF whole.ended_at IS NOT NULL OR sighting.child_id <> whole.child_id OR EXISTS (
        SELECT FROM cases_journeyconfirmation AS c
          JOIN cases_journeystop AS s ON s.id = c.stop_id
          JOIN cases_contact AS t ON t.id = c.contact_id
         WHERE s.journey_id = whole.id AND t.withdrawn_at IS NULL
           AND (s.position {behind} OR t.happened_at > sighting.happened_at)
    ) THEN
        RAISE EXCEPTION 'a confirmation of journey % follows nothing', whole.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0082_health_checks"),
    ]

    operations = [
        migrations.RunSQL(
            CONFIRMED.replace(
                "{behind}", "> here.position OR s.position = here.position AND NOT here.overnight"
            ),
            CONFIRMED.replace("{behind}", ">= here.position"),
        )
    ]

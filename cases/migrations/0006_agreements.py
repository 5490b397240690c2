"""What several rows say together: who is responsible from when, who lives in an open home, and the stops of a journey.

Each function reads the real tables: a session's own temporary table of the same name would be found first.
"""

from django.db import migrations

# No start of responsibility is backdated, and no child is without a responsible authority.
START = """
CREATE FUNCTION responsibility_starts_later() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cases_child WHERE id = NEW.child_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM cases_responsibility WHERE child_id = NEW.child_id AND starts_at >= NEW.starts_at) THEN
        RAISE EXCEPTION 'a start of responsibility is never backdated'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER responsibility_starts_later BEFORE INSERT ON cases_responsibility
    FOR EACH ROW EXECUTE FUNCTION responsibility_starts_later()
"""
CHILD = """
CREATE FUNCTION child_has_authority() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM cases_responsibility
                    WHERE child_id = NEW.id AND starts_at <= NEW.registered_at) THEN
        RAISE EXCEPTION 'no authority is responsible for child % from its registration', NEW.reference
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER child_has_authority AFTER INSERT OR UPDATE OF registered_at ON cases_child
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION child_has_authority()
"""
# Nobody lives in a home from when it closes on: whoever places at the same moment waits for whoever closes.
PLACED = """
CREATE FUNCTION placement_in_open_home() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    closed timestamptz;
BEGIN
    SELECT closed_at INTO closed FROM cases_home WHERE id = NEW.home_id FOR NO KEY UPDATE;
    IF NEW.starts_at >= closed OR coalesce(NEW.ends_at, 'infinity') > closed THEN
        RAISE EXCEPTION 'home % has closed', NEW.home_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER placement_in_open_home BEFORE INSERT ON cases_placement
    FOR EACH ROW WHEN (NEW.home_id IS NOT NULL) EXECUTE FUNCTION placement_in_open_home();
CREATE TRIGGER placement_stays_in_open_home BEFORE UPDATE ON cases_placement
    FOR EACH ROW WHEN (
        NEW.home_id IS NOT NULL AND (
            NEW.home_id IS DISTINCT FROM OLD.home_id
            OR NEW.starts_at > OLD.starts_at
            OR coalesce(NEW.ends_at, 'infinity') > coalesce(OLD.ends_at, 'infinity')
        )
    )
    EXECUTE FUNCTION placement_in_open_home()
"""
CLOSED = """
CREATE FUNCTION home_closes_empty() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_placement
                WHERE home_id = NEW.id
                  AND (starts_at >= NEW.closed_at OR coalesce(ends_at, 'infinity') > NEW.closed_at)) THEN
        RAISE EXCEPTION 'somebody lives in home %', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER home_closes_empty BEFORE UPDATE OF closed_at ON cases_home
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL) EXECUTE FUNCTION home_closes_empty()
"""
# Where a transfer stands is what the responsibilities say.
AGREES = """
CREATE FUNCTION transfer_agrees() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cases_child WHERE id = NEW.child_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM cases_transfer AS t
         WHERE t.child_id = NEW.child_id
           AND (t.status IN ('referred', 'allocated', 'declined', 'accepted', 'date_set', 'in_transit')
                AND t.sender_id IS DISTINCT FROM (
                    SELECT r.authority_id FROM cases_responsibility AS r
                     WHERE r.child_id = t.child_id ORDER BY r.starts_at DESC LIMIT 1)
             OR t.status IN ('arrived', 'completed')
                AND NOT EXISTS (
                    SELECT FROM cases_responsibility AS r
                     WHERE r.child_id = t.child_id AND r.authority_id = t.receiver_id
                       AND r.starts_at = t.confirmed_at))
    ) THEN
        RAISE EXCEPTION 'a transfer of child % is not what its responsibilities say', NEW.child_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfer_agrees AFTER INSERT OR UPDATE ON cases_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transfer_agrees();
CREATE CONSTRAINT TRIGGER transfer_agrees AFTER INSERT ON cases_responsibility
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transfer_agrees()
"""
# Stops are in order and at most two hours apart, and what is confirmed stays.
STOPS = """
CREATE FUNCTION journey_stops_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
END $$;
CREATE CONSTRAINT TRIGGER stops_in_order AFTER INSERT ON cases_journey
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journey_stops_in_order('id');
CREATE CONSTRAINT TRIGGER stops_in_order AFTER INSERT ON cases_journeystop
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journey_stops_in_order('journey_id');
CREATE FUNCTION journey_stops_stay() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cases_journeyconfirmation AS c JOIN cases_journeystop AS s ON s.id = c.stop_id
         WHERE s.journey_id = NEW.journey_id
    ) THEN
        RAISE EXCEPTION 'journey % has begun: its stops stay', NEW.journey_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stops_stay BEFORE INSERT ON cases_journeystop
    FOR EACH ROW EXECUTE FUNCTION journey_stops_stay();
CREATE FUNCTION journey_confirmed_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
           AND (s.position >= here.position OR t.happened_at > sighting.happened_at)
    ) THEN
        RAISE EXCEPTION 'a confirmation of journey % follows nothing', whole.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER confirmed_in_order BEFORE INSERT ON cases_journeyconfirmation
    FOR EACH ROW EXECUTE FUNCTION journey_confirmed_in_order()
"""
NO_STOPS = """
DROP TRIGGER confirmed_in_order ON cases_journeyconfirmation;
DROP TRIGGER stops_stay ON cases_journeystop;
DROP TRIGGER stops_in_order ON cases_journeystop;
DROP TRIGGER stops_in_order ON cases_journey;
DROP FUNCTION journey_confirmed_in_order();
DROP FUNCTION journey_stops_stay();
DROP FUNCTION journey_stops_in_order()
"""


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0004_responsibility"),
        ("cases", "0007_triggers_look_in_public"),
        ("cases", "0039_home_closes"),
    ]
    dependencies = [("cases", "0005_row_history")]

    operations = [
        migrations.RunSQL(
            START,
            "DROP TRIGGER responsibility_starts_later ON cases_responsibility;"
            " DROP FUNCTION responsibility_starts_later()",
        ),
        migrations.RunSQL(
            CHILD, "DROP TRIGGER child_has_authority ON cases_child; DROP FUNCTION child_has_authority()"
        ),
        migrations.RunSQL(
            PLACED,
            "DROP TRIGGER placement_in_open_home ON cases_placement;"
            " DROP TRIGGER placement_stays_in_open_home ON cases_placement;"
            " DROP FUNCTION placement_in_open_home()",
        ),
        migrations.RunSQL(
            CLOSED, "DROP TRIGGER home_closes_empty ON cases_home; DROP FUNCTION home_closes_empty()"
        ),
        migrations.RunSQL(
            AGREES,
            "DROP TRIGGER transfer_agrees ON cases_responsibility; DROP TRIGGER transfer_agrees ON cases_transfer;"
            " DROP FUNCTION transfer_agrees()",
        ),
        migrations.RunSQL(STOPS, NO_STOPS),
    ]

"""Let a home close, and let nobody live there from then on: whoever places at the same moment waits for whoever closes."""

from django.db import migrations, models

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


class Migration(migrations.Migration):
    dependencies = [("cases", "0038_opened_lately")]

    operations = [
        migrations.AddField("home", "closed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "guardianservice",
            models.CheckConstraint(
                name="service_ends_after_start",
                condition=models.Q(ends_date=None) | models.Q(ends_date__gte=models.F("starts_date")),
            ),
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
    ]

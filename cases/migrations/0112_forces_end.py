"""From when until when a police force exists and which took over: nothing begins in the area of one that has ended."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# The day of the row's own instant: what began while the force was there, and is written late, names it.
STANDS = """
CREATE FUNCTION require_force_stands(named bigint, since timestamptz) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_policeforce
               WHERE id = named AND valid_to <= (since AT TIME ZONE 'Europe/London')::date) THEN
        RAISE EXCEPTION 'police force % has ended, and another has taken over', named
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'force_that_stands';
    END IF;
END $$;
CREATE FUNCTION placed_where_a_force_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_force_stands(NEW.force_id, NEW.starts_at);
    RETURN NEW;
END $$;
CREATE FUNCTION home_where_a_force_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_force_stands(NEW.force_id, now());
    RETURN NEW;
END $$;
CREATE FUNCTION offered_to_a_force_that_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_force_stands(NEW.to_force_id, NEW.offered_at);
    RETURN NEW;
END $$;
CREATE TRIGGER placed_where_a_force_stands BEFORE INSERT OR UPDATE OF force_id ON cases_placement
    FOR EACH ROW EXECUTE FUNCTION placed_where_a_force_stands();
CREATE TRIGGER home_where_a_force_stands BEFORE INSERT OR UPDATE OF force_id ON cases_home
    FOR EACH ROW EXECUTE FUNCTION home_where_a_force_stands();
CREATE TRIGGER offered_to_a_force_that_stands BEFORE INSERT ON cases_forceoffer
    FOR EACH ROW EXECUTE FUNCTION offered_to_a_force_that_stands()
"""
GONE = """
DROP TRIGGER placed_where_a_force_stands ON cases_placement;
DROP TRIGGER home_where_a_force_stands ON cases_home;
DROP TRIGGER offered_to_a_force_that_stands ON cases_forceoffer;
DROP FUNCTION placed_where_a_force_stands();
DROP FUNCTION home_where_a_force_stands();
DROP FUNCTION offered_to_a_force_that_stands();
DROP FUNCTION require_force_stands(bigint, timestamptz)
"""
# Whoever takes over is there for longer: so no chain of successors comes back to where it began, and each ends at one that
# stands.
LATER = """
CREATE FUNCTION force_is_followed_by_a_later_one() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_policeforce f JOIN cases_policeforce s ON s.id = f.successor_id
               WHERE (f.id = NEW.id OR s.id = NEW.id) AND s.valid_to <= f.valid_to) THEN
        RAISE EXCEPTION 'the successor of police force % ends before it', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'force_followed_by_a_later_one';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER force_is_followed_by_a_later_one AFTER INSERT OR UPDATE ON cases_policeforce
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION force_is_followed_by_a_later_one()
"""
EARLIER = """
DROP TRIGGER force_is_followed_by_a_later_one ON cases_policeforce;
DROP FUNCTION force_is_followed_by_a_later_one()
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0111_away_references")]

    operations = [
        migrations.AddField(
            model_name="policeforce", name="valid_from", field=models.DateField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="policeforce", name="valid_to", field=models.DateField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="policeforce",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="cases.policeforce",
            ),
        ),
        migrations.AddConstraint(
            model_name="policeforce",
            constraint=models.CheckConstraint(
                name="force_valid_period",
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=F("valid_from")),
            ),
        ),
        migrations.AddConstraint(
            model_name="policeforce",
            constraint=models.CheckConstraint(
                name="force_that_ends_is_followed",
                condition=Q(valid_to=None, successor=None)
                | (Q(valid_to__isnull=False, successor__isnull=False) & ~Q(successor=F("pk"))),
            ),
        ),
        migrations.RunSQL(LATER, EARLIER),
        migrations.RunSQL(STANDS, GONE),
    ]

"""Of an authority that was merged nothing begins to be its own any more, as of one that was split.

Whoever began it while the authority was passed on waits for that, and is refused.
"""

from django.db import migrations

# By the record of it, which nobody changes; whoever passes it on holds the row until that is written.
STANDS = """
CREATE FUNCTION require_authority_stands(named bigint) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cases_authority WHERE id = named FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM cases_configurationchange
               WHERE subject_type = 'authority' AND subject_id = named
                 AND kind IN ('authority_merged', 'authority_split')) THEN
        RAISE EXCEPTION 'authority % was merged or split and is responsible for nobody', named
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'authority_that_stands';
    END IF;
END $$
"""
STARTS = """
DROP TRIGGER responsibility_of_one_that_stands ON cases_responsibility;
DROP FUNCTION refuse_split_authority();
CREATE FUNCTION refuse_ended_authority() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM cases_responsibility r
                   WHERE r.child_id = NEW.child_id AND r.starts_at > NEW.starts_at) THEN
        PERFORM require_authority_stands(NEW.authority_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER responsibility_of_one_that_stands AFTER INSERT OR UPDATE OF authority_id
    ON cases_responsibility DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_ended_authority()
"""
SPLIT_ALONE = """
DROP TRIGGER responsibility_of_one_that_stands ON cases_responsibility;
DROP FUNCTION refuse_ended_authority();
CREATE FUNCTION refuse_split_authority() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cases_authority WHERE id = NEW.authority_id FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM cases_authority WHERE id = NEW.authority_id AND keeper_id IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM cases_responsibility r
                       WHERE r.child_id = NEW.child_id AND r.starts_at > NEW.starts_at) THEN
        RAISE EXCEPTION 'authority % was split and is responsible for nobody', NEW.authority_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER responsibility_of_one_that_stands AFTER INSERT OR UPDATE OF authority_id
    ON cases_responsibility DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_split_authority()
"""
# Looked at as it is written, for where a child lives keeps its name in a merger of the same commit: whoever writes it holds
# the authority until it commits, and whoever passes that on waits for it and looks again.
NAMED = """
CREATE FUNCTION names_one_that_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_authority_stands((to_jsonb(NEW) ->> TG_ARGV[0])::bigint);
    RETURN NEW;
END $$
"""
# A team and a home that are set up there, a transfer that is offered to it, and where a child comes or is to come to live.
TABLES = {
    "cases_team": "authority_id",
    "cases_home": "authority_id",
    "cases_transfer": "receiver_id",
    "cases_placement": "host_authority_id",
    "cases_plannedplacement": "authority_id",
}


def _looked_at(table: str, column: str) -> migrations.RunSQL:
    then = f"EXECUTE FUNCTION names_one_that_stands('{column}')"
    return migrations.RunSQL(
        f"CREATE TRIGGER names_one_that_stands BEFORE INSERT ON {table} FOR EACH ROW"
        f" WHEN (NEW.{column} IS NOT NULL) {then};"
        f" CREATE TRIGGER goes_to_one_that_stands BEFORE UPDATE OF {column} ON {table} FOR EACH ROW"
        f" WHEN (NEW.{column} IS DISTINCT FROM OLD.{column}) {then}",
        f"DROP TRIGGER names_one_that_stands ON {table}; DROP TRIGGER goes_to_one_that_stands ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0107_force_phones"),
    ]

    operations = [
        migrations.RunSQL(STANDS, "DROP FUNCTION require_authority_stands(bigint)"),
        migrations.RunSQL(STARTS, SPLIT_ALONE),
        migrations.RunSQL(NAMED, "DROP FUNCTION names_one_that_stands()"),
        *(_looked_at(table, column) for table, column in TABLES.items()),
    ]

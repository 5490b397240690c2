"""Let no child be without a responsible authority, and no start be backdated, changed or removed."""

from django.db import migrations

from cases import schema

START = """
CREATE FUNCTION responsibility_starts_later() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE FUNCTION child_has_authority() RETURNS trigger LANGUAGE plpgsql AS $$
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


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_append_only")]

    operations = [
        migrations.RunSQL(
            START,
            "DROP TRIGGER responsibility_starts_later ON cases_responsibility;"
            " DROP FUNCTION responsibility_starts_later()",
        ),
        migrations.RunSQL(
            CHILD, "DROP TRIGGER child_has_authority ON cases_child; DROP FUNCTION child_has_authority()"
        ),
        *schema.append_only("cases_responsibility"),
    ]

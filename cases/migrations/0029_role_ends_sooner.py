"""Let the end of a role that still lies ahead be brought nearer; one that has come stays."""

from django.db import migrations

LATER_ONLY = """
    DROP TRIGGER ends_once ON cases_membership;
    CREATE TRIGGER ends_once BEFORE UPDATE ON cases_membership
        FOR EACH ROW WHEN (
            OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at
            AND NOT (OLD.ends_at > now() AND NEW.ends_at IS NOT NULL AND NEW.ends_at < OLD.ends_at)
        )
        EXECUTE FUNCTION refuse_new_end()
"""
AS_BEFORE = """
    DROP TRIGGER ends_once ON cases_membership;
    CREATE TRIGGER ends_once BEFORE UPDATE ON cases_membership
        FOR EACH ROW WHEN (OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at)
        EXECUTE FUNCTION refuse_new_end()
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0028_sessions_end")]

    operations = [migrations.RunSQL(LATER_ONLY, AS_BEFORE)]

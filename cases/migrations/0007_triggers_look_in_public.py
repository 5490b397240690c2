"""Let the triggers read the real tables: a session's own temporary table of the same name would be found first."""

from django.db import migrations

FUNCTIONS = ("responsibility_starts_later()", "child_has_authority()")


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_contacts_as_written")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {function} SET search_path = public, pg_temp",
            f"ALTER FUNCTION {function} RESET search_path",
        )
        for function in FUNCTIONS
    ]

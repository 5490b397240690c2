"""How the queues are kept fast, and that this database is the one in service."""

from django.db import migrations

# Dead index entries slow an empty sweep: the queue tables are vacuumed early.
QUEUES = ("alerts_clock", "alerts_message", "alerts_heartbeat")
SETTINGS = "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0"
RESET = "autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay"

# A database that comes back from a dump says another cluster or table than its own, and sends nothing.
IN_SERVICE = """
    INSERT INTO alerts_sending (id, is_on, cluster, "table", changed_at)
    SELECT 1, TRUE, system_identifier, 'alerts_sending'::regclass::bigint, clock_timestamp() FROM pg_control_system()
"""


class Migration(migrations.Migration):
    replaces = [
        ("alerts", "0004_queues"),
        ("alerts", "0030_sending"),
    ]
    dependencies = [("alerts", "0002_rules")]

    operations = [
        *(
            migrations.RunSQL(f"ALTER TABLE {table} SET ({SETTINGS})", f"ALTER TABLE {table} RESET ({RESET})")
            for table in QUEUES
        ),
        migrations.RunSQL(IN_SERVICE, "DELETE FROM alerts_sending"),
    ]

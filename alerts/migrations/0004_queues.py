"""Vacuum the queue tables early: dead index entries slow an empty sweep."""

from django.db import migrations

QUEUES = ("alerts_clock", "alerts_message", "alerts_heartbeat")
SETTINGS = "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0"
RESET = "autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_append_only")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET ({SETTINGS})", f"ALTER TABLE {table} RESET ({RESET})")
        for table in QUEUES
    ]

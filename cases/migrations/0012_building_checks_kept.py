"""Keep a home's log append-only, and let the application withdraw a building check and change nothing else of one."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_building_checks")]

    operations = [
        *schema.append_only("cases_homeevent"),
        schema.kept("cases_buildingcheck"),
        schema.for_application(
            "REVOKE UPDATE ON cases_buildingcheck FROM {role}",
            "GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_reason) ON cases_buildingcheck TO {role}",
        ),
    ]

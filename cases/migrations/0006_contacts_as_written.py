"""Let the application withdraw a contact, and change nothing else of one."""

from django.db import migrations

from cases.schema import for_application


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_longer_authority_codes")]

    operations = [
        for_application(
            "REVOKE UPDATE ON cases_contact FROM {role}",
            "GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_reason) ON cases_contact TO {role}",
        )
    ]

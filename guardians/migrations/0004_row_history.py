"""Keep what stood in an assignment, and in a reason for none, before it is changed."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("guardians", "0003_no_guardian"), ("cases", "0051_row_history")]

    operations = [
        *schema.history("guardians_guardianassignment", "guardians_noguardian", of="child_id"),
    ]

"""Keep assignments from being deleted: they end."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("guardians", "0001_initial"), ("cases", "0003_append_only")]

    operations = [schema.kept("guardians_guardianassignment")]

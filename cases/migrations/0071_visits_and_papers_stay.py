"""Nobody changes a line of a visit, of a word to the host or of what was held: the owner of the tables neither."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0070_held_papers")]

    operations = [*schema.append_only("cases_visit", "cases_hostnotice", "cases_heldpaper")]

"""Keep the alerts of homes from being deleted."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_building_checks_in_policy")]

    operations = [schema.kept("alerts_homeclock", "alerts_homealert", "alerts_homealertstep")]

"""What follows police protection is told of and upward, before it is over by law."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0025_others_told_of_a_restricted_find")]

    operations = [paper_additions.operation(Paper.PROTECTION, reason="Police protection")]

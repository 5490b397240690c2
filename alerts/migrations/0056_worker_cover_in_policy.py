"""Ask for cover while a social worker is away where the paperwork policy was stored before it knew of that."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "Somebody has the work of a social worker who is away"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0055_every_child_in_policy"), ("cases", "0085_worker_leaves")]

    operations = [paper_additions.operation(Paper.COVER, Paper.AWAY, reason=REASON)]

"""Ask from now on for a room of one's own and for approvals, where the stored paperwork policy knew of neither."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "Own room where an age is disputed, and distant placements, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0046_handover_in_policy")]

    operations = [paper_additions.operation(Paper.APPROVAL, Paper.ROOM, reason=REASON)]

"""Ask that what came with a transfer is read, from now on, where the paperwork policy was stored before it knew of it."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "What a former authority handed over, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0045_find_me_in_policy")]

    operations = [paper_additions.operation(Paper.HANDOVER, reason=REASON)]

"""Ask that each child is discussed in supervision where the paperwork policy was stored before it knew of that."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "Each child is discussed in the supervision of its social worker"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0057_journey_mails"), ("cases", "0091_supervisions")]

    operations = [paper_additions.operation(Paper.SUPERVISION, reason=REASON)]

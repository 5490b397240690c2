"""Ask that a manager reads each new risk assessment where the paperwork policy was stored before it knew of that."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "A manager reads each risk assessment, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0048_plans_in_policy"), ("cases", "0079_assessments_read")]

    operations = [paper_additions.operation(Paper.SIGN_OFF, reason=REASON)]

"""Ask for the find-me profile from now on where the paperwork policy was stored before it knew of it."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "The find-me profile and its reviews, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0044_reviews_and_plans_in_policy")]

    operations = [paper_additions.operation(Paper.FIRST_PROFILE, Paper.PROFILE, reason=REASON)]

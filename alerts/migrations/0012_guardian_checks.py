"""A guardian's check of each child is asked for, and told upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_one_word_of_a_shift_a_step")]

    operations = [paper_additions.operation(Paper.GUARDIAN_CHECK, reason="A guardian’s check of each child")]

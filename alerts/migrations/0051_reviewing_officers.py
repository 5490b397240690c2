"""A looked-after child is to have a named independent reviewing officer: asked of those who come into care from now on."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0050_reviews_in_searches"),
        ("cases", "0095_reviewing_officers"),
    ]

    operations = [paper_additions.operation(Paper.REVIEWING_OFFICER, reason="Independent reviewing officer")]

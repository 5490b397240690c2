"""Keep which force closed its report; of closings before, the force that held the episode."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_page_of_a_read")]

    operations = [
        migrations.AddField(
            model_name="missingepisode",
            name="police_closed_force",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.policeforce",
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE cases_missingepisode AS episode SET police_closed_force_id = (
                SELECT held.force_id FROM cases_episodeforce AS held WHERE held.episode_id = episode.id
                ORDER BY held.incident_reference = '', held.added_at, held.id LIMIT 1
            ) WHERE episode.police_closed_at IS NOT NULL
            """,
            migrations.RunSQL.noop,
        ),
    ]

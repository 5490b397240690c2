"""A force's reference says who wrote it down; of those that stand the last event of it does."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Nothing of a child changes with it, so the history of its rows has no line of it.
WITHOUT_HISTORY = "ALTER TABLE cases_episodeforce DISABLE TRIGGER row_history"
WITH_HISTORY = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE cases_episodeforce ENABLE TRIGGER row_history"
BY_ITS_EVENT = """
    UPDATE cases_episodeforce AS held SET reference_by_id = told.actor_id
      FROM (SELECT DISTINCT ON (f.id) f.id, e.actor_id
              FROM cases_episodeforce f
              JOIN cases_missingepisode m ON m.id = f.episode_id
              JOIN cases_policeforce p ON p.id = f.force_id
              JOIN cases_event e ON e.child_id = m.child_id
               AND ((e.kind = 'police_reference_recorded' AND e.subject_id = m.id AND e.data ->> 'force' = p.code)
                    OR (e.kind = 'force_offer_answered' AND e.data ->> 'answer' = 'accepted'
                        AND e.data ->> 'to_force' = p.code
                        AND e.subject_id IN (SELECT o.id FROM cases_forceoffer o WHERE o.episode_id = m.id)))
             WHERE f.incident_reference <> ''
             ORDER BY f.id, e.number DESC) told
     WHERE held.id = told.id AND held.reference_by_id IS NULL
"""
# That of a force that has ended went on to the one that took over, and may have gone on again.
BY_ITS_SUCCESSION = """
    DO $$
    BEGIN
        LOOP
            UPDATE cases_episodeforce AS held SET reference_by_id = gone.reference_by_id
              FROM cases_episodeforce gone
              JOIN cases_policeforce p ON p.id = gone.force_id
              JOIN cases_event e ON e.kind = 'force_succeeded' AND e.data ->> 'force' = p.code
             WHERE held.episode_id = gone.episode_id AND e.subject_id = held.id
               AND held.incident_reference = gone.incident_reference
               AND held.reference_by_id IS NULL AND gone.reference_by_id IS NOT NULL;
            EXIT WHEN NOT FOUND;
        END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0119_contact_withdrawn")]

    operations = [
        migrations.AddField(
            model_name="episodeforce",
            name="reference_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(WITHOUT_HISTORY, WITH_HISTORY),
        migrations.RunSQL(BY_ITS_EVENT, migrations.RunSQL.noop),
        migrations.RunSQL(BY_ITS_SUCCESSION, migrations.RunSQL.noop),
        migrations.RunSQL(WITH_HISTORY, WITHOUT_HISTORY),
    ]

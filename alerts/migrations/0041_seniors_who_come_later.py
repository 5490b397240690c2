"""Have restrictions that found no senior looked at again: one may have come since."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("alerts", "0040_paperwork_policy")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE alerts_matterclock AS clock SET next_at = clock_timestamp() FROM cases_matter AS matter
            WHERE matter.id = clock.matter_id AND matter.kind = 'restrict'
                AND clock.ended_at IS NULL AND clock.next_at IS NULL
            """,
            migrations.RunSQL.noop,
        )
    ]

"""A service that has children is live already: nobody is refused tomorrow what they did yesterday."""

from django.db import migrations

SAY = """
    INSERT INTO cases_configurationchange (kind, subject_type, subject_id, data, at, actor_id, actor_label)
    SELECT 'went_live', 'authority', begun.authority_id, '{"children_on_record": true}', clock_timestamp(), NULL, 'Rollcall'
    FROM cases_responsibility AS begun JOIN cases_child AS child ON child.id = begun.child_id
    WHERE NOT child.is_drill ORDER BY begun.starts_at, begun.id LIMIT 1
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0063_ages")]

    # What is on record stays there when this is taken back.
    operations = [migrations.RunSQL(SAY, migrations.RunSQL.noop)]

"""A search is asked about again once more is known of a found child, and an answer is put right by another."""

from django.db import migrations, models

# Each answer stays as it was given.
KEPT = """
DROP TRIGGER answered_once ON cases_foundmatch;
CREATE TRIGGER answered_once BEFORE UPDATE ON cases_foundmatch
    FOR EACH ROW WHEN (OLD.answer <> '') EXECUTE FUNCTION refuse_change()
"""
WRITTEN_OVER = """
DROP TRIGGER answered_once ON cases_foundmatch;
CREATE TRIGGER answered_once BEFORE UPDATE ON cases_foundmatch
    FOR EACH ROW WHEN (OLD.answer IN ('it_is', 'it_is_not')) EXECUTE FUNCTION refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0052_child_parts"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="foundmatch", name="found_match_once"),
        migrations.AddConstraint(
            model_name="foundmatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answer", "")),
                fields=("found", "episode"),
                name="found_match_asked_once",
            ),
        ),
        migrations.RunSQL(KEPT, WRITTEN_OVER),
    ]

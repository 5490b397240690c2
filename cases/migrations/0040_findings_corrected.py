"""What was found out, and why something was decided, can be destroyed by two people as the other passages can."""

from django.db import migrations, models
from django.db.models import Q

PASSAGES = {"cases_episodefinding": "text", "cases_episodedecision": "reason"}


def _refused(table: str, by: str) -> str:
    return f"""
        DROP TRIGGER append_only ON {table};
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {by}
    """


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0039_mates_found_again"),
    ]

    operations = [
        migrations.AlterField(
            model_name="correction",
            name="what",
            field=models.CharField(
                choices=[
                    ("note", "Note"),
                    ("contact", "Note of a contact"),
                    ("update", "Update of an episode"),
                    ("call", "Call about an episode"),
                    ("finding", "What was found out"),
                    ("decision", "Reason of a decision"),
                ],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint(model_name="correction", name="correction_of_a_passage"),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                name="correction_of_a_passage",
                condition=Q(what="note", table="cases_note", column="text")
                | Q(what="contact", table="cases_contact", column="note")
                | Q(what="update", table="cases_episodeupdate", column="text")
                | Q(what="call", table="cases_episodecall", column="said")
                | Q(what="finding", table="cases_episodefinding", column="text")
                | Q(what="decision", table="cases_episodedecision", column="reason"),
            ),
        ),
        *(
            migrations.RunSQL(
                _refused(table, f"refuse_all_but_correction('{column}')"), _refused(table, "refuse_change()")
            )
            for table, column in PASSAGES.items()
        ),
    ]

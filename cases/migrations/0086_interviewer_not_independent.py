"""An interviewer who is not independent because nobody else could be had is written down as that, with the reason."""

from django.db import migrations, models

_MADE = """
CREATE TRIGGER append_only_says_why BEFORE UPDATE OF not_independent_why
    ON cases_returninterview FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
_UNMADE = "DROP TRIGGER append_only_says_why ON cases_returninterview"


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0085_photos_of_who_came"),
    ]

    operations = [
        migrations.AddField(
            model_name="returninterview",
            name="not_independent_why",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AlterField(
            model_name="returninterview",
            name="independence",
            field=models.CharField(
                blank=True,
                choices=[
                    ("independent", "Independent of the carer, the home and the child’s social work team"),
                    ("child_prefers", "Not independent: the child asked for this person"),
                    ("nobody_else", "Not independent: nobody else could be had"),
                ],
                max_length=13,
            ),
        ),
        migrations.AddConstraint(
            model_name="returninterview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("independence", "nobody_else"), ("outcome", "held"), _negated=True),
                    models.Q(("not_independent_why", ""), _negated=True),
                    _connector="OR",
                ),
                name="return_interview_not_independent_says_why",
            ),
        ),
        migrations.RunSQL(_MADE, _UNMADE),
    ]

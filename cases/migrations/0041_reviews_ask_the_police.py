"""Say of each review what the police answered when they were asked again, or why nobody has asked them."""

from django.db import migrations, models

# What the police answered is as written too.
_COLUMNS = "id, episode_id, kind, due_at, held_at, chair, note, recorded_at, recorded_by_id"
_POLICE = "police_asked_at, police_spoken_to, police_reference, police_answer, police_not_asked"


def _written_of(columns: str) -> str:
    return f"""
    DROP TRIGGER append_only_as_written ON cases_missingreview;
    CREATE TRIGGER append_only_as_written BEFORE UPDATE OF {columns}
        ON cases_missingreview FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0040_reviews_withdrawn"),
    ]

    operations = [
        migrations.AddField(
            model_name="missingreview",
            name="police_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="missingreview",
            name="police_spoken_to",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="missingreview",
            name="police_reference",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="missingreview",
            name="police_answer",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="missingreview",
            name="police_not_asked",
            field=models.TextField(blank=True),
        ),
        migrations.AddConstraint(
            model_name="missingreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("police_answer", ""),
                        ("police_asked_at", None),
                        ("police_reference", ""),
                        ("police_spoken_to", ""),
                    ),
                    models.Q(
                        ("police_asked_at__lte", models.F("recorded_at")),
                        ("police_not_asked", ""),
                        models.Q(("police_spoken_to", ""), _negated=True),
                        models.Q(("police_answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_says_what_the_police_answered",
            ),
        ),
        migrations.RunSQL(_written_of(f"{_COLUMNS}, {_POLICE}"), _written_of(_COLUMNS)),
    ]

"""Let a record of a review be withdrawn, with who and why, and change nothing else of one: the review is owed again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# Of what is written nothing changes but the withdrawal, and that is written once.
AS_WRITTEN = migrations.RunSQL(
    """
    DROP TRIGGER append_only ON cases_missingreview;
    CREATE TRIGGER append_only BEFORE DELETE ON cases_missingreview
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER append_only_as_written
        BEFORE UPDATE OF id, episode_id, kind, due_at, held_at, chair, note, recorded_at, recorded_by_id
        ON cases_missingreview FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER append_only_once_withdrawn BEFORE UPDATE ON cases_missingreview
        FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
    """,
    """
    DROP TRIGGER append_only_once_withdrawn ON cases_missingreview;
    DROP TRIGGER append_only_as_written ON cases_missingreview;
    DROP TRIGGER append_only ON cases_missingreview;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_missingreview
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0039_home_closes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="missingreview",
            name="review_held_once",
        ),
        migrations.AddField(
            model_name="missingreview",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="missingreview",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="missingreview",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddConstraint(
            model_name="missingreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("episode", "due_at"),
                name="review_held_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="missingreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawn_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_withdrawn_with_reason",
            ),
        ),
        AS_WRITTEN,
        schema.for_application(
            "GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_reason) ON cases_missingreview TO {role}"
        ),
    ]

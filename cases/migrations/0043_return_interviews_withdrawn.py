"""Let a return interview that was marked by mistake be withdrawn, with who and why: it stays, and is owed again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

_WRITTEN = """
    id, key, episode_id, version, offered_at, outcome, reason, carer_information, interviewer, independence, interpreter,
    interpreter_name, held_at, place, "before", during, "after", why_left, what_drew, with_whom, harm, crimes, would_help,
    intelligence, actions, sharing, review_date, recorded_at, recorded_by_id
"""
# Of what is written nothing changes but the withdrawal, and that is written once.
AS_WRITTEN = migrations.RunSQL(
    f"""
    DROP TRIGGER append_only ON cases_returninterview;
    CREATE TRIGGER append_only BEFORE DELETE ON cases_returninterview
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER append_only_as_written BEFORE UPDATE OF {_WRITTEN}
        ON cases_returninterview FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER append_only_once_withdrawn BEFORE UPDATE ON cases_returninterview
        FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
    """,
    """
    DROP TRIGGER append_only_once_withdrawn ON cases_returninterview;
    DROP TRIGGER append_only_as_written ON cases_returninterview;
    DROP TRIGGER append_only ON cases_returninterview;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_returninterview
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0042_roles_called_off"),
    ]

    operations = [
        migrations.AddField(
            model_name="returninterview",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="returninterview",
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
            model_name="returninterview",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddConstraint(
            model_name="returninterview",
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
                name="return_interview_withdrawn_with_reason",
            ),
        ),
        AS_WRITTEN,
        schema.for_application(
            "GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_reason) ON cases_returninterview TO {role}"
        ),
    ]

"""What is attached to a reply by mail is kept apart until duty has decided of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

_DECIDED = "decided_at, decided_by_id, document_id, reason"
_MADE = f"""
CREATE TRIGGER append_only BEFORE DELETE ON cases_quarantinedfile
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON cases_quarantinedfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_as_written BEFORE UPDATE OF
    id, token, child_id, episode_id, mail_key, position, sender, name, type, size, digest, received_at
    ON cases_quarantinedfile FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_once_decided BEFORE UPDATE OF {_DECIDED}
    ON cases_quarantinedfile FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER destroyed_by_two BEFORE UPDATE OF destroyed_at ON cases_quarantinedfile
    FOR EACH ROW EXECUTE FUNCTION require_destroyed_by_two()
"""
_UNMADE = """
DROP TRIGGER destroyed_by_two ON cases_quarantinedfile;
DROP TRIGGER append_only_once_decided ON cases_quarantinedfile;
DROP TRIGGER append_only_as_written ON cases_quarantinedfile;
DROP TRIGGER append_only_whole ON cases_quarantinedfile;
DROP TRIGGER append_only ON cases_quarantinedfile
"""


def _to(model: str, name: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=name, to=model, **options
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0075_plan_signed"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuarantinedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(editable=False, max_length=32, unique=True)),
                ("mail_key", models.CharField(max_length=64)),
                ("position", models.PositiveSmallIntegerField()),
                ("sender", models.CharField(blank=True, max_length=254)),
                ("name", models.CharField(max_length=120)),
                ("type", models.CharField(max_length=80)),
                ("size", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("destroyed_at", models.DateTimeField(blank=True, null=True)),
                ("child", _to("cases.child", "quarantined")),
                ("decided_by", _to(settings.AUTH_USER_MODEL, "+", blank=True, null=True)),
                ("document", _to("cases.document", "quarantined", blank=True, null=True)),
                ("episode", _to("cases.missingepisode", "quarantined")),
            ],
            options={
                "ordering": ["received_at", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("episode", "mail_key", "position"), name="quarantined_file_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token__regex", "^[0-9a-f]{32}$")), name="quarantined_name_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("document", None), ("reason", "")
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("document__isnull", False),
                                ("reason", ""),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("document", None),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="quarantined_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("destroyed_at", None),
                            ("destroyed_at__gte", models.F("received_at")),
                            _connector="OR",
                        ),
                        name="quarantined_destroyed_after_it_came",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_MADE, _UNMADE),
        schema.changes_only(cases_quarantinedfile=f"{_DECIDED}, destroyed_at"),
        *schema.history("cases_quarantinedfile", of="child_id"),
    ]

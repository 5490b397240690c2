"""An action of a plan may be the home's, the guardian's or of somebody without an account; what they say of it is kept."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from cases import schema

_NOBODY = (("owner_email", ""), ("owner_name", ""), ("owner_phone", ""), ("owner_role", ""))


def _to(target: str, related_name: str, **options: bool) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=target, **options
    )


def _text(length: int) -> models.CharField:  # type: ignore[type-arg]
    return models.CharField(blank=True, db_default="", max_length=length)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0044_placement_providers"),
    ]

    operations = [
        migrations.AddField(
            model_name="planaction",
            name="owner_kind",
            field=models.CharField(
                choices=[
                    ("council", "Somebody of the council"),
                    ("home", "The home"),
                    ("guardian", "The guardian"),
                    ("outside", "Somebody without an account"),
                ],
                db_default="council",
                default="council",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="planaction",
            name="owner",
            field=_to(settings.AUTH_USER_MODEL, "plan_actions", blank=True, null=True),
        ),
        migrations.AddField(
            model_name="planaction",
            name="owner_placement",
            field=_to("cases.placement", "promised_actions", blank=True, null=True),
        ),
        migrations.AddField(model_name="planaction", name="owner_name", field=_text(200)),
        migrations.AddField(model_name="planaction", name="owner_role", field=_text(200)),
        migrations.AddField(model_name="planaction", name="owner_phone", field=_text(30)),
        migrations.AddField(
            model_name="planaction",
            name="owner_email",
            field=models.EmailField(blank=True, db_default="", max_length=254),
        ),
        migrations.AddField(
            model_name="planaction", name="given_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddConstraint(
            model_name="planaction",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(
                        ("owner__isnull", False),
                        ("owner_kind__in", ("council", "guardian")),
                        ("owner_placement", None),
                        *_NOBODY,
                    ),
                    Q(
                        ("owner", None),
                        ("owner_kind", "home"),
                        ("owner_placement__isnull", False),
                        *_NOBODY,
                    ),
                    Q(
                        ("owner", None),
                        ("owner_kind", "outside"),
                        ("owner_placement", None),
                        Q(("owner_name", ""), _negated=True),
                        Q(("owner_role", ""), _negated=True),
                        Q(
                            Q(("owner_phone", ""), _negated=True),
                            Q(("owner_email", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="plan_action_has_one_owner",
            ),
        ),
        migrations.CreateModel(
            name="ActionWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("done", "Says that it is done"),
                            ("sent_back", "Sent back"),
                            ("not_yet", "Not done yet"),
                        ],
                        max_length=9,
                    ),
                ),
                ("said", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("action", _to("cases.planaction", "words")),
                ("child", _to("cases.child", "+")),
                ("recorded_by", _to(settings.AUTH_USER_MODEL, "+")),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
                "indexes": [models.Index(fields=["action", "-recorded_at"], name="action_word_by_action")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("said", ""), _negated=True), name="action_word_says_it"
                    )
                ],
            },
        ),
        schema.changes_only(
            cases_planaction="ended_at, ended_by_id, ending, said, owner_kind, owner_id, owner_placement_id, owner_name,"
            " owner_role, owner_phone, owner_email, given_at"
        ),
        *schema.append_only("cases_actionword"),
    ]

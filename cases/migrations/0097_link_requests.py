"""What one council asks another: whether it looks after a sibling or companion of a child."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# A link that was made and a request that was withdrawn stay as they are.
ONCE = """
CREATE TRIGGER ended_once BEFORE UPDATE ON cases_linkrequest
    FOR EACH ROW WHEN (OLD.status IN ('linked', 'withdrawn')) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ended_once BEFORE UPDATE ON cases_linkmatter
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
"""
OFTEN = """
DROP TRIGGER ended_once ON cases_linkrequest;
DROP TRIGGER ended_once ON cases_linkmatter
"""
CHANGES = (
    "holder_id, due_at, status, note, answered_at, answered_by_id, link_id, withdrawn_at, withdrawn_by_id,"
    " withdrawn_why"
)
_KINDS = [
    ("breach", "Data breach"),
    ("complaint", "Complaint"),
    ("worry", "Worry about a colleague"),
    ("restrict", "Restricted record"),
    ("found", "Found child"),
    ("link", "Sibling or companion asked for"),
    ("link_now", "Sibling or companion asked for, urgent"),
]


def _to(model: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=model, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0096_nrm_referrers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="matter",
            name="kind",
            field=models.CharField(choices=_KINDS, max_length=9),
        ),
        migrations.RemoveConstraint(model_name="matter", name="matter_worry_has_its_own_limit"),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("worry", "restrict")), ("limit_at__isnull", False)),
                    models.Q(
                        ("kind__in", ("link", "link_now")),
                        ("limit_at__isnull", False),
                        ("about", None),
                        ("child", None),
                        ("phone", ""),
                        ("senior", None),
                    ),
                    models.Q(
                        models.Q(("kind__in", ("worry", "restrict", "link", "link_now")), _negated=True),
                        ("about", None),
                        ("child", None),
                        ("limit_at", None),
                        ("phone", ""),
                        ("senior", None),
                    ),
                    _connector="OR",
                ),
                name="matter_worry_has_its_own_limit",
            ),
        ),
        migrations.CreateModel(
            name="LinkRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("together", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sibling", "Brother or sister"),
                            ("relative", "Another relative"),
                            ("companion", "Travelled together"),
                            ("friend", "Friend"),
                        ],
                        max_length=9,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("age", models.CharField(blank=True, max_length=60)),
                ("said_by", models.CharField(max_length=200)),
                ("about", models.CharField(blank=True, max_length=300)),
                ("why", models.CharField(max_length=300)),
                ("safe_why", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "Asked, and not answered"),
                            ("linked", "Linked: the council looks after the child"),
                            ("no_such", "No such child"),
                            ("cannot_say", "We cannot say"),
                            ("withdrawn", "Withdrawn, or no longer needed"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_why", models.CharField(blank=True, max_length=300)),
                ("child", _to("cases.child", related_name="link_requests")),
                ("authority", _to("cases.authority", related_name="+")),
                ("holder", _to("cases.authority", related_name="+")),
                ("asked_by", _to(settings.AUTH_USER_MODEL, related_name="+")),
                ("answered_by", _to(settings.AUTH_USER_MODEL, blank=True, null=True, related_name="+")),
                ("link", _to("cases.childlink", blank=True, null=True, related_name="requests")),
                ("withdrawn_by", _to(settings.AUTH_USER_MODEL, blank=True, null=True, related_name="+")),
            ],
            options={"ordering": ["asked_at", "pk"]},
        ),
        migrations.CreateModel(
            name="LinkMatter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("episode", _to("cases.missingepisode", blank=True, null=True, related_name="+")),
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="link_matter",
                        to="cases.matter",
                    ),
                ),
                ("request", _to("cases.linkrequest", related_name="matters")),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            model_name="linkrequest",
            constraint=models.CheckConstraint(
                condition=~models.Q(("name", "")) & ~models.Q(("said_by", "")) & ~models.Q(("why", "")),
                name="link_request_says_whom_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="linkrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("asked_at"))),
                name="link_request_due_after_it_was_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="linkrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answered_at", None),
                        ("answered_by", None),
                        ("link", None),
                        ("note", ""),
                        ("status", "asked"),
                    ),
                    models.Q(("link", None), ("status", "withdrawn")),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        ("link__isnull", False),
                        ("status", "linked"),
                    ),
                    models.Q(
                        ("status__in", ("no_such", "cannot_say")),
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        ("link", None),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="link_request_answered_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="linkrequest",
            constraint=models.CheckConstraint(
                condition=(
                    models.Q(("status", "withdrawn"), ("withdrawn_at__isnull", False))
                    & ~models.Q(("withdrawn_why", ""))
                )
                | (
                    ~models.Q(("status", "withdrawn"))
                    & models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_why", ""))
                ),
                name="link_request_withdrawn_when_and_why",
            ),
        ),
        migrations.AddIndex(
            model_name="linkrequest",
            index=models.Index(
                condition=models.Q(("status", "asked")), fields=["holder"], name="link_request_waiting"
            ),
        ),
        migrations.RunSQL(ONCE, OFTEN),
        schema.changes_only(cases_linkrequest=CHANGES, cases_linkmatter="ended_at"),
        # Of no child: whoever reads what was changed of the asker's learnt there what the asked desk keeps back.
        *schema.history("cases_linkrequest"),
        *schema.history("cases_linkmatter"),
    ]

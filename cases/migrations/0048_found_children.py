"""Found children who do not say who they are, and the searches about which their owners are asked."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# What became of a found child, and whether it was a child who was sought, is said once.
ONCE = """
CREATE TRIGGER closed_once BEFORE UPDATE ON cases_foundchild
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER answered_once BEFORE UPDATE ON cases_foundmatch
    FOR EACH ROW WHEN (OLD.answer IN ('it_is', 'it_is_not')) EXECUTE FUNCTION refuse_change()
"""
OFTEN = """
DROP TRIGGER closed_once ON cases_foundchild;
DROP TRIGGER answered_once ON cases_foundmatch
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0047_leaving_care"),
    ]

    operations = [
        migrations.AlterField(
            model_name="matter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("breach", "Data breach"),
                    ("complaint", "Complaint"),
                    ("worry", "Worry about a colleague"),
                    ("restrict", "Restricted record"),
                    ("found", "Found child"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="matterentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("assessed", "Assessed: whom it concerns, and the risk to them"),
                    ("notified", "Told the Information Commissioner"),
                    ("not_notified", "Decided not to tell the Information Commissioner"),
                    ("told_people", "Told the people concerned, or decided not to"),
                    ("acknowledged", "Acknowledged to whoever complained"),
                    ("answered", "Answered"),
                    ("lado_has_it", "The LADO has it"),
                    ("outcome", "What the LADO decided"),
                    ("looked_at", "Looked at, and what was decided"),
                    ("closed", "Closed: who the child is, or who has the child"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="FoundChild",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("found_at", models.DateTimeField()),
                ("place", models.CharField(max_length=200)),
                ("found_by", models.CharField(max_length=150)),
                ("cared_for", models.CharField(blank=True, max_length=200)),
                (
                    "sex",
                    models.CharField(
                        choices=[("F", "Female"), ("M", "Male"), ("U", "Not known")],
                        default="U",
                        max_length=1,
                    ),
                ),
                ("age_from", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("age_to", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("looks", models.CharField(blank=True, max_length=500)),
                ("clothing", models.CharField(blank=True, max_length=300)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("said", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("identified", "It is a child who was looked for"),
                            ("registered", "Registered as a new arrival"),
                            ("handed", "Handed to somebody who answers for the child"),
                            ("no_child", "An adult, or written down by mistake"),
                        ],
                        max_length=10,
                    ),
                ),
                ("closed_reason", models.CharField(blank=True, max_length=500)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.authority"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "force",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.policeforce",
                    ),
                ),
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="found_child",
                        to="cases.matter",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="FoundMatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("it_is", "It is this child"),
                            ("it_is_not", "It is not this child"),
                            ("cannot_say", "We cannot say"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="found_matches",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "found",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matches",
                        to="cases.foundchild",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["proposed_at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="foundchild",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("place", ""), _negated=True), models.Q(("found_by", ""), _negated=True)
                ),
                name="found_child_says_where_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="foundchild",
            constraint=models.CheckConstraint(
                condition=models.Q(("found_at__lte", models.F("recorded_at"))),
                name="found_child_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="foundchild",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("age_from", None),
                    ("age_to", None),
                    ("age_from__lte", models.F("age_to")),
                    _connector="OR",
                ),
                name="found_child_ages_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="foundchild",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at", None),
                        ("closed_by", None),
                        ("closed_reason", ""),
                        ("episode", None),
                        ("outcome", ""),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        models.Q(("outcome", ""), _negated=True),
                        models.Q(("closed_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="found_child_closed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="foundchild",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("episode__isnull", False), ("outcome", "identified")),
                    models.Q(models.Q(("outcome", "identified"), _negated=True), ("episode", None)),
                    _connector="OR",
                ),
                name="found_child_identified_names_its_search",
            ),
        ),
        migrations.AddIndex(
            model_name="foundmatch",
            index=models.Index(
                condition=models.Q(("answer", "")), fields=["episode"], name="found_match_unanswered"
            ),
        ),
        migrations.AddConstraint(
            model_name="foundmatch",
            constraint=models.UniqueConstraint(fields=("found", "episode"), name="found_match_once"),
        ),
        migrations.AddConstraint(
            model_name="foundmatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None), ("answered_by", None), ("note", "")),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="found_match_answered_by_somebody",
            ),
        ),
        migrations.RunSQL(ONCE, OFTEN),
        schema.changes_only(
            cases_foundchild="cared_for, outcome, episode_id, closed_reason, closed_at, closed_by_id",
            cases_foundmatch="answer, note, answered_at, answered_by_id",
        ),
        *schema.history("cases_foundchild"),
        *schema.history("cases_foundmatch", of="episode_id"),
    ]

"""Which force leads a search from when, offers of it to another force, and the officers in the case."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# The first force that is alerted leads, from that instant: no search has a force and none in charge.
FIRST = """
CREATE FUNCTION first_force_is_in_charge() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO cases_forceincharge (episode_id, force_id, starts_at)
        SELECT NEW.episode_id, NEW.force_id, NEW.added_at
        WHERE NOT EXISTS (SELECT 1 FROM cases_forceincharge WHERE episode_id = NEW.episode_id);
    RETURN NULL;
END $$;
CREATE TRIGGER first_force_is_in_charge AFTER INSERT ON cases_episodeforce
    FOR EACH ROW EXECUTE FUNCTION first_force_is_in_charge()
"""
# No start is backdated, and after the first each comes by an offer that this force has accepted.
LATER = """
CREATE FUNCTION force_in_charge_starts_later() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases_forceincharge WHERE episode_id = NEW.episode_id AND starts_at >= NEW.starts_at) THEN
        RAISE EXCEPTION 'the start of a force in charge is never backdated'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM cases_episodeforce WHERE episode_id = NEW.episode_id AND force_id = NEW.force_id) THEN
        RAISE EXCEPTION 'a force in charge is one that was alerted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.offer_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM cases_forceoffer WHERE id = NEW.offer_id AND episode_id = NEW.episode_id
            AND to_force_id = NEW.force_id AND answer = 'accepted'
    ) THEN
        RAISE EXCEPTION 'a force takes a search over by accepting it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER force_in_charge_starts_later BEFORE INSERT ON cases_forceincharge
    FOR EACH ROW EXECUTE FUNCTION force_in_charge_starts_later()
"""
ANSWERED = """
CREATE TRIGGER answered_once BEFORE UPDATE ON cases_forceoffer
    FOR EACH ROW WHEN (OLD.answer <> '') EXECUTE FUNCTION refuse_change()
"""
BEFORE = """
INSERT INTO cases_forceincharge (episode_id, force_id, starts_at)
    SELECT DISTINCT ON (episode_id) episode_id, force_id, added_at FROM cases_episodeforce
    ORDER BY episode_id, added_at, id;
INSERT INTO cases_episodeofficer (episode_id, force_id, name, collar_number, phone, starts_at, recorded_at, recorded_by_id)
    SELECT episode_id, force_id, officer, '', '', added_at, added_at, added_by_id FROM cases_episodeforce
    WHERE officer <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0042_indexes_dropped"),
    ]

    operations = [
        migrations.AddField(
            model_name="episodeforce",
            name="left_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="ForceOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("offered_name", models.CharField(max_length=150)),
                ("reason", models.CharField(max_length=500)),
                ("offered_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Taken back"),
                        ],
                        max_length=9,
                    ),
                ),
                ("answered_name", models.CharField(blank=True, max_length=150)),
                ("incident_reference", models.CharField(blank=True, max_length=60)),
                ("answer_reason", models.CharField(blank=True, max_length=500)),
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
                        related_name="force_offers",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "from_force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.policeforce"
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to_force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.policeforce"
                    ),
                ),
            ],
            options={
                "ordering": ["offered_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ForceInCharge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="forces_in_charge",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.policeforce"
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="start",
                        to="cases.forceoffer",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="EpisodeOfficer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=150)),
                ("collar_number", models.CharField(blank=True, max_length=30)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("starts_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
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
                        related_name="officers",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.policeforce"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="episode_officer_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", None), ("ends_at", None)),
                            models.Q(("ended_by__isnull", False), ("ends_at__gte", models.F("starts_at"))),
                            _connector="OR",
                        ),
                        name="episode_officer_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("episode", "="),
                            ("force", "="),
                            (
                                models.Func(
                                    models.F("starts_at"),
                                    models.F("ends_at"),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="episode_officers_do_not_overlap",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="forceoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answer", "")), fields=("episode",), name="force_offer_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="forceoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_force", models.F("to_force")), _negated=True),
                name="force_offer_is_to_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="forceoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("offered_name", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                ),
                name="force_offer_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="forceoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answer", ""),
                        ("answer_reason", ""),
                        ("answered_at", None),
                        ("answered_by", None),
                        ("answered_name", ""),
                    ),
                    models.Q(
                        models.Q(("answer", ""), _negated=True),
                        models.Q(("answered_name", ""), _negated=True),
                        ("answered_at__gte", models.F("offered_at")),
                        ("answered_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="force_offer_answered_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="forceoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", "accepted"), models.Q(("incident_reference", ""), _negated=True)),
                    models.Q(models.Q(("answer", "accepted"), _negated=True), ("incident_reference", "")),
                    _connector="OR",
                ),
                name="force_offer_accepted_with_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="forceoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answer__in", ("", "accepted")),
                    models.Q(("answer_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="force_offer_refused_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="forceincharge",
            constraint=models.UniqueConstraint(
                fields=("episode", "starts_at"), name="force_in_charge_one_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="forceincharge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("offer", None)),
                fields=("episode",),
                name="force_in_charge_offered_but_the_first",
            ),
        ),
        migrations.RunSQL(FIRST, "DROP FUNCTION first_force_is_in_charge() CASCADE"),
        migrations.RunSQL(LATER, "DROP FUNCTION force_in_charge_starts_later() CASCADE"),
        migrations.RunSQL(ANSWERED, "DROP TRIGGER answered_once ON cases_forceoffer"),
        *schema.append_only("cases_forceincharge"),
        *schema.ends_only(cases_episodeofficer="ends_at, ended_by_id"),
        schema.changes_only(
            cases_forceoffer=(
                "answer, answered_name, incident_reference, answer_reason, answered_at, answered_by_id"
            ),
        ),
        *schema.history("cases_forceoffer", "cases_episodeofficer", of="episode_id"),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
    ]

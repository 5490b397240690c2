"""Journeys: one open for each child, stops in order and at most two hours apart, and what is confirmed stays."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# The stops of a plan are in order and at most two hours apart, and are written with their journey alone: looked at when
# the commit comes. What is confirmed follows what was confirmed before it, as long as that stands.
ORDER = """
CREATE FUNCTION journey_stops_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    whole cases_journey%ROWTYPE;
BEGIN
    SELECT * INTO whole FROM cases_journey WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    PERFORM 1 FROM cases_child WHERE id = whole.child_id FOR NO KEY UPDATE;
    IF (SELECT count(*) < 2 OR min(position) <> 0 OR max(position) <> count(*) - 1
          FROM cases_journeystop WHERE journey_id = whole.id)
    OR EXISTS (
        SELECT FROM cases_journeystop AS s JOIN cases_journeystop AS n
            ON n.journey_id = s.journey_id AND n.position = s.position + 1
         WHERE s.journey_id = whole.id
           AND (n.due_at <= s.due_at OR n.due_at > s.due_at + interval '2 hours'))
    THEN
        RAISE EXCEPTION 'the stops of journey % are not in order', whole.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER stops_in_order AFTER INSERT ON cases_journey
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journey_stops_in_order('id');
CREATE CONSTRAINT TRIGGER stops_in_order AFTER INSERT ON cases_journeystop
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journey_stops_in_order('journey_id');
CREATE FUNCTION journey_stops_stay() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cases_journeyconfirmation AS c JOIN cases_journeystop AS s ON s.id = c.stop_id
         WHERE s.journey_id = NEW.journey_id
    ) THEN
        RAISE EXCEPTION 'journey % has begun: its stops stay', NEW.journey_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stops_stay BEFORE INSERT ON cases_journeystop
    FOR EACH ROW EXECUTE FUNCTION journey_stops_stay();
CREATE FUNCTION journey_confirmed_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    here cases_journeystop%ROWTYPE;
    whole cases_journey%ROWTYPE;
    sighting cases_contact%ROWTYPE;
BEGIN
    SELECT * INTO here FROM cases_journeystop WHERE id = NEW.stop_id;
    SELECT * INTO whole FROM cases_journey WHERE id = here.journey_id;
    PERFORM 1 FROM cases_child WHERE id = whole.child_id FOR NO KEY UPDATE;
    SELECT * INTO sighting FROM cases_contact WHERE id = NEW.contact_id;
    IF whole.ended_at IS NOT NULL OR sighting.child_id <> whole.child_id OR EXISTS (
        SELECT FROM cases_journeyconfirmation AS c
          JOIN cases_journeystop AS s ON s.id = c.stop_id
          JOIN cases_contact AS t ON t.id = c.contact_id
         WHERE s.journey_id = whole.id AND t.withdrawn_at IS NULL
           AND (s.position >= here.position OR t.happened_at > sighting.happened_at)
    ) THEN
        RAISE EXCEPTION 'a confirmation of journey % follows nothing', whole.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER confirmed_in_order BEFORE INSERT ON cases_journeyconfirmation
    FOR EACH ROW EXECUTE FUNCTION journey_confirmed_in_order()
"""
BACK = """
DROP TRIGGER confirmed_in_order ON cases_journeyconfirmation;
DROP TRIGGER stops_stay ON cases_journeystop;
DROP TRIGGER stops_in_order ON cases_journeystop;
DROP TRIGGER stops_in_order ON cases_journey;
DROP FUNCTION journey_confirmed_in_order();
DROP FUNCTION journey_stops_stay();
DROP FUNCTION journey_stops_in_order()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0082_meetings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Journey",
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
                            ("move", "A move to another placement"),
                            ("transfer", "A transfer to another authority"),
                            ("other", "Another journey"),
                        ],
                        max_length=8,
                    ),
                ),
                ("first_escort", models.CharField(max_length=150)),
                ("first_phone", models.CharField(max_length=20)),
                ("first_email", models.EmailField(blank=True, max_length=254)),
                ("second_escort", models.CharField(max_length=150)),
                ("second_phone", models.CharField(max_length=20)),
                ("second_email", models.EmailField(blank=True, max_length=254)),
                ("vehicle", models.CharField(max_length=120)),
                ("plate", models.CharField(max_length=20)),
                ("route", models.CharField(max_length=500)),
                ("hand_to", models.CharField(max_length=150, verbose_name="who receives the child")),
                ("told_at", models.DateTimeField()),
                ("words", models.TextField(verbose_name="what the child said")),
                (
                    "parted",
                    models.TextField(
                        blank=True, verbose_name="who is parted from the child, and what they said"
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="journeys", to="cases.child"
                    ),
                ),
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
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-planned_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="JourneyStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("place", models.CharField(max_length=200)),
                ("due_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
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
                    "journey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stops", to="cases.journey"
                    ),
                ),
            ],
            options={
                "ordering": ["journey", "position"],
            },
        ),
        migrations.CreateModel(
            name="JourneyConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_given", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmation",
                        to="cases.contact",
                    ),
                ),
                (
                    "stop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="cases.journeystop",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("child",), name="journey_one_open_per_child"
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_escort", ""), _negated=True),
                    models.Q(("first_phone", ""), _negated=True),
                    models.Q(("second_escort", ""), _negated=True),
                    models.Q(("second_phone", ""), _negated=True),
                    models.Q(("first_escort", models.F("second_escort")), _negated=True),
                    models.Q(("first_phone", models.F("second_phone")), _negated=True),
                ),
                name="journey_has_two_escorts_with_phones",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("vehicle", ""), _negated=True),
                    models.Q(("plate", ""), _negated=True),
                    models.Q(("route", ""), _negated=True),
                    models.Q(("hand_to", ""), _negated=True),
                ),
                name="journey_says_how_and_to_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("words", ""), _negated=True), ("told_at__lte", models.F("planned_at"))
                ),
                name="journey_child_was_told_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None), ("reason", "")),
                    ("ended_at__gte", models.F("planned_at")),
                    _connector="OR",
                ),
                name="journey_ends_after_its_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="journeystop",
            constraint=models.UniqueConstraint(fields=("journey", "position"), name="journey_stop_once"),
        ),
        migrations.AddConstraint(
            model_name="journeystop",
            constraint=models.CheckConstraint(
                condition=models.Q(("place", ""), _negated=True), name="journey_stop_has_place"
            ),
        ),
        migrations.RunSQL(ORDER, BACK),
        *schema.append_only("cases_journeystop", "cases_journeyconfirmation"),
        *schema.ends_only(cases_journey="ended_at, ended_by_id, reason"),
        *schema.history("cases_journey", of="child_id"),
    ]

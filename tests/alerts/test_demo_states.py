"""The demo has a child in each state of docs/states.md, made by the verbs, and nobody is told of any of them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import CharField, ForeignKey, Q, TextField
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from alerts import (
    concern_mails,
    demo,
    gaps,
    guardian_areas,
    integrity,
    journey_mails,
    oversight,
    policies,
    supervision_mails,
    sweep,
    watching,
)
from alerts.demo_states import ages, asked, endings, listing, making, moves, nameless, nowhere, victims, ways
from alerts.demo_states.lot import Shown
from alerts.management.commands.states import TABLES
from alerts.models import Alert, AlertStep, Clock, Message, PolicyVersion
from alerts.population import sowing
from alerts.population.plan import Plan
from alerts.posts import Post
from cases import clock
from cases.models import (
    Child,
    ChildLink,
    Contact,
    Event,
    FoundMatch,
    Journey,
    LinkRequest,
    ManagerCover,
    MeetingBooking,
    MissingEpisode,
    MissingReview,
    NrmReferral,
    Placement,
    PlacementApproval,
    PlanAction,
    PlannedPlacement,
    ReturnInterview,
    RiskAssessment,
    SafetyPlan,
    Sex,
    Transfer,
    WorkerCover,
)
from cases.models.assessments import INDICATORS
from cases.states import EpisodeOutcome, IllegalMove
from guardians.models import GuardianCover, GuardianReferral, NoGuardian
from tests import stages
from tests.counts import FULL, counts, one_in
from tests.factories import a_watched_child, missing, not_here
from tests.late_clocks import begin, clocks_read_at_last

pytestmark = pytest.mark.django_db

LIST = Path(__file__).parents[2] / "docs" / "demo.md"
# Where each machine of docs/states.md keeps its status.
KEPT: dict[str, tuple[Any, str]] = {
    "Missing episode": (MissingEpisode, "status"),
    "Transfer of responsibility": (Transfer, "status"),
    "Age": (Child, "age_status"),
    "Referral to the NRM": (NrmReferral, "status"),
    "Referral to a guardian service": (GuardianReferral, "status"),
    "Alert": (Alert, "status"),
    "Message": (Message, "status"),
    "How a missing episode ends": (MissingEpisode, "outcome"),
}
# What has no drawing and is in one of several states all the same.
BESIDE: dict[str, tuple[Any, str]] = {
    "Return interview": (ReturnInterview, "outcome"),
    "Review of a long search": (MissingReview, "kind"),
    "Approval of a distant placement": (PlacementApproval, "kind"),
}
# What has no status of its own: its rows, and where one stands. One child has several of them side by side.
STAGED: dict[str, tuple[Any, Callable[[Any, datetime], str]]] = {
    ways.MACHINE: (Journey, lambda row, _at: stages.of_journey(row)),
    "Risk assessment": (RiskAssessment, lambda row, _at: stages.of_assessment(row)),
    "Version of the safeguarding plan": (SafetyPlan, lambda row, _at: stages.of_plan(row)),
    "Action of the plan": (PlanAction, lambda row, _at: stages.of_action(row)),
    "Booked meeting": (MeetingBooking, lambda row, _at: stages.of_booking(row)),
    "Link of two children": (ChildLink, lambda row, _at: row.check_result),
    asked.MACHINE: (LinkRequest, lambda row, _at: row.status),
    "Cover for a guardian": (GuardianCover, stages.of_cover),
    "Cover for a social worker": (WorkerCover, stages.of_leave_cover),
    "Cover for a manager": (ManagerCover, stages.of_leave_cover),
    "Why there is no guardian": (NoGuardian, lambda row, _at: stages.of_none(row)),
    "Planned placement": (PlannedPlacement, lambda row, _at: stages.of_planned(row)),
}
LOOKED_AT = {(one.machine, str(state)): one for one in making.CHILDREN for state in one.states}


def machines() -> Iterator[tuple[str, str]]:
    """Every state of the tables that docs/states.md is printed from."""
    for table in TABLES:
        yield from ((table.noun, str(state)) for state in table.statuses)
    yield from ((endings.MACHINE, str(outcome)) for outcome in EpisodeOutcome)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.fixture
def in_demo(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def stage(now: datetime, in_demo: None) -> demo.Stage:
    return demo.set_stage(at=now)


@pytest.fixture
def old_policies(now: datetime) -> None:
    """As where the demo has stood for a year: nothing that is asked of anybody is new."""
    later = (policies.DUTY, policies.AFTER, policies.PAPER, policies.REVIEW, policies.GUARDIAN)
    PolicyVersion.objects.filter(key__in=later).update(takes_effect_at=now - timedelta(days=365))


def shown() -> Any:
    return Child.objects.filter(demo_watch__policy__key="demo_states")


def test_every_state_of_the_drawings_has_a_child_or_says_where_or_why_not() -> None:
    drawn = list(machines())
    assert len(drawn) == len(set(drawn)) > 50
    beside_it = {"Approval of a distant placement"}
    assert {machine for machine, _state in drawn} == set(KEPT) | beside_it | set(STAGED)
    looked_at = [(one.machine, str(state)) for one in making.CHILDREN for state in one.states]
    said = [*looked_at, *listing.ELSEWHERE, *listing.NOT_AT_REST]
    assert sorted(said) == sorted(set(said))
    beside = {
        (what, value)
        for what, (model, field) in BESIDE.items()
        for value, _label in model._meta.get_field(field).choices
    }
    beside |= {(nowhere.MACHINE, state) for state in nowhere.Lives.values}
    beside |= {(moves.MACHINE, state) for state in moves.Beside.values}
    assert set(said) == set(drawn) | beside


def make(stage: demo.Stage, *, at: datetime) -> bool:
    with clocks_read_at_last(at):
        return making.make(stage, at=at)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two children, in turn; whoever is missing, and whom another is about, beside them."""
    chosen = [one for one in making.CHILDREN if FULL or not one_in(one.full_name, 2)]
    gone = LOOKED_AT[moves.MACHINE, moves.Beside.MISSING]
    monkeypatch.setattr(making, "CHILDREN", tuple(dict.fromkeys([*chosen, gone])))


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("old_policies", "half")
def test_each_stands_in_its_state_and_is_in_no_figure_and_nobody_is_told_of_any_for_days_nor_when_they_are_struck(
    stage: demo.Stage, now: datetime
) -> None:
    """One test, as to make all of them takes longest."""
    with undone():
        sowing.sow(Plan(now, authorities=4).scaled(counts(24, 60)))
        figures = oversight.figures(now=now)
    assert make(stage, at=now)
    connection.check_constraints()
    assert shown().count() == making.how_many()
    each_stands_in_its_state(now)
    past_is_in_order(now)
    nobody_contradicts_their_own_record(now)
    with undone():
        # The same once more: a number draws the same children, and they are sown beside those of the demo alone.
        sowing.sow(Plan(now, authorities=4).scaled(counts(24, 60)))
        no_figure_counts_them(figures, now)
        the_rest_is_where_it_is_said_to_be(stage, now)
    nobody_is_told_for_days_nor_when_they_are_struck(stage, now)


@pytest.mark.by_turns(8)
def test_a_found_child_is_asked_about_where_a_child_is_looked_for_and_nobody_can_say(
    stage: demo.Stage, now: datetime, fewer: tuple[Shown, ...]
) -> None:
    watched = a_watched_child(at=now - timedelta(days=3))
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(hours=1))
    make(stage, at=now)
    (asked,) = FoundMatch.objects.filter(found__in=nameless.standing())
    assert (asked.answer, asked.episode, asked.episode.ended_at) == ("cannot_say", episode, None)


def each_stands_in_its_state(now: datetime) -> None:
    for (machine, state), one in LOOKED_AT.items():
        if one not in making.CHILDREN:
            continue
        child = shown().get(given_name=one.name, family_name=one.family)
        if state == moves.Beside.MISSING:
            (transfer,) = Transfer.objects.open().filter(child=child)
            assert MissingEpisode.objects.sought().filter(child=transfer.child).exists()
            continue
        if machine in STAGED:
            rows, stage_of = STAGED[machine]
            mine = Q(child=child) | Q(other=child) if rows is ChildLink else Q(child=child)
            assert state in {stage_of(row, now) for row in rows.objects.filter(mine)}, (one.full_name, state)
            continue
        if machine == nowhere.MACHINE:
            assert not Placement.objects.filter(child=child, ends_at=None).exists()
            continue
        model, field = (KEPT | BESIDE)[machine]
        own = {"pk": child.pk} if model is Child else {"child": child}
        last = model.objects.filter(**own).order_by("-pk")[0]
        assert getattr(last, field) == state, one.full_name


def no_figure_counts_them(figures: oversight.Figures, now: datetime) -> None:
    """No figure of the country counts any of them, but the one who is missing among those who came since."""
    counted = oversight.figures(now=now)
    others = [line.others for line in counted.lines]
    assert others == [line.others + (line.key == "under_72_hours") for line in figures.lines]
    since = [replace(line, others=was.others) for line, was in zip(counted.lines, figures.lines, strict=True)]
    assert replace(counted, lines=tuple(since)) == figures


def the_rest_is_where_it_is_said_to_be(stage: demo.Stage, now: datetime) -> None:
    """In the story, and among the invented children; and nobody is told of those to look at while it begins."""
    begin(stage, at=now)
    for seconds in range(0, 76, counts(25, 5)):
        sweep.sweep_all(now=now + timedelta(seconds=seconds))
    assert AlertStep.objects.exists()
    assert not AlertStep.objects.filter(alert__child__in=shown()).exists()
    for machine, state in listing.ELSEWHERE:
        if machine in STAGED:
            rows, stage_of = STAGED[machine]
            assert state in {stage_of(row, now) for row in rows.objects.all()}, (machine, state)
            continue
        model, field = (KEPT | BESIDE)[machine]
        if machine == "Alert":
            assert model.objects.filter(ended_at=None).exists()
        else:
            assert model.objects.filter(**{field: state}).exists(), (machine, state)


def nobody_is_told_for_days_nor_when_they_are_struck(stage: demo.Stage, now: datetime) -> None:
    owed = Clock.objects.filter(child__in=shown(), next_at__lte=now + timedelta(days=6))
    assert not [(one.child.given_name, one.kind, one.duty, one.next_at) for one in owed if one.due_at]
    for hours in (0, 0.03, 24, 140):
        tell(now + timedelta(hours=hours))
    assert [one for one in integrity.check(now) if one.references] == []
    with clocks_read_at_last(now + timedelta(hours=141)):
        making.strike(stage, at=now + timedelta(hours=141))
    tell(now + timedelta(hours=142))
    assert not shown().filter(closed_at=None).exists()
    assert not AlertStep.objects.exists()
    assert not Message.objects.filter(items__alert__child__in=shown()).exists()
    assert not Message.objects.filter(Q(journey__isnull=False) | Q(concern__isnull=False)).exists()


def test_the_signs_of_trafficking_of_one_stand_in_its_assessment_and_where_the_referral_is_written(
    stage: demo.Stage, now: datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "CHILDREN", victims.CHILDREN[:2])
    make(stage, at=now)
    child, other = (shown().get(given_name=one.name, family_name=one.family) for one in victims.CHILDREN[:2])
    (assessed,) = RiskAssessment.objects.filter(child=child)
    assert assessed.signs == victims.SIGNS
    assert assessed.reading.signed
    assert not RiskAssessment.objects.filter(child=other).exists(), "nothing was ticked of anybody else"
    client.force_login(stage.cast["manager"])
    written = {
        one: client.get(reverse("nrm_draft", args=[one.reference])).content.decode() for one in (child, other)
    }
    for code, known in victims.SIGNS.items():
        for words in (str(INDICATORS[code]), known):
            assert escape(words) in written[child]
        assert escape(known) not in written[other]


def past_is_in_order(now: datetime) -> None:
    """Every event names who did it, but that a time was over, and none stands before what it follows."""
    for child in shown():
        events = list(Event.objects.filter(child=child).order_by("number"))
        moments = [event.recorded_at for event in events]
        assert moments == sorted(moments), child.given_name
        assert moments[0] == now - timedelta(days=60)
        assert all(event.actor_id for event in events if event.kind != "link_ask_over"), child.given_name


# Of whom words of the other kind may stand in a record.
SHE, HE = re.compile(r"\b(she|her|hers)\b", re.IGNORECASE), re.compile(r"\b(he|him|his)\b", re.IGNORECASE)


def nobody_contradicts_their_own_record(now: datetime) -> None:
    """What the record of each says of it fits together: dates, homes, who saw it when, and words that say he or she."""
    said = texts_of(shown())
    for child in shown():
        assert child.sex in (Sex.FEMALE, Sex.MALE), child.given_name
        other = HE if child.sex == Sex.FEMALE else SHE
        assert not [text for text in said[child.pk] if other.search(text)], child.given_name
        assert child.birth_date < child.arrived_at.date(), child.given_name
        assert child.arrived_at <= child.registered_at, child.given_name
        homes = Placement.objects.filter(child=child).order_by("starts_at")
        assert all(one.starts_at >= child.arrived_at for one in homes), child.given_name
        seen = Contact.objects.seen().filter(child=child)
        assert not seen.filter(happened_at__lt=child.arrived_at).exists(), child.given_name
        for episode in MissingEpisode.objects.filter(child=child):
            search = (episode.since, episode.found_at or now)
            assert not seen.filter(happened_at__gt=search[0], happened_at__lt=search[1]).exists()
            for report in episode.reports.all():
                # Whoever is said to have seen the child last has said so.
                assert seen.filter(happened_at=report.last_seen_at, witness=report.last_seen_by).exists()
                assert homes.filter(starts_at__lte=report.last_seen_at).exists(), child.given_name
        assert not [gap for gap in unproved(child, now) if gap.starts_at >= child.arrived_at], (
            child.given_name
        )


def texts_of(children: Any) -> dict[int, list[str]]:
    """By child what people wrote in every table that is about it, or about a row of its own."""
    found: dict[int, list[str]] = defaultdict(list)
    for model in [*apps.get_app_config("cases").get_models(), *apps.get_app_config("guardians").get_models()]:
        free = [one.name for one in model._meta.get_fields() if type(one) in (CharField, TextField)]
        free = [name for name in free if not model._meta.get_field(name).choices]
        for path in paths_to_child(model) if free else ():
            for child_id, *said in model.objects.filter(**{f"{path}__in": children}).values_list(path, *free):
                found[child_id] += [text for text in said if text]
    return found


def paths_to_child(model: Any) -> Iterator[str]:
    """By which of its fields a row is of a child, itself or by a row that is."""
    for one in model._meta.get_fields():
        if not isinstance(one, ForeignKey):
            continue
        if one.related_model is Child and one.name == "child":
            yield "child"
        elif any(
            f.name == "child" and f.related_model is Child for f in one.related_model._meta.get_fields()
        ):
            yield f"{one.name}__child"


def unproved(child: Child, now: datetime) -> tuple[gaps.Gap, ...]:
    watched = watching.watch([child.pk], at=now)
    return gaps.unproved(watching.pure_facts(watched[child.pk]), now=now) if watched else ()


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("old_policies")
def test_of_one_who_is_reported_since_people_hear_as_of_any_other_child(
    stage: demo.Stage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of nobody else: neither of one who is at rest, nor of one who was missing when it came to rest."""
    looked_at = [one for one in ages.CHILDREN if one.name in ("Farshad", "Abrihet", "Khalil")]
    moving = [one for one in moves.CHILDREN if FULL or moves.Beside.MISSING in one.states]
    monkeypatch.setattr(making, "CHILDREN", (*moving, *looked_at))
    make(stage, at=now)
    reported, gone, _at_rest = (shown().get(given_name=one.name) for one in looked_at)
    worker, since = stage.cast["worker"], now + timedelta(minutes=5)
    missing(reported, by=worker, at=since)
    not_here(gone, by=worker, at=since)
    for minutes in (0, 1, 20, 40, 150):
        tell(since + timedelta(minutes=minutes))
    told = AlertStep.objects.order_by("pk").values_list("alert__child", "step", "climbed_at")
    assert {child for child, _step, _at in told} == {reported.pk, gone.pk}
    assert [step for child, step, _at in told if child == reported.pk][:1] == ["call_0"]
    for child in (reported, gone):
        assert Message.objects.filter(items__alert__child=child, post=Post.FORCE).exists(), child.given_name
    assert (
        MissingEpisode.objects.sought().filter(child__in=shown()).exclude(child__in=[reported, gone]).exists()
    )


def tell(at: datetime) -> None:
    assert sweep.sweep_all(now=at).failed == 0
    concern_mails.tell(now=at)
    journey_mails.tell(now=at)
    supervision_mails.tell(now=at)
    assert guardian_areas.tell(now=at) == 0


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[Shown, ...]:
    """One child of each machine, in an ordinary run of some in turn, and who is asked for soonest.

    Who is housed as an adult is visited each week.
    """
    soonest = LOOKED_AT["Age", "treated_as_adult_elsewhere"]
    dearest = LOOKED_AT[moves.MACHINE, moves.Beside.MISSING]
    left = [one for one in making.CHILDREN if one not in (soonest, dearest)]
    chosen = [
        one for one in {one.machine: one for one in left}.values() if FULL or not one_in(one.machine, 3)
    ]
    monkeypatch.setattr(making, "CHILDREN", (*chosen, soonest))
    return making.CHILDREN


@pytest.fixture
def fewer(few: tuple[Shown, ...], monkeypatch: pytest.MonkeyPatch) -> tuple[Shown, ...]:
    """The first of them, where nothing hangs on what each of them is."""
    monkeypatch.setattr(making, "CHILDREN", few[:3])
    return making.CHILDREN


@pytest.mark.by_turns(8)
def test_they_are_made_once_for_a_story_and_anew_for_the_next_and_found_children_heard_of_by_nobody_for_hours(
    stage: demo.Stage, now: datetime, fewer: tuple[Shown, ...]
) -> None:
    def at(hours: int) -> datetime:
        return now + timedelta(hours=hours)

    assert make(stage, at=now)
    first, found = set(shown().values_list("pk", flat=True)), set(nameless.standing())
    # Nobody is looked for here, and so nobody is asked about.
    assert (len(found), FoundMatch.objects.exists()) == (len(nameless.CHILDREN), False)
    assert not make(stage, at=at(4))
    found_children_are_heard_of_by_nobody_for_hours(stage, found, at)
    # A new story takes its own children off the stage, and none of these.
    assert begin(stage, at=at(7))
    assert shown().filter(closed_at=None).count() == len(fewer)
    assert make(stage, at=at(8))
    again = set(shown().filter(closed_at=None).values_list("pk", flat=True))
    assert len(again) == len(fewer)
    assert not again & first
    sweep.sweep_all(now=at(8))
    found_children_are_there_anew_and_struck_after_hours(found, lambda hours: at(8 + hours))


def found_children_are_heard_of_by_nobody_for_hours(
    stage: demo.Stage, first: set[Any], at: Callable[[int], datetime]
) -> None:
    sweep.sweep_all(now=at(5))
    assert set(nameless.standing()) == first
    assert not Message.objects.filter(matter__in=[row.matter for row in first]).exists()
    assert sweep.sweep_all(now=at(6)).failed == 0
    assert Message.objects.filter(matter__in=[row.matter for row in first], wording="found_waits").exists()


def found_children_are_there_anew_and_struck_after_hours(
    first: set[Any], at: Callable[[int], datetime]
) -> None:
    again = set(nameless.standing())
    assert (len(again), again & first) == (len(nameless.CHILDREN), set())
    making.strike_due(at=at(5))
    assert set(nameless.standing()) == again
    making.strike_due(at=at(6))
    assert not nameless.standing().exists()


@pytest.mark.by_turns(8)
def test_a_start_that_was_broken_off_is_begun_again(
    stage: demo.Stage, now: datetime, fewer: tuple[Shown, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "CHILDREN", fewer[:2])
    make(stage, at=now)
    monkeypatch.setattr(making, "CHILDREN", fewer)
    assert make(stage, at=now + timedelta(minutes=1))
    assert shown().filter(closed_at=None).count() == 3


def test_those_of_whom_somebody_would_hear_soon_are_struck_before_anybody_looks(
    stage: demo.Stage, now: datetime, few: tuple[Shown, ...]
) -> None:
    make(stage, at=now)
    assert making.strike_due(at=now + timedelta(days=5)) == 0
    assert making.strike_due(at=now + timedelta(days=7, hours=1)) == 1
    later = now + timedelta(days=75)
    assert making.strike_due(at=later) > 3
    sweep.sweep_all(now=later + timedelta(hours=1))
    assert not Message.objects.filter(items__alert__child__in=shown()).exists()


def test_none_is_made_outside_the_demo(settings: Any, now: datetime) -> None:
    settings.DEMO = False
    with pytest.raises(IllegalMove):
        demo.set_stage(at=now)
    assert not shown().exists()


def test_the_page_lists_them() -> None:
    out = StringIO()
    call_command("demo_states", "--list", stdout=out)
    assert out.getvalue() == LIST.read_text()

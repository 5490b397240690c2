"""By when whoever is left is seen when a child is missing, and for how long they are watched: figures of a policy."""

from datetime import datetime

import pytest

from alerts import foresight, head_counts, policies, policy_rules, previews, replays, revisions, watching
from alerts.default_policies import HEAD_COUNT
from alerts.models import Alert, Clock
from alerts.replays import Period
from cases import clock
from cases.models import Child, HeadCount, Role
from tests.alerts.outgoing import broken, named_by, tick
from tests.alerts.test_head_counts import HOUR, MINUTE, NOW, due, linked, mate, somebody_else
from tests.alerts.test_policy_new_page import a_draft
from tests.counts import FULL
from tests.factories import Watched, a_person, missing, seen

pytestmark = pytest.mark.django_db
OWN = {"interval": 20, "watched_for": 96 * 60, "R2": 15, "R3": 40, "fail_safe": 60}


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def gone() -> Watched:
    """The child who goes missing."""
    return somebody_else(given_name="Yonas")


def agreed(of: Watched, key: str = head_counts.ROW, *, begins: datetime, **figures: int) -> None:
    first, second = (a_person(Role.ADMINISTRATOR, authority=of.authority) for _ in range(2))
    draft = a_draft(key, of=of.authority, begins=begins, **figures)
    revisions.put_in_force(draft, seconded_by=second, by=first, at=begins - MINUTE)


def is_watched_closely(child: Child, at: datetime) -> bool:
    applies = watching.watch([child.pk], at=at)[child.pk].applies
    return any(one.row.key == head_counts.CLOSER and one.covers(at) for one in applies)


@pytest.mark.by_turns
def test_a_council_s_own_figures_count_for_its_children_from_then_on_and_for_nobody_else_s(
    gone: Watched,
) -> None:
    agreed(gone, begins=NOW + HOUR, **OWN)
    before, after = mate(gone), somebody_else()
    companion = somebody_else()
    linked(gone.child, companion.child, gone.worker)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert due(before) == due(companion.child) == NOW + 30 * MINUTE
    seen(before, by=gone.carer, at=NOW + MINUTE, knows_child=True)
    seen(companion.child, by=companion.carer, at=NOW + MINUTE, knows_child=True)

    other = mate(gone)
    seen(other, by=gone.carer, at=NOW + 90 * MINUTE, knows_child=True)
    linked(other, after.child, gone.worker)
    missing(other, by=gone.carer, at=NOW + 2 * HOUR)
    tick(NOW + 2 * HOUR)
    asked = HeadCount.objects.get(child=before, episode__child=other)
    assert asked.due_at == due(before) == NOW + 2 * HOUR + 20 * MINUTE
    assert due(after.child) == NOW + 2 * HOUR + 30 * MINUTE, "of another council, by what is delivered"
    for minutes, step in ((20, "R1"), (35, "R2"), (60, "R3"), (80, "fail_safe")):
        tick(NOW + 2 * HOUR + minutes * MINUTE)
        alert = Alert.objects.open().get(child=before, clock__kind=Clock.Kind.CONTACT)
        assert [row.step for row in alert.climbed.all()][-1] == step
    late = NOW + 2 * HOUR + 80 * MINUTE
    assert not named_by("clocks that are not what the facts say", late)
    assert not FULL or set(broken(late)) <= {"messages ready to go that no sender has taken"}
    assert is_watched_closely(before, NOW + 97 * HOUR)
    assert not is_watched_closely(before, NOW + 99 * HOUR)
    assert is_watched_closely(companion.child, NOW + 71 * HOUR)
    assert not is_watched_closely(companion.child, NOW + 73 * HOUR)


@pytest.mark.by_turns
def test_nobody_is_told_later_of_a_head_count_than_of_the_first_30_days(gone: Watched) -> None:
    last = revisions.last_of(head_counts.ROW, gone.authority.pk)
    for figures, at in (
        ({"interval": 61}, "interval"),
        ({"interval": 14}, "interval"),
        ({"watched_for": 23 * 60}, "watched_for"),
        ({"R4": 181}, "R4"),
        ({"R2": 61, "R3": 70, "fail_safe": 91}, "R2"),
        ({"R2": 45, "R3": 44}, "R3"),
    ):
        draft = a_draft(head_counts.ROW, of=gone.authority, begins=NOW + HOUR, **figures)
        assert at in [fault.figure for fault in revisions.faults(draft, last, at=NOW)], figures
    assert not list(policy_rules.faults(head_counts.ROW, policies.row_data(HEAD_COUNT)))
    child = mate(gone)
    for key in ("first_72_hours", "first_30_days"):
        agreed(gone, key, begins=NOW - HOUR, R4=100)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    one = watching.pure_facts(watching.watch([child.pk], at=NOW)[child.pk]).head_counts[0]
    assert head_counts.steps(one)[head_counts.Step.R4] == NOW + 130 * MINUTE, "as soon as that of the row"
    assert head_counts.steps(one)[head_counts.Step.R2] == NOW + 60 * MINUTE


@pytest.mark.by_turns(8)
def test_what_is_foreseen_of_a_draft_is_what_the_engine_does_once_it_counts(gone: Watched) -> None:
    child = mate(gone)
    draft = a_draft(head_counts.ROW, of=gone.authority, begins=NOW - HOUR, **OWN)
    data = revisions.data_of(draft, revisions.last_of(head_counts.ROW, gone.authority.pk))
    of = gone.authority.pk
    found = previews.of(child, head_counts.ROW, data, authority_id=of, about=NOW, now=NOW - 2 * HOUR)
    moved = {line.would.step: line.would.at for line in found.search if line.would and not line.is_same}
    assert moved["R1"] == NOW + 20 * MINUTE
    assert len([line for line in found.search if line.is_same]) == 2, (
        "home and duty are asked at once by both"
    )
    agreed(gone, begins=NOW - HOUR, **OWN)
    told = foresight.of_head_count(child, about=NOW, now=NOW - MINUTE)
    assert [rung for _about, rung in told] == [line.would for line in found.search]
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    for minutes in (20, 35, 60, 80):
        tick(NOW + minutes * MINUTE)
    climbed = Alert.objects.get(child=child, clock__kind=Clock.Kind.CONTACT).climbed.all()
    assert {row.step: row.owed_at for row in climbed}.items() <= {
        rung.step: rung.at for about, rung in told if about == "Not seen by then"
    }.items()


@pytest.mark.by_turns
def test_a_draft_is_tried_on_what_was_asked_in_the_past(gone: Watched) -> None:
    child = mate(gone)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    seen(child, by=gone.carer, at=NOW + 40 * MINUTE, knows_child=True)
    of = gone.authority
    last = revisions.last_of(head_counts.ROW, of.pk)
    for figures, rungs in (({"interval": 60}, {}), ({"interval": 15, "R2": 20}, {"R1": 1, "R2": 1})):
        draft = a_draft(head_counts.ROW, of=of, begins=NOW + HOUR, **figures)
        data = revisions.data_of(draft, last)
        proposal = replays.proposal_of(head_counts.ROW, data, authority_id=of.pk)
        found = replays.compare(proposal, Period(NOW - 10 * MINUTE, NOW + HOUR), [of.pk])
        assert {step: found.in_force.climbed[step] for step in ("R1", "R2")} == {"R1": 1, "R2": 0}
        assert {step: n for step, n in found.proposed.climbed.items() if step in ("R1", "R2")} == rungs

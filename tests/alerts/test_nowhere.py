"""A child who has nowhere recorded: told after an hour, until a placement is; and the page that says a bed was lost."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import paperwork, sweep
from alerts.models import Message
from alerts.paperwork import DEFAULT, Days, Facts, Paper, Rules
from cases import ages, placements
from cases.models import AgeStatus, Placement, Transfer
from tests.alerts import papers
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_watched_child,
    accepted,
    ended,
    missing,
    placed,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ENDED = AT + HOUR
DUE = ENDED + HOUR


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child()


def lost_bed(watched: Watched, *, at: datetime = ENDED) -> Placement:
    return placements.end(
        watched.placement, ends_at=at, reason="Bed lost", where="With a friend", by=watched.worker, at=at
    )


def heard(watched: Watched) -> list[str]:
    return papers.steps(watched.child, "nowhere")


@pytest.mark.by_turns
def test_duty_and_the_worker_hear_after_an_hour_and_the_others_upward_until_a_placement_is_recorded(watched):
    lost_bed(watched)
    sweep.sweep_all(now=DUE - timedelta(seconds=1))
    assert heard(watched) == [], "whoever wrote it has an hour to write where the child is now"
    steps = papers.clock_of(watched.child, "nowhere").steps
    assert [datetime.fromisoformat(steps[rung]) for rung in ("R1", "R2", "R4", "R5")] == [
        DUE,
        DUE + 4 * HOUR,
        DUE + DAY,
        DUE + 2 * DAY,
    ]
    sweep.sweep_all(now=DUE)
    assert heard(watched) == ["R1"]
    told = Message.objects.filter(items__alert__clock__duty="nowhere")
    assert {row.user or row.mailbox for row in told} == {watched.worker, watched.desk.mailbox}
    # That somebody sees the child each day places nobody.
    seen(watched.child, by=watched.worker, at=DUE + 2 * HOUR)
    sweep.sweep_all(now=DUE + 4 * HOUR)
    assert heard(watched) == ["R1", "R2"]
    seen(watched.child, by=watched.worker, at=DUE + DAY - MINUTE)
    sweep.sweep_all(now=DUE + DAY)
    assert heard(watched) == ["R1", "R2", "R4"]
    placed(watched.child, starts_at=DUE + DAY + HOUR, at=DUE + DAY + HOUR)
    sweep.sweep_all(now=DUE + DAY + HOUR)
    assert not papers.is_open(watched.child, "nowhere")


@pytest.mark.by_turns
def test_a_child_who_was_never_placed_is_owed_a_place_from_the_registration(watched):
    child = a_child(watched.authority, team=watched.team, worker=watched.worker)
    assert papers.clock_of(child, "nowhere").due_at == AT + HOUR


@pytest.mark.by_turns
def test_in_a_search_it_rests_and_counts_from_the_return(watched):
    missing(watched.child, by=watched.worker, at=ENDED - timedelta(minutes=5))
    lost_bed(watched)
    sweep.sweep_all(now=DUE + HOUR)
    assert heard(watched) == []
    ended(watched.child.episodes.get(), at=ENDED + 2 * HOUR)
    sweep.sweep_all(now=ENDED + 3 * HOUR)
    assert heard(watched) == ["R1"]
    assert papers.clock_of(watched.child, "nowhere").due_at == ENDED + 3 * HOUR


def test_before_the_policy_asks_nothing_is_owed_and_after_it_only_from_then() -> None:
    without = {paper: rule for paper, rule in DEFAULT.items() if paper != Paper.NOWHERE}
    facts = Facts(AT, nowhere_since=AT)

    def owed(*versions: Rules) -> list[datetime]:
        found = paperwork.owed(facts, versions, Days())
        return [one.due_at for one in found if one.paper == Paper.NOWHERE]

    assert owed(Rules(AT, without)) == []
    assert owed(Rules(AT, without), Rules(AT + DAY, DEFAULT)) == [AT + DAY + HOUR]


@pytest.mark.by_turns(8)
def test_the_page_says_who_looks_after_the_child_then_and_ends_the_placement_once(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: ENDED)
    client.force_login(watched.worker)
    address = reverse("placement_end", args=[watched.child.reference])
    assert address in client.get(reverse("placement_new", args=[watched.child.reference])).content.decode()
    page = client.get(address).content.decode()
    assert "Nobody then looks after this child on record" in page
    given = {"placement": watched.placement.pk, "ends_at_when": "now", "reason": "Bed lost"}
    without = client.post(address, given)
    assert without.status_code == 422
    assert "Enter where the child is now" in without.content.decode()
    given["where"] = "With a friend until tonight"
    with events(watched.child, "placement_ended"):
        assert client.post(address, given).status_code == 302
        # Sent twice it is one; with other words it is refused, and what stands is said.
        assert client.post(address, given).status_code == 302
        # "Now" is later with each press.
        monkeypatch.setattr("cases.clock.now", lambda: ENDED + MINUTE / 2)
        assert client.post(address, given).status_code == 302
        other = client.post(address, {**given, "reason": "Another"})
    assert "This placement has ended already." in other.content.decode()
    shown = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "With a friend until tonight" in shown
    assert client.get(address).status_code == 404
    # Nor does the page of before end what began since.
    later = ENDED + MINUTE
    after = placed(watched.child, starts_at=later, at=later)
    monkeypatch.setattr("cases.clock.now", lambda: later + MINUTE)
    assert client.post(address, {**given, "reason": "Another"}).status_code == 422
    after.refresh_from_db()
    assert after.ends_at is None


@pytest.mark.by_turns
def test_who_may_place_nobody_has_no_such_page(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: ENDED)
    client.force_login(watched.carer)
    address = reverse("placement_end", args=[watched.child.reference])
    assert client.get(address).status_code == 404
    assert client.post(address, {"placement": watched.placement.pk}).status_code == 404
    assert Placement.objects.get(pk=watched.placement.pk).ends_at is None


def test_an_end_ahead_and_one_before_the_start_are_refused(watched):
    with refused(watched.child, "The end must be now or in the past."):
        placements.end(watched.placement, ends_at=ENDED + HOUR, reason="x", by=watched.worker, at=ENDED)
    with refused(watched.child, "The end must be after the start."):
        placements.end(watched.placement, ends_at=AT, reason="x", by=watched.worker, at=ENDED)


@pytest.mark.by_turns
def test_whoever_is_treated_as_an_adult_elsewhere_is_owed_a_placement_once_that_is_over(watched):
    decide(watched, AgeStatus.DISPUTED, ENDED - HOUR / 2)
    decide(watched, AgeStatus.ADULT_ELSEWHERE, ENDED - HOUR / 4, place="HMP Alder")
    lost_bed(watched)
    sweep.sweep_all(now=ENDED + 2 * DAY)
    assert heard(watched) == []
    decide(watched, AgeStatus.IN_PROGRESS, ENDED + 2 * DAY)
    sweep.sweep_all(now=ENDED + 2 * DAY + HOUR)
    assert heard(watched) == ["R1"]


def decide(watched: Watched, status: str, at: datetime, place: str = "") -> None:
    decision = ages.Decision(
        age_status=status, decided_date=at.date(), decided_by="Kent", grounds="Papers", place=place
    )
    ages.decide(watched.child, decision, seconded_by=watched.manager, by=watched.worker, at=at)


@pytest.mark.by_turns
def test_whoever_has_set_out_to_another_authority_is_with_those_who_take_them(watched):
    coming = a_watched_child(risk="low")
    transfer = accepted(
        referred(watched.child, coming.authority, at=ENDED - HOUR / 2), coming.worker, at=ENDED - HOUR / 2
    )
    Transfer.objects.filter(pk=transfer.pk).update(
        status="in_transit",
        moves_date=ENDED.date(),
        left_at=ENDED,
        expected_at=ENDED + 3 * HOUR,
    )
    lost_bed(watched)
    sweep.sweep_all(now=ENDED + HOUR)
    assert heard(watched) == []

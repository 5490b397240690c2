"""The approval of a distant placement: asked with what the area said, decided by the director alone, or another placement."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock, Message
from cases import approvals, clock, concerns, mergers, placements
from cases.approvals import Asked
from cases.models import Authority, Placement, PlacementApproval, Reach, Role
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_home,
    a_person,
    a_watched_child,
    accepted,
    an_authority,
    arrived,
    case_closed,
    ended,
    membership_of,
    missing,
    placed,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Tuesday; five working days later it is the next.
MOVED = AT + DAY
LATER = AT + 2 * DAY
SAID = {
    "reason": "The only home with Dari",
    "why_before": "No bed here that night",
    "host_whom": "Rhona Blyth, head of placements",
    "host_asked_date": AT.date(),
    "host_said": "They agree, and ask for the plan",
}


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def moved(one: Watched) -> Placement:
    return placed(one.child, a_home(an_authority()), by=one.worker, starts_at=MOVED, at=MOVED)


def asked(one: Watched, far: Placement, **changed: Any) -> PlacementApproval:
    return approvals.ask(far, Asked(**{**SAID, **changed}), by=one.worker, at=LATER)


def decided(one: Watched, far: Placement, *, approved: bool, **given: Any) -> PlacementApproval:
    said = {"decided_date": LATER.date(), "reason": "I have read it", "by": one.director, "at": LATER + HOUR}
    return approvals.decide(far, approved=approved, **{**said, **given})


@pytest.fixture
def far(watched: Watched) -> Placement:
    return moved(watched)


@pytest.fixture
def awaited(watched: Watched, far: Placement) -> Placement:
    """The same, and the director is asked."""
    asked(watched, far)
    return far


@pytest.fixture
def refused(watched: Watched, awaited: Placement) -> Placement:
    decided(watched, awaited, approved=False)
    return awaited


def due(one: Watched, paper: str) -> str:
    """By when this is owed; nothing where it is not."""
    row = one.child.clocks.filter(duty=paper).first()
    return "" if row is None or row.due_at is None else f"{row.due_at:%Y-%m-%d %H}"


@pytest.mark.by_turns
def test_the_placement_is_recorded_at_once_and_asks_for_its_approval(watched: Watched) -> None:
    assert approvals.to_ask(watched.child, at=AT + 2 * HOUR) is None
    moved(watched)
    assert due(watched, "placement_approval") == "2026-03-10 23", "five working days after a Tuesday"
    assert due(watched, "placement_decision") == due(watched, "placement_refused") == ""


@pytest.mark.by_turns(8)
def test_the_director_who_is_asked_is_told_at_once_and_decides(watched: Watched, far: Placement) -> None:
    row = asked(watched, far)
    assert asked(watched, far) == row, "the same form twice is one"
    with pytest.raises(IllegalMove, match="asked already"):
        asked(watched, far, host_said="They have changed their mind")
    assert due(watched, "placement_approval") == ""
    steps = papers.clock_of(watched.child, "placement_decision").steps
    assert list(steps) == ["R1", "R4", "R5"], "then the head of service, and the director again"
    sweep.sweep_all(now=LATER)
    told = Message.objects.filter(items__alert__clock__duty="placement_decision")
    assert {message.user for message in told} == {watched.director}
    decided(watched, far, approved=True)
    assert due(watched, "placement_decision") == due(watched, "placement_approval") == ""
    assert approvals.to_ask(watched.child, at=LATER + HOUR) is None
    for again in (lambda: asked(watched, far), lambda: decided(watched, far, approved=False)):
        with pytest.raises(IllegalMove, match="its approval already"):
            again()


@pytest.mark.by_turns
def test_a_refusal_asks_for_another_placement_until_the_child_lives_elsewhere_or_it_is_decided_anew(
    watched: Watched,
    awaited: Placement,
) -> None:
    decided(watched, awaited, approved=False, reason="Nobody there speaks Dari")
    assert due(watched, "placement_decision") == ""
    refused = papers.clock_of(watched.child, "placement_refused")
    assert (refused.due_at, list(refused.steps)) == (LATER + HOUR, ["R1", "R2", "R4", "R5"])
    # Asked anew it is refused still.
    approvals.ask(awaited, Asked(**SAID), by=watched.worker, at=LATER + 2 * HOUR)
    assert due(watched, "placement_refused") != "" != due(watched, "placement_decision")
    placed(watched.child, a_home(watched.authority), by=watched.worker, at=LATER + 3 * HOUR)
    assert due(watched, "placement_refused") == due(watched, "placement_decision") == ""


@pytest.mark.by_turns
def test_a_refusal_that_is_decided_anew_is_over(watched: Watched, refused: Placement) -> None:
    approvals.ask(refused, Asked(**SAID), by=watched.worker, at=LATER + 2 * HOUR)
    decided(watched, refused, approved=True, at=LATER + 3 * HOUR)
    assert {due(watched, f"placement_{one}") for one in ("approval", "decision", "refused")} == {""}


@pytest.mark.by_turns(8)
def test_nobody_but_a_director_of_the_responsible_authority_decides(
    watched: Watched, awaited: Placement
) -> None:
    elsewhere = a_person(Role.TEAM_MANAGER, team=watched.manager.memberships.get().team, reach=Reach.SERVICE)
    host = a_person(Role.TEAM_MANAGER, authority=awaited.host_authority, reach=Reach.DIRECTORATE)
    kept = a_person(Role.TEAM_MANAGER, team=watched.manager.memberships.get().team, reach=Reach.DIRECTORATE)
    concerns.keep_from(watched.child, kept, reason="A cousin", by=watched.manager, at=AT + 2 * HOUR)
    for who in (watched.worker, watched.manager, elsewhere, host, kept, watched.guardian):
        with pytest.raises(IllegalMove, match="director alone"):
            decided(watched, awaited, approved=True, by=who)
    assert PlacementApproval.objects.get().kind == "asked"


@pytest.mark.by_turns(8)
def test_what_is_left_open_is_asked_for_and_nothing_is_decided_that_nobody_asked(
    watched: Watched, far: Placement
) -> None:
    for name in ("reason", "why_before", "host_whom", "host_said"):
        with pytest.raises(IllegalMove, match="Enter why there"):
            asked(watched, far, **{name: " "})
    with pytest.raises(IllegalMove, match="today or in the past"):
        asked(watched, far, host_asked_date=LATER.date() + DAY)
    with pytest.raises(IllegalMove, match="Nothing is asked"):
        decided(watched, far, approved=True)
    asked(watched, far)
    for wrong, said in (({"reason": " "}, "reason"), ({"decided_date": LATER.date() + DAY}, "past")):
        with pytest.raises(IllegalMove, match=said):
            decided(watched, far, approved=True, **wrong)
    case_closed(watched.child, reason="Moved abroad", by=watched.worker, at=LATER + HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        decided(watched, far, approved=True, at=LATER + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_that_the_areas_adjoin_is_said_by_somebody_and_guessed_by_nothing(
    watched: Watched, far: Placement
) -> None:
    given = {"by": watched.worker, "at": LATER}
    with pytest.raises(IllegalMove, match="who says"):
        approvals.say_adjoining(far, said_by=" ", reason="The map", **given)
    row = approvals.say_adjoining(far, said_by="Iwan Prosser", reason="The map", **given)
    assert due(watched, "placement_approval") == ""
    again = approvals.say_adjoining(far, said_by="Iwan Prosser", reason="The map", **given)
    assert again == row, "pressed twice it is one"
    with pytest.raises(IllegalMove, match="already"):
        approvals.say_adjoining(far, said_by="Iwan Prosser", reason="The river", **given)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlacementApproval.objects.filter(pk=row.pk).update(reason="x")


def test_what_was_said_by_mistake_to_adjoin_is_asked_of_the_director_and_nobody_says_it_again(
    watched: Watched, far: Placement, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    given = {"said_by": "Iwan Prosser", "reason": "The map"}
    approvals.say_adjoining(far, **given, by=watched.worker, at=LATER)
    page = reverse("placement_approval", args=[watched.child.reference])
    client.force_login(watched.worker)
    stays = client.get(reverse("child_placements", args=[watched.child.reference])).content.decode()
    assert f'href="{page}">The areas do not adjoin' in stays
    shown = client.get(page)
    assert "Who says that the areas adjoin" not in shown.content.decode()
    day = {"host_asked_date_day": 2, "host_asked_date_month": 3, "host_asked_date_year": 2026}
    said = {name: value for name, value in SAID.items() if name != "host_asked_date"}
    assert client.post(page, {"kind": "asked", **said, **day}).status_code == 302
    assert due(watched, "placement_decision") != ""
    with pytest.raises(IllegalMove, match="by a director alone"):
        approvals.say_adjoining(far, **given, by=watched.worker, at=LATER + HOUR)
    decided(watched, far, approved=True)
    assert due(watched, "placement_decision") == due(watched, "placement_approval") == ""
    assert client.get(page).status_code == 404


def test_the_database_keeps_one_approval_of_a_placement(watched: Watched, awaited: Placement) -> None:
    decided(watched, awaited, approved=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlacementApproval.objects.create(
            child=watched.child,
            placement=awaited,
            kind="approved",
            approved_by="x",
            approved_date=AT.date(),
            reason="x",
            recorded_at=LATER,
            recorded_by=watched.worker,
        )


@pytest.mark.by_turns
@pytest.mark.parametrize("is_refused", [False, True])
def test_what_a_director_was_asked_or_refused_nobody_wipes_out_by_saying_that_the_areas_adjoin(
    watched: Watched, awaited: Placement, is_refused: bool
) -> None:
    if is_refused:
        decided(watched, awaited, approved=False)
    said = {"said_by": "Iwan Prosser", "reason": "The map", "at": LATER + 2 * HOUR}
    for who in (watched.worker, watched.manager):
        with pytest.raises(IllegalMove, match="by a director alone"):
            approvals.say_adjoining(awaited, by=who, **said)
    assert due(watched, "placement_refused" if is_refused else "placement_decision") != ""
    approvals.say_adjoining(awaited, by=watched.director, **said)
    assert due(watched, "placement_refused") == due(watched, "placement_decision") == ""


@pytest.mark.by_turns
def test_the_page_after_a_refusal_asks_anew_and_lets_a_director_alone_say_that_the_areas_adjoin(
    watched: Watched, refused: Placement, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER + 2 * HOUR)
    page = reverse("placement_approval", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert "Who says that the areas adjoin" not in client.get(page).content.decode()
    press = {"kind": "adjoins", "reason": "The map", "said_by": "Iwan Prosser"}
    shown = client.post(page, press)
    assert shown.status_code == 422
    assert "now said by a director alone" in shown.content.decode()
    assert PlacementApproval.objects.filter(kind="adjoins").count() == 0
    day = {"host_asked_date_day": 2, "host_asked_date_month": 3, "host_asked_date_year": 2026}
    given = {name: value for name, value in SAID.items() if name != "host_asked_date"}
    hidden = client.get(page).context["form"]["kind"].value()
    assert client.post(page, {"kind": hidden, **given, **day}).status_code == 302
    decided(watched, refused, approved=False, at=LATER + 2 * HOUR)
    client.force_login(watched.director)
    assert client.post(page, press).status_code == 302
    assert PlacementApproval.objects.filter(kind="adjoins").exists()


@pytest.mark.by_turns
def test_what_the_authority_before_was_refused_binds_the_next_one_in_nothing(
    watched: Watched, refused: Placement
) -> None:
    theirs = a_person(Role.SOCIAL_WORKER)
    transfer = referred(watched.child, membership_of(theirs).team.authority, at=LATER + 2 * HOUR)
    arrived(accepted(transfer, theirs, at=LATER + 2 * HOUR), at=LATER + 3 * HOUR)
    assert approvals.may_say_adjoining(theirs, refused, at=LATER + 4 * HOUR)
    assert due(watched, "placement_refused") == "", "asked of them is their own approval"
    assert due(watched, "placement_approval") != ""
    row = approvals.ask(refused, Asked(**SAID), by=theirs, at=LATER + 4 * HOUR)
    assert approvals.counting(refused, at=LATER + 5 * HOUR) == row


@pytest.mark.by_turns
def test_what_a_director_of_the_authority_before_was_asked_is_asked_anew_of_the_one_that_has_taken_over(
    watched: Watched, awaited: Placement, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER + 4 * HOUR)
    theirs = a_person(Role.SOCIAL_WORKER)
    transfer = referred(watched.child, membership_of(theirs).team.authority, at=LATER + 2 * HOUR)
    arrived(accepted(transfer, theirs, at=LATER + 2 * HOUR), at=LATER + 3 * HOUR)
    director = a_person(Role.TEAM_MANAGER, team=membership_of(theirs).team, reach=Reach.DIRECTORATE)
    with pytest.raises(IllegalMove, match="Nothing is asked"):
        decided(watched, awaited, approved=True, by=director, at=LATER + 4 * HOUR)
    client.force_login(theirs)
    page = reverse("placement_approval", args=[watched.child.reference])
    day = {"host_asked_date_day": 2, "host_asked_date_month": 3, "host_asked_date_year": 2026}
    said = {name: value for name, value in SAID.items() if name != "host_asked_date"}
    assert client.post(page, {"kind": "asked", **said, **day}).status_code == 302
    assert due(watched, "placement_decision") != ""
    decided(watched, awaited, approved=True, by=director, at=LATER + 5 * HOUR)
    assert due(watched, "placement_decision") == due(watched, "placement_approval") == ""
    assert not approvals.may_say_adjoining(watched.worker, awaited, at=LATER + HOUR)


@pytest.mark.by_turns
def test_of_a_child_who_is_looked_for_nobody_is_asked_until_it_is_back(
    watched: Watched, far: Placement
) -> None:
    episode = missing(watched.child, by=watched.worker, at=LATER)
    asked(watched, far)
    sweep.sweep_all(now=LATER + HOUR)
    assert not Message.objects.filter(items__alert__clock__duty="placement_decision").exists()
    ended(episode, by=watched.manager, at=LATER + 2 * HOUR)
    assert due(watched, "placement_decision") != ""


def test_the_page_asks_the_director_and_the_director_decides_on_it(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    page = reverse("placement_approval", args=[watched.child.reference])
    stays = reverse("child_placements", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert client.get(page).status_code == 404
    moved(watched)
    assert "nobody’s approval is on record" in client.get(stays).content.decode()
    wrong = client.post(page, {"kind": "asked", "reason": "Dari"})
    assert set(wrong.context["form"].errors) == {"why_before", "host_whom", "host_asked_date", "host_said"}
    assert set(client.post(page, {"kind": "adjoins"}).context["form"].errors) == {"reason", "said_by"}
    day = {"host_asked_date_day": 2, "host_asked_date_month": 3, "host_asked_date_year": 2026}
    given = {name: value for name, value in SAID.items() if name != "host_asked_date"}
    assert client.post(page, {"kind": "asked", **given, **day}).status_code == 302
    waits = client.get(page)
    assert waits.context["form"] is None
    assert "Rhona Blyth" in waits.content.decode()
    # A form of the decision from somebody who is no director decides nothing.
    when = {"decided_date_day": 3, "decided_date_month": 3, "decided_date_year": 2026}
    decision = {"kind": "refused", "reason": "Too far from college", **when}
    client.post(page, decision)
    assert PlacementApproval.objects.count() == 1
    client.force_login(watched.director)
    assert "They agree, and ask for the plan" in client.get(page).content.decode()
    assert set(client.post(page, {"kind": "refused"}).context["form"].errors) == {"decided_date", "reason"}
    assert client.post(page, decision).status_code == 302
    shown = client.get(stays).content.decode()
    assert "Refused as a distant placement" in shown
    assert "Too far from college" in shown
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Refused as a distant placement" in story
    assert "the director is asked" in story
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.get(page).status_code == 404


@pytest.mark.by_turns
@pytest.mark.parametrize("decision", ["asked", "refused", "nobody"])
def test_a_merger_passes_on_what_the_director_was_asked_and_decided_and_begins_no_clock_again(
    watched: Watched, decision: str
) -> None:
    far, new = moved(watched), a_watched_child(risk="low")
    if decision != "nobody":
        asked(watched, far)
    if decision == "refused":
        said = {"approved": False, "decided_date": LATER.date(), "reason": "Too far"}
        approvals.decide(far, **said, by=watched.director, at=LATER + HOUR)

    def owed() -> list[tuple[str, Any]]:
        rows = Clock.objects.filter(child=watched.child, kind=Clock.Kind.PAPERWORK, due_at__isnull=False)
        of_placement = ("host_notice", "placement_approval", "placement_decision", "placement_refused")
        return sorted(rows.filter(duty__in=of_placement).values_list("duty", "due_at"))

    before = owed()
    assert len(before) == 2
    at = LATER + 3 * DAY
    mergers.move(watched.authority, new.authority, by=new.director, at=at)
    assert owed() == before
    last = approvals.counting(far, at=at)
    assert (last.kind if last is not None else "nobody") == decision
    if decision == "asked":
        said = {"approved": True, "decided_date": at.date(), "reason": "Near an uncle"}
        approvals.decide(far, **said, by=new.director, at=at + HOUR)
        assert approvals.to_ask(watched.child, at=at + HOUR) is None


@pytest.mark.by_turns
@pytest.mark.parametrize(("settled", "again"), [("adjoins", True), ("approved", False)])
def test_where_the_area_was_corrected_it_is_asked_anew_of_what_another_area_adjoined(
    watched: Watched, settled: str, again: bool
) -> None:
    """A place that was taken for one next door stood as needing no approval for good."""
    far, right = moved(watched), an_authority("Saltbridge")
    was = far.host_authority
    if settled == "adjoins":
        said = {"said_by": "Iwan Prosser", "reason": "The map"}
        approvals.say_adjoining(far, **said, by=watched.worker, at=LATER)
    else:
        asked(watched, far)
        decided(watched, far, approved=True)
    assert due(watched, "placement_approval") == ""

    def correct(to: Authority, at: datetime) -> None:
        facts = {"authority": to, "force": to.force, "reason": "The wrong bank of the river"}
        placements.correct_area(far, **facts, by=watched.worker, at=at)

    # The force alone says nothing of the area.
    at = LATER + 2 * HOUR
    facts = {"authority": was, "force": right.force, "reason": "Across the county line"}
    placements.correct_area(far, **facts, by=watched.worker, at=at)
    assert due(watched, "placement_approval") == ""
    correct(right, at + HOUR)
    assert (due(watched, "placement_approval") != "") is again
    assert (approvals.counting(Placement.objects.get(pk=far.pk), at=at + HOUR) is None) is again
    # It was right after all.
    correct(was, at + 2 * HOUR)
    assert due(watched, "placement_approval") == ""
    if again:
        correct(right, at + 3 * HOUR)
        said = {"said_by": "Iwan Prosser", "reason": "The other map"}
        approvals.say_adjoining(far, **said, by=watched.worker, at=at + 4 * HOUR)
        assert due(watched, "placement_approval") == ""

"""A placement is planned ahead: its host is told and its approval given before it begins, and the move takes both up."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Message
from cases import clock, placements, planned_placements
from cases.deadlines import end_of, working_day_before
from cases.host_notices import HostTold
from cases.models import (
    Event,
    Home,
    HostNotice,
    Placement,
    PlacementApproval,
    PlannedPlacement,
    Responsibility,
    Role,
)
from cases.planned_placements import AskedAhead, Planned
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
    membership_of,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * HOUR
# AT is a Monday: the move is on Thursday of the week after, and is spoken of by the end of the Wednesday.
DAY_OF_MOVE = (AT + 10 * DAY).date()
BEFORE = working_day_before(DAY_OF_MOVE, 1, holidays=())
MOVED = AT + 10 * DAY
SAID = {
    "reason": "The only home with Dari",
    "host_whom": "Rhona Blyth, head of placements",
    "host_asked_date": AT.date(),
    "host_said": "They agree",
}


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


@pytest.fixture
def far() -> Home:
    return a_home(an_authority())


def planned(one: Watched, home: Home, **changed: Any) -> PlannedPlacement:
    said = {"home": home, "authority": home.authority, "planned_date": DAY_OF_MOVE, "reason": "Dari"}
    return planned_placements.plan(one.child, Planned(**{**said, **changed}), by=one.worker, at=NOW)


@pytest.fixture
def row(watched: Watched, far: Home) -> PlannedPlacement:
    return planned(watched, far)


def told(one: Watched, row: PlannedPlacement) -> None:
    planned_placements.tell(row, HostTold(whom="Its duty desk", told_at=NOW), by=one.worker, at=NOW + HOUR)


def placed_there(one: Watched, where: Home) -> Placement:
    return placements.start(
        one.child, where=where, placement_type="K2", starts_at=MOVED, by=one.worker, at=MOVED + HOUR
    )


def owed(one: Watched) -> dict[str, Any]:
    """What is owed of where the child lives or is to live, by its name."""
    names = ("notice_ahead", "approval_ahead", "planned_place", "host_notice", "placement_approval")
    rows = one.child.clocks.filter(duty__in=(*names, "placement_decision", "placement_refused"))
    return {row.duty: row.due_at for row in rows if row.due_at is not None}


def swept(one: Watched, at: datetime) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns(8)
def test_what_is_said_ahead_is_owed_a_working_day_before_and_counts_once_the_child_is_there(
    watched: Watched, far: Home, row: PlannedPlacement
) -> None:
    day_over = end_of(DAY_OF_MOVE)
    assert owed(watched) == {"notice_ahead": BEFORE, "approval_ahead": BEFORE, "planned_place": day_over}
    told(watched, row)
    assert "notice_ahead" not in owed(watched)
    planned_placements.ask(row, AskedAhead(**SAID), by=watched.worker, at=NOW + HOUR)
    assert owed(watched)["placement_decision"] == NOW + HOUR
    sweep.sweep_all(now=NOW + HOUR)
    asked = Message.objects.filter(items__alert__clock__duty="placement_decision")
    assert {one.user for one in asked} == {watched.director}
    decision = {"approved": True, "decided_date": AT.date(), "reason": "I have read it"}
    with pytest.raises(IllegalMove, match="director alone"):
        planned_placements.decide(row, **decision, by=watched.manager, at=NOW + 2 * HOUR)
    planned_placements.decide(row, **decision, by=watched.director, at=NOW + 2 * HOUR)
    assert owed(watched) == {"planned_place": day_over}
    there = placed_there(watched, far)
    assert owed(watched) == {}
    notice = HostNotice.objects.get(placement=there)
    assert (notice.told_whom, notice.told_at) == ("Its duty desk", NOW)
    last = PlacementApproval.objects.filter(placement=there).first()
    assert last is not None
    assert (last.kind, last.recorded_by) == ("approved", watched.director)
    row.refresh_from_db()
    assert row.placement == there
    with pytest.raises(IllegalMove, match="has begun already"):
        planned_placements.call_off(row, why="No bed", by=watched.worker, at=MOVED + 2 * HOUR)


@pytest.mark.by_turns
def test_a_plan_that_is_called_off_owes_nothing_and_leaves_the_next_placement_as_it_is(
    watched: Watched, far: Home, row: PlannedPlacement
) -> None:
    told(watched, row)
    planned_placements.call_off(row, why="No bed", by=watched.worker, at=NOW + 2 * HOUR)
    assert owed(watched) == {}
    assert placed_there(watched, far).host_notified is False
    assert set(owed(watched)) == {"host_notice", "placement_approval"}


def test_what_was_refused_or_is_asked_goes_with_the_move_and_another_area_takes_up_nothing(
    watched: Watched, far: Home, row: PlannedPlacement
) -> None:
    planned_placements.ask(row, AskedAhead(**SAID), by=watched.worker, at=NOW + HOUR)
    given = {"by": watched.director, "at": NOW + 2 * HOUR}
    planned_placements.decide(row, approved=False, decided_date=AT.date(), reason="Too far", **given)
    assert "approval_ahead" in owed(watched)
    other = placements.start(
        watched.child,
        where=a_home(an_authority()),
        placement_type="K2",
        starts_at=NOW + 3 * HOUR,
        by=watched.worker,
        at=NOW + 4 * HOUR,
    )
    assert not PlacementApproval.objects.filter(placement=other).exists()
    assert "planned_place" in owed(watched)
    placed_there(watched, far)
    assert {"placement_refused", "host_notice"} == set(owed(watched)) - {"placement_approval"}


@pytest.mark.by_turns(8)
def test_what_was_late_ahead_is_as_late_once_the_child_is_there_and_what_was_not_is_counted_from_then(
    watched: Watched, far: Home, row: PlannedPlacement
) -> None:
    planned_placements.ask(row, AskedAhead(**SAID), by=watched.worker, at=NOW + HOUR)
    swept(watched, BEFORE + DAY / 4)
    placed_there(watched, far)
    late = {"host_notice": BEFORE, "placement_decision": NOW + HOUR}
    assert owed(watched) == late, "neither has days anew"
    swept(watched, MOVED + 2 * HOUR)
    sweep.sweep_all(now=MOVED + 3 * HOUR)
    assert papers.steps(watched.child, "host_notice") == ["R1"]
    notice = HostTold(whom="Its duty desk", told_at=MOVED + 2 * HOUR)
    standing = Placement.objects.get(child=watched.child, ends_at=None)
    with transaction.atomic():
        placements.tell_host(
            standing, whom=notice.whom, told_at=notice.told_at, by=watched.worker, at=MOVED + 4 * HOUR
        )
        assert owed(watched) == {"placement_decision": NOW + HOUR}
        transaction.set_rollback(True)
    # Nobody had asked the director: that is late too, by the day before.
    other = a_watched_child(at=AT + HOUR)
    planned(other, far)
    placed_there(other, far)
    assert owed(other) == {"host_notice": BEFORE, "placement_approval": BEFORE}
    # The move came before anybody was late.
    sooner = a_watched_child(at=AT + HOUR)
    planned(sooner, far)
    began = {"starts_at": NOW + HOUR, "at": NOW + HOUR}
    placements.start(sooner.child, where=far, placement_type="K2", by=sooner.worker, **began)
    assert min(owed(sooner).values()) > NOW + 4 * DAY


def test_what_somebody_typed_to_a_plan_that_another_has_changed_comes_back_with_its_words(
    watched: Watched, far: Home, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    page = reverse("planned_placement", args=[watched.child.reference])
    client.force_login(watched.worker)
    row = planned(watched, far)
    of_plan = {"planned": row.pk}
    second = {"form": "told", "told_whom": "Rhona Blyth of placements", "told_at_when": "now", **of_plan}

    def again(form: dict[str, Any], *words: str) -> None:
        answer = client.post(page, form)
        assert answer.status_code == 422
        for word in ("What you typed, not saved", *words):
            assert word in answer.content.decode()

    told(watched, row)
    again(second, "has been told already", "Rhona Blyth of placements")
    planned_placements.ask(row, AskedAhead(**SAID), by=watched.manager, at=NOW + HOUR)
    asked = {"form": "ahead", "kind": "asked", "reason": "Her aunt", "host_whom": "Ida", "host_said": "Yes"}
    again(asked | of_plan | _on("host_asked_date", AT.date()), "has been asked already", "Her aunt")
    plan = {"form": "plan", "where": far.pk, "reason": "A free bed", **_on("planned_date", DAY_OF_MOVE)}
    again(plan, "planned already", "A free bed")
    planned_placements.call_off(row, why="No bed", by=watched.manager, at=NOW + HOUR)
    again(second, "has begun already, or was called off", "Rhona Blyth of placements")
    # What was meant for one plan is never written to the next.
    other = planned(watched, far, reason="After all")
    again(second, "has begun already, or was called off", "Rhona Blyth of placements")
    assert planned_placements.told_of(other) is None


@pytest.mark.by_turns(8)
def test_a_director_who_is_asked_ahead_is_led_to_the_plan_and_has_it_on_the_list(
    watched: Watched, far: Home, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)
    distant = a_home(an_authority())
    began = {"starts_at": NOW, "by": watched.worker, "at": NOW}
    placements.start(watched.child, where=distant, placement_type="K2", **began)
    row = planned(watched, far)
    reference = watched.child.reference
    approval, plan = (reverse(name, args=[reference]) for name in ("placement_approval", "planned_placement"))
    client.force_login(watched.director)
    assert plan not in client.get(reverse("sign_off_list")).content.decode()
    assert client.get(approval).status_code == 200
    planned_placements.ask(row, AskedAhead(**SAID), by=watched.worker, at=NOW + HOUR)
    assert plan in client.get(reverse("sign_off_list")).content.decode()
    assert client.get(approval).headers["Location"] == plan
    assert f"{approval}?now" in client.get(plan).content.decode()
    assert client.get(f"{approval}?now").status_code == 200
    client.force_login(watched.worker)
    assert client.get(approval).status_code == 200, "who asks is led to the placement that stands"
    client.force_login(a_watched_child().director)
    assert plan not in client.get(reverse("sign_off_list")).content.decode()
    given = {"by": watched.director, "at": NOW + 2 * HOUR}
    planned_placements.decide(row, approved=True, decided_date=AT.date(), reason="Read", **given)
    client.force_login(watched.director)
    assert plan not in client.get(reverse("sign_off_list")).content.decode()


@pytest.mark.by_turns(8)
def test_once_the_area_is_the_authority_s_own_the_director_is_asked_of_the_placement_that_stands_alone(
    watched: Watched, far: Home, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)
    began = {"starts_at": NOW, "by": watched.worker, "at": NOW}
    placements.start(watched.child, where=a_home(an_authority()), placement_type="K2", **began)
    row = planned(watched, far)
    planned_placements.ask(row, AskedAhead(**SAID), by=watched.worker, at=NOW + HOUR)
    reference = watched.child.reference
    approval, plan = (reverse(name, args=[reference]) for name in ("placement_approval", "planned_placement"))
    client.force_login(watched.director)
    assert plan in client.get(reverse("sign_off_list")).content.decode()
    row.authority.successors.add(watched.authority)
    assert plan not in client.get(reverse("sign_off_list")).content.decode(), "nobody can decide it any more"
    assert client.get(approval).status_code == 200
    assert f"{approval}?now" in client.get(plan).content.decode()


@pytest.mark.by_turns(8)
def test_a_child_who_cannot_wait_is_owed_it_after_the_move_and_a_plan_that_nobody_ended_is_asked_about(
    watched: Watched, far: Home
) -> None:
    planned(watched, far, planned_date=AT.date())
    assert owed(watched) == {"planned_place": end_of(AT.date())}
    late = end_of(AT.date()) + 2 * DAY
    swept(watched, late)
    assert papers.steps(watched.child, "planned_place") == ["R1"]
    placed_there(watched, far)
    swept(watched, MOVED + 2 * HOUR)
    assert set(owed(watched)) == {"host_notice", "placement_approval"}
    assert not papers.is_open(watched.child, "planned_place")


@pytest.mark.by_turns(8)
def test_what_one_authority_planned_is_not_the_next_ones(
    watched: Watched, far: Home, row: PlannedPlacement
) -> None:
    told(watched, row)
    theirs = a_person(Role.SOCIAL_WORKER)
    going = referred(watched.child, membership_of(theirs).team.authority, at=NOW + HOUR)
    arrived(accepted(going, theirs, at=NOW + HOUR), at=NOW + 3 * HOUR)
    assert not set(owed(watched)) & {"notice_ahead", "approval_ahead", "planned_place"}
    assert planned_placements.counting(row, at=NOW + 4 * HOUR) is None
    said = {"by": theirs, "at": NOW + 4 * HOUR}
    with pytest.raises(IllegalMove, match="authority before"):
        planned_placements.ask(row, AskedAhead(**SAID), **said)
    planned_placements.call_off(row, why="Ours to plan", **said)


@pytest.mark.by_turns
def test_a_merger_leaves_what_was_planned_and_asked(
    watched: Watched, far: Home, row: PlannedPlacement
) -> None:
    Responsibility.objects.create(
        child=watched.child, authority=an_authority(), starts_at=NOW + HOUR, recorded_by=watched.worker
    )
    assert planned_placements.is_own(row, at=NOW + 2 * HOUR)
    swept(watched, NOW + 2 * HOUR)
    assert {"notice_ahead", "approval_ahead", "planned_place"} <= set(owed(watched))


@pytest.mark.by_turns(8)
def test_a_plan_without_a_home_is_not_taken_up_by_a_home_nor_weeks_before(
    watched: Watched, far: Home
) -> None:
    wanted = Planned(home=None, authority=far.authority, planned_date=DAY_OF_MOVE, reason="Dari")
    row = planned_placements.plan(watched.child, wanted, by=watched.worker, at=NOW)
    day = row.planned_date
    about = {"authority": far.authority, "home": None}
    assert planned_placements.is_there(row, **about, day=day - 7 * DAY)
    assert not planned_placements.is_there(row, **about, day=day - 8 * DAY)
    assert not planned_placements.is_there(row, **about | {"home": far}, day=day)


@pytest.mark.by_turns(8)
def test_a_wrong_day_nobody_and_a_second_plan_are_refused_and_the_same_form_is_one(
    watched: Watched, far: Home
) -> None:
    for wrong in (AT.date() - DAY, AT.date() + 400 * DAY):
        with pytest.raises(IllegalMove, match="within a year"):
            planned(watched, far, planned_date=wrong)
    row = planned(watched, far)
    assert planned(watched, far) == row
    with pytest.raises(IllegalMove, match="planned already"):
        planned(watched, far, reason="Another reason")
    nobody = HostTold(whom=" ", told_at=NOW)
    with pytest.raises(IllegalMove, match="who was told"):
        planned_placements.tell(row, nobody, by=watched.worker, at=NOW)
    ahead = HostTold(whom="Its duty desk", told_at=NOW + DAY)
    with pytest.raises(IllegalMove, match="now or in the past"):
        planned_placements.tell(row, ahead, by=watched.worker, at=NOW)


@pytest.mark.by_turns(8)
def test_the_page_plans_tells_asks_and_calls_off_and_nobody_else_has_it(
    watched: Watched, far: Home, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    reference = watched.child.reference
    page = reverse("planned_placement", args=[reference])
    client.force_login(watched.worker)
    form = {
        "form": "plan",
        "where": "elsewhere",
        **_on("planned_date", DAY_OF_MOVE),
        "reason": "Dari is spoken there",
    }
    refused = client.post(page, form)
    assert refused.status_code == 422
    assert "in which council’s area" in refused.content.decode()
    assert "Dari is spoken there" in refused.content.decode()
    assert client.post(page, form | {"authority": far.authority_id}).status_code == 302
    words = client.get(reverse("child_placements", args=[reference])).content.decode()
    assert "A placement is planned from" in words
    assert page in words
    assert (
        client.post(page, {"form": "told", "told_whom": "Their desk", "told_at_when": "now"}).status_code
        == 302
    )
    # What was told ahead need not be answered again of the placement itself.
    assert "was told ahead" in client.get(reverse("placement_new", args=[reference])).content.decode()
    asked = {"form": "ahead", "kind": "asked", "reason": "Dari", "host_whom": "Ida Blyth", "host_said": "Yes"}
    assert client.post(page, asked).status_code == 422
    assert client.post(page, asked | _on("host_asked_date", AT.date())).status_code == 302
    assert client.post(page, {"form": "decide", "kind": "approved"}).status_code == 200
    client.force_login(watched.director)
    assert client.get(reverse("placement_approval", args=[reference])).headers["Location"] == page
    decided = {"form": "decide", "kind": "approved", "reason": "Yes", **_on("decided_date", AT.date())}
    assert client.post(page, decided).status_code == 302
    assert client.post(page, {"form": "off", "why": ""}).status_code == 422
    assert client.post(page, {"form": "off", "why": "No bed there"}).status_code == 302
    story = client.get(reverse("child_timeline", args=[reference])).content.decode()
    for said in ("Placement planned for", "was told of the planned placement", "No bed there"):
        assert said in story
    kinds = set(Event.objects.filter(child=watched.child).values_list("kind", flat=True))
    assert {"placement_planned", "planned_placement_said", "planned_placement_called_off"} <= kinds
    for stranger in (watched.carer, watched.guardian, watched.officer, a_watched_child().worker):
        client.force_login(stranger)
        assert client.get(page).status_code == 404


@pytest.mark.by_turns
def test_a_colleague_who_reads_no_address_reads_no_planned_home(
    watched: Watched, far: Home, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    row = planned(watched, far, reason="Near the aunt in Selby")
    host = HostTold(whom="Duty desk of Selby", told_at=NOW)
    planned_placements.tell(row, host, by=watched.worker, at=NOW)
    adjoining = {"said_by": "Head of placements, Selby", "reason": "A common border"}
    planned_placements.say_adjoining(row, **adjoining, by=watched.worker, at=NOW)
    named = ("Near the aunt in Selby", host.whom, *adjoining.values())
    colleague = a_person(Role.SOCIAL_WORKER, team=membership_of(watched.worker).team)
    for person, reads in ((watched.worker, True), (colleague, False)):
        client.force_login(person)
        own = client.get(reverse("planned_placement", args=[watched.child.reference]))
        assert own.status_code == 200
        for words in (far.name, far.authority.said_name, *named):
            assert (words in own.content.decode()) == reads
        assert "was told on" in own.content.decode()
        form = client.get(reverse("placement_new", args=[watched.child.reference])).context["form"]
        assert (form.initial.get("where") == far.pk) == reads
        assert (form.initial.get("authority") == far.authority_id) == reads


def _on(name: str, day: date) -> dict[str, int]:
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}

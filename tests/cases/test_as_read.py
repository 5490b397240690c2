"""What was typed to what stood on a page is not recorded of what came in its place since."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import ages, assessments, clock, concerns, plans
from cases.models import Authority, Event, LiveConcern, Placement, RiskAssessment, SafetyPlan
from tests.factories import AT, Watched, a_home, a_watched_child, an_authority, knows, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    """Whose age is disputed, and who lives in another council's area: each of the pages has something to ask."""
    one = a_watched_child(at=AT)
    said = ages.Decision(age_status="disputed", decided_date=AT.date(), decided_by="Kent", grounds="Looks")
    ages.decide(one.child, said, by=one.worker, at=AT + HOUR)
    move(one, AT + 2 * HOUR)
    return one


def move(one: Watched, at: Any) -> None:
    placed(one.child, a_home(an_authority()), by=one.worker, starts_at=at, at=at)


def boxes(name: str, day: Any) -> dict[str, Any]:
    return {f"{name}_{part}": getattr(day, part) for part in ("day", "month", "year")}


def area(right: Authority) -> dict[str, Any]:
    return {"authority": right.pk, "force": right.force_id, "reason": "The wrong side of the river"}


SAID: dict[str, dict[str, Any]] = {
    "host_notice_new": {"told_whom": "Its duty desk, by phone", "told_at_when": "now"},
    "room_review": {"own_room": "yes", **boxes("review_by", AT.date() + 9 * DAY)},
    "placement_next": {"comes_next": "A foster family", **boxes("last_date", AT.date() + 30 * DAY)},
    "placement_approval": {
        "kind": "asked",
        "reason": "No foster family nearer",
        "why_before": "It was night",
        "host_whom": "Its duty desk",
        **boxes("host_asked_date", AT.date()),
        "host_said": "Nothing against it",
    },
}


def key_of(page: str) -> str:
    """The key of what stood on the page, as its first form names it."""
    (key, *_others) = re.findall(r'name="stood" value="(\d+)"', page)
    return str(key)


@pytest.mark.by_turns
@pytest.mark.parametrize("page", ["placement_area", "provider", *SAID])
def test_a_page_of_the_placement_before_says_so_and_the_next_press_is_about_the_one_that_stands(
    page: str, watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = AT + 4 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    given = SAID.get(page, area(an_authority()))
    if page == "provider":
        given = {"provided_by": "PR4"}
    address = reverse("placement_area" if page == "provider" else page, args=[watched.child.reference])
    client.force_login(watched.worker)
    opened = key_of(client.get(address).content.decode())
    move(watched, AT + 3 * HOUR)
    before = Event.objects.filter(child=watched.child).count()
    answer = client.post(address, {**given, "stood": opened})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "Where the child lives has changed since you opened this page" in words
    assert Event.objects.filter(child=watched.child).count() == before
    for text in (
        given.get("told_whom"),
        given.get("comes_next"),
        given.get("host_said"),
        given.get("reason"),
    ):
        assert text is None or text in words, "nothing typed is lost"
    stands = key_of(words)
    assert stands != opened
    assert client.post(address, {**given, "stood": stands}).status_code == 302
    assert Event.objects.filter(child=watched.child).count() > before


@pytest.mark.by_turns
def test_a_move_that_somebody_has_recorded_meanwhile_is_not_recorded_again(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would begin the first 72 hours anew, and the return would have two placements of one day."""
    now = AT + 4 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    address = reverse("placement_new", args=[watched.child.reference])
    opened = key_of(client.get(address).content.decode())
    home, other = a_home(watched.authority), a_home(watched.authority)
    given = {"where": home.pk, "placement_type": "K2", "starts_at_when": "now"}
    assert client.post(address, {**given, "stood": opened}).status_code == 302
    stays = Placement.objects.filter(child=watched.child).count()
    twice = client.post(address, {**given, "stood": opened}, follow=True)
    assert "nothing was recorded twice" in twice.content.decode()
    assert Placement.objects.filter(child=watched.child).count() == stays
    # Of another home than the one where the child is by now it is asked.
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=10))
    elsewhere = {**given, "where": other.pk, "reason": "Nearer to the college"}
    asked = client.post(address, {**elsewhere, "stood": opened})
    words = asked.content.decode()
    assert asked.status_code == 422
    assert "Where the child lives has changed since you opened this page" in words
    assert "Nearer to the college" in words
    assert Placement.objects.filter(child=watched.child).count() == stays
    assert client.post(address, {**elsewhere, "stood": key_of(words)}).status_code == 302
    assert Placement.objects.get(child=watched.child, ends_at=None).home == other


@pytest.mark.by_turns(8)
def test_whoever_records_a_move_after_a_colleague_is_told_what_of_theirs_is_not_on_record(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_watched_child(at=AT)
    monkeypatch.setattr(clock, "now", lambda: AT + 4 * HOUR)
    address = reverse("placement_new", args=[one.child.reference])
    client.force_login(one.manager)
    opened = key_of(client.get(address).content.decode())
    home = a_home(an_authority())
    host = {"host_notified": "yes", "told_whom": "Its duty desk", "told_at_when": "now"}
    given = {"where": home.pk, "placement_type": "K2", "starts_at_when": "now", "stood": opened}
    client.force_login(one.worker)
    assert (
        client.post(address, {**given, **host, "room": "Attic", "items_held": ["phone"]}).status_code == 302
    )
    stays = Placement.objects.filter(child=one.child).count()
    client.force_login(one.manager)
    for more in (
        {**host, "told_whom": "The director"},
        {"host_notified": "no", "room": "Cellar"},
        {"host_notified": "no", "items_held": ["phone", "documents"]},
        {"host_notified": "no", "expected_end_date_day": "no day"},
    ):
        answer = client.post(address, {**given, **more})
        words = answer.content.decode()
        assert answer.status_code == 422, more
        assert "on record by now, and not all that you entered here" in words
        assert more.get("told_whom", more.get("room", "")) in words
    # Whose words are all on record has lost none.
    for more in ({"host_notified": "no"}, {**host, "room": "Attic"}):
        answer = client.post(address, {**given, **more}, follow=True)
        assert "nothing was recorded twice" in answer.content.decode()
    assert Placement.objects.filter(child=one.child).count() == stays


@pytest.mark.by_turns
def test_a_move_somewhere_else_is_the_same_where_each_part_of_the_address_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_watched_child(at=AT)
    monkeypatch.setattr(clock, "now", lambda: AT + 4 * HOUR)
    address = reverse("placement_new", args=[one.child.reference])
    client.force_login(one.worker)
    opened = key_of(client.get(address).content.decode())
    given = {
        "where": "elsewhere",
        "address_restricted": "on",
        "provider": "Safe Rooms",
        "phone": "0113 496 0000",
        "authority": one.authority.pk,
        "force": one.authority.force_id,
        "placement_type": "K2",
        "starts_at_when": "now",
        "stood": opened,
    }
    assert client.post(address, given).status_code == 302
    stays = Placement.objects.filter(child=one.child).count()
    twice = client.post(address, given, follow=True)
    assert "nothing was recorded twice" in twice.content.decode()
    other = client.post(address, {**given, "provider": "Harbour Rooms"})
    assert other.status_code == 422
    assert "Harbour Rooms" in other.content.decode()
    # A home is another place than one whose address nobody may read.
    home = a_home(one.authority)
    moved = client.post(
        address, {"where": home.pk, "placement_type": "K2", "starts_at_when": "now", "stood": opened}
    )
    assert moved.status_code == 422
    assert "has changed since you opened this page" in moved.content.decode()
    assert Placement.objects.filter(child=one.child).count() == stays


def write_plan(one: Watched, at: Any) -> None:
    said = {
        "goals": "His own",
        "if_missing": "Ring his uncle first",
        "contacts": "Duty",
        "agreed_with": "Carer",
    }
    plan = plans.Plan(**said, child_agrees="agrees", review_date=AT.date() + 20 * DAY)
    plans.write(one.child, plan, by=one.manager, at=at)


def assess(one: Watched, at: Any) -> None:
    found = assessments.Assessment(grade="high", rationale="A grey van", assessed_at=at)
    assessments.record(one.child, found, by=one.manager, at=at)


VERSIONS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "plan_new": (
        SafetyPlan,
        write_plan,
        {
            "goals": "Nobody waits at the gate",
            "if_missing": "Ring his brother",
            "contacts": "Duty, 0113 496 0000",
            "child_agrees": "agrees",
            "agreed_with": "The carer",
            **boxes("review_date", AT.date() + 20 * DAY),
        },
    ),
    "assessment_new": (
        RiskAssessment,
        assess,
        {"grade": "high", "rationale": "A debt, and a second phone", "assessed_at_when": "now"},
    ),
}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("page", VERSIONS)
def test_a_version_that_came_meanwhile_is_read_before_another_takes_its_place(
    page: str, watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft of last week would bring back what a colleague has changed since, and nobody would see it."""
    monkeypatch.setattr(clock, "now", lambda: AT + 6 * HOUR)
    model, colleague_writes, given = VERSIONS[page]
    given = {**given, "once": str(uuid.uuid4())}
    address = reverse(page, args=[watched.child.reference])
    client.force_login(watched.worker)
    opened = key_of(client.get(address).content.decode())
    assert client.post(address, {**given, "stood": opened, "save_draft": "1"}).status_code == 302
    colleague_writes(watched, AT + 5 * HOUR)
    assert key_of(client.get(address).content.decode()) == opened, "the draft was typed to what stood then"
    answer = client.post(address, {**given, "stood": opened})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "take over what is to stay" in words
    assert "opens in a new tab" in words
    assert str(given.get("rationale", given.get("goals"))) in words, "nothing typed is lost"
    assert model.objects.count() == 1
    stands = key_of(words)
    assert stands == str(model.objects.get().pk)
    for _press in range(2):
        assert client.post(address, {**given, "stood": stands}).status_code == 302
        assert model.objects.count() == 2, "pressed twice it is one"


def test_two_people_lift_the_concern_that_they_read_and_none_that_was_marked_since(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 6 * HOUR)
    knows(watched.manager, "rowan-heath-lantern")
    by = {"seconded_by": watched.manager, "by": watched.worker}
    client.force_login(watched.worker)
    address = reverse("concern", args=[watched.child.reference])
    signed = {"second_email": watched.manager.email, "second_password": "rowan-heath-lantern"}
    lifts = {"reason": "The van is the school's", "how_long": "for_good", **signed}
    van = concerns.mark(watched.child, reason="A grey van", by=watched.worker, at=AT + 3 * HOUR)
    opened = key_of(client.get(address).content.decode())
    assert opened == str(van.pk)
    concerns.lift(van, reason="Known", **by, at=AT + 4 * HOUR)
    # Nothing stands: what was to lift one marks none.
    answer = client.post(address, {**lifts, "stood": opened})
    assert answer.status_code == 422
    assert "is lifted, and nothing is recorded" in answer.content.decode()
    assert not LiveConcern.objects.filter(ends_at=None).exists()
    caller = concerns.mark(watched.child, reason="Somebody rang", by=watched.manager, at=AT + 5 * HOUR)
    answer = client.post(address, {**lifts, "stood": opened})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "The concern that you opened is lifted by now, and another stands here" in words
    assert "Somebody rang" in words
    caller.refresh_from_db()
    assert caller.ends_at is None
    assert client.post(address, {**lifts, "stood": key_of(words)}).status_code == 302
    caller.refresh_from_db()
    assert caller.ends_at is not None


@pytest.mark.by_turns
def test_whoever_was_to_mark_a_concern_marks_it_beside_one_that_came_meanwhile_and_once(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 6 * HOUR)
    client.force_login(watched.worker)
    address = reverse("concern", args=[watched.child.reference])
    opened = key_of(client.get(address).content.decode())
    concerns.mark(watched.child, reason="Somebody rang", by=watched.manager, at=AT + 5 * HOUR)
    for _press in range(2):
        assert client.post(address, {"reason": "A grey van", "stood": opened}).status_code == 302
    standing = LiveConcern.objects.filter(child=watched.child, ends_at=None)
    assert sorted(one.reason for one in standing) == ["A grey van", "Somebody rang"]

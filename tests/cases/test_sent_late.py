"""A form about a placement that has ended, or was settled by a colleague, is given back with its words and what stands."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import ages, approvals, clock, placement_papers, placements
from cases.models import Event, HostNotice, Placement, PlacementApproval, RoomReview, User
from tests.cases.test_as_read import SAID, boxes, key_of, move
from tests.counts import a_third, counts
from tests.factories import AT, Watched, a_watched_child, an_authority

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 6 * HOUR
AREA = {"authority": "", "force": "", "reason": "The wrong side of the river"}
PAGES: dict[str, dict[str, Any]] = {**SAID, "placement_area": AREA}
# What of it is read again on the page that comes back.
TYPED = {
    "host_notice_new": "Its duty desk, by phone",
    "room_review": 'value="yes"',
    "placement_next": "A foster family",
    "placement_approval": "Nothing against it",
    "placement_area": "The wrong side of the river",
}


@pytest.fixture
def moved_away() -> Watched:
    one = a_watched_child(at=AT)
    said = ages.Decision(age_status="disputed", decided_date=AT.date(), decided_by="Kent", grounds="Looks")
    ages.decide(one.child, said, by=one.worker, at=AT + HOUR)
    move(one, AT + 2 * HOUR)
    return one


@pytest.fixture
def watched(moved_away: Watched, monkeypatch: pytest.MonkeyPatch, client: Client) -> Watched:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(moved_away.worker)
    return moved_away


def standing(one: Watched) -> Placement:
    return Placement.objects.get(child=one.child, ends_at=None)


def end(one: Watched, at: Any = AT + 3 * HOUR) -> None:
    placements.end(standing(one), ends_at=at, reason="Notice", where="With an aunt", by=one.manager, at=at)


def written(one: Watched) -> int:
    return Event.objects.filter(child=one.child).count()


def given_for(page: str) -> dict[str, Any]:
    if page != "placement_area":
        return PAGES[page]
    right = an_authority()
    return {**AREA, "authority": right.pk, "force": right.force_id}


# In each run each page once, whole or not in turn.
WHOLE = [(page, is_whole) for page in PAGES for is_whole in (True, False)]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("page", "is_whole"), counts([WHOLE[2 * number + number % 2] for number in range(len(PAGES))], WHOLE)
)
def test_what_was_typed_of_a_placement_that_ended_comes_back_with_what_stands(
    page: str, is_whole: bool, watched: Watched, client: Client
) -> None:
    address = reverse(page, args=[watched.child.reference])
    opened = key_of(client.get(address).content.decode())
    end(watched)
    given = given_for(page)
    if not is_whole:
        given = {
            name: value for name, value in given.items() if not name.endswith(("_day", "_when", "force"))
        }
    before = written(watched)
    for stood in ({"stood": opened}, {}):
        answer = client.post(address, {**given, **stood})
        words = answer.content.decode()
        assert answer.status_code == 422
        assert "This placement ended on" in words
        assert "The child has nowhere recorded since" in words
        assert TYPED[page] in words, "nothing typed is lost"
        if is_whole:
            assert "ended" in str(answer.context["form"].errors) or page == "room_review"
            assert answer.context["form"].errors
    assert written(watched) == before
    assert client.get(address).status_code == 404, "there is nothing to open"


@pytest.mark.by_turns
@pytest.mark.parametrize("page", [*PAGES, "placement_end", "placement_staffing"])
def test_to_strangers_there_is_no_such_page_however_late_they_send(
    page: str, watched: Watched, client: Client
) -> None:
    opened = standing(watched).pk
    end(watched)
    address = reverse(page, args=[watched.child.reference])
    for person in a_third((watched.carer, watched.guardian, watched.officer), page):
        client.force_login(person)
        given = {**PAGES.get(page, {"reason": "Notice"}), "stood": opened, "placement": opened}
        assert client.post(address, given).status_code == 404


@pytest.mark.by_turns(8)
def test_who_told_the_area_after_a_colleague_reads_so_and_who_presses_twice_reads_nothing_of_it(
    watched: Watched, client: Client
) -> None:
    address = reverse("host_notice_new", args=[watched.child.reference])
    given = SAID["host_notice_new"]
    stood = {"stood": key_of(client.get(address).content.decode())}
    for _press in range(2):
        assert client.post(address, {**given, **stood}).status_code == 302
    assert HostNotice.objects.count() == 1
    client.force_login(watched.manager)
    answer = client.post(address, {**given, **stood, "told_whom": "Its director, by letter"})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "The authority of the area has been told already" in words
    assert "It was told on" in words
    assert watched.worker.name in words
    assert "Its director, by letter" in words
    assert HostNotice.objects.count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("page", ["host_notice_new", "placement_approval"])
def test_of_a_placement_that_is_in_the_councils_own_area_nobody_is_told_or_asked(
    page: str, watched: Watched, client: Client
) -> None:
    address = reverse(page, args=[watched.child.reference])
    stood = {"stood": key_of(client.get(address).content.decode())}
    own = {"authority": watched.authority, "force": watched.authority.force, "reason": "The wrong side"}
    placements.correct_area(standing(watched), **own, by=watched.manager, at=AT + 3 * HOUR)
    before = written(watched)
    answer = client.post(address, {**SAID[page], **stood})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "It is in the area of the responsible authority" in str(answer.context["form"].errors)
    assert TYPED[page] in words
    assert written(watched) == before
    assert client.get(address).status_code == 404


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("by_now", ["assessed_child", "moved"])
def test_how_a_child_sleeps_is_given_back_where_the_age_is_disputed_no_more(
    by_now: str, watched: Watched, client: Client
) -> None:
    address = reverse("room_review", args=[watched.child.reference])
    stood = {"stood": key_of(client.get(address).content.decode())}
    found = ages.Decision(
        age_status="assessed_child", decided_date=AT.date(), decided_by="Two workers", grounds="Merton"
    )
    ages.decide(watched.child, found, by=watched.worker, at=AT + 3 * HOUR)
    if by_now == "moved":
        move(watched, AT + 4 * HOUR)
    shared = {"own_room": "no", "note": "With his brother", **boxes("review_by", AT.date() + 9 * DAY)}
    answer = client.post(address, {**shared, **stood})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "is not disputed any more" in words
    assert "With his brother" in words
    assert not RoomReview.objects.exists()
    # Read, and pressed again, it is refused in words.
    again = client.post(address, {**shared, "stood": key_of(words)})
    assert again.status_code == 422
    assert "age is not disputed, or nowhere is recorded" in again.content.decode()
    assert client.get(address).status_code == 404


def day_of(name: str) -> dict[str, Any]:
    return boxes(name, AT.date())


def ask(one: Watched, by: User, **changed: Any) -> None:
    said = {
        name: SAID["placement_approval"][name] for name in ("reason", "why_before", "host_whom", "host_said")
    }
    asked = approvals.Asked(**{**said, **changed}, host_asked_date=AT.date())
    approvals.ask(standing(one), asked, by=by, at=AT + 3 * HOUR)


def decide(one: Watched, *, approved: bool) -> None:
    day = {"decided_date": AT.date(), "reason": "I have read it", "by": one.director, "at": AT + 4 * HOUR}
    approvals.decide(standing(one), approved=approved, **day)


@pytest.mark.by_turns
@pytest.mark.parametrize("by_now", ["asked", "approved", "refused and asked"])
def test_what_a_director_is_asked_after_a_colleague_asked_comes_back_with_the_step_that_counts(
    by_now: str, watched: Watched, client: Client
) -> None:
    address = reverse("placement_approval", args=[watched.child.reference])
    page = client.get(address).content.decode()
    assert 'name="form" value="ask"' in page
    stood = {"form": "ask", "stood": key_of(page)}
    ask(watched, watched.manager, reason="The only home with Dari")
    if by_now != "asked":
        decide(watched, approved=by_now == "approved")
    if by_now == "refused and asked":
        ask(watched, watched.manager, reason="Nobody else takes three brothers")
    before = PlacementApproval.objects.count()
    mine = {**SAID["placement_approval"], "reason": "His cousin lives in that town"}
    for kind in ({}, {"kind": "adjoins", "said_by": "The county surveyor"}):
        answer = client.post(address, {**mine, **kind, **stood})
        words = answer.content.decode()
        assert answer.status_code == 422
        assert answer.context["form"].errors
        assert "His cousin lives in that town" in words
        assert "Nothing against it" in words
        assert kind.get("said_by", "") in words
        assert {"asked": "Dari", "approved": "I have read it"}.get(by_now, "three brothers") in words
    assert PlacementApproval.objects.count() == before


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("by_now", ["approved", "refused"])
def test_a_decision_after_another_directors_comes_back_with_that_one_and_pressed_twice_is_one(
    by_now: str, watched: Watched, client: Client
) -> None:
    ask(watched, watched.manager)
    address = reverse("placement_approval", args=[watched.child.reference])
    client.force_login(watched.director)
    page = client.get(address).content.decode()
    assert 'name="form" value="decide"' in page
    stood = {"form": "decide", "stood": key_of(page)}
    said = {"kind": by_now, "reason": "Too far from his college", **day_of("decided_date")}
    for _press in range(2):
        assert client.post(address, {**said, **stood}).status_code == 302
    other = {**said, "kind": "refused" if by_now == "approved" else "approved", "reason": "Seen the home"}
    answer = client.post(address, {**other, **stood})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "Seen the home" in words
    assert "Too far from his college" in words, "what was decided"
    assert PlacementApproval.objects.count() == 2


@pytest.mark.by_turns(8)
def test_that_the_areas_adjoin_is_said_once_however_often_it_is_pressed(
    watched: Watched, client: Client
) -> None:
    address = reverse("placement_approval", args=[watched.child.reference])
    said = {"form": "ask", "kind": "adjoins", "reason": "The map", "said_by": "The county surveyor"}
    for _press in range(2):
        assert client.post(address, said).status_code == 302
    assert PlacementApproval.objects.count() == 1


def test_what_was_typed_while_another_placement_is_planned_stays_on_the_page(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = reverse("placement_approval", args=[watched.child.reference])
    stood = {"form": "ask", "stood": key_of(client.get(address).content.decode())}
    own = {"authority": watched.authority, "force": watched.authority.force, "reason": "The wrong side"}
    placements.correct_area(standing(watched), **own, by=watched.manager, at=AT + 3 * HOUR)
    monkeypatch.setattr("cases.planned_placements.open_of", lambda _child: object())
    assert client.get(address).status_code == 302
    answer = client.post(address, {**SAID["placement_approval"], **stood})
    assert answer.status_code == 422
    assert "Nothing against it" in answer.content.decode()


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_end_of_a_placement_that_a_colleague_ended_keeps_where_the_child_is(
    is_whole: bool, watched: Watched, client: Client
) -> None:
    placement = standing(watched)
    end(watched)
    address = reverse("placement_end", args=[watched.child.reference])
    said = {"placement": placement.pk, "ends_at_when": "now", "where": "At her grandmother’s"}
    said |= {"reason": "The home gave notice"} if is_whole else {}
    answer = client.post(address, said)
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "This placement ended on" in words
    assert "At her grandmother’s" in words
    if is_whole:
        assert "This placement has ended already" in words
    assert client.get(address).status_code == 404


def test_the_next_place_of_a_placement_that_ends_while_it_is_sent_is_refused_in_words(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_next = placement_papers.say_next

    def goes_first(*args: Any, **facts: Any) -> Any:
        end(watched)
        return say_next(*args, **facts)

    monkeypatch.setattr(placement_papers, "say_next", goes_first)
    answer = client.post(reverse("placement_next", args=[watched.child.reference]), SAID["placement_next"])
    assert answer.status_code == 422
    assert "This placement has ended" in answer.content.decode()
    assert "A foster family" in answer.content.decode()

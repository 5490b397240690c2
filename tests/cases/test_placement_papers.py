"""A room of one's own where an age is disputed: asked with the placement, due, and never in the way."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import ages, clock, placement_papers, reviewing_officers
from cases.models import Role, RoomReview
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_home, a_person, a_watched_child, an_authority, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def dispute(one: Watched, status: str = "disputed", at=AT + 2 * HOUR) -> None:
    said = ages.Decision(age_status=status, decided_date=AT.date(), decided_by="Kent", grounds="Looks")
    ages.decide(one.child, said, by=one.worker, at=at)


def moved(one: Watched):
    return placed(one.child, a_home(an_authority()), by=one.worker, starts_at=AT + DAY, at=AT + DAY)


@pytest.mark.by_turns(8)
def test_a_room_is_asked_where_an_age_is_disputed_and_looked_at_again_by_the_day_that_was_said(
    watched: Watched,
) -> None:
    given = {"by": watched.worker, "at": AT + 3 * HOUR}
    with pytest.raises(IllegalMove, match="not disputed"):
        placement_papers.review_room(watched.child, own_room=True, review_by=AT.date(), **given)
    dispute(watched)
    clock_of = papers.clock_of(watched.child, "room_review")
    assert f"{clock_of.due_at:%Y-%m-%d}" == "2026-03-03", "a working day after the Monday of the dispute"
    for row, said in (
        ({"own_room": False, "review_by": AT.date()}, "why the child shares"),
        ({"own_room": True, "review_by": AT.date() - DAY}, "within 28 days"),
        ({"own_room": True, "review_by": AT.date() + 29 * DAY}, "within 28 days"),
    ):
        with pytest.raises(IllegalMove, match=said):
            placement_papers.review_room(watched.child, **row, **given)
    placement_papers.review_room(watched.child, own_room=True, review_by=AT.date() + 14 * DAY, **given)
    clock_of.refresh_from_db()
    assert f"{clock_of.due_at:%Y-%m-%d %H}" == "2026-03-17 00"
    # The next home is another room.
    moved(watched)
    clock_of.refresh_from_db()
    assert f"{clock_of.due_at:%Y-%m-%d}" == "2026-03-04"
    dispute(watched, "assessed_child", at=AT + 2 * DAY)
    clock_of.refresh_from_db()
    assert clock_of.due_at is None


@pytest.mark.by_turns
def test_an_age_that_is_disputed_anew_is_asked_about_anew_and_a_room_of_before_says_nothing(
    watched: Watched,
) -> None:
    """The day to look again of a dispute that was over came back with the next: months late, up to the head of service."""
    dispute(watched)
    said = {"own_room": True, "review_by": AT.date() + 10 * DAY, "by": watched.worker}
    placement_papers.review_room(watched.child, **said, at=AT + 3 * HOUR)
    # A step of the same dispute leaves it.
    dispute(watched, "assessment_in_progress", at=AT + DAY)
    due = papers.clock_of(watched.child, "room_review")
    assert f"{due.due_at:%Y-%m-%d %H}" == "2026-03-13 00"
    dispute(watched, "assessed_child", at=AT + 5 * DAY)
    dispute(watched, "under_challenge", at=AT + 90 * DAY)
    due.refresh_from_db()
    assert f"{due.due_at:%Y-%m-%d}" == "2026-06-01", "a working day after the Sunday of the challenge"
    watched.child.refresh_from_db()
    at = AT + 91 * DAY
    assert placement_papers.rooms_of([watched.child], at=at) == {watched.child.pk: None}
    said["review_by"] = AT.date() + 100 * DAY
    again = placement_papers.review_room(watched.child, **said, at=at)
    assert placement_papers.rooms_of([watched.child], at=at) == {watched.child.pk: again}
    due.refresh_from_db()
    assert f"{due.due_at:%Y-%m-%d %H}" == "2026-06-10 23"


@pytest.mark.by_turns(8)
def test_the_page_asks_it_and_is_none_where_there_is_nothing_to_ask(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * DAY)
    client.force_login(watched.worker)
    reference = watched.child.reference
    room, stays = (reverse(name, args=[reference]) for name in ("room_review", "child_placements"))
    assert client.get(room).status_code == 404
    dispute(watched)
    home = a_home(an_authority())
    move = {"where": home.pk, "placement_type": "K2", "starts_at_when": "now", "host_notified": "no"}
    answer = client.post(reverse("placement_new", args=[reference]), move)
    assert answer.url == room, "asked with the placement, which stands already"
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * DAY + HOUR / 20)
    supported = move | {"placement_type": "K3", "where": a_home(an_authority()).pk}
    led = client.post(reverse("placement_new", args=[reference]) + "?next=/duty/", supported).url
    assert led.startswith(f"{room}?next="), (
        "how a child of disputed age sleeps is asked of supported homes too"
    )
    day = {"review_by_day": 12, "review_by_month": 3, "review_by_year": 2026}
    staffing = client.post(led, {"own_room": "yes", **day}).url
    assert staffing == reverse("placement_staffing", args=[reference]) + "?next=%2Fduty%2F"
    assert 'href="/duty/"' in client.get(staffing).content.decode()
    RoomReview.objects.get()
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * DAY + HOUR / 10)
    client.post(reverse("placement_new", args=[reference]), move)
    page = client.get(stays).content.decode()
    assert "Nobody has recorded if the child has a room of their own" in page
    day = {"review_by_day": 12, "review_by_month": 3, "review_by_year": 2026}
    assert client.post(room, {"own_room": "no", **day}).status_code == 422
    client.post(room, {"own_room": "no", "note": "With a brother", **day})
    assert RoomReview.objects.filter(note="With a brother").exists()
    page = client.get(stays).content.decode()
    assert "With a brother, review by 12 March 2026" in page.replace("<bdi>", "").replace("</bdi>", "")
    story = client.get(reverse("child", args=[reference])).content.decode()
    assert "Age disputed: shares a room" in story
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.get(room).status_code == 404


@pytest.mark.by_turns
def test_whoever_only_reads_is_led_to_no_page_that_is_not_theirs(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * DAY)
    dispute(watched)
    placed(watched.child, a_home(an_authority()), by=watched.worker, starts_at=AT + DAY, at=AT + DAY)
    reviewer = a_person(Role.REVIEWING_OFFICER, authority=watched.authority)
    officer = reviewing_officers.Officer(user=reviewer, starts_at=AT + DAY)
    reviewing_officers.appoint(watched.child, officer, by=watched.worker, at=AT + DAY)
    led = [reverse(name, args=[watched.child.reference]) for name in ("room_review", "placement_approval")]
    for reader, status in ((watched.worker, 200), (reviewer, 404)):
        client.force_login(reader)
        page = client.get(reverse("child_placements", args=[watched.child.reference])).content.decode()
        assert "Nobody has recorded if the child has a room of their own" in page
        assert "nobody’s approval is on record" in page
        for address in led:
            assert (f'href="{address}"' in page) is (status == 200)
            assert client.get(address).status_code == status

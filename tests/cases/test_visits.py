"""A visit by the social worker is a sight of the child too, and ends what the law asks for by then; so does word to the host."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock
from cases import clock, contacts, mistakes, placements, visits
from cases.deadlines import add_days
from cases.models import Contact, Event, HostNotice, Visit, VisitRequest
from cases.states import IllegalMove
from cases.visits import Visited
from tests.alerts import papers
from tests.factories import AT, Watched, a_home, a_watched_child, an_authority, ended, missing, placed, seen

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def visited(one: Watched, *, at: Any, **more: Any) -> Visit:
    said = {"seen": True, "seen_alone": True, "place": "At the home", "visited_at": at, **more}
    return visits.record(one.child, Visited(**said), by=one.worker, at=at)


def due(one: Watched) -> Any:
    return papers.clock_of(one.child, "visit").due_at


@pytest.mark.by_turns
def test_a_visit_at_which_the_child_was_seen_is_a_contact_and_the_next_is_due_in_six_weeks(
    watched: Watched,
) -> None:
    assert due(watched) == watched.placement.starts_at + 7 * DAY
    visit = visited(watched, at=AT + 2 * DAY)
    contact = visit.contact
    assert (contact.means, contact.witness_user, contact.organisation) == (
        "face_to_face",
        watched.worker,
        f"team:{watched.team.pk}",
    )
    assert (contact.knows_child, contact.happened_at) == (True, visit.visited_at)
    assert due(watched) == add_days(visit.visited_at, 42)
    event = Event.objects.get(child=watched.child, kind="visit_recorded")
    assert event.data == {"seen": True, "alone": True}


@pytest.mark.by_turns
def test_whoever_was_not_seen_is_still_to_be_visited_and_a_sight_taken_back_was_no_visit(
    watched: Watched,
) -> None:
    before = due(watched)
    visited(watched, seen=False, note="At college", at=AT + 2 * DAY)
    assert (due(watched), Contact.objects.count()) == (before, 0)
    visit = visited(watched, at=AT + 3 * DAY)
    contacts.withdraw(visit.contact, reason="Another child", by=watched.worker, at=AT + 4 * DAY)
    assert due(watched) == before


@pytest.mark.by_turns
def test_a_move_asks_for_a_visit_within_a_week(watched: Watched) -> None:
    visited(watched, at=AT + 2 * DAY)
    placed(watched.child, by=watched.worker, starts_at=AT + 5 * DAY, at=AT + 5 * DAY)
    assert due(watched) == AT + 12 * DAY


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"seen": False}, "why the child was not seen"),
        ({"place": " "}, "where the visit was"),
        ({"visited_at": AT + 9 * DAY}, "now or in the past"),
    ],
)
def test_what_says_too_little_is_refused(watched: Watched, more: dict[str, Any], words: str) -> None:
    said = {"seen": True, "seen_alone": False, "place": "At the home", "visited_at": AT + DAY, **more}
    with pytest.raises(IllegalMove, match=words):
        visits.record(watched.child, Visited(**said), by=watched.worker, at=AT + 2 * DAY)
    assert not Visit.objects.exists()
    assert not Contact.objects.exists()


def test_the_same_form_twice_is_one_visit_and_the_database_knows_no_sight_without_a_contact(
    watched: Watched,
) -> None:
    visit = visited(watched, at=AT + 2 * DAY)
    assert visited(watched, key=visit.key, at=AT + 2 * DAY) == visit
    bare = Visit(child=watched.child, visited_at=AT, seen=True, seen_alone=True, place="x", recorded_at=AT)
    bare.recorded_by = watched.worker
    with pytest.raises(IntegrityError), transaction.atomic():
        bare.save()


def test_the_host_is_to_be_told_of_a_placement_in_its_area_until_somebody_did(watched: Watched) -> None:
    assert visits.host_to_tell(watched.child, at=AT + DAY) is None
    far = placed(watched.child, a_home(an_authority()), by=watched.worker, starts_at=AT + DAY, at=AT + DAY)
    clock_of = papers.clock_of(watched.child, "host_notice")
    assert f"{clock_of.due_at:%Y-%m-%d}" == "2026-03-10", "five working days after a Tuesday"
    with pytest.raises(IllegalMove, match="who was told"):
        placements.tell_host(far, whom=" ", told_at=AT + DAY, by=watched.worker, at=AT + 2 * DAY)
    # Told before the placement began, as the law asks, and written down after.
    placements.tell_host(
        far, whom="Duty there, by phone", told_at=AT + HOUR, by=watched.worker, at=AT + 2 * DAY
    )
    clock_of.refresh_from_db()
    assert (clock_of.due_at, clock_of.next_at) == (None, None)
    with pytest.raises(IllegalMove, match="already"):
        placements.tell_host(far, whom="Duty there", told_at=AT + DAY, by=watched.worker, at=AT + 2 * DAY)


# --- Pages


@pytest.fixture
def page(watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * HOUR)
    client.force_login(watched.worker)
    return client


VISIT = {
    "seen": "alone",
    "place": "At the home",
    "visited_at_when": "now",
    "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d12",
}


@pytest.mark.by_turns(8)
def test_one_form_records_the_visit_and_the_story_tells_it(watched: Watched, page: Client) -> None:
    address = reverse("visit_new", args=[watched.child.reference])
    form = page.get(address).content.decode().partition('<form method="post"')[2].partition("</form>")[0]
    assert '<button type="submit"' in form
    assert reverse("not_here", args=[watched.child.reference]) not in form
    refused = page.post(address, {**VISIT, "seen": "no"})
    assert refused.status_code == 422
    assert "Enter why the child was not seen" in refused.content.decode()
    story = page.post(address, VISIT, follow=True).content.decode()
    assert Visit.objects.get().seen_alone
    assert "Visited by the social worker, seen alone" in story


def test_one_form_records_the_word_to_the_host_and_is_no_page_where_nobody_is_to_be_told(
    watched: Watched, page: Client
) -> None:
    address = reverse("host_notice_new", args=[watched.child.reference])
    assert page.get(address).status_code == 404
    placed(
        watched.child, a_home(an_authority()), by=watched.worker, starts_at=AT + 2 * HOUR, at=AT + 2 * HOUR
    )
    assert page.post(address, {"told_at_when": "now"}).status_code == 422
    page.post(address, {"told_whom": "Duty there, by phone", "told_at_when": "now"})
    assert HostNotice.objects.get().told_whom == "Duty there, by phone"
    assert page.get(address).status_code == 404
    story = page.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "The authority of the area was told of the placement" in story


@pytest.mark.by_turns
def test_both_are_for_those_who_work_with_the_child(watched: Watched, page: Client) -> None:
    for stranger in (watched.carer, watched.guardian, watched.officer):
        page.force_login(stranger)
        for name in ("visit_new", "host_notice_new"):
            assert page.get(reverse(name, args=[watched.child.reference])).status_code == 404


@pytest.mark.by_turns
def test_no_clock_of_paper_is_left_when_all_is_recorded(watched: Watched) -> None:
    visited(watched, at=AT + 2 * HOUR)
    rows = Clock.objects.filter(child=watched.child, kind="paperwork", due_at__lte=AT + 20 * DAY)
    assert {row.duty for row in rows} == {
        "checklist",
        "first_profile",
        "first_assessment",
        "education",
        "guardian_check",
        "plan",
        "placement_plan",
        "care_plan",
        "reviewing_officer",
    }


# --- a visit that the child asked for


def asked(one: Watched, *, at: Any, **more: Any) -> VisitRequest:
    said = {"asked_at": at, "words": "She wants to speak with him alone", **more}
    return visits.ask(one.child, said.pop("kind", "asked"), **said, by=one.worker, at=more.get("at", at))


def asked_due(one: Watched) -> Any:
    row = Clock.objects.filter(child=one.child, duty="visit_asked").first()
    return row.due_at if row is not None else None


@pytest.mark.by_turns
def test_a_visit_that_the_child_asked_for_is_owed_at_once_until_the_child_was_seen_at_one(
    watched: Watched,
) -> None:
    at = AT + 3 * DAY
    first = asked(watched, at=at)
    asked(watched, at=at + HOUR, kind="complaint")
    assert asked_due(watched) == at, "of the first"
    seen(watched.child, by=watched.carer, at=at + HOUR)
    sweep.sweep_all(now=at + HOUR)
    assert papers.steps(watched.child, "visit_asked") == ["R1"]
    visited(watched, at=at + 2 * HOUR, seen=False, seen_alone=None, note="Nobody came to the door")
    assert asked_due(watched) == at
    visits.record(
        watched.child,
        Visited(seen=True, seen_alone=True, place="The home", visited_at=at + HOUR / 2),
        by=watched.worker,
        at=at + 3 * HOUR,
    )
    assert asked_due(watched) == at + HOUR, "the second came after that visit"
    visit = visited(watched, at=at + 4 * HOUR)
    sweep.sweep_all(now=at + 4 * HOUR)
    assert asked_due(watched) is None
    assert not papers.is_open(watched.child, "visit_asked")
    contacts.withdraw(visit.contact, reason="Of another child", by=watched.worker, at=at + 5 * HOUR)
    assert asked_due(watched) == at + HOUR
    assert first.pk


def test_a_request_that_was_a_mistake_is_owed_nothing_and_the_same_form_is_one(watched: Watched) -> None:
    at = AT + 3 * DAY
    row = asked(watched, at=at)
    assert asked(watched, at=at, key=row.key) == row
    for wrong, words in (
        ({"words": " "}, "what the child said"),
        ({"asked_at": at + DAY}, "now or in the past"),
    ):
        with pytest.raises(IllegalMove, match=words):
            visits.ask(
                watched.child, "asked", **{"asked_at": at, "words": "x", **wrong}, by=watched.worker, at=at
            )
    mistakes.withdraw(row, reason="Of another child", by=watched.worker, at=at + HOUR)
    assert asked_due(watched) is None


@pytest.mark.by_turns
def test_while_the_child_is_missing_nobody_can_visit_it(watched: Watched) -> None:
    at = AT + 3 * DAY
    asked(watched, at=at)
    episode = missing(watched.child, at=at + HOUR)
    assert asked_due(watched) is None
    ended(episode, at=at + 2 * DAY)
    assert asked_due(watched) is not None


def test_the_form_says_so_and_nobody_else_has_it(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    address = reverse("visit_ask", args=[watched.child.reference])
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
    client.force_login(watched.worker)
    form = {"kind": "asked", "asked_at_when": "quarter", "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d13"}
    refused = client.post(address, form)
    assert refused.status_code == 422
    assert "Enter what the child said" in refused.content.decode()
    done = client.post(address, form | {"words": "Wants to move"}, follow=True).content.decode()
    assert "Visit that the child asked for" in done
    assert "Wants to move" in client.get(address).content.decode()

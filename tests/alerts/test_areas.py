"""The area of a placement corrected: the right desk and force from then on, and nothing begins anew."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import areas, no_stranger, sweep
from alerts.models import Clock, Message
from cases import access, placements, visits
from cases.access import Permission
from cases.models import Authority, Event, Placement, Role
from tests.cases.expectations import events, refused
from tests.factories import (
    Watched,
    a_force_mailbox,
    a_person,
    a_watched_child,
    an_authority,
    case_closed,
    missing,
    placed,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 5 * HOUR)


@pytest.fixture
def right() -> Authority:
    authority = an_authority("Saltbridge")
    a_force_mailbox(authority.force)
    return authority


def correct(watched: Watched, right: Authority, at: datetime, **more: object) -> Placement:
    facts = {"authority": right, "force": right.force, "reason": "The wrong side of the river"} | more
    return areas.correct(watched.placement, **facts, by=watched.worker, at=at)  # type: ignore[arg-type]


def told(authority: Authority) -> list[str]:
    return list(Message.objects.filter(force=authority.force).values_list("wording", flat=True))


@pytest.mark.by_turns
def test_the_right_desk_reads_from_then_on_the_wrong_one_no_more_and_nothing_begins_anew(watched, right, now):
    wrong = an_authority("Withyford")
    desk, before = (a_person(Role.DUTY_DESK, authority=one) for one in (right, wrong))
    correct(watched, wrong, now - HOUR)
    placements.tell_host(watched.placement, whom="Their desk", told_at=now, by=watched.worker, at=now)
    dues = Clock.objects.filter(child=watched.child, kind=Clock.Kind.CONTACT).values_list("rows", "due_at")
    stood = list(dues)
    with events(watched.child, "placement_area_corrected"):
        correct(watched, right, now)
    placement = Placement.objects.get(child=watched.child)
    assert (placement.host_authority, placement.force) == (right, right.force)
    assert placement.starts_at == watched.placement.starts_at
    assert list(dues) == stood
    assert access.may(desk, watched.child, Permission.SEE_STATUS, at=now)
    assert not access.may(before, watched.child, Permission.SEE_STATUS, at=now)
    assert list(no_stranger.grants_adrift(now)) == []
    # The right one has been told by nobody yet, and can be.
    assert visits.host_to_tell(watched.child, at=now) == placement
    placements.tell_host(placement, whom="Saltbridge desk", told_at=now, by=watched.worker, at=now)
    assert visits.host_to_tell(watched.child, at=now) is None


@pytest.mark.by_turns
def test_the_first_word_to_the_police_goes_to_the_right_force(watched, right, now):
    correct(watched, right, now - HOUR)
    missing(watched.child, by=watched.worker, at=now)
    sweep.sweep_all(now=now)
    assert told(right) == ["police_alert"]
    assert not Message.objects.filter(force=watched.force).exists()


@pytest.mark.by_turns
def test_in_a_search_the_right_force_hears_at_once_and_the_wrong_one_stays(watched, right, now):
    episode = missing(watched.child, by=watched.worker, at=now - 5 * MINUTE)
    sweep.sweep_all(now=now - 5 * MINUTE)
    assert told(right) == []
    correct(watched, right, now)
    assert told(right) == ["police_alert"]
    assert {row.force for row in episode.forces.all()} == {watched.force, right.force}


def test_an_area_is_corrected_with_a_reason_to_another_one_while_the_placement_stands(watched, right, now):
    with refused(watched.child, "Enter the reason."):
        correct(watched, right, now, reason=" ")
    correct(watched, right, now)
    # The same form once more is one; of somebody else it says what stands.
    correct(watched, right, now + MINUTE)
    assert Event.objects.filter(child=watched.child, kind="placement_area_corrected").count() == 1
    with refused(watched.child, "This area is on record already."):
        correct(watched, right, now, reason="Another")
    placed(watched.child, starts_at=now + HOUR, at=now + HOUR)
    with refused(watched.child, "This placement has ended already."):
        correct(watched, an_authority(), now + HOUR)


@pytest.mark.by_turns
def test_of_a_closed_case_no_area_is_corrected(watched, right, now):
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=now)
    with refused(watched.child, "This case is closed: nothing more can be recorded in it."):
        correct(watched, right, now + MINUTE)


@pytest.mark.by_turns(8)
def test_the_page_asks_for_two_facts_and_a_reason_and_the_timeline_tells_both_areas(
    client: Client, watched: Watched, right: Authority, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: now)
    client.force_login(watched.worker)
    address = reverse("placement_area", args=[watched.child.reference])
    assert address in client.get(reverse("child_placements", args=[watched.child.reference])).content.decode()
    assert client.get(address).status_code == 200
    given = {"authority": right.pk, "force": right.force_id}
    without = client.post(address, given)
    assert "Enter what was wrong" in without.content.decode()
    answer = client.post(address, {**given, "reason": "The wrong side of the river"})
    assert answer.status_code == 302
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert f"Now Saltbridge and {right.force.name}; it was {watched.authority.name}" in page
    assert "The wrong side of the river" in page


@pytest.mark.by_turns
def test_a_child_without_a_placement_and_a_reader_who_places_nobody_have_no_such_page(
    client: Client, watched: Watched, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: now)
    address = reverse("placement_area", args=[watched.child.reference])
    client.force_login(watched.carer)
    assert client.get(address).status_code == 404
    placements.end(watched.placement, ends_at=now, reason="Bed lost", by=watched.worker, at=now)
    client.force_login(watched.worker)
    assert client.get(address).status_code == 404

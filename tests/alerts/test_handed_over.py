"""Whoever handed a child over keeps one page of it: what was on record until then, and nothing of what came after."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts.views import handed_over
from cases import concerns, contacts, mergers, notes, people, responsibilities, restrictions
from cases.models import AccessRecord, Allocation, Child, Reach, Role
from tests.factories import (
    Watched,
    a_child,
    a_person,
    a_team,
    a_watched_child,
    missing,
    photographed,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BEFORE, AFTER = "Likes to sit at the harbour", "Has a new school"


@pytest.fixture
def sender(now) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def receiver(now) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def moved(sender: Watched, receiver: Watched, now) -> Child:
    """A child with a note and a contact of each authority; the sender's contact is withdrawn by the receiver."""
    child = sender.child
    type(sender.placement).objects.filter(pk=sender.placement.pk).update(address="9 Weir Lane")
    old = seen(child, by=sender.worker, at=now - 30 * HOUR)
    write(child, BEFORE, by=sender.worker, at=now - 29 * HOUR)
    photographed(child, by=sender.worker, at=now - 28 * HOUR)
    responsibilities.start(child, authority=receiver.authority, by=receiver.manager, at=now - 20 * HOUR)
    write(child, AFTER, by=receiver.worker, at=now - 10 * HOUR)
    photographed(child, by=receiver.worker, at=now - 9 * HOUR)
    contacts.withdraw(old, reason="It was a cousin", by=receiver.manager, at=now - 8 * HOUR)
    return child


def write(child: Child, text: str, *, by, at) -> None:
    notes.write(child, text=text, kind="case", happened_at=at, by=by, at=at)


def of(child: Child) -> str:
    return reverse("handed_over", args=[child.reference])


def read(client: Client, by, address: str) -> str:
    client.force_login(by)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns
def test_the_sender_reads_what_was_on_record_until_then_and_nothing_after(client, sender, receiver, moved):
    for reader in (sender.worker, sender.manager, sender.desk.person, sender.head):
        page = read(client, reader, of(moved))
        assert BEFORE in page
        assert AFTER not in page
        assert "It was a cousin" not in page
        assert f"{receiver.authority.said_name} became responsible" in page
        assert page.count("Photo of") == 1
        assert "Weir Lane" not in page
        assert moved.given_name in read(client, reader, reverse("handed_over_list"))
    newest = AccessRecord.objects.filter(page="handed_over").latest("pk")
    assert (newest.user, newest.child, newest.allowed) == (sender.head, moved, True)


@pytest.mark.by_turns
def test_the_child_has_the_name_that_the_sender_knew(client, sender, moved):
    known = moved.given_name
    for name in ("Nadir", "Nadim"):
        Child.objects.filter(pk=moved.pk).update(given_name=name, phone="07700 900111")
    for address in (of(moved), reverse("handed_over_list")):
        page = read(client, sender.worker, address)
        assert known in page
        assert "Nadi" not in page


@pytest.mark.by_turns
def test_whoever_joined_the_team_afterwards_never_read_the_child(client, sender, moved, now):
    for role in (Role.SOCIAL_WORKER, Role.TEAM_MANAGER):
        newcomer = a_person(role, team=sender.team, since=now - HOUR)
        client.force_login(newcomer)
        assert client.get(of(moved)).status_code == 404


@pytest.mark.by_turns
def test_everything_else_of_the_child_is_no_page_for_the_sender(client, sender, moved):
    client.force_login(sender.worker)
    for name in ("child", "child_timeline", "child_details", "child_placements", "photo_list", "contact_new"):
        assert client.get(reverse(name, args=[moved.reference])).status_code == 404
    page = read(client, sender.worker, of(moved))
    links = {part.partition('"')[0] for part in page.split('href="')[1:]}
    shown = [link for link in links if moved.reference in link]
    assert len(shown) == 1, "nothing but the photo leads on"
    assert client.get(shown[0]).status_code == 200
    later = moved.photos.order_by("uploaded_at").last()
    assert client.get(reverse("photo", args=[moved.reference, later.token, "portrait"])).status_code == 404
    assert client.post(of(moved)).status_code == 405


@pytest.mark.by_turns
def test_nobody_else_has_that_page(client, sender, receiver, moved, now):
    other_team = a_team(sender.authority)
    colleague = a_person(Role.SOCIAL_WORKER, team=other_team)
    other_manager = a_person(Role.TEAM_MANAGER, team=other_team)
    stranger = a_watched_child(at=now - HOUR)
    readers = [colleague, other_manager, stranger.manager, sender.carer, sender.guardian, sender.officer]
    for reader in (*readers, receiver.manager):
        client.force_login(reader)
        assert client.get(of(moved)).status_code == 404
        listed = client.get(reverse("handed_over_list"))
        assert listed.status_code == 403 or moved.reference not in listed.content.decode()
    assert not AccessRecord.objects.filter(page="handed_over", allowed=True).exists()


@pytest.mark.by_turns
def test_a_mark_a_restriction_and_the_end_of_a_role_close_it(client, sender, receiver, moved, now):
    concerns.keep_from(moved, sender.worker, reason="Known to the group", by=receiver.manager, at=now)
    client.force_login(sender.worker)
    assert client.get(of(moved)).status_code == 404
    restrictions.restrict(moved, reason="Threats", named=[], by=receiver.manager, at=now)
    client.force_login(sender.manager)
    assert client.get(of(moved)).status_code == 404
    token = moved.photos.order_by("uploaded_at").first().token
    assert client.get(reverse("photo", args=[moved.reference, token, "portrait"])).status_code == 404
    gone = sender.desk.person.memberships.get()
    people.leave(gone, by=sender.manager, at=now)
    client.force_login(sender.desk.person)
    assert client.get(of(moved)).status_code in (302, 404)


@pytest.mark.by_turns
def test_whoever_handed_it_over_keeps_the_page_when_their_authority_is_merged_and_nobody_else_gets_it(
    client, sender, receiver, moved, now
):
    successor, last = (a_watched_child(at=now - 50 * HOUR) for _ in range(2))
    mergers.move(sender.authority, successor.authority, by=None, at=now - HOUR)
    mergers.move(successor.authority, last.authority, by=None, at=now - HOUR / 2)
    for reader in (sender.worker, sender.desk.person, sender.manager, sender.head):
        client.force_login(reader)
        page = client.get(of(moved))
        assert BEFORE in page.content.decode(), reader
        assert AFTER not in page.content.decode()
        assert moved.reference in client.get(reverse("handed_over_list")).content.decode()
    for stranger in (successor.desk.person, successor.head, last.worker, last.head):
        client.force_login(stranger)
        assert client.get(of(moved)).status_code == 404


@pytest.mark.by_turns
def test_a_child_that_comes_back_is_read_as_any_other(client, sender, moved, now):
    back = now - HOUR
    responsibilities.start(moved, authority=sender.authority, by=sender.manager, at=back)
    Allocation.objects.create(child=moved, team=sender.team, worker=sender.worker, starts_at=back)
    client.force_login(sender.worker)
    assert client.get(of(moved)).status_code == 404
    assert AFTER in read(client, sender.worker, reverse("child", args=[moved.reference]))


@pytest.mark.by_turns
def test_what_an_episode_that_ran_on_says_of_itself_is_not_told(client, sender, receiver, now):
    child = sender.child
    episode = missing(child, by=sender.worker, at=now - 30 * HOUR, why_worried="A call at night")
    responsibilities.start(child, authority=receiver.authority, by=receiver.manager, at=now - 20 * HOUR)
    type(episode).objects.filter(pk=episode.pk).update(why_worried="Written by another")
    page = read(client, sender.worker, of(child))
    assert "Reported missing" in page
    assert "Written by another" not in page


@pytest.mark.by_turns(8)
def test_the_list_costs_the_same_for_many_and_has_pages(client, sender, receiver, now, monkeypatch):
    monkeypatch.setattr(handed_over, "PAGE_SIZE", 5)
    director = a_person(Role.TEAM_MANAGER, team=sender.team, reach=Reach.SERVICE)

    def hand_over(count: int) -> None:
        for _ in range(count):
            child = a_child(authority=sender.authority, at=now - 40 * HOUR)
            moment = now - 20 * HOUR + timedelta(minutes=Child.objects.count())
            responsibilities.start(child, authority=receiver.authority, by=receiver.manager, at=moment)

    def asked() -> int:
        read(client, director, reverse("handed_over_list"))
        with CaptureQueriesContext(connection) as queries:
            read(client, director, reverse("handed_over_list"))
        return len(queries)

    hand_over(2)
    few = asked()
    hand_over(5)
    assert asked() == few
    client.force_login(director)
    first = client.get(reverse("handed_over_list"))
    older = client.get(f"{reverse('handed_over_list')}?{first.context['older']}")
    assert (len(first.context["rows"]), len(older.context["rows"])) == (5, 2)
    for mark in ("x", "2026-01-01T00:00:00", "2026-13-45T00:00:00Z"):
        assert client.get(f"{reverse('handed_over_list')}?before={mark}").status_code == 404


@pytest.mark.by_turns(8)
def test_children_handed_over_at_one_instant_are_all_listed(client, sender, receiver, now, monkeypatch):
    monkeypatch.setattr(handed_over, "PAGE_SIZE", 2)
    moved = [a_child(authority=sender.authority, at=now - 40 * HOUR) for _ in range(5)]
    for child in moved:
        responsibilities.start(child, authority=receiver.authority, by=receiver.manager, at=now - 20 * HOUR)
    client.force_login(a_person(Role.TEAM_MANAGER, team=sender.team, reach=Reach.SERVICE))
    address, asked, pages = reverse("handed_over_list"), "", []
    while not pages or asked:
        answer = client.get(f"{address}?{asked}")
        pages.append([child.pk for child in answer.context["rows"]])
        asked = answer.context["older"]
    assert pages == [[one.pk for one in page] for page in (moved[:2], moved[2:4], moved[4:])]
    mark = (now - 20 * HOUR).isoformat().replace("+", "%2B")
    for child in ("x", "-1", "9" * 19, "\u0661"):
        assert client.get(f"{address}?before={mark}&child={child}").status_code == 404

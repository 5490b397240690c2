"""An officer whom one council alone has confirmed reads nothing of another's children, on whatever page or list."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from alerts import learning
from alerts.learning import Whose
from alerts.views import episode_verbs
from cases import access, clock, confirming, people, signs
from cases.models import Child, Role, User
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force,
    a_home,
    a_person,
    a_watched_child,
    an_authority,
    missing,
    placed,
    somebody,
)

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=40)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Of the council that has not confirmed the officer; missing for so long that it stands on every list."""
    one = a_watched_child(given_name="Tarekiel")
    missing(one.child, by=one.carer, at=AT + timedelta(hours=1))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return one


@pytest.fixture
def giver(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=an_authority("Farby", force=watched.force))


@pytest.fixture
def guest(watched: Watched, giver: User) -> Child:
    """Of that council as well, and living in the area of the one that made the officer."""
    child = a_child(watched.authority, given_name="Ondrevar")
    placed(child, a_home(giver.memberships.get().authority))
    return child


@pytest.fixture
def words(watched: Watched, guest: Child) -> list[str]:
    told = signs.Told(kind="plate", text="ZQ77 ABC", why="It waits", source="Duty", for_force=True)
    signs.note(watched.authority, told, key=uuid.uuid4(), by=watched.worker, at=AT)
    return [watched.child.reference, "Tarekiel", guest.reference, "Ondrevar", "ZQ77 ABC"]


@pytest.fixture
def officer(watched: Watched, giver: User) -> User:
    a_person(Role.ADMINISTRATOR, authority=watched.authority)
    person = somebody(name="Nia Officer")
    people.join(person, Role.POLICE, force=watched.force, by=giver, at=AT)
    return person


def addresses(found: URLResolver | None = None) -> Iterator[str]:
    """Every page that needs nothing to be opened: all lists, and the first pages."""
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one)
        elif isinstance(one, URLPattern) and one.name and "logout" not in one.name:
            try:
                yield reverse(one.name)
            except NoReverseMatch:
                continue


def read(client: Client, officer: User, words: list[str]) -> tuple[set[str], int]:
    """What of these words stands on any page that the officer opens, and how many pages these were."""
    client.force_login(User.objects.get(pk=officer.pk))
    sought = [reverse("search") + f"?q={word}" for word in words]
    pages = {path: client.get(path) for path in [*sorted(set(addresses())), *sought]}
    shown = {path: page.content.decode() for path, page in pages.items() if page.status_code == 200}
    found = {word for word in words for path, page in shown.items() if path not in sought and word in page}
    # The search says again what was sought: a hit is a way to a page.
    ways = {f'/children/{word}/"' for word in words}
    return found | {way for way in ways for path in sought if way in shown.get(path, "")}, len(shown)


def test_it_reads_no_count_no_name_and_no_reference_until_that_council_confirms(
    client: Client, watched: Watched, guest: Child, officer: User, words: list[str]
) -> None:
    found, pages = read(client, officer, words)
    assert not found
    assert pages > 8
    assert client.get(reverse("home")).context["placed"] == 0
    (figures,) = learning.figures(Whose.FORCE, [watched.force.pk], reader=officer, now=NOW)
    assert (figures.episodes, figures.alerts, figures.still_missing) == (0, 0, 0)
    for path in (f"/children/{watched.child.reference}/", f"/children/{guest.reference}/"):
        assert client.get(path).status_code == 404
    admin = User.objects.get(memberships__role=Role.ADMINISTRATOR, memberships__authority=watched.authority)
    confirming.confirm(officer.memberships.get(), how="Rang the control room", by=admin, at=NOW)
    found, _pages = read(client, officer, words)
    assert {watched.child.reference, guest.reference, "ZQ77 ABC"} <= found
    assert client.get(reverse("home")).context["placed"] == 2


def test_somebody_who_is_an_officer_of_two_forces_answers_for_the_one_that_was_confirmed(
    watched: Watched, officer: User
) -> None:
    episode = watched.child.episodes.get()
    other = a_force()
    people.join(watched.officer, Role.POLICE, force=other, by=None, at=AT)
    person = User.objects.get(pk=watched.officer.pk)
    assert access.answers_for(person, watched.child, at=NOW) == [watched.force]
    assert episode_verbs._own_force(episode, person, NOW) == watched.force
    assert access.answers_for(officer, watched.child, at=NOW) == []
    assert episode_verbs._own_force(episode, officer, NOW) is None

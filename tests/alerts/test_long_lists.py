"""Lists that are longer than a page: every row stands on one of the pages, and only what is shown is on record as read."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from alerts import sweep
from alerts.views import duty_desk, pages
from cases import clock
from cases.models import AccessRecord, Child, Role
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

# Of five children two stand on a page.
PAGE, CHILDREN = 2, 5
REFERENCE = re.compile(r"MC[0-9]{2}-[0-9]{6}")


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SIZE", PAGE)
    monkeypatch.setattr(duty_desk, "ROWS", PAGE)


@pytest.fixture
def watched(short_pages: None) -> Watched:
    """A child and four more of the same home, force and worker, all missing, with the police told."""
    now = clock.now()
    found = factories.a_watched_child(at=now - timedelta(hours=30))
    shared: dict[str, Any] = {"team": found.team, "worker": found.worker, "at": now - timedelta(hours=30)}
    for _ in range(CHILDREN - 1):
        factories.placed(factories.a_child(**shared), found.home)
    for child in Child.objects.filter(placements__home=found.home):
        factories.missing(child, by=found.worker, at=now - timedelta(hours=2))
    sweep.sweep_all(now=now)
    return found


def read_through(client: Client, address: str) -> list[set[str]]:
    """The references on each page of a list, from the first to the last."""
    path, _, query = address.partition("?")
    parts = []
    while True:
        page = client.get(f"{path}?{query}").content.decode()
        main = page[page.index("<main") :]
        parts.append(set(REFERENCE.findall(main)))
        following = re.search(r'href="\?([^"]+)" rel="next"', main)
        if following is None:
            return parts
        query = unescape(following.group(1))


@pytest.mark.by_turns(8)
def test_every_child_of_a_long_list_stands_on_one_of_its_pages(watched: Watched, client: Client) -> None:
    living = Child.objects.filter(placements__home=watched.home)
    everybody = set(living.values_list("reference", flat=True))
    for who, address in (
        ("manager", "/overview/missing/"),
        ("manager", "/overview/unverified/"),
        ("manager", "/overview/unacknowledged/"),
        ("manager", "/overview/workers/{worker}/"),
        ("manager", "/overview/workers/{worker}/?show=missing"),
        ("officer", "/missing/"),
        ("officer", "/missing/?show=not-spoken"),
        ("officer", "/?as=police"),
        ("duty", "/duty/"),
        ("duty", "/?as=duty_desk"),
    ):
        client.force_login(watched.desk.person if who == "duty" else getattr(watched, who))

        parts = read_through(client, address.format(worker=watched.worker.pk))

        assert [len(part) for part in parts] == [2, 2, 1], address
        assert set().union(*parts) == everybody, address


@pytest.mark.by_turns
def test_a_page_of_a_list_puts_on_record_whom_it_showed_and_nobody_else(
    watched: Watched, client: Client
) -> None:
    client.force_login(watched.officer)
    client.get("/missing/")
    assert AccessRecord.objects.filter(user=watched.officer, allowed=True).count() == PAGE

    client.force_login(watched.manager)
    client.get(f"/overview/workers/{watched.worker.pk}/")
    assert AccessRecord.objects.filter(user=watched.manager, allowed=True).count() == PAGE


@pytest.mark.by_turns
def test_a_list_that_refreshes_itself_stays_on_its_page(watched: Watched, client: Client) -> None:
    client.force_login(watched.desk.person)
    assert 'hx-get="/partials/duty/"' in client.get("/duty/").content.decode()
    assert 'hx-get="/partials/duty/?page=2"' in client.get("/duty/?page=2").content.decode()

    client.force_login(watched.officer)
    page = unescape(client.get("/missing/?show=not-spoken&page=2").content.decode())
    assert 'hx-get="/partials/missing/?show=not-spoken&page=2"' in page


@pytest.mark.by_turns
def test_the_desk_counts_all_that_is_to_do_whatever_its_page_shows(watched: Watched, client: Client) -> None:
    client.force_login(watched.desk.person)

    for number in (1, 2, 3):
        page = client.get(f"/duty/?page={number}").content.decode()
        assert f"{CHILDREN} open alerts" in page
        assert f"Page {number} of 3" in page


@pytest.mark.by_turns
def test_the_overview_shows_the_first_of_what_nobody_took_on_and_leads_to_all(
    watched: Watched, client: Client
) -> None:
    client.force_login(watched.manager)
    page = client.get("/overview/").content.decode()

    assert f"Nobody has taken these on ({CHILDREN})" in page
    assert len(set(REFERENCE.findall(page))) == PAGE
    assert 'href="/overview/unacknowledged/"' in page


def test_all_of_a_page_are_ticked_and_given_to_another(watched: Watched, client: Client) -> None:
    other = factories.a_person(Role.SOCIAL_WORKER, team=watched.team)
    client.force_login(watched.manager)
    address = f"/overview/workers/{watched.worker.pk}/?all=1&page=2"
    page = client.get(address).content.decode()
    ticked = re.findall(r'value="(MC[0-9-]+)" id="[^"]+" checked', page)
    assert len(ticked) == PAGE
    assert "Untick all" in page
    none = client.get(address.replace("all=1", "all=0")).content.decode()
    assert "Tick all on this page" in none
    assert not re.findall(r'value="(MC[0-9-]+)" id="[^"]+" checked', none)

    given = {"children": ticked, "worker": factories.membership_of(other).pk, "confirm": "1"}
    assert client.post(address, given).status_code == 302

    held = Child.objects.filter(allocations__worker=other, allocations__ends_at=None)
    assert set(held.values_list("reference", flat=True)) == set(ticked)

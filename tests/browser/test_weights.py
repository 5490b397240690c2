"""What full lists weigh on the way to a phone with one bar; the gallery weighs every page as it looks at it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from alerts import heartbeats
from alerts.models import Clock, Message
from alerts.states import MessageStatus
from cases import clock, images, people, photos
from cases.models import Placement, Role
from tests import factories
from tests.browser.town import NOW, Town, a_town, at_this_hour
from tests.browser.weights import as_served, too_heavy
from tests.counts import FULL

# A full list: as many rows as a page of it ever shows, or as one person, home or desk ever has.
CASELOAD, HOUSE, TEAM, WORKERS, STAFF = 30, 30, 80, 40, 110
# Bytes left for what a list grows by, which nobody here decides: a council more, a home more.
SPARE = {"placement_new": 5_000}
SITE = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


@pytest.fixture(scope="module")
def size_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], int]]:
    """Tells the bytes of a static file: at full counts collected as a site has it, named by its content and compressed."""
    if not FULL:
        yield as_served
        return
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=SITE):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield lambda file: (root / f"{file}.gz").stat().st_size


@pytest.fixture(scope="module")
def town(keep: Any, lend: Any, size_of: Callable[[str], int]) -> Iterator[Town]:
    name, made = keep(a_town)
    with lend(name), at_this_hour():
        yield made


@pytest.mark.by_turns(8)
def test_a_full_list_is_light_too(town: Town, size_of: Callable[[str], int]) -> None:
    watched, picture = town.watched, images.develop(factories.a_picture())
    # Before the children of the lists; the clocks of those in the town are not told of each, which changes no list.
    with mock.patch.object(people, "children_changed"):
        for _ in range(WORKERS):
            factories.a_person(Role.SOCIAL_WORKER, team=watched.team)
        for _ in range(STAFF - WORKERS):
            factories.a_person(Role.PLACEMENT_STAFF, home=watched.home)
    # With those of the town the house is full.
    house = HOUSE - Placement.objects.current(NOW).filter(home=watched.home).count()
    for number in range(TEAM):
        child = factories.a_child(
            team=watched.team,
            worker=watched.worker if number < CASELOAD else None,
            by=watched.worker,
            at=NOW - 50 * timedelta(hours=1),
            languages=["Tigrinya", "Arabic"],
        )
        if number < house:
            factories.placed(child, watched.home)
            factories.guarded(child, watched.guardian)
            shot = photos.Shot(picture=picture, taken_date=NOW.date())
            photos.add(child, shot, by=watched.worker, at=NOW - timedelta(hours=5))
        if number % 4 == 0 and number < house:
            factories.missing(child, by=watched.worker, at=NOW - timedelta(hours=number))
        for hours in range(6 if number == 1 else 0):
            factories.seen(child, by=watched.carer, at=NOW - timedelta(hours=hours), note="At supper, well.")
    Clock.objects.filter(next_at__lt=NOW).update(next_at=NOW + timedelta(days=1))
    # The engine works, as on any day: what a page says where it is late is no part of a list.
    Message.objects.unsent().update(status=MessageStatus.CANCELLED)
    for part in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(part, at=clock.now())
    heavy: list[str] = []
    for who, name, more in (
        ("worker", "today", {}),
        ("worker", "child_list", {}),
        ("manager", "child_list", {}),
        ("worker", "search", {"query": "q=a"}),
        ("worker", "search", {"query": "q=ma"}),
        ("manager", "manager_home", {}),
        ("manager", "manager_list", {"which": "missing"}),
        ("manager", "manager_list", {"which": "no-record"}),
        ("manager", "manager_list", {"which": "unverified"}),
        ("manager", "manager_list", {"which": "reviews"}),
        ("manager", "manager_unallocated", {}),
        ("manager", "manager_worker", {"query": "all=1"}),
        ("manager", "manager_guardians", {}),
        ("manager", "supervision_queue", {}),
        ("manager", "supervision_worker", {}),
        ("manager", "manager_morning", {}),
        ("manager", "manager_alert_load", {}),
        ("duty", "duty_desk", {}),
        ("duty", "rota", {}),
        ("carer", "roll_call", {}),
        ("guardian", "guardian_home", {}),
        ("officer", "police_home", {}),
        ("admin", "admin_home", {}),
        ("admin", "person_new", {}),
        ("admin", "home_list", {}),
        ("admin", "mailboxes", {}),
        ("admin", "shift_new", {}),
        ("worker", "arrival_list", {}),
        ("worker", "placement_new", {}),
    ):
        client = Client()
        client.force_login(town.people[who])
        answer = client.get(town.path(name, **more))
        assert answer.status_code == 200
        heavy += [
            f"{name} for {who} {more}: {fault}"
            for fault in too_heavy(
                answer.content.decode(),
                size_of,
                spare=SPARE.get(name, 0),
            )
        ]
    assert clock.now() - NOW < timedelta(hours=1)
    assert not heavy, "\n".join(heavy)

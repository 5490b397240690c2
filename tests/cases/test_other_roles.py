"""A page that somebody's role does not include: 403, and on record as a failed access, once for a click that is repeated."""

from datetime import datetime, timedelta

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, home_devices
from cases.models import AccessRecord, Role, User
from tests.cases.test_reads_pages import lines, page_of
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
FROM = "192.0.2.7"
NEW = "/admin/people/new/"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=30))


@pytest.fixture
def worker(client: Client, watched: Watched) -> User:
    client.force_login(watched.worker)
    return watched.worker


def refused() -> list[AccessRecord]:
    return list(AccessRecord.objects.filter(allowed=False).order_by("pk"))


def tried(client: Client, path: str, method: str = "get") -> None:
    answer = getattr(client, method)(path, REMOTE_ADDR=FROM)
    assert answer.status_code == 403, answer.status_code


@pytest.mark.by_turns
def test_it_stands_on_record_who_tried_which_address_when_and_from_where(client, worker, now):
    tried(client, "/audit/")
    (row,) = refused()
    assert (row.user, row.child, row.path, row.page, row.address) == (worker, None, "/audit/", "audit", FROM)
    assert now <= row.at <= clock.now()


@pytest.mark.by_turns(8)
def test_nobody_takes_it_back(client, worker):
    tried(client, "/audit/")
    (row,) = refused()
    for change in ("DELETE FROM cases_accessrecord", "UPDATE cases_accessrecord SET allowed = true"):
        with (
            pytest.raises((ProgrammingError, InternalError)),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{change} WHERE id = %s", [row.pk])
    assert refused() == [row]


@pytest.mark.by_turns
def test_its_owner_and_the_auditor_read_it(client, watched, worker):
    tried(client, "/audit/")
    tried(client, reverse("person", args=[watched.manager.pk]))
    found = lines(page_of(client, worker, reverse("own_reads")))
    person, audit = (line for line in found if "Refused" in line)
    assert f"Who has read what /audit/ Refused {FROM}" in audit
    # Whom the address is about is no business of whoever reads the record.
    assert f"A page that the role does not include /admin/people/…/ Refused {FROM}" in person
    auditor = a_person(Role.AUDITOR, authority=watched.authority)
    found = lines(page_of(client, auditor, reverse("audit")))
    assert any(f"{worker.name} – Who has read what /audit/ Refused {FROM}" in line for line in found)
    stranger = a_person(Role.AUDITOR)
    assert worker.name not in page_of(client, stranger, reverse("audit"))


@pytest.mark.by_turns(8)
def test_a_click_that_is_repeated_is_one_line_until_it_is_another_look(client, worker, monkeypatch, settings):
    for _ in range(3):
        tried(client, NEW)
    tried(client, NEW, "post")
    tried(client, "/audit/")
    assert [row.path for row in refused()] == [NEW, "/audit/"]
    later = clock.now() + timedelta(minutes=settings.READ_AGAIN_MINUTES - 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(worker)
    tried(client, NEW)
    assert len(refused()) == 2
    monkeypatch.setattr(clock, "now", lambda: later + 2 * MINUTE)
    client.force_login(worker)
    tried(client, NEW)
    assert [row.path for row in refused()] == [NEW, "/audit/", NEW]


@pytest.mark.by_turns
def test_another_who_tries_it_is_another_line(client, watched, worker):
    tried(client, "/audit/")
    client.force_login(watched.manager)
    tried(client, "/audit/")
    assert [row.user for row in refused()] == [worker, watched.manager]


@pytest.mark.by_turns
def test_a_page_that_asks_for_its_own_part_again_is_one_line_of_the_session(client, worker, monkeypatch):
    part = reverse("duty_desk_list")
    began = clock.now()
    for minutes in (0, 1, 20, 40, 60):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: began + minutes * MINUTE)
        client.force_login(worker)
        tried(client, part)
    assert [row.path for row in refused()] == [part]


@pytest.mark.by_turns
def test_a_part_of_the_figures_is_no_read_of_a_manager_who_may_not_see_them(client, watched):
    client.force_login(watched.manager)
    for _ in range(2):
        tried(client, reverse("oversight"))
    (row,) = refused()
    assert row.path == reverse("oversight")


@pytest.mark.by_turns(8)
def test_a_device_of_a_home_stands_there_by_its_own_name(client, watched, now):
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    device = home_devices.add(watched.home, "Tablet in the office", by=admin, at=now)
    client.force_login(device)
    tried(client, "/audit/", "post")
    (row,) = refused()
    assert (row.user, row.path) == (device, "/audit/")


def test_nobody_signed_in_is_led_to_the_sign_in_and_stands_nowhere(client, db):
    assert client.get("/audit/").status_code == 302
    assert refused() == []

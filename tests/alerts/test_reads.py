"""Every child that a page showed to a person was read by them on record, and a page that refreshes itself reads once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse, reverse_lazy

from alerts import sweep
from alerts.models import DutyTask
from cases import clock
from cases.models import AccessRecord, Child, Reach, Role, User
from tests.alerts import matrix, test_strangers
from tests.alerts.matrix import everybody
from tests.counts import FULL, one_in
from tests.factories import Watched, a_child, a_person, a_watched_child, placed, silent

pytestmark = pytest.mark.django_db

REFERENCE = re.compile(r"MC\d\d-\d{6}")
MINUTE = timedelta(minutes=1)


# The same story, which a process that has asked all of it of strangers need not tell again.
quiet, watched, places = test_strangers.quiet, test_strangers.watched, test_strangers.places

# Restates what somebody was shown before; of it nothing is shown anew.
OWN_RECORD = reverse_lazy("own_reads")


def lists(watched: Watched) -> Iterator[str]:
    yield from (
        one for one in matrix.made_for_the_reader(watched.worker, watched.guardian) if one != OWN_RECORD
    )
    yield reverse("roll_call", args=[watched.home.pk])
    yield f"{reverse('search')}?q={watched.child.given_name}"
    yield f"{reverse('search')}?q={watched.child.reference}"
    for task in DutyTask.objects.filter(items__alert__child=watched.child).distinct():
        yield reverse("home_seen", args=[task.pk])
        yield reverse("task_done", args=[task.pk])


def who_is_asked(address: str, readers: Iterable[str]) -> Sequence[str]:
    """Of those to whom the table opens an address one, in turn; everybody in ./run faults."""
    if FULL:
        return list(readers)
    told = matrix.read()[str(resolve(address.partition("?")[0]).url_name), "own"]
    may = [role for role in readers if told[role].startswith("o")]
    return may[one_in(address, len(may) or 1) :][:1]


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("places")
def test_each_child_on_each_list_is_read_on_record_by_whoever_was_shown_it(
    client: Client, watched: Watched
) -> None:
    """With everything that an address can be about: cover, a referral, documents, supervision, a matter."""
    service = watched.assignment.service
    readers = {
        **everybody(watched),
        "supervisor": a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE),
    }
    addresses = [(address, who_is_asked(address, readers)) for address in lists(watched)]
    shown_somewhere = set()
    known = set(Child.objects.values_list("reference", flat=True))
    for role, person in readers.items():
        client.force_login(person)
        for address in (address for address, asked in addresses if role in asked):
            newest = AccessRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            answer = client.get(address)
            if answer.status_code != 200:
                continue
            # The example under the search box is nobody's.
            shown = set(REFERENCE.findall(answer.content.decode())) & known
            written = AccessRecord.objects.filter(user=person, pk__gt=newest, allowed=True)
            # Of no child, and on record all the same.
            written = written.exclude(child=None, page__in=("sign_list", "area_signs", "learning"))
            page = AccessRecord.objects.filter(user=person, allowed=True)
            read = set(page.values_list("child__reference", flat=True))
            assert shown <= read, (role, address)
            assert set(written.values_list("child__reference", flat=True)) <= shown, (role, address)
            if shown:
                shown_somewhere.add((role, address))
    assert {role for role, _ in shown_somewhere} == set(readers)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("role", "page", "part"),
    [
        ("worker", "today", "today_list"),
        ("duty", "duty_desk", "duty_desk_list"),
        ("manager", "manager_home", "manager_tiles"),
        ("officer", "police_home", "police_list"),
    ],
)
def test_a_list_that_refreshes_itself_is_read_once_in_a_quarter_of_an_hour(
    client: Client, watched: Watched, now: datetime, role: str, page: str, part: str
) -> None:
    person = everybody(watched)[role]
    client.force_login(person)
    for minutes in (0, 14, 16):
        with mock.patch.object(clock, "now", return_value=now + minutes * MINUTE):
            for name in (page, part):
                assert watched.child.reference in client.get(reverse(name)).content.decode()
    reads = AccessRecord.objects.filter(user=person, child=watched.child).order_by("at")
    assert list(reads.values_list("page", "at")) == [(page, now), (page, now + 16 * MINUTE)]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("role", "page", "part"), [("worker", "today", "today_list"), ("duty", "duty_desk", "duty_desk_list")]
)
def test_what_refreshes_itself_is_no_read_of_who_was_there_and_one_of_who_is_new(
    client: Client, watched: Watched, now: datetime, role: str, page: str, part: str
) -> None:
    person = everybody(watched)[role]
    client.force_login(person)
    client.get(reverse(page))
    own = AccessRecord.objects.filter(user=person, allowed=True)
    before = own.count()
    new = a_child(team=watched.team, worker=watched.worker, at=now - timedelta(hours=30))
    placed(new, watched.home)
    silent(new, at=now - timedelta(hours=2))
    sweep.sweep_all(now=now + MINUTE)
    for minutes in (14, 28):
        with mock.patch.object(clock, "now", return_value=now + minutes * MINUTE):
            client.post(reverse("session_extend"))
            shown = client.get(reverse(part), headers={"HX-Request": "true"}).content.decode()
            assert watched.child.reference in shown
            assert new.reference in shown
    assert own.count() == before + 1
    assert own.filter(child=new).count() == 1


@pytest.mark.by_turns
def test_an_open_page_of_a_child_or_an_episode_is_read_once_whatever_polls(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.worker)
    for minutes in (0, 14):
        with mock.patch.object(clock, "now", return_value=now + minutes * MINUTE):
            for name in ("child", "child_now"):
                assert client.get(reverse(name, args=[watched.child.reference])).status_code == 200
            for name in ("episode", "episode_ladder"):
                episode = f"{watched.child.reference}-M1"
                assert client.get(reverse(name, args=[episode])).status_code == 200
    reads = AccessRecord.objects.filter(user=watched.worker, child=watched.child)
    assert sorted(reads.values_list("page", flat=True)) == ["child", "episode"]


@pytest.mark.by_turns
def test_another_page_and_another_person_are_reads_of_their_own(client: Client, watched: Watched) -> None:
    for person, name in (
        (watched.worker, "child"),
        (watched.worker, "child_people"),
        (watched.manager, "child"),
    ):
        client.force_login(person)
        client.get(reverse(name, args=[watched.child.reference]))
    reads = AccessRecord.objects.filter(child=watched.child).order_by("pk").values_list("user", "page")
    assert list(reads) == [
        (watched.worker.pk, "child"),
        (watched.worker.pk, "child_people"),
        (watched.manager.pk, "child"),
    ]


@pytest.mark.by_turns(8)
def test_a_search_a_refusal_and_a_change_are_on_record_each_time(client: Client, watched: Watched) -> None:
    stranger: User = a_watched_child().worker
    for _ in range(2):
        client.force_login(watched.worker)
        client.get(f"{reverse('search')}?q={watched.child.given_name}")
        client.post(reverse("contact_new", args=[watched.child.reference]))
        client.force_login(stranger)
        client.get(reverse("child", args=[watched.child.reference]))
    reads = AccessRecord.objects.filter(child=watched.child)
    for page in ("search", "contact_new", "child"):
        assert reads.filter(page=page).count() == 2, page


@pytest.mark.by_turns
def test_what_a_list_puts_on_record_costs_the_same_for_one_child_and_for_many(
    client: Client, watched: Watched
) -> None:
    many: list[Child] = [placed(a_child(watched.authority), watched.home).child for _ in range(5)]
    client.force_login(watched.carer)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("roll_call", args=[watched.home.pk]))
    about_reads = [query["sql"] for query in asked if "cases_accessrecord" in query["sql"]]
    assert len(about_reads) == 1
    reads = AccessRecord.objects.filter(user=watched.carer, page="roll_call")
    assert set(reads.values_list("child", flat=True)) == {watched.child.pk, *(child.pk for child in many)}

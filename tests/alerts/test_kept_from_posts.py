"""A social worker or a reviewing officer from whom the child is kept does not have the post: another is asked for."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import digests, sweep, worklists
from alerts.models import Alert, AlertStep, Clock, Message
from cases import children, clock, concerns, reviewing_officers
from cases.models import KeepFrom, Role, User
from cases.reviewing_officers import Officer
from tests.alerts import papers
from tests.alerts.test_no_worker import broken
from tests.factories import AT, Watched, a_person, a_watched_child, seen

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARKED = AT + HOUR


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT)


@pytest.fixture
def officer(watched: Watched) -> User:
    """Who reviews its care."""
    found = a_person(Role.REVIEWING_OFFICER, authority=watched.authority)
    given = Officer(user=found, starts_at=AT + HOUR / 2)
    reviewing_officers.appoint(watched.child, given, by=watched.worker, at=AT + HOUR / 2)
    return found


def keep(w: Watched, person: User, *, at: datetime = MARKED) -> KeepFrom:
    return concerns.keep_from(w.child, person, reason="He said so", by=w.director, at=at)


def lift(w: Watched, mark: KeepFrom, *, at: datetime, until: datetime | None = None) -> None:
    second = {"seconded_by": w.head, "by": w.director}
    concerns.lift_keep_from(mark, reason="It was another", until=until, **second, at=at)


def due(w: Watched, **which: Any) -> datetime | None:
    row = Clock.objects.filter(child=w.child, **which).first()
    return row.due_at if row is not None else None


def steps(w: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=w.child, alert__clock__kind="no_worker")
    return list(rows.order_by("pk").values_list("step", flat=True))


WORKER = {"kind": Clock.Kind.NO_WORKER}
OFFICER = {"duty": "reviewing_officer"}


def test_duty_the_manager_and_the_head_hear_that_nobody_has_the_work_until_another_has(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert due(watched, **WORKER) is None
    keep(watched, watched.worker)
    assert due(watched, **WORKER) == MARKED
    for at, heard in (
        (MARKED, ["R1"]),
        (MARKED + 4 * HOUR, ["R1", "R2"]),
        (AT + 2 * DAY, ["R1", "R2", "R4"]),
    ):
        seen(watched.child, by=watched.carer, at=at)
        sweep.sweep_all(now=at)
        assert steps(watched) == heard
    told = Message.objects.filter(wording="duty_no_worker")
    assert {row.user_id for row in told} == {None, watched.manager.pk, watched.head.pk}
    now = AT + 2 * DAY
    assert list(worklists.unallocated(watched.manager, now=now)) == [watched.child]
    sections = [one.title for one in digests.read(watched.manager, now=now).sections]
    assert "Children without a social worker" in sections
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.manager)
    page = client.get(f"/children/{watched.child.reference}/people/").content.decode()
    assert "Social worker, has the work no longer" in page
    other = a_person(Role.SOCIAL_WORKER, team=watched.team)
    children.reassign([watched.child], team=watched.team, worker=other, by=watched.manager, at=now + HOUR)
    sweep.sweep_all(now=now + HOUR)
    assert due(watched, **WORKER) is None
    assert not Alert.objects.open().filter(clock__kind=Clock.Kind.NO_WORKER).exists()
    assert not worklists.unallocated(watched.manager, now=now + HOUR).exists()


def test_the_mark_of_another_person_leaves_the_work_with_whoever_has_it(watched: Watched) -> None:
    keep(watched, a_person(Role.SOCIAL_WORKER, team=watched.team))
    assert due(watched, **WORKER) is None


def test_it_rests_when_the_mark_is_lifted_and_begins_anew_with_its_day(watched: Watched) -> None:
    mark = keep(watched, watched.worker)
    sweep.sweep_all(now=MARKED)
    lift(watched, mark, at=MARKED + HOUR, until=MARKED + 3 * DAY)
    sweep.sweep_all(now=MARKED + HOUR)
    assert due(watched, **WORKER) is None
    assert not worklists.unallocated(watched.manager, now=MARKED + HOUR).exists()
    sweep.sweep_all(now=MARKED + 3 * DAY)
    assert due(watched, **WORKER) == MARKED + 3 * DAY


def test_the_integrity_check_finds_a_child_whose_worker_is_kept_from_it_and_nobody_heard(
    watched: Watched,
) -> None:
    keep(watched, watched.worker)
    assert broken(MARKED + DAY) == [watched.child.reference]
    sweep.sweep_all(now=MARKED + DAY)
    assert broken(MARKED + DAY) == []


def test_another_reviewing_officer_is_asked_for_and_no_page_names_the_one_who_is_kept(
    watched: Watched, officer: User
) -> None:
    assert due(watched, **OFFICER) is None
    mark = keep(watched, officer, at=AT + 10 * DAY)
    owed = due(watched, **OFFICER)
    assert owed is not None
    assert owed > AT + 10 * DAY
    assert reviewing_officers.serving(watched.child, at=AT + 10 * DAY) is None
    seen(watched.child, by=watched.carer, at=owed)
    sweep.sweep_all(now=owed)
    assert papers.steps(watched.child, "reviewing_officer") == ["R1"]
    lift(watched, mark, at=owed + HOUR)
    sweep.sweep_all(now=owed + HOUR)
    assert due(watched, **OFFICER) is None
    assert not papers.is_open(watched.child, "reviewing_officer")
    assert reviewing_officers.serving(watched.child, at=owed + HOUR) is not None


def test_another_who_is_named_ends_it(watched: Watched, officer: User) -> None:
    keep(watched, officer, at=AT + 10 * DAY)
    other = a_person(Role.REVIEWING_OFFICER, authority=watched.authority)
    given = Officer(user=other, starts_at=AT + 11 * DAY)
    reviewing_officers.appoint(watched.child, given, by=watched.worker, at=AT + 11 * DAY)
    assert due(watched, **OFFICER) is None

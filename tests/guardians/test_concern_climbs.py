"""Promises that climb in a guardian's own service: none hides another, and nobody hears two steps at once."""

from datetime import timedelta

import pytest

from alerts import concern_mails
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock
from cases.deadlines import end_of
from cases.models import Reach, Role, User
from tests.factories import Watched, a_person, a_watched_child
from tests.guardians.test_council import BY_DATE, NOW, promised, told

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OVER = end_of(BY_DATE)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def supervisor_of(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)


def head_of(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.DIRECTORATE)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_promises_with_nobody_to_tell_hide_none_behind_them(
    monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(concern_mails, "BATCH", batch)
    lonely = [promised(a_watched_child(family_name=name)) for name in ("Penrowe", "Aldersey", "Mertoun")]
    watched = a_watched_child(family_name="Harcastle")
    concern, head = promised(watched), head_of(watched)
    concern_mails.tell(now=OVER + 5 * DAY)
    assert told(concern, "head") == {head.pk}
    assert not Message.objects.filter(concern__in=lonely, step="head").exists()


def test_one_of_which_no_mail_arrives_hides_none_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concern_mails, "BATCH", 1)
    first, second = (a_watched_child(family_name=name) for name in ("Penrowe", "Harcastle"))
    failed, concern = promised(first), promised(second)
    supervisor_of(first)
    concern_mails.tell(now=NOW)
    Message.objects.filter(concern=failed, step="raised").update(status=MessageStatus.FAILED)
    assert told(concern, "raised") == set()
    late = supervisor_of(second)
    concern_mails.tell(now=NOW + HOUR)
    assert told(concern, "raised") == {late.pk}


def test_one_that_is_late_with_every_step_climbs_by_one_at_a_time() -> None:
    """As at the first tick after an upgrade, or an outage of days."""
    watched = a_watched_child()
    supervisor, head = supervisor_of(watched), head_of(watched)
    concern, late = promised(watched), OVER + 9 * DAY
    concern_mails.tell(now=OVER)
    for minutes in (0, 1, 60):
        concern_mails.tell(now=late + minutes * MINUTE)
    assert told(concern, "again") == {supervisor.pk}
    assert told(concern, "head") == set()
    for day in (1, 2):
        concern_mails.tell(now=late + day * DAY)
        assert told(concern, "head") == set()
    concern_mails.tell(now=late + 3 * DAY)
    assert told(concern, "head") == {head.pk}
    # It is late from when it was due, and that is now.
    above = Message.objects.get(concern=concern, step="head")
    assert above.owed_at == above.next_try_at == late + 3 * DAY + 7 * HOUR


def test_a_head_who_stands_in_for_the_supervisor_hears_no_two_steps_in_one_morning() -> None:
    watched = a_watched_child()
    head, concern = head_of(watched), promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 5 * DAY)
    assert (told(concern, "again"), told(concern, "head")) == ({head.pk}, set())
    concern_mails.tell(now=OVER + 8 * DAY)
    assert told(concern, "head") == {head.pk}


def test_a_step_that_reached_nobody_holds_up_none() -> None:
    watched = a_watched_child()
    supervisor_of(watched)
    head, concern = head_of(watched), promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 4 * DAY)
    Message.objects.filter(concern=concern, step="again").update(status=MessageStatus.FAILED)
    concern_mails.tell(now=OVER + 5 * DAY)
    assert told(concern, "head") == {head.pk}

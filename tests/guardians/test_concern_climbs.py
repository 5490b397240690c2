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
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
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

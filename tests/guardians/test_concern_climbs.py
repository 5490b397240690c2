"""Promises that climb in a guardian's own service: none hides another, and nobody hears two steps at once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.strategies import just

from alerts import concern_mails
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock
from cases.deadlines import end_of
from cases.models import Reach, Role, User
from guardians import council
from guardians.models import CouncilConcern
from tests.factories import Watched, a_person, a_watched_child
from tests.guardians.test_council import BY_DATE, NOW, page, promised, raised, told, where

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


@pytest.fixture
def lonely() -> list[CouncilConcern]:
    """Promises to guardians whose service has nobody to tell."""
    return [promised(a_watched_child(family_name=name)) for name in ("Penrowe", "Aldersey", "Mertoun")]


@pytest.mark.by_turns
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_promises_with_nobody_to_tell_hide_none_behind_them(
    lonely: list[CouncilConcern], monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(concern_mails, "BATCH", batch)
    watched = a_watched_child(family_name="Harcastle")
    concern, head = promised(watched), head_of(watched)
    concern_mails.tell(now=OVER + 5 * DAY)
    assert told(concern, "head") == {head.pk}
    assert not Message.objects.filter(concern__in=lonely, step="head").exists()


@pytest.mark.by_turns
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_a_head_who_stands_in_for_the_supervisor_hears_no_two_steps_in_one_morning() -> None:
    watched = a_watched_child()
    head, concern = head_of(watched), promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 5 * DAY)
    assert (told(concern, "again"), told(concern, "head")) == ({head.pk}, set())
    concern_mails.tell(now=OVER + 8 * DAY)
    assert told(concern, "head") == {head.pk}


@pytest.mark.by_turns
def test_a_step_that_reached_nobody_holds_up_none() -> None:
    watched = a_watched_child()
    supervisor_of(watched)
    head, concern = head_of(watched), promised(watched)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=OVER + 4 * DAY)
    Message.objects.filter(concern=concern, step="again").update(status=MessageStatus.FAILED)
    concern_mails.tell(now=OVER + 5 * DAY)
    assert told(concern, "head") == {head.pk}


# Raised on Monday 2 March: the tenth working day after it is Monday 16 March.
REPLY = end_of(date(2026, 3, 16))


@pytest.mark.by_turns
def test_a_concern_without_a_promised_day_climbs_after_ten_working_days_in_the_guardians_service_alone() -> (
    None
):
    watched = a_watched_child()
    supervisor, head = supervisor_of(watched), head_of(watched)
    concern = raised(watched, shared=True)
    concern_mails.tell(now=NOW)
    concern_mails.tell(now=REPLY - 2 * MINUTE)
    assert set(Message.objects.filter(concern=concern).values_list("step", flat=True)) == {"raised"}
    concern_mails.tell(now=REPLY)
    concern_mails.tell(now=REPLY + 3 * DAY - MINUTE)
    assert (told(concern, "again"), told(concern, "head")) == ({supervisor.pk}, set())
    concern_mails.tell(now=REPLY + 3 * DAY)
    concern_mails.tell(now=REPLY + 30 * DAY)
    assert told(concern, "head") == {head.pk}
    rows = Message.objects.filter(concern=concern)
    assert set(rows.values_list("user", flat=True)) == {supervisor.pk, head.pk}
    assert set(rows.exclude(step="raised").values_list("wording", flat=True)) == {"concern_unanswered"}
    assert rows.count() == 3


def steps_to(concern: CouncilConcern, reader: User) -> list[str]:
    rows = Message.objects.filter(concern=concern, user=reader).order_by("created_at", "pk")
    return list(rows.values_list("step", flat=True))


@pytest.mark.by_turns
def test_a_supervisor_who_joins_after_the_reply_day_hears_that_nobody_has_answered_and_nothing_before_it() -> (
    None
):
    watched = a_watched_child()
    concern = raised(watched)
    concern_mails.tell(now=NOW)
    concern_mails.tell(now=REPLY + HOUR)
    supervisor, late = supervisor_of(watched), REPLY + 2 * HOUR
    for minutes in (0, 1, 2, 600):
        concern_mails.tell(now=late + minutes * MINUTE)
    assert steps_to(concern, supervisor) == ["again"]


@pytest.mark.by_turns
def test_a_supervisor_who_joins_before_the_reply_day_hears_that_it_was_raised_and_then_that_it_waits() -> (
    None
):
    watched = a_watched_child()
    concern = raised(watched)
    concern_mails.tell(now=NOW)
    supervisor = supervisor_of(watched)
    concern_mails.tell(now=NOW + DAY)
    assert steps_to(concern, supervisor) == ["raised"]
    concern_mails.tell(now=REPLY)
    assert steps_to(concern, supervisor) == ["raised", "again"]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("joined", "heard"),
    [(0 * DAY, ["promise"]), (DAY, ["raised"]), (2 * DAY, ["again"]), (4 * DAY, ["again"])],
)
def test_of_a_promise_whoever_joins_late_hears_the_latest_step_alone(
    joined: timedelta, heard: list[str]
) -> None:
    watched = a_watched_child()
    concern = promised(watched)
    if joined:
        concern_mails.tell(now=OVER)
    supervisor = supervisor_of(watched)
    for minutes in (0, 1):
        concern_mails.tell(now=OVER + joined + minutes * MINUTE)
    assert steps_to(concern, supervisor) == heard
    assert told(concern, "promise") >= {watched.worker.pk, watched.manager.pk}, "the council hears as ever"


@pytest.mark.by_turns(8)
def test_whoever_heads_the_service_hears_of_what_nobody_answered_where_the_mail_before_it_was_left_out() -> (
    None
):
    watched = a_watched_child()
    concern, head = raised(watched), head_of(watched)
    supervisor = supervisor_of(watched)
    concern_mails.tell(now=REPLY)
    assert steps_to(concern, supervisor) == ["again"]
    concern_mails.tell(now=REPLY + 3 * DAY)
    assert steps_to(concern, head) == ["head"]


@pytest.mark.by_turns
def test_a_concern_that_is_closed_in_time_or_has_a_promised_day_is_asked_for_no_other_answer() -> None:
    watched, other = a_watched_child(), a_watched_child()
    supervisor_of(watched), supervisor_of(other)
    closed, later = raised(watched), promised(other)
    council.end(closed, words="A place is found", by=watched.guardian, at=NOW + DAY)
    concern_mails.tell(now=OVER)
    concern_mails.tell(now=REPLY + 30 * DAY)
    assert not Message.objects.filter(concern=closed).exists()
    assert not Message.objects.filter(concern=later, wording="concern_unanswered").exists()


@pytest.mark.by_turns
def test_the_days_of_an_answer_are_a_setting(settings: Any) -> None:
    settings.CONCERN_REPLY_WORKING_DAYS = 2
    watched = a_watched_child()
    supervisor, concern = supervisor_of(watched), raised(watched)
    concern_mails.tell(now=end_of(date(2026, 3, 4)) - 2 * MINUTE)
    assert told(concern, "again") == set()
    concern_mails.tell(now=end_of(date(2026, 3, 4)))
    assert told(concern, "again") == {supervisor.pk}


@given(at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31), timezones=just(UTC)))
@hypothesis_settings(max_examples=40, deadline=None)
def test_what_is_unanswered_is_what_was_raised_before_that_and_nothing_later(at: datetime) -> None:
    until = council.unanswered_before(at)
    assert council.reply_due(until - MINUTE) <= at < council.reply_due(until + MINUTE)


@pytest.mark.by_turns
def test_the_page_says_by_when_an_answer_is_awaited_to_the_guardian_and_not_to_the_council(
    client: Client,
) -> None:
    watched = a_watched_child()
    supervisor_of(watched)
    raised(watched, shared=True)
    words = "To be answered by 16 March 2026"
    assert words in page(client, watched.guardian, where(watched))
    assert words not in page(client, watched.worker, where(watched))

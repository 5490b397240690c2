"""Duty reads of a child past due that nobody at the placement could have looked, and who was to look instead."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import emails, staffing_words
from alerts.models import Alert, DutyTask, Message
from cases import restrictions, staffing
from cases.forms.typed import london
from cases.staffing import Staffed
from tests.alerts.test_duty_desk import silent_until
from tests.factories import a_child, placed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def mail(wording: str, at: datetime) -> str:
    message = Message.objects.filter(wording=wording, channel="mail").select_related(*emails.RELATED)[0]
    alone = emails.compose(message, now=at).text
    emails.preload([message], now=at)
    assert emails.compose(message, now=at).text == alone
    return " ".join(alone.split())


def test_duty_reads_on_row_task_and_mail_who_looks_instead_or_that_nobody_does(
    client: Client, now: datetime
) -> None:
    one = silent_until("R1", now=now, given_name="Samir")
    client.force_login(one.desk.person)
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    pages = (reverse("duty_desk"), reverse("home_seen", args=[task.pk]))

    def read() -> list[str]:
        return [client.get(page).content.decode() for page in pages]

    assert not any("Nobody where the child lives" in words for words in read())
    assert "nobody is there" not in mail("duty_no_record", now)
    staffing.say(one.placement, Staffed(presence="nobody"), by=one.worker, at=now)
    alert = Alert.objects.get(child=one.child, clock__kind="contact")
    wall = f" to {london(alert.due_at):%H:%M}). "
    for words in read():
        assert "Nobody where the child lives can call: " in words
        assert words.partition("can call: ")[2].index(wall) < 40, "the one that was missed, and no other"
        assert "Nobody else is named who looks." in words
    assert "and nobody is named who looks instead" in mail("duty_no_record", now)
    assert "nobody is there" not in mail("told_no_record", now)
    every = ("morning", "midday", "teatime", "evening", "night", "day", "interval")
    way = {"who": "Ada Quill, 01632 960119", "how": "By car", "until_date": (now + 9 * DAY).date()}
    staffing.arrange(one.placement, windows=every, **way, by=one.worker, at=now)
    for words in read():
        assert "Ada Quill, 01632 960119" in words
        assert "Nobody else is named" not in words
    told = mail("duty_no_record", now)
    assert "who looks instead is on the desk" in told
    assert "Ada Quill" not in told
    restrictions.restrict(one.child, reason="A threat", named=[one.worker], by=one.manager, at=now)
    assert "nobody is there" not in mail("duty_no_record", now)


def test_as_much_is_asked_of_many_as_of_one(now: datetime) -> None:
    one = silent_until("R1", now=now)
    staffing.say(one.placement, Staffed(presence="nobody"), by=one.worker, at=now)
    ids = [one.child.pk]
    costs = []
    for _turn in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert set(staffing_words.of_late(dict.fromkeys(ids, now), at=now)) == set(ids)
        costs.append(len(asked))
        for _number in range(3):
            other = a_child(one.authority, team=one.team, worker=one.worker, at=now - DAY)
            row = placed(other, one.home, by=one.worker, starts_at=now - DAY, at=now - DAY)
            staffing.say(row, Staffed(presence="nobody"), by=one.worker, at=now)
            ids.append(other.pk)
    assert costs[0] == costs[1]

"""Duty reads of a child past due that nobody at the placement could have looked, and who was to look instead."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from alerts import emails, staffing_words
from alerts.models import Alert, DutyTask, Message
from cases import restrictions, staffing
from cases.staffing import Staffed
from cases.templatetags.govuk import gov_clock
from tests.alerts.test_duty_desk import climb, silent_until
from tests.factories import Watched, a_child, a_home, a_watched_child, placed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def mail(wording: str, at: datetime) -> str:
    message = Message.objects.filter(wording=wording, channel="mail").select_related(*emails.RELATED)[0]
    alone = emails.compose(message, now=at).text
    emails.preload([message], now=at)
    assert emails.compose(message, now=at).text == alone
    return " ".join(alone.split())


def late_child(now: datetime, **said: Any) -> Watched:
    """A child whose roll-call closed a moment before `now`; what was said of its placement stood from the first day."""
    one = a_watched_child(at=now - 3 * DAY, given_name="Samir")
    if said:
        staffing.say(one.placement, Staffed(**said), by=one.worker, at=now - 3 * DAY)
    climb(one, "R1", now=now)
    return one


def rows(client: Client, one: Watched) -> list[str]:
    client.force_login(one.desk.person)
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    return [
        strip_tags(client.get(page).content.decode())
        for page in (reverse("duty_desk"), reverse("home_seen", args=[task.pk]))
    ]


@pytest.mark.by_turns
def test_what_is_said_after_the_roll_call_says_nothing_of_it(client: Client, now: datetime) -> None:
    one = late_child(now)
    staffing.say(one.placement, Staffed(presence="nobody"), by=one.worker, at=now)
    assert not any("Nobody where the child" in words for words in rows(client, one)), (
        "nobody had said it by then"
    )
    assert "nobody is there" not in mail("duty_no_record", now)


@pytest.mark.by_turns(8)
def test_what_was_said_by_then_stays_though_it_is_said_anew_or_the_child_has_moved(
    client: Client, now: datetime
) -> None:
    one = late_child(now, presence="nobody")
    staffing.say(one.placement, Staffed(presence="always"), by=one.worker, at=now)
    assert all("Nobody where the child lives can call: " in words for words in rows(client, one))
    new = placed(one.child, a_home(one.authority), by=one.worker, starts_at=now, at=now)
    staffing.say(new, Staffed(presence="visits", visits_a_week=1), by=one.worker, at=now)
    due_at = Alert.objects.get(child=one.child, clock__kind="contact").due_at
    words = staffing_words.of_late({one.child.pk: due_at}, at=now)[one.child.pk]
    assert words.startswith("Nobody could call where the child lived then: ")
    assert "Nobody else" not in words


def test_of_where_nobody_had_said_it_nothing_is_said_for_another_placement(now: datetime) -> None:
    one = late_child(now)
    new = placed(one.child, a_home(one.authority), by=one.worker, starts_at=now, at=now)
    staffing.say(new, Staffed(presence="nobody"), by=one.worker, at=now)
    due_at = Alert.objects.get(child=one.child, clock__kind="contact").due_at
    assert staffing_words.of_late({one.child.pk: due_at}, at=now) == {}
    assert one.child.pk in staffing_words.of_late({one.child.pk: now + DAY}, at=now + DAY)


@pytest.mark.by_turns(8)
def test_duty_reads_on_row_task_and_mail_who_looks_instead_or_that_nobody_does(
    client: Client, now: datetime
) -> None:
    one = late_child(now, presence="nobody")
    alert = Alert.objects.get(child=one.child, clock__kind="contact")
    wall = f" to {gov_clock(alert.due_at)}). "
    for words in rows(client, one):
        assert "Nobody where the child lives can call: " in words
        assert words.partition("can call: ")[2].index(wall) < 40, "the one that was missed, and no other"
        assert "Nobody else is named who looks." in words
    assert "and nobody is named who looks instead" in mail("duty_no_record", now)
    assert "nobody is there" not in mail("told_no_record", now)
    every = ("morning", "midday", "teatime", "evening", "night", "day", "interval")
    way = {"who": "Ada Quill, 01632 960119", "how": "By car", "until_date": (now + 9 * DAY).date()}
    staffing.arrange(one.placement, windows=every, **way, by=one.worker, at=now)
    for words in rows(client, one):
        assert "Ada Quill, 01632 960119" in words
        assert "Nobody else is named" not in words
    told = mail("duty_no_record", now)
    assert "who looks instead is on the desk" in told
    assert "Ada Quill" not in told
    restrictions.restrict(one.child, reason="A threat", named=[one.worker], by=one.manager, at=now)
    assert "nobody is there" not in mail("duty_no_record", now)


@pytest.mark.by_turns
def test_as_much_is_asked_of_many_as_of_one(now: datetime) -> None:
    one = silent_until("R1", now=now)
    staffing.say(one.placement, Staffed(presence="nobody"), by=one.worker, at=now)
    late = now + DAY
    ids = [one.child.pk]
    costs = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert set(staffing_words.of_late(dict.fromkeys(ids, late), at=late)) == set(ids)
        costs.append(len(asked))
        for _number in range(3):
            other = a_child(one.authority, team=one.team, worker=one.worker, at=now - DAY)
            row = placed(other, one.home, by=one.worker, starts_at=now - DAY, at=now - DAY)
            staffing.say(row, Staffed(presence="nobody"), by=one.worker, at=now)
            ids.append(other.pk)
    assert costs[0] == costs[1]


@pytest.mark.by_turns
def test_a_batch_of_mails_asks_as_much_as_one_of_them(now: datetime) -> None:
    for _number in range(3):
        other = a_watched_child(at=now - 3 * DAY)
        staffing.say(other.placement, Staffed(presence="nobody"), by=other.worker, at=now - 3 * DAY)
    late_child(now, presence="nobody")
    costs = []
    for most in (1, 4):
        found = Message.objects.filter(wording="duty_no_record", channel="mail")
        batch = list(found.select_related(*emails.RELATED).order_by("created_at", "pk")[:most])
        # As whoever claims them reads what they tell of.
        for message in batch:
            message.known_items = list(message.items.select_related("alert__child", "alert__clock"))
        assert len(batch) == most
        with CaptureQueriesContext(connection) as asked:
            emails.preload(batch, now=now)
            texts = [" ".join(emails.compose(message, now=now).text.split()) for message in batch]
        assert all("and nobody is named who looks instead" in text for text in texts)
        costs.append(len(asked))
    assert costs[0] == costs[1]

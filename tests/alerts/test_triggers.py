"""Somebody came, or a day to watch for: the closer watch begins at once, and duty is told until somebody answers."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep, watching
from alerts.emails.composition import compose
from alerts.models import Alert, Clock, Message
from cases import clock, triggers
from cases.models import Trigger
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when
from tests.factories import AT, Watched, a_child, a_watched_child, placed, seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Long after the first thirty days, so that the ordinary row alone is on.
BEFORE = AT - timedelta(days=60)
NOW = AT + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=BEFORE, given_name="Yonas")
    seen(found.child, by=found.carer, at=NOW - HOUR)
    seen(found.child, by=found.worker, at=NOW - HOUR / 2)
    return found


def rows_at(watched: Watched, at: datetime) -> set[str]:
    applies = watching.watch([watched.child.pk], at=at)[watched.child.pk].applies
    return {a.row.key for a in applies if a.starts_at <= at and (a.ends_at is None or at < a.ends_at)}


def came(watched: Watched, *others, at: datetime = NOW, **fields) -> list[Trigger]:
    said = {
        "kind": "approach",
        "happens_at": at,
        "note": "A man waited at the gate",
        "by": watched.carer,
        "at": at,
    }
    return triggers.record([watched.child, *others], **(said | fields))


def told() -> list[tuple[str, str]]:
    return sorted(
        set(Message.objects.filter(items__alert__clock__kind="approach").values_list("post", "channel"))
    )


def test_for_72_hours_the_child_is_watched_as_in_the_first_30_days(watched: Watched) -> None:
    assert "first_30_days" not in rows_at(watched, NOW)
    came(watched)
    assert "first_30_days" in rows_at(watched, NOW)
    assert "first_30_days" in rows_at(watched, NOW + 71 * HOUR)
    assert "first_30_days" not in rows_at(watched, NOW + 73 * HOUR)


def test_what_is_entered_of_the_past_makes_nothing_owed_before_it_was_known(watched: Watched) -> None:
    came(watched, happens_at=NOW - 60 * HOUR)
    assert Clock.objects.get(child=watched.child, kind="contact").due_at > NOW
    sweep.sweep_all(now=NOW)
    assert not Alert.objects.open().filter(child=watched.child, clock__kind="contact").exists()


def test_duty_and_worker_are_told_at_once_and_until_somebody_says_what_was_done(watched: Watched) -> None:
    (trigger,) = came(watched)
    sweep.sweep_all(now=NOW)
    assert told() == [("duty", "mail"), ("duty", "text"), ("worker", "mail")]
    triggers.answer(trigger, answer="Rang the police, he has gone", by=watched.worker, at=NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert not Alert.objects.open().filter(clock__kind="approach").exists()
    with pytest.raises(IllegalMove, match="answered this already"):
        triggers.answer(trigger, answer="Again", by=watched.worker, at=NOW + HOUR)


def test_the_desk_shows_who_came_until_somebody_says_what_was_done(client: Client, watched: Watched) -> None:
    client.force_login(watched.desk.person)
    desk = reverse("duty_desk")
    assert "Somebody came, rang or waited" not in client.get(desk).content.decode()
    (trigger,) = came(watched, note="A man at the gate asked for him", vehicle="grey Audi")
    page = client.get(desk).content.decode()
    where = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    assert "A man at the gate asked for him" in page
    assert f'href="{where}"' in page
    assert "1 visitor or caller" in page
    assert "asked for him – grey Audi" in page
    assert "asked for him – grey Audi" in client.get(where).content.decode()
    client.post(where, {"answer": "Rang the police, he has gone"})
    assert "Somebody came, rang or waited" not in client.get(desk).content.decode()


def test_the_mail_about_who_came_leads_to_the_child_and_calls_nothing_owed(watched: Watched) -> None:
    came(watched)
    sweep.sweep_all(now=NOW)
    mails = Message.objects.filter(items__alert__clock__kind="approach", channel="mail")
    assert len(mails) == 2
    for mail in mails:
        text = compose(mail, now=NOW).text
        assert reverse("child", args=[watched.child.reference]) in text
        assert "entered at" in text
        assert "owed by" not in text


def test_a_day_to_watch_for_tells_nobody_and_begins_72_hours_before(watched: Watched) -> None:
    came(watched, kind="age", happens_at=NOW + 100 * HOUR, note="Age decision expected")
    sweep.sweep_all(now=NOW)
    assert told() == []
    assert "first_30_days" not in rows_at(watched, NOW + 27 * HOUR)
    assert "first_30_days" in rows_at(watched, NOW + 29 * HOUR)


def test_a_trigger_needs_words_and_a_time_that_matters(watched: Watched) -> None:
    for fields, words in (
        ({"note": " "}, "Enter what happened"),
        ({"happens_at": NOW - 80 * HOUR}, "more than 72 hours ago"),
        ({"happens_at": NOW + HOUR}, "now or in the past"),
        ({"kind": "move", "happens_at": NOW + timedelta(days=400)}, "less than a year"),
    ):
        with pytest.raises(IllegalMove, match=words):
            came(watched, **fields)
    assert not Trigger.objects.exists()


def test_staff_enter_it_for_the_whole_house_and_the_same_form_twice_is_once(
    client: Client, watched: Watched
) -> None:
    other = placed(a_child(watched.authority, at=BEFORE), watched.home, at=BEFORE).child
    far = a_watched_child(at=BEFORE)
    client.force_login(watched.carer)
    assert "Visitor" in client.get(reverse("roll_call", args=[watched.home.pk])).content.decode()
    where = reverse("trigger_new", args=[watched.child.reference])
    given = {"kind": "approach", "note": "A grey van at night", "vehicle": "Grey van, AB12 CDE"}
    given |= {"happens_at_when": "now", "whole_house": "on", "once": str(uuid.uuid4())}
    assert client.post(where, given | {"note": ""}).status_code == 422
    for _again in range(2):
        answer = client.post(where, given)
        assert answer.status_code == 302, answer.content.decode()
    assert set(Trigger.objects.values_list("child", flat=True)) == {watched.child.pk, other.pk}
    assert far.child.pk not in set(Trigger.objects.values_list("child", flat=True))
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "A grey van at night" in page
    assert "Say what was done" in page


def test_a_day_to_come_is_entered_on_the_page_and_somebody_who_came_is_not_of_tomorrow(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    where = reverse("trigger_new", args=[watched.child.reference])
    assert "At another time, also to come" in client.get(where).content.decode()
    day = NOW + timedelta(days=9)
    given = {"note": "Interview in Liverpool", "happens_at_when": "earlier", "happens_at_time": "10am"}
    given |= {"happens_at_day": day.day, "happens_at_month": day.month, "happens_at_year": day.year}
    refused = client.post(where, given | {"kind": "approach", "once": str(uuid.uuid4())})
    assert "must be now or in the past" in refused.content.decode()
    page = client.post(where, given | {"kind": "home_office", "once": str(uuid.uuid4())}, follow=True)
    (entered,) = Trigger.objects.all()
    assert entered.happens_at.date() == day.date()
    begins = gov_when(entered.happens_at - timedelta(hours=72), NOW)
    assert f"The closer watch begins at {begins}." in page.content.decode()


def test_who_may_enter_and_who_may_answer(client: Client, watched: Watched) -> None:
    (trigger,) = came(watched)
    new = reverse("trigger_new", args=[watched.child.reference])
    done = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    stranger = a_watched_child(at=BEFORE)
    for person, may_enter, may_answer in (
        (watched.guardian, 200, 404),
        (watched.carer, 200, 404),
        (watched.worker, 200, 200),
        (stranger.worker, 404, 404),
        (watched.officer, 404, 404),
    ):
        client.force_login(person)
        assert (client.get(new).status_code, client.get(done).status_code) == (may_enter, may_answer)
    client.force_login(watched.worker)
    assert client.post(done, {"answer": ""}).status_code == 422
    assert client.post(done, {"answer": "Rang the police"}).status_code == 302
    trigger.refresh_from_db()
    assert (trigger.answer, trigger.answered_by) == ("Rang the police", watched.worker)

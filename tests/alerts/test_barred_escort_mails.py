"""Word that an escort is not to take the child: to duty, worker and manager, of each mark, until a person has it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import channels, delivery, duty_tasks, emails, integrity, journey_mails, second_calls
from alerts.models import DutyTask, Message
from alerts.states import MessageStatus
from cases import clock, concerns, mergers, responsibilities
from cases.models import Journey, KeepFrom, Responsibility, Team, User
from tests import factories
from tests.factories import AT, DutyDesk, Watched

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DEPARTS = AT + 29 * HOUR
NOW = DEPARTS + 10 * MINUTE


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def journey(watched: Watched) -> Journey:
    made = factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE)
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    return made


def barred(watched: Watched, name: str = "Owen Tasker") -> User:
    person = factories.a_person("placement_staff", home=factories.a_home(watched.authority), name=name)
    concerns.keep_from(watched.child, person, reason="An allegation", by=watched.manager, at=NOW)
    return person


def rows():
    return Message.objects.filter(wording="journey_barred")


def test_whoever_is_not_reached_about_an_escort_is_on_the_desk_to_be_phoned(
    client: Client, monkeypatch, watched: Watched, journey: Journey
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    barred(watched)
    journey_mails.tell(now=NOW)
    rows().update(status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    assert rows().exists()
    for row in rows():
        assert delivery.bounce(row.pk, "no such mailbox", at=NOW)
    journey_mails.tell(now=NOW)
    assert set(DutyTask.objects.values_list("message", "authority", "kind")) == {
        (row.pk, watched.authority.pk, "phone_them") for row in rows()
    }
    assert not list(integrity._failures_without_task(NOW))
    client.force_login(watched.desk.person)
    page = client.get(reverse("duty_desk")).content.decode()
    for words in ("Phone them now", watched.worker.name, "Social worker", "Team manager"):
        assert words in page
    assert "An allegation" not in page
    assert "barred_" not in page
    task = DutyTask.objects.get(message__user=watched.worker)
    where = reverse("task_done", args=[task.pk])
    assert watched.child.reference in client.get(where).content.decode()
    client.force_login(factories.somebody())
    assert client.get(where).status_code in (403, 404)
    # Once the journey is over there is nothing to phone about.
    factories.confirmed(journey, 2, by=watched.worker, at=NOW)
    client.force_login(watched.desk.person)
    assert "Phone them now" not in client.get(reverse("duty_desk")).content.decode()


def undelivered(watched: Watched) -> int:
    """How many calls the desk has of the word of an escort that reached nobody."""
    barred(watched)
    journey_mails.tell(now=NOW)
    rows().update(status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    for row in rows():
        delivery.bounce(row.pk, "no such mailbox", at=NOW)
    return DutyTask.objects.filter(kind="phone_them").count()


def test_a_call_about_an_escort_that_nobody_takes_rings_the_second_person_once_by_text(
    watched: Watched, journey: Journey
) -> None:
    calls = undelivered(watched)
    assert calls > 1
    (due,) = set(DutyTask.objects.values_list("next_at", flat=True))
    assert due is not None
    assert NOW < due <= NOW + 15 * MINUTE
    assert second_calls.ring_second(now=due - timedelta(seconds=1)) == 0
    assert second_calls.ring_second(now=due) == calls
    (text,) = Message.objects.filter(wording="second_person")
    assert (text.channel, text.phone) == ("text", watched.desk.shift.second_phone)
    assert (text.journey, text.owed_at, text.authority) == (journey, due, watched.authority)
    said = emails.compose_text(text, now=due)
    assert f"{calls} duty tasks are not taken, and you are second" in said
    assert "Tasker" not in said
    assert watched.child.given_name not in said
    assert second_calls.ring_second(now=due + HOUR) == 0


def test_one_that_is_taken_or_whose_journey_is_over_rings_nobody(watched: Watched, journey: Journey) -> None:
    undelivered(watched)
    for task in DutyTask.objects.all():
        duty_tasks.take(task, by=watched.desk.person, at=NOW)
    second_calls.ring_second(now=NOW + HOUR - MINUTE)
    DutyTask.objects.update(taken_at=None, taken_by=None, next_at=NOW)
    factories.confirmed(journey, 2, by=watched.worker, at=NOW)
    second_calls.ring_second(now=NOW + HOUR)
    assert not Message.objects.filter(wording="second_person").exists()


def test_calls_that_somebody_took_and_does_not_finish_are_one_text_to_whoever_is_second(
    watched: Watched, journey: Journey
) -> None:
    calls = undelivered(watched)
    for task in DutyTask.objects.all():
        duty_tasks.take(task, by=watched.desk.person, at=NOW)
    assert second_calls.ring_second(now=NOW + HOUR) == calls
    (text,) = Message.objects.filter(wording="second_person")
    assert f"{calls} duty tasks were taken and not finished" in emails.compose_text(text, now=NOW + HOUR)
    assert not DutyTask.objects.filter(taken_at__isnull=False).exists()


def test_where_nobody_is_second_the_manager_hears_and_never_one_from_whom_the_child_is_kept(
    watched: Watched, journey: Journey
) -> None:
    undelivered(watched)
    factories.end_shift(watched.desk)
    Team.objects.update(second_phone="")
    reason = {"reason": "Another", "by": watched.worker}
    concerns.keep_from(watched.child, watched.manager, **reason, at=NOW)
    second_calls.ring_second(now=NOW + HOUR)
    told = set(Message.objects.filter(wording="second_person").values_list("post", "user"))
    assert told
    assert {post for post, _user in told} <= {"manager", "head"}
    assert watched.manager.pk not in {user for _post, user in told}
    mail = Message.objects.get(wording="second_person", channel="mail")
    composed = emails.compose(mail, now=NOW + HOUR)
    assert watched.child.reference in composed.subject
    assert "nobody is second" in composed.text.lower()


def test_a_dead_gateway_breeds_no_calls_about_the_text_to_the_second_person(
    watched: Watched, journey: Journey
) -> None:
    calls = undelivered(watched)
    second_calls.ring_second(now=NOW + HOUR)
    text = Message.objects.get(wording="second_person")
    Message.objects.filter(pk=text.pk).update(status=MessageStatus.SENT, sent_at=NOW + HOUR, attempts=1)
    assert delivery.bounce(text.pk, "gateway down", at=NOW + HOUR)
    assert DutyTask.objects.count() == calls
    assert second_calls.ring_second(now=NOW + 2 * HOUR) == 0
    assert not list(integrity._failures_without_task(NOW + HOUR))


def test_nobody_from_whom_the_child_is_kept_reads_the_call(
    client: Client, monkeypatch, watched: Watched, journey: Journey
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    barred(watched)
    journey_mails.tell(now=NOW)
    rows().update(status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    for row in rows():
        delivery.bounce(row.pk, "no such mailbox", at=NOW)
    task = DutyTask.objects.get(message__user=watched.worker)
    reason = {"reason": "Another", "by": watched.manager}
    concerns.keep_from(watched.child, watched.desk.person, **reason, at=NOW)
    client.force_login(watched.desk.person)
    assert "Phone them now" not in client.get(reverse("duty_desk")).content.decode()
    assert client.get(reverse("task_done", args=[task.pk])).status_code == 404


def test_a_refusal_of_word_of_an_escort_that_nobody_phones_about_is_a_broken_promise(
    watched: Watched, journey: Journey
) -> None:
    barred(watched)
    journey_mails.tell(now=NOW)
    row = rows()[0]
    Message.objects.filter(pk=row.pk).update(status=MessageStatus.FAILED)
    assert list(integrity._failures_without_task(NOW)) == [str(row.pk)]


def test_duty_is_told_though_whoever_was_there_has_left_and_the_others_know(
    watched: Watched, journey: Journey
) -> None:
    barred(watched)
    journey_mails.tell(now=NOW)
    rows().update(status=MessageStatus.SENT, sent_at=NOW)
    of_duty = list(rows().filter(post="barred_duty"))
    for row in of_duty:
        left = {"status": MessageStatus.CANCELLED, "sent_at": None, "recipient": f"{row.recipient} left"}
        Message.objects.filter(pk=row.pk).update(**left)
    for _ in range(2):
        journey_mails.tell(now=NOW + MINUTE)
    fresh = rows().filter(status=MessageStatus.QUEUED)
    assert set(fresh.values_list("recipient", flat=True)) == {row.recipient for row in of_duty}


def told() -> set[tuple[str, str]]:
    return set(rows().values_list("step", "recipient"))


def test_a_mark_on_the_second_escort_is_told_though_one_on_the_first_was(
    watched: Watched, journey: Journey
) -> None:
    barred(watched, "Petra Lindqvist")
    assert journey_mails.tell(now=NOW) == 1
    first = told()
    assert first
    barred(watched)
    assert journey_mails.tell(now=NOW + MINUTE) == 1
    assert {reader for _step, reader in told() - first} == {reader for _step, reader in first}
    assert journey_mails.tell(now=NOW + MINUTE) == 0
    assert len(told()) == 2 * len(first)


def test_a_mark_that_was_lifted_and_is_set_anew_is_told_anew(watched: Watched, journey: Journey) -> None:
    person = barred(watched)
    journey_mails.tell(now=NOW)
    first = told()
    lifted = {"reason": "Unfounded", "seconded_by": factories.somebody(), "by": watched.manager}
    concerns.lift_keep_from(KeepFrom.objects.get(user=person), **lifted, at=NOW + MINUTE)
    assert journey_mails.tell(now=NOW + MINUTE) == 0
    reason = {"reason": "Another allegation", "by": watched.manager}
    concerns.keep_from(watched.child, person, **reason, at=NOW + 2 * MINUTE)
    journey_mails.tell(now=NOW + 2 * MINUTE)
    assert len(told()) == 2 * len(first)


def test_marks_that_are_told_to_nobody_stand_before_no_other(monkeypatch, watched: Watched, journey) -> None:
    monkeypatch.setattr(journey_mails, "BATCH", 1)
    for name in ("Ines Harcastle", "Yara Penrowe", "Owen Tasker"):
        barred(watched, name)
    assert journey_mails.tell(now=NOW) == 1
    mark = KeepFrom.objects.get(user__name="Owen Tasker")
    begun = Responsibility.objects.get(child=watched.child)
    assert {step for step, _reader in told()} == {f"barred:{mark.pk}:{begun.pk}"}


def moved(watched: Watched) -> DutyDesk:
    """Another authority is responsible from now on, in mid-journey; its desk."""
    desk = factories.a_duty_desk(factories.an_authority())
    at = NOW + HOUR
    responsibilities.start(watched.child, authority=desk.team.authority, by=watched.manager, at=at)
    return desk


def test_the_desk_that_becomes_responsible_in_mid_journey_is_told_and_the_one_before_rings_nobody_any_more(
    client: Client, monkeypatch, watched: Watched, journey: Journey
) -> None:
    calls = undelivered(watched)
    before = told()
    desk = moved(watched)
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    ended = DutyTask.objects.filter(answer="Another authority is responsible now", done_at=NOW + HOUR)
    assert ended.filter(authority=watched.authority, next_at=None).count() == calls
    assert not DutyTask.objects.open().exists()
    assert journey_mails.tell(now=NOW + HOUR) == 1
    fresh = rows().filter(status=MessageStatus.QUEUED)
    assert {row.authority for row in fresh} == {desk.team.authority}
    assert {(row.channel, row.post) for row in fresh} >= {("text", "barred_duty"), ("mail", "barred_duty")}
    assert desk.shift.phone in {row.phone for row in fresh}
    assert len(told()) == len(before) + fresh.count()
    # Once, and the second person of the desk before is not rung about calls that are nobody's there.
    assert journey_mails.tell(now=NOW + HOUR) == 0
    second_calls.ring_second(now=NOW + 2 * HOUR)
    assert not Message.objects.filter(wording="second_person").exists()
    # Who is not reached there is phoned by that desk.
    row = fresh.get(channel="text")
    Message.objects.filter(pk=row.pk).update(status=MessageStatus.SENT, sent_at=NOW + HOUR, attempts=1)
    assert delivery.bounce(row.pk, "no such number", at=NOW + HOUR)
    assert DutyTask.objects.open().get().authority == desk.team.authority
    for person, sees in ((desk.person, True), (watched.desk.person, False)):
        client.force_login(person)
        page = client.get(reverse("duty_desk")).content.decode()
        assert ("Phone them now" in page) is sees, person
        assert "An allegation" not in page


def test_what_is_not_sent_yet_goes_to_nobody_who_is_responsible_no_more(
    monkeypatch, watched: Watched, journey: Journey
) -> None:
    monkeypatch.setattr(channels.MailChannel, "send", lambda _self, _mail: "250 taken")
    monkeypatch.setattr(channels, "post_webhook", lambda _payload, *, at: "200")
    barred(watched)
    journey_mails.tell(now=NOW)
    desk = moved(watched)
    journey_mails.tell(now=NOW + HOUR)
    delivery.deliver(clock=lambda: NOW + HOUR)
    status = set(rows().values_list("authority", "status"))
    assert status == {(watched.authority.pk, "cancelled"), (desk.team.authority.pk, "sent")}


def test_a_child_who_comes_back_in_mid_journey_is_told_of_anew(watched: Watched, journey: Journey) -> None:
    undelivered(watched)
    moved(watched)
    journey_mails.tell(now=NOW + HOUR)
    back = NOW + 2 * HOUR
    responsibilities.start(watched.child, authority=watched.authority, by=watched.manager, at=back)
    assert journey_mails.tell(now=back) == 1
    assert set(rows().filter(owed_at=back).values_list("authority", flat=True)) == {watched.authority.pk}
    assert journey_mails.tell(now=back) == 0


def test_after_a_merger_the_successor_is_told_and_the_calls_of_before_end(
    watched: Watched, journey: Journey
) -> None:
    calls = undelivered(watched)
    successor = factories.an_authority()
    mergers.move(watched.authority, successor, by=None, at=NOW + HOUR)
    ended = DutyTask.objects.filter(answer="Another authority is responsible now")
    assert ended.count() == calls
    assert journey_mails.tell(now=NOW + HOUR) == 1
    fresh = rows().filter(owed_at=NOW + HOUR)
    assert {row.authority for row in fresh} == {successor}

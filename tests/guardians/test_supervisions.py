"""Supervision of guardians in their own service: recorded by who leads it, read by nobody of the council, and owed by a day."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import restores, sending, supervision_mails, tasks, watchdog
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, concerns, episodes
from cases.deadlines import add_days
from cases.models import Event, GuardianService, Reach, Role, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from config.celery import app
from guardians import assignments, sittings, supervisions
from guardians.models import GuardianDiscussion, GuardianDiscussionWithdrawal, GuardianSupervision
from guardians.supervisions import Held
from tests.alerts.outgoing import Out, catch, send_all
from tests.cases.expectations import events, refused
from tests.counts import a_third, counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_service,
    a_watched_child,
    case_closed,
    ended,
    guarded,
    missing,
)
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
# The child has had its guardian since AT, a Monday at nine: four weeks later.
DUE = datetime.fromisoformat("2026-03-30T09:00+01:00")
SAID = "He asks who decides about his school, and does not sleep"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


def leading(watched: Watched, reach: str = Reach.SERVICE) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach=reach)


@pytest.fixture
def lead(watched: Watched) -> User:
    return leading(watched)


def held(watched: Watched, **given: Any) -> Held:
    said = {"held_at": NOW, "next_date": date(2026, 3, 30), "said": {watched.child.pk: SAID}}
    return Held(**(said | given))


def recorded(watched: Watched, by: User, *, at: datetime = NOW, **given: Any) -> GuardianSupervision:
    given.setdefault("held_at", at)
    given.setdefault("next_date", (at + 28 * DAY).date())
    service = watched.assignment.service
    return supervisions.record(watched.guardian, service, held(watched, **given), by=by, at=at)


def due_at(watched: Watched, now: datetime = NOW) -> datetime:
    (wait,) = sittings.of([watched.assignment], now=now)
    return wait.due_at


def test_it_is_one_event_without_words_and_the_same_form_is_one_row(watched: Watched, lead: User) -> None:
    key = uuid.uuid4()
    with events(watched.child, "guardian_supervised") as written:
        row = recorded(watched, lead, key=key)
    assert SAID not in str(written[0].__dict__)
    with events(watched.child):
        assert recorded(watched, lead, key=key, held_at=NOW) == row
        with pytest.raises(SentBefore):
            recorded(watched, lead, key=key, said={watched.child.pk: "Something else"})
    with refused(watched.child, "This form was sent for another guardian."):
        recorded(watched, leading(watched), key=key)
    assert GuardianSupervision.objects.count() == 1


@pytest.mark.by_turns(8)
def test_nobody_but_who_leads_the_service_records_it_and_of_no_child_but_the_guardians(
    watched: Watched, lead: User
) -> None:
    only = "Guardians are supervised by who leads their service."
    elsewhere = a_person(Role.GUARDIAN, service=a_service(), reach=Reach.SERVICE)
    colleague = a_person(Role.GUARDIAN, service=watched.assignment.service)
    for person in (watched.manager, watched.worker, elsewhere, colleague):
        with refused(watched.child, only):
            recorded(watched, person)
    with refused(watched.child, "Nobody supervises themselves."):
        recorded(watched, watched.guardian)
    other = a_child(given_name="Nahom")
    for given, words in (
        ({"held_at": NOW + HOUR}, "The time of the supervision must be now or in the past."),
        ({"next_date": NOW.date()}, "The next supervision must be after this one."),
        ({"said": {watched.child.pk: "  "}}, "Enter what was discussed of a child."),
        ({"said": {other.pk: SAID}}, f"The guardian does not watch over {other.reference} any more."),
    ):
        with refused(watched.child, words):
            recorded(watched, lead, **given)
    concerns.keep_from(watched.child, lead, reason="x", by=watched.manager, at=NOW)
    with refused(watched.child, f"The guardian does not watch over {watched.child.reference} any more."):
        recorded(watched, lead)
    case_closed(watched.child, reason="Moved abroad", at=NOW)
    assert not GuardianSupervision.objects.exists()


def test_postgresql_keeps_what_was_said(watched: Watched, lead: User) -> None:
    row = recorded(watched, lead)
    one = row.discussions.get()
    for change in (
        lambda: GuardianDiscussion.objects.filter(pk=one.pk).update(discussed="x"),
        lambda: GuardianSupervision.objects.filter(pk=row.pk).update(held_at=AT),
        lambda: GuardianDiscussion.objects.filter(pk=one.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    wrong = {"service": row.service, "next_date": row.next_date, "recorded_at": NOW}
    for fields, name in (
        ({"guardian": lead, "held_by": lead, "held_at": NOW}, "guardian_supervision_by_another"),
        ({"guardian": watched.guardian, "held_by": lead, "held_at": NOW + HOUR}, "not_ahead"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            GuardianSupervision.objects.create(**wrong, **fields)


def where(name: str, watched: Watched, *args: Any) -> str:
    return reverse(name, args=[watched.child.reference, *args])


def new(watched: Watched) -> str:
    return reverse("service_supervision_new", args=[watched.assignment.service_id, watched.guardian.pk])


@pytest.mark.by_turns(8)
def test_the_guardian_and_who_leads_the_service_read_it_and_nobody_of_the_council_or_elsewhere(
    client: Client, watched: Watched, lead: User
) -> None:
    row = recorded(watched, lead)
    page = where("guardian_discussions", watched)
    withdraw = where("guardian_discussion_withdraw", watched, row.discussions.get().pk)
    head = leading(watched, Reach.DIRECTORATE)
    for reader, leads in ((watched.guardian, False), (lead, True), (head, True)):
        client.force_login(reader)
        answer = client.get(page)
        assert answer.status_code == 200
        assert SAID in answer.content.decode()
        assert (withdraw in answer.content.decode()) is leads
        assert client.get(withdraw).status_code == (200 if leads else 404)
    second = a_person(Role.GUARDIAN, service=watched.assignment.service)
    guarded(watched.child, second, lead=False, at=NOW)
    client.force_login(second)
    assert SAID not in client.get(page).content.decode(), "it was said with another guardian"
    elsewhere = a_person(Role.GUARDIAN, service=a_service(), reach=Reach.SERVICE)
    council = (watched.worker, watched.manager, watched.head, watched.desk.person)
    for reader in (*council, watched.carer, watched.officer, elsewhere):
        client.force_login(reader)
        paths = (page, withdraw, new(watched), reverse("service_supervision"))
        for path in a_third(paths, council.index(reader) if reader in council else reader == elsewhere):
            answer = client.get(path)
            assert SAID not in answer.content.decode()
            if reader != elsewhere or path != reverse("service_supervision"):
                assert answer.status_code in (403, 404), (reader, path)
    stories = ("child", "child_timeline", "child_supervisions")
    for number, reader in enumerate(council[:3]):
        client.force_login(reader)
        # In each run one of them, another by each.
        for name in counts(stories[number : number + 1], stories):
            shown = client.get(where(name, watched)).content.decode()
            assert SAID not in shown
            assert "guardian_supervised" not in shown


@pytest.mark.by_turns(8)
def test_who_leads_sees_who_waits_records_it_on_the_page_and_withdraws_what_was_of_another(
    client: Client, watched: Watched, lead: User
) -> None:
    client.force_login(lead)
    assert reverse("service_supervision") in client.get(reverse("service_home")).content.decode()
    queue = client.get(reverse("service_supervision")).content.decode()
    assert new(watched) in queue
    assert "Tarekiel" in queue
    form = client.get(new(watched)).context["form"]
    said = f"said_{watched.child.reference}"
    typed = {"once": str(form.initial["once"]), "held_at_when": "now", **boxes(next_date=NOW + 20 * DAY)}
    empty = client.post(new(watched), typed)
    assert empty.status_code == 422
    assert "Enter what was discussed of a child" in empty.content.decode()
    gone = client.post(new(watched), typed | {said: SAID, "said_MC26-000099": "Of another child"})
    assert gone.status_code == 422
    assert "Of another child" in gone.content.decode()
    sent = client.post(new(watched), typed | {said: SAID})
    assert (sent.status_code, sent.headers["Location"]) == (302, reverse("service_supervision"))
    assert client.post(new(watched), typed | {said: SAID}).status_code == 302
    other = client.post(new(watched), typed | {said: "Something else"})
    assert other.status_code == 422
    assert "Something else" in other.content.decode()
    one = GuardianDiscussion.objects.get()
    assert (one.discussed, due_at(watched)) == (SAID, add_days(NOW, 28))
    path = where("guardian_discussion_withdraw", watched, one.pk)
    assert client.post(path, {"reason": ""}).status_code == 422
    with events(watched.child, "guardian_supervision_withdrawn"):
        assert client.post(path, {"reason": "Of another child"}).status_code == 302
    assert client.get(path).status_code == 404
    with refused(watched.child, "This is withdrawn already."):
        supervisions.withdraw(one, reason="x", by=lead, at=NOW)
    assert GuardianDiscussionWithdrawal.objects.count() == 1
    assert due_at(watched) == DUE
    assert "Of another child" in client.get(where("guardian_discussions", watched)).content.decode()


@pytest.mark.by_turns
def test_another_guardian_puts_nothing_off_and_a_break_or_another_service_begins_anew(
    watched: Watched, lead: User
) -> None:
    service = watched.assignment.service
    assert due_at(watched) == DUE
    colleague = a_person(Role.GUARDIAN, service=service)
    given = {"reason": "Moves", "by": watched.manager, "at": AT + 10 * DAY}
    handed = assignments.hand_over(watched.assignment, colleague, service=service, **given)
    assert sittings.of([handed], now=NOW)[0].due_at == DUE
    elsewhere = a_service()
    other = a_person(Role.GUARDIAN, service=elsewhere)
    second = guarded(watched.child, other, lead=False, at=AT + 12 * DAY)
    assert sittings.of([second], now=NOW)[0].due_at == add_days(AT, 12 + 28)
    GuardianService.objects.filter(pk=service.pk).update(discussed_from=AT + 5 * DAY)
    handed.service.refresh_from_db()
    assert sittings.of([handed], now=NOW)[0].due_at == add_days(AT, 5 + 28), (
        "nobody is late from the first day"
    )


def told(step: str) -> set[int | None]:
    rows = Message.objects.filter(wording="guardian_supervision", step__startswith=step)
    return set(rows.exclude(status=MessageStatus.CANCELLED).values_list("user", flat=True))


@pytest.mark.by_turns
def test_the_guardian_and_the_supervisor_hear_first_and_then_the_head_and_nobody_of_the_council(
    watched: Watched, lead: User, out: Out
) -> None:
    head = leading(watched, Reach.DIRECTORATE)
    assert supervision_mails.tell(now=DUE - HOUR) == 0
    for _ in range(2):
        assert supervision_mails.tell(now=DUE) == 1
    assert (told("due"), told("head")) == ({watched.guardian.pk, lead.pk}, set())
    above = supervision_mails.above_from(DUE)
    # Good Friday and Easter Monday lie between.
    assert f"{above:%Y-%m-%d}" == "2026-04-08"
    supervision_mails.tell(now=above - HOUR)
    assert told("head") == set()
    send_all(above - HOUR)
    assert (out.to[watched.guardian.email], out.to[lead.email]) == (1, 1)
    supervision_mails.tell(now=above)
    assert told("head") == {head.pk}
    send_all(above + 12 * HOUR)
    assert out.to[head.email] == 1
    for person in (watched.worker, watched.manager, watched.head, watched.director):
        assert out.to[person.email] == 0


@pytest.mark.by_turns
def test_a_mail_says_no_more_than_the_reference_and_is_not_sent_once_the_child_was_discussed(
    watched: Watched, lead: User, out: Out
) -> None:
    supervision_mails.tell(now=DUE)
    recorded(watched, lead, at=DUE + HOUR)
    send_all(DUE + 2 * HOUR)
    assert not Message.objects.filter(wording="guardian_supervision", status=MessageStatus.SENT).exists()
    again = add_days(DUE + HOUR, 28)
    assert supervision_mails.tell(now=again - HOUR) == 0
    assert supervision_mails.tell(now=again) == 1
    send_all(again)
    assert out.to[lead.email] == 1
    words = out.mails[-1].get_body(("plain",)).get_content()
    assert watched.child.reference in words
    for secret in ("Tarekiel", watched.guardian.name, SAID):
        assert secret not in words


@pytest.mark.by_turns(8)
def test_of_a_child_who_has_died_nobody_is_mailed_and_who_leads_the_service_may_write_down_what_was_said(
    watched: Watched, lead: User, out: Out, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE + HOUR)
    supervision_mails.tell(now=DUE)
    ended(missing(watched.child, by=watched.worker, at=NOW), outcome="died", at=DUE)
    send_all(DUE)
    assert (out.to[watched.guardian.email], out.to[lead.email]) == (0, 0), "nor what was owed before"
    assert supervision_mails.tell(now=DUE + 30 * DAY) == 0
    (wait,) = sittings.queue(lead, now=DUE + 30 * DAY)
    assert (wait.due_at, wait.is_late, wait.is_soon) == (None, False, False)
    client.force_login(lead)
    for page in (
        reverse("service_supervision"),
        reverse("service_supervision_new", args=[wait.assignment.service_id, watched.guardian.pk]),
    ):
        shown = client.get(page).content.decode()
        assert watched.child.reference in shown
        assert "past its day" not in shown
    recorded(watched, lead, at=DUE + HOUR)
    assert GuardianDiscussion.objects.get().discussed == SAID


@pytest.mark.by_turns
def test_after_a_death_that_was_of_another_child_everybody_is_mailed_after_all_and_once(
    watched: Watched, lead: User, out: Out
) -> None:
    supervision_mails.tell(now=DUE)
    death = ended(missing(watched.child, by=watched.worker, at=NOW), outcome="died", at=DUE)
    send_all(DUE)
    said = {"told_by": "Sgt Vale, Northmere", "reason": "The prints are those of another"}
    by = {"seconded_by": watched.manager, "by": watched.desk.person}
    episodes.was_another(death, **said, **by, at=DUE + HOUR)
    for _ in range(2):
        supervision_mails.tell(now=DUE + HOUR)
        send_all(DUE + HOUR)
    assert (out.to[watched.guardian.email], out.to[lead.email]) == (1, 1)
    supervision_mails.tell(now=DUE + 2 * DAY)
    send_all(DUE + 2 * DAY)
    assert (out.to[watched.guardian.email], out.to[lead.email]) == (1, 1)
    recorded(watched, lead, at=DUE + 2 * DAY)
    assert supervision_mails.tell(now=DUE + 3 * DAY) == 0


@pytest.mark.by_turns
def test_a_mail_that_was_cancelled_is_owed_again_to_its_reader_alone_and_one_that_failed_to_nobody(
    watched: Watched, lead: User
) -> None:
    second = leading(watched)
    supervision_mails.tell(now=DUE)
    status = {lead: MessageStatus.CANCELLED, second: MessageStatus.FAILED}
    for person, became in status.items():
        Message.objects.filter(user=person).update(status=became)
    leading(watched)
    supervision_mails.tell(now=DUE + HOUR)
    assert Message.objects.count() == 4, "who joins later is not told of what the others were"
    assert [one.user for one in Message.objects.filter(step="due:20260330:260330")] == [lead]
    # As long as it is cancelled each time it is owed once a day.
    Message.objects.filter(user=lead).update(status=MessageStatus.CANCELLED)
    supervision_mails.tell(now=DUE + 2 * HOUR)
    assert Message.objects.count() == 4
    supervision_mails.tell(now=DUE + DAY)
    assert Message.objects.count() == 5


@pytest.mark.parametrize("drops_all", [True, False])
def test_what_a_person_dropped_after_a_restore_is_never_sent_and_what_they_let_go_is_sent_once(
    watched: Watched, lead: User, out: Out, drops_all: bool
) -> None:
    supervision_mails.tell(now=DUE)
    sending.switch(on=False, at=DUE)
    restores.switch_on(why="The server was lost", by=watched.head, clock=lambda: DUE + 2 * HOUR)
    supervision_mails.tell(now=DUE + 2 * HOUR)
    own = Message.objects.filter(wording=supervision_mails.WORDING)
    assert own.held().count() == own.count() == 2, "nothing beside what waits"
    decided = {"by": watched.head, "at": DUE + 3 * HOUR}
    dropped = own.held() if drops_all else own.held().filter(user=lead)
    restores.drop([one.pk for one in dropped], why="They were told by phone", **decided)
    restores.release([one.pk for one in own.held()], why="Nobody told them", **decided)
    for at in (DUE + 3 * HOUR, DUE + DAY, DUE + 2 * DAY):
        supervision_mails.tell(now=at)
        send_all(at)
    assert set(own.values_list("user", "status")) == {
        (watched.guardian.pk, MessageStatus.CANCELLED if drops_all else MessageStatus.SENT),
        (lead.pk, MessageStatus.CANCELLED),
    }
    assert own.count() == 2


@pytest.mark.by_turns
def test_a_discussion_that_was_withdrawn_holds_up_no_mail(watched: Watched, lead: User, out: Out) -> None:
    supervision_mails.tell(now=DUE)
    recorded(watched, lead, at=DUE + HOUR)
    one = GuardianDiscussion.objects.get()
    supervisions.withdraw(one, reason="It was of another child", by=lead, at=DUE + HOUR)
    send_all(DUE + 2 * HOUR)
    assert out.to[lead.email] == 1


@pytest.mark.by_turns
def test_of_many_children_of_one_guardian_the_one_who_waits_longest_speaks(
    watched: Watched, lead: User
) -> None:
    for days in (1, 2, 3):
        child = a_child(given_name="Nahom", at=AT + days * DAY)
        guarded(child, watched.guardian, at=AT + days * DAY)
    assert supervision_mails.tell(now=DUE + 2 * DAY) == 1
    assert set(Message.objects.values_list("assignment", "step")) == {(watched.assignment.pk, "due:20260330")}
    recorded(watched, lead, at=DUE + 2 * DAY)
    assert supervision_mails.tell(now=DUE + 2 * DAY) == 1
    assert Message.objects.filter(step="due:20260331").count() == 2


@pytest.mark.by_turns
def test_whoever_supervises_and_watches_over_a_child_is_not_told_as_their_own_supervisor(
    watched: Watched,
) -> None:
    lead = leading(watched)
    child = a_child(given_name="Nahom", at=AT)
    guarded(child, lead, at=AT)
    supervision_mails.tell(now=DUE)
    assert set(Message.objects.filter(user=lead).values_list("assignment__child", flat=True)) == {
        watched.child.pk,
        child.pk,
    }
    assert [wait.child for wait in sittings.queue(lead, now=DUE)] == [watched.child]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "by", [tasks.tell_of_supervision, lambda: watchdog._owe_what_is_no_clock_s(clock.now())]
)
def test_the_tick_and_the_watchdog_tell(
    watched: Watched, lead: User, monkeypatch: pytest.MonkeyPatch, by: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE)
    assert [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.tell_of_supervision"]
    by()
    assert told("due") == {watched.guardian.pk, lead.pk}


def test_no_word_is_on_the_events_of_the_record(watched: Watched, lead: User) -> None:
    one = recorded(watched, lead).discussions.get()
    supervisions.withdraw(one, reason="Of another", by=lead, at=NOW)
    for event in Event.objects.filter(kind__startswith="guardian_supervi"):
        assert "another" not in str(event.data)
    with pytest.raises(IllegalMove, match="why"):
        supervisions.withdraw(one, reason=" ", by=lead, at=NOW)

"""A silent house is one call to whoever stands above the desk, and a search for each child (docs/adr/0204, 0219)."""

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import channels, desk, duty_tasks, emails, ladder_table, outbox, sweep
from alerts.emails import searches
from alerts.emails.force_numbers import Numbers
from alerts.models import Alert, Channel, Clock, DutyTask, Message
from alerts.posts import Post, Recipient
from alerts.states import MessageStatus
from cases import clock, concerns, people
from cases.models import Child, Membership, MissingEpisode, Reach, Role
from tests.alerts import papers
from tests.alerts.outgoing import Out, catch, named_by, send_all
from tests.factories import AT, Watched, a_child, a_watched_child, membership_of, not_here, placed, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The roll-call of the night is missed: the fail-safe comes an hour and a half after it.
OWED = AT.replace(hour=23, minute=30) + 90 * MINUTE
CALLS = {30: "manager_call", 60: "head_call", 120: "director_call"}
TEXT_LIMIT = 300


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def a_house(count: int) -> tuple[Watched, list[Child]]:
    """So many in one home, past their first days, whom somebody saw that evening."""
    w = a_watched_child(at=AT - 3 * DAY, arrived_at=AT - 10 * DAY)
    own = {"team": w.team, "worker": w.worker, "at": AT - 3 * DAY, "arrived_at": AT - 10 * DAY}
    others = [a_child(w.authority, given_name=f"Child {number}", **own) for number in range(count - 1)]
    for child in others:
        placed(child, w.home)
    for child in (w.child, *others):
        seen(child, by=w.worker, at=AT - 2 * HOUR)
        seen(child, by=w.carer, at=AT.replace(hour=20, minute=15))
    return w, [w.child, *others]


def silent_until(minutes: int) -> None:
    """Nobody says anything until so long after the police were owed word."""
    for after in (0, 1, *CALLS):
        if after <= minutes:
            sweep.sweep_all(now=OWED + after * MINUTE)


def words(message: Message) -> str:
    now = message.created_at
    mail = message.channel == Channel.MAIL
    return emails.compose(message, now=now).text if mail else emails.compose_text(message, now=now)


def called(wording: str) -> dict[str, list[Message]]:
    """The messages of this wording, by channel."""
    found: dict[str, list[Message]] = {}
    for one in Message.objects.filter(wording=wording).order_by("created_at", "pk"):
        found.setdefault(one.channel, []).append(one)
    return found


def references(children: list[Child]) -> list[str]:
    return sorted(one.reference for one in MissingEpisode.objects.filter(child__in=children))


@pytest.mark.by_turns
def test_a_silent_house_is_one_call_and_one_mail_that_lists_it_and_each_search_is_the_forces_own() -> None:
    w, children = a_house(6)
    silent_until(120)
    named = references(children)
    assert len(named) == 6
    for after, wording in CALLS.items():
        told = called(wording)
        assert {channel: len(messages) for channel, messages in told.items()} == {"voice": 1, "mail": 1}
        assert {one.created_at for of in told.values() for one in of} == {OWED + after * MINUTE}
        text, mail = words(told["voice"][0]), words(told["mail"][0])
        assert "6 children of one home" in text
        assert len(text) <= TEXT_LIMIT
        assert text.endswith(("am", "pm")), "nothing is cut off"
        assert all(reference in mail for reference in named)
    # Who has had a call is told by no rung of silence, and the force hears of each.
    assert not Message.objects.filter(wording__in=("head_no_record", "director_no_record")).exists()
    for wording in ("police_alert", "police_reminder"):
        mails = Message.objects.filter(wording=wording, mailbox=w.control_room)
        assert sorted(one.episode.reference for one in mails if one.episode) == named
    for episode in MissingEpisode.objects.all():
        posts = [row.post for row in ladder_table.of(episode, now=OWED + 3 * HOUR)]
        assert all(posts.count(post) >= 2 for post in ("Team manager", "Head of service", "Director")), posts


@pytest.mark.by_turns
def test_the_searches_of_a_call_are_asked_for_at_once_however_many_there_are() -> None:
    a_house(5)
    silent_until(30)
    (call,) = called("manager_call")["voice"]
    asked = []
    for number in (1, 5):
        message = Message.objects.get(pk=call.pk)
        message.known_items = list(message.items.select_related("alert__child", "alert__clock"))[:number]
        with CaptureQueriesContext(connection) as questions:
            emails.preload([message], now=OWED + 31 * MINUTE)
            assert len(searches.of(message, message.known_items)) == number
        asked.append(len(questions))
    assert asked[0] == asked[1]


@pytest.mark.by_turns(8)
def test_what_was_seen_since_stands_beside_its_child_and_the_text_stays_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    w, children = a_house(3)
    silent_until(60)
    seen(children[0], by=w.carer, at=OWED + 70 * MINUTE)
    sweep.sweep_all(now=OWED + 120 * MINUTE)
    told = called("director_call")
    (call,), (mail,) = told["voice"], told["mail"]
    (seen_now,) = (line for line in words(mail).split("\n\n") if "Reported seen at" in line)
    assert seen_now.startswith(references(children[:1])[0])
    # The longest that it can be: two forces with numbers, late, and each child told of.
    numbers = Numbers([(f"Constabulary of Number {n}", "01632 960713") for n in range(2)])
    monkeypatch.setattr("alerts.emails.force_numbers.chief_officers", lambda *of, now: numbers)
    text = emails.compose_text(call, now=call.created_at + 21 * MINUTE)
    assert "word of 1: confirm first" in text
    assert text.count("01632 960713") == 2
    assert "21 minutes late" in text
    assert len(text) <= TEXT_LIMIT
    assert text.endswith("am"), "nothing is cut off"


@pytest.mark.by_turns
def test_who_is_kept_from_one_of_them_hears_of_the_others_be_it_that_the_call_waits_already(
    out: Out,
) -> None:
    w, children = a_house(4)
    concerns.keep_from(children[0], w.head, reason="Named by the child", by=w.manager, at=AT)
    silent_until(60)
    (call,) = called("head_call")["mail"]
    assert {item.alert.child for item in call.items.all()} == set(children[1:])
    concerns.keep_from(children[1], w.head, reason="Named too", by=w.manager, at=call.created_at)
    send_all(OWED + 61 * MINUTE)
    (mail,) = [one for one in out.mails if str(one["To"]) == w.head.email]
    body = str(mail.get_content() if not mail.is_multipart() else mail.get_body(("plain",)))
    assert not any(reference in body for reference in references(children[:2]))
    assert all(reference in body for reference in references(children[2:]))


@pytest.mark.by_turns
def test_a_child_who_is_reported_missing_is_a_call_of_its_own_and_so_is_one_of_another_team() -> None:
    w, children = a_house(3)
    other = a_watched_child(home=w.home, at=AT - 3 * DAY, arrived_at=AT - 10 * DAY)
    seen(other.child, by=other.worker, at=AT - 2 * HOUR)
    seen(other.child, by=w.carer, at=AT.replace(hour=20, minute=15))
    silent_until(1)
    not_here(children[0], by=w.carer, at=OWED + 2 * MINUTE)
    silent_until(30)
    told = [
        (one.user, {item.alert.child for item in one.items.all()}) for one in called("manager_call")["voice"]
    ]
    assert len(told) == 3
    assert all(
        call in told
        for call in (
            (w.manager, {children[0]}),
            (w.manager, set(children[1:])),
            (other.manager, {other.child}),
        )
    )


@pytest.mark.by_turns(8)
def test_a_call_that_waits_takes_none_along_of_another_council_whose_director_is_the_same() -> None:
    w, children = a_house(2)
    other = a_watched_child(at=AT - 3 * DAY, arrived_at=AT - 10 * DAY)
    of_other = {"team": other.team, "worker": other.worker, "at": AT - 3 * DAY, "arrived_at": AT - 10 * DAY}
    theirs = [a_child(other.authority, given_name=f"Theirs {number}", **of_other) for number in range(2)]
    for child in theirs:
        placed(child, w.home)
    for child in theirs:
        seen(child, by=other.worker, at=AT - 2 * HOUR)
        seen(child, by=w.carer, at=AT.replace(hour=20, minute=15))
    people.leave(membership_of(other.director), at=AT)
    both = {"user": w.director, "role": Role.TEAM_MANAGER, "reach": Reach.DIRECTORATE}
    Membership.objects.create(team=other.team, starts_at=AT, **both)
    silent_until(60)
    Clock.objects.filter(child__in=theirs).update(next_at=OWED + 125 * MINUTE)
    sweep.sweep_all(now=OWED + 120 * MINUTE)
    sweep.sweep_all(now=OWED + 125 * MINUTE)
    calls = called("director_call")
    assert calls
    for of_way in calls.values():
        told = [{item.alert.child for item in one.items.all()} for one in of_way if one.home == w.home]
        assert told == [set(children), set(theirs)]


@pytest.mark.by_turns
def test_one_that_is_over_while_the_call_waits_leaves_it_and_the_last_is_told_as_one_search() -> None:
    _w, children = a_house(3)
    silent_until(30)
    over = list(Alert.objects.open().filter(child__in=children[:2], clock__kind=Clock.Kind.CALL))
    outbox.cancel(over)
    queued = Message.objects.get(wording="manager_call", channel="mail", status="queued")
    composed = emails.compose(queued, now=OWED + 31 * MINUTE)
    (left,) = references(children[2:])
    assert left in composed.subject
    assert f"/missing/{left}/" in composed.text
    assert "of one home" not in composed.text


@pytest.mark.by_turns
def test_whoever_is_second_hears_at_once_of_all_that_nobody_has_taken() -> None:
    w, children = a_house(3)
    silent_until(30)
    calls = Message.objects.filter(wording="second_person", created_at=OWED + 30 * MINUTE)
    assert {one.phone for one in calls} == {w.desk.second.phone}
    tasks = DutyTask.objects.filter(second_rung_at=OWED + 30 * MINUTE)
    kinds = sorted(tasks.values_list("kind", flat=True))
    assert kinds == ["ring_home", "ring_police", "ring_police", "ring_police"]
    # The home is a message of its own, and so is its end.
    (call,) = (one for one in calls if one.home is None)
    assert {item.alert.child for item in call.items.all()} == set(children)
    text = words(call)
    assert "3 duty tasks are not taken" in text
    assert len(text) <= TEXT_LIMIT


# --- a desk whose own mailbox refuses


def refuses(w: Watched, out: Out) -> None:
    def no(mail: EmailMessage) -> None:
        address = w.desk.mailbox.address
        if str(mail["To"]) == address:
            raise channels.Refused("5.1.1 no such mailbox", {address: 550})

    out.on_mail = no


def to_phone() -> list[DutyTask]:
    return list(DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).order_by("pk"))


@pytest.mark.by_turns
def test_a_desk_that_has_it_all_as_texts_is_asked_once_to_phone_its_own_mailbox(out: Out) -> None:
    w, children = a_house(3)
    refuses(w, out)
    for after in (0, 1, 15):
        sweep.sweep_all(now=OWED + after * MINUTE)
        send_all(OWED + after * MINUTE)
    refused = Message.objects.filter(mailbox=w.desk.mailbox, status="failed")
    assert refused.count() > 3
    (call,) = to_phone()
    of_refused = set(refused.values_list("items__alert", flat=True))
    assert set(call.items.values_list("alert", flat=True)) == of_refused
    assert {item.alert.child for item in call.items.all()} == set(children)
    assert named_by("messages that failed without a task to phone", OWED + 15 * MINUTE) == ()
    # Once somebody has phoned, what is refused after that is asked for anew.
    duty_tasks.finish(call, answer="The mailbox is full", by=w.desk.person, at=OWED + 16 * MINUTE)
    sweep.sweep_all(now=OWED + 60 * MINUTE)
    send_all(OWED + 60 * MINUTE)
    assert Message.objects.filter(mailbox=w.desk.mailbox, status="failed").count() == refused.count()


@pytest.mark.by_turns
def test_what_the_desk_has_by_no_other_way_is_a_call_of_its_own(out: Out) -> None:
    w, children = a_house(2)
    refuses(w, out)
    sweep.sweep_all(now=OWED)
    Message.objects.filter(post="duty", channel="text").update(status=MessageStatus.FAILED)
    send_all(OWED)
    refused = Message.objects.filter(mailbox=w.desk.mailbox, status="failed")
    assert len(children) <= refused.count()
    assert {call.message for call in to_phone() if call.message} >= set(refused)


@pytest.mark.by_turns
def test_a_mail_about_several_calls_joins_where_the_desk_has_each_of_them_as_a_text_at_its_own_step(
    out: Out,
) -> None:
    w, children = a_house(2)
    refuses(w, out)
    sweep.sweep_all(now=OWED)
    send_all(OWED)
    (call,) = to_phone()
    alerts = list(Alert.objects.open().filter(child__in=children, clock__kind=Clock.Kind.CONTACT))
    recipients = (
        Recipient(Post.DUTY, Channel.TEXT, phone=w.desk.shift.phone),
        Recipient(Post.DUTY, Channel.MAIL, mailbox_id=w.desk.mailbox.pk),
    )
    owed = [
        outbox.Owed(
            alert=alert, step=f"untaken:{number}", kind="alert", wording="second_person", recipient=recipient,
            urgency=1, owed_at=OWED, together="untaken:0",
        )
        for number, alert in enumerate(alerts)
        for recipient in recipients
    ]  # fmt: skip
    outbox.enqueue(owed, at=OWED)
    send_all(OWED)
    assert len({item.step for item in Message.objects.get(step="untaken:0", channel="mail").items.all()}) == 2
    assert to_phone() == [call]


# --- paper of children for whom nobody stands on a rung


def three_without_a_manager() -> tuple[Watched, list[Child]]:
    papers.asked_for(AT - 9 * DAY)
    w = a_watched_child(at=AT + 11 * HOUR)
    others = [a_child(w.authority, team=w.team, worker=w.worker, at=AT + 11 * HOUR) for _ in range(2)]
    people.leave(membership_of(w.manager), at=AT + 12 * HOUR)
    return w, [w.child, *others]


def paper_at(now: datetime) -> None:
    """A sweep of paper alone."""
    for kind in ("contact", "second_eyes", "guardian"):
        Clock.objects.filter(kind=kind).update(next_at=None)
    sweep.sweep_all(now=now)


@pytest.mark.by_turns
def test_paper_of_several_children_that_nobody_can_be_told_of_is_one_task_and_one_text_by_day(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, children = three_without_a_manager()
    midnight = w.child.registered_at + DAY + 4 * HOUR
    paper_at(midnight)
    (task,) = DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, step="R2")
    assert {item.alert.child for item in task.items.all()} == set(children)
    assert (task.child, task.next_at) == (None, midnight + 8 * HOUR)
    paper_at(midnight + 8 * HOUR)
    (text,) = Message.objects.filter(wording="second_person")
    assert {item.alert.child for item in text.items.all()} == set(children)
    assert "a duty task is not taken" in words(text)
    # Whoever is kept from one of them reads of the others on the desk, and hears of them.
    now = midnight + 9 * HOUR
    concerns.keep_from(children[0], w.desk.person, reason="Named by the child", by=w.head, at=now)
    (call,) = (one for one in desk.read(w.desk.person, now=now).calls if one.task == task)
    assert {call.child, *call.others} == set(children[1:])
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(w.desk.person)
    page = client.get("/duty/").content.decode()
    assert all(child.reference in page for child in children[1:])
    assert children[0].reference not in page


@pytest.mark.by_turns
def test_another_child_that_joins_such_a_task_has_the_second_person_texted_anew() -> None:
    w, children = three_without_a_manager()
    late = [a_child(w.authority, team=w.team, worker=w.worker, at=AT + 35 * HOUR) for _ in range(2)]
    for child in late:
        placed(child, w.home)
    midnight = w.child.registered_at + DAY + 4 * HOUR
    for day in (0, 1):
        paper_at(midnight + day * DAY)
        paper_at(midnight + day * DAY + 8 * HOUR)
    (task,) = DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, step="R2")
    texts = Message.objects.filter(wording="second_person").order_by("created_at")
    about = [{item.alert.child for item in text.items.all()} for text in texts]
    assert about == [set(children), set(late)]
    assert task.second_rung_at == midnight + DAY + 8 * HOUR

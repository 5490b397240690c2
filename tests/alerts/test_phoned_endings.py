"""Whoever was told by phone, because a mail or text to them was refused, hears the end; whoever was not hears nothing."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from alerts import added_forces, channels, duty_tasks, told_by_phone
from alerts.emails.composition import compose
from alerts.models import DutyTask, Message, MessageKind
from cases import episodes
from cases.models import Mailbox, MissingEpisode, PoliceForce
from tests.alerts.outgoing import FIRST, Out, after, broken, catch, named_by, send_all, tick
from tests.factories import Watched, a_force, a_force_mailbox, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OVER = FIRST + HOUR
HAS_IT = "Rang 101: Westmere control room has it and searches"
PHONE_THEM = DutyTask.Kind.PHONE_THEM


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def second() -> PoliceForce:
    return a_force("Westmere Police")


@pytest.fixture
def box(second: PoliceForce) -> Mailbox:
    return a_force_mailbox(second)


def refuse(out: Out, address: str) -> None:
    def server(mail: EmailMessage) -> None:
        if mail["To"] == address:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = server


def take_all(out: Out) -> None:
    out.on_mail = lambda mail: None


@pytest.fixture
def episode(watched: Watched, second: PoliceForce, box: Mailbox, out: Out) -> MissingEpisode:
    """A search of which the mail to the second force was refused."""
    refuse(out, box.address)
    found = missing(watched.child, by=watched.worker, at=FIRST)
    added_forces.add(found, second, by=watched.desk.person, at=FIRST)
    tick(FIRST)
    send_all(FIRST)
    return found


@pytest.fixture
def call(episode: MissingEpisode, second: PoliceForce) -> DutyTask:
    """The one that the desk was asked to make."""
    return DutyTask.objects.get(kind=PHONE_THEM, message__force=second)


def phoned(call: DutyTask, w: Watched, answer: str = HAS_IT) -> None:
    duty_tasks.finish(call, answer=answer, by=w.desk.person, at=FIRST + MINUTE)


def over(episode: MissingEpisode, *, force: PoliceForce | None = None) -> None:
    ended(episode, force=force, at=OVER)
    tick(OVER)
    send_all(OVER + MINUTE)


def endings(force: PoliceForce) -> list[str]:
    return list(Message.objects.filter(kind=MessageKind.ENDING, force=force).values_list("status", flat=True))


@pytest.mark.by_turns
def test_a_force_that_was_phoned_is_phoned_of_the_end_where_its_mailbox_refuses_still(
    episode: MissingEpisode, call: DutyTask, watched: Watched, second: PoliceForce
) -> None:
    phoned(call, watched)
    over(episode, force=watched.force)
    assert endings(second) == ["failed"]
    (again,) = DutyTask.objects.open().filter(kind=PHONE_THEM)
    assert again.is_of_end
    assert again.message is not None
    assert again.message.force == second
    asked = Message.objects.get(wording="duty_phone_them", kind=MessageKind.ENDING, channel="mail")
    assert "say that it has ended" in " ".join(compose(asked, now=OVER).text.split())
    assert not broken(OVER + 9 * MINUTE)


@pytest.mark.by_turns
def test_it_is_mailed_where_its_mailbox_takes_mail_again_and_nobody_phones(
    episode: MissingEpisode, call: DutyTask, watched: Watched, second: PoliceForce, out: Out
) -> None:
    phoned(call, watched)
    take_all(out)
    over(episode, force=watched.force)
    assert endings(second) == ["sent"]
    assert not DutyTask.objects.open().filter(kind=PHONE_THEM).exists()


@pytest.mark.by_turns
def test_whoever_had_taken_the_call_may_have_made_it(
    episode: MissingEpisode, call: DutyTask, watched: Watched, second: PoliceForce
) -> None:
    duty_tasks.take(call, by=watched.desk.person, at=OVER - MINUTE)
    over(episode, force=watched.force)
    assert endings(second) == ["failed"]


@pytest.mark.by_turns
def test_a_force_whose_officer_was_spoken_to_was_told_whatever_became_of_the_call(
    episode: MissingEpisode, call: DutyTask, watched: Watched, second: PoliceForce
) -> None:
    for force in (second, watched.force):
        said = {"force": force, "reference": "W/12", "officer": "PC Ash"}
        episodes.record_police_reference(episode, **said, by=watched.desk.person, at=FIRST + MINUTE)
    over(episode, force=watched.force)
    assert endings(second) == ["failed"]


@pytest.mark.by_turns
@pytest.mark.parametrize("tried", [False, True])
def test_a_force_that_nobody_phoned_hears_of_no_end_and_nobody_is_asked_to_phone_it_any_more(
    episode: MissingEpisode, call: DutyTask, watched: Watched, second: PoliceForce, tried: bool
) -> None:
    if tried:
        duty_tasks.could_not_reach(call, by=watched.desk.person, at=FIRST + MINUTE)
    over(episode, force=watched.force)
    assert endings(second) == []
    assert not DutyTask.objects.open().filter(kind=PHONE_THEM).exists()


@pytest.mark.by_turns
def test_a_force_that_closed_the_search_itself_is_told_of_no_end(
    episode: MissingEpisode, call: DutyTask, watched: Watched, second: PoliceForce
) -> None:
    phoned(call, watched)
    over(episode, force=second)
    assert endings(second) == []


@pytest.mark.by_turns(8)
def test_a_refusal_that_comes_after_the_end_asks_nobody_to_phone(
    watched: Watched, second: PoliceForce, box: Mailbox, out: Out
) -> None:
    found = missing(watched.child, by=watched.worker, at=FIRST)
    added_forces.add(found, second, by=watched.desk.person, at=FIRST)
    tick(FIRST)

    def server(mail: EmailMessage) -> None:
        if mail["To"] == box.address:
            ended(found, force=watched.force, at=after(1))
            tick(after(2))
            raise channels.Refused("550 No such mailbox")

    out.on_mail = server
    send_all(after(1))
    take_all(out)
    send_all(after(60))
    assert "sent" not in endings(second)
    assert not DutyTask.objects.open().filter(kind=PHONE_THEM).exists()
    assert not broken(OVER)


@pytest.mark.by_turns
def test_a_worker_who_was_phoned_is_mailed_that_it_has_ended(watched: Watched, out: Out) -> None:
    refuse(out, watched.worker.email)
    found = missing(watched.child, by=watched.carer, at=FIRST)
    tick(FIRST)
    send_all(FIRST)
    phoned(DutyTask.objects.get(kind=PHONE_THEM), watched, "Told them")
    take_all(out)
    over(found)
    (ending,) = Message.objects.filter(kind=MessageKind.ENDING, user=watched.worker)
    assert ending.status == "sent"


@pytest.mark.by_turns
def test_whoever_hears_the_end_by_another_way_is_not_tried_by_the_one_that_refused(
    watched: Watched, out: Out
) -> None:
    refuse(out, watched.manager.email)
    found = missing(watched.child, by=watched.worker, at=FIRST)
    tick(FIRST)
    tick(FIRST + 30 * MINUTE)
    send_all(FIRST + 30 * MINUTE)
    phoned(DutyTask.objects.get(kind=PHONE_THEM, message__user=watched.manager), watched, "Told them")
    over(found)
    theirs = Message.objects.filter(kind=MessageKind.ENDING, user=watched.manager)
    assert "mail" not in set(theirs.values_list("channel", flat=True))
    assert theirs.exists()


@pytest.mark.by_turns(8)
def test_the_check_of_integrity_names_the_end_of_a_search_of_which_whoever_was_phoned_was_owed_none(
    episode: MissingEpisode,
    call: DutyTask,
    watched: Watched,
    second: PoliceForce,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = "ended alerts of which somebody was told by phone and not of the ending"
    phoned(call, watched)
    with monkeypatch.context() as before:
        # As it was before anybody who was phoned was owed the end.
        before.setattr(told_by_phone, "among", lambda items, told: [])
        over(episode, force=watched.force)
    assert endings(second) == []
    (alert,) = call.items.values_list("alert", flat=True)
    assert named_by(asked, OVER + 9 * MINUTE) == (f"alert {alert}",)
    assert named_by(asked, OVER + timedelta(days=40)) == (), "nobody is phoned of it any more"

"""Word to whoever asked another council for a sibling or companion, as it is really delivered."""

import uuid
from datetime import datetime, timedelta

import pytest

from alerts import link_mails, matter_clocks
from alerts.models import Message
from cases import link_requests, responsibilities, restrictions
from cases.models import Event, LinkRequest
from tests.alerts.outgoing import Out, catch, send_all
from tests.factories import AT, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Tuesday, by day.
NOW = AT + 30 * HOUR
SAYS = link_requests.Said(kind="sibling", name="Tesfay", said_by="The child", why="It says so")


@pytest.fixture(autouse=True)
def _wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes out; a test that reads its mails catches them anew."""
    catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def other() -> Watched:
    return a_watched_child()


@pytest.fixture
def row(watched: Watched, other: Watched) -> LinkRequest:
    (row,) = link_requests.ask(
        watched.child, SAYS, of=[other.authority], together=uuid.uuid4(), by=watched.worker, at=NOW
    )
    return row


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def passes(at: datetime) -> None:
    """One tick of each, and all that is owed then is sent."""
    matter_clocks.tell(now=at)
    link_mails.tell(now=at)
    matter_clocks.tell(now=at)
    send_all(at)


def told(wording: str) -> dict[str, str]:
    """By address of an account what became of each mail; none stands twice."""
    rows = Message.objects.filter(wording=wording, user__isnull=False)
    found = list(rows.values_list("user__email", "status"))
    assert len(dict(found)) == len(found)
    return dict(found)


def at_wall(day: datetime, hour: int, minute: int = 0) -> datetime:
    return day.replace(hour=hour, minute=minute)


@pytest.mark.by_turns
def test_that_nobody_answered_is_told_of_a_question_that_was_handed_on(
    row: LinkRequest, watched: Watched, other: Watched, caught: Out
) -> None:
    third = a_watched_child()
    passes(NOW)
    work = (third.team, third.worker)
    responsibilities.start(
        other.child, authority=third.authority, work_of=work, by=third.manager, at=NOW + HOUR
    )
    link_requests.pass_on(row, other.child, by=other.desk.person, at=NOW + HOUR)
    passes(NOW + HOUR)
    passes(row.due_at)
    passes(row.due_at + DAY)
    assert told("link_unanswered") == {watched.worker.email: "sent"}
    assert caught.to[watched.worker.email] == 1
    # The desk that is asked now has the whole time all the same.
    assert not Message.objects.filter(wording="link_waits", post="head").exists()


@pytest.mark.by_turns
def test_the_asker_hears_by_night_while_the_child_is_looked_for_and_else_in_the_morning(
    row: LinkRequest, watched: Watched, other: Watched, caught: Out
) -> None:
    evening, night = at_wall(NOW, 21), at_wall(NOW, 23, 10)
    episode = missing(watched.child, by=watched.worker, at=evening)
    passes(evening)
    link_requests.say_yes(row, other.child, by=other.desk.person, at=night)
    passes(night)
    assert told("link_answered") == {watched.worker.email: "sent"}
    assert told("link_made") == {other.worker.email: "sent"}
    ended(episode, at=night)
    (later,) = link_requests.ask(
        watched.child,
        SAYS,
        of=[a_watched_child().authority],
        together=uuid.uuid4(),
        by=watched.worker,
        at=NOW,
    )
    LinkRequest.objects.filter(pk=later.pk).update(due_at=night)
    passes(night)
    assert told("link_unanswered") == {watched.worker.email: "queued"}, "nobody is looked for"


@pytest.mark.by_turns
def test_a_search_that_begins_after_the_time_was_over_has_a_silence_of_its_own(
    row: LinkRequest, watched: Watched, other: Watched, caught: Out
) -> None:
    passes(NOW)
    passes(row.due_at)
    gone_at = at_wall(row.due_at + DAY, 10)
    missing(watched.child, by=watched.worker, at=gone_at)
    passes(gone_at)
    passes(gone_at + 3 * HOUR)
    mine = Message.objects.filter(wording="link_unanswered", user=watched.worker).order_by("created_at")
    assert mine.count() == 1
    for _ in range(2):
        passes(gone_at + 4 * HOUR)
    assert list(mine.values_list("step", "status")) == [("silent", "sent"), ("still_silent", "sent")]


@pytest.mark.by_turns(8)
def test_what_was_answered_before_the_child_was_locked_is_not_told_as_unanswered(
    row: LinkRequest, other: Watched
) -> None:
    late = LinkRequest.objects.get(pk=row.pk)
    link_requests.say_yes(row, other.child, by=other.desk.person, at=row.due_at)
    link_mails._owe(late, link_mails.SILENT, row.due_at)
    assert not Message.objects.filter(wording="link_unanswered").exists()


@pytest.mark.by_turns
def test_what_reached_nobody_goes_to_the_manager_and_that_it_is_over_stands_on_the_timeline_once(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    link_requests.refuse(row, "no_such", note="By name", by=other.desk.person, at=NOW)
    for to in (watched.worker, watched.manager):
        link_mails.tell(now=row.due_at)
        owed = Message.objects.filter(wording="link_answered", status="queued")
        assert [message.user for message in owed] == [to]
        owed.update(status="failed")
    link_mails.tell(now=row.due_at)
    assert Message.objects.filter(wording="link_answered").count() == 2
    assert Event.objects.filter(kind="link_ask_over").count() == 1


@pytest.fixture
def linked_by_night(row: LinkRequest, watched: Watched, other: Watched) -> datetime:
    """A link that was made by night, when nobody was looked for: both workers are to hear of it in the morning."""
    passes(NOW)
    night = at_wall(NOW, 23, 10)
    link_requests.say_yes(row, other.child, by=other.desk.person, at=night)
    passes(night)
    assert told("link_answered") == {watched.worker.email: "queued"}
    assert told("link_made") == {other.worker.email: "queued"}
    return night


SOUGHT = "One of the two is being looked for: ring the other council’s desk now."


def read(caught: Out) -> dict[str, tuple[str, str, str]]:
    """By address, of what came of an answer or a link: how its subject ends, its importance, and what it says."""
    found = {}
    for mail in caught.mails:
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        if "HAS ANSWERED ABOUT" in text or "WAS LINKED WITH" in text:
            html = " ".join(mail.get_body(("html",)).get_content().split())
            assert (SOUGHT in text) == (SOUGHT in html)
            ends = str(mail["Subject"]).rpartition(" - ")[2]
            found[str(mail["To"])] = ends, str(mail["Importance"]), text
    return found


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["who asks", "who was asked for"])
def test_what_waits_for_the_morning_goes_at_once_and_to_the_desk_too_and_says_that_one_of_the_two_is_looked_for(
    linked_by_night: datetime, watched: Watched, other: Watched, caught: Out, who: str
) -> None:
    gone = watched if who == "who asks" else other
    later = linked_by_night + HOUR
    missing(gone.child, by=gone.worker, at=later)
    for _ in range(2):
        passes(later)
    for wording, of in (("link_answered", watched), ("link_made", other)):
        assert told(wording) == {of.worker.email: "sent"}
        desks = Message.objects.filter(wording=wording, post="duty")
        assert [(one.mailbox_id, one.status) for one in desks] == [(of.desk.mailbox.pk, "sent")]
    assert not Message.objects.filter(wording__in=("link_answered", "link_made"), owed_at__gt=later).exists()
    mails = read(caught)
    assert set(mails) == {
        one for of in (watched, other) for one in (of.worker.email, of.desk.mailbox.address)
    }
    for ends, importance, text in mails.values():
        assert (ends, importance) == ("action needed", "high")
        assert SOUGHT in text
        for name in (watched.child.given_name, other.child.given_name, other.child.family_name):
            assert name not in text
    passes(later + DAY)
    assert caught.to[watched.worker.email] == caught.to[other.worker.email] == 1, "nobody hears twice"


@pytest.mark.by_turns
def test_neither_a_search_for_somebody_else_nor_one_that_is_over_brings_forward_what_waits_for_the_morning(
    linked_by_night: datetime, watched: Watched, other: Watched, caught: Out
) -> None:
    third = a_watched_child()
    missing(third.child, by=third.worker, at=linked_by_night + HOUR)
    passes(linked_by_night + HOUR)
    assert told("link_answered") == {watched.worker.email: "queued"}, "somebody else is looked for"
    for hours, one in ((2, other), (4, watched)):
        episode = missing(one.child, by=one.worker, at=linked_by_night + hours * HOUR)
        over = linked_by_night + (hours + 1) * HOUR
        ended(episode, at=over)
        passes(over)
        assert told("link_made") == {other.worker.email: "queued"}, "found before it was looked at"
        assert told("link_answered") == {watched.worker.email: "queued"}, "found before it was looked at"
    passes(at_wall(NOW + DAY, 9))
    assert told("link_answered") == {watched.worker.email: "sent"}
    assert told("link_made") == {other.worker.email: "sent"}
    assert not Message.objects.filter(wording="link_answered", post="duty").exists()
    mails = read(caught)
    assert set(mails) == {watched.worker.email, other.worker.email}
    for ends, importance, text in mails.values():
        assert (ends, importance) == ("for your information", "None")
        assert "looked for" not in text


def test_what_was_tried_and_waits_for_its_next_try_is_left_to_it(
    linked_by_night: datetime, watched: Watched, other: Watched
) -> None:
    again = linked_by_night + 2 * HOUR
    Message.objects.filter(wording="link_made").update(attempts=1, next_try_at=again)
    missing(watched.child, by=watched.worker, at=linked_by_night + HOUR)
    link_mails.tell(now=linked_by_night + HOUR)
    assert Message.objects.get(wording="link_made", user=other.worker).next_try_at == again
    assert Message.objects.get(wording="link_answered", user=watched.worker).next_try_at < again


@pytest.mark.by_turns
def test_what_was_answered_with_no_link_and_was_due_by_night_goes_at_once_in_a_search_as_silence_does(
    row: LinkRequest, watched: Watched, other: Watched, caught: Out
) -> None:
    night = at_wall(NOW, 23, 10)
    link_requests.refuse(row, "no_such", note="By name", by=other.desk.person, at=NOW)
    (silent,) = link_requests.ask(
        watched.child,
        SAYS,
        of=[a_watched_child().authority],
        together=uuid.uuid4(),
        by=watched.worker,
        at=NOW,
    )
    LinkRequest.objects.filter(pk__in=[row.pk, silent.pk]).update(due_at=night)
    passes(night)
    for wording in ("link_answered", "link_unanswered"):
        assert told(wording) == {watched.worker.email: "queued"}
    missing(watched.child, by=watched.worker, at=night + HOUR)
    passes(night + HOUR)
    for wording in ("link_answered", "link_unanswered"):
        assert told(wording) == {watched.worker.email: "sent"}


@pytest.mark.by_turns
@pytest.mark.parametrize("gone", ["own", "of the other council"])
def test_of_the_other_councils_child_no_search_is_told_once_its_record_is_restricted(
    linked_by_night: datetime, watched: Watched, other: Watched, gone: str
) -> None:
    later = linked_by_night + HOUR
    one = watched if gone == "own" else other
    missing(one.child, by=one.worker, at=later)
    restrictions.restrict(other.child, reason="A test", named=[other.worker], by=other.manager, at=later)
    told = Message.objects.get(wording="link_answered", user=watched.worker)
    assert link_mails.is_for_search(told, now=later) is (gone == "own")
    assert link_mails.is_for_search(Message.objects.get(wording="link_made", user=other.worker), now=later)
    assert not link_mails.is_for_search(Message.objects.filter(wording="link_waits")[0], now=later)

"""Whoever is asked for a sibling or companion is asked until they answer, and whoever asks hears each answer when it is told."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import link_mails, matter_clocks, matter_ladder
from alerts.emails.composition import compose, compose_text
from alerts.models import MatterClock, Message
from cases import concerns, link_requests, responsibilities, restrictions
from cases.models import Event, LinkMatter, LinkRequest, Matter, MissingEpisode
from tests.factories import AT, Watched, a_watched_child, case_closed, ended, missing

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# A Tuesday, by day.
NOW = AT + 30 * HOUR
SAYS = link_requests.Said(
    kind="sibling", name="Zqtesfay", said_by="Zqspeaker", why="Zqwhy", about="Zqabout", age="Zqage"
)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def other() -> Watched:
    return a_watched_child()


@pytest.fixture
def row(watched: Watched, other: Watched) -> LinkRequest:
    given: dict[str, Any] = {
        "of": [other.authority],
        "together": uuid.uuid4(),
        "by": watched.worker,
        "at": NOW,
    }
    (row,) = link_requests.ask(watched.child, SAYS, **given)
    return row


def passes(at: datetime) -> None:
    """One tick of each; nothing else goes on, and nobody is missed but whom a test reports."""
    matter_clocks.tell(now=at)
    link_mails.tell(now=at)
    # What this began is told by the next.
    matter_clocks.tell(now=at)


def sent() -> None:
    Message.objects.filter(status="queued").update(status="sent", sent_at=NOW)


def told(wording: str, **of: Any) -> set[tuple[str, int | None]]:
    rows = Message.objects.filter(wording=wording, **of)
    return {(post, user or mailbox) for post, user, mailbox in rows.values_list("post", "user", "mailbox")}


def open_clocks() -> int:
    return MatterClock.objects.filter(ended_at=None).count()


@pytest.mark.by_turns
def test_the_desk_hears_at_once_its_manager_when_the_time_is_over_and_then_the_asker_that_nobody_answered(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    passes(NOW)
    assert told("link_waits") == {("duty", other.desk.mailbox.pk)}, "by mail: nothing of it is for tonight"
    passes(row.due_at - MINUTE)
    assert not told("link_unanswered")
    assert {post for post, _ in told("link_waits")} == {"duty"}
    passes(row.due_at)
    # This desk's team has no manager: who is second on its rota hears, by text, since no mail goes to them.
    assert told("link_waits", step="R2") == {
        ("duty", other.desk.mailbox.pk),
        ("second", other.desk.second.pk),
    }
    passes(row.due_at + 2 * DAY)
    assert ("head", other.head.pk) in told("link_waits")
    assert told("link_unanswered") == {
        ("worker", watched.worker.pk),
        ("duty", watched.desk.mailbox.pk),
    }
    count = Message.objects.count()
    passes(row.due_at + 9 * DAY)
    assert Message.objects.count() == count, "each is told once"
    assert list(matter_clocks.untold(row.due_at + 9 * DAY)) == []


@pytest.mark.by_turns
def test_yes_is_told_at_once_to_both_workers_and_ends_the_clock(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    passes(NOW)
    sent()
    link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW + HOUR)
    passes(NOW + HOUR)
    assert told("link_answered") == {("worker", watched.worker.pk)}
    assert told("link_made") == {("worker", other.worker.pk)}
    assert not told("link_over"), "the desk answered itself"
    assert open_clocks() == 0
    passes(row.due_at + DAY)
    assert not told("link_unanswered")


@pytest.mark.by_turns
@pytest.mark.parametrize("status", LinkRequest.NO_LINK)
def test_every_other_answer_is_told_when_it_is_due_whenever_it_was_given(
    row: LinkRequest, watched: Watched, other: Watched, status: str
) -> None:
    passes(NOW)
    sent()
    link_requests.refuse(row, status, note="Zqnote", by=other.desk.person, at=NOW + HOUR)
    passes(NOW + HOUR)
    assert open_clocks() == 0
    passes(row.due_at - MINUTE)
    assert set(Message.objects.values_list("wording", flat=True)) == {"link_waits"}
    assert not Event.objects.filter(kind="link_ask_over").exists()
    for _ in range(2):
        passes(row.due_at)
    assert told("link_answered") == {("worker", watched.worker.pk)}
    assert Event.objects.filter(kind="link_ask_over", child=watched.child).count() == 1
    assert not told("link_unanswered")


@pytest.mark.by_turns
def test_an_answer_goes_to_whoever_works_with_the_child_by_then(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    third = a_watched_child()
    link_requests.refuse(row, "no_such", note="By name", by=other.desk.person, at=NOW + HOUR)
    work = (third.team, third.worker)
    responsibilities.start(
        watched.child, authority=third.authority, work_of=work, by=third.manager, at=NOW + HOUR
    )
    passes(row.due_at)
    assert told("link_answered") == {("worker", third.worker.pk)}


@pytest.mark.by_turns(8)
def test_those_who_were_told_above_the_desk_hear_that_it_is_over(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    passes(row.due_at + 2 * DAY)
    sent()
    link_requests.refuse(row, "no_such", note="By name", by=other.desk.person, at=row.due_at + 3 * DAY)
    passes(row.due_at + 3 * DAY)
    over = told("link_over")
    assert ("head", other.head.pk) in over
    assert not over & {("worker", watched.worker.pk), ("duty", other.desk.mailbox.pk)}
    assert told("link_answered") == {("worker", watched.worker.pk)}


@pytest.mark.by_turns
def test_a_desk_that_is_asked_no_more_hears_it_and_not_why(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    passes(NOW)
    sent()
    link_requests.withdraw(row, why="Zqaunt", by=watched.worker, at=NOW + HOUR)
    passes(NOW + HOUR)
    assert told("link_over") == {("duty", other.desk.mailbox.pk)}
    assert not told("link_answered")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("why", ["closed", "restricted"])
def test_it_ends_with_the_case_of_the_child_and_with_a_restriction(
    row: LinkRequest, watched: Watched, other: Watched, why: str
) -> None:
    passes(NOW)
    sent()
    if why == "closed":
        case_closed(watched.child, reason="Abroad", at=NOW + HOUR)
    else:
        restrictions.restrict(watched.child, reason="A threat", named=[], by=watched.manager, at=NOW + HOUR)
    passes(NOW + HOUR)
    row.refresh_from_db()
    assert (row.status, row.withdrawn_why, row.withdrawn_by) == ("withdrawn", why, None)
    assert MatterClock.objects.get(matter__link_matter__request=row).ended_at is not None
    assert told("link_over") == {("duty", other.desk.mailbox.pk)}
    passes(row.due_at + DAY)
    assert not told("link_unanswered")


def searched(w: Watched, at: datetime) -> MissingEpisode:
    return missing(w.child, by=w.worker, at=at)


@pytest.mark.by_turns
def test_a_search_makes_it_urgent_and_its_end_gives_the_time_back(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    passes(NOW)
    sent()
    due_at = row.due_at
    episode = searched(watched, NOW + HOUR)
    passes(NOW + HOUR)
    row.refresh_from_db()
    assert row.due_at == NOW + 5 * HOUR
    assert told("link_urgent") == {
        ("duty", other.desk.mailbox.pk),
        ("duty", other.desk.person.pk),
    }
    passes(NOW + 5 * HOUR)
    assert {post for post, _ in told("link_urgent")} > {"duty"}
    assert told("link_unanswered") >= {("worker", watched.worker.pk)}
    passes(NOW + 6 * HOUR)
    assert LinkMatter.objects.filter(ended_at=None).count() == 2, "one beside the other, once"
    sent()
    ended(episode, at=NOW + 7 * HOUR)
    passes(NOW + 7 * HOUR)
    assert LinkMatter.objects.filter(ended_at=None).count() == 1
    assert ("duty", other.desk.mailbox.pk) in told("link_over")
    row.refresh_from_db()
    assert (row.status, row.due_at < due_at) == ("asked", True), "what was told once is not taken back"


def test_a_search_that_ends_in_time_leaves_the_question_its_own_time(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    due_at = row.due_at
    episode = searched(watched, NOW + HOUR)
    passes(NOW + HOUR)
    ended(episode, at=NOW + 2 * HOUR)
    passes(NOW + 2 * HOUR)
    row.refresh_from_db()
    assert row.due_at == due_at
    passes(NOW + 6 * HOUR)
    assert not told("link_unanswered")


@pytest.mark.by_turns
def test_what_was_answered_and_is_kept_back_is_told_in_a_search_as_early_as_what_was_not(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    link_requests.refuse(row, "cannot_say", note="A threat", by=other.desk.person, at=NOW)
    searched(watched, NOW + HOUR)
    passes(NOW + HOUR)
    assert not told("link_urgent")
    passes(NOW + 4 * HOUR)
    assert not told("link_answered")
    passes(NOW + 5 * HOUR)
    assert ("worker", watched.worker.pk) in told("link_answered")


@pytest.mark.by_turns
def test_what_is_kept_back_is_given_its_time_back_with_what_is_not(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    due_at = row.due_at
    episode = searched(watched, NOW + HOUR)
    passes(NOW + HOUR)
    link_requests.refuse(row, "cannot_say", note="A threat", by=other.desk.person, at=NOW + 2 * HOUR)
    ended(episode, at=NOW + 2 * HOUR)
    passes(NOW + 2 * HOUR)
    row.refresh_from_db()
    assert row.due_at == due_at
    passes(NOW + 6 * HOUR)
    assert not told("link_answered")


def test_a_council_to_which_it_was_handed_on_has_the_whole_time_and_in_a_search_is_told_that_it_is_urgent(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    third = a_watched_child()
    work = (third.team, third.worker)
    passes(NOW)
    sent()
    responsibilities.start(
        other.child, authority=third.authority, work_of=work, by=third.manager, at=NOW + HOUR
    )
    link_requests.pass_on(row, other.child, by=other.desk.person, at=NOW + HOUR)
    passes(NOW + HOUR)
    assert ("duty", third.desk.mailbox.pk) in told("link_waits")
    assert ("duty", other.desk.mailbox.pk) in told("link_over")
    searched(watched, NOW + 2 * HOUR)
    passes(NOW + 2 * HOUR)
    assert {mailbox for _, mailbox in told("link_urgent")} == {third.desk.mailbox.pk, third.desk.person.pk}
    assert open_clocks() == 2


@pytest.mark.by_turns
def test_nobody_who_is_kept_from_one_of_the_two_hears_a_word(
    row: LinkRequest, watched: Watched, other: Watched
) -> None:
    concerns.keep_from(watched.child, other.head, reason="A relative", by=watched.manager, at=NOW)
    concerns.keep_from(other.child, watched.worker, reason="A relative", by=other.manager, at=NOW)
    passes(row.due_at + 2 * DAY)
    assert other.head.pk not in {user for _, user in told("link_waits")}
    link_requests.say_yes(row, other.child, by=other.desk.person, at=row.due_at + 2 * DAY)
    passes(row.due_at + 2 * DAY)
    assert told("link_answered") == {("manager", watched.manager.pk)}


@pytest.mark.by_turns
def test_no_mail_says_a_word_of_either_child(row: LinkRequest, watched: Watched, other: Watched) -> None:
    searched(watched, NOW + HOUR)
    passes(NOW + HOUR)
    passes(row.due_at + 2 * DAY)
    sent()
    link_requests.say_yes(row, other.child, by=other.desk.person, at=row.due_at + 2 * DAY)
    passes(row.due_at + 2 * DAY)
    messages = Message.objects.filter(wording__startswith="link_")
    assert set(messages.values_list("wording", flat=True)) == {
        "link_waits",
        "link_urgent",
        "link_unanswered",
        "link_answered",
        "link_made",
        "link_over",
    }
    for message in messages:
        words = (
            compose_text(message, now=NOW) if message.channel == "text" else compose(message, now=NOW).text
        )
        assert "zq" not in words.lower()
        for child in (watched.child, other.child):
            assert child.given_name not in words
        near = {"link_unanswered": watched, "link_answered": watched, "link_made": other}.get(message.wording)
        for one in (watched, other):
            assert (one.child.reference in words) == (one is near)


def test_every_rung_of_both_ladders_is_owed_in_its_order() -> None:
    limit_at = NOW + 7 * DAY
    for kind, hours in (("link", 48), ("link_now", 4)):
        assert kind in Matter.Kind
        climbed, owed = "", []
        for _ in range(3):
            rung = matter_ladder.owed(
                kind, since=NOW, limit_at=limit_at, climbed=climbed, now=limit_at + 99 * DAY
            )
            assert rung is not None
            owed.append((rung.post, rung.instant(NOW, limit_at)))
            climbed = rung.step
        assert owed == [
            ("duty", NOW),
            ("manager", limit_at),
            ("head", limit_at + timedelta(hours=hours)),
        ]
        assert matter_ladder.next_at(kind, since=NOW, limit_at=limit_at, climbed=climbed) is None

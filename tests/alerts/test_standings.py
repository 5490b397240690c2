"""The status word of a child: each word, what it is derived from, and what is shown with it."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import DateTimeField, Value
from django.test.utils import CaptureQueriesContext

from alerts import caseload, duty_tasks, emails, escalations, sentences, standings, sweep
from alerts.models import Clock, Message
from cases import absences, contacts, episodes, placements
from cases.models import Child, MissingEpisode
from cases.templatetags import govuk
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_sighting,
    a_watched_child,
    away,
    case_closed,
    ended,
    missing,
    not_here,
    out,
    seen,
    silent,
    told_by,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def standing(child: Child, now=AT + HOUR) -> standings.Standing:
    return standings.of([child.pk], now=now)[child.pk]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def at_once(watched: Watched) -> None:
    """The child has been seen when it came."""
    seen(watched.child, by=watched.carer, at=AT)


@pytest.fixture
def gone(watched: Watched) -> MissingEpisode:
    """The child was reported missing an hour later."""
    return missing(watched.child, by=watched.worker, at=AT + HOUR)


def test_a_child_nobody_has_seen_yet_says_so_with_the_deadline(watched: Watched) -> None:
    one = standing(watched.child)
    assert one.tag == "not_seen_yet"
    assert one.due_at is not None
    assert one.due_at > AT
    assert one.placement == watched.placement
    assert one.home_phone == watched.placement.phone


@pytest.mark.by_turns
def test_a_child_seen_stands_with_who_saw_it_and_how(watched: Watched) -> None:
    contact = seen(watched.child, by=watched.carer, at=AT + HOUR)
    one = standing(watched.child, AT + HOUR)
    assert one.tag == "seen"
    assert one.seen == contact
    assert one.seen.witness == watched.carer.name
    assert one.since == AT + HOUR
    assert one.due_at > AT + HOUR


def test_hearsay_never_makes_the_word_seen(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT + HOUR, witness="", witness_user=None)
    assert standing(watched.child, AT + HOUR).tag == "not_seen_yet"


@pytest.mark.by_turns
def test_a_withdrawn_contact_takes_the_word_seen_with_it(watched: Watched) -> None:
    contact = seen(watched.child, by=watched.carer, at=AT + HOUR)
    contacts.withdraw(contact, reason="Wrong child", by=watched.carer, at=AT + HOUR + MINUTE)
    assert standing(watched.child, AT + HOUR + MINUTE).tag == "not_seen_yet"


@pytest.mark.by_turns
def test_an_open_window_is_due_and_a_closed_one_is_no_record_since_its_end(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT + HOUR)
    clock = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert clock.opens_at > AT + HOUR
    assert standing(watched.child, clock.opens_at - MINUTE).tag == "seen"
    due = standing(watched.child, clock.opens_at)
    assert (due.tag, due.due_at) == ("due", clock.due_at)
    late = standing(watched.child, clock.due_at)
    assert (late.tag, late.since) == ("no_record", clock.due_at)
    assert late.seen is not None, "the last proof is shown even when it is too old"


@pytest.mark.by_turns
def test_no_record_needs_no_sweep_and_says_who_is_ringing_once_a_task_is_taken(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=AT + HOUR)
    due_at = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at
    assert standing(watched.child, due_at + MINUTE).task is None
    now = due_at + 40 * MINUTE
    sweep.sweep(now=now)
    task = standing(watched.child, now).task
    assert task is not None
    assert task.taken_by is None
    duty_tasks.take(task, by=watched.desk.person, at=now)
    one = standing(watched.child, now)
    assert one.tag == "no_record"
    assert one.task.taken_by == watched.desk.person


@pytest.mark.by_turns
def test_a_child_out_is_out_until_back_by_and_then_without_a_record(watched: Watched, at_once: None) -> None:
    back_by = AT + 2 * HOUR
    out(watched.child, until=back_by, by=watched.carer, at=AT + MINUTE, with_whom="A friend from college")
    one = standing(watched.child, back_by - MINUTE)
    assert (one.tag, one.absence.with_whom) == ("out", "A friend from college")
    late = standing(watched.child, back_by)
    assert (late.tag, late.since) == ("no_record", back_by)


@pytest.mark.by_turns
def test_a_child_away_with_permission_reads_out(watched: Watched, at_once: None) -> None:
    away(
        watched.child,
        until=AT + timedelta(days=3),
        by=watched.worker,
        at=AT + MINUTE,
    )
    assert standing(watched.child, AT + HOUR).tag == "out"


@pytest.mark.by_turns
def test_no_record_stays_while_nobody_has_confirmed_the_episode(watched: Watched, at_once: None) -> None:
    due_at = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at
    now = due_at + 12 * HOUR
    sweep.sweep(now=now)
    one = standing(watched.child, now)
    assert one.tag == "no_record"
    assert one.not_confirmed
    assert one.episode.reference == f"{watched.child.reference}-M1"
    assert one.since == due_at


@pytest.mark.by_turns
def test_proof_before_any_police_message_takes_the_word_back_at_once(watched: Watched, at_once: None) -> None:
    at = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at + HOUR
    silent(watched.child, at=at)
    seen(watched.child, by=watched.carer, at=at + MINUTE)
    assert standing(watched.child, at + MINUTE).tag == "seen", "the sweep ends the episode later"


@pytest.mark.by_turns
def test_not_here_says_who_looked_until_it_is_reported(watched: Watched, at_once: None) -> None:
    not_here(watched.child, by=watched.carer, at=AT + HOUR)
    one = standing(watched.child, AT + HOUR)
    assert one.tag == "not_here"
    assert one.looked == standings.Looked(watched.carer.name, AT + HOUR)
    missing(watched.child, by=watched.carer, at=AT + HOUR + MINUTE)
    assert standing(watched.child, AT + HOUR + MINUTE).tag == "missing"


@pytest.mark.by_turns
def test_a_police_reference_makes_not_here_missing(watched: Watched) -> None:
    episode = not_here(watched.child, by=watched.carer, at=AT + HOUR)
    assert standing(watched.child).needs_police_word
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="NM-77",
        by=watched.desk.person,
        at=AT + HOUR + MINUTE,
    )
    one = standing(watched.child, AT + 2 * HOUR)
    assert one.tag == "missing"
    assert one.verified.officer == "PC 4821 Penrowe"
    assert not one.needs_police_word
    stale = standing(watched.child, AT + HOUR + MINUTE + timedelta(hours=8, minutes=30))
    assert stale.verified_stale
    assert stale.needs_police_word


@pytest.mark.by_turns
def test_missing_counts_from_since_and_from_28_days_on_is_still_missing(
    watched: Watched, at_once: None
) -> None:
    missing(watched.child, by=watched.worker, at=AT + HOUR)
    one = standing(watched.child, AT + 2 * HOUR)
    assert (one.tag, one.since, one.days) == ("missing", AT, None)
    assert standing(watched.child, AT + timedelta(days=28) - MINUTE).tag == "missing"
    later = standing(watched.child, AT + timedelta(days=41))
    assert (later.tag, later.days) == ("still_missing", 41)


@pytest.mark.by_turns
def test_an_away_episode_is_away_and_not_missing(watched: Watched) -> None:
    episode = episodes.report_away(
        watched.child, whereabouts="At a cousin’s in Ellwick", reason="", by=watched.worker, at=AT + HOUR
    )
    one = standing(watched.child)
    assert (one.tag, one.episode, one.since) == ("away", episode, AT + HOUR)
    assert sentences.line(one, now=AT + 2 * HOUR) == "At a cousin’s in Ellwick, since 10am (1 hour)"


@pytest.mark.by_turns
def test_reported_seen_is_back_to_be_confirmed_and_the_ending_asks_for_the_interview_for_72_hours(
    watched: Watched,
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    seen(watched.child, by=watched.carer, at=AT + 2 * HOUR)
    one = standing(watched.child, AT + 2 * HOUR)
    assert one.tag == "back_to_confirm"
    ended(episode, by=watched.desk.person, at=AT + 3 * HOUR)
    after = standing(watched.child, AT + 3 * HOUR)
    assert (after.tag, after.since) == ("return_interview_due", AT + 3 * HOUR)
    assert (after.episode, after.interview_by) == (episode, AT + 75 * HOUR)
    last = AT + 75 * HOUR
    seen(watched.child, by=watched.carer, at=last - MINUTE)
    assert standing(watched.child, last - MINUTE).tag == "return_interview_due"
    assert standing(watched.child, last).tag == "seen"


@pytest.mark.by_turns
def test_whom_duty_has_been_with_is_missing_no_more_in_any_list_and_the_ending_says_what_it_lacks(
    watched: Watched,
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    with_child = AT + HOUR + 30 * MINUTE
    episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=with_child)
    one = standing(watched.child, with_child + MINUTE)
    assert (one.tag, one.since) == ("back_to_confirm", with_child)
    said = sentences.line(one, now=with_child + MINUTE)
    assert "Confirmed with the child" in said
    assert "not confirmed" not in said
    assert "Still needed: the police close their report" in said


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("has_died", [False, True])
def test_whom_an_office_has_told_of_is_not_said_to_be_back(
    watched: Watched, gone: MissingEpisode, has_died: bool
) -> None:
    episode = gone
    told_at = AT + 2 * HOUR
    word = told_by("hospital", has_died=has_died, at=told_at)
    episodes.hear_from_office(episode, word, by=watched.desk.person, at=told_at)
    one = standing(watched.child, told_at + MINUTE)
    assert (one.tag, one.since) == ("told_of", told_at)
    assert govuk.STATUSES[one.tag][0] == "Word of the child, to be confirmed"
    said = sentences.line(one, now=told_at + MINUTE)
    assert "by whoever has the child, or answers for it" in said
    assert not {"died", "hospital", "Back"} & set(said.split()), "lists are read by others too"
    sweep.sweep_all(now=told_at + 24 * HOUR)
    waits = Message.objects.filter(wording="return_waits", channel="mail")
    mails = [" ".join(emails.compose(one, now=told_at + 24 * HOUR).text.split()) for one in waits]
    assert mails
    assert all("WORD OF THE CHILD" in mail and "back" not in mail.lower() for mail in mails)
    # Once duty is with the child it is back after all.
    if not has_died:
        episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=told_at + HOUR)
        assert standing(watched.child, told_at + HOUR).tag == "back_to_confirm"


@pytest.mark.by_turns
@pytest.mark.parametrize("seen_at", [AT + 90 * MINUTE, AT + 3 * HOUR])
def test_whom_somebody_has_seen_as_well_is_said_to_be_back_and_not_once_it_is_not_there(
    watched: Watched, seen_at: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)

    def hear(at: datetime, *, has_died: bool = False) -> None:
        word = told_by("hospital", has_died=has_died, at=at)
        episodes.hear_from_office(episode, word, by=watched.desk.person, at=at)

    told_at = AT + 2 * HOUR
    acts = [
        (told_at, lambda: hear(told_at)),
        (seen_at, lambda: seen(watched.child, by=watched.carer, at=seen_at)),
    ]
    for _at, act in sorted(acts, key=lambda one: one[0]):
        act()
    now = AT + 4 * HOUR
    one = standing(watched.child, now)
    assert (one.tag, one.since) == ("back_to_confirm", min(seen_at, told_at))
    assert words_of_database(watched.child, now) == {"back_to_confirm"}
    said = sentences.line(one, now=now)
    assert "by whoever has the child, or answers for it" in said, "nobody of duty has been with the child"
    late = a_sighting(watched.carer, at=now)
    contacts.look_failed(watched.child, late, by=watched.carer, at=now)
    hear(now + HOUR)
    assert standing(watched.child, now + HOUR).tag == "told_of"
    assert words_of_database(watched.child, now + HOUR) == {"told_of"}


@pytest.mark.by_turns
def test_of_a_death_nobody_is_said_to_be_back_though_the_child_was_seen_before(
    watched: Watched, gone: MissingEpisode
) -> None:
    episode = gone
    seen(watched.child, by=watched.carer, at=AT + 2 * HOUR)
    now = AT + 3 * HOUR
    word = told_by("hospital", has_died=True, at=now)
    episodes.hear_from_office(episode, word, by=watched.desk.person, at=now)
    episode.refresh_from_db()
    assert episode.reported_seen_at == AT + 2 * HOUR
    assert standing(watched.child, now).tag == "told_of"
    assert words_of_database(watched.child, now) == {"told_of"}


def words_of_database(child: Child, at: datetime) -> set[str]:
    """As the list of children is narrowed by it."""
    due = Child.objects.filter(pk=child.pk).annotate(
        due=Value(at, DateTimeField()), opens=Value(at, DateTimeField())
    )
    return set(caseload.with_word(due, at).values_list("word", flat=True))


@pytest.mark.by_turns
def test_the_head_of_service_is_not_told_of_a_missing_child_while_duty_has_just_been_with_them(
    watched: Watched,
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    contact = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert contact.steps["R4"].startswith((AT + 2 * HOUR).isoformat()[:16])
    with_child = AT + HOUR + 30 * MINUTE
    episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=with_child)
    contact.refresh_from_db()
    assert contact.steps["R4"].startswith((with_child + 2 * HOUR).isoformat()[:16])


@pytest.mark.by_turns
def test_lateness_comes_before_the_return_interview_and_after_a_death_there_is_none(
    watched: Watched,
) -> None:
    ended(missing(watched.child, by=watched.worker, at=AT + HOUR), by=watched.desk.person, at=AT + 3 * HOUR)
    late = standing(watched.child, AT + 50 * HOUR)
    assert (late.tag, late.interview_by) == ("no_record", AT + 75 * HOUR)
    other = a_watched_child(at=AT)
    episode = missing(other.child, by=other.worker, at=AT + HOUR)
    ended(episode, by=other.desk.person, outcome="died", at=AT + 3 * HOUR)
    one = standing(other.child, AT + 3 * HOUR)
    assert (one.tag, one.interview_by) == ("ended", None)


def test_a_closed_case_reads_ended(watched: Watched) -> None:
    case_closed(watched.child, reason="Moved abroad with family", by=watched.manager, at=AT + HOUR)
    assert standing(watched.child, AT + timedelta(days=9)).tag == "ended"


@pytest.mark.by_turns
def test_a_child_without_a_placement_has_no_home_to_ring(watched: Watched) -> None:
    placements.end(
        watched.placement, ends_at=AT + HOUR, reason="Home closed", by=watched.worker, at=AT + HOUR
    )
    one = standing(watched.child)
    assert one.placement is None
    assert one.home_phone == ""


@pytest.mark.by_turns
def test_the_order_is_missing_not_here_no_record_due_seen() -> None:
    found = {}
    for tag in ("seen", "no_record", "missing", "not_here"):
        watched = a_watched_child(at=AT - timedelta(days=2) if tag == "no_record" else AT)
        if tag == "seen":
            seen(watched.child, by=watched.carer, at=AT + HOUR)
        if tag == "missing":
            missing(watched.child, at=AT + HOUR)
        if tag == "not_here":
            not_here(watched.child, by=watched.carer, at=AT + HOUR)
        found[tag] = watched.child.pk
    ordered = standings.in_order(standings.of(found.values(), now=AT + HOUR).values())
    assert [one.tag for one in ordered] == ["missing", "not_here", "no_record", "seen"]


@pytest.mark.by_turns
def test_any_number_of_children_costs_the_same_queries() -> None:
    def crowd() -> list[int]:
        silent_one, looked, gone, plain = (a_watched_child() for _ in range(4))
        seen(plain.child, by=plain.carer, at=AT + MINUTE)
        out(plain.child, until=AT + 5 * HOUR, at=AT + HOUR)
        silent(silent_one.child, at=AT + MINUTE)
        not_here(looked.child, by=looked.carer, at=AT + HOUR)
        missing(gone.child, at=AT + HOUR)
        return [w.child.pk for w in (silent_one, looked, gone, plain)]

    def count(ids: list[int]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(standings.of(ids, now=AT + 2 * HOUR)) == len(ids)
        return len(queries)

    few = crowd()
    once = count(few)
    assert count([*few, *crowd()]) == once


def test_nobody_is_read_for_nobody() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert standings.of([], now=AT) == {}
    assert len(queries) == 0
    assert a_child().pk not in standings.of([], now=AT)


@pytest.mark.by_turns(8)
def test_how_an_episode_ended_is_told_in_no_list_of_a_later_guardian(watched: Watched) -> None:
    episode = ended(missing(watched.child, at=AT + HOUR), outcome="abroad", at=AT + 2 * HOUR)
    one = standing(watched.child, AT + 3 * HOUR)
    assert (one.tag, one.episode) == ("ended", episode)
    assert "Abroad" in sentences.line(one, now=AT + 3 * HOUR)
    shown = standings.by_part(one, reader_id=watched.guardian.pk)
    assert shown.tag == "ended"
    assert sentences.line(shown, now=AT + 3 * HOUR) == ""


def test_a_child_who_goes_out_again_unseen_is_to_be_seen_24_hours_after_the_first_time(
    watched: Watched,
) -> None:
    seen(watched.child, by=watched.carer, at=AT)
    first = AT + MINUTE
    out(watched.child, until=first + 23 * HOUR, at=first)
    again = first + 22 * HOUR
    absences.come_back(watched.child, back_at=again, by=watched.carer, at=again)
    out(watched.child, until=again + 9 * HOUR, at=again)

    for addressed in (True, False):
        line = sentences.line(standing(watched.child, again), now=again, addressed=addressed)
        assert "to be seen by" in line
    assert standing(watched.child, first + 24 * HOUR).tag == "no_record"
    seen(watched.child, by=watched.guardian, knows_child=True, at=again + MINUTE)
    assert "to be seen" not in sentences.line(standing(watched.child, again + 2 * MINUTE), now=again)

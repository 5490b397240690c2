"""The reviews of a child who stays missing: each climbs by itself from its day, and stops when it is recorded."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import emails, foresight, integrity, policies, policy_words, review_ladder, sweep
from alerts.event_words import reading
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageKind, PolicyVersion
from alerts.review_ladder import DEFAULT_RUNGS, Rules
from alerts.schedule import Step
from cases import people, responsibilities, review_dates, reviews
from cases.deadlines import LONDON
from cases.models import AgeStatus, Child, Event, Mailbox, MissingEpisode, MissingReview
from cases.review_dates import BY_CALENDAR, Due, Review
from tests.cases.expectations import events
from tests.counts import FULL, one_in
from tests.factories import AT, NOT_ASKED, Watched, a_watched_child, ended, membership_of, missing

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Both changes of the clocks, and the end of February, lie in the year that follows.
GONE = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
ALWAYS = (Rules(datetime(2000, 1, 1, tzinfo=UTC), DEFAULT_RUNGS),)


@pytest.fixture(autouse=True)
def _in_force():
    """The ladder was there long before these episodes."""
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def episode(watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return episode


def hold(episode: MissingEpisode, watched: Watched, due: Due | None, *, at: datetime) -> MissingReview:
    said = {"chair": "E. Arnott", "note": "Search goes on", "asked": NOT_ASKED, "by": watched.manager}
    return reviews.record(episode, due, held_at=at, **said, at=at)


def told() -> Counter[tuple[str, str, str]]:
    """Review, step and post of every message that tells of a review, with how many there are."""
    rows = Message.objects.filter(items__alert__clock__kind=Clock.Kind.REVIEW).exclude(
        kind=MessageKind.ENDING
    )
    return Counter(rows.values_list("items__alert__clock__duty", "step", "post"))


def instants(dues: Iterable[Due]) -> list[datetime]:
    return sorted({moment for due in dues for moment in review_ladder.instants(due, ALWAYS).values()})


@pytest.mark.by_turns
def test_over_a_year_each_rung_of_each_review_is_told_once_and_in_order(episode, watched):
    box = {"address": "review@council.example", "purpose": Mailbox.Purpose.REVIEWING}
    Mailbox.objects.create(authority=watched.authority, **box, verified_at=AT, starts_at=AT)
    year = reviews.calendar(GONE, until=GONE + 366 * DAY)
    end = GONE + 380 * DAY
    moments = [moment for moment in instants(year) if moment <= end]
    expected: Counter[tuple[str, str, str]] = Counter()
    posts = {
        Step.R0: ("manager", "worker"),
        Step.R1: ("duty", "worker"),
        Step.R2: ("manager",),
        Step.R4: ("head", "reviewing"),
        Step.R5: ("director",),
    }
    for now in moments:
        sweep.sweep_all(now=now - MINUTE)
        assert told() == expected, now
        for due in year:
            for step, moment in review_ladder.instants(due, ALWAYS).items():
                if moment == now:
                    expected.update((due.key, step.value, post) for post in posts[step])
        sweep.sweep_all(now=now)
        assert told() == expected, now
    climbed = AlertStep.objects.filter(alert__clock__kind=Clock.Kind.REVIEW)
    assert len(climbed) == 4 * 2 + 1 + 3 * 5
    assert all(row.climbed_at == row.owed_at for row in climbed)
    for alert in Alert.objects.filter(clock__kind=Clock.Kind.REVIEW):
        order = [row.step for row in alert.climbed.order_by("pk")]
        assert order == sorted(order)
    assert broken_in_turn(end, "over a year") == {}


def broken_in_turn(now: datetime, story: str) -> dict[str, tuple[str, ...]]:
    """The same at the end of one story in three, in turn; of each in ./run faults."""
    return broken(now) if FULL or not one_in(story, 3) else {}


def broken(now: datetime) -> dict[str, tuple[str, ...]]:
    """What is broken about reviews, by question."""
    found = {one.question: one.references for one in integrity.check(now)}
    kept = {
        question: [row for row in rows if "review" in row or ":" in row] for question, rows in found.items()
    }
    return {question: tuple(rows) for question, rows in kept.items() if rows}


@pytest.mark.by_turns
def test_a_late_sweep_tells_what_punctual_ones_did(episode, watched):
    year = reviews.calendar(GONE, until=GONE + 366 * DAY)
    end = GONE + 380 * DAY
    sweep.sweep_all(now=end)
    climbed = AlertStep.objects.filter(alert__clock__kind=Clock.Kind.REVIEW)
    owed = {
        (due.key, step.value, moment)
        for due in year
        for step, moment in review_ladder.instants(due, ALWAYS).items()
        if moment <= end
    }
    assert Counter(climbed.values_list("alert__clock__duty", "step", "owed_at")) == Counter(owed)
    before = told()
    sweep.sweep_all(now=end + MINUTE)
    assert told() == before
    assert broken_in_turn(end + MINUTE, "a late sweep") == {}


@pytest.mark.by_turns
def test_a_recorded_review_stops_its_ladder_and_the_next_one_has_its_clock_already(episode, watched):
    first, second, *_ = reviews.calendar(GONE, until=GONE + 30 * DAY)
    sweep.sweep_all(now=first.due_at)
    assert set(told()) == {(first.key, "R4", "head")}
    held_at = first.due_at + 3 * MINUTE
    hold(episode, watched, first, at=held_at)
    clocks = {clock.duty: clock for clock in Clock.objects.filter(kind=Clock.Kind.REVIEW)}
    assert (clocks[first.key].due_at, clocks[first.key].next_at) == (None, held_at)
    assert clocks[second.key].next_at == second.due_at
    sweep.sweep_all(now=held_at)
    assert Alert.objects.get(clock=clocks[first.key]).ended_at == held_at
    sweep.sweep_all(now=second.due_at - MINUTE)
    assert set(told()) == {(first.key, "R4", "head")}
    assert not Message.objects.filter(kind=MessageKind.ENDING).exists()
    sweep.sweep_all(now=second.due_at)
    assert (second.key, "R4", "head") in told()
    assert broken_in_turn(second.due_at, "recorded") == {}


@pytest.mark.by_turns
def test_whoever_holds_a_review_before_its_day_is_reminded_of_none(episode, watched):
    due = reviews.calendar(GONE, until=GONE + 100 * DAY)
    assert due[-1].kind == Review.MONTH_3
    for one in due:
        hold(episode, watched, one, at=one.due_at - (15 * DAY if one.kind in BY_CALENDAR else 2 * DAY))
    sweep.sweep_all(now=due[-1].due_at + 20 * DAY)
    assert not told()
    coming = Clock.objects.get(kind=Clock.Kind.REVIEW, next_at__isnull=False)
    half_year = next(one for one in review_dates.coming(GONE) if one.kind == Review.MONTH_6)
    assert (coming.duty, coming.next_at) == (half_year.key, half_year.due_at - 14 * DAY)


@pytest.mark.by_turns
def test_an_extra_review_stops_no_ladder(episode, watched):
    first = reviews.calendar(GONE, until=GONE + 6 * DAY)[0]
    hold(episode, watched, None, at=GONE + DAY)
    sweep.sweep_all(now=first.due_at)
    assert set(told()) == {(first.key, "R4", "head")}


@pytest.mark.by_turns
def test_a_search_that_only_the_fail_safe_began_is_asked_about_week_by_week(watched):
    sweep.sweep_all(now=AT + 6 * DAY)
    episode = MissingEpisode.objects.get(child=watched.child)
    assert (episode.status, episode.fail_safe) == ("not_confirmed", True)
    first, second, *_ = reviews.calendar(episode.counts_from, until=episode.counts_from + 20 * DAY)
    for moment in (first.due_at - MINUTE, first.due_at, second.due_at):
        sweep.sweep_all(now=max(moment, AT + 6 * DAY))
    assert {(first.key, "R4", "head"), (second.key, "R4", "head")} <= set(told())
    assert broken_in_turn(second.due_at, "fail-safe") == {}


@pytest.mark.by_turns
def test_a_withdrawn_record_puts_the_review_back_and_tells_at_once_what_it_owes(episode, watched):
    first, second, *_ = reviews.calendar(GONE, until=GONE + 30 * DAY)
    sweep.sweep_all(now=first.due_at)
    review = hold(episode, watched, first, at=first.due_at + MINUTE)
    sweep.sweep_all(now=first.due_at + MINUTE)
    again = first.due_at + 3 * DAY
    with events(watched.child, "review_withdrawn"):
        reviews.withdraw(review, reason="Of another child", by=watched.manager, at=again)
    assert Clock.objects.get(duty=first.key).next_at == first.due_at
    sweep.sweep_all(now=again)
    assert told() == {(first.key, "R4", "head"): 2, (first.key, "R5", "director"): 1}
    alerts = Alert.objects.filter(clock__duty=first.key).order_by("round")
    assert [(alert.round, alert.ended_at is None) for alert in alerts] == [(1, False), (2, True)]
    hold(episode, watched, first, at=again + MINUTE)
    sweep.sweep_all(now=second.due_at - MINUTE)
    assert not Alert.objects.open().filter(clock__kind=Clock.Kind.REVIEW).exists()


@pytest.mark.by_turns
def test_a_withdrawn_record_of_a_review_due_before_the_policy_tells_at_once_by_the_policy_of_that_day(
    episode, watched
):
    first, *_ = reviews.calendar(GONE, until=GONE + 30 * DAY)
    policy = PolicyVersion.objects.filter(key=policies.REVIEW)
    policy.update(takes_effect_at=first.due_at + 3 * DAY)
    review = hold(episode, watched, first, at=first.due_at + MINUTE)
    again = first.due_at + 4 * DAY
    sweep.sweep_all(now=again)
    assert told() == {}
    reviews.withdraw(review, reason="Of another child", by=watched.manager, at=again)
    sweep.sweep_all(now=again)
    assert told() == {(first.key, "R4", "head"): 1, (first.key, "R5", "director"): 1}
    assert broken_in_turn(again + MINUTE, "policy of its day") == {}
    hold(episode, watched, first, at=again + MINUTE)
    sweep.sweep_all(now=again + MINUTE)
    assert not Alert.objects.open().filter(clock__kind=Clock.Kind.REVIEW).exists()


@pytest.mark.by_turns
def test_a_record_withdrawn_before_there_was_a_policy_tells_nobody(episode, watched):
    first, *_ = reviews.calendar(GONE, until=GONE + 30 * DAY)
    review = hold(episode, watched, first, at=first.due_at + MINUTE)
    reviews.withdraw(review, reason="Of another child", by=watched.manager, at=first.due_at + DAY)
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=first.due_at + 3 * DAY)
    sweep.sweep_all(now=first.due_at + 4 * DAY)
    assert told() == {}


@pytest.mark.by_turns
def test_the_end_of_the_episode_ends_every_ladder_and_whoever_was_told_hears_it(episode, watched):
    first = reviews.calendar(GONE, until=GONE + 6 * DAY)[0]
    sweep.sweep_all(now=first.due_at)
    Message.objects.update(status="sent", sent_at=first.due_at)
    over = first.due_at + DAY
    ended(episode, at=over)
    sweep.sweep_all(now=over)
    before = told()
    assert not Alert.objects.open().filter(clock__kind=Clock.Kind.REVIEW).exists()
    assert not Clock.objects.filter(kind=Clock.Kind.REVIEW, next_at__isnull=False).exists()
    sweep.sweep_all(now=over + 400 * DAY)
    assert told() == before
    ending = Message.objects.filter(kind=MessageKind.ENDING, user=watched.head)
    assert ending.exists()
    assert broken_in_turn(over + MINUTE, "over") == {}
    asked = {one.question: one.references for one in integrity.check(over + 5 * MINUTE)}
    assert asked["ended alerts of which somebody was told and not of the ending"] == ()


@pytest.mark.by_turns
def test_who_is_told_is_of_the_authority_that_is_responsible_when_a_rung_is_due(episode, watched):
    due = [*reviews.calendar(GONE, until=GONE + 100 * DAY)]
    for one in due[:-1]:
        hold(episode, watched, one, at=one.due_at - DAY)
    sweep.sweep_all(now=due[-1].due_at)
    other = a_watched_child()
    moved_at = due[-1].due_at + DAY
    responsibilities.start(watched.child, authority=other.authority, by=watched.manager, at=moved_at)
    sweep.sweep_all(now=due[-1].due_at + 7 * DAY)
    told_later = Message.objects.filter(
        items__alert__clock__duty=due[-1].key, step__in=("R2", "R4"), kind=MessageKind.ALERT
    )
    assert set(told_later.values_list("step", "user")) == {("R2", other.manager.pk), ("R4", other.head.pk)}


@pytest.mark.by_turns(8)
def test_a_reminder_that_no_manager_gets_goes_to_the_head_and_is_looked_into_and_the_timeline_says_so(
    episode, watched
):
    people.leave(membership_of(watched.manager), at=GONE)
    due = [*reviews.calendar(GONE, until=GONE + 100 * DAY)]
    for one in due[:-1]:
        said = {"chair": "E. Arnott", "note": "Search goes on", "asked": NOT_ASKED, "by": watched.head}
        reviews.record(episode, one, held_at=one.due_at - DAY, **said, at=one.due_at - DAY)
    reminded_at = due[-1].due_at - 14 * DAY
    sweep.sweep_all(now=reminded_at)
    of_reminder = Message.objects.filter(wording="review_coming", created_at=reminded_at)
    assert set(of_reminder.values_list("user", flat=True)) == {watched.head.pk, watched.worker.pk}
    task = DutyTask.objects.get(kind=DutyTask.Kind.NOBODY_TO_TELL)
    assert (task.step, task.episode) == ("R0", episode)
    climbed = list(Event.objects.filter(child=watched.child, kind="climbed", data__clock="review"))
    words = reading.read(climbed, permissions=frozenset())[climbed[0].pk]
    assert words.title == "A review is coming: team manager and social worker were told"
    hold(episode, watched, due[-1], at=reminded_at + DAY)
    sweep.sweep_all(now=reminded_at + DAY)
    task.refresh_from_db()
    assert task.done_at == reminded_at + DAY


@pytest.mark.by_turns
def test_coming_of_age_or_being_called_an_adult_ends_no_review(episode, watched):
    Child.objects.filter(pk=watched.child.pk).update(
        birth_date=(GONE - 18 * 366 * DAY).date(), age_status=AgeStatus.ASSESSED_ADULT
    )
    first = reviews.calendar(GONE, until=GONE + 6 * DAY)[0]
    sweep.sweep_all(now=first.due_at)
    assert (first.key, "R4", "head") in told()


@pytest.mark.by_turns
def test_an_upgrade_makes_no_old_review_cry_and_finds_the_searches_of_which_nobody_writes(watched):
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=GONE + 5000 * DAY)
    missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    now = GONE + 60 * DAY
    sweep.sweep_all(now=now)
    assert not Clock.objects.filter(kind=Clock.Kind.REVIEW).exists()
    # As the migration does.
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=now)
    lost = f"{watched.child.reference} review"
    assert broken(now)["clocks that are not what the facts say"] == (lost,)
    Clock.objects.filter(kind=Clock.Kind.CONTACT).update(next_at=now)
    sweep.sweep_all(now=now)
    assert not told()
    months = next(one for one in review_dates.coming(GONE) if one.kind == Review.MONTH_3)
    coming = Clock.objects.get(kind=Clock.Kind.REVIEW)
    assert (coming.duty, coming.next_at) == (months.key, months.due_at - 14 * DAY)
    assert broken(now) == {}


@pytest.mark.by_turns(8)
def test_the_check_finds_a_review_that_nobody_hears_of(episode, watched):
    first = reviews.calendar(GONE, until=GONE + 6 * DAY)[0]
    Clock.objects.filter(kind=Clock.Kind.REVIEW).update(next_at=None)
    found = broken(first.due_at + 5 * MINUTE)
    assert f"{watched.child.reference} review" in found["clocks that are not what the facts say"]
    unheard = found[
        "reviews of missing children that are not recorded, are past their time and have no alert"
    ]
    assert unheard == (f"{watched.child.reference} {first.key}",)


def test_the_policy_page_and_who_would_be_told_say_who_hears_of_a_review_and_when(episode, watched):
    lines = dict(next(one.lines for one in policy_words.all_of(GONE) if one.key == policies.REVIEW))
    assert [*lines] == [str(MissingReview.Kind(kind).label) for kind in Review]
    assert lines["Formal review on day 28"] == "on its day: the director is told"
    assert lines["Review at 3 months"].startswith("14 days before: the team manager and the social worker")
    assert lines["Review at 3 months"].endswith("14 days after: the director is told")
    first = reviews.calendar(GONE, until=GONE + 6 * DAY)[0]
    foretold = foresight.of(watched.child, about=GONE + DAY, now=GONE)
    assert foretold.review == "Multi-agency review, due on 5 December 2026"
    assert [(rung.step, rung.at) for rung in foretold.reviews] == [
        ("R4", first.due_at),
        ("R5", first.due_at + 2 * DAY),
    ]
    assert {told.who for told in foretold.reviews[0].told} == {watched.head.name}
    at_night = foresight.of(watched.child, about=first.due_at + DAY, now=GONE)
    assert [rung.step for rung in at_night.reviews] == ["R5"]


@given(
    began=st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    after=st.integers(0, 4 * 366 * 24),
    gaps=st.sets(st.integers(0, 11)),
)
def test_at_every_instant_every_ladder_that_has_begun_stands_and_one_to_come(began, after, gaps):
    at = began + timedelta(hours=after)
    all_of = [*review_dates.calendar(began, until=at + 1000 * DAY)]
    held = {due.due_at for number, due in enumerate(all_of) if number in gaps}
    found = review_ladder.owed(began, held, ALWAYS, at=at)
    begun = [
        due
        for due in all_of
        if due.due_at not in held and min(review_ladder.instants(due, ALWAYS).values()) <= at
    ]
    assert [one.due for one in found[:-1]] == begun
    assert found[-1].first_at > at
    for one in found:
        rungs = [one.steps[step] for step in Step if step in one.steps]
        assert rungs == sorted(rungs)
        if one.due.kind not in BY_CALENDAR:
            continue
        days = [
            (moment.astimezone(LONDON).date() - one.due.due_at.astimezone(LONDON).date()).days
            for moment in rungs
        ]
        assert days == [-14, 0, 3, 7, 14]
        wall = one.due.due_at.astimezone(LONDON).time()
        for moment in rungs:
            there = moment.astimezone(LONDON).time()
            # Where the clocks skip the hour it is the next that exists.
            assert there == wall or (wall.hour, there.hour, there.minute) == (1, 2, 0)


def test_the_mail_of_a_review_asks_to_ask_the_police_again(episode, watched):
    first = reviews.calendar(GONE, until=GONE + 6 * DAY)[0]
    sweep.sweep_all(now=first.due_at)
    mail = emails.compose(Message.objects.get(step="R4", post="head"), now=first.due_at)
    assert "Multi-agency review, due on 5 December 2026" in mail.text
    assert "For a review, ask the police again first" in mail.text
    assert "For a review, ask the police again first" in mail.html

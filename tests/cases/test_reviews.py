"""The reviews of a child who stays missing."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from cases import episodes, log, review_dates, reviews
from cases.deadlines import LONDON
from cases.models import Child, Event, MissingReview
from cases.review_dates import BY_CALENDAR
from cases.reviews import Asked, Due, Kind
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import NOT_ASKED, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
SOONER = "The police must have been asked after the child was reported missing, and by now."
SAID = {"chair": "E. Arnott", "note": "Said", "asked": NOT_ASKED}


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=2))


@pytest.mark.by_turns
def test_the_calendar_is_weekly_for_a_month_then_by_months_then_yearly_for_ever() -> None:
    due = reviews.calendar(AT, until=datetime(2029, 6, 1, tzinfo=UTC))
    assert [(one.kind, one.due_at.date().isoformat()) for one in due] == [
        (Kind.MULTI_AGENCY, "2026-02-05"),
        (Kind.MULTI_AGENCY, "2026-02-12"),
        (Kind.MULTI_AGENCY, "2026-02-19"),
        (Kind.MULTI_AGENCY, "2026-02-26"),
        (Kind.DAY_28, "2026-02-28"),
        (Kind.MONTH_3, "2026-04-30"),
        (Kind.MONTH_6, "2026-07-31"),
        (Kind.YEARLY, "2027-01-31"),
        (Kind.YEARLY, "2028-01-31"),
        (Kind.YEARLY, "2029-01-31"),
    ]
    assert reviews.calendar(AT, until=AT + timedelta(days=4)) == ()


@pytest.mark.by_turns(8)
def test_a_review_is_recorded_once_with_one_event(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    held = AT + timedelta(days=5, hours=2)
    said = {"chair": "Elis Arnott", "note": "Keep searching.", "asked": NOT_ASKED}
    review = reviews.record(episode, due, held_at=held, **said, by=watched.manager, at=held)
    assert (review.kind, review.due_at, review.held_at) == (Kind.MULTI_AGENCY, due.due_at, held)
    assert Event.objects.filter(child=watched.child, kind="review_held").count() == 1
    assert not log.broken_links([watched.child.pk])
    assert reviews.record(episode, due, held_at=held, **said, by=watched.manager, at=held) == review, (
        "sent twice"
    )
    assert Event.objects.filter(child=watched.child, kind="review_held").count() == 1
    with pytest.raises(IllegalMove, match="recorded already"):
        reviews.record(episode, due, held_at=held, **said, by=watched.worker, at=held)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("due", "held", "note", "words"),
    [
        (Due(Kind.DAY_28, AT + timedelta(days=5)), timedelta(days=5), "Said", "No review"),
        (Due(Kind.MULTI_AGENCY, AT + timedelta(days=5)), timedelta(days=9), "Said", "now or in the past"),
        (Due(Kind.MULTI_AGENCY, AT + timedelta(days=5)), -timedelta(days=1), "Said", "after the child"),
        (Due(Kind.MULTI_AGENCY, AT + timedelta(days=5)), timedelta(days=5), " ", "what was decided"),
    ],
)
def test_a_review_that_cannot_have_been_is_refused(
    watched: Watched, due: Due, held: timedelta, note: str, words: str
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    now = AT + timedelta(days=6)
    with pytest.raises(IllegalMove, match=words):
        reviews.record(
            episode,
            due,
            held_at=AT + held,
            chair="E. Arnott",
            note=note,
            asked=NOT_ASKED,
            by=watched.manager,
            at=now,
        )


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(), "Enter when the police were asked, or why nobody has asked them yet."),
        (Asked(police_not_asked=" "), "Enter when the police were asked, or why nobody has asked them yet."),
        (Asked(police_spoken_to="PC Vale", police_not_asked="Later"), "Enter when the police were asked."),
        (
            Asked(AT + timedelta(days=5), "PC Vale"),
            "Enter who of the police was spoken to and what they answered.",
        ),
        (
            Asked(AT + timedelta(days=5), "PC Vale", "", "No news", "Later"),
            "Enter what the police answered, or why nobody has asked them, and not both.",
        ),
        (Asked(AT - timedelta(days=1), "PC Vale", "", "No news"), SOONER),
        (Asked(AT + timedelta(days=9), "PC Vale", "", "No news"), SOONER),
    ],
)
def test_a_review_says_what_the_police_answered_or_why_nobody_has_asked_them(
    watched: Watched, asked: Asked, words: str
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due, now = reviews.calendar(AT, until=AT + timedelta(days=6))[0], AT + timedelta(days=6)
    with refused(watched.child, words):
        reviews.record(episode, due, held_at=now, **SAID | {"asked": asked}, by=watched.manager, at=now)


WEEKLY, MONTHLY = timedelta(days=3), timedelta(days=16)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("kind", "lead"), [(Kind.MULTI_AGENCY, WEEKLY), (Kind.MONTH_3, MONTHLY)])
def test_a_review_counts_in_its_lead_time_and_no_sooner(watched: Watched, kind: str, lead: timedelta) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due = next(one for one in review_dates.coming(AT) if one.kind == kind)
    early, now = due.due_at - lead - timedelta(minutes=1), due.due_at
    with refused(
        watched.child, "It was held too long before this review is due. Record it as an extra review."
    ):
        reviews.record(episode, due, held_at=early, **SAID, by=watched.manager, at=now)
    reviews.record(episode, due, held_at=due.due_at - lead, **SAID, by=watched.manager, at=now)
    assert due not in reviews.not_held(episode, at=now)


@pytest.mark.by_turns
def test_an_extra_review_answers_none_that_is_due_and_is_one_when_it_is_sent_twice(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    held = AT + timedelta(days=1)
    said = {"held_at": held, **SAID, "by": watched.manager}
    with events(watched.child, "review_held"):
        review = reviews.record(episode, None, **said, at=held)
        again = reviews.record(
            episode, None, **said | {"held_at": held + timedelta(seconds=9)}, at=held + timedelta(seconds=9)
        )
    assert (review.kind, review.due_at, again.pk) == (Kind.EXTRA, None, review.pk)
    first = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    assert reviews.not_held(episode, at=held) == (first,)
    reviews.withdraw(review, reason="Of another child", by=watched.manager, at=held)
    assert reviews.not_held(episode, at=held) == (first,)


@pytest.mark.by_turns
def test_a_search_that_only_the_fail_safe_began_is_reviewed_and_counts_anew_from_its_confirmation(
    watched: Watched,
) -> None:
    locked = Child.objects.get(pk=watched.child.pk)
    episode = episodes.open_unconfirmed([(locked, AT - timedelta(hours=30))], at=AT)[locked.pk]
    assert not reviews.is_reviewed(episode), "nobody has told the police"
    episode = episodes.start_fail_safe(episode, owed_at=AT)
    first, second, *_ = reviews.calendar(AT, until=AT + timedelta(days=20))
    assert reviews.not_held(episode, at=first.due_at) == (first, second)
    said = {**SAID, "by": watched.manager}
    reviews.record(episode, first, held_at=first.due_at, **said, at=first.due_at)
    confirmed_at = first.due_at + timedelta(days=1)
    confirmed = episodes.confirm(episode, by=watched.manager, at=confirmed_at)
    assert reviews.not_held(confirmed, at=confirmed_at) == reviews.calendar(
        confirmed_at, until=confirmed_at + timedelta(days=5)
    )


@pytest.mark.by_turns(8)
def test_an_ended_episode_is_not_reviewed(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    over = ended(episode, at=AT + timedelta(days=4), by=watched.desk.person)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    now = AT + timedelta(days=6)
    with pytest.raises(IllegalMove, match="open is reviewed"):
        reviews.record(over, due, held_at=now, **SAID, by=watched.manager, at=now)


@pytest.mark.by_turns(8)
def test_a_review_that_stands_cannot_be_changed(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    now = AT + timedelta(days=6)
    review = reviews.record(episode, due, held_at=now, **SAID, by=watched.manager, at=now)
    attacks = (
        "UPDATE cases_missingreview SET note = 'x'",
        "UPDATE cases_missingreview SET police_not_asked = 'x'",
        "UPDATE cases_missingreview SET held_at = due_at, withdrawn_at = held_at",
        "UPDATE cases_missingreview SET withdrawn_at = recorded_at",
        "DELETE FROM cases_missingreview",
    )
    for attack in attacks:
        with (
            pytest.raises(Exception, match=r"append-only|permission denied|withdrawn_with_reason"),
            transaction.atomic(),
        ):
            connection.cursor().execute(attack)
    with pytest.raises(IntegrityError), transaction.atomic():
        MissingReview.objects.create(
            episode=episode, kind=due.kind, due_at=due.due_at, held_at=now, chair="X", note="Y",
            recorded_at=now, recorded_by=watched.manager,
        )  # fmt: skip
    assert MissingReview.objects.get().note == review.note


@pytest.mark.by_turns(8)
def test_a_record_that_was_wrong_is_withdrawn_with_who_and_why_and_the_review_is_owed_again(
    watched: Watched,
) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    now = AT + timedelta(days=6)
    said = {**SAID, "by": watched.manager}
    review = reviews.record(episode, due, held_at=now, **said, at=now)
    assert due not in reviews.not_held(episode, at=now)
    with refused(watched.child, "Enter why this record is withdrawn."):
        reviews.withdraw(review, reason=" ", by=watched.manager, at=now)
    with events(watched.child, "review_withdrawn"):
        reviews.withdraw(review, reason="Of another child", by=watched.manager, at=now)
    assert due in reviews.not_held(episode, at=now)
    with refused(watched.child, "This record is withdrawn already."):
        reviews.withdraw(review, reason="Again", by=watched.manager, at=now)
    reviews.record(episode, due, held_at=now, **said, at=now)
    assert due not in reviews.not_held(episode, at=now)
    assert not log.broken_links([watched.child.pk])
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        MissingReview.objects.filter(pk=review.pk).update(withdrawn_reason="Another reason")


@given(
    began=st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    days=st.integers(0, 5 * 366),
)
def test_every_review_comes_in_order_at_its_hours_or_at_its_wall_time_on_a_day_that_exists(
    began: datetime, days: int
) -> None:
    due = reviews.calendar(began, until=began + timedelta(days=days))
    assert [one.due_at for one in due] == sorted({one.due_at for one in due})
    assert len({one.key for one in due}) == len(due)
    assert all(len(one.key) <= 20 for one in due)
    local = began.astimezone(LONDON)
    for one in due:
        if one.kind not in BY_CALENDAR:
            assert (one.due_at - began).total_seconds() % 86400 == 0
            continue
        there = one.due_at.astimezone(LONDON)
        last = monthrange(there.year, there.month)[1]
        assert there.day == min(local.day, last)
        # A wall time that the clocks skip is the next that exists.
        assert there.time() == local.time() or (there.hour, there.minute, local.hour) == (2, 0, 1)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("began", "kind", "due"),
    [
        # 29 February: a year later its last day, and four years later the day itself.
        ("2028-02-29T12:00+00:00", Kind.YEARLY, "2029-02-28T12:00+00:00"),
        ("2027-11-30T12:00+00:00", Kind.MONTH_3, "2028-02-29T12:00+00:00"),
        # Through both changes of the clocks, at the same time of day in London.
        ("2026-01-10T09:00+00:00", Kind.MONTH_3, "2026-04-10T08:00+00:00"),
        ("2026-08-10T08:00+00:00", Kind.MONTH_3, "2026-11-10T09:00+00:00"),
        # 1:30am on the day that skips it, and on the day that has it twice.
        ("2025-12-29T01:30+00:00", Kind.MONTH_3, "2026-03-29T01:00+00:00"),
        ("2026-07-25T00:30+00:00", Kind.MONTH_3, "2026-10-25T00:30+00:00"),
        # In hours while the search is young: 28 days are 28 times 24 hours.
        ("2026-03-20T09:00+00:00", Kind.DAY_28, "2026-04-17T09:00+00:00"),
    ],
)
def test_a_review_is_due_on_the_day_that_the_calendar_has(began: str, kind: str, due: str) -> None:
    start = datetime.fromisoformat(began)
    found = next(
        one for one in reviews.calendar(start, until=start + timedelta(days=366)) if one.kind == kind
    )
    assert found.due_at == datetime.fromisoformat(due)


def test_the_reviews_of_an_instant_are_the_same_in_whatever_zone_it_is_said() -> None:
    since = datetime(2026, 9, 30, 16, 38, tzinfo=UTC)
    until = since + timedelta(days=800)
    said = reviews.calendar(since.astimezone(LONDON), until=until)
    assert said == reviews.calendar(since, until=until)

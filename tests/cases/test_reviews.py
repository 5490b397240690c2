"""The reviews of a child who stays missing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cases import log, reviews
from cases.models import Event, MissingReview
from cases.reviews import Due, Kind
from cases.states import IllegalMove
from tests.factories import Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=2))


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


def test_a_review_is_recorded_once_with_one_event(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    held = AT + timedelta(days=5, hours=2)
    said = {"chair": "Elis Arnott", "note": "Keep searching."}
    review = reviews.record(episode, due, held_at=held, **said, by=watched.manager, at=held)
    assert (review.kind, review.due_at, review.held_at) == (Kind.MULTI_AGENCY, due.due_at, held)
    assert Event.objects.filter(child=watched.child, kind="review_held").count() == 1
    assert not log.broken_links([watched.child.pk])
    with pytest.raises(IllegalMove, match="recorded already"):
        reviews.record(episode, due, held_at=held, **said, by=watched.manager, at=held)


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
            episode, due, held_at=AT + held, chair="E. Arnott", note=note, by=watched.manager, at=now
        )


def test_an_ended_episode_is_not_reviewed(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    over = ended(episode, at=AT + timedelta(days=4), by=watched.desk.person)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    now = AT + timedelta(days=6)
    with pytest.raises(IllegalMove, match="open is reviewed"):
        reviews.record(over, due, held_at=now, chair="E. Arnott", note="Said", by=watched.manager, at=now)


def test_a_review_that_stands_cannot_be_changed(watched: Watched) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    due = reviews.calendar(AT, until=AT + timedelta(days=6))[0]
    now = AT + timedelta(days=6)
    review = reviews.record(
        episode, due, held_at=now, chair="E. Arnott", note="Said", by=watched.manager, at=now
    )
    for attack in ("UPDATE cases_missingreview SET note = 'x'", "DELETE FROM cases_missingreview"):
        with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
            connection.cursor().execute(attack)
    with pytest.raises(IntegrityError), transaction.atomic():
        MissingReview.objects.create(
            episode=episode, kind=due.kind, due_at=due.due_at, held_at=now, chair="X", note="Y",
            recorded_at=now, recorded_by=watched.manager,
        )  # fmt: skip
    assert MissingReview.objects.get().note == review.note

"""A question of the sweep is written once, and asks at each instant what it would ask if it were written then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from alerts import because_of_others
from alerts.written_once import Question
from cases import found_mates, head_counts
from cases.models import MissingEpisode
from tests.factories import a_watched_child, missing

NOW = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def test_it_is_written_once_and_asks_as_of_each_instant() -> None:
    written: list[datetime] = []

    def opened_in_the_day_to(at: datetime) -> QuerySet[Any, Any]:
        written.append(at)
        return MissingEpisode.objects.filter(opened_at__gt=at - DAY, opened_at__lte=at).values_list("pk")

    question = Question(opened_in_the_day_to)
    gone = a_watched_child(at=NOW - 3 * DAY)
    episode = missing(gone.child, by=gone.carer, at=NOW)
    found = [
        question.ask(NOW + after)
        for after in (-timedelta(seconds=1), timedelta(), DAY - timedelta(seconds=1), DAY)
    ]
    assert found == [[], [episode.pk], [episode.pk], []]
    assert len(written) == 1


@pytest.mark.parametrize(
    ("question", "make"),
    [
        (because_of_others._OWING, head_counts.owing),
        (because_of_others._OWING_OF_FOUND, found_mates.owing),
    ],
    ids=["others", "found"],
)
@pytest.mark.parametrize("at", [NOW, NOW + 200 * DAY], ids=["winter", "summer"])
def test_what_is_asked_because_of_others_is_what_it_would_be_if_it_were_written_at_that_instant(
    question: Question, make: Callable[..., QuerySet[Any, Any]], at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew = make(at, without=because_of_others.of_demonstration()).order_by("pk").values_list("pk", flat=True)
    asked: list[object] = []

    class Cursor:
        def __enter__(self) -> "Cursor":
            return self

        def __exit__(self, *_raised: object) -> None: ...

        def execute(self, statement: str, values: list[object]) -> None:
            asked.append((statement, tuple(values)))

        def fetchall(self) -> list[object]:
            return []

    monkeypatch.setattr("alerts.written_once.connection.cursor", Cursor)
    assert question.ask(at) == []
    assert asked == [anew.query.sql_with_params()]

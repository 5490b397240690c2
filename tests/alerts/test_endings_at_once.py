"""Two who end one search at the same instant: each part is one person's, it ends once, and what is told of it is told once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.models import Message, MessageKind
from cases import episodes, log
from cases.episodes import outcomes
from cases.models import EpisodeEnding, Event, MissingEpisode, User
from cases.moves import Overtaken
from cases.states import EpisodeStatus, IllegalMove
from tests import factories
from tests.alerts.threads import broken, settle, together
from tests.counts import counts
from tests.database import Clone
from tests.factories import Watched

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROUNDS = counts(2, 25)


@pytest.fixture(autouse=True)
def held(settings: Any) -> None:
    """Nothing is sent."""
    settings.SENDING = False


@pytest.fixture
def one(committed: Clone) -> Watched:
    return factories.a_watched_child()


def searched_for(one: Watched, at: datetime) -> MissingEpisode:
    """A search of which the police were told."""
    episode = factories.missing(one.child, by=one.worker, at=at)
    settle(at)
    episode.refresh_from_db()
    assert episode.police_owed_at is not None
    return episode


def confirms(episode: MissingEpisode, by: User, at: datetime) -> Callable[[], Any]:
    return lambda: episodes.confirm_with_child(episode, how="saw", by=by, at=at)


def closes(episode: MissingEpisode, by: User, at: datetime) -> Callable[[], Any]:
    said = {"officer": "PC 4821 Penrowe", "closed_at": at}
    return lambda: episodes.record_police_closing(episode, **said, by=by, at=at)


def ends(episode: MissingEpisode, by: User, at: datetime, outcome: str = "returned") -> Callable[[], Any]:
    return lambda: episodes.end(episode, outcome=outcome, by=by, at=at)


def puts_right(episode: MissingEpisode, outcome: str, by: User, at: datetime) -> Callable[[], Any]:
    return lambda: outcomes.put_right(episode, outcome=outcome, reason="Misheard", read=0, by=by, at=at)


def refusals(results: list[Any]) -> list[Exception]:
    """What was refused in words; nothing else goes wrong."""
    found = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(error, IllegalMove) for error in found), found
    return found


def is_one_story(one: Watched, now: datetime) -> None:
    settle(now)
    events = list(Event.objects.filter(child=one.child).order_by("number"))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert log.broken_links([one.child.pk]) == []
    assert not broken(now)


def rounds() -> list[datetime]:
    """When each round begins: a search after the other, of one child."""
    return [NOW + timedelta(days=number) for number in range(ROUNDS)]


@pytest.mark.by_turns(8)
def test_both_parts_of_two_people_at_once_stand_both(one: Watched) -> None:
    for begun in rounds():
        episode, now = searched_for(one, begun), begun + 10 * MINUTE
        results = together(confirms(episode, one.desk.person, now), closes(episode, one.desk.second, now))
        assert refusals(results) == []
        episode.refresh_from_db()
        assert (episode.child_confirmed_by, episode.police_closed_by) == (one.desk.person, one.desk.second)
        assert episodes.may_end(episode)
        is_one_story(one, now)
        ends(episode, one.desk.person, now + MINUTE)()
        is_one_story(one, now + MINUTE)


def test_both_parts_of_one_person_in_two_windows_at_once_are_one_part(one: Watched) -> None:
    for begun in rounds():
        episode, now = searched_for(one, begun), begun + 10 * MINUTE
        by = one.desk.person
        results = together(confirms(episode, by, now), closes(episode, by, now))
        assert len(refusals(results)) == 1, results
        episode.refresh_from_db()
        assert not episodes.may_end(episode)
        is_one_story(one, now)
        other = closes if episode.child_confirmed_at else confirms
        other(episode, one.desk.second, now + MINUTE)()
        ends(MissingEpisode.objects.get(pk=episode.pk), one.manager, now + 2 * MINUTE)()
        is_one_story(one, now + 2 * MINUTE)


def ready(one: Watched, begun: datetime) -> tuple[MissingEpisode, datetime]:
    """A search of which both parts of its ending stand, and some minutes later."""
    episode, now = searched_for(one, begun), begun + 10 * MINUTE
    confirms(episode, one.desk.person, now)()
    closes(episode, one.desk.second, now)()
    is_one_story(one, now)
    return MissingEpisode.objects.get(pk=episode.pk), now + MINUTE


def test_two_who_end_it_at_once_end_it_once_and_one_reads_that_it_has_ended(one: Watched) -> None:
    for begun in rounds():
        episode, now = ready(one, begun)
        results = together(
            ends(episode, one.desk.person, now),
            ends(episode, one.desk.second, now, "still_at_risk"),
            ends(episode, one.manager, now),
        )
        assert len(refusals(results)) == 2, results
        ending = EpisodeEnding.objects.get(episode=episode)
        episode.refresh_from_db()
        assert (episode.status, episode.outcome, episode.ended_by) == (
            EpisodeStatus.ENDED,
            ending.outcome,
            ending.recorded_by,
        )
        assert Event.objects.filter(child=one.child, kind="episode_ended", subject_id=episode.pk).count() == 1
        is_one_story(one, now)
        told = Message.objects.filter(episode=episode, kind=MessageKind.ENDING)
        people = list(told.values_list("recipient", "channel", "step"))
        assert len(people) == len(set(people))
        assert people


@pytest.mark.by_turns(8)
def test_an_end_beside_parts_that_one_person_takes_anew_rests_on_two_people(one: Watched) -> None:
    for begun in rounds():
        episode, now = ready(one, begun)
        end, *parts = together(
            ends(episode, one.manager, now),
            confirms(episode, one.manager, now),
            closes(episode, one.manager, now),
        )
        assert not isinstance(end, Exception), end
        # Both of one person are refused; what comes after the end is as well.
        assert refusals(parts)
        episode.refresh_from_db()
        assert episode.status == EpisodeStatus.ENDED
        assert episode.child_confirmed_by != episode.police_closed_by
        is_one_story(one, now)


@pytest.mark.by_turns(8)
def test_an_end_beside_its_correction_is_corrected_afterwards_or_not_at_all(one: Watched) -> None:
    for begun in rounds():
        episode, now = ready(one, begun)
        end, corrected = together(
            ends(episode, one.desk.person, now), puts_right(episode, "abroad", one.manager, now)
        )
        assert not isinstance(end, Exception), end
        is_refused = bool(refusals([corrected]))
        episode.refresh_from_db()
        assert episode.outcome == ("returned" if is_refused else "abroad")
        assert EpisodeEnding.objects.get(episode=episode).outcome == "returned"
        kinds = list(
            Event.objects.filter(subject_id=episode.pk, kind__in=("episode_ended", outcomes.PUT_RIGHT))
            .order_by("number")
            .values_list("kind", flat=True)
        )
        assert kinds == ["episode_ended", outcomes.PUT_RIGHT][: 2 - is_refused]
        is_one_story(one, now)


@pytest.mark.by_turns(8)
def test_of_two_corrections_at_once_one_stands_and_the_other_is_told_of_it(one: Watched) -> None:
    for begun in rounds():
        episode, now = ready(one, begun)
        ends(episode, one.desk.person, now)()
        results = together(
            puts_right(episode, "still_at_risk", one.manager, now + MINUTE),
            puts_right(episode, "abroad", one.head, now + MINUTE),
        )
        (refused,) = refusals(results)
        assert isinstance(refused, Overtaken)
        standing = next(one for one in results if one is not refused)
        episode.refresh_from_db()
        assert episode.outcome == standing.outcome
        is_one_story(one, now + MINUTE)

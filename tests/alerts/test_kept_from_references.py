"""An officer or a reference that somebody wrote down from whom the child is kept since: nothing is quieter for it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerts import policies, watching
from alerts.duties import Duty
from alerts.models import Clock, PolicyVersion
from cases import concerns, episodes
from cases.models import EpisodeOfficer, KeepFrom, MissingEpisode, User
from tests.alerts.outgoing import tick
from tests.alerts.replays import happened_beside, replayed_beside
from tests.factories import AT, Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + 3 * HOUR
OFFICER = Duty.POLICE_OFFICER


@pytest.fixture(autouse=True)
def _in_force(db: None) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(
        takes_effect_at=AT - timedelta(days=100), published_at=AT - timedelta(days=100)
    )


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    return found


def given(w: Watched, episode: MissingEpisode, *, by: User, hours: float, officer: str = "PC Ash") -> None:
    """A reference of the force and who gave it, written down by `by`."""
    moment = NOW + hours * HOUR
    said = {"force": w.force, "reference": "A/1", "officer": officer}
    episodes.record_police_reference(episode, **said, by=by, at=moment)
    tick(moment)


def kept(w: Watched, person: User, *, hours: float) -> KeepFrom:
    row = concerns.keep_from(
        w.child, person, reason="Named by the child", by=w.manager, at=NOW + hours * HOUR
    )
    tick(NOW + hours * HOUR)
    return row


def lifted(w: Watched, row: KeepFrom, *, hours: float) -> None:
    two = {"seconded_by": w.head, "by": w.director}
    concerns.lift_keep_from(row, reason="Cleared", **two, at=NOW + hours * HOUR)
    tick(NOW + hours * HOUR)


def officer_owed(w: Watched, *, hours: float) -> Iterator[object]:
    """By when an officer in the case is owed, as it stands then."""
    moment = NOW + hours * HOUR
    one = watching.watch([w.child.pk], at=moment)[w.child.pk]
    return (due.due_at for led in one.led for duty, due in led.owed if duty == OFFICER and due)


def test_an_officer_in_the_case_named_by_somebody_marked_since_is_asked_for_from_the_mark_on(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    assert list(officer_owed(watched, hours=2)) == []
    row = kept(watched, watched.carer, hours=5)
    assert list(officer_owed(watched, hours=6)) == [NOW + 29 * HOUR]
    tick(NOW + 29 * HOUR)
    assert Clock.objects.get(child=watched.child, duty=OFFICER).due_at is not None
    lifted(watched, row, hours=30)
    assert list(officer_owed(watched, hours=31)) == []


def test_an_officer_named_by_somebody_else_is_owed_nobody(watched: Watched, episode: MissingEpisode) -> None:
    given(watched, episode, by=watched.worker, hours=0)
    kept(watched, watched.carer, hours=5)
    assert list(officer_owed(watched, hours=6)) == []


@pytest.mark.parametrize("name", ["PC Ash", "DC Birch"])
def test_whoever_is_not_marked_names_the_officer_anew_be_it_the_same(
    watched: Watched, episode: MissingEpisode, name: str
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    kept(watched, watched.carer, hours=5)
    said = {"force": watched.force, "name": name, "by": watched.desk.person}
    episodes.name_officer(episode, **said, at=NOW + 6 * HOUR)
    assert list(officer_owed(watched, hours=6)) == []
    rows = EpisodeOfficer.objects.filter(episode=episode, ends_at=None)
    assert rows.get().recorded_by == watched.desk.person


def test_who_gave_the_reference_to_somebody_else_since_has_the_case(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    kept(watched, watched.carer, hours=5)
    given(watched, episode, by=watched.desk.person, hours=6, officer="DC Birch")
    assert list(officer_owed(watched, hours=6)) == []
    assert EpisodeOfficer.objects.get(episode=episode, ends_at=None).name == "DC Birch"


def test_a_replay_asks_for_the_officer_as_the_engine_did(watched: Watched, episode: MissingEpisode) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    row = kept(watched, watched.carer, hours=5)
    for hours in (29, 53):
        tick(NOW + hours * HOUR)
    lifted(watched, row, hours=60)
    until = NOW + 61 * HOUR
    start = AT - HOUR
    told, happened = (
        [line for line in found(watched.child.pk, policies.DUTY, start, until) if line.kind == OFFICER]
        for found in (replayed_beside, happened_beside)
    )
    assert [rung for rung, *_rest in told[0].climbed] == ["R1", "R2"]
    assert told == happened

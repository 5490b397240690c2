"""An officer or a reference that somebody wrote down from whom the child is kept since: nothing is quieter for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import transaction

from alerts import (
    areas,
    escalations,
    force_offers,
    police_calls,
    police_mails,
    policies,
    watching,
)
from alerts.duties import Duty
from alerts.emails import police
from alerts.models import Clock, DutyStep, PolicyVersion
from alerts.models.police import referenced
from cases import concerns, episodes
from cases.deadlines import london_day
from cases.models import EpisodeForce, EpisodeOfficer, KeepFrom, MissingEpisode, PoliceForce, User
from tests.alerts.outgoing import tick
from tests.alerts.replays import happened_beside, replayed_beside
from tests.factories import AT, Watched, a_force, a_force_mailbox, a_watched_child, missing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
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


@pytest.mark.by_turns(8)
def test_an_officer_named_by_somebody_else_is_owed_nobody(watched: Watched, episode: MissingEpisode) -> None:
    given(watched, episode, by=watched.worker, hours=0)
    kept(watched, watched.carer, hours=5)
    assert list(officer_owed(watched, hours=6)) == []


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
def test_who_gave_the_reference_to_somebody_else_since_has_the_case(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    kept(watched, watched.carer, hours=5)
    given(watched, episode, by=watched.desk.person, hours=6, officer="DC Birch")
    assert list(officer_owed(watched, hours=6)) == []
    assert EpisodeOfficer.objects.get(episode=episode, ends_at=None).name == "DC Birch"


@pytest.mark.by_turns(8)
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


def mailed(episode: MissingEpisode, *, hours: float) -> str:
    """What a page says of the mails to the police while no reference counts."""
    standing = MissingEpisode.objects.get(pk=episode.pk)
    return police_mails.of([standing], now=NOW + hours * HOUR).get(episode.pk, "")


def step_of(episode: MissingEpisode) -> DutyStep:
    return DutyStep.objects.get(episode=episode, kind=Duty.POLICE_REFERENCE)


@pytest.mark.by_turns(8)
def test_a_reference_of_somebody_marked_since_is_no_word_of_the_police(
    watched: Watched, episode: MissingEpisode
) -> None:
    assert "The mail to" in mailed(episode, hours=0)
    given(watched, episode, by=watched.carer, hours=0)
    assert mailed(episode, hours=1) == ""
    row = kept(watched, watched.carer, hours=5)
    assert mailed(episode, hours=6).endswith("Nobody has recorded phoning them yet.")
    lifted(watched, row, hours=7)
    assert mailed(episode, hours=8) == ""


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("reference", ["A/1", "A/2"])
def test_a_reference_that_somebody_else_gives_since_counts_be_it_the_same(
    watched: Watched, episode: MissingEpisode, reference: str
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    kept(watched, watched.carer, hours=5)
    said = {"incident_reference": reference, "officer": ""}
    police_calls.record(episode, **said, by=watched.worker, at=NOW + 6 * HOUR)
    assert mailed(episode, hours=6) == ""
    row = EpisodeForce.objects.get(episode=episode, force=watched.force)
    assert (row.incident_reference, row.reference_by) == (reference, watched.worker)


@pytest.mark.by_turns(8)
def test_a_reference_that_somebody_else_had_given_before_stays_theirs(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.worker, hours=0)
    given(watched, episode, by=watched.carer, hours=1)
    kept(watched, watched.carer, hours=5)
    assert mailed(episode, hours=6) == ""


@pytest.mark.by_turns(8)
def test_a_reference_that_an_officer_vouched_for_to_somebody_else_counts(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    told = {"force": watched.force, "officer": "DC Birch", "incident_reference": "A/1"}
    escalations.verify(episode, **told, by=watched.desk.person, at=NOW + HOUR)
    row = EpisodeForce.objects.get(episode=episode, force=watched.force)
    assert row.reference_by == watched.carer
    kept(watched, watched.carer, hours=5)
    assert mailed(episode, hours=6) == ""
    kept(watched, watched.desk.person, hours=6)
    assert "The mail to" in mailed(episode, hours=7)


def test_the_reference_is_asked_for_again_where_only_somebody_marked_since_gave_it(
    watched: Watched, episode: MissingEpisode
) -> None:
    said = {"force": watched.force, "reference": "A/1", "officer": "PC Ash", "grade": "low"}
    episodes.record_police_reference(episode, **said, by=watched.carer, at=NOW)
    tick(NOW)
    assert step_of(episode).done_at == NOW
    kept(watched, watched.carer, hours=5)
    assert step_of(episode).done_at is None
    episodes.record_police_reference(episode, **said, by=watched.desk.person, at=NOW + 6 * HOUR)
    tick(NOW + 6 * HOUR)
    assert step_of(episode).done_at == NOW + 6 * HOUR
    kept(watched, watched.worker, hours=7)
    assert step_of(episode).done_at == NOW + 6 * HOUR


@pytest.mark.by_turns(8)
def test_a_force_reads_of_no_call_by_the_word_of_somebody_marked_since(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    done = police.told(episode, watched.force, None, now=NOW + HOUR)._done().value
    assert done.startswith("phoned, your reference A/1"), done
    kept(watched, watched.carer, hours=5)
    done = police.told(episode, watched.force, None, now=NOW + 6 * HOUR)._done().value
    assert done.startswith("no call to you is recorded yet; reference given to us: A/1"), done


@pytest.mark.by_turns(8)
def test_who_gave_a_reference_goes_with_it_to_the_force_that_takes_over(
    watched: Watched, episode: MissingEpisode
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    heir = a_force("Southmere Police")
    areas.alert_too(episode, heir, by=None, at=NOW + HOUR)
    PoliceForce.objects.filter(pk=watched.force.pk).update(valid_to=london_day(NOW), successor=heir)
    with transaction.atomic():
        row = EpisodeForce.objects.get(episode=episode, force=watched.force)
        episodes.succeed(row, heir, at=NOW + 2 * HOUR)
    taken = EpisodeForce.objects.get(episode=episode, force=heir)
    assert (taken.incident_reference, taken.reference_by) == ("A/1", watched.carer)


@pytest.mark.by_turns(8)
def test_the_lead_that_another_force_accepts_says_who_wrote_its_reference(
    watched: Watched, episode: MissingEpisode
) -> None:
    other = a_force("Southmere Police")
    a_force_mailbox(other)
    offer = {"to": other, "said_by": "DS Harrow", "reason": "Seen there"}
    row = force_offers.offer(episode, **offer, by=watched.desk.person, at=NOW)
    answer = {"officer": "DC Ward", "reference": "SM/77", "signed_in": False}
    force_offers.accept(row, **answer, by=watched.desk.second, at=NOW + HOUR)
    taken = EpisodeForce.objects.get(episode=episode, force=other)
    assert taken.reference_by == watched.desk.second


def test_how_many_searches_are_read_costs_no_question_more(
    watched: Watched,
    episode: MissingEpisode,
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    given(watched, episode, by=watched.carer, hours=0)
    kept(watched, watched.carer, hours=5)
    others = [missing(a_watched_child(home=watched.home).child, at=NOW) for _ in range(2)]
    with django_assert_max_num_queries(1):
        assert referenced([episode.pk, *(one.pk for one in others)]) == set()

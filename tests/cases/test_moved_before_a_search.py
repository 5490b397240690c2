"""A child who lives elsewhere by the time the police are owed word is missing from there, and that force is told."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts import added_forces, reach
from alerts.models import Message
from cases import access, episodes, placements
from cases.access import Permission
from cases.models import EpisodeForce, ForceInCharge, Home, MissingEpisode, Role
from tests.alerts.outgoing import tick
from tests.cases.expectations import events
from tests.factories import (
    AT,
    Watched,
    a_force,
    a_force_mailbox,
    a_home,
    a_person,
    a_watched_child,
    missing,
    not_here,
    silent,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 40 * HOUR


@pytest.fixture
def w() -> Watched:
    return a_watched_child()


@pytest.fixture
def elsewhere(w: Watched) -> Home:
    home = a_home(w.authority, force=a_force("Southmere Police"))
    a_force_mailbox(home.force)
    return home


def away(w: Watched) -> MissingEpisode:
    said = {"whereabouts": "At an aunt's", "reason": "Did not come home"}
    return episodes.report_away(w.child, **said, by=w.carer, at=NOW - 5 * HOUR)


def moved(w: Watched, home: Home) -> None:
    at = NOW - 2 * HOUR
    placements.start(w.child, where=home, placement_type=w.placement.type, starts_at=at, by=w.worker, at=at)


def forces(episode: MissingEpisode) -> list[str]:
    return [row.force.name for row in EpisodeForce.objects.filter(episode=episode, left_at=None)]


@pytest.mark.by_turns
@pytest.mark.parametrize("opened", [away, lambda w: silent(w.child, at=NOW - 5 * HOUR)])
def test_whoever_was_placed_elsewhere_is_missing_from_there(w: Watched, elsewhere: Home, opened) -> None:
    episode = opened(w)
    moved(w, elsewhere)
    with events(w.child, "force_added", *(["episode_update"] if opened is away else []), "reported_missing"):
        missing(w.child, by=w.worker, at=NOW)
    episode.refresh_from_db()
    assert forces(episode) == ["Southmere Police"]
    lead = episodes.in_charge(episode, at=NOW)
    assert lead is not None
    assert lead.force == elsewhere.force
    assert episode.placement is not None
    assert episode.placement.home == elsewhere
    tick(NOW)
    mailed = Message.objects.filter(wording="police_alert").values_list("mailbox__force__name", flat=True)
    assert set(mailed) == {"Southmere Police"}, "nobody else is sent word of a child who does not live there"
    officer = a_person(Role.POLICE, force=elsewhere.force)
    assert access.may(officer, w.child, Permission.SEE_EPISODE, at=NOW)


@pytest.mark.by_turns(8)
def test_whoever_is_about_to_report_reads_which_force_is_told(w: Watched, elsewhere: Home) -> None:
    """The page named the force of before: its reference would be kept as that of the one which leads."""
    away(w)
    assert reach.force_of(w.child, now=NOW - 2 * HOUR) == w.force
    moved(w, elsewhere)
    assert reach.force_of(w.child, now=NOW) == elsewhere.force
    assert {one.post.split(",")[0] for one in reach.told_when_missing(w.child, now=NOW)[:1]} == {
        "Southmere Police"
    }


@pytest.mark.by_turns
def test_once_the_police_are_told_the_page_names_whoever_leads(w: Watched, elsewhere: Home) -> None:
    missing(w.child, by=w.worker, at=NOW - 5 * HOUR)
    moved(w, elsewhere)
    assert reach.force_of(w.child, now=NOW) == w.force


def test_the_fail_safe_tells_the_force_of_there_too(w: Watched, elsewhere: Home) -> None:
    episode = silent(w.child, at=NOW - 5 * HOUR)
    moved(w, elsewhere)
    episode.refresh_from_db()
    with events(w.child, "force_added"):
        episodes.start_fail_safe(episode, owed_at=NOW)
    episode.refresh_from_db()
    assert (episode.police_owed_at, forces(episode)) == (NOW, ["Southmere Police"])
    assert episode.placement is not None
    assert episode.placement.home == elsewhere


@pytest.mark.by_turns
@pytest.mark.parametrize("opened", [away, lambda w: silent(w.child, at=NOW - 5 * HOUR)])
def test_whoever_lives_where_it_did_is_told_of_to_nobody_else(w: Watched, elsewhere: Home, opened) -> None:
    episode = opened(w)
    not_here(w.child, by=w.carer, at=NOW)
    episode.refresh_from_db()
    assert (forces(episode), episode.placement) == ([w.force.name], w.placement)


@pytest.mark.by_turns
def test_a_force_that_duty_has_added_stays(w: Watched, elsewhere: Home) -> None:
    episode = silent(w.child, at=NOW - 5 * HOUR)
    third = a_force("Westmere Police")
    added_forces.add(episode, third, by=w.desk.person, at=NOW - 4 * HOUR)
    moved(w, elsewhere)
    missing(w.child, by=w.worker, at=NOW)
    assert forces(episode) == ["Westmere Police", "Southmere Police"]


@pytest.mark.by_turns
def test_a_move_in_the_area_of_one_force_adds_none(w: Watched) -> None:
    episode = away(w)
    near = a_home(w.authority, force=w.force)
    moved(w, near)
    with events(w.child, "episode_update", "became_missing"):
        episodes.become_missing(episode, reason="Gone from there", by=w.worker, at=NOW)
    episode.refresh_from_db()
    assert forces(episode) == [w.force.name]
    assert episode.placement is not None
    assert episode.placement.home == near


@pytest.mark.by_turns
def test_a_move_after_the_police_were_owed_word_is_left_to_people(w: Watched, elsewhere: Home) -> None:
    episode = missing(w.child, by=w.worker, at=NOW - 5 * HOUR)
    moved(w, elsewhere)
    missing(w.child, wearing="Red coat", by=w.worker, at=NOW)
    episode.refresh_from_db()
    assert (forces(episode), episode.placement) == ([w.force.name], w.placement)


@pytest.mark.by_turns(8)
def test_whoever_moves_back_is_missing_from_there(w: Watched, elsewhere: Home) -> None:
    episode = away(w)
    moved(w, elsewhere)
    again = NOW - HOUR
    placements.start(
        w.child, where=w.home, placement_type=w.placement.type, starts_at=again, by=w.worker, at=again
    )
    missing(w.child, by=w.worker, at=NOW)
    episode.refresh_from_db()
    assert forces(episode) == [w.force.name]
    assert episode.placement is not None
    assert episode.placement.home == w.home
    lead = episodes.in_charge(episode, at=NOW)
    assert lead is not None
    assert lead.force == w.force


@pytest.mark.by_turns
def test_the_database_takes_a_lead_without_an_offer_until_the_police_are_owed_word(
    w: Watched, elsewhere: Home
) -> None:
    episode = away(w)
    moved(w, elsewhere)
    missing(w.child, by=w.worker, at=NOW)
    with pytest.raises(IntegrityError, match="by accepting it"), transaction.atomic():
        ForceInCharge.objects.create(episode=episode, force=w.force, starts_at=NOW + HOUR)
    with pytest.raises(IntegrityError, match="never backdated"), transaction.atomic():
        ForceInCharge.objects.create(episode=episode, force=w.force, starts_at=NOW - 9 * HOUR)


@pytest.mark.by_turns
def test_an_area_that_was_put_right_is_searched_by_its_own_force(w: Watched, elsewhere: Home) -> None:
    episode = away(w)
    area = {"authority": w.authority, "force": elsewhere.force, "reason": "Over the border"}
    placements.correct_area(w.placement, **area, by=w.worker, at=NOW - HOUR)
    missing(w.child, by=w.worker, at=NOW)
    assert forces(episode) == ["Southmere Police"]

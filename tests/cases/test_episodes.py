"""How a missing episode begins: by report, by not here, by silence, as away; and what it owes the police."""

from datetime import timedelta

import pytest

from cases import episodes, placements
from cases.models import EpisodeForce, Event, MissingEpisode, PoliceForce, Role
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    a_child,
    a_force,
    a_home,
    a_person,
    a_watched_child,
    an_authority,
    ended,
    missing,
    not_here,
    placed,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 4 * HOUR


def _forces(episode: MissingEpisode) -> list[PoliceForce]:
    return [row.force for row in EpisodeForce.objects.filter(episode=episode)]


@pytest.mark.by_turns
def test_a_report_opens_a_confirmed_episode_and_owes_the_police_word_now():
    w = a_watched_child(risk="high")
    with events(w.child, "reported_missing") as written:
        episode = missing(
            w.child,
            last_seen_at=AT + HOUR,
            last_seen_place="Bus stop, Ellwick",
            last_seen_by="Hawa",
            wearing="Red coat",
            vehicle="White van",
            why_worried="He has debts",
            police_rung=True,
            our_grade="high",
            by=w.carer,
            at=NOW,
        )
    episode.refresh_from_db()
    assert (episode.number, episode.status, episode.started_by) == (1, "missing", "report")
    assert (episode.police_owed_at, episode.counts_from, episode.confirmed_at) == (NOW, NOW, NOW)
    assert (episode.opened_at, episode.opened_by, episode.since) == (NOW, w.carer, AT + HOUR)
    assert (episode.wearing, episode.vehicle, episode.police_rung) == ("Red coat", "White van", True)
    assert (episode.placement, _forces(episode)) == (w.placement, [w.force])
    assert written[0].data == {"episode": 1, "police_rung": True}


@pytest.mark.by_turns
def test_an_episode_starts_when_the_child_was_last_seen_face_to_face():
    w = a_watched_child()
    seen(w.child, by=w.carer, at=AT + HOUR)
    seen(w.child, by=w.guardian, at=AT + 2 * HOUR, means="phone")
    episode = missing(w.child, at=NOW)
    assert (episode.since, episode.last_seen_at, episode.last_seen_by) == (AT + HOUR, AT + HOUR, w.carer.name)


@pytest.mark.by_turns
def test_a_child_never_seen_is_missing_since_the_registration():
    assert missing(a_child(), at=NOW).since == AT


@pytest.mark.by_turns
def test_a_child_found_again_is_not_missing_since_before_it_was_found():
    w = a_watched_child()
    seen(w.child, by=w.carer, at=AT + HOUR)
    ended(missing(w.child, at=NOW), at=NOW + HOUR)
    assert not_here(w.child, by=w.carer, at=NOW + 2 * HOUR).since == NOW + HOUR


@pytest.mark.by_turns
def test_a_report_knows_no_less_than_the_record_since_when_the_child_is_gone():
    w = a_watched_child()
    ended(missing(w.child, at=NOW), at=NOW + HOUR)
    again = missing(w.child, last_seen_at=NOW + HOUR / 2, by=w.carer, at=NOW + 2 * HOUR)
    assert (again.since, again.last_seen_at) == (NOW + HOUR, NOW + HOUR / 2), "found, and then gone anew"
    other = a_watched_child()
    seen(other.child, by=other.carer, at=NOW)
    assert missing(other.child, last_seen_at=AT + HOUR, by=other.worker, at=NOW + HOUR).since == NOW
    assert missing(a_child(), last_seen_at=NOW, at=NOW + HOUR).since == NOW


@pytest.mark.by_turns(8)
def test_last_seen_in_the_future_is_refused():
    child = a_child()
    with refused(child, "Date last seen must be today or in the past."):
        missing(child, last_seen_at=NOW + timedelta(seconds=1), at=NOW)


@pytest.mark.by_turns
def test_a_second_report_completes_the_open_episode_and_moves_no_time():
    w = a_watched_child()
    first = missing(w.child, wearing="Red coat", by=w.carer, at=NOW)
    with events(w.child, "missing_report_changed"):
        again = missing(w.child, vehicle="White van", last_seen_at=NOW - HOUR, by=w.worker, at=NOW + HOUR)
    again.refresh_from_db()
    assert again.pk == first.pk
    assert (again.wearing, again.vehicle) == ("Red coat", "White van")
    assert (again.police_owed_at, again.counts_from, again.confirmed_at) == (NOW, NOW, NOW)
    assert (again.since, again.last_seen_at) == (NOW - HOUR, NOW - HOUR)


@pytest.mark.by_turns
def test_a_report_on_what_silence_opened_confirms_it():
    w = a_watched_child()
    episode = silent(w.child, at=NOW)
    confirmed = missing(w.child, by=w.worker, at=NOW + HOUR)
    assert confirmed.pk == episode.pk
    # A report says more than a silence: R4 and R5 count from it.
    assert (confirmed.status, confirmed.started_by) == ("missing", "report")
    assert (confirmed.confirmed_at, confirmed.confirmed_by) == (NOW + HOUR, w.worker)
    assert confirmed.police_owed_at == confirmed.counts_from == NOW + HOUR


@pytest.mark.by_turns
def test_not_here_confirms_what_silence_opened():
    w = a_watched_child()
    episode = silent(w.child, at=NOW)
    confirmed = not_here(w.child, by=w.carer, at=NOW + HOUR)
    assert confirmed.pk == episode.pk
    assert (confirmed.status, confirmed.police_owed_at) == ("missing", NOW + HOUR)


def test_silence_opens_an_episode_not_confirmed_without_an_event_and_keeps_an_open_one():
    w = a_watched_child()
    with events(w.child):
        episode = silent(w.child, since=AT + HOUR, at=NOW)
    assert (episode.status, episode.started_by, episode.since) == ("not_confirmed", "silence", AT + HOUR)
    assert (episode.police_owed_at, episode.counts_from, episode.confirmed_at) == (None, None, None)
    assert silent(w.child, at=NOW + HOUR) == episode


@pytest.mark.by_turns(8)
def test_confirming_starts_the_call_ladder_once():
    w = a_watched_child()
    episode = silent(w.child, at=NOW)
    with events(w.child, "episode_confirmed"):
        episode = episodes.confirm(episode, by=w.desk.person, at=NOW + HOUR)
    assert (episode.status, episode.confirmed_by) == ("missing", w.desk.person)
    assert episode.police_owed_at == episode.counts_from == NOW + HOUR
    with refused(w.child, "This episode is confirmed already."):
        episodes.confirm(episode, by=w.desk.person, at=NOW + HOUR)
    ended(episode, at=NOW + 2 * HOUR)
    with refused(w.child, "This episode has ended."):
        episodes.confirm(episode, by=w.desk.person, at=NOW + 3 * HOUR)


@pytest.mark.by_turns
def test_the_fail_safe_owes_the_police_word_without_confirming():
    episode = silent(a_watched_child().child, at=NOW)
    episode = episodes.start_fail_safe(episode, owed_at=NOW + HOUR)
    episode.refresh_from_db()
    assert (episode.status, episode.fail_safe, episode.confirmed_at) == ("not_confirmed", True, None)
    assert episode.police_owed_at == episode.counts_from == NOW + HOUR


@pytest.mark.by_turns
def test_confirming_after_the_fail_safe_does_not_put_the_police_ladder_back():
    w = a_watched_child()
    episode = episodes.start_fail_safe(silent(w.child, at=NOW), owed_at=NOW + HOUR)
    episode = episodes.confirm(episode, by=w.desk.person, at=NOW + 2 * HOUR)
    assert (episode.police_owed_at, episode.counts_from) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_a_police_reference_confirms_and_is_kept_with_its_officer_and_grade():
    w = a_watched_child()
    episode = silent(w.child, at=NOW)
    with events(w.child, "police_reference_recorded") as written:
        row = episodes.record_police_reference(
            episode,
            force=w.force,
            reference="NM-2026-77",
            officer="PC 4821 Penrowe",
            grade="medium",
            by=w.desk.person,
            at=NOW + HOUR,
        )
    episode.refresh_from_db()
    assert (row.force, row.incident_reference, row.officer) == (w.force, "NM-2026-77", "PC 4821 Penrowe")
    assert (episode.status, episode.police_grade, episode.police_owed_at) == ("missing", "medium", NOW + HOUR)
    assert written[0].data == {"force": w.force.code}


@pytest.mark.by_turns
def test_the_police_grade_never_touches_the_authoritys_own():
    w = a_watched_child(risk="high")
    episode = missing(w.child, at=NOW)
    episodes.record_police_reference(
        episode, force=w.force, reference="1", officer="A", grade="low", by=w.desk.person, at=NOW
    )
    episode.refresh_from_db()
    w.child.refresh_from_db()
    assert (episode.our_grade, episode.police_grade, w.child.risk) == ("high", "low", "high")


@pytest.mark.by_turns
def test_the_wrong_force_adds_another_and_the_first_stays():
    w = a_watched_child()
    other = a_force()
    episode = missing(w.child, at=NOW)
    episodes.record_police_reference(
        episode, force=other, reference="X1", officer="B", by=w.desk.person, at=NOW + HOUR
    )
    assert _forces(episode) == [w.force, other]


@pytest.mark.by_turns(8)
def test_a_police_reference_needs_words_and_an_open_missing_episode():
    w = a_watched_child()
    by = w.desk.person
    nothing = "There is no open missing episode to record a police reference on."
    away = episodes.report_away(w.child, whereabouts="At a friend's", reason="", by=w.carer, at=NOW)
    with refused(w.child, nothing):
        episodes.record_police_reference(away, force=w.force, reference="1", officer="A", by=by, at=NOW)
    episode = episodes.become_missing(away, reason="Left there", by=w.carer, at=NOW + HOUR)
    with refused(w.child, "Enter the police reference."):
        episodes.record_police_reference(
            episode, force=w.force, reference=" ", officer="A", by=by, at=NOW + HOUR
        )
    ended(episode, at=NOW + 2 * HOUR)
    with refused(w.child, nothing):
        episodes.record_police_reference(
            episode, force=w.force, reference="1", officer="A", by=by, at=NOW + 3 * HOUR
        )


@pytest.mark.by_turns
def test_away_is_confirmed_and_owes_the_police_nothing():
    w = a_watched_child()
    with events(w.child, "away_reported"):
        episode = episodes.report_away(
            w.child, whereabouts="At her cousin's, Lowmoor", reason="Argued at home", by=w.carer, at=NOW
        )
    episode.refresh_from_db()
    assert (episode.status, episode.started_by, episode.police_owed_at) == ("away", "away", None)
    assert (episode.whereabouts, episode.counts_from) == ("At her cousin's, Lowmoor", NOW)


def test_away_without_a_place_is_missing():
    child = a_child()
    with refused(child, "Enter where the child is. Without a place the child is missing."):
        episodes.report_away(child, whereabouts=" ", reason="", by=child.registered_by, at=NOW)


LOOKED_FOR = "The police are told, and this calls nothing off. Record who has seen or spoken to the child, and ring duty."


@pytest.mark.by_turns
def test_away_is_refused_once_the_police_are_owed_word():
    child = a_child()
    missing(child, at=NOW)
    with refused(child, LOOKED_FOR):
        episodes.report_away(child, whereabouts="Somewhere", reason="", by=child.registered_by, at=NOW)
    quiet = a_child()
    episodes.start_fail_safe(silent(quiet, at=NOW), owed_at=NOW)
    with refused(quiet, LOOKED_FOR):
        episodes.report_away(quiet, whereabouts="Somewhere", reason="", by=quiet.registered_by, at=NOW)


@pytest.mark.by_turns
def test_away_is_reported_once():
    child = a_child()
    given = {"whereabouts": "Somewhere", "reason": "", "by": child.registered_by, "at": NOW}
    episodes.report_away(child, **given)
    with refused(child, "An episode is open already."):
        episodes.report_away(child, **given)


@pytest.mark.by_turns
def test_what_silence_opened_becomes_away_when_somebody_knows_where_and_its_history_stays():
    w = a_watched_child()
    opened = silent(w.child, at=NOW)
    with events(w.child, "away_reported") as written:
        away = episodes.report_away(w.child, whereabouts="Lowmoor", reason="Rang", by=w.carer, at=NOW + HOUR)
    assert away == opened
    assert (away.status, away.started_by, away.confirmed_by) == ("away", "away", w.carer)
    assert (away.opened_at, away.counts_from, away.police_owed_at) == (NOW, NOW + HOUR, None)
    assert written[0].data == {"episode": 1, "before": "not_confirmed"}
    again = episodes.become_missing(away, reason="Left there", by=w.carer, at=NOW + 2 * HOUR)
    assert (again.status, again.police_owed_at) == ("missing", NOW + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_away_becomes_missing_and_the_call_ladder_starts():
    w = a_watched_child()
    away = episodes.report_away(w.child, whereabouts="Lowmoor", reason="", by=w.carer, at=NOW)
    with events(w.child, "episode_update", "became_missing"):
        episode = episodes.become_missing(away, reason="Left there", by=w.desk.person, at=NOW + HOUR)
    assert (episode.status, episode.started_by, episode.whereabouts) == ("missing", "away", "")
    assert episode.police_owed_at == episode.counts_from == NOW + HOUR
    (kept,) = episode.updates.all()
    assert (kept.text, kept.side) == ("Away until now, whereabouts known: Lowmoor\nLeft there", "council")
    with refused(w.child, "Only an away episode can become missing."):
        episodes.become_missing(episode, reason="Again", by=w.carer, at=NOW + HOUR)


@pytest.mark.by_turns
@pytest.mark.parametrize("verb", [missing, not_here])
def test_a_report_or_not_here_makes_an_away_child_missing(verb):
    w = a_watched_child()
    episodes.report_away(w.child, whereabouts="Lowmoor", reason="", by=w.carer, at=NOW)
    episode = verb(w.child, by=w.carer, at=NOW + HOUR)
    episode.refresh_from_db()
    assert (episode.status, episode.whereabouts, episode.police_owed_at) == ("missing", "", NOW + HOUR)
    # Where the child was known to be is where the search begins.
    (kept,) = episode.updates.all()
    assert (kept.text, kept.side) == ("Away until now, whereabouts known: Lowmoor", "home")


@pytest.mark.by_turns
def test_what_was_confirmed_of_an_away_child_confirms_no_missing_one():
    w = a_watched_child()
    away = episodes.report_away(w.child, whereabouts="Lowmoor", reason="", by=w.carer, at=NOW)
    episodes.confirm_with_child(away, how="saw", by=w.desk.person, at=NOW + HOUR)
    episode = episodes.become_missing(away, reason="Left there", by=w.carer, at=NOW + 2 * HOUR)
    episodes.record_police_closing(
        episode, officer="PC 1", closed_at=NOW + 3 * HOUR, by=w.desk.person, at=NOW + 3 * HOUR
    )
    with refused(w.child, "First confirm it with the child."):
        episodes.end(episode, outcome="returned", by=w.desk.person, at=NOW + 3 * HOUR)


@pytest.mark.by_turns
def test_an_episode_needs_no_placement_and_goes_to_the_authoritys_own_force():
    authority = an_authority()
    child = a_child(authority)
    episode = missing(child, at=NOW)
    assert (episode.placement, _forces(episode)) == (None, [authority.force])


@pytest.mark.by_turns
def test_without_a_placement_the_force_is_that_of_the_last_one():
    child = a_child()
    home = a_home(force=a_force())
    placement = placed(child, home)
    placements.end(placement, ends_at=AT + HOUR, reason="", by=child.registered_by, at=AT + HOUR)
    episode = missing(child, at=NOW)
    assert (episode.placement, _forces(episode)) == (None, [home.force])


@pytest.mark.by_turns
def test_episodes_of_a_child_are_numbered_and_only_one_is_open():
    w = a_watched_child()
    first = ended(missing(w.child, at=NOW), at=NOW + HOUR)
    second = missing(w.child, at=NOW + 2 * HOUR)
    assert (first.number, second.number) == (1, 2)
    assert second.reference == f"{w.child.reference}-M2"
    assert list(MissingEpisode.objects.open().filter(child=w.child)) == [second]


@pytest.mark.by_turns
def test_an_unconfirmed_episode_is_in_no_count():
    w = a_watched_child()
    silent(w.child, at=NOW)
    assert not MissingEpisode.objects.counted().filter(child=w.child).exists()
    missing(w.child, at=NOW + HOUR)
    assert MissingEpisode.objects.counted().filter(child=w.child).exists()


@pytest.mark.by_turns(8)
def test_an_episode_of_a_child_before_any_responsibility_is_refused():
    child = a_child(by=a_person(Role.SOCIAL_WORKER))
    before = AT - HOUR
    with pytest.raises(IllegalMove, match=r"^No authority is responsible for this child yet\.$"):
        missing(child, at=before)
    assert Event.objects.filter(child=child).count() == 1

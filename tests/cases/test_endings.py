"""How a missing episode ends: never alone, never by a word, never by itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import concerns, contacts, episodes, escort_links, journeys
from cases.models import EpisodeEnding, MissingEpisode, Role, SeenReport
from cases.states import EpisodeOutcome, IllegalMove
from tests.cases.expectations import events, refused, taken_back
from tests.factories import (
    AT,
    a_child,
    a_force,
    a_person,
    a_sighting,
    a_watched_child,
    ended,
    missing,
    not_here,
    planned,
    seen,
    silent,
    told_by,
)
from tests.factories import (
    confirmed as confirmed_at,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 4 * HOUR
SAID_SEEN = "You said that the child was seen. Somebody else on duty must confirm it."
ALONE = (
    "You recorded the other part, and nobody else has recorded seeing the child. Somebody else records this one: the "
    "second person on duty, the manager, or the officer signed in."
)
SEEN_KINDS = ("reported_seen", "contact_recorded")


def _close(episode, by, *, at):
    return episodes.record_police_closing(episode, officer="PC 4821 Penrowe", closed_at=at, by=by, at=at)


def _confirm(episode, by, *, at):
    return episodes.confirm_with_child(
        episode, how="spoke", adult="M. Maddern", phone="01632 960444", by=by, at=at
    )


@pytest.fixture
def w():
    return a_watched_child()


@pytest.fixture
def episode(w):
    return missing(w.child, by=w.worker, at=NOW)


@pytest.fixture
def confirmed(w, episode):
    return _confirm(episode, w.desk.person, at=NOW + HOUR)


@pytest.fixture
def both_parts(w, episode, confirmed):
    return _close(episode, w.desk.second, at=NOW + HOUR)


@pytest.mark.by_turns
def test_seen_adds_a_report_and_ends_nothing(w, episode):
    with events(w.child, *SEEN_KINDS) as written:
        contact = seen(w.child, by=w.carer, at=NOW + HOUR)
    episode.refresh_from_db()
    assert (episode.status, episode.ended_at) == ("missing", None)
    assert (episode.reported_seen_at, episode.reported_seen_by) == (NOW + HOUR, w.carer)
    report = SeenReport.objects.get(episode=episode)
    assert (report.contact, report.reported_by, report.seen_at) == (contact, w.carer, NOW + HOUR)
    assert written[0].data == {"episode": 1, "witness_role": "placement_staff"}


@pytest.mark.by_turns
def test_a_second_report_does_not_move_the_first_time(w, episode):
    seen(w.child, by=w.carer, at=NOW + HOUR)
    seen(w.child, by=w.guardian, at=NOW + 2 * HOUR)
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.reported_seen_by) == (NOW + HOUR, w.carer)
    assert SeenReport.objects.filter(episode=episode).count() == 2


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("fields", "more"),
    [
        # Told by itself: it ends no search.
        ({"means": "message"}, ["trigger_entered"]),
        ({"means": "hearsay"}, []),
        ({"happened_at": AT + HOUR}, []),
    ],
)
def test_a_message_hearsay_and_what_was_before_report_nobody_seen(w, fields, more):
    episode = missing(w.child, last_seen_at=AT + 2 * HOUR, at=NOW)
    with events(w.child, "contact_recorded", *more):
        seen(w.child, by=w.carer, at=NOW + HOUR, **fields)
    episode.refresh_from_db()
    assert episode.reported_seen_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", ["no_answer"])
def test_a_try_without_an_answer_reports_nobody_seen(w, outcome):
    missing(w.child, at=NOW)
    with events(w.child, "contact_recorded"):
        seen(w.child, by=w.carer, at=NOW + HOUR, outcome=outcome)


@pytest.mark.by_turns(8)
def test_the_word_of_somebody_kept_from_the_child_reports_nobody_seen(w):
    missing(w.child, at=NOW)
    concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=NOW)
    with events(w.child, "contact_recorded"):
        contacts.record(w.child, a_sighting(w.carer, at=NOW), by=w.desk.person, at=NOW + HOUR)


@pytest.mark.by_turns
def test_before_the_police_are_owed_word_seen_is_a_contact_and_no_report(w):
    silent(w.child, at=NOW)
    with events(w.child, "contact_recorded"):
        seen(w.child, by=w.carer, at=NOW + HOUR)


@pytest.mark.by_turns
def test_after_the_fail_safe_seen_is_a_report_though_nobody_confirmed(w):
    episodes.start_fail_safe(silent(w.child, at=NOW), owed_at=NOW + HOUR)
    with events(w.child, *SEEN_KINDS):
        seen(w.child, by=w.carer, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_the_daily_proof_of_an_away_child_reports_nobody_seen(w):
    away = episodes.report_away(w.child, whereabouts="Lowmoor", reason="", by=w.carer, at=NOW)
    with events(w.child, "contact_recorded"):
        seen(w.child, by=w.guardian, at=NOW + HOUR)
    episode = episodes.become_missing(away, reason="Left", by=w.carer, at=NOW + 2 * HOUR)
    assert episode.reported_seen_at is None


@pytest.mark.by_turns
def test_whoever_said_seen_records_neither_part(w, episode):
    seen(w.child, by=w.desk.person, at=NOW + HOUR)
    for part in (_confirm, _close):
        with refused(w.child, SAID_SEEN):
            part(episode, w.desk.person, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_who_said_seen_second_records_neither_part_either(w, episode):
    seen(w.child, by=w.carer, at=NOW + HOUR)
    seen(w.child, by=w.desk.person, at=NOW + HOUR)
    for part in (_confirm, _close):
        with refused(w.child, SAID_SEEN):
            part(episode, w.desk.person, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_withdrawing_seen_does_not_make_its_author_a_second_person(w, episode):
    contact = seen(w.child, by=w.desk.person, at=NOW + HOUR)
    contacts.withdraw(contact, reason="Not sure", by=w.desk.person, at=NOW + HOUR)
    with refused(w.child, SAID_SEEN):
        _confirm(episode, w.desk.person, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_who_wrote_down_themselves_what_a_carer_said_records_one_part_and_both_once_the_carer_has_recorded_it(
    w, episode
):
    duty = w.desk.person
    contacts.record(w.child, a_sighting(w.carer, at=NOW + HOUR, told_by=w.carer.name), by=duty, at=NOW + HOUR)
    _confirm(episode, duty, at=NOW + 2 * HOUR)
    with refused(w.child, ALONE):
        _close(episode, duty, at=NOW + 2 * HOUR)
    seen(w.child, by=w.carer, at=NOW + 2 * HOUR)
    _close(episode, duty, at=NOW + 2 * HOUR)
    with events(w.child, "episode_ended"):
        episode = episodes.end(episode, outcome="returned", by=duty, at=NOW + 2 * HOUR)
    assert episode.status == "ended"


@pytest.mark.by_turns
def test_one_person_alone_records_neither_order_of_both_parts_and_an_officer_signed_in_is_a_second(
    w, episode
):
    duty = w.desk.person
    with taken_back():
        _close(episode, duty, at=NOW + HOUR)
        with refused(w.child, ALONE):
            _confirm(episode, duty, at=NOW + HOUR)
        with refused(w.child, ALONE):
            episodes.hear_from_office(episode, told_by("hospital", at=NOW + HOUR), by=duty, at=NOW + HOUR)
    _confirm(MissingEpisode.objects.get(pk=episode.pk), duty, at=NOW + HOUR)
    with refused(w.child, ALONE):
        _close(episode, duty, at=NOW + HOUR)
    _close(episode, w.officer, at=NOW + HOUR)
    assert episodes.end(episode, outcome="returned", by=duty, at=NOW + HOUR).status == "ended"


@pytest.mark.by_turns
def test_the_seen_of_somebody_the_child_is_kept_from_and_one_withdrawn_make_no_second_person(w, episode):
    duty = w.desk.person
    contact = seen(w.child, by=w.guardian, at=NOW + HOUR)
    contacts.withdraw(contact, reason="Not sure", by=w.guardian, at=NOW + HOUR)
    seen(w.child, by=w.carer, at=NOW + HOUR)
    concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=NOW + HOUR)
    _confirm(episode, duty, at=NOW + 2 * HOUR)
    with refused(w.child, ALONE):
        _close(episode, duty, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_who_recorded_one_part_and_then_says_seen_is_refused_the_other(w, episode, confirmed):
    with events(w.child, *SEEN_KINDS):
        seen(w.child, by=w.desk.person, at=NOW + 2 * HOUR)
    with refused(w.child, SAID_SEEN):
        _close(episode, w.desk.person, at=NOW + 2 * HOUR)
    _close(episode, w.desk.second, at=NOW + 2 * HOUR)
    assert episodes.end(episode, outcome="returned", by=w.desk.second, at=NOW + 3 * HOUR).status == "ended"


@pytest.mark.by_turns(8)
def test_confirming_with_the_child_says_how_and_by_phone_with_whom(w, episode):
    duty = w.desk.person
    with refused(w.child, "Select how you confirmed it with the child."):
        episodes.confirm_with_child(episode, how="heard", by=duty, at=NOW)
    for adult, phone in (("", "01632 960444"), ("M. Maddern", " ")):
        with refused(w.child, "Enter the adult you spoke to there and the number you rang."):
            episodes.confirm_with_child(episode, how="spoke", adult=adult, phone=phone, by=duty, at=NOW)
    with events(w.child, "return_confirmed_with_child") as written:
        episode = _confirm(episode, duty, at=NOW + HOUR)
    episode.refresh_from_db()
    assert (episode.child_confirmed_at, episode.child_confirmed_by) == (NOW + HOUR, duty)
    assert (episode.child_confirmed_how, episode.child_confirmed_adult) == ("spoke", "M. Maddern")
    assert written[0].data == {"how": "spoke"}


def _told(w, force, *, at=NOW):
    """Another force told of the open episode, with nobody there who has accepted it."""
    episode = w.child.episodes.get()
    episodes.add_force(episode, force=force, by=w.desk.person, at=at)
    return force


def _accepted(w, force, *, at=NOW):
    episodes.record_police_reference(
        w.child.episodes.get(), force=force, reference="4417", officer="PC 9", by=w.desk.person, at=at
    )
    return force


@pytest.mark.by_turns(8)
def test_a_closing_says_which_force_made_it_and_one_that_was_never_told_makes_none(w, episode):
    stranger = a_force()
    with refused(w.child, f"{stranger.name} was never told of this episode."):
        episodes.record_police_closing(
            episode, officer="A", force=stranger, closed_at=NOW, by=w.desk.person, at=NOW
        )
    closed = episodes.record_police_closing(
        episode, officer="A", force=w.force, closed_at=NOW, by=w.desk.person, at=NOW
    )
    assert closed.police_closed_force == w.force
    assert w.child.events.get(kind="police_closing_recorded").data == {"force": w.force.code}


@pytest.mark.by_turns(8)
def test_of_several_forces_told_the_closing_names_one(w, episode):
    other = _told(w, a_force())
    with refused(w.child, "Select the force that closed its report."):
        episodes.record_police_closing(episode, officer="A", closed_at=NOW, by=w.desk.person, at=NOW)
    closed = episodes.record_police_closing(
        episode, officer="A", force=other, closed_at=NOW, by=w.desk.person, at=NOW
    )
    assert closed.police_closed_force == other


def test_a_force_that_has_not_accepted_closes_nothing_for_the_one_that_has(w, episode):
    looking = _accepted(w, a_force())
    sentence = f"{w.force.name} has not accepted this episode. Record the closing of the force that has."
    with refused(w.child, sentence):
        episodes.record_police_closing(
            episode, officer="A", force=w.force, closed_at=NOW, by=w.desk.person, at=NOW
        )
    closed = episodes.record_police_closing(episode, officer="A", closed_at=NOW, by=w.desk.person, at=NOW)
    assert closed.police_closed_force == looking


@pytest.mark.by_turns
def test_missing_anew_forgets_which_force_had_closed(w, episode):
    episodes.record_police_closing(episode, officer="A", closed_at=NOW, by=w.desk.person, at=NOW)
    again = missing(w.child, by=w.worker, at=NOW + HOUR)
    again.refresh_from_db()
    assert (again.police_closed_at, again.police_closed_force) == (None, None)


def test_the_police_closing_names_its_officer_and_its_time(w, episode):
    duty = w.desk.person
    with refused(w.child, "Enter the name of the officer who closed it."):
        episodes.record_police_closing(episode, officer=" ", closed_at=NOW, by=duty, at=NOW)
    with refused(w.child, "The time of the police closing must be now or in the past."):
        episodes.record_police_closing(
            episode, officer="A", closed_at=NOW + timedelta(seconds=1), by=duty, at=NOW
        )
    with refused(w.child, "The police closing must be after the episode was opened."):
        episodes.record_police_closing(episode, officer="A", closed_at=NOW - HOUR, by=duty, at=NOW + HOUR)
    with events(w.child, "police_closing_recorded") as written:
        episodes.record_police_closing(
            episode, officer="Sgt Ashdene", closed_at=NOW + HOUR, by=duty, at=NOW + 2 * HOUR
        )
    episode.refresh_from_db()
    assert (episode.police_closed_at, episode.police_closed_by) == (NOW + HOUR, duty)
    assert episode.police_closed_officer == "Sgt Ashdene"
    assert written[0].happened_at == NOW + HOUR
    said = {"officer": "Sgt Ashdene", "by": duty}
    with events(w.child):
        episodes.record_police_closing(episode, **said, closed_at=NOW + HOUR, at=NOW + 3 * HOUR)
    with events(w.child, "police_closing_recorded", "police_closing_recorded"):
        now = NOW + 3 * HOUR
        episodes.record_police_closing(episode, **said, closed_at=now, at=now)
        again = now + timedelta(seconds=2)
        episodes.record_police_closing(episode, **said, closed_at=again, at=again)
        # A time that is put right is no form that is sent again.
        episodes.record_police_closing(episode, **said, closed_at=now + timedelta(seconds=1), at=again)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("part", "words"),
    [
        (_confirm, "First record that the police have closed their report."),
        (_close, "First confirm it with the child."),
        (None, "First confirm it with the child."),
    ],
)
def test_what_reached_the_police_ends_after_both_parts_only(w, episode, part, words):
    if part is not None:
        part(episode, w.desk.person, at=NOW + HOUR)
    with refused(w.child, words):
        episodes.end(episode, outcome="returned", by=w.desk.second, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_after_the_fail_safe_both_parts_are_needed_though_nobody_confirmed(w):
    episode = episodes.start_fail_safe(silent(w.child, at=NOW), owed_at=NOW + HOUR)
    _confirm(episode, w.desk.person, at=NOW + 2 * HOUR)
    with refused(w.child, "First record that the police have closed their report."):
        episodes.end(episode, outcome="returned", by=w.desk.person, at=NOW + 3 * HOUR)
    _close(episode, w.desk.second, at=NOW + 3 * HOUR)
    assert episodes.end(episode, outcome="returned", by=w.desk.person, at=NOW + 4 * HOUR).status == "ended"


@pytest.mark.by_turns
@pytest.mark.parametrize("opened", ["silent", "away"])
def test_what_never_reached_the_police_ends_on_the_first_part_alone(w, opened):
    if opened == "silent":
        episode = silent(w.child, at=NOW)
    else:
        episode = episodes.report_away(w.child, whereabouts="Lowmoor", reason="", by=w.carer, at=NOW)
    with refused(w.child, "First confirm it with the child."):
        episodes.end(episode, outcome="returned", by=w.desk.person, at=NOW + HOUR)
    _confirm(episode, w.desk.person, at=NOW + HOUR)
    assert episodes.end(episode, outcome="returned", by=w.desk.person, at=NOW + 2 * HOUR).status == "ended"


@pytest.mark.by_turns
def test_an_ending_keeps_outcome_note_who_and_when_found(w, episode):
    duty = w.desk.person
    _confirm(episode, duty, at=NOW + HOUR)
    _close(episode, w.desk.second, at=NOW + HOUR)
    with events(w.child, "episode_ended") as written:
        episode = episodes.end(
            episode,
            outcome="hospital",
            note="Broken arm",
            ending=episodes.Ending(
                with_child="Key worker", where_now="Northmere Hospital", condition="unwell"
            ),
            found_at=NOW + HOUR,
            by=duty,
            at=NOW + 2 * HOUR,
        )
    episode.refresh_from_db()
    assert (episode.outcome, episode.outcome_note, episode.found_at) == ("hospital", "Broken arm", NOW + HOUR)
    assert (episode.ended_at, episode.ended_by) == (NOW + 2 * HOUR, duty)
    assert written[0].data == {"episode": 1, "outcome": "hospital"}
    assert (episode.ending.with_child, episode.ending.where_now) == ("Key worker", "Northmere Hospital")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("found_at", [AT - timedelta(days=2), NOW + 3 * HOUR])
def test_the_child_is_found_neither_before_the_episode_nor_in_the_future(w, episode, both_parts, found_at):
    with refused(w.child, "The child was found after the episode began and not in the future."):
        episodes.end(episode, outcome="returned", found_at=found_at, by=w.desk.person, at=NOW + 2 * HOUR)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=5)])
def test_the_child_is_found_by_when_that_was_confirmed_however_late_the_end_is_written(
    w, episode, confirmed, late
):
    _close(episode, w.desk.second, at=NOW + 9 * HOUR)
    with refused(w.child, "It was confirmed before that. Enter when the child was found or back."):
        episodes.end(
            episode, outcome="returned", found_at=NOW + 10 * HOUR, by=w.desk.person, at=NOW + 10 * HOUR
        )
    found_at = NOW + HOUR + late
    done = episodes.end(episode, outcome="returned", found_at=found_at, by=w.desk.person, at=NOW + 10 * HOUR)
    assert done.found_at == found_at


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("outcome", ["", "cancelled"])
def test_nobody_chooses_an_outcome_that_is_none(w, outcome):
    episode = missing(w.child, at=NOW)
    with refused(w.child, "Select how the episode ended."):
        episodes.end(episode, outcome=outcome, by=w.desk.person, at=NOW + HOUR)


@pytest.mark.by_turns(8)
def test_an_ended_episode_does_not_end_again_and_takes_no_part(w):
    episode = ended(missing(w.child, at=NOW), at=NOW + HOUR)
    with refused(w.child, "The episode cannot go from “ended” to “ended”."):
        episodes.end(episode, outcome="returned", by=w.desk.person, at=NOW + 2 * HOUR)
    for part in (_confirm, _close):
        with refused(w.child, "This episode has ended."):
            part(episode, w.desk.person, at=NOW + 2 * HOUR)


def test_recording_was_late_ends_only_what_the_police_were_never_owed(w):
    episode = silent(w.child, at=NOW)
    late = episodes.end_as_recorded_late(episode, at=NOW + HOUR)
    late.refresh_from_db()
    assert (late.status, late.outcome, late.found_at) == ("ended", "recording_late", None)
    assert not MissingEpisode.objects.counted().filter(pk=late.pk).exists()
    owed = episodes.start_fail_safe(silent(w.child, at=NOW + 2 * HOUR), owed_at=NOW + 3 * HOUR)
    with pytest.raises(IllegalMove, match=r"^The police are looking: proof alone does not end this\.$"):
        episodes.end_as_recorded_late(owed, at=NOW + 4 * HOUR)
    owed.refresh_from_db()
    assert owed.status == "not_confirmed"


@pytest.mark.by_turns
def test_not_here_after_the_confirmation_undoes_both_parts(w, episode, both_parts):
    with events(w.child, "ending_voided", "not_here"):
        not_here(w.child, by=w.carer, at=NOW + 2 * HOUR)
    with refused(w.child, "First confirm it with the child."):
        episodes.end(episode, outcome="returned", by=w.desk.second, at=NOW + 3 * HOUR)
    episode.refresh_from_db()
    assert (episode.police_closed_at, episode.police_closed_officer) == (None, "")


@pytest.mark.by_turns
def test_a_look_from_before_the_confirmation_that_is_written_late_undoes_nothing(w, episode, confirmed):
    not_here(w.child, by=w.carer, at=NOW + 2 * HOUR, happened_at=NOW)
    episode.refresh_from_db()
    assert episode.child_confirmed_at == NOW + HOUR


@pytest.mark.by_turns
def test_every_outcome_but_recording_late_can_be_chosen():
    duty = a_person(Role.DUTY_DESK)
    episode = missing(a_child(by=duty), at=NOW)
    for outcome in set(EpisodeOutcome) - {EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.ANOTHER_CHILD}:
        with taken_back():
            open_still = MissingEpisode.objects.get(pk=episode.pk)
            assert ended(open_still, outcome=outcome, by=duty, at=NOW + HOUR).outcome == outcome


@pytest.mark.by_turns
def test_the_number_that_rang_back_is_in_no_event(w):
    episode = missing(w.child, at=NOW)
    _confirm(episode, a_person(Role.DUTY_DESK), at=NOW + HOUR)
    assert "960444" not in str(list(w.child.events.values_list("data", flat=True)))


# --- What an outcome cannot go without


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("outcome", "name", "words"),
    [
        ("hospital", "with_child", "Enter who is with the child in hospital."),
        ("treated_as_adult", "decided_by", "Enter who decided that the child is treated as an adult."),
        ("with_family", "checked_by", "Enter who checked the family and their home."),
    ],
)
def test_some_outcomes_name_a_person(w, episode, both_parts, outcome, name, words):
    given = {"outcome": outcome, "by": w.desk.person, "at": NOW + HOUR}
    with refused(w.child, words):
        episodes.end(episode, ending=episodes.Ending(**{name: " "}), **given)
    episode = episodes.end(episode, ending=episodes.Ending(**{name: "Dina Sorrel"}), **given)
    assert getattr(episode.ending, name) == "Dina Sorrel"
    with pytest.raises(IntegrityError, match="ending_"), transaction.atomic():
        EpisodeEnding.objects.create(
            episode=episode, outcome=outcome, recorded_at=NOW, recorded_by=w.desk.person
        )


@pytest.mark.by_turns
def test_a_record_that_was_late_is_found_by_duty_after_the_fail_safe_and_counts_nowhere(w):
    episode = silent(w.child, at=NOW)
    episode = episodes.start_fail_safe(episode, owed_at=NOW)
    _confirm(episode, w.desk.person, at=NOW + HOUR)
    _close(episode, w.desk.second, at=NOW + HOUR)
    given = {"outcome": "recording_late", "by": w.desk.person, "at": NOW + HOUR}
    with refused(w.child, "Enter who had seen the child all the time."):
        episodes.end(episode, **given)
    episode = episodes.end(episode, ending=episodes.Ending(found_by="M. Reid"), **given)
    assert (episode.outcome, episode.ending.found_by) == ("recording_late", "M. Reid")
    assert not MissingEpisode.objects.counted().filter(child=w.child).exists()


def test_where_somebody_looked_or_reported_it_was_more_than_a_late_record(w, episode, both_parts):
    words = "Somebody looked or reported the child missing: this was more than a late record."
    with refused(w.child, words):
        episodes.end(
            episode,
            outcome="recording_late",
            ending=episodes.Ending(found_by="M. Reid"),
            by=w.desk.person,
            at=NOW + HOUR,
        )


@pytest.mark.by_turns
def test_both_parts_by_one_person_end_nothing_once_whoever_had_said_seen_takes_it_back(w, episode):
    duty = w.desk.person
    contact = seen(w.child, by=w.carer, at=NOW + HOUR)
    _confirm(episode, duty, at=NOW + 2 * HOUR)
    _close(episode, duty, at=NOW + 2 * HOUR)
    contacts.withdraw(contact, reason="It was her sister", by=w.carer, at=NOW + 2 * HOUR)
    episode = MissingEpisode.objects.get(pk=episode.pk)
    with refused(w.child, ALONE):
        episodes.end(episode, outcome="returned", by=duty, at=NOW + 2 * HOUR)
    assert episodes.end(episode, outcome="returned", by=w.desk.second, at=NOW + 2 * HOUR).status == "ended"


@pytest.mark.by_turns
def test_a_press_on_an_escorts_link_is_nobody_else_for_whoever_had_the_link_can_have_pressed(w):
    made = planned(w.child, by=w.worker, departs_at=NOW - HOUR, at=NOW - 2 * HOUR)
    confirmed_at(made, 0, by=w.worker, at=NOW - HOUR)
    episode = missing(w.child, by=w.worker, at=NOW)
    token = escort_links.make(made, 1, by=w.worker, at=NOW)
    said = journeys.Seen(escort=made.first_escort, happened_at=NOW + HOUR, as_given=True)
    escort_links.confirm(escort_links.find(token), made.stops.get(position=1), said, at=NOW + HOUR)
    assert SeenReport.objects.filter(episode=episode).exists()
    _confirm(episode, w.desk.person, at=NOW + HOUR)
    with refused(w.child, ALONE):
        _close(episode, w.desk.person, at=NOW + HOUR)

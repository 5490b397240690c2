"""A child that the placement cannot answer for, and one that has died: who was rung, and on which number."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cases import concerns, contacts, episodes, homecomings
from cases.models import MissingEpisode, Role
from cases.states import IllegalMove
from tests.cases.expectations import events, refused, taken_back
from tests.counts import FULL, counts
from tests.factories import (
    AT,
    a_person,
    a_sighting,
    a_watched_child,
    missing,
    not_here,
    planned,
    seen,
    silent,
    told_by,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 4 * HOUR
NO_NUMBER = "Take the number from somewhere else: this one confirms nothing."
TWO = (
    "Both parts would be the word of the police to one person, and nobody has spoken to the child."
    " Somebody else on duty, or the officer signed in, must record the other part."
)


@pytest.fixture
def w():
    return a_watched_child()


@pytest.fixture
def episode(w):
    return missing(w.child, by=w.worker, at=NOW)


def _anew(episode):
    return MissingEpisode.objects.get(pk=episode.pk)


def _hear(episode, word, by, *, at=NOW + HOUR):
    return episodes.hear_from_office(episode, word, by=by, at=at)


def _close(episode, by, *, at=NOW + HOUR):
    return episodes.record_police_closing(episode, officer="PC Shah", closed_at=at, by=by, at=at)


def _end(episode, outcome, by, *, bed="kept"):
    said = episodes.Ending(
        with_child="Key worker", checked_by="Dina Sorrel", decided_by="A judge", where_now="Lowmoor"
    )
    return homecomings.end(episode, outcome=outcome, ending=said, bed=bed, by=by, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_a_death_is_told_by_an_office_and_no_word_of_the_child_is_asked(w, episode):
    for office in ("police", "hospital", "coroner", "abroad"):
        with taken_back():
            told, standing = told_by(office, has_died=True, at=NOW + HOUR), _anew(episode)
            with events(w.child, "death_told") as written:
                _hear(standing, told, w.desk.person)
            assert written[0].data == {"office": office, "from": "publish"}
            standing.refresh_from_db()
            assert (standing.child_confirmed_adult, standing.child_confirmed_phone) == (
                "Sister Maud Ferrier",
                "0161 496 0188",
            ), office
            assert (standing.child_confirmed_reference, standing.child_confirmed_told_at) == (
                "NG 4471",
                NOW + HOUR,
            ), office
            # Its end is the same whichever office it was.
            if FULL or office == "coroner":
                _close(standing, w.desk.second)
                assert _end(standing, "died", w.desk.second).outcome == "died", office


@pytest.mark.by_turns
def test_nobody_records_a_death_on_their_own_eyes_or_on_a_call_to_the_home(w, episode):
    for how, said in (("saw", {}), ("spoke", {"adult": "M. Reid", "phone": "01632 960444"})):
        episodes.confirm_with_child(episode, how=how, **said, by=w.desk.person, at=NOW + HOUR)
        _close(episode, w.desk.second)
        with refused(w.child, "First record which office told you that the child has died."):
            _end(episode, "died", w.desk.person)


@pytest.mark.by_turns(8)
def test_who_was_told_of_a_death_records_no_other_end_until_somebody_was_with_the_child(w, episode):
    _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)
    _close(episode, w.desk.second)
    wrong = "An office told you that the child has died. If that was wrong, confirm it with the child first."
    with refused(w.child, wrong):
        _end(episode, "returned", w.desk.person)
    was = episodes.confirm_with_child(episode, how="saw", by=w.desk.person, at=NOW + 2 * HOUR)
    assert was.child_confirmed_at == NOW + 2 * HOUR
    ended = _end(episode, "returned", w.desk.person)
    assert (ended.child_confirmed_office, ended.child_confirmed_told_at) == ("", None)


@pytest.mark.by_turns
def test_whoever_has_the_child_is_rung_and_the_child_spoken_to(w, episode):
    for office, outcome in (
        ("police", "arrested"),
        ("hospital", "hospital"),
        ("abroad", "abroad"),
        ("detained", "treated_as_adult"),
        ("council", "with_family"),
    ):
        with taken_back():
            standing = _anew(episode)
            with events(w.child, "office_has_child"):
                _hear(standing, told_by(office, at=NOW + HOUR), w.desk.person)
            _close(standing, w.desk.second)
            assert _end(standing, outcome, w.desk.person).outcome == outcome, office


@pytest.mark.by_turns(8)
def test_with_the_family_the_child_itself_speaks_on_a_number_that_the_record_held(w, episode):
    words = (
        "With the family: speak to the child itself, on a number that was in the record before the search."
    )
    family = told_by("family", at=NOW + HOUR, number_from="record", name="", reference="")
    for wrong in (replace(family, number_from="ours"), replace(family, unspoken="Was asleep")):
        with refused(w.child, words):
            _hear(episode, wrong, w.desk.person)
    _hear(episode, family, w.desk.person)
    _close(episode, w.desk.second)
    assert _end(episode, "with_family", w.desk.person).outcome == "with_family"


@pytest.mark.by_turns(8)
def test_a_child_whom_nobody_could_speak_to_is_where_an_office_holds_it_and_nowhere_else(w, episode):
    _hear(episode, told_by("hospital", unspoken="In theatre", at=NOW + HOUR), w.desk.person)
    _close(episode, w.desk.second)
    words = "Nobody has spoken to the child: see the child, or ring again and speak to the child, first."
    for outcome in ("returned", "safe_elsewhere", "with_family", "still_at_risk"):
        with refused(w.child, words):
            _end(episode, outcome, w.desk.person)
    assert _end(episode, "hospital", w.desk.person).outcome == "hospital"


@pytest.mark.by_turns
def test_where_the_police_are_both_sources_two_people_have_heard_them(w, episode):
    for said in ({"has_died": True}, {"unspoken": "The sergeant let nobody speak"}):
        told = told_by("police", number_from="national", phone="101", at=NOW + HOUR, **said)
        for first, second in ((_hear_of(told), _close), (_close, _hear_of(told))):
            with taken_back():
                standing = _anew(episode)
                first(standing, w.desk.person)
                with refused(w.child, TWO):
                    second(standing, w.desk.person)
                second(standing, w.desk.second)
                standing.refresh_from_db()
                heard = {standing.child_confirmed_by, standing.police_closed_by}
                assert heard == {w.desk.person, w.desk.second}, said


def _hear_of(told):
    return lambda episode, by: _hear(episode, told, by)


@pytest.mark.by_turns
def test_where_the_child_spoke_in_custody_one_person_records_both_parts_if_somebody_else_has_said_seen(
    w, episode
):
    _hear(episode, told_by("police", at=NOW + HOUR), w.desk.person)
    with pytest.raises(IllegalMove, match="You recorded the other part"):
        _close(episode, w.desk.person)
    seen(w.child, by=w.guardian, at=NOW + HOUR)
    assert _close(episode, w.desk.person).police_closed_by == w.desk.person


@pytest.mark.by_turns
def test_the_number_of_whoever_spoke_of_the_child_confirms_nothing(w, episode):
    seen(w.child, by=w.carer, at=NOW + HOUR)
    w.carer.phone = "07700 900321"
    w.carer.save()
    uncle = a_person(Role.GUARDIAN)
    uncle.phone = "+447700900654"
    uncle.save()
    concerns.keep_from(w.child, uncle, reason="Debt", by=w.worker, at=NOW + HOUR)
    for phone in ("07700 900321", "+447700900321", "07700 900654"):
        with refused(w.child, NO_NUMBER):
            _hear(episode, told_by("hospital", phone=phone, at=NOW + HOUR), w.desk.person)


@pytest.mark.by_turns
def test_the_number_of_whoever_rang_in_or_wrote_it_down_confirms_nothing(w, episode):
    for number, person in enumerate((w.carer, w.worker)):
        person.phone = f"07700 90041{number}"
        person.save()
    given = {"by": w.desk.second, "at": NOW + HOUR}
    said = {"answered_by": "A nurse", "said": "The child is here", "rung_at": NOW + HOUR}
    episodes.log_call(episode, direction="in", party="Ward 4", number="0044 7700 900413", **said, **given)
    episodes.log_call(episode, direction="in", party="An aunt", number="0033 6 12 34 56 78", **said, **given)
    episodes.log_call(episode, direction="in", party="Force", number="101", **said, **given)
    sighting = a_sighting(w.carer, at=NOW + HOUR, witness_user=None, told_by="A neighbour")
    contacts.record(w.child, sighting, by=w.worker, at=NOW + HOUR)
    for phone in ("07700 900413", "+44 7700 900413", "07700 900411", "+33 6 12 34 56 78"):
        with refused(w.child, NO_NUMBER):
            _hear(episode, told_by("hospital", phone=phone, at=NOW + HOUR), w.desk.person)
    put_through = told_by("police", number_from="national", phone="101", at=NOW + HOUR)
    assert _hear(episode, put_through, w.desk.person).child_confirmed_phone == "101"


@pytest.mark.by_turns
def test_the_number_of_an_escort_the_child_is_kept_from_confirms_nothing(w):
    planned(w.child, by=w.worker, departs_at=NOW + 30 * HOUR, at=NOW - HOUR)
    episode = missing(w.child, by=w.worker, at=NOW)
    barred = a_person(Role.GUARDIAN, name="Petra Lindqvist")
    word = told_by("hospital", phone="07700 900111", at=NOW + HOUR)
    concerns.keep_from(w.child, barred, reason="Debt", by=w.worker, at=NOW + HOUR)
    with refused(w.child, NO_NUMBER):
        _hear(episode, word, w.desk.person)
    assert _hear(episode, replace(word, phone="07700 900112"), w.desk.person).child_confirmed_at


@pytest.mark.by_turns
def test_whoever_said_seen_hears_no_office_either(w, episode):
    seen(w.child, by=w.desk.person, at=NOW + HOUR)
    with refused(w.child, "You said that the child was seen. Somebody else on duty must confirm it."):
        _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)


def _wrong(at):
    death = {"has_died": True, "at": at}
    return [
        (told_by("council", **death), "A death is told by an officer, a hospital or a coroner, or by"),
        (told_by("family", **death), "A death is told by an officer, a hospital or a coroner, or by"),
        (told_by("hospital", unspoken="Dead", **death), "Of a child who has died nobody asks why"),
        (told_by("hospital", reference=" ", **death), "Enter the name of the office and its reference."),
        (told_by("hospital", name="", **death), "Enter the name of the office and its reference."),
        (told_by("hospital", said_by="", **death), "Enter who told you, the number you rang and where"),
        (told_by("hospital", phone="", **death), "Enter who told you, the number you rang and where"),
        (told_by("hospital", number_where="", **death), "Enter who told you, the number you rang and where"),
        (told_by("hospital", number_from="caller", **death), "Select who has the child, and where you took"),
        (told_by("friend", **death), "Select who has the child, and where you took"),
        (told_by("hospital", number_from="national", **death), "Only the police are rung on 101."),
        (told_by("police", number_from="national", **death), "Put through by the force, the number you rang"),
        (told_by("hospital", phone="101", **death), "Put through by the force, the number you rang is 101"),
        (told_by("coroner", at=at), "A coroner has no child who is alive."),
        (told_by("hospital", at=at + 9 * HOUR), "The time of the call must be now or in the past."),
        (told_by("hospital", at=at - 40 * HOUR), "The call must be after the episode began."),
    ]


def test_nothing_of_the_call_can_be_left_out(w, episode):
    for word, words in _wrong(NOW + HOUR):
        with pytest.raises(IllegalMove, match=f"^{words}"):
            _hear(episode, word, w.desk.person)
        episode.refresh_from_db()
        assert episode.child_confirmed_at is None, word


@pytest.mark.by_turns
def test_a_call_from_before_somebody_looked_again_tells_nothing(w, episode):
    _hear(episode, told_by("hospital", at=NOW + HOUR), w.desk.person)
    not_here(w.child, by=w.carer, at=NOW + 2 * HOUR)
    with refused(w.child, "The child was looked for after that call. Ring again."):
        _hear(episode, told_by("hospital", at=NOW + HOUR), w.desk.person, at=NOW + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_that_a_child_who_has_died_is_not_here_undoes_nothing(w, episode):
    _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)
    not_here(w.child, by=w.carer, at=NOW + 2 * HOUR)
    episode.refresh_from_db()
    assert (episode.child_confirmed_how, episode.not_here_at) == ("death", None)


def test_the_same_call_sent_twice_is_one(w, episode):
    word = told_by("hospital", at=NOW + HOUR)
    _hear(episode, word, w.desk.person)
    with events(w.child):
        _hear(episode, word, w.desk.person, at=NOW + 2 * HOUR)
    episode.refresh_from_db()
    assert episode.child_confirmed_at == NOW + HOUR


SET = "UPDATE cases_missingepisode SET {} WHERE id = %s"


# Whether the child has died, what is written otherwise, and what of the database refuses it.
HELD = (
    (True, "child_confirmed_reference = ''", "episode_child_part_says_how"),
    (True, "child_confirmed_number_where = ''", "episode_child_part_says_how"),
    (True, "child_confirmed_number_from = 'national'", "episode_child_part_says_how"),
    (True, "child_confirmed_phone = ''", "episode_child_part_says_how"),
    (True, "child_confirmed_adult = ''", "episode_child_part_says_how"),
    (True, "child_confirmed_told_at = NULL", "episode_child_part_says_how"),
    (True, "child_confirmed_phone = '101'", "episode_child_part_says_how"),
    (
        True,
        "child_confirmed_office = 'police', child_confirmed_number_from = 'national'",
        "episode_child_part_says_how",
    ),
    (
        True,
        "status = 'ended', outcome = 'died', ended_at = child_confirmed_told_at - interval '1 minute'",
        "episode_child_part_says_how",
    ),
    (True, "child_confirmed_office = 'council'", "episode_child_part_says_how"),
    (True, "child_confirmed_how = 'saw'", "episode_child_part_says_how"),
    (False, "child_confirmed_office = 'coroner'", "episode_child_part_says_how"),
    (False, "child_confirmed_office = 'family'", "episode_child_part_says_how"),
    (False, "child_confirmed_how = ''", "episode_child_part_says_how"),
    (False, "status = 'ended', ended_at = now(), outcome = 'died'", "episode_death_is_told_by_an_office"),
    (True, "status = 'ended', ended_at = now(), outcome = 'hospital'", "episode_death_is_told_by"),
    (
        False,
        "status = 'ended', ended_at = now(), outcome = 'returned', child_confirmed_unspoken = 'Asleep'",
        "episode_unspoken_child_is_held_by_an_office",
    ),
    (
        True,
        "child_confirmed_office = 'police', child_confirmed_by_id = police_closed_by_id",
        "episode_word_of_police_alone_is_heard_by_two",
    ),
)


@pytest.mark.by_turns(8)
def test_the_database_holds_each_word_of_it(w, episode):
    for has_died in (True, False):
        with taken_back():
            standing = _anew(episode)
            _hear(standing, told_by("hospital", has_died=has_died, at=NOW + HOUR), w.desk.person)
            _close(standing, w.desk.second)
            for change, name in ((change, name) for died, change, name in HELD if died is has_died):
                print("set otherwise:", change)
                with pytest.raises(IntegrityError, match=name):
                    _set(standing, change)
                assert MissingEpisode.objects.open().filter(pk=episode.pk).exists(), change


def _set(episode, change):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SET.format(change), [episode.pk])


ALONE = "You alone have heard this, and nobody has spoken to the child. Somebody else on duty must end it."
ALIVE = (
    "Somebody saw or spoke to the child after that, or it was gone again: this may be another child."
    " Ring the office again. If that sighting was wrong, withdraw it with a reason first."
)


UNSPOKEN = {"unspoken": "The sergeant let nobody speak"}


@pytest.mark.by_turns(8)
def test_where_the_police_were_owed_no_word_somebody_else_ends_what_one_alone_has_heard(w):
    deaths = [(told_by(office, has_died=True, at=NOW + HOUR), "died") for office in ("hospital", "police")]
    told = [*deaths, (told_by("police", at=NOW + HOUR, **UNSPOKEN), "arrested")]
    # Opened by a silence, and as away; what was told by turns.
    for opened, words in counts(
        {"silence": told[::2], "away": told[1:2]}, dict.fromkeys(("silence", "away"), told)
    ).items():
        with taken_back():
            if opened == "away":
                given = {"whereabouts": "With a cousin", "reason": "", "by": w.worker, "at": NOW}
                episode = episodes.report_away(w.child, **given)
            else:
                episode = silent(w.child, at=NOW)
            assert episode.police_owed_at is None, opened
            for word, outcome in words:
                _is_ended_by_somebody_else(w, episode, word, outcome)


def _is_ended_by_somebody_else(w, episode, told, outcome):
    with taken_back():
        standing = _anew(episode)
        _hear(standing, told, w.desk.person)
        with refused(w.child, ALONE):
            _end(standing, outcome, w.desk.person)
        facts = {"status": "ended", "outcome": outcome, "ended_at": NOW + 2 * HOUR, "ended_by": w.desk.person}
        rows = MissingEpisode.objects.filter(pk=episode.pk)
        with pytest.raises(IntegrityError, match="episode_death_is_heard_by_two"), transaction.atomic():
            rows.update(**facts)
        assert _end(standing, outcome, w.desk.second).outcome == outcome, told


@pytest.mark.by_turns
def test_of_a_death_one_person_does_not_record_the_word_the_closing_and_the_end(w, episode):
    _hear(episode, told_by("coroner", has_died=True, at=NOW + HOUR), w.desk.person)
    _close(episode, w.desk.person)
    with refused(w.child, ALONE):
        _end(episode, "died", w.desk.person)
    assert _end(episode, "died", w.desk.second).outcome == "died"


@pytest.mark.by_turns(8)
def test_a_child_seen_after_a_death_was_told_is_reported_seen_and_the_word_holds_no_more(w, episode):
    seen(w.child, by=w.guardian, at=NOW + HOUR / 2)
    _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)
    _close(episode, w.desk.second)
    with events(w.child, "ending_voided", "reported_seen", "contact_recorded") as written:
        seen(w.child, by=w.carer, at=NOW + 2 * HOUR)
    assert written[0].data["parts"] == ["child_confirmed"]
    episode.refresh_from_db()
    assert (episode.child_confirmed_how, episode.reported_seen_at) == ("", NOW + 2 * HOUR)
    with refused(w.child, "First record which office told you that the child has died."):
        _end(episode, "died", w.desk.second)


@pytest.mark.by_turns
def test_what_nobody_saw_and_what_was_seen_before_leave_the_word_of_a_death(w, episode):
    _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)
    for means in ("message", "hearsay"):
        with taken_back():
            standing = _anew(episode)
            seen(w.child, by=w.carer, at=NOW + 2 * HOUR, means=means)
            late = a_sighting(w.guardian, at=NOW + HOUR / 2)
            contacts.record(w.child, late, by=w.guardian, at=NOW + 2 * HOUR)
            standing.refresh_from_db()
            assert standing.child_confirmed_how == "death", means
            _close(standing, w.desk.second)
            assert _end(standing, "died", w.desk.second).outcome == "died", means


@pytest.mark.by_turns
@pytest.mark.parametrize("sign", ["seen", "confirmed", "gone again"])
def test_a_death_told_before_the_child_was_seen_is_not_recorded_after(w, episode, sign):
    if sign == "seen":
        contact = seen(w.child, by=w.carer, at=NOW + 2 * HOUR)
    elif sign == "confirmed":
        episodes.confirm_with_child(episode, how="saw", by=w.desk.second, at=NOW + 2 * HOUR)
    else:
        episodes.confirm_with_child(episode, how="saw", by=w.desk.second, at=NOW + HOUR / 2)
        not_here(w.child, by=w.carer, at=NOW + 2 * HOUR)
    told = told_by("hospital", has_died=True, at=NOW + HOUR)
    with refused(w.child, ALIVE):
        _hear(episode, told, w.desk.person, at=NOW + 3 * HOUR)
    if sign == "seen":
        contacts.withdraw(contact, reason="It was another child", by=w.carer, at=NOW + 3 * HOUR)
    else:
        told = replace(told, told_at=NOW + 3 * HOUR)
    _hear(episode, told, w.desk.person, at=NOW + 3 * HOUR)
    episode.refresh_from_db()
    assert episode.child_confirmed_how == "death"


@pytest.mark.by_turns(8)
def test_a_child_seen_after_it_was_found_dead_is_not_ended_as_dead(w, episode):
    contact = seen(w.child, by=w.carer, at=NOW + HOUR / 2)
    _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)
    _close(episode, w.desk.second)
    end = {"outcome": "died", "found_at": NOW + HOUR / 4, "ending": episodes.Ending()}
    with refused(w.child, ALIVE):
        homecomings.end(episode, **end, by=w.desk.second, at=NOW + 2 * HOUR)
    contacts.withdraw(contact, reason="It was another child", by=w.carer, at=NOW + 2 * HOUR)
    assert homecomings.end(episode, **end, by=w.desk.second, at=NOW + 2 * HOUR).outcome == "died"


@pytest.mark.by_turns
def test_the_word_of_somebody_the_child_is_kept_from_undoes_no_word_of_a_death(w, episode):
    _hear(episode, told_by("hospital", has_died=True, at=NOW + HOUR), w.desk.person)
    concerns.keep_from(w.child, w.carer, reason="Debt", by=w.worker, at=NOW + HOUR)
    seen(w.child, by=w.carer, at=NOW + 2 * HOUR)
    episode.refresh_from_db()
    assert episode.child_confirmed_how == "death"


@pytest.mark.by_turns
def test_the_office_rung_again_is_another_call(w, episode):
    word = told_by("hospital", has_died=True, at=NOW + HOUR)
    _hear(episode, word, w.desk.person)
    with events(w.child, "death_told"):
        _hear(episode, replace(word, told_at=NOW + 3 * HOUR), w.desk.person, at=NOW + 3 * HOUR)
    episode.refresh_from_db()
    assert (episode.child_confirmed_told_at, episode.child_confirmed_at) == (NOW + 3 * HOUR, NOW + HOUR)


@pytest.mark.by_turns
def test_a_reference_put_right_is_the_same_find_and_that_of_somebody_else_another(w, episode):
    word = told_by("hospital", at=NOW + HOUR)
    _hear(episode, word, w.desk.person)
    _hear(episode, replace(word, reference="NG 4472"), w.desk.person, at=NOW + 2 * HOUR)
    episode.refresh_from_db()
    assert (episode.child_confirmed_reference, episode.child_confirmed_at) == ("NG 4472", NOW + HOUR)
    _hear(episode, replace(word, reference="NG 4473"), w.desk.second, at=NOW + 3 * HOUR)
    episode.refresh_from_db()
    assert episode.child_confirmed_at == NOW + 3 * HOUR


@pytest.mark.by_turns(8)
def test_a_look_between_the_call_and_its_typing_undoes_the_word_whichever_is_written_first(w, episode):
    word = told_by("police", at=NOW + HOUR)
    look = a_sighting(w.carer, at=NOW + 2 * HOUR)
    _hear(episode, word, w.desk.person, at=NOW + 3 * HOUR)
    contacts.look_failed(w.child, look, by=w.carer, at=NOW + 4 * HOUR)
    episode.refresh_from_db()
    assert (episode.child_confirmed_at, episode.anew_at) == (None, NOW + 2 * HOUR)
    with refused(w.child, "The child was looked for after that call. Ring again."):
        _hear(episode, word, w.desk.person, at=NOW + 5 * HOUR)


@pytest.mark.by_turns
def test_a_further_look_that_was_no_news_counts_against_an_older_call(w, episode):
    not_here(w.child, by=w.carer, at=NOW + HOUR / 2)
    not_here(w.child, by=w.carer, at=NOW + 2 * HOUR)
    with refused(w.child, "The child was looked for after that call. Ring again."):
        _hear(episode, told_by("police", at=NOW + HOUR), w.desk.person, at=NOW + 3 * HOUR)
    again = told_by("police", at=NOW + 3 * HOUR)
    assert _hear(episode, again, w.desk.person, at=NOW + 3 * HOUR).child_confirmed_at


@pytest.mark.by_turns
@pytest.mark.parametrize("first", ["death", "office", "spoke"])
def test_confirmed_otherwise_by_the_same_person_it_is_so_from_then(w, episode, first):
    if first == "spoke":
        said = {"adult": "M. Reid", "phone": "01632 960444"}
        episodes.confirm_with_child(episode, how="spoke", **said, by=w.desk.person, at=NOW + HOUR)
    else:
        _hear(episode, told_by("hospital", has_died=first == "death", at=NOW + HOUR), w.desk.person)
    episodes.confirm_with_child(episode, how="saw", by=w.desk.person, at=NOW + 6 * HOUR)
    late = a_sighting(w.carer, at=NOW + 3 * HOUR)
    contacts.look_failed(w.child, late, by=w.carer, at=NOW + 7 * HOUR)
    episode.refresh_from_db()
    assert (episode.child_confirmed_how, episode.child_confirmed_at) == ("saw", NOW + 6 * HOUR)

"""Contacts: recorded once, never in the future, withdrawn with a reason, and what "not here" starts."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from cases import contacts
from cases.models import Contact, MissingEpisode, Role, SeenReport
from cases.moves import SentBefore
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    a_child,
    a_person,
    a_sighting,
    a_watched_child,
    missing,
    not_here,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + HOUR


@pytest.mark.by_turns
def test_a_contact_keeps_who_saw_whom_how_and_when_and_who_told_us():
    child = a_child()
    duty = a_person(Role.DUTY_DESK)
    with events(child, "contact_recorded") as written:
        contact = contacts.record(
            child,
            contacts.Sighting(
                means="face_to_face",
                witness="M. Maddern",
                witness_role="placement_staff",
                organisation="home:7",
                told_by="M. Maddern",
                note="In the kitchen",
                happened_at=AT,
            ),
            by=duty,
            at=NOW,
        )
    contact.refresh_from_db()
    assert (contact.means, contact.witness, contact.told_by) == ("face_to_face", "M. Maddern", "M. Maddern")
    assert (contact.happened_at, contact.recorded_at, contact.stated_at) == (AT, NOW, None)
    assert (contact.recorded_by, contact.witness_user, contact.organisation) == (duty, None, "home:7")
    assert written[0].data == {
        "outcome": "seen",
        "means": "face_to_face",
        "witness_role": "placement_staff",
    }
    assert (written[0].happened_at, written[0].recorded_at) == (AT, NOW)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(minutes=5)])
def test_a_clock_up_to_five_minutes_fast_is_read_as_now_and_both_are_kept(ahead):
    child = a_child()
    contact = seen(child, by=child.registered_by, at=NOW, happened_at=NOW + ahead)
    assert (contact.happened_at, contact.stated_at) == (NOW, NOW + ahead)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("ahead", [timedelta(minutes=5, microseconds=1), timedelta(days=1)])
@pytest.mark.parametrize("verb", [contacts.record, contacts.look_failed])
def test_nothing_dated_in_the_future_is_a_contact(verb, ahead):
    child = a_child()
    by = child.registered_by
    with refused(child, "The time of a contact must be now or in the past.", contacts.InTheFuture):
        verb(child, a_sighting(by, at=NOW + ahead), by=by, at=NOW)
    assert not Contact.objects.filter(child=child).exists()
    assert not MissingEpisode.objects.filter(child=child).exists()


def test_a_late_entry_shows_both_times():
    child = a_child()
    contact = seen(child, by=child.registered_by, at=NOW + 9 * HOUR, happened_at=AT)
    assert (contact.happened_at, contact.recorded_at) == (AT, NOW + 9 * HOUR)


def test_without_a_named_witness_a_contact_is_hearsay_whatever_was_ticked():
    child = a_child()
    sighting = contacts.Sighting(means="face_to_face", told_by="A neighbour", happened_at=AT)
    contact = contacts.record(child, sighting, by=child.registered_by, at=NOW)
    assert (contact.means, contact.witness) == ("hearsay", "")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("role", "knows"),
    [
        ("placement_staff", True),
        ("foster_carer", True),
        ("social_worker", True),
        ("guardian", True),
        ("teacher", False),
        ("clinician", False),
        ("police", False),
        ("other", False),
    ],
)
def test_who_knows_the_face_follows_from_the_witnesss_role_unless_it_is_said(role, knows):
    child = a_child()
    by = child.registered_by
    assert seen(child, by=by, at=NOW, witness_role=role).knows_child is knows
    assert seen(child, by=by, at=NOW, witness_role=role, knows_child=not knows).knows_child is not knows


@pytest.mark.by_turns
def test_the_same_key_again_returns_the_contact_that_stands():
    child = a_child()
    by = child.registered_by
    sighting = a_sighting(by, at=AT, key=uuid.uuid4())
    first = contacts.record(child, sighting, by=by, at=NOW)
    with events(child):
        again = contacts.record(child, sighting, by=by, at=NOW + HOUR)
    assert again.pk == first.pk
    other = replace(sighting, note="He had a bruise")
    with events(child), pytest.raises(SentBefore):
        contacts.record(child, other, by=by, at=NOW + HOUR)
    contacts.withdraw(first, reason="Another child", by=by, at=NOW + HOUR)
    with events(child), pytest.raises(SentBefore, match="withdrawn since"):
        contacts.record(child, sighting, by=by, at=NOW + 2 * HOUR)
    assert (again.note, Contact.objects.filter(child=child).count()) == ("", 1)


@pytest.mark.by_turns
def test_the_same_key_for_another_child_is_refused():
    child, other = a_child(), a_child()
    by = child.registered_by
    sighting = a_sighting(by, at=AT)
    contacts.record(child, sighting, by=by, at=NOW)
    for verb in (contacts.record, contacts.look_failed):
        with refused(other, "This form was sent for another child.", contacts.KeyTaken):
            verb(other, sighting, by=by, at=NOW)


@pytest.mark.by_turns(8)
def test_a_contact_does_not_smuggle_in_not_here():
    child = a_child()
    by = child.registered_by
    with refused(child, "“Not here” opens an episode: record it there."):
        contacts.record(child, a_sighting(by, at=AT, outcome="not_here"), by=by, at=NOW)


@pytest.mark.by_turns
def test_not_here_writes_the_look_and_a_confirmed_episode_in_one_event():
    w = a_watched_child()
    with events(w.child, "not_here") as written:
        episode = not_here(w.child, by=w.carer, at=NOW)
    look = Contact.objects.get(child=w.child)
    assert (look.outcome, look.witness_user) == ("not_here", w.carer)
    assert (episode.status, episode.started_by) == ("missing", "not_here")
    assert (episode.police_owed_at, episode.counts_from, episode.confirmed_at) == (NOW, NOW, NOW)
    assert [row.force for row in episode.forces.all()] == [w.force]
    assert written[0].data == {"episode": 1}


@pytest.mark.by_turns
def test_not_here_twice_with_one_key_is_one_look_and_one_episode():
    w = a_watched_child()
    sighting = a_sighting(w.carer, at=NOW)
    first = contacts.look_failed(w.child, sighting, by=w.carer, at=NOW)
    with events(w.child):
        assert contacts.look_failed(w.child, sighting, by=w.carer, at=NOW + HOUR) == first
    assert Contact.objects.filter(child=w.child).count() == 1


@pytest.mark.by_turns
def test_a_withdrawn_contact_stays_and_no_longer_stands():
    child = a_child()
    contact = seen(child, by=child.registered_by, at=NOW)
    manager = a_person(Role.TEAM_MANAGER)
    with events(child, "contact_withdrawn"):
        contacts.withdraw(contact, reason="Wrong child", by=manager, at=NOW + HOUR)
    contact.refresh_from_db()
    assert (contact.withdrawn_at, contact.withdrawn_by, contact.withdrawn_reason) == (
        NOW + HOUR,
        manager,
        "Wrong child",
    )
    assert not Contact.objects.standing().filter(child=child).exists()
    assert not Contact.objects.seen().filter(child=child).exists()


@pytest.mark.by_turns(8)
def test_a_withdrawal_needs_a_reason_and_happens_once():
    child = a_child()
    contact = seen(child, by=child.registered_by, at=NOW)
    with refused(child, "Enter why this contact is withdrawn."):
        contacts.withdraw(contact, reason=" ", by=child.registered_by, at=NOW)
    contacts.withdraw(contact, reason="Wrong child", by=child.registered_by, at=NOW)
    with refused(child, "This contact is withdrawn already."):
        contacts.withdraw(contact, reason="Again", by=child.registered_by, at=NOW)


@pytest.mark.by_turns(8)
def test_not_here_cannot_be_taken_back():
    w = a_watched_child()
    not_here(w.child, by=w.carer, at=NOW)
    with refused(w.child, "“Not here” cannot be taken back. Record who has seen the child since."):
        contacts.withdraw(Contact.objects.get(child=w.child), reason="Found him", by=w.carer, at=NOW)


@pytest.mark.by_turns
def test_ones_own_press_is_undone_for_ten_minutes_and_by_nobody_else():
    words = "This can be undone for 10 minutes by the person who recorded it. Withdraw it with a reason."
    child = a_child()
    by = child.registered_by
    contact = seen(child, by=by, at=NOW)
    with refused(child, words):
        contacts.undo(contact, by=a_person(Role.TEAM_MANAGER), at=NOW)
    with refused(child, words):
        contacts.undo(contact, by=by, at=NOW + timedelta(minutes=10, microseconds=1))
    with events(child, "contact_withdrawn"):
        undone = contacts.undo(contact, by=by, at=NOW + timedelta(minutes=10))
    assert undone.withdrawn_reason == "Undone by the person who recorded it"


@pytest.mark.by_turns
def test_withdrawing_what_was_reported_seen_takes_its_hold_away():
    w = a_watched_child()
    episode = missing(w.child, at=NOW)
    contact = seen(w.child, by=w.carer, at=NOW + HOUR)
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.reported_seen_by) == (NOW + HOUR, w.carer)
    contacts.withdraw(contact, reason="It was his friend", by=w.carer, at=NOW + 2 * HOUR)
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.reported_seen_by) == (None, None)


@pytest.mark.by_turns
def test_withdrawing_one_of_two_reports_leaves_the_other_to_count():
    w = a_watched_child()
    episode = missing(w.child, at=NOW)
    first = seen(w.child, by=w.carer, at=NOW + HOUR)
    seen(w.child, by=w.guardian, at=NOW + 2 * HOUR)
    contacts.withdraw(first, reason="It was his friend", by=w.carer, at=NOW + 3 * HOUR)
    episode.refresh_from_db()
    assert (episode.reported_seen_at, episode.reported_seen_by) == (NOW + 2 * HOUR, w.guardian)
    assert SeenReport.objects.filter(episode=episode).count() == 2

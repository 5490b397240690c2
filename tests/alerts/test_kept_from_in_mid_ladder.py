"""A keep-from mark set in the middle of a ladder: what rested on that person's word rests on nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import escalations, findings, ladder_table, learning, standings, sweep
from alerts.emails import police
from alerts.learning import Whose
from alerts.models import AlertStep, Clock, DutyTask, Message, Verification
from cases import absences, concerns, contacts, episodes
from cases.models import KeepFrom, MissingEpisode, User
from cases.states import IllegalMove
from tests import factories
from tests.cases.expectations import events
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def tick(now: datetime) -> None:
    while sweep.sweep(now=now).clocks:
        pass


def episode_of(watched: Watched) -> MissingEpisode:
    return MissingEpisode.objects.get(child=watched.child)


def climbed(watched: Watched) -> set[str]:
    return set(AlertStep.objects.filter(alert__child=watched.child).values_list("step", flat=True))


def keep_from(watched: Watched, person: User, now: datetime) -> KeepFrom:
    return concerns.keep_from(watched.child, person, reason="Named by the child", by=watched.manager, at=now)


def contact_due(watched: Watched) -> datetime | None:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at


def verify(
    watched: Watched, now: datetime, *, by: User | None = None, method: str = Verification.Method.SPOKEN
) -> None:
    escalations.verify(
        episode_of(watched),
        force=watched.force,
        officer="PC Ashdene",
        incident_reference="118",
        method=method,
        by=by or watched.desk.person,
        at=now,
    )


def test_a_seen_of_somebody_marked_since_holds_the_head_no_longer(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.guardian, at=NOON)
    tick(NOON)
    verify(watched, at(5))
    factories.seen(watched.child, by=watched.carer, at=at(30))
    tick(at(30))
    keep_from(watched, watched.carer, at(40))
    tick(at(61))
    assert "R4" in climbed(watched)
    assert episode_of(watched).reported_seen_at is None
    assert not DutyTask.objects.open().filter(kind=DutyTask.Kind.CONFIRM_RETURN).exists()


def test_the_hold_counts_from_the_next_person_who_said_seen(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.guardian, at=NOON)
    factories.seen(watched.child, by=watched.carer, at=at(30))
    factories.seen(watched.child, by=watched.worker, at=at(50))
    keep_from(watched, watched.carer, at(55))
    assert episode_of(watched).reported_seen_at == at(50)
    tick(at(56))
    tick(at(169))
    assert "R4" not in climbed(watched)
    tick(at(170))
    assert "R4" in climbed(watched)


def test_the_word_counts_again_when_the_mark_is_lifted(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.guardian, at=NOON)
    factories.seen(watched.child, by=watched.carer, at=at(30))
    mark = keep_from(watched, watched.carer, at(40))
    concerns.lift_keep_from(mark, reason="Cleared", seconded_by=watched.head, by=watched.director, at=at(50))
    assert episode_of(watched).reported_seen_at == at(30)


def test_a_part_of_an_ending_recorded_by_somebody_marked_since_is_asked_of_somebody_else(
    watched: Watched,
) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    episode = episode_of(watched)
    episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=at(10))
    with events(watched.child, "ending_voided", "kept_from") as written:
        keep_from(watched, watched.desk.person, at(15))
    assert written[0].data["parts"] == ["child_confirmed"]
    episodes.record_police_closing(
        episode, officer="PC Penrowe", closed_at=at(16), by=watched.desk.second, at=at(16)
    )
    with pytest.raises(IllegalMove, match="First confirm it with the child"):
        episodes.end(episode, outcome="returned", by=watched.desk.second, at=at(20))
    with pytest.raises(IllegalMove, match="Somebody else on duty"):
        episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=at(21))


def test_an_outing_that_somebody_marked_since_had_ended_goes_on(watched: Watched) -> None:
    factories.out(watched.child, until=at(60), by=watched.worker, at=NOON)
    factories.seen(watched.child, by=watched.carer, at=at(30))
    keep_from(watched, watched.carer, at(40))
    assert contact_due(watched) == at(60)
    tick(at(60))
    assert Message.objects.filter(wording="duty_no_record").exists()


def test_an_outing_whose_return_was_written_by_somebody_marked_since_goes_on(watched: Watched) -> None:
    factories.out(watched.child, until=at(60), by=watched.worker, at=NOON)
    absences.come_back(watched.child, back_at=at(30), by=watched.carer, at=at(30))
    keep_from(watched, watched.carer, at(40))
    assert contact_due(watched) == at(60)


def test_an_outing_that_ended_on_anothers_word_stays_ended(watched: Watched) -> None:
    factories.out(watched.child, until=at(60), by=watched.worker, at=NOON)
    absence = watched.child.absences.get()
    factories.seen(watched.child, by=watched.carer, at=at(20))
    keep_from(watched, watched.guardian, at(40))
    absence.refresh_from_db()
    assert absence.ends_at == at(20)


def test_an_outing_goes_on_to_the_next_sighting_that_stands(watched: Watched) -> None:
    other = factories.a_person("placement_staff", home=watched.home)
    factories.out(watched.child, until=at(60), by=watched.worker, at=NOON)
    factories.seen(watched.child, by=watched.carer, at=at(20))
    factories.seen(watched.child, by=other, at=at(25))
    keep_from(watched, watched.carer, at(40))
    assert watched.child.absences.get().ends_at == at(25)
    contact = watched.child.contacts.get(happened_at=at(25))
    contacts.withdraw(contact, reason="Wrong child", by=watched.worker, at=at(45))
    assert watched.child.absences.get().ends_at is None


def test_an_officer_named_by_somebody_marked_since_stops_the_calls_no_longer(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5))
    assert standings.of([watched.child.pk], now=at(6))[watched.child.pk].verified is not None
    row = keep_from(watched, watched.desk.person, at(40))
    assert standings.of([watched.child.pk], now=at(41))[watched.child.pk].verified is None
    tick(at(41))
    assert {"call_0", "call_15"} <= climbed(watched), "the first that is left at once"
    assert not {"call_30", "call_60"} & climbed(watched), "and the others at their spacing"
    open_calls = DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_101_AGAIN)
    assert open_calls.exists(), "somebody is asked to ring the police"
    tick(at(56))
    assert "call_30" in climbed(watched)
    concerns.lift_keep_from(row, reason="Cleared", seconded_by=watched.head, by=watched.director, at=at(57))
    tick(at(300))
    assert "call_60" not in climbed(watched), "the word counts again when the mark is lifted"


def test_an_officer_named_by_somebody_else_stops_the_calls_whoever_is_marked(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5))
    keep_from(watched, watched.guardian, at(10))
    tick(at(70))
    assert not {"call_15", "call_30", "call_60"} & climbed(watched)


def test_no_force_reads_of_an_officer_named_by_somebody_marked_since(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5))
    told = police.told(episode_of(watched), watched.force, None, now=at(6))
    assert told.head == "MISSING CHILD - AN OFFICER HAS SPOKEN TO US"
    assert "PC Ashdene" in told.page_verified
    row = keep_from(watched, watched.desk.person, at(40))
    told = police.told(episode_of(watched), watched.force, None, now=at(40))
    assert told.head == "MISSING CHILD - NO OFFICER HAS SPOKEN TO US YET"
    assert (told.page_verified, "An officer of" in told.page_state) == ("", False)
    concerns.lift_keep_from(row, reason="Cleared", seconded_by=watched.head, by=watched.director, at=at(41))
    assert police.told(episode_of(watched), watched.force, None, now=at(42)).verified is not None


def test_neither_the_notice_nor_the_figures_count_an_officer_named_by_somebody_marked_since(
    watched: Watched,
) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5))
    assert "missing to the police on" in findings.notice(episode_of(watched))
    keep_from(watched, watched.desk.person, at(40))
    assert "missing to the police." in findings.notice(episode_of(watched))
    (figures,) = learning.figures(Whose.COUNCIL, [watched.authority.pk], reader=watched.manager, now=at(60))
    assert (figures.verified, figures.never_verified) == ([], 1)


def test_the_table_of_a_search_says_of_an_officer_named_by_somebody_marked_since_not_verified(
    watched: Watched,
) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5))
    row = keep_from(watched, watched.desk.person, at(40))
    for forces in (None, [watched.force.pk]):
        rows = ladder_table.of(episode_of(watched), force_ids=forces, now=at(41))
        (shown,) = [one for one in rows if "PC Ashdene" in one.detail]
        assert (shown.state, shown.colour) == ("Not verified", "yellow")
    concerns.lift_keep_from(row, reason="Cleared", seconded_by=watched.head, by=watched.director, at=at(42))
    rows = ladder_table.of(episode_of(watched), now=at(43))
    assert [one.state for one in rows if "PC Ashdene" in one.detail] == ["Verified"]


@pytest.mark.parametrize("method", Verification.Method.values)
def test_a_force_is_told_of_no_call_and_no_officer_by_the_word_of_somebody_marked_since(
    watched: Watched, method: str
) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5), method=method)
    keep_from(watched, watched.desk.person, at(40))
    done = police.told(episode_of(watched), watched.force, None, now=at(41))._done().value
    assert done.startswith("no call to you is recorded yet; reference given to us: 118"), done


def test_an_officer_who_signed_in_is_told_whoever_else_is_marked(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.worker, at=at(0))
    tick(at(0))
    verify(watched, at(5))
    verify(watched, at(20), by=watched.desk.second, method=Verification.Method.SIGNED_IN)
    keep_from(watched, watched.desk.person, at(40))
    done = police.told(episode_of(watched), watched.force, None, now=at(41))._done().value
    assert done.startswith("an officer of yours signed in, your reference 118"), done


def found(watched: Watched, *, ended_at: int = 20) -> MissingEpisode:
    """A search that the desk has ended on its own word of the child, and its second on that of the police."""
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    return factories.ended(episode_of(watched), by=watched.desk.person, at=at(ended_at))


def test_an_ending_on_the_word_of_somebody_marked_since_is_asked_about_at_once(watched: Watched) -> None:
    found(watched)
    tick(at(21))
    later = contact_due(watched)
    assert later is not None
    assert later > at(40)
    row = keep_from(watched, watched.desk.person, at(40))
    assert contact_due(watched) == at(40)
    tick(at(40))
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME).exists()
    concerns.lift_keep_from(row, reason="Cleared", seconded_by=watched.head, by=watched.director, at=at(50))
    assert contact_due(watched) == later


def test_whoever_is_seen_by_somebody_else_since_it_went_is_not_asked_about(watched: Watched) -> None:
    found(watched)
    factories.seen(watched.child, by=watched.carer, at=at(25))
    keep_from(watched, watched.desk.person, at(40))
    due_at = contact_due(watched)
    assert due_at is not None
    assert due_at > at(40)


def test_the_sight_of_somebody_else_ends_the_asking(watched: Watched) -> None:
    found(watched)
    keep_from(watched, watched.desk.person, at(40))
    tick(at(40))
    factories.seen(watched.child, by=watched.carer, at=at(45))
    tick(at(45))
    due_at = contact_due(watched)
    assert due_at is not None
    assert due_at > at(60)


def test_an_ending_whose_child_another_has_seen_stands_whoever_recorded_the_police(watched: Watched) -> None:
    episode = found(watched)
    assert episode.police_closed_by is not None
    keep_from(watched, episode.police_closed_by, at(40))
    due_at = contact_due(watched)
    assert due_at is not None
    assert due_at > at(40)


def test_an_ending_heard_from_an_adult_who_is_marked_since_is_asked_about_too(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.guardian, at=NOON)
    tick(NOON)
    episode = episode_of(watched)
    heard = {"how": "spoke", "adult": watched.carer.name, "phone": "0161 496 0112"}
    episodes.confirm_with_child(episode, **heard, by=watched.desk.person, at=at(10))
    closing = {"officer": "PC Penrowe", "closed_at": at(15), "by": watched.desk.second, "at": at(15)}
    episodes.record_police_closing(episode, **closing)
    episodes.end(episode, outcome="returned", by=watched.desk.person, at=at(20))
    keep_from(watched, watched.carer, at(40))
    assert contact_due(watched) == at(40)

"""*Not here* is an alarm of its own, whatever silence has told before; and again where it contradicts what was said since."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from alerts import escalations, integrity, sweep
from alerts.models import Alert, AlertStep, DutyTask, Message, MessageKind
from alerts.states import MessageStatus
from cases import contacts, episodes
from cases.models import Mailbox, MissingEpisode
from cases.states import IllegalMove
from tests import factories
from tests.cases.expectations import events
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def at(minutes: float, start: datetime = NOON) -> datetime:
    return start + timedelta(minutes=minutes)


def tick(now: datetime) -> None:
    """Sweep until nothing is left at this instant, and let everything that is owed be sent."""
    for _ in range(20):
        if not sweep.sweep(now=now).clocks:
            break
    else:
        raise AssertionError("the sweep finds the same clocks due again and again")
    Message.objects.filter(status=MessageStatus.QUEUED).update(status=MessageStatus.SENT, sent_at=now)


def episode_of(watched: Watched) -> MissingEpisode:
    return MissingEpisode.objects.get(child=watched.child)


def told(wording: str) -> Counter[str]:
    return Counter(Message.objects.filter(wording=wording).values_list("post", flat=True))


def endings() -> Counter[str]:
    return Counter(Message.objects.filter(kind=MessageKind.ENDING).values_list("recipient", flat=True))


def told_people() -> set[str]:
    rows = Message.objects.filter(status=MessageStatus.SENT).exclude(kind=MessageKind.ENDING)
    return set(rows.values_list("recipient", flat=True))


def half_ended(watched: Watched, now: datetime, *, police: bool = True) -> None:
    episode = episode_of(watched)
    by = watched.desk.second
    episodes.confirm_with_child(episode, how="saw", by=by, at=now)
    if police:
        episodes.record_police_closing(episode, officer="PC Penrowe", closed_at=now, by=by, at=now)


def verify(watched: Watched, now: datetime) -> None:
    escalations.verify(
        episode_of(watched),
        force=watched.force,
        officer="PC Ashdene",
        incident_reference="118",
        by=watched.desk.person,
        at=now,
    )


def call_steps(watched: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind="call")
    return list(rows.order_by("pk").values_list("step", flat=True))


def test_a_manager_told_of_silence_is_told_of_not_here_at_once(watched: Watched) -> None:
    tick(at(60, CLOSES))
    assert told("manager_no_record")["manager"] == 2
    looked = at(70, CLOSES)
    factories.not_here(watched.child, by=watched.carer, at=looked)
    tick(looked)
    assert told("duty_not_here") == {"duty": 2, "manager": 2, "second": 1}
    assert set(Message.objects.filter(wording="duty_not_here").values_list("owed_at", flat=True)) == {looked}


def test_a_look_in_an_alert_without_an_episode_is_told_at_once_too(watched: Watched) -> None:
    tick(at(30, CLOSES))
    looked = at(40, CLOSES)
    factories.not_here(watched.child, by=watched.carer, at=looked)
    tick(looked)
    assert told("duty_not_here") == {"duty": 2, "manager": 2, "second": 1}


def test_who_was_told_hears_one_ending_with_the_episode(watched: Watched) -> None:
    tick(at(60, CLOSES))
    looked = at(70, CLOSES)
    factories.not_here(watched.child, by=watched.carer, at=looked)
    tick(looked)
    factories.ended(episode_of(watched), by=watched.desk.second, at=at(80, CLOSES))
    tick(at(80, CLOSES))
    assert endings() == dict.fromkeys(told_people(), 1)
    assert not Alert.objects.open().filter(child=watched.child).exists()


def test_a_look_that_says_nothing_new_tells_nobody_twice(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    before = Message.objects.count()
    factories.not_here(watched.child, by=watched.guardian, at=at(2))
    tick(at(2))
    assert Message.objects.count() == before


@pytest.mark.parametrize("police", [True, False])
def test_a_look_after_half_an_ending_begins_the_search_anew(watched: Watched, police: bool) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    verify(watched, at(5))
    tick(at(5))
    half_ended(watched, at(60), police=police)
    tick(at(60))
    with events(watched.child, "ending_voided", "not_here"):
        factories.not_here(watched.child, by=watched.carer, at=at(90))
    tick(at(90))
    episode = episode_of(watched)
    assert (episode.child_confirmed_at, episode.police_closed_at) == (None, None)
    assert episode.police_owed_at == at(90)
    # The police hear it again in their thread, duty and manager at once, and duty is to ring.
    assert told("police_alert") == {"force": 4}
    assert told("duty_not_here") == {"duty": 4, "manager": 4, "second": 2}
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_POLICE).count() == 1
    assert not endings()
    # What an officer said of the first search is no word of this one.
    tick(at(105))
    assert call_steps(watched) == ["call_0", "call_0", "call_15"]
    verify(watched, at(106))
    tick(at(125))
    assert "call_30" not in call_steps(watched)
    assert not [b for b in integrity.check(at(125)) if b.references]
    factories.ended(episode, by=watched.desk.second, at=at(130))
    tick(at(130))
    assert endings() == dict.fromkeys(told_people(), 1)
    assert not [b for b in integrity.check(at(140)) if b.references]


def test_the_closing_of_the_first_search_does_not_close_the_second(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    half_ended(watched, at(60))
    factories.not_here(watched.child, by=watched.carer, at=at(90))
    with pytest.raises(IllegalMove, match="after the search began anew"):
        episodes.record_police_closing(
            episode_of(watched), officer="PC Penrowe", closed_at=at(60), by=watched.desk.second, at=at(95)
        )


def test_a_report_after_half_an_ending_begins_the_search_anew_too(watched: Watched) -> None:
    factories.missing(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    half_ended(watched, at(60))
    factories.missing(watched.child, by=watched.carer, at=at(90))
    tick(at(90))
    assert call_steps(watched) == ["call_0", "call_0"]
    assert (
        Message.objects.filter(wording="police_alert", mailbox__purpose=Mailbox.Purpose.CONTROL_ROOM).count()
        == 2
    )


def test_a_look_from_before_the_ending_was_recorded_is_no_news(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    half_ended(watched, at(60))
    sighting = factories.a_sighting(watched.guardian, at=at(30))
    contacts.look_failed(watched.child, sighting, by=watched.guardian, at=at(70))
    assert episode_of(watched).child_confirmed_at == at(60)


def test_a_look_after_a_seen_is_told_and_ends_its_hold_for_good(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    verify(watched, at(5))
    factories.seen(watched.child, by=watched.worker, at=at(30))
    tick(at(30))
    factories.not_here(watched.child, by=watched.carer, at=at(40))
    tick(at(40))
    assert told("duty_not_here") == {"duty": 4, "manager": 4, "second": 2}
    assert told("police_alert") == {"force": 2}
    assert not DutyTask.objects.open().filter(kind=DutyTask.Kind.CONFIRM_RETURN).exists()
    # Said again it is told again, and holds nothing a second time.
    factories.seen(watched.child, by=watched.worker, at=at(50))
    tick(at(50))
    assert told("duty_reported_seen") == {"duty": 4}
    tick(at(60))
    assert AlertStep.objects.filter(alert__child=watched.child, step="R4").exists()


def test_a_look_with_nobody_on_duty_or_second_reaches_manager_once(watched: Watched) -> None:
    watched.desk.mailbox.ends_at = NOON
    watched.desk.mailbox.save(update_fields=["ends_at"])
    watched.desk.shift.ends_at = NOON
    watched.desk.shift.save(update_fields=["ends_at"])
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="", second_phone="")
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    tick(NOON)
    assert told("duty_not_here") == {"manager": 2}

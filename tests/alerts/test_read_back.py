"""What was said before the last strong word still counts: a teacher's, a manager's, a roll-call of the same day."""

from datetime import timedelta

import pytest

from alerts import sweep
from alerts.models import Alert, AlertStep, Clock, Message
from cases import ages, contacts, placements, visits, witnesses
from cases.deadlines import london_day
from tests import factories
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def steps(w: Watched, kind: str) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=w.child, alert__clock__kind=kind)
    return list(rows.order_by("pk").values_list("step", flat=True))


@pytest.mark.by_turns
def test_roll_calls_that_were_met_in_time_are_told_to_no_manager_as_late() -> None:
    w = factories.a_watched_child()
    for hour, minute in ((13, 20), (17, 50), (20, 50)):
        at = AT.replace(hour=hour, minute=minute)
        factories.seen(w.child, by=w.carer, at=at)
        sweep.sweep_all(now=at)
    # The night of the day is the one that nobody records.
    sweep.sweep_all(now=AT.replace(hour=23, minute=30) + 31 * MINUTE)
    assert "R1" in steps(w, "contact")
    assert not Message.objects.filter(wording="manager_late_windows").exists()


@pytest.mark.by_turns
def test_a_teacher_who_sees_the_child_each_morning_is_a_second_pair_of_eyes_each_evening() -> None:
    w = factories.a_watched_child(arrived_at=AT - 200 * DAY)
    sweep.sweep_all(now=AT)
    for day in range(14):
        morning, evening = AT + day * DAY + HOUR, (AT + day * DAY).replace(hour=20, minute=50)
        teacher = witnesses.word_of_other("Bel Bright", "teacher", w.child, seen_at=morning, at=morning)
        said = contacts.Sighting(**teacher, means="face_to_face", happened_at=morning)
        contacts.record(w.child, said, by=w.worker, at=morning)
        factories.seen(w.child, by=w.carer, at=evening)
    sweep.sweep_all(now=evening)
    assert not Alert.objects.open().filter(child=w.child).exists()
    assert steps(w, "second_eyes") == []


@pytest.mark.by_turns(8)
def test_a_managers_visit_to_a_child_housed_as_an_adult_counts_after_the_guardian_has_seen_it_too() -> None:
    w = factories.a_watched_child(arrived_at=AT - 200 * DAY)
    for minute, status, place in ((0, "disputed", ""), (1, "treated_as_adult_elsewhere", "Hotel Alder")):
        at = AT + minute * MINUTE
        decision = ages.Decision(
            age_status=status, decided_date=london_day(at), decided_by="Kent", grounds="x", place=place
        )
        ages.decide(w.child, decision, seconded_by=w.manager, by=w.worker, at=at)
    placements.end(w.placement, ends_at=AT + HOUR, reason="x", by=w.worker, at=AT + HOUR)
    visited = AT + 5 * DAY
    said = visits.Visited(seen=True, seen_alone=True, place="Hotel Alder", visited_at=visited)
    visits.record(w.child, said, by=w.manager, at=visited)
    clock = Clock.objects.get(child=w.child, kind="contact")
    assert clock.due_at == visited + 7 * DAY
    factories.seen(w.child, by=w.guardian, at=visited + DAY)
    clock.refresh_from_db()
    assert clock.due_at == visited + 7 * DAY

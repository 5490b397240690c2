"""An open alert keeps the version of the call ladder under which it was owed, whatever is published meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import policies, sweep
from alerts.call_ladder import CallTimes
from alerts.models import AlertStep, DutyTask, PolicyVersion
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
SLOWER = CallTimes(steps=tuple(timedelta(hours=hours) for hours in (0, 5, 6, 7, 8)))


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def publish_slower(watched: Watched, *, at: datetime) -> None:
    last = PolicyVersion.objects.filter(key=policies.CALL).order_by("-version").first()
    PolicyVersion.objects.create(
        key=policies.CALL,
        version=(last.version if last else 0) + 1,
        data=policies.call_data(SLOWER, untaken_after=timedelta(hours=9)),
        takes_effect_at=at,
        published_at=at,
        published_by=watched.director,
        seconded_by=watched.head,
        reason="Slower",
    )


def climbed(watched: Watched) -> set[str]:
    return set(AlertStep.objects.filter(alert__child=watched.child).values_list("step", flat=True))


@pytest.mark.by_turns
def test_a_new_call_ladder_leaves_an_episode_that_is_open_its_own_times(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    sweep.sweep_all(now=NOON)
    publish_slower(watched, at=NOON + timedelta(minutes=5))
    # A fact of the meantime makes the clocks be read again.
    factories.seen(watched.child, by=watched.carer, at=NOON + timedelta(minutes=6))
    sweep.sweep_all(now=NOON + timedelta(minutes=31))
    assert {"call_0", "call_15", "call_30"} <= climbed(watched)


@pytest.mark.by_turns
def test_an_episode_owed_after_a_new_call_ladder_goes_by_that(watched: Watched) -> None:
    publish_slower(watched, at=NOON - timedelta(minutes=5))
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    sweep.sweep_all(now=NOON)
    sweep.sweep_all(now=NOON + timedelta(hours=4))
    assert "call_0" in climbed(watched)
    assert "call_15" not in climbed(watched)


@pytest.mark.by_turns(8)
def test_a_task_is_rung_through_after_the_span_that_its_alert_keeps(watched: Watched) -> None:
    sweep.sweep_all(now=CLOSES + timedelta(minutes=30))
    publish_slower(watched, at=CLOSES + timedelta(minutes=40))
    at = CLOSES + timedelta(minutes=60)
    sweep.sweep_all(now=at)
    assert DutyTask.objects.get(kind=DutyTask.Kind.RING_POLICE).next_at == at + timedelta(minutes=15)

"""Paper for tests that are about it: elsewhere nobody is asked for any."""

from datetime import datetime, timedelta

from alerts import policies
from alerts.models import Alert, AlertStep, Clock, PolicyVersion
from cases.models import Child
from tests.factories import AT


def asked_for(since: datetime = AT - timedelta(days=1)) -> None:
    """From `since` on every child is owed paper."""
    PolicyVersion.objects.filter(key=policies.PAPER).update(takes_effect_at=since)


def clock_of(child: Child, paper: str) -> Clock:
    return Clock.objects.get(child=child, kind=Clock.Kind.PAPERWORK, duty=paper)


def steps(child: Child, paper: str) -> list[str]:
    """The rungs that have heard of this paper, in order."""
    rows = AlertStep.objects.filter(
        alert__child=child, alert__clock__kind="paperwork", alert__clock__duty=paper
    )
    return list(rows.values_list("step", flat=True))


def is_open(child: Child, paper: str) -> bool:
    return Alert.objects.open().filter(child=child, clock__kind="paperwork", clock__duty=paper).exists()

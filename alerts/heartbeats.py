"""When each part of the engine last did its work."""

from datetime import datetime, timedelta

from django.conf import settings

from alerts.models import Heartbeat
from cases.worded import Question

SWEEP = "sweep"
DRAIN = "drain"
WATCHDOG = "watchdog"
# Until when what has been written lies ahead, since the clock was put back.
PUT_BACK = "clock_put_back"

_ALIVE = Question(
    lambda since, until: Heartbeat.objects.filter(
        name__in=(SWEEP, DRAIN), beat_at__gt=since, beat_at__lt=until
    ).values_list("name", flat=True)
)


def beat(name: str, *, at: datetime, **detail: int) -> None:
    """Say that `name` has done its work at `at`."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at, "detail": detail})


def stale(at: datetime) -> list[str]:
    """The parts whose last work is older than allowed, or that never worked; the worst is silence about silence."""
    allowed = timedelta(seconds=settings.HEARTBEAT_STALE_SECONDS)
    # A beat from the future was made before the clock was put back: it says nothing of now.
    alive = set(_ALIVE(at - allowed, at + allowed))
    return [name for name in (SWEEP, DRAIN) if name not in alive]


def last_sweep(at: datetime) -> datetime | None:
    """When clocks were last swept, as far as known: the watchdog sweeps wherever the workers' beat is stale."""
    beats = Heartbeat.objects.filter(name__in=(SWEEP, WATCHDOG), beat_at__lte=at)
    return beats.order_by("-beat_at").values_list("beat_at", flat=True).first()


def ahead(at: datetime) -> datetime | None:
    """The latest beat, where it lies further ahead than a part may be silent: the clock was put back since."""
    allowed = timedelta(seconds=settings.HEARTBEAT_STALE_SECONDS)
    beats = Heartbeat.objects.filter(name__in=(SWEEP, DRAIN, WATCHDOG), beat_at__gt=at + allowed)
    return beats.order_by("-beat_at").values_list("beat_at", flat=True).first()


def put_back(until: datetime, *, at: datetime) -> None:
    """Keep until when what was written lies ahead of `at`, and let the parts beat anew from there."""
    beat(PUT_BACK, at=max(until, lies_ahead(at) or until))
    Heartbeat.objects.filter(name__in=(SWEEP, DRAIN, WATCHDOG), beat_at__gt=at).update(beat_at=at)


def lies_ahead(at: datetime) -> datetime | None:
    """Until when what was written lies ahead of `at`; None once the clock has come there again."""
    return Heartbeat.objects.filter(name=PUT_BACK, beat_at__gt=at).values_list("beat_at", flat=True).first()

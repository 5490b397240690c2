"""What failed beside the clocks, and since when: red in /health/ while it lasts, for nobody reads a log at night."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import Heartbeat

ROW = "faults"
# What a sweep cannot do it tries again at once, a duty task each minute: not heard of for so long it is over.
OVER_AFTER = timedelta(minutes=2)
# A deadlock or a lost connection is one failure. What fails again after a minute lasts.
LASTS = timedelta(minutes=1)
# A tick of beat is over with its next success; one that beat sends no more is forgotten.
TICK_OVER_AFTER = timedelta(days=3)


def note(faults: Iterable[str], *, at: datetime, over_after: timedelta = OVER_AFTER) -> None:
    """Keep that these have failed at `at`, each with its first failure in this row of them."""
    with transaction.atomic():
        Heartbeat.objects.get_or_create(name=ROW, defaults={"beat_at": at})
        row = Heartbeat.objects.select_for_update(no_key=True).get(name=ROW)
        known: dict[str, list[str]] = row.detail
        until = (at + over_after).isoformat()
        for fault in faults:
            first, _last, before = known.get(fault, ("", "", ""))
            stands = before and datetime.fromisoformat(before) > at
            # A first failure that lies ahead is of a clock that was put back since.
            stands = stands and datetime.fromisoformat(first) <= at
            known[fault] = [first if stands else at.isoformat(), at.isoformat(), until]
        row.detail = {name: said for name, said in known.items() if datetime.fromisoformat(said[2]) > at}
        row.beat_at = at
        row.save(update_fields=["beat_at", "detail"])


def well(fault: str) -> None:
    """It was done: what failed before is over."""
    if not Heartbeat.objects.filter(name=ROW, detail__has_key=fault).exists():
        return
    with transaction.atomic():
        row = Heartbeat.objects.select_for_update(no_key=True).get(name=ROW)
        row.detail.pop(fault, None)
        row.save(update_fields=["detail"])


def at(now: datetime) -> list[str]:
    """The names of what fails for longer than a minute, and does at `now` as far as known."""
    details = Heartbeat.objects.filter(name=ROW).values_list("detail", flat=True)
    return sorted(name for detail in details for name, said in detail.items() if _lasts(said, now))


def _lasts(said: list[str], now: datetime) -> bool:
    first, last, until = (datetime.fromisoformat(moment) for moment in said)
    return last - first >= LASTS and last <= now < until

"""Whether the engine is on time: one reading for the monitor, the watchdog and the banner."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import Error, OperationalError, connection, transaction
from django.db.models import Q

from alerts import heartbeats, lasting, nightly, outages, overdue, probes, sending
from alerts.models import Clock, HomeClock, MatterClock, Message, Outage
from alerts.overdue import LATE_AFTER
from alerts.states import MessageStatus
from cases import clock, holidays
from cases.deadlines import london_day
from cases.models import Mailbox, Membership, Reach, Role

logger = structlog.get_logger(__name__)

# A way to PostgreSQL that takes longer for one question makes a page, which asks some thirty, one of half a minute.
SLOWEST = timedelta(seconds=1)
# Machines whose clocks differ by more than this judge lateness differently.
CLOCKS_DIFFER = timedelta(seconds=5)
DISK_LEAST = 0.05
# Bank holidays are to be on file for at least so long.
HOLIDAYS_AHEAD = timedelta(days=365)
# So many mailboxes are named before the rest is counted.
NAMED = 20


@dataclass(frozen=True)
class Check:
    """One thing looked at: `ok`, and its figure in words without any child in it."""

    name: str
    ok: bool
    detail: str
    # Whether a red one makes the whole red; the others ask for work in office hours.
    urgent: bool = True
    # The records that it is about, for whoever keeps the service: they have the token, or hear from the watchdog.
    references: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """What the watchdog tells of it: each of its records is trouble of its own."""
        return [f"{self.name} {one}: {self.detail}" for one in self.references] or [
            f"{self.name}: {self.detail}"
        ]


def read(now: datetime) -> list[Check]:
    """Look at everything that could make an alert late or lost."""
    return [*engine(now), *surroundings(now)]


def at_once(now: datetime) -> list[Check]:
    """Look as `read` does; where PostgreSQL is slow at that alone, for all the rest would take minutes then."""
    answers = database_answers()
    return read(now) if answers.ok else [answers]


def engine(now: datetime) -> list[Check]:
    return _each(
        ("lateness", lambda: _lateness(now)),
        ("records_that_fail", lambda: [_failing()]),
        ("faults", lambda: [_faults(now)]),
        ("failed_messages", lambda: [_failed()]),
        ("outage", lambda: [_outage(now)]),
        ("sending", lambda: [_sending()]),
        ("held_messages", lambda: [_held()]),
        ("integrity", lambda: [_integrity(now)]),
    )


def _each(*looks: tuple[str, Callable[[], Sequence[Check]]]) -> list[Check]:
    """Look at each by itself: one that cannot be read is red by its name, and hides no other.

    That PostgreSQL does not answer concerns them all, and is raised.
    """
    found: list[Check] = []
    for name, look in looks:
        try:
            found += look()
        except Error:
            raise
        except Exception:
            logger.exception("check_not_read", check=name)
            found.append(Check(name, ok=False, detail="cannot be read, the log says why"))
    return found


def _lateness(now: datetime) -> list[Check]:
    late = overdue.look(now)
    return [
        *(
            Check(name, name not in late.stale, "stalled" if name in late.stale else "running")
            for name in ("sweep", "drain")
        ),
        Check("due_clocks", late.due_since is None, _late(late.due, now)),
        Check("unsent_messages", late.unsent_since is None, _late(late.unsent, now)),
    ]


def _failing() -> Check:
    """So many that nobody reads their names stand for one fault of all."""
    children = Clock.objects.filter(faults__gt=0).order_by("child__reference").values_list("child__reference")
    names = [
        *(reference for (reference,) in children),
        *(f"home {pk}" for pk in HomeClock.objects.filter(faults__gt=0).values_list("home", flat=True)),
        *(f"matter {pk}" for pk in MatterClock.objects.filter(faults__gt=0).values_list("matter", flat=True)),
    ]
    named = tuple(dict.fromkeys(names)) if len(names) <= NAMED else ()
    return Check("records_that_fail", not names, f"{len(names)} set aside", references=named)


def _faults(now: datetime) -> Check:
    """What is no clock and fails again and again: it is tried again, and is owed to somebody meanwhile."""
    names = lasting.at(now)
    return Check("faults", not names, f"fail again and again: {', '.join(names)}" if names else "none")


def _failed() -> Check:
    failed = Message.objects.filter(
        status=MessageStatus.FAILED, duty_tasks__done_at=None, duty_tasks__isnull=False
    ).count()
    return Check("failed_messages", failed == 0, f"{failed} to phone", urgent=False)


def _held() -> Check:
    held = Message.objects.held().count()
    return Check("held_messages", held == 0, f"{held} old ones for a person to decide")


def _integrity(now: datetime) -> Check:
    ok, words, urgent = nightly.state(now)
    return Check("integrity", ok, words, urgent=urgent)


def _sending() -> Check:
    state = sending.state()
    return Check("sending", state.on, state.why)


def _outage(now: datetime) -> Check:
    """Red while homes and desks have not been asked after an outage, or one ends ahead; green while its hold runs."""
    if (ahead := Outage.objects.ahead(now).first()) is not None:
        return Check("outage", False, f"one ends on {ahead.ended_at:%Y-%m-%d %H:%M} UTC: the clock was ahead")
    unasked = Outage.objects.unasked().filter(ended_at__lt=now - LATE_AFTER).first()
    outage = unasked or outages.holding(now)
    if outage is None:
        return Check("outage", True, "none of late")
    times = f"out from {outage.began_at:%Y-%m-%d %H:%M} to {outage.ended_at:%Y-%m-%d %H:%M} UTC"
    if unasked is not None:
        return Check("outage", False, f"{times}, homes not asked for a roll-call")
    return Check("outage", True, f"{times}, police held until {outage.held_until:%H:%M} UTC")


def surroundings(now: datetime) -> list[Check]:
    return _each(
        ("clock_difference", lambda: [_ahead()]),
        ("disk", lambda: [_disk()]),
        ("clock_put_back", lambda: [_put_back(now)]),
        ("database_answers", lambda: [database_answers()]),
        ("database_disk", lambda: [_database_disk()]),
        ("old_transaction", lambda: [_transactions()]),
        ("canary", lambda: [Check("canary", *probes.canary(now))]),
        ("force_mailboxes", lambda: [_refused_boxes(now)]),
        ("mailbox_proof", lambda: [_unproved(now)]),
        ("bank_holidays", lambda: [_bank_holidays(now)]),
        ("seniors", lambda: [_unled(now)]),
    )


def _ahead() -> Check:
    ahead = clock.machine_ahead()
    return Check("clock_difference", abs(ahead) <= CLOCKS_DIFFER, f"{ahead.total_seconds():+.1f} seconds")


def _disk() -> Check:
    usage = shutil.disk_usage(settings.BASE_DIR)
    return Check("disk", usage.free / usage.total > DISK_LEAST, f"{usage.free // 2**20} MiB free")


def _refused_boxes(now: datetime) -> Check:
    boxes = Mailbox.objects.current(now).filter(force__isnull=False)
    bad = boxes.filter(failed_at__isnull=False).count()
    return Check("force_mailboxes", bad == 0, f"{bad} refused the last message", urgent=False)


def _unproved(now: datetime) -> Check:
    without = unproved(now)
    return Check("mailbox_proof", not without, _named(without), urgent=False)


def _bank_holidays(now: datetime) -> Check:
    """Not well from a year before the last bank holidays on file: in good time for a release that knows more of them."""
    until = holidays.known_until()
    words = f"on file until {until:%Y-%m-%d}"
    if until - london_day(now) >= HOLIDAYS_AHEAD:
        return Check("bank_holidays", ok=True, detail=words, urgent=False)
    what = "install a newer govuk-bank-holidays: past that day each counts as a working day, and paper is due too soon"
    return Check("bank_holidays", ok=False, detail=f"{words}; {what}", urgent=False)


def _unled(now: datetime) -> Check:
    """The authorities with an administrator in which nobody leads: of a role given there only administrators hear."""
    held = Membership.objects.current(now)
    leads = Q(role=Role.TEAM_MANAGER) & ~Q(reach=Reach.TEAM)
    led = set(held.filter(leads).values_list("team__authority", flat=True))
    led |= set(held.filter(role=Role.DPO).values_list("authority", flat=True))
    administered = held.filter(role=Role.ADMINISTRATOR, authority__isnull=False).exclude(
        authority__in=led - {None}
    )
    codes = sorted(set(administered.values_list("authority__code", flat=True)))
    return Check(
        "seniors",
        not codes,
        f"without head, director or DPO: {', '.join(map(str, codes)) or 'none'}",
        urgent=False,
    )


def unproved(now: datetime) -> list[str]:
    """The addresses in use that no test has reached: of a force none that is fresh, of a desk or post none at all."""
    boxes = Mailbox.objects.unanswered(now)
    return list(boxes.order_by("address").values_list("address", flat=True).distinct())


def _named(addresses: list[str]) -> str:
    rest = len(addresses) - NAMED
    listed = ", ".join(addresses[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
    return f"{len(addresses)} without a fresh proof" + (f": {listed}" if listed else "")


def _put_back(now: datetime) -> Check:
    """Red from a clock put back until it has come again to where it was: what was written until then waits longer."""
    until = heartbeats.lies_ahead(now)
    if until is None:
        return Check("clock_put_back", ok=True, detail="no")
    ahead = f"what was written lies up to {(until - now).total_seconds() / 60:.0f} minutes ahead"
    return Check("clock_put_back", ok=False, detail=ahead)


def database_answers() -> Check:
    """Red where PostgreSQL, or the way to it, takes longer than a second for what is no work at all."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    took = timedelta(seconds=time.monotonic() - began)
    return Check("database_answers", took <= SLOWEST, f"a question takes {took.total_seconds():.1f} seconds")


# Sorted in less memory than it needs, half a megabyte has to be written to the disk of PostgreSQL, which alone knows it.
_SPILL = """
    SELECT set_config('work_mem', '64kB', true);
    SELECT count(*) FROM (SELECT repeat(md5(n::text), 8) FROM generate_series(1, 2000) n ORDER BY 1) written
"""
_DISK_FULL = "53100"


def _database_disk() -> Check:
    """Red when PostgreSQL cannot write half a megabyte; its disk need not be this machine's."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SPILL)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != _DISK_FULL:
            raise
        return Check("database_disk", ok=False, detail="no room left")
    return Check("database_disk", ok=True, detail="takes what is written")


# What a sweep or a claim left behind in the queues stays in their indexes while a transaction that began before stands
# open, and each look reads past it: so many rows cost an empty sweep some milliseconds.
DEAD_AT_MOST = 20_000
# So many other transactions pass beside no short one. Of another role's sessions PostgreSQL says only that one is open.
PASSED_AT_MOST = 100
_HELD_OPEN = """
    SELECT max(n_dead_tup), (
               SELECT string_agg(format('process %%s of %%s', pid, usename), ', ' ORDER BY pid)
                 FROM pg_stat_activity
                WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()
                  AND (greatest(age(backend_xmin), age(backend_xid)) > %s
                       OR state IS NULL AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'virtualxid')))
      FROM pg_stat_user_tables WHERE relname IN ('alerts_clock', 'alerts_homeclock', 'alerts_message')
"""


def _transactions() -> Check:
    """Red when a transaction stands open so long that the queues fill with what nobody can clear away; names its process."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD_OPEN, [PASSED_AT_MOST])
        dead, held_by = cursor.fetchone()
    if held_by is None or (dead or 0) <= DEAD_AT_MOST:
        return Check("old_transaction", ok=True, detail="none slows the queues")
    return Check("old_transaction", ok=False, detail=f"{held_by} keeps {dead} dead rows in the queues")


def healthy(checks: list[Check]) -> bool:
    return all(check.ok or not check.urgent for check in checks)


def _late(moment: datetime | None, now: datetime) -> str:
    return (
        "nothing waits"
        if moment is None
        else f"oldest waits {max((now - moment).total_seconds(), 0):.0f} seconds"
    )

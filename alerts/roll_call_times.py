"""A home's own roll-call times: each window moved by up to two hours from a day to come on, never fewer of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from alerts import policy_shelf
from alerts.applying import Version
from alerts.schedule import Row, Window
from alerts.windows import FURTHEST_SHIFT
from cases import home_log
from cases.deadlines import at_london, london_day
from cases.models import Child, Home, HomeEvent, Placement, Responsibility, RollCallShift, User
from cases.signals import children_changed
from cases.states import IllegalMove

MOVED = "roll_call_moved"
WORDS: Mapping[str, Promise] = {
    "morning": _("Morning"),
    "midday": _("Midday"),
    "teatime": _("Teatime"),
    "evening": _("Evening"),
    "night": _("Night"),
    "day": _("Once a day"),
}
DAY = timedelta(days=1)
# No roll-call is open then, wherever its bounds let it begin and end, and however far a home has moved it.
ROLL_CALLS_CHANGE = time(3)


@dataclass(frozen=True)
class Move:
    """By how much a home has one roll-call at another time, from a London day on."""

    window: str
    minutes: int
    from_date: date


@dataclass(frozen=True)
class Times:
    """One window of the policy, as it stands in this home today, and the next change of it."""

    window: Window
    label: str
    minutes: int
    next_minutes: int | None
    next_date: date | None

    @property
    def moved(self) -> Window:
        return shifted(self.window, self.minutes)

    @property
    def to_come(self) -> Window | None:
        return None if self.next_minutes is None else shifted(self.window, self.next_minutes)


def shifted(window: Window, minutes: int) -> Window:
    """The window's wall times moved by `minutes`."""
    moved = timedelta(minutes=minutes)
    anyday = date(2026, 1, 15)
    opens, closes = (datetime.combine(anyday, wall) + moved for wall in (window.opens, window.closes))
    return Window(window.name, opens.time(), closes.time())


def night_of(at: datetime) -> datetime:
    """When roll-calls change on that London day."""
    return at_london(london_day(at), ROLL_CALLS_CHANGE)


def label_of(name: str) -> str:
    return str(WORDS.get(name, name.replace("_", " ").capitalize()))


def of(home: Home, *, now: datetime) -> list[Times]:
    """Every window that a row in force has, in the order of the day, with this home's own times."""
    today = london_day(now)
    shifts = _moves(home)
    found = []
    for window in _windows(_agreed(home, now), today).values():
        own = [shift for shift in shifts if shift.window == window.name]
        coming = next((shift for shift in own if shift.from_date > today), None)
        found.append(
            Times(
                window,
                label_of(window.name),
                minutes_on(own, window.name, today),
                coming.minutes if coming else None,
                coming.from_date if coming else None,
            )
        )
    return sorted(found, key=lambda one: (one.window.opens, one.window.closes))


def words_of(minutes: int) -> str:
    """By how much a roll-call is moved, in words."""
    if minutes == 0:
        return gettext("As the policy has it")
    size = abs(minutes)
    hours, rest = divmod(size, 60)
    parts = [ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}] if hours else []
    if rest:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    span = " ".join(parts)
    return (gettext("%(span)s earlier") if minutes < 0 else gettext("%(span)s later")) % {"span": span}


def history_of(home: Home) -> list[HomeEvent]:
    """Every move that was written, newest first."""
    return list(HomeEvent.objects.filter(home=home, kind=MOVED).order_by("-number")[:50])


def move(home: Home, window: str, *, minutes: int, from_date: date, by: User, at: datetime) -> RollCallShift:
    """Move one roll-call of `home` by `minutes` from the London day `from_date` on; 0 is the policy's own time.

    Raises `IllegalMove` for today or earlier (a window already late would put off what it owes), for more than two
    hours, for a window that no row in force has, and where two roll-calls would overlap or change places. Every child
    of the home is locked, and its clocks follow in the same commit.
    """
    if from_date <= london_day(at):
        raise IllegalMove("Choose a day from tomorrow on: a roll-call of today is not moved.")
    if abs(minutes) > FURTHEST_SHIFT:
        raise IllegalMove("A roll-call is moved by 2 hours at most.")
    with transaction.atomic():
        placed = Placement.objects.filter(home=home, ends_at=None).values("child")
        ids = list(Child.objects.locked().filter(pk__in=placed).order_by("pk").values_list("pk", flat=True))
        home_log.lock([home.pk])
        shifts = _moves(home)
        agreed = _agreed(home, at)
        if window not in _windows(agreed, from_date):
            raise IllegalMove("Select one of the roll-calls.")
        if minutes_on(shifts, window, from_date) == minutes:
            raise IllegalMove("The roll-call has this time on that day already.")
        wanted = Move(window, minutes, from_date)
        others = [s for s in shifts if (s.window, s.from_date) != (window, from_date)]
        for versions in agreed:
            _require_order(versions, sorted([*others, wanted], key=lambda s: s.from_date), window, from_date)
        shift, _made = RollCallShift.objects.update_or_create(
            home=home, window=window, from_date=from_date, defaults={"minutes": minutes}
        )
        home_log.record(
            home,
            MOVED,
            subject=shift,
            data={"window": window, "minutes": minutes, "from_date": from_date.isoformat()},
            by=by,
            at=at,
        )
        children_changed.send(sender=None, ids=tuple(ids), at=at)
    return shift


def _agreed(home: Home, at: datetime) -> list[list[Version]]:
    """The rows of every authority that is responsible for a child who lives here; without one of the home's area."""
    placed = Placement.objects.filter(home=home, ends_at=None).values("child")
    rows = Responsibility.objects.at(at).filter(child__in=placed)
    whose = sorted(set(rows.values_list("authority", flat=True))) or [home.authority_id]
    shelf = policy_shelf.of_contact(whose)
    found = [shelf.rows(policy_shelf.always(one)) for one in whose]
    return [rows for number, rows in enumerate(found) if rows not in found[:number]]


def _windows(agreed: Iterable[Sequence[Version]], day: date) -> dict[str, Window]:
    """The windows by name of the rows that are in force at the end of that London day.

    A house has each roll-call once: where two authorities ask for it at other times it is the one that closes sooner.
    """
    found: dict[str, Window] = {}
    for window in (window for versions in agreed for row in rows_on(versions, day) for window in row.windows):
        held = found.get(window.name)
        if held is None or (window.closes, window.opens) < (held.closes, held.opens):
            found[window.name] = window
    return found


def rows_on(versions: Iterable[Version], day: date) -> list[Row]:
    """Return the rows in force at the end of that London day, of each key one."""
    ends = at_london(day + DAY, time(0))
    latest: dict[str, Row] = {}
    for version in sorted(versions, key=lambda v: v.takes_effect_at):
        if version.takes_effect_at < ends or version.row.key not in latest:
            latest[version.row.key] = version.row
    return list(latest.values())


def _moves(home: Home) -> list[Move]:
    rows = RollCallShift.objects.filter(home=home).order_by("from_date")
    return [Move(*row) for row in rows.values_list("window", "minutes", "from_date")]


def minutes_on(shifts: Sequence[Move], window: str, day: date) -> int:
    """Return by how much this roll-call is moved on that London day; `shifts` are a home's, in order of time."""
    own = [s.minutes for s in shifts if s.window == window and s.from_date <= day]
    return own[-1] if own else 0


def _require_order(versions: Sequence[Version], shifts: Sequence[Move], window: str, from_date: date) -> None:
    """On the first day and whenever another move begins later, no two roll-calls of a row overlap or change places."""
    effects = {london_day(version.takes_effect_at) for version in versions}
    days = {from_date, *(s.from_date for s in shifts), *effects}
    for day in sorted(day for day in days if day >= from_date):
        for row in rows_on(versions, day):
            if any(one.name == window for one in row.windows):
                pair = conflict(row, shifts, day)
                if pair is not None:
                    raise IllegalMove(
                        "“%(one)s” and “%(other)s” would overlap or change places. "
                        "Two roll-calls stay apart and in order.",
                        one=label_of(pair[0]),
                        other=label_of(pair[1]),
                    )


def conflict(row: Row, shifts: Sequence[Move], day: date) -> tuple[str, str] | None:
    """Return the first two roll-calls of this row that would overlap or change places on that day, as the home has them."""
    spans = []
    for one in sorted(row.windows, key=lambda w: w.opens):
        moved = timedelta(minutes=minutes_on(shifts, one.name, day))
        opens = timedelta(hours=one.opens.hour, minutes=one.opens.minute)
        closes = timedelta(hours=one.closes.hour, minutes=one.closes.minute)
        length = closes - opens if closes > opens else closes + DAY - opens
        spans.append((opens + moved, opens + moved + length, one.name))
    following = [*spans[1:], (spans[0][0] + DAY, spans[0][1] + DAY, spans[0][2])]
    for (_opens, closes, name), (opens, _closes, other) in zip(spans, following, strict=True):
        if closes > opens:
            return name, other
    return None

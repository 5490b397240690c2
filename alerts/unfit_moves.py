"""A home's own roll-call times that a new version of a policy leaves no room for: they end as the version begins."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from alerts import policy_shelf, roll_call_times
from alerts.applying import Version
from alerts.models import PolicyVersion
from alerts.roll_call_times import MOVED, Move
from cases import home_log
from cases.deadlines import london_day
from cases.models import Home, Placement, Responsibility, RollCallShift, User
from cases.signals import children_changed


@dataclass(frozen=True)
class Unfit:
    """One move of one home that would make two roll-calls overlap or change places, and the day from which it ends."""

    home: Home
    window: str
    minutes: int
    from_date: date

    @property
    def label(self) -> str:
        return roll_call_times.label_of(self.window)

    @property
    def words(self) -> str:
        """By how much it was moved."""
        return roll_call_times.words_of(self.minutes)


def of(version: PolicyVersion, *, at: datetime) -> list[Unfit]:
    """Return the moves that have no room beside this version of an authority's policy, stored or not.

    Of the homes where its children live at `at`, and of those in its area: what nobody lives by yet is ready for them.
    """
    if version.authority_id is None or not _windows_can_move(version):
        return []
    draft = version if version.pk is None else None
    shelf = policy_shelf.of_contact([version.authority_id], draft=draft)
    versions = shelf.rows(policy_shelf.always(version.authority_id))
    homes = homes_of(version.authority_id, at=at)
    shifts = RollCallShift.objects.filter(home__in=homes).select_related("home").order_by("from_date")
    by_home: dict[int, list[RollCallShift]] = {}
    for shift in shifts:
        by_home.setdefault(shift.home_id, []).append(shift)
    since = _first_day(version.takes_effect_at)
    found = [
        Unfit(own[0].home, *move)
        for own in by_home.values()
        for move in _unfit([_move(one) for one in own], versions, version.key, since)
    ]
    return sorted(found, key=lambda one: (one.home.name, one.home.pk, one.from_date, one.window))


def homes_of(authority_id: int, *, at: datetime) -> Collection[int]:
    """Every open home where a child of this authority lives, or that is in its area."""
    own = Responsibility.objects.at(at).filter(authority=authority_id).values("child")
    lived = Placement.objects.filter(child__in=own, home__isnull=False, ends_at=None).values("home")
    homes = Home.objects.filter(Q(pk__in=lived) | Q(authority=authority_id), closed_at=None)
    return list(homes.order_by("pk").values_list("pk", flat=True))


def end(version: PolicyVersion, *, by: User, at: datetime) -> list[Unfit]:
    """End the moves that this stored version leaves no room for, on record at each home; the clocks follow.

    The caller holds the children; the homes are locked here, after them.
    """
    if version.authority_id is None or not _windows_can_move(version):
        return []
    home_log.lock(homes_of(version.authority_id, at=at))
    found = of(version, at=at)
    for one in found:
        shift, _made = RollCallShift.objects.update_or_create(
            home=one.home, window=one.window, from_date=one.from_date, defaults={"minutes": 0}
        )
        data = {
            "window": one.window,
            "minutes": 0,
            "from_date": one.from_date.isoformat(),
            "policy": version.key,
        }
        home_log.record(one.home, MOVED, subject=shift, data=data, by=by, at=at)
    homes = {one.home.pk for one in found}
    placed = Placement.objects.filter(home__in=homes, ends_at=None).values_list("child", flat=True)
    if homes:
        children_changed.send(sender=None, ids=tuple(sorted(set(placed))), at=at)
    return found


def _windows_can_move(version: PolicyVersion) -> bool:
    return version.follows_delivered or bool(version.data.get("windows"))


def _first_day(begins_at: datetime) -> date:
    """From which day a move may end: a roll-call of that day may be open or over where it begins after 3am."""
    day = london_day(begins_at)
    return day if begins_at <= roll_call_times.night_of(begins_at) else day + timedelta(days=1)


def _move(shift: RollCallShift) -> Move:
    return Move(shift.window, shift.minutes, shift.from_date)


def _unfit(
    moves: Sequence[Move], versions: Sequence[Version], key: str, since: date
) -> Iterator[tuple[str, int, date]]:
    """Each move of a home that does not fit, in order of time: with it end those that it had made room for."""
    effects = {london_day(one.takes_effect_at) for one in versions if one.row.key == key}
    later = {day for day in (*effects, *(one.from_date for one in moves)) if day > since}
    kept = list(moves)
    for day in (since, *sorted(later)):
        rows = [row for row in roll_call_times.rows_on(versions, day) if row.key == key and row.windows]
        for row in rows:
            while (pair := roll_call_times.conflict(row, kept, day)) is not None:
                ended = [(name, roll_call_times.minutes_on(kept, name, day)) for name in pair]
                ended = [(name, minutes) for name, minutes in ended if minutes]
                if not ended:
                    # No home's doing.
                    break
                for name, minutes in ended:
                    yield name, minutes, day
                    kept = [one for one in kept if (one.window, one.from_date) != (name, day)]
                    kept = sorted([*kept, Move(name, 0, day)], key=lambda one: one.from_date)

"""By when an open transfer is to be over, and its next act done, as its pages say it and its clocks count it."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from alerts import policy_shelf, transfer_ladder, values
from cases import facts, holidays
from cases.deadlines import end_of, london_day
from cases.models import AgeDecision, Transfer
from cases.states import AgeStatus
from cases.states import TransferStatus as Status

SATURDAY = 5


def over_by(transfer: Transfer) -> tuple[datetime, list[date]]:
    """By when the open transfer is to be over, and the bank holidays until then, which are not counted."""
    known = _facts([transfer])[transfer.pk]
    until = _over_by(transfer, known, _limits([transfer])[transfer.pk])
    return until, uncounted(transfer.sender.nation, known.referred_at, until=until)


def uncounted(nation: str, since: datetime, *, until: datetime) -> list[date]:
    """The bank holidays of this nation, not at a weekend, after the day of `since` and by `until`."""
    first, last = london_day(since), london_day(until)
    days = holidays.of(holidays.calendar_of(nation))
    return sorted(day for day in days if first < day <= last and day.weekday() < SATURDAY)


def due_at(transfers: Collection[Transfer]) -> dict[int, datetime | None]:
    """By when the next act of each is due, by its id; None of one that is over. In a fixed number of queries."""
    going = [one for one in transfers if one.is_open]
    limits, known = _limits(going), _facts(going)
    found: dict[int, datetime | None] = {one.pk: None for one in transfers}
    return found | {one.pk: _due_at(one, known[one.pk], limits[one.pk]) for one in going}


def _due_at(transfer: Transfer, known: transfer_ladder.Facts, limits: transfer_ladder.Limits) -> datetime:
    if transfer.status == Status.ALLOCATED and known.allocated_at is not None:
        calendar = holidays.calendar_of(transfer.sender.nation)
        days = holidays.of(calendar)
        return transfer_ladder.reply_by(known.allocated_at, limits, nation=calendar, holidays=days)
    if transfer.status == Status.IN_TRANSIT and known.expected_at is not None:
        return known.expected_at
    if transfer.status == Status.DATE_SET and known.moves_date is not None:
        # Its last minute: midnight would be said of the day after.
        return end_of(known.moves_date) - timedelta(minutes=1)
    return _over_by(transfer, known, limits)


def _over_by(transfer: Transfer, known: transfer_ladder.Facts, limits: transfer_ladder.Limits) -> datetime:
    calendar = holidays.calendar_of(transfer.sender.nation)
    return transfer_ladder.over_by(known, limits, nation=calendar, holidays=holidays.of(calendar))


def _limits(transfers: Collection[Transfer]) -> dict[int, transfer_ladder.Limits]:
    """What each keeps that was agreed when its child was referred, by its id."""
    return policy_shelf.kept_by(transfers, policy_shelf.turns_of([one.child_id for one in transfers]))


def _facts(transfers: Collection[Transfer]) -> dict[int, transfer_ladder.Facts]:
    """What each counts from, by its id: of a child who was held for an assessed adult from when they were watched again."""
    children = [one.child_id for one in transfers]
    held = AgeDecision.objects.filter(was=AgeStatus.ASSESSED_ADULT, child__in=children)
    again = facts.load(set(held.values_list("child_id", flat=True)))
    return {
        one.pk: values.transfer(again[one.child_id], one)
        if one.child_id in again
        else transfer_ladder.Facts(
            one.status,
            one.referred_at,
            allocated_at=one.allocated_at,
            moves_date=one.moves_date,
            expected_at=one.expected_at,
        )
        for one in transfers
    }

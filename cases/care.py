"""The verbs of a child's looked-after status: two people end it, and one lets it begin again."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from cases import birthdays, log, mark_ends
from cases.deadlines import add_days, at_london, end_of, london_day, midday
from cases.models import CareEnd, Child, HeldPaper, Transfer, User
from cases.moves import require_open
from cases.states import AgeStatus, EpisodeStatus, IllegalMove

Code = CareEnd.Code
# These end care at any age and even in a search: where the child is, or that it is none, is known.
FACTS = frozenset(
    {Code.DIED, Code.OTHER_AUTHORITY, Code.HOME_PLANNED, Code.HOME_UNPLANNED, Code.ADULT, Code.ABROAD}
)
SIXTEEN = 16
# [proposal] A review that decides that care ends was held so long before it at most.
REVIEWED_WITHIN = timedelta(days=28)


class WrongDay(IllegalMove):
    """Care cannot have ended on that day."""


class WrongCode(IllegalMove):
    """Care cannot end for that reason, by what is on record."""


class WrongLast(IllegalMove):
    """Care cannot have ended until that day."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Why care ended and on which day; until `back_at`, where it is for a time."""

    code: str
    ended_date: date
    reason: str
    back_at: datetime | None = None


def end(child: Child, ending: Ending, *, seconded_by: User, by: User, at: datetime) -> CareEnd:
    """End the looked-after status, and with it the days that care is owed by law: it takes a reason and two people.

    The same words again return what stands. Raises `IllegalMove`, or one of its kinds here, where the status cannot end so:
    see `_require`. Contacts, searches and guardians go on as they were.
    """
    if by.pk == seconded_by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    if not ending.reason.strip():
        raise IllegalMove("Enter why care has ended.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        if (row := standing(child, at=at)) is not None:
            if _said(row) == (ending, by.pk):
                return row
            raise IllegalMove("Care has ended already.")
        # By whoever had the child while this waited for it.
        if CareEnd.objects.filter(child=child, starts_at__gte=at).exists():
            raise IllegalMove("Care has ended already.")
        _require(child, ending, at)
        for over_since in CareEnd.objects.filter(child=child, ends_at=None):
            _begin_again(child, over_since, by=None, at=at)
        row = CareEnd.objects.create(
            child=child, starts_at=at, ended_by=by, seconded_by=seconded_by, **vars(ending)
        )
        log.record(
            child,
            "looked_after_ended",
            subject=row,
            data={"code": row.code} | mark_ends.said(row.back_at),
            happened_at=midday(row.ended_date, at=at),
            fields=vars(ending),
            by=by,
            at=at,
        )
    return row


def begin_again(child: Child, *, reason: str, by: User, at: datetime) -> CareEnd:
    """Look after the child again from `at` on: one person says so, at once, and every day of the law begins anew.

    Of a closed case too where care ended by a death that was none: the case is opened again after that.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the child is looked after again.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        row = standing(child, at=at)
        if row is None or not may_begin_again(child, row):
            require_open(child.closed_at)
        if row is not None:
            return _begin_again(child, row, by=by, at=at, reason=reason)
        last = CareEnd.objects.filter(child=child).first()
        if last is not None and (last.again_by_id, last.again_reason) == (by.pk, reason):
            return last
        raise IllegalMove("This child is looked after already.")


def may_begin_again(child: Child, row: CareEnd) -> bool:
    """Whether somebody may say that the child is looked after again: of a closed case where care ended by death alone."""
    return child.closed_at is None or row.code == Code.DIED


def take_up(child: Child, codes: frozenset[str] = frozenset(Code), *, by: User, at: datetime) -> None:
    """Let care that ended for one of `codes` begin again, because another fact says so; the caller holds the child."""
    row = standing(child, at=at)
    if row is not None and row.code in codes:
        _begin_again(child, row, by=by, at=at)


def over(at: datetime) -> QuerySet[CareEnd]:
    """What had ended for a time that is over by `at`, and is not written as begun again yet."""
    return CareEnd.objects.filter(back_at__lte=at, ends_at=None, child__closed_at=None)


def come_back(pk: int, *, at: datetime) -> bool:
    """Let care that had ended until now begin again by itself, from that instant on; false where it has already."""
    with transaction.atomic():
        child = Child.objects.unheld().filter(pk=CareEnd.objects.get(pk=pk).child_id).first()
        if child is None:
            return False
        row = over(at).filter(pk=pk).first()
        if row is not None:
            _begin_again(child, row, by=None, at=at)
    return row is not None


def standing(child: Child, *, at: datetime) -> CareEnd | None:
    """The end by which the child is not looked after at `at`; None of a child who is."""
    rows = CareEnd.objects.current(at).filter(child=child)
    return rows.select_related("ended_by", "seconded_by").first()


def _begin_again(child: Child, row: CareEnd, *, by: User | None, at: datetime, reason: str = "") -> CareEnd:
    """Write when the child was looked after again: now, by somebody's word, or when the time that was said was over."""
    row.ends_at = at if by is not None or row.back_at is None else row.back_at
    row.again_by, row.again_reason = by, reason
    row.save(update_fields=["ends_at", "again_by", "again_reason"])
    fields = {"reason": reason}
    log.record(child, "looked_after_again", subject=row, happened_at=row.ends_at, fields=fields, by=by, at=at)
    return row


def _said(row: CareEnd) -> tuple[Ending, int]:
    said = Ending(code=row.code, ended_date=row.ended_date, reason=row.reason, back_at=row.back_at)
    return said, row.ended_by_id


def _require(child: Child, ending: Ending, at: datetime) -> None:
    """Raise where care cannot have ended so.

    A child stays looked after until it is with somebody who has parental responsibility, abroad, another authority's, of
    age or dead; before 16 nothing else ends it, and from then on a review decides [county procedure on care status].
    """
    require_ended(child, ending.ended_date, at)
    require_back(ending.back_at, at)
    if Transfer.objects.open().filter(child=child).exists():
        raise WrongCode("A transfer of this child is open. Record the arrival, or withdraw it, first.")
    if ending.code == Code.ADULT and child.age_status != AgeStatus.ASSESSED_ADULT:
        raise WrongCode("The age is not assessed as an adult’s. Record that decision first.")
    if ending.code in FACTS:
        return
    is_adult = _is_surely(child, birthdays.EIGHTEEN, ending.ended_date)
    if _is_sought(child, ending.ended_date) and not (is_adult and ending.code == Code.OTHER):
        raise WrongCode("A missing episode is open: the child stays looked after for as long as that lasts.")
    if is_adult:
        return
    if ending.code == Code.STAYING:
        raise WrongCode("The birth date on record does not say that the child was 18 on that day.")
    if not _is_surely(child, SIXTEEN, ending.ended_date):
        raise WrongCode("Before 16 care does not end for this reason: the child stays looked after.")
    if not _is_reviewed(child, ending.ended_date):
        raise WrongCode(
            "At 16 and 17 a review decides that care ends. Record the review of the care plan that did,"
            " of that day or of the %(days)s days before it.",
            days=str(REVIEWED_WITHIN.days),
        )


def require_ended(child: Child, day: date, at: datetime) -> None:
    """Raise `WrongDay` for a last day in care that is to come, or on which the child was not looked after yet."""
    if day > london_day(at):
        raise WrongDay("The day must be today or in the past.")
    again = CareEnd.objects.filter(child=child, ends_at__isnull=False).order_by("-ends_at").first()
    since = again.ends_at if again is not None and again.ends_at is not None else child.arrived_at
    if day < london_day(since):
        raise WrongDay("On that day the child was not looked after yet.")


def require_back(back_at: datetime | None, at: datetime) -> None:
    """Raise `WrongLast` for an instant that is over, or further off than care may end for; None is for good."""
    if back_at is None:
        return
    if back_at <= at:
        raise WrongLast("The last day is today or later.")
    if back_at > add_days(at, settings.LIFTED_AT_MOST_DAYS + 1):
        raise WrongLast(
            "Care ends for %(days)s days at most, or for good.", days=str(settings.LIFTED_AT_MOST_DAYS)
        )


def _is_surely(child: Child, age: int, day: date) -> bool:
    """Whether the child was so old on that day by whatever the birth date on record can mean."""
    if child.birth_date is None:
        return False
    born = birthdays.last_birth_date(child.birth_date, child.birth_date_precision)
    return born is not None and birthdays.attained(born, age) <= day


def _is_sought(child: Child, day: date) -> bool:
    """Whether an episode is open now, or was at the end of that day."""
    over_at = end_of(day)
    then = Q(since__lt=over_at, found_at__gt=over_at)
    return child.episodes.filter(~Q(status=EpisodeStatus.ENDED) | then).exists()


def _is_reviewed(child: Child, day: date) -> bool:
    held = HeldPaper.objects.standing().filter(child=child, kind=HeldPaper.Kind.CARE_REVIEW)
    # From the first instant of the first day: of a review its day alone is known, and the clocks may change between.
    return held.filter(held_at__range=(at_london(day - REVIEWED_WITHIN, time()), end_of(day))).exists()

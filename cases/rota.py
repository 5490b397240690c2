"""The rota of the duty desks: who is on duty in a week, where nobody is, and last week written once more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from cases import access, administration, configuration
from cases.models import Membership, Shift, Team, User
from cases.models.periods import overlaps
from cases.off_duty import ON_DUTY
from cases.states import IllegalMove

LONDON = ZoneInfo("Europe/London")
WEEK = timedelta(days=7)
# The desk shows untaken shifts so long before they begin.
SHOWN_AHEAD = timedelta(hours=12)


@dataclass(frozen=True)
class Gap:
    """A stretch of time in which nobody is on duty for a desk."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Desk:
    """One duty team in one week."""

    team: Team
    shifts: Sequence[Shift]
    gaps: Sequence[Gap]


def authorities(user: User, *, at: datetime) -> set[int]:
    """The authorities whose rota `user` may read and write: of their duty desk, or as administrator; else PermissionDenied."""
    try:
        return access.duty_authorities(user, at=at)
    except PermissionDenied:
        return set(administration.authorities(user, at=at))


def works_here(user: User, *, at: datetime) -> bool:
    """Whether `user` is on a duty desk themselves, and may take a shift."""
    return any(m.role in ON_DUTY for m in access.memberships(user, at))


def get_shift(user: User, shift_id: int, *, at: datetime) -> Shift:
    """Return a shift of a desk that `user` works on themselves, or 404: an administrator takes none."""
    own = access.duty_authorities(user, at=at)
    shift = (
        Shift.objects.select_related("team", "person").filter(pk=shift_id, team__authority__in=own).first()
    )
    if shift is None:
        raise Http404
    return shift


def get_of_desk(user: User, shift_id: int, *, at: datetime) -> Shift:
    """Return a shift of a rota that `user` may write, or 404."""
    rows = Shift.objects.select_related("team", "person", "second")
    shift = rows.filter(pk=shift_id, team__authority__in=authorities(user, at=at)).first()
    if shift is None:
        raise Http404
    return shift


def untaken(authority_ids: Collection[int], *, at: datetime) -> list[Shift]:
    """The shifts that run now or begin within `SHOWN_AHEAD`, and that nobody has taken, the first to begin first."""
    rows = Shift.objects.untaken(since=at, until=at + SHOWN_AHEAD).filter(team__authority__in=authority_ids)
    return list(rows.select_related("team", "person").order_by("starts_at", "pk"))


def ending_in_gap(authority_ids: Collection[int], *, at: datetime) -> list[Shift]:
    """The shifts after which nobody is on duty, now or from within `SHOWN_AHEAD` on, the first to end first."""
    rows = Shift.objects.before_gap(at, until=at + SHOWN_AHEAD).filter(team__authority__in=authority_ids)
    return list(rows.select_related("team").order_by("ends_at", "pk"))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    """The instant at which a London day begins."""
    return datetime.combine(day, time(), tzinfo=LONDON)


def week(authority_ids: Collection[int], monday: date, *, at: datetime) -> list[Desk]:
    """Every duty team's shifts of the week that begins on `monday`, and its gaps from `at` on, in two queries."""
    since, until = midnight(monday), midnight(monday + WEEK)
    teams = list(desks(authority_ids))
    shifts = list(
        Shift.objects.standing()
        .filter(overlaps(since, until), team__in=teams)
        .select_related("person", "second", "team")
        .order_by("starts_at", "pk")
    )
    return [
        Desk(team, own := [s for s in shifts if s.team_id == team.pk], gaps(own, max(since, at), until))
        for team in teams
    ]


def desks(authority_ids: Collection[int]) -> QuerySet[Team]:
    """The teams that are on duty."""
    return (
        Team.objects.filter(authority__in=authority_ids).exclude(kind=Team.Kind.SOCIAL_WORK).order_by("name")
    )


def colleagues(authority_ids: Collection[int], *, at: datetime) -> QuerySet[User]:
    """Who may be put on duty: whoever works on a desk of these authorities, or manages a team of them."""
    held = Membership.objects.current(at).filter(role__in=ON_DUTY, team__authority__in=authority_ids)
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "pk")


def gaps(shifts: Sequence[Shift], since: datetime, until: datetime) -> list[Gap]:
    """Where in [since, until) none of these shifts is."""
    found, covered = [], since
    for shift in sorted(shifts, key=lambda one: one.starts_at):
        if shift.starts_at > covered:
            found.append(Gap(covered, min(shift.starts_at, until)))
        covered = max(covered, shift.ends_at or until)
    if covered < until:
        found.append(Gap(covered, until))
    return found


def copy_last_week(authority_ids: Collection[int], monday: date, *, by: User, at: datetime) -> int:
    """Write the shifts that began in the week before once more, at the same hours on London clocks; return how many.

    One that would begin in the past, or where the desk has one beginning then, is left out.
    """
    before, since = midnight(monday - WEEK), midnight(monday)
    with transaction.atomic():
        teams = list(desks(authority_ids).select_for_update(no_key=True))
        last = Shift.objects.standing().filter(
            team__in=teams, starts_at__gte=before, starts_at__lt=since, ends_at__isnull=False
        )
        known = set(
            Shift.objects.standing()
            .filter(team__in=teams, starts_at__gte=since, starts_at__lt=midnight(monday + WEEK))
            .values_list("team", "starts_at")
        )
        here = set(colleagues(authority_ids, at=at).values_list("pk", flat=True))
        written = 0
        for shift in last.select_related("team", "person", "second").order_by("starts_at", "pk"):
            starts_at = _a_week_later(shift.starts_at)
            if starts_at < at or (shift.team_id, starts_at) in known or shift.person_id not in here:
                continue
            second = shift.second if shift.second_id in here else None
            configuration.put_on_duty(
                shift.team,
                shift.person,
                phone=shift.phone,
                second=second,
                second_phone=shift.second_phone if second is not None else "",
                starts_at=starts_at,
                ends_at=_a_week_later(shift.ends_at) if shift.ends_at else None,
                by=by,
                at=at,
            )
            written += 1
    if not written:
        raise IllegalMove("There is nothing to copy: no shift of the week before that is not here already.")
    return written


def _a_week_later(moment: datetime) -> datetime:
    """The same hour on a London clock, whatever the clocks did between; in UTC, for one that comes twice equals no other."""
    return (moment.astimezone(LONDON) + WEEK).astimezone(UTC)

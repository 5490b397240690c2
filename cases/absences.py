"""The verbs of a permitted absence: go out, go away, come back."""

from datetime import datetime, timedelta

from django.db import transaction

from cases import log
from cases.clock import TOLERANCE
from cases.models import HOME_ROLES, Absence, Child, Contact, Means, User
from cases.models.placements import OUT_AT_MOST
from cases.states import EpisodeStatus, IllegalMove

# A late return is reported at the plan's time, and after two hours at the most (default escalation policy).
REPORT_AT_MOST = timedelta(hours=2)


def go_out(
    child: Child,
    *,
    kind: str = Absence.Kind.OUT,
    until: datetime,
    place: str = "",
    with_whom: str = "",
    phone: str = "",
    report_after: timedelta | None = None,
    by: User,
    at: datetime,
) -> Absence:
    """Record that `child` is out, or away with permission, until a time; out lasts at most 24 hours."""
    if until <= at:
        raise IllegalMove("The time to be back must be in the future.")
    if kind == Absence.Kind.OUT and until > at + OUT_AT_MOST:
        raise IllegalMove("Out lasts at most 24 hours. Record a longer absence as away with permission.")
    if report_after is not None and not timedelta(0) <= report_after <= REPORT_AT_MOST:
        raise IllegalMove("A late return must be reported within 2 hours.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if Absence.objects.current(at).filter(child=child).exists():
            raise IllegalMove("This child is out already. Record the return first.")
        if child.episodes.exclude(status=EpisodeStatus.ENDED).exists():
            raise IllegalMove("A missing episode is open.")
        absence = Absence.objects.create(
            child=child,
            kind=kind,
            place=place,
            with_whom=with_whom,
            phone=phone,
            starts_at=at,
            until=until,
            report_after=report_after,
            recorded_by=by,
        )
        log.record(
            child,
            "went_out" if kind == Absence.Kind.OUT else "went_away",
            subject=absence,
            data={"until": until.isoformat()},
            fields={"place": place, "with_whom": with_whom, "phone": phone},
            by=by,
            at=at,
        )
    return absence


def come_back(child: Child, *, back_at: datetime, by: User, at: datetime) -> Absence | None:
    """Record the return of a child who is out or away; nothing to do when nobody is.

    A time up to five minutes ahead is read as now; later, or before the child went, raises `IllegalMove`.
    """
    if back_at > at + TOLERANCE:
        raise IllegalMove("The time of the return must be now or in the past.")
    back_at = min(back_at, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        absence = end_current(child, back_at=back_at, at=at)
        if absence is None and Absence.objects.current(at).filter(child=child).exists():
            raise IllegalMove("The return must be after the child went.")
        if absence is not None:
            log.record(child, "came_back", subject=absence, happened_at=back_at, by=by, at=at)
    return absence


def end_current(child: Child, *, back_at: datetime, at: datetime) -> Absence | None:
    """End the locked child's absence at `back_at` where it had begun by then."""
    absence = Absence.objects.current(at).filter(child=child, starts_at__lt=back_at).first()
    if absence is not None:
        absence.ends_at = back_at
        absence.save(update_fields=["ends_at"])
    return absence


def reopen(child: Child, *, ended_at: datetime) -> Absence | None:
    """After a withdrawal in the locked child's record: an absence that this sighting had ended goes on.

    It ends with the next sighting at home that stands, where there is one; an absence that another
    followed stays as it was.
    """
    absence = Absence.objects.filter(child=child, ends_at=ended_at, starts_at__lt=ended_at).first()
    if absence is None or Absence.objects.filter(child=child, starts_at__gte=ended_at).exists():
        return None
    seen = Contact.objects.seen().filter(
        child=child, means=Means.FACE_TO_FACE, witness_role__in=HOME_ROLES, happened_at__gte=ended_at
    )
    absence.ends_at = seen.order_by("happened_at").values_list("happened_at", flat=True).first()
    absence.save(update_fields=["ends_at"])
    return absence

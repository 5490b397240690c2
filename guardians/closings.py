"""The verbs of closing a guardian service, and of taking a closing back: the list is one for every authority."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from cases import log
from cases.closings import WrongDay
from cases.deadlines import end_of, london_day
from cases.models import GuardianService, Membership, User
from cases.states import IllegalMove
from guardians.models import GuardianAssignment, GuardianReferral


@dataclass(frozen=True)
class Standing:
    """What stands in a service: the children its guardians watch over, and the people who are or will be guardians."""

    children: int
    guardians: int


def standing(service: GuardianService, *, at: datetime) -> Standing:
    """Count them, naming nobody; over a child whose case is closed nobody watches, whatever assignment stands."""
    watching = GuardianAssignment.objects.current(at).filter(service=service, child__closed_at=None)
    held = Membership.objects.standing(at).filter(service=service)
    return Standing(watching.values("child").distinct().count(), held.values("user").distinct().count())


def close(
    service: GuardianService, *, last_day: date, reason: str, by: User, at: datetime
) -> GuardianService:
    """Close a service after `last_day`: nobody becomes its guardian or is given a child of it any more.

    Raises IllegalMove while its guardians watch over children or hold a role, or a child waits there, for a day to come
    or before it began, and for one on which a guardian of it still watched over a child.
    """
    with transaction.atomic():
        service = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk)
        _require_empty(service, at)
        require_day(service, last_day, at)
        service.ends_date = last_day
        service.save(update_fields=["ends_date"])
        data = {"last_day": last_day.isoformat(), "reason": reason}
        log.record_configuration(service, "service_closed", data=data, by=by, at=at)
    return service


def reopen(service: GuardianService, *, reason: str, by: User, at: datetime) -> GuardianService:
    """Take a closing back: guardians can be added again, each with a role of their own."""
    with transaction.atomic():
        service = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk)
        if service.ends_date is None or service.ends_date > london_day(at):
            raise IllegalMove("This guardian service is open.")
        data = {"reason": reason, "last_day": service.ends_date.isoformat()}
        service.ends_date = None
        service.save(update_fields=["ends_date"])
        log.record_configuration(service, "service_reopened", data=data, by=by, at=at)
    return service


def _require_empty(service: GuardianService, at: datetime) -> None:
    if service.ends_date is not None and service.ends_date <= london_day(at):
        raise IllegalMove("This guardian service has closed already.")
    found = standing(service, at=at)
    if found.children:
        raise IllegalMove(
            "Children whom its guardians watch over now: %(count)s. It closes when each assignment has ended.",
            count=str(found.children),
        )
    if found.guardians:
        raise IllegalMove(
            "Guardians with a role here: %(count)s. It closes when each role is ended, by whoever looks after it.",
            count=str(found.guardians),
        )
    waiting = GuardianReferral.objects.open().filter(service=service, child__closed_at=None).count()
    if waiting:
        raise IllegalMove(
            "Children who wait for an answer or a guardian: %(count)s. It closes when each referral is taken back.",
            count=str(waiting),
        )


def require_day(service: GuardianService, last_day: date, at: datetime) -> None:
    """Raise `WrongDay` for a day to come, before the service began, or with a guardian's turn after it."""
    if last_day > london_day(at):
        raise WrongDay("The last day must be today or in the past.")
    if last_day < service.starts_date:
        raise WrongDay("The last day cannot be before the service was put on the list.")
    ended = GuardianAssignment.objects.filter(service=service).aggregate(last=Max("ends_at"))["last"]
    if ended is not None and ended > end_of(last_day):
        raise WrongDay(
            "A guardian of it watched over a child on a later day: the last day cannot be before that."
        )

"""Who may refer to the National Referral Mechanism: the organisations, one list for all, and who of a council does it."""

import uuid
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from cases import log
from cases.deadlines import london_day
from cases.models import Authority, FirstResponder, Membership, NrmReferrer, User
from cases.models.people import TEAM_ROLES
from cases.states import IllegalMove

# [proposal] A last day further off than this is mistyped.
AHEAD = timedelta(days=366)
# How the code begins of one that the reference data do not know.
OWN = "own-"


class WrongDay(IllegalMove):
    """An organisation could not refer until that day."""


def add(name: str, *, by: User, at: datetime) -> FirstResponder:
    """Put an organisation on the list, for every authority. Raises `IllegalMove` without a name and where it is there."""
    name = name.strip()
    if not name:
        raise IllegalMove("Enter the name of the organisation.")
    with transaction.atomic():
        try:
            # Whoever adds one waits here for whoever does so at that moment, and then finds it on the list.
            with transaction.atomic():
                row = FirstResponder.objects.create(code=f"{OWN}{uuid.uuid4().hex[:12]}", name=name)
        except IntegrityError as clash:
            raise IllegalMove("This organisation is on the list already.") from clash
        log.record_configuration(row, "first_responder_added", data={"name": name}, by=by, at=at)
    return row


def require_day(last_day: date, at: datetime) -> None:
    """Raise `WrongDay` for a last day before today or more than a year off."""
    if last_day < london_day(at):
        raise WrongDay("The last day must be today or later.")
    if last_day > london_day(at) + AHEAD:
        raise WrongDay("The last day must be within a year.")


def end(row: FirstResponder, *, last_day: date, reason: str, by: User, at: datetime) -> FirstResponder:
    """Say until which day it may refer; what it referred until then can be written down later.

    The list is every council's: what is past stays as it was, or one administrator could undo what others may refer.
    Raises `WrongDay` for a day before today or more than a year off, `IllegalMove` without why and where it may refer no
    more already.
    """
    if not reason.strip():
        raise IllegalMove("Enter why it may no longer refer.")
    require_day(last_day, at)
    with transaction.atomic():
        row = FirstResponder.objects.select_for_update(no_key=True).get(pk=row.pk)
        if row.last_day is not None:
            raise IllegalMove("It is on the list until a day already.")
        row.ended_date = last_day
        row.save(update_fields=["ended_date"])
        data = {"name": row.name, "last_day": last_day.isoformat(), "reason": reason.strip()}
        log.record_configuration(row, "first_responder_ended", data=data, by=by, at=at)
    return row


def again(row: FirstResponder, *, reason: str, by: User, at: datetime) -> FirstResponder:
    """Take back a last day that an administrator gave; raises `IllegalMove` without why, and where the law gave it."""
    if not reason.strip():
        raise IllegalMove("Enter why it may refer again.")
    with transaction.atomic():
        row = FirstResponder.objects.select_for_update(no_key=True).get(pk=row.pk)
        if row.ended_date is None:
            raise IllegalMove("No administrator has ended this organisation.")
        data = {"name": row.name, "last_day": row.ended_date.isoformat(), "reason": reason.strip()}
        row.ended_date = None
        row.save(update_fields=["ended_date"])
        log.record_configuration(row, "first_responder_again", data=data, by=by, at=at)
    return row


def name(membership: Membership, *, by: User, at: datetime) -> NrmReferrer:
    """Name one of the staff of a council as somebody who makes its referrals.

    Raises `IllegalMove` for whoever is named already, and for a role that has ended or is of no team.
    """
    with transaction.atomic():
        held = Membership.objects.current(at).filter(pk=membership.pk, role__in=TEAM_ROLES)
        held_by = held.select_related("team", "user").select_for_update(of=("self",), no_key=True).first()
        if held_by is None or held_by.team is None:
            raise IllegalMove("This person has no role in a team of the authority now.")
        authority_id, person = held_by.team.authority_id, held_by.user
        if NrmReferrer.objects.current().of([authority_id]).filter(person=person).exists():
            raise IllegalMove("This person is on the list already.")
        row = NrmReferrer.objects.create(
            authority_id=authority_id, person=person, starts_at=at, recorded_by=by
        )
        data = {"person": person.pk, "authority": row.authority.code}
        log.record_configuration(row, "nrm_referrer_named", data=data, by=by, at=at)
    return row


def unname(row: NrmReferrer, *, by: User, at: datetime) -> NrmReferrer:
    """They make no referrals for the council any more; raises `IllegalMove` the second time."""
    with transaction.atomic():
        row = NrmReferrer.objects.select_for_update(no_key=True).get(pk=row.pk)
        if row.ends_at is not None:
            raise IllegalMove("This person is not on the list any more.")
        row.ends_at, row.ended_by = at, by
        row.save(update_fields=["ends_at", "ended_by"])
        data = {"person": row.person_id, "authority": row.authority.code}
        log.record_configuration(row, "nrm_referrer_ended", data=data, by=by, at=at)
    return row


def of(authority: Authority | None, *, at: datetime) -> list[NrmReferrer]:
    """Who is named for this council and has a role in one of its teams still, in the order of their names."""
    if authority is None:
        return []
    rows = NrmReferrer.objects.current().of([authority.pk]).select_related("person")
    held = Membership.objects.current(at).filter(role__in=TEAM_ROLES, team__authority=authority)
    found = rows.filter(person__in=held.values("user")).order_by("person__name", "person", "pk")
    return list({row.person_id: row for row in found}.values())

"""The verbs of a restricted record: restrict it, name somebody more, take a name off, lift it."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest

from cases import access, concerns, log, mark_ends, matters, references
from cases.access import Permission
from cases.grants import LOOK_AFTER, WATCH_OVER, permission_id
from cases.models import (
    HOME_ROLES,
    TEAM_ROLES,
    Allocation,
    Child,
    ChildGroupPermission,
    KeepFrom,
    MatterEntry,
    Membership,
    NamedPerson,
    Responsibility,
    Restriction,
    ReviewingOfficer,
    Role,
    Transfer,
    User,
)
from cases.models.periods import current, not_over
from cases.moves import Overtaken
from cases.states import IllegalMove


def restrict(child: Child, *, reason: str, named: Collection[User], by: User, at: datetime) -> Restriction:
    """Restrict the record to `named` and to `by` from now on: raising a guard waits for nobody, and one senior is told."""
    if not reason.strip():
        raise IllegalMove("Enter why the record is restricted.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if Restriction.objects.filter(not_over(at), child=child).exists():
            raise IllegalMove("This record is restricted already.")
        people = {user.pk: user for user in (by, *named)}
        _require_fit(child, list(people.values()), by, at)
        # One that was lifted until a day is overtaken by this one.
        Restriction.objects.filter(child=child, is_back=False).exclude(back_at=None).update(is_back=True)
        row = Restriction.objects.create(child=child, reason=reason.strip(), set_by=by, starts_at=at)
        NamedPerson.objects.bulk_create(
            NamedPerson(restriction=row, user=user, named_by=by, at_first=True, starts_at=at)
            for user in people.values()
        )
        fields = {"reason": row.reason, "named": sorted(people)}
        matters.restricted(child, reason=row.reason, by=by, at=at)
        log.record(child, "restricted", subject=row, data={"named": len(people)}, fields=fields, by=by, at=at)
    return row


def require_ahead(until: datetime, at: datetime) -> None:
    """Raise `IllegalMove` for an end that is over."""
    if until <= at:
        raise IllegalMove("The last day is today or later.")


def name(
    restriction: Restriction,
    user: User,
    *,
    reason: str,
    until: datetime | None,
    seconded_by: User,
    by: User,
    at: datetime,
) -> NamedPerson:
    """Open the record to one person more, until `until` where that is given: two people, neither of them that person.

    Raises `Overtaken` where `restriction`, which the writer read, is lifted by now, and `IllegalMove`.
    """
    _two_people(by, seconded_by)
    if user.pk in (by.pk, seconded_by.pk):
        raise IllegalMove("Nobody names themselves.")
    if not reason.strip():
        raise IllegalMove("Enter why they need the record.")
    if until is not None:
        require_ahead(until, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=restriction.child_id)
        restriction = _standing(restriction, at)
        _require_fit(child, [user], by, at)
        if restriction.named.filter(Q(ends_at=None) | Q(ends_at__gt=at), user=user).exists():
            raise IllegalMove("This person is named already.")
        row = NamedPerson.objects.create(
            restriction=restriction,
            user=user,
            named_by=by,
            seconded_by=seconded_by,
            at_first=False,
            reason=reason.strip(),
            starts_at=at,
            ends_at=until,
        )
        fields = {"user": user.pk, "reason": row.reason, "until": until}
        log.record(child, "person_named", subject=row, fields=fields, by=by, at=at)
    return row


def unname(named: NamedPerson, *, by: User, at: datetime) -> NamedPerson:
    """Close the record to somebody: raising a guard, by one person; a manager who can decide about it stays."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=named.restriction.child_id)
        named = NamedPerson.objects.select_related("restriction").get(pk=named.pk)
        if named.ends_at is not None and named.ends_at <= at:
            raise IllegalMove("This name is taken off already.")
        others = named.restriction.named.filter(ends_at=None).exclude(pk=named.pk).select_related("user")
        # One who has left, or whose team the child has left, decides nothing about it any more.
        if not any(access.may(one.user, child, Permission.KEEP_FROM, at=at) for one in others):
            raise IllegalMove("A manager who can lift the restriction stays named.")
        named.ends_at, named.ended_by = at, by
        named.save(update_fields=["ends_at", "ended_by"])
        log.record(child, "person_unnamed", subject=named, fields={"user": named.user_id}, by=by, at=at)
    return named


def lift(
    restriction: Restriction,
    *,
    reason: str,
    until: datetime | None = None,
    seconded_by: User,
    by: User,
    at: datetime,
) -> Restriction:
    """Open the record again to all whose role and relation allow it, for good or until a day: two people and a reason.

    Raises `Overtaken` where `restriction`, which the writer read, is lifted by now, and `IllegalMove`.
    """
    _two_people(by, seconded_by)
    mark_ends.require(until, at=at)
    if not reason.strip():
        raise IllegalMove("Enter why the restriction is lifted.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=restriction.child_id)
        restriction = _standing(restriction, at)
        if restriction.ends_at is not None:
            # Its lifting is over, and this minute's sweep has yet to write so.
            raise IllegalMove("This restriction counts again. Lift it in a minute.")
        mark_ends.end(restriction, reason=reason.strip(), until=until, second=seconded_by.pk, by=by.pk, at=at)
        data, fields = mark_ends.said(until), {"reason": restriction.lift_reason}
        told = matters.restriction_of(child.reference)
        if told.pk is not None and not matters.answered([told.pk]):
            matters.write(
                told,
                MatterEntry.Kind.LOOKED_AT,
                text=restriction.lift_reason,
                happened_at=at,
                key=uuid.uuid4(),
                by=by,
                at=at,
            )
        log.record(child, "restriction_lifted", subject=restriction, data=data, fields=fields, by=by, at=at)
    return restriction


def restrict_again(pk: int, *, at: datetime) -> bool:
    """Let a restriction that was lifted until now count again, for the people it named; false where it does already."""
    with transaction.atomic():
        child = Child.objects.unheld().filter(pk=Restriction.objects.get(pk=pk).child_id).first()
        if child is None:
            return False
        lifted = mark_ends.restrictions_over(at).select_related("set_by").filter(pk=pk).first()
        if lifted is None or lifted.back_at is None:
            return False
        since = lifted.back_at
        row = Restriction.objects.create(
            child=child, reason=lifted.reason, set_by=lifted.set_by, starts_at=since
        )
        for one in lifted.named.current(since):
            one.pk, one.restriction, one.starts_at = None, row, since
            one.save(force_insert=True)
        lifted.is_back = True
        lifted.save(update_fields=["is_back"])
        matters.restricted(child, reason=row.reason, by=row.set_by, at=at)
        log.record(child, "restricted_again", subject=row, happened_at=since, by=None, at=at)
    return True


def candidates(child: Child, *, reader: User, at: datetime) -> Sequence[Membership]:
    """Whoever the record could be left open to, each once: those beside the child, and the authority's own staff.

    These are its home's people, its guardians and its reviewing officer. Of a child who is offered to another authority,
    that one's staff too.

    Those beside the child stand first: the ones a roll-call or a visit depends on. Somebody from whom the child is kept
    is left out for whoever may know of that mark; to all others a gap in the list would tell it.
    """
    groups = ChildGroupPermission.objects.filter(
        content_object=child, permission__in=[permission_id(LOOK_AFTER), permission_id(WATCH_OVER)]
    ).values("group")
    near = Q(role__in=(*HOME_ROLES, Role.GUARDIAN), user__groups__in=groups)
    near |= Q(team__in=Allocation.objects.current(at).filter(child=child).values("team"))
    reviewing = ReviewingOfficer.objects.standing().filter(child=child).values("user")
    near |= Q(role=Role.REVIEWING_OFFICER, user__in=reviewing)
    responsible = Responsibility.objects.at(at).filter(child=child).values("authority")
    # Whoever takes the child over is to open the record on the day.
    taking_over = Transfer.objects.with_receiver().filter(child=child).values("receiver")
    staff = Q(role__in=TEAM_ROLES) & (Q(team__authority__in=responsible) | Q(team__authority__in=taking_over))
    rows = (
        Membership.objects.current(at)
        .filter(near | staff, user__is_active=True, user__device_home=None)
        .exclude(user__in=_known_marks(child, reader, at).values("user"))
        .annotate(far=Case(When(near, then=Value(False)), default=Value(True)))
        .select_related("user", "team", "home")
        .order_by("far", "user__name", "pk")
    )
    return list({row.user_id: row for row in reversed(rows)}.values())[::-1]


def get_child(user: User, reference: str, *, request: HttpRequest, at: datetime) -> Child:
    """The child for whose restriction `user` answers: as a manager to whom it is open, or as the one senior told; else 404.

    A senior who is not named reads the restriction and nothing else of the record. Either is on record.
    """
    wanted = references.parse(reference).child
    senior = matters.senior_of(matters.restriction_of(wanted), at=at)
    closed = access.behind_restriction(user, Permission.KEEP_FROM, at=at).filter(reference=wanted).first()
    if closed is None or senior != user:
        return access.get_child(user, reference, Permission.KEEP_FROM, request=request, at=at)
    access.put_listed_on_record(user, [closed.pk], Permission.KEEP_FROM, always=True, request=request, at=at)
    return closed


def standing_of(child: Child, at: datetime) -> Restriction | None:
    """The restriction of this record that stands at `at`."""
    return Restriction.objects.current(at).filter(child=child).first()


def records(at: datetime) -> frozenset[int]:
    """The children whose record is restricted at `at`, whoever asks: what is printed, mailed or copied leaves them out."""
    return frozenset(Restriction.objects.current(at).values_list("child_id", flat=True))


def _standing(restriction: Restriction, at: datetime) -> Restriction:
    row = Restriction.objects.current(at).filter(pk=restriction.pk).first()
    # One that was lifted while this was sent ended after `at`.
    if row is None or (row.ends_at is not None and row.ends_at > at):
        raise Overtaken("This restriction is lifted already.")
    return row


def _known_marks(child: Child, reader: User, at: datetime) -> QuerySet[KeepFrom]:
    return concerns.known_to(child, reader, at=at).filter(current(at))


def _require_fit(child: Child, people: Collection[User], by: User, at: datetime) -> None:
    """A device that stands in a home is whoever presses it, and somebody kept from the child is not let in by a name.

    Whoever may not know of the mark is not refused: the name stands and opens nothing as long as the mark does.
    """
    if any(person.device_home_id is not None for person in people):
        raise IllegalMove("A device is nobody: name the people who use it.")
    if _known_marks(child, by, at).filter(user__in=list(people)).exists():
        raise IllegalMove("This child is kept from somebody of them.")


def _two_people(by: User, seconded_by: User) -> None:
    if by.pk == seconded_by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")

"""The verbs of the marks that change who watches: live concern and keep-from."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import absences, episodes, escorts, log, mark_ends, matters
from cases.models import Child, KeepFrom, LiveConcern, Matter, Responsibility, User
from cases.models.periods import not_over
from cases.moves import require_open
from cases.states import IllegalMove


def mark(child: Child, *, reason: str, once: bool = False, by: User, at: datetime) -> LiveConcern:
    """Mark a live concern from now on; raising a guard never waits.

    `once`: the same words of the same person mark no second one while theirs stands.
    """
    if not reason.strip():
        raise IllegalMove("Enter what the concern is.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        own = LiveConcern.objects.filter(child=child, ends_at=None, set_by=by, reason=reason)
        if once and (standing := own.first()) is not None:
            return standing
        concern = LiveConcern.objects.create(child=child, reason=reason, set_by=by, starts_at=at)
        log.record(child, "concern_marked", subject=concern, fields={"reason": reason}, by=by, at=at)
    return concern


def lift(
    concern: LiveConcern,
    *,
    reason: str,
    until: datetime | None = None,
    seconded_by: User,
    by: User,
    at: datetime,
) -> LiveConcern:
    """Lift a live concern, for good or until it counts again: lowering a guard needs a reason and two people."""
    _two_people(by, seconded_by)
    mark_ends.require(until, at=at)
    if not reason.strip():
        raise IllegalMove("Enter why the concern is lifted.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=concern.child_id)
        concern = LiveConcern.objects.get(pk=concern.pk)
        if concern.ends_at is not None:
            raise IllegalMove("This concern is lifted already.")
        mark_ends.end(concern, reason=reason, until=until, second=seconded_by.pk, by=by.pk, at=at)
        data, fields = mark_ends.said(until), {"reason": reason}
        log.record(child, "concern_lifted", subject=concern, data=data, fields=fields, by=by, at=at)
    return concern


def mark_again(pk: int, *, at: datetime) -> bool:
    """Let a concern that was lifted until now count again, from that instant on; false where it does already."""
    with transaction.atomic():
        child = Child.objects.unheld().filter(pk=LiveConcern.objects.get(pk=pk).child_id).first()
        if child is None:
            return False
        lifted = mark_ends.concerns_over(at).filter(pk=pk).first()
        if lifted is None or lifted.back_at is None:
            return False
        row = LiveConcern.objects.create(
            child=child, reason=lifted.reason, set_by_id=lifted.set_by_id, starts_at=lifted.back_at
        )
        _is_back(lifted)
        log.record(child, "concern_again", subject=row, happened_at=row.starts_at, by=None, at=at)
    return True


def keep_from(child: Child, user: User, *, reason: str, phone: str = "", by: User, at: datetime) -> KeepFrom:
    """Keep `child` from `user`: no message, no page, and their word counts as no proof, from now on.

    What rested on their word is asked anew: a hold by their "seen", a part of an ending, a return, a stop of a journey
    that they confirmed as its escort, whose link closes. The designated
    officer for allegations hears of it in the same commit, and rings `phone`, or else the number of `by`.
    """
    if user.pk == by.pk:
        raise IllegalMove("Nobody sets this mark on themselves.")
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        row = KeepFrom.objects.filter(not_over(at), child=child, user=user).first()
        if row is not None and known_to(child, by, at=at).filter(pk=row.pk).exists():
            raise IllegalMove("This mark stands already.")
        # Whoever may not know of a mark that stands learns nothing of it here, and what they report is heard.
        if row is None:
            # One that was lifted until a day is overtaken by this one.
            KeepFrom.objects.filter(child=child, user=user, is_back=False).exclude(back_at=None).update(
                is_back=True
            )
            row = KeepFrom.objects.create(child=child, user=user, reason=reason, set_by=by, starts_at=at)
            episodes.disbelieve(child, user, by=by, at=at)
            absences.disbelieve(child, user)
            escorts.shut_out(child, user, by=by, at=at)
            fields = {"user": user.pk, "reason": reason}
            log.record(child, "kept_from", subject=row, fields=fields, by=by, at=at)
        responsible = Responsibility.objects.at(at).select_related("authority").get(child=child)
        matters.worry(
            text=reason,
            phone=phone or by.phone,
            authority=responsible.authority,
            about=user,
            child=child,
            key=uuid.uuid4(),
            by=by,
            at=at,
        )
    return row


def lift_keep_from(
    row: KeepFrom,
    *,
    reason: str,
    until: datetime | None = None,
    seconded_by: User,
    by: User,
    at: datetime,
) -> KeepFrom:
    """Lift the mark, for good or until it counts again: a reason and two people, neither the one it is kept from."""
    _two_people(by, seconded_by)
    mark_ends.require(until, at=at)
    if row.user_id in (by.pk, seconded_by.pk):
        raise IllegalMove("Nobody lifts this mark from themselves.")
    if not reason.strip():
        raise IllegalMove("Enter why the mark is lifted.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = KeepFrom.objects.get(pk=row.pk)
        if row.ends_at is not None:
            raise IllegalMove("This mark is lifted already.")
        mark_ends.end(row, reason=reason.strip(), until=until, second=seconded_by.pk, by=by.pk, at=at)
        episodes.hear_again(child)
        episodes.date_anew(child, by=None, at=at)
        data, fields = mark_ends.said(until), {"reason": reason}
        log.record(child, "keep_from_lifted", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def keep_from_again(pk: int, *, at: datetime) -> bool:
    """Let a mark that was lifted until now count again, with all that rested on the person's word; false where it does."""
    with transaction.atomic():
        child = Child.objects.unheld().filter(pk=KeepFrom.objects.get(pk=pk).child_id).first()
        if child is None:
            return False
        lifted = mark_ends.keep_from_over(at).select_related("user", "set_by").filter(pk=pk).first()
        if lifted is None or lifted.back_at is None:
            return False
        row = KeepFrom.objects.create(
            child=child,
            user=lifted.user,
            reason=lifted.reason,
            set_by=lifted.set_by,
            starts_at=lifted.back_at,
        )
        _is_back(lifted)
        episodes.disbelieve(child, row.user, by=None, at=at)
        absences.disbelieve(child, row.user)
        escorts.shut_out(child, row.user, by=None, at=at)
        log.record(child, "kept_from_again", subject=row, happened_at=row.starts_at, by=None, at=at)
    return True


def _is_back(lifted: LiveConcern | KeepFrom) -> None:
    lifted.is_back = True
    lifted.save(update_fields=["is_back"])


def known_to(child: Child, reader: User, *, at: datetime) -> QuerySet[KeepFrom]:
    """The marks of the child, standing or lifted, that `reader` may know of.

    Their own, those that they lifted, and those whose worry they read as the one senior; never one of themselves.
    """
    reported = Matter.objects.filter(child=child, kind=Matter.Kind.WORRY).select_related("senior")
    led = {one.about_id for one in reported if matters.senior_of(one, at=at) == reader}
    own = Q(set_by=reader) | Q(lifted_by=reader) | Q(user__in=led)
    return KeepFrom.objects.filter(own, child=child).exclude(user=reader)


def known_people(child: Child, reader: User, *, at: datetime) -> set[int]:
    """Whose acts on marks of the child `reader` may know of: their own, and those of a mark that they may know of."""
    rows = known_to(child, reader, at=at).values_list("set_by", "lifted_by", "seconded_by")
    return {reader.pk, *(pk for row in rows for pk in row if pk is not None)}


def _two_people(by: User, seconded_by: User) -> None:
    if by.pk == seconded_by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")

"""What an auditor reads of their authority: who was shown which page, who changed which field, which keep-from marks stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from cases import access, administration, changes, log, reads
from cases.access import Permission
from cases.deadlines import at_london, end_of, london_day
from cases.models import AccessRecord, Child, KeepFrom, Responsibility, RowChange, User
from cases.reads import Found


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for: a person by name or address, a child by reference, a London day."""

    person: str = ""
    reference: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Marks:
    """One page of marks, and the mark from which older ones go on."""

    rows: list[KeepFrom]
    older: str


def authorities(user: User, permission: Permission, *, at: datetime) -> list[int]:
    """The authorities in which `user` has this function of an authority's role; PermissionDenied when there is none."""
    held = access.require(user, permission, at=at)
    return [membership.authority_id for membership in held if membership.authority_id is not None]


def put_on_record(user: User, page: str, child: Child | None, *, place: log.Place, at: datetime) -> None:
    """Put the auditor's own reading on record, with the child where one was asked for."""
    log.record_access(
        user=user,
        child_id=child.pk if child is not None else None,
        permission=Permission.AUDIT_READS,
        allowed=True,
        place=log.Place(path=place.path, page=page, address=place.address),
        at=at,
    )


def child_of(authority_ids: Sequence[int], reference: str, *, by: User, at: datetime) -> Child | None:
    """The child of this reference where it is or was one of these authorities' and `by` is not shut out from it.

    By a mark or by a restriction: to them there is no such child then.
    """
    own = Responsibility.objects.filter(authority__in=authority_ids, starts_at__lte=at).values("child")
    kept = KeepFrom.objects.current(at).filter(user=by).values("child")
    rows = Child.objects.filter(pk__in=own, reference=reference).exclude(pk__in=kept)
    return rows.exclude(access.restricted(by, at)).first()


def unnamed(by: User, *, at: datetime) -> set[int]:
    """The children whose reference `by` is not shown, for their record is restricted: few at any time."""
    return set(Child.objects.filter(access.restricted(by, at)).values_list("pk", flat=True))


def across(
    authority_ids: Sequence[int],
    asked: Asked,
    child: Child | None,
    *,
    by: User,
    before: str = "",
    at: datetime,
) -> Found:
    """Reads of children while they were these authorities' own, and those by their people; newest first.

    Where nothing narrows it, it is the day of `at`. `ValueError` for a mark that is none of ours.
    """
    if asked.reference and child is None:
        return Found([], "")
    rows = AccessRecord.objects.select_related("user", "child")
    return reads.page_of(_theirs(rows, "user", authority_ids, asked, child, by=by, at=at), before)


def changed_across(
    authority_ids: Sequence[int],
    asked: Asked,
    child: Child | None,
    *,
    by: User,
    before: str = "",
    at: datetime,
) -> changes.Found:
    """Which fields were changed of children while they were these authorities' own, and by their people; no value.

    It is narrowed as the reads are.
    """
    if asked.reference and child is None:
        return changes.Found([], "")
    rows = _theirs(RowChange.objects.all(), "actor", authority_ids, asked, child, by=by, at=at)
    return changes.without_values(rows, before=before)


def _theirs(
    rows: QuerySet[Any],
    who: str,
    authority_ids: Sequence[int],
    asked: Asked,
    child: Child | None,
    *,
    by: User,
    at: datetime,
) -> QuerySet[Any]:
    """Those of `rows` that are for these authorities to see; `who` is the field of the person."""
    then = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=OuterRef("at"))
    rows = rows.annotate(authority=Subquery(then.order_by("-starts_at").values("authority")[:1]))
    rows = rows.exclude(child__in=KeepFrom.objects.current(at).filter(user=by).values("child"))
    return rows.filter(_narrowed(who, authority_ids, asked, child, at))


def _narrowed(who: str, authority_ids: Sequence[int], asked: Asked, child: Child | None, at: datetime) -> Q:
    day = asked.day
    if child is not None:
        # Of a child that is another authority's now, what was read while it was one of these is theirs to see.
        found = Q(child=child, authority__in=authority_ids)
    else:
        staff = administration.memberships(authority_ids, at=at).values("user")
        found = Q(authority__in=authority_ids) | Q(**{f"{who}__in": staff})
    if asked.person:
        named = User.objects.filter(Q(name__icontains=asked.person) | Q(email__iexact=asked.person))
        found &= Q(**{f"{who}__in": named.values("pk")})
    elif child is None:
        day = day or london_day(at)
    return found & Q(at__gte=at_london(day, time()), at__lt=end_of(day)) if day is not None else found


def marks(authority_ids: Sequence[int], *, by: User, before: str = "", at: datetime) -> Marks:
    """That somebody was kept from a child of these authorities: since when, set by whom, and who lifted it.

    Whom, and why, is for those who may set it.
    """
    own = Child.objects.filter(access.responsible(authority_ids, at))
    rows = KeepFrom.objects.filter(child__in=own, starts_at__lte=at).exclude(
        child__in=KeepFrom.objects.current(at).filter(user=by).values("child")
    )
    related = rows.select_related("child", "set_by", "lifted_by", "seconded_by").defer("reason")
    return Marks(*reads.newest(related, before, moment="starts_at"))

"""The verbs of what binds two children: say that they belong together, and check it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases import access, carried, log, restrictions
from cases.access import Permission
from cases.models import Authority, Child, ChildLink, Placement, User
from cases.models.links import ChildLinkQuerySet
from cases.moves import require_open
from cases.search import signs
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who says what of two children, and whether one of them may be a danger to the other."""

    kind: str
    said_by: str
    note: str = ""
    may_be_danger: bool = False


def say(child: Child, other: Child, claim: Claim, *, by: User, at: datetime) -> ChildLink:
    """Link two children both ways; it stays a claim until somebody has checked it.

    Who says that one may be a danger to the other says that they are two: that they are one child is taken back with it.
    Raises `IllegalMove` for a child and itself, and where the same was said before.
    """
    if child.pk == other.pk:
        raise IllegalMove("This is the same child.")
    with transaction.atomic():
        first, second = _locked(child, other)
        if ChildLink.objects.filter(child=first, other=second, kind=claim.kind).exists():
            raise IllegalMove("These two are linked so already.")
        row = ChildLink.objects.create(
            child=first, other=second, recorded_at=at, recorded_by=by, **vars(claim)
        )
        _record(row, "linked", by, at)
        if row.may_be_danger:
            tell_apart(row, by=by, at=at)
    return row


def check(
    link: ChildLink,
    *,
    result: str,
    how: str,
    may_be_danger: bool,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> ChildLink:
    """Write down whether it is so, and how that was found out; a later check takes the place of an earlier one.

    That somebody may be a danger is said by one and taken back by two. Raises `IllegalMove`.
    """
    if result == ChildLink.Check.NOT_CHECKED or not how.strip():
        raise IllegalMove("Enter what was found, and how.")
    with transaction.atomic():
        _locked(link.child, link.other)
        link = ChildLink.objects.select_related("child", "other").get(pk=link.pk)
        is_lowered = link.may_be_danger and not may_be_danger
        if is_lowered and not _may_second(seconded_by, link, by, at):
            raise IllegalMove("That one may be a danger to the other is taken back by two people.")
        link.check_result, link.checked_how, link.may_be_danger = result, how, may_be_danger
        link.checked_at, link.checked_by = at, by
        link.save(update_fields=["check_result", "checked_how", "may_be_danger", "checked_at", "checked_by"])
        _record(link, "link_checked", by, at, seconded_by=seconded_by if is_lowered else None)
        if link.may_be_danger:
            tell_apart(link, by=by, at=at)
    return link


def tell_apart(danger: ChildLink, *, by: User, at: datetime) -> None:
    """Neither of two councils reads of the other where there is a danger, so neither could take it back."""
    pairs = ChildLink.objects.same().filter(child=danger.child_id, other=danger.other_id)
    same = pairs.select_related("child", "other").filter(check_result=ChildLink.Check.CONFIRMED).first()
    if same is not None:
        carried.withdraw_all(same, by=by, at=at)
        how = "One of the two may be a danger to the other"
        check(same, result=ChildLink.Check.NOT_SO, how=how, may_be_danger=False, by=by, at=at)


def of(child: Child, *, reader: User, at: datetime) -> ChildLinkQuerySet:
    """The child's links whose other child `reader` may open too: of all others there is nothing to be seen."""
    open_to = access.children(reader, Permission.SEE_STATUS, at=at).values("pk")
    return (
        ChildLink.objects.filter(Q(child=child, other__in=open_to) | Q(other=child, child__in=open_to))
        .select_related("child", "other", "recorded_by", "checked_by")
        .order_by("check_result", "pk")
    )


@dataclass(frozen=True)
class Elsewhere:
    """That another council has a child who belongs with this one: whom to ring about it, and nothing of the child."""

    link: ChildLink
    authority: Authority
    phone: str


def elsewhere(child: Child, *, reader: User, at: datetime) -> list[Elsewhere]:
    """The child's links to children of another council, for a reader who may open this one and not the other.

    None to a child whose record is restricted, from whom the reader is kept or whose case is closed, none where any link
    of the two says that one may be a danger to the other, and none that was found not to be so.
    """
    known = of(child, reader=reader, at=at).values("pk")
    said = ChildLink.objects.of(child).exclude(pk__in=known).exclude(Exists(_dangers()))
    links = list(said.exclude(check_result=ChildLink.Check.NOT_SO).select_related("child", "other"))
    if not links:
        return []
    shut = access.closed_to(reader, at) | restrictions.records(at)
    others = [(link, link.beside(child)) for link in links]
    has = signs.responsible_for([child.pk, *(other.pk for _link, other in others)], at)
    own, phones = has[child.pk], signs.desks_of({authority.pk for authority in has.values()}, at=at)
    return [
        Elsewhere(link, has[other.pk], phones.get(has[other.pk].pk, settings.DUTY_LINE))
        for link, other in others
        if has[other.pk] != own and other.pk not in shut and other.closed_at is None
    ]


def told(child: Child, *, reader: User, at: datetime) -> set[int]:
    """By key the links that stand on the page of the people around the child for this reader, either way."""
    known = set(of(child, reader=reader, at=at).values_list("pk", flat=True))
    return known | {one.link.pk for one in elsewhere(child, reader=reader, at=at)}


def linked_at_home(child: Child, *, at: datetime) -> list[Child]:
    """Who lives in the same home now and is linked with the child, in the order of their keys.

    Whatever the link is, and none that was checked to be no such. Whoever shows them asks first whether the reader may
    open them too: see `of`.
    """
    said = _all_of(child).exclude(check_result=ChildLink.Check.NOT_SO)
    linked = {pk for pair in said.values_list("child", "other") for pk in pair}
    if not linked:
        return []
    own = Placement.objects.current(at).filter(child=child, home__isnull=False).values("home")
    there = Placement.objects.current(at).filter(home__in=own).exclude(child=child).values("child")
    return list(Child.objects.filter(pk__in=linked, closed_at=None).filter(pk__in=there).order_by("pk"))


@dataclass(frozen=True)
class Staying:
    """Who stays in the home when the child goes: who is to be told and asked first, and who is to be told nothing."""

    asked: Sequence[Child] = ()
    untold: Sequence[Child] = ()


def parted_from(child: Child, *, reader: User, at: datetime) -> Staying:
    """Those who are linked with the child and live in the same home, of whom `reader` may open each too.

    Brothers and sisters are told by the claim alone. Whoever else came along may be who recruits: they are told once
    somebody has checked that it is so. Nobody is told where one of the two may be a danger to the other.
    """
    found = linked_at_home(child, at=at)
    if not found:
        return Staying()
    open_to = access.children(reader, Permission.SEE_STATUS, at=at).filter(pk__in=[one.pk for one in found])
    safe = safe_beside(child)
    beside = list(open_to.order_by("pk"))
    asked = [one for one in beside if one.pk in safe]
    return Staying(asked, [one for one in beside if one not in asked])


def safe_beside(child: Child) -> set[int]:
    """By key those who belong with the child, as far as it is known, where neither may be a danger to the other."""
    safe, unsafe = set[int](), set[int]()
    for link in _all_of(child):
        other = link.other_id if link.child_id == child.pk else link.child_id
        is_so = link.check_result == ChildLink.Check.CONFIRMED
        is_claim = link.check_result == ChildLink.Check.NOT_CHECKED
        if link.may_be_danger:
            unsafe.add(other)
        elif is_so or (is_claim and link.kind == ChildLink.Kind.SIBLING):
            safe.add(other)
    return safe - unsafe


def lock(link: ChildLink) -> None:
    """Lock both children of it; raises `IllegalMove` where the case of one is closed."""
    _locked(link.child, link.other)


def _locked(child: Child, other: Child) -> tuple[Child, Child]:
    """Both children, locked in the order of their keys, as everything that locks several does."""
    keys = sorted((child.pk, other.pk))
    first, second = Child.objects.locked().filter(pk__in=keys).order_by("pk")
    for one in (first, second):
        require_open(one.closed_at)
    return first, second


def _all_of(child: Child) -> QuerySet[ChildLink]:
    return ChildLink.objects.of(child).bonds()


def may_be_danger(child_id: int, other_id: int) -> bool:
    """Whether any link of these two says that one of them may be a danger to the other."""
    first, second = sorted((child_id, other_id))
    return ChildLink.objects.filter(child=first, other=second, may_be_danger=True).exists()


def _dangers() -> QuerySet[ChildLink]:
    """The links of the same two that say so, of whatever kind: what one hides no other shows."""
    return ChildLink.objects.filter(child=OuterRef("child"), other=OuterRef("other"), may_be_danger=True)


def _may_second(person: User | None, link: ChildLink, by: User, at: datetime) -> bool:
    """Another person, who may open both children as well."""
    both = (link.child, link.other)
    return (
        person is not None
        and person.pk != by.pk
        and all(access.may(person, one, Permission.SEE_STATUS, at=at) for one in both)
    )


def _record(link: ChildLink, kind: str, by: User, at: datetime, seconded_by: User | None = None) -> None:
    """On both timelines, and on neither of them who the other is: its reader may be a stranger to them."""
    data: dict[str, Any] = {"kind": link.kind, "result": link.check_result}
    if seconded_by is not None:
        data["seconded_by"] = seconded_by.pk
    fields = {"other": None, "note": link.note, "how": link.checked_how}
    for one, other in ((link.child, link.other), (link.other, link.child)):
        log.record(one, kind, subject=link, data=data, fields=fields | {"other": other.pk}, by=by, at=at)

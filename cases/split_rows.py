"""What a page shows of each thing that passes in a split: what it is called, who takes it, and whom a rule suggests."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases import split_successors, splits
from cases.models import (
    Allocation,
    Authority,
    Child,
    Home,
    Placement,
    Responsibility,
    Split,
    SplitShare,
    Team,
    Transfer,
)
from cases.moves import isolated
from cases.splits import Kind


@dataclass(frozen=True)
class Row:
    """One thing; `successor` is who takes it as somebody has said, `suggested` whom a rule would name, with why.

    `ended` names whoever it was said for and has ended since: it is said anew.
    """

    pk: int
    name: str
    about: str
    successor: int | None = None
    suggested: int | None = None
    why: str = ""
    ended: str = ""


def rows(split: Split, kind: str, things: Sequence[Any], *, at: datetime) -> list[Row]:
    """These things of one kind for a page, in as many questions whatever their number."""
    said = _said(split, kind, [one.pk for one in things], at)
    ended = _ended(split, kind, [one.pk for one in things], at)
    suggested = suggest(split, kind, [one.pk for one in things], at=at)
    names = _NAMES[Kind(kind)](things, at)
    found = []
    for one in things:
        to, why = suggested.get(one.pk, (None, ""))
        name, about = names[one.pk]
        suggests = None if one.pk in said else to
        found.append(Row(one.pk, name, about, said.get(one.pk), suggests, why, ended.get(one.pk, "")))
    return found


def suggest(split: Split, kind: str, ids: Collection[int], *, at: datetime) -> dict[int, tuple[int, str]]:
    """Which successor takes each of these by a rule: a child with its team, else where it lives; a home by its postcode.

    A rule suggests and says nothing: nothing counts before somebody has saved it.
    """
    match kind:
        case Kind.HOME:
            return _of_homes(split, ids, at)
        case Kind.CHILD:
            return _of_places(split, ids, at) | _of_teams(split, ids, at)
        case Kind.AREA:
            return _of_places(split, ids, at)
        case _:
            return {}


def district(postcode: str) -> str:
    """The part of a postcode that names its district, as NN1 of NN1 4QS; nothing where there is none."""
    whole = postcode.replace(" ", "").upper()
    return whole[:-3] if len(whole) > 4 else ""


def _said(split: Split, kind: str, ids: Collection[int], at: datetime) -> dict[int, int]:
    shares = split_successors.said(split, kind, at=at).filter(subject_id__in=ids)
    return dict(shares.values_list("subject_id", "successor"))


def _ended(split: Split, kind: str, ids: Collection[int], at: datetime) -> dict[int, str]:
    """By id for whom it was said who has ended since."""
    gone = {one.pk: one.said_name for one in split_successors.ended(split, at=at)}
    shares = SplitShare.objects.filter(split=split, kind=kind, subject_id__in=ids, successor__in=gone)
    return {pk: gone[to] for pk, to in shares.values_list("subject_id", "successor")}


def _districts(split: Split, at: datetime) -> dict[str, int]:
    """By postcode district the successor that takes each home there of which somebody has said it: where it is one alone."""
    said = dict(split_successors.said(split, Kind.HOME, at=at).values_list("subject_id", "successor"))
    found: dict[str, set[int]] = defaultdict(set)
    for pk, postcode in Home.objects.filter(pk__in=said).values_list("pk", "postcode"):
        found[district(postcode)].add(said[pk])
    return {name: next(iter(to)) for name, to in found.items() if name and len(to) == 1}


def _of_homes(split: Split, ids: Collection[int], at: datetime) -> dict[int, tuple[int, str]]:
    known, why = _districts(split, at), _("Other homes of this postcode district go there")
    rows = Home.objects.filter(pk__in=ids).values_list("pk", "postcode")
    return {pk: (known[district(postcode)], why) for pk, postcode in rows if district(postcode) in known}


def _of_teams(split: Split, ids: Collection[int], at: datetime) -> dict[int, tuple[int, str]]:
    held = dict(
        Allocation.objects.current(at)
        .filter(child__in=ids, team__authority=split.authority_id)
        .values_list("child", "team")
    )
    said, why = _said(split, Kind.TEAM, held.values(), at), _("Its team goes there")
    return {child_id: (said[team_id], why) for child_id, team_id in held.items() if team_id in said}


def _of_places(split: Split, ids: Collection[int], at: datetime) -> dict[int, tuple[int, str]]:
    """By the home where the child lives, by the area of a successor that is there already, or by the postcode."""
    living = Placement.objects.current(at).filter(child__in=ids)
    places = list(living.values_list("child", "home", "host_authority", "postcode", "home__postcode"))
    homes = _said(split, Kind.HOME, [home for _child, home, *_rest in places if home is not None], at)
    successors = set(split_successors.taking(split, at=at).values_list("pk", flat=True))
    known, found = _districts(split, at), {}
    for child_id, home_id, host_id, postcode, of_home in places:
        near = known.get(district(of_home or postcode))
        if home_id in homes:
            found[child_id] = homes[home_id], _("The home where it lives goes there")
        elif host_id in successors:
            found[child_id] = host_id, _("It lives in that area")
        elif near is not None:
            found[child_id] = near, _("It lives in a postcode district whose homes go there")
    return found


def _name_teams(things: Sequence[Team], at: datetime) -> Mapping[int, tuple[str, str]]:
    return {one.pk: (one.name, one.get_kind_display()) for one in things}


def _name_homes(things: Sequence[Home], at: datetime) -> Mapping[int, tuple[str, str]]:
    closed = _("closed")
    return {
        one.pk: (one.name, one.postcode if one.closed_at is None else f"{one.postcode}, {closed}")
        for one in things
    }


def _name_own(things: Sequence[Child], at: datetime) -> Mapping[int, tuple[str, str]]:
    held = Allocation.objects.current(at).filter(child__in=things).values_list("child", "team__name")
    teams = dict(held)
    nobodys, closed = _("no team"), _("closed case")
    found = {}
    for one in things:
        team = isolated(teams[one.pk]) if one.pk in teams else nobodys
        found[one.pk] = one.reference, team if one.closed_at is None else f"{team}, {closed}"
    return found


def _name_others(things: Sequence[Child], at: datetime) -> Mapping[int, tuple[str, str]]:
    begun = Responsibility.objects.filter(child__in=things).at(at).select_related("authority")
    whose: dict[int, Authority] = {row.child_id: row.authority for row in begun}
    return {one.pk: (one.reference, whose[one.pk].said_name if one.pk in whose else "") for one in things}


def _name_transfers(things: Sequence[Transfer], at: datetime) -> Mapping[int, tuple[str, str]]:
    words = _("from %(authority)s, %(status)s")
    return {
        one.pk: (
            one.child.reference,
            words % {"authority": one.sender.said_name, "status": one.get_status_display()},
        )
        for one in things
    }


_NAMES: Mapping[Kind, Callable[[Sequence[Any], datetime], Mapping[int, tuple[str, str]]]] = {
    Kind.TEAM: _name_teams,
    Kind.HOME: _name_homes,
    Kind.CHILD: _name_own,
    Kind.AREA: _name_others,
    Kind.TRANSFER: _name_transfers,
}
# What a page reads with each.
RELATED: Mapping[str, tuple[str, ...]] = {Kind.TRANSFER: ("child", "sender")}


def listed(split: Split, kind: str, *, unsaid: bool, at: datetime) -> Any:
    """The things of one kind that a page shows, all or those of which nobody has said anything yet."""
    found = splits.unsaid(split, kind, at=at) if unsaid else splits.things(split, kind, at=at)
    related = RELATED.get(kind, ())
    return found.select_related(*related) if related else found

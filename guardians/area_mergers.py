"""What was said of the guardian services of an area, as its authority is merged: never of children of whom nobody said it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Q, TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.deadlines import london_day
from cases.ended import MERGED, SPLIT
from cases.mergers import Carried
from cases.models import Authority, Child, ConfigurationChange, Responsibility, User
from cases.moves import isolated
from guardians import areas, served
from guardians.models import GuardianAssignment, GuardianReferral, ServiceArea


class Fate(TextChoices):
    """What becomes of what the authority that ends has said."""

    # The successor has had no children yet, has taken nobody's place, and nothing was said of it.
    PASSES = "passes", gettext_lazy("It passes to the successor as it stands.")
    # Of authorities that take their place in one successor, each has said the same.
    SAME = "same", gettext_lazy("It is what passed to the successor already.")
    OWN = (
        "own",
        gettext_lazy(
            "It passes to nobody: what the successor has said of itself counts for these children too from then on."
            " Look before the day whether it holds for them."
        ),
    )
    SILENT = (
        "silent",
        gettext_lazy(
            "It passes to nobody, and of the successor nothing is on record: its administrators say which service"
            " takes its children, or that there is none."
        ),
    )
    # That it is over there was said of its own children; some who come have a guardian of that service, or wait for one.
    ASKED = (
        "asked",
        gettext_lazy(
            "Children who come have a guardian of a service whose time in the area of the successor is over, or wait for"
            " one of it. An administrator of the successor says first, under its guardian services, whether children keep"
            " the guardians of that service there, or adds the service anew."
        ),
    )
    # What passed on from another authority was not said of these children, and is no answer for them.
    DIFFERS = (
        "differs",
        gettext_lazy(
            "Something else had passed to the successor from another authority. An administrator of the successor says"
            " first, under its guardian services, what holds for all its children from then on."
        ),
    )


def plan(authority: Authority, successor: Authority, *, children: Q, at: datetime) -> Carried:
    """What the page of a merger or a split shows of it, of both; `children` says of a row of them who comes."""
    day, there, here = london_day(at), _rows(authority), _rows(successor)
    fate = fate_of(authority, successor, children=children, at=at)
    told = [_words(here, day), *(_over_words(row) for row in _over(here, at))]
    said = _("%(here)s: %(said)s") % {"here": successor.said_name, "said": ", ".join(told)}
    return Carried(
        what=_("Guardian services in its area"),
        there=_words(there, day),
        becomes=f"{fate.label} {said}",
        key=".".join([fate.value, *(_key(row) for row in (*there, *here))]),
        blocks=fate in (Fate.DIFFERS, Fate.ASKED),
    )


def move(authority: Authority, successor: Authority, *, children: Q, by: User | None, at: datetime) -> Fate:
    """Do it, before the children pass on."""
    fate = fate_of(authority, successor, children=children, at=at)
    if fate is Fate.PASSES:
        areas.pass_on(_rows(authority), authority, successor, by=by, at=at)
    return fate


def fate_of(authority: Authority, successor: Authority, *, children: Q, at: datetime) -> Fate:
    """What is to become of what `authority` has said of its area, at the successor to which these children come."""
    there, here, day = _rows(authority), _rows(successor), london_day(at)
    if not here and _is_new(successor):
        return Fate.PASSES
    if _asked(children, here, at):
        return Fate.ASKED
    standing = [row for row in here if _stands(row, day)]
    if not standing:
        return Fate.SILENT
    if not areas.came_by_merger(standing):
        return Fate.OWN
    return Fate.SAME if _said(there, day) == _said(here, day) else Fate.DIFFERS


def _rows(authority: Authority) -> Sequence[ServiceArea]:
    return list(
        ServiceArea.objects.of([authority.pk]).select_related("service").order_by("starts_date", "pk")
    )


def _stands(row: ServiceArea, day: date) -> bool:
    return row.ends_date is None or row.ends_date >= day


def _key(row: ServiceArea) -> str:
    return f"{row.pk}{row.ends_date or ''}{'s' if row.children_stay else ''}"


def _over(rows: Collection[ServiceArea], at: datetime) -> list[ServiceArea]:
    """Of the successor: the services whose time there is over."""
    return [row for row in served.last_of(rows, keeps=False).values() if not _stands(row, london_day(at))]


def _over_words(row: ServiceArea) -> str:
    name = isolated(row.service.name) if row.service is not None else ""
    day = date_format(row.ends_date, "j F Y") if row.ends_date is not None else ""
    words = (
        _("%(service)s until %(day)s, its children keep their guardians")
        if row.children_stay
        else _("%(service)s until %(day)s")
    )
    return words % {"service": name, "day": day}


def _asked(children: Q, here: Collection[ServiceArea], at: datetime) -> bool:
    """Whether a child who would come has a guardian, or waits for one, of whom nobody has said what holds there."""
    over = _over(here, at)
    known = areas.said_since(over)
    unsaid = [row.service_id for row in over if row.pk not in known]
    of = {"service__in": unsaid, "child__in": Child.objects.open(at).filter(children).values("pk")}
    watched = GuardianAssignment.objects.current(at).filter(**of)
    return bool(unsaid) and (watched.exists() or GuardianReferral.objects.open().filter(**of).exists())


def _words(rows: Collection[ServiceArea], day: date) -> str:
    names = [
        isolated(row.service.name) if row.service is not None else _("No guardian service")
        for row in rows
        if _stands(row, day)
    ]
    return ", ".join(dict.fromkeys(names)) or _("Nothing is on record yet")


def _is_new(successor: Authority) -> bool:
    """Whether it has had no child, and has taken the place of nobody yet."""
    of_one = Q(kind=MERGED, data__successor=successor.code)
    of_several = Q(kind=SPLIT, data__successors__contains=[successor.code])
    merged = ConfigurationChange.objects.filter(of_one | of_several)
    return not Responsibility.objects.filter(authority=successor).exists() and not merged.exists()


def _said(rows: Collection[ServiceArea], day: date) -> frozenset[tuple[object, ...]]:
    """Who takes children from this day on, from and until when, and how they are referred; of nobody, why."""
    found = []
    for row in rows:
        if _stands(row, day):
            until = row.ends_date if row.service_id is not None else None
            way = (row.form, row.mailbox, row.phone, row.reason)
            found.append((row.service_id, max(row.starts_date, day), until, row.children_stay, *way))
    return frozenset(found)

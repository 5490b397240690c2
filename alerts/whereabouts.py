"""Where a child has lived, gap by gap, and the people whose work the child is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from alerts.absence_words import away_until
from alerts.profiles import Profile
from cases import (
    approvals,
    links,
    partings,
    placement_papers,
    planned_placements,
    reviewing_officers,
    staffing,
    worker_absences,
)
from cases.models import Allocation, Child, ChildLink, HostNotice, MissingEpisode, Placement, User
from guardians.models import GuardianAssignment, GuardianCover

# Shorter than this is a change-over, not a night nowhere.
GAP_FROM = timedelta(hours=1)


@dataclass(frozen=True)
class Stay:
    """One placement, or a gap in which nowhere is recorded (`placement` None)."""

    placement: Placement | None
    starts_at: datetime
    ends_at: datetime | None
    # From whom it parted the child; None where that is not to be read here.
    parted: str | None = ""


@dataclass(frozen=True)
class Person:
    """One person or organisation around the child."""

    part: str
    name: str
    organisation: str
    phone: str
    since: datetime | None


def stays(child: Child, *, reader: User, now: datetime) -> list[Stay]:
    """Return the placements newest first, with every gap of an hour or more between them and up to now."""
    rows = list(
        Placement.objects.filter(child=child)
        .select_related("home", "host_authority", "force")
        .order_by("starts_at")
    )
    parted = any(row.parted for row in rows)
    until = partings.unsaid_until([child.pk], reader=reader, at=now).get(child.pk) if parted else None
    found: list[Stay] = []
    left_at: datetime | None = None
    for row in rows:
        if left_at is not None and row.starts_at - left_at >= GAP_FROM:
            found.append(Stay(None, left_at, row.starts_at))
        is_unsaid = bool(row.parted) and until is not None and row.starts_at <= until
        found.append(Stay(row, row.starts_at, row.ends_at, None if is_unsaid else row.parted))
        left_at = row.ends_at
    if left_at is not None and now - left_at >= GAP_FROM:
        found.append(Stay(None, left_at, None))
    return found[::-1]


def papers(child: Child, *, now: datetime) -> dict[str, Any]:
    """What the placement that stands has and lacks: its approval, and a room of one's own where the age is disputed."""
    placement = placement_papers.standing(child, at=now)
    planned = planned_placements.open_of(child)
    found: dict[str, Any] = {"standing_placement": placement, "planned": planned}
    if placement is not None:
        found["staffing"] = staffing.last_of(placement)
        last = approvals.last_of(placement)
        to_ask = approvals.to_ask(child, at=now)
        found |= {"approval": last, "to_ask": to_ask}
        found["to_approve"] = None if last is not None and last.is_settled else to_ask
        if placement.host_notified:
            found["host_told"] = (
                HostNotice.objects.standing().filter(placement=placement).order_by("-pk").first()
            )
        if child.age_status in placement_papers.DISPUTED:
            found |= {"age_disputed": True, "room": placement_papers.last_room(placement)}
    return found


def people(profile: Profile, *, now: datetime) -> Sequence[Person]:
    """Return those whose work the child is now, the nearest first."""
    found: list[Person] = []
    placement = profile.standing.placement
    if placement is not None:
        name = placement.home.name if placement.home else _("A placement outside a home")
        found.append(Person(_("Where the child lives"), name, "", placement.phone, placement.starts_at))
    allocation: Allocation | None = profile.allocation
    if allocation is not None and allocation.worker is not None:
        worker = allocation.worker
        absence = worker_absences.of([profile.child.pk], now).get(profile.child.pk)
        part = _("Social worker")
        if not getattr(allocation, "is_held", True):
            # Who has left, or is kept from the child: which, is not for every reader.
            part = _("Social worker, has the work no longer")
        elif absence is not None and absence.is_away(now):
            part = _("Social worker, %(away)s") % {"away": away_until(absence, profile.permissions)}
        found.append(Person(part, worker.name, allocation.team.name, worker.phone, allocation.starts_at))
        instead = absence.cover(now) if absence is not None else None
        if instead is not None:
            colleague = instead.covered_by
            part = _("Covers for the social worker")
            found.append(Person(part, colleague.name, "", colleague.phone, instead.starts_at))
    if allocation is not None:
        team = allocation.team
        found.append(Person(_("Team"), team.name, _name(profile), team.phone, allocation.starts_at))
    guardians = GuardianAssignment.objects.current(now).filter(child=profile.child)
    for row in guardians.select_related("guardian", "service").order_by("-lead", "starts_at"):
        part = _("Guardian") if row.lead else _("Second guardian")
        where = f"{row.service.name}, {row.get_kind_display()}"
        found.append(Person(part, row.guardian.name, where, row.guardian.phone, row.starts_at))
    covers = GuardianCover.objects.current(now).filter(child=profile.child)
    for cover in covers.select_related("covered_by", "assignment__service"):
        person, service = cover.covered_by, cover.assignment.service.name
        found.append(
            Person(_("Covers for the guardian"), person.name, service, person.phone, cover.starts_at)
        )
    found += _reviewing(profile.child, now)
    if profile.authority is not None:
        found.append(Person(_("Responsible authority"), profile.authority.said_name, "", "", None))
    return found


def _reviewing(child: Child, now: datetime) -> Iterator[Person]:
    officer = reviewing_officers.serving(child, at=now)
    if officer is not None:
        part, phone = _("Independent reviewing officer"), officer.said_phone
        yield Person(part, officer.said_name, "", phone, officer.starts_at)


@dataclass(frozen=True)
class Beside:
    """Another child who belongs with this one, and their open episode where there is one."""

    link: ChildLink
    child: Child
    episode: MissingEpisode | None


def beside(child: Child, *, reader: User, now: datetime) -> Sequence[Beside]:
    """Return the children linked with this one whom `reader` may open too, those who are missing first."""
    found = [(link, link.beside(child)) for link in links.of(child, reader=reader, at=now)]
    if not found:
        return []
    open_ones = MissingEpisode.objects.filter(child__in=[other.pk for _link, other in found], ended_at=None)
    episodes = {episode.child_id: episode for episode in open_ones.select_related("child")}
    rows = [Beside(link, other, episodes.get(other.pk)) for link, other in found]
    return sorted(rows, key=lambda row: row.episode is None)


def _name(profile: Profile) -> str:
    return profile.authority.said_name if profile.authority else ""

"""What is on record of whom some children's ladders could reach: each kind is read for all of them when first asked for."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from alerts.posts import mailboxes_of, staffed
from cases import acting, barred, escorts, facts, worker_absences
from cases.acting import Managers
from cases.facts import ChildFacts
from cases.models import (
    Allocation,
    Authority,
    EpisodeForce,
    Membership,
    Responsibility,
    Role,
    Shift,
    Team,
    Transfer,
    User,
)
from cases.worded import worded
from cases.worker_absences import Absence
from guardians import covers


@worded
def _responsible(ids: Any, at: Any) -> QuerySet[Responsibility, Any]:
    followed = Authority.successors.through.objects.filter(to_authority=OuterRef("authority"))
    began = Responsibility.objects.filter(child__among=ids, starts_at__lte=at)
    last = began.order_by("child", "-starts_at").distinct("child")
    return last.values_list("child", "authority", ArraySubquery(followed.values("from_authority")))


@worded
def _allocations(ids: Any, at: Any) -> QuerySet[Allocation]:
    rows = Allocation.objects.current(at).filter(child__among=ids)
    return rows.select_related("worker").order_by("starts_at")


@worded
def _forces(episodes: Any) -> QuerySet[EpisodeForce, Any]:
    told = EpisodeForce.objects.filter(episode__among=episodes, left_at=None)
    return told.values_list("episode__child", "force")


@worded
def _transfers(ids: Any) -> QuerySet[Transfer]:
    return Transfer.objects.with_receiver().filter(child__among=ids)


@worded
def _shifts(authorities: Any, at: Any) -> QuerySet[Shift]:
    rows = Shift.objects.current(at).filter(team__authority__among=authorities)
    return rows.select_related("team").order_by("pk")


@worded
def _duty_teams(authorities: Any) -> QuerySet[Team]:
    rows = Team.objects.filter(authority__among=authorities)
    return rows.exclude(kind=Team.Kind.SOCIAL_WORK).order_by("pk")


@worded
def _of_homes(homes: Any, at: Any) -> QuerySet[Membership, Any]:
    # The device of a home is nobody: it hears of no child in the place of somebody the child is kept from.
    rows = Membership.objects.current(at).filter(home__among=homes, user__device_home=None)
    return rows.order_by("pk").values_list("home", "user")


@worded
def _workers(people: Any, at: Any) -> QuerySet[Membership, Any]:
    rows = Membership.objects.current(at).filter(user__among=people, role=Role.SOCIAL_WORKER)
    return rows.order_by("pk").values_list("user", "team")


@dataclass
class Rows:
    """Of some children, or of the desks of some authorities and no child: a query for each kind, and none that is not asked for.

    The mails of a batch mostly go to one post, and on the workers, guardians and managers of a child most posts do not
    hang.
    """

    at: datetime
    children: Collection[ChildFacts] = ()
    of_desks: Collection[int] = ()
    # By child: the forces of an episode that is only thought of.
    supposed: Mapping[int, Collection[int]] = field(default_factory=dict)

    @cached_property
    def ids(self) -> set[int]:
        return {child.child.pk for child in self.children}

    @cached_property
    def kept(self) -> dict[int, set[int]]:
        """By child: the people whom it is kept from."""
        return facts.kept_from(self.ids, self.at) if self.ids else {}

    @cached_property
    def _responsible(self) -> list[tuple[int, int, list[int]]]:
        return _responsible(self.ids, self.at) if self.ids else []

    @cached_property
    def authority(self) -> dict[int, int]:
        """By child: who is responsible."""
        return {child_id: authority_id for child_id, authority_id, _ in self._responsible}

    @cached_property
    def predecessors(self) -> dict[int, frozenset[int]]:
        """By child: the authorities whose place the responsible one has taken; their areas are its own."""
        return {child_id: frozenset(before) for child_id, _, before in self._responsible}

    @cached_property
    def allocation(self) -> dict[int, Allocation]:
        """By child: the team that has its work, and the worker."""
        return {row.child_id: row for row in _allocations(self.ids, self.at)}

    @cached_property
    def absences(self) -> Mapping[int, Absence]:
        """By child: that its social worker is away or will be, and who covers."""
        return worker_absences.of(self.ids, self.at)

    @cached_property
    def guardians(self) -> dict[int, list[User]]:
        found: dict[int, list[User]] = defaultdict(list)
        for child_id, guardian in covers.watching(self.ids, self.at):
            found[child_id].append(guardian)
        return found

    @cached_property
    def forces(self) -> dict[int, list[int]]:
        """By child: the forces that are told of its last search."""
        found: dict[int, list[int]] = defaultdict(list)
        episodes = {episode.pk for child in self.children for episode in child.episodes[:1]}
        if episodes:
            for child_id, force_id in _forces(episodes):
                found[child_id].append(force_id)
        found.update({child_id: list(ids) for child_id, ids in self.supposed.items()})
        return found

    @cached_property
    def coming(self) -> dict[int, Transfer]:
        """By child: the open transfer that an authority has."""
        if not self.ids:
            return {}
        return {transfer.child_id: transfer for transfer in _transfers(self.ids)}

    @cached_property
    def named(self) -> dict[int, set[int]]:
        """Of a transfer: who may know of it where the record is restricted."""
        return barred.named_for(self.coming, self.at) if self.coming else {}

    @cached_property
    def authorities(self) -> set[int]:
        receivers = {one.receiver_id for one in self.coming.values() if one.receiver_id is not None}
        return {*self.authority.values(), *receivers, *self.of_desks}

    @cached_property
    def shifts(self) -> dict[int, list[Shift]]:
        """By authority: who is on duty, of those who work there still."""
        found: dict[int, list[Shift]] = defaultdict(list)
        for shift in staffed(_shifts(self.authorities, self.at), self.at):
            found[shift.team.authority_id].append(shift)
        return found

    @cached_property
    def duty_teams(self) -> dict[int, list[Team]]:
        found: dict[int, list[Team]] = defaultdict(list)
        for team in _duty_teams(self.authorities):
            found[team.authority_id].append(team)
        return found

    @cached_property
    def managers(self) -> Managers:
        leading = acting.leading(self.authorities, self.at) if self.authorities else ()
        return acting.read(leading, self.ids, kept=self.kept, at=self.at)

    def is_kept_number(self, child_id: int, phone: str) -> bool:
        """Whether somebody from whom the child is kept answers this number."""
        return bool(phone) and escorts.dialled(phone) in self._kept_numbers.get(child_id, ())

    @cached_property
    def _kept_numbers(self) -> dict[int, set[str]]:
        """By child the numbers of whoever it is kept from; where it is kept from nobody, nothing is asked."""
        people = {pk for kept in self.kept.values() for pk in kept}
        if not people:
            return {}
        numbers = {
            pk: escorts.dialled(phone)
            for pk, phone in User.objects.filter(pk__in=people).values_list("pk", "phone")
        }
        return {child_id: {numbers[pk] for pk in kept} - {""} for child_id, kept in self.kept.items()}

    @cached_property
    def carers(self) -> dict[int, set[int]]:
        """By home: who works there."""
        placed = [child.placement for child in self.children if child.placement is not None]
        homes = {placement.home_id for placement in placed if placement.home_id is not None}
        found: dict[int, set[int]] = defaultdict(set)
        if homes:
            for home_id, user_id in _of_homes(homes, self.at):
                found[home_id].add(user_id)
        return found

    @cached_property
    def workers(self) -> set[tuple[int, int | None]]:
        """Those of the children's workers who are that still, each with the team."""
        known = {row.worker_id for row in self.allocation.values() if row.worker_id is not None}
        return set(_workers(known, self.at))

    @cached_property
    def mailboxes(self) -> list[Any]:
        """Where these authorities and forces are reached, each with the areas that its authority answers for by now."""
        hosts = {child.placement.host_authority_id for child in self.children if child.placement is not None}
        forces = {force_id for ids in self.forces.values() for force_id in ids}
        return mailboxes_of(self.authorities, hosts, forces, at=self.at)

    @cached_property
    def stands_for(self) -> dict[int, set[int]]:
        """By authority: whose place it has taken by now, whose areas' children its duty is told of."""
        found: dict[int, set[int]] = defaultdict(set)
        for box in self.mailboxes:
            if box.authority_id is not None:
                found[box.authority_id] |= {box.authority_id, *box.areas}
        return found

"""Who is told: a post of the ladder resolved to people and mailboxes, and the one home of the keep-from list."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts import area_forces, promisers, reviewers
from alerts.directory_rows import Rows
from alerts.models import Channel
from alerts.paper_rules import Paper
from alerts.posts import FORCE_PURPOSES, RECEIVER, TOLD, Post, Recipient, ways
from cases import access, escorts, sign_offs
from cases.access import Permission
from cases.facts import ChildFacts
from cases.models import (
    Mailbox,
    Membership,
    Reach,
    Transfer,
    User,
)
from cases.models.plans import OwnerKind
from guardians import referrals, within_reach

__all__ = ["RECEIVER", "TOLD", "Directory", "Post", "Recipient", "desks", "directory"]


@dataclass
class Directory(Rows):
    """Everybody whom the ladders of some children could reach, in a fixed number of queries at most."""

    _desks: dict[int, list[Recipient]] = field(default_factory=dict)
    _promises: promisers.Promises | None = None
    _writers: Mapping[int, int] | None = None
    _of_services: dict[int, list[Membership]] | None = None
    _over: dict[int, list[Membership]] | None = None
    _areas: Mapping[int, list[Recipient]] | None = None
    _officers: Mapping[int, User] | None = None

    def resolve(
        self, post: Post, child: ChildFacts, channels: Collection[str], *, duty: str = ""
    ) -> list[Recipient]:
        """The recipients of `post` for this child, less the keep-from list, in a stable order.

        `duty` names what the clock is about: what somebody promised, or an assessment, which its writer cannot sign.
        """
        child_id = child.child.pk
        kept = self.kept.get(child_id, set()) | self._unable(child_id, duty)
        promised = post in (Post.OWNER, Post.PROMISER) and ":" in duty
        of_post = self._of_promise(post, child, duty) if promised else self._of(post, child)
        found = [r for r in of_post if r.channel in channels]
        if post in TOLD:
            # Told once, by the way they chose of those there are; a mailbox is nobody's way.
            found = list({(r.user_id, r.mailbox_id): r for r in reversed(found)}.values())[::-1]
        return [r for r in dict.fromkeys(found) if r.user_id is None or r.user_id not in kept]

    def _of_promise(self, post: Post, child: ChildFacts, duty: str) -> Iterable[Recipient]:
        """Who is asked for what somebody promised, and whoever of another house promised it, who is reminded."""
        self._promises = self._promises or promisers.read(self.authority.keys(), at=self.at)
        action = self._promises.of(duty)
        if action is None:
            return
        if post == Post.PROMISER:
            elsewhere = self._promises.elsewhere(action, at=self.at)
            yield from (way for person in elsewhere for way in ways(post, person))
        elif action.owner_kind == OwnerKind.COUNCIL:
            yield from self._owner(action.owner, child)
        else:
            # The council owns the plan: where another does it, the child's social worker is asked.
            yield from (replace(one, post=post) for one in self._worker(child))

    def _owner(self, owner: User | None, child: ChildFacts) -> Iterable[Recipient]:
        """Whoever promised this, as long as they work with the child; of a manager who is away who acts in their post."""
        child_id = child.child.pk
        if owner is not None and access.may(owner, child.child, Permission.CHANGE_CHILD, at=self.at):
            instead = self.managers.in_place_of(owner.pk, self.authority[child_id], child_id)
            for person in instead or [owner]:
                yield from ways(Post.OWNER, person)
            allocation = self.allocation.get(child_id)
            if allocation is not None and allocation.worker_id == owner.pk:
                yield from self._in_place(Post.OWNER, child)

    def _unable(self, child_id: int, duty: str) -> set[int]:
        """Who cannot do what the clock is about: nobody signs an assessment or a plan of their own."""
        if duty != Paper.SIGN_OFF:
            return set()
        if self._writers is None:
            self._writers = sign_offs.writers(self.authority)
        return {self._writers[child_id]} if child_id in self._writers else set()

    def standing(self, post: Post, authority_id: int, team_id: int | None = None) -> list[Recipient]:
        """The duty desk of an authority, by whoever is on shift and by its mailboxes, or who stands above it; of no child."""
        found = self._duty(authority_id) if post == Post.DUTY else self._leading(post, authority_id, team_id)
        return list(dict.fromkeys(found))

    def seconds_of(self, authority_id: int) -> list[Recipient]:
        """The second person on that desk's rota."""
        return list(dict.fromkeys(self._second(authority_id)))

    def second_for(self, child: ChildFacts) -> list[Recipient]:
        """Who is second on the rota for this child; where nobody is, whoever stands above the desk."""
        tried = (self.resolve(post, child, channels) for post, channels in _RESERVE)
        return next((found for found in tried if found), [])

    def _of(self, post: Post, child: ChildFacts) -> Iterable[Recipient]:
        return _STANDING[post](self, child, self.authority[child.child.pk])

    def _worker(self, child: ChildFacts) -> Iterable[Recipient]:
        allocation = self.allocation.get(child.child.pk)
        worker = allocation.worker if allocation is not None else None
        if allocation is not None and worker is not None and (worker.pk, allocation.team_id) in self.workers:
            yield from ways(Post.WORKER, worker)
            yield from self._in_place(Post.WORKER, child)

    def _in_place(self, post: Post, child: ChildFacts) -> Iterable[Recipient]:
        """Who hears as well while the social worker is away: whoever covers, and where nobody does the team's manager."""
        absence = self.absences.get(child.child.pk)
        if absence is None or not absence.is_away(self.at):
            return
        cover = absence.cover(self.at)
        if cover is not None:
            yield from ways(post, cover.covered_by)
            return
        team = absence.allocation.team
        leading = self.managers.acting(Reach.TEAM, team.authority_id, team.pk, child.child.pk)
        for one in leading or self.managers.acting(Reach.SERVICE, team.authority_id, None, child.child.pk):
            yield from ways(post, one)

    def _guardians(self, post: Post, child: ChildFacts) -> Iterable[Recipient]:
        for guardian in self.guardians[child.child.pk]:
            yield from ways(post, guardian)

    def _over_guardians(self, child: ChildFacts) -> Iterable[Recipient]:
        """Who leads the services whose guardians watch over the child, and where nobody does who heads them."""
        if self._over is None:
            self._over = within_reach.leading(self.authority, at=self.at)
        held = self._over.get(child.child.pk, [])
        for membership in [one for one in held if one.reach != Reach.DIRECTORATE] or held:
            yield Recipient(Post.CHECKS_LEAD, Channel.MAIL, user_id=membership.user_id)

    def _of_service(self, post: Post, child: ChildFacts) -> Iterable[Recipient]:
        """Who leads the service to which the child is referred, and where nobody does who heads it; or its head alone."""
        if self._of_services is None:
            self._of_services = referrals.leading(self.authority, at=self.at)
        held = self._of_services.get(child.child.pk, [])
        leads = [one for one in held if one.reach != Reach.DIRECTORATE and post == Post.SERVICE_LEAD]
        for membership in leads or [one for one in held if one.reach == Reach.DIRECTORATE]:
            yield Recipient(post, Channel.MAIL, user_id=membership.user_id)

    def _forces(self, child: ChildFacts) -> Iterable[Recipient]:
        for force_id in self.forces[child.child.pk]:
            for box in self.mailboxes:
                if box.force_id == force_id and box.purpose in FORCE_PURPOSES:
                    yield Recipient(Post.FORCE, Channel.MAIL, mailbox_id=box.pk, force_id=force_id)

    def _area_force(self, child: ChildFacts) -> Iterable[Recipient]:
        if self._areas is None:
            self._areas = area_forces.by_child(self.authority, at=self.at)
        return self._areas.get(child.child.pk, [])

    def _officer(self, child: ChildFacts) -> Iterable[Recipient]:
        if self._officers is None:
            self._officers = reviewers.by_child(self.ids, at=self.at)
        officer = self._officers.get(child.child.pk)
        return ways(Post.OFFICER, officer) if officer is not None else ()

    def is_hosted(self, child: ChildFacts) -> bool:
        """Whether the child lives in another authority's area."""
        placement, child_id = child.placement, child.child.pk
        own = {self.authority.get(child_id), *self.predecessors.get(child_id, ())}
        return placement is not None and placement.host_authority_id not in own

    def _host_duty(self, child: ChildFacts) -> Iterable[Recipient]:
        placement = child.placement
        if placement is not None and self.is_hosted(child):
            host_id = placement.host_authority_id
            for authority_id, areas in self.stands_for.items():
                if host_id in areas:
                    yield from self._boxes(Post.HOST_DUTY, authority_id, Mailbox.Purpose.HOST_DUTY)

    def _home(self, child: ChildFacts) -> Iterable[Recipient]:
        """The home's phone; a home that is one kept-from carer's own, or the address of somebody kept from it, is not told."""
        placement = child.placement
        if placement is None:
            return
        people = self.carers.get(placement.home_id or 0, set())
        kept = self.kept.get(child.child.pk, set())
        if people - kept or (not people and not self.is_kept_number(child.child.pk, placement.phone)):
            yield Recipient(Post.HOME, Channel.TEXT, phone=placement.phone)

    def _duty(self, authority_id: int) -> list[Recipient]:
        """The desk of an authority, looked for once for all its children."""
        if authority_id not in self._desks:
            self._desks[authority_id] = list(self._on_duty(authority_id))
        return self._desks[authority_id]

    def _duty_of(self, child_id: int, authority_id: int) -> Iterable[Recipient]:
        """The desk for this child: where it is kept from everybody on shift, at once the second person and the desk's own phone.

        A mailbox is read by nobody at night, and the second would be told a quarter of an hour later at each step.
        """
        desk, kept = self._duty(authority_id), self.kept.get(child_id, set())
        yield from desk
        on_shift = [one for one in desk if one.user_id is not None]
        if not on_shift or not all(one.user_id in kept for one in on_shift):
            return
        in_hand = {escorts.dialled(one.phone) for one in on_shift}
        others = [replace(one, post=Post.DUTY) for one in self._second(authority_id)]
        for one in [*others, *self._desk_phones(authority_id)]:
            if escorts.dialled(one.phone) not in in_hand and not self.is_kept_number(child_id, one.phone):
                yield one

    def _on_duty(self, authority_id: int) -> Iterable[Recipient]:
        shifts = [shift for shift in self.shifts[authority_id] if shift.phone]
        for shift in shifts:
            yield Recipient(Post.DUTY, Channel.TEXT, user_id=shift.person_id, phone=shift.phone)
        if not shifts:
            yield from self._desk_phones(authority_id)
        for box in self.mailboxes:
            if (
                box.purpose == Mailbox.Purpose.DUTY
                and box.team is not None
                and box.team.authority_id == authority_id
            ):
                yield Recipient(Post.DUTY, Channel.MAIL, mailbox_id=box.pk)

    def _desk_phones(self, authority_id: int) -> Iterable[Recipient]:
        for team in self.duty_teams[authority_id]:
            if team.phone:
                yield Recipient(Post.DUTY, Channel.TEXT, phone=team.phone)

    def _second(self, authority_id: int) -> Iterable[Recipient]:
        """The second person of the shift; where the rota names none, the team's second number."""
        seconds = [shift for shift in self.shifts[authority_id] if shift.second_phone]
        for shift in seconds:
            yield Recipient(Post.SECOND, Channel.TEXT, user_id=shift.second_id, phone=shift.second_phone)
        for team in () if seconds else self.duty_teams[authority_id]:
            if team.second_phone:
                yield Recipient(Post.SECOND, Channel.TEXT, phone=team.second_phone)

    def _managers(self, post: Post, child: ChildFacts, authority_id: int) -> Iterable[Recipient]:
        held = self.allocation.get(child.child.pk)
        yield from self._leading(post, authority_id, held.team_id if held else None, child.child.pk)

    def _leading(
        self, post: Post, authority_id: int, team_id: int | None, child_id: int = 0
    ) -> Iterable[Recipient]:
        """The managers of that team, or of every team where none is given; the heads; the directors."""
        reach = {Post.MANAGER: Reach.TEAM, Post.HEAD: Reach.SERVICE, Post.DIRECTOR: Reach.DIRECTORATE}[post]
        for person in self.managers.acting(reach, authority_id, team_id, child_id):
            yield Recipient(post, Channel.MAIL, user_id=person.pk)
            if person.phone:
                for channel in (Channel.TEXT, Channel.VOICE):
                    yield Recipient(post, channel, user_id=person.pk, phone=person.phone)

    def _receiver(self, post: Post, child: ChildFacts) -> Iterable[Recipient]:
        """Who stands there for the receiver, and where nobody does whoever stands above; of a restricted child those named."""
        transfer = self.coming.get(child.child.pk)
        if transfer is None or transfer.receiver_id is None:
            return
        named, kept = self.named.get(child.child.pk), self.kept.get(child.child.pk, set())
        for above in RECEIVER[RECEIVER.index(post) :]:
            found = [
                replace(one, post=post)
                for one in self._of_receiver(above, transfer)
                if one.user_id not in kept and (named is None or one.user_id in named)
            ]
            if found:
                yield from found
                return

    def _of_receiver(self, post: Post, transfer: Transfer) -> Iterable[Recipient]:
        authority_id = transfer.receiver_id or 0
        if post == Post.RECEIVER_DUTY:
            yield from self._duty_of(transfer.child_id, authority_id)
        elif post == Post.RECEIVER_MANAGER:
            yield from self._leading(Post.MANAGER, authority_id, transfer.team_id, transfer.child_id)
        else:
            yield from self._leading(Post.HEAD, authority_id, None, transfer.child_id)
            yield from self._leading(Post.DIRECTOR, authority_id, None, transfer.child_id)

    def _boxes(self, post: Post, authority_id: int, purpose: str) -> Iterable[Recipient]:
        for box in self.mailboxes:
            if box.authority_id == authority_id and box.purpose == purpose:
                yield Recipient(post, Channel.MAIL, mailbox_id=box.pk)


# Whom a duty task goes to that nobody on shift has taken, or can be told of, and how; the next where nobody stands there.
_RESERVE = (
    (Post.SECOND, (Channel.TEXT,)),
    (Post.MANAGER, (Channel.TEXT, Channel.MAIL)),
    (Post.HEAD, (Channel.TEXT, Channel.MAIL)),
    (Post.DIRECTOR, (Channel.TEXT, Channel.MAIL)),
)
# How each post is looked up, by the child and the authority that is responsible for it.
_STANDING: Mapping[Post, Callable[[Directory, ChildFacts, int], Iterable[Recipient]]] = {
    Post.HOME: lambda of, child, _: of._home(child),
    Post.DUTY: lambda of, child, authority_id: of._duty_of(child.child.pk, authority_id),
    Post.SECOND: lambda of, _, authority_id: of._second(authority_id),
    Post.WORKER: lambda of, child, _: of._worker(child),
    Post.GUARDIAN: lambda of, child, _: of._guardians(Post.GUARDIAN, child),
    Post.CHECKS: lambda of, child, _: of._guardians(Post.CHECKS, child),
    Post.CHECKS_LEAD: lambda of, child, _: of._over_guardians(child),
    Post.MANAGER: lambda of, child, authority_id: of._managers(Post.MANAGER, child, authority_id),
    Post.FORCE: lambda of, child, _: of._forces(child),
    Post.AREA_FORCE: lambda of, child, _: of._area_force(child),
    Post.REVIEWING: lambda of, _, authority_id: of._boxes(
        Post.REVIEWING, authority_id, Mailbox.Purpose.REVIEWING
    ),
    Post.OFFICER: lambda of, child, _: of._officer(child),
    Post.HOST_DUTY: lambda of, child, _: of._host_duty(child),
    Post.HEAD: lambda of, child, authority_id: of._managers(Post.HEAD, child, authority_id),
    Post.DIRECTOR: lambda of, child, authority_id: of._managers(Post.DIRECTOR, child, authority_id),
    Post.RECEIVER_DUTY: lambda of, child, _: of._receiver(Post.RECEIVER_DUTY, child),
    Post.RECEIVER_MANAGER: lambda of, child, _: of._receiver(Post.RECEIVER_MANAGER, child),
    Post.RECEIVER_HEAD: lambda of, child, _: of._receiver(Post.RECEIVER_HEAD, child),
    Post.SERVICE_LEAD: lambda of, child, _: of._of_service(Post.SERVICE_LEAD, child),
    Post.SERVICE_HEAD: lambda of, child, _: of._of_service(Post.SERVICE_HEAD, child),
    Post.PROMISER: lambda *_: (),
    # The mail to an owner may name other paper, of which they heard as the worker.
    Post.OWNER: lambda of, child, _: of._worker(child),
}


def directory(
    children: Collection[ChildFacts], *, supposed: Mapping[int, Collection[int]] | None = None, at: datetime
) -> Directory:
    """Read everybody whom the ladders of `children` could reach at `at`.

    `supposed` names the forces of an episode that is only thought of, by child.
    """
    return Directory(at, children, supposed=supposed or {})


def desks(authority_ids: Collection[int], *, at: datetime) -> Directory:
    """Read the duty desks of these authorities at `at`, for what is about their homes and no child."""
    return Directory(at, of_desks=authority_ids)

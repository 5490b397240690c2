"""The managers' posts whose holder is away or will be: who stands there meanwhile, and in words who is told where nobody does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from cases import acting, worker_absences
from cases.models import ManagerCover, Membership, User, WorkerLeave
from cases.moves import isolated


@dataclass(frozen=True)
class Away:
    """A manager's post whose holder is away or will be, and by what another stands there meanwhile."""

    membership: Membership
    leave: WorkerLeave
    cover: ManagerCover | None
    # Where the leave has begun and nobody covers: who is told, and whether they are told anyhow, by the same post.
    told: tuple[User, ...] = ()
    beside: bool = False

    @property
    def person(self) -> User:
        return self.membership.user

    @property
    def is_told_on_leave(self) -> bool:
        """Whether nobody else is told, so that whoever is away is told after all."""
        return self.person in self.told

    def words(self, reader: User, *, at: datetime) -> str:
        """Who acts there, as `reader` is to read it: what falls to them, or to whom else it does."""
        if self.cover is not None:
            by = self.cover.covered_by
            return _("You cover.") if by == reader else _("%(name)s covers.") % {"name": isolated(by.name)}
        if self.leave.starts_at > at:
            return _("Nobody covers yet.")
        if self.is_told_on_leave or not self.told:
            return _("Nobody is told in their place.")
        return self._told_words(reader)

    def _told_words(self, reader: User) -> str:
        names = {"names": ", ".join(isolated(person.name) for person in self.told)}
        if reader in self.told:
            if self.beside:
                return _("Nobody covers: you hold the same post, and are told as before.")
            return _("Nobody covers: you are told instead.")
        if self.beside:
            return _("Nobody covers. Who holds the same post is told as before: %(names)s.") % names
        return _("Nobody covers. Told instead: %(names)s.") % names


def read(posts: Collection[Membership], at: datetime) -> list[Away]:
    """Those of these posts whose holder is away at `at` or will be: who is gone with nobody in their place first.

    Three questions, and up to four more where somebody is away without cover.
    """
    leaves = worker_absences.workers_away([one.user for one in posts], at)
    away = [one for one in posts if one.user_id in leaves]
    rows = ManagerCover.objects.accepted().filter(membership__in=away).select_related("covered_by")
    coming = {(one.membership_id, one.leave_id): one for one in rows.filter(starts_at__gt=at)}
    held = {one.membership_id: one for one in rows.holding(at)}
    found = []
    for one in away:
        leave = leaves[one.user_id]
        begun = leave.starts_at <= at
        cover = held.get(one.pk) if begun else coming.get((one.pk, leave.pk))
        found.append(Away(one, leave, cover))
    told = _with_told(found, at)
    return sorted(told, key=lambda one: (one.cover is not None, one.leave.starts_at, one.membership.pk))


def _with_told(found: Collection[Away], at: datetime) -> list[Away]:
    """The same, with who is told of each that nobody covers now."""
    bare = [one.membership for one in found if one.cover is None and one.leave.starts_at <= at]
    authorities = {post.team.authority_id for post in bare if post.team is not None}
    if not authorities:
        return list(found)
    managers = acting.of_authorities(authorities, at=at)
    beside = {post.pk: managers.beside(post) for post in bare}
    told = {post.pk: beside[post.pk] or managers.instead_of(post) for post in bare}
    return [_told(one, told, beside) if one.membership.pk in told else one for one in found]


def _told(one: Away, told: Mapping[int, list[User]], beside: Mapping[int, list[User]]) -> Away:
    pk = one.membership.pk
    return replace(one, told=tuple(dict.fromkeys(told[pk])), beside=bool(beside[pk]))

"""Who acts on each level of managers: the holders of its posts, whoever covers for one who is away, or whoever stands above."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from cases import barred, worker_absences
from cases.models import Membership, Reach, Role, User
from cases.worded import worded

# Who stands above whom, the next first.
_ABOVE: Mapping[str, tuple[Reach, ...]] = {
    Reach.TEAM: (Reach.SERVICE, Reach.DIRECTORATE),
    Reach.SERVICE: (Reach.DIRECTORATE,),
    Reach.DIRECTORATE: (),
}


@dataclass
class Managers:
    """The managers of some authorities, with who stands in for those who are away."""

    held: dict[tuple[int, str], list[Membership]] = field(default_factory=lambda: defaultdict(list))
    # By a post whose holder is away: who stands there meanwhile, None for nobody.
    in_post: Mapping[int, User | None] = field(default_factory=dict)
    # Of the restricted records among the children, while a manager is away: to whom each is open by name.
    open_to: Mapping[int, set[int]] = field(default_factory=dict)
    # By child: from whom it is kept, who covers for nobody here.
    kept: Mapping[int, Collection[int]] = field(default_factory=dict)

    def acting(self, reach: Reach, authority_id: int, team_id: int | None, child_id: int = 0) -> list[User]:
        """Who acts there for this child: of managers who are away whoever covers, and where nobody does whoever is above.

        Where nobody is above either those who are away are told after all: a holiday is no reason for nobody to hear.
        """
        kept = self.kept.get(child_id, ())
        own = self._of(reach, authority_id, team_id)
        people = [person for one in own for person in self._standing_in(one, child_id, kept)]
        named = self.open_to.get(child_id)
        all_there = not any(one.pk in self.in_post for one in own)
        if all_there or (people and (named is None or named & {person.pk for person in people})):
            return people
        above = [*people, *self._above(reach, authority_id, child_id, kept)]
        return above or [one.user for one in own]

    def beside(self, post: Membership) -> list[User]:
        """Who acts in the same posts as one whose holder is away, themselves or by cover: told of all that it is told of."""
        own = self._of(post.reach, self._authority(post), post.team_id)
        return [person for one in own for person in self._standing_in(one, 0, ())]

    def instead_of(self, post: Membership) -> list[User]:
        """Who is told in place of whoever holds this post: as `acting` says of a child who is kept from nobody."""
        return self.acting(Reach(post.reach), self._authority(post), post.team_id)

    def leading(self, post: Membership) -> list[User]:
        """Who leads this post and is there, of the nearest level alone; where nobody is, whoever covers for such a one.

        As `supervising.posts_led` has it: by a post of their own, beside it or above, and of a team's alone above. Where
        all of them are away and nobody covers, the nearest of those after all, as `acting` has it.
        """
        own = () if post.reach == Reach.TEAM else (Reach(post.reach),)
        levels = [self._of(reach, self._authority(post), None) for reach in (*own, *_ABOVE[post.reach])]
        others = [[one for one in level if one.user_id != post.user_id] for level in levels]
        there = [[one.user for one in level if one.pk not in self.in_post] for level in others]
        covers = [[self.in_post.get(one.pk) for one in level] for level in others]
        by_cover = [[one for one in level if one is not None and one.pk != post.user_id] for level in covers]
        away = [[one.user for one in level] for level in others]
        return next((people for people in (*there, *by_cover, *away) if people), [])

    def in_place_of(self, person_id: int, authority_id: int, child_id: int) -> list[User]:
        """Who acts for this child in the posts there of one who is away; nobody where they are there, or hold none."""
        held = [one for reach in _ABOVE for one in self._of(reach, authority_id, None)]
        posts = [one for one in held if one.user_id == person_id and one.pk in self.in_post]
        acting = [self.acting(Reach(one.reach), authority_id, one.team_id, child_id) for one in posts]
        return list(dict.fromkeys(person for people in acting for person in people))

    @staticmethod
    def _authority(post: Membership) -> int:
        return post.team.authority_id if post.team is not None else 0

    def _above(self, reach: Reach, authority_id: int, child_id: int, kept: Collection[int]) -> list[User]:
        """The next who is there; of a restricted record the next who is named, and all above where nobody is."""
        named = self.open_to.get(child_id)
        levels = []
        for above in _ABOVE[reach]:
            held = self._of(above, authority_id, None)
            found = [person for one in held for person in self._standing_in(one, child_id, kept)]
            told = [person for person in found if person.pk not in kept]
            if told and (named is None or any(person.pk in named for person in told)):
                return [person for person in told if named is None or person.pk in named]
            levels += told
        return levels

    def _of(self, reach: str, authority_id: int, team_id: int | None) -> list[Membership]:
        held = self.held[authority_id, reach]
        return [one for one in held if reach != Reach.TEAM or team_id in (None, one.team_id)]

    def _standing_in(self, one: Membership, child_id: int, kept: Collection[int]) -> list[User]:
        """Nobody where its holder is away and whoever covers may not know of the child."""
        if one.pk not in self.in_post:
            return [one.user]
        cover = self.in_post[one.pk]
        if cover is None or cover.pk in kept:
            return []
        return [cover] if cover.pk in self.open_to.get(child_id, {cover.pk}) else []


def of_authorities(ids: Collection[int], *, at: datetime) -> Managers:
    """The managers of these authorities, for what is about no child; none asks nothing."""
    if not ids:
        return Managers()
    return read(leading({*ids}, at), (), kept={}, at=at)


@worded
def leading(authorities: Any, at: Any) -> QuerySet[Membership]:
    """The managers of these authorities, each with the person and the team."""
    held = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__authority__among=authorities)
    return held.select_related("user", "team").order_by("pk")


def read(
    rows: Iterable[Membership],
    child_ids: Collection[int],
    *,
    kept: Mapping[int, Collection[int]],
    at: datetime,
) -> Managers:
    """Sort these managers by authority and reach, with who is away: a question more only while somebody is."""
    posts = [one for one in rows if one.role == Role.TEAM_MANAGER and one.team is not None]
    found = Managers(in_post=worker_absences.in_post(posts, at) if posts else {}, kept=kept)
    for one in posts:
        if one.team is not None:
            found.held[one.team.authority_id, one.reach].append(one)
    if found.in_post:
        found.open_to = barred.named_for(list(child_ids), at)
    return found

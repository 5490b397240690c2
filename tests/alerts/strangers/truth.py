"""Who may reach which child of the stranger machine, by what is true and by nothing that the product says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from cases.access import MATRIX, Permission, Relation
from cases.models import Reach, Role, User
from tests.alerts.promise.world import Stage
from tests.alerts.strangers.world import Known, World

anybody = st.integers(0, 30)


class Truth(Stage):
    """It is kept in plain Python, beside the database; each act that came to something says what is another now."""

    world: World
    known: list[Known]
    # The roles that people hold, and who is on shift at each desk with whom.
    posts: dict[int, Any]
    shifts: dict[int, tuple[User, User]]

    def do(self, what: Callable[..., Any], /, *words: Any, **facts: Any) -> Any:
        """No two acts at one instant, as in `tried`."""
        done = super().do(what, *words, **facts)
        self.came_of_it(done)
        self.now += timedelta(minutes=1)
        return done

    def came_of_it(self, done: Any) -> None:
        """What such an act makes true; whoever keeps something beside the roles adds it here."""

    def person(self, who: int) -> User:
        return self.world.people[who % len(self.world.people)]

    def by(self) -> User:
        return self.world.people[1]

    def about(self, child_id: int) -> Known:
        return self.known[[child.pk for child in self.world.children].index(child_id)]

    def side(self, n: int) -> int:
        """On which side of the border the child is."""
        return self.world.authorities.index(self.known[n].authority)

    def opens(self, person: User, known: Known, permission: Permission) -> bool:
        post = self.posts.get(person.pk)
        if post is None or person.pk in known.kept or not self.is_open_to(person.pk, known):
            return False
        return any(
            post.role == role and self.stands(post, known, relation) for role, relation in MATRIX[permission]
        )

    def stands(self, post: Any, known: Known, relation: Relation) -> bool:
        if relation == Relation.HOME:
            return post.home is not None and post.home == known.home
        if relation == Relation.HOST:
            return known.home is not None and post.team.authority == known.home.authority
        if relation == Relation.GUARDIAN:
            return known.guardian is not None and known.guardian.pk == post.user_id
        if relation == Relation.ADDRESSED:
            mine = known.guardian is not None and known.guardian.pk == post.user_id
            return mine and known.addressed
        if relation == Relation.SERVICE:
            return post.supervises and known.guardian is not None and post.service == self.world.service
        if relation == Relation.FORCE:
            return post.force_id in known.forces
        if post.team.authority != known.authority:
            return False
        wide = post.role == Role.TEAM_MANAGER and post.reach != Reach.TEAM
        if relation == Relation.AUTHORITY or wide:
            return True
        if relation == Relation.WORKER:
            theirs = known.worker is not None and known.worker.pk == post.user_id
            return theirs and known.team == post.team
        return relation == Relation.TEAM and known.team == post.team

    def is_open_to(self, person: int, known: Known) -> bool:
        """Whether no restriction stands between: for those named, for who answers duty, for heads where no manager is."""
        if known.named is None:
            return True
        named = {pk for pk, until in known.named.items() if until is None or until > self.now}
        here = {pk: p for pk, p in self.posts.items() if p.team and p.team.authority == known.authority}
        # Who decides about the child: a manager of another team, or of none it is with, does not.
        managers = {
            pk
            for pk, post in here.items()
            if post.role == Role.TEAM_MANAGER and (post.reach != Reach.TEAM or post.team == known.team)
        }
        desk = {pk for pk, post in here.items() if post.role == Role.DUTY_DESK}
        first, second = self.shifts[self.world.authorities.index(known.authority)]
        may = named | ({first.pk, second.pk} & (managers | desk))
        if first.pk not in managers | desk or first.pk in known.kept:
            may |= desk
        if not (named & managers) - known.kept:
            may |= {pk for pk in managers if here[pk].reach != Reach.TEAM}
        return person in may

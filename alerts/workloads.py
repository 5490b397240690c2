"""Who has how much: each social worker's children with what is late among them, and whom their work can be given to."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from alerts import standings
from alerts.models import Clock
from alerts.standings import LOOKED_FOR
from cases import access, supervising, worker_absences
from cases.access import Permission
from cases.models import Allocation, Authority, Mailbox, Membership, MissingEpisode, Role, User, WorkerLeave

# In these words somebody is asked to see the child now, once the window is open.
_DUE = frozenset({"due", "not_seen_yet"})


@dataclass(frozen=True)
class Load:
    """One social worker's children, as ids: all of them, and those of each column."""

    worker: User
    # Whether the worker still has the role: work that stays with somebody who left is nobody's.
    here: bool
    children: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    no_record: list[int] = field(default_factory=list)
    due: list[int] = field(default_factory=list)
    # That the worker is away or will be, where they are.
    leave: WorkerLeave | None = None

    def shown(self, column: str) -> list[int]:
        """The children of a column by the name it has in an address; all of them for no such name."""
        return {"missing": self.missing, "no-record": self.no_record, "due": self.due}.get(
            column, self.children
        )


def read(user: User, *, of: int | None = None, now: datetime) -> list[Load]:
    """Read the loads of the workers whose work `user` may give away, most children first, in a fixed number of queries.

    With `of`, the id of one worker, the children of that one alone are looked at.
    """
    here = {membership.user_id: membership.user for membership in workers(user, now=now)}
    held: dict[int, list[int]] = defaultdict(list)
    current = Allocation.objects.current(now).filter(child=OuterRef("pk"))
    found = access.children(user, Permission.ALLOCATE, at=now).open(now)
    having = found.annotate(worker=Subquery(current.values("worker")[:1])).exclude(worker=None)
    if of is not None:
        having = having.filter(worker=of)
    for child_id, worker_id in having.order_by("pk").values_list("pk", "worker"):
        held[worker_id].append(child_id)
    episode = MissingEpisode.objects.open().filter(child=OuterRef("pk"))
    contact = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.CONTACT)
    asked = contact.filter(Q(due_at__lte=now) | Q(opens_at__lte=now))
    urgent = having.filter(Exists(episode) | Exists(asked)).values_list("pk", flat=True)
    words = standings.of(list(urgent), now=now)
    names = {**User.objects.in_bulk([pk for pk in held if pk not in here]), **here}
    away = worker_absences.workers_away(list(names.values()), now)
    loads = [
        Load(
            worker,
            worker.pk in here,
            held[worker.pk],
            [pk for pk in held[worker.pk] if pk in words and words[pk].tag in LOOKED_FOR],
            [pk for pk in held[worker.pk] if pk in words and words[pk].tag == "no_record"],
            [pk for pk in held[worker.pk] if pk in words and _is_due(words[pk], now)],
            away.get(worker.pk),
        )
        for worker in names.values()
    ]
    return sorted(loads, key=lambda load: (load.here, -len(load.children), load.worker.name, load.worker.pk))


def workers(user: User, *, now: datetime) -> list[Membership]:
    """The social workers to whom `user` may give work: of the team, or of the whole authority for whoever manages that."""
    return list(
        Membership.objects.current(now)
        .filter(role=Role.SOCIAL_WORKER, team__in=supervising.teams(user, at=now))
        .select_related("user", "team")
        .order_by("user__name", "pk")
    )


def people_of(user: User, *, now: datetime) -> set[int]:
    """The people with a role in a team that `user` manages, as ids."""
    members = Membership.objects.current(now).filter(team__in=supervising.teams(user, at=now))
    return set(members.values_list("user", flat=True))


def authorities_of(user: User, *, now: datetime) -> list[Authority]:
    """The authorities in which `user` manages a team."""
    return list(Authority.objects.filter(pk__in=supervising.teams(user, at=now).values("authority")))


def mailboxes_of(authorities: Collection[Authority], *, now: datetime) -> set[int]:
    """The mailboxes of these authorities, their teams and their forces, as ids."""
    owners = (
        Q(team__authority__in=authorities)
        | Q(authority__in=authorities)
        | Q(force__in=[authority.force_id for authority in authorities])
    )
    return set(Mailbox.objects.current(now).filter(owners).values_list("pk", flat=True))


def _is_due(one: standings.Standing, now: datetime) -> bool:
    return one.tag in _DUE and one.opens_at is not None and one.opens_at <= now

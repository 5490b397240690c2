"""From whom a child can be kept: whoever is near it, leads or hosts those who are, and anybody with an account by its address."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from cases import concerns, escorts, restrictions, supervising
from cases.deadlines import london_day
from cases.models import Authority, Child, Membership, Placement, Role, User
from cases.models.periods import current


def choices(child: Child, *, by: User, at: datetime) -> Sequence[Membership]:
    """Whom the page names, each once and never `by`: those beside the child first, then its authority's own staff.

    After them come those who supervise or head a guardian service that the child has or is referred to, who hear of it
    and see it without being beside it, and the duty desk of the area in which it lives. Of somebody from whom the child is
    kept it is as with a restricted record: left out for whoever may know of that mark, and for nobody else.
    """
    listed = restrictions.candidates(child, reader=by, at=at)
    led = Q(pk__in=supervising.supervisors_of(child, at=at).values("pk"))
    known = concerns.known_to(child, by, at=at).filter(current(at))
    further = (
        Membership.objects.current(at)
        .filter(led | _hosts(child, at), user__device_home=None)
        .exclude(user__in=known.values("user"))
        .exclude(user__in=[one.user_id for one in listed])
        .select_related("user", "team", "service")
        .order_by("user__name", "user", "pk")
    )
    rows = [*listed, *{row.user_id: row for row in further}.values()]
    return [row for row in rows if row.user_id != by.pk]


def has_account(child: Child, name: str, *, by: User, at: datetime) -> bool:
    """Whether somebody whom the page lists, or who has a mark that `by` knows of, is called that."""
    marked = concerns.known_to(child, by, at=at).filter(current(at), user__outside="")
    names = [one.user.name for one in choices(child, by=by, at=at)]
    names += marked.values_list("user__name", flat=True)
    return escorts.plain(name) in {escorts.plain(one) for one in names}


def with_mail(address: str) -> User | None:
    """Whoever signs in with this address, whether they work now or not; a device is nobody."""
    return User.objects.filter(email=address.strip().lower(), device_home=None, outside="").first()


def _hosts(child: Child, at: datetime) -> Q:
    """Of a row of roles: a duty desk of the area in which the child lives, which reads of it as long as it does."""
    areas = Placement.objects.current(at).filter(child=child).values_list("host_authority", flat=True)
    answering = Authority.objects.answering_for(*areas, day=london_day(at))
    return Q(role=Role.DUTY_DESK, team__authority__in=answering.values("pk"))

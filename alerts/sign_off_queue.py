"""What waits for a manager's second pair of eyes, whatever it is: who waits longest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.duties import Duty
from alerts.models import DutyStep
from alerts.profiles import name_of
from cases import access, planned_placements, sign_offs
from cases.access import Permission
from cases.models import Authority, Child, EpisodeDecision, PlacementApproval, PlannedStep, Reach, User
from cases.models.children import ChildQuerySet
from cases.sign_offs import What
from cases.states import EpisodeStatus

# What the director is asked of a placement before it begins.
AHEAD = "asked_ahead"
_TITLES: Mapping[str, Promise] = {
    What.ASSESSMENT: _("Risk assessment, to be signed or sent back"),
    What.PLAN: _("Safeguarding plan, to be signed"),
    PlacementApproval.Kind.ASKED: _("Distant placement, to be approved or refused"),
    AHEAD: _("Planned distant placement, to be approved or refused"),
    Duty.HOME_OFFICE: _("Missing: whether the Home Office is told"),
}


@dataclass(frozen=True)
class Row:
    """One thing that waits: what, of which child, since when, who wrote or asked it, and where it is read."""

    child: Child
    what: str
    since: datetime
    by: User | None
    href: str
    # Whoever wrote it does not sign it: another manager does.
    is_own: bool = False

    @property
    def title(self) -> str:
        return str(_TITLES[self.what])

    @property
    def name(self) -> str:
        return name_of(self.child)


def of(user: User, *, now: datetime) -> list[Row]:
    """All of it that `user` may sign or decide, and what they wrote themselves, in a fixed number of queries."""
    managed = access.children(user, Permission.KEEP_FROM, at=now).open(now)
    rows = [*_written(user, managed), *_placements(user, now), *_home_office(user, now)]
    return sorted(rows, key=lambda row: (row.since, row.child.pk, row.what))


def _written(user: User, managed: ChildQuerySet) -> Iterator[Row]:
    waiting = sign_offs.of(managed.values("pk"))
    children = Child.objects.in_bulk({one.child_id for one in waiting})
    people = User.objects.in_bulk({one.writer_id for one in waiting})
    for one in waiting:
        child = children[one.child_id]
        href = reverse("plan", args=[child.reference])
        if one.what == What.ASSESSMENT:
            href = reverse("assessment_read", args=[child.reference, one.key])
        is_own = one.writer_id == user.pk
        if is_own and one.what == What.ASSESSMENT:
            href = reverse("risk_assessments", args=[child.reference])
        yield Row(child, one.what, one.since, people[one.writer_id], href, is_own)


def _placements(user: User, now: datetime) -> Iterator[Row]:
    """What the director is asked, of the authorities that `user` directs."""
    held = access.memberships(user, now)
    # A director decides it in person: whoever stands in for one is asked for nothing that the page would refuse them.
    own_posts = [one for one in held if one.user_id == user.pk and one.reach == Reach.DIRECTORATE]
    directed = [one.team.authority_id for one in own_posts if one.team is not None]
    if not directed:
        return
    own = access.children(user, Permission.PLACE_CHILD, at=now).open(now)
    mine = own.filter(access.responsible(directed, now)).values("pk")
    later = PlacementApproval.objects.filter(placement=OuterRef("placement"), pk__gt=OuterRef("pk"))
    asked = PlacementApproval.objects.filter(
        kind=PlacementApproval.Kind.ASKED, placement__ends_at=None, child__in=mine
    )
    for row in asked.exclude(Exists(later)).select_related("child", "recorded_by"):
        href = reverse("placement_approval", args=[row.child.reference])
        yield Row(row.child, row.kind, row.recorded_at, row.recorded_by, href)
    steps = PlannedStep.objects.exclude(kind=PlannedStep.Kind.TOLD)
    anew = steps.filter(planned=OuterRef("planned"), pk__gt=OuterRef("pk"))
    ahead = steps.filter(kind=PlannedStep.Kind.ASKED, child__in=mine).exclude(Exists(anew))
    # Of an area that has become the authority's own nobody is asked any more.
    taken = Authority.objects.filter(Q(pk__in=directed) | Q(successors__in=directed)).values("pk")
    ahead = ahead.filter(planned__in=planned_placements.own(now)).exclude(planned__authority__in=taken)
    for step in ahead.select_related("child", "recorded_by"):
        href = reverse("planned_placement", args=[step.child.reference])
        yield Row(step.child, AHEAD, step.recorded_at, step.recorded_by, href)


def _home_office(user: User, now: datetime) -> Iterator[Row]:
    """A manager alone decides about it, from when a confirmed search has a police reference."""
    own = access.children(user, Permission.DECIDE_HOME_OFFICE, at=now).open(now)
    steps = DutyStep.objects.open().filter(kind=Duty.HOME_OFFICE, episode__child__in=own.values("pk"))
    open_ones = steps.exclude(episode__status=EpisodeStatus.ENDED)
    for step in open_ones.select_related("episode__child"):
        href = reverse("episode_decision", args=[step.episode.reference, EpisodeDecision.Kind.HOME_OFFICE])
        yield Row(step.episode.child, step.kind, step.owed_at, None, href)

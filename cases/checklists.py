"""What the receiver of a child is to have read: each item as it stands, and whether somebody has read it since it changed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import (
    Acknowledgement,
    Child,
    DetailsChange,
    Document,
    FindMeSection,
    LiveConcern,
    MissingEpisode,
    Photo,
    PlanAction,
    Risk,
    RiskGrade,
    SafetyPlan,
    Trafficking,
    Transfer,
    Trigger,
)
from cases.models.periods import current
from cases.models.triggers import AROUND

Item = Acknowledgement.Item
# A grade that says something to whoever is to look after the child tonight.
GRADED = (Risk.HIGH, Risk.MEDIUM)


@dataclass(frozen=True)
class Line:
    """One item: its title, of how many things it speaks, since when they stand, and who read it last."""

    item: str
    count: int
    since: datetime | None
    read: Acknowledgement | None
    # Of photos and documents: how many of which kind. What one is called stands in the record alone.
    kinds: Sequence[tuple[str, int]] = ()

    @property
    def title(self) -> str:
        return str(Item(self.item).label)

    @property
    def is_asked(self) -> bool:
        """Whether it is asked for on the phone, and how many there are is on no page."""
        return self.item == Item.KEPT

    @property
    def is_read(self) -> bool:
        """Whether it was read as it stands: what came on record after that is to be read again."""
        return self.read is not None and (self.since is None or self.read.at >= self.since)


def of(transfer: Transfer, *, at: datetime) -> list[Line]:
    """The checklist of a transfer; after the arrival as it stood at that moment."""
    until = transfer.known_until or at
    read = {row.item: row for row in transfer.acknowledgements.select_related("by")}
    found = []
    for item, stands in _STANDING.items():
        moments = stands(transfer.child, until)
        since = max(moments, default=None)
        kinds = _kinds(transfer.child, until) if item == Item.DOCUMENTS else ()
        found.append(Line(item, len(moments), since, read.get(item), kinds))
    return found


def _risks(child: Child, until: datetime) -> list[datetime]:
    """Since when each risk stands: a grade above low, signs of trafficking, live concerns, and days to watch for."""
    grade = RiskGrade.objects.filter(child=child, since__lte=until).order_by("-since").first()
    moments = [grade.since] if grade is not None and grade.risk in GRADED else []
    if child.trafficking == Trafficking.YES:
        moments.append(min(child.registered_at, until))
    concerns = LiveConcern.objects.filter(current(until), child=child)
    triggers = Trigger.objects.filter(child=child, happens_at__gt=until - AROUND)
    return [*moments, *_moments(concerns, "starts_at", until), *_moments(triggers, "recorded_at", until)]


def _episodes(child: Child, until: datetime) -> list[datetime]:
    return _moments(MissingEpisode.objects.open().filter(child=child), "opened_at", until)


def _profile(child: Child, until: datetime) -> list[datetime]:
    changed = _moments(DetailsChange.objects.filter(child=child), "changed_at", until)
    written = _moments(FindMeSection.objects.filter(child=child), "written_at", until)
    return [min(child.registered_at, until), *changed[-1:], *written[-1:]]


def _plan(child: Child, until: datetime) -> list[datetime]:
    return _moments(SafetyPlan.objects.filter(child=child), "recorded_at", until)[-1:]


def _actions(child: Child, until: datetime) -> list[datetime]:
    return _moments(_open_at(child, until).filter(placement=None), "recorded_at", until)


def _shortfalls(child: Child, until: datetime) -> list[datetime]:
    """Of the placement that stands; with one that ends nothing is left of what it could not keep."""
    stands = Q(placement__ends_at=None) | Q(placement__ends_at__gt=until)
    return _moments(_open_at(child, until).filter(stands, placement__isnull=False), "recorded_at", until)


def _open_at(child: Child, until: datetime) -> QuerySet[PlanAction]:
    return PlanAction.objects.filter(Q(ended_at=None) | Q(ended_at__gt=until), child=child)


def _kept(child: Child, until: datetime) -> list[datetime]:
    """The same of every child, with a mark or without: its count and its time would tell of one."""
    return [min(child.registered_at, until)]


def _documents(child: Child, until: datetime) -> list[datetime]:
    photos = _moments(Photo.objects.standing().filter(child=child), "uploaded_at", until)
    return [*photos, *_moments(Document.objects.standing().filter(child=child), "kept_at", until)]


def _kinds(child: Child, until: datetime) -> list[tuple[str, int]]:
    """The photos, then the documents of each kind that there are, in the order of the kinds."""
    photos = Photo.objects.standing().filter(child=child, uploaded_at__lte=until).count()
    held = Counter(Document.objects.held_by(until).filter(child=child).values_list("kind", flat=True))
    counts = [(_("Photos"), photos), *((str(kind.label), held[kind.value]) for kind in Document.Kind)]
    return [(label, count) for label, count in counts if count]


def _moments(rows: QuerySet[Any], name: str, until: datetime) -> list[datetime]:
    return list(rows.filter(**{f"{name}__lte": until}).order_by(name).values_list(name, flat=True))


_STANDING: Mapping[str, Callable[[Child, datetime], list[datetime]]] = {
    Item.RISKS: _risks,
    Item.EPISODES: _episodes,
    Item.PROFILE: _profile,
    Item.DOCUMENTS: _documents,
    Item.PLAN: _plan,
    Item.ACTIONS: _actions,
    Item.SHORTFALLS: _shortfalls,
    Item.KEPT: _kept,
}

"""What the receiver of a child is to have read: each item as it stands, and whether somebody has read it since it changed."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import (
    Acknowledgement,
    Child,
    DetailsChange,
    Document,
    FindMeSection,
    LiveConcern,
    MissingEpisode,
    MissingReport,
    Photo,
    PlanAction,
    Risk,
    RiskAssessment,
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
        changed = _CHANGED[item](transfer.child, until) if item in _CHANGED else ()
        since = max([*moments, *changed], default=None)
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


def _risks_changed(child: Child, until: datetime) -> Iterator[datetime]:
    """When the risks were assessed anew, and when one of them ended or was answered or taken back."""
    own, taken_back = Q(child=child), Q(child=child, topic="trafficking")
    yield from _last(RiskGrade, own, ("since",), until)
    yield from _last(RiskAssessment, own, ("recorded_at", "agreed_at"), until)
    yield from _last(LiveConcern, own, ("ends_at",), until)
    yield from _last(Trigger, own, ("answered_at",), until)
    yield from _last(DetailsChange, taken_back, ("changed_at",), until)


def _episodes(child: Child, until: datetime) -> list[datetime]:
    return _moments(MissingEpisode.objects.open().filter(child=child), "opened_at", until)


def _episodes_changed(child: Child, until: datetime) -> Iterator[datetime]:
    """When what is known of an open search changed, or one ended; not the rungs that it climbs, or nobody would be done."""
    steps = ("confirmed_at", "police_owed_at", "not_here_at", "reported_seen_at", "child_confirmed_at")
    yield from _last(MissingEpisode, Q(child=child), (*steps, "police_closed_at", "ended_at"), until)
    yield from _last(MissingReport, Q(episode__child=child), ("recorded_at",), until)


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


def _actions_changed(child: Child, until: datetime) -> Iterator[datetime]:
    yield from _last(PlanAction, Q(child=child), ("given_at", "ended_at"), until)


def _open_at(child: Child, until: datetime) -> QuerySet[PlanAction]:
    return PlanAction.objects.filter(Q(ended_at=None) | Q(ended_at__gt=until), child=child)


def _kept(child: Child, until: datetime) -> list[datetime]:
    """The same of every child, with a mark or without: its count and its time would tell of one."""
    return [min(child.registered_at, until)]


def _documents(child: Child, until: datetime) -> list[datetime]:
    photos = _moments(Photo.objects.standing().filter(child=child), "uploaded_at", until)
    return [*photos, *_moments(Document.objects.standing().filter(child=child), "kept_at", until)]


def _documents_changed(child: Child, until: datetime) -> Iterator[datetime]:
    yield from _last(Photo, Q(child=child), ("withdrawn_at",), until)
    yield from _last(Document, Q(child=child), ("withdrawn_at",), until)


def _kinds(child: Child, until: datetime) -> list[tuple[str, int]]:
    """The photos, then the documents of each kind that there are, in the order of the kinds."""
    photos = Photo.objects.standing().filter(child=child, uploaded_at__lte=until).count()
    held = Counter(Document.objects.held_by(until).filter(child=child).values_list("kind", flat=True))
    counts = [(_("Photos"), photos), *((str(kind.label), held[kind.value]) for kind in Document.Kind)]
    return [(label, count) for label, count in counts if count]


def _moments(rows: QuerySet[Any], name: str, until: datetime) -> list[datetime]:
    return list(rows.filter(**{f"{name}__lte": until}).order_by(name).values_list(name, flat=True))


def _last(model: type[models.Model], rows: Q, names: Sequence[str], until: datetime) -> Iterator[datetime]:
    """Of each of these instants the latest that was not after `until`, as far as there is one."""
    latest = {name: Max(name, filter=Q(**{f"{name}__lte": until})) for name in names}
    found = model._default_manager.filter(rows).aggregate(
        **{f"last_{name}": value for name, value in latest.items()}
    )
    yield from (moment for moment in found.values() if moment is not None)


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
# What is no more, or says something else, is to be read again as what is new is.
_CHANGED: Mapping[str, Callable[[Child, datetime], Iterator[datetime]]] = {
    Item.RISKS: _risks_changed,
    Item.EPISODES: _episodes_changed,
    Item.DOCUMENTS: _documents_changed,
    Item.ACTIONS: _actions_changed,
    Item.SHORTFALLS: _actions_changed,
}

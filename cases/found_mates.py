"""Somebody who went missing with others has been found: whoever looks for the others is told, child by child.

Each is a commit that holds the one child it writes about: who was found is held by whoever writes that down.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from cases import triggers
from cases.models import Child, Event, IncidentEpisode, MissingEpisode, Restriction, Trigger, User
from cases.states import NO_FIND, EpisodeStatus

# What somebody says three days after they were found is asked by the steps of their own ending.
LATELY = timedelta(hours=72)


def owing(at: datetime, *, without: QuerySet[Child]) -> QuerySet[IncidentEpisode]:
    """The rows of children who are looked for, of whose incident somebody was found of whom nobody was told yet.

    Who was found, was gone again and is found anew in one search is told of each time. While one is unanswered another is
    not told: both are asked in one call. `without` are children who are asked for by nobody, as those of a demonstration.
    """
    asked = Trigger.objects.filter(kind=Trigger.Kind.MATE_FOUND, child=OuterRef("child"), answered_at=None)
    rows = _sought().filter(~Exists(asked)).exclude(child__in=without)
    found = found_lately(at).filter(root=OuterRef("root")).exclude(child=OuterRef("child"))
    return rows.filter(Exists(found.filter(~Exists(_told(OuterRef(OuterRef("child")))))))


def is_left_to_people(episode: MissingEpisode, *, at: datetime) -> bool:
    """Whether others who went along with this child are looked for, whose desks hear nothing by us: its record is restricted."""
    if not Restriction.objects.current(at).filter(child=episode.child_id).exists():
        return False
    return _sought_beside(episode).exists()


def is_unheard(episode: MissingEpisode, *, at: datetime) -> bool:
    """Whether somebody who went along is looked for, and their desk neither heard of this find by us nor will.

    A record that was open again only after `LATELY` is told of by nobody.
    """
    sought = _sought_beside(episode)
    if Restriction.objects.current(at).filter(child=episode.child_id).exists():
        return sought.exists()
    if found_lately(at).filter(episode=episode).exists():
        return False
    found_at = episode.child_confirmed_at or episode.ended_at
    if found_at is None:
        return sought.exists()
    told = Trigger.objects.filter(child=OuterRef("child"), mate=episode, recorded_at__gte=found_at)
    return sought.filter(~Exists(told)).exists()


def beside_sought() -> QuerySet[Any]:
    """The rows of incidents of which somebody is looked for."""
    return _standing().filter(root__in=_sought().values("root"))


def _sought() -> QuerySet[Any]:
    """The rows of children who are looked for, and with whom nobody is."""
    sought = Q(episode__status=EpisodeStatus.MISSING) | Q(episode__police_owed_at__isnull=False)
    rows = _standing().filter(sought, episode__child_confirmed_at=None, child__is_drill=False)
    return rows.exclude(episode__status=EpisodeStatus.ENDED)


def _sought_beside(episode: MissingEpisode) -> QuerySet[Any]:
    """Those of them who went along with this child."""
    own = _standing().filter(episode=episode).values("root")
    return _sought().filter(root__in=own).exclude(child=episode.child_id)


def tell(pk: int, *, at: datetime, without: QuerySet[Child]) -> bool:
    """Enter it for the child of this row; False where nobody is owed it any more, and while somebody holds the child."""
    with transaction.atomic():
        child = (
            Child.objects.filter(pk__in=IncidentEpisode.objects.filter(pk=pk).values("child"))
            .unheld()
            .first()
        )
        row = owing(at, without=without).filter(pk=pk).select_related("episode").first()
        if child is None or row is None:
            return False
        found = found_lately(at).filter(~Exists(_told(child)), root=_root_of(row)).exclude(child=child)
        mate = found.select_related("episode").order_by("found_at", "pk")[0].episode
        by = mate.child_confirmed_by or mate.ended_by
        if by is None:
            return False
        row.episode.child = child
        triggers.of_found(row.episode, mate, by=by, at=at)
    return True


def needless() -> QuerySet[Trigger]:
    """Those that still ask what somebody knows who is no longer found: was gone again, or is to be confirmed anew."""
    stands = Q(mate__child_confirmed_at__isnull=False, mate__child_confirmed_at__lte=F("recorded_at"))
    stands &= ~Q(mate__outcome__in=NO_FIND)
    return Trigger.objects.filter(~stands, mate__isnull=False, answered_at=None)


def end(pk: int, *, at: datetime) -> bool:
    """Ask for this no more; False where nobody is asked for it any more, and while somebody holds the child."""
    with transaction.atomic():
        child = Child.objects.filter(triggers=pk).unheld().first()
        trigger = needless().filter(pk=pk).select_related("mate").first()
        if child is None or trigger is None:
            return False
        trigger.child = child
        # What is written down is English.
        with translation.override(settings.LANGUAGE_CODE):
            reason = _("This holds no more: that child is not confirmed as found.")
        triggers.needless(trigger, reason=reason, by=_voided_by(trigger), at=at)
    return True


def _voided_by(trigger: Trigger) -> User:
    """Who said last that the ending holds no more; whoever had confirmed it, where a mark that came back said so."""
    mate, entered_by = trigger.mate, trigger.recorded_by
    if mate is None or entered_by is None:
        raise TypeError(trigger)
    said = Event.objects.filter(child=mate.child_id, kind="ending_voided").select_related("actor")
    last = said.order_by("-number").first()
    return mate.ended_by or (last.actor if last is not None else None) or entered_by


def _told(child: Child | OuterRef) -> QuerySet[Trigger]:
    """What whoever looks for this child was told of the find in the row of the query around it."""
    return Trigger.objects.filter(
        child=child, mate=OuterRef("episode"), recorded_at__gte=OuterRef("found_at")
    )


def _root_of(row: IncidentEpisode) -> Any:
    return _standing().filter(pk=row.pk).values_list("root", flat=True).first()


def _standing() -> QuerySet[Any]:
    rows = IncidentEpisode.objects.filter(withdrawn_at=None)
    return rows.annotate(root=Coalesce("incident__merged_into", "incident"))


def found_lately(at: datetime) -> QuerySet[Any]:
    """Who was found lately by somebody's own eyes or call: where nobody was, `owing` finds none.

    A restricted record announces itself to nobody.
    A record that was late is no find, nor is the death of another child. Of a death the others are told too: what is known
    of it may find them.
    """
    closed = Restriction.objects.current(at).values("child")
    rows = _standing().annotate(found_at=Coalesce("episode__child_confirmed_at", "episode__ended_at"))
    rows = rows.filter(found_at__gt=at - LATELY, found_at__lte=at, episode__child_confirmed_by__isnull=False)
    rows = rows.exclude(episode__outcome__in=NO_FIND)
    return rows.exclude(child__in=closed).exclude(child__is_drill=True)

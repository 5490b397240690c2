"""The promise that the record cannot be edited, and that all of it is known from when it was: row by row, as questions."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Case, ExpressionWrapper, F, IntegerField, Max, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from alerts import force_successions
from cases import hand_overs, home_log, log
from cases.audit import destroyed
from cases.models import Child, Event, RowChange

BATCH = 500
# PostgreSQL destroys nothing before the event that says so: these tell of the change that follows them.
TELL_BEFORE = ("documents_destroyed", "passage_destroyed")


def broken_chains(now: datetime) -> Iterator[str]:
    names = dict(Child.objects.order_by("pk").values_list("pk", "reference"))
    ids = list(names)
    for start in range(0, len(ids), BATCH):
        for child_id, number in log.broken_links(ids[start : start + BATCH]):
            yield f"{names[child_id]} event {number}"


def broken_home_chains(now: datetime) -> Iterator[str]:
    return (f"home {home_id} event {number}" for home_id, number in home_log.broken_links())


def destroyed_unaccounted(now: datetime) -> Iterator[str]:
    """Words that are gone without two people and an event that says so."""
    return (f"{one.table} {one.row}" for one in destroyed.unaccounted())


def untold_changes(now: datetime) -> Iterator[str]:
    """A verb changed a row and wrote no event: what stood there before is known, and not until when."""
    follows = Case(When(kind__in=TELL_BEFORE, then=1), default=0)
    told = ExpressionWrapper(F("number") + follows, output_field=IntegerField())
    last = Event.objects.filter(child=OuterRef("child")).order_by("-number").values(told=told)[:1]
    newest = (
        RowChange.objects.filter(event__isnull=False).order_by().values("child").annotate(newest=Max("event"))
    )
    untold = newest.filter(newest__gt=Coalesce(Subquery(last), 0))
    for reference, number in untold.values_list("child__reference", F("newest")):
        yield f"{reference} event {number}"


def still_at_home(now: datetime) -> Iterator[str]:
    """The old home is rung for the child, its force is called, and nobody is asked where the child lives."""
    return (f"{one.journey.child.reference} journey {one.journey.pk}" for one in hand_overs.unended())


QUESTIONS = (
    (
        "no silence",
        "children, homes and searches of a police force that has ended and not of its successor",
        force_successions.left,
    ),
    ("the record cannot be edited", "events whose chain does not verify", broken_chains),
    (
        "the record cannot be edited",
        "passages destroyed without a correction and its event",
        destroyed_unaccounted,
    ),
    ("the record cannot be edited", "events of homes whose chain does not verify", broken_home_chains),
    ("no gap", "children handed over whose placement from before stands", still_at_home),
    ("the record cannot be edited", "changes of a child's rows that no event tells of", untold_changes),
)

"""The verbs of the children to look at: all of them made anew where those that stand are of an older story, or struck."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from alerts import demo
from alerts.demo_states import (
    ages,
    asked,
    assessed,
    booked,
    covered,
    endings,
    guarded,
    linked,
    moves,
    nameless,
    nowhere,
    placed_afar,
    planned,
    promised,
    signed,
    unguarded,
    victims,
    ways,
)
from alerts.demo_states.lot import POLICY, Shown, open_lot
from alerts.models import Clock, PolicyVersion
from cases.models import Acknowledgement, Child, Transfer
from cases.transfers import acknowledge

DAY = timedelta(days=1)
CHILDREN: tuple[Shown, ...] = (
    *moves.CHILDREN,
    *ages.CHILDREN,
    *victims.CHILDREN,
    *guarded.CHILDREN,
    *unguarded.CHILDREN,
    *covered.CHILDREN,
    *placed_afar.CHILDREN,
    *planned.CHILDREN,
    *nowhere.CHILDREN,
    *ways.CHILDREN,
    *assessed.CHILDREN,
    *signed.CHILDREN,
    *promised.CHILDREN,
    *booked.CHILDREN,
    *linked.CHILDREN,
    *asked.CHILDREN,
    *endings.CHILDREN,
)


def make(stage: demo.Stage, *, at: datetime) -> bool:
    """Make every child to look at, each in a commit of its own, unless all stand and are younger than a story.

    Return whether they were made. What was left of a start that was broken off is struck first. Found children who do
    not say who they are stand for themselves.
    """
    nameless.make(stage, at=at)
    if _stand(at):
        return False
    strike(stage, at=at)
    lot = open_lot(stage, at=at)
    for shown in CHILDREN:
        with transaction.atomic():
            shown.live(lot, shown)
    return True


def strike(stage: demo.Stage, *, at: datetime) -> None:
    """Take the children to look at off the stage."""
    _strike(_standing(), stage, at)


def strike_due(*, at: datetime) -> int:
    """Take those off the stage of whom somebody would hear within a day, and return how many: a demo left alone for weeks."""
    nameless.strike_due(at=at)
    due = Clock.objects.filter(due_at__isnull=False, next_at__lt=at + DAY)
    left = list(_standing().filter(pk__in=due.values("child")))
    if left:
        _strike(left, demo.set_stage(at=at), at)
    return len(left)


def _strike(children: Iterable[Child], stage: demo.Stage, at: datetime) -> None:
    duty, second = stage.cast["duty"], stage.cast["second"]
    for child in children:
        with transaction.atomic():
            for transfer in Transfer.objects.unread().filter(child=child):
                acknowledge(transfer, tuple(Acknowledgement.Item), by=duty, at=at)
            demo.strike(child, duty=duty, second=second, at=at)


def _standing() -> QuerySet[Child]:
    return Child.objects.filter(demo_watch__policy__key=POLICY, closed_at=None).order_by("pk")


def how_many() -> int:
    """How many children stand when all are made: those who stand on a list, and whom they bring."""
    return sum(1 + one.brings for one in CHILDREN)


def _stand(at: datetime) -> bool:
    last = PolicyVersion.objects.filter(key=POLICY).order_by("-version").first()
    if last is None or last.published_at <= at - demo.STORY_LASTS:
        return False
    return _standing().count() == how_many()

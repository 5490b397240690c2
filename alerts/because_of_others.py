"""What the sweep asks of children, and tells of them, because another is missing or was found."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet

from alerts import head_counts as policy
from alerts import policy_shelf
from cases import attempts, found_mates, head_counts
from cases.models import Child, HeadCount, IncidentEpisode, MissingEpisode, Trigger
from cases.worded import worded

logger = structlog.get_logger(__name__)

# Of whom one sweep asks because another child is missing, each a commit: one or two houses.
LOOKED_FOR_AT_MOST = 50
# What a sweep finds to wait: who may ask for others, and who may be told of a find, with what of each holds no more.
OTHERS, NEEDLESS, MATES, UNFOUND = WORKS = ("others", "needless", "mates", "unfound")


def tell(now: datetime, waiting: Collection[str]) -> int:
    """What one child is asked for, or told of, because another is missing or found; neither keeps the other from it.

    Of the works that `waiting` names alone: to write the question about another costs more than to ask it.
    """
    done = _look_for_others(now, waiting) if not {OTHERS, NEEDLESS}.isdisjoint(waiting) else 0
    return done + (_tell_of_found(now, waiting) if not {MATES, UNFOUND}.isdisjoint(waiting) else 0)


def _look_for_others(now: datetime, waiting: Collection[str]) -> int:
    """Ask for whoever is to be seen because another child is missing, child by child, and no more where none was.

    Each is a commit that holds that child alone: two reports of one home do not wait for one another. So many at a time
    that the rungs of all other children wait for no house; the next sweep asks for the rest.
    """
    try:
        needless = _needless_counts(now) if NEEDLESS in waiting else []
        asked = head_counts.asked(_owing(now), without=of_demonstration) if OTHERS in waiting else []
        within = _within({one.child_id for one in asked}, now)
    except Exception:
        logger.exception("others_not_found")
        attempts.count("others_not_found")
        return 0
    done = attempts.each(
        needless,
        lambda pk: head_counts.end(pk, at=now),
        fault="head_count_not_ended",
        most=LOOKED_FOR_AT_MOST,
    )
    return done + attempts.each(
        asked,
        lambda one: head_counts.ask(one, within=within[one.child_id], at=now),
        fault="head_count_not_asked",
        most=LOOKED_FOR_AT_MOST,
    )


def _within(child_ids: Collection[int], now: datetime) -> Mapping[int, timedelta]:
    """By how long after the asking each of these children is to be seen, by the policy of its own authority."""
    if not child_ids:
        return {}
    shelf, turns = policy_shelf.for_children(child_ids, policy.ROW)
    return {
        child_id: policy.within(policy.row_at(shelf.rows(turns.get(child_id, ())), now))
        for child_id in child_ids
    }


def _tell_of_found(now: datetime, waiting: Collection[str]) -> int:
    """Somebody of a group was found: whoever looks for the others is told, each in a commit of its own.

    First, nobody is asked on about a find that holds no more: the same child may be found anew.
    """
    try:
        done = attempts.each(
            _needless_finds() if UNFOUND in waiting else [],
            lambda pk: found_mates.end(pk, at=now),
            fault="found_mate_not_ended",
            most=LOOKED_FOR_AT_MOST,
        )
        owed = _untold_finds(now) if MATES in waiting else []
    except Exception:
        logger.exception("found_mates_not_sought")
        attempts.count("found_mates_not_sought")
        return 0
    return done + attempts.each(
        owed,
        lambda pk: found_mates.tell(pk, at=now, without=of_demonstration()),
        fault="found_mate_not_told",
        most=LOOKED_FOR_AT_MOST,
    )


@worded
def _owing(at: datetime) -> QuerySet[MissingEpisode]:
    return head_counts.owing(at, without=of_demonstration()).select_related("placement").order_by("pk")


@worded
def _needless_counts(at: datetime) -> QuerySet[HeadCount, int]:
    return head_counts.needless(at).order_by("pk").values_list("pk", flat=True)


@worded
def _needless_finds() -> QuerySet[Trigger, int]:
    return found_mates.needless().order_by("pk").values_list("pk", flat=True)


@worded
def _untold_finds(at: datetime) -> QuerySet[IncidentEpisode, int]:
    return found_mates.owing(at, without=of_demonstration()).order_by("pk").values_list("pk", flat=True)


def of_demonstration() -> QuerySet[Child]:
    """A story's child plays by a policy of seconds: half an hour is none of it."""
    return Child.objects.filter(demo_watch__isnull=False)

"""The one answer to the bell that every verb rings: who hears it, in which order, and who is not woken for nothing."""

from collections.abc import Collection
from datetime import datetime

from alerts import (
    after_steps,
    clocks,
    deaths,
    duty_tasks,
    guardian_checks,
    home_alerts,
    home_clocks,
    moved_calls,
    new_desks,
    pressed,
    replies,
    search_newcomers,
    watching,
)
from cases import presence
from cases.models import MissingEpisode
from cases.signals import children_changed

# Every few minutes somebody writes one of these, and no paper is due sooner or later for it, but for a guardian's check.
_CONTACT = "contact_recorded"
_NO_PAPER = frozenset({_CONTACT, "note_written", "head_count_asked", "head_count_ended"})
# Whom else the bell may concern; asked with all else that may be there of the children.
_OWN: presence.Questions = (
    clocks.OPEN_ALERT,
    duty_tasks.OPEN_TASK,
    home_clocks.AWAKE,
    guardian_checks.JUST_MADE,
    pressed.HELD,
)
_SEARCHED = MissingEpisode._meta.db_table


def listen() -> None:
    """Answer the bell in the commit of what rang it."""
    children_changed.connect(_on_children_changed, dispatch_uid="alerts.bell")


def _on_children_changed(
    sender: object, ids: Collection[int], at: datetime, kind: str = "", **kwargs: object
) -> None:
    if not ids:
        return
    papers = kind not in _NO_PAPER
    there = watching.asked(ids, papers=papers, more=_OWN, recent=at - home_clocks.LOOKED_BACK, at=at)
    # Of a child without an episode nothing but its clocks is written on the way, so what was there at first is there still.
    quiet = _SEARCHED not in there
    if not quiet:
        # Before the clocks, which read the steps that a new fact has planned or answered.
        after_steps.hear(ids, kind=kind, at=at)
    if pressed.HELD[0] in there:
        # Before the clocks, too: the fail-safe may be owed at once.
        pressed.let_go(ids, at=at)
    if kind == _CONTACT and guardian_checks.JUST_MADE[0] in there:
        clocks.recompute(ids, at=at)
    else:
        clocks.recompute(ids, papers=papers, there=there if quiet else None, at=at)
    if not quiet or duty_tasks.OPEN_TASK[0] in there:
        duty_tasks.hand_over(ids, at=at)
    moved_calls.follow(ids, kind=kind, at=at)
    new_desks.tell(ids, kind=kind, at=at)
    duty_tasks.pass_on(ids, kind=kind, at=at)
    if not quiet:
        search_newcomers.tell(ids, kind=kind, at=at)
        replies.pass_on(ids, kind=kind, at=at)
    deaths.hear(ids, kind=kind, at=at)
    if not quiet or home_clocks.AWAKE[0] in there:
        home_clocks.hear(ids, at=at)
    if home_clocks.AWAKE[0] in there:
        home_alerts.hand_over(ids, kind=kind, at=at)

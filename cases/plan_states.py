"""Where versions and actions of the safeguarding plan stand, and their tables of lawful moves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["ACTION_MOVES", "PLAN_MOVES", "ActionStage", "PlanStage"]


class PlanStage(TextChoices):
    """Whether a manager has signed a version of the plan, by its signature and whether a later one is on record."""

    UNSIGNED = "unsigned", _("Not signed yet")
    SIGNED = "signed", _("Signed")
    OVERTAKEN = "overtaken", _("A later one takes its place")


# It holds from when it is written, signed or not. There is no sending back: what is wrong is put right by the next version.
PLAN_MOVES: dict[str, frozenset[str]] = {
    PlanStage.UNSIGNED: frozenset({PlanStage.SIGNED, PlanStage.OVERTAKEN}),
    PlanStage.SIGNED: frozenset(),
    PlanStage.OVERTAKEN: frozenset(),
}


class ActionStage(TextChoices):
    """Where an action of the plan stands, by its end, its placement's, and the latest word of its owner."""

    ASKED = "asked", _("To be done")
    SAID_DONE = "said_done", _("Its owner says that it is done")
    # What a placement could not keep of the plan, once the child lives there no more.
    LAPSED = "lapsed", _("Over with its placement")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_ACTION_OPEN = frozenset({ActionStage.ASKED, ActionStage.SAID_DONE})
_ACTION_ENDS = frozenset({ActionStage.DONE, ActionStage.WITHDRAWN})
# Sent back, or given to another owner, it is to be done as before; the word of its owner alone never ends it.
ACTION_MOVES: dict[str, frozenset[str]] = {
    **dict.fromkeys(_ACTION_OPEN, _ACTION_OPEN | _ACTION_ENDS | {ActionStage.LAPSED}),
    ActionStage.LAPSED: _ACTION_ENDS,
    ActionStage.DONE: frozenset(),
    ActionStage.WITHDRAWN: frozenset(),
}

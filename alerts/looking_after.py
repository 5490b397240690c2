"""What those who look after a child are to know of it, in the words of the plan and of the find-me profile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import find_me_lines, plan_words
from alerts.find_me_lines import Row
from alerts.plan_words import IfMissing
from cases import find_me
from cases.access import Permission
from cases.find_me import QUESTIONS
from cases.models import Child


@dataclass(frozen=True)
class Sheet:
    """One child for whoever lives with it: what to do if it is missing, what is agreed, and what its profile says."""

    plan_says: IfMissing | None
    agreed: Sequence[Row]
    sections: Sequence[tuple[str, Sequence[Row]]]


def of(child: Child, *, permissions: frozenset[Permission], now: datetime) -> Sheet:
    """Read the sheet as a reader with these permissions does; phones and their makes are for whoever reads an address."""
    agreed = plan_words.for_carers(child)
    return Sheet(plan_words.if_missing(child, permissions), agreed, _sections(child, permissions, now))


def _sections(
    child: Child, permissions: Collection[Permission], now: datetime
) -> Sequence[tuple[str, Sequence[Row]]]:
    """Each section; of one that says nothing how far it is, so that whoever knows it can say so.

    What was written before the form said who reads it stays with those for whom it was written.
    """
    written = find_me.standing(child)
    found = []
    for line in find_me_lines.of(child, permissions=permissions, now=now).lines:
        if line.section.key in find_me.CARERS:
            row = written.get(line.section.key)
            theirs = find_me.for_carers(line.section) if row is not None and row.for_carers else frozenset()
            left_out = {str(QUESTIONS[name]) for name in line.section.questions if name not in theirs}
            rows = [said for said in line.rows if said[0] not in left_out]
            words = line.words if not line.rows else _("Nothing is written for carers yet")
            found.append((str(line.section.title), rows or [(_("Status"), words)]))
    return found

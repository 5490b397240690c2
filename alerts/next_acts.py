"""What is owed next for a child: who does what, and when, in the words of desk, episode page and report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.models import Clock
from alerts.schedule import Step
from alerts.standings import Standing
from cases import reviews

CALL_WORDS: Mapping[str, Promise] = {
    "call_0": _("the police are mailed where they have a mailbox, and duty rings 101"),
    "call_15": _("duty rings 101 again"),
    "call_30": _("the team manager is rung, and the police are reminded where they have a mailbox"),
    "call_60": _("the head of service is rung, and duty rings the force duty inspector"),
    "call_120": _("the director rings the chief officer"),
    "ask": _("duty asks the police again who has this"),
    "ring_again": _("duty rings 101 again"),
}
CONTACT_WORDS: Mapping[str, Promise] = {
    Step.R0: _("the home is asked"),
    Step.R1: _("duty rings the home"),
    Step.R2: _("the team manager is told"),
    Step.R3: _("duty rings the police"),
    Step.FAIL_SAFE: _("unless somebody sees the child first, the police are told"),
    Step.R4: _("the head of service is told"),
    Step.R5: _("the director is told"),
}
# As long as nobody has recorded the review.
REVIEW_WORDS: Mapping[str, Promise] = {
    Step.R0: _("the team manager and the social worker are reminded"),
    Step.R1: _("duty and the social worker are told"),
    Step.R2: _("the team manager is told"),
    Step.R4: _("the head of service and the reviewing officer are told"),
    Step.R5: _("the director is told"),
}
_WORDS: Mapping[str, Mapping[str, Promise]] = {Clock.Kind.CALL: CALL_WORDS, Clock.Kind.REVIEW: REVIEW_WORDS}


@dataclass(frozen=True)
class NextAct:
    """One step to come: in words, and the instant at which it is owed."""

    at: datetime
    words: str
    step: str


def of(clocks: Iterable[Clock]) -> list[NextAct]:
    """Return every step that these clocks still owe, soonest first; one that is late comes first of all."""
    acts = []
    for clock in clocks:
        words = _WORDS.get(clock.kind, CONTACT_WORDS)
        for step, moment in clock.steps.items():
            text = words.get(step.split(":", maxsplit=1)[0])
            if step == Step.R1 and clock.kind == Clock.Kind.CONTACT and Step.R0 not in clock.steps:
                # Both fall together; a child without a home has none that can be asked.
                text = _("duty is asked where the child is")
            if text is not None:
                acts.append(NextAct(datetime.fromisoformat(moment), str(text), step))
    return sorted(acts, key=lambda act: act.at)


def with_reviews(acts: Sequence[NextAct], standing: Standing) -> list[NextAct]:
    """Return the steps to come with the reviews of an open search among them, for whoever may read of those.

    While no officer has the search the steps alone: no meeting stands before the police. Where no step is owed any more
    the line of the child names its next review already.
    """
    if standing.needs_police_word or not acts:
        return list(acts)
    words = gettext("a review is due (%(review)s)")
    due = [NextAct(one.due_at, words % {"review": reviews.label(one)}, one.key) for one in standing.reviews]
    return sorted([*acts, *due], key=lambda act: act.at)


def of_episodes(episode_ids: Iterable[int], child_ids: Iterable[int]) -> dict[int, list[NextAct]]:
    """Return the steps to come by child, from the call clocks of these episodes and the children's contact clocks."""
    found: dict[int, list[Clock]] = {}
    rows = Clock.objects.filter(kind=Clock.Kind.CALL, episode__in=list(episode_ids)) | Clock.objects.filter(
        kind=Clock.Kind.CONTACT, child__in=list(child_ids)
    )
    for clock in rows.order_by("pk"):
        found.setdefault(clock.child_id, []).append(clock)
    return {child_id: of(clocks) for child_id, clocks in found.items()}

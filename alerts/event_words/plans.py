"""Events of a safeguarding plan and its actions."""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words
from cases.access import Permission
from cases.models import ActionWord, Event, PlanAction, SafetyPlan
from cases.models.plans import ContactRow
from cases.moves import isolated
from cases.templatetags.govuk import gov_date


def _plan_written(event: Event, facts: Read) -> Words:
    plan: SafetyPlan | None = facts.of(event)
    title = _("Safeguarding plan written")
    if event.data.get("less"):
        title = _("Safeguarding plan written, with less contact than before")
    if plan is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, str(ContactRow(plan.contact_row).label) if plan.contact_row else "")


def _asked(event: Event, facts: Read) -> Words:
    action: PlanAction | None = facts.of(event)
    titles = {
        "action_asked": _("Action of the plan asked for"),
        "shortfall_recorded": _("The placement cannot keep the plan"),
        "action_given": _("Action of the plan given to another owner"),
    }
    title = titles[event.kind]
    if action is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    words = _("%(what)s. %(name)s, by %(day)s")
    day = gov_date(date.fromisoformat(event.data["by"]))
    # Who it was then; of an event from before that was kept, who has it now.
    name = event.data.get("of") or action.owned_by
    said = {"what": isolated(action.what), "name": isolated(name), "day": day}
    return Words(title, words % said)


def _ended(event: Event, facts: Read) -> Words:
    action: PlanAction | None = facts.of(event)
    done = event.data.get("ending") == PlanAction.Ending.DONE
    title = _("Action of the plan done") if done else _("Action of the plan withdrawn")
    if event.data.get("shortfall"):
        title = (
            _("What the placement could not keep is put right")
            if done
            else _("Withdrawn: what the placement cannot keep")
        )
    if action is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, f"{isolated(action.what)}. {action.said}")


def _said(event: Event, facts: Read) -> Words:
    word: ActionWord | None = facts.of(event)
    titles = {
        "action_said_done": _("Action of the plan said to be done, to be confirmed"),
        "action_sent_back": _("Action of the plan sent back to who called it done"),
        "action_not_yet": _("Action of the plan not done yet, as its owner says"),
    }
    title = titles[event.kind]
    if word is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, f"{isolated(word.action.what)}. {word.said}")


def _signed(_event: Event, _facts: Read) -> Words:
    return Words(_("Safeguarding plan signed by a manager"))


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "plan_written": _plan_written,
    "plan_signed": _signed,
    "action_asked": _asked,
    "shortfall_recorded": _asked,
    "action_given": _asked,
    "action_said_done": _said,
    "action_sent_back": _said,
    "action_not_yet": _said,
    "action_ended": _ended,
}

"""A safeguarding plan in words: what the placement cannot keep, what to do when the child is missing, its versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import versions
from alerts.notices import Notice
from alerts.versions import Line
from cases import access, plans
from cases.access import Permission
from cases.models import Child, PlanAction, SafetyPlan, User
from cases.moves import isolated
from cases.templatetags.govuk import gov_date, gov_time


@dataclass(frozen=True)
class IfMissing:
    """What the plan says is done when the child is missing, what else it says for then, and since when it says so."""

    text: str
    contacts: str
    at: datetime
    # Title and words of what helps a search: how far the child may go, who is told, and who may not learn where it lives.
    more: tuple[tuple[str, str], ...] = ()


def if_missing(child: Child, permissions: frozenset[Permission]) -> IfMissing | None:
    """What the plan says for that moment, for those who may act on it: the child's team, duty and the home."""
    if not {Permission.SEE_RECORD, Permission.RECORD_ABSENCE} & permissions:
        return None
    plan = plans.latest(child)
    if plan is None:
        return None
    said = [*_guarded(plan), (_("Agencies that have a copy"), plan.copied_to)]
    more = tuple((title, text) for title, text in said if text)
    return IfMissing(plan.if_missing, plan.contacts, plan.recorded_at, more)


def if_missing_for(child: Child, user: User, *, at: datetime) -> IfMissing | None:
    """The same for a page that has not asked yet what its reader may do."""
    return if_missing(child, access.permissions_for(user, child, at=at))


def for_carers(child: Child) -> list[tuple[str, str]]:
    """What the plan that holds asks of those who live with the child, day by day; nothing where there is no plan."""
    plan = plans.latest(child)
    if plan is None:
        return []
    said = [
        (_("How often the child is to be seen"), _contact(plan)),
        (_("Phone and internet"), plan.phone_plan),
        (_("Who may visit"), plan.visitors),
        (_("Safe words"), plan.safe_words),
        (_("To be looked at again by"), gov_date(plan.review_date)),
    ]
    return [(title, text) for title, text in said if text]


def shortfalls(child: Child) -> list[Notice]:
    """What the placement cannot keep of the plan, each with the day by which it is put right; nothing where it keeps all."""
    words = _("%(what)s, to be put right by %(day)s")
    short = " ".join(
        words % {"what": isolated(one.what), "day": gov_date(one.by_date)} + "."
        for one in plans.shortfalls(child)
    )
    return [Notice("warning", _("This placement cannot keep the safeguarding plan"), short)] if short else []


def side_by_side(latest: SafetyPlan, beside: SafetyPlan | None, actions: Sequence[PlanAction]) -> list[Line]:
    """The points of the plan that holds, each with that of the other version where there is one.

    `actions` are all of the child, of which each version shows those that stood when it was written or came after.
    """
    theirs = _lines(beside, actions, latest.recorded_at) if beside is not None else None
    return versions.of_lines(_lines(latest, actions, None), theirs)


def restricted(child: Child) -> list[Notice]:
    """That the address of the placement is held nowhere, for whoever may read one; nothing where it may be written."""
    words = _("The placement says that its address is restricted: no page and no paper holds it.")
    found = child.placements.filter(ends_at=None, address_restricted=True).exists()
    return [Notice("warning", _("Nobody writes down where the child lives"), words)] if found else []


def _guarded(plan: SafetyPlan) -> Iterator[tuple[str, str]]:
    """What is agreed of the guardian, of going out, and of who may know the address."""
    yield _("Contact with the guardian"), plan.guardian_contact
    yield _("Going out and travelling"), plan.travel_rules
    yield _("Who may know where the child lives"), plan.address_secrecy


def _lines(
    plan: SafetyPlan, actions: Sequence[PlanAction], until: datetime | None
) -> Iterator[tuple[str, str]]:
    yield _("Written"), _by(plan)
    yield _("What it is for"), plan.goals
    yield _("How often the child is to be seen"), _contact(plan)
    yield _("Why less contact is enough"), plan.why_less
    yield _("Second person"), isolated(plan.seconded_by.name) if plan.seconded_by else ""
    yield _("Signed by a manager"), _signature(plan)
    yield _("If the child is missing"), plan.if_missing
    yield _("Whom to ring, by day and by night"), plan.contacts
    yield from _guarded(plan)
    yield _("Phone and internet"), plan.phone_plan
    yield _("Who may visit"), plan.visitors
    yield _("Safe words"), plan.safe_words
    yield _("What the child says to it"), str(plan.get_child_agrees_display())
    yield _("In the child’s own words"), plan.child_words
    yield _("Who agreed"), plan.agreed_with
    yield _("Agencies that have a copy"), plan.copied_to
    yield _("To be looked at again by"), gov_date(plan.review_date)
    yield _("Actions"), "\n".join(_action(one) for one in actions if _stood(one, plan, until))


def _by(plan: SafetyPlan) -> str:
    return _("%(when)s by %(name)s") % {
        "when": gov_time(plan.recorded_at),
        "name": isolated(plan.written_by.name),
    }


def _signature(plan: SafetyPlan) -> str:
    signed = getattr(plan, "signature", None)
    if signed is None:
        return _("Not signed yet") if plan.to_sign else ""
    return _("%(name)s on %(when)s") % {
        "name": isolated(signed.signed_by.name),
        "when": gov_time(signed.signed_at),
    }


def _contact(plan: SafetyPlan) -> str:
    asked = str(plan.get_contact_row_display())
    if plan.comes_back_at is None:
        return asked
    words = _("%(asked)s; until %(day)s, then again: %(before)s")
    before = str(plan.get_comes_back_display())
    return words % {"asked": asked, "day": gov_date(plan.comes_back_at), "before": before}


def _stood(action: PlanAction, plan: SafetyPlan, until: datetime | None) -> bool:
    begun = until is None or action.recorded_at < until
    return begun and (action.ended_at is None or action.ended_at > plan.recorded_at)


def _action(action: PlanAction) -> str:
    words = _("%(what)s (%(name)s, by %(day)s)")
    name, day = isolated(action.owned_by), gov_date(action.by_date)
    return words % {"what": isolated(action.what), "name": name, "day": day}

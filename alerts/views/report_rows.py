"""The answers of a missing report as rows to check, each with the way to change it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts import briefings
from alerts.forms.missing_report import MissingFacts, MissingRisk
from cases.episodes.reports import REPORTER
from cases.models import (
    Child,
    PhoneState,
    PoliceRung,
    Questions,
    Risk,
    Said,
    Steps,
    Taken,
)
from cases.moves import isolated
from cases.templatetags.govuk import gov_time
from cases.templatetags.govuk_forms import error_target

Row = tuple[str, str, str, str]
# Label, value and field of one answer.
Answer = tuple[str, str, str]


def of(child: Child, facts: MissingFacts, risk: MissingRisk, *, gone_with: Sequence[Child] = ()) -> list[Row]:
    """Label, value, address and hidden words of every answer; what nobody knows says so."""
    first = reverse("missing_report", args=[child.reference])
    second = reverse("missing_report_risk", args=[child.reference])
    rows = [*_at(first, facts, _facts(facts.cleaned_data))]
    if gone_with:
        names = ", ".join(f"{isolated(one.given_name)} {one.reference}" for one in gone_with)
        rows += _at(first, facts, [(_("Reported missing with this child"), names, "gone_with")])
    rows += _at(second, risk, _risk(risk.cleaned_data))
    return [(label, value or _("Not known"), href, "") for label, value, href in rows]


def _at(
    page: str, form: MissingFacts | MissingRisk, rows: Iterable[Answer]
) -> Iterable[tuple[str, str, str]]:
    """Each answer with the way to its field, where the cursor lands."""
    for label, value, name in rows:
        yield label, value, f"{page}#{error_target(form[name])}"


def stands(typed: Mapping[str, Any], known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of what is on record where it says otherwise than was typed, of what this reader is shown of it.

    Of what is not among the `known` answers nothing is said, nor of what the form does not ask.
    """
    asked = {name: known.get(name, value) for name, value in typed.items()}
    here, there = defaultdict(str, typed), defaultdict(str, asked)
    there["steps"] = [step for step in there["steps"] if step in Steps]
    said = {label: value for label, value, _name in [*_facts(here), *_risk(here)]}
    stands = [*_facts(there), *_risk(there)]
    return [(label, value or _("Not known")) for label, value, _name in stands if value != said[label]]


def _facts(given: Mapping[str, Any]) -> Iterable[Answer]:
    """Label, value, and the field that is first of it."""
    rung = str(PoliceRung(given["police_rung"]).label) if given["police_rung"] else ""
    told = [rung, given["incident_reference"] and _("reference %s") % given["incident_reference"]]
    yield _("Police phoned"), ", ".join(filter(None, [*told, given["officer"]])), "police_rung"
    told_police = briefings.told_police(given["police_told_by"], given["police_told_at"] or None)
    yield _("Police told"), told_police, "police_told_by"
    yield _("Reported by"), briefings.reporter(*(given[name] for name in REPORTER)), "reporter_role"
    moment = given["last_seen_at"]
    yield _("Last seen"), gov_time(moment) if moment else "", "last_seen_at"
    for name, label in (
        ("last_seen_place", _("Where")),
        ("last_seen_by", _("By whom")),
        ("expected_at", _("Expected")),
        ("with_whom", _("With whom")),
        ("travelling", _("Travelling")),
        ("wearing", _("Wearing")),
        ("vehicle", _("Car and plate")),
    ):
        yield label, given[name], name
    yield _("The child’s phone"), ", ".join(filter(None, phone_of(given))), "child_phone"
    for name, label in (
        ("state_of_mind", _("State of mind")),
        ("weather", _("Weather, and dressed for it")),
        ("court_orders", _("Court orders")),
        ("collected_by", _("Collected by, when found")),
    ):
        yield label, given[name], name
    yield _("Taken along"), ", ".join(str(Taken(name).label) for name in given["taken"]), "taken"
    done = briefings.checks(given["steps"], given["steps_at"])
    yield (
        _("Already done"),
        ". ".join(filter(None, [", ".join(done) or _("Nothing yet"), given["steps_note"]])),
        "steps",
    )


def phone_of(given: Mapping[str, str]) -> Iterable[str]:
    """The number, whether it is on, and when it was last used, as far as it is known."""
    yield given["child_phone"]
    yield str(PhoneState(given["phone_state"]).label) if given["phone_state"] else ""
    yield _("last used: %s") % given["phone_used"] if given["phone_used"] else ""


def _risk(given: Mapping[str, Any]) -> Iterable[Answer]:
    yield _("Why we are worried"), given["why_worried"], "why_worried"
    for question in Questions:
        said = Said(given[question.value] or Said.NOT_KNOWN)
        note = given[f"{question.value}_note"]
        yield str(question.label), f"{said.label}. {note}" if note else str(said.label), question.value
    view = str(Risk(given["our_grade"] or Risk.UNKNOWN).label)
    yield _("Our view of the risk"), ". ".join(filter(None, [view, given["grade_reason"]])), "our_grade"
    yield _("Also to be told"), given["tell_also"] or _("Nobody"), "tell_also"
    shared = given["shares_profile"] == "yes"
    words = _("Shared") if shared else _("Not shared")
    yield _("Profile and photo for the police"), words, "shares_profile"

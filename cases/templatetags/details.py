"""How one of a child's own facts reads on a page: in words, and nothing where it is not recorded."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.forms import typed
from cases.forms.registration import SCRIPTS
from cases.models import (
    AgeStatus,
    BirthDateBasis,
    BirthDateClaim,
    BirthDatePrecision,
    Child,
    Literacy,
    Needs,
    Sex,
    Trafficking,
)
from cases.models.covers import AskedCover
from cases.templatetags.govuk import bdi, gov_date, gov_time, phone

register = template.Library()

_PATTERNS: Mapping[str, str] = {"month": "F Y", "year": "Y", "estimated": "Y"}


def shown(name: str, value: Any) -> str:
    """Return the words of a fact; empty where it is not recorded."""
    if value in (None, "", []):
        return ""
    return _WORDS.get(name, str)(value)


@register.filter
def fact(child: Child, name: str) -> str:
    """Return the words of a child's fact; a birth date only as exactly as it is known."""
    value = getattr(child, name)
    if name != "birth_date" or value is None:
        return shown(name, value)
    return _birth_date(value, child.birth_date_precision)


@register.filter
def said_birth_date(claim: BirthDateClaim) -> str:
    """A birth date that somebody gave, only as exactly as they gave it."""
    return _birth_date(claim.birth_date, claim.precision)


def _birth_date(value: date, precision: str) -> str:
    pattern = _PATTERNS.get(precision)
    if pattern is None:
        return gov_date(value)
    words = date_format(value, pattern)
    return _("about %(year)s") % {"year": words} if precision == "estimated" else words


def _choice(kinds: type[TextChoices]) -> Callable[[Any], str]:
    return lambda value: str(kinds(value).label) if value in kinds.values else str(value)


def _list(values: Any) -> str:
    return ", ".join(str(value) for value in values)


def _needs(values: Any) -> str:
    return ", ".join(str(Needs(value).label) for value in values)


def _arrived(value: datetime) -> str:
    """A day's end stands for a time that nobody knows."""
    local = typed.london(value)
    return gov_date(value) if (local.hour, local.minute) == (23, 59) else gov_time(value)


def _script(value: str) -> str:
    return str(dict(SCRIPTS).get(value, value))


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "script_language": _script,
    "spellings": _list,
    "languages": _list,
    "needs": _needs,
    "birth_date": gov_date,
    "arrived_at": _arrived,
    "phone": phone,
    "safe_phone": phone,
    "nhs_number": lambda value: f"{value[:3]} {value[3:6]} {value[6:]}",
    "has_no_phone": lambda value: _("Yes") if value else "",
    "interpreter_needed": lambda value: _("Yes") if value else _("No"),
    "sex": _choice(Sex),
    "birth_date_basis": _choice(BirthDateBasis),
    "birth_date_precision": _choice(BirthDatePrecision),
    "age_status": _choice(AgeStatus),
    "literacy": _choice(Literacy),
    "trafficking": _choice(Trafficking),
}


@register.filter
def cover_end(cover: AskedCover, now: datetime) -> str:
    """What a button says that ends cover: until it is accepted it is a request, and until it begins nothing runs."""
    if cover.accepted is None:
        return _("Take back the request")
    return _("Call off the cover") if cover.starts_at > now else _("End the cover")


@register.filter
def stood(value: Any) -> str:
    """What stood in a field that was changed, as people read it."""
    match value:
        case None | "":
            return _("nothing")
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return gov_time(value)
        case date():
            return gov_date(value)
    return bdi(value)

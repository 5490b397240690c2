"""A birth date that is an estimate, and an age in years where nobody gives one: both are shown as “about 14”."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import arrivals
from cases.forms.dates import PartialDate
from cases.forms.listed_names import is_not_known
from cases.models import BirthDatePrecision

OLDEST = 25


def tick(help_text: Any = "") -> forms.BooleanField:
    """Whether the birth date that is typed beside it is an estimate."""
    return forms.BooleanField(
        label=gettext_lazy("The birth date is an estimate"), help_text=help_text, required=False
    )


def take(form: forms.Form, name: str) -> None:
    """Give `birth_date` the precision that the tick `name` says; call it in the form's clean, before anybody asks of the age."""
    given = form.cleaned_data
    birth: PartialDate | None = given.get("birth_date")
    if not given.get(name):
        return
    if birth is not None:
        given["birth_date"] = replace(birth, precision=BirthDatePrecision.ESTIMATED.value)
    elif "birth_date" not in form.errors:
        form.add_error("birth_date", _("Enter the birth date that is an estimate: the year alone is enough"))


def age_of(said: str) -> int | None:
    """The age in years as it was typed; None where it is not known."""
    words = said.strip()
    if not words or is_not_known(words):
        return None
    if not words.isdecimal() or int(words) > OLDEST:
        raise forms.ValidationError(_("Enter the age in years, like 15, or “not known”"))
    return int(words)


def born(birth: PartialDate | None, age: int | None, *, on: date) -> tuple[date | None, str]:
    """The birth date to keep and how exact it is: what was given of one, else what the age on that day makes of it."""
    if birth is not None:
        return birth.value, birth.precision
    if age is None:
        return None, BirthDatePrecision.DAY.value
    return arrivals.born_about(age, on=on), BirthDatePrecision.ESTIMATED.value

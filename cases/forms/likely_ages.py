"""A birth date at which hardly anybody comes alone as a child: asked about at its field, once, and then taken as it is."""

from datetime import date
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases import birthdays
from cases.deadlines import years
from cases.forms.dates import PartialDate

# What the field is called that says so; it is on the page where it is asked alone.
IS_RIGHT = "birth_date_is_right"


def is_right_field() -> forms.Field:
    """The tick, of one birth date: whoever types another that is as unlikely is asked of that one."""
    field = forms.Field(
        label=_("Is the birth date right?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field.asked_of_some = True  # type: ignore[attr-defined]
    return field


def prepare(form: forms.Form) -> None:
    """Take the tick from a page on which nothing was typed yet."""
    if not form.is_bound:
        form.fields.pop(IS_RIGHT, None)


def ask(form: forms.Form, *, today: date) -> None:
    """Add the error to `birth_date` unless it is a likely one, or ticked; call it at the end of the form's clean.

    Nobody is refused: who claims to be a child and looks older is one until it is decided.
    """
    birth: PartialDate | None = form.cleaned_data.get("birth_date")
    said = form.cleaned_data.pop(IS_RIGHT, None) or ()
    likely = range(settings.ASK_AGE_UNDER, settings.ASK_AGE_FROM)
    if birth is None or not birthdays.surely_outside(birth.value, birth.precision, likely, today=today):
        form.fields.pop(IS_RIGHT, None)
        return
    # Of this year alone the day that stands for it may be still to come.
    age = max(0, years(birth.value, today=today))
    key = f"{birth.value} {birth.precision}"
    yes = ngettext("Yes, the child is %(age)s year old", "Yes, the child is %(age)s years old", age)
    cast(Any, form.fields[IS_RIGHT].widget).choices = [(key, yes % {"age": age})]
    if key not in said:
        words = ngettext(
            "This makes the child %(age)s year old. If that is so, tick it below; if not, correct the birth date",
            "This makes the child %(age)s years old. If that is so, tick it below; if not, correct the birth date",
            age,
        )
        form.add_error("birth_date", words % {"age": age})

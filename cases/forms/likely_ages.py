"""An age at which hardly anybody comes alone as a child: asked about at its field, once, and then taken as it is."""

from datetime import date
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import ngettext

from cases import birthdays
from cases.deadlines import years
from cases.forms.dates import PartialDate

# What the field is called that says so, of a birth date and of an age in years; it is on the page where it is asked alone.
IS_RIGHT, AGE_IS_RIGHT = "birth_date_is_right", "age_is_right"


def is_right_field(label: Any) -> forms.Field:
    """The tick, of one birth date or age: whoever types another that is as unlikely is asked of that one."""
    field = forms.Field(label=label, required=False, widget=forms.CheckboxSelectMultiple)
    field.asked_of_some = True  # type: ignore[attr-defined]
    return field


def prepare(form: forms.Form) -> None:
    """Take the tick from a page on which nothing was typed yet."""
    if not form.is_bound:
        for name in (IS_RIGHT, AGE_IS_RIGHT):
            form.fields.pop(name, None)


def ask(form: forms.Form, *, today: date) -> None:
    """Add the error to `birth_date` unless it is a likely one, or ticked; call it at the end of the form's clean.

    Nobody is refused: who claims to be a child and looks older is one until it is decided.
    """
    birth: PartialDate | None = form.cleaned_data.get("birth_date")
    said = form.cleaned_data.pop(IS_RIGHT, None) or ()
    if birth is None or not birthdays.surely_outside(birth.value, birth.precision, _likely(), today=today):
        form.fields.pop(IS_RIGHT, None)
        return
    # Of this year alone the day that stands for it may be still to come.
    age = max(0, years(birth.value, today=today))
    key = f"{birth.value} {birth.precision}"
    _offer(form, IS_RIGHT, key, age)
    if key not in said:
        words = ngettext(
            "This makes the child %(age)s year old. If that is so, tick it below; if not, correct the birth date",
            "This makes the child %(age)s years old. If that is so, tick it below; if not, correct the birth date",
            age,
        )
        form.add_error("birth_date", words % {"age": age})


def ask_of_years(form: forms.Form) -> None:
    """The same of `age`, in years as the child gave it; call it at the end of the form's clean."""
    age: int | None = form.cleaned_data.get("age")
    said = form.cleaned_data.pop(AGE_IS_RIGHT, None) or ()
    if age is None or age in _likely():
        form.fields.pop(AGE_IS_RIGHT, None)
        return
    _offer(form, AGE_IS_RIGHT, str(age), age)
    if str(age) not in said:
        words = ngettext(
            "This says that the child is %(age)s year old. If that is so, tick it below; if not, correct the age",
            "This says that the child is %(age)s years old. If that is so, tick it below; if not, correct the age",
            age,
        )
        form.add_error("age", words % {"age": age})


def _likely() -> range:
    return range(settings.ASK_AGE_UNDER, settings.ASK_AGE_FROM)


def _offer(form: forms.Form, name: str, key: str, age: int) -> None:
    """The tick that says so, of this age alone."""
    yes = ngettext("Yes, the child is %(age)s year old", "Yes, the child is %(age)s years old", age)
    cast(Any, form.fields[name].widget).choices = [(key, yes % {"age": age})]

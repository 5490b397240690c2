"""The words of an error, in one place for all forms: what to do, and about which answer (GOV.UK, error messages).

A field may have words of its own. Whatever Django would say by itself is said here instead, by the label of its field.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core import validators
from django.core.exceptions import ValidationError
from django.forms import BoundField, Field
from django.utils.translation import gettext as _

from cases.forms.dates import subject

_VALIDATORS = (
    validators.EmailValidator,
    validators.ProhibitNullCharactersValidator,
    validators.MinLengthValidator,
    validators.MaxLengthValidator,
    validators.MinValueValidator,
    validators.MaxValueValidator,
)


def _kinds(kind: type[Field]) -> Iterator[type[Field]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.startswith("django."):
            yield from _kinds(below)


# By identity: a message that a field was given may read alike, and is that field's own.
_OF_DJANGO = {id(text) for kind in _kinds(Field) for text in kind.default_error_messages.values()}
_OF_DJANGO |= {id(one.message) for one in _VALIDATORS}
_CHOICES = frozenset({"invalid_choice", "invalid_list", "invalid_pk_value"})


def texts(bound: BoundField) -> list[str]:
    """Return what is wrong with one answer; where another of its form is refused in the same words, by its label."""
    form = bound.form
    others = {text for name in form.errors if name in form.fields for text in _texts(form[name], but=bound)}
    return [_of_label(bound, text) if text in others else text for text in _texts(bound)]


def _texts(bound: BoundField, *, but: BoundField | None = None) -> list[str]:
    if but is not None and (bound.name == but.name or bound.is_hidden):
        return []
    errors = bound.errors.as_data()
    return list(dict.fromkeys(text for error in errors for text in _said(bound, error)))


def _of_label(bound: BoundField, text: str) -> str:
    """“Last seen: enter a real time”; a question stands whole before its answer."""
    label = str(bound.label).strip()
    if bound.is_hidden or not label:
        return text
    if label.endswith("?"):
        return _("%(question)s %(text)s") % {"question": label, "text": text}
    return _("%(label)s: %(text)s") % {"label": label, "text": _lower(text)}


def _said(bound: BoundField, error: ValidationError) -> list[str]:
    if id(error.message) not in _OF_DJANGO:
        return [str(message) for message in error.messages]
    if _is_machines(bound):
        return [_("A part of this page did not arrive. Open the page again and enter it once more")]
    return [_instead(bound, error.code or "", error.params or {})]


def _is_machines(bound: BoundField) -> bool:
    """Whether nobody types or chooses it."""
    return bound.is_hidden or isinstance(bound.field, forms.UUIDField | forms.JSONField)


def _instead(bound: BoundField, code: str, params: dict[str, Any]) -> str:
    """What is said where Django has words of its own, by what it found."""
    if code in ("required", "missing"):
        return empty(bound)
    if code in _CHOICES:
        return _("%(ask)s: what was chosen is not on the list any more") % {"ask": _ask(bound)}
    if code == "max_length":
        return too_long(_subject(bound), limit=params["limit_value"], length=params["show_value"])
    return _impossible(bound, code)


def _impossible(bound: BoundField, code: str) -> str:
    field = bound.field
    if isinstance(field, forms.IntegerField):
        return _number(bound, field.min_value, field.max_value)
    if isinstance(field, forms.EmailField) and code == "invalid":
        return _("Enter an email address in the correct format, like name@example.com")
    if isinstance(field, forms.FileField):
        return _("The file is empty or did not arrive. Choose it again")
    return _("%(name)s has a sign in it that cannot be kept. Enter it again") % {"name": _subject(bound)}


def too_long(name: str, *, limit: int, length: int) -> str:
    """Return what is said of a text that has more characters than are kept; nothing of it is cut."""
    parts = {"name": name, "limit": intcomma(limit), "over": intcomma(length - limit)}
    return _("%(name)s must be %(limit)s characters or fewer (%(over)s too many)") % parts


def empty(bound: BoundField) -> str:
    """Return what to do about an answer that is not there, by its label."""
    label = str(bound.label).strip()
    if label.endswith("?"):
        return _("Answer the question “%(question)s”") % {"question": label}
    if isinstance(bound.field, forms.BooleanField):
        return _("Tick “%(label)s”") % {"label": label}
    parts = {"label": _lower(label)}
    if isinstance(bound.field, forms.ChoiceField):
        return _("Select %(label)s") % parts
    return _("Enter %(label)s") % parts


def _ask(bound: BoundField) -> str:
    own = bound.field.error_messages["required"]
    return empty(bound) if id(own) in _OF_DJANGO else str(own)


def _subject(bound: BoundField) -> str:
    asked = _("Your answer to “%(question)s”") % {"question": str(bound.label).strip()}
    return subject(bound.field, asked)


def _number(bound: BoundField, least: Any, most: Any) -> str:
    parts = {"name": _subject(bound), "least": intcomma(least or 0), "most": intcomma(most or 0)}
    if least is not None and most is not None:
        return _("%(name)s must be a whole number from %(least)s to %(most)s") % parts
    if least is not None:
        return _("%(name)s must be a whole number, %(least)s or more") % parts
    return _("%(name)s must be a whole number") % parts


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text

"""What the form templates ask: the attributes of a control, the words of an error and where its link goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.core.exceptions import ValidationError
from django.forms import BoundField, CheckboxSelectMultiple, ChoiceField, Field, Form, RadioSelect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases.forms.listed_names import LanguageBoxes
from cases.forms.widgets import DateBoxes, MomentBoxes

register = template.Library()

# Novalidate forms gain nothing from `required`, and screen readers call an untouched field wrong because of it;
# a placeholder vanishes as soon as somebody types.
DROPPED = {"class", "required", "placeholder", "data-limit"}


@register.simple_tag
def control(widget: Mapping[str, Any], base: str, extra: str = "") -> SafeString:
    """Return the class and the other attributes of a widget's control, with the error look when it is wrong."""
    attrs: dict[str, Any] = widget["attrs"]
    classes = [base, *extra.split(), *str(attrs.get("class", "")).split()]
    if attrs.get("aria-invalid") == "true":
        classes.append(f"{base}--error")
    pairs = [("class", " ".join(classes))]
    pairs += [(name, name if value is True else value) for name, value in attrs.items() if _kept(name, value)]
    return format_html_join("", ' {}="{}"', pairs)


def _kept(name: str, value: Any) -> bool:
    return name not in DROPPED and value is not False and value is not None


@register.filter
def error_texts(bound: BoundField) -> list[str]:
    """Return the messages of one field; where nobody wrote one for an empty answer, say what to do by its label."""
    return [
        _empty(bound) if _is_default_empty(error, bound.field) else str(message)
        for error in bound.errors.as_data()
        for message in error.messages
    ]


def _is_default_empty(error: ValidationError, field: Field) -> bool:
    return error.code == "required" and str(error.message) == str(Field.default_error_messages["required"])


def _empty(bound: BoundField) -> str:
    label = str(bound.label).strip()
    if label.endswith("?"):
        return _("Answer the question “%(question)s”") % {"question": label}
    parts = {"label": label[:1].lower() + label[1:] if label[1:2].islower() else label}
    if isinstance(bound.field, ChoiceField):
        return _("Select %(label)s") % parts
    return _("Enter %(label)s") % parts


@register.filter
def error_target(bound: BoundField) -> str:
    """Return the id that an error summary's link moves to: the first control of the field that needs an answer."""
    widget = bound.field.widget
    if isinstance(widget, DateBoxes | MomentBoxes | LanguageBoxes):
        return widget.error_target(bound.auto_id)
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return bound.auto_id


@register.filter
def error_list(form: Form) -> list[tuple[str, str]]:
    """Return the errors of a form in the order of its fields, each with the id to go to ("" for the whole form)."""
    whole = [("", str(message)) for message in form.non_field_errors()]
    return whole + [(error_target(bound), text) for bound in form for text in error_texts(bound)]


@register.filter
def any_wrong(forms: Sequence[Form] | None) -> bool:
    """Say whether one of several forms of a page has an error."""
    return any(form.errors for form in forms or ())


@register.filter
def limit_of(attrs: Mapping[str, Any]) -> int | None:
    """Return the number of characters a longer text may have, where its field set one."""
    return attrs.get("data-limit")


@register.filter
def is_single_checkbox(bound: BoundField) -> bool:
    """Say whether a field is one box with its words beside it."""
    return bound.widget_type == "checkbox"

"""What the form templates ask: the attributes of a control, the words of an error and where its link goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.forms import BoundField, CheckboxSelectMultiple, Form, RadioSelect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from cases.forms import errors
from cases.forms.listed_names import LanguageBoxes
from cases.forms.widgets import DateBoxes, MomentBoxes

register = template.Library()

# Novalidate forms gain nothing from `required`, and screen readers call an untouched field wrong because of it;
# a placeholder vanishes as soon as somebody types; `maxlength` cuts what is pasted without a word (ADR 194).
DROPPED = {"class", "required", "placeholder", "maxlength", "minlength", "data-limit"}


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
    """Return the messages of one field, in our words alone."""
    return errors.texts(bound)


@register.filter
def error_target(bound: BoundField) -> str:
    """Return the id that an error summary's link moves to: the first control of the field that needs an answer."""
    if bound.is_hidden:
        return ""
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
    each = whole + [(error_target(bound), text) for bound in form for text in error_texts(bound)]
    # Several hidden answers that did not arrive are one loss to whoever reads of it.
    return [*dict.fromkeys(each)]


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

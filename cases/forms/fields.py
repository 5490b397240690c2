"""Kinds of answer: moments from `dates`, and here a phone number, a reference, a postcode, a note, one of many."""

import re
from collections.abc import Collection
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import references
from cases.forms import errors, typed
from cases.forms.dates import (
    DateField,
    LatelyField,
    MomentField,
    PartialDate,
    PartialDateField,
    Text,
    ask,
    ask_beside,
    set_now,
    subject,
)
from cases.forms.widgets import TypedSelect
from cases.mail_domains import is_of_immigration
from cases.moves import isolated

__all__ = [
    "YES_NO",
    "DateField",
    "LatelyField",
    "ListedField",
    "ListedRowField",
    "MailAddressField",
    "MomentField",
    "NhsNumberField",
    "NoteField",
    "PartialDate",
    "PartialDateField",
    "PhoneField",
    "PostcodeField",
    "ReferenceField",
    "TimeOfDayField",
    "ask",
    "ask_beside",
    "set_now",
]

YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


class MailAddressField(forms.EmailField):
    """An email address to which our mails may go, its domain as a mail server is told it."""

    def clean(self, value: Any) -> str:
        address = _as_sent(str(super().clean(value)))
        if is_of_immigration(address):
            raise forms.ValidationError(
                _("Enter another address: no mail of ours goes to a body that enforces immigration law")
            )
        return address


def _as_sent(address: str) -> str:
    """A domain with an accent in the letters that stand for it (IDNA): as it is typed no server takes it."""
    if address.isascii():
        return address
    name, _at, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise forms.ValidationError(
            _("Enter the address in letters without accents: no mail could be sent to this one")
        ) from error


class TimeOfDayField(forms.Field):
    """One box for a time of day, like "2:30pm" or "14:30"; 2:30 may be at night. Cleans to a time, or None."""

    default_error_messages = {name: MomentField.default_error_messages[name] for name in ("time", "half")}

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "class": "govuk-input--width-5"}
        options.setdefault("help_text", gettext_lazy("For example, 2:30pm or 14:30."))
        super().__init__(widget=forms.TextInput(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value

    def to_python(self, value: Any) -> time | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return typed.read_time(text)
        except typed.NotUnderstood as error:
            code = "half" if isinstance(error, typed.HalfMissing) else "time"
            raise ValidationError(self.error_messages[code], code=code, params={"time": text}) from error


class PhoneField(forms.CharField):
    """A phone number in any spacing; cleans to the groups people read it in, or +country digits from abroad.

    `short` are numbers of three digits that count as well, as 101.
    """

    default_error_messages = {
        "phone": gettext_lazy("Enter a phone number, like 01632 960001, 07700 900982 or +44 808 157 0192")
    }

    def __init__(self, *, short: Collection[str] = (), **options: Any) -> None:
        self.short = frozenset(short)
        attrs = {"type": "tel", "inputmode": "tel", "class": "govuk-input--width-20", "autocomplete": "off"}
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        if text in self.short:
            return str(text)
        try:
            return typed.read_phone(text)
        except typed.NotUnderstood as error:
            raise ValidationError(self.error_messages["phone"], code="phone") from error


class ReferenceField(forms.CharField):
    """A child's or an episode's reference in any spacing and case; cleans to a references.Reference, or None."""

    default_error_messages = {
        "mistyped": gettext_lazy(
            "Reference %(typed)s is mistyped. Check each digit: one may be wrong, or two swapped"
        )
    }

    def __init__(self, **options: Any) -> None:
        attrs = {"class": "govuk-input--width-10 rc-nowrap", "autocomplete": "off", "spellcheck": "false"}
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        options.setdefault("empty_value", None)
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text is None or isinstance(text, references.Reference):
            return text
        try:
            return references.parse(text)
        except references.Mistyped as error:
            raise ValidationError(
                self.error_messages["mistyped"], code="mistyped", params={"typed": _short(text)}
            ) from error


class NhsNumberField(forms.CharField):
    """An NHS number in any spacing; cleans to its ten digits, of which the last checks the others."""

    default_error_messages = {
        "nhs": gettext_lazy("NHS number %(typed)s is mistyped. It has ten digits, like 943 476 5919")
    }

    def __init__(self, **options: Any) -> None:
        attrs = {"class": "govuk-input--width-10", "inputmode": "numeric", "autocomplete": "off"}
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return references.nhs_number(text)
        except references.Mistyped as error:
            raise ValidationError(
                self.error_messages["nhs"], code="nhs", params={"typed": _short(text)}
            ) from error


def _short(text: str) -> str:
    """What was typed, as an error repeats it."""
    return Truncator(text).chars(60)


class PostcodeField(forms.CharField):
    """A UK postcode in any spacing and case; cleans to "CT1 4BG"."""

    default_error_messages = {"postcode": gettext_lazy("Enter a full UK postcode, like CT1 4BG")}

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"})
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        text = re.sub(r"[\s\-]", "", super().to_python(value) or "").upper()
        if not text:
            return ""
        if not re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", text):
            raise ValidationError(self.error_messages["postcode"], code="postcode")
        return f"{text[:-3]} {text[-3:]}"


class NoteField(forms.CharField):
    """Longer text; the limit is counted beside the box and never cuts off what somebody pastes."""

    def __init__(self, *, limit: int = 2000, name: Text = "", rows: int = 4, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": rows, "data-limit": limit}))
        super().__init__(**options)
        self.limit, self.name = limit, name

    def clean(self, value: Any) -> str:
        text = super().clean(value).replace("\r\n", "\n")
        if len(text) > self.limit:
            name = subject(self, _("Your note"))
            raise ValidationError(errors.too_long(name, limit=self.limit, length=len(text)), code="long")
        return text


_UNLISTED = gettext_lazy("We do not know “%(typed)s”. Choose one from the list")
_UNLISTED_OPTIONAL = gettext_lazy("We do not know “%(typed)s”. Choose one from the list or leave it empty")
_GONE = gettext_lazy("What you chose is no longer on the list. Choose one from the list")


class ListedField(forms.ChoiceField):
    """One of a list too long to read: what is typed and stands for none of it is refused, never taken for no answer."""

    widget = TypedSelect
    default_error_messages = {"invalid_choice": _GONE}

    def clean(self, value: Any) -> Any:
        _refuse_unlisted(self, value)
        return super().clean(value)


class ListedRowField(forms.ModelChoiceField):
    """The same for a list of rows."""

    widget = TypedSelect
    default_error_messages = {"invalid_choice": _GONE}

    def clean(self, value: Any) -> Any:
        _refuse_unlisted(self, value)
        return super().clean(value)


def _refuse_unlisted(field: forms.Field, value: Any) -> None:
    typed_words = TypedSelect.unlisted(value)
    if typed_words:
        words = _UNLISTED if field.required else _UNLISTED_OPTIONAL
        raise ValidationError(words, code="unlisted", params={"typed": isolated(_short(typed_words))})

"""Answers about time: a date, a date partly known, a moment; each takes what people really type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import birthdays, clock
from cases.forms import typed
from cases.forms.widgets import DateBoxes, MomentBoxes
from cases.moves import IllegalMove

QUARTER = timedelta(minutes=15)
# A time without its day that would be longer ago is more likely one that is still to come, or of another day.
BARE_AT_MOST = timedelta(hours=20)
Text = str | Promise


def set_now(form: forms.Form, now: datetime) -> None:
    """Tell the date and moment fields of a form the present instant; call it at the end of the form's __init__."""
    for field in form.fields.values():
        if isinstance(field, LatelyField):
            field.now = now
        if isinstance(field, DateField | MomentField):
            field.now = now
            field.widget.today = typed.london(now).date()


def ask(form: forms.Form, name: str, rule: Callable[[Any], object]) -> None:
    """Ask a verb’s own rule of one answer, which raises IllegalMove: what it refuses is said with all else that is wrong.

    The verb asks again once it holds the child; by itself it would be asked only of a form that has no other error.
    A form that does not ask for it is left as it is.
    """

    def refuse(value: Any) -> None:
        try:
            rule(value)
        except IllegalMove as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal

    if name in form.fields:
        form.fields[name].validators.append(refuse)


def ask_beside(form: forms.Form, name: str, rule: Callable[[Any], object]) -> None:
    """The same of a form that is refused already, where the verb first looks whether the form has come before.

    What came before stands, and is answered as such though the rule would refuse it by now.
    """
    if not form.errors or name in form.errors or form.cleaned_data.get(name) is None:
        return
    try:
        rule(form.cleaned_data[name])
    except IllegalMove as refusal:
        form.add_error(name, str(refusal))


def subject(field: forms.Field, otherwise: str) -> str:
    """What a message calls the answer: the field's `name`, else its label unless that is a question."""
    name = str(getattr(field, "name", "") or "")
    label = str(field.label or "")
    return name or (otherwise if not label or label.endswith("?") else label)


@dataclass(frozen=True)
class PartialDate:
    """A date of which only the year, or the month and year, may be known.

    `value` then stands for it: the 15th of the month (the rule of the children-looked-after return), of July where
    the month is unknown too.
    """

    value: date
    precision: str  # "day", "month" or "year", as in BirthDatePrecision


class DateField(forms.Field):
    """Three boxes; month names, two-box answers pasted into one and any spacing are taken. Cleans to a date."""

    widget = DateBoxes
    default_error_messages = {
        "incomplete": gettext_lazy("%(name)s must include a %(part)s"),
        "unreal": gettext_lazy("Enter a real date, like 27 3 2026"),
        "future": gettext_lazy("%(name)s must be today or in the past"),
    }
    now: datetime | None = None

    def __init__(self, *, name: Text = "", past: bool = False, **options: Any) -> None:
        """`name` is what messages call the date; `past` refuses a day after today and needs `set_now`."""
        super().__init__(**options)
        self.name, self.past = name, past

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, date):
            return value
        boxes = typed.split_boxes(value)
        if not any(boxes.values()):
            return None
        self._refuse_missing(boxes, parts=("day", "month", "year"))
        return self._refuse_future(self._read(boxes))

    def _refuse_missing(self, boxes: Mapping[str, str], *, parts: tuple[str, ...]) -> None:
        missing = [part for part in parts if not boxes[part]]
        if missing:
            self.widget.wrong = frozenset(missing)
            words = {"day": _("day"), "month": _("month"), "year": _("year")}
            part = _(" and ").join(words[part] for part in missing)
            raise self._error("incomplete", part=part)

    def _read(self, boxes: Mapping[str, str]) -> date:
        try:
            return typed.read_date(boxes["day"], boxes["month"], boxes["year"])
        except typed.NotUnderstood as error:
            self.widget.wrong = frozenset(error.parts)
            raise self._error("unreal") from error

    def _refuse_future(self, value: date) -> date:
        if self.past:
            if self.now is None:
                raise RuntimeError("A DateField with past=True needs set_now.")
            if value > typed.london(self.now).date():
                self.widget.wrong = frozenset(("day", "month", "year"))
                raise self._error("future")
        return value

    def _error(self, code: str, **parts: str) -> ValidationError:
        name = subject(self, _("Date"))
        return ValidationError(self.error_messages[code], code=code, params={"name": name, **parts})


class PartialDateField(DateField):
    """Three boxes of which the day, or the day and the month, may stay empty. Cleans to a PartialDate."""

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, PartialDate):
            return value
        boxes = dict(typed.split_boxes(value))
        if not any(boxes.values()):
            return None
        self._refuse_missing(boxes, parts=("month", "year") if boxes["day"] else ("year",))
        precision = "day" if boxes["day"] else "month" if boxes["month"] else "year"
        stand_in = {
            "day": boxes["day"] or str(birthdays.DAY),
            "month": boxes["month"] or str(birthdays.MONTH),
        }
        read = self._read({**boxes, **stand_in})
        first = date(
            read.year, read.month if precision != "year" else 1, read.day if precision == "day" else 1
        )
        self._refuse_future(first)
        return PartialDate(read, precision)


class MomentField(forms.Field):
    """ "Now", "15 minutes ago", or a day and a time in London. Cleans to an aware datetime in UTC."""

    widget = MomentBoxes
    default_error_messages = {
        "when": gettext_lazy("Select when it was"),
        "no_time": gettext_lazy("Enter a time, like 9:10pm or 21:10"),
        "time": gettext_lazy("Enter a real time, like 9:10pm or 21:10"),
        "half": gettext_lazy("Add am or pm to %(time)s, like 9:10pm or 21:10"),
        "date": gettext_lazy("Enter a real date, like 27 3 2026"),
        "future": gettext_lazy("%(name)s must be in the past. If it was the day before, change the date"),
        "skipped": gettext_lazy(
            "There was no %(time)s on that day: the clocks went forward. Enter another time"
        ),
        "repeated": gettext_lazy("Select if %(time)s was before or after the clocks went back"),
    }
    now: datetime | None = None

    def __init__(self, *, name: Text = "", quick: bool = True, past: bool = True, **options: Any) -> None:
        """`quick` offers "Now" and "15 minutes ago"; `past` refuses later than now; `name` is used in messages."""
        super().__init__(**options)
        self.name, self.past = name, past
        self.widget.quick, self.widget.past = quick, past

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime):
            return value
        if self.now is None:
            raise RuntimeError("A MomentField needs set_now.")
        answer = {part: str(text or "").strip() for part, text in value.items()}
        when = answer["when"] if self.widget.quick else "earlier"
        if when in ("now", "quarter"):
            return self.now if when == "now" else self.now - QUARTER
        if not answer["time"] and not (self.widget.quick and when):
            return self._nothing(answer)
        moment = self._read(answer)
        if self.past and moment > self.now + clock.TOLERANCE:
            raise self._error("future", "time", name=subject(self, _("The time")))
        return min(moment, self.now) if self.past else moment

    def _nothing(self, answer: Mapping[str, str]) -> None:
        """Nothing was answered: leave it to `required`, but keep a day that was typed without its time."""
        typed_day = typed.split_boxes(answer)
        today = typed.boxes_of(typed.london(self.now).date()) if self.now else {}
        if any(typed_day.values()) and typed_day != today:
            raise self._error("no_time", "time")
        if self.required:
            raise self._error(
                "when" if self.widget.quick else "no_time", "when" if self.widget.quick else "time"
            )

    def _read(self, answer: Mapping[str, str]) -> datetime:
        boxes = typed.split_boxes(answer)
        try:
            day = typed.read_date(boxes["day"], boxes["month"], boxes["year"])
        except typed.NotUnderstood as error:
            raise self._error("date", *error.parts) from error
        if not answer["time"]:
            raise self._error("no_time", "time")
        try:
            time = typed.read_time(answer["time"])
        except typed.HalfMissing as error:
            raise self._error("half", "time", time=answer["time"]) from error
        except typed.NotUnderstood as error:
            raise self._error("time", "time") from error
        match typed.instants(day, time):
            case []:
                raise self._error("skipped", "time", time=answer["time"])
            case [only]:
                return only
            case [before, after]:
                return self._choose(answer, before, after)
        raise AssertionError("a wall-clock time has at most two instants")

    def _choose(self, answer: Mapping[str, str], before: datetime, after: datetime) -> datetime:
        self.widget.ask_fold = True
        if answer["fold"] == "before":
            return before
        if answer["fold"] == "after":
            return after
        raise self._error("repeated", "fold", time=answer["time"])

    def _error(self, code: str, *wrong: str, **parts: str) -> ValidationError:
        self.widget.wrong = frozenset(wrong)
        own = self.error_messages["required"] != forms.Field.default_error_messages["required"]
        message = self.error_messages["required" if code == "when" and own else code]
        return ValidationError(message, code=code, params=parts)


class LatelyField(forms.CharField):
    """One box for a time of the last hours, with its day where it was longer ago. Cleans to an aware datetime in UTC, or None."""

    default_error_messages = {
        "time": gettext_lazy("Enter a real time, like 9:10pm or 21:10"),
        "half": gettext_lazy("Add am or pm to %(time)s, like 9:10pm or 21:10"),
        "date": gettext_lazy("Enter a real date after the time, like 9:10pm 27 3 2026"),
        "bare": gettext_lazy("Enter a time that has passed, or add its day, like 9:10pm yesterday"),
        "future": gettext_lazy("The time must be in the past. If it was another day, change the date"),
        "skipped": gettext_lazy(
            "There was no %(time)s on that day: the clocks went forward. Enter another time"
        ),
        "repeated": gettext_lazy("The clocks went back in that hour: add BST or GMT to %(time)s"),
    }
    now: datetime | None = None

    def __init__(self, **options: Any) -> None:
        attrs = {"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(max_length=40, required=False, widget=forms.TextInput(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        """A moment as it could have been typed: read again it is the same one."""
        if not isinstance(value, datetime):
            return value
        local = typed.london(value)
        text = f"{local:%H:%M}"
        if len(typed.instants(local.date(), local.time().replace(second=0, microsecond=0))) > 1:
            text += " gmt" if local.fold else " bst"
        if self.now is None or not timedelta() <= self.now - value < BARE_AT_MOST / 2:
            text += f" {local.day} {local.month} {local.year}"
        return text

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if self.now is None:
            raise RuntimeError("A LatelyField needs set_now.")
        return self._moment(text, self.now)

    def _moment(self, text: str, now: datetime) -> datetime:
        try:
            said = typed.read_lately(text, today=typed.london(now).date())
        except typed.HalfMissing as error:
            raise self._error("half", text) from error
        except typed.NotUnderstood as error:
            raise self._error("date" if "day" in error.parts else "time", text) from error
        match said.before(now + clock.TOLERANCE):
            case [only] if said.day is not None or now - only < BARE_AT_MOST:
                return min(only, now.replace(second=0, microsecond=0))
            case [_last, _first]:
                raise self._error("repeated", text)
        if said.day is None:
            raise self._error("bare", text)
        raise self._error("future" if typed.instants(said.day, said.time) else "skipped", text)

    def _error(self, code: str, text: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"time": text})

"""The moment of an arrival, as its day and perhaps a time of that day say it."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.forms import typed

# What stands for a time of arrival that nobody knows: the day's end, so that the first 72 hours last longest.
DAYS_END = time(23, 59)


def after_registration(registered_at: datetime) -> str:
    """What is said of an arrival that is later than that."""
    local = typed.london(registered_at)
    return _("The child was registered at %(time)s on %(day)s: it cannot have arrived after that") % {
        "time": f"{local:%H:%M}",
        "day": date_format(local, "j F Y"),
    }


def read(
    form: forms.Form, answers: dict[str, Any], *, now: datetime, registered_at: datetime | None = None
) -> None:
    """Put `arrived_at` beside the `arrived_date` and `arrived_time` of a form; what is to come is an error of its box.

    So is what is after `registered_at`, of a child who was. Of a day alone it is the end, or now, or the registration,
    where that is to come. Of an hour that the clocks repeat it is the later that has been; one that they skip says no more
    than its day.
    """
    last = now if registered_at is None else min(now, registered_at)
    at, answer = DAYS_END, answers.get("arrived_time")
    if answer:
        try:
            at = typed.read_time(answer)
        except typed.NotUnderstood:
            form.add_error("arrived_time", _("Enter a real time with am or pm, like 9:10pm or 21:10"))
            return
    day = answers["arrived_date"]
    moments = typed.instants(day, at)
    been = [moment for moment in moments if moment <= last]
    if answer and moments and not been:
        words = _("Arrival time must be in the past")
        if registered_at is not None and min(moments) <= now:
            words = after_registration(registered_at)
        form.add_error("arrived_time", words)
        return
    days_end = datetime.combine(day, DAYS_END, typed.LONDON).astimezone(UTC)
    answers["arrived_at"] = been[-1] if been else min(days_end, last)

"""The moment of an arrival, as its day and perhaps a time of that day say it."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cases.forms import typed

# What stands for a time of arrival that nobody knows: the day's end, so that the first 72 hours last longest.
DAYS_END = time(23, 59)


def read(form: forms.Form, answers: dict[str, Any], *, now: datetime) -> None:
    """Put `arrived_at` beside the `arrived_date` and `arrived_time` of a form; what is to come is an error of its box.

    Of a day alone it is the end, or now where that is to come. Of an hour that the clocks repeat it is the later that has
    been; one that they skip says no more than its day.
    """
    at, answer = DAYS_END, answers.get("arrived_time")
    if answer:
        try:
            at = typed.read_time(answer)
        except typed.NotUnderstood:
            form.add_error("arrived_time", _("Enter a real time with am or pm, like 9:10pm or 21:10"))
            return
    day = answers["arrived_date"]
    moments = typed.instants(day, at)
    been = [moment for moment in moments if moment <= now]
    if answer and moments and not been:
        form.add_error("arrived_time", _("Arrival time must be in the past"))
        return
    days_end = datetime.combine(day, DAYS_END, typed.LONDON).astimezone(UTC)
    answers["arrived_at"] = been[-1] if been else min(days_end, now)

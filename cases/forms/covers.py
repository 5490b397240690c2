"""Answers about somebody who is not there: from when to when, and what a colleague says who is asked to cover."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.deadlines import at_london, end_of, london_day
from cases.forms import fields
from cases.models import User, WorkerLeave
from cases.models.covers import AskedCover
from cases.moves import isolated

YES, NO = "yes", "no"
Cover = TypeVar("Cover", bound=AskedCover)


class SpanForm(forms.Form):
    """From the first day to the last, both whole."""

    first_day = fields.DateField(
        label=gettext_lazy("First day"),
        name=gettext_lazy("The first day"),
        help_text=gettext_lazy("For example 27 3 2027."),
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    last_day = fields.DateField(
        label=gettext_lazy("Last day"),
        name=gettext_lazy("The last day"),
        error_messages={"required": gettext_lazy("Enter the last day")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = london_day(now)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("first_day"), given.get("last_day")
        if first is not None and first < self.today:
            self.add_error("first_day", _("The first day must be today or later"))
        if first is not None and last is not None and last < first:
            self.add_error("last_day", _("The last day must not be before the first"))
        return given

    def span(self) -> dict[str, datetime]:
        """The first instant and the one after the last day."""
        given = self.cleaned_data
        return {"starts_at": begin(given["first_day"]), "ends_at": end_of(given["last_day"])}


class CoverForm(forms.Form):
    """For which leave, and who is asked to cover."""

    leave = forms.ChoiceField(
        label=gettext_lazy("For which time?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select the time")},
    )
    colleague = forms.ChoiceField(
        label=gettext_lazy("Who is asked to cover?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select who is asked")},
    )

    def __init__(
        self,
        *args: Any,
        leaves: Sequence[tuple[WorkerLeave, str]],
        colleagues: Sequence[User],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.leaves = {str(leave.pk): leave for leave, _words in leaves}
        self.colleagues = {str(person.pk): person for person in colleagues}
        offer(self, "leave", [(str(leave.pk), words) for leave, words in leaves])
        offer(self, "colleague", [(pk, isolated(one.name)) for pk, one in self.colleagues.items()])
        if len(leaves) == 1:
            self.initial.setdefault("leave", next(iter(self.leaves)))

    def of_whom(self) -> tuple[WorkerLeave, User]:
        """The leave and the colleague that were chosen."""
        return self.leaves[self.cleaned_data["leave"]], self.colleagues[self.cleaned_data["colleague"]]


class AnswerForm(forms.Form):
    """Whether somebody covers for what was `asked`, and why not."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Do you cover?"),
        choices=((YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select if you cover")},
    )
    reason = forms.CharField(label=gettext_lazy("If not: why?"), max_length=200, required=False)
    # Which cover was read before the answer: another asking may have come in between.
    asking = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: Sequence[AskedCover], **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["asking"] = "-".join(str(one.pk) for one in asked)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("answer") == NO and not given.get("reason"):
            self.add_error("reason", _("Enter why you cannot cover"))
        return given


class CoverEndForm(forms.Form):
    """Why cover ends sooner."""

    reason = forms.CharField(
        label=gettext_lazy("Why does it end?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter why the cover ends")},
    )

    def __init__(self, *args: Any, waits: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if waits:
            self.fields["reason"].label = _("Why is it taken back?")
            self.fields["reason"].error_messages["required"] = _("Enter why the request is taken back")


def answered(waiting: Sequence[Cover], asking: str) -> list[Cover]:
    """The cover that an answer with this key is about: all of it, or nothing where a part waits no longer."""
    read = set(asking.split("-"))
    found = [one for one in waiting if str(one.pk) in read]
    return found if len(found) == len(read) else []


def of_one_asking(waiting: Sequence[Cover]) -> list[Cover]:
    """Of what waits the first, and whatever was asked together with it."""
    asked = ("starts_at", "asked_at", "asked_by_id", "until")
    return [one for one in waiting if all(getattr(one, name) == getattr(waiting[0], name) for name in asked)]


def begin(day: date) -> datetime:
    return at_london(day, time(0, 0))


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Set what one of the form's questions can be answered with."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices

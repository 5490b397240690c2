"""Answers about a meeting: when, who was there, the guardian, and what was decided."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import bookings
from cases.bookings import Booked
from cases.deadlines import at_london
from cases.forms import fields
from cases.meetings import Held
from cases.models import Meeting, MeetingBooking


def _guardian_invited() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Is the child’s guardian invited?"),
        help_text=_(
            "The guardian, and who covers for one, is told by mail when it is, when that changes, and if it is called off."
            " Nobody else is mailed: invite the others yourself."
        ),
        choices=[("yes", _("Yes, mail the guardian")), ("no", _("No, send no mail"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the guardian is invited")},
    )


class BookingForm(forms.Form):
    """What is to be held, when, where, and who is invited."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Meeting.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it is")},
    )
    planned_date = fields.DateField(
        label=_("On which day?"), name=_("The day"), error_messages={"required": _("Enter the day")}
    )
    planned_time = fields.TimeOfDayField(
        label=_("At what time?"), error_messages={"required": _("Enter the time")}
    )
    place = forms.CharField(
        label=_("Where, or by which line?"),
        help_text=_(
            "Of a meeting about a handover whoever has accepted the child reads the day and this, on the transfer’s page."
        ),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    invited = fields.NoteField(
        label=_("Who is invited?"),
        help_text=_("One on each line: name, post and organisation. The guardian is asked about below."),
        name=_("Your answer"),
        limit=2000,
        error_messages={"required": _("Enter who is invited")},
    )
    guardian_invited = _guardian_invited()
    why_not = forms.CharField(
        label=_("If the guardian is not invited: why?"),
        help_text=_("For example, because it is about a concern over the guardian."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # Asked once one stands at about that time; `stood` is the last such that was shown.
    is_another = forms.BooleanField(label=_("It is another meeting than that"), required=False)
    stood = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}), required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        self.now = now
        fields.set_now(self, now)

    @property
    def beside(self) -> int:
        """The key of the last that was shown and that this is not; 0 where nobody has said so."""
        return int(self.cleaned_data["stood"] or 0) if self.cleaned_data["is_another"] else 0

    def ask_if_another(self, rows: Sequence[MeetingBooking], text: str) -> None:
        """Say that these stand at about that time, and ask if this is another."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["stood"] = str(max(row.pk for row in rows))
        data.pop("is_another", None)
        self.data = data
        self.add_error("is_another", text)

    def clean(self) -> dict[str, Any]:
        """Ask why, where the guardian is not invited; the time is one to come."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("guardian_invited") == "no" and not given.get("why_not"):
            self.add_error("why_not", _("Enter why the guardian is not invited"))
        time = given.get("planned_time")
        if time is not None:
            fields.ask_beside(
                self, "planned_date", lambda day: bookings.require_ahead(at_london(day, time), self.now)
            )
        return given

    def booked(self) -> Booked:
        """What was answered; why not is an answer to “No” alone."""
        asked = {"is_another", "stood"}
        given = {name: value for name, value in self.cleaned_data.items() if name not in asked}
        given["guardian_invited"] = given["guardian_invited"] == "yes"
        given["why_not"] = "" if given["guardian_invited"] else given["why_not"]
        moment = at_london(given.pop("planned_date"), given.pop("planned_time"))
        return Booked(key=given.pop("once"), planned_at=moment, **given)


class InvitationForm(forms.Form):
    """Whether the guardian is invited to a meeting that stands, where that has changed."""

    guardian_invited = _guardian_invited()
    why = forms.CharField(
        label=_("Why has that changed?"),
        help_text=_("The mail does not say why."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Enter why that has changed")},
    )

    def __init__(self, *args: Any, was_told: bool, **options: Any) -> None:
        """`was_told`: that the guardian was invited before, so that whoever says no knows who hears of it."""
        super().__init__(*args, **options)
        if was_told:
            choices = [
                ("yes", _("Yes, as it was")),
                ("no", _("No longer: mail the guardian that it is held without them")),
            ]
            cast(forms.ChoiceField, self.fields["guardian_invited"]).choices = choices

    @property
    def is_invited(self) -> bool:
        """The answer."""
        return bool(self.cleaned_data["guardian_invited"] == "yes")


class CallOffForm(forms.Form):
    """That it is not held, and why."""

    ending = forms.ChoiceField(
        label=_("What is it?"),
        choices=MeetingBooking.Ending,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it is")},
    )
    why = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Enter why it is not held")},
    )


class MeetingForm(forms.Form):
    """What is written down of a meeting."""

    kind = forms.ChoiceField(
        label=_("What was it?"),
        choices=Meeting.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it was")},
    )
    held_at = fields.MomentField(label=_("When?"), name=_("The time"), past=True)
    led_by = forms.CharField(
        label=_("Who led it?"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who led it")},
    )
    attendees = fields.NoteField(
        label=_("Who was there?"),
        help_text=_("One on each line: name, post and organisation."),
        name=_("Your answer"),
        limit=2000,
        error_messages={"required": _("Enter who was there")},
    )
    guardian = forms.ChoiceField(
        label=_("The child’s guardian"),
        help_text=_("A guardian is invited to every meeting about the child."),
        choices=Meeting.Guardian,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the guardian was there")},
    )
    why_not = forms.CharField(
        label=_("If the guardian was not invited: why?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    decisions = fields.NoteField(
        label=_("What was decided?"),
        help_text=_("What somebody is to do goes on the plan as well, as an action with a name and a day."),
        name=_("Your answer"),
        limit=4000,
        error_messages={"required": _("Enter what was decided")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        """Ask why, where the guardian was not invited."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("guardian") == Meeting.Guardian.NOT_INVITED and not given.get("why_not"):
            self.add_error("why_not", _("Enter why the guardian was not invited"))
        return given

    def held(self) -> Held:
        """What was answered."""
        given = dict(self.cleaned_data)
        return Held(key=given.pop("once"), **given)

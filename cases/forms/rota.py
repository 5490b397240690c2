"""Answers about a shift: for which desk, who and who second, on which phones, from when to when."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import rota
from cases.forms import fields
from cases.models import Shift, Team, User

LONGEST = timedelta(days=7)


class ShiftForm(forms.Form):
    """One shift of a duty desk."""

    team = forms.ModelChoiceField(
        label=_("Duty desk"),
        queryset=Team.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the duty desk")},
    )
    person = forms.ModelChoiceField(
        label=_("Who is on duty"),
        queryset=User.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Select who is on duty")},
    )
    phone = fields.PhoneField(
        label=_("Phone during the shift"),
        required=False,
        help_text=_("Empty: the phone that we hold for them."),
    )
    second = forms.ModelChoiceField(
        label=_("Second person"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Rung when nobody takes a task in time."),
    )
    second_phone = fields.PhoneField(label=_("Phone of the second person"), required=False)
    starts_at = fields.MomentField(
        label=_("Begins"),
        name=_("The beginning"),
        quick=False,
        past=False,
        error_messages={"no_time": _("Enter when the shift begins, like 9:10pm or 21:10")},
    )
    ends_at = fields.MomentField(
        label=_("Ends"),
        name=_("The end"),
        quick=False,
        past=False,
        error_messages={"no_time": _("Enter when the shift ends, like 9:10pm or 21:10")},
    )

    def __init__(self, *args: Any, authorities: Collection[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now = now
        people = rota.colleagues(authorities, at=now)
        cast(forms.ModelChoiceField, self.fields["team"]).queryset = rota.desks(authorities)
        for name in ("person", "second"):
            cast(forms.ModelChoiceField, self.fields[name]).queryset = people
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        for who, phone in (("person", "phone"), ("second", "second_phone")):
            person = answers.get(who)
            if person is not None and not answers.get(phone):
                answers[phone] = person.phone
                if not person.phone and phone not in self.errors:
                    self.add_error(phone, _("Enter a phone: none is held for this person"))
        starts_at, ends_at = self.begins(answers), answers.get("ends_at")
        if starts_at and ends_at and not starts_at < ends_at <= starts_at + LONGEST:
            self.add_error("ends_at", _("The end must be after the beginning, and within a week of it"))
        if answers.get("second") and answers.get("second") == answers.get("person"):
            self.add_error("second", _("Select somebody else as the second person"))
        return answers

    def begins(self, answers: dict[str, Any]) -> datetime | None:
        """When the shift begins; an error at the field for one that began long ago."""
        starts_at: datetime | None = answers.get("starts_at")
        if starts_at and starts_at < self.now - timedelta(hours=1):
            self.add_error("starts_at", _("The start of a shift must be now or later"))
        return starts_at


class ShiftChangeForm(ShiftForm):
    """What is otherwise from now on, or from the beginning of a shift that is still to come, and why."""

    reason = forms.CharField(
        label=_("Why is it changed?"),
        max_length=200,
        error_messages={"required": _("Enter why the shift is changed")},
    )

    def __init__(self, *args: Any, shift: Shift, **options: Any) -> None:
        self.shift = shift
        standing = {
            "person": shift.person_id,
            "phone": shift.phone,
            "second": shift.second_id,
            "second_phone": shift.second_phone,
            "ends_at": shift.ends_at,
        }
        super().__init__(*args, initial=standing, **options)
        del self.fields["team"], self.fields["starts_at"]
        # One without an end may go on without.
        self.fields["ends_at"].required = shift.ends_at is not None

    def begins(self, answers: dict[str, Any]) -> datetime:
        """From when the change counts."""
        return max(self.now, self.shift.starts_at)


class ShiftEndForm(forms.Form):
    """Why a shift ends before its time."""

    reason = forms.CharField(
        label=_("Why does it end?"),
        max_length=200,
        help_text=_("Whoever is on duty then has no shift. A gap stands on the rota and on the desk."),
        error_messages={"required": _("Enter why the shift ends")},
    )

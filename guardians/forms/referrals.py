"""Answers about a referral to a guardian service: where to and why, what the service says, and why it is taken back."""

import uuid
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.listed_names import ListedNameField
from cases.listed_names import Kind
from cases.models import GuardianService
from guardians import referrals
from guardians.states import REFERRAL_MOVES, ReferralStatus

LONGEST = 1000


class ReferForm(forms.Form):
    """To which service, when, for which signs, and in which language the child wants to be spoken with."""

    service = forms.ModelChoiceField(
        label=gettext_lazy("To which guardian service?"),
        queryset=GuardianService.objects.none(),
        empty_label=gettext_lazy("Select"),
        error_messages={
            "required": gettext_lazy("Select the guardian service"),
            "invalid_choice": gettext_lazy("Select the guardian service"),
        },
    )
    referred_date = fields.DateField(
        label=gettext_lazy("When was the child referred?"),
        name=gettext_lazy("The day"),
        past=True,
        error_messages={"required": gettext_lazy("Enter the day")},
    )
    reason = fields.NoteField(
        label=gettext_lazy("For which signs is the child referred?"),
        help_text=gettext_lazy(
            "The guardian service reads this before it has the child. No address, no place."
        ),
        name=gettext_lazy("Your answer"),
        limit=LONGEST,
        error_messages={"required": gettext_lazy("Enter for which signs the child is referred")},
    )
    language = ListedNameField(
        Kind.LANGUAGE,
        label=gettext_lazy("In which language does the child want to be spoken with?"),
        required=False,
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast(forms.ModelChoiceField, self.fields["service"])
        running = Q(ends_date=None) | Q(ends_date__gt=london_day(now))
        field.queryset = GuardianService.objects.filter(running).order_by("name", "pk")
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("referred_date", london_day(now))
        fields.set_now(self, now)

    def referral(self) -> referrals.Referral:
        """What was answered."""
        given = dict(self.cleaned_data)
        return referrals.Referral(key=given.pop("once"), **given)


class AnswerForm(forms.Form):
    """Whether the service takes the child, has them wait, or declines, and what the council is to know of it."""

    status = forms.ChoiceField(
        label=gettext_lazy("What does your service answer?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select what your service answers")},
    )
    place = forms.IntegerField(
        label=gettext_lazy("Which place on the waiting list?"),
        min_value=1,
        max_value=9999,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-5"}),
        error_messages={"invalid": gettext_lazy("Enter the place as a number")},
    )
    expected_date = fields.DateField(
        label=gettext_lazy("By when is a guardian expected?"),
        name=gettext_lazy("The day"),
        help_text=gettext_lazy("For example 27 3 2027."),
        required=False,
    )
    note = fields.NoteField(
        label=gettext_lazy("What is the council to know?"),
        help_text=gettext_lazy("If your service declines, why. The council reads it."),
        name=gettext_lazy("Your answer"),
        limit=LONGEST,
        required=False,
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, standing: str, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        follow = [one for one in referrals.ANSWERS if one in REFERRAL_MOVES[standing] or one == standing]
        labels = {
            ReferralStatus.ACCEPTED: _("Accepted: we will assign a guardian"),
            ReferralStatus.WAITING: _("The child is on our waiting list"),
            ReferralStatus.DECLINED: _("Declined"),
        }
        cast(forms.ChoiceField, self.fields["status"]).choices = [(one, labels[one]) for one in follow]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = {name for name in ("place", "expected_date") if given.get(name) is not None}
        if given.get("status") == ReferralStatus.WAITING:
            if not said and not {"place", "expected_date"} & set(self.errors):
                self.add_error("place", _("Enter the place on the list, or by when a guardian is expected"))
        elif said and "status" in given:
            self.add_error("status", _("Select the waiting list, or clear the place on it and the day"))
        if given.get("status") == ReferralStatus.DECLINED and not given.get("note"):
            self.add_error("note", _("Enter why your service declines"))
        return given

    def answer(self) -> referrals.Answer:
        """What was answered."""
        given = dict(self.cleaned_data)
        return referrals.Answer(key=given.pop("once"), **given)


class WithdrawForm(forms.Form):
    """Why the referral is taken back."""

    reason = fields.NoteField(
        label=gettext_lazy("Why is the referral withdrawn?"),
        name=gettext_lazy("Your answer"),
        limit=LONGEST,
        error_messages={"required": gettext_lazy("Enter why the referral is withdrawn")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())

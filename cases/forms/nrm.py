"""Answers about a referral to the National Referral Mechanism, and about what came of it."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import first_responders
from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm
from cases.models import FirstResponder, Membership
from cases.models.nrm import CompetentAuthority
from cases.moves import isolated
from cases.nrm import OF_CHILDREN, Referral
from cases.states import NrmStatus

# No move of a referral: somebody asked for the decision.
ASKED = "asked"


def _named(row: FirstResponder) -> str:
    if row.last_day is None:
        return row.name
    return str(_("%(name)s (until %(day)s)")) % {"name": row.name, "day": date_format(row.last_day, "j F Y")}


class ReferralForm(forms.Form):
    """Who referred the child, when, and who decides."""

    first_responder = forms.ModelChoiceField(
        label=_("Which organisation made the referral?"),
        queryset=FirstResponder.objects.none(),
        empty_label=_("Select"),
        error_messages={"required": _("Select the organisation")},
    )
    made_by = forms.CharField(
        label=_("Who made it?"),
        help_text=_("Name and post."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who made it")},
    )
    referred_date = fields.DateField(
        label=_("When was it made?"),
        name=_("The day"),
        past=True,
        error_messages={"required": _("Enter the day")},
    )
    competent_authority = forms.ChoiceField(
        label=_("Who decides?"),
        choices=[(one.value, one.label) for one in OF_CHILDREN],
        initial=CompetentAuthority.SCA,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who decides")},
    )
    reference = forms.CharField(
        label=_("NRM reference"),
        help_text=_("If you know it already."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
    )
    # Of the references of the child that the page was opened with.
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, referrers: Sequence[str] = (), now: datetime, **options: Any) -> None:
        """`referrers` are the names of those who make the referrals of the child's council."""
        super().__init__(*args, **options)
        if referrers:
            words = gettext("Name and post. For your council these make referrals: %(names)s.")
            self.fields["made_by"].help_text = words % {"names": ", ".join(map(isolated, referrers))}
            self.fields["made_by"].widget.attrs["list"] = "referrers"
        self.referrers = referrers
        # Also those that may refer no more: what they referred while they might can be written down later.
        field = cast(forms.ModelChoiceField, self.fields["first_responder"])
        field.queryset = FirstResponder.objects.all()
        field.label_from_instance = _named  # type: ignore[assignment, method-assign]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def referral(self) -> Referral:
        """What was answered."""
        given = dict(self.cleaned_data)
        return Referral(key=given.pop("once"), **given)


class StepForm(SecondPersonForm):
    """What happened: one of the moves that can follow, or that the decision was asked for."""

    what = forms.ChoiceField(
        label=_("What happened?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what happened")},
    )
    happened_date = fields.DateField(
        label=_("When?"),
        name=_("The day"),
        past=True,
        error_messages={"required": _("Enter the day")},
    )
    note = fields.NoteField(
        label=_("Who decided or answered, and what did they say?"),
        name=_("Your note"),
        limit=4000,
        error_messages={"required": _("Enter who decided or answered, and what they said")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("what", "happened_date", "note", *SECOND, "once")

    def __init__(
        self, *args: Any, offered: Collection[str], waits: bool, now: datetime, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        moves = [(status.value, status.label) for status in NrmStatus if status in offered]
        asked = [(ASKED, _("We asked for the decision, and it has not come yet"))]
        cast(forms.ChoiceField, self.fields["what"]).choices = [*(asked if waits else ()), *moves]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)


class OrganisationForm(forms.Form):
    """An organisation that may refer."""

    name = forms.CharField(
        label=_("Name of the organisation"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the name of the organisation")},
    )


class ReferrerForm(forms.Form):
    """Who of the council makes its referrals."""

    member = fields.ListedRowField(
        label=_("Who makes referrals for the council?"),
        queryset=Membership.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Select who makes referrals")},
    )

    def __init__(self, *args: Any, offered: QuerySet[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast(forms.ModelChoiceField, self.fields["member"])
        field.queryset = offered
        field.label_from_instance = _of_team  # type: ignore[assignment, method-assign]


class LastDayForm(forms.Form):
    """Until which day an organisation may refer, and why no longer."""

    last_day = fields.DateField(
        label=_("Until which day may it refer?"),
        name=_("The last day"),
        error_messages={"required": _("Enter the last day")},
    )
    reason = forms.CharField(
        label=_("Why no longer?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter why it may no longer refer")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)
        fields.ask(self, "last_day", lambda day: first_responders.require_day(day, now))


class AgainForm(forms.Form):
    """Why an organisation may refer again."""

    reason = forms.CharField(
        label=_("Why may it refer again?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter why it may refer again")},
    )


def _of_team(row: Membership) -> str:
    return f"{row.user.name}, {row.team}"

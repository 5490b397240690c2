"""Answers about a child's age: a birth date that somebody gives, and a decision."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.ages import BY_TWO, Decision
from cases.details import LABELS
from cases.forms import estimates, fields, likely_ages, typed
from cases.forms.as_read import AsReadForm
from cases.forms.marks import SecondPersonForm
from cases.models import BirthDateBasis, Child
from cases.states import AGE_MOVES, AgeStatus


class DecisionForm(AsReadForm, SecondPersonForm):
    """What was decided, by whom and when; the second person only for an adult, assessed or treated as one."""

    decided_date = fields.DateField(
        label=_("Date of the decision"),
        name=_("The date of the decision"),
        past=True,
        error_messages={"required": _("Enter the date of the decision")},
    )
    decided_by = forms.CharField(
        label=_("Who decided"),
        help_text=_("A council, the National Age Assessment Board, the Home Office, a court, a prison."),
        max_length=200,
        error_messages={"required": _("Enter who decided")},
    )
    grounds = fields.NoteField(
        label=_("On which grounds"),
        limit=2000,
        name=_("The grounds"),
        error_messages={"required": _("Enter on which grounds")},
    )
    place = forms.CharField(
        label=_("Where the child is"),
        help_text=_("Only where somebody else treats the child as an adult: the hotel, prison or centre."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    overtaken = _(
        "Another decision about the age was recorded since you opened this page. Look at what stands now, then press again."
    )
    field_order = ("age_status", "decided_date", "decided_by", "grounds", "place")

    def __init__(self, data: Any, *, child: Child, stands: int, now: datetime) -> None:
        super().__init__(data, stands=stands)
        lawful = AGE_MOVES[child.age_status]
        self.fields["age_status"] = forms.ChoiceField(
            label=_("What was decided"),
            choices=[(status.value, status.label) for status in AgeStatus if status in lawful],
            widget=forms.RadioSelect,
            error_messages={"required": _("Select what was decided")},
        )
        self.order_fields(self.field_order)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("age_status") == AgeStatus.ADULT_ELSEWHERE and not answers.get("place", "").strip():
            self.add_error("place", _("Enter where the child is held or housed as an adult"))
        return answers

    @property
    def needs_second(self) -> bool:
        """Whether what was decided takes a second person, so that a refusal is most likely theirs."""
        return self.cleaned_data.get("age_status") in BY_TWO

    def decision(self) -> Decision:
        """The answers as the verb takes them; a place is kept only where it is asked for."""
        given = self.cleaned_data
        elsewhere = given["age_status"] == AgeStatus.ADULT_ELSEWHERE
        return Decision(
            age_status=given["age_status"],
            decided_date=given["decided_date"],
            decided_by=given["decided_by"],
            grounds=given["grounds"],
            place=given["place"] if elsewhere else "",
        )


class BirthDateForm(forms.Form):
    """A birth date, who gives it, and whether the age goes by it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    birth_date = fields.PartialDateField(
        label=_("Birth date"),
        name=_("Birth date"),
        help_text=_("The year alone, or month and year, is enough."),
        past=True,
        error_messages={"required": _("Enter the birth date, or its year alone")},
    )
    birth_date_is_right = likely_ages.is_right_field(_("Is the birth date right?"))
    estimated = estimates.tick()
    basis = forms.ChoiceField(
        label=LABELS["birth_date_basis"],
        choices=BirthDateBasis,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Select where the birth date comes from")},
    )
    source = forms.CharField(
        label=_("Who or what says so"),
        help_text=_("The child, a passport, a sister, a dentist’s letter."),
        max_length=200,
        error_messages={"required": _("Enter who or what says so")},
    )
    goes_by_it = forms.TypedChoiceField(
        label=_("Do we go by this birth date from now on?"),
        choices=[("yes", _("Yes")), ("no", _("No: it is kept beside the others"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Select if we go by this birth date")},
    )
    reason = fields.NoteField(label=_("Why"), limit=500, name=_("Your reason"), required=False)

    def __init__(self, data: Any, *, version: int, now: datetime) -> None:
        super().__init__(data, initial={"version": version})
        self.now = now
        fields.set_now(self, now)
        likely_ages.prepare(self)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("goes_by_it") and not answers.get("reason", "").strip():
            self.add_error("reason", _("Enter why we go by this birth date"))
        estimates.take(self, "estimated")
        likely_ages.ask(self, today=typed.london(self.now).date())
        return answers

    def values(self) -> dict[str, Any]:
        """The answers as the verb takes them."""
        given = self.cleaned_data
        birth = given["birth_date"]
        same = {name: given[name] for name in ("basis", "source", "goes_by_it", "reason", "version")}
        return {"birth_date": birth.value, "precision": birth.precision, **same}

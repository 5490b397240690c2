"""Answers of a safeguarding plan, and of an action that somebody is asked for."""

import uuid
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.action_owners import Askable, OwnerForm
from cases.forms.as_read import AsReadForm
from cases.forms.marks import SECOND, SecondPersonForm
from cases.models import SafetyPlan
from cases.models.plans import Agreement, ContactRow
from cases.plans import Plan

TEXT = {"autocomplete": "off"}
# What a new version begins with from the one before. Who has a copy of that one has none of this.
KEPT = (
    "goals",
    "contact_row",
    "if_missing",
    "contacts",
    "guardian_contact",
    "travel_rules",
    "address_secrecy",
    "phone_plan",
    "visitors",
    "safe_words",
)


class PlanForm(AsReadForm, SecondPersonForm):
    """The answers stand at those of the version before; what the child says to it is always asked anew."""

    goals = fields.NoteField(
        label=_("What is the plan for?"),
        name=_("Your answer"),
        help_text=_("The risks, and what is to be different."),
        limit=4000,
        error_messages={"required": _("Enter what the plan is for")},
    )
    contact_row = forms.ChoiceField(
        label=_("How often is the child to be seen?"),
        help_text=_(
            "Beside what the contact policy asks: the closer of the two counts. Closer counts at once."
        ),
        choices=ContactRow,
        widget=forms.RadioSelect,
        required=False,
    )
    if_missing = fields.NoteField(
        label=_("If the child is missing"),
        name=_("Your answer"),
        help_text=_(
            "What to do in the first half hour, whom to ring, where to look. The home and duty read it then."
        ),
        limit=4000,
        error_messages={"required": _("Enter what to do if the child is missing")},
    )
    contacts = fields.NoteField(
        label=_("Whom to ring, by day and by night"),
        name=_("Your answer"),
        help_text=_("Names or posts, each with a phone that is answered then."),
        limit=1000,
        rows=2,
        error_messages={"required": _("Enter whom to ring, by day and by night")},
    )
    guardian_contact = fields.NoteField(
        label=_("Contact with the guardian"),
        name=_("Your answer"),
        help_text=_("How often and how, and who rings the guardian if the child is missing."),
        limit=1000,
        rows=2,
        required=False,
    )
    travel_rules = fields.NoteField(
        label=_("Going out and travelling"),
        name=_("Your answer"),
        help_text=_(
            "Where the child may go alone or with whom, when they are back, and who holds the travel pass."
        ),
        limit=2000,
        rows=2,
        required=False,
    )
    address_secrecy = fields.NoteField(
        label=_("Who may know where the child lives, and who may not?"),
        name=_("Your answer"),
        help_text=_(
            "What the child says when asked, and what is done when somebody finds out. Not the address itself."
        ),
        limit=2000,
        rows=2,
        required=False,
    )
    phone_plan = fields.NoteField(
        label=_("Phone and internet"), name=_("Your answer"), limit=2000, rows=2, required=False
    )
    visitors = fields.NoteField(
        label=_("Who may visit"), name=_("Your answer"), limit=2000, rows=2, required=False
    )
    safe_words = forms.CharField(
        label=_("Safe words"), max_length=300, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    child_agrees = forms.ChoiceField(
        label=_("What does the child say to it?"),
        choices=Agreement,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what the child says to it")},
    )
    child_words = fields.NoteField(
        label=_("In the child’s own words"), name=_("Your answer"), limit=2000, rows=2, required=False
    )
    copied_to = forms.CharField(
        label=_("Which agencies have a copy?"),
        help_text=_("Police, health, school, guardian service: those who have been given one."),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    agreed_with = forms.CharField(
        label=_("Who agreed to it?"),
        help_text=_("Carer, guardian, police, school: names or posts."),
        max_length=300,
        widget=forms.TextInput(attrs=TEXT),
        error_messages={"required": _("Enter who agreed to it")},
    )
    review_date = fields.DateField(
        label=_("To be looked at again by"),
        name=_("The date"),
        help_text=_("No later than the review of the care plan, so within six months."),
        error_messages={"required": _("Enter by when it is looked at again")},
    )
    why_less = fields.NoteField(
        label=_("Why is less contact enough?"), name=_("Your reason"), limit=1000, rows=2, required=False
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    overtaken = _(
        "Somebody has written another version since you began this one. Read it, take over what is to stay, then save"
        " again."
    )

    def __init__(self, *args: Any, now: datetime, last: SafetyPlan | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in KEPT if last is not None else ():
            self.initial.setdefault(name, getattr(last, name))
        self.initial.setdefault("contact_row", ContactRow.AS_ASKED.value)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def plan(self) -> Plan:
        """What was answered."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in SECOND}
        return Plan(key=given.pop("once"), **given)


class ActionForm(OwnerForm):
    """What is to be done, who does it, and by when."""

    field_order = ("what",)
    what = forms.CharField(
        label=_("What is to be done?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Enter what is to be done")},
    )
    by_date = fields.DateField(
        label=_("By when?"),
        name=_("The date"),
        error_messages={"required": _("Enter by when it is done")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        askable: Askable,
        of_placement: bool = False,
        today: date,
        **options: Any,
    ) -> None:
        super().__init__(*args, askable=askable, **options)
        self.today = today
        if of_placement:
            self.fields["what"].label = _("What can this placement not keep?")
            self.fields["what"].error_messages["required"] = _("Enter what it cannot keep")
            self.fields["by_date"].label = _("By when is it put right?")
        self.initial.setdefault("once", uuid.uuid4())

    def clean_by_date(self) -> date:
        day: date = self.cleaned_data["by_date"]
        if day < self.today:
            raise forms.ValidationError(_("The date must be today or in the future"))
        return day

"""What is written of a return interview, on one screen."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.action_owners import OUTSIDE, Askable
from cases.models import (
    Independence,
    Interpreter,
    Interview,
    PreventionInterview,
    ReturnInterview,
    Sharing,
)
from cases.return_interviews import Promise, Told

# What the child is promised on this page becomes actions of the plan; more of them are asked for there.
ROWS, ROW, PARTS = 3, "promise_", ("what", "owner", "by")
OF_ROW = {
    "what": _("Enter what is to be done"),
    "owner": _("Select who does it"),
    "by": _("Enter by when it is done"),
}
NAME = {"spellcheck": "false", "autocomplete": "off"}
# Names of the answers that are longer text, in the order in which a child tells it.
ACCOUNT = (
    "before",
    "during",
    "after",
    "why_left",
    "what_drew",
    "with_whom",
    "harm",
    "crimes",
    "health_needs",
    "would_help",
)
# Of an interview that was held: what cannot be left out, and how it is asked for.
OF_HELD = {
    "held_at": _("Select when the interview was held"),
    "interviewer": _("Enter who held the interview"),
    "independence": _("Select whether the interviewer is independent"),
    "interpreter": _("Select whether an interpreter was there"),
    "sharing": _("Select what the child said about sharing it"),
}


def _text(label: Any, name: Any, **options: Any) -> fields.NoteField:
    return fields.NoteField(label=label, name=name, required=False, rows=3, **options)


class WithdrawInterview(forms.Form):
    """Why what was written of the interview does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("It stays on the record, struck through, with your reason."),
        max_length=ReturnInterview._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this interview is withdrawn")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class InterviewForm(forms.Form):
    """The offer, what came of it, the child’s own account, and what the police are to know."""

    offered_at = fields.MomentField(
        label=_("When was it offered?"),
        name=_("The time of the offer"),
        error_messages={"required": _("Select when it was offered")},
    )
    outcome = forms.ChoiceField(
        label=_("What came of the offer?"),
        choices=Interview.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what came of the offer")},
    )
    reason = _text(
        _("If the child did not want to talk: why, in the child’s words?"), _("The reason"), limit=1000
    )
    carer_information = _text(
        _("What do the carers know of where the child was?"), _("The carers’ information")
    )
    interviewer = forms.CharField(
        label=_("Who offers or held it?"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    independence = forms.ChoiceField(
        label=_("Are they independent?"),
        choices=Independence.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    not_independent_why = _text(
        _("If nobody independent could be had: why, and who was asked?"),
        _("Why nobody independent could be had"),
        limit=1000,
    )
    interpreter = forms.ChoiceField(
        label=_("Interpreter"), choices=Interpreter.choices, widget=forms.RadioSelect, required=False
    )
    interpreter_name = forms.CharField(
        label=_("Interpreter’s name and language"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    held_at = fields.MomentField(
        label=_("When was it held?"), name=_("The time of the interview"), required=False
    )
    place = forms.CharField(
        label=_("Where was it held?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    police_date = fields.DateField(
        label=_("On which day did the police talk to the child?"),
        name=_("The date of the police interview"),
        required=False,
    )
    police_reference = forms.CharField(
        label=_("Police reference"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    before = _text(_("What was happening before?"), _("Before"))
    during = _text(_("Where was the child, and what happened?"), _("What happened"))
    after = _text(_("How did the child come back, and how are they now?"), _("After"))
    why_left = _text(_("What made the child go?"), _("What made the child go"))
    what_drew = _text(_("What drew the child there?"), _("What drew the child"))
    with_whom = _text(_("Who was the child with?"), _("Who the child was with"))
    harm = _text(_("Was the child hurt, frightened or made to do something?"), _("Harm"))
    crimes = _text(_("Crimes against the child, or that the child was made to take part in"), _("Crimes"))
    would_help = _text(_("What would help?"), _("What would help"))
    health_needs = _text(
        _("Does the child need a doctor, a dentist or somebody to talk to?"), _("What the child needs")
    )
    intelligence = _text(
        _("For the police"),
        _("The text for the police"),
        help_text=_("Names, phones, cars, places. It is kept apart and can be copied by itself."),
    )
    actions = _text(_("What is to be done, by whom and when?"), _("What is to be done"))
    sharing = forms.ChoiceField(
        label=_("Does the child agree that it is shared?"),
        help_text=_(
            "What the police must know to keep a child safe is shared in any case. Tell the child so."
        ),
        choices=Sharing.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    review_date = fields.DateField(
        label=_("When is this looked at again?"), name=_("The date of the review"), required=False
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        standing: ReturnInterview | None,
        askable: Askable,
        by_police: PreventionInterview | None = None,
        now: datetime,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.askable, self.today, self.standing = askable, london_day(now), standing
        # Somebody without an account is asked from the plan, where it is said how they are reached.
        owners = [choice for choice in askable.choices if choice[0] != OUTSIDE]
        for number in range(ROWS):
            self.fields.update(_row(number, owners))
        self.initial.setdefault("once", uuid.uuid4())
        for name in ("reason", "not_independent_why", *OF_HELD):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        if standing is not None:
            for name in self.fields:
                if name != "once" and not name.startswith(ROW):
                    self.initial.setdefault(name, getattr(standing, name))
        if by_police is not None and standing is None:
            # What is held is not asked for again.
            self.initial.setdefault("police_date", london_day(by_police.held_at))
            self.initial.setdefault("police_reference", by_police.reference)
        fields.set_now(self, now)

    @property
    def account(self) -> list[forms.BoundField]:
        """The boxes of the child’s own account."""
        return [self[name] for name in ACCOUNT]

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The boxes of what is promised, row by row."""
        return [[self[f"{ROW}{number}_{part}"] for part in PARTS] for number in range(ROWS)]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        for number in range(ROWS):
            self._clean_row(number, answers)
        again, stood = answers.get("review_date"), self.standing.review_date if self.standing else None
        if again is not None and again != stood and again < self.today:
            self.add_error("review_date", _("The date of the review must be today or in the future"))
        outcome = answers.get("outcome")
        if outcome == Interview.DID_NOT_WANT and not answers.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Enter in words why the child did not want to talk"))
        for name, words in OF_HELD.items() if outcome == Interview.HELD else ():
            if not answers.get(name) and name not in self.errors:
                self.add_error(name, words)
        self._clean_independence(answers)
        if answers.get("police_date") and answers["police_date"] > self.today:
            self.add_error("police_date", _("The date of the police interview must be today or in the past"))
        offered_at, held_at = answers.get("offered_at"), answers.get("held_at")
        if held_at and outcome != Interview.HELD:
            self.add_error("outcome", _("Select that the child talked, or clear the time of the interview"))
        if offered_at and held_at and held_at < offered_at:
            self.add_error("held_at", _("The time of the interview must be after the offer"))
        return answers

    def _clean_independence(self, answers: dict[str, Any]) -> None:
        """Somebody who is not independent, though the child asked for nobody, is written down with the reason."""
        why, name = answers.get("not_independent_why"), "not_independent_why"
        is_last_resort = answers.get("independence") == Independence.NOBODY_ELSE
        if (
            is_last_resort
            and answers.get("outcome") == Interview.HELD
            and not why
            and name not in self.errors
        ):
            self.add_error(name, _("Enter why nobody independent could be had, and who was asked"))
        if why and not is_last_resort and "independence" not in self.errors:
            self.add_error("independence", _("Select that nobody else could be had, or clear the reason"))

    def _clean_row(self, number: int, answers: dict[str, Any]) -> None:
        """A row that says anything says all of it, with a day that is not over."""
        said = {part: answers.get(f"{ROW}{number}_{part}") for part in PARTS}
        if not any(said.values()):
            return
        for part, words in OF_ROW.items():
            name = f"{ROW}{number}_{part}"
            if not said[part] and name not in self.errors:
                self.add_error(name, words)
        if said["by"] and said["by"] < self.today:
            self.add_error(f"{ROW}{number}_by", _("The date must be today or in the future"))

    def told(self) -> Told:
        """What `return_interviews.write` takes."""
        given = {name: value for name, value in self.cleaned_data.items() if not name.startswith(ROW)}
        return Told(key=given.pop("once"), **given)

    def promised(self) -> list[Promise]:
        """What somebody is asked for with it."""
        rows = [{part: self.cleaned_data[f"{ROW}{n}_{part}"] for part in PARTS} for n in range(ROWS)]
        return [
            Promise(what=row["what"], owner=self.askable.answers[row["owner"]], by_date=row["by"])
            for row in rows
            if row["what"]
        ]


def _row(number: int, owners: Any) -> dict[str, forms.Field]:
    """The fields of one promise; the first label of a row says which."""
    return {
        f"{ROW}{number}_what": forms.CharField(
            label=_("%(number)s. What is to be done?") % {"number": number + 1},
            max_length=500,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        f"{ROW}{number}_owner": forms.ChoiceField(
            label=_("%(number)s. Who does it, or sees that it is done?") % {"number": number + 1},
            choices=owners,
            required=False,
        ),
        f"{ROW}{number}_by": fields.DateField(
            label=_("%(number)s. By when?") % {"number": number + 1}, name=_("The date"), required=False
        ),
    }

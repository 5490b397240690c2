"""What is added to an episode while it runs: an update, a call, a grade."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import review_dates, reviews
from cases.forms import fields, marks
from cases.forms.dates import Text
from cases.models import EpisodeCall, EpisodeGrade, MissingReview, PoliceGrade, Risk
from cases.review_dates import Due
from cases.templatetags.govuk import gov_date

# Of police who were asked: what cannot be left out, and how it is asked for; and of those who were not.
ASKED = {
    "police_asked_at": _("Select when the police were asked"),
    "police_spoken_to": _("Enter who was spoken to"),
    "police_answer": _("Enter what they answered"),
}
NOT_ASKED = {"police_not_asked": _("Enter why nobody has asked them yet")}
# Of the choices of a review.
EXTRA = MissingReview.Kind.EXTRA.value
NAME = {"spellcheck": "false", "autocomplete": "off"}


class Update(forms.Form):
    """Something new."""

    text = fields.NoteField(
        label=_("What is new?"),
        name=_("The update"),
        rows=5,
        error_messages={"required": _("Enter the update")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())


class Call(forms.Form):
    """One call: who rang whom, on which number, who answered and what was said."""

    direction = forms.ChoiceField(
        label=_("Who rang?"),
        choices=EpisodeCall.Direction,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who rang")},
    )
    party = forms.CharField(
        label=_("Who are they?"),
        help_text=_("For example Northmere Police, 101; the child’s cousin; the home"),
        max_length=150,
        error_messages={"required": _("Enter who was rung, or who rang")},
        widget=forms.TextInput(attrs=NAME),
    )
    # As it was dialled: 101 is one too.
    number = forms.CharField(
        label=_("On which number?"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20", "inputmode": "tel"}),
    )
    rung_at = fields.MomentField(
        label=_("When was it?"),
        name=_("The time"),
        error_messages={"required": _("Select when the call was")},
    )
    answered_by = forms.CharField(
        label=_("Who spoke?"),
        help_text=_("Leave it empty when nobody answered"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    said = fields.NoteField(label=_("What was said?"), name=_("Your note"), required=False, rows=3)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def given(self) -> dict[str, Any]:
        """As `episodes.log_call` takes it."""
        given = dict(self.cleaned_data)
        return given | {"key": given.pop("once")}


class Review(forms.Form):
    """One review of a child who stays missing: which, when, who led it and what was decided."""

    which = forms.ChoiceField(
        label=_("Which review?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select which review it was")},
    )
    held_at = fields.MomentField(
        label=_("When was it held?"),
        name=_("The time of the review"),
        error_messages={"required": _("Select when the review was held")},
    )
    chair = forms.CharField(
        label=_("Who led it?"),
        max_length=150,
        error_messages={"required": _("Enter who led the review")},
        widget=forms.TextInput(attrs=NAME),
    )
    note = fields.NoteField(
        label=_("What was decided?"),
        name=_("What was decided"),
        rows=5,
        help_text=_("What is new, what is done next and by whom, and what the police agreed to."),
        error_messages={"required": _("Enter what was decided")},
    )
    asked = forms.ChoiceField(
        label=_("Have the police been asked again?"),
        help_text=_("Before the review or in it: ring the officer, or 101 with the reference."),
        choices=[("yes", _("Yes")), ("no", _("Not yet"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the police have been asked")},
    )
    police_asked_at = fields.MomentField(
        label=_("When were they asked?"), name=_("The time of the asking"), required=False
    )
    police_spoken_to = forms.CharField(
        label=_("Who of the police was spoken to?"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    police_reference = forms.CharField(
        label=_("Police reference"),
        help_text=_("The one they gave now, if any."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    police_answer = fields.NoteField(
        label=_("What did they answer?"), name=_("What they answered"), required=False, rows=3
    )
    police_not_asked = fields.NoteField(
        label=_("If not yet: why?"),
        name=_("The reason"),
        help_text=_("When they have been asked, record the call on the page of the episode."),
        required=False,
        rows=2,
    )

    def __init__(
        self, *args: Any, owed: Sequence[Due], held: Sequence[Due] = (), now: Any, **options: Any
    ) -> None:
        """Each review goes by its own name: a place in the list is another's once one of them is recorded.

        Of those `held` the one that a page of before names is taken as that one, for the verb to look at.
        """
        super().__init__(*args, **options)
        sent = [due for due in held if due.key == self.data.get("which")]
        self.owed = {due.key: due for due in (*sent, *owed) if review_dates.counts(due, now)}
        words = _("%(review)s, due on %(day)s")
        cast(forms.ChoiceField, self.fields["which"]).choices = [
            (key, words % {"review": reviews.label(due), "day": gov_date(due.due_at)})
            for key, due in self.owed.items()
        ] + [(EXTRA, _("Extra review, in place of none of these"))]
        self.fields["which"].initial = next(iter(self.owed), EXTRA)
        for name in (*ASKED, "police_not_asked"):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        due, held_at = self.owed.get(answers.get("which", "")), answers.get("held_at")
        if due is not None and held_at is not None and not review_dates.counts(due, held_at):
            too_soon = _("It was held too long before this review is due. Select that it is an extra one")
            self.add_error("which", too_soon)
        wanted: Mapping[str, Text] = {"yes": ASKED, "no": NOT_ASKED}.get(answers.get("asked", ""), {})
        for name, words in wanted.items():
            if not answers.get(name) and name not in self.errors:
                self.add_error(name, str(words))
        if answers.get("asked") == "yes" and answers.get("police_not_asked"):
            self.add_error("asked", _("Select “Not yet”, or clear why nobody has asked them"))
        if answers.get("asked") == "no" and any(answers.get(name) for name in (*ASKED, "police_reference")):
            self.add_error("asked", _("Select “Yes”, or clear what the police answered"))
        return answers

    def given(self) -> dict[str, Any]:
        """As `reviews.record` takes it."""
        answers = self.cleaned_data
        asked = reviews.Asked(**{name: answers[name] for name in answers if name.startswith("police_")})
        held = {name: answers[name] for name in ("held_at", "chair", "note")}
        return {"due": self.owed.get(answers["which"]), "asked": asked, **held}


class WithdrawReview(forms.Form):
    """Why the record of a review does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("It stays on the record, struck through, with your reason."),
        max_length=MissingReview._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this record is withdrawn")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Grade(marks.SecondPersonForm):
    """Our grade or that of the police, with the reason; a second person only where ours is lowered."""

    whose = forms.ChoiceField(
        label=_("Whose grade is it?"),
        choices=EpisodeGrade.Whose,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whose grade it is")},
    )
    grade = forms.ChoiceField(
        label=_("The grade"),
        choices=[
            ("", _("Choose")),
            (PoliceGrade.VERY_LOW, _("Very low (police only)")),
            *((risk.value, risk.label) for risk in (Risk.LOW, Risk.MEDIUM, Risk.HIGH)),
        ],
        error_messages={"required": _("Select the grade")},
    )
    reason = fields.NoteField(
        label=_("Why?"),
        name=_("The reason"),
        rows=3,
        limit=1000,
        error_messages={"required": _("Enter the reason")},
    )
    asked_for_high = forms.BooleanField(
        label=_("We asked the police for high, with this reason"), required=False
    )
    field_order = ("whose", "grade", "reason", "asked_for_high", *marks.SECOND)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("whose") == EpisodeGrade.Whose.OURS and answers.get("grade") == PoliceGrade.VERY_LOW:
            self.add_error("grade", _("Only the police grade very low. Select low, medium or high"))
        return answers

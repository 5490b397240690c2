"""What is decided while a child is missing, and what a force or a partner found."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import EpisodeDecision, EpisodeFinding
from cases.models.episode_decisions import ANSWERS, OUT

Kind, Answer = EpisodeDecision.Kind, EpisodeDecision.Answer
NAME = {"spellcheck": "false", "autocomplete": "off"}
# What is asked of each kind beside who, when and why.
MORE: Mapping[str, tuple[str, ...]] = {
    Kind.UKMPU: ("spoken_to", "reference"),
    Kind.MISSING_PEOPLE: ("spoken_to", "reference", "consent"),
    Kind.PUBLICITY: ("spoken_to", "consent", "risk"),
    Kind.CHILD_RESCUE_ALERT: ("spoken_to", "reference"),
    Kind.HOME_OFFICE: ("spoken_to", "reference", "consent", "worded"),
    Kind.OFSTED: ("spoken_to", "reference"),
}
SPOKEN = frozenset({Answer.TOLD, Answer.OFFERED, Answer.REFERRED, Answer.ASKED, Answer.ISSUED})
CONSENT: Mapping[str, Promise] = {
    Kind.HOME_OFFICE: _("Which solicitor has the copy?"),
}


class Decision(forms.Form):
    """One decision: what, when, by whom and why; and what its kind asks for."""

    answer = forms.ChoiceField(
        label=_("What was decided?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what was decided")},
    )
    decided_at = fields.MomentField(
        label=_("When was it decided?"),
        name=_("The time of the decision"),
        error_messages={"required": _("Select when it was decided")},
    )
    decided_by = forms.CharField(
        label=_("Who decided it?"),
        max_length=150,
        error_messages={"required": _("Enter who decided it")},
        widget=forms.TextInput(attrs=NAME),
    )
    spoken_to = forms.CharField(
        label=_("Who was spoken to there?"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    reference = forms.CharField(
        label=_("Their reference"), max_length=60, required=False, widget=forms.TextInput(attrs=NAME)
    )
    consent = forms.CharField(
        label=_("Whose consent is there, or why is it done without?"), max_length=300, required=False
    )
    risk = forms.CharField(
        label=_("What may publicity do to the child?"),
        help_text=_(
            "Whoever looks for the child reads it too: those who brought them here, or family they fear."
        ),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    worded = forms.BooleanField(
        label=_("The notice says both: trafficking, and no loss of contact with the claim"), required=False
    )
    reason = fields.NoteField(
        label=_("Why?"),
        name=_("The reason"),
        rows=3,
        error_messages={"required": _("Enter why")},
    )

    def __init__(self, *args: Any, kind: str, now: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        answers = [(answer.value, answer.label) for answer in ANSWERS[kind]]
        cast(forms.ChoiceField, self.fields["answer"]).choices = answers
        for name in ("spoken_to", "reference", "consent", "risk", "worded"):
            if name not in MORE[kind]:
                del self.fields[name]
            elif name != "reference":
                self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        if kind == Kind.OFSTED:
            self.fields["decided_by"].help_text = _("The registered manager, or who stands in for them")
            self.fields["reference"].asked_of_some = True  # type: ignore[attr-defined]
            self.fields["reference"].label = _("Reference of the notification")
        if kind in CONSENT:
            self.fields["consent"].label = str(CONSENT[kind])
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        for name, words in self._lacking(answers.get("answer", "")).items():
            if name in self.fields and not answers.get(name) and name not in self.errors:
                self.add_error(name, str(words))
        answers.pop("worded", None)
        return answers

    def _lacking(self, answer: str) -> dict[str, Promise]:
        """What this answer asks for, by field."""
        asked: dict[str, Promise] = {}
        if self.kind == Kind.OFSTED:
            if answer == Answer.TOLD and not self.cleaned_data.get("spoken_to"):
                asked["reference"] = _("Enter the reference of the notification, or who was spoken to")
        elif answer in SPOKEN:
            asked["spoken_to"] = _("Enter who was spoken to")
        if answer in OUT:
            asked["consent"] = _("Enter whose consent there is, or why it is done without")
        if self.kind == Kind.PUBLICITY and answer in (Answer.YES, Answer.NO):
            asked["risk"] = _("Enter what publicity may do to the child")
        if self.kind == Kind.HOME_OFFICE and answer == Answer.TOLD:
            asked["consent"] = _("Enter which solicitor has the copy")
            asked["worded"] = _("Select that the notice says both")
        return asked


class Finding(forms.Form):
    """What a force or a partner found, who told us and when; intelligence by itself."""

    source = forms.ChoiceField(
        label=_("Who found it?"),
        choices=EpisodeFinding.Source,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who found it")},
    )
    told_by = forms.CharField(
        label=_("Who told us?"),
        max_length=150,
        error_messages={"required": _("Enter who told us")},
        widget=forms.TextInput(attrs=NAME),
    )
    heard_at = fields.MomentField(
        label=_("When did we hear it?"),
        name=_("The time"),
        error_messages={"required": _("Select when we heard it")},
    )
    text = fields.NoteField(
        label=_("What did they find?"),
        name=_("What they found"),
        rows=5,
        error_messages={"required": _("Enter what they found")},
    )
    is_intelligence = forms.BooleanField(
        label=_("This is intelligence: keep it apart"),
        help_text=_("About other people, or how something is known. It stands on a page of its own."),
        required=False,
    )

    def __init__(self, *args: Any, now: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

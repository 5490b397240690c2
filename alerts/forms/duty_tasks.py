"""What duty answers about a call: who was seen, as told on the phone, and what came of a task."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts import duty_tasks
from alerts.desk import Silent
from alerts.home_calls import Moved
from alerts.models import DutyTask
from cases import absences, contacts, witnesses
from cases.forms import errors, fields, whereabouts
from cases.forms.contact import KNOWN_BY_PART
from cases.models import HOME_ROLES, Child, Means, WitnessRole
from cases.moves import isolated
from cases.templatetags.govuk import gov_when, phone

MEANS = (Means.FACE_TO_FACE, Means.LIVE_VIDEO, Means.PHONE)


class SeenByPhone(forms.Form):
    """Who was seen, by whom, as somebody said on the phone; a child that is not ticked stays on the desk."""

    children = forms.MultipleChoiceField(
        label=_("Who was seen?"),
        help_text=_("Tick each child that this one person saw. The others stay on the desk."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Select who was seen")},
    )
    witness = forms.CharField(
        label=_("Who saw them?"),
        help_text=_("The name of the person who was with the child"),
        max_length=150,
        error_messages={"required": _("Enter the name of the person who saw the child")},
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    witness_role = forms.ChoiceField(
        label=_("Who they are to the child"),
        choices=WitnessRole.choices,
        initial=WitnessRole.PLACEMENT_STAFF,
        error_messages={"required": _("Select who they are to the child")},
    )
    where = whereabouts.field()
    seen_at = fields.MomentField(
        label=_("When did they see the child?"),
        name=_("The time"),
        error_messages={"required": _("Select when the child was seen")},
    )
    means = forms.ChoiceField(
        label=_("How?"),
        choices=[(choice.value, choice.label) for choice in MEANS],
        initial=Means.FACE_TO_FACE,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": _("Select how the child was seen")},
    )
    knows_child = forms.BooleanField(
        label=_("Whoever saw them knows the faces, or holds the photos"),
        help_text=KNOWN_BY_PART,
        required=False,
    )
    told_by = forms.CharField(
        label=_("Who told you, if it was somebody else"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    note = fields.NoteField(label=_("Note"), name=_("Your note"), required=False, rows=3)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        silent: Sequence[Silent],
        moved: Mapping[int, Moved] = MappingProxyType({}),
        not_theirs: Sequence[str] = (),
        now: datetime,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        self.moved, self.now = moved, now
        if not_theirs:
            self.fields["children"].error_messages["invalid_choice"] = " ".join(not_theirs)
        self.silent = {line.child.reference: line.child for line in silent}
        choices = [
            (reference, f"{isolated(child.given_name)} {reference}")
            for reference, child in self.silent.items()
        ]
        self.fields["children"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            # One child is what the whole form is about: there is nothing to choose.
            self.fields["children"].widget = forms.MultipleHiddenInput()
            self.initial["children"] = list(self.silent)
        self._ask_where(now)
        fields.set_now(self, now)

    def _ask_where(self, now: datetime) -> None:
        """Of a child who is out or away nobody's part is a guess: as the home's word its sighting would end that."""
        since = absences.gone_since([child.pk for child in self.silent.values()], at=now)
        self.gone = {child: since[child.pk] for child in self.silent.values() if child.pk in since}
        if not self.gone:
            del self.fields["where"]
            return
        role = self.fields["witness_role"]
        role.choices = [("", _("Choose")), *WitnessRole.choices]  # type: ignore[attr-defined]
        role.initial = ""

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        ticked = {self.silent[reference] for reference in answers.get("children", ())}
        left = [left_at for child, left_at in self.gone.items() if child in ticked]
        if left:
            whereabouts.require(self, answers, seen_at="seen_at", left_at=min(left))
        self._require_home_of_then(answers, ticked)
        return answers

    def _require_home_of_then(self, answers: Mapping[str, Any], ticked: Collection[Child]) -> None:
        """Of a child who has left the home that was rung no word of that home is about a time since: the home of now is rung."""
        seen_at = answers.get("seen_at")
        if seen_at is None or answers.get("witness_role") not in HOME_ROLES:
            return
        for child in sorted(ticked, key=lambda one: one.reference):
            gone = self.moved.get(child.pk)
            if gone is not None and seen_at >= gone.since:
                is_alone = len(self.silent) == 1
                self.add_error("seen_at" if is_alone else "children", _moved_words(child, gone, self.now))

    @property
    def seen_children(self) -> list[Child]:
        return [self.silent[reference] for reference in self.cleaned_data["children"]]

    def sighting(self, *, at: datetime) -> contacts.Sighting:
        """What was said, as a sighting of the first child; the home is the same for all of them.

        One person saw them in one place: where that was not at home, it is the home's word of none of them.
        """
        given = self.cleaned_data
        # A child who is gone, if there is one: of those at home nobody asks where it was.
        about = next((child for child in self.seen_children if child in self.gone), self.seen_children[0])
        word: Mapping[str, Any] = witnesses.word_of_other(
            given["witness"],
            given["witness_role"],
            about,
            at_home=whereabouts.is_home(given),
            seen_at=given["seen_at"],
            at=at,
        )
        return contacts.Sighting(
            means=given["means"],
            happened_at=given["seen_at"],
            told_by=given["told_by"] or given["witness"],
            note=given["note"],
            key=given["once"],
            said_to_know=given["knows_child"],
            **word,
        )


def _moved_words(child: Child, gone: Moved, now: datetime) -> str:
    """Where the child lives by now, and what to say where it was seen before it moved."""
    said = _("%(child)s does not live in the home that was rung since %(when)s, and lives nowhere on record.")
    where = ""
    if gone.placement is not None:
        said = _(
            "%(child)s does not live in the home that was rung since %(when)s, but in %(where)s: ring %(phone)s."
        )
        home = gone.placement.home
        where = home.name if home is not None else gone.placement.provider or str(_("another place"))
    about = {
        "child": f"{isolated(child.given_name)} {child.reference}",
        "when": gov_when(gone.since, now),
        "where": isolated(where),
        "phone": phone(gone.placement.phone) if gone.placement is not None else "",
    }
    before = _("If this home saw the child before then, enter that time.")
    return f"{said % about} {before}"


class TaskDone(forms.Form):
    """What came of a task."""

    answer = forms.CharField(
        label=_("What came of it?"),
        help_text=_("Whom you spoke to, and what they said"),
        max_length=DutyTask._meta.get_field("answer").max_length,
        error_messages={"required": _("Enter what came of it")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    # Of a call to the police alone: what nobody answered is no call to them, in our mails and on their page.
    reached = forms.ChoiceField(
        label=_("Did you speak to the police?"),
        choices=[("yes", _("Yes")), ("no", _("No, I reached nobody"))],
        error_messages={"required": _("Select whether you spoke to the police")},
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
    )

    field_order = ("reached", "answer")

    def __init__(self, *args: Any, of_police: bool, of_own_desk: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not of_police:
            del self.fields["reached"]
        if of_own_desk:
            self.fields["answer"].help_text = _(
                "That you have read the desk, and whether the messages have come"
            )

    def clean_answer(self) -> str:
        """What is kept: of a call that reached nobody it says so first."""
        answer: str = self.cleaned_data["answer"]
        if self.cleaned_data.get("reached") != "no":
            return answer
        kept = f"{duty_tasks.NOT_REACHED}. {answer}"
        most = DutyTask._meta.get_field("answer").max_length or len(kept)
        if len(kept) > most:
            room = most - (len(kept) - len(answer))
            raise forms.ValidationError(
                errors.too_long(str(_("Your answer")), limit=room, length=len(answer))
            )
        return kept

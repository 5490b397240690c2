"""How a search ended: the form on which duty says it, and what each outcome cannot go without."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import absences, episodes, homecomings
from cases.clock import TOLERANCE
from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, label_factor
from cases.models import Condition
from cases.states import EpisodeOutcome
from cases.templatetags.govuk import gov_time

NAME = {"spellcheck": "false", "autocomplete": "off"}

# Who confirms where a child is that does not come back to its bed.
STAY = ("with_whom", "phone", "until")
_STAY_NEEDS: Sequence[tuple[str, Any]] = (
    ("with_whom", _("Enter the adult there who confirms each day that the child is there")),
    ("phone", _("Enter the phone on which that adult is reached")),
    ("until", _("Enter until when the child stays there")),
    ("second_email", _("Enter the email address of the worker or manager who agrees")),
    ("second_password", _("The worker or manager who agrees enters their password")),
)


def _name(label: Any, **options: Any) -> forms.CharField:
    """Somebody by name, asked of some outcomes alone."""
    return forms.CharField(
        label=label, max_length=150, required=False, widget=forms.TextInput(attrs=NAME), **options
    )


class End(SecondPersonForm):
    """How the episode ended, where the child is, and who checked it; none of it stands in a mail."""

    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        error_messages={"required": _("Select how the episode ended")},
    )
    found_at = fields.MomentField(
        label=_("When was the child found or back?"),
        name=_("The time"),
        error_messages={"required": _("Select when the child was found or back")},
    )
    found_by = _name(
        _("Who found the child, or to whom did the child come back?"),
        help_text=_("If nothing but the record was late: who had seen the child all the time"),
    )
    found_place = forms.CharField(
        label=_("Where was the child found?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    where_now = forms.CharField(
        label=_("Where is the child now?"),
        help_text=_("Hospital and ward, police station, address or country. It stands in no mail."),
        max_length=200,
        error_messages={"required": _("Enter where the child is now")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    condition = forms.ChoiceField(
        label=_("How is the child?"),
        choices=Condition.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how the child is")},
    )
    with_child = _name(_("In hospital: who is with the child?"), help_text=_("Write “nobody yet” if so"))
    checked_by = _name(_("With family: who checked the family and their home?"))
    decided_by = _name(_("Detained or housed as an adult: who decided it?"))
    bed = forms.ChoiceField(
        label=_("The child is elsewhere, or still at risk: what becomes of the bed?"),
        help_text=_("Of a child who is back and safe leave it empty"),
        choices=homecomings.Bed.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    with_whom = forms.CharField(
        label=_(
            "Nowhere is recorded then: who there confirms each day, by 10:30pm, that the child is there?"
        ),
        help_text=_(
            "An adult where the child stays. A worker or manager of the responsible authority agrees and signs below. If"
            " you cannot name one now leave it empty: then duty is asked where the child is from the next roll-call on,"
            " and if nobody knows it the police are mailed again."
        ),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    phone = fields.PhoneField(label=_("A phone that is answered there"), required=False)
    until = fields.MomentField(
        label=_("Until when does the child stay there?"),
        name=_("The time until which the child stays there"),
        quick=False,
        past=False,
        required=False,
    )
    interview = forms.ChoiceField(
        label=_("Has a return interview been offered?"),
        choices=[("yes", _("Yes")), ("not_yet", _("Not yet"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether a return interview has been offered")},
    )
    note = fields.NoteField(label=_("Note"), name=_("Your note"), required=False, rows=3)
    field_order = (
        *("outcome", "found_at", "found_by", "found_place", "where_now", "condition"),
        *("with_child", "checked_by", "decided_by", "bed", *STAY, *SECOND, "interview", "note"),
    )

    def __init__(
        self,
        *args: Any,
        late_record: bool,
        is_placed: bool,
        since: datetime,
        confirmed_at: datetime | None = None,
        told_of_death: bool = False,
        now: datetime,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.since, self.confirmed_at, self.told_of_death = since, confirmed_at, told_of_death
        if confirmed_at is not None:
            # The latest that it can be: whoever ends the search hours later would say "now".
            self.initial.setdefault("found_at", confirmed_at)
        if told_of_death:
            self.initial.setdefault("outcome", EpisodeOutcome.DIED)
        if not is_placed:
            # Of a child with nowhere recorded there is no bed to ask about.
            del self.fields["bed"]
        # That a death was of another child is said by two people, of an end that is written.
        left_out = {EpisodeOutcome.ANOTHER_CHILD} | (
            set() if late_record else {EpisodeOutcome.RECORDING_LATE}
        )
        offered = [o for o in EpisodeOutcome if o not in left_out]
        self.fields["outcome"].choices = [("", _("Choose")), *((o.value, o.label) for o in offered)]  # type: ignore[attr-defined]
        for name in {"with_child", "checked_by", "decided_by", "bed", *STAY} & self.fields.keys():
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        self._label_second()
        for name in _NOT_ASKED.get(self.data.get("outcome", ""), ()):
            self.fields[name].required = False
        fields.set_now(self, now)
        fields.ask(self, "until", lambda until: absences.require_ahead(until, now))

    def _label_second(self) -> None:
        words = _("An adult there confirms: email address of the worker or manager who agrees")
        self.fields["second_email"].label = words
        self.fields["second_password"].label = _("An adult there confirms: their password")
        code, passkey = (
            _("An adult there confirms: their code"),
            _("An adult there confirms: or their passkey"),
        )
        label_factor(self, code, passkey)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        self._clean_stay(answers)
        name, words = NAMED.get(answers.get("outcome", ""), ("", ""))
        if name and not answers.get(name) and name not in self.errors:
            self.add_error(name, words)
        outcome = answers.get("outcome")
        if outcome == EpisodeOutcome.DIED and not self.told_of_death:
            self.add_error("outcome", _("First record which office told you that the child has died"))
        elif outcome and outcome != EpisodeOutcome.DIED and self.told_of_death:
            wrong = _(
                "An office told you that the child has died. If that was wrong, confirm it with the child first"
            )
            self.add_error("outcome", wrong)
        asked = "bed" in self.fields and answers.get("outcome") in homecomings.ASKED
        said = asked and answers.get("bed") in homecomings.beds(answers["outcome"])
        if asked and not said and "bed" not in self.errors:
            self.add_error("bed", _("Select what becomes of the bed"))
        found_at = answers.get("found_at")
        if found_at is not None and found_at < self.since:
            early = gettext("The time must be after %(when)s, when the episode began")
            self.add_error("found_at", early % {"when": gov_time(self.since)})
        latest = self.confirmed_at
        if found_at is not None and latest is not None and found_at > latest + TOLERANCE:
            late = gettext("The time must be %(when)s or before that: it was confirmed then")
            self.add_error("found_at", late % {"when": gov_time(latest)})
        return answers

    def _clean_stay(self, answers: dict[str, Any]) -> None:
        """Who confirms where the child is: all of it or nothing, and only where it is not to come back to its bed."""
        said = [name for name in (*STAY, "second_email") if answers.get(name)]
        if not said:
            return
        outcome, bed = answers.get("outcome", ""), answers.get("bed", "")
        if outcome and not homecomings.may_stay(outcome, bed, is_placed="bed" in self.fields):
            words = _("Leave this empty, or select an outcome elsewhere and that the placement has ended")
            self.add_error(said[0], words)
            return
        for name, lacks in _STAY_NEEDS:
            if not answers.get(name) and name not in self.errors:
                self.add_error(name, lacks)

    def stay(self) -> absences.Stay | None:
        """Where the child stays from now on, with whoever confirms it; None where nobody is named."""
        given = self.cleaned_data
        if not given["with_whom"]:
            return None
        return absences.Stay(
            until=given["until"], place=given["where_now"], with_whom=given["with_whom"], phone=given["phone"]
        )

    def given(self) -> dict[str, Any]:
        """The arguments of `homecomings.end`."""
        given = self.cleaned_data
        named = (
            "found_by",
            "found_place",
            "where_now",
            "condition",
            "with_child",
            "checked_by",
            "decided_by",
        )
        ending = episodes.Ending(
            **{name: given[name] for name in named}, interview_offered=given["interview"] == "yes"
        )
        return {
            "outcome": given["outcome"],
            "found_at": given["found_at"],
            "note": given["note"],
            "ending": ending,
            "bed": given.get("bed", ""),
            "stay": self.stay(),
        }


# Of a death nobody asks where and how; of a late record nobody asks for an interview.
_NOT_ASKED: Mapping[str, tuple[str, ...]] = {
    EpisodeOutcome.DIED: ("where_now", "condition", "interview"),
    EpisodeOutcome.RECORDING_LATE: ("condition", "interview"),
}
# What each outcome cannot go without, and how the form asks for it.
NAMED: Mapping[str, tuple[str, Any]] = {
    EpisodeOutcome.RECORDING_LATE: ("found_by", _("Enter who had seen the child all the time")),
    EpisodeOutcome.HOSPITAL: ("with_child", _("Enter who is with the child in hospital")),
    EpisodeOutcome.WITH_FAMILY: ("checked_by", _("Enter who checked the family and their home")),
    EpisodeOutcome.TREATED_AS_ADULT: (
        "decided_by",
        _("Enter who decided that the child is treated as an adult"),
    ),
}

"""Answers of a risk assessment: what is known by domain, the grade and why, and the second person of a lower one."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.assessments import Assessment
from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.as_read import AsReadForm
from cases.forms.marks import SecondPersonForm
from cases.models import RiskAssessment
from cases.models.assessments import ANSWERED_BY, FACTORS, GRADES, INDICATORS, Answer, Domain

INLINE = {"class": "govuk-radios--small govuk-radios--inline"}


@dataclass(frozen=True)
class Section:
    """One domain: its questions, the evidence, and who gave it."""

    title: Promise | str
    answers: Sequence[forms.BoundField]
    evidence: forms.BoundField
    source: forms.BoundField
    # Each sign that may be ticked, and how it is known.
    signs: Sequence[tuple[forms.BoundField, forms.BoundField]] = ()


class ReadingForm(forms.Form):
    """A manager signs what another person found, or says what is to be looked at again."""

    signed = forms.ChoiceField(
        label=gettext_lazy("Do you sign it?"),
        choices=(
            ("yes", gettext_lazy("Yes, I have read it and sign it")),
            ("no", gettext_lazy("No, it goes back to who assessed it")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select if you sign it")},
    )
    words = fields.NoteField(
        label=gettext_lazy("What is to be looked at again?"),
        name=gettext_lazy("Your answer"),
        limit=2000,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("signed") == "no" and not given.get("words") and "words" not in self.errors:
            self.add_error("words", _("Enter what is to be looked at again"))
        return given


class AssessmentForm(AsReadForm, SecondPersonForm):
    """The answers stand at those of the assessment before, or at not known; grade and reason are always given anew."""

    grade = forms.ChoiceField(
        label=gettext_lazy("Your authority’s view of the risk"),
        choices=[(grade.value, grade.label) for grade in reversed(GRADES)],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select the risk")},
    )
    rationale = fields.NoteField(
        label=gettext_lazy("Why this grade?"),
        name=gettext_lazy("Your reason"),
        limit=4000,
        error_messages={"required": gettext_lazy("Enter why you chose this grade")},
    )
    changed = fields.NoteField(
        label=gettext_lazy("What has changed since the last assessment?"),
        name=gettext_lazy("Your answer"),
        limit=2000,
        required=False,
    )
    protective = fields.NoteField(
        label=gettext_lazy("What protects the child?"),
        name=gettext_lazy("Your answer"),
        limit=2000,
        required=False,
    )
    contributors = forms.CharField(
        label=gettext_lazy("Who contributed?"),
        help_text=gettext_lazy("The child, carer, guardian, school, police: names or posts."),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    assessed_at = fields.MomentField(
        label=gettext_lazy("When was it assessed?"),
        name=gettext_lazy("The time of the assessment"),
        error_messages={"required": gettext_lazy("Enter when it was assessed")},
    )
    again_by = fields.DateField(
        label=gettext_lazy("To be looked at again by"),
        name=gettext_lazy("The date"),
        help_text=gettext_lazy("Only if it should be sooner than the policy asks for this grade."),
        required=False,
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    overtaken = gettext_lazy(
        "Somebody has assessed the risk since you began this. Read it, take over what is to stay, then save again."
    )

    def __init__(self, *args: Any, now: datetime, last: RiskAssessment | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        known = last.domains if last is not None else {}
        for domain, factors in FACTORS.items():
            self._ask(domain, factors, known.get(domain, {}))
        self._ask_signs(last.signs if last is not None else {})
        # Not known is an answer, and whoever says yes or ticks a sign is asked for the rest.
        of_some = {name for factors in FACTORS.values() for name in factors}
        of_some |= {name for name in self.fields if name.endswith(("_evidence", "_source", "_how"))}
        for name in of_some:
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("assessed_at", "now")
        if last is not None:
            self.initial.setdefault("protective", last.protective)
        fields.set_now(self, now)

    def _ask(self, domain: str, factors: Mapping[str, Promise], known: Mapping[str, Any]) -> None:
        for name, label in factors.items():
            self.fields[name] = forms.ChoiceField(
                label=str(label),
                choices=Answer.choices,
                widget=forms.RadioSelect(attrs=INLINE),
                initial=known.get("factors", {}).get(name, Answer.UNKNOWN),
                required=False,
            )
        self.fields[f"{domain}_evidence"] = fields.NoteField(
            label=_("Evidence"),
            name=_("The evidence"),
            limit=1000,
            rows=2,
            initial=known.get("evidence", ""),
            required=False,
        )
        self.fields[f"{domain}_source"] = forms.CharField(
            label=_("Who said so, and when"),
            max_length=200,
            initial=known.get("source", ""),
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def _ask_signs(self, known: Mapping[str, str]) -> None:
        for code, label in INDICATORS.items():
            self.fields[f"sign_{code}"] = forms.BooleanField(
                label=str(label), initial=code in known, required=False
            )
            self.fields[f"sign_{code}_how"] = forms.CharField(
                label=_("How do we know?"),
                max_length=300,
                initial=known.get(code, ""),
                required=False,
                # Which of them it is stands in the box beside it, and is said with it.
                widget=forms.TextInput(
                    attrs={
                        "autocomplete": "off",
                        "aria-label": _("How do we know? %(sign)s") % {"sign": label},
                    }
                ),
            )

    def sections(self) -> Iterator[Section]:
        """The domains in the order in which they are asked."""
        for domain, factors in FACTORS.items():
            answers = [self[name] for name in factors]
            title = Domain(domain).label
            signs = [(self[f"sign_{code}"], self[f"sign_{code}_how"]) for code in INDICATORS]
            own = signs if domain == Domain.CONTROL else []
            yield Section(title, answers, self[f"{domain}_evidence"], self[f"{domain}_source"], own)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        again_by, assessed_at = given.get("again_by"), given.get("assessed_at")
        if again_by and assessed_at and again_by < london_day(assessed_at):
            self.add_error("again_by", _("The date must be on or after the day of the assessment"))
        signs = self._answer_by_signs(given)
        for domain, factors in FACTORS.items():
            if Answer.YES not in {given.get(name) for name in factors}:
                continue
            if not given.get(f"{domain}_evidence") and not (signs and domain == Domain.CONTROL):
                self.add_error(f"{domain}_evidence", self._lacks(domain, _("Enter the evidence: %(domain)s")))
            if not given.get(f"{domain}_source"):
                self.add_error(f"{domain}_source", self._lacks(domain, _("Enter who said so: %(domain)s")))
        return given

    def _answer_by_signs(self, given: dict[str, Any]) -> dict[str, str]:
        """How each ticked sign is known; what it answers is answered with yes, unless somebody has said no."""
        signs = {code: given.get(f"sign_{code}_how", "") for code in INDICATORS if given.get(f"sign_{code}")}
        for code, known in signs.items():
            name = f"sign_{code}_how"
            if not known and name not in self.errors:
                words = _("Enter how it is known: %(sign)s") % {"sign": INDICATORS[code]}
                self.add_error(name, words)
            for question in {"trafficking", ANSWERED_BY.get(code, "trafficking")}:
                if given.get(question) == Answer.NO:
                    words = _("Select “Yes”, or clear the tick: %(sign)s") % {"sign": INDICATORS[code]}
                    self.add_error(question, words)
                elif question not in self.errors:
                    given[question] = Answer.YES
        self._refuse_words_alone(given, signs)
        return signs

    def _refuse_words_alone(self, given: Mapping[str, Any], ticked: Collection[str]) -> None:
        """What is written beside no tick would be lost; what stood there before goes with the tick that is cleared."""
        for code in (one for one in INDICATORS if one not in ticked):
            name = f"sign_{code}_how"
            known = given.get(name, "")
            if known and known != self.get_initial_for_field(self.fields[name], name):
                words = _("Tick the sign, or clear the text: %(sign)s") % {"sign": INDICATORS[code]}
                self.add_error(name, words)

    def _lacks(self, domain: str, words: str) -> str:
        return words % {"domain": Domain(domain).label}

    def assessment(self) -> Assessment:
        """What was answered; what is not known and has no words is left out."""
        given = self.cleaned_data
        domains: dict[str, dict[str, Any]] = {}
        for domain, factors in FACTORS.items():
            answers = {name: given[name] for name in factors if given[name] in (Answer.YES, Answer.NO)}
            said = {"evidence": given[f"{domain}_evidence"], "source": given[f"{domain}_source"]}
            signs = {
                code: given[f"sign_{code}_how"]
                for code in INDICATORS
                if domain == Domain.CONTROL and given[f"sign_{code}"]
            }
            if answers or any(said.values()):
                domains[domain] = {"factors": answers, **said} | ({"indicators": signs} if signs else {})
        return Assessment(
            grade=given["grade"],
            rationale=given["rationale"],
            domains=domains,
            protective=given["protective"],
            contributors=given["contributors"],
            changed=given["changed"],
            again_by=given["again_by"],
            assessed_at=given["assessed_at"],
            key=given["once"],
        )

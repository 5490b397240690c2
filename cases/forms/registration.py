"""Answers about a new child: “not known” is always one of them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases import children
from cases.forms import arrival_times, estimates, fields, likely_ages, typed
from cases.forms.listed_names import LanguagesField, ListedNameField, spellings
from cases.listed_names import Kind
from cases.models import (
    AgeStatus,
    BirthDateBasis,
    BirthDateClaim,
    Literacy,
    Membership,
    Needs,
    Risk,
    Sex,
    Team,
    Trafficking,
    User,
)
from cases.moves import isolated

NAME = {"spellcheck": "false", "autocomplete": "off"}
# Only so that a browser and a screen reader take the right letters; the name itself stands as written.
SCRIPTS = (
    ("", _("Not known or other")),
    ("am", _("Amharic")),
    ("ar", _("Arabic")),
    ("bn", _("Bengali")),
    ("zh", _("Chinese")),
    ("fa", _("Dari or Persian")),
    ("ckb", _("Kurdish (Sorani)")),
    ("ps", _("Pashto")),
    ("ti", _("Tigrinya")),
    ("uk", _("Ukrainian")),
    ("ur", _("Urdu")),
    ("vi", _("Vietnamese")),
)
# As many as are read at a glance.
MOST_RADIOS = 7
# Said of an age by somebody who decided it.
DECIDED = frozenset({AgeStatus.ASSESSED_CHILD, AgeStatus.UNDER_CHALLENGE, AgeStatus.ADULT_ELSEWHERE})


class YesNo(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")


def _reference(label: Any) -> forms.CharField:
    narrow = {**NAME, "class": "govuk-input--width-20"}
    return forms.CharField(label=label, max_length=40, required=False, widget=forms.TextInput(attrs=narrow))


class RegistrationForm(forms.Form):
    """The whole registration, on one page: ten answers are asked for, the rest may stay open."""

    once = forms.UUIDField(required=False, widget=forms.HiddenInput)
    given_name = forms.CharField(
        label=_("Given name as heard"),
        max_length=120,
        widget=forms.TextInput(attrs=NAME),
        error_messages={
            "required": _("Enter the given name as heard, or “not known” with what people call the child")
        },
    )
    family_name = forms.CharField(
        label=_("Family name"), max_length=120, required=False, widget=forms.TextInput(attrs=NAME)
    )
    script_name = forms.CharField(
        label=_("Name in their own script"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "dir": "auto"}),
    )
    script_language = forms.ChoiceField(label=_("Which script"), choices=SCRIPTS, required=False)
    known_as = forms.CharField(
        label=_("Known as"), max_length=120, required=False, widget=forms.TextInput(attrs=NAME)
    )
    spellings = forms.CharField(
        label=_("Other spellings and names used"),
        help_text=_("Separate them with commas."),
        max_length=600,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    said_as = forms.CharField(
        label=_("How to say it"),
        help_text=_("As it sounds, like YOO-suf."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    name_order = forms.CharField(
        label=_("Order of the names"),
        help_text=_("Which comes first, and whose name each is: the child’s, the father’s, the family’s."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    sex = forms.ChoiceField(
        label=_("Sex or gender"),
        choices=Sex,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": _("Select the sex or gender, or Not known")},
    )
    birth_date = fields.PartialDateField(
        label=_("Birth date as stated"),
        name=_("Birth date"),
        help_text=_("The year alone, or month and year, is enough. Leave it empty if it is not known."),
        past=True,
        required=False,
    )
    birth_date_is_right = likely_ages.is_right_field(_("Is the birth date right?"))
    birth_date_estimated = estimates.tick(
        _("A guess of the child’s own, or of whoever met it. It is shown as “about 14”.")
    )
    age = forms.CharField(
        label=_("Age given on arrival"),
        help_text=_(
            "In years. Where nobody gives a birth date the child is taken for that old, and shown as “about 14”."
        ),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
    )
    age_is_right = likely_ages.is_right_field(_("Is the age right?"))
    birth_date_basis = forms.ChoiceField(
        label=_("Where the birth date comes from"),
        choices=BirthDateBasis,
        initial=BirthDateBasis.STATED,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    birth_date_source = forms.CharField(
        label=_("Who or what says so"),
        help_text=_(
            "The passport, the Home Office’s letter, a sister, the port. Leave it empty if only the child says it."
        ),
        max_length=BirthDateClaim._meta.get_field("source").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    age_status = forms.ChoiceField(
        label=_("Age"),
        choices=[(s.value, s.label) for s in AgeStatus if s != AgeStatus.ASSESSED_ADULT],
        initial=AgeStatus.NONE,
    )
    nationality = ListedNameField(
        Kind.NATIONALITY,
        label=_("Nationality as stated"),
        help_text=_("Choose from the list, or write what the child says."),
        required=False,
    )
    languages = LanguagesField(
        label=_("Languages"),
        help_text=_("Choose from the list, or write others. Write “not known” if nobody knows yet."),
        error_messages={"required": _("Enter the languages, or “not known”")},
    )
    interpreter_needed = forms.ChoiceField(
        label=_("Is an interpreter needed?"),
        choices=YesNo,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": _("Select if an interpreter is needed, or Not known")},
    )
    literacy = forms.ChoiceField(label=_("Does the child read?"), choices=Literacy, required=False)
    phone = fields.PhoneField(label=_("The child’s own phone"), required=False)
    phone_seen_by = forms.CharField(
        label=_("Who else sees or uses that phone"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    safe_phone = fields.PhoneField(label=_("A number that is safe to ring"), required=False)
    arrived_date = fields.DateField(
        label=_("Arrival date"),
        name=_("Arrival date"),
        help_text=_("The day the child came to the UK or was first met by anybody in authority."),
        past=True,
        error_messages={"required": _("Enter the arrival date")},
    )
    arrived_time = forms.CharField(
        label=_("Arrival time"),
        help_text=_("If it is known, like 9:10pm or 21:10."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
    )
    arrival_place = forms.CharField(label=_("Place of arrival"), max_length=120, required=False)
    arrival_route = forms.CharField(label=_("Route, as far as it is told"), max_length=200, required=False)
    found_by = forms.CharField(label=_("Who found or met the child"), max_length=120, required=False)
    port_reference = _reference(_("Wristband or port reference"))
    home_office_reference = _reference(_("Home Office reference"))
    nrm_reference = _reference(_("NRM reference"))
    uucr_reference = _reference(_("UUCR reference"))
    authority_reference = _reference(_("Your authority’s own reference"))
    needs = forms.MultipleChoiceField(
        label=_("What cannot wait"),
        help_text=_("Leave it open if nobody has asked yet."),
        choices=Needs,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    needs_note = forms.CharField(label=_("What is needed"), max_length=500, required=False)
    trafficking = forms.ChoiceField(
        label=_("Are there signs of trafficking?"),
        help_text=_(
            "For example: a number learnt by heart, a debt for the journey, an adult who waits for the child."
        ),
        choices=Trafficking,
        initial=Trafficking.NOT_ASKED,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": _("Select if there are signs of trafficking, or Not yet asked")},
    )
    trafficking_note = forms.CharField(label=_("Which signs"), max_length=500, required=False)
    risk = forms.ChoiceField(
        label=_("Your view of the risk"),
        choices=Risk,
        initial=Risk.UNKNOWN,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    team = forms.ModelChoiceField(
        label=_("Team with the child’s work"),
        queryset=Team.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the team")},
    )
    worker = forms.ChoiceField(
        label=_("Social worker"),
        help_text=_("If nobody has the child yet, the team’s manager gives one."),
        required=False,
        error_messages={"invalid_choice": _("Select a social worker who is in the team now")},
    )

    def __init__(
        self,
        *args: Any,
        now: datetime,
        teams: Any,
        own: Team | None,
        workers: Sequence[Membership] = (),
        by: User | None = None,
        **options: Any,
    ) -> None:
        """`teams` are those that may be chosen, `own` the one preselected, if any; with one there is nothing to ask.

        `workers` are the social workers who may be named; `by` stands there already, if one of them.
        """
        super().__init__(*args, **options)
        self.now = now
        self.workers = {str(one.pk): one for one in workers}
        self.own = next((one for one in workers if one.user == by), None)
        named = [(pk, f"{isolated(one.user.name)}, {isolated(one.team)}") for pk, one in self.workers.items()]
        if len(named) < MOST_RADIOS:
            self.fields["worker"].widget = forms.RadioSelect(attrs={"class": "govuk-radios--small"})
        cast(forms.ChoiceField, self.fields["worker"]).choices = [*named, ("", _("Nobody yet"))]
        self.fields["worker"].initial = str(self.own.pk) if self.own else ""
        put_teams(self, teams, own)
        self.fields["once"].initial = uuid.uuid4()
        self.fields["arrived_date"].initial = typed.london(now).date()
        fields.set_now(self, now)
        likely_ages.prepare(self)

    def clean_spellings(self) -> list[str]:
        return spellings(self.cleaned_data["spellings"])

    def clean_age(self) -> int | None:
        return estimates.age_of(self.cleaned_data["age"])

    def clean_needs(self) -> list[str]:
        return one_or_none(self.cleaned_data["needs"])

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("arrived_date"):
            arrival_times.read(self, answers, now=self.now)
        if "birth_date" in answers:
            self._clean_source(answers)
        if self.worker_of_another_team:
            self.add_error("worker", _("Select somebody of the team that you chose, or choose that team"))
        estimates.take(self, "birth_date_estimated")
        likely_ages.ask(self, today=typed.london(self.now).date())
        likely_ages.ask_of_years(self)
        return answers

    @property
    def named_worker(self) -> Membership | None:
        """Who was named; whoever sent the page as it was before it asked has the child, where they work in the team."""
        if self.add_prefix("worker") in self.data:
            return self.workers.get(self.cleaned_data.get("worker", ""))
        is_theirs = self.own is not None and self.own.team == self.cleaned_data.get("team")
        return self.own if is_theirs else None

    @property
    def worker_of_another_team(self) -> bool:
        team = self.cleaned_data.get("team")
        return self.named_worker is not None and team is not None and self.named_worker.team != team

    def _clean_source(self, answers: dict[str, Any]) -> None:
        """Who gives a birth date that is not the child's own word alone; of no birth date nobody gives one."""
        source = answers.get("birth_date_source", "")
        is_given = answers["birth_date"] is not None or answers.get("age") is not None
        if source and not is_given and "age" not in self.errors:
            self.add_error("birth_date", _("Enter the birth date they give: the year alone is enough"))
        is_own = answers.get("birth_date_basis", BirthDateBasis.STATED) == BirthDateBasis.STATED
        if is_given and not is_own and not source and "birth_date_source" not in self.errors:
            self.add_error(
                "birth_date_source", _("Enter who or what says so, like the passport, or “not known”")
            )

    @property
    def decided_before(self) -> str:
        """What somebody is said to have decided of the age: who, when and why is asked on a page of its own; else empty."""
        status = self.cleaned_data["age_status"]
        return str(status) if status in DECIDED else ""

    def details(self) -> children.Details:
        """The facts to register; until a decision is on record the age is disputed, and the child watched as any."""
        given = self.cleaned_data
        if self.decided_before:
            given = {**given, "age_status": AgeStatus.DISPUTED}
        came = typed.london(given["arrived_at"]).date()
        birth_date, precision = estimates.born(given["birth_date"], given["age"], on=came)
        plain = (
            "given_name family_name script_name script_language known_as spellings said_as name_order sex birth_date_basis "
            "age_status nationality languages literacy phone phone_seen_by safe_phone arrived_at arrival_place "
            "arrival_route found_by port_reference home_office_reference nrm_reference uucr_reference "
            "authority_reference needs needs_note trafficking trafficking_note risk"
        )
        return children.Details(
            birth_date=birth_date,
            birth_date_precision=precision,
            age_given=given["age"],
            interpreter_needed={YesNo.YES: True, YesNo.NO: False}.get(given["interpreter_needed"]),
            **{name: given[name] for name in plain.split()},
        )


def one_or_none(needs: list[str]) -> list[str]:
    """What cannot wait; “none” beside a need is a slip."""
    if Needs.NONE in needs and len(needs) > 1:
        raise forms.ValidationError(_("Select what is needed, or None that is known"))
    return needs


def put_teams(form: forms.Form, teams: Any, own: Team | None) -> None:
    """Offer the teams, of which `own` is selected; where that is none, somebody selects one."""
    field = cast(forms.ModelChoiceField, form.fields["team"])
    field.empty_label = _("Choose") if own is None else None
    field.queryset = teams
    if form.initial.get("team") not in {team.pk for team in teams}:
        # That of the last child of a group, which has gone to others since.
        form.initial.pop("team", None)
    if own is not None:
        form.initial.setdefault("team", own.pk)
    if len(teams) == 1:
        field.widget = forms.HiddenInput()

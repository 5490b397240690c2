"""Answers about one of many children who arrive in a night: as few as the clocks and a first search need."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import arrivals, children, images, photos, placements
from cases.forms import estimates, fields, likely_ages, typed
from cases.forms.listed_names import LanguagesField
from cases.forms.photos import PhotoField, ask_again
from cases.forms.placement import (
    home_in_words,
    one_who_may_provide,
    provided_by_field,
    require_under_16_said,
    under_16_field,
)
from cases.forms.placement_types import TYPE_HELP, TYPES
from cases.forms.registration import NAME, one_or_none, put_teams
from cases.models import (
    ArrivalGroup,
    Child,
    Home,
    Needs,
    PhotoBasis,
    Placement,
    Sex,
    Team,
    Trafficking,
)


class HomeField(fields.ListedRowField):
    """A home by name and by where it is: homes elsewhere are called the same."""

    def label_from_instance(self, obj: Any) -> str:
        return home_in_words(obj)


class GroupForm(forms.Form):
    """When and where these children arrived; asked once for all of them."""

    arrived_at = fields.MomentField(label=_("When did they arrive?"), name=_("The arrival"), initial="now")
    place = forms.CharField(
        label=_("Where did they arrive?"),
        max_length=120,
        error_messages={"required": _("Enter where they arrived, or “not known”")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    port = forms.CharField(
        label=_("Port or crossing"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, now: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)


class IntakeForm(forms.Form):
    """One child: the name, the age, the sex and the bed; what stays the same for the next child stands there."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    # The references that were shown to belong to another child already: five at most, with room for longer ones.
    told = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    given_name = forms.CharField(
        label=_("Given name as heard"),
        max_length=120,
        widget=forms.TextInput(attrs={**NAME, "autofocus": True}),
        error_messages={"required": _("Enter the given name as heard")},
    )
    photo = PhotoField(label=_("Photo"), required=False)
    port_reference = forms.CharField(
        label=_("Wristband or port reference"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    age = forms.CharField(
        label=_("Age given"),
        help_text=_("In years, or “not known”."),
        max_length=12,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
        error_messages={"required": _("Enter the age the child gave, or “not known”")},
    )
    age_is_right = likely_ages.is_right_field(_("Is the age right?"))
    sex = forms.ChoiceField(
        label=_("Sex or gender"),
        choices=Sex,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": _("Select the sex or gender, or Not known")},
    )
    languages = LanguagesField(label=_("Languages"), required=False)
    room = forms.CharField(
        label=_("Bed or room"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )
    home = HomeField(
        label=_("Home"),
        queryset=Home.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Select the home"), "invalid_choice": _("Select the home")},
    )
    placement_type = forms.ChoiceField(
        label=_("Type of placement"),
        help_text=TYPE_HELP,
        choices=TYPES,
        initial=Placement.Type.CHILDRENS_HOME,
    )
    provided_by = provided_by_field()
    # Both are asked where the answers say that a child is in supported accommodation before 16.
    under_16 = under_16_field()
    reason = forms.CharField(
        label=_("Why here?"),
        max_length=Placement._meta.get_field("reason").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    team = forms.ModelChoiceField(
        label=_("Team with the children’s work"),
        queryset=Team.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the team"), "invalid_choice": _("Select the team")},
    )

    asks_age = False

    def __init__(
        self,
        *args: Any,
        teams: Any,
        own: Team | None,
        now: datetime,
        came_at: datetime | None,
        dropped: bool = False,
        **options: Any,
    ) -> None:
        """`teams` may be given the children, `own` is preselected, if any; with one there is nothing to ask.

        The age is that of the day of the arrival, or of today where `came_at` is not read yet.
        """
        super().__init__(*args, **options)
        self.dropped, self.now, self.came = dropped, now, typed.london(came_at or now).date()
        homes = Home.objects.placeable().select_related("authority", "force")
        cast(forms.ModelChoiceField, self.fields["home"]).queryset = homes
        put_teams(self, teams, own)
        self.initial.setdefault("once", uuid.uuid4())
        likely_ages.prepare(self)

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            ask_again(self, dropped=self.dropped)

    def clean_age(self) -> int | None:
        return estimates.age_of(self.cleaned_data["age"])

    def clean_provided_by(self) -> str:
        return one_who_may_provide(self.cleaned_data, self.cleaned_data.get("placement_type", ""))

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        age, team = answers.get("age"), answers.get("team")
        likely_ages.ask_of_years(self)
        if age is None or team is None:
            return answers
        until = placements.too_young_until(
            Child(birth_date=arrivals.born_about(age, on=self.came), birth_date_precision="estimated"),
            placement_type=answers.get("placement_type", ""),
            starts_at=self.now,
            nation=team.authority.nation,
        )
        self.asks_age = until is not None
        if self.asks_age:
            require_under_16_said(self, answers)
        return answers

    def details(self, came_at: datetime) -> children.Details:
        """Who the child is, as far as somebody may be known by it."""
        given = self.cleaned_data
        age = given["age"]
        birth_date, precision = estimates.born(None, age, on=typed.london(came_at).date())
        return children.Details(
            given_name=given["given_name"],
            sex=given["sex"],
            age_given=age,
            birth_date=birth_date,
            birth_date_precision=precision,
            port_reference=given["port_reference"],
            arrived_at=came_at,
        )

    def newcomer(self, arrived_at: datetime) -> children.Details:
        """What tells who the child may be."""
        return replace(self.details(arrived_at), languages=self.cleaned_data["languages"])

    def arrival(self, group: ArrivalGroup, *, now: Any) -> arrivals.Arrival:
        """What was answered, with everything that was not asked left as not known."""
        given = self.cleaned_data
        details = replace(self.newcomer(group.arrived_at), arrival_place=group.place, arrival_group=group)
        return arrivals.Arrival(
            details=details,
            team=given["team"],
            home=given["home"],
            placement_type=given["placement_type"],
            provided_by=given["provided_by"],
            room=given["room"],
            reason=given["reason"].strip() if self.asks_age else "",
            shot=_shot(given["photo"], now),
            key=given["once"],
        )


# What is asked with a birth date, and not without.
OF_BIRTH_DATE = (likely_ages.IS_RIGHT, "birth_date_estimated")


class FillInForm(forms.Form):
    """What was not asked in the night; each answer may still be left open."""

    birth_date = fields.PartialDateField(
        label=_("Birth date as stated"),
        name=_("Birth date"),
        help_text=_("The year alone, or month and year, is enough."),
        past=True,
        required=False,
    )
    birth_date_is_right = likely_ages.is_right_field(_("Is the birth date right?"))
    birth_date_estimated = estimates.tick(_("It is asked for again until somebody knows at least the year."))
    languages = LanguagesField(label=_("Languages"), required=False)
    interpreter_needed = forms.ChoiceField(
        label=_("Is an interpreter needed?"),
        choices=(("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))),
        required=False,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
    )
    needs = forms.MultipleChoiceField(
        label=_("What cannot wait"), choices=Needs, required=False, widget=forms.CheckboxSelectMultiple
    )
    trafficking = forms.ChoiceField(
        label=_("Are there signs of trafficking?"),
        choices=Trafficking,
        initial=Trafficking.NOT_ASKED,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
    )

    def __init__(self, *args: Any, now: Any, wanted: Any, **options: Any) -> None:
        """`wanted` are the keys that are still missing: the others are not asked again."""
        super().__init__(*args, **options)
        for name in list(self.fields):
            if ("birth_date" if name in OF_BIRTH_DATE else name) not in wanted:
                del self.fields[name]
        self.now = now
        fields.set_now(self, now)
        likely_ages.prepare(self)

    def clean_needs(self) -> list[str]:
        return one_or_none(self.cleaned_data["needs"])

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        estimates.take(self, "birth_date_estimated")
        likely_ages.ask(self, today=typed.london(self.now).date())
        return answers

    def answered(self) -> dict[str, Any]:
        """The fields that have an answer now, as the child holds them."""
        given = dict(self.cleaned_data)
        birth = given.pop("birth_date", None)
        given.pop("birth_date_estimated", None)
        if birth is not None:
            given |= {"birth_date": birth.value, "birth_date_precision": birth.precision}
        if "interpreter_needed" in given:
            given["interpreter_needed"] = {"yes": True, "no": False}.get(given["interpreter_needed"])
        if given.get("trafficking") == Trafficking.NOT_ASKED:
            del given["trafficking"]
        return {name: value for name, value in given.items() if value not in (None, "", [])}


def _shot(picture: images.Developed | None, now: Any) -> photos.Shot | None:
    """A picture of the quick intake: the child was seen for minutes, and is asked later."""
    if picture is None:
        return None
    ground = photos.Ground(basis=PhotoBasis.FIND)
    return photos.Shot(picture=picture, taken_date=typed.london(now).date(), ground=ground)

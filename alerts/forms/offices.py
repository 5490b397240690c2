"""What duty heard from whoever has a missing child, or from an office of its death: the first part of an ending."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import episodes
from cases.forms import fields
from cases.models import NumberFrom, Office
from cases.models.child_parts import MAY_TELL_OF_DEATH, NATIONAL_NUMBER
from cases.templatetags.govuk import gov_time

NAME = {"spellcheck": "false", "autocomplete": "off"}


class What(TextChoices):
    """What was said there."""

    SPOKE = "spoke", _("The child is there, and I spoke to the child")
    UNSPOKEN = "unspoken", _("The child is there, and nobody could speak to the child")
    DIED = "died", _("The child has died")


class Told(forms.Form):
    """Who told duty, for which office, on which number, from where that was taken, under which reference, and when."""

    what = forms.ChoiceField(
        label=_("What were you told?"),
        choices=What,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what you were told")},
    )
    unspoken = forms.CharField(
        label=_("If nobody could speak to the child: why?"),
        help_text=_(
            "As in an operation, or the custody sergeant lets nobody. Ring again as soon as somebody can."
        ),
        max_length=300,
        required=False,
    )
    office = forms.ChoiceField(
        label=_("Who told you?"),
        choices=Office,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who told you")},
    )
    name = forms.CharField(
        label=_("Which office?"),
        help_text=_("Hospital and ward, police station, council, court or country. It stands in no mail."),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    said_by = forms.CharField(
        label=_("Name and post of whoever told you"),
        max_length=150,
        error_messages={"required": _("Enter who told you")},
        widget=forms.TextInput(attrs=NAME),
    )
    phone = fields.PhoneField(
        label=_("The number you rang"),
        help_text=_("Ring yourself. What somebody told you who rang in confirms nothing."),
        short=(NATIONAL_NUMBER,),
        max_length=30,
        error_messages={"required": _("Enter the number you rang")},
    )
    number_from = forms.ChoiceField(
        label=_("Where did you take that number from?"),
        help_text=_("Never from the caller, and never from a message."),
        choices=NumberFrom,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select where you took the number from")},
    )
    number_where = forms.CharField(
        label=_("Where exactly?"),
        help_text=_("The page, list or entry, so that somebody else can find it"),
        max_length=200,
        error_messages={"required": _("Enter where exactly you found the number")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reference = forms.CharField(
        label=_("Their reference"),
        help_text=_("Custody record, hospital number, coroner’s or police reference; of a family none"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    told_at = fields.MomentField(
        label=_("When did you speak?"),
        name=_("The time of the call"),
        error_messages={"required": _("Select when you spoke")},
    )

    def __init__(self, *args: Any, since: datetime, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.since = since
        for name in ("unspoken", "name", "reference"):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        what, office = answers.get("what"), answers.get("office")
        self._ask_of(what, office, answers)
        number_from = answers.get("number_from")
        if number_from == NumberFrom.NATIONAL and office and office != Office.POLICE:
            self.add_error("number_from", _("Select another number: only the police are rung on 101"))
        self._ask_of_number(number_from, answers.get("phone"))
        if office == Office.FAMILY and number_from and number_from != NumberFrom.RECORD:
            only = _(
                "Select the child’s record: of a family only a number counts that was in it before the search"
            )
            self.add_error("number_from", only)
        told_at = answers.get("told_at")
        if told_at is not None and told_at < self.since:
            early = gettext("The time must be after %(when)s, when the episode began")
            self.add_error("told_at", early % {"when": gov_time(self.since)})
        return answers

    def _ask_of_number(self, number_from: str | None, phone: str | None) -> None:
        if not number_from or not phone:
            return
        if number_from == NumberFrom.NATIONAL and phone != NATIONAL_NUMBER:
            self.add_error("phone", _("Enter 101: put through by the force, it is the number you rang"))
        if number_from != NumberFrom.NATIONAL and phone == NATIONAL_NUMBER:
            self.add_error("number_from", _("You rang 101: select that the force put you through"))

    def _ask_of(self, what: str | None, office: str | None, answers: dict[str, Any]) -> None:
        if what == What.UNSPOKEN and not answers.get("unspoken") and "unspoken" not in self.errors:
            self.add_error("unspoken", _("Enter why nobody could speak to the child"))
        if what == What.UNSPOKEN and office == Office.FAMILY:
            self.add_error("what", _("With the family: speak to the child itself"))
        if what == What.DIED and office and office not in MAY_TELL_OF_DEATH:
            told = _(
                "Select who may tell of a death: an officer, a hospital or a coroner, or the authority of a country abroad"
            )
            self.add_error("office", told)
        if what in (What.SPOKE, What.UNSPOKEN) and office == Office.CORONER:
            self.add_error("office", _("Select another office: a coroner has no child who is alive"))
        if office and office != Office.FAMILY:
            if not answers.get("name") and "name" not in self.errors:
                self.add_error("name", _("Enter which office told you"))
            if not answers.get("reference") and "reference" not in self.errors:
                self.add_error("reference", _("Enter their reference"))

    def given(self) -> episodes.OfficeWord:
        """The word of `episodes.hear_from_office`; why nobody spoke is left out where somebody did."""
        given = dict(self.cleaned_data)
        what = given.pop("what")
        if what != What.UNSPOKEN:
            given["unspoken"] = ""
        return episodes.OfficeWord(has_died=what == What.DIED, **given)

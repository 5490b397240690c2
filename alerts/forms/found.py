"""A found child who cannot or will not say who they are: written down, answered about, and closed."""

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases import listed_names
from cases.forms import fields
from cases.forms.forces import ListedForceField
from cases.found import Added, Described
from cases.listed_names import Kind
from cases.models import Authority, FoundAddition, FoundChild, FoundMatch, Sex

PLAIN = {"spellcheck": "false", "autocomplete": "off"}
OLDEST = 25
# As long as a row holds each.
LONGEST_NAME = 200
LONGEST_LANGUAGE = 60


def _line(label: Any, most: int, *, required: Any = "", help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=bool(required),
        help_text=help_text,
        error_messages={"required": required} if required else {},
        widget=forms.TextInput(attrs=PLAIN),
    )


def _age(label: Any) -> forms.IntegerField:
    wrong = _("Enter an age in whole years, from 0 to 25")
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=OLDEST,
        required=False,
        error_messages={"invalid": wrong, "min_value": wrong, "max_value": wrong},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
    )


class KnownOfChild(forms.Form):
    """What a found child can be known by; none of it is asked."""

    names = fields.NoteField(
        label=_("Names the child gave, in any spelling or script"),
        name=_("The names"),
        help_text=_("One on each line."),
        rows=2,
        limit=400,
        required=False,
    )
    looks = fields.NoteField(
        label=_("Height, build, hair, eyes, scars and marks"),
        name=_("The description"),
        rows=3,
        limit=500,
        required=False,
    )
    clothing = _line(_("Clothing"), 300)
    languages = _line(
        _("Languages the child speaks or understands"), 200, help_text=_("With commas between.")
    )
    phone = _line(_("Phone number of the child, or one they had with them"), 30)
    said = fields.NoteField(
        label=_("What did the child say, show or carry?"), name=_("Your note"), rows=4, required=False
    )

    def clean_names(self) -> tuple[str, ...]:
        return names_in(self.cleaned_data["names"])

    def clean_languages(self) -> tuple[str, ...]:
        return languages_in(self.cleaned_data["languages"])


class NewFound(KnownOfChild):
    """What is known of the child; where and by whom is asked, and anything to know the child by."""

    field_order = (
        "authority", "found_at", "place", "found_by", "force", "cared_for", "names", "sex", "age_from", "age_to",
        "looks", "clothing", "languages", "phone", "said", "once",
    )  # fmt: skip

    authority = forms.ChoiceField(
        label=_("Which desk looks after the child tonight?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the desk")},
    )
    found_at = fields.MomentField(
        label=_("When was the child found?"),
        name=_("The time"),
        error_messages={"required": _("Enter when the child was found")},
    )
    place = _line(_("Where?"), 200, required=_("Enter where the child was found"))
    found_by = _line(_("Who found the child?"), 150, required=_("Enter who found the child"))
    force = ListedForceField(
        label=_("Police force there"),
        required=False,
        empty_label=_("Choose"),
    )
    cared_for = _line(
        _("Where is the child now, and who looks after them tonight?"),
        200,
        help_text=_("Name and phone. Leave it empty where nobody knows yet: we ask again."),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, initial=Sex.UNKNOWN)
    age_from = _age(_("Looks at least how old?"))
    age_to = _age(_("And at most?"))
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, authorities: Collection[Authority], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.authorities = {str(one.pk): one for one in authorities}
        choices = [(key, one.name) for key, one in self.authorities.items()]
        desk = cast(forms.ChoiceField, self.fields["authority"])
        desk.choices = choices
        if len(choices) == 1:
            desk.widget, desk.initial = forms.HiddenInput(), choices[0][0]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        least, most = given.get("age_from"), given.get("age_to")
        if least is not None and most is not None and least > most:
            self.add_error("age_to", _("Enter the younger age first"))
        if not any(given.get(name) for name in ("looks", "names", "phone", "said")):
            self.add_error("looks", _("Enter what the child looks like, or anything that they said or carry"))
        return given

    @property
    def desk(self) -> Authority:
        return self.authorities[self.cleaned_data["authority"]]

    def described(self) -> Described:
        """As `found.write_down` takes it."""
        given = {
            name: self.cleaned_data[name] for name in self.cleaned_data if name not in ("authority", "once")
        }
        return Described(**given)


def names_in(text: str) -> tuple[str, ...]:
    """The names, one on each line; `ValidationError` for one that is longer than a name is kept."""
    parts = _parts(text, r"[\n;]")
    if any(len(part) > LONGEST_NAME for part in parts):
        raise ValidationError(
            _("Each name can have %(most)d characters. Put one on each line.") % {"most": LONGEST_NAME}
        )
    return parts


def languages_in(text: str) -> tuple[str, ...]:
    """The languages, with commas between; `ValidationError` for one that is longer than a language is kept."""
    parts = tuple(listed_names.named(Kind.LANGUAGE, part) for part in _parts(text, r"[,;\n]"))
    if any(len(part) > LONGEST_LANGUAGE for part in parts):
        raise ValidationError(
            _("Each language can have %(most)d characters. Put commas between them.")
            % {"most": LONGEST_LANGUAGE}
        )
    return parts


def _parts(text: str, between: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()) for part in re.split(between, text))
    return tuple(dict.fromkeys(part for part in parts if part))


class AddFound(KnownOfChild):
    """What else is known of a found child by now."""

    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and not any(given.get(name) for name in FoundAddition.ADDED):
            self.add_error("names", _("Enter what else is known of the child"))
        return given

    def added(self) -> Added:
        """As `found.add` takes it."""
        return Added(**{name: self.cleaned_data[name] for name in FoundAddition.ADDED})


class AskAbout(forms.Form):
    """The reference of a search that somebody rang about."""

    reference = fields.ReferenceField(
        label=_("Reference of the search"),
        help_text=_("Like MC26-004178 or MC26-004178-M1. Whoever rang has it."),
        error_messages={"required": _("Enter the reference of the search")},
    )


class Cared(forms.Form):
    """Where the child is now, and who looks after them."""

    cared_for = _line(
        _("Where is the child now, and who looks after them tonight?"),
        200,
        required=_("Enter where the child is, and who looks after them"),
    )


class FoundAnswer(forms.Form):
    """Whether the found child is the one who is looked for, and how that is known."""

    answer = forms.ChoiceField(
        label=_("Is it this child?"),
        choices=FoundMatch.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether it is this child")},
    )
    note = fields.NoteField(
        label=_("How do you know, or why can you not say?"),
        name=_("Your note"),
        limit=500,
        rows=3,
        error_messages={"required": _("Enter how you know, or why you cannot say")},
    )
    # What stood when the page was opened: nobody answers over what they have not read.
    read = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def given(self) -> dict[str, Any]:
        """As `found.answer` takes it."""
        return self.cleaned_data | {"read": self.cleaned_data["read"] or None}

    def read_anew(self, stands: str) -> None:
        """Go by what stands now, with what was typed kept."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("read")] = stands
        self.data = data


class CloseFound(forms.Form):
    """What became of a found child; it is one who was sought where the owners have said so."""

    outcome = forms.ChoiceField(
        label=_("What became of the child?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what became of the child")},
    )
    match = forms.ChoiceField(label=_("Which search was it?"), required=False)
    reason = fields.NoteField(
        label=_("How is it known, or who has the child now?"),
        name=_("Your note"),
        help_text=_("Name, role and phone of whoever has the child."),
        limit=500,
        rows=3,
        error_messages={"required": _("Enter how it is known, or who has the child now")},
    )

    def __init__(self, *args: Any, said: Sequence[FoundMatch], **options: Any) -> None:
        super().__init__(*args, **options)
        self.said = {str(one.pk): one for one in said}
        outcomes = [one for one in FoundChild.Outcome if said or one != FoundChild.Outcome.IDENTIFIED]
        cast(forms.ChoiceField, self.fields["outcome"]).choices = [(one.value, one.label) for one in outcomes]
        if not said:
            del self.fields["match"]
            return
        choices = [(key, one.episode.reference) for key, one in self.said.items()]
        cast(forms.ChoiceField, self.fields["match"]).choices = [("", _("Choose")), *choices]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        identified = given.get("outcome") == FoundChild.Outcome.IDENTIFIED
        if identified and not given.get("match"):
            self.add_error("match", _("Select which search it was"))
        if given.get("outcome") and not identified and given.get("match"):
            self.add_error("match", _("Leave this empty unless it was a child who was looked for"))
        return given

    def given(self) -> dict[str, Any]:
        """As `found.close` takes it."""
        match = self.said.get(self.cleaned_data.get("match", ""))
        return {
            "outcome": self.cleaned_data["outcome"],
            "reason": self.cleaned_data["reason"],
            "episode": match.episode if match is not None else None,
        }

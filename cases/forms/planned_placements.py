"""Answers about a placement before it begins: where and when, what the director is asked ahead, and why it is called off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import partings, planned_placements
from cases.forms import fields, typed
from cases.forms.parted import AT_HOME, PartedForm, tell_first
from cases.forms.placement import ELSEWHERE, home_in_words
from cases.models import Authority, Child, Home
from cases.planned_placements import AskedAhead, Planned


class PlanForm(PartedForm):
    """Where the child is to live, from which day, why there, and who of the same home stays behind."""

    where = fields.ListedField(
        label=_("Home"),
        help_text=_("If the place is not in the list, choose “Somewhere else” and the area."),
        error_messages={
            "required": _("Select the home, or Somewhere else"),
            "invalid_choice": _("Select the home, or Somewhere else"),
        },
    )
    authority = fields.ListedRowField(
        label=_("If it is somewhere else: in which council’s area?"),
        help_text=_("The address itself is written when the child is there."),
        queryset=Authority.objects.none(),
        required=False,
        empty_label=_("Choose"),
    )
    planned_date = fields.DateField(
        label=_("From which day?"), name=_("The day"), error_messages={"required": _("Enter the day")}
    )
    reason = fields.NoteField(
        label=_("Why there?"),
        name=_("Your answer"),
        limit=500,
        error_messages={"required": _("Enter why there")},
    )

    def __init__(
        self, *args: Any, child: Child, beside: Sequence[str] = (), now: datetime, **options: Any
    ) -> None:
        super().__init__(*args, beside=beside, **options)
        self.child = child
        if beside:
            # Asked of a home, not of a field: in the one where it lives nobody is parted.
            self.fields["parted"].required = False
            tell_first(self.fields["parted"], beside, unless=AT_HOME)
        self.fields["authority"].asked_of_some = True  # type: ignore[attr-defined]
        self.homes = {
            str(home.pk): home for home in Home.objects.placeable().select_related("authority", "force")
        }
        cast(forms.ChoiceField, self.fields["where"]).choices = [
            ("", _("Choose")),
            (ELSEWHERE, _("Somewhere else")),
            *((pk, home_in_words(home)) for pk, home in self.homes.items()),
        ]
        authority = cast(forms.ModelChoiceField, self.fields["authority"])
        authority.queryset = Authority.objects.on(typed.london(now).date())
        fields.set_now(self, now)
        self.now = now

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        elsewhere = given.get("where") == ELSEWHERE
        if elsewhere and given.get("authority") is None and "authority" not in self.errors:
            self.add_error("authority", _("Select in which council’s area it is"))
        self._require_asked(given)
        fields.ask_beside(self, "planned_date", lambda day: planned_placements.require_day(day, self.now))
        return given

    def _require_asked(self, given: dict[str, Any]) -> None:
        if "parted" not in self.fields or "where" not in given or "parted" in self.errors:
            return
        if partings.lives_in(self.child, self.homes.get(given["where"])):
            given["parted"] = ""
        elif not given.get("parted"):
            self.add_error("parted", self.fields["parted"].error_messages["required"])

    def planned(self) -> Planned:
        """What was answered; the area of a home from the list is its own."""
        given = self.cleaned_data
        home = self.homes.get(given["where"])
        return Planned(
            home=home,
            authority=home.authority if home is not None else given["authority"],
            planned_date=given["planned_date"],
            reason=given["reason"],
        )


class AheadForm(forms.Form):
    """Whether it is a distant placement: then what the director is asked before it begins, else who says that it is none."""

    kind = forms.ChoiceField(
        label=_("Is it a distant placement?"),
        choices=(
            ("asked", _("Yes: the two areas do not adjoin, and the director is asked")),
            ("adjoins", _("No: the two areas adjoin")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the two areas adjoin")},
    )
    reason = fields.NoteField(
        label=_("Why there and not nearer? If the areas adjoin: how is that known?"),
        name=_("The reason"),
        limit=500,
        error_messages={"required": _("Enter why there, or how it is known that the areas adjoin")},
    )
    said_by = forms.CharField(
        label=_("Who says that the areas adjoin?"),
        help_text=_("Name and post."),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    host_whom = forms.CharField(
        label=_("Who of the authority of that area was asked?"),
        help_text=_("Name and post."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    host_asked_date = fields.DateField(
        label=_("On which day were they asked?"), name=_("The day"), past=True, required=False
    )
    host_said = fields.NoteField(
        label=_("What did they say?"), name=_("Their answer"), limit=500, required=False
    )

    _wanted = {
        "asked": {
            "host_whom": _("Enter who of the authority of that area was asked"),
            "host_asked_date": _("Enter on which day they were asked"),
            "host_said": _("Enter what they said"),
        },
        "adjoins": {"said_by": _("Enter who says that the areas adjoin")},
    }

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        for names in self._wanted.values():
            for name in names:
                self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name, words in self._wanted.get(given.get("kind", ""), {}).items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, words)
        return given

    @property
    def is_asked(self) -> bool:
        """Whether the director is to be asked."""
        return bool(self.cleaned_data["kind"] == "asked")

    def asked(self) -> AskedAhead:
        """What the director is asked."""
        names = ("reason", *self._wanted["asked"])
        return AskedAhead(**{name: self.cleaned_data[name] for name in names})


class PlanEndForm(forms.Form):
    """Why the child does not go there."""

    why = fields.NoteField(
        label=_("Why is it called off?"),
        name=_("Your answer"),
        limit=500,
        error_messages={"required": _("Enter why it is called off")},
    )

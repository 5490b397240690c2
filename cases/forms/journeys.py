"""Answers about a journey: the plan with its escorts and stops, a confirmation, and why it is broken off."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import journey_plans
from cases.forms import fields
from cases.forms.as_read import AsReadForm
from cases.forms.forces import ForceField
from cases.forms.parted import tell_first
from cases.journey_plans import Place, Plan
from cases.journeys import Seen
from cases.models import Draft, Journey, JourneyStop

# Between the pick-up and the hand-over, each at most two hours after the one before: so many stand on the form, as many
# more at each press, and no more than the longest journey has.
STOPS, STOPS_AT_MOST = 5, 30


def _text(label: Any, required: Any = "", limit: int = 200, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        required=bool(required),
        error_messages={"required": required} if required else {},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        **options,
    )


def _moment(label: Any, required: Any = "", **options: Any) -> fields.MomentField:
    # Of several moments on one page each says which of them is left out.
    errors = {"required": required, "no_time": required} if required else {}
    return fields.MomentField(label=label, required=bool(required), error_messages=errors, **options)


def _force(label: Any, required: Any = "") -> ForceField:
    return ForceField(
        label=label,
        required=bool(required),
        empty_label=_("Choose") if required else _("Not known"),
        error_messages={"required": required} if required else {},
    )


def _mail(label: Any) -> forms.EmailField:
    return fields.MailAddressField(
        label=label,
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class JourneyForm(forms.Form):
    """From where to whom, by which stops, with which two people, in which vehicle; and what the child said of it."""

    kind = forms.ChoiceField(
        label=_("What is the journey for?"),
        help_text=_(
            "After a move or a transfer the home that the child left is asked no more. After another journey, such as to"
            " court or back from a visit, the child lives where it did."
        ),
        choices=Journey.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what the journey is for")},
    )
    told_at = _moment(
        _("When was the child told and asked?"),
        _("Enter when the child was told and asked"),
        name=_("When the child was told"),
    )
    words = fields.NoteField(
        label=_("What did the child say?"),
        limit=1000,
        name=_("Your answer"),
        error_messages={"required": _("Enter what the child said when told and asked")},
    )
    parted = fields.NoteField(
        label=_("Is the child parted from anybody? Who, and what did they say when told and asked?"),
        limit=1000,
        name=_("Your answer"),
        required=False,
    )
    first_escort = _text(_("First escort: name"), _("Enter the name of the first escort"), 150)
    first_phone = fields.PhoneField(
        label=_("First escort: phone"), error_messages={"required": _("Enter the phone of the first escort")}
    )
    first_email = _mail(_("First escort: mail address, to send a link to"))
    second_escort = _text(_("Second escort: name"), _("Enter the name of the second escort"), 150)
    second_phone = fields.PhoneField(
        label=_("Second escort: phone"),
        error_messages={"required": _("Enter the phone of the second escort")},
    )
    second_email = _mail(_("Second escort: mail address, to send a link to"))
    vehicle = _text(_("Vehicle: make, model and colour"), _("Enter the vehicle"), 120)
    plate = _text(_("Number plate"), _("Enter the number plate"), 20)
    route = _text(_("Route"), _("Enter the route"), 500, help_text=_("Like: M2, M25, M1 to junction 21."))
    from_place = _text(_("Picked up where?"), _("Enter where the child is picked up"))
    from_at = _moment(
        _("Picked up when?"),
        _("Enter when the child is picked up"),
        name=_("The time of the pick-up"),
        quick=False,
        past=False,
    )
    from_force = _force(_("Police force there"), _("Select the police force of the place of departure"))
    to_place = _text(_("Handed over where?"), _("Enter where the child is handed over"))
    to_at = _moment(
        _("Handed over when?"),
        _("Enter when the child is handed over"),
        name=_("The time of the hand-over"),
        quick=False,
        past=False,
    )
    to_force = _force(_("Police force of the destination"))
    hand_to = _text(_("Handed over to whom?"), _("Enter who receives the child"), 150)
    once = forms.UUIDField(widget=forms.HiddenInput)
    # How many stops stand on the page.
    stops = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        beside: Sequence[str] = (),
        untold: str = "",
        ahead: str = "",
        now: datetime,
        **options: Any,
    ) -> None:
        """`beside` are the names of those to be told and asked, who live in the same home.

        `untold` is the address where the child lives, where whoever plans may not read it: it is meant by no answer.
        `ahead` says what the child is about to go to, where that is known.
        """
        super().__init__(*args, **options)
        self.fields["kind"].help_text = " ".join(filter(None, (str(self.fields["kind"].help_text), ahead)))
        self.beside, self.untold, self.now = beside, untold, now
        if untold:
            self.fields["from_place"].required = False
            self.fields["from_place"].help_text = gettext(
                "Leave it empty for the address where the child lives, which is for the child’s social worker, duty and"
                " manager to read: it is taken from the record."
            )
        if beside:
            unless = gettext("If it is another journey leave it empty.")
            tell_first(self.fields["parted"], beside, unless=unless)
        self.numbers = range(1, self._count_stops() + 1)
        for number in self.numbers:
            said = {"number": number}
            self.fields[f"stop_{number}_place"] = _text(gettext("Stop %(number)s: where?") % said)
            self.fields[f"stop_{number}_at"] = _moment(
                gettext("Stop %(number)s: by when?") % said,
                name=gettext("The time of stop %(number)s") % said,
                quick=False,
                past=False,
            )
            self.fields[f"stop_{number}_force"] = _force(gettext("Stop %(number)s: police force") % said)
            self.fields[f"stop_{number}_overnight"] = forms.BooleanField(
                label=gettext("Stop %(number)s: the child sleeps there, and goes on in the morning") % said,
                required=False,
            )
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def _count_stops(self) -> int:
        """As many as the page had, and more of them where that was pressed; the page then says the new number."""
        said = str((self.data if self.is_bound else self.initial).get("stops", ""))
        count = int(said) if said.isdecimal() and len(said) <= 2 else STOPS
        count = min(max(count, STOPS) + (STOPS if self.grows else 0), STOPS_AT_MOST)
        self.initial["stops"] = count
        if self.grows:
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data["stops"] = str(count)
            self.data = data
        return count

    @property
    def grows(self) -> bool:
        """Whether more stops are asked for: nothing that was typed is judged yet."""
        return self.is_bound and "more" in self.data

    @property
    def may_grow(self) -> bool:
        return len(self.numbers) < STOPS_AT_MOST

    def full_clean(self) -> None:
        if self.grows:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def of_stops(self) -> list[tuple[int, list[forms.BoundField], bool]]:
        """The fields of each stop between, and whether it is shown open: one that is answered or wrong is."""
        found = []
        for number in self.numbers:
            bound = [self[f"stop_{number}_{name}"] for name in ("place", "at", "force", "overnight")]
            place, moment, *others = bound
            answered = any(field.errors or field.value() for field in (place, *others))
            is_open = number == 1 or answered or bool(moment.errors)
            found.append((number, bound, is_open))
        return found

    def before_stops(self) -> Iterator[forms.BoundField]:
        names = (*list(self.base_fields)[: list(self.base_fields).index("to_place")],)
        return (self[name] for name in names)

    def after_stops(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in ("to_place", "to_at", "to_force", "hand_to", "once", "stops"))

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        goes_back = answers.get("kind") == Journey.Kind.OTHER
        if self.beside and not goes_back and not answers.get("parted") and "parted" not in self.errors:
            self.add_error("parted", _("Enter what they said when told and asked"))
        for number in self.numbers:
            place, at = (answers.get(f"stop_{number}_{name}") for name in ("place", "at"))
            for name, words in (
                ("place", _("Enter where stop %(number)s is")),
                ("at", _("Enter by when stop %(number)s is reached")),
            ):
                key = f"stop_{number}_{name}"
                if bool(place) != bool(at) and not answers.get(key) and key not in self.errors:
                    self.add_error(key, words % {"number": number})
        self._require_times(answers)
        return answers

    def _require_times(self, answers: dict[str, Any]) -> None:
        """The times are judged beside all else that is wrong, once each that was typed is one."""
        names = self.names_of_places()
        asked = ("from", *(f"stop_{number}" for number in self.numbers), "to")
        if any(f"{name}_at" in self.errors for name in asked):
            return
        try:
            journey_plans.require_places([self._place(name) for name in names], self.now)
        except journey_plans.WrongStop as refusal:
            self.add_error(f"{names[refusal.position]}_at", str(refusal))

    def names_of_places(self) -> list[str]:
        """The prefix of each place that is answered, in order: what a refusal of one stands at."""
        return ["from", *(f"stop_{n}" for n in self.numbers if self.cleaned_data.get(f"stop_{n}_at")), "to"]

    def _place(self, name: str) -> Place:
        given = self.cleaned_data
        return Place(
            place=given.get(f"{name}_place") or (self.untold if name == "from" else ""),
            due_at=given[f"{name}_at"],
            force=given.get(f"{name}_force"),
            overnight=bool(given.get(f"{name}_overnight")),
        )

    def plan(self) -> Plan:
        """The plan that was answered; the form is valid."""
        given = self.cleaned_data
        places = tuple(self._place(name) for name in self.names_of_places())
        escorts = [
            f"{which}_{what}" for which in ("first", "second") for what in ("escort", "phone", "email")
        ]
        own = ("kind", "vehicle", "plate", "route", "hand_to", "told_at", "words", "parted")
        said = {name: given[name] for name in (*escorts, *own)}
        return Plan(**said, places=places, key=given["once"])


def stops_of(draft: Draft | None) -> dict[str, str]:
    """How many stops stood on the page that a draft was typed on, as the form takes it."""
    return {"stops": draft.data["stops"][-1]} if draft is not None and draft.data.get("stops") else {}


class SeenForm(forms.Form):
    """Which escort has seen the child, and when; whoever writes it was told by them."""

    escort = forms.ChoiceField(
        label=_("Who has seen the child?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who has seen the child")},
    )
    seen_at = fields.MomentField(label=_("When?"), name=_("The time"), initial="now")
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, journey: Journey, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [journey.first_escort, journey.second_escort]
        cast(forms.ChoiceField, self.fields["escort"]).choices = [(name, name) for name in names]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def seen(self) -> Seen:
        given = self.cleaned_data
        return Seen(escort=given["escort"], happened_at=given["seen_at"], key=given["once"])


class OfJourneyForm(AsReadForm):
    """What is asked of a journey: of none that was planned since the page was opened."""

    overtaken = _("Another journey was planned since you opened this page. Look at it, then press again.")

    def __init__(self, *args: Any, journey: Journey, **options: Any) -> None:
        super().__init__(*args, stands=journey.pk, **options)


class ConfirmForm(AsReadForm, SeenForm):
    """At which stop an escort has seen the child."""

    stop = forms.ChoiceField(
        label=_("At which stop?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the stop")},
    )
    field_order = ("stop", "escort", "seen_at", "once")
    overtaken = OfJourneyForm.overtaken

    def __init__(
        self, *args: Any, journey: Journey, stops: list[tuple[JourneyStop, str]], **options: Any
    ) -> None:
        super().__init__(*args, journey=journey, stands=journey.pk, **options)
        self.stops = {str(stop.position): stop for stop, _label in stops}
        choices = [(str(stop.position), label) for stop, label in stops]
        cast(forms.ChoiceField, self.fields["stop"]).choices = choices
        if choices:
            self.initial.setdefault("stop", choices[0][0])


class BreakOffForm(forms.Form):
    """Why the journey ends before its hand-over, and who has seen the child since it began."""

    reason = forms.CharField(
        label=_("Why is the journey broken off?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter why the journey is broken off")},
    )
    seen_by = _text(
        _("Who has seen the child since?"),
        "",
        150,
        help_text=_("Needed from the departure on: whoever has the child in sight now."),
    )
    seen_at = fields.MomentField(label=_("When?"), name=_("The time"), initial="now", required=False)
    knows_child = forms.BooleanField(
        label=_("They know the child, or hold the photo (both escorts do)"),
        help_text=_(
            "Without this the word may not count: a stop that is late stays late, and the alert goes on."
        ),
        required=False,
    )
    # Of an old page it is not the one that was planned since.
    journey = forms.IntegerField(widget=forms.HiddenInput, required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, journey: Journey, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("journey", journey.pk)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("seen_by") and not answers.get("seen_at") and "seen_at" not in self.errors:
            self.add_error("seen_at", _("Enter when they saw the child"))
        return answers

    def seen(self) -> Seen | None:
        given = self.cleaned_data
        if not given["seen_by"]:
            return None
        who = {"escort": given["seen_by"], "knows_child": given["knows_child"]}
        return Seen(**who, happened_at=given["seen_at"], key=given["once"])

"""Answers about a placement: a home from the list, or somewhere else with its address and force."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases import partings, placements, planned_placements
from cases.deadlines import london_day
from cases.forms import fields, on_record, typed
from cases.forms.as_read import AsReadForm
from cases.forms.forces import ForceField
from cases.forms.on_record import ELSEWHERE
from cases.forms.parted import AT_HOME, tell_first
from cases.forms.placement_types import TYPE_HELP, TYPES
from cases.forms.widgets import FoldedRadios
from cases.host_notices import HostTold, is_hosted
from cases.models import Authority, Child, Home, Placement, Responsibility
from cases.models.placements import latest_date
from cases.moves import isolated

HOST_NOTIFIED = (("yes", _("Yes")), ("no", _("Not yet")))


def home_in_words(home: Home) -> str:
    """A home with what follows from it, so that both are read before anything is saved."""
    return f"{isolated(home.name)}, {home.authority.said_name} ({isolated(home.force.name)})"


def _name(label: Any, name: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=Placement._meta.get_field(name).max_length,  # type: ignore[union-attr]
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )


def under_16_field() -> forms.BooleanField:
    """That a child is in supported accommodation before 16, said by whoever places it there."""
    return forms.BooleanField(
        label=_("The child is under 16 and lives there all the same: the manager is told"), required=False
    )


def provided_by_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Who provides it?"),
        choices=[("", _("Not said yet")), *Placement.ProvidedBy.choices],
        required=False,
    )


def one_who_may_provide(answers: Mapping[str, Any], placement_type: str) -> str:
    """What was answered to `provided_by`, refused at the field where the return has it not for this type."""
    given: str = answers["provided_by"]
    if not placements.may_provide(given, placement_type):
        raise forms.ValidationError(_("Select who may provide this type of placement, or Not said yet"))
    return given


def require_under_16_said(form: forms.Form, answers: Mapping[str, Any]) -> None:
    """Ask at the fields that a child under 16 lives there, and why, where that is not said."""
    if not answers.get("under_16"):
        words = _(
            "Supported accommodation is for 16 and over. Select another type, or tick that the child is there"
        )
        form.add_error("under_16", words)
    if not (answers.get("reason") or "").strip():
        form.add_error("reason", _("Enter why a child under 16 is there"))


class PlacementForm(AsReadForm):
    """Where the child lives from now on."""

    where = fields.ListedField(
        label=_("Home"),
        help_text=_("If its council or police force is wrong, choose “Somewhere else”."),
        error_messages={
            "required": _("Select the home, or Somewhere else"),
            "invalid_choice": _("Select the home, or Somewhere else"),
        },
    )
    address = forms.CharField(
        label=_("Address"),
        error_messages={"required": _("Enter the address")},
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    address_restricted = forms.BooleanField(
        label=_("The address is restricted (a refuge or safe house: it is not written here)"),
        required=False,
    )
    provider = forms.CharField(
        label=_("Who runs the place?"),
        max_length=Placement._meta.get_field("provider").max_length,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _("Enter who runs the place")},
    )
    postcode = fields.PostcodeField(label=_("Postcode"), error_messages={"required": _("Enter the postcode")})
    phone = fields.PhoneField(
        label=_("24-hour phone"),
        error_messages={"required": _("Enter a phone that is answered day and night")},
    )
    authority = fields.ListedRowField(
        label=_("Host authority"),
        queryset=Authority.objects.none(),
        error_messages={"required": _("Select the host authority")},
        empty_label=_("Choose"),
    )
    force = ForceField(
        label=_("Police force"),
        help_text=_("Leave it as it is for the force of that council’s area."),
        required=False,
        error_messages={"required": _("Select the police force: no address says it")},
        empty_label=_("The force of that area"),
    )
    placement_type = forms.ChoiceField(
        label=_("Type of placement"),
        choices=TYPES,
        widget=FoldedRadios(fold=_("Another type of placement"), hint=TYPE_HELP),
        error_messages={"required": _("Select the type of placement")},
    )
    provided_by = provided_by_field()
    # Asked where the answers say that a child is in supported accommodation before 16.
    under_16 = under_16_field()
    starts_at = fields.MomentField(label=_("From when?"), name=_("The start"), initial="now")
    room = forms.CharField(
        label=_("Room"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    expected_end_date = fields.DateField(
        label=_("Until when is it meant to last?"),
        name=_("The last day"),
        required=False,
    )
    reason = forms.CharField(
        label=_("Why here?"),
        max_length=Placement._meta.get_field("reason").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    parted = fields.NoteField(
        label=_("Who is the child parted from, and what did they say when told and asked?"),
        name=_("Your answer"),
        limit=1000,
        required=False,
    )
    arranged_by = _name(_("Who arranged it?"), "arranged_by")
    handed_over_by = _name(_("Who handed the child over?"), "handed_over_by")
    items_held = forms.MultipleChoiceField(
        label=_("What of the child’s own do they hold?"),
        choices=Placement.Item.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    items_note = forms.CharField(
        label=_("More about these things"),
        max_length=Placement._meta.get_field("items_note").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    host_notified = forms.ChoiceField(
        label=_("Has the host authority been told?"),
        help_text=_("Of a place in another council’s area. “Not yet” is due until somebody is told."),
        choices=HOST_NOTIFIED,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
    )
    told_whom = forms.CharField(
        label=_("Who was told?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _("Enter who was told")},
    )
    told_at = fields.MomentField(
        label=_("When were they told?"), name=_("The time"), initial="now", required=False
    )

    asks_age = False
    elsewhere_fields = ("address", "postcode", "phone", "authority")

    def __init__(
        self,
        *args: Any,
        child: Child,
        beside: Sequence[str] = (),
        standing: Placement | None = None,
        now: datetime,
        **options: Any,
    ) -> None:
        """`beside` are the names of those to be told and asked, who live in the same home; `standing` is where it lives."""
        super().__init__(*args, stands=standing.pk if standing is not None else 0, **options)
        self.standing = standing
        self.child, self.now = child, now
        for name in ("host_notified", "told_whom", "told_at"):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        self.ask_of(beside)
        homes = Home.objects.placeable().select_related("authority", "force")
        self.homes = {str(home.pk): home for home in homes}
        cast(forms.ChoiceField, self.fields["where"]).choices = [
            ("", _("Choose")),
            (ELSEWHERE, _("Somewhere else")),
            *((pk, home_in_words(home)) for pk, home in self.homes.items()),
        ]
        authority = cast(forms.ModelChoiceField, self.fields["authority"])
        authority.queryset = Authority.objects.on(typed.london(now).date()).select_related("force")
        if self.is_bound:
            # An address typed without choosing “Somewhere else” says it as well.
            self.fields["where"].required = not self.elsewhere
            for name in self.elsewhere_fields:
                self.fields[name].required = self.elsewhere
            if self.restricted:
                # No address is asked for, so nothing can be told from one.
                for name in ("address", "postcode"):
                    self.fields[name].required = False
                for name in ("provider", "force"):
                    self.fields[name].required = self.elsewhere
        fields.set_now(self, now)

    def ask_of(self, beside: Sequence[str]) -> None:
        """Ask what these said who live in the same home; of nobody where there is none."""
        self.beside = beside
        if beside:
            tell_first(self.fields["parted"], beside, unless=AT_HOME)
            self["parted"].help_text = self.fields["parted"].help_text

    @property
    def elsewhere(self) -> bool:
        """Whether the second part is answered or asked for."""
        where = self["where"].value()
        return where == ELSEWHERE or (not where and (bool(self["address"].value()) or self.restricted))

    @property
    def restricted(self) -> bool:
        """Whether the address is to be written nowhere."""
        return bool(self["address_restricted"].value())

    @property
    def elsewhere_shown(self) -> bool:
        """Whether the second part stands open: nothing in it is wrong, or in the way, behind a closed fold."""
        asked = (*self.elsewhere_fields, "provider", "address_restricted")
        return self.elsewhere or any(self[name].value() for name in asked)

    def clean(self) -> dict[str, Any]:
        self.overtaken = on_record.overtaken(self, self.standing)
        answers = super().clean() or self.cleaned_data
        if self.elsewhere and not answers.get("where"):
            answers["where"] = ELSEWHERE
        if answers.get("where") in self.homes and answers.get("address"):
            self.add_error(
                "where", _("Select “Somewhere else” for the address below, or clear it for this home")
            )
        if self.restricted:
            self._keep_restricted(answers)
        self._require_host_told(answers)
        self._require_old_enough(answers)
        self._require_asked(answers)
        self._begin_with_the_end_before(answers)
        starts_at, last_day = answers.get("starts_at"), answers.get("expected_end_date")
        if starts_at and last_day and last_day < typed.london(starts_at).date():
            self.add_error("expected_end_date", _("The last day must not be before the placement begins"))
        latest = latest_date(answers.get("placement_type", ""), starts_at) if starts_at else None
        if latest and last_day and last_day > latest:
            text = _("The last day of such a placement must be %(day)s or earlier") % {
                "day": date_format(latest, "j F Y")
            }
            self.add_error("expected_end_date", text)
        return answers

    def _begin_with_the_end_before(self, answers: dict[str, Any]) -> None:
        """A time is typed to the minute: that of the hand-over, or of the end before, is the instant on record."""
        starts_at = answers.get("starts_at")
        if starts_at is None:
            return
        in_it = {"ends_at__gt": starts_at, "ends_at__lt": starts_at + timedelta(minutes=1)}
        ended = Placement.objects.filter(child=self.child, **in_it).first()
        if ended is not None and ended.ends_at is not None:
            answers["starts_at"] = min(ended.ends_at, self.now)

    def _keep_restricted(self, answers: dict[str, Any]) -> None:
        if answers.get("where") in self.homes:
            self.add_error(
                "address_restricted",
                _("Select “Somewhere else” for a restricted address, or clear the tick for this home"),
            )
        for name, label in (
            ("address", _("Clear the address, or the tick: a restricted address is not written here")),
            ("postcode", _("Clear the postcode, or the tick: it says where the address is")),
        ):
            if answers.get(name):
                self.add_error(name, label)

    def _require_old_enough(self, answers: dict[str, Any]) -> None:
        """Where a child is, is recorded: nobody is to place one there unawares, and somebody is to say why."""
        responsible = Responsibility.objects.at(self.now).filter(child=self.child).select_related("authority")
        own = responsible.first()
        until = placements.too_young_until(
            self.child,
            placement_type=answers.get("placement_type", ""),
            starts_at=answers.get("starts_at") or self.now,
            nation=own.authority.nation if own is not None else "",
        )
        self.asks_age = until is not None
        if self.asks_age:
            require_under_16_said(self, answers)

    def _require_asked(self, answers: dict[str, Any]) -> None:
        """Whoever lives with somebody linked is parted by each placement but one in the same home."""
        home = self.homes.get(answers.get("where", ""))
        asks = bool(self.beside) and not partings.lives_in(self.child, home)
        if asks and not answers.get("parted") and "parted" not in self.errors:
            self.add_error("parted", _("Enter what they said when told and asked"))

    def _require_host_told(self, answers: dict[str, Any]) -> None:
        """In another council's area somebody is to be told of the child: a clock depends on the answer."""
        home = self.homes.get(answers.get("where", ""))
        host = home.authority if home is not None else answers.get("authority")
        if host is None or not is_hosted(self.child, host, at=self.now):
            return
        if not answers.get("host_notified") and self._is_told_ahead(home, host):
            answers["host_notified"] = "no"
            return
        if not answers.get("host_notified") and "host_notified" not in self.errors:
            words = _("Select if %(authority)s has been told: it is another council’s area")
            self.add_error("host_notified", words % {"authority": host.said_name})
        if answers.get("host_notified") == "yes":
            if not (answers.get("told_whom") or "").strip() and "told_whom" not in self.errors:
                self.add_error("told_whom", _("Enter who was told"))
            if not answers.get("told_at") and "told_at" not in self.errors:
                self.add_error("told_at", _("Enter when they were told"))

    def _is_told_ahead(self, home: Home | None, host: Authority) -> bool:
        """Whether that was said of the placement when it was planned: it is taken up with it."""
        planned = planned_placements.open_of(self.child)
        if planned is None or not planned_placements.is_own(planned, at=self.now):
            return False
        day = london_day(self.cleaned_data.get("starts_at") or self.now)
        there = planned_placements.is_there(planned, home=home, authority=host, day=day)
        return there and planned_placements.told_of(planned) is not None

    def clean_provided_by(self) -> str:
        return one_who_may_provide(self.cleaned_data, self.cleaned_data.get("placement_type", ""))

    def overtake_with(self, standing: Placement | None) -> None:
        """Say what came while this was sent: `standing` is where the child lives by now."""
        self.standing, self.overtaken = standing, on_record.overtaken(self, standing)
        self.overtake(standing.pk if standing is not None else 0)

    def place(self) -> Home | placements.Address:
        """The home, or the address with its authority and force."""
        given = self.cleaned_data
        if given["where"] != ELSEWHERE:
            return self.homes[given["where"]]
        return placements.Address(
            address=given["address"],
            postcode=given["postcode"],
            restricted=given["address_restricted"],
            provider=given["provider"],
            phone=given["phone"],
            authority=given["authority"],
            force=given["force"] or given["authority"].force,
        )

    def facts(self) -> dict[str, Any]:
        """The rest of what `placements.start` asks for."""
        given = self.cleaned_data
        return {
            "placement_type": given["placement_type"],
            "provided_by": given["provided_by"],
            "starts_at": given["starts_at"],
            "room": given["room"],
            "expected_end_date": given["expected_end_date"],
            "reason": given["reason"],
            "parted": given["parted"] if self.beside else "",
            "taken_in": placements.TakenIn(
                **{
                    name: given[name]
                    for name in ("arranged_by", "handed_over_by", "items_held", "items_note")
                }
            ),
            "host_told": HostTold(whom=given["told_whom"], told_at=given["told_at"])
            if given["host_notified"] == "yes"
            else None,
        }

"""Answers about a new version of a policy: its figures, from when, and why; and the second person's."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import policy_words, replay_groups
from alerts.figures import Figure, Unit, wall
from alerts.replays import Period
from alerts.revisions import Draft
from alerts.roll_call_times import ROLL_CALLS_CHANGE
from alerts.trials import Tried
from cases.deadlines import at_london, london_day
from cases.forms import fields, typed
from cases.forms.marks import SecondPersonForm, ask_second
from cases.models import Authority
from cases.templatetags.govuk import exactly

BEGINS = time(9, 0)
# A draft is tried on so many past days where nobody chooses others, on so many at most, and on none longer ago.
TRIED_DAYS, MOST_DAYS, FARTHEST_BACK = 28, 92, 366


# What is said beside a box, and where something else stands in it.
_WORDS = {
    Unit.MINUTES: (
        gettext_lazy("Minutes. Now %(now)s; between %(least)d and %(most)d minutes (%(longest)s)."),
        gettext_lazy("%(figure)s: enter a whole number of minutes from %(least)d to %(most)d"),
    ),
    Unit.MINUTES_BEFORE: (
        gettext_lazy(
            "Minutes before it is due. Now %(now)s; between %(least)d and %(most)d minutes (%(longest)s)."
        ),
        gettext_lazy("%(figure)s: enter a whole number of minutes from %(least)d to %(most)d"),
    ),
    Unit.WALL: (
        gettext_lazy("A time of day, like 7:30am or 07:30. Now %(now)s; between %(least)s and %(most)s."),
        gettext_lazy("%(figure)s: enter a time from %(least)s to %(most)s, like 7:30am or 07:30"),
    ),
    Unit.TIMES: (
        gettext_lazy("How many. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number from %(least)d to %(most)d"),
    ),
    Unit.WHOLE_HOURS: (
        gettext_lazy("Hours, by the clock. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number of hours from %(least)d to %(most)d"),
    ),
    Unit.WHOLE_DAYS: (
        gettext_lazy("Days. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number of days from %(least)d to %(most)d"),
    ),
    Unit.WHOLE_MONTHS: (
        gettext_lazy("Months. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number of months from %(least)d to %(most)d"),
    ),
    Unit.DAYS: (
        gettext_lazy("Days after its day. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number of days from %(least)d to %(most)d"),
    ),
    Unit.DAYS_BEFORE: (
        gettext_lazy("Days before its day. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number of days from %(least)d to %(most)d"),
    ),
    Unit.WORKING_DAYS: (
        gettext_lazy("Working days. Now %(now)d; between %(least)d and %(most)d."),
        gettext_lazy("%(figure)s: enter a whole number of working days from %(least)d to %(most)d"),
    ),
}


class PolicyDraftForm(forms.Form):
    """One box for each figure that can be changed, as it stands until somebody types another."""

    # The version that the figures were read from.
    replaces = forms.IntegerField(widget=forms.HiddenInput)
    takes_effect_at = fields.MomentField(
        label=gettext_lazy("From when does it count?"),
        name=gettext_lazy("The beginning"),
        quick=False,
        past=False,
        help_text=gettext_lazy("A time to come. Alerts that are open then keep the version they began with."),
    )
    reason = fields.NoteField(
        label=gettext_lazy("Why is it changed?"),
        limit=300,
        name=gettext_lazy("Your reason"),
        error_messages={"required": gettext_lazy("Enter why the policy is changed")},
    )

    def __init__(
        self,
        *args: Any,
        figures: Sequence[Figure],
        now: datetime,
        roll_calls: bool = False,
        **options: Any,
    ) -> None:
        """`roll_calls`: it is a policy of those, which change at night."""
        super().__init__(*args, **options)
        self.figures = [figure for figure in figures if not figure.is_fixed]
        for figure in self.figures:
            self.fields[figure.name] = _box(figure)
        self.order_fields(
            [*(figure.name for figure in self.figures), "takes_effect_at", "reason", "replaces"]
        )
        begins = ROLL_CALLS_CHANGE if roll_calls else BEGINS
        self.initial.setdefault("takes_effect_at", at_london(london_day(now) + timedelta(days=1), begins))
        fields.set_now(self, now)

    def draft(self, key: str, authority_id: int, *, follows_delivered: bool = False) -> Draft:
        """What was answered."""
        given = self.cleaned_data
        return Draft(
            key=key,
            replaces=given["replaces"],
            values={figure.name: given[figure.name] for figure in self.figures},
            takes_effect_at=given["takes_effect_at"],
            reason=given["reason"],
            authority_id=authority_id,
            follows_delivered=follows_delivered,
        )


class TrialForm(forms.Form):
    """On which past days a draft is tried, and on whose children."""

    first_day = fields.DateField(label=gettext_lazy("First day"), name=gettext_lazy("The first day"))
    last_day = fields.DateField(label=gettext_lazy("Last day"), name=gettext_lazy("The last day"))

    def __init__(self, *args: Any, authority: Authority, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now = now
        self.fields["children"] = forms.ChoiceField(
            label=_("Which children?"),
            choices=replay_groups.choices(authority),
            error_messages=dict.fromkeys(("required", "invalid_choice"), _("Select children from the list")),
        )
        yesterday = london_day(now) - timedelta(days=1)
        self.initial = {
            "first_day": yesterday - timedelta(days=TRIED_DAYS - 1),
            "last_day": yesterday,
            "children": replay_groups.ALL,
        }
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        """The days are past, in order, and no more than can be replayed while somebody waits."""
        given = self.cleaned_data
        first, last = given.get("first_day"), given.get("last_day")
        if last is not None and last >= london_day(self.now):
            self.add_error("last_day", _("The last day must be over: yesterday or earlier"))
        if first is not None and first < london_day(self.now) - timedelta(days=FARTHEST_BACK):
            self.add_error("first_day", _("The first day must be within the last year"))
        if first is None or last is None or self.errors:
            return given
        if first > last:
            self.add_error("first_day", _("The first day must not come after the last day"))
        elif (last - first).days >= MOST_DAYS:
            words = _("From the first day to the last there must be at most %(days)d days")
            self.add_error("first_day", words % {"days": MOST_DAYS})
        return given

    @property
    def tried(self) -> Tried:
        """These days, and whether a part of the children was chosen."""
        given = self.cleaned_data
        in_part = given["children"] != replay_groups.ALL
        return Tried(given["first_day"], given["last_day"], in_part)

    @property
    def period(self) -> Period:
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        return Period(at_london(first, time()), at_london(last + timedelta(days=1), time()))


class AgreeForm(SecondPersonForm):
    """Who agrees, with their own sign-in; and of a draft that was not tried on past days why it was not."""

    untried_why = fields.NoteField(
        label=gettext_lazy("Why is this draft not tried on past days?"),
        help_text=gettext_lazy("Not asked once you have tried it, above. It stands with the version."),
        limit=300,
        name=gettext_lazy("Your reason"),
        error_messages={
            "required": gettext_lazy("Try this draft on past days first, or enter why it is not tried")
        },
    )

    def __init__(self, *args: Any, asks_why: bool = False, **options: Any) -> None:
        """`asks_why`: it is to be tried on past days, and was not."""
        super().__init__(*args, **options)
        if not asks_why:
            del self.fields["untried_why"]
        ask_second(self)
        self.order_fields(["untried_why"])


class WallField(forms.CharField):
    """A time of day in London as people type it; cleans to minutes after midnight, between two of them."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**options)

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        try:
            at = typed.read_time(text)
        except typed.NotUnderstood as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        minutes = at.hour * 60 + at.minute
        if not self.least <= minutes <= self.most:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return minutes


def _box(figure: Figure) -> forms.Field:
    parts: dict[str, Any] = {
        "now": figure.stands,
        "least": figure.least,
        "most": figure.most,
        "figure": figure.label,
    }
    if figure.unit == Unit.WALL:
        parts |= {name: policy_words.wall(wall(parts[name])) for name in ("now", "least", "most")}
    if figure.unit in (Unit.MINUTES, Unit.MINUTES_BEFORE):
        longest = exactly(timedelta(minutes=figure.most))
        parts |= {"now": exactly(timedelta(minutes=figure.stands)), "longest": longest}
    stands, bounds = (words % parts for words in _WORDS[figure.unit])
    if figure.is_statutory:
        stands = _("%(bounds)s Law or statutory guidance sets the longest: it can only be shorter.") % {
            "bounds": stands
        }
    errors = dict.fromkeys(("required", "invalid", "min_value", "max_value"), bounds)
    boxes = {"class": "govuk-input--width-5", "autocomplete": "off"}
    if figure.unit == Unit.WALL:
        return WallField(
            label=figure.label,
            help_text=stands,
            initial=figure.typed,
            least=figure.least,
            most=figure.most,
            widget=forms.TextInput(attrs=boxes),
            error_messages=errors,
        )
    return forms.IntegerField(
        label=figure.label,
        help_text=stands,
        initial=figure.stands,
        min_value=figure.least,
        max_value=figure.most,
        widget=forms.TextInput(attrs=boxes | {"inputmode": "numeric"}),
        error_messages=errors,
    )

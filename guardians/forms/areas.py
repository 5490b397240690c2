"""Answers about the area of a guardian service: which one, from when until when, and how a child is referred."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.organisations import choose_authority
from cases.models import Authority, GuardianService
from guardians.areas import Way
from guardians.models import ServiceArea

LONGEST = 1000
_WAY = ("form", "mailbox", "phone")
NONE_GIVEN = gettext_lazy("Enter the form, the mailbox or the phone: how a child is referred")


class WayForm(forms.Form):
    """How a child is referred."""

    form = forms.CharField(
        label=gettext_lazy("Where is the referral form?"),
        help_text=gettext_lazy("Its address on the web, or whom to ask for it."),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    mailbox = fields.MailAddressField(
        label=gettext_lazy("To which mailbox is it sent?"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    phone = fields.PhoneField(label=gettext_lazy("Which phone takes referrals?"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not any(given.get(name) for name in _WAY) and not set(_WAY) & set(self.errors):
            self.add_error("form", NONE_GIVEN)
        return given

    def way(self) -> Way:
        """What was answered."""
        return Way(**{name: self.cleaned_data[name] for name in _WAY})


class AreaForm(WayForm):
    """Which service takes children of which authority, from when until when."""

    authority = forms.ModelChoiceField(
        label=gettext_lazy("Of which authority?"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": gettext_lazy("Select the authority")},
    )
    service = forms.ModelChoiceField(
        label=gettext_lazy("Which guardian service?"),
        queryset=GuardianService.objects.none(),
        empty_label=gettext_lazy("Select"),
        error_messages={
            "required": gettext_lazy("Select the guardian service"),
            "invalid_choice": gettext_lazy("Select the guardian service"),
        },
    )
    starts_date = fields.DateField(
        label=gettext_lazy("From which day on does it take children there?"),
        name=gettext_lazy("The first day"),
        help_text=gettext_lazy("For example 27 3 2027."),
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    ends_date = fields.DateField(
        label=gettext_lazy("Its last day there, if it is known"),
        name=gettext_lazy("The last day"),
        required=False,
    )

    field_order = ("authority", "service", "starts_date", "ends_date", *_WAY)

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)
        service = cast(forms.ModelChoiceField, self.fields["service"])
        service.queryset = GuardianService.objects.on(london_day(now)).order_by("name", "pk")
        self.initial.setdefault("starts_date", london_day(now))
        fields.set_now(self, now)


class ChangeForm(WayForm):
    """What is otherwise: how a child is referred, or the last day, and why."""

    ends_date = fields.DateField(
        label=gettext_lazy("Its last day there"),
        name=gettext_lazy("The last day"),
        help_text=gettext_lazy("Leave it empty while no end is known. For example 27 3 2027."),
        required=False,
    )
    children_stay = forms.BooleanField(
        label=gettext_lazy("Children who have a guardian of it then keep that guardian"),
        help_text=gettext_lazy(
            "Without this each of them is without a guardian from the day after the last day on, and whoever works"
            " with them is asked for another before it."
        ),
        required=False,
    )
    why = forms.CharField(
        label=gettext_lazy("Why is it changed?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter why it is changed")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    field_order = (*_WAY, "ends_date", "children_stay", "why")

    def __init__(self, *args: Any, area: ServiceArea, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in (*_WAY, "ends_date", "children_stay"):
            self.initial.setdefault(name, getattr(area, name))
        fields.set_now(self, now)


class EndedForm(forms.Form):
    """Of a service whose time in the area is over: whether children keep its guardians, those who come in a merger too."""

    children_stay = forms.BooleanField(
        label=gettext_lazy("Children who have a guardian of it keep that guardian"),
        help_text=gettext_lazy(
            "This holds for children who come by a merger or from another area too. Without it each of them is without"
            " a guardian from the day on which it comes."
        ),
        required=False,
    )
    why = forms.CharField(
        label=gettext_lazy("What do you know this by?"),
        help_text=gettext_lazy("Such as what the service wrote, and when. No child’s name."),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter what you know this by")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, area: ServiceArea, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("children_stay", area.children_stay)


class NoneForm(forms.Form):
    """That no service takes children of an authority, why, who stands in, and when that is looked at again."""

    authority = forms.ModelChoiceField(
        label=gettext_lazy("Of which authority?"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": gettext_lazy("Select the authority")},
    )
    reason = fields.NoteField(
        label=gettext_lazy("Why is there none, and who stands in for a guardian?"),
        help_text=gettext_lazy("Such as the advocacy service, with its phone. No child’s name."),
        name=gettext_lazy("Your answer"),
        limit=LONGEST,
        error_messages={"required": gettext_lazy("Enter why there is none, and who stands in")},
    )
    review_date = fields.DateField(
        label=gettext_lazy("When is this looked at again?"),
        help_text=gettext_lazy("Within six months, for example 27 3 2027."),
        name=gettext_lazy("The day"),
        error_messages={"required": gettext_lazy("Enter when this is looked at again")},
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)
        fields.set_now(self, now)

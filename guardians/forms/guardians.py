"""Answers about a child's guardian: who it is, why it ends, or why there is none and who stands in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.as_read import ReadByVerbForm
from cases.models import Child, Membership, Role
from cases.moves import isolated
from guardians import areas
from guardians.models import GuardianAssignment, NoGuardian
from guardians.reasons import Fallback


class AssignForm(forms.Form):
    """A guardian from those who work for a service now."""

    guardian = fields.ListedField(
        label=_("Guardian"),
        help_text=_(
            "Type the name. Only people of a guardian service that takes children of this area, has the child’s"
            " referral or watches over the child already can be assigned."
        ),
        error_messages={"required": _("Select the guardian"), "invalid_choice": _("Select the guardian")},
    )
    kind = forms.ChoiceField(
        label=_("What do they do?"),
        help_text=_(
            "A direct worker works with the child. A regional practice co-ordinator advises those who look after a child"
            " with family here. A post-18 worker goes on after the birthday."
        ),
        choices=GuardianAssignment.Kind.choices,
        initial=GuardianAssignment.Kind.DIRECT_WORKER,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what they do")},
    )

    def __init__(self, *args: Any, child: Child, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Membership.objects.current(now).filter(role=Role.GUARDIAN).select_related("user", "service")
        rows = rows.exclude(service__ends_date__lte=london_day(now))
        services = areas.services_for(child, at=now)
        if services is not None:
            rows = rows.filter(service__in=services)
        self.guardians = {str(row.pk): row for row in rows.order_by("user__name", "pk")}
        cast(forms.ChoiceField, self.fields["guardian"]).choices = [
            ("", _("Choose")),
            *(
                (pk, f"{isolated(row.user.name)}, {isolated(row.service)}")
                for pk, row in self.guardians.items()
            ),
        ]

    @property
    def membership(self) -> Membership:
        return self.guardians[self.cleaned_data["guardian"]]


class FirstOrSecondForm(AssignForm):
    """Who is assigned; beside whom, or as the one who leads, is as the page said when it was read."""

    lead_key = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, lead: GuardianAssignment | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lead = lead
        self.initial.setdefault("lead_key", self._standing)

    @property
    def _standing(self) -> str:
        return str(self.lead.pk) if self.lead is not None else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("lead_key") != self._standing:
            # What is read now is what the next press is about.
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data[self.add_prefix("lead_key")] = self._standing
            self.data = data
            raise forms.ValidationError(
                gettext(
                    "Who leads has changed since you opened this page. Read what it says now, then choose."
                )
            )
        return given


class EndForm(forms.Form):
    """Why the assignment ends; from then on a guardian is owed again where the child is to have one."""

    reason = forms.CharField(
        label=_("Why does it end?"),
        max_length=200,
        error_messages={"required": _("Enter why the assignment ends")},
    )


class EndAssignmentForm(EndForm):
    """The same of one assignment, the one that the page named: another may stand there by the time it is sent."""

    assignment_key = forms.CharField(widget=forms.HiddenInput)


class HandOverForm(AssignForm):
    """Who takes the child over, and why; from whom is the one that the page named."""

    assignment_key = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why is the child handed over?"),
        max_length=200,
        error_messages={"required": _("Enter why the child is handed over")},
    )


class AddressForm(forms.Form):
    """Which guardian may read the address, or no longer, and why."""

    assignment_key = forms.ChoiceField(
        label=_("Which guardian?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the guardian")},
    )
    answer = forms.ChoiceField(
        label=_("May this guardian read where the child lives, and the child’s phone?"),
        choices=fields.YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the guardian may read it")},
    )
    reason = forms.CharField(
        label=_("Why?"), max_length=200, error_messages={"required": _("Enter the reason")}
    )

    def __init__(self, *args: Any, assignments: Sequence[GuardianAssignment], **options: Any) -> None:
        super().__init__(*args, **options)
        self.assignments = {str(row.pk): row for row in assignments}
        cast(forms.ChoiceField, self.fields["assignment_key"]).choices = [
            (pk, isolated(row.guardian.name)) for pk, row in self.assignments.items()
        ]

    @property
    def assignment(self) -> GuardianAssignment:
        return self.assignments[self.cleaned_data["assignment_key"]]

    @property
    def allows(self) -> bool:
        return bool(self.cleaned_data["answer"] == "yes")


class NoGuardianForm(ReadByVerbForm):
    """Why there is no guardian, and who stands in: all of that or none of it."""

    overtaken = _(
        "Why there is no guardian has been recorded anew since you opened this page. Look at it above, then press again."
    )

    kind = forms.ChoiceField(
        label=_("Why is there no guardian?"),
        choices=NoGuardian.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select why there is no guardian")},
    )
    reason = fields.NoteField(
        label=_("What was tried, and who said so?"),
        limit=1000,
        name=_("Your answer"),
        error_messages={"required": _("Enter what was tried and who said so")},
    )
    fallback_kind = forms.ChoiceField(
        label=_("Who stands in?"),
        help_text=_("While a referral is waiting this may be left open."),
        choices=[("", _("Nobody yet")), *NoGuardian.Fallback.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Their name"),
        max_length=150,
        error_messages={"required": _("Enter the name of who stands in")},
    )
    phone = fields.PhoneField(
        label=_("Their phone"), error_messages={"required": _("Enter a phone that reaches who stands in")}
    )
    organisation = forms.CharField(
        label=_("Their organisation"),
        max_length=160,
        error_messages={"required": _("Enter the organisation of who stands in")},
    )
    review_date = fields.DateField(
        label=_("When is this looked at again?"),
        help_text=_("Within six months, for example 27 3 2027."),
        name=_("The review"),
        error_messages={"required": _("Enter when this is looked at again")},
    )
    stand_in = ("name", "phone", "organisation", "review_date")

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.is_bound:
            # Part of an answer says that there is somebody: the rest is then asked for.
            named = bool(self["fallback_kind"].value()) or any(
                self.data.get(n) for n in ("name", "phone", "organisation")
            )
            for name in self.stand_in:
                self.fields[name].required = named
            self.fields["fallback_kind"].required = named
            self.fields["fallback_kind"].error_messages["required"] = _("Select who stands in")
        fields.set_now(self, now)

    def fallback(self) -> Fallback | None:
        """Who stands in, where somebody does."""
        given = self.cleaned_data
        if not given["fallback_kind"]:
            return None
        return Fallback(
            kind=given["fallback_kind"],
            name=given["name"],
            phone=given["phone"],
            organisation=given["organisation"],
            review_date=given["review_date"],
        )

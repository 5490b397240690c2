"""Answers of who does an action of a plan, and of what its owner of another house says of it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import action_owners, plans
from cases.action_owners import Owner, of_council
from cases.forms import fields
from cases.models import Child, Placement, PlanAction, User
from cases.models.plans import OwnerKind

HOME, OUTSIDE = OwnerKind.HOME.value, OwnerKind.OUTSIDE.value
OF_GUARDIAN = f"{OwnerKind.GUARDIAN.value}:"
_TEXT = {"autocomplete": "off"}


@dataclass(frozen=True)
class Askable:
    """Who may be asked for an action: of the council, the home where the child lives, and those who watch over it."""

    staff: Sequence[User] = ()
    home: Placement | None = None
    guardians: Sequence[User] = ()
    # By the value of an answer.
    answers: Mapping[str, Owner] = field(init=False)

    def __post_init__(self) -> None:
        found = {str(one.pk): of_council(one) for one in self.staff}
        if self.home is not None:
            found[HOME] = Owner(kind=HOME, placement=self.home)
        for one in self.guardians:
            found[f"{OF_GUARDIAN}{one.pk}"] = Owner(kind=OwnerKind.GUARDIAN, user=one)
        object.__setattr__(self, "answers", found)

    @property
    def choices(self) -> list[Any]:
        """As a list to select from, by house."""
        staff = [(str(one.pk), one.name) for one in self.staff]
        found: list[Any] = [("", _("Select")), (_("The council"), staff)]
        if self.home is not None and self.home.home is not None:
            found.append((_("The home"), [(HOME, self.home.home.name)]))
        if self.guardians:
            of = [(f"{OF_GUARDIAN}{one.pk}", one.name) for one in self.guardians]
            found.append((_("The guardian"), of))
        return [*found, (OUTSIDE, _("Somebody without an account (below)"))]


def askable_of(child: Child, *, at: datetime) -> Askable:
    """Whom a form offers for this child: whoever is kept from the child is not among them."""
    return Askable(
        staff=plans.owners(child, at=at),
        home=action_owners.home_of(child, at=at),
        guardians=action_owners.guardians_of(child, at=at),
    )


class OwnerForm(forms.Form):
    """Who does it: one of those whom the child has, or somebody by name, role, and phone or address."""

    owner = forms.ChoiceField(
        label=_("Who does it, or sees that it is done?"),
        help_text=_(
            "The home or the guardian reads these words and the day on their first page, and nothing else of the plan. "
            "When its day has passed they and the social worker are told, then the manager."
        ),
        error_messages={"required": _("Select who does it")},
    )
    owner_name = forms.CharField(
        label=_("Name"), max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    owner_role = forms.CharField(
        label=_("Role"),
        help_text=_("For example the school’s designated lead, the GP, an officer of the force."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=_TEXT),
    )
    owner_phone = fields.PhoneField(label=_("Phone"), required=False)
    owner_email = fields.MailAddressField(
        label=_("Email address"),
        help_text=_(
            "Nobody is mailed from here: the social worker asks them, and writes down what they say."
        ),
        required=False,
        widget=forms.EmailInput(attrs=_TEXT),
    )

    def __init__(self, *args: Any, askable: Askable, **options: Any) -> None:
        super().__init__(*args, **options)
        self.askable = askable
        self.fields["owner"].choices = askable.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        named = any(given.get(name) for name in _OUTSIDE)
        if given.get("owner") == OUTSIDE:
            self._require_outside(given)
        elif given.get("owner") and named:
            self.add_error("owner", _("Select “Somebody without an account”, or empty the fields for them"))
        return given

    def _require_outside(self, given: Mapping[str, Any]) -> None:
        if not given.get("owner_name"):
            self.add_error("owner_name", _("Enter the name of who does it"))
        if not given.get("owner_role"):
            self.add_error("owner_role", _("Enter the role of who does it"))
        broken = "owner_phone" in self.errors or "owner_email" in self.errors
        if not broken and not given.get("owner_phone") and not given.get("owner_email"):
            self.add_error("owner_phone", _("Enter a phone, or an email address"))

    @property
    def said(self) -> Owner:
        """The owner of a valid form."""
        given = self.cleaned_data
        if given["owner"] != OUTSIDE:
            return self.askable.answers[given["owner"]]
        words = {name.removeprefix("owner_"): given[name] for name in _OUTSIDE}
        return Owner(kind=OUTSIDE, **words)


_OUTSIDE = ("owner_name", "owner_role", "owner_phone", "owner_email")


class SaidDoneForm(forms.Form):
    """What was done, said by whoever did it."""

    said = fields.NoteField(
        label=_("What was done?"),
        name=_("Your answer"),
        help_text=_("The child’s social worker reads it, and confirms it or asks you again."),
        limit=2000,
        error_messages={"required": _("Enter what was done")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())


class ActionEndForm(forms.Form):
    """Done, or withdrawn, or to be gone on with; and what was done, why nobody has to any more, or what is still to be done."""

    GO_ON = "go_on"
    ending = forms.ChoiceField(
        label=_("Is it done?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if it is done")},
    )
    said = fields.NoteField(
        label=_("What was done, or why has nobody to?"),
        name=_("Your answer"),
        limit=2000,
        error_messages={"required": _("Enter what was done, or why nobody has to")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, waits: bool = False, outside: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [
            (PlanAction.Ending.DONE.value, _("Yes, it is done")),
            (PlanAction.Ending.WITHDRAWN.value, _("No, and nobody has to any more")),
        ]
        if waits:
            choices.append((self.GO_ON, _("No: send it back to who calls it done")))
        elif outside:
            choices.append((self.GO_ON, _("Not yet: write down what they said")))
        if waits or outside:
            self.fields["said"].label = _("What was done, what did they say, or what is still to be done?")
            self.fields["said"].error_messages["required"] = _("Enter what was done, or is still to be done")
        self.fields["ending"].choices = choices  # type: ignore[attr-defined]
        self.initial.setdefault("once", uuid.uuid4())

    def clean_once(self) -> uuid.UUID:
        once: uuid.UUID | None = self.cleaned_data["once"]
        return once or uuid.uuid4()

"""Answers about a person and a role: who it is, what they may do, where, and how long."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from cases import administration
from cases.deadlines import end_of
from cases.forms import fields, typed
from cases.models import Authority, Home, PoliceForce, Reach, Role, Team, User
from cases.moves import isolated

# A manager's reach is chosen with the role, for that is how people say it.
ROLES = (
    (Role.SOCIAL_WORKER, _("Social worker")),
    (Role.DUTY_DESK, _("Duty desk")),
    (Role.TEAM_MANAGER, _("Team manager")),
    (f"{Role.TEAM_MANAGER}:{Reach.SERVICE}", _("Head of service")),
    (f"{Role.TEAM_MANAGER}:{Reach.DIRECTORATE}", _("Director")),
    (Role.PLACEMENT_STAFF, _("Placement staff")),
    (Role.FOSTER_CARER, _("Foster carer")),
    (Role.GUARDIAN, _("Guardian")),
    (f"{Role.GUARDIAN}:{Reach.SERVICE}", _("Supervisor of guardians")),
    (f"{Role.GUARDIAN}:{Reach.DIRECTORATE}", _("Head of a guardian service")),
    (Role.POLICE, _("Police")),
    (Role.ADMINISTRATOR, _("Administrator")),
    (Role.AUDITOR, _("Auditor")),
    (Role.DPO, _("Data protection officer")),
    (Role.REVIEWING_OFFICER, _("Independent reviewing officer")),
)
# What each role belongs to, and what is said to whoever chose something else.
BELONGS = {
    Role.SOCIAL_WORKER: ("team", _("Select a team: this role belongs to one")),
    Role.DUTY_DESK: ("team", _("Select a duty team: this role belongs to one")),
    Role.TEAM_MANAGER: ("team", _("Select a team: this role belongs to one")),
    Role.PLACEMENT_STAFF: ("home", _("Select a home: this role belongs to one")),
    Role.FOSTER_CARER: ("home", _("Select a home: this role belongs to one")),
    Role.GUARDIAN: ("service", _("Select a guardian service: this role belongs to one")),
    Role.POLICE: ("force", _("Select a police force: this role belongs to one")),
    Role.ADMINISTRATOR: ("authority", _("Select an authority: this role belongs to one")),
    Role.AUDITOR: ("authority", _("Select an authority: this role belongs to one")),
    Role.DPO: ("authority", _("Select an authority: this role belongs to one")),
    Role.REVIEWING_OFFICER: ("authority", _("Select an authority: this role belongs to one")),
}
IN_USE = _(
    "This address is in use by somebody who is not on your council’s list. If you mean them, type their name as"
    " it stands on record and tick it below. If not, correct the address"
)
NAME = {"spellcheck": "false", "autocomplete": "off"}


class RoleForm(forms.Form):
    """A role, where, from when and until when."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=(("", _("Choose")), *ROLES),
        error_messages={"required": _("Select the role"), "invalid_choice": _("Select the role")},
    )
    where = fields.ListedField(
        label=_("Where"),
        help_text=_("The team, home, guardian service, police force or authority that the role belongs to."),
        error_messages={
            "required": _("Select where the role belongs"),
            "invalid_choice": _("Select where the role belongs"),
        },
    )
    first_day = fields.DateField(
        label=_("First day"),
        name=_("First day"),
        required=False,
        help_text=_("Leave it empty for a role that begins now."),
    )
    last_day = fields.DateField(
        label=_("Last day"),
        name=_("Last day"),
        required=False,
        help_text=_("Leave it empty for a role without an end. You can end it on any day."),
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now, self.authorities = now, authorities
        self.places = {
            f"{kind}:{one.pk}": one for kind, _title, rows in _places(authorities, now) for one in rows
        }
        cast(forms.ChoiceField, self.fields["where"]).choices = [
            ("", _("Choose")),
            *(
                (title, [(f"{kind}:{one.pk}", str(one)) for one in rows])
                for kind, title, rows in _places(authorities, now)
                if rows
            ),
        ]
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        role, where = answers.get("role", "").partition(":")[0], answers.get("where", "")
        if role and where:
            kind, words = BELONGS[Role(role)]
            team = self.places[where]
            desk = isinstance(team, Team) and team.kind == Team.Kind.SOCIAL_WORK and role == Role.DUTY_DESK
            if where.partition(":")[0] != kind or desk:
                self.add_error("where", words)
        first, ends_at = answers.get("first_day"), self._ends_at(answers)
        if first and first < typed.london(self.now).date():
            self.add_error("first_day", _("The first day must be today or later"))
        if ends_at and ends_at <= self._starts_at(answers):
            self.add_error("last_day", _("The last day must be after the start"))
        return answers

    def _starts_at(self, answers: dict[str, Any]) -> datetime:
        """Never before now: what somebody could have read yesterday is not given today."""
        day = answers.get("first_day")
        if day is None:
            return self.now
        return max(self.now, datetime.combine(day, time(), tzinfo=typed.LONDON))

    def _ends_at(self, answers: dict[str, Any]) -> datetime | None:
        day = answers.get("last_day")
        return None if day is None else end_of(day)

    def given(self) -> dict[str, Any]:
        """As `people.join` takes it."""
        role, _colon, reach = self.cleaned_data["role"].partition(":")
        kind = self.cleaned_data["where"].partition(":")[0]
        organisation: dict[str, Any] = {kind: self.places[self.cleaned_data["where"]]}
        if role in (Role.TEAM_MANAGER, Role.GUARDIAN):
            organisation["reach"] = reach or Reach.TEAM
        starts_at = self._starts_at(self.cleaned_data)
        return {
            "role": role,
            "starts_at": starts_at,
            "ends_at": self._ends_at(self.cleaned_data),
            **organisation,
        }


class PersonForm(RoleForm):
    """Somebody new, with their first role."""

    email = fields.MailAddressField(
        label=_("Email address"),
        help_text=_("They sign in with it, and their mails go there."),
        error_messages={
            "required": _("Enter the email address"),
            "invalid": _("Enter an email address, like name@council.example"),
        },
        widget=forms.EmailInput(attrs=NAME),
    )
    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        error_messages={"required": _("Enter the full name")},
        widget=forms.TextInput(attrs=NAME),
    )
    phone = fields.PhoneField(
        label=_("Phone"),
        required=False,
        help_text=_("A manager is rung on it when an alert climbs to them."),
    )

    # On the page alone where the address turned out to be somebody's.
    whose = forms.Field(label=_("Whose address is it?"), required=False, widget=forms.CheckboxSelectMultiple)
    whose.asked_of_some = True  # type: ignore[attr-defined]

    field_order = ("email", "whose", "name", "phone", "role", "where", "first_day", "last_day")

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by = by
        self.known: User | None = None
        if not self.is_bound:
            del self.fields["whose"]

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        self._ask_whose(answers)
        manages = answers.get("role", "").startswith(Role.TEAM_MANAGER)
        if manages and not answers.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Enter a phone: alerts ring and text a manager"))
        return answers

    def _ask_whose(self, answers: dict[str, Any]) -> None:
        """Where the address is somebody's, ask for a tick that they are meant: it is of this one address alone.

        Of somebody whose page the reader may not open nothing is told but that they are there: who means them knows
        their name.
        """
        said, address = answers.pop("whose", None) or (), answers.get("email", "").lower()
        person = User.objects.filter(email=address).first() if address else None
        # Of oneself, and of an account that is closed, the verb says what is wrong.
        if person is None or person == self.by or not person.is_active:
            self.fields.pop("whose", None)
            return
        is_read = administration.may_read(person, self.authorities, at=self.now)
        yes = (
            _("Give %(name)s this role") % {"name": isolated(person.name)}
            if is_read
            else _("Give them this role")
        )
        cast(Any, self.fields["whose"].widget).choices = [(address, yes)]
        if address in said and (is_read or _is_called(person, answers.get("name", ""))):
            self.known = person
        else:
            self.add_error("email", _whose(person) if is_read else IN_USE)

    def given(self) -> dict[str, Any]:
        """As `people.enrol` takes it."""
        own = {name: self.cleaned_data[name] for name in ("email", "name", "phone")}
        return super().given() | own | {"known": self.known}


class ReopeningForm(RoleForm):
    """A role for somebody whose account is closed, and the tick that opens it again."""

    reopen = forms.MultipleChoiceField(
        label=_("This account is closed"),
        choices=(("yes", _("Open it again with this role")),),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick that the account is opened again, or leave the page")},
    )

    field_order = ("reopen",)


def _whose(person: User) -> str:
    words = _(
        "This address is %(name)s’s. If you mean them, tick it below: their name and phone stay as they are. If not,"
        " correct the address"
    )
    return words % {"name": isolated(person.name)}


def _is_called(person: User, name: str) -> bool:
    return person.name.casefold().split() == name.casefold().split()


class CorrectionForm(forms.Form):
    """How a person is called and rung."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        error_messages={"required": _("Enter the full name")},
        widget=forms.TextInput(attrs=NAME),
    )
    phone = fields.PhoneField(label=_("Phone"), required=False)


class FirstPasswordForm(forms.Form):
    """A password, typed once and shown by the browser on wish; pasting is allowed."""

    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. Three words that belong together for nobody else do well."),
        error_messages={"required": _("Enter a password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password


def _places(authorities: Sequence[int], now: datetime) -> Iterable[tuple[str, Any, list[Any]]]:
    services = administration.services_to_fill(authorities, at=now)
    own = Authority.objects.filter(pk__in=authorities)
    return (
        ("team", _("Teams"), list(Team.objects.filter(authority__in=authorities))),
        ("home", _("Homes"), list(Home.objects.open().filter(authority__in=authorities))),
        ("service", _("Guardian services"), list(services)),
        (
            "force",
            _("Police forces"),
            list(PoliceForce.objects.filter(authorities__in=authorities).distinct()),
        ),
        ("authority", _("Authorities"), list(own)),
    )


class MailTakenForm(forms.Form):
    """How somebody knows that a mailbox takes mail again."""

    reason = fields.NoteField(
        label=_("How do you know?"),
        help_text=_("For example: sent them a mail by hand, and they read it to me by phone."),
        limit=500,
        name=_("Your reason"),
        error_messages={"required": _("Enter how you know")},
    )


class ConfirmationForm(forms.Form):
    """That the holder of a role is known, and how."""

    known = forms.MultipleChoiceField(
        label=_("Do they work there?"),
        choices=(("yes", _("I asked there myself, and this person works there in this role")),),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick that you asked, or leave the page")},
    )
    how = fields.NoteField(
        label=_("How do you know?"),
        help_text=_(
            "For example: rang the force on 101, or the service at its office, and they know this person."
        ),
        limit=500,
        name=_("Your reason"),
        error_messages={"required": _("Enter how you know")},
    )


class RefusalForm(forms.Form):
    """Why somebody is not to have a role that waits."""

    reason = fields.NoteField(
        label=_("Why is it refused?"),
        help_text=_(
            "For example: rang the service, and nobody there knows them. Whoever gave the role reads it."
        ),
        limit=500,
        name=_("Your reason"),
        error_messages={"required": _("Enter why it is refused")},
    )


class CloseForm(forms.Form):
    """Why an account is closed."""

    reason = fields.NoteField(
        label=_("Why is it closed?"),
        help_text=_("For example: left today; or: worried about them, told the LADO."),
        limit=500,
        name=_("Your reason"),
        error_messages={"required": _("Enter why it is closed")},
    )

"""Answers about keeping a child from somebody, and about lifting that mark."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import escorts, kept_outside, kept_people
from cases.forms import fields
from cases.forms.marks import SecondPersonForm, last_day_of, prepare_lift
from cases.models import Membership, Outside, User
from cases.moves import isolated


class KeepFromForm(forms.Form):
    """From whom, why, and on which phone the LADO rings whoever says so."""

    user = forms.TypedChoiceField(
        label=_("From whom is the child kept?"), coerce=int, required=False, empty_value=None
    )
    mail = forms.EmailField(
        label=_("Or the work email address of somebody who is not listed"),
        help_text=_("Of somebody who does not work with the child yet: the mark counts if they ever do."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Or the name of somebody without an account here"),
        help_text=_(
            "A relative, a companion, an interpreter. What anybody records as seen or told by a person of this name "
            "counts no more, and two people of one name are taken for one."
        ),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    part = forms.ChoiceField(
        label=_("Who are they to the child?"),
        choices=[("", _("Choose")), *Outside.choices],
        required=False,
    )
    their_phone = fields.PhoneField(
        label=_("Their phone, where you know it"),
        help_text=_(
            "No link and no text about the child goes there, and duty is not given it for the child’s outings."
        ),
        required=False,
    )
    their_mail = fields.MailAddressField(
        label=_("Their email address, where you know it"),
        required=False,
        error_messages={"invalid": _("Enter an email address, like name@example.com")},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = fields.NoteField(
        label=_("What is the reason?"),
        limit=2000,
        name=_("Your reason"),
        help_text=_("The LADO hears that there is a report, and rings you. The reason stands in no mail."),
        error_messages={"required": _("Enter the reason")},
    )
    phone = fields.PhoneField(
        label=_("Your phone number"),
        error_messages={"required": _("Enter the phone on which the LADO rings you")},
    )

    def __init__(
        self,
        *args: Any,
        people: Sequence[Membership],
        phone: str,
        has_account: Callable[[str], bool],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["user"].choices = [("", ""), *map(_choice, people)]  # type: ignore[attr-defined]
        self.initial.setdefault("phone", phone)
        self.has_account = has_account
        self.people = {one.user_id: one.user for one in people}

    def clean(self) -> dict[str, Any]:
        """Cleans to the one `person` that was chosen or found by their address, or to `outside`, who has no account."""
        given = self.cleaned_data
        chosen, mail, name = given.get("user"), given.get("mail"), given.get("name")
        if not {"user", "mail", "name"}.isdisjoint(self.errors):
            return given
        if name and (chosen or mail):
            self.add_error("name", _("Say of one person at a time who it is"))
        elif chosen and mail:
            self.add_error("mail", _("Select a person or enter an email address, not both"))
        elif name:
            self._clean_outside(name)
        elif mail:
            given["person"] = self._with_mail(mail)
        elif chosen:
            given["person"] = self.people[chosen]
        else:
            self.add_error("user", _("Select a person, enter their work email address, or a name"))
        return given

    def _clean_outside(self, name: str) -> None:
        """Whoever has an account is chosen: by a name alone it would stand open to them."""
        given = self.cleaned_data
        if not escorts.plain(name):
            self.add_error("name", _("Enter their name in letters"))
        if self.has_account(name):
            self.add_error(
                "name", _("Somebody of this name has an account and works near the child: select them above")
            )
        if not given.get("part") and "part" not in self.errors:
            self.add_error("part", _("Select who they are to the child"))
        if (mail := given.get("their_mail")) and kept_people.with_mail(mail) is not None:
            self.add_error(
                "their_mail", _("Somebody has an account with this address: enter it as their work address")
            )
        if not self.errors:
            given["outside"] = kept_outside.Somebody(
                name=name, part=given["part"], phone=given["their_phone"], mail=mail or ""
            )

    @property
    def asked(self) -> str:
        """The field that said who it is."""
        return next((name for name in ("mail", "name") if self.cleaned_data.get(name)), "user")

    def _with_mail(self, mail: str) -> User | None:
        found = kept_people.with_mail(mail)
        if found is None:
            self.add_error("mail", _("Enter another address: no account has this one, or it is no person’s"))
        return found


def _choice(one: Membership) -> tuple[int, str]:
    """By name and role: who supervises a guardian is told from the guardian."""
    return one.user_id, f"{isolated(one.user.name)}, {one.title.lower()}"


class LiftForm(SecondPersonForm):
    """Why the child need not be kept from them any more, and who else says so."""

    reason = fields.NoteField(
        label=_("Why is the mark lifted?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the mark is lifted")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        prepare_lift(self)

    def clean(self) -> dict[str, Any]:
        """Cleans to the day through which it is lifted, or none."""
        self.cleaned_data["last_day"] = last_day_of(self)
        return self.cleaned_data

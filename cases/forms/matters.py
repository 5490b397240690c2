"""What is answered when a breach or a complaint is reported, and about one that is."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import Authority, Matter, MatterEntry
from cases.models.matters import ENTRIES


class ReportForm(forms.Form):
    """What happened, in words; and where there are several, which council it concerns."""

    text = fields.NoteField(
        label=_("What happened?"),
        name=_("What happened"),
        help_text=_(
            "In your own words: what, where and how it was noticed. Write references, not children’s names."
        ),
        limit=5000,
        rows=6,
        error_messages={"required": _("Enter what happened")},
    )
    since = fields.MomentField(
        label=_("When did you become aware of it?"),
        name=_("The time"),
        error_messages={"required": _("Enter when you became aware of it")},
    )
    authority = fields.ListedField(
        label=_("Which council does it concern?"),
        error_messages={"required": _("Select the council that it concerns")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, kind: str, authorities: Sequence[Authority], now: datetime, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.authorities = {str(one.pk): one for one in authorities}
        self.now = now
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("since", "now")
        if kind == Matter.Kind.COMPLAINT:
            del self.fields["since"]
            self.fields["text"].label = _("What do you complain about?")
            self.fields["text"].help_text = _(
                "How your data, or a child’s, is handled, and what should change."
            )
            self.fields["text"].error_messages["required"] = _("Enter what you complain about")
        if len(self.authorities) == 1:
            del self.fields["authority"]
        else:
            named = [(key, str(one)) for key, one in self.authorities.items()]
            cast(forms.ChoiceField, self.fields["authority"]).choices = [("", _("Choose")), *named]
        fields.set_now(self, now)

    def given(self) -> dict[str, Any]:
        """As `matters.report` takes it."""
        answers = self.cleaned_data
        chosen = answers.get("authority") or next(iter(self.authorities))
        return {
            "text": answers["text"],
            "since": answers.get("since") or self.now,
            "authority": self.authorities[chosen],
            "key": answers["once"],
        }


class WorryForm(forms.Form):
    """What worries somebody about a colleague, on which phone they are rung, and whether one senior may read it."""

    text = fields.NoteField(
        label=_("What worries you?"),
        name=_("What worries you"),
        help_text=_("Who it is about, and what you saw or heard, in your own words."),
        limit=5000,
        rows=6,
        error_messages={"required": _("Enter what worries you")},
    )
    phone = fields.PhoneField(
        label=_("Your phone number"),
        help_text=_("The LADO rings you on it. It is the only thing about you in the mail to the LADO."),
        error_messages={"required": _("Enter the phone on which the LADO rings you")},
    )
    leads = forms.BooleanField(
        label=_("It is about somebody who leads the service: nobody but the LADO is to hear of it"),
        required=False,
    )
    authority = fields.ListedField(
        label=_("Which council does it concern?"),
        error_messages={"required": _("Select the council that it concerns")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, authorities: Sequence[Authority], phone: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.authorities = {str(one.pk): one for one in authorities}
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("phone", phone)
        if len(self.authorities) == 1:
            del self.fields["authority"]
        else:
            named = [(key, str(one)) for key, one in self.authorities.items()]
            cast(forms.ChoiceField, self.fields["authority"]).choices = [("", _("Choose")), *named]

    def given(self) -> dict[str, Any]:
        """As `matters.worry` takes it."""
        answers = self.cleaned_data
        chosen = answers.get("authority") or next(iter(self.authorities))
        return {
            "text": answers["text"],
            "phone": answers["phone"],
            "authority": self.authorities[chosen],
            "for_senior": not answers["leads"],
            "key": answers["once"],
        }


class EntryForm(forms.Form):
    """What was found, decided or done, by whom it is answered, and when."""

    kind = forms.ChoiceField(
        label=_("What do you record?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what you record")},
    )
    concerned = fields.NoteField(
        label=_("Whom does it concern?"),
        name=_("Whom it concerns"),
        help_text=_("How many people, and whose children by reference. Of an assessment alone."),
        rows=2,
        required=False,
    )
    risk = forms.ChoiceField(
        label=_("How much risk is there to them?"),
        help_text=_("Of an assessment alone."),
        choices=MatterEntry.Risk.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    text = fields.NoteField(
        label=_("What was found, decided or done, and why?"),
        name=_("What you record"),
        rows=4,
        error_messages={"required": _("Enter what was found, decided or done")},
    )
    happened_at = fields.MomentField(
        label=_("When was it?"), name=_("The time"), error_messages={"required": _("Enter when it was")}
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, matter: Matter, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("happened_at", "now")
        kinds = [(kind.value, kind.label) for kind in ENTRIES[matter.kind]]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        if len(kinds) == 1:
            # Nothing is chosen where there is one thing to choose.
            self.fields["kind"].widget = forms.HiddenInput()
            self.initial.setdefault("kind", kinds[0][0])
            self.fields["text"].label = _("What did you find and decide, and why?")
        if matter.kind != Matter.Kind.BREACH:
            del self.fields["concerned"], self.fields["risk"]
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == MatterEntry.Kind.ASSESSED:
            if not given.get("concerned"):
                self.add_error("concerned", _("Enter whom it concerns"))
            if not given.get("risk"):
                self.add_error("risk", _("Select how much risk there is to them"))
        return given

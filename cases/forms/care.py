"""What is answered about the end of care, and about its beginning again."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.care import Ending
from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, ask_second, how_long, last_day_of
from cases.models import CareEnd


class CareEndForm(SecondPersonForm):
    """Why care has ended, on which day and for how long, and who else says so."""

    code = forms.ChoiceField(
        label=_("Why has care ended?"),
        choices=CareEnd.Code,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select why care has ended")},
    )
    ended_date = fields.DateField(
        label=_("Last day in care"),
        name=_("The last day in care"),
        past=True,
        error_messages={"required": _("Enter the last day in care")},
    )
    reason = fields.NoteField(
        label=_("What is known of it?"),
        name=_("Your reason"),
        help_text=_("Who decided, and where the child is now. No address."),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter what is known of it")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        asked = how_long()
        asked["how_long"].label = _("For how long has it ended?")
        asked["how_long"].error_messages["required"] = _("Select for how long it has ended")
        asked["last_day"].label = _("Last day on which the child is not looked after")
        asked["last_day"].help_text = _(
            "Only where it is until a day. Looking after the child again sooner takes one person."
        )
        self.fields.update(asked)
        self.order_fields(("code", "ended_date", "reason", "how_long", "last_day", *SECOND))
        ask_second(self)
        self.fields["second_email"].help_text = _("A team manager of the child, other than you.")
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        """Cleans to the day through which it has ended, or none."""
        self.cleaned_data["last_day"] = last_day_of(self)
        return self.cleaned_data

    def ending(self) -> Ending:
        given = self.cleaned_data
        return Ending(
            code=given["code"],
            ended_date=given["ended_date"],
            reason=given["reason"].strip(),
            back_at=end_of(given["last_day"]) if given["last_day"] else None,
        )


class CareAgainForm(forms.Form):
    """Why the child is looked after again; one person says so."""

    reason = fields.NoteField(
        label=_("Why is the child looked after again?"),
        name=_("Your reason"),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why the child is looked after again")},
    )

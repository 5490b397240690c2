"""Answers about a restricted record: why, whom it stays open to, and the second person who lowers the guard."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.as_read import AsReadForm
from cases.forms.marks import SECOND, SecondPersonForm, ask_second, last_day_of, prepare_lift
from cases.models import Membership
from cases.moves import isolated


class RestrictForm(forms.Form):
    """Why, and to whom the record stays open beside whoever restricts it."""

    reason = fields.NoteField(
        label=_("Why is the record restricted?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the record is restricted")},
    )
    named = forms.TypedMultipleChoiceField(
        label=_("Who may still open it?"),
        help_text=_(
            "You are named already. Name the people of the home who call the roll: where nobody of the home is named,"
            " duty rings the home each time."
        ),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, people: Sequence[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["named"].choices = choices(people)  # type: ignore[attr-defined]


class OfRestrictionForm(AsReadForm, SecondPersonForm):
    """What lowers the guard of the restriction that was read: of none that was set since."""

    overtaken = _(
        "The restriction that stood on this page is lifted by now. Read what stands now before you press again."
    )


class NameForm(OfRestrictionForm):
    """One person more, why and until which day, and who else says so."""

    user = forms.TypedChoiceField(
        label=_("Who is to open it?"),
        coerce=int,
        error_messages={
            "required": _("Select a person"),
            "invalid_choice": _("This person can open the record already, or cannot be named any more"),
        },
    )
    reason = fields.NoteField(
        label=_("Why do they need the record?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why they need the record")},
    )
    last_day = fields.DateField(
        label=_("Last day"),
        name=_("The last day"),
        help_text=_("Leave it empty if they need it for as long as the record is restricted."),
        required=False,
    )
    field_order = ("user", "reason", "last_day", *SECOND)

    def __init__(self, *args: Any, people: Sequence[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].choices = [("", ""), *choices(people)]  # type: ignore[attr-defined]
        ask_second(self)


class LiftForm(OfRestrictionForm):
    """Why the record is opened again, and who else says so."""

    reason = fields.NoteField(
        label=_("Why is the restriction lifted?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why the restriction is lifted")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        prepare_lift(self)

    def clean(self) -> dict[str, Any]:
        """Cleans to the day through which it is lifted, or none."""
        given = super().clean()
        given["last_day"] = last_day_of(self)
        return given


def choices(people: Sequence[Membership]) -> list[tuple[int, str]]:
    """Each person with their role: of two of one name the role tells them apart."""
    return [(one.user_id, f"{isolated(one.user.name)}, {one.get_role_display().lower()}") for one in people]

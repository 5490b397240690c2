"""Where somebody of a home saw a child who is out or away: back at home, where it stays meanwhile, or before it left."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases import absences
from cases.models import HOME_ROLES


class Where(TextChoices):
    """Whether the child is back."""

    HOME = "home", _("At home: the child is back")
    ELSEWHERE = "elsewhere", _("Where the child is meanwhile: it is not back yet")
    LEFT = "left", _("At home, before the child left or as it left")


def field() -> forms.ChoiceField:
    """The question; a form keeps it only while a child that it is about is out or away."""
    return forms.ChoiceField(
        label=_("Where did they see the child?"),
        help_text=_(
            "The child is out or away. Answer if who saw the child is a foster carer or placement staff:"
            " only a child who is back at home is asked for there again."
        ),
        choices=Where,
        widget=forms.RadioSelect,
        required=False,
    )


def require(form: forms.Form, answers: dict[str, Any], *, seen_at: str, left_at: datetime | None) -> None:
    """Ask for the answer where the witness is by part of a home: whoever hosts the child is that too.

    `seen_at` is the field of the time, `left_at` when the child left: a later sighting is none of before.
    """
    if "where" not in form.fields or answers.get("witness_role") not in HOME_ROLES:
        return
    if not answers.get("where"):
        form.add_error("where", _("Select where the child was seen: at home, or where it is meanwhile"))
    moment = answers.get(seen_at)
    late = moment is not None and left_at is not None and moment >= left_at + absences.SEEN_OFF
    if answers.get("where") == Where.LEFT and late:
        form.add_error(
            seen_at, _("The time must be before the child left, or say that it was seen elsewhere")
        )


def is_home(answers: dict[str, Any]) -> bool:
    """Whether the child was seen at its own home, back there or before it left: a sighting of then ends nothing."""
    return answers.get("where") in (Where.HOME, Where.LEFT)

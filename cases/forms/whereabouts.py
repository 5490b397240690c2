"""Where somebody of a home saw a child who is out or away: back at home, or where it stays meanwhile."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases.models import HOME_ROLES


class Where(TextChoices):
    """Whether the child is back."""

    HOME = "home", _("At home: the child is back")
    ELSEWHERE = "elsewhere", _("Where the child is meanwhile: it is not back yet")


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


def require(form: forms.Form, answers: dict[str, Any]) -> None:
    """Ask for the answer where the witness is by part of a home: whoever hosts the child is that too."""
    if "where" in form.fields and answers.get("witness_role") in HOME_ROLES and not answers.get("where"):
        form.add_error("where", _("Select where the child was seen: at home, or where it is meanwhile"))


def is_home(answers: dict[str, Any]) -> bool:
    """Whether the child was seen back at home."""
    return answers.get("where") == Where.HOME

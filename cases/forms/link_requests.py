"""Answers about a sibling or companion whom another council may look after: what is asked, and what is answered."""

import uuid
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.link_requests import Said
from cases.models import Authority, Child, ChildLink, LinkRequest, Trafficking

PLAIN = {"spellcheck": "false", "autocomplete": "off"}
YES, NO = "yes", "no"
PASSED = "passed"


def _line(label: Any, most: int, *, required: Any = "", help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=bool(required),
        help_text=help_text,
        error_messages={"required": required} if required else {},
        widget=forms.TextInput(attrs=PLAIN),
    )


def _council(label: Any, *, required: bool = False) -> fields.ListedRowField:
    return fields.ListedRowField(
        Authority.objects.none(),
        label=label,
        required=required,
        empty_label=_("Choose"),
        error_messages={"required": _("Select which council you ask")},
    )


class LinkAskForm(forms.Form):
    """Which council is asked, what the child says, and all that the asked desk is to read of it."""

    known = forms.ChoiceField(
        label=_("Is it known which council looks after them?"),
        choices=[
            (YES, _("Yes")),
            (NO, _("No: ask up to three that may")),
        ],
        help_text=_(
            "If nobody knows, ask where the two were parted, where those who came with them were taken, or where the"
            " child says the other one lives. Each council that you ask learns that there is a child with you."
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether it is known which council it is")},
    )
    council = _council(_("Council"), required=True)
    council_2 = _council(_("Another that may look after them"))
    council_3 = _council(_("And a third"))
    why = _line(_("Why do you ask this council?"), 300, required=_("Enter why you ask this council"))
    kind = forms.ChoiceField(
        label=_("How they belong together"),
        choices=ChildLink.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how they belong together")},
    )
    name = _line(
        _("Name of the brother, sister or companion, as it was said"),
        200,
        required=_("Enter the name as it was said"),
    )
    age = _line(_("Their age, as it was said"), 60)
    said_by = _line(
        _("Who says so"),
        200,
        required=_("Enter who says so"),
        help_text=_("The child, another one, a worker at the port. No names are needed."),
    )
    about = fields.NoteField(
        label=_("What may that desk know about your child, to recognise the other one?"),
        help_text=_(
            "They read this, your answers above except why you ask, your council and the number of your desk, and nothing"
            " else about the child. A given name and an age are mostly enough. No home, school, phone or reference."
        ),
        name=_("Your answer"),
        limit=300,
        rows=2,
        required=False,
    )
    danger = forms.ChoiceField(
        label=_("May one of the two be a danger to the other, or recruit them?"),
        help_text=_("Somebody who travelled with a child may be the one recruiting them."),
        choices=fields.YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether one may be a danger to the other")},
    )
    safe_why = _line(
        _("There are signs of trafficking of this child. Why is it safe to ask?"),
        300,
        required=_("Enter why it is safe to ask"),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, child: Child, councils: Any) -> None:
        super().__init__(data)
        self.child = child
        for name in ("council", "council_2", "council_3"):
            self.fields[name].queryset = councils  # type: ignore[attr-defined]
        if child.trafficking != Trafficking.YES:
            del self.fields["safe_why"]
        self.initial.setdefault("once", uuid.uuid4())

    def clean_danger(self) -> str:
        if self.cleaned_data["danger"] == YES:
            raise forms.ValidationError(
                _(
                    "Do not ask here: the other council would learn where the child is. Speak to your manager, and ring"
                    " the police where one of the two is in danger"
                )
            )
        return str(self.cleaned_data["danger"])

    def clean_about(self) -> str:
        about = str(self.cleaned_data["about"])
        if self.child.reference.lower() in about.lower():
            raise forms.ValidationError(_("Leave out the reference of the child"))
        return about

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("known") == YES and (given.get("council_2") or given.get("council_3")):
            self.add_error("council_2", _("Leave this empty where it is known which council it is"))
        return given

    @property
    def chosen(self) -> list[Authority]:
        """The councils that are asked."""
        names = ("council", "council_2", "council_3")
        return [one for name in names if (one := self.cleaned_data[name]) is not None]

    def said(self) -> Said:
        """The answers as the verb takes them."""
        names = ("kind", "name", "age", "said_by", "about", "why")
        told = {name: self.cleaned_data[name].strip() for name in names}
        return Said(**told, safe_why=self.cleaned_data.get("safe_why", ""))


class LinkWithdrawForm(forms.Form):
    """Why nobody asks any more."""

    why = _line(
        _("Why do you no longer ask?"),
        300,
        required=_("Enter why you no longer ask"),
        help_text=_("For your own council. The desk that was asked hears that it is over, and not why."),
    )


class LinkAnswerForm(forms.Form):
    """Whether the desk looks after the child, which child it is, and how it looked."""

    answer = forms.ChoiceField(
        label=_("Do you look after this child?"),
        choices=[
            (LinkRequest.Status.LINKED, _("Yes: link the two children")),
            (LinkRequest.Status.NO_SUCH, _("No such child")),
            (LinkRequest.Status.CANNOT_SAY, _("We cannot say")),
            (PASSED, _("We did, but another council has taken the child over: hand the question on")),
        ],
        help_text=_(
            "The council that asks reads the same for “No such child” and “We cannot say”, and only once the time is"
            " over: neither gives a restricted record away. It is not told that you hand the question on."
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what you answer")},
    )
    reference = fields.ReferenceField(
        label=_("Reference of the child"),
        help_text=_("Only if you say yes, or hand the question on. Like MC26-004178."),
        required=False,
    )
    note = fields.NoteField(
        label=_("How did you look, or why can you not say?"),
        help_text=_(
            "Only if you answer that there is no such child, or that you cannot say. For your own council: the council"
            " that asks does not read it."
        ),
        name=_("Your note"),
        limit=500,
        rows=3,
        required=False,
    )

    def __init__(self, data: Any, *, asked: LinkRequest) -> None:
        super().__init__(data)
        for name in ("reference", "note"):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        if asked.status != LinkRequest.Status.ASKED:
            # Whoever found no such child before may find it later.
            answer = cast(forms.ChoiceField, self.fields["answer"])
            answer.choices = [(LinkRequest.Status.LINKED, _("Yes after all: link the two children"))]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        answer = given.get("answer")
        lacks = not given.get("reference") and "reference" not in self.errors
        if answer in (LinkRequest.Status.LINKED, PASSED) and lacks:
            self.add_error("reference", _("Enter the reference of the child"))
        if answer in LinkRequest.NO_LINK and not given.get("note"):
            self.add_error("note", _("Enter how you looked, or why you cannot say"))
        return given

"""Answers about a transfer: the referral, an offer, an answer to it, the day, the departure, the arrival, what was read."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.checklists import Line
from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.as_read import AsReadForm
from cases.forms.parted import PartedForm
from cases.models import Acknowledgement, Authority, Membership, Transfer
from cases.models.transfers import BEFORE_ARRIVAL
from cases.moves import isolated
from cases.transfers import Referral

CHANGED = _("This has changed since you opened this page. Look at it again, then press again.")
# As many as are read at a glance; more are typed for.
MOST_RADIOS = 7


class OfTransferForm(AsReadForm):
    """What is said of a transfer: of none that was begun, and of no offer that was made, since the page was opened."""

    overtaken = _(
        "The transfer has changed since you opened this page: what stands now is below. Look at it, then press again."
    )


class OfferForm(OfTransferForm):
    """To which authority the child is offered."""

    receiver = fields.ListedRowField(
        Authority.objects.none(),
        label=_("Which authority is the child offered to?"),
        empty_label="",
        error_messages={"required": _("Select the authority")},
    )

    def __init__(self, *args: Any, sender: Authority | None, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = Authority.objects.on(london_day(now))
        if sender is not None:
            offered = offered.exclude(pk=sender.pk)
        cast(forms.ModelChoiceField, self.fields["receiver"]).queryset = offered
        fields.set_now(self, now)


class ReferForm(OfferForm):
    """Why and how the child is to go, what the child needs and wants, and to whom where that is known."""

    kind = forms.ChoiceField(
        label=_("How is the child transferred?"),
        choices=Transfer.Kind.choices,
        initial=Transfer.Kind.SCHEME,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how the child is transferred")},
    )
    reason = forms.ChoiceField(
        label=_("Why is the child to go there?"),
        choices=Transfer.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select why the child is to go there")},
    )
    reason_note = fields.NoteField(
        label=_("What else is to be said of the reason?"),
        help_text=_("The other authority reads it before it has said yes. Of another reason, which."),
        name=_("Your answer"),
        limit=500,
        rows=2,
        required=False,
    )
    needs = fields.NoteField(
        label=_("What does the child need?"),
        help_text=_(
            "The other authority reads this before it has said yes, and nothing else of the record. No address, and"
            " nothing that they need not know to find a place."
        ),
        name=_("What the child needs"),
        error_messages={"required": _("Enter what the child needs")},
    )
    wishes = fields.NoteField(
        label=_("What does the child say about it?"),
        help_text=_("In the child’s words, good or bad."),
        name=_("What the child says"),
        error_messages={"required": _("Enter what the child says about it")},
    )
    wishes_language = forms.CharField(
        label=_("In which language was the child asked?"),
        max_length=60,
        error_messages={"required": _("Enter the language in which the child was asked")},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
    proposed_date = fields.DateField(
        label=_("Proposed day"),
        name=_("The proposed day"),
        error_messages={"required": _("Enter the day that you propose")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    field_order = (
        "kind",
        "reason",
        "reason_note",
        "receiver",
        "needs",
        "wishes",
        "wishes_language",
        "proposed_date",
        "once",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["receiver"].required = False
        self.fields["receiver"].help_text = _("Leave it empty until the scheme has named one.")
        self.initial.setdefault("once", uuid.uuid4())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_unsaid = given.get("reason") == Transfer.Reason.OTHER and not given.get("reason_note")
        if is_unsaid and "reason_note" not in self.errors:
            self.add_error("reason_note", _("Enter the reason"))
        return given

    @property
    def referral(self) -> Referral:
        given = self.cleaned_data
        names = ("kind", "reason", "reason_note", "needs", "wishes", "wishes_language", "proposed_date")
        return Referral(**{name: given[name] for name in names})


class WorkerForm(OfTransferForm):
    """Who has the child's work from the arrival on."""

    worker = fields.ListedField(
        label=_("Who will be the child’s social worker?"),
        error_messages={
            "required": _("Select the social worker"),
            "invalid_choice": _("Select a social worker who is in one of your teams now"),
        },
    )

    def __init__(self, *args: Any, workers: Sequence[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.memberships = {str(one.pk): one for one in workers}
        names = [
            (key, f"{isolated(one.user.name)}, {isolated(one.team)}") for key, one in self.memberships.items()
        ]
        few = len(names) <= MOST_RADIOS
        if few:
            self.fields["worker"].widget = forms.RadioSelect()
        cast(forms.ChoiceField, self.fields["worker"]).choices = names if few else [("", ""), *names]

    @property
    def membership(self) -> Membership:
        return self.memberships[self.cleaned_data["worker"]]


class ReasonForm(OfTransferForm):
    """Why the transfer is declined, or withdrawn."""

    reason = fields.NoteField(
        label=_("Why?"),
        limit=1000,
        name=_("Your reason"),
        error_messages={"required": _("Enter why")},
    )


class DayForm(OfTransferForm, PartedForm):
    """On which day the child moves."""

    day = fields.DateField(
        label=_("On which day does the child move?"),
        name=_("The day"),
        error_messages={"required": _("Enter the day")},
    )
    field_order = ("day", "parted")

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)


class ShareForm(OfTransferForm):
    """What of the child went to whom of the receiver, and when."""

    what = fields.NoteField(
        label=_("What was shared?"),
        help_text=_(
            "Which papers, and by which way: care plan, health, school, risks, how to be found. Not what they say."
        ),
        name=_("What was shared"),
        limit=500,
        error_messages={"required": _("Enter what was shared")},
    )
    whom = forms.CharField(
        label=_("With whom?"),
        help_text=_("Name and post, at the other authority."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter with whom")},
    )
    shared_at = fields.MomentField(
        label=_("When?"),
        name=_("The time"),
        error_messages={"required": _("Select when it was shared")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)


class ReceivedForm(OfTransferForm):
    """That the receiver has all that was shared."""

    has_all = forms.BooleanField(
        label=_("We have all that the other authority says it shared"),
        error_messages={"required": _("Tick that you have all of it; if not, ring the other authority")},
    )


class LeaveForm(OfTransferForm, PartedForm):
    """When the child left, and when the child is to be there."""

    left_at = fields.MomentField(
        label=_("When did the child leave?"),
        name=_("The departure"),
        error_messages={"required": _("Select when the child left")},
    )
    expected_at = fields.MomentField(
        label=_("When is the child expected there?"),
        name=_("The arrival"),
        quick=False,
        past=False,
        help_text=_("A quarter of an hour later both duty desks are told, unless the arrival is confirmed."),
        error_messages={"required": _("Enter when the child is expected")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)


class ItemReadForm(forms.Form):
    """That one item of the checklist was read as this page shows it."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, line: Line, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stands = _standing(line)
        self.initial.setdefault("version", self.stands)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("version") != self.stands:
            # Shown once more as it stands now: the next press says of that that it was read.
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data[self.add_prefix("version")] = self.stands
            self.data = data
            raise forms.ValidationError(CHANGED)
        return given


class ReadForm(forms.Form):
    """Which items of the checklist were read as they stand now."""

    read = forms.MultipleChoiceField(
        label=_("What have you read?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Select what you have read")},
    )
    # How the items stood when the page was opened; a page from before there was this says nothing, and is believed.
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, checklist: Sequence[Line], **options: Any) -> None:
        super().__init__(*args, **options)
        left = [line for line in checklist if not line.is_read]
        self.as_items_stand = {line.item: _standing(line) for line in left}
        self.initial.setdefault("version", " ".join(self.as_items_stand.values()))
        cast(forms.MultipleChoiceField, self.fields["read"]).choices = [
            (line.item, _in_words(line)) for line in left
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        shown = given.get("version", "").split()
        if shown and any(self.as_items_stand[item] not in shown for item in given.get("read", ())):
            # Shown once more as it stands now: the next press says of that that it was read.
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data[self.add_prefix("version")] = " ".join(self.as_items_stand.values())
            self.data = data
            self.add_error("read", CHANGED)
        return given


class ArriveForm(WorkerForm, ReadForm):
    """When the child was there, with whom, whose work it is now, and that what stands open was read."""

    arrived_at = fields.MomentField(
        label=_("When did the child arrive?"),
        name=_("The arrival"),
        error_messages={"required": _("Select when the child arrived")},
    )
    handed_to = forms.CharField(
        label=_("To whom was the child handed over?"),
        help_text=_("The name of the person who is with the child now."),
        max_length=120,
        error_messages={"required": _("Enter to whom the child was handed over")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    stays = forms.TypedChoiceField(
        label=_("Where does the child live from now on?"),
        choices=[
            ("no", _("Somewhere else than until now: record the placement next")),
            ("yes", _("In the same home or family as until now")),
        ],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Select where the child lives from now on")},
    )
    knows_child = forms.BooleanField(
        label=_("Whoever received the child knows the child, or holds the photo"),
        help_text=_(
            "Without this the word may not count: a stop that is late stays late, and the alert goes on."
        ),
        required=False,
    )
    is_here = forms.BooleanField(
        label=_("This child is here: I checked the name and the reference with them"),
        error_messages={
            "required": _(
                "Check the name and the reference with the child, then tick that this child is here"
            )
        },
    )
    field_order = ("is_here", "arrived_at", "handed_to", "knows_child", "stays", "worker", "read")

    def __init__(
        self,
        *args: Any,
        checklist: Sequence[Line],
        named: int | None,
        is_seen: bool,
        has_left: bool,
        now: datetime,
        **options: Any,
    ) -> None:
        wanted = [line for line in checklist if line.item in BEFORE_ARRIVAL]
        super().__init__(*args, checklist=wanted, **options)
        self.must_read = [line.item for line in wanted if not line.is_read]
        if not self.must_read:
            del self.fields["read"]
        else:
            self.fields["read"].label = _("What stands open about the child: have you read it?")
            self.fields["read"].error_messages["required"] = _("Select each of them when you have read it")
        if not is_seen:
            # No journey asks who has seen the child there.
            del self.fields["knows_child"]
        if has_left:
            # The sender has said that it is this child.
            del self.fields["is_here"]
        chosen = next((key for key, one in self.memberships.items() if one.user_id == named), None)
        self.initial.setdefault("worker", chosen)
        fields.set_now(self, now)

    def clean_read(self) -> Collection[str]:
        read: Collection[str] = self.cleaned_data["read"]
        if set(read) != set(self.must_read):
            raise forms.ValidationError(_("Select each of them when you have read it"))
        return read


def _standing(line: Line) -> str:
    """An item as it stands, in a word that another number, or a later day, makes another."""
    return f"{line.item}:{line.count}:{line.since.timestamp() if line.since is not None else 0}"


def _in_words(line: Line) -> str:
    if line.is_asked:
        return gettext("%(what)s: asked of the other authority") % {"what": line.title}
    if line.item == Acknowledgement.Item.PROFILE:
        return line.title
    return f"{line.title} ({line.count})"

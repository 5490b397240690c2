"""Answers about an authority that is abolished or merged: which one takes its place, why, and the second person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cases import mergers, split_successors
from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, ask_second
from cases.forms.organisations import choose_authority
from cases.models import Authority, Split
from cases.moves import isolated
from cases.split_rows import Row
from cases.states import IllegalMove


def show_anew(form: forms.Form, shown: str) -> None:
    """What passes has changed: the page shows it as it is now, and it is that which is sent with the next press."""
    typed = cast(QueryDict, form.data).copy()
    typed[form.add_prefix("shown")] = shown
    form.data = typed


class SuccessorForm(forms.Form):
    """Which authority of the reader's ends, and which one takes its place."""

    authority = forms.ModelChoiceField(
        label=_("Which authority ends?"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the authority that ends")},
    )
    successor = fields.ListedRowField(
        label=_("Which authority takes its place?"),
        queryset=Authority.objects.none(),
        empty_label=_("Select"),
        error_messages={"required": _("Select the authority that takes its place")},
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)
        real = Authority.objects.on(london_day(now)).exclude(code__startswith="DRILL-")
        cast(forms.ModelChoiceField, self.fields["successor"]).queryset = real.order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        """What was merged is not merged again: of its children those decide who answer for them now."""
        given = super().clean() or self.cleaned_data
        if given.get("authority") is not None:
            try:
                mergers.require_standing(given["authority"], given.get("successor"))
                mergers.require_no_split(given["authority"])
            except IllegalMove as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given


# So many may take its place: more than any order has made of one.
MOST = 4


class SplitForm(forms.Form):
    """Which authority of the reader's is split, and which ones take its place: two at least."""

    authority = forms.ModelChoiceField(
        label=_("Which authority ends?"),
        queryset=Authority.objects.none(),
        empty_label=None,
        error_messages={"required": _("Select the authority that ends")},
    )

    def __init__(self, *args: Any, authorities: Sequence[int], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        choose_authority(self, authorities)
        real = Authority.objects.on(london_day(now)).exclude(code__startswith="DRILL-").order_by("name", "pk")
        # Whom the reference list names of the one that is read of: nobody has to look them up.
        listed = list(Authority.objects.filter(predecessors__in=authorities).order_by("name", "pk")[:MOST])
        for number in range(1, MOST + 1):
            self.fields[f"successor_{number}"] = fields.ListedRowField(
                label=_("Authority %(number)s that takes its place") % {"number": number},
                queryset=real,
                empty_label=_("Select"),
                required=number <= 2,
                initial=listed[number - 1].pk if number <= len(listed) else None,
                error_messages={"required": _("Select at least two authorities that take its place")},
            )

    def clean(self) -> dict[str, Any]:
        """The same one twice is said at the second."""
        given = super().clean() or self.cleaned_data
        first, second = given.get("successor_1"), given.get("successor_2")
        if first is not None and first == second and len(self.successors()) == 1:
            self.add_error("successor_2", _("Select another than the one above. One alone is a merger."))
        return given

    @property
    def only(self) -> Authority | None:
        """The authority that ends, where there is one alone and nobody is asked."""
        field = cast(forms.ModelChoiceField, self.fields["authority"])
        return Authority.objects.get(pk=field.initial) if field.widget.is_hidden else None

    def successors(self) -> list[Authority]:
        """Those that were selected, each once."""
        found = [self.cleaned_data.get(f"successor_{number}") for number in range(1, MOST + 1)]
        return list({one.pk: one for one in found if one is not None}.values())


class KeeperForm(forms.Form):
    """Which successor answers for what names the authority for ever."""

    keeper = forms.ModelChoiceField(
        label=_("Which of them answers for what stays in the old authority’s name?"),
        help_text=_(
            "Data breaches, complaints and worries about colleagues that were reported to it, its list of addresses and"
            " people of concern, and found children whom nobody has named."
        ),
        queryset=Authority.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select which of them")},
    )

    def __init__(self, *args: Any, split: Split, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast(forms.ModelChoiceField, self.fields["keeper"])
        field.queryset = split_successors.taking(split, at=now)
        self.initial.setdefault("keeper", split.keeper_id)


_SAID_ANEW = _("It was said for %(authority)s, which has ended. Say anew which authority takes it")


class ShareForm(forms.Form):
    """Of each thing on one page which successor takes it; what a rule suggests is chosen already, and counts once saved.

    Beside each goes what somebody had said of it when it was read: what is left as it was is not said again.
    """

    def __init__(
        self, *args: Any, rows: Sequence[Row], successors: Sequence[Authority], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.names = {one.pk: one.said_name for one in successors}
        choices = [(str(pk), name) for pk, name in self.names.items()]
        for row in rows:
            hint = [
                row.about,
                _SAID_ANEW % {"authority": row.ended} if row.ended else "",
                _("Suggested: %(why)s") % {"why": row.why} if row.suggested else "",
            ]
            self.fields[f"to_{row.pk}"] = forms.ChoiceField(
                label=isolated(row.name),
                help_text="; ".join(filter(None, hint)),
                choices=choices if self._is_said(row) else [("", _("Not decided yet")), *choices],
                required=False,
                initial=row.successor or row.suggested,
                error_messages={"invalid_choice": _("Select one of the authorities that take its place")},
            )
            # Left for another day, and not left out: nothing moves before it is decided.
            self.fields[f"to_{row.pk}"].asked_of_some = True  # type: ignore[attr-defined]
            self.fields[f"was_{row.pk}"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=row.successor or ""
            )

    def read(self) -> dict[int, int | None]:
        """By the id of the thing the id of the successor that was said when it was read; None where nobody had."""
        return {pk: _id(self.cleaned_data.get(f"was_{pk}", "")) for pk in self._ids()}

    def given(self) -> dict[int, int]:
        """By the id of the thing the id of the successor chosen, of those where it is another than was read."""
        read = self.read()
        chosen = {pk: _id(self.cleaned_data[f"to_{pk}"]) for pk in self._ids()}
        return {pk: to for pk, to in chosen.items() if to is not None and to != read[pk]}

    def refuse(self, now: Mapping[int, int | None]) -> None:
        """Say at each of these what somebody else has said since: what was chosen stays, and counts with the next press."""
        typed = cast(QueryDict, self.data).copy()
        for pk, to in now.items():
            typed[self.add_prefix(f"was_{pk}")] = str(to or "")
            said = {"authority": self.names.get(to, _("Not decided yet")) if to else _("Not decided yet")}
            words = _(
                "Somebody else has changed this since you opened the page. Now it is: %(authority)s. Choose again."
            )
            self.add_error(f"to_{pk}", words % said)
        self.data = typed

    def _is_said(self, row: Row) -> bool:
        """Whether it was said when it was read: a word is changed, and never taken back."""
        return bool(row.successor) and not (self.is_bound and not self.data.get(f"was_{row.pk}"))

    def _ids(self) -> list[int]:
        return [int(name[3:]) for name in self.fields if name.startswith("to_")]


class ClosedForm(ShareForm):
    """The same of the closed cases of each last team, as they were shown."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


class SignForm(forms.Form):
    """That all of a split passes now: why, as it was shown; who signs for each successor is a form of its own."""

    reason = forms.CharField(
        label=_("Why? Name the order or the decision"),
        max_length=200,
        error_messages={"required": _("Enter why")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)


class SignatureForm(SecondPersonForm):
    """Who signs for one of several authorities on a page: each error says for which of them it is."""

    def __init__(self, *args: Any, successor: Authority, **options: Any) -> None:
        super().__init__(*args, prefix=f"of{successor.pk}", **options)
        self.successor = successor
        ask_second(self)

    def add_error(self, field: Any, error: Any) -> None:
        """Say it with the name of the authority, at the field and above the page alike."""
        errors = error if isinstance(error, forms.ValidationError) else forms.ValidationError(error)
        for one in errors.error_list:
            said = {"authority": isolated(self.successor.said_name), "words": " ".join(one.messages)}
            words = _("%(authority)s: %(words)s") % said
            super().add_error(field, forms.ValidationError(words, code=one.code))


class MergeForm(SecondPersonForm):
    """That all this passes on now: why, as it was shown, and who of the successor signs."""

    reason = forms.CharField(
        label=_("Why? Name the order or the decision"),
        max_length=200,
        error_messages={"required": _("Enter why")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ("reason", *SECOND, "shown")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)

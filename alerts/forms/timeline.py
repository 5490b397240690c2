"""What the timeline is narrowed to; asked by GET, so that what was found has an address."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.timeline import GROUPS, SYSTEM, Asked
from cases.deadlines import at_london
from cases.forms import fields

COMPACT = "compact"
DAY = timedelta(days=1)


class TimelineForm(forms.Form):
    """A kind of entry, words that stand in it, the days between which it happened, and how much of it is shown."""

    kind = forms.CharField(required=False, widget=forms.HiddenInput)
    view = forms.CharField(required=False, widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("Words or a name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    begins = fields.DateField(label=_("From"), name=_("The first day"), required=False, past=True)
    ends = fields.DateField(label=_("To"), name=_("The last day"), required=False)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

    def clean_words(self) -> str:
        # PostgreSQL holds no NUL, so nothing on record has one.
        return " ".join(self.cleaned_data["words"].replace("\0", " ").split())

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        return kind if kind in GROUPS or kind == SYSTEM else ""

    def clean_view(self) -> str:
        return COMPACT if self.cleaned_data["view"] == COMPACT else ""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        begins, ends = given.get("begins"), given.get("ends")
        if begins and ends and ends < begins:
            self.add_error("ends", _("The last day must be the first day or later"))
        return given

    @property
    def compact(self) -> bool:
        return bool(self._given("view"))

    @property
    def searched(self) -> bool:
        """Whether something was typed, so that the form stands open."""
        return bool(self.errors) or any(self._given(name) for name in ("words", "begins", "ends"))

    def asked(self, *, until: datetime | None) -> Asked:
        """What was asked for; an answer that is wrong narrows nothing."""
        begins, ends = self._given("begins"), self._given("ends")
        return Asked(
            group=self._given("kind"),
            words=self._given("words"),
            begins_at=_midnight(begins) if begins else None,
            ends_at=_midnight(ends + DAY) if ends else None,
            until=until,
        )

    @property
    def chosen(self) -> dict[str, str]:
        """What was asked for, for an address."""
        named = ("kind", "view", "words")
        found = {name: self._given(name) for name in named if self._given(name)}
        for name in ("begins", "ends"):
            if day := self._given(name):
                found |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
        return {name: str(value) for name, value in found.items()}

    def _given(self, name: str) -> Any:
        return self.cleaned_data.get(name, "") if self.is_valid() or name not in self.errors else ""


def _midnight(day: date) -> datetime:
    return at_london(day, datetime.min.time())

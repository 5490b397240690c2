"""What the list of children is narrowed by; an answer that is not among the choices narrows nothing."""

import re
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.caseload import STATUSES, Choices, Wanted
from cases.models import Risk
from cases.templatetags.govuk import STATUSES as WORDS

# Side by side the two words must say what they leave out: nobody may think that no child is missing.
_NARROWER = {
    "missing": gettext_lazy("Missing, less than 28 days"),
    "still_missing": gettext_lazy("Still missing, 28 days or more"),
}


_REFERENCE = re.compile(r"MC\d\d-\d{6}", re.ASCII)


class CaseListForm(forms.Form):
    """One select for each kind of filter; a kind with nothing to choose from is left out."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    worker = forms.ChoiceField(label=gettext_lazy("Social worker"), required=False)
    home = forms.ChoiceField(label=gettext_lazy("Home"), required=False)
    risk = forms.ChoiceField(label=gettext_lazy("Risk"), required=False)
    authority = forms.ChoiceField(label=gettext_lazy("Authority responsible"), required=False)
    # The children of the mail that led here: nobody types them.
    of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, choices: Choices) -> None:
        super().__init__(data)
        self._offer("status", [(word, str(_NARROWER.get(word, WORDS[word][0]))) for word in STATUSES])
        self._offer("team", [(str(team.pk), team.name) for team in choices.teams])
        self._offer("worker", [(str(worker.pk), worker.name) for worker in choices.workers])
        self._offer("home", [(str(home.pk), home.name) for home in choices.homes])
        self._offer("risk", [(str(value), str(label)) for value, label in Risk.choices])
        self._offer("authority", [(str(one.pk), one.name) for one in choices.authorities])
        if not choices.workers:
            del self.fields["risk"]
        for name, fewest in (("team", 2), ("worker", 1), ("home", 1), ("authority", 2)):
            if len(getattr(choices, f"{name}s" if name != "authority" else "authorities")) < fewest:
                del self.fields[name]

    def clean_of(self) -> str:
        """The references alone; what is none narrows nothing."""
        return ",".join(_REFERENCE.findall(self.cleaned_data["of"]))

    def _offer(self, name: str, offered: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = [("", _("All")), *offered]

    @property
    def wanted(self) -> Wanted:
        """The filters that are chosen."""
        self.is_valid()
        given = self.cleaned_data
        numbers = {
            name: int(given[name]) for name in ("team", "worker", "home", "authority") if given.get(name)
        }
        of = given.get("of", "").split(",") if given.get("of") else ()
        return Wanted(status=given.get("status", ""), risk=given.get("risk", ""), of=of, **numbers)

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are chosen, for an address."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

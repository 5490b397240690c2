"""Which lines of an episode a guardian, a home and the police may read."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from alerts.releases import Line, Side, mark


class ReleaseForm(forms.Form):
    """A box for each line and side; none is ticked for anybody until somebody does."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, lines: Sequence[Line], standing: Collection[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.initial["shown"] = mark(standing)
        self.lines = lines
        for line in lines:
            self.fields[line.key] = forms.MultipleChoiceField(
                label=line.label,
                help_text=line.text,
                choices=Side.choices,
                required=False,
                initial=[side for key, side in standing if key == line.key],
                widget=forms.CheckboxSelectMultiple,
            )
            # To tick nothing is an answer.
            self.fields[line.key].asked_of_some = True  # type: ignore[attr-defined]

    def chosen(self) -> list[tuple[str, str]]:
        """Pairs of a line's key and a side."""
        return [(line.key, side) for line in self.lines for side in self.cleaned_data[line.key]]

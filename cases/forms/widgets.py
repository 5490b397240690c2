"""The controls of an answer that takes more than one box, or that is typed with a list behind it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms

from cases import passkeys
from cases.forms import typed


class DateBoxes(forms.Widget):
    """Day, month and year in three boxes."""

    template_name = "django/forms/widgets/date_boxes.html"
    use_fieldset = True
    wrong: frozenset[str] = frozenset()
    today: date | None = None

    def id_for_label(self, id_: str | None) -> str:
        return ""

    def error_target(self, id_: str) -> str:
        """Return the id of the first box that needs an answer."""
        return f"{id_}_{next((part for part in typed.PARTS if part in self.wrong), 'day')}"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, Any]:
        return {part: data.get(f"{name}_{part}", "") for part in typed.PARTS}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(f"{name}_{part}" in data for part in typed.PARTS)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        context["widget"]["boxes"] = self._boxes(value)
        context["widget"]["wrong"] = self._shown_wrong(attrs, whole=typed.PARTS)
        return context

    def _shown_wrong(self, attrs: dict[str, Any] | None, *, whole: tuple[str, ...]) -> frozenset[str]:
        """An error that names no box marks them all."""
        if (attrs or {}).get("aria-invalid") != "true":
            return frozenset()
        return self.wrong or frozenset(whole)

    @staticmethod
    def _boxes(value: Any) -> dict[str, Any]:
        if isinstance(value, Mapping):
            return {part: value.get(part, "") for part in typed.PARTS}
        precision = getattr(value, "precision", "day")
        day = getattr(value, "value", value)
        if not isinstance(day, date):
            return dict.fromkeys(typed.PARTS, "")
        known = {"day": typed.PARTS, "month": ("month", "year"), "year": ("year",)}[precision]
        return {part: text if part in known else "" for part, text in typed.boxes_of(day).items()}


class MomentBoxes(forms.Widget):
    """Now, 15 minutes ago, or a day and a time; in the repeated hour of October also which of the two."""

    template_name = "django/forms/widgets/moment_boxes.html"
    use_fieldset = True
    parts = ("when", *typed.PARTS, "time", "fold")
    quick = True
    past = True
    ask_fold = False
    wrong: frozenset[str] = frozenset()
    today: date | None = None

    def id_for_label(self, id_: str | None) -> str:
        return ""

    def error_target(self, id_: str) -> str:
        """Return the id of the first control that needs an answer."""
        order = (
            ("when", "now"),
            ("time", "time"),
            *((part, part) for part in typed.PARTS),
            ("fold", "fold_before"),
        )
        return f"{id_}_{next((end for part, end in order if part in self.wrong), 'now' if self.quick else 'time')}"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, Any]:
        return {part: data.get(f"{name}_{part}", "") for part in self.parts}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(f"{name}_{part}" in data for part in self.parts)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        wrong = self.wrong if (attrs or {}).get("aria-invalid") == "true" else frozenset()
        boxes = self._boxes(value)
        ask = self.ask_fold or bool(boxes["fold"])
        context["widget"].update(boxes=boxes, wrong=wrong, quick=self.quick, past=self.past, ask_fold=ask)
        return context

    def _boxes(self, value: Any) -> dict[str, Any]:
        empty = dict.fromkeys(self.parts, "")
        start = {**empty, **(typed.boxes_of(self.today) if self.today else {})}
        if isinstance(value, Mapping):
            return {**empty, **value}
        if isinstance(value, datetime):
            local = typed.london(value)
            repeated = len(typed.instants(local.date(), local.time())) > 1
            fold = ("after" if local.fold else "before") if repeated else ""
            boxes = {**empty, **typed.boxes_of(local.date())}
            return {**boxes, "when": "earlier", "time": f"{local:%H:%M}", "fold": fold}
        return {**start, "when": value or ""}


class TypedSelect(forms.Select):
    """A list that a script turns into a box with suggestions; what is typed and stands for none of it is sent as well.

    It comes with `TYPED` before it, so that it is never read as the key of a choice, and is drawn again where it was.
    """

    TYPED = "typed:"

    def __init__(self) -> None:
        super().__init__(attrs={"data-autocomplete": self.TYPED})

    @classmethod
    def unlisted(cls, value: Any) -> str | None:
        """Return the words that were typed and are not on the list; None for a choice, whether or not there is one."""
        said = str(value) if value is not None else ""
        return said.removeprefix(cls.TYPED).strip() if said.startswith(cls.TYPED) else None

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        groups = super().optgroups(name, value, attrs)
        words = [(one, self.unlisted(one)) for one in value]
        typed_here = [self.create_option(name, one, said, True, len(groups)) for one, said in words if said]
        return [*groups, (None, typed_here, len(groups))] if typed_here else groups


class FoldedRadios(forms.RadioSelect):
    """A few choices that most people need, and the groups of the others behind a fold, open where one of them is chosen."""

    template_name = "django/forms/widgets/radios_folded.html"

    def __init__(self, *, fold: Any, hint: Any = "", **options: Any) -> None:
        super().__init__(**options)
        self.fold, self.hint = fold, hint

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        groups = context["widget"]["optgroups"]
        folded = [(title, options) for title, options, _index in groups if title]
        context["widget"].update(
            first=[option for title, options, _index in groups if not title for option in options],
            folded=folded,
            is_open=any(option["selected"] for _title, options in folded for option in options),
            fold=self.fold,
            hint=self.hint,
        )
        return context


class PasskeyButton(forms.Widget):
    """A button by which whoever stands at the same screen shows a passkey; what it signs goes with the form."""

    template_name = "django/forms/widgets/passkey_button.html"
    use_fieldset = True

    def id_for_label(self, id_: str | None) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        # Of whoever holds it: who signs is not known before they have.
        context["widget"]["options"] = passkeys.ask_on_page()
        return context

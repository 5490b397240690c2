"""Answers that are chosen from a long list or written in one's own words: a nationality, and a child's languages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases import listed_names
from cases.listed_names import Kind

NOT_KNOWN = frozenset({"not known", "unknown", "not know", "don't know", "?"})
LONGEST = 60
LONGEST_NAME = 200


def parts(text: str) -> list[str]:
    """What was written in a row with commas, in any script."""
    return [part.strip() for part in text.replace("،", ",").replace(";", ",").split(",") if part.strip()]


def spellings(text: str) -> list[str]:
    """The names that were written in a row with commas; an error where one is longer than is kept."""
    names = parts(text)
    if any(len(name) > LONGEST_NAME for name in names):
        words = _("Each spelling can have %(most)d characters. Put commas between them.")
        raise ValidationError(words % {"most": LONGEST_NAME})
    return names


def is_not_known(text: str) -> bool:
    """Whether the words say that nobody knows."""
    return text.strip().casefold() in NOT_KNOWN | {_("Not known").casefold()}


class ListedText(forms.TextInput):
    """A box that offers the names of a list while somebody types, by the browser alone, and takes any other words."""

    template_name = "django/forms/widgets/listed_text.html"

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            attrs={"class": "govuk-input--width-20", "autocomplete": "off", "spellcheck": "false"}
        )
        self.kind = kind

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = f"{context['widget']['attrs'].get('id', name)}_list"
        context["widget"]["listed"] = listed_names.of(self.kind)
        return context


class LanguageBoxes(forms.Widget):
    """The best language, a second one, and any more with commas between; one text to whoever reads or fills them."""

    template_name = "django/forms/widgets/language_boxes.html"
    use_fieldset = True
    boxes = ("best", "second", "more")

    def id_for_label(self, id_: str | None) -> str:
        return ""

    def error_target(self, id_: str) -> str:
        return f"{id_}_best"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        # All in one box: so the page was until there was a list, and so a draft or a kept form may hold them.
        sent = [data.get(f"{name}_{box}", "") for box in self.boxes] + [data.get(name, "")]
        return ", ".join(text.strip() for text in sent if text.strip())

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(key in data for key in (name, *(f"{name}_{box}" for box in self.boxes)))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        known = parts(value or "")
        context["widget"]["known"] = {
            "best": "".join(known[:1]),
            "second": "".join(known[1:2]),
            "more": ", ".join(known[2:]),
        }
        context["widget"]["listed"] = listed_names.of(Kind.LANGUAGE)
        context["widget"]["is_wrong"] = (attrs or {}).get("aria-invalid") == "true"
        return context


class ListedNameField(forms.CharField):
    """One name of a list, or one's own words; cleans to the list's name, and to nothing where nobody knows."""

    def __init__(self, kind: Kind, **options: Any) -> None:
        options.setdefault("widget", ListedText(kind))
        super().__init__(max_length=LONGEST, **options)
        self.kind = kind

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        return "" if is_not_known(text) else listed_names.named(self.kind, text)


class LanguagesField(forms.CharField):
    """A child's languages, best one first; cleans to a list of names, empty where nobody knows."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", LanguageBoxes())
        super().__init__(max_length=300, **options)

    def clean(self, value: Any) -> Any:
        names = [
            listed_names.named(Kind.LANGUAGE, one)
            for one in parts(super().clean(value))
            if not is_not_known(one)
        ]
        if any(len(name) > LONGEST for name in names):
            raise ValidationError(
                _("Each language can have %(most)d characters. Put commas between them.") % {"most": LONGEST}
            )
        return list(dict.fromkeys(names))

"""What somebody typed of what they sent: a name of one word as well, and neither a choice nor a secret."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django import forms
from django.forms.widgets import Input

from cases import kept_forms
from cases.forms.listed_names import LanguageBoxes
from cases.forms.typed import PARTS
from cases.forms.widgets import DateBoxes, MomentBoxes, TypedSelect
from cases.kept_forms import Typed

TYPED_IN = frozenset({"text", "tel", "email", "number", "search", "url"})
OF_DJANGO = "csrfmiddlewaretoken"
# The boxes that are read as one answer, by the name of the box it is said under; none where it is chosen, or said there.
Boxes = Mapping[str, tuple[str, ...]]


def in_words(sent: Typed) -> list[str]:
    """The answers that were typed, in the order of the page; what no form knows where it is more than one word.

    A name may be a choice in one form and a box in another: it is read as in the form that has most of what was sent.
    """
    found: list[str] = []
    for name, texts in sent.items():
        if kept_forms.is_secret(name) or name == OF_DJANGO:
            continue
        boxes = _boxes(name, frozenset(sent))
        if boxes is None:
            found += [text for text in texts if len(text.split()) > 1]
        elif boxes == (name,):
            found += texts
        elif boxes and any(text.strip() for text in texts):
            found.append(" ".join(text for box in boxes for text in sent.get(box, ())))
        else:
            found += [words for text in texts if (words := TypedSelect.unlisted(text))]
    return [text for text in found if text.strip()]


def again(sent: Typed, *, has_files: bool) -> list[tuple[str, str]]:
    """What the same press would send once more; nothing where it held a secret or a file, which no page gives back."""
    if has_files or any(kept_forms.is_secret(name) for name in sent):
        return []
    return [(name, text) for name, texts in sent.items() if name != OF_DJANGO for text in texts]


def _boxes(name: str, sent: frozenset[str]) -> tuple[str, ...] | None:
    known = [form for form in _forms() if name in form]
    if not known and "-" in name:
        # A form that stands on a page more than once, or beside another, has a prefix.
        before, _, plain = name.rpartition("-")
        boxes = _boxes(plain, frozenset(one.removeprefix(f"{before}-") for one in sent))
        return boxes and tuple(f"{before}-{box}" for box in boxes)
    return max(known, key=lambda form: _likeness(form, sent))[name] if known else None


def _likeness(form: Boxes, sent: frozenset[str]) -> tuple[int, int]:
    return len(form.keys() & sent), -len(form.keys() - sent)


@cache
def _forms() -> tuple[Boxes, ...]:
    """What each form of ours asks; all are known once an address is: their views are read with it."""
    return tuple(dict(_inputs(form)) for form in _below(forms.Form))


def _below(form: Any) -> Iterator[Any]:
    for one in form.__subclasses__():
        yield one
        yield from _below(one)


def _inputs(form: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in form.base_fields.items():
        widget = field.widget
        if isinstance(widget, DateBoxes | MomentBoxes):
            yield from _of_a_day(name, has_time=isinstance(widget, MomentBoxes))
        elif isinstance(widget, LanguageBoxes):
            yield from ((one, (one,)) for one in (name, *(f"{name}_{box}" for box in widget.boxes)))
        else:
            yield name, (name,) if _is_typed_in(field, widget) else ()


def _of_a_day(name: str, *, has_time: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A date is said in its first box; with a time it is said in that of the time: its boxes are filled in before."""
    day = tuple(f"{name}_{part}" for part in PARTS)
    for box in (*day, f"{name}_when", f"{name}_fold"):
        yield box, ()
    yield (f"{name}_time", (f"{name}_time", *day)) if has_time else (day[0], day)


def _is_typed_in(field: Any, widget: Any) -> bool:
    is_box = isinstance(widget, Input) and widget.input_type in TYPED_IN
    return (is_box or isinstance(widget, forms.Textarea)) and not isinstance(field, forms.UUIDField)

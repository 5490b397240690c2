"""What every form of the product says to an answer that is empty, too long or impossible: our own words, of that answer."""

import copy
import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import django
import polib
import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

import alerts
import cases
import guardians
from cases.forms import fields
from cases.forms.absence import AbsenceForm
from cases.forms.journeys import JourneyForm
from cases.forms.meetings import BookingForm
from cases.forms.nrm import LastDayForm
from cases.forms.widgets import PasskeyButton
from cases.kept_forms import is_secret
from cases.templatetags.govuk_forms import error_list, error_texts
from tests.alerts import error_literals
from tests.database import ROOT

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 21, 28, tzinfo=UTC)
PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]")
SENT = {"empty": "", "long": "x" * 12_000, "impossible": "-1 31/31/2026", "no text": "\x00"}


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in found.name and ".management" not in found.name:
            yield importlib.import_module(found.name)


@cache
def every_form() -> list[type[forms.Form]]:
    for package in (cases, guardians, alerts):
        list(_modules(package))
    found, stack = [], [forms.BaseForm]
    while stack:
        for one in stack.pop().__subclasses__():
            stack.append(one)
            if one.__module__.split(".")[0] in ("cases", "guardians", "alerts"):
                found.append(one)
    return sorted(set(found), key=lambda one: (one.__module__, one.__qualname__))


@cache
def words_of_django() -> re.Pattern[str]:
    """Every sentence that Django has of its own and the product has not, whatever stands in its places."""
    own = {one.msgid for one in polib.pofile(str(ROOT / "locale/cy/LC_MESSAGES/django.po"))}
    texts: set[str] = set()
    for part in ("conf", "contrib/auth"):
        of_part = Path(django.__file__).parent / part / "locale/en/LC_MESSAGES/django.po"
        for one in polib.pofile(str(of_part)):
            texts |= {text for text in (one.msgid, one.msgid_plural) if len(text) > 12}
    shapes = (".+".join(re.escape(part) for part in PLACE.split(text)) for text in sorted(texts - own))
    return re.compile("|".join(shapes))


def _sent(form: type[forms.Form], answer: str) -> Any:
    """The form with this answer at each of its own fields, without what a page gives to it."""
    of_fields = type("Sent", (forms.Form,), {})
    data, files = MultiValueDict[str, str](), MultiValueDict[str, Any]()
    ends = ("", "_day", "_month", "_year", "_time", "_best", "_second", "_more")
    for name in form.base_fields:
        for end in ends:
            data[f"{name}{end}"] = answer
        data[f"{name}_when"] = "earlier" if answer else ""
        if answer:
            files[name] = SimpleUploadedFile("x.jpg", b"")
    filled = of_fields(data, files)
    filled.fields = copy.deepcopy(form.base_fields)
    fields.set_now(filled, NOW)
    return filled


def test_the_list_of_forms_is_a_long_one() -> None:
    assert len(every_form()) > 200


@pytest.mark.by_turns
@pytest.mark.parametrize("sent", SENT)
def test_no_form_answers_in_the_words_of_django(sent: str) -> None:
    said = {}
    for form in every_form():
        filled = _sent(form, SENT[sent])
        for name in filled.errors:
            for text in error_texts(filled[name]):
                if words_of_django().fullmatch(text):
                    said[f"{form.__module__}.{form.__qualname__}.{name}"] = text
    assert not said, f"{len(said)}: " + "\n".join(f"{k} {v}" for k, v in said.items())


@pytest.mark.by_turns
def test_no_box_cuts_what_is_pasted_and_all_of_it_comes_back() -> None:
    """[GOV.UK, character count: let people enter more, and tell them.]"""
    for form in every_form():
        filled = _sent(form, SENT["long"])
        for name, field in filled.fields.items():
            if isinstance(field, forms.CharField) and not isinstance(field.widget, PasskeyButton):
                drawn = str(filled[name]).replace("data-maxlength", "")
                assert "maxlength=" not in drawn, f"{form.__qualname__}.{name}"
                assert SENT["long"] in drawn or is_secret(name), f"{form.__qualname__}.{name}"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("sent", SENT)
def test_two_errors_of_a_form_are_never_the_same_words(sent: str) -> None:
    for form in every_form():
        said = [text for target, text in error_list(_sent(form, SENT[sent])) if target]
        assert len(said) == len({*said}), f"{form.__qualname__}: {sorted(said)}"


# --- What a form's own `clean` says


# What stands inside an error, and is none.
PARTS = {"Your answer", "Your note", "Not decided yet", "%(authority)s: %(words)s"}
_DO = (
    "choose|clear|confirm|correct|do not|enter|get|give|have|leave|look|name|open|"
    "press|print|put|read|record|save|say|select|send|speak|take|tick"
)
SAYS_WHAT_TO_DO = re.compile(
    rf"^({_DO})\b|([:.;,] |, or )(first )?({_DO})\b|^First record|\bmust\b", re.IGNORECASE
)


@pytest.mark.by_turns
def test_every_error_that_a_form_finds_in_several_answers_says_what_to_do() -> None:
    found = error_literals.of_forms(ROOT)
    assert len(found) > 200
    said = {
        text: sorted(places)
        for text, places in found.items()
        if text not in PARTS and not SAYS_WHAT_TO_DO.search(text)
    }
    assert not said


# --- All that is wrong at once


def _wrong(form: forms.Form) -> dict[str, list[str]]:
    return {name: error_texts(form[name]) for name in form.errors}


def _boxes(name: str, at: datetime) -> dict[str, Any]:
    day = {f"{name}_day": at.day, f"{name}_month": at.month, f"{name}_year": at.year}
    return {**day, f"{name}_time": f"{at:%H:%M}"}


def test_a_time_to_be_back_that_is_over_is_said_beside_what_is_left_out() -> None:
    gone = _boxes("until", NOW - timedelta(hours=1))
    said = _wrong(AbsenceForm({"kind": "away", "place": "12 Mill Lane", **gone}, now=NOW))
    assert said["until"] == ["The time to be back must be in the future."]
    assert said["phone"] == ["Enter the phone on which that adult is reached"]


def test_a_meeting_that_is_booked_for_yesterday_says_so_beside_what_is_left_out() -> None:
    before = _boxes("planned_date", NOW - timedelta(days=1)) | {"planned_time": "2pm"}
    said = _wrong(BookingForm(before, now=NOW))
    assert said["planned_date"] == ["The time must be in the future. Record a meeting that was held as such."]
    assert "invited" in said


def test_a_last_day_that_is_over_is_said_beside_the_reason_that_is_not_there() -> None:
    said = _wrong(LastDayForm(_boxes("last_day", NOW - timedelta(days=1)), now=NOW))
    assert said == {
        "last_day": ["The last day must be today or later."],
        "reason": ["Enter why it may no longer refer"],
    }


def test_stops_of_a_journey_that_are_out_of_order_are_said_beside_what_is_left_out() -> None:
    later, sooner = NOW + timedelta(hours=2), NOW + timedelta(hours=1)
    said = _wrong(JourneyForm({**_boxes("from_at", later), **_boxes("to_at", sooner)}, now=NOW))
    assert said["to_at"] == ["Each stop is later than the one before it."]
    assert "plate" in said
    assert "from_at" not in said

"""Answers as people type them, and the messages they get back."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from cases.forms import fields, typed
from cases.references import Reference, child_reference
from cases.templatetags.govuk_forms import error_list, error_texts

NOW = datetime(2026, 11, 24, 21, 28, tzinfo=UTC)
AFTER_CHANGE = datetime(2026, 10, 25, 8, tzinfo=UTC)
LEAP_EVE = datetime(2028, 2, 28, 8, tzinfo=UTC)


class Report(forms.Form):
    seen_at = fields.MomentField(
        label="When was the child last seen?",
        name="Time last seen",
        error_messages={"required": "Enter when the child was last seen"},
    )
    born = fields.PartialDateField(label="Birth date as stated", name="Birth date", past=True, required=False)
    since = fields.DateField(label="Start date", past=True, required=False)
    phone = fields.PhoneField(label="24-hour phone", required=False)
    note = fields.NoteField(label="Note", name="Your note", limit=10, required=False)

    def __init__(self, *args: Any, now: datetime = NOW, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)


def boxes(name: str, day: str, month: str, year: str) -> dict[str, str]:
    return {f"{name}_day": day, f"{name}_month": month, f"{name}_year": year}


def earlier(at: str, day: str = "24", month: str = "11", **more: str) -> dict[str, str]:
    return {"seen_at_when": "earlier", "seen_at_time": at, **boxes("seen_at", day, month, "2026"), **more}


def clean(data: dict[str, str], now: datetime = NOW) -> Report:
    form = Report(data, now=now)
    form.is_valid()
    return form


# --- A time of the last hours


class Checks(forms.Form):
    at = fields.LatelyField(label="Time")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("9:10pm", datetime(2026, 11, 24, 21, 10, tzinfo=UTC)),
        ("21.30", datetime(2026, 11, 24, 21, 28, tzinfo=UTC)),
        ("2:10am", datetime(2026, 11, 24, 2, 10, tzinfo=UTC)),
        ("11pm on 22 Nov", datetime(2026, 11, 22, 23, tzinfo=UTC)),
        ("9.40 pm yesterday", datetime(2026, 11, 23, 21, 40, tzinfo=UTC)),
        ("9pm 31/12", datetime(2025, 12, 31, 21, tzinfo=UTC)),
        ("10pm 3 May 2026", datetime(2026, 5, 3, 21, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_time_alone_is_the_last_one_of_that_name_and_another_day_stands_behind_it(
    text: str, moment: datetime | None
) -> None:
    form = _checks(text)
    assert form.is_valid(), form.errors
    found = form.cleaned_data["at"]
    assert found == moment
    if found is not None:
        shown = form.fields["at"].prepare_value(found)
        again = _checks(shown)
        assert again.is_valid(), again.errors
        assert again.cleaned_data["at"] == found, "as it is offered again it is the same"


@pytest.mark.parametrize(
    ("text", "now", "words"),
    [
        ("9:10", NOW, "Add am or pm to 9:10"),
        ("10:30pm", NOW, "Enter a time that has passed"),
        ("10:30pm 24 11", NOW, "The time must be in the past"),
        ("9pm 31 2 2026", NOW, "Enter a real date after the time"),
        ("9pm 29 2", NOW, "Enter a real date after the time"),
        ("9pm 99999999999 11", NOW, "Enter a real date after the time"),
        ("11pm 29 2", LEAP_EVE, "The time must be in the past"),
        ("at night", NOW, "Enter a real time"),
        ("1:30am 25 10", AFTER_CHANGE, "add BST or GMT to 1:30am"),
        ("1:30am 29 3 2026", AFTER_CHANGE, "the clocks went forward"),
    ],
)
def test_a_time_that_is_to_come_or_could_be_two_says_what_to_type(
    text: str, now: datetime, words: str
) -> None:
    form = _checks(text, now)
    assert not form.is_valid()
    assert words in form.errors["at"][0]


def test_of_the_hour_that_came_twice_its_name_tells_which() -> None:
    for name, hour in (("BST", 0), ("GMT", 1)):
        form = _checks(f"1:30am {name} 25 10", AFTER_CHANGE)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["at"] == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        again = _checks(form.fields["at"].prepare_value(form.cleaned_data["at"]), AFTER_CHANGE)
        assert again.is_valid()
        assert again.cleaned_data == form.cleaned_data


def test_a_leap_day_without_its_year_is_read_in_the_year_that_has_it() -> None:
    for now in (datetime(2028, 2, 29, 23, 30, tzinfo=UTC), datetime(2029, 1, 5, 8, tzinfo=UTC)):
        form = _checks("11pm 29 2", now)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["at"] == datetime(2028, 2, 29, 23, tzinfo=UTC)


def test_a_month_of_many_figures_is_no_month() -> None:
    with pytest.raises(typed.NotUnderstood):
        typed.read_date("1", "1" * 5000, "2026")


def _checks(text: str, now: datetime = NOW) -> Checks:
    form = Checks({"at": text})
    fields.set_now(form, now)
    return form


# --- Moments


def test_now_and_15_minutes_ago_are_counted_from_the_moment_of_saving() -> None:
    assert clean({"seen_at_when": "now"}).cleaned_data["seen_at"] == NOW
    assert clean({"seen_at_when": "quarter"}).cleaned_data["seen_at"] == NOW - timedelta(minutes=15)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "typed_time", ["9:10pm", "9.10 PM", "21:10", "2110", "21.10", " 9:10 p.m. ", "910pm", "21h10"]
)
def test_a_time_is_understood_in_every_usual_spelling(typed_time: str) -> None:
    assert clean(earlier(typed_time)).cleaned_data["seen_at"] == datetime(2026, 11, 24, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed_time", "read"),
    [
        ("midday", time(12)),
        ("noon", time(12)),
        ("9am", time(9)),
        ("12am", time(0)),
        ("12:30pm", time(12, 30)),
    ],
)
def test_words_and_halves_of_the_day_are_understood(typed_time: str, read: time) -> None:
    assert typed.read_time(typed_time) == read


@pytest.mark.parametrize("typed_time", ["9:10", "9", "12", "7.45"])
def test_a_time_that_could_be_morning_or_evening_is_asked_about(typed_time: str) -> None:
    form = clean(earlier(typed_time))
    assert form.errors["seen_at"] == [f"Add am or pm to {typed_time}, like 9:10pm or 21:10"]


@pytest.mark.parametrize("typed_time", ["25:00", "9:75pm", "13pm", "later", "0pm", "21:1"])
def test_a_time_that_does_not_exist_is_refused(typed_time: str) -> None:
    assert clean(earlier(typed_time)).errors["seen_at"] == ["Enter a real time, like 9:10pm or 21:10"]


@given(st.times())
def test_every_minute_of_the_day_is_read_back_from_both_ways_of_writing_it(at: time) -> None:
    at = at.replace(second=0, microsecond=0)
    assert typed.read_time(f"{at:%H:%M}") == at
    assert typed.read_time(f"{at.hour % 12 or 12}:{at:%M}{'pm' if at.hour >= 12 else 'am'}") == at


def test_a_month_may_be_named_and_summer_time_is_london_s() -> None:
    form = clean(earlier("9:10pm", day="1", month="july"))
    assert form.cleaned_data["seen_at"] == datetime(2026, 7, 1, 20, 10, tzinfo=UTC)


def test_the_future_is_refused_but_a_clock_a_little_fast_is_now() -> None:
    assert "must be in the past" in clean(earlier("23:00")).errors["seen_at"][0]
    assert clean(earlier("21:31")).cleaned_data["seen_at"] == NOW


def test_the_repeated_hour_asks_which_of_the_two_it_was() -> None:
    answer = earlier("1:30am", day="25", month="10")
    unanswered = clean(answer, AFTER_CHANGE)
    assert unanswered.errors["seen_at"] == ["Select if 1:30am was before or after the clocks went back"]
    assert "seen_at_fold" in str(unanswered["seen_at"])
    assert error_list(unanswered)[0][0] == "id_seen_at_fold_before"
    before = clean({**answer, "seen_at_fold": "before"}, AFTER_CHANGE).cleaned_data["seen_at"]
    after = clean({**answer, "seen_at_fold": "after"}, AFTER_CHANGE).cleaned_data["seen_at"]
    assert (before, after) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_an_ordinary_hour_is_not_asked_about() -> None:
    assert "seen_at_fold" not in str(clean(earlier("1:30am"))["seen_at"])


def test_the_hour_that_spring_skips_is_refused() -> None:
    form = clean(earlier("1:30am", day="29", month="3"), datetime(2026, 3, 29, 8, tzinfo=UTC))
    assert form.errors["seen_at"] == [
        "There was no 1:30am on that day: the clocks went forward. Enter another time"
    ]


def test_no_answer_says_what_to_do_and_leads_to_the_first_choice() -> None:
    form = clean({})
    assert form.errors["seen_at"] == ["Enter when the child was last seen"]
    assert error_list(form)[0] == ("id_seen_at_now", "Enter when the child was last seen")


def test_a_day_without_its_time_is_not_thrown_away() -> None:
    assert clean(earlier("")).errors["seen_at"] == ["Enter a time, like 9:10pm or 21:10"]


def test_a_moment_that_may_come_later_is_a_day_and_a_time() -> None:
    field = fields.MomentField(label="Back by", quick=False, past=False)
    field.now = NOW
    answer = {"when": "", "day": "25", "month": "11", "year": "2026", "time": "8pm", "fold": ""}
    assert field.clean(answer) == datetime(2026, 11, 25, 20, tzinfo=UTC)
    field.required = False
    assert field.clean({**answer, "time": "", "day": "24"}) is None


def test_a_stored_moment_comes_back_into_its_boxes() -> None:
    form = Report(initial={"seen_at": datetime(2026, 10, 25, 1, 30, tzinfo=UTC)})
    drawn = str(form["seen_at"])
    assert 'value="01:30"' in drawn
    assert 'id="id_seen_at_fold_after" name="seen_at_fold" value="after" checked' in drawn


def test_the_day_boxes_start_at_today_in_london() -> None:
    drawn = str(Report(now=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))["seen_at"])
    assert 'name="seen_at_day" type="text" inputmode="numeric" autocomplete="off" value="1"' in drawn


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)).map(
        lambda at: at.replace(second=0, microsecond=0)
    )
)
def test_every_wall_clock_time_names_one_instant_but_for_the_two_changes(at: datetime) -> None:
    found = typed.instants(at.date(), at.time())
    assert len(found) in (0, 1, 2)
    assert all(typed.london(moment).replace(tzinfo=None) == at for moment in found)
    if len(found) != 1:
        assert at.hour == 1
        assert at.month in (3, 10)
        assert at.weekday() == 6


# --- Dates


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("27", "3", "2026"),
        (" 27 ", "March", "2026"),
        ("27th", "mar", "2026"),
        ("27/3/2026", "", ""),
        ("27 March 2026", "", ""),
        ("2026-03-27", "", ""),
    ],
)
def test_a_date_is_understood_in_every_usual_spelling(day: str, month: str, year: str) -> None:
    form = clean(boxes("since", day, month, year))
    assert form.cleaned_data["since"] == date(2026, 3, 27)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("answer", "message", "target"),
    [
        (("31", "2", "2026"), "Enter a real date, like 27 3 2026", "id_since_day"),
        (("27", "ma", "2026"), "Enter a real date, like 27 3 2026", "id_since_month"),
        (("27", "13", "2026"), "Enter a real date, like 27 3 2026", "id_since_month"),
        (("27", "3", "26"), "Enter a real date, like 27 3 2026", "id_since_year"),
        (("27", "", "2026"), "Start date must include a month", "id_since_month"),
        (("", "", "2026"), "Start date must include a day and month", "id_since_day"),
        (("25", "11", "2026"), "Start date must be today or in the past", "id_since_day"),
    ],
)
def test_a_wrong_date_says_what_is_wrong_and_leads_to_the_box(
    answer: tuple[str, str, str], message: str, target: str
) -> None:
    form = clean({"seen_at_when": "now", **boxes("since", *answer)})
    assert error_list(form) == [(target, message)]


def test_today_in_london_is_not_in_the_future() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert clean(boxes("since", "1", "7", "2026"), late).cleaned_data["since"] == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("answer", "value", "precision"),
    [
        (("3", "5", "2011"), date(2011, 5, 3), "day"),
        (("", "May", "2011"), date(2011, 5, 15), "month"),
        (("", "", "2011"), date(2011, 7, 15), "year"),
    ],
)
def test_a_birth_date_may_be_known_in_part(answer: tuple[str, str, str], value: date, precision: str) -> None:
    assert clean(boxes("born", *answer)).cleaned_data["born"] == fields.PartialDate(value, precision)


def test_a_part_of_this_month_or_year_is_not_in_the_future() -> None:
    early = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert clean(boxes("born", "", "", "2026"), early).cleaned_data["born"].precision == "year"
    assert clean(boxes("born", "", "1", "2026"), early).cleaned_data["born"].precision == "month"
    assert "born" in clean(boxes("born", "", "", "2027"), early).errors


def test_a_day_without_its_month_is_not_a_part() -> None:
    assert clean(boxes("born", "3", "", "2011")).errors["born"] == ["Birth date must include a month"]


def test_a_stored_partial_date_shows_only_what_is_known() -> None:
    form = Report(initial={"born": fields.PartialDate(date(2011, 5, 15), "month")})
    drawn = str(form["born"])
    assert 'name="born_day" type="text" inputmode="numeric" autocomplete="off" value=""' in drawn
    assert 'name="born_month" type="text" autocomplete="off" value="5"' in drawn


# --- Phones, postcodes, references, notes


@pytest.mark.parametrize(
    ("typed_number", "kept"),
    [
        ("0300 0000000", "0300 000 0000"),
        ("+44 (0)20 7946-0018", "020 7946 0018"),
        ("0044 7700 900982", "07700 900982"),
        ("01632.960.001", "01632 960001"),
        ("+33 6 12 34 56 78", "+33612345678"),
    ],
)
def test_a_phone_number_is_taken_in_any_spacing(typed_number: str, kept: str) -> None:
    assert fields.PhoneField().clean(typed_number) == kept
    assert fields.PhoneField().clean(kept) == kept


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "typed_number", ["12", "07700 90098", "ring me", "00000000000", "+", "077009009821234"]
)
def test_what_cannot_be_rung_is_refused(typed_number: str) -> None:
    with pytest.raises(ValidationError, match="Enter a phone number, like"):
        fields.PhoneField().clean(typed_number)


def test_a_postcode_is_taken_in_any_spacing_and_case() -> None:
    assert fields.PostcodeField().clean(" ct1 4bg") == "CT1 4BG"
    assert fields.PostcodeField().clean("SW1A1AA") == "SW1A 1AA"
    with pytest.raises(ValidationError, match="full UK postcode"):
        fields.PostcodeField().clean("CT1")


def test_a_reference_is_taken_in_any_spacing_and_a_slip_is_called_mistyped() -> None:
    right = next(ref for serial in range(400, 420) if (ref := child_reference(26, serial)))
    loose = right.lower().replace("-", " ")
    assert fields.ReferenceField().clean(loose) == Reference(right)
    slip = right[:-1] + str((int(right[-1]) + 1) % 10)
    with pytest.raises(ValidationError, match=f"Reference {slip} is mistyped"):
        fields.ReferenceField().clean(slip)
    assert fields.ReferenceField(required=False).clean("") is None


def test_a_long_note_is_kept_and_counted() -> None:
    form = clean({"note": "x" * 22})
    assert form.errors["note"] == ["Your note must be 10 characters or fewer (12 too many)"]
    assert "x" * 22 in str(form["note"])
    assert "maxlength=" not in str(form["note"]).replace("data-maxlength", "")
    assert clean({"note": "a\r\n" * 5}).cleaned_data["note"]


# --- A time of day


class Meets(forms.Form):
    at = fields.TimeOfDayField(label="At what time?", required=False)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2:30pm", time(14, 30)),
        ("14:30", time(14, 30)),
        ("9 am", time(9)),
        ("00:15", time(0, 15)),
        ("", None),
    ],
)
def test_a_time_of_day_is_read_as_people_type_it_and_shown_to_be_typed_again(
    text: str, read: time | None
) -> None:
    form = Meets({"at": text})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["at"] == read
    shown = Meets(initial=form.cleaned_data)["at"].value()
    assert Meets({"at": shown or ""}).fields["at"].clean(shown) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [("2:30", "Add am or pm to 2:30"), ("half", "Enter a real time"), ("25:10", "Enter a real")],
)
def test_a_time_that_may_be_at_night_or_is_none_says_what_to_type(text: str, words: str) -> None:
    form = Meets({"at": text})
    assert words in form.errors["at"][0]
    assert f'value="{text}"' in str(form["at"])


# --- What a field looks like


class Plain(forms.Form):
    given_name = forms.CharField(label="Given name as heard", help_text="As the child says it")
    means = forms.ChoiceField(
        label="How", choices=[("face", "Face to face"), ("phone", "Phone")], widget=forms.RadioSelect
    )
    where = forms.CharField(label="Where is the child now?")
    told = forms.BooleanField(label="Duty knows", required=False)


def test_a_hint_and_an_error_are_tied_to_their_control() -> None:
    drawn = Plain({})["given_name"].as_field_group()
    assert 'aria-describedby="id_given_name_helptext id_given_name_error"' in drawn
    assert 'id="id_given_name_helptext"' in drawn
    assert 'id="id_given_name_error"' in drawn
    assert 'class="govuk-input govuk-input--error"' in drawn
    assert " required" not in drawn


def test_an_empty_answer_is_asked_for_by_its_label_and_never_called_required() -> None:
    form = Plain({})
    assert error_list(form) == [
        ("id_given_name", "Enter given name as heard"),
        ("id_means_0", "Select how"),
        ("id_where", "Answer the question “Where is the child now?”"),
    ]
    assert error_texts(form["given_name"]) == ["Enter given name as heard"]


def test_the_summary_repeats_the_words_at_the_fields_and_takes_the_focus() -> None:
    summary = render_to_string("components/error_summary.html", {"form": Plain({})})
    assert 'tabindex="-1" autofocus' in summary
    assert '<a href="#id_means_0">Select how</a>' in summary
    assert render_to_string("components/error_summary.html", {"form": Plain()}).strip() == ""


def test_choices_stand_in_a_fieldset_and_optional_answers_say_so() -> None:
    assert (
        '<legend class="govuk-fieldset__legend govuk-fieldset__legend--s">How</legend>'
        in Plain()["means"].as_field_group()
    )
    assert "(optional)" in Report()["phone"].as_field_group()
    assert "govuk-checkboxes__label" in Plain()["told"].as_field_group()

"""What was typed stands in its form again, whatever form it is, and in no form that is about something else."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import refills

PAGE = """<html>
<form action="/search/" method="get"><input name="text" value="left alone"></form>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="new">
<input type="hidden" name="once" value="new"><input type=text name="what" value="old &amp; grey" disabled>
<textarea name="text" rows="4">
old &lt;b&gt;</textarea>
<input type="radio" name="when" value="now" checked><input type="radio" name="when" value="earlier">
<input type="checkbox" name="who" value="1" checked /><input type="checkbox" name="who" value="2">
<select name="team" data-autocomplete="typed:"><option value="">Choose</option><option value="3" selected>B</option></select>
<input type="password" name="word" value=""><button formaction="/elsewhere/">Elsewhere</button></form>
</html>"""
TYPED = {
    "csrfmiddlewaretoken": ["stolen"],
    "once": ["old"],
    "what": ['"><script>'],
    "text": ["He said:\n<i>no</i> & left"],
    "when": ["earlier"],
    "who": ["2"],
    "team": ["typed:Night <shift>"],
    "word": ["secret"],
}


class Fields(HTMLParser):
    """The answers that a browser would send from the page's last form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.tags: list[str] = []
        self.select = self.area = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        self.tags.append(tag)
        if tag == "form":
            self.found = {}
        elif tag == "input" and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self.found.setdefault(has["name"], []).append(has.get("value") or "")
        elif tag == "select":
            self.select = has["name"]
        elif tag == "option" and "selected" in has:
            self.found.setdefault(self.select, []).append(has["value"])
        elif tag == "textarea":
            self.area = has["name"]

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = ""

    def handle_data(self, data):
        if self.area:
            self.found.setdefault(self.area, [""])[0] += data


def filled(typed=TYPED, *, action="/note/?a=1", page=PAGE):
    return refills.fill(page, at="/note/?a=1", action=action, typed=typed)


def test_every_kind_of_field_holds_what_was_typed():
    fields = Fields(filled()).found
    assert fields["what"] == ['"><script>']
    assert fields["text"][0].lstrip("\n") == "He said:\n<i>no</i> & left"
    assert (fields["when"], fields["who"]) == (["earlier"], ["2"])
    assert fields["team"] == ["typed:Night <shift>"]
    assert fields["once"] == ["old"], "a form that was read before is known as that form"


def test_a_token_and_a_password_are_those_of_the_page():
    fields = Fields(filled()).found
    assert (fields["csrfmiddlewaretoken"], fields["word"]) == (["new"], [""])


def test_nothing_typed_becomes_a_part_of_the_page():
    assert Fields(filled()).tags.count("script") == 0
    assert Fields(filled()).tags.count("i") == 0


def test_another_form_of_the_page_and_everything_round_it_stay_as_they_are():
    page = filled()
    assert page.startswith(PAGE[: PAGE.index('<input type="hidden"')])
    assert page.endswith(PAGE[PAGE.index("<button") :])


def test_a_form_is_found_by_where_it_sends_to_and_by_where_a_button_of_it_does():
    assert filled(action="/note/?a=1") == filled(action="/elsewhere/")
    assert filled(action="/other/") is None
    assert filled(action="/search/") is None, "what is sent by GET changes nothing"


ROWS = """<form action="/ring/" method="post"><input type="hidden" name="children" value="1"><input name="said" value=""></form>
<form action="/ring/" method="post"><input type="hidden" name="children" value="2"><input name="said" value=""></form>"""


def test_of_several_forms_the_one_about_the_same_is_filled_in_and_none_about_another():
    page = filled({"children": ["2"], "said": ["Out"]}, action="/ring/", page=ROWS)
    assert page == ROWS.replace(
        'value="2"><input name="said" value=""', 'value="2"><input name="said" value="Out"'
    )
    assert filled({"children": ["3"], "said": ["Out"]}, action="/ring/", page=ROWS) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_any_text_comes_back_as_it_was(text):
    fields = Fields(filled({"text": [text], "what": [text]})).found
    assert fields["text"][0].removeprefix("\n") == text
    assert fields["what"] == [text]


@pytest.mark.parametrize("page", ["", "<form", "<form method=post><textarea name=text>", "</form></select>"])
def test_a_page_that_is_broken_off_is_left_alone(page):
    assert refills.fill(page, at="/", action="/", typed={"text": ["A"]}) in (None, page)

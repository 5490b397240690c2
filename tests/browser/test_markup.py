"""What reads a page without a browser finds each of its faults, and none in a page that has none."""

import pytest

from tests.browser.markup import Markup

GOOD = """<!doctype html><html lang=en><title>Hello – Rollcall</title><main><h1>Hello</h1>
<a href=/a>Go</a><a href=/a>Go</a><a href=/b><img src=/b.png alt="To b"></a><ul><li>One</ul>
<p id=hint>A hint</p><table><caption>Calls</caption><tr><th scope=col>When</table>
<form method=post action=?more=1><input type=hidden name=once value=7><label for=a>Name</label>
<input id=a name=a value=typed aria-describedby=hint><input name=who hidden><label><input type=checkbox name=b>Yes</label>
<select name=c aria-label=One><option value=1 selected>1<option value>None</select>
<textarea name=d aria-label=Note>words</textarea>
<button name=save_draft>Keep</button><button name=send value=on>Send</button><button name=other>Other</button></form>
%s</main></html>"""
BAD = [
    ("<h1>Again</h1>", "2 headings of the first level"),
    ("<h3>Words</h3>", "a heading of level 3 comes after one of level 1"),
    ("<h2></h2>", "<h2> says nothing: {}"),
    ("<table><tr><td>1</table>", "2 tables have 1 captions"),
    ("<table><caption>Two</caption><tr><th>1</table>", "a heading of a table without a scope"),
    ("<a href=/c>Go</a>", "two links say “Go” and lead to /a and /c"),
    ("<a href=/c></a>", "<a> says nothing: {'href': '/c'}"),
    ("<button></button>", "<button> says nothing: {}"),
    ("<img src=/c.png>", "an image without words: /c.png"),
    ("<p id=hint>Two</p>", "2 elements have the id hint"),
    ("<input name=e>", "<input name=e> has no label"),
    ("<select name=e></select>", "<select name=e> has no label"),
    ("<p aria-labelledby=gone>Words</p>", "aria-labelledby points to gone, which is not there"),
    ("<ul><p>Words</p></ul>", "<p> stands in <ul>"),
    ("<p>نور 3</p>", "a name runs into what is round it: p: نور 3"),
]


def test_a_page_without_a_fault_has_none_and_its_form_is_known() -> None:
    page = Markup(GOOD % "<div hidden><a href=/c>Go</a><input name=e></div>", at="/x/")
    assert page.faults() == []
    (form,) = page.forms
    assert (form.action, form.asks) == ("/x/?more=1", True)
    sent = [("once", "7"), ("a", ""), ("who", ""), ("c", ""), ("d", ""), ("send", "on")]
    assert form.empty == sent
    assert form.typed == ["a", "who", "d"]


@pytest.mark.by_turns
@pytest.mark.parametrize(("more", "fault"), BAD)
def test_each_fault_is_found(more: str, fault: str) -> None:
    assert Markup(GOOD % more).faults() == [fault]


@pytest.mark.parametrize(
    ("title", "error", "fault"),
    [
        ("Hello", "", "the title “Hello” does not end in the service's name"),
        ("Hello – Rollcall", "Error:", "the title “Hello – Rollcall” does not say that there is an error"),
        ("Error: Hello – Rollcall", "", "the title “Error: Hello – Rollcall” says that there is an error"),
    ],
)
def test_the_title_says_whether_there_is_an_error(title: str, error: str, fault: str) -> None:
    page = (GOOD % "").replace("Hello – Rollcall", title)
    assert Markup(page).faults(error=error) == [fault]


def test_a_page_is_of_another_shape_by_a_class_a_style_or_what_a_box_takes() -> None:
    known = Markup('<p class="govuk-body">Yes</p><input type="text" name="a">').shape
    assert Markup('<p class="govuk-body">No</p><input type="text" name="b">').shape == known
    for other in ('<p class="rc-tile">', '<p class="govuk-body" style="width: 90em">', '<input type="date">'):
        assert Markup(other).shape - known

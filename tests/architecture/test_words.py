"""Every word that a person reads can be translated, and no sentence is put together from translated pieces."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeIs

import pytest
from django.template.base import Lexer, Token, TokenType

from cases.management.catalog import CALLS, REFUSALS, called
from tests.database import ROOT

TEMPLATES = ROOT / "templates"
LETTER = re.compile(r"[^\W\d_]")
# Stands where a template writes something of its own.
HOLE = "\0"
READ_ALOUD = {"title", "alt", "aria-label", "aria-description", "placeholder", "label", "summary"}
# The marking of the government is English in every language; a canary and a test mail are read by machines and by us.
AS_IT_IS = {"OFFICIAL-SENSITIVE", "Ref"}

# Modules whose sentences are read by whoever runs Rollcall, in a terminal or a log, or that invent people.
NO_READER = {
    "alerts/demo.py", "alerts/demo_cast.py", "alerts/demo_covers.py", "alerts/demo_journeys.py", "alerts/demo_papers.py",
    "alerts/demo_plans.py", "alerts/demo_transfers.py",
    "alerts/drills.py", "alerts/health.py", "alerts/integrity.py", "alerts/letters.py",
    "alerts/probes.py", "alerts/watchdog.py", "cases/management/catalog.py", "config/env.py", "config/gunicorn.py",
    "config/logs.py", "config/proxies.py", "config/settings.py", "cases/schema.py",
}  # fmt: skip
NO_READER_FOLDERS = {"migrations", "commands", "population", "demo_states", "channels"}
# What is written down is English, whoever's button wrote it (docs/adr/0025-languages.md).
STORED = {
    "Undone by the person who recorded it", "Could not reach. ", "Another authority is responsible now",
    "Nobody is there to receive it any more",
    "The sender ended each time in the middle of this message", "Police reference and officer recorded", "The alert has ended",
    "Looks after the child in a home", "Watches over the child as guardian", "Searches for the child as police force",
    "Is the duty of the authority where the child is placed", "Northern Ireland", "Checked by ", "Seen by ",
    "A missing episode is open", "Could not reach", "as given by link", "The child lives elsewhere now",
    "The message has gone out since",
    "Whoever was on duty has left", "Found not to be of this child", "Withdrawn where it was recorded",
    "The desk that was asked says so",
    "One of the two may be a danger to the other",
    "The demo answers on its own machine alone.\n",
}  # fmt: skip
PROGRAMMERS = re.compile(r"(Error|Configured|Exit)$")
LOGGERS = {"debug", "info", "warning", "error", "exception"}
PROSE = re.compile(r"^[A-Z“][\w’“”,:;]*( [\w’“”]|\. ?$)")
# What is given to these by name is read on a page, be it one word.
SHOWN = {"label", "help_text", "heading", "title", "empty_label", "verbose_name", "caption"}


# --- Templates


def bare(text: str) -> str:
    """A template without what is translated, and with a hole for each tag and variable."""
    out, until = [], ""
    for token in Lexer(text).tokenize():
        name = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if until:
            until = "" if token.token_type is TokenType.BLOCK and name == until else until
        elif token.token_type is TokenType.TEXT:
            out.append(token.contents)
        elif token.token_type is TokenType.BLOCK and name in {"blocktranslate", "blocktrans", "comment"}:
            until = f"end{name}"
            out.append(HOLE)
        elif token.token_type is not TokenType.COMMENT:
            out.append(HOLE)
    return "".join(out)


class Reading(HTMLParser):
    """The words of a page that stand in no tag of Django's."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        for name, value in attrs:
            pressed = name == "value" and tag == "input" and dict(attrs).get("type") in {"submit", "button"}
            if (name in READ_ALOUD or pressed) and LETTER.search(value or ""):
                self.found.append(f"{name}: {value}")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        words = data.replace(HOLE, " ").strip()
        if not self.silent and LETTER.search(words) and words not in AS_IT_IS:
            self.found.append(words)


def untranslated(text: str, *, html: bool) -> list[str]:
    """What a template shows that no catalogue can hold."""
    given = re.findall(r"\w=\"([A-Z][^\"]*|[^\"=]*[a-z] [a-z][^\"]*)\"", _tags(text))
    if not html:
        lines = (line.replace(HOLE, " ").strip() for line in bare(text).splitlines())
        return given + [line for line in lines if LETTER.search(line) and line not in AS_IT_IS]
    page = Reading()
    page.feed(bare(text).replace(f"<{HOLE}", "<x").replace(f"</{HOLE}", "</x"))
    page.close()
    return given + page.found


def _tags(text: str) -> str:
    """What is handed on by include and with, where a word may be given that nobody translates."""
    tokens = (token.contents for token in Lexer(text).tokenize() if token.token_type is TokenType.BLOCK)
    return "\n".join(one for one in tokens if one.startswith(("include ", "with ")))


def templates() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.is_file())


def test_every_word_of_a_template_can_be_translated() -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for path in templates()
        if (words := untranslated(path.read_text(), html=path.suffix == ".html"))
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>Seen</p>", ["Seen"]),
        ('<p>{% translate "Seen" %} by</p>', ["by"]),
        ('<img alt="A face">', ["alt: A face"]),
        ('<input type="submit" value="Save">', ["value: Save"]),
        ('{% include "x.html" with text="Save it" %}', ["Save it"]),
        ("<script>const Words = 1</script>{# A note #}{% comment %}Why{% endcomment %}", []),
        ("{% blocktranslate %}Seen by {{ name }}{% endblocktranslate %} – 3", []),
        ('<{{ level }} class="govuk-heading-m">{{ title }}</{{ level }}>', []),
    ],
)
def test_a_word_that_nobody_can_translate_is_found(text: str, words: list[str]) -> None:
    assert untranslated(text, html=True) == words


# --- Pieces

# Between two pieces these end a phrase; without one, the second goes on with the sentence of the first.
TURN = re.compile(r"[–·,:;.?!|(]\s*$")
# A line of its own, the other half of a choice, a label under a figure, or a word for whoever hears the page.
APART = re.compile(
    r"</?(p|li|ul|ol|dl|dt|dd|div|h[1-6]|td|th|tr|table|form|button|label|legend|summary|details|section|caption"
    r"|option|br|nav|header|title|a|input|svg|article|main|template|fieldset|thead|tbody|figcaption)\b[^>]*>"
    r"|<span class=\"(?:govuk-visually-hidden|rc-tile__label)\">|\f"
)
VALUE, PIECE = "\x01", "\x02"
SPOKEN = re.compile(r"(?:translate|trans) \"((?:[^\"\\]|\\.)*)\"(?! as )")


def pieces(text: str) -> Iterator[str]:
    """Words that go on with a sentence which something before them on the same line began."""
    flat, said = _flat(text)
    for run in APART.split(flat)[:: APART.groups + 1]:
        begun, before = False, ""
        for part in re.split(r"(\x01|\x02\d+\x02)", re.sub(r"<[^>]*>", "", run)):
            if part == VALUE:
                begun, before = True, ""
            elif part.startswith(PIECE):
                words = said[int(part.strip(PIECE))]
                if begun and words[:1].islower() and not TURN.search(before):
                    yield words
                begun, before = not words.endswith((":", ".", "?")), ""
            else:
                before += part


def _flat(text: str) -> tuple[str, list[str]]:
    """A template with a mark for each value and each piece, and the pieces."""
    out, said, inside = [], [], False
    tokens = Lexer(text).tokenize()
    for index, token in enumerate(tokens):
        name = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type is TokenType.BLOCK and name in {
            "endblocktranslate",
            "endblocktrans",
            "endcomment",
        }:
            inside = False
        elif inside or token.token_type is TokenType.COMMENT:
            continue
        elif token.token_type is TokenType.TEXT:
            out.append(token.contents)
        elif token.token_type is TokenType.VAR or name in {"when", "moment", "stretch"}:
            out.append(VALUE)
        elif name in {"else", "elif"}:
            out.append("\f")
        elif (words := _words_of(tokens, index, name)) is not None:
            out.append(f"{PIECE}{len(said)}{PIECE}")
            said.append(words)
        inside = inside or name in {"blocktranslate", "blocktrans", "comment"}
    return "".join(out), said


def _words_of(tokens: list[Token], index: int, name: str) -> str | None:
    if name in {"translate", "trans"}:
        match = SPOKEN.match(tokens[index].contents)
        return match[1] if match else None
    if name in {"blocktranslate", "blocktrans"} and " asvar " not in tokens[index].contents:
        first = tokens[index + 1]
        return first.contents.strip() if first.token_type is TokenType.TEXT else "X"
    return None


def test_no_sentence_is_put_together_from_pieces() -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for path in templates()
        if path.suffix == ".html" and (words := list(pieces(path.read_text())))
    }
    assert not found


def test_what_is_wrong_with_no_field_stands_in_the_summary_alone() -> None:
    """Django's own list of it would say it a second time, and looks like nothing else of the page."""
    found = [str(path.relative_to(ROOT)) for path in templates() if "non_field_errors" in path.read_text()]
    assert not found


def test_a_piece_of_a_sentence_is_found() -> None:
    assert list(pieces('<p>{% moment x now %} {% translate "to" %} {% moment y now %}</p>')) == ["to"]
    assert list(pieces('<p>{% translate "Ring" %} {{ n|tel }} {% translate "and ask." %}</p>')) == [
        "and ask."
    ]
    assert not list(pieces('<p>{{ x }}, {% translate "ended" %}</p><p>{% translate "now" %}</p>'))
    assert not list(pieces('<p>{% if a %}{{ x }}{% else %}{% translate "now" %}{% endif %}</p>'))


# --- Code


def code() -> Iterator[tuple[str, str]]:
    for app in ("cases", "guardians", "alerts", "config"):
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name not in NO_READER and not NO_READER_FOLDERS & set(path.parts):
                yield name, path.read_text()


def spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts below a node that read as words, where no gettext, error of a programmer or log takes them."""
    inside: list[ast.AST | None] = [tree]
    while inside:
        node = inside.pop()
        # What is unpacked into a dictionary has no key.
        if node is None or isinstance(node, ast.Name):
            continue
        if isinstance(node, ast.Constant):
            if _reads_as_words(node.value):
                yield node.lineno, node.value
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Call):
            name = called(node)
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            logged = name in LOGGERS and getattr(owner, "id", "") == "logger"
            if name in {*CALLS, *REFUSALS} or PROGRAMMERS.search(name) or logged or name == "execute":
                continue
            for keyword in node.keywords:
                text = getattr(keyword.value, "value", None)
                if (
                    keyword.arg in SHOWN
                    and isinstance(text, str)
                    and LETTER.search(text)
                    and text not in STORED
                ):
                    yield keyword.value.lineno, text
        inside += below(node)


def _reads_as_words(text: object) -> TypeIs[str]:
    return (
        isinstance(text, str)
        and PROSE.search(text) is not None
        and re.search("[a-z]{2}", text) is not None
        and text not in STORED
    )


# Fields in which neither a text nor a call stands.
NO_WORDS = {"ctx", "op", "ops", "id", "attr", "arg", "name", "names", "module", "level", "kind", "conversion", "is_async",
            "simple", "type_comment", "type_ignores", "rest"}  # fmt: skip


@cache
def fields(kind: type[ast.AST]) -> list[str]:
    return [field for field in kind._fields if field not in NO_WORDS]


def below(node: ast.AST) -> list[ast.AST | None]:
    """What stands directly below a node and may hold a text or a call."""
    found = list[ast.AST | None]()
    for field in fields(node.__class__):
        value = getattr(node, field)
        if value.__class__ is list:
            found += value
        elif value is not None:
            found.append(value)
    return found


def joined(node: ast.AST) -> Iterator[int]:
    """Lines where translated words are glued to others by +, an f-string or a join."""
    inside: list[ast.AST | None] = [node]
    while inside:
        one = inside.pop()
        if one is None or isinstance(one, ast.Name | ast.Constant):
            continue
        inside += below(one)
        added = isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add)
        if added and (_said(one.left) or _said(one.right)):
            yield one.lineno
        if isinstance(one, ast.JoinedStr) and any(_said(part) for part in _values(one)) and _letters(one):
            yield one.lineno


def _said(node: ast.AST) -> bool:
    """Whether a node is a call of gettext, with its facts or without."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        node = node.left
    return isinstance(node, ast.Call) and called(node) in CALLS


def _values(node: ast.JoinedStr) -> list[ast.expr]:
    return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]


def _letters(node: ast.JoinedStr) -> bool:
    """Whether words stand beside the hole; a dash or a comma between two phrases is no word."""
    texts = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
    return any(LETTER.search(text) for text in texts) or len(_values(node)) > 1


# What glues words to others has a call of gettext in its text.
MARKED = re.compile(rf"\b(?:{'|'.join(CALLS)})\(")


def test_every_sentence_of_the_code_can_be_translated_and_none_is_glued_to_others() -> None:
    for name, text in code():
        tree = ast.parse(text)
        assert not sorted(set(spoken(tree))), f"{name}: nobody can translate these"
        if MARKED.search(text):
            assert not sorted(set(joined(tree))), (
                f"{name}: translated words are glued to others in these lines"
            )


def test_a_sentence_that_nobody_can_translate_is_found_in_code() -> None:
    text = """
'''A docstring is read by us.'''
raise IllegalMove("Enter it.")
raise ValueError("Some words for us")
logger.info("Some words")
messages.success(request, "The role has ended.")
forms.CharField(label="Name", help_text=_("As said"))
"""
    assert [words for _, words in sorted(spoken(ast.parse(text)))] == ["The role has ended.", "Name"]
    assert sorted(
        joined(ast.parse('x = _("Seen") + " " + name\ny = f"{_(\'by\')} {name}"\nz = f"{_(\'Saved\')}."'))
    ) == [1, 2]

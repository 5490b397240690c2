"""The words of the sheet for a child: each with its place, for translators, and how many of them a language has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.template.base import Node, NodeList, TextNode
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import gettext, gettext_lazy, override

from alerts import child_sheets
from cases.context import OWN_NAMES
from guardians.models import NoGuardian

SHEET = "alerts/child_sheet_words.html"
PEOPLE = gettext_lazy("Who looks out for you")


@dataclass(frozen=True)
class Word:
    """One sentence in English, as the catalogue of a language has it, and the heading under which it stands."""

    place: str
    text: str


@dataclass(frozen=True)
class Language:
    """A language of this service, and how many sentences of the sheet stand in it."""

    code: str
    own_name: str
    done: int
    all: int

    @property
    def is_original(self) -> bool:
        return self.code == settings.LANGUAGE_CODE

    @property
    def says(self) -> str:
        """In which language the paper is, for whoever has it read aloud: where nothing is translated, in English."""
        return self.code if self.done else settings.LANGUAGE_CODE

    @property
    def direction(self) -> str:
        """Which way the paper runs: "rtl" or "ltr"; where nothing is translated, as English does."""
        return "rtl" if self.says.partition("-")[0] in settings.LANGUAGES_BIDI else "ltr"


def words() -> list[Word]:
    """Every sentence of the sheet in English, in the order of the paper; then those that stand there of some children."""
    with override(settings.LANGUAGE_CODE):
        found = list(_of_template(get_template(SHEET).template.nodelist))  # type: ignore[attr-defined]
        people = [*child_sheets.PARTS, *(label for value, label in NoGuardian.Fallback.choices if value)]
        found += [Word(str(PEOPLE), str(part)) for part in people]
    return list(dict.fromkeys(found))


def languages() -> Sequence[Language]:
    """Those in which the paper can be printed: the languages of this service."""
    texts = [word.text for word in words()]
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            done = sum(gettext(text) != text for text in texts)
        found.append(
            Language(
                code,
                OWN_NAMES.get(code) or LANG_INFO.get(code, {}).get("name_local", code),
                len(texts) if code == settings.LANGUAGE_CODE else done,
                len(texts),
            )
        )
    return found


def language(code: str) -> Language:
    """The one of this code; English where there is none of it."""
    known = {one.code: one for one in languages()}
    return known.get(code, known[settings.LANGUAGE_CODE])


def _of_template(nodes: NodeList) -> Iterator[Word]:
    place, is_heading = "", False
    for node in _flat(nodes):
        if isinstance(node, TextNode):
            is_heading = node.s.rpartition("<")[2].startswith(("h1", "h2"))
            continue
        text = _text(node)
        if not text:
            continue
        place = text if is_heading else place
        yield Word(place, text)


def _flat(nodes: NodeList) -> Iterator[Node]:
    """The nodes in the order in which they stand, those within a loop or a condition too."""
    for node in nodes:
        yield node
        for name in node.child_nodelists:
            inner = getattr(node, name, None)
            if inner:
                yield from _flat(inner)


def _text(node: Node) -> str:
    if isinstance(node, TranslateNode):
        return str(node.filter_expression.var.literal)
    if isinstance(node, BlockTranslateNode):
        text, _names = node.render_token_list(node.singular)
        return str(text)
    return ""

"""The catalogue of words: found in the code and the templates, kept in locale/*.po, and compiled where Rollcall runs.

GNU gettext is on few machines, so nothing here needs it.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.template.base import Lexer, Token, TokenType
from django.utils.translation import trim_whitespace

APPS = ("cases", "guardians", "alerts", "config")
# Where the words of a call stand: how many arguments before them, and whether the next is their plural.
CALLS = {
    "_": (0, False),
    "gettext": (0, False),
    "gettext_lazy": (0, False),
    "gettext_noop": (0, False),
    "ngettext": (0, True),
    "ngettext_lazy": (0, True),
    "pgettext": (1, False),
    "pgettext_lazy": (1, False),
    "npgettext": (1, True),
}
# These say their words in the reader's language by themselves (cases/moves.py).
REFUSALS = (
    "AddressRefused",
    "IllegalMove",
    "NotSaid",
    "NeedsJourney",
    "NotAhead",
    "NotAsked",
    "NotChecked",
    "EndedAlready",
    "HasDied",
    "HomeClosed",
    "InTheFuture",
    "RungEarlier",
    "KeyTaken",
    "Mistyped",
    "NotBelieved",
    "SaidSince",
    "NotIndependent",
    "OnTheWay",
    "OtherGround",
    "Overtaken",
    "SentBefore",
    "ShownOtherwise",
    "Stale",
    "WrongCode",
    "StillLate",
    "WrongDay",
    "WrongEnd",
    "WrongLast",
    "WrongMoment",
    "WrongStart",
    "Unexplained",
    "WrongStop",
    "WrongTime",
)
# Whatever gives words to one of these has a call of it in its text: nothing else is read through.
SAYS = re.compile(rf"\b(?:{'|'.join((*CALLS, *REFUSALS))})\(")
FOLDERS = {"migrations", "commands"}
LITERAL = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
TRANSLATE = re.compile(rf"(?:translate|trans)\s+{LITERAL}(?:.*\bcontext\s+{LITERAL})?")
MARKED = re.compile(rf"_\({LITERAL}\)")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
CONTEXT = re.compile(rf"\bcontext\s+{LITERAL}")


@dataclass(frozen=True)
class Words:
    """One msgid of the catalogue; `place` is the file it was found in."""

    singular: str
    plural: str = ""
    context: str = ""
    place: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.singular


# --- What is found


def found(root: Path) -> list[Words]:
    """Return every msgid of the product below `root`, in the order of its files, each once for each file."""
    code = (path for app in APPS for path in sorted((root / app).rglob("*.py")))
    pages = sorted(path for path in (root / "templates").rglob("*") if path.is_file())
    seen: dict[Words, None] = {}
    for path in code:
        if not FOLDERS & set(path.parts):
            seen |= dict.fromkeys(of_code(path.read_text(encoding="utf-8"), str(path.relative_to(root))))
    for path in pages:
        seen |= dict.fromkeys(of_template(path.read_text(encoding="utf-8"), str(path.relative_to(root))))
    return list(seen)


def of_code(text: str, place: str) -> Iterator[Words]:
    """Yield the words that a Python module gives to gettext or to a refusal."""
    if not SAYS.search(text):
        return
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    for node in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
        name = called(node)
        skip, plural = CALLS.get(name, (0, False))
        if name in REFUSALS and node.args:
            yield from (Words(one, place=place) for one in literals(node.args[0]))
        elif name in CALLS and len(node.args) > skip:
            context = next(literals(node.args[0]), "") if skip else ""
            many = next(literals(node.args[skip + 1]), "") if plural else ""
            yield from (Words(one, many, context, place) for one in literals(node.args[skip]))


def called(node: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the text of an argument, and both texts of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def of_template(text: str, place: str) -> Iterator[Words]:
    """Yield the words of {% translate %}, {% blocktranslate %} and _("…") in a template."""
    tokens = iter(Lexer(text).tokenize())
    for token in tokens:
        if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
            continue
        name = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if name in {"blocktranslate", "blocktrans"} and token.token_type is TokenType.BLOCK:
            yield _block(token, tokens, place)
        elif name in {"translate", "trans"} and (match := TRANSLATE.match(token.contents)):
            yield Words(_plain(match[1]), context=_plain(match[2] or ""), place=place)
        else:
            yield from (Words(_plain(one), place=place) for one in MARKED.findall(token.contents))


def _block(opening: Token, tokens: Iterator[Token], place: str) -> Words:
    """Read on to {% endblocktranslate %}; the msgid is spelt as Django spells it when it looks it up."""
    parts, current = ["", ""], 0
    for token in tokens:
        name = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type is TokenType.BLOCK and name == "plural":
            current = 1
        elif token.token_type is TokenType.BLOCK:
            break
        elif token.token_type is TokenType.VAR:
            parts[current] += f"%({token.contents})s"
        elif token.token_type is TokenType.TEXT:
            parts[current] += token.contents.replace("%", "%%")
    if re.search(r"\btrimmed\b", opening.contents):
        parts = [trim_whitespace(part) for part in parts]
    context = CONTEXT.search(opening.contents)
    return Words(parts[0], parts[1], _plain(context[1]) if context else "", place)


def _plain(literal: str) -> str:
    """Return what stands between the quotes, as a template's literal means it, with "%" doubled."""
    return literal[1:-1].replace('\\"', '"').replace("\\'", "'").replace("%", "%%") if literal else ""


# --- The files


def files(root: Path | None = None) -> list[Path]:
    """Return the catalogues that are kept."""
    folder = root / "locale" if root else Path(settings.LOCALE_PATHS[0])
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def read(file: Path) -> polib.POFile:
    """Return the entries of a catalogue."""
    return polib.pofile(str(file))


def absent(words: Iterable[Words], file: Path) -> list[Words]:
    """Return the words that a catalogue does not know, or knows with another plural."""
    known = {(one.msgctxt or "", one.msgid): one.msgid_plural or "" for one in read(file)}
    plurals = {one.key: one.plural for one in words if one.plural}
    return [one for one in words if known.get(one.key) != plurals.get(one.key, "")]


def update(root: Path, file: Path) -> tuple[int, int]:
    """Write the catalogue anew with what is found; translations stay, words that are gone go.

    Returns how many words there are and how many are translated.
    """
    old = read(file)
    held = {(one.msgctxt or "", one.msgid, one.msgid_plural or ""): one for one in old}
    fresh = polib.POFile(wrapwidth=110)
    fresh.metadata, fresh.header = old.metadata, old.header
    forms = range(int(re.findall(r"nplurals=(\d+)", old.metadata["Plural-Forms"])[0]))
    words = found(root)
    plurals = {one.key: one.plural for one in words if one.plural}
    places: dict[tuple[str, str], list[str]] = {}
    for one in words:
        places.setdefault(one.key, []).append(one.place)
    for (context, singular), where in places.items():
        plural = plurals.get((context, singular), "")
        entry = polib.POEntry(
            msgid=singular, msgctxt=context or None, occurrences=[(one, "") for one in where]
        )
        if plural:
            entry.msgid_plural, entry.msgstr_plural = plural, dict.fromkeys(forms, "")
        if same := held.get((context, singular, plural)):
            entry.msgstr, entry.msgstr_plural, entry.tcomment = same.msgstr, same.msgstr_plural, same.tcomment
        if PLACEHOLDER.search(singular):
            entry.flags.append("python-format")
        fresh.append(entry)
    fresh.save(str(file))
    return len(fresh), len(fresh.translated_entries())


def compile_all() -> int:
    """Write the .mo beside each .po that is newer than it; return how many were written."""
    written = 0
    for file in files():
        compiled = file.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= file.stat().st_mtime_ns:
            continue
        own = compiled.with_suffix(f".{os.getpid()}")
        read(file).save_as_mofile(str(own))
        # In one step: another process may be reading it.
        own.replace(compiled)
        written += 1
    return written

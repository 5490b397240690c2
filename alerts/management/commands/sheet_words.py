"""Print the catalogue that a translator of the child's sheet begins with: its words alone, in the order of the paper."""

import re
from pathlib import Path
from typing import Any

import django
import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext, override

from alerts.sheet_words import words
from cases.management import catalog

CODE = re.compile(r"[a-z]{2,3}(-[a-z]{2,8})?")
# Of a language that Django knows nothing of: whoever compiles it puts in how it counts.
TWO_FORMS = "nplurals=2; plural=(n != 1);"
HEADER = """\
The words of Rollcall's sheet for a child.
Write the translation between the quotes of msgstr, and leave msgid as it is. What stands between %( and )s is a name or
a number: it is put in as it is, and may stand wherever the language wants it. Write for a child of twelve, and say you
as one says it to a child. The line above each sentence says under which heading it stands."""


class Command(BaseCommand):
    help = (
        "Print a .po file of the words on the sheet for a child, to be filled in by a translator of --language, with what"
        " is translated already."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--language", required=True, help="the code of the language: ar, ti, vi, ckb, sq …"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["language"]
        if not CODE.fullmatch(code):
            raise CommandError("Name the language by its code, as in ar, ti or ckb.")
        self.stdout.write(str(template(code)), ending="")


def template(code: str) -> polib.POFile:
    """Every sentence of the sheet with its heading, blank but for what this service has in that language already."""
    file = polib.POFile(wrapwidth=110)
    file.header = HEADER
    file.metadata = {
        "Project-Id-Version": "rollcall",
        "Language": code,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": _plural_forms(code),
    }
    is_offered = code in dict(settings.LANGUAGES)
    places: dict[str, str] = {}
    for word in words():
        # A catalogue has each sentence once, wherever it stands.
        places.setdefault(word.text, word.place)
    for text, place in places.items():
        entry = polib.POEntry(msgid=text, comment=place)
        if is_offered:
            with override(code):
                said = gettext(text)
            entry.msgstr = "" if said == text else said
        if catalog.PLACEHOLDER.search(text):
            entry.flags.append("python-format")
        file.append(entry)
    return file


def _plural_forms(code: str) -> str:
    """How the language counts, as Django has it."""
    known = Path(django.__file__).parent / "conf" / "locale" / code.replace("-", "_") / "LC_MESSAGES"
    if not (known / "django.mo").exists():
        return TWO_FORMS
    return polib.mofile(str(known / "django.mo")).metadata.get("Plural-Forms", TWO_FORMS)

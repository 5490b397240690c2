"""What is refused as a password: what a guesser tries first. How it is put together is nobody's business [NCSC]."""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases.models import User

# Beside the twenty thousand that Django knows: what lies at hand here.
OF_THE_SERVICE = frozenset(
    {"rollcall", "password", "welcome", "council", "children", "child", "missing", "guardian", "police"}
    | {"social", "worker", "duty", "night", "letmein", "secret", "login", "admin", "changeme", "qwerty"}
)
# Letters and figures that must be there beside all this.
OWN_LETTERS = 6
SHORTEST_WORD = 3
LOOKS_LIKE = str.maketrans("013457$@", "oleastsa")
YEAR = re.compile(r"(19|20)\d\d")


class GuessableValidator:
    """Refuse what is made of the person's name or address, the service's own words, common passwords, years and runs.

    Any length, any signs, spaces too: twelve figures that are no run are taken, and so are three words.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a password that says little beside such words."""
        plain = _fold(password)
        tried = {plain, plain.translate(LOOKS_LIKE)}
        if any(_is_little(text, _words(user)) for text in tried):
            raise ValidationError(
                _(
                    "This is easy to guess: it is a name, a word of this service, or a password that many use, with "
                    "little beside it. Take three words that belong together for nobody else."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("At least 12 characters. Three words that belong together for nobody else do well.")


def _is_little(text: str, words: frozenset[str]) -> bool:
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", text)
    if core in _common():
        return True
    left = YEAR.sub("", text)
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    left = _without_runs(re.sub(r"[\W_]+", "", left))
    return len(left) < OWN_LETTERS or len(set(left)) < OWN_LETTERS - 2


def _without_runs(text: str) -> str:
    """The text without what repeats the sign before, or follows it by one: aaaa, 1234, 4321."""
    follows = (abs(ord(sign) - ord(before)) <= 1 for before, sign in pairwise(text))
    return text[:1] + "".join(sign for sign, is_run in zip(text[1:], follows, strict=True) if not is_run)


def _words(user: User | None) -> frozenset[str]:
    own = f"{user.name} {user.email}" if user is not None else ""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    known = re.findall(r"[^\W\d_]+", _fold(f"{own} {settings.SERVICE_NAME} {host}"))
    return OF_THE_SERVICE | {word for word in known if len(word) >= SHORTEST_WORD}


def _fold(text: str) -> str:
    """In small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)

"""The words of the language that nearly everybody reads, each looked up once in a process, and in which we write down."""

from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import trans_real

# More than there are sentences; what is made up on the way does not stay for ever.
KEPT = 8192


def written(words: str | Promise) -> str:
    """These words of ours as they are written down: in English, whoever's button writes them; a page shows what stands."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words)


def remember() -> None:
    """Let the default language keep what it has looked up.

    Django asks the catalogue of each app in turn for every sentence, and English is found in none of them: five
    fruitless calls for each word of each mail and page, a fifteenth of what it takes to write a mail.
    """
    language = trans_real.translation(settings.LANGUAGE_CODE)
    vars(language)["gettext"] = lru_cache(KEPT)(language.gettext)

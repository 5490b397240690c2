"""Where the record still names somebody from whom a child is kept: people read it there, and act on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from cases import escorts, find_me, sign_keys
from cases.episodes import reports
from cases.models import Child, MissingEpisode, User

# Words that are shorter, or numbers, stand for too many.
SHORTEST_NUMBER = 7


@dataclass(frozen=True)
class Named:
    """What names them, and the page on which that is changed."""

    title: str
    href: str


def where(child: Child, person: User) -> list[Named]:
    """The safe-return plan of the open search and the sections of the find-me profile that name them as they stand.

    By the name as it is heard, the number as it is dialled, or the mail address; nothing of what is written there.
    """
    found = list(_plans(child, person))
    for key, row in find_me.standing(child).items():
        if any(_names(str(words), person) for words in row.answers.values()):
            title = _("Find-me profile: %(section)s") % {"section": find_me.SECTIONS[key].title}
            found.append(Named(title, reverse("find_me_section", args=[child.reference, key])))
    return found


def _plans(child: Child, person: User) -> Iterator[Named]:
    episode = MissingEpisode.objects.open().filter(child=child).first()
    report = reports.latest(episode) if episode is not None else None
    if report is not None and _names(report.collected_by, person):
        href = reverse("missing_report", args=[child.reference])
        yield Named(_("Missing report: who collects the child when it is found"), href)


def _names(words: str, person: User) -> bool:
    mail, name = person.outside_mail or person.email, escorts.plain(person.name)
    number = sign_keys.phone(person.phone)[-sign_keys.COMPARED :]
    # A name inside another word is none.
    called = bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", escorts.plain(words)) is not None
    rung = len(number) >= SHORTEST_NUMBER and number in sign_keys.phones(words)
    return called or rung or bool(mail and mail.casefold() in words.casefold())

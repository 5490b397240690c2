"""A found child in words: what was written down, and which fields agree with a search and speak against it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.found_matching import Match
from cases.images import portrait_size
from cases.models import FoundChild, FoundMatch, FoundPhoto, MissingEpisode, Sex
from cases.search import found as searching
from cases.templatetags.govuk import gov_when

FIELDS: Mapping[str, Promise] = {
    "phone": gettext_lazy("the phone number"),
    "name": gettext_lazy("a name that sounds alike"),
    "marks": gettext_lazy("the description"),
    "clothing": gettext_lazy("the clothing"),
    "language": gettext_lazy("the language"),
    "age": gettext_lazy("the age"),
    "sex": gettext_lazy("the sex"),
    "force": gettext_lazy("the police force"),
    "time": gettext_lazy("seen elsewhere after this child was found"),
}


def in_words(fields: Iterable[str], match: Match) -> list[str]:
    """These fields in words; of a description the words that both have."""
    said = {"marks": match.looks, "clothing": match.clothing}
    return [
        f"{FIELDS[field]} ({', '.join(said[field])})" if said.get(field) else str(FIELDS[field])
        for field in fields
    ]


def facts(found: FoundChild, now: datetime, *, is_told: bool = True) -> list[tuple[str, str]]:
    """What was written down, row by row; what nobody knows has none.

    Whoever is not told whose child it was reads no more of where it is.
    """
    ages = [str(age) for age in dict.fromkeys((found.age_from, found.age_to)) if age is not None]
    rows = [
        (_("Found"), f"{gov_when(found.found_at, now)}, {found.place}"),
        (_("Found by"), found.found_by),
        (_("Police force there"), found.force.name if found.force is not None else ""),
        (_("With whom now"), found.cared_for if is_told else ""),
        (_("Names given"), _all(found, "names", now)),
        (_("Sex"), "" if found.sex == Sex.UNKNOWN else str(found.get_sex_display())),
        (_("Looks how old"), " – ".join(ages)),
        (_("Description"), _all(found, "looks", now)),
        (_("Clothing"), _all(found, "clothing", now)),
        (_("Languages"), _all(found, "languages", now)),
        (_("Phone"), _all(found, "phone", now)),
        (_("Said, showed or carried"), _all(found, "said", now)),
    ]
    return [(label, words) for label, words in rows if words]


@dataclass(frozen=True)
class Shown:
    """One photo of a found child, half as large as its portrait."""

    photo: FoundPhoto
    width: int
    height: int


def photos(found: FoundChild, visible: QuerySet[FoundPhoto]) -> list[Shown]:
    """Those of the photos that the reader may look at that are of this child, newest first."""
    sizes = [(row, portrait_size(row.width, row.height)) for row in visible.filter(found=found)]
    return [Shown(row, round(width / 2), round(height / 2)) for row, (width, height) in sizes]


def _all(found: FoundChild, field: str, now: datetime) -> str:
    """What was first written down of this field, then what was added, with when."""
    added = [(one, _one(getattr(one, field))) for one in found.additions.all()]
    later = (
        _("%(words)s (added %(when)s)") % {"words": words, "when": gov_when(one.recorded_at, now)}
        for one, words in added
        if words
    )
    return "; ".join(part for part in (_one(getattr(found, field)), *later) if part)


def _one(given: str | list[str]) -> str:
    return given if isinstance(given, str) else ", ".join(given)


def of_search(
    episode: MissingEpisode, *, now: datetime
) -> list[tuple[FoundChild, list[str], list[str], str]]:
    """The found children who may be the one of this search: what agrees, what speaks against it, and which desk to ring."""
    likely = searching.found_for(episode, at=now)
    phones = searching.desk_phones((found for found, _match in likely), at=now)
    return [
        (found, in_words(one.agree, one), in_words(one.against, one), phones[found.pk])
        for found, one in likely
    ]


def all_asked(episode: MissingEpisode) -> list[tuple[FoundMatch, list[FoundMatch]]]:
    """What was last asked about each found child, in the order of the first asking, with the answers before it."""
    rows = episode.found_matches.select_related(
        "found__matter", "found__authority", "found__force", "answered_by"
    )
    asked: dict[int, list[FoundMatch]] = {}
    for row in rows.prefetch_related("found__additions"):
        asked.setdefault(row.found_id, []).append(row)
    return [(answers[-1], answers[:-1]) for answers in asked.values()]


def asked_about(episode: MissingEpisode, found_id: int) -> tuple[FoundMatch, list[FoundMatch]]:
    """The same of one found child."""
    return next(one for one in all_asked(episode) if one[0].found_id == found_id)

"""Which open searches, everywhere, a found child may belong to, and of each what a desk that is not its own may read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from cases import access, listed_names, sign_keys
from cases.access import Permission
from cases.deadlines import london_day, years
from cases.found_matching import Found, Match, Sought, match
from cases.listed_names import Kind
from cases.models import (
    Authority,
    Child,
    FindMeSection,
    FoundChild,
    FoundMatch,
    MissingEpisode,
    MissingReport,
    NameKey,
    Sex,
    User,
)
from cases.models.children import ChildQuerySet
from cases.references import Reference
from cases.search import finding, folding, likeness, prospects
from cases.search.matches import ALIKE, LOOKED_AT
from cases.search.signs import desks_of, hidden_from, responsible_for

# More would be leafing through the searches of others.
MOST_SHOWN = 10


@dataclass(frozen=True)
class Candidate:
    """One search: enough to recognise a child by and to ring. Of a restricted record that there is a search, and whom to ring."""

    episode: MissingEpisode
    authority: Authority
    phone: str
    forces: tuple[str, ...]
    match: Match
    age: int | None = None
    sex: str = ""
    is_own: bool = False

    @property
    def is_restricted(self) -> bool:
        return not self.match.agree


@dataclass(frozen=True)
class Candidates:
    """The likeliest searches, and whether there are more that are no less likely than the last of them."""

    rows: tuple[Candidate, ...] = ()
    more: bool = False


def candidates(found: FoundChild, user: User, *, at: datetime) -> Candidates:
    """The open searches that the found child may belong to, the likeliest first; `PermissionDenied` where no desk is worked.

    From whom a child is kept reads nothing of its search, and in its own authority nor does anybody to whom its
    restricted record is not open: that there is one would tell them.
    """
    own = access.duty_authorities(user, at=at)
    closed = access.closed_to(user, at)
    hidden = hidden_from(user, responsible_for(closed, at), own=own, at=at)
    shown, matches = _compared(found, sought().exclude(child__in=hidden), at)
    likely = sorted(matches, key=lambda pk: (*matches[pk].order, -shown[pk].since.timestamp()))
    responsible = responsible_for(likely[:MOST_SHOWN], at)
    desks = desks_of({responsible[pk].pk for pk in likely[:MOST_SHOWN]}, at=at)
    rows = [
        Candidate(
            shown[pk],
            responsible[pk],
            desks.get(responsible[pk].pk, settings.DUTY_LINE),
            tuple(row.force.name for row in shown[pk].forces.all()),
            matches[pk],
            _age(shown[pk].child, at),
            shown[pk].child.sex,
            is_own=responsible[pk].pk in own,
        )
        for pk in likely[:MOST_SHOWN]
    ]
    return Candidates(tuple(_of_reader(row, closed) for row in rows), len(likely) > MOST_SHOWN)


@dataclass(frozen=True)
class Told:
    """A search of which somebody was told by its reference, and the desk that its owners are rung at."""

    episode: MissingEpisode
    authority: Authority
    phone: str


@dataclass(frozen=True)
class Asked:
    """A search whose owners were asked; what they wrote is for those who may open the child's record."""

    match: FoundMatch
    reads_note: bool = False
    # What was answered before its owners were asked again, or put it right, is history.
    stands: bool = True

    @property
    def episode(self) -> MissingEpisode:
        return self.match.episode


def asked(found: FoundChild, user: User, *, at: datetime) -> tuple[Asked, ...]:
    """The searches whose owners were asked about this found child, without those of which `user` is told nothing."""
    own = access.duty_authorities(user, at=at)
    rows = list(found.matches.select_related("episode__child"))
    told = _told_of({row.episode.child_id for row in rows}, user, own, at)
    open_to = access.children(user, Permission.SEE_RECORD, at=at).filter(pk__in=told)
    reads = set(open_to.values_list("pk", flat=True))
    last = {row.episode_id: row.pk for row in rows}
    return tuple(
        Asked(row, row.episode.child_id in reads, row.pk == last[row.episode_id])
        for row in rows
        if row.episode.child_id in told
    )


def by_reference(reference: Reference, user: User, *, at: datetime) -> Told | None:
    """The open search of this reference, with the desk to ring; none where there is none, or `user` is told of none.

    Whoever rings may have the reference of the child alone: its open search is meant, of which there is one at most.
    """
    own = access.duty_authorities(user, at=at)
    wanted = sought().filter(child__reference=reference.child)
    if reference.episode is not None:
        wanted = wanted.filter(number=reference.episode)
    episode = wanted.first()
    if episode is None:
        return None
    authority = _told_of([episode.child_id], user, own, at).get(episode.child_id)
    if authority is None:
        return None
    return Told(episode, authority, desks_of({authority.pk}, at=at).get(authority.pk, settings.DUTY_LINE))


def _told_of(ids: Collection[int], user: User, own: Collection[int], at: datetime) -> dict[int, Authority]:
    """Of these children those of whom `user` may read that they are looked for, and who is responsible for each."""
    responsible = responsible_for(ids, at)
    hidden = hidden_from(user, responsible, own=own, at=at)
    return {pk: authority for pk, authority in responsible.items() if pk not in hidden}


def _of_reader(row: Candidate, closed: Collection[int]) -> Candidate:
    """Of a record that is not open to the reader neither what agrees nor what the child is like."""
    if row.episode.child_id not in closed:
        return row
    return replace(row, match=Match((), ()), age=None, sex="")


def found_for(episode: MissingEpisode, *, at: datetime) -> list[tuple[FoundChild, Match]]:
    """The found children whom nobody has identified and who may be the one of this search, the likeliest first.

    Those about whom its owners were asked are left out, until more is known than when they answered.
    """
    if not episode.is_looked_for:
        return []
    asked = episode.found_matches.standing().select_related("found").prefetch_related("found__additions")
    said = {row.found_id for row in asked if not row.more_is_known}
    others = FoundChild.objects.open().exclude(pk__in=said).select_related("matter", "authority")
    names = NameKey.objects.filter(child=episode.child_id).values_list("name", flat=True)
    words, one = [folding.words(name) for name in names], as_sought(episode, at=at)
    rows = [
        (found, match(_given(found), replace(one, sounds_alike=_sounds_alike(found, words))))
        for found in others.prefetch_related("additions")
    ]
    worth = (row for row in rows if row[1].is_worth_a_look)
    return sorted(worth, key=lambda row: row[1].order)[:MOST_SHOWN]


def desk_phones(rows: Iterable[FoundChild], *, at: datetime) -> dict[int, str]:
    """By found child the number of the desk that has it."""
    desk_of = {found.pk: found.authority_id for found in rows}
    desks = desks_of(set(desk_of.values()), at=at)
    return {pk: desks.get(authority, settings.DUTY_LINE) for pk, authority in desk_of.items()}


def sought() -> QuerySet[MissingEpisode]:
    """The searches in which nobody has been with the child yet, also those that silence opened alone; no drill's.

    A child whom nobody has recorded may stand before somebody else before anybody has said that it is gone. Who is away is
    where it is known to be, and is looked for once the police are owed word.
    """
    rows = MissingEpisode.objects.looked_for().filter(child_confirmed_at=None, child__is_drill=False)
    standing = MissingReport.objects.order_by("episode_id", "-version").distinct("episode_id")
    profiles = FindMeSection.objects.standing().filter(section=prospects.SECTION)
    return rows.select_related("child").prefetch_related(
        "forces__force",
        Prefetch("reports", queryset=standing),
        Prefetch("child__find_me_sections", queryset=profiles),
    )


def _compared(
    found: FoundChild, rows: QuerySet[MissingEpisode], at: datetime
) -> tuple[dict[int, MissingEpisode], dict[int, Match]]:
    """Of these searches those worth a look, by child, and field by field why; the names by the search by sound."""
    given = _given(found)
    alike = _alike(found, Child.objects.filter(pk__in=rows.order_by().values("child")))
    likely = prospects.plausible(rows, given, alike=alike, today=london_day(at))
    episodes = {one.child_id: one for one in likely}
    matches = {
        pk: match(given, replace(as_sought(one, at=at), sounds_alike=pk in alike))
        for pk, one in episodes.items()
    }
    return episodes, {pk: one for pk, one in matches.items() if one.is_worth_a_look}


def _given(found: FoundChild) -> Found:
    """All that is known of a found child by now, as it is compared."""
    return Found(
        found_at=found.found_at,
        sex="" if found.sex == Sex.UNKNOWN else found.sex,
        age_from=found.age_from,
        age_to=found.age_to,
        # An older record may call the same language otherwise.
        languages=tuple(
            word for one in found.known("languages") for word in listed_names.words(Kind.LANGUAGE, one)
        ),
        looks="; ".join(found.known("looks")),
        clothing="; ".join(found.known("clothing")),
        phone_keys=_keys(found.known("phone")),
        force_id=found.force_id,
    )


def as_sought(episode: MissingEpisode, *, at: datetime) -> Sought:
    """What is on record of the child of a search, but whether its names sound alike."""
    child = episode.child
    return Sought(
        since=episode.since,
        sex="" if child.sex == Sex.UNKNOWN else child.sex,
        age=_age(child, at),
        languages=tuple(child.languages),
        looks=child.description,
        clothing=episode.wearing,
        phone_keys=(*_keys((child.phone, child.safe_phone, _with_it(episode))), *_further(child)),
        force_ids=tuple(row.force_id for row in episode.forces.all()),
    )


def _with_it(episode: MissingEpisode) -> str:
    """The phone that the child has with it, as the report that stands says."""
    reports = list(episode.reports.all())
    return reports[-1].child_phone if reports else ""


def _further(child: Child) -> tuple[str, ...]:
    """The further numbers of the find-me profile, as they are compared: they stand in words."""
    known = [one for one in child.find_me_sections.all() if one.section == prospects.SECTION]
    return sign_keys.phones(known[-1].answers.get(prospects.QUESTION, "")) if known else ()


def _keys(numbers: Iterable[str]) -> tuple[str, ...]:
    """The numbers as they are compared; without those that are none."""
    keys = (sign_keys.phone(number)[-sign_keys.COMPARED :] for number in numbers)
    return tuple(key for key in keys if key)


def _alike(found: FoundChild, children: ChildQuerySet) -> set[int]:
    """Those of `children` that the search by sound finds by one of the names given, and that are alike as a whole."""
    given = found.known("names")
    hits = ((name, one) for name in given for one in finding.by_name(children, name, most=LOOKED_AT))
    # One name of two is what a child says: it is found by it, and the whole is compared for the rest.
    return {one.child_id for name, one in hits if _is_alike(name, folding.words(one.name))}


def _sounds_alike(found: FoundChild, names: Iterable[Sequence[str]]) -> bool:
    """The same for the folded names of one child: none that the search by sound would find is left out."""
    return any(_is_alike(given, words) for given in found.known("names") for words in names)


def _is_alike(given: str, words: Sequence[str]) -> bool:
    return likeness.sought(folding.words(given), words) >= ALIKE


def _age(child: Child, at: datetime) -> int | None:
    """In whole years, as far as the birth date is known."""
    return years(child.birth_date, today=london_day(at)) if child.birth_date is not None else None


def put_on_record(user: User, rows: Iterable[Candidate | Asked | Told], **asked: object) -> None:
    """Each line shown is a read of its child, every time; a child in two of them is read once."""
    ids = dict.fromkeys(row.episode.child_id for row in rows)
    access.put_listed_on_record(user, ids, Permission.WORK_DUTY_DESK, always=True, **asked)  # type: ignore[arg-type]


__all__ = [
    "Asked",
    "Candidate",
    "Candidates",
    "Told",
    "as_sought",
    "asked",
    "by_reference",
    "candidates",
    "desk_phones",
    "found_for",
    "put_on_record",
]

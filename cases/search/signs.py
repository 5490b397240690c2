"""Where a number plate or a phone number is on record, across homes and councils, and of whom it may be told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Length, Right, Upper
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import access, barred, sign_keys
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    Document,
    EpisodeFinding,
    EpisodeUpdate,
    FindMeSection,
    MissingReport,
    Responsibility,
    ReturnInterview,
    Sign,
    Team,
    Trigger,
    User,
)

# More would not be read.
MOST_SHOWN = 50
# So much of a plate is looked for in words too: less stands in half of all sentences.
LEAST_IN_WORDS = 5
# In these somebody says in words of their own who came; what the engine enters speaks of no car and no number.
_TOLD_IN_WORDS = (Trigger.Kind.APPROACH, Trigger.Kind.NEW_CONTACT, *Trigger.OF_CONTACT)
_WORDS = Concat(
    "note", Value(" "), "person", Value(" "), "vehicle", Value(" "), "place", output_field=TextField()
)


@dataclass(frozen=True)
class Match:
    """Once that it is on record: when, what it was, whose desk knows more; the child and the words for who may read them."""

    at: datetime
    what: str | Promise
    authority: Authority
    phone: str
    # None of what stands on a council's list and is about no child.
    child_id: int | None
    child: Child | None = None
    words: str = ""
    # Of whoever came, for who may read the words.
    photo: Document | None = None


@dataclass(frozen=True)
class Found:
    """What a search came to, the newest first, and whether there is more."""

    matches: tuple[Match, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class _Row:
    at: datetime
    what: str | Promise
    child_id: int
    words: str
    photo: Document | None = None


def find(user: User, *, plate: str, phone: str, at: datetime) -> Found:
    """Where this plate, or this number, is on record; `PermissionDenied` for whoever works on no duty desk.

    A child whose record `user` may not read is not named and nothing of what was written is shown: when, what kind, and
    the duty desk of the authority. From whom a child is kept, and in their own authority from whom its record is
    restricted, is shown nothing: that something is on record would tell them.
    """
    authorities = access.duty_authorities(user, at=at)
    rows = [*_came(plate, phone), *_written(plate, phone), *_of_searches(plate, phone)]
    rows.sort(key=lambda row: row.at, reverse=True)
    responsible = responsible_for({row.child_id for row in rows}, at)
    hidden = hidden_from(user, responsible, own=authorities, at=at)
    shown = [row for row in rows if row.child_id not in hidden and row.child_id in responsible]
    ids = {row.child_id for row in shown}
    listed = list(_listed(plate, phone))
    read = access.children(user, Permission.SEE_RECORD, at=at).filter(pk__in=ids).in_bulk()
    desks = desks_of({responsible[pk].pk for pk in ids} | {sign.authority_id for sign in listed}, at=at)
    matches = [
        *(_match(row, responsible[row.child_id], desks, read) for row in shown),
        *(_of_list(sign, desks, own=sign.authority_id in authorities) for sign in listed),
    ]
    matches.sort(key=lambda one: one.at, reverse=True)
    return Found(tuple(matches[:MOST_SHOWN]), len(matches) > MOST_SHOWN)


def _of_list(sign: Sign, desks: dict[int, str], *, own: bool) -> Match:
    """Of another council's list it is told that it stands there, and whom to ring."""
    phone = desks.get(sign.authority_id, settings.DUTY_LINE)
    what = _("On the list of concern") if own else _("On a list of concern")
    words = f"{sign.text} – {sign.why}" if own else ""
    return Match(sign.recorded_at, what, sign.authority, phone, None, words=words)


def _listed(plate: str, phone: str) -> Iterable[Sign]:
    wanted = Q()
    if plate:
        wanted |= Q(kind=Sign.Kind.PLATE, found_by__contains=plate)
    if len(plate) >= LEAST_IN_WORDS:
        wanted |= Q(
            kind__in=(Sign.Kind.PERSON, Sign.Kind.ACCOUNT, Sign.Kind.ADDRESS), found_by__contains=plate
        )
    if phone:
        ends = phone[-sign_keys.COMPARED :]
        wanted |= Q(kind=Sign.Kind.PHONE, found_by__endswith=ends) | Q(
            kind__in=(Sign.Kind.PERSON, Sign.Kind.ACCOUNT), found_by__contains=ends
        )
    return Sign.objects.standing().filter(wanted).select_related("authority")


def _match(row: _Row, authority: Authority, desks: dict[int, str], read: dict[int, Child]) -> Match:
    child = read.get(row.child_id)
    phone = desks.get(authority.pk, settings.DUTY_LINE)
    shown = (row.words, row.photo) if child else ("", None)
    return Match(row.at, row.what, authority, phone, row.child_id, child, *shown)


def _came(plate: str, phone: str) -> Iterable[_Row]:
    """Whoever came near a child, by what was written for it: in its own box, or in the words of whoever saw them."""
    rows = Trigger.objects.exclude(contact__withdrawn_at__isnull=False)
    by_people = rows.filter(Q(kind__in=_TOLD_IN_WORDS) | ~Q(vehicle=""))
    wanted = Q(pk__in=_saying(by_people, _WORDS, plate, phone).values("pk"))
    if plate:
        wanted |= Q(plate_key__contains=plate)
    if phone:
        ends = phone[-sign_keys.COMPARED :]
        wanted |= Q(phone_key__endswith=ends)
        short = rows.exclude(phone_key="").annotate(
            long=Length("phone_key"), tail=Right(Value(phone), Length("phone_key"))
        )
        fits = short.filter(long__gte=sign_keys.LEAST_OF_PHONE, tail=F("phone_key"))
        wanted |= Q(pk__in=fits.values("pk"))
    for trigger in _real(rows.filter(wanted).select_related("photo")):
        words = " – ".join(part for part in (trigger.note, trigger.who) if part)
        what = trigger.get_how_display() if trigger.how else trigger.get_kind_display()
        yield _Row(trigger.happens_at, what, trigger.child_id, words, trigger.standing_photo)


def _written(plate: str, phone: str) -> Iterable[_Row]:
    """What a missing report and the find-me profile say in words: of which there is the last alone."""
    if len(plate) >= LEAST_IN_WORDS:
        reports = MissingReport.objects.annotate(said=_letters("vehicle")).filter(said__contains=plate)
        # Of a report in several versions the same car is one line.
        once = reports.order_by("episode_id", "vehicle", "-recorded_at").distinct("episode_id", "vehicle")
        for report in once.filter(episode__child__is_drill=False).select_related("episode"):
            yield _Row(report.recorded_at, _("A missing report"), report.episode.child_id, report.vehicle)
    standing = FindMeSection.objects.standing().filter(section__in=("dangers", "accounts", "places"))
    for section in _real(_saying(standing, Cast("answers", TextField()), plate, phone)):
        words = "; ".join(str(said) for said in section.answers.values() if said)
        yield _Row(section.written_at, _("A find-me profile"), section.child_id, words)


def _of_searches(plate: str, phone: str) -> Iterable[_Row]:
    """What was found out and written in a search, and what a child who was back said for the police: its last version."""
    found = EpisodeFinding.objects.select_related("episode")
    for one in _in_searches(found, Concat("text", Value(" "), "told_by"), plate, phone):
        yield _Row(
            one.heard_at, _("Found out in a search"), one.episode.child_id, f"{one.text} – {one.told_by}"
        )
    updates = EpisodeUpdate.objects.select_related("episode")
    for update in _in_searches(updates, F("text"), plate, phone):
        yield _Row(update.written_at, _("News of a search"), update.episode.child_id, update.text)
    later = ReturnInterview.objects.standing().filter(
        episode=OuterRef("episode"), version__gt=OuterRef("version")
    )
    told = ReturnInterview.objects.standing().filter(~Exists(later)).select_related("episode")
    for interview in _in_searches(told, F("intelligence"), plate, phone):
        at = interview.held_at or interview.recorded_at
        yield _Row(at, _("A return interview"), interview.episode.child_id, interview.intelligence)


def _in_searches(rows: QuerySet[Any], text: Any, plate: str, phone: str) -> QuerySet[Any]:
    return _saying(rows, text, plate, phone).filter(episode__child__is_drill=False)


def _saying(rows: QuerySet[Any], text: Any, plate: str, phone: str) -> QuerySet[Any]:
    """Those in whose words the plate stands, or the number; none where too little of a plate is asked for."""
    wanted = Q()
    if len(plate) >= LEAST_IN_WORDS:
        wanted |= Q(letters__contains=plate)
    if phone:
        wanted |= Q(digits__contains=phone[-sign_keys.COMPARED :])
    if not wanted:
        return rows.none()
    return rows.annotate(letters=_only(text, "[^A-Z0-9]"), digits=_only(text, "[^0-9]")).filter(wanted)


def _real(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(child__is_drill=False)


def _letters(field: str) -> Func:
    return _only(F(field), "[^A-Z0-9]")


def _only(said: Any, but: str) -> Func:
    return Func(
        Upper(said),
        Value(but),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=TextField(),
    )


def hidden_from(
    user: User, responsible: Mapping[int, Authority], *, own: Collection[int], at: datetime
) -> set[int]:
    """Of these children those of whom `user`, at the desks `own`, is not even told that something is on record.

    From whom a child is kept is told nothing, and in its own authority nor is anybody to whom its restricted record is
    not open: that there is something would tell them.
    """
    closed = access.closed_to(user, at).intersection(responsible)
    kept, _restricted = barred.standing(user, at)
    return {pk for pk in closed if pk in kept or responsible[pk].pk in own}


def responsible_for(ids: Collection[int], at: datetime) -> dict[int, Authority]:
    """Which authority is responsible for each of these children at `at`."""
    starts = Responsibility.objects.filter(child__in=ids, starts_at__lte=at).select_related("authority")
    latest = starts.order_by("child", "-starts_at").distinct("child")
    return {start.child_id: start.authority for start in latest}


def desks_of(authorities: Collection[int], *, at: datetime) -> dict[int, str]:
    """The number of the first desk of each that has one; of one that has ended, of whoever answers for it."""
    teams = Team.objects.filter(authority__in=authorities).exclude(kind=Team.Kind.SOCIAL_WORK)
    rows = teams.exclude(phone="").order_by("-kind", "-pk").values_list("authority", "phone")
    found = dict(rows)
    without = set(authorities) - found.keys()
    instead = Authority.objects.in_place_of(without, day=london_day(at)) if without else {}
    theirs = desks_of(set(instead.values()), at=at) if instead else {}
    return found | {pk: theirs[to] for pk, to in instead.items() if to in theirs}

"""Where a number plate or a phone number is on record, across homes and councils, and of whom it may be told."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat, Length, Right
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import access, barred, sign_keys
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    Contact,
    Document,
    EpisodeCall,
    EpisodeFinding,
    EpisodeUpdate,
    FindMeSection,
    MissingReport,
    Note,
    PreventionInterview,
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
_OF_WHO_CAME = ("note", "person", "vehicle", "place", "answer")
# What a report says of where the child may be and with whom; of the answers to its questions the notes.
_OF_REPORT = (
    *("last_seen_place", "expected_at", "vehicle", "with_whom", "travelling", "child_phone", "phone_used"),
    *("steps_note", "why_worried", "notes"),
)
_OF_PROFILE = ("dangers", "accounts", "places", "people", "habits")
_OF_RETURN = (
    *("reason", "carer_information", "place", "before", "during", "after", "why_left", "what_drew"),
    *("with_whom", "harm", "crimes", "would_help", "health_needs", "intelligence", "actions"),
)
_OF_PREVENTION = ("officer", "said", "harm", "referred_to")


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
    # Whether it stands there as itself: of any part of what is written for others nothing is told.
    whole: bool
    photo: Document | None = None


@dataclass(frozen=True)
class Source:
    """Where somebody writes in words of their own: the rows that stand, their columns, when it was and of which child.

    Of a long one, which is not shown as a `whole`, the columns are shown in which it stands.
    """

    what: str | Promise
    rows: QuerySet[Any]
    texts: tuple[str, ...]
    at: str
    child: str = "episode__child"
    whole: bool = True


def find(user: User, *, plate: str, phone: str, at: datetime, beside: Sequence[Source] = ()) -> Found:
    """Where this plate, or this number, is on record; `PermissionDenied` for whoever works on no duty desk.

    It is looked for in the sources `beside` as in those of the record. A child whose record `user` may not read is not
    named and nothing of what was written is shown: when, what kind, and the duty desk of the authority; and that only of a
    plate or a number that stands there from end to end, or whoever asks letter by letter reads the words. From whom a child
    is kept, and in their own authority from whom its record is restricted, is shown nothing: that something is on record
    would tell them.
    """
    authorities = access.duty_authorities(user, at=at)
    rows = [*_came(plate, phone)]
    for source in (*_sources(), *beside):
        rows += _written(source, plate, phone)
    rows.sort(key=lambda row: row.at, reverse=True)
    responsible = responsible_for({row.child_id for row in rows}, at)
    hidden = hidden_from(user, responsible, own=authorities, at=at)
    shown = [row for row in rows if row.child_id not in hidden and row.child_id in responsible]
    ids = {row.child_id for row in shown}
    read = access.children(user, Permission.SEE_RECORD, at=at).filter(pk__in=ids).in_bulk()
    shown = [row for row in shown if row.whole or row.child_id in read]
    ids = {row.child_id for row in shown}
    signs = _listed(plate, phone)
    listed = [
        sign for sign in signs if sign.authority_id in authorities or _is_listed_whole(sign, plate, phone)
    ]
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
    wanted |= _stands("why", plate, phone)
    return Sign.objects.standing().filter(wanted).select_related("authority")


def _is_listed_whole(sign: Sign, plate: str, phone: str) -> bool:
    keys = {"plate_key": sign.found_by} if sign.kind == Sign.Kind.PLATE else {}
    keys |= {"phone_key": sign.found_by} if sign.kind == Sign.Kind.PHONE else {}
    return _is_whole((sign.text, sign.why), plate, phone, **keys)


def _match(row: _Row, authority: Authority, desks: dict[int, str], read: dict[int, Child]) -> Match:
    child = read.get(row.child_id)
    phone = desks.get(authority.pk, settings.DUTY_LINE)
    shown = (row.words, row.photo) if child else ("", None)
    return Match(row.at, row.what, authority, phone, row.child_id, child, *shown)


def _came(plate: str, phone: str) -> Iterable[_Row]:
    """Whoever came near a child, by what was written for it: in its own box, or in the words of whoever saw them."""
    rows = Trigger.objects.exclude(contact__withdrawn_at__isnull=False)
    by_people = rows.filter(Q(kind__in=_TOLD_IN_WORDS) | ~Q(vehicle=""))
    wanted = Q(pk__in=_saying(by_people, _OF_WHO_CAME, plate, phone).values("pk"))
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
        words = " – ".join(part for part in (trigger.note, trigger.who, trigger.answer) if part)
        what = trigger.get_how_display() if trigger.how else trigger.get_kind_display()
        texts = (trigger.plate, trigger.phone, *(getattr(trigger, name) for name in _OF_WHO_CAME))
        keys = {"plate_key": trigger.plate_key, "phone_key": trigger.phone_key}
        whole = _is_whole(texts, plate, phone, **keys)
        yield _Row(trigger.happens_at, what, trigger.child_id, words, whole, trigger.standing_photo)


def _sources() -> Iterable[Source]:
    """All of the record in which somebody says in words where the child was and with whom; of several versions the last.

    Of a missing report that is the last that says it. A message and a serious concern are found as who came.
    """
    last = MissingReport.objects.order_by("episode_id", "-version").distinct("episode_id")
    noted = "(SELECT string_agg(value->>'note', '; ') FROM jsonb_each(%(expressions)s))"
    yield Source(
        _("A missing report"),
        last.annotate(notes=_told("answers", noted)),
        _OF_REPORT,
        "recorded_at",
        whole=False,
    )
    profiles = FindMeSection.objects.standing().filter(section__in=_OF_PROFILE)
    each = "(SELECT string_agg(value, '; ') FROM jsonb_each_text(%(expressions)s))"
    yield Source(
        _("A find-me profile"),
        profiles.annotate(said=_told("answers", each)),
        ("said",),
        "written_at",
        "child",
    )
    found, updates = EpisodeFinding.objects.all(), EpisodeUpdate.objects.all()
    yield Source(_("Found out in a search"), found, ("text", "told_by"), "heard_at")
    yield Source(_("News of a search"), updates, ("text",), "written_at")
    yield Source(_("A call of a search"), EpisodeCall.objects.all(), ("party", "number", "said"), "rung_at")
    told = _last(ReturnInterview.objects.standing()).annotate(told_at=Coalesce("held_at", "recorded_at"))
    yield Source(_("A return interview"), told, _OF_RETURN, "told_at", whole=False)
    asked = _last(PreventionInterview.objects.standing())
    yield Source(_("Prevention interview"), asked, _OF_PREVENTION, "held_at", whole=False)
    seen = Contact.objects.standing().filter(trigger=None).exclude(note="", told_by="")
    yield Source(_("A check-in"), seen, ("note", "told_by"), "happened_at", "child")
    yield Source(_("A note"), Note.objects.standing(), ("text",), "happened_at", "child")


def _told(answers: str, template: str) -> Func:
    """What was answered, without the questions: of those the keys stand in the column as well."""
    return Func(F(answers), template=template, output_field=TextField())


def _last(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of what was written of an episode and stands the last version."""
    later = rows.filter(episode=OuterRef("episode"), version__gt=OuterRef("version"))
    return rows.filter(~Exists(later))


def _written(source: Source, plate: str, phone: str) -> Iterable[_Row]:
    rows = _saying(source.rows, source.texts, plate, phone).filter(**{f"{source.child}__is_drill": False})
    for child_id, at, *texts in rows.values_list(source.child, source.at, *source.texts):
        said = [text for text in texts if text]
        if not source.whole:
            said = [text for text in said if _is_in(text, plate, phone)] or said
        yield _Row(at, source.what, child_id, " – ".join(said), _is_whole(said, plate, phone))


def _saying(rows: QuerySet[Any], texts: Collection[str], plate: str, phone: str) -> QuerySet[Any]:
    """Those in whose words the plate stands, or the number; none where too little of a plate is asked for."""
    parts = [part for text in texts for part in (text, Value(" "))]
    return rows.alias(words=Concat(*parts, Value(""), output_field=TextField())).filter(
        _stands("words", plate, phone)
    )


def _stands(text: str, plate: str, phone: str) -> Q:
    """Whether it stands in the text, whatever stands between its letters or digits."""
    wanted = (Q(**{f"{text}__iregex": pattern}) for pattern in _patterns(plate, phone))
    return reduce(or_, wanted, Q(pk__in=()))


def _is_in(text: str, plate: str, phone: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in _patterns(plate, phone))


def _is_whole(
    texts: Iterable[str], plate: str, phone: str, *, plate_key: str = "", phone_key: str = ""
) -> bool:
    """Whether the plate or the number is that of its own box, or stands in these words, from end to end.

    Of a box with fewer digits than are compared, as of a number without its area code, all of them are the end.
    """
    if plate and (plate == plate_key or any(plate in sign_keys.whole_plates(text) for text in texts)):
        return True
    if not phone:
        return False
    ends = phone_key[-sign_keys.COMPARED :]
    if len(ends) >= sign_keys.LEAST_OF_PHONE and phone.endswith(ends):
        return True
    return any(phone[-sign_keys.COMPARED :] in sign_keys.whole_phones(text) for text in texts)


def _patterns(plate: str, phone: str) -> Iterable[str]:
    """One expression reads a text once, where taking out of it what stands between took thirty times as long."""
    if len(plate) >= LEAST_IN_WORDS:
        yield "[^A-Z0-9]*".join(plate)
    if phone:
        yield "[^0-9]*".join(phone[-sign_keys.COMPARED :])


def _real(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(child__is_drill=False)


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

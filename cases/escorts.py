"""Who an escort is: a name, a phone and a mail address of the plan, and perhaps somebody with an account here."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import CharField, F, Func, Min, Q, QuerySet, Value

from cases import log, mail_domains
from cases.models import Child, EscortLink, Journey, JourneyConfirmation, KeepFrom, RowChange, User
from cases.states import IllegalMove

# Name, phone and mail address, as `Journey.escorts` has them.
Escort = tuple[str, str, str]


def is_same(escort: Escort, person: User) -> bool:
    """Whether this escort may be that person: by the name, one they had before, the phone or the mail address.

    Two people of one name are taken for one: of who is kept from a child rather one too many.
    `models.disbelieved` asks the same of contacts.
    """
    name, phone, mail = escort
    return (
        plain(name) in {plain(one) for one in (person.name, *person.former_names)}
        or (bool(mail.strip()) and _plain(mail) in (_plain(person.email), _plain(person.outside_mail)))
        or (bool(dialled(phone)) and dialled(phone) == dialled(person.phone))
    )


def account_of(child: Child, escort: Escort) -> User | None:
    """Whose word a confirmation by this escort is: somebody the child is kept from, else the one account it can be."""
    barred = [person for person in _kept_from(child) if is_same(escort, person)]
    if barred:
        return barred[0]
    named = Q(name__iexact=" ".join(escort[0].split()))
    if escort[2].strip():
        named |= Q(email__iexact=escort[2].strip())
    accounts = User.objects.filter(is_active=True)
    if number := dialled(escort[1]):
        accounts = accounts.alias(number=_dialled(F("phone")))
        named |= Q(number=number)
    found = [one for one in accounts.filter(named)[:2] if is_same(escort, one)]
    return found[0] if len(found) == 1 else None


def require_mail(*addresses: str) -> None:
    """Raises `IllegalMove` where a link would be mailed to a body that enforces immigration law."""
    if any(mail_domains.is_of_immigration(one) for one in addresses):
        raise IllegalMove("No mail of ours goes to a body that enforces immigration law.")


def barred(child: Child, escorts: Collection[Escort]) -> list[int]:
    """Which of these escorts, counted from 1, the child is to be kept from."""
    people = _kept_from(child)
    return [n for n, escort in enumerate(escorts, start=1) if any(is_same(escort, one) for one in people)]


def barred_of(journeys: Collection[Journey]) -> Mapping[int, list[int]]:
    """The same by journey, in one query for any number of them; those without are left out."""
    marks = _kept_from_each({one.child_id for one in journeys})
    found = {
        journey.pk: [
            number
            for number, escort in enumerate(journey.escorts, start=1)
            if any(is_same(escort, person) for person in marks[journey.child_id])
        ]
        for journey in journeys
    }
    return {journey_id: numbers for journey_id, numbers in found.items() if numbers}


def barred_hosts(hosts: Mapping[int, Escort]) -> set[int]:
    """The children, by key, who are to be kept from the host given here, in a fixed number of queries."""
    marks = _kept_from_each(hosts.keys())
    return {
        child_id for child_id, people in marks.items() if any(is_same(hosts[child_id], one) for one in people)
    }


def _kept_from_each(child_ids: Collection[int]) -> Mapping[int, list[User]]:
    marks: dict[int, list[User]] = defaultdict(list)
    rows = KeepFrom.objects.filter(child__in=child_ids, ends_at=None)
    for mark in rows.select_related("user"):
        marks[mark.child_id].append(mark.user)
    remember_names([person for people in marks.values() for person in people])
    return marks


def having(child_ids: Collection[int]) -> dict[int, datetime]:
    """Of these children, by key, those who are on a journey, and since when the escorts have them, in one query."""
    seen = JourneyConfirmation.objects.counting().filter(
        stop__journey__child__in=child_ids, stop__journey__ended_at=None
    )
    by_child = seen.order_by().values_list("stop__journey__child")
    return dict(by_child.annotate(since=Min("contact__happened_at")))


def shut_out(child: Child, person: User, *, by: User | None, at: datetime) -> None:
    """After a mark that keeps the locked child from `person`: the link that they have as an escort opens nothing more."""
    for journey in Journey.objects.open().filter(child=child):
        for number, escort in enumerate(journey.escorts, start=1):
            if not is_same(escort, person):
                continue
            live = EscortLink.objects.live(at).filter(journey=journey, number=number)
            if live.update(revoked_at=at):
                log.record(
                    child, "escort_link_closed", subject=journey, data={"escort": number}, by=by, at=at
                )


def live_links(phone: str, *, at: datetime) -> QuerySet[EscortLink]:
    """The links that open their page, of escorts who have this phone in the plan, with journey and child.

    `phone` is as a gateway writes it: with a plus or without one, or with 00 before the country.
    """
    number = re.sub(r"^(?:00)?440?", "0", re.sub(r"\D", "", phone)).removeprefix("00")
    first, second = (_dialled(F(f"journey__{which}_phone")) for which in ("first", "second"))
    links = (
        EscortLink.objects.live(at).filter(journey__child__closed_at=None).alias(first=first, second=second)
    )
    whose = Q(number=1, first=number) | Q(number=2, second=number)
    found = links.filter(whose) if number else links.none()
    return found.select_related("journey__child").order_by("pk")


def remember_names(people: Collection[User]) -> None:
    """Let these people be known by what they were called before, too; in one query, none where there is nobody."""
    if not people:
        return
    renamed = RowChange.objects.filter(
        table=User._meta.db_table, row__in={one.pk for one in people}, fields__contains=["name"]
    ).exclude(values="")
    former: dict[int, set[str]] = defaultdict(set)
    for pk, values in renamed.values_list("row", "values"):
        before = json.loads(values)["name"][0]
        if before:
            former[pk].add(before)
    for person in people:
        person.former_names = tuple(sorted(former[person.pk]))


def _kept_from(child: Child) -> list[User]:
    people = list(User.objects.filter(kept_from__child=child, kept_from__ends_at=None))
    remember_names(people)
    return people


def plain(name: str) -> str:
    """A name as it is heard: whoever types it after a call knows no accent, no hyphen and no apostrophe of it."""
    bare = re.sub("[\u0300-\u036f'’ʼ`]", "", unicodedata.normalize("NFKD", name.casefold()))
    return " ".join(re.sub("[‐‑–-]", " ", bare).split())


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _dialled(phone: F) -> Func:
    """What `dialled` makes of a phone, in PostgreSQL."""
    in_the_country = Func(phone, Value("+44"), Value("0"), function="REPLACE", output_field=CharField())
    return Func(in_the_country, Value(r"\D"), Value(""), Value("g"), function="REGEXP_REPLACE")


def dialled(phone: str) -> str:
    """The number as it is dialled within the country; empty where there is none."""
    return re.sub(r"\D", "", phone.replace("+44", "0", 1))

"""A child's own facts by topic: what they are called, how they read, and the verb that corrects them."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import log
from cases.models import Child, DetailsChange, Trafficking, User
from cases.permissions import Permission
from cases.search import keys
from cases.states import IllegalMove


@dataclass(frozen=True)
class Topic:
    """Facts that are read and corrected together."""

    key: str
    title: Promise
    fields: tuple[str, ...]


TOPICS: Mapping[str, Topic] = {
    topic.key: topic
    for topic in (
        Topic(
            "names",
            _("Names"),
            (
                "given_name",
                "family_name",
                "script_name",
                "script_language",
                "known_as",
                "spellings",
                "said_as",
                "name_order",
            ),
        ),
        Topic(
            "age",
            _("Age and sex"),
            ("birth_date", "birth_date_precision", "birth_date_basis", "age_given", "age_status", "sex"),
        ),
        Topic(
            "languages",
            _("Nationality and languages"),
            ("nationality", "languages", "interpreter_needed", "literacy"),
        ),
        Topic("phones", _("Phones"), ("phone", "has_no_phone", "phone_seen_by", "safe_phone")),
        Topic("looks", _("Description"), ("description",)),
        Topic("arrival", _("Arrival"), ("arrived_at", "arrival_place", "arrival_route", "found_by")),
        Topic(
            "references",
            _("References"),
            (
                "home_office_reference",
                "port_reference",
                "nrm_reference",
                "uucr_reference",
                "authority_reference",
                "police_reference",
                "nhs_number",
            ),
        ),
        Topic("needs", _("Needs"), ("needs", "needs_note")),
        Topic("trafficking", _("Signs of trafficking"), ("trafficking", "trafficking_note")),
    )
}
# What only those read and change who may read where the child lives; every other reader reads whose it is.
GUARDED = frozenset({"phones"})
FOR_FEW = _("For the child’s social worker, duty and manager")
LABELS = {
    "given_name": _("Given name as heard"),
    "family_name": _("Family name"),
    "script_name": _("Name in their own script"),
    "script_language": _("Which script"),
    "known_as": _("Known as"),
    "spellings": _("Other spellings and names used"),
    "said_as": _("How to say it"),
    "name_order": _("Order of the names"),
    "birth_date": _("Birth date as stated"),
    "birth_date_precision": _("How exact the birth date is"),
    "birth_date_basis": _("Where the birth date comes from"),
    "age_given": _("Age given on arrival"),
    "age_status": _("Age"),
    "sex": _("Sex or gender"),
    "nationality": _("Nationality as stated"),
    "languages": _("Languages"),
    "interpreter_needed": _("Interpreter needed"),
    "literacy": _("Reading"),
    "phone": _("The child’s own phone"),
    "has_no_phone": _("The child has no phone"),
    "phone_seen_by": _("Who else sees that phone"),
    "safe_phone": _("Number that is safe to ring"),
    "description": _("What the child looks like"),
    "arrived_at": _("Arrived"),
    "arrival_place": _("Place of arrival"),
    "arrival_route": _("Route"),
    "found_by": _("Found by"),
    "home_office_reference": _("Home Office reference"),
    "port_reference": _("Port or wristband reference"),
    "nrm_reference": _("NRM reference"),
    "uucr_reference": _("UUCR reference"),
    "authority_reference": _("Our own reference"),
    "police_reference": _("Police reference"),
    "nhs_number": _("NHS number"),
    "needs": _("What cannot wait"),
    "needs_note": _("More about it"),
    "trafficking": _("Signs of trafficking"),
    "trafficking_note": _("Which signs"),
}


def is_open(topic: str, permissions: Collection[Permission]) -> bool:
    """Whether somebody with these permissions reads and changes the facts of this topic."""
    return topic not in GUARDED or Permission.SEE_ADDRESS in permissions


class ChangedSince(Exception):
    """Somebody corrected the topic after the writer had opened it; `child` is as it is now."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.reference)
        self.child = child


class StillLate(IllegalMove):
    """An earlier arrival would end the closer watch in which the child is late."""


Late = Callable[[Child, datetime], bool]
_late: list[Late] = []


def waits_while(late: Late) -> None:
    """Let an app above say whether a child is late at an instant in the watch that counts from its arrival."""
    if late not in _late:
        _late.append(late)


def change(
    child: Child,
    values: Mapping[str, Any],
    *,
    topic: str,
    version: int,
    reason: str = "",
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> DetailsChange | None:
    """Correct the facts of one topic; None where nothing differs. `version` is what `version_of` said when they were read.

    Raises `ChangedSince` when somebody was quicker, and `IllegalMove` for an arrival after the registration and for an
    earlier one without a second person: the closer watch of the first 30 days counts from it. While the child is late in
    that watch `StillLate` for an earlier one: no time that is typed ends what is late. Signs of trafficking are taken back
    by two people with a `reason` alone: the guardian and the referral that the child is owed end with them.
    """
    unknown = set(values) - set(TOPICS[topic].fields)
    if unknown:
        raise ValueError(f"{sorted(unknown)} are no facts of {topic}")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if version_of(child, topic) != version:
            raise ChangedSince(child)
        changed = {name: value for name, value in values.items() if getattr(child, name) != value}
        if not changed:
            return None
        _require_arrival(child, changed, seconded_by, by, at)
        is_taken_back = takes_signs_back(child, changed)
        if is_taken_back:
            _require_two(reason, seconded_by, by)
        before = {name: getattr(child, name) for name in changed}
        for name, value in changed.items():
            setattr(child, name, value)
        child.save(update_fields=list(changed))
        if topic == "names":
            keys.write(child)
        row = DetailsChange.objects.create(
            child=child,
            topic=topic,
            before=_plain(before),
            after=_plain(changed),
            changed_at=at,
            changed_by=by,
            seconded_by=seconded_by,
            reason=reason.strip() if is_taken_back else "",
        )
        data = {"topic": topic, "fields": sorted(changed)}
        log.record(child, "details_changed", subject=row, data=data, fields=changed, by=by, at=at)
    return row


def version_of(child: Child, topic: str) -> int:
    """The last correction of a topic, by its id; 0 where it stands as registered."""
    last = DetailsChange.objects.filter(child=child, topic=topic).order_by("-pk").values_list("pk", flat=True)
    return last.first() or 0


def latest(child: Child) -> dict[str, DetailsChange]:
    """The last correction of each topic that was corrected."""
    rows = DetailsChange.objects.filter(child=child).order_by("topic", "-pk").distinct("topic")
    return {row.topic: row for row in rows.select_related("changed_by")}


def _require_arrival(
    child: Child, changed: Mapping[str, Any], seconded_by: User | None, by: User, at: datetime
) -> None:
    arrived_at = changed.get("arrived_at")
    if arrived_at is None:
        return
    if arrived_at > at:
        raise IllegalMove("The arrival date must be today or in the past.")
    if arrived_at > child.registered_at:
        raise IllegalMove("A child cannot have arrived after it was registered.")
    if arrived_at >= child.arrived_at:
        return
    if any(late(child, at) for late in _late):
        raise StillLate(
            "Somebody is to see this child first: an earlier arrival would end the closer watch, and with it what is late."
        )
    if seconded_by is None or seconded_by.pk == by.pk:
        raise IllegalMove(
            "An earlier arrival ends the closer watch of the first days sooner: that needs a second person."
        )


def takes_signs_back(child: Child, said: Mapping[str, Any]) -> bool:
    """Whether signs of trafficking that stand on record are on record no longer after this: no, or not asked."""
    return child.trafficking == Trafficking.YES != said.get("trafficking", Trafficking.YES)


def _require_two(reason: str, seconded_by: User | None, by: User) -> None:
    if not reason.strip():
        raise IllegalMove("Enter why there are no signs of trafficking any more.")
    if seconded_by is None or seconded_by.pk == by.pk:
        raise IllegalMove(
            "Without signs of trafficking the child is owed no referral and perhaps no guardian: that needs a second person."
        )


def _plain(values: Mapping[str, Any]) -> dict[str, str | int | bool | Sequence[str] | None]:
    """The values as JSON keeps them: dates and moments as ISO text."""
    plain: dict[str, str | int | bool | Sequence[str] | None] = json.loads(
        json.dumps(dict(values), cls=DjangoJSONEncoder)
    )
    return plain


def say_signs(child: Child, *, by: User, at: datetime) -> None:
    """Put on record that there are signs of trafficking: the guardian and the referral that are owed count from now.

    In the commit of whoever calls. Where signs stand nothing is written, and a later "no" takes nothing back: two people do.
    """
    version, said = version_of(child, "trafficking"), {"trafficking": Trafficking.YES}
    change(child, said, topic="trafficking", version=version, by=by, at=at)


def read_back(name: str, value: Any) -> Any:
    """A value of `DetailsChange` as the child's own field holds it."""
    if value is None:
        return None
    if name == "birth_date":
        return date.fromisoformat(value)
    if name == "arrived_at":
        return datetime.fromisoformat(value)
    return value

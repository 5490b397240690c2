"""Word of areas in which no guardian service takes children: before it is so and when it is, to those who answer there."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts import change_words
from alerts.models import Message
from alerts.states import MessageStatus
from cases import going_live
from cases.deadlines import london_day
from cases.models import Authority, Child, ConfigurationChange, NrmReferral, Responsibility, Trafficking
from guardians import areas
from guardians.facts import FOR_EVERY_CHILD
from guardians.models import ServiceArea

logger = structlog.get_logger(__name__)

# [proposal] Before a service stops, and before it is looked at again that there is none: time to find another.
SERVICE_AHEAD, NONE_AHEAD = timedelta(days=28), timedelta(days=7)


@dataclass(frozen=True)
class Lack:
    """One area in which children are owed a guardian, and the first day from today on on which nobody takes them."""

    authority: Authority
    first_day: date
    is_open: bool


def tell(*, now: datetime) -> int:
    """Owe word of each lack that is new, or that has come; note each that is over; return of how many word is owed.

    What waits of a lack that is over is not sent. What was written of an area, and whatever begins or ends in it, is
    worked out for its children first. Before the service is live nobody is told. One that fails is reported and stops no other.
    """
    areas.work_out(at=now)
    areas.turn(at=now)
    if not going_live.is_live():
        return 0
    lacks = {one.authority.pk: one for one in find(now=now)}
    standing = _standing()
    told = 0
    for pk in sorted(lacks.keys() | standing.keys()):
        try:
            told += _note(pk, lacks.get(pk), now)
        except Exception:
            logger.exception("lack_of_guardians_not_told", authority=pk)
    return told


def find(*, of: Collection[int] | None = None, now: datetime) -> list[Lack]:
    """The areas without a service, today or soon, of authorities that have a child who is owed a guardian."""
    day = london_day(now)
    rows: dict[int, list[ServiceArea]] = defaultdict(list)
    known = ServiceArea.objects.all() if of is None else ServiceArea.objects.of(of)
    for row in known.select_related("service").order_by("starts_date"):
        rows[row.authority_id].append(row)
    owing = Authority.objects.filter(Exists(_owing(now))).order_by("name", "pk")
    if of is not None:
        owing = owing.filter(pk__in=of)
    # Where somebody takes children nobody asks whether one is owed a guardian: it is asked child by child.
    served = [pk for pk, own in rows.items() if _first_day_without(own, day) is None]
    found = []
    for authority in owing.exclude(pk__in=served):
        first = _first_day_without(rows[authority.pk], day)
        if first is not None:
            found.append(Lack(authority, first, first <= day))
    return found


def _owing(now: datetime) -> QuerySet[Responsibility]:
    """Open cases of the authority around it that are owed a guardian; restricted ones too: nothing is said of any child."""
    referred = NrmReferral.objects.filter(child=OuterRef("pk"), ends_at=None)
    suspected = Q(trafficking=Trafficking.YES) | ~Q(nrm_reference="") | Q(Exists(referred))
    watched = Child.objects.open(now).living().filter(is_drill=False, pk=OuterRef("child"))
    owed = Q(Exists(watched.filter(suspected))) | Q(Exists(watched), authority__nation__in=FOR_EVERY_CHILD)
    return Responsibility.objects.at(now).filter(owed, authority=OuterRef("pk"))


def _first_day_without(rows: Collection[ServiceArea], day: date) -> date | None:
    """The first day from `day` on on which none of these rows holds; None where that is not soon."""
    first, ahead = day, timedelta(0)
    for _row in range(len(rows) + 1):
        holding = [row for row in rows if row.starts_date <= first and not _is_over(row, first)]
        if not holding:
            return first if first - day <= ahead else None
        if any(_last_day(row) is None for row in holding):
            return None
        longest = max(holding, key=lambda row: _last_day(row) or date.max)
        first = (_last_day(longest) or day) + timedelta(days=1)
        ahead = NONE_AHEAD if longest.service_id is None else SERVICE_AHEAD
    return None


def _is_over(row: ServiceArea, day: date) -> bool:
    last = _last_day(row)
    return last is not None and last < day


def _last_day(row: ServiceArea) -> date | None:
    closes = row.service.ends_date - timedelta(days=1) if row.service and row.service.ends_date else None
    return min((one for one in (row.ends_date, closes) if one is not None), default=None)


def _standing() -> dict[int, ConfigurationChange]:
    """By authority what was told last of a lack that is not over."""
    found: dict[int, ConfigurationChange] = {}
    kinds = (change_words.LACKING, areas.SERVED)
    for change in ConfigurationChange.objects.filter(subject_type="authority", kind__in=kinds).order_by("pk"):
        if change.kind == change_words.LACKING:
            found[change.subject_id] = change
        else:
            found.pop(change.subject_id, None)
    return found


def _note(pk: int, lack: Lack | None, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it said.
        authority = Authority.objects.select_for_update(no_key=True).get(pk=pk)
        said = _standing().get(pk)
        if lack is None and said is not None:
            areas.note_served(authority, at=now)
        if said is not None and (lack is None or _is_sooner(lack, said)):
            waits = Message.objects.filter(change=said, status=MessageStatus.QUEUED)
            waits.update(status=MessageStatus.CANCELLED)
        if lack is None or (said is not None and not _is_worse(lack, said)):
            return False
        areas.note_lacking(authority, lack.first_day, is_open=lack.is_open, at=now)
    return True


def _is_worse(lack: Lack, said: ConfigurationChange) -> bool:
    """Whether it has come since it was told, or comes before the day that was told."""
    return not said.data["open"] and (lack.is_open or _is_sooner(lack, said))


def _is_sooner(lack: Lack, said: ConfigurationChange) -> bool:
    return lack.first_day < date.fromisoformat(said.data["first_day"])

"""The verbs of a guardian service's area: it begins, is corrected or ends, or somebody says that there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases import attempts, ended, log
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    ConfigurationChange,
    GuardianService,
    Responsibility,
    User,
)
from cases.responsibilities import responsible_authority
from cases.signals import children_changed
from cases.states import IllegalMove
from guardians.models import GuardianAssignment, GuardianReferral, ServiceArea
from guardians.models.areas import ServiceAreaQuerySet
from guardians.reasons import REVIEWED_WITHIN

# Of an area: its first day has come, and its last is over.
BEGUN, OVER = "area_begun", "area_over"
# What somebody writes of an area, and that it was worked out for its children since, up to which of these.
COVERED, WITHOUT, CHANGED = "area_covered", "area_without", "area_changed"
WRITTEN, WORKED_OUT = (COVERED, WITHOUT, CHANGED), "area_worked_out"
# What passed on in a merger; until somebody of the successor has said it too, it is what another authority said.
PASSED = "area_passed_on"
# Of an authority: it lacks no guardian service any more.
SERVED = "guardians_served"
# Children of one round, who are locked as long as it takes.
BATCH = 100


class WrongDay(IllegalMove):
    """A day that cannot be the last one; it is said at its field."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a child is referred there: where the form is, the mailbox and the phone; one of them at least."""

    form: str = ""
    mailbox: str = ""
    phone: str = ""

    @property
    def columns(self) -> dict[str, str]:
        return {"form": self.form.strip(), "mailbox": self.mailbox.strip(), "phone": self.phone.strip()}


def cover(
    authority: Authority,
    service: GuardianService,
    way: Way,
    *,
    starts_date: date,
    ends_date: date | None = None,
    by: User,
    at: datetime,
) -> ServiceArea:
    """Say that `service` takes children of `authority` from `starts_date` on, through its last day where one is known.

    What said that there is none ends the day before. Raises `IllegalMove` without a way to refer a child, for a service
    that has closed, for a last day before the first, and where it covers the area in that time already.
    """
    _require_way(way)
    if ends_date is not None and ends_date < starts_date:
        raise WrongDay("The last day cannot be before the first.")
    with transaction.atomic():
        ended.hold(authority)
        last_day = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk).ends_date
        if last_day is not None and last_day <= london_day(at):
            raise IllegalMove("This guardian service has closed.")
        same = ServiceArea.objects.filter(authority=authority, service=service)
        if _in_time(same, starts_date, ends_date):
            raise IllegalMove("This service covers the area in that time already. Change what stands.")
        _end_none(authority, starts_date)
        columns = {"starts_date": starts_date, "ends_date": ends_date, **way.columns}
        return _record(authority, COVERED, {"service": service, **columns}, by=by, at=at)


def say_none(authority: Authority, *, reason: str, review_date: date, by: User, at: datetime) -> ServiceArea:
    """Say that no service takes children of `authority`, why, and who stands in; until it is looked at again.

    Raises `IllegalMove` without a reason, for a day past or over six months away, and while a service covers the area.
    """
    today = london_day(at)
    if not reason.strip():
        raise IllegalMove("Enter why there is no guardian service, and who stands in.")
    if not today < review_date <= today + REVIEWED_WITHIN:
        raise WrongDay("The day must be after today and within six months.")
    with transaction.atomic():
        ended.hold(authority)
        own = ServiceArea.objects.filter(authority=authority)
        if _in_time(own.exclude(service=None), today, today):
            raise IllegalMove("A guardian service covers this area. Write its last day first.")
        # Said again on the same day it is put right, which the history of rows keeps.
        standing = own.filter(service=None, starts_date=today).first()
        if standing is not None:
            wanted = {"ends_date": review_date, "reason": reason.strip()}
            return _change(standing, wanted, WITHOUT, {}, by=by, at=at)
        _end_none(authority, today)
        columns = {"starts_date": today, "ends_date": review_date, "reason": reason.strip()}
        return _record(authority, WITHOUT, {"service": None, **columns}, by=by, at=at)


def change(
    area: ServiceArea,
    way: Way,
    *,
    ends_date: date | None,
    children_stay: bool,
    why: str,
    by: User,
    at: datetime,
) -> ServiceArea:
    """Put right how a child is referred, or write the last day of the service in this area, or that there is none.

    The same as it stands changes nothing, but for the word that what passed on in a merger holds. Raises `IllegalMove`
    without a way or a reason, once the last day is over, for one that is past or before the first, and where another time
    of the same service begins by then.
    """
    _require_way(way)
    if not why.strip():
        raise IllegalMove("Enter why it is changed.")
    with transaction.atomic():
        ended.hold(area.authority)
        area = ServiceArea.objects.select_related("authority", "service").get(pk=area.pk)
        if area.service is None or _is_over(area, at):
            raise IllegalMove("This is over. Add the service to the area anew.")
        if ends_date is not None and ends_date != area.ends_date and ends_date < london_day(at):
            raise WrongDay("The last day must be today or later.")
        if ends_date is not None and ends_date < area.starts_date:
            raise WrongDay("The last day cannot be before the first.")
        others = ServiceArea.objects.filter(authority=area.authority, service=area.service).exclude(
            pk=area.pk
        )
        if _in_time(others, area.starts_date, ends_date):
            raise WrongDay("The service begins in this area again by then.")
        columns = {
            **way.columns,
            "ends_date": ends_date,
            "children_stay": children_stay and ends_date is not None,
        }
        return _change(area, columns, CHANGED, {"reason": why.strip()}, by=by, at=at)


def say_of_ended(area: ServiceArea, *, children_stay: bool, why: str, by: User, at: datetime) -> ServiceArea:
    """Say of a service whose time in this area is over whether it keeps its children, those who come in a merger too.

    Raises `IllegalMove` without a reason, before its last day is over, and where the service begins there again.
    """
    if not why.strip():
        raise IllegalMove("Enter why it is changed.")
    with transaction.atomic():
        ended.hold(area.authority)
        area = ServiceArea.objects.select_related("authority", "service").get(pk=area.pk)
        later = ServiceArea.objects.filter(authority=area.authority, service=area.service)
        if area.service is None or not _is_over(area, at) or later.filter(pk__gt=area.pk).exists():
            raise IllegalMove("This goes on, or begins again. Change what stands.")
        said: dict[str, str | bool] = {"reason": why.strip(), "holds": True}
        return _change(area, {"children_stay": children_stay}, CHANGED, said, by=by, at=at)


def said_since(rows: Sequence[ServiceArea]) -> set[int]:
    """Of which of these whose time is over somebody has said whether its children stay, for all who come too."""
    known = ConfigurationChange.objects.filter(
        subject_type="servicearea", subject_id__in={row.pk for row in rows}
    )
    return set(known.filter(kind=CHANGED, data__holds=True).values_list("subject_id", flat=True))


def in_force(authority_id: int, *, day: date) -> list[ServiceArea]:
    """The services that take children of this authority on this day, by name."""
    rows = ServiceArea.objects.of([authority_id]).served().on(day)
    return list(rows.select_related("service").order_by("service__name", "pk"))


@dataclass(frozen=True)
class Here:
    """What is on record for the area of a child: the services that take it, or that there is none."""

    authority: Authority
    services: Sequence[ServiceArea]
    without: ServiceArea | None


def here(child: Child, *, at: datetime) -> Here:
    """What whoever seeks a guardian for `child` reads: of the authority that is responsible for it now."""
    authority, day = responsible_authority(child, at=at), london_day(at)
    services = in_force(authority.pk, day=day)
    return Here(authority, services, None if services else without(authority.pk, day=day))


def services_for(child: Child, *, at: datetime) -> set[int] | None:
    """The services of which somebody may be this child's guardian: of its area, or with its referral, or that have the child.

    None for any of all, where nothing was ever said of the area.
    """
    area = here(child, at=at)
    if not area.services and not ServiceArea.objects.of([area.authority.pk]).exists():
        return None
    referred = GuardianReferral.objects.open().filter(child=child)
    held = GuardianAssignment.objects.current(at).filter(child=child)
    found = {one.service_id for one in area.services if one.service_id is not None}
    return {*found, *referred.values_list("service", flat=True), *held.values_list("service", flat=True)}


def without(authority_id: int, *, day: date) -> ServiceArea | None:
    """What says of this authority that it has no service on this day."""
    return ServiceArea.objects.of([authority_id]).filter(service=None).on(day).first()


def _require_way(way: Way) -> None:
    if not any(way.columns.values()):
        raise IllegalMove("Enter how a child is referred: the form, the mailbox or the phone.")


def _in_time(rows: ServiceAreaQuerySet, starts_date: date, ends_date: date | None) -> bool:
    """Whether one of these rows shares a day with this time."""
    if ends_date is not None:
        rows = rows.filter(starts_date__lte=ends_date)
    return rows.filter(Q(ends_date=None) | Q(ends_date__gte=starts_date)).exists()


def _is_over(area: ServiceArea, at: datetime) -> bool:
    return area.ends_date is not None and area.ends_date < london_day(at)


def _end_none(authority: Authority, starts_date: date) -> None:
    """That there is no service ends as one begins: with the day before, or with its own first day."""
    rows = ServiceArea.objects.filter(authority=authority, service=None, ends_date__gte=starts_date)
    for row in rows:
        row.ends_date = max(row.starts_date, starts_date - timedelta(days=1))
        row.save(update_fields=["ends_date"])


def _record(
    authority: Authority, kind: str, columns: Mapping[str, Any], *, by: User, at: datetime
) -> ServiceArea:
    area = ServiceArea.objects.create(authority=authority, recorded_at=at, recorded_by=by, **columns)
    log.record_configuration(area, kind, data=data_of(area), by=by, at=at)
    return area


def _change(
    area: ServiceArea,
    columns: Mapping[str, Any],
    kind: str,
    said: Mapping[str, str | bool],
    *,
    by: User,
    at: datetime,
) -> ServiceArea:
    is_same = all(getattr(area, name) == value for name, value in columns.items())
    if is_same and "holds" not in said and not came_by_merger([area]):
        return area
    for name, value in columns.items():
        setattr(area, name, value)
    area.save(update_fields=list(columns))
    log.record_configuration(area, kind, data={**data_of(area), **said}, by=by, at=at)
    return area


def ring(authority: Authority, *, at: datetime) -> None:
    """Have what is owed of a guardian worked out anew for every child for whom `authority` is responsible.

    Each round is a commit of its own, or a check-in of a child of the first would wait for the last: so outside of any
    other. Done in part it is begun anew by whoever asks again, and does no harm.
    """
    own = Responsibility.objects.filter(authority=authority).at(at).values("child")
    left = Child.objects.open(at).filter(pk__in=own).order_by("pk")
    ids = list(left.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        with transaction.atomic():
            held = list(
                Child.objects.locked().filter(pk__in=some).order_by("pk").values_list("pk", flat=True)
            )
            children_changed.send(sender=None, ids=tuple(held), at=at)


def came_by_merger(rows: Sequence[ServiceArea]) -> bool:
    """Whether all of these passed on in mergers, and nobody has said any of them of this authority since."""
    ids = {row.pk for row in rows}
    known = ConfigurationChange.objects.filter(subject_type="servicearea", subject_id__in=ids)
    passed = set(known.filter(kind=PASSED).values_list("subject_id", flat=True))
    return passed == ids and not known.filter(kind__in=WRITTEN).exists()


def waiting() -> list[ConfigurationChange]:
    """What somebody wrote last of each area whose children it was not worked out for since."""
    rows = ConfigurationChange.objects.filter(subject_type="servicearea", kind__in=(*WRITTEN, WORKED_OUT))
    last: dict[int, ConfigurationChange] = {}
    for row in rows.order_by("pk"):
        if row.kind != WORKED_OUT:
            last[row.subject_id] = row
        elif row.subject_id in last and last[row.subject_id].pk <= row.data["through"]:
            del last[row.subject_id]
    return list(last.values())


def work_out(*, at: datetime) -> int:
    """Work out for the children of each area what somebody has written of it since; return of how many areas.

    Whoever writes it does not wait for the rounds: the change is on record in its own commit, and is owed by that. One
    area that fails is reported, waits for the next look and stops no other.
    """
    return attempts.each(waiting(), lambda change: _worked_out(change, at), fault="area_not_worked_out")


def _worked_out(change: ConfigurationChange, at: datetime) -> int:
    # The children first: what stops halfway is not on record, and is begun anew.
    area = ServiceArea.objects.select_related("authority").get(pk=change.subject_id)
    ring(area.authority, at=at)
    data = {"authority": area.authority_id, "through": change.pk}
    log.record_configuration(area, WORKED_OUT, data=data, by=None, at=at)
    return 1


def turn(*, at: datetime) -> int:
    """Put on record each area whose first day has come, or whose last is over, and what that makes of its children.

    Returns how many; each once. What was written down on its first day or later was worked out then.
    """
    day, turned = london_day(at), 0
    known = ConfigurationChange.objects.filter(subject_type="servicearea", subject_id=OuterRef("pk"))
    begun = ServiceArea.objects.filter(starts_date__lte=day).exclude(Exists(known.filter(kind=BEGUN)))
    over = ServiceArea.objects.filter(ends_date__lt=day).exclude(Exists(known.filter(kind=OVER)))
    for kind, rows in ((BEGUN, begun), (OVER, over)):
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            turned += _turned(pk, kind, at)
    return turned


def pass_on(
    rows: Sequence[ServiceArea], authority: Authority, successor: Authority, *, by: User | None, at: datetime
) -> None:
    """Say of `successor` what these rows say of `authority`, as it stands and since when it was said.

    What had begun, or was over, is no news there.
    """
    day = london_day(at)
    for row in rows:
        row.pk, row._state.adding, row.authority = None, True, successor
        row.save(force_insert=True)
        log.record_configuration(row, PASSED, data={**data_of(row), "from": authority.pk}, by=by, at=at)
        if row.starts_date <= day:
            log.record_configuration(row, BEGUN, data=data_of(row), by=None, at=at)
        if _is_over(row, at):
            log.record_configuration(row, OVER, data=data_of(row), by=None, at=at)


def note_lacking(authority: Authority, first_day: date, *, is_open: bool, at: datetime) -> None:
    """Put on record that from this day on no service takes children of an authority: who answers there hears by that."""
    data = {"first_day": first_day.isoformat(), "open": is_open, "authorities": [authority.pk]}
    log.record_configuration(authority, "guardians_lacking", data=data, by=None, at=at)


def note_served(authority: Authority, *, at: datetime) -> None:
    """Put on record that one does again, that somebody says why none does, or that no child is owed a guardian."""
    log.record_configuration(authority, SERVED, by=None, at=at)


def _turned(pk: int, kind: str, at: datetime) -> bool:
    # The children first: what stops halfway is not on record, and is begun anew.
    ring(ServiceArea.objects.select_related("authority").get(pk=pk).authority, at=at)
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it said.
        area = ServiceArea.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
        said = ConfigurationChange.objects.filter(subject_type="servicearea", subject_id=pk, kind=kind)
        if said.exists():
            return False
        log.record_configuration(area, kind, data=data_of(area), by=None, at=at)
    return True


def data_of(area: ServiceArea) -> dict[str, object]:
    """What the log says of an area when something is said of it, or it begins or is over."""
    day = area.ends_date.isoformat() if area.ends_date is not None else None
    found = {
        "authority": area.authority_id,
        "service": area.service_id,
        "starts": area.starts_date.isoformat(),
    }
    return {**found, "last_day": day, "children_stay": area.children_stay}

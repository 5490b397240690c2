"""The one home of reading coverage for a decision: a few queries for any number of children."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from django.db.models import Q

from cases import holidays
from cases.deadlines import at_london
from cases.models import (
    Child,
    DetailsChange,
    Event,
    KeepFrom,
    Membership,
    Nation,
    Responsibility,
    Role,
    Trafficking,
)
from guardians.coverage import Due, Facts, Limits, Reason, Watch, due
from guardians.models import GuardianAssignment, NoGuardian


@dataclass(frozen=True)
class Coverage:
    """One child's facts, and the nation whose working days count."""

    facts: Facts
    nation: str

    def due(self, limits: Limits) -> Due | None:
        calendar = holidays.calendar_of(self.nation)
        return due(self.facts, limits, nation=calendar, holidays=holidays.of(calendar))


def is_eligible(child: Child) -> bool:
    """Signs of trafficking, or a referral to the National Referral Mechanism: a guardian is owed."""
    return child.trafficking == Trafficking.YES or child.nrm_reference != ""


def load(children: Collection[Child]) -> dict[int, Coverage]:
    """Read these children's coverage; those who are owed no guardian come without a query."""
    eligible = [child for child in children if is_eligible(child)]
    found = {child.pk: Coverage(Facts(None), Nation.ENGLAND) for child in children}
    if not eligible:
        return found
    ids = [child.pk for child in eligible]
    since = _eligible_since(eligible)
    watches = _watches(ids)
    reasons = {
        row.child_id: Reason(row.kind == NoGuardian.Kind.REFERRED, row.named, row.starts_at, row.review_date)
        for row in NoGuardian.objects.filter(child__in=ids, ends_at=None)
    }
    nations = dict(
        Responsibility.objects.filter(child__in=ids)
        .order_by("child", "-starts_at")
        .distinct("child")
        .values_list("child", "authority__nation")
    )
    for pk in ids:
        facts = Facts(since[pk], tuple(watches[pk]), reasons.get(pk))
        found[pk] = Coverage(facts, nations.get(pk, Nation.ENGLAND))
    return found


def _eligible_since(children: Collection[Child]) -> Mapping[int, datetime]:
    """When the signs or the referral came on record: the latest correction that said so, else registration."""
    ids = [child.pk for child in children]
    said: dict[int, datetime] = {}
    signs = Q(topic="trafficking", after__trafficking=Trafficking.YES)
    referred = Q(topic="references", before__nrm_reference="") & ~Q(after__nrm_reference="")
    for child_id, topic, at in (
        DetailsChange.objects.filter(signs | referred, child__in=ids)
        .order_by("changed_at")
        .values_list("child", "topic", "changed_at")
    ):
        if topic == "trafficking" or child_id not in said:
            said[child_id] = at
    filled = Event.objects.filter(
        child__in=ids, kind="details_filled_in", data__fields__contains="trafficking"
    )
    for child_id, at in filled.order_by("number").values_list("child", "recorded_at"):
        if child_id is not None:
            said.setdefault(child_id, at)
    return {child.pk: max(said.get(child.pk, child.registered_at), child.registered_at) for child in children}


def _watches(ids: Collection[int]) -> Mapping[int, list[Watch]]:
    """Each assignment for as long as its guardian could be reached: role, service, account and keep-from list agree."""
    rows = list(GuardianAssignment.objects.filter(child__in=ids).select_related("service", "guardian"))
    guardians = {row.guardian_id for row in rows}
    roles: dict[tuple[int, int | None], list[Membership]] = defaultdict(list)
    for role in Membership.objects.filter(user__in=guardians, role=Role.GUARDIAN).order_by("starts_at"):
        roles[role.user_id, role.service_id].append(role)
    marks: dict[tuple[int, int], list[KeepFrom]] = defaultdict(list)
    for mark in KeepFrom.objects.filter(child__in=ids, user__in=guardians).order_by("starts_at"):
        marks[mark.child_id, mark.user_id].append(mark)
    found: dict[int, list[Watch]] = defaultdict(list)
    for row in rows:
        whole = Watch(row.starts_at, row.ends_at)
        held = roles[row.guardian_id, row.service_id]
        kept = marks[row.child_id, row.guardian_id]
        for part in _reachable(row, whole, held):
            found[row.child_id] += _without(part, kept)
    return found


def _reachable(row: GuardianAssignment, whole: Watch, held: Iterable[Membership]) -> Iterable[Watch]:
    last = row.service.ends_date
    over = None if last is None else at_london(last + timedelta(days=1), time(0, 0))
    if not row.guardian.is_active or not row.guardian.email:
        # From when is not on record: it is as if the guardian had left as soon as they came.
        yield Watch(whole.starts_at, whole.starts_at)
        return
    for role in held:
        starts_at = max(whole.starts_at, role.starts_at)
        ends = [end for end in (whole.ends_at, role.ends_at, over) if end is not None]
        ends_at = min(ends, default=None)
        if ends_at is None or starts_at < ends_at:
            yield Watch(starts_at, ends_at)


def _without(part: Watch, marks: Iterable[KeepFrom]) -> list[Watch]:
    left = [part]
    for mark in marks:
        left = [piece for one in left for piece in _cut(one, mark.starts_at, mark.ends_at)]
    return left


def _cut(one: Watch, start: datetime, end: datetime | None) -> Iterable[Watch]:
    if (one.ends_at is not None and one.ends_at <= start) or (end is not None and end <= one.starts_at):
        yield one
        return
    if one.starts_at < start:
        yield replace(one, ends_at=start)
    elif end is None:
        yield Watch(one.starts_at, one.starts_at)
    if end is not None and (one.ends_at is None or end < one.ends_at):
        yield replace(one, starts_at=max(one.starts_at, end))

"""The one home of reading coverage for a decision: a few queries for any number of children."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cases import holidays
from cases.models import (
    Child,
    DetailsChange,
    Event,
    Nation,
    Responsibility,
    Trafficking,
)
from guardians.coverage import Due, Facts, Limits, Reason, due
from guardians.models import NoGuardian
from guardians.within_reach import watches_of


@dataclass(frozen=True)
class Coverage:
    """One child's facts, and the nation whose working days count."""

    facts: Facts
    nation: str

    def due(self, limits: Limits, *, at: datetime) -> Due | None:
        calendar = holidays.calendar_of(self.nation)
        return due(self.facts, limits, at=at, nation=calendar, holidays=holidays.of(calendar))


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
    watches = watches_of(ids)
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

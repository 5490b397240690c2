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


# There each child who came alone has a guardian by law, with signs of trafficking or without [Human Trafficking and
# Exploitation (Scotland) Act 2015 s.11; the same Act of Northern Ireland, s.21].
FOR_EVERY_CHILD = frozenset({Nation.SCOTLAND, Nation.NORTHERN_IRELAND})


def is_eligible(child: Child, nation: str) -> bool:
    """Whether a guardian is owed: for signs of trafficking or a referral to the NRM, in some nations for coming alone.

    `nation` is that of the authority that is responsible.
    """
    return child.trafficking == Trafficking.YES or child.nrm_reference != "" or nation in FOR_EVERY_CHILD


def load(nations: Mapping[Child, str]) -> dict[int, Coverage]:
    """Read the coverage of these children, each with the nation of the authority that is responsible.

    Those who are owed no guardian come without a query.
    """
    eligible = [child for child, nation in nations.items() if is_eligible(child, nation)]
    found = {child.pk: Coverage(Facts(None), Nation.ENGLAND) for child in nations}
    if not eligible:
        return found
    ids = [child.pk for child in eligible]
    known = {child.pk: nation for child, nation in nations.items()}
    began = _eligible_since(eligible, known)
    watches = watches_of(ids)
    reasons = {
        row.child_id: Reason(row.kind == NoGuardian.Kind.REFERRED, row.named, row.starts_at, row.review_date)
        for row in NoGuardian.objects.filter(child__in=ids, ends_at=None)
    }
    for pk in ids:
        facts = Facts(began[pk], tuple(watches[pk]), reasons.get(pk))
        found[pk] = Coverage(facts, known[pk] or Nation.ENGLAND)
    return found


def _eligible_since(children: Collection[Child], nations: Mapping[int, str]) -> Mapping[int, datetime]:
    """When the signs or the referral came on record: the latest correction that said so, else registration.

    Where every child is owed a guardian: from when an authority there became responsible, if that is sooner.
    """
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
    began = {
        child.pk: max(said.get(child.pk, child.registered_at), child.registered_at) for child in children
    }
    every = [child for child in children if nations[child.pk] in FOR_EVERY_CHILD]
    came = _came_to([child.pk for child in every]) if every else {}
    for child in every:
        there = came.get(child.pk, child.registered_at)
        began[child.pk] = min(there, began[child.pk]) if is_eligible(child, "") else there
    return began


def _came_to(ids: Collection[int]) -> Mapping[int, datetime]:
    """Since when the authorities of these children have been, one after the other, of nations that owe each a guardian."""
    came: dict[int, datetime] = {}
    rows = Responsibility.objects.filter(child__in=ids).order_by("child", "starts_at")
    for child_id, starts_at, nation in rows.values_list("child", "starts_at", "authority__nation"):
        if nation not in FOR_EVERY_CHILD:
            came.pop(child_id, None)
        else:
            came.setdefault(child_id, starts_at)
    return came

"""The one home of reading coverage for a decision: a few queries for any number of children."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from cases import holidays, suspicions
from cases.models import (
    Child,
    DetailsChange,
    Nation,
    NrmReferral,
    Responsibility,
    Trafficking,
)
from cases.worded import worded
from guardians import served
from guardians.coverage import Due, Facts, Limits, Reason, Referral, due
from guardians.models import GuardianReferral, NoGuardian
from guardians.states import ReferralStatus
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


def is_eligible(child: Child, nation: str, referrals: Collection[NrmReferral] = ()) -> bool:
    """Whether a guardian is owed: for signs of trafficking or a referral to the NRM, in some nations for coming alone.

    `nation` is that of the authority that is responsible, `referrals` are those of the child.
    """
    return _is_suspected(child, referrals) or nation in FOR_EVERY_CHILD


def _is_suspected(child: Child, referrals: Collection[NrmReferral]) -> bool:
    open_ones = any(referral.is_open for referral in referrals)
    return child.trafficking == Trafficking.YES or child.nrm_reference != "" or open_ones


@dataclass(frozen=True)
class Owed:
    """One child of whom coverage is read: the nation of the authority that is responsible, and the child's referrals.

    `again_from` is since when it is a child again, after it was held for an adult; `asked_from` since when its policy
    asks for a guardian of every child of that nation.
    """

    child: Child
    nation: str
    referrals: Collection[NrmReferral] = ()
    again_from: datetime | None = None
    # The authority that is responsible, in whose area services are sought.
    authority_id: int | None = None
    asked_from: datetime | None = None
    # From when it is of age; None in a search from before: turning 18 ends no search, nor whoever stands by in it.
    of_age_at: datetime | None = None
    # Since when this authority answers for the child by a transfer; None of a child who came by none.
    came_at: datetime | None = None


def load(children: Collection[Owed], *, at: datetime) -> dict[int, Coverage]:
    """Read the coverage of these children.

    Those who are owed no guardian come without a query.
    """
    eligible = [one for one in children if is_eligible(one.child, one.nation, one.referrals)]
    found = {one.child.pk: Coverage(Facts(None), Nation.ENGLAND) for one in children}
    if not eligible:
        return found
    began = _eligible_since(eligible)
    ids = list(began)
    watches = watches_of(ids)
    reasons = {
        row.child_id: Reason(
            row.kind == NoGuardian.Kind.REFERRED,
            row.named,
            row.starts_at,
            row.review_date,
            row.kind == NoGuardian.Kind.NOT_AVAILABLE,
        )
        for row in _reasons(ids)
    }
    areas = served.of({one.authority_id for one in eligible}, at=at)
    here = {one.child.pk: areas.get(one.authority_id or 0, served.Served()) for one in eligible}
    referrals, dropped, waited = _referrals(ids, at)
    for one in eligible:
        if (pk := one.child.pk) in began:
            facts = Facts(
                began[pk],
                tuple(watches[pk]),
                reasons.get(pk),
                referrals.get(pk),
                here[pk].unserved_since,
                here[pk].anew_from,
                dropped.get(pk),
                one.of_age_at,
                one.came_at,
                tuple(waited[pk]),
            )
            found[pk] = Coverage(facts, one.nation or Nation.ENGLAND)
    return found


@worded
def _reasons(ids: Any) -> QuerySet[NoGuardian]:
    return NoGuardian.objects.filter(child__among=ids, ends_at=None)


@worded
def _made(ids: Any) -> QuerySet[Any]:
    rows = GuardianReferral.objects.filter(child__among=ids).annotate(
        declined_at=Max("steps__recorded_at", filter=Q(steps__status=ReferralStatus.DECLINED)),
        withdrawn_at=Max("steps__recorded_at", filter=Q(steps__status=ReferralStatus.WITHDRAWN)),
    )
    return rows.order_by("pk")


def _referrals(
    ids: Collection[int], at: datetime
) -> tuple[dict[int, Referral], dict[int, datetime], Mapping[int, Sequence[tuple[datetime, datetime]]]]:
    """The last referral of each that was not taken back, while it is open or where it was declined.

    Asked is the service since the first of its referrals that nobody declined: to take one back and to refer the child
    there again puts nothing off. Beside them of each whose service takes no child there any more when that was: with it
    nobody waits. And from when to when a service was asked that gave no guardian.
    """
    found: dict[int, Referral] = {}
    dropped: dict[int, datetime] = {}
    asked: dict[tuple[int, int], datetime] = {}
    waited: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    made = _made(ids)
    ends = served.ends_of({(row.child_id, row.service_id) for row in made if row.is_open}, keeps=False)
    for row in made:
        place = (row.child_id, row.service_id)
        since = asked.setdefault(place, row.referred_at)
        over = ends.get(place) if row.is_open else None
        if over is not None and row.referred_at < over <= at:
            found.pop(row.child_id, None)
            dropped[row.child_id] = over
            waited[row.child_id].append((row.recorded_at, over))
        elif row.is_open:
            found[row.child_id] = Referral(since, row.status != ReferralStatus.REFERRED)
        elif row.status == ReferralStatus.DECLINED:
            found[row.child_id] = Referral(since, answered=True, declined_at=row.declined_at)
        elif row.status == ReferralStatus.ASSIGNED:
            found.pop(row.child_id, None)
        if row.status != ReferralStatus.WITHDRAWN and not row.is_open:
            # Declined, or somebody was assigned: the next one is asked anew.
            del asked[place]
        if (over_at := row.declined_at or row.withdrawn_at) is not None:
            waited[row.child_id].append((row.recorded_at, over_at))
    return found, dropped, waited


def _eligible_since(eligible: Collection[Owed]) -> Mapping[int, datetime]:
    """When the signs or the referral came on record; where every child is owed a guardian, the arrival there if sooner.

    Whoever was there before that was asked is owed one from when it was.
    """
    suspected = [one for one in eligible if _is_suspected(one.child, one.referrals)]
    began = dict(_suspected_since(suspected)) if suspected else {}
    asked = {one.child.pk: one.asked_from for one in eligible if one.nation in FOR_EVERY_CHILD}
    every = [(one.child, since) for one in eligible if (since := asked.get(one.child.pk)) is not None]
    came = _came_to([child.pk for child, _since in every]) if every else {}
    for child, since in every:
        pk = child.pk
        there = max(came.get(pk, child.registered_at), since)
        began[pk] = min(there, began.get(pk, there))
    # Nobody was asked for a guardian while it was held for an adult.
    for one in eligible:
        if one.again_from is not None and one.child.pk in began:
            began[one.child.pk] = max(began[one.child.pk], one.again_from)
    return began


def _suspected_since(suspected: Collection[Owed]) -> Mapping[int, datetime]:
    """When the signs came on record, else the reference of the NRM, else an open referral; else the registration."""
    signs = suspicions.since([one.child for one in suspected])
    ids = [one.child.pk for one in suspected]
    changes = DetailsChange.objects.filter(child__in=ids, topic="references", before__nrm_reference="")
    referenced: dict[int, datetime] = {}
    named = changes.exclude(after__nrm_reference="").order_by("changed_at")
    for child_id, at in named.values_list("child", "changed_at"):
        referenced.setdefault(child_id, at)
    began = {}
    for one in suspected:
        child = one.child
        opened = [referral.starts_at for referral in one.referrals if referral.is_open]
        since: datetime | None = signs.get(child.pk) or referenced.get(child.pk)
        if since is None and not child.nrm_reference:
            since = min(opened, default=None)
        began[child.pk] = max(since or child.registered_at, child.registered_at)
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

"""The questions of the promise that exactly one authority is responsible at every instant, and no transfer says otherwise."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Subquery

from cases.deadlines import london_day
from cases.models import Authority, Child, Responsibility, Transfer


def without_authority(now: datetime) -> Iterator[str]:
    first = Responsibility.objects.filter(starts_at__lte=F("child__registered_at")).values("child")
    return iter(Child.objects.exclude(pk__in=first).values_list("reference", flat=True))


def transfers_that_disagree(now: datetime) -> Iterator[str]:
    """Open transfers of another authority's child, and arrivals from which on the receiver is not responsible."""
    begun = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=now)
    theirs = Subquery(begun.order_by("-starts_at").values("authority")[:1])
    adrift = Transfer.objects.open().alias(theirs=theirs).exclude(theirs=F("sender"))
    yield from adrift.values_list("child__reference", flat=True)
    passed = begun.filter(authority=OuterRef("receiver"), starts_at=OuterRef("confirmed_at"))
    arrived = Transfer.objects.filter(confirmed_at__isnull=False).exclude(Exists(passed))
    yield from arrived.values_list("child__reference", flat=True)


def without_an_authority_that_exists(now: datetime) -> Iterator[str]:
    """Children of an authority that was abolished and not merged into its successor."""
    today = london_day(now)
    over = Authority.objects.filter(valid_to__lte=today)
    rows = Responsibility.objects.at(now).filter(authority__in=over, child__closed_at=None)
    return iter(rows.values_list("child__reference", flat=True))

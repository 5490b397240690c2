"""The questions of the promise that whoever was told hears how it ends, by whatever way they were told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from alerts import house_ends, told_by_phone
from alerts.models import Alert, HomeAlert, Message, MessageKind
from alerts.states import AlertStatus, MessageStatus
from cases.models import MissingEpisode

# What the engine had no time for yet is no broken promise.
GRACE = timedelta(minutes=2)
# [proposal] So long after an ending somebody is still phoned about it.
LATELY = timedelta(days=30)


def _told_and_not_ended(now: datetime) -> Iterator[str]:
    """As many were owed the ending of an ended alert as were told of it; a recipient may have been replaced between."""
    ending, heard = Q(message_items__kind=MessageKind.ENDING), Q(message_items__step__startswith="ending")
    rows = _owe_an_ending(now)
    waits = Q(message_items__in=house_ends.waiting())
    told = Q(message_items__message__status=MessageStatus.SENT) & ~ending & ~waits
    rows = rows.annotate(
        told=Count("message_items__recipient", filter=told, distinct=True),
        hear=Count("message_items__recipient", filter=heard, distinct=True),
    )
    return (f"alert {pk}" for pk in rows.filter(told__gt=F("hear")).values_list("pk", flat=True))


def _phoned_and_not_ended(now: datetime) -> Iterator[str]:
    """Those who were told by phone, as any who were told; what ended longer ago than a month is phoned to nobody any more."""
    lately = _owe_an_ending(now).filter(ended_at__gt=now - LATELY)
    lately = lately.exclude(message_items__in=house_ends.waiting())
    return (f"alert {pk}" for pk in told_by_phone.without_ending(lately))


def _home_told_and_not_ended(now: datetime) -> Iterator[str]:
    return _more_told(HomeAlert.objects.filter(ended_at__lt=now - GRACE), _SENT)


def _home_phoned_and_not_ended(now: datetime) -> Iterator[str]:
    lately = HomeAlert.objects.filter(ended_at__lt=now - GRACE, ended_at__gt=now - LATELY)
    phoned = Q(messages__in=Message.objects.filter(told_by_phone.PHONED))
    return _more_told(lately.filter(phoned), _SENT | phoned)


_SENT = Q(messages__status=MessageStatus.SENT)


def _more_told(over: QuerySet[HomeAlert], told: Q) -> Iterator[str]:
    ending = Q(messages__kind=MessageKind.ENDING)
    rows = HomeAlert.objects.filter(pk__in=over.values("pk")).annotate(
        told=Count("messages__recipient", filter=told & ~ending, distinct=True),
        hear=Count("messages__recipient", filter=ending, distinct=True),
    )
    return (alert.reference for alert in rows.filter(told__gt=F("hear")))


def _owe_an_ending(now: datetime) -> QuerySet[Alert]:
    """Of a death nobody hears by a machine but the director; a notice of an episode that goes on ends with the episode."""
    died = MissingEpisode.objects.filter(child=OuterRef("child"), outcome__in=house_ends.OF_DEATH)
    over = Alert.objects.exclude(end_reason__in=Alert.IN_SILENCE).filter(status=AlertStatus.ENDED)
    ended = over.filter(~Exists(died), ended_at__lt=now - GRACE)
    return ended.exclude(clock__episode__isnull=False, clock__episode__ended_at=None)


QUESTIONS = (
    (
        "no quiet failure",
        "ended alerts of which somebody was told and not of the ending",
        _told_and_not_ended,
    ),
    (
        "no quiet failure",
        "ended alerts of which somebody was told by phone and not of the ending",
        _phoned_and_not_ended,
    ),
    (
        "no quiet failure",
        "ended alerts of homes of which somebody was told and not of the ending",
        _home_told_and_not_ended,
    ),
    (
        "no quiet failure",
        "ended alerts of homes of which somebody was told by phone and not of the ending",
        _home_phoned_and_not_ended,
    ),
)

"""Whoever comes to a child who is looked for is told of it at once, and so hears how the search ends."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from alerts import clocks, outbox, recipients, tellings
from alerts.call_ladder import FIRST_CALL
from alerts.escalations import actors
from alerts.models import Alert, Clock, MessageItem
from alerts.recipients import Directory
from cases import facts
from cases.models import Allocation, Child, KeepFrom, ReviewingOfficer, WorkerCover
from guardians.models import GuardianAssignment, GuardianCover

logger = structlog.get_logger(__name__)

WORDING = "told_missing"
# Of several children whose work is given at once the bell rings without a kind.
KINDS = frozenset({"", "allocated", "guardian_assigned", "reviewing_officer_named", "keep_from_lifted"})
# How far back the beginning of cover is looked for: longer than anything that looks for it is ever out.
LATELY = timedelta(days=1)


def tell(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """Owe the worker, guardian and reviewing officer who are new at `at` what those before them were told.

    The children are locked by the caller. Nobody is told twice of a search, nor whoever began it; nor is anybody told
    that a child is missing who is said to be back by then. Before the first call step that one tells all.
    """
    came = _came(child_ids, at) if kind in KINDS else set()
    alerts = _searches(came) if came else []
    if not alerts:
        return
    outbox.enqueue(_owed(alerts, at), at=at)


def tell_covers(*, now: datetime) -> None:
    """Owe the same, once, to whoever covers for a worker or a guardian since a while ago: that begins by the clock.

    One child that fails is reported and stops no other.
    """
    covering = _covering(now)
    for child_id in sorted({alert.child_id for alert in _searches(covering)} if covering else ()):
        try:
            _tell_covers(child_id, covering[child_id], now)
        except Exception:
            logger.exception("covers_not_told_of_search", child=child_id)


def _tell_covers(child_id: int, people: Collection[int], now: datetime) -> None:
    with transaction.atomic():
        Child.objects.locked().get(pk=child_id)
        owed = _owed(_searches([child_id]), now)
        outbox.enqueue([one for one in owed if one.recipient.user_id in people], at=now)


def _covering(now: datetime) -> Mapping[int, set[int]]:
    """By child whose cover has begun, or was agreed to after it was to begin, a short while ago and holds."""
    since = now - LATELY
    lately = Q(starts_at__gt=since) | Q(answered_at__gt=since)
    found: dict[int, set[int]] = defaultdict(set)
    for rows in (WorkerCover.objects.holding(now), GuardianCover.objects.current(now)):
        for child_id, person_id in rows.filter(lately).values_list("child", "covered_by"):
            found[child_id].add(person_id)
    return found


def _owed(alerts: Sequence[Alert], at: datetime) -> list[outbox.Owed]:
    """What everybody who is there now and has not heard of these searches is owed."""
    if not alerts:
        return []
    loaded = facts.load({alert.child_id for alert in alerts})
    directory = recipients.directory(list(loaded.values()), at=at)
    return [one for a in alerts for one in _of_alert(a, loaded[a.child_id], directory)]


def _came(child_ids: Collection[int], at: datetime) -> set[int]:
    """The children to whom somebody came at this moment, or from whom somebody is kept no more."""
    ids = set(child_ids)
    since = {"child__in": ids, "starts_at": at}
    found = {*Allocation.objects.filter(**since).values_list("child", flat=True)}
    found |= {*GuardianAssignment.objects.filter(**since).values_list("child", flat=True)}
    found |= {*KeepFrom.objects.filter(child__in=ids, ends_at=at).values_list("child", flat=True)}
    named = ReviewingOfficer.objects.filter(child__in=ids, recorded_at=at, ends_at=None)
    return found | {*named.values_list("child", flat=True)}


def _searches(child_ids: Collection[int]) -> Sequence[Alert]:
    """The calls that go on of these children of whom the others have been told."""
    rows = Alert.objects.of_searches().filter(child__in=child_ids)
    return list(rows.select_related("episode").order_by("pk"))


def _of_alert(alert: Alert, child: facts.ChildFacts, directory: Directory) -> list[outbox.Owed]:
    episode = alert.episode
    if episode is None or episode.ended_at is not None or episode.back_since is not None:
        return []
    told = MessageItem.objects.filter(alert=alert, message__wording=WORDING)
    heard = {*told.values_list("message__user", flat=True), actors.opener(episode)}
    plan = tellings.plan(Clock.Kind.CALL, FIRST_CALL)
    return [
        outbox.Owed(
            alert=alert,
            step=FIRST_CALL,
            kind=telling.kind,
            wording=telling.wording,
            recipient=to,
            urgency=clocks.urgency_of(FIRST_CALL),
            owed_at=directory.at,
            episode_id=episode.pk,
        )
        for telling in plan.tellings
        if telling.wording == WORDING
        for to in directory.resolve(telling.post, child, telling.channels)
        if to.user_id not in heard
    ]

"""Whoever comes to a child who is looked for is told of it at once, and so hears how the search ends."""

from collections.abc import Collection, Sequence
from datetime import datetime

from alerts import clocks, outbox, recipients, tellings
from alerts.escalations import actors
from alerts.models import Alert, Clock, MessageItem
from alerts.recipients import Directory
from alerts.states import AlertStatus
from cases import facts
from cases.models import Allocation, ReviewingOfficer
from guardians.models import GuardianAssignment

WORDING = "told_missing"
FIRST = "call_0"
# Of several children whose work is given at once the bell rings without a kind.
KINDS = frozenset({"", "allocated", "guardian_assigned", "reviewing_officer_named"})


def tell(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """Owe the worker, guardian and reviewing officer who are new at `at` what those before them were told.

    The children are locked by the caller. Nobody is told twice of a search, nor whoever began it; nor is anybody told
    that a child is missing who is said to be back by then. Before the first call step that one tells all.
    """
    came = _came(child_ids, at) if kind in KINDS else set()
    alerts = _searches(came) if came else []
    if not alerts:
        return
    loaded = facts.load({alert.child_id for alert in alerts})
    directory = recipients.directory(list(loaded.values()), at=at)
    outbox.enqueue([one for a in alerts for one in _of_alert(a, loaded[a.child_id], directory)], at=at)


def _came(child_ids: Collection[int], at: datetime) -> set[int]:
    """The children to whom somebody came at this moment."""
    ids = set(child_ids)
    since = {"child__in": ids, "starts_at": at}
    found = {*Allocation.objects.filter(**since).values_list("child", flat=True)}
    found |= {*GuardianAssignment.objects.filter(**since).values_list("child", flat=True)}
    named = ReviewingOfficer.objects.filter(child__in=ids, recorded_at=at, ends_at=None)
    return found | {*named.values_list("child", flat=True)}


def _searches(child_ids: Collection[int]) -> Sequence[Alert]:
    """The calls that go on of these children of whom the others have been told."""
    rows = Alert.objects.filter(
        clock__kind=Clock.Kind.CALL, child__in=child_ids, status=AlertStatus.OPEN, climbed__step=FIRST
    )
    return list(rows.select_related("episode").order_by("pk"))


def _of_alert(alert: Alert, child: facts.ChildFacts, directory: Directory) -> list[outbox.Owed]:
    episode = alert.episode
    if episode is None or episode.ended_at is not None or episode.back_since is not None:
        return []
    told = MessageItem.objects.filter(alert=alert, message__wording=WORDING)
    heard = {*told.values_list("message__user", flat=True), actors.opener(episode)}
    plan = tellings.plan(Clock.Kind.CALL, FIRST)
    return [
        outbox.Owed(
            alert=alert,
            step=FIRST,
            kind=telling.kind,
            wording=telling.wording,
            recipient=to,
            urgency=clocks.urgency_of(FIRST),
            owed_at=directory.at,
            episode_id=episode.pk,
        )
        for telling in plan.tellings
        if telling.wording == WORDING
        for to in directory.resolve(telling.post, child, telling.channels)
        if to.user_id not in heard
    ]

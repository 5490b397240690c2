"""Who is kept from a child of the machines hears nothing of it by any way."""

from alerts.models import Alert, Message, MessageItem
from cases.models import HeadCount, KeepFrom, Trigger


def nobody_kept_away_is_told() -> None:
    """Of the child itself, of its journeys, and of another child because of whom it is asked for or was found."""
    for mark in KeepFrom.objects.filter(ends_at=None):
        of_journey = Message.objects.filter(journey__child=mark.child_id, user=mark.user_id)
        assert not of_journey.filter(created_at__gt=mark.starts_at).exists()
        items = MessageItem.objects.filter(
            alert__child=mark.child_id, message__user=mark.user_id, message__created_at__gt=mark.starts_at
        )
        assert not items.exists(), f"{mark.user} is kept from the child and was told"
        others = HeadCount.objects.filter(episode__child=mark.child_id, raised_at__gt=mark.starts_at)
        asking = Alert.objects.filter(
            clock__kind="head_count",
            child__in=others.values("child"),
            due_at__in=others.values("raised_at"),
        )
        by_another = Message.objects.filter(items__alert__in=asking, user=mark.user_id)
        assert not by_another.exists(), f"{mark.user} was told by another child"
        found = Trigger.objects.filter(mate__child=mark.child_id, recorded_at__gt=mark.starts_at)
        asking = Alert.objects.filter(
            clock__kind="mate_found",
            child__in=found.values("child"),
            due_at__in=found.values("recorded_at"),
        )
        of_find = Message.objects.filter(items__alert__in=asking, user=mark.user_id)
        assert not of_find.exists(), f"{mark.user} was told that the child was found"

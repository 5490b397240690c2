"""Whoever was told by phone because a message to them had failed: they were told, and hear how it ends."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from alerts.models import DutyTask, DutyTaskAlert, Message, MessageItem
from alerts.states import MessageStatus
from cases.models import EpisodeForce

# Of messages: those of which a call of their own told the reader, or may have.
PHONED = Q(pk__in=DutyTask.objects.made().values("message"))


def among(items: Sequence[MessageItem], told: Collection[MessageItem]) -> list[MessageItem]:
    """Those of these items of which the message failed and the reader was told by phone all the same.

    Not a person who is among the `told`: they hear the end by the way that worked. Nor the force that closed the search.
    """
    failed = [item for item in items if item.message.status == MessageStatus.FAILED and item not in told]
    if not failed:
        return []
    reached = _called(failed) | _spoken_to(failed)
    by_another_way = {(item.alert_id, item.message.user_id) for item in told if item.message.user_id}
    return [
        item
        for item in failed
        if item.pk in reached
        and (item.alert_id, item.message.user_id) not in by_another_way
        and not _has_closed(item)
    ]


def is_told(ending: Message, before: Sequence[Message]) -> bool:
    """Whether one of the messages `before` that this one ends failed, and its reader was told by phone."""
    failed = [message.pk for message in before if message.status == MessageStatus.FAILED]
    if not failed:
        return False
    if ending.home_alert_id is not None:
        return Message.objects.filter(PHONED, pk__in=failed).exists()
    items = MessageItem.objects.filter(message__in=failed, alert__in=ending.items.values("alert"))
    return bool(among(list(items.select_related("message", "alert__episode")), ()))


def _called(items: Sequence[MessageItem]) -> set[int]:
    """By a call about the same alert: what went in one mail is one call."""
    made = DutyTaskAlert.objects.filter(
        task__in=DutyTask.objects.made(), alert__in={item.alert_id for item in items}
    )
    calls = set(made.values_list("alert", "task__message__recipient"))
    return {item.pk for item in items if (item.alert_id, item.recipient) in calls}


def _spoken_to(items: Sequence[MessageItem]) -> set[int]:
    """By whoever wrote down its officer, on whatever line they were."""
    of_forces = [item for item in items if item.message.force_id is not None]
    if not of_forces:
        return set()
    spoken = EpisodeForce.objects.filter(episode__in={item.alert.episode_id for item in of_forces})
    known = set(spoken.exclude(officer="").values_list("episode", "force"))
    return {item.pk for item in of_forces if (item.alert.episode_id, item.message.force_id) in known}


def _has_closed(item: MessageItem) -> bool:
    episode, force_id = item.alert.episode, item.message.force_id
    return episode is not None and force_id is not None and episode.police_closed_force_id == force_id

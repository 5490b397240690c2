"""What a force was mailed of a house once has one end: it hears it with the last child of that house."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts import told_by_phone
from alerts.models import Alert, Message, MessageItem, MessageKind
from alerts.posts import Post
from alerts.states import AlertStatus, MessageStatus
from cases.models import MissingEpisode
from cases.states import EpisodeOutcome

OF_DEATH = (EpisodeOutcome.DIED, EpisodeOutcome.ANOTHER_CHILD)
_MAILS = MessageItem.objects.filter(message__post=Post.AREA_FORCE, message__home__isnull=False).exclude(
    kind=MessageKind.ENDING
)


def is_of_house(item: MessageItem) -> bool:
    """Whether this was told to a force of a house, and not of one child."""
    return item.message.post == Post.AREA_FORCE and item.message.home_id is not None


def at_last(items: Sequence[MessageItem], silent: Sequence[Alert]) -> list[MessageItem]:
    """Of these items of alerts that have ended, and of those that waited for them, what its reader hears the end of now.

    What a force was told of a house waits while another child of that house is unanswered. Alerts that ended in
    silence, of which nobody hears, may have been the last.
    """
    told = told_by_phone.heard(items)
    came = {item.alert_id for item in items if is_of_house(item)} | {alert.pk for alert in silent}
    ours = (
        list(_MAILS.filter(alert__in=came).values_list("recipient", "message__home", "message"))
        if came
        else []
    )
    if not ours:
        return told
    # Who answers for the last but one at this moment reads then that it was the last.
    list(Message.objects.select_for_update().filter(pk__in={pk for _, _, pk in ours}).order_by("pk"))
    houses = {(recipient, home) for recipient, home, _ in ours}
    rows = _unsaid().filter(
        recipient__in={r for r, _ in houses}, message__home__in={home for _, home in houses}
    )
    unsaid = list(rows.select_related("message", "alert__episode", "alert__clock").order_by("pk"))
    lasting = {_house(item) for item in unsaid if item.alert.status == AlertStatus.OPEN}
    waited = [item for item in unsaid if _house(item) in houses - lasting and _ends_aloud(item.alert)]
    return [*(item for item in told if not is_of_house(item)), *told_by_phone.heard(waited)]


def waiting() -> "QuerySet[MessageItem]":
    """What a force was told of a house in which another child is unanswered: its end is not owed yet."""
    unanswered = _MAILS.filter(
        recipient=OuterRef("recipient"),
        message__home=OuterRef("message__home"),
        alert__status=AlertStatus.OPEN,
    )
    return _MAILS.filter(Exists(unanswered))


def _unsaid() -> "QuerySet[MessageItem]":
    """What forces were told of houses, and not that it has ended; nobody hears the end of a child who has died.

    Nor of what a death had ended that was another child's; what came after it ends as ever.
    """
    said = MessageItem.objects.filter(
        alert=OuterRef("alert"), recipient=OuterRef("recipient"), kind=MessageKind.ENDING
    )
    since = Q(outcome=EpisodeOutcome.DIED) | Q(ended_at__gte=OuterRef("alert__opened_at"))
    died = MissingEpisode.objects.filter(since, child=OuterRef("alert__child"), outcome__in=OF_DEATH)
    open_ones = _MAILS.exclude(message__status=MessageStatus.CANCELLED)
    return open_ones.filter(~Exists(said), ~Exists(died))


def _house(item: MessageItem) -> tuple[str, int | None]:
    return (item.recipient, item.message.home_id)


def _ends_aloud(alert: Alert) -> bool:
    return alert.status == AlertStatus.ENDED and alert.end_reason not in Alert.IN_SILENCE

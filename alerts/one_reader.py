"""What is late for one person or phone is one call: it joins the one that nobody has begun (docs/adr/0228)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts import duty_tasks, gateway_calls, phone_tasks
from alerts.models import Alert, DutyTask, DutyTaskAlert, Message, MessageItem, MessageKind
from alerts.posts import POLICE, Post
from alerts.states import AlertStatus, MessageStatus
from cases import bulk

# Of advisory locks, by authority.
DESK_LOCKS = 7_203


def asked_for(message: Message) -> set[int]:
    """The alerts of which whoever this message is for is to be phoned, or was while it waited, by id.

    A call that was begun before the message was made told nothing of it.
    """
    begun_since = Q(taken_at=None) | Q(taken_at__gte=message.created_at)
    not_done = Q(done_at=None) | Q(done_at__gte=message.created_at)
    calls = _to_reader_of(message).filter(Q(message=message) | begun_since & not_done)
    calls = calls.exclude(answer=phone_tasks.ARRIVED)
    return set(DutyTaskAlert.objects.filter(task__in=calls).values_list("alert", flat=True))


def still_asked_for(message: Message) -> set[int]:
    """Those of them of which nobody has finished the call."""
    calls = _to_reader_of(message).filter(done_at=None)
    return set(DutyTaskAlert.objects.filter(task__in=calls).values_list("alert", flat=True))


def lock_desk(authority_id: int) -> None:
    """Whoever asks this desk for a call waits for whoever is asking: an advisory lock, after those of the children.

    What is late of two children for one reader may be found by two senders at once, who share no row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [DESK_LOCKS, authority_id])


def joins_call(
    message: Message, alerts: Sequence[Alert], authority_id: int, *, is_refused: bool = False, at: datetime
) -> bool:
    """Have the open call to the same reader be about these alerts as well; say whether there is one that may take them.

    Not one that somebody is making, nor one of which the second person was rung: they would not hear of what joins. What
    is refused joins none that lists whoever waits for a text: it waits no more.
    """
    not_begun = Q(taken_at=None, second_rung_at=None, next_at__isnull=False)
    calls = _to_reader_of(message).filter(not_begun, done_at=None, authority=authority_id)
    # One about a journey ends with it, or as responsibility passes, and whoever is rung of it hears of that alone.
    calls = calls.filter(message__journey=None)
    if is_refused:
        calls = calls.exclude(step=DutyTask.GATEWAY)
    # Locked, so that it is not being taken meanwhile.
    standing = calls.select_for_update(of=("self",)).order_by("pk").first()
    if standing is None or standing.next_at is None:
        return False
    standing.urgency = min(standing.urgency, message.urgency)
    standing.next_at = min(standing.next_at, at + min(duty_tasks.untaken_after(alerts).values()))
    standing.save(update_fields=["urgency", "next_at"])
    items = sorted((standing.pk, alert.pk) for alert in alerts)
    bulk.insert(DutyTaskAlert, ("task", "alert"), items, known=True)
    return True


def takes_refused(message: Message, alerts: Sequence[Alert], authority_id: int, *, at: datetime) -> bool:
    """Whether the call that nobody has begun to the same person or phone is about this refused one now, too.

    A desk is not phoned by itself, a force is phoned about each search, and of what is over nobody is phoned with the rest.
    """
    goes_on = message.kind != MessageKind.ENDING and any(one.status == AlertStatus.OPEN for one in alerts)
    if not goes_on or message.post in (*POLICE, Post.DUTY):
        return False
    return joins_call(message, alerts, authority_id, is_refused=True, at=at)


def close_untaken(sent: Message, *, at: datetime) -> None:
    """Close the calls that nobody took about what was late and has gone out; one that was taken is its taker's to finish.

    A call stands while another message of it waits, was refused, or is held by a later server.
    """
    ours = set(sent.items.values_list("alert", flat=True))
    for call in _to_reader_of(sent).filter(done_at=None, taken_at=None, items__alert__in=ours).distinct():
        _close_if_heard(call, sent, at)


def close_heard(ended: Collection[int], *, at: datetime) -> None:
    """Of these ended alerts: close the calls that nobody took and that stood for them alone, the rest having gone out.

    A force is phoned all the same.
    """
    calls = DutyTask.objects.open().filter(
        kind=DutyTask.Kind.PHONE_THEM, taken_at=None, items__alert__in=ended
    )
    calls = calls.filter(message__isnull=False).exclude(message__kind=MessageKind.ENDING)
    for call in calls.exclude(message__post__in=POLICE).select_related("message").distinct():
        if call.message is not None and _has_gone_out(call, call.message):
            _close_if_heard(call, call.message, at)


def _has_gone_out(call: DutyTask, to: Message) -> bool:
    """Whether the reader of this message was sent word of each open alert that the call lists, and of one at least."""
    listed = call.items.filter(alert__status=AlertStatus.OPEN).values_list("alert", flat=True)
    out = MessageItem.objects.filter(
        _is_to(to), message__status=MessageStatus.SENT, message__delayed_at=None, kind=MessageKind.ALERT
    )
    return bool(listed) and set(listed) <= set(out.filter(alert__in=listed).values_list("alert", flat=True))


def _close_if_heard(call: DutyTask, to: Message, at: datetime) -> None:
    """Close the call to the reader of this message unless they have yet to hear of an open alert that it lists."""
    about = MessageItem.objects.filter(
        _is_to(to), alert__task_items__task=call, alert__status=AlertStatus.OPEN, kind=MessageKind.ALERT
    )
    # What is on its way for the first time is late for nobody.
    waiting = Q(message__status=MessageStatus.QUEUED, message__attempts__gt=0)
    waiting |= Q(message__status=MessageStatus.SENDING, message__attempts__gt=1)
    lost = Q(message__status=MessageStatus.FAILED) & ~Q(Exists(_phoned_since(to)))
    held = Q(message__status=MessageStatus.SENT, message__delayed_at__isnull=False)
    others = call.step == DutyTask.GATEWAY and gateway_calls.waiting(call).exists()
    if not others and not about.filter(waiting | lost | held).exists():
        still = DutyTask.objects.filter(pk=call.pk, done_at=None, taken_at=None)
        still.update(done_at=at, answer=phone_tasks.ARRIVED, next_at=None)


def _to_reader_of(message: Message) -> QuerySet[DutyTask]:
    """The calls to the person, phone or mailbox of this message, or to all who wait for a text, but for those of an end.

    By the notice that what goes to the desk is late nobody is phoned, be it that who has the desk has another post, too.
    """
    whom = _is_to(message) | gateway_calls.of(message)
    calls = DutyTask.objects.filter(whom, kind=DutyTask.Kind.PHONE_THEM)
    if message.post != Post.DUTY:
        is_listed = Q(step=DutyTask.GATEWAY)
        calls = calls.exclude(
            ~is_listed & Q(message__post=Post.DUTY) & ~Q(message__status=MessageStatus.FAILED)
        )
    return calls.exclude(message__kind=MessageKind.ENDING)


def _is_to(message: Message) -> Q:
    """Of tasks and items: whose message is to the same reader. A desk is one reader, by whichever phone and mailbox."""
    whom = Q(message__recipient=message.recipient)
    if message.post == Post.DUTY:
        return whom | Q(message__post=Post.DUTY) & ~Q(message__status=MessageStatus.FAILED)
    return whom if message.user_id is None else whom | Q(message__user=message.user_id)


def _phoned_since(sent: Message) -> QuerySet[DutyTaskAlert]:
    """Of an item: the calls to the reader of this message that were made about its alert since it was owed."""
    made = DutyTask.objects.made().filter(pk__in=_to_reader_of(sent).values("pk"))
    return DutyTaskAlert.objects.filter(
        task__in=made, alert=OuterRef("alert"), task__done_at__gte=OuterRef("message__created_at")
    )

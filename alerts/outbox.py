"""Owed messages: a promise is a row, written in the commit of its fact, and ended when its alert ends."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.db.models import Q, QuerySet

from alerts import change_words, gathered, house_ends, queued_for_homes, tiers, told_by_phone
from alerts.models import Alert, Channel, Clock, HomeAlert, Message, MessageItem, MessageKind
from alerts.recipients import Recipient
from alerts.states import AlertStatus, MessageStatus
from cases import bulk
from cases.worded import Question

ENDING_URGENCY = 50
# Steps of endings that answer no message to the same reader: of a death, that it was that of another child, and for
# whoever did what the others were told.
DIED, UNSAID, OWN_ENDING = "died", "unsaid", "ending:own"
# The ending of a message that is being sent this moment waits until it is out.
IN_FLIGHT = timedelta(seconds=2)
# A house is ticked off child by child: the endings to one recipient wait so long for one another. Those of an
# episode never wait.
BUNDLED_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Owed:
    """One step of one alert for one recipient; those alike in all but the alert become one message."""

    alert: Alert
    step: str
    kind: str
    wording: str
    recipient: Recipient
    urgency: int
    owed_at: datetime
    home_id: int | None = None
    episode_id: int | None = None
    # Not before this instant, and then only if the alert stands still.
    waits_until: datetime | None = None
    # With others of the same episode and step in one commit it is one message.
    joins_others: bool = False
    # The council whose searches of one home this call is of, and no other's.
    authority_id: int | None = None
    # The step of the one message in which several steps of one reader go, whatever home or episode they are of.
    together: str = ""

    @cached_property
    def message(self) -> tuple[str, str, str, str, int | None, int | None, int | None]:
        """What one message is: a whole silent house is one; an alert without a home stands by itself."""
        if self.together:
            return (self.wording, self.together, self.kind, self.recipient.key, None, None, None)
        alone = self.alert.pk if self.home_id is None and not self.joins_others else None
        return (self.wording, self.step, self.kind, self.recipient.key, self.home_id, self.episode_id, alone)


def enqueue(owed: Sequence[Owed], *, at: datetime) -> None:
    """Write the rows of what is owed, in the commit of the fact; a queued message to the same home takes more alerts."""
    if not owed:
        return
    owed = _once(owed)
    _end_first(owed, at)
    queued, gathering = queued_for_homes.of(owed, at=at), gathered.of(owed, at=at)
    messages: dict[tuple[str, str, str, str, int | None, int | None, int | None], Message] = {}
    new = []
    for one in owed:
        if one.message in messages:
            continue
        message = gathering.message(one)
        if one.home_id is not None and not one.together:
            message = queued.get(queued_for_homes.key(one))
        if message is None:
            message = _row(one, at, gathering)
            new.append(message)
        messages[one.message] = message
    bulk.create(new)
    bulk.insert(
        MessageItem,
        ("message", "alert", "step", "kind", "recipient"),
        [(messages[one.message].pk, one.alert.pk, one.step, one.kind, one.recipient.key) for one in owed],
    )


def _once(owed: Sequence[Owed]) -> list[Owed]:
    """One message to one phone or mailbox for each step: whoever stands on two posts of it is told as the first."""
    first: dict[tuple[int, str, str, str], Owed] = {}
    for one in owed:
        first.setdefault((one.alert.pk, one.step, one.kind, one.recipient.key), one)
    return list(first.values())


def end(alerts: Sequence[Alert], *, silent: Sequence[Alert] = (), at: datetime) -> None:
    """Cancel what is still queued for these ended alerts, and owe everybody who was told the ending.

    Of the `silent`, which have ended too, nobody hears; what waited for the last of a house may be owed now.
    """
    items = list(cancel(alerts).select_related("message", "alert__episode", "alert__clock"))
    _owe_endings(house_ends.at_last(items, silent), at)


def cancel(alerts: Sequence[Alert]) -> "QuerySet[MessageItem]":
    """Cancel what is still queued for these ended alerts; return what was owed for them."""
    ids = [alert.pk for alert in alerts]
    queued = _QUEUED(ids) if ids else []
    if queued:
        items = MessageItem.objects.filter(message__in=queued, alert__status=AlertStatus.OPEN)
        shared = set(items.values_list("message", flat=True))
        whole = [message.pk for message in queued if message.pk not in shared]
        Message.objects.filter(pk__in=whole).update(status=MessageStatus.CANCELLED)
        _part([message for message in queued if message.pk in shared], ids)
    return MessageItem.objects.filter(alert__in=ids).exclude(kind=MessageKind.ENDING)


_QUEUED = Question(
    lambda alerts: Message.objects.select_for_update().filter(
        pk__in=MessageItem.objects.filter(alert__among=alerts)
        .exclude(kind=MessageKind.ENDING)
        .values("message"),
        status=MessageStatus.QUEUED,
    )
)


def cancel_for_forces(episode_id: int, force_ids: Collection[int]) -> None:
    """Cancel what is still queued about an episode for forces that are told nothing more of it."""
    ours = Message.objects.filter(episode=episode_id, force__in=force_ids, status=MessageStatus.QUEUED)
    queued = ours.exclude(kind=MessageKind.ENDING).select_for_update()
    untold = [message.pk for message in queued]
    Message.objects.filter(pk__in=untold).update(status=MessageStatus.CANCELLED)


def cancel_step(step: str, child_id: int) -> list[Message]:
    """Cancel what is still queued of this step about one child; return what has gone out of it, or may have."""
    owed = Message.objects.filter(step=step, items__alert__child=child_id).select_for_update()
    messages = list(owed.order_by("pk"))
    unheard = [m.pk for m in messages if m.status == MessageStatus.QUEUED and not m.may_be_out]
    Message.objects.filter(pk__in=unheard).update(status=MessageStatus.CANCELLED)
    gone = {MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT}
    return [m for m in messages if m.pk not in unheard and m.status in gone]


def _end_first(owed: Sequence[Owed], at: datetime) -> None:
    """Word of a new alert does not overtake the ending that waits for others of the same home."""
    homes = {one.home_id for one in owed if one.home_id is not None}
    if homes:
        waiting = Message.objects.filter(
            kind=MessageKind.ENDING,
            status=MessageStatus.QUEUED,
            next_try_at__gt=at,
            home__in=homes,
            recipient__in={one.recipient.key for one in owed},
        )
        waiting.update(next_try_at=at, urgency=0)


def _part(shared: Sequence[Message], ended: Collection[int]) -> None:
    """Messages still owed for others of their house lose the alerts that have ended.

    The rows stay, on a message of their own that is not sent: what was owed once can be seen.
    """
    if not shared:
        return
    moved = list(MessageItem.objects.filter(message__in=shared, alert__in=ended))
    parts: dict[uuid.UUID, Message] = {}
    for message in shared:
        standing, message.pk = message.pk, uuid.uuid4()
        message.status = MessageStatus.CANCELLED
        parts[standing] = message
    Message.objects.bulk_create(parts.values())
    for item in moved:
        item.message = parts[item.message_id]
    MessageItem.objects.bulk_update(moved, ["message"])


def end_of_home(alert: HomeAlert, *, at: datetime) -> None:
    """Cancel what is still queued for this ended alert of a home, and owe everybody who was told the ending."""
    ours = Message.objects.filter(home_alert=alert).exclude(kind=MessageKind.ENDING)
    queued = ours.filter(status=MessageStatus.QUEUED).select_for_update()
    untried = [message.pk for message in queued]
    Message.objects.filter(pk__in=untried).update(status=MessageStatus.CANCELLED)
    out = Q(status__in=(MessageStatus.SENT, MessageStatus.SENDING)) | Q(may_be_out=True)
    heard = ours.filter(out | told_by_phone.PHONED)
    told = {message.recipient: message for message in heard.order_by("created_at")}
    flying = set(ours.filter(out).exclude(status=MessageStatus.SENT).values_list("recipient", flat=True))
    Message.objects.bulk_create(
        [
            Message(
                kind=MessageKind.ENDING,
                wording="ending",
                step="ending",
                channel=latest.channel,
                post=latest.post,
                recipient=recipient,
                user_id=latest.user_id,
                mailbox_id=latest.mailbox_id,
                phone=latest.phone,
                authority_id=latest.authority_id,
                home_id=latest.home_id,
                home_alert=alert,
                urgency=ENDING_URGENCY,
                owed_at=at,
                created_at=at,
                next_try_at=at + IN_FLIGHT if recipient in flying else at,
            )
            for recipient, latest in told.items()
        ]
    )


def told_by_call_steps(episode_ids: Collection[int]) -> set[tuple[int, str, int | None]]:
    """(episode, post, person) already told, or about to be, by a call step of that episode."""
    rows = MessageItem.objects.filter(alert__episode__in=episode_ids, step__startswith="call_").exclude(
        message__status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED)
    )
    known = rows.exclude(told_by_phone.LATE).values_list("alert__episode", "message__post", "message__user")
    return {(episode_id, post, user_id) for episode_id, post, user_id in known if episode_id}


def _row(one: Owed, at: datetime, gathering: gathered.Gathering) -> Message:
    recipient = one.recipient
    since = max(at, one.waits_until or at)
    held_until = _held_until(one, since)
    goes_at = held_until or gathering.until(one, since=since) or since
    if recipient.channel != Channel.MAIL and one.wording in tiers.CALM:
        goes_at = tiers.by_day(goes_at)
    return bulk.make(
        Message,
        kind=one.kind,
        wording=one.wording,
        step=one.together or one.step,
        channel=recipient.channel,
        post=recipient.post,
        recipient=recipient.key,
        user_id=recipient.user_id,
        mailbox_id=recipient.mailbox_id,
        phone=recipient.phone if recipient.channel != Channel.MAIL else "",
        home_id=None if one.together else one.home_id,
        episode_id=None if one.together else one.episode_id,
        force_id=recipient.force_id,
        urgency=one.urgency,
        # It is late from when it was to go out, not from when it began to wait for others.
        owed_at=one.owed_at + (goes_at - since),
        created_at=at,
        joins_from=since if held_until is not None else None,
        next_try_at=goes_at,
    )


def _held_until(one: Owed, since: datetime) -> datetime | None:
    """Until when a person's copy waits for others to go with; None for what goes by itself."""
    if one.kind == MessageKind.ENDING or one.recipient.user_id is None:
        return None
    return tiers.held_until(
        one.wording,
        one.recipient.told,
        since=since,
        window=timedelta(seconds=settings.BUNDLE_SECONDS),
        digest_at=one.recipient.digest_at,
    )


def _owe_endings(told: Iterable[MessageItem], at: datetime) -> None:
    """One ending per recipient and subject (home, episode or alert), however many steps told them."""
    groups: dict[tuple[str, str], list[MessageItem]] = defaultdict(list)
    for item in told:
        groups[item.recipient, _subject(item)].append(item)
    waiting = _waiting_endings(groups, at)
    messages: list[Message] = []
    items: list[MessageItem] = []
    for (recipient, subject), group in groups.items():
        ending = waiting.get((recipient, subject))
        if ending is None:
            ending = _ending(recipient, subject, group, at)
            messages.append(ending)
        items += [
            MessageItem(
                message=ending,
                alert_id=alert_id,
                step="ending",
                kind=MessageKind.ENDING,
                recipient=recipient,
            )
            for alert_id in sorted({item.alert_id for item in group})
        ]
    Message.objects.bulk_create(messages)
    MessageItem.objects.bulk_create(items)


def _waiting_endings(
    groups: Mapping[tuple[str, str], list[MessageItem]], at: datetime
) -> dict[tuple[str, str], Message]:
    """The endings to these recipients that no sender has taken yet, of homes and of what is gathered alone."""
    subjects = {subject for _, subject in groups}
    homes = {int(subject.removeprefix("home:")) for subject in subjects if subject.startswith("home:")}
    rows = Message.objects.select_for_update(skip_locked=True).filter(
        kind=MessageKind.ENDING,
        wording="ending",
        status=MessageStatus.QUEUED,
        attempts=0,
        held_at=None,
        episode=None,
        recipient__in={recipient for recipient, _ in groups},
    )
    of_homes = rows.filter(home__in=homes).order_by("created_at") if homes else ()
    return gathered.endings(rows, subjects, at=at) | {
        (message.recipient, f"home:{message.home_id}"): message for message in of_homes
    }


def _ending(recipient: str, subject: str, group: Sequence[MessageItem], at: datetime) -> Message:
    latest = max(group, key=lambda item: item.message.created_at).message
    waits = timedelta(0)
    if any(item.message.status not in (MessageStatus.SENT, MessageStatus.FAILED) for item in group):
        waits = IN_FLIGHT
    if subject.startswith(("home:", "gathered:")):
        waits = BUNDLED_WITHIN
    goes_at = at + waits
    searched = subject.startswith("episode:") and latest.wording in tiers.BEFORE_A_SEARCH
    if latest.channel != Channel.MAIL and latest.wording in tiers.CALM and not searched:
        # It woke nobody, and neither does its end; but that a child who was looked for is found waits for no morning.
        goes_at = tiers.by_day(goes_at)
    return Message(
        kind=MessageKind.ENDING,
        wording="ending",
        step="ending",
        channel=latest.channel,
        post=latest.post,
        recipient=recipient,
        user_id=latest.user_id,
        mailbox_id=latest.mailbox_id,
        phone=latest.phone,
        home_id=latest.home_id,
        episode_id=group[0].alert.episode_id if subject.startswith("episode:") else None,
        force_id=latest.force_id,
        urgency=ENDING_URGENCY,
        # What waited for others of its house on purpose is not late by that.
        owed_at=goes_at if waits == BUNDLED_WITHIN else max(at, goes_at - waits),
        created_at=at,
        next_try_at=goes_at,
    )


def _subject(item: MessageItem) -> str:
    """What one ending is about: the episode that the alert led to, else the silent house, else the alert itself.

    An alert that ends while its episode goes on, and one that only fell into the time of an episode, ends nobody's
    search: a silence that became *away* and was answered, a guardian who was found.
    """
    alert = item.alert
    if house_ends.is_of_house(item):
        return f"home:{item.message.home_id}"
    if item.message.wording in gathered.WORDINGS:
        return gathered.subject(item.message.wording)
    if alert.episode is not None:
        led = alert.clock.kind == Clock.Kind.CONTACT or alert.clock.episode_id is not None
        over = led and alert.episode.ended_at is not None
        return f"episode:{alert.episode_id}" if over else f"alert:{alert.pk}"
    return f"home:{item.message.home_id}" if item.message.home_id is not None else f"alert:{item.alert_id}"


def going(at: datetime) -> "QuerySet[Message]":
    """What should be out and is not: due at `at` or tried before.

    What waits for others, for the morning or for a person's decision is not to be out yet.
    """
    unsent = Message.objects.unsent().filter(held_at=None)
    return unsent.filter(next_try_at__lte=at) | unsent.filter(attempts__gt=0)


def unsent(at: datetime) -> "QuerySet[Message]":
    """What somebody waits for and is not out yet; what waits for the morning is not yet owed.

    For the mail that looks whether a mailbox takes mail again nobody waits: it may be put off as long as that is broken.
    """
    return going(at).filter(owed_at__lte=at).exclude(wording=change_words.MAIL_CHECK)

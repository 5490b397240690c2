"""A child whose record cannot be decided: duty rings its home, from child, responsibility and placement alone."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from alerts import duty_tasks, outbox, recipients, ringing
from alerts.models import Alert, Clock, DutyTask, DutyTaskAlert, MessageKind
from alerts.recipients import Post, Recipient
from alerts.schedule import Step
from alerts.urgency import URGENCY
from cases.in_charge import authorities
from cases.models import Child, KeepFrom, Placement

STEP = DutyTask.UNREAD
# After so many faults in a row it is no passing one: fifteen seconds.
AFTER_FAULTS = 3
# While the record cannot be read no ladder goes on from what somebody answered: they are asked again.
AGAIN = timedelta(hours=6)
KINDS = (Clock.Kind.CONTACT, Clock.Kind.CALL, Clock.Kind.NOT_HERE)


def ask(clock: Clock, *, now: datetime) -> bool:
    """Ask duty to ring about the child of this clock, which failed again and owes something; say whether it is asked anew.

    In a commit of its own: the one that failed is gone.
    """
    if clock.kind not in KINDS or clock.faults < AFTER_FAULTS or not _owes(clock, now):
        return False
    with transaction.atomic():
        child = Child.objects.unheld().filter(pk=clock.child_id).first()
        authority_id = dict(authorities([clock.child_id], now)).get(clock.child_id)
        if child is None or authority_id is None:
            return False
        alert = Alert.objects.open().filter(clock=clock).first() or _open(clock, now)
        if _is_asked(alert, now):
            return False
        wanted = _wanted(clock, alert, authority_id, now)
        duty_tasks.open_many([wanted], at=now)
        if clock.kind == Clock.Kind.CONTACT:
            desk = recipients.desks([authority_id], at=now).standing(Post.DUTY, authority_id)
            outbox.enqueue([_told(one, wanted, now) for one in not_kept(desk, [child.pk], at=now)], at=now)
    return True


def not_kept(found: list[Recipient], child_ids: list[int], *, at: datetime) -> list[Recipient]:
    """Less whoever is kept from one of these children: their record is not asked, the marks are."""
    kept = KeepFrom.objects.people(child_ids, at)
    return [one for one in found if one.user_id is None or one.user_id not in kept]


def _owes(clock: Clock, now: datetime) -> bool:
    """Whether by what was read of it last something is owed by now."""
    first = min((datetime.fromisoformat(moment) for moment in clock.steps.values()), default=None)
    return clock.due_at is not None and clock.due_at <= now and first is not None and first <= now


def _open(clock: Clock, now: datetime) -> Alert:
    """The alert of what was owed last; it goes on as any once the record can be read."""
    if clock.due_at is None:
        raise TypeError("a clock that owes has a time")
    earlier = Alert.objects.filter(clock=clock, due_at=clock.due_at).aggregate(last=Max("round"))["last"]
    return Alert.objects.create(
        clock=clock,
        child_id=clock.child_id,
        episode_id=clock.episode_id,
        due_at=clock.due_at,
        round=(earlier or 0) + 1,
        rows=clock.rows,
        steps=clock.steps if clock.kind != Clock.Kind.CALL else {},
        opened_at=now,
    )


def _is_asked(alert: Alert, now: datetime) -> bool:
    lately = Q(task__done_at=None) | Q(task__done_at__gt=now - AGAIN)
    return DutyTaskAlert.objects.filter(lately, alert=alert, task__step=STEP).exists()


def _wanted(clock: Clock, alert: Alert, authority_id: int, now: datetime) -> duty_tasks.Wanted:
    called: ringing.Whom = (DutyTask.Kind.RING_POLICE, None, None)
    is_to_home = clock.kind == Clock.Kind.CONTACT
    if is_to_home:
        placement = Placement.objects.current(now).filter(child=clock.child_id).first()
        called = ringing.whom(placement, clock.child_id)
    kind, home_id, of_child = called
    return duty_tasks.Wanted(
        kind=kind,
        authority_id=authority_id,
        alert=alert,
        urgency=URGENCY[Step.R1],
        home_id=home_id,
        episode_id=None if is_to_home else clock.episode_id,
        child_id=of_child,
        step=STEP,
    )


def _told(recipient: Recipient, wanted: duty_tasks.Wanted, now: datetime) -> outbox.Owed:
    return outbox.Owed(
        alert=wanted.alert,
        step=STEP,
        kind=MessageKind.ALERT,
        wording="duty_no_record",
        recipient=recipient,
        urgency=wanted.urgency,
        owed_at=now,
        home_id=wanted.home_id,
    )

"""Word of leave that another person recorded, of cover that somebody is asked for, and of a post that nobody covers.

To whoever is away, from when to when, who covers and how to end it; to whoever leads a post of theirs that the one who
recorded it does not lead, of its end as well; to the colleague who is named as cover; and to whoever is told in place of
a manager whom nobody covers for, and of its end. Each in the commit of the change.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from alerts.change_mails import authority_of, message
from alerts.models import Message
from alerts.states import MessageStatus
from cases import acting, configuration, posts_away, supervising
from cases.models import ConfigurationChange, ManagerCover, Membership, Role, User, WorkerCover, WorkerLeave
from cases.moves import isolated
from cases.signals import configuration_changed

RECORDED, ELSEWHERE, ASKED = "leave_recorded", "leave_elsewhere", "cover_asked"
UNCOVERED, FILLED = configuration.UNCOVERED, configuration.FILLED
WORDINGS = frozenset({RECORDED, ELSEWHERE, ASKED, UNCOVERED, FILLED})
# In which part they hear of it.
AWAY, COVER, SENIOR = "away", "cover", "senior"


def listen() -> None:
    """Answer what is changed of leave and of cover, in its commit."""
    configuration_changed.connect(_on_configuration_changed, dispatch_uid="alerts.leave_words")


def _on_configuration_changed(sender: object, change: ConfigurationChange, **kwargs: object) -> None:
    of = {"workerleave": _of_leave, "managercover": _of_post}.get(change.subject_type)
    if of is not None:
        Message.objects.bulk_create(of(change))


def _of_leave(change: ConfigurationChange) -> Iterator[Message]:
    leave = WorkerLeave.objects.select_related("worker").get(pk=change.subject_id)
    if change.kind == "worker_leave_ended":
        heard = _who_heard(leave, change)
        _take_back(leave)
        yield from (_elsewhere(person, change) for person in heard)
    elif change.kind in (UNCOVERED, FILLED):
        people = User.objects.filter(pk__in=change.data["told"], is_active=True).order_by("pk")
        for person in people:
            if change.kind == UNCOVERED or person != leave.worker:
                yield message(person, change, change.kind, SENIOR, authority_id=change.data["authority"])
    elif change.kind == "worker_cover_asked":
        yield from _asked(User.objects.get(pk=change.data["colleague"]), change)
    elif change.kind == "worker_cover_accepted":
        _answered(_of(leave), change.actor_id)
        yield from _accepted(leave, change)
    elif change.actor_id != leave.worker_id and (change.kind != "worker_leave_looked_at" or leave.ends_at):
        # Who asked and heard no day has changed nothing.
        yield from _recorded(leave, change)
        yield from (_elsewhere(person, change) for person in _leading(leave, change))


def _of_post(change: ConfigurationChange) -> Iterator[Message]:
    cover = ManagerCover.objects.select_related("covered_by", "leave__worker").get(pk=change.subject_id)
    if change.kind == "manager_cover_asked":
        yield from _asked(cover.covered_by, change)
    elif change.kind == "manager_cover_answered":
        _answered(Q(change__subject_type="managercover", change__subject_id=cover.pk), cover.covered_by_id)
        if cover.accepted:
            yield from _accepted(cover.leave, change)


def _asked(colleague: User, change: ConfigurationChange) -> Iterator[Message]:
    if colleague.is_active:
        authority_id = authority_of(colleague, at=change.at)
        yield message(colleague, change, ASKED, COVER, authority_id=authority_id)


def _accepted(leave: WorkerLeave, change: ConfigurationChange) -> Iterator[Message]:
    """Whoever recorded their own leave asks for cover themselves, and reads who has accepted."""
    if leave.recorded_by_id != leave.worker_id:
        yield from _recorded(leave, change)


def _recorded(leave: WorkerLeave, change: ConfigurationChange) -> Iterator[Message]:
    if leave.worker.is_active:
        authority_id = authority_of(leave.worker, at=change.at)
        yield message(leave.worker, change, RECORDED, AWAY, authority_id=authority_id)


def _elsewhere(person: User, change: ConfigurationChange) -> Message:
    return message(person, change, ELSEWHERE, SENIOR, authority_id=authority_of(person, at=change.at))


def _leading(leave: WorkerLeave, change: ConfigurationChange) -> list[User]:
    """Who leads the posts of whoever is away, of those that the one who recorded it does not lead."""
    if change.actor is None:
        return []
    posts = supervising.posts_led_by_others(leave.worker, by=change.actor, at=change.at)
    posts = posts.select_related("team")
    authorities = {one.team.authority_id for one in posts if one.team is not None}
    managers = acting.of_authorities(authorities, at=change.at)
    people = dict.fromkeys(person for one in posts for person in managers.leading(one))
    return [one for one in people if one.is_active and one.pk not in (change.actor_id, leave.worker_id)]


def _who_heard(leave: WorkerLeave, change: ConfigurationChange) -> list[User]:
    """Who leads elsewhere and has heard of leave that is over, or may have, and who recorded it where another ends it."""
    told = Message.objects.filter(_of(leave), wording=ELSEWHERE).exclude(status=MessageStatus.CANCELLED)
    people = set(told.exclude(status=MessageStatus.QUEUED, may_be_out=False).values_list("user", flat=True))
    by = leave.recorded_by
    # The mail is about a manager: of a social worker's leave, or of a manager they lead no more, it says nothing to them.
    if change.actor_id != leave.worker_id and _leads(by, leave, change.at):
        people.add(by.pk)
    people -= {change.actor_id, leave.worker_id}
    return list(User.objects.filter(pk__in=people, is_active=True).order_by("pk"))


def _leads(person: User, leave: WorkerLeave, at: datetime) -> bool:
    return supervising.posts_led(person, at=at).filter(user=leave.worker_id).exists()


def _of(leave: WorkerLeave) -> Q:
    return Q(change__subject_type="workerleave", change__subject_id=leave.pk)


def _take_back(leave: WorkerLeave) -> None:
    """What is not out of leave that is over is not sent."""
    covers = leave.manager_covers.values("pk")
    of_cover = Q(change__subject_type="managercover", change__subject_id__in=covers)
    _call_off(Message.objects.filter(_of(leave) | of_cover, wording__in=(RECORDED, ELSEWHERE, ASKED)))


def _answered(asked: Q, colleague_id: int | None) -> None:
    """Whoever has answered knows that they were asked."""
    _call_off(Message.objects.filter(asked, wording=ASKED, user=colleague_id))


def _call_off(messages: QuerySet[Message]) -> None:
    messages.filter(status=MessageStatus.QUEUED).update(status=MessageStatus.CANCELLED)


def values(sent: Message, *, now: datetime) -> dict[str, Any]:
    """What a mail of these wordings says: the leave, and by its wording who covers, what is asked, or which posts."""
    change = sent.change
    if change is None:
        return {}
    cover = None
    if change.subject_type == "managercover":
        covers = ManagerCover.objects.select_related("membership__team", "leave")
        cover = covers.get(pk=change.subject_id)
    leaves = WorkerLeave.objects.select_related("worker", "recorded_by")
    leave = leaves.get(pk=cover.leave_id if cover is not None else change.subject_id)
    found: dict[str, Any] = {"leave": leave, "is_own": sent.user_id == leave.worker_id}
    if sent.wording == RECORDED:
        found |= _of_absence(leave, change, now)
    elif sent.wording == ELSEWHERE:
        found |= {"said_by": change.actor_label, "is_over": change.kind == "worker_leave_ended"}
        found["stands_in"] = sent.user is not None and _stands_in(sent.user, leave, now)
        # Whoever is away is told of it only where nobody else is there to be told.
        found["is_away"] = WorkerLeave.objects.current(change.at).filter(worker=sent.user_id).exists()
    elif sent.wording == ASKED:
        rows = WorkerCover.objects.open(now).filter(leave=leave, covered_by=sent.user_id)
        found |= {"post": cover.membership if cover is not None else None, "children": rows.count()}
    elif sent.user is not None:
        found["posts"] = _posts(change, sent.user, now)
    return found


def _of_absence(leave: WorkerLeave, change: ConfigurationChange, now: datetime) -> dict[str, Any]:
    """Who recorded it, who has accepted to cover, and under which name the page stands on the first page of its reader."""
    accepted = (leave.manager_covers, leave.covers)
    people = {
        one.covered_by.name: None
        for rows in accepted
        for one in rows.open(now).filter(accepted=True).select_related("covered_by")
    }
    leads = Membership.objects.current(now).filter(user=leave.worker, role=Role.TEAM_MANAGER).exists()
    said_by = leave.recorded_by.name if "cover" in change.kind else change.actor_label
    return {
        "said_by": said_by,
        "covers": ", ".join(isolated(name) for name in people),
        "page": _("When you are away") if leads else _("Leave and cover"),
    }


def _stands_in(reader: User, leave: WorkerLeave, now: datetime) -> bool:
    """Whether they hear of it in the place of another alone: the leave is then not theirs to end."""
    covers = ManagerCover.objects.holding(now).filter(covered_by=reader)
    return covers.exists() and not _leads(reader, leave, now)


def _posts(change: ConfigurationChange, reader: User, now: datetime) -> list[tuple[Membership, str]]:
    """The posts that nobody covered, each with who acts there by now."""
    rows = Membership.objects.filter(pk__in=change.data["posts"]).select_related("user", "team")
    standing = list(rows.current(now))
    away = {one.membership.pk: one.words(reader, at=now) for one in posts_away.read(standing, now)}
    held = {one.pk for one in standing}
    over = {True: _("They are there again."), False: _("This post has ended.")}
    return [(one, away.get(one.pk) or over[one.pk in held]) for one in rows.order_by("pk")]

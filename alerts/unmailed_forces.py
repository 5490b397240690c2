"""A force that has no mailbox here: what would be mailed to it duty is asked to phone, at once."""

from collections.abc import Collection, Iterable
from datetime import datetime

from alerts import duty_tasks, outbox
from alerts.models import Alert, Channel, DutyTask, MessageKind
from alerts.recipients import Directory, Post, Recipient
from alerts.step_plans import StepPlan
from cases.facts import ChildFacts

# The mail and text to duty say so by this step, which may be followed by what it is about.
WORDING, STEP = "duty_phone_them", "no_box"
# The mails of a ladder for which duty rings: of the others it is told to ring the police in the same step.
PHONED = frozenset({"police_alert", "police_found"})


def of(forces: Iterable[int], told: Collection[Recipient]) -> set[int]:
    """Those of these forces of which none of these ways is a mailbox."""
    mailed = {one.force_id for one in told if one.post == Post.FORCE}
    return {pk for pk in forces if pk not in mailed}


def of_step(
    plan: StepPlan,
    found: Collection[Recipient],
    alert: Alert,
    directory: Directory,
    *,
    urgency: int,
    at: datetime,
) -> list[outbox.Owed]:
    """What duty, and of a search the manager too, hears of a step for which a force is to be phoned; mostly nothing.

    `found` are whom the step tells, and `alert` is of a child of the directory.
    """
    wordings = {one.wording for one in plan.tellings if one.post == Post.FORCE}
    if wordings.isdisjoint(PHONED):
        return []
    forces = directory.forces[alert.child_id]
    if forces and not of(forces, found):
        return []
    child = next(one for one in directory.children if one.child.pk == alert.child_id)
    posts = (Post.DUTY, Post.MANAGER) if "police_alert" in wordings else (Post.DUTY,)
    return asked(alert, child, directory, urgency=urgency, at=at, posts=posts)


def asked(
    alert: Alert,
    child: ChildFacts,
    directory: Directory,
    *,
    urgency: int,
    at: datetime,
    step: str = STEP,
    kind: str = MessageKind.ALERT,
    posts: Collection[Post] = (Post.DUTY,),
) -> list[outbox.Owed]:
    """Owe these posts word by text and mail that only a call reaches the police, once for each step of an alert."""
    return [
        outbox.Owed(
            alert=alert,
            step=step,
            kind=kind,
            wording=WORDING,
            recipient=recipient,
            urgency=urgency,
            owed_at=at,
            episode_id=alert.episode_id,
        )
        for post in posts
        for recipient in directory.resolve(post, child, (Channel.TEXT, Channel.MAIL))
    ]


def ring(alert: Alert, directory: Directory, *, urgency: int, at: datetime) -> None:
    """Put the call on the desk of the child's authority: where nobody takes it the second person is rung."""
    wanted = duty_tasks.Wanted(
        kind=DutyTask.Kind.RING_POLICE,
        authority_id=directory.authority[alert.child_id],
        alert=alert,
        urgency=urgency,
        episode_id=alert.episode_id,
    )
    duty_tasks.open_many([wanted], at=at)

"""A child seen or missed after a death that is on record: the desk is asked, and of a death of another who was rung hears it."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy

from alerts import clocks, duty_tasks, outbox, recipients
from alerts.models import Alert, Channel, DutyTask, MessageKind
from alerts.recipients import Post
from cases import facts
from cases.catalogue import written
from cases.episodes.after_death import ASKED
from cases.episodes.another_child import WAS_ANOTHER
from cases.models import Child, MissingEpisode, Responsibility

# As the call to the police: nothing else on the desk may be of a living child whom nobody looks for.
URGENCY = 0


def hear(ids: Collection[int], *, kind: str, at: datetime) -> None:
    """Ask the desk in the commit of what was said, or take the question back; of other kinds of events nothing."""
    if kind == WAS_ANOTHER:
        for child in Child.objects.filter(pk__in=ids):
            _unsay(child, at)
    if kind != ASKED:
        return
    for child in Child.objects.filter(pk__in=ids):
        episode = MissingEpisode.objects.of_death().filter(child=child).order_by("-ended_at").first()
        if episode is not None:
            _ask(episode, at)


def _ask(episode: MissingEpisode, at: datetime) -> None:
    """One open task, of which duty is texted; what is said while it stands open is read with it.

    Where nobody takes it the second is rung.
    """
    responsible = Responsibility.objects.at(at).filter(child=episode.child_id).first()
    if responsible is None:
        return
    # No alert climbs any more; the last one of the search lends the call its reference.
    alert = Alert.objects.filter(child=episode.child_id).order_by("-opened_at", "-pk").first()
    task, is_new = DutyTask.objects.get_or_create(
        kind=DutyTask.Kind.AFTER_DEATH,
        authority_id=responsible.authority_id,
        episode=episode,
        home=None,
        message=None,
        done_at=None,
        defaults={
            "urgency": URGENCY,
            "opened_at": at,
            "next_at": None if alert is None else at + duty_tasks.untaken_after([alert])[alert.pk],
        },
    )
    if alert is not None:
        task.items.get_or_create(alert=alert)
        if is_new:
            _tell_duty(task, alert, at)


def _tell_duty(task: DutyTask, alert: Alert, at: datetime) -> None:
    """The desk is rung and mailed as of the call to the police, for nobody need be looking at its page."""
    (child,) = facts.load([alert.child_id]).values()
    directory = recipients.directory([child], at=at)
    owed = [
        outbox.Owed(
            alert=alert,
            step=f"asked:{task.pk}",
            # Only word of an end goes out after the end.
            kind=MessageKind.ENDING,
            wording="duty_after_end",
            recipient=recipient,
            urgency=URGENCY,
            owed_at=at,
            episode_id=task.episode_id,
        )
        for recipient in directory.resolve(Post.DUTY, child, (Channel.TEXT, Channel.MAIL))
    ]
    outbox.enqueue(owed, at=at)


def _unsay(child: Child, at: datetime) -> None:
    """The question of the desk is answered, and whoever is rung of a death is rung again, be it somebody else by now."""
    asked = DutyTask.objects.open().filter(kind=DutyTask.Kind.AFTER_DEATH, episode__child=child)
    asked.update(
        done_at=at, answer=written(gettext_lazy("The death was that of another child")), next_at=None
    )
    told = outbox.cancel_step(outbox.DIED, child.pk)
    alert = Alert.objects.filter(child=child).order_by("-opened_at", "-pk").first()
    if alert is None or not told:
        return
    (loaded,) = facts.load([child.pk]).values()
    directory = recipients.directory([loaded], at=at)
    for post in (Post.DIRECTOR, Post.HEAD, Post.MANAGER, Post.DUTY):
        found = directory.resolve(post, loaded, (Channel.VOICE, Channel.TEXT, Channel.MAIL))
        if found:
            break
    outbox.enqueue([_owed(alert, recipient, told[-1].episode_id, at) for recipient in found], at=at)


def _owed(alert: Alert, recipient: recipients.Recipient, episode_id: int | None, at: datetime) -> outbox.Owed:
    return outbox.Owed(
        alert=alert,
        step=outbox.UNSAID,
        kind=MessageKind.ENDING,
        wording="death_unsaid",
        recipient=recipient,
        urgency=clocks.urgency_of("call_0"),
        owed_at=at,
        episode_id=episode_id,
    )

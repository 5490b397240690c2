"""An alert whose reason has gone stands down, and everybody who was told hears it."""

from collections.abc import Sequence
from datetime import datetime

from alerts import (
    call_ladder,
    clocks,
    duty_tasks,
    ladder,
    one_reader,
    outbox,
    readings,
    recipients,
    unmailed_forces,
)
from alerts.after import AFTER
from alerts.escalations import actors
from alerts.escalations.dues import Due, alert_of
from alerts.models import Alert, Channel, Clock, Message, MessageKind
from alerts.recipients import Post
from alerts.states import AlertStatus
from cases import episodes, log
from cases.facts import ChildFacts
from cases.models import ChildPart, MissingEpisode
from cases.states import EpisodeOutcome, EpisodeStatus
from cases.strengths import NEVER_PROOF

ACCOUNTED_FOR = "accounted_for"
# The other child for whom this one was looked for was not missing.
NOBODY_MISSING = "nobody_missing"
# Clocks of an episode: an alert of theirs that ends while it goes on ends in silence, and is ended with it.
OF_EPISODE = (
    Clock.Kind.CALL,
    Clock.Kind.AWAY,
    Clock.Kind.SEEN,
    Clock.Kind.NOT_HERE,
    Clock.Kind.DUTY,
    Clock.Kind.REVIEW,
    Clock.Kind.MESSAGE,
    Clock.Kind.MATE_FOUND,
)


def stand_down(dues: Sequence[Due], *, at: datetime) -> set[int]:
    """End the alerts whose reason has gone; everybody who was told of them hears that it has ended."""
    ending = [
        due
        for due in dues
        if isinstance(due.decision, ladder.StandDown | call_ladder.StandDown) and due.alert is not None
    ]
    if not ending:
        return set()
    alerts = [alert_of(due) for due in ending]
    for due in ending:
        alert = alert_of(due)
        alert.end_reason = _reason(due)
        alert.status, alert.ended_at = AlertStatus.ENDED, at
        due.clock.rung = ""
    Alert.objects.bulk_update(alerts, ["status", "ended_at", "end_reason"])
    _end_unconfirmed(ending, at)
    searched = _tell_endings(ending, at)
    duty_tasks.close_for([alert.pk for alert in alerts], answer=duty_tasks.ENDED, at=at)
    one_reader.close_heard([alert.pk for alert in alerts], at=at)
    # Behind what closes the calls of these alerts: this one is to be made.
    _ask_to_phone(searched, at)
    duty_tasks.ask_home_again([due.child.pk for due in ending if _is_unseen_again(due)], at=at)
    log.record_many(
        [
            log.Entry(
                child_id=due.child.pk,
                kind="alert_ended",
                subject=due.alert,
                data={"clock": due.clock.kind, "reason": alert_of(due).end_reason},
            )
            for due in ending
        ],
        at=at,
    )
    return {due.child.pk for due in ending}


def _is_unseen_again(due: Due) -> bool:
    """Whether a child of whom nobody is sure was said to be back, and is not by what stands now."""
    episode = due.reading.episode
    return (
        due.clock.kind == Clock.Kind.SEEN
        and episode is not None
        and episode.status not in (EpisodeStatus.MISSING, EpisodeStatus.ENDED)
        and episode.back_since is None
    )


def _is_told_anew(due: Due) -> bool:
    """Whether something else of the kind is told while what this alert is about is unanswered: then nothing has ended."""
    if due.reading.expected is None:
        return False
    if due.clock.kind in (Clock.Kind.HEAD_COUNT, Clock.Kind.DUTY):
        # Of a step that is put off until the time that it is booked for nothing has ended either.
        return True
    begun_by = alert_of(due).due_at
    return any(
        readings.TOLD_OF.get(one.kind) == due.clock.kind and one.is_open and one.recorded_at <= begun_by
        for one in due.watched.child.triggers
    )


def _tell_endings(ending: Sequence[Due], at: datetime) -> list[Due]:
    """Everybody told hears the ending; of an episode that goes on nobody hears that an alert has ended.

    A death stops every mail: nobody learns of it from a machine but the director, who is rung. That a step after it is
    done is no such word. Return the searches of which it was told.
    """
    died = [due for due in ending if due.watched.child.has_died]
    quiet = [due for due in ending if due.clock.kind in OF_EPISODE and not _has_ended(due.reading.episode)]
    quiet += [due for due in ending if alert_of(due).end_reason in Alert.IN_SILENCE]
    outbox.cancel([alert_of(due) for due in [*died, *quiet]])
    unheard = [alert_of(due) for due in [*died, *quiet] if due.clock.kind == Clock.Kind.APPROACH]
    _ring_director([due for due in died if due.clock.duty not in AFTER], at)
    ending = [due for due in ending if due not in died]
    over = {
        due.reading.episode.pk for due in ending if due.reading.episode and _has_ended(due.reading.episode)
    }
    quieted = Alert.objects.filter(
        clock__kind__in=OF_EPISODE, clock__episode__in=over, status=AlertStatus.ENDED, ended_at__lt=at
    ).exclude(message_items__kind=MessageKind.ENDING)
    loud = [due for due in ending if due not in quiet]
    outbox.end([*map(alert_of, loud), *(quieted if over else ())], silent=unheard, at=at)
    calls = [due for due in loud if due.clock.kind == Clock.Kind.CALL]
    _tell_actors(calls, at)
    return calls


def _ask_to_phone(ended: Sequence[Due], at: datetime) -> None:
    """A force that has no mailbox hears the end from duty."""
    of_search = [(due, due.reading.episode) for due in ended]
    over = [(due, episode) for due, episode in of_search if episode is not None and _has_ended(episode)]
    if not over:
        return
    directory = recipients.directory([due.watched.child for due, _episode in over], at=at)
    for due, episode in over:
        child = due.watched.child
        if episode == child.episodes[0]:
            unmailed_forces.ask_of_end(alert_of(due), episode, child, directory, at=at)


def _tell_actors(ended: Sequence[Due], at: datetime) -> None:
    """The worker or guardian who reported the child was not mailed of that, and hears how it ends with the others."""
    if not ended:
        return
    directory = recipients.directory([due.watched.child for due in ended], at=at)
    over = [due.reading.episode for due in ended if due.reading.episode is not None]
    hear = Message.objects.filter(kind=MessageKind.ENDING, episode__in=over, created_at=at)
    heard = set(hear.values_list("episode", "user"))
    outbox.enqueue(
        [
            outbox.Owed(
                alert=alert_of(due),
                step=outbox.OWN_ENDING,
                kind=MessageKind.ENDING,
                wording="ending",
                recipient=recipient,
                urgency=outbox.ENDING_URGENCY,
                owed_at=at,
                episode_id=due.reading.episode.pk,
            )
            for due in ended
            if due.reading.episode is not None
            for post in recipients.TOLD
            for recipient in directory.resolve(post, due.watched.child, (Channel.MAIL,))
            if recipient.user_id == actors.acted(due)
            and (due.reading.episode.pk, recipient.user_id) not in heard
        ],
        at=at,
    )


def _ring_director(died: Sequence[Due], at: datetime) -> None:
    """The director is rung of each death, once, and tells the others; where there is none, whoever stands below."""
    first = {due.child.pk: due for due in sorted(died, key=lambda due: due.clock.kind == Clock.Kind.CALL)}
    rung = Message.objects.filter(step=outbox.DIED, items__alert__child__in=first)
    for child_id in set(rung.values_list("items__alert__child", flat=True)):
        first.pop(child_id, None)
    if not first:
        return
    directory = recipients.directory([due.watched.child for due in first.values()], at=at)
    owed = []
    for due in first.values():
        for post in (Post.DIRECTOR, Post.HEAD, Post.MANAGER, Post.DUTY):
            found = directory.resolve(post, due.watched.child, (Channel.VOICE, Channel.TEXT))
            owed += [
                outbox.Owed(
                    alert=alert_of(due),
                    step=outbox.DIED,
                    kind=MessageKind.ENDING,
                    wording="director_died",
                    recipient=recipient,
                    urgency=clocks.urgency_of("call_0"),
                    owed_at=at,
                    episode_id=_fatal(due),
                )
                for recipient in found
            ]
            if found:
                break
    outbox.enqueue(owed, at=at)


def _fatal(due: Due) -> int | None:
    """The episode that ended with the child's death, be it that the police were never told of it."""
    ended = (e.pk for e in due.watched.child.episodes if e.ended_at and e.outcome == EpisodeOutcome.DIED)
    return next(ended, None)


def _end_unconfirmed(ending: Sequence[Due], at: datetime) -> None:
    """Proof came before any police message was owed: the episode was no absence but a late record."""
    late = []
    for due in ending:
        episode = due.watched.child.open_episode
        if alert_of(due).end_reason == ACCOUNTED_FOR and episode is not None and is_silence_alone(episode):
            late.append(episode)
    episodes.end_all_as_recorded_late(late, at=at)


def is_silence_alone(episode: MissingEpisode) -> bool:
    """Whether nobody has confirmed the open episode and the police are owed nothing: proof ends it.

    Not where an office has told of a death, or of a child whom nobody could speak to: that is ended by people.
    """
    told = episode.child_confirmed_how == ChildPart.DEATH or bool(episode.child_confirmed_unspoken)
    return episode.status == EpisodeStatus.NOT_CONFIRMED and episode.police_owed_at is None and not told


def _reason(due: Due) -> str:
    if due.clock.kind != Clock.Kind.CONTACT:
        return _of_notice(due)
    alert = alert_of(due)
    return reason_of_silence(due.watched.child, due_at=alert.due_at, episode_id=alert.episode_id)


def reason_of_silence(child: ChildFacts, *, due_at: datetime, episode_id: int | None) -> str:
    """Why an alert of silence that was due at `due_at`, and led to this episode if it led to any, has ended."""
    if child.watched_until is not None:
        return "case_closed"
    if episode_id in {episode.pk for episode in child.episodes if episode.ended_at is not None}:
        return "episode_ended"
    return _of_needless(child, due_at) or ACCOUNTED_FOR


def _of_notice(due: Due) -> str:
    if _is_told_anew(due):
        return Alert.TOLD_ANEW
    if due.clock.kind == Clock.Kind.HEAD_COUNT and _is_sought(due):
        return Alert.SOUGHT
    if due.clock.kind != Clock.Kind.CALL:
        return "no_longer_owed"
    return "episode_ended" if _has_ended(due.reading.episode) else "searched_anew"


def _of_needless(child: ChildFacts, due_at: datetime) -> str:
    """The reason where the child was asked for because of another who was not missing, and nobody has seen it since.

    Nothing has ended while it is asked for because of a third: that one is told next. Empty where it was no such.
    """
    known = [one for one in child.contacts if one.means not in NEVER_PROOF]
    seen = max((contact.happened_at for contact in known), default=None)
    unseen = [one for one in child.head_counts if seen is None or seen < one.since]
    if not any(one.due_at == due_at and one.ended_at is not None for one in unseen):
        return ""
    return Alert.TOLD_ANEW if any(one.ended_at is None for one in unseen) else NOBODY_MISSING


def _is_sought(due: Due) -> bool:
    """Whether the child is itself looked for: an absence whose place is known is no search."""
    episode = due.watched.child.open_episode
    if episode is None or not due.watched.child.is_sought:
        return False
    return episode.status != EpisodeStatus.AWAY or episode.police_owed_at is not None


def _has_ended(episode: MissingEpisode | None) -> bool:
    return episode is not None and episode.status == EpisodeStatus.ENDED

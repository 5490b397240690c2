"""The lead of a search offered by one force to another, and what both forces and the desk are told of the answer."""

from datetime import datetime

from django.db import transaction

from alerts import (
    added_forces,
    addressees,
    escalations,
    outbox,
    police_links,
    recipients,
    unmailed_forces,
)
from alerts.call_ladder import FIRST_CALL
from alerts.models import Alert, Channel, MessageKind, Verification
from alerts.recipients import Post
from alerts.urgency import urgency_of
from cases import episodes, facts, force_ends
from cases.deadlines import london_day
from cases.models import Child, EpisodeForce, ForceOffer, MissingEpisode, PoliceForce, User


def offer(
    episode: MissingEpisode, *, to: PoliceForce, said_by: str, reason: str, by: User, at: datetime
) -> ForceOffer:
    """The force in charge asks another to lead: that one is alerted where it was not, and both are asked for an answer."""
    with transaction.atomic():
        Child.objects.locked().get(pk=episode.child_id)
        given = episodes.offer(episode, to=to, said_by=said_by, reason=reason, by=by, at=at)
        if not EpisodeForce.objects.filter(episode=episode, force=to, left_at=None).exists():
            added_forces.add(episode, to, by=by, at=at)
    return given


def accept(
    given: ForceOffer, *, officer: str, reference: str, signed_in: bool, by: User, at: datetime
) -> MissingEpisode:
    """The other force leads from now on; its officer and reference are a verification as any other."""
    with transaction.atomic():
        Child.objects.locked().get(pk=given.episode.child_id)
        episodes.accept(given, officer=officer, reference=reference, by=by, at=at)
        method = Verification.Method.SIGNED_IN if signed_in else Verification.Method.SPOKEN
        escalations.verify(
            given.episode,
            force=given.to_force,
            officer=officer,
            incident_reference=reference,
            method=method,
            by=by,
            at=at,
        )
        _tell(given, at, listening=given.from_force_id)
    return given.episode


def decline(given: ForceOffer, *, officer: str, reason: str, by: User, at: datetime) -> MissingEpisode:
    """The other force does not lead: the one before does still, and hears it."""
    with transaction.atomic():
        Child.objects.locked().get(pk=given.episode.child_id)
        episodes.decline(given, officer=officer, reason=reason, by=by, at=at)
        _tell(given, at, listening=given.from_force_id)
    return given.episode


def take_back(given: ForceOffer, *, officer: str, reason: str, by: User, at: datetime) -> MissingEpisode:
    """The force in charge leads on, and the other is asked no more."""
    with transaction.atomic():
        Child.objects.locked().get(pk=given.episode.child_id)
        episodes.take_back(given, officer=officer, reason=reason, by=by, at=at)
        _tell(given, at, listening=given.to_force_id)
    return given.episode


def _leave_out(given: ForceOffer, at: datetime) -> None:
    """What is still queued for a force that has left goes to nobody: whoever leads has its own. Its links show nothing more."""
    left = EpisodeForce.objects.filter(episode=given.episode_id, left_at__isnull=False)
    gone = set(left.values_list("force", flat=True))
    outbox.cancel_for_forces(given.episode_id, gone)
    police_links.close_for(given.episode_id, gone, at=at)


def _tell(given: ForceOffer, at: datetime, *, listening: int) -> None:
    """Both forces read who leads now, the one that is told no more for the last time; the desk reads the answer.

    `listening` is the one whose officer did not say the answer: where it has no mailbox duty phones it.
    """
    _leave_out(given, at)
    alert = Alert.objects.lasting(given.episode_id)
    if alert is None:
        return
    (found,) = facts.load([given.episode.child_id]).values()
    # In the place of one that has ended since, whichever took over hears.
    stands = force_ends.in_place_of(day=london_day(at))
    asked = [stands.get(pk, pk) for pk in (given.from_force_id, given.to_force_id)]
    both = {found.child.pk: list(dict.fromkeys(asked))}
    directory = recipients.directory([found], supposed=both, at=at)
    told = [(addressees.LAST_WORD, one) for one in directory.resolve(Post.FORCE, found, (Channel.MAIL,))]
    unmailed = unmailed_forces.of([stands.get(listening, listening)], [one for _, one in told])
    told += [("force_answered", one) for one in directory.resolve(Post.DUTY, found, (Channel.MAIL,))]
    urgency = urgency_of(FIRST_CALL)
    owed = [
        outbox.Owed(
            alert=alert,
            step=f"lead:{given.pk}",
            kind=MessageKind.ALERT,
            wording=wording,
            recipient=recipient,
            urgency=urgency,
            owed_at=at,
            episode_id=given.episode_id,
        )
        for wording, recipient in told
    ]
    if unmailed:
        step = f"{unmailed_forces.STEP}:lead:{given.pk}"
        owed += unmailed_forces.asked(alert, found, directory, urgency=urgency, at=at, step=step)
        unmailed_forces.ring(alert, directory, urgency=urgency, at=at)
    outbox.enqueue(owed, at=at)

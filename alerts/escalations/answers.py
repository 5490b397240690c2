"""What people answer to an alert: that they are on it, and what an officer said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts import duty_tasks, police_rung
from alerts.models import Alert, AlertStep, DutyTask, Verification
from alerts.schedule import Step
from alerts.states import AlertStatus
from cases import episodes, log
from cases.clock import TOLERANCE
from cases.models import Child, MissingEpisode, PoliceForce, User
from cases.states import EpisodeStatus, IllegalMove


def on_it(alert: Alert, *, by: User, at: datetime) -> Alert:
    """“I am on this”, on the R3 task: takes it, and holds the fail-safe for 30 minutes after the press, once per alert."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=alert.child_id)
        alert = Alert.objects.get(pk=alert.pk)
        if alert.status != AlertStatus.OPEN:
            raise IllegalMove("This alert has ended.")
        if not AlertStep.objects.filter(alert=alert, step=Step.R3).exists():
            raise IllegalMove("There is nothing to hold yet.")
        if alert.on_it_at is not None:
            raise IllegalMove(
                "%(person)s is on this. It holds the fail-safe once.", person=str(alert.on_it_by)
            )
        alert.on_it_at, alert.on_it_by = at, by
        alert.save(update_fields=["on_it_at", "on_it_by"])
        if alert.episode_id is not None:
            duty_tasks.take_of_episode(alert.episode_id, (DutyTask.Kind.RING_POLICE,), by=by, at=at)
        log.record(child, "duty_on_it", subject=alert, by=by, at=at)
    return alert


def confirm_with_child(
    episode: MissingEpisode, *, how: str, adult: str = "", phone: str = "", by: User, at: datetime
) -> MissingEpisode:
    """The first part of an ending; whoever does it has taken what the desk was asked for."""
    with transaction.atomic():
        confirmed = episodes.confirm_with_child(episode, how=how, adult=adult, phone=phone, by=by, at=at)
        duty_tasks.take_of_episode(episode.pk, (DutyTask.Kind.CONFIRM_RETURN,), by=by, at=at)
    return confirmed


def hear_from_office(
    episode: MissingEpisode, word: episodes.OfficeWord, *, by: User, at: datetime
) -> MissingEpisode:
    """The same part, told by whoever has the child, or by an office of its death."""
    with transaction.atomic():
        told = episodes.hear_from_office(episode, word, by=by, at=at)
        duty_tasks.take_of_episode(episode.pk, (DutyTask.Kind.CONFIRM_RETURN,), by=by, at=at)
    return told


def verify(
    episode: MissingEpisode,
    *,
    force: PoliceForce,
    officer: str,
    incident_reference: str,
    collar_number: str = "",
    grade: str = "",
    method: str = Verification.Method.SPOKEN,
    by: User,
    at: datetime,
) -> Verification:
    """Record the officer by name and the force's reference: confirms the episode and stops the call steps for a time.

    Said twice at once by one person, as a form that is sent again, it is one.
    """
    if not officer.strip():
        raise IllegalMove("Enter the officer’s name.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        said: dict[str, Any] = {
            "force": force,
            "method": method,
            "officer": officer,
            "collar_number": collar_number,
            "incident_reference": incident_reference,
            "recorded_by": by,
        }
        standing = _sent_before(episode, said, grade, at)
        if standing is not None:
            return standing
        episodes.record_police_reference(
            episode, force=force, reference=incident_reference, officer=officer, grade=grade, by=by, at=at
        )
        return _write(child, episode, said, at=at)


def _write(child: Child, episode: MissingEpisode, said: Mapping[str, Any], *, at: datetime) -> Verification:
    """The word on record: whoever was asked to ring the police about the locked child has done so."""
    by = said["recorded_by"]
    verification = Verification.objects.create(episode=episode, **said, at=at, recorded_at=at)
    calls, answer = police_rung.CALLS_TO_POLICE, police_rung.BY_REFERENCE
    duty_tasks.close_of_episode(episode.pk, calls, answer=answer, by=by, at=at)
    log.record(
        child,
        "police_verified",
        subject=verification,
        data={"force": said["force"].code, "method": said["method"]},
        fields={"officer": said["officer"], "reference": said["incident_reference"]},
        by=by,
        at=at,
    )
    return verification


def _sent_before(
    episode: MissingEpisode, said: Mapping[str, Any], grade: str, at: datetime
) -> Verification | None:
    """The same word of a moment ago, as long as all that it did still stands and no call to the police waits."""
    search = MissingEpisode.objects.get(pk=episode.pk)
    reference = said["incident_reference"]
    held = search.forces.filter(force=said["force"], left_at=None, incident_reference=reference)
    waits = DutyTask.objects.filter(episode=search, kind__in=police_rung.CALLS_TO_POLICE, done_at=None)
    stands = search.status == EpisodeStatus.MISSING and grade in ("", search.police_grade)
    if not stands or not held.exists() or waits.exists():
        return None
    own = Verification.objects.of_this_search().filter(episode=search, **said)
    return own.filter(at__range=(at - TOLERANCE, at)).last()

"""Which force leads a search: its officer in the case, and the lead handed from one force to another."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from cases import force_ends, log
from cases.episodes import officers
from cases.episodes.joining import add_force, put_reference
from cases.episodes.officers import require_search
from cases.episodes.openings import locked
from cases.episodes.searches import void_police_closing
from cases.models import (
    EpisodeForce,
    EpisodeOfficer,
    Event,
    ForceInCharge,
    ForceOffer,
    MissingEpisode,
    PoliceForce,
    User,
)
from cases.states import IllegalMove

Answer = ForceOffer.Answer


@dataclass(frozen=True)
class Lead:
    """Which force leads a search since when, with what it gave; who its officer is, was, and whom it offers the lead to."""

    start: ForceInCharge
    row: EpisodeForce
    officer: EpisodeOfficer | None
    before: tuple[EpisodeOfficer, ...]
    offer: ForceOffer | None


def in_charge(episode: MissingEpisode, *, at: datetime) -> ForceInCharge | None:
    """The force that leads the search at `at`; none where no force is alerted yet."""
    return ForceInCharge.objects.at(at).filter(episode=episode).select_related("force").first()


def lead_of(episode: MissingEpisode, *, at: datetime) -> Lead | None:
    """The force in charge with its officers, newest first, and the offer that nobody has answered."""
    start = in_charge(episode, at=at)
    if start is None:
        return None
    officers = EpisodeOfficer.objects.filter(episode=episode).select_related("force", "recorded_by")
    rows = list(officers.order_by("-starts_at", "-pk"))
    current = next((one for one in rows if one.force_id == start.force_id and one.ends_at is None), None)
    return Lead(
        start,
        EpisodeForce.objects.get(episode=episode, force=start.force_id),
        current,
        tuple(one for one in rows if one is not current),
        open_offer(episode),
    )


def open_offer(episode: MissingEpisode) -> ForceOffer | None:
    """The offer to another force that waits for its answer."""
    offers = ForceOffer.objects.filter(episode=episode, answer="")
    return offers.select_related("from_force", "to_force").first()


def offer(
    episode: MissingEpisode, *, to: PoliceForce, said_by: str, reason: str, by: User, at: datetime
) -> ForceOffer:
    """The force in charge offers the lead to another, by the word of a named officer; until it accepts nothing changes."""
    if not said_by.strip():
        raise IllegalMove("Enter the officer who says so.")
    if not reason.strip():
        raise IllegalMove("Enter why the search is to be led elsewhere.")
    with transaction.atomic():
        child, episode = locked(episode)
        require_search(episode)
        start = in_charge(episode, at=at)
        if start is None:
            raise IllegalMove("No force is alerted yet.")
        if start.force_id == to.pk:
            raise IllegalMove("%(force)s leads this search already.", force=to.name)
        force_ends.require_standing(to, at=at)
        if ForceOffer.objects.filter(episode=episode, answer="").exists():
            raise IllegalMove("An offer waits for its answer already.")
        row = ForceOffer.objects.create(
            episode=episode,
            from_force=start.force,
            to_force=to,
            offered_name=said_by.strip(),
            reason=reason.strip(),
            offered_at=at,
            offered_by=by,
        )
        log.record(
            child,
            "force_offered",
            subject=row,
            data={"force": start.force.code, "to_force": to.code},
            fields={"said_by": row.offered_name, "reason": row.reason},
            by=by,
            at=at,
        )
    return row


def accept(given: ForceOffer, *, officer: str, reference: str, by: User, at: datetime) -> ForceInCharge:
    """The other force leads from now on, with its own reference and officer; the one before is told nothing more.

    A closing that was recorded before holds no more: the search goes on.
    """
    if not officer.strip():
        raise IllegalMove("Enter the officer’s name.")
    if not reference.strip():
        raise IllegalMove("Enter the police reference.")
    with transaction.atomic():
        row = _answered(given, Answer.ACCEPTED, officer, by=by, at=at, incident_reference=reference.strip())
        episode = row.episode
        void_police_closing(episode, by=by, at=at)
        taken = add_force(episode, force=row.to_force, by=by, at=at)
        put_reference(taken, reference.strip(), by=by, at=at)
        # Whoever leads by now: the one that asked, or the one that took over from it since.
        start = in_charge(episode, at=at)
        before = {row.from_force_id, row.from_force_id if start is None else start.force_id} - {
            row.to_force_id
        }
        EpisodeForce.objects.filter(episode=episode, force__in=before, left_at=None).update(left_at=at)
        start = ForceInCharge.objects.create(episode=episode, force=row.to_force, starts_at=at, offer=row)
        officers.spoke(episode, force=row.to_force, name=officer, by=by, at=at)
    return start


def succeed(row: EpisodeForce, heir: PoliceForce, *, at: datetime) -> None:
    """Of the locked child's open search a force that has ended is told no more: whichever took over, and is alerted, has it.

    With the lead and the references that the one before gave. What it offered before is answered still.
    """
    episode, gone = row.episode, row.force
    taken = EpisodeForce.objects.get(episode=episode, force=heir)
    if not taken.incident_reference:
        taken.incident_reference, taken.reference_by_id = row.incident_reference, row.reference_by_id
    taken.compact_number = taken.compact_number or row.compact_number
    taken.save(update_fields=["incident_reference", "reference_by", "compact_number"])
    EpisodeForce.objects.filter(pk=row.pk).update(left_at=at)
    start = in_charge(episode, at=at)
    if start is not None and start.force_id == gone.pk:
        # It may have been alerted in the same instant, and no start is that of the one before.
        begins = max(at, start.starts_at + timedelta(microseconds=1))
        ForceInCharge.objects.create(episode=episode, force=heir, starts_at=begins)
    data = {"force": gone.code, "to_force": heir.code}
    log.record(episode.child, "force_succeeded", subject=taken, data=data, by=None, at=at)


def _leads(episode: MissingEpisode, force_id: int, at: datetime) -> bool:
    start = in_charge(episode, at=at)
    return start is not None and start.force_id == force_id


def decline(given: ForceOffer, *, officer: str, reason: str, by: User, at: datetime) -> ForceOffer:
    """The other force does not take the search over: the one before leads it still, and the other is told no more of it."""
    return _refused(given, Answer.DECLINED, officer, reason, by=by, at=at)


def take_back(given: ForceOffer, *, officer: str, reason: str, by: User, at: datetime) -> ForceOffer:
    """The force in charge offers it no more."""
    return _refused(given, Answer.WITHDRAWN, officer, reason, by=by, at=at)


def _refused(
    given: ForceOffer, answer: str, officer: str, reason: str, *, by: User, at: datetime
) -> ForceOffer:
    if not officer.strip():
        raise IllegalMove("Enter the officer’s name.")
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    with transaction.atomic():
        row = _answered(given, answer, officer, by=by, at=at, answer_reason=reason.strip())
        # Whoever took over from the one that asked leads by now, whatever it answers.
        if _is_told_to_be_asked(row) and not _leads(row.episode, row.to_force_id, at):
            EpisodeForce.objects.filter(episode=row.episode_id, force=row.to_force_id).update(left_at=at)
    return row


def _is_told_to_be_asked(given: ForceOffer) -> bool:
    """Whether the force was alerted by this offer alone, be it again, and has given no reference since.

    The row of a force that comes back is the one it had: what was done since the offer stands in the event log.
    """
    since = Event.objects.filter(child=given.episode.child_id, recorded_at__gte=given.offered_at)
    code = given.to_force.code
    alerted = since.filter(kind="force_added", data__force=code)
    return alerted.exists() and not since.filter(kind="police_reference_recorded", data__force=code).exists()


def _answered(
    given: ForceOffer, answer: str, officer: str, *, by: User, at: datetime, **said: str
) -> ForceOffer:
    child, episode = locked(given.episode)
    require_search(episode)
    row = ForceOffer.objects.select_related("from_force", "to_force").get(pk=given.pk)
    row.episode = episode
    if row.answer:
        raise IllegalMove("Somebody has answered this already.")
    row.answer, row.answered_name, row.answered_at, row.answered_by = answer, officer.strip(), at, by
    for name, words in said.items():
        setattr(row, name, words)
    row.save(update_fields=["answer", "answered_name", "answered_at", "answered_by", *said])
    log.record(
        child,
        "force_offer_answered",
        subject=row,
        data={"answer": answer, "force": row.from_force.code, "to_force": row.to_force.code},
        fields={"officer": row.answered_name, **said},
        by=by,
        at=at,
    )
    return row

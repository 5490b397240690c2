"""A way that a search has overtaken: the child was looked for since, is found, and nobody takes it further."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases import absences, log
from cases.catalogue import written
from cases.clock import TOLERANCE
from cases.journey_times import APART_AT_MOST
from cases.models import Absence, Child, Contact, Journey, JourneyConfirmation, MissingEpisode, Transfer, User
from cases.models.periods import not_over
from cases.states import EpisodeOutcome, TransferStatus


def break_off(child: Child, episode: MissingEpisode, *, at: datetime) -> Journey | None:
    """Break off the open journey of the locked child whose search has ended just now; return it, or None where it goes on.

    It goes on where nothing but the record was late; where it is to begin yet, so that the pick-up is owed as planned;
    and where somebody who is believed has confirmed the child at a stop since the search began, for the escorts have it.
    Of a child who has died every journey is over. Nobody is asked: who ended the search has seen the child, or spoken
    to it, and the home where it lives is asked for it from now on.
    """
    journey = Journey.objects.open().filter(child=child).first()
    if journey is None or not _is_over(journey, episode, at):
        return None
    # How it ended is for those who may read the episode.
    journey.ended_at, journey.reason = at, written(_("The child was missing, and that has ended"))
    journey.save(update_fields=["ended_at", "reason"])
    data = {"episode": episode.number}
    fields = {"reason": journey.reason}
    log.record(child, "journey_broken_off", subject=journey, data=data, fields=fields, by=None, at=at)
    return journey


def _is_over(journey: Journey, episode: MissingEpisode, at: datetime) -> bool:
    if episode.outcome in (EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.DIED):
        return episode.outcome == EpisodeOutcome.DIED
    if _is_with_escorts(journey, episode):
        return False
    confirmed = JourneyConfirmation.objects.filter(stop__journey=journey)
    return at >= journey.departs_at or confirmed.standing().exists()


def _is_with_escorts(journey: Journey, episode: MissingEpisode) -> bool:
    """Whether somebody who is believed has confirmed the child at a stop since the search began."""
    gone_since = max(episode.since, episode.anew_at or episode.since)
    confirmed = JourneyConfirmation.objects.counting().filter(
        stop__journey=journey, recorded_at__gte=episode.opened_at, contact__happened_at__gt=gone_since
    )
    return confirmed.exists()


def end_way(child: Child, episode: MissingEpisode, *, at: datetime) -> Transfer | None:
    """The locked child whose search has ended just now is on the way to another authority no more, if it was as it went.

    Its arrival is waited for no longer, and the home where it lives is asked for it; both authorities agree on the next day.
    Return the transfer, or None where it goes on: where nothing but the record was late, the child set out in the search,
    or the escorts have it.
    """
    transfer = Transfer.objects.filter(child=child, status=TransferStatus.IN_TRANSIT).first()
    if transfer is None or transfer.left_at is None or transfer.left_at >= episode.opened_at:
        return None
    if episode.outcome in (EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.DIED):
        return None
    journey = (
        Journey.objects.filter(child=child).exclude(kind=Journey.Kind.OTHER).order_by("-planned_at").first()
    )
    if journey is not None and _is_with_escorts(journey, episode):
        return None
    return _way_over(child, transfer, {"episode": episode.number}, by=None, at=at)


def end_with_journey(
    child: Child, journey: Journey, word: Contact | None, *, by: User, at: datetime
) -> Transfer | None:
    """The journey there of the locked child is broken off: it is on the way to another authority no more.

    Its arrival is waited for no longer, and its home is asked from now on. Who had set out is somewhere on the way, and
    `word` says when it was seen last: as between two stops somebody sees it within two hours of that, as of one who is
    out until then. Return the transfer; None of one that was not on the way, or by another journey.
    """
    transfer = Transfer.objects.filter(child=child, status=TransferStatus.IN_TRANSIT).first()
    if transfer is None or journey.kind != Journey.Kind.TRANSFER:
        return None
    seen_by = _seen_by(journey, word, expected_at=transfer.expected_at or at, at=at)
    absences.end_way(child, until=transfer.expected_at, by=by, at=at)
    _way_over(child, transfer, {"journey": journey.pk}, by=by, at=at)
    if seen_by is not None and not _is_gone(child, at):
        # A sighting that is older is one that somebody owes now.
        until = max(seen_by, at + TOLERANCE)
        absences.go_out(child, absences.Stay(until=until), by=by, at=at)
    return transfer


def _seen_by(
    journey: Journey, word: Contact | None, *, expected_at: datetime, at: datetime
) -> datetime | None:
    """By when somebody sees the child of a way that is over; None where nobody but its home is asked, as ever.

    Before the pick-up nobody has to have seen it, and that it had left is no sighting. Without the word of somebody who
    knows it that is no later than when the escorts were to see it, or it was to arrive.
    """
    confirmed = JourneyConfirmation.objects.filter(stop__journey=journey)
    has_begun = at >= journey.departs_at or confirmed.standing().exists()
    is_known = word is not None and word.knows_child
    if word is None or not has_begun:
        return None if is_known else min(journey.departs_at, expected_at)
    again = word.happened_at + APART_AT_MOST
    return again if is_known else min(again, expected_at)


def _is_gone(child: Child, at: datetime) -> bool:
    """Whether a search or another absence asks for the child already."""
    out = Absence.objects.filter(not_over(at), child=child).exists()
    return out or MissingEpisode.objects.open().filter(child=child).exists()


def _way_over(
    child: Child, transfer: Transfer, why: dict[str, int], *, by: User | None, at: datetime
) -> Transfer:
    transfer.status, transfer.left_at, transfer.expected_at = TransferStatus.DATE_SET, None, None
    transfer.save(update_fields=["status", "left_at", "expected_at"])
    receiver = transfer.receiver.code if transfer.receiver is not None else None
    data = {"from": transfer.sender.code, "to": receiver, **why}
    log.record(child, "transfer_way_over", subject=transfer, data=data, by=by, at=at)
    return transfer


def would_be(child: Child, episode: MissingEpisode, *, at: datetime) -> bool:
    """Whether the open journey of the child is over with a search that ends by a return: shown before it is said."""
    journey = Journey.objects.open().filter(child=child).first()
    return journey is not None and _is_over(journey, episode, at)

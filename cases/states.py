"""The statuses of the facts and their tables of lawful moves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases.moves import IllegalMove

__all__ = [
    "AGE_MOVES",
    "APPROVAL_MOVES",
    "ASSESSMENT_MOVES",
    "BOOKING_MOVES",
    "COVER_MOVES",
    "EPISODE_MOVES",
    "JOURNEY_MOVES",
    "LINK_MOVES",
    "LINK_REQUEST_MOVES",
    "NO_FIND",
    "NRM_MOVES",
    "NRM_OPEN",
    "PLANNED_MOVES",
    "TRANSFER_MOVES",
    "AgeStatus",
    "ApprovalStatus",
    "AssessmentStage",
    "BookingStage",
    "CoverStage",
    "EpisodeOutcome",
    "EpisodeStatus",
    "IllegalMove",
    "JourneyStage",
    "LinkRequestStatus",
    "LinkStatus",
    "NrmStatus",
    "PlannedStage",
    "TransferStatus",
]


class EpisodeStatus(TextChoices):
    """Where a missing episode stands; `away` is DfE's away from placement without authorisation."""

    NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
    MISSING = "missing", _("Missing")
    AWAY = "away", _("Away, whereabouts known")
    ENDED = "ended", _("Ended")


EPISODE_MOVES: dict[str, frozenset[str]] = {
    EpisodeStatus.NOT_CONFIRMED: frozenset({EpisodeStatus.MISSING, EpisodeStatus.AWAY, EpisodeStatus.ENDED}),
    EpisodeStatus.AWAY: frozenset({EpisodeStatus.MISSING, EpisodeStatus.ENDED}),
    EpisodeStatus.MISSING: frozenset({EpisodeStatus.ENDED}),
    EpisodeStatus.ENDED: frozenset(),
}


class EpisodeOutcome(TextChoices):
    """How an episode ended."""

    RECORDING_LATE = "recording_late", _("Was not missing, recording was late")
    RETURNED = "returned", _("Returned")
    SAFE_ELSEWHERE = "safe_elsewhere", _("Safe elsewhere")
    STILL_AT_RISK = "still_at_risk", _("Found, still at risk")
    HOSPITAL = "hospital", _("In hospital")
    ARRESTED = "arrested", _("Arrested")
    TREATED_AS_ADULT = "treated_as_adult", _("Detained or housed as an adult")
    WITH_FAMILY = "with_family", _("With family")
    ABROAD = "abroad", _("Abroad")
    DIED = "died", _("Died")
    # A death that was recorded, and was that of somebody else: no form offers it.
    ANOTHER_CHILD = "another_child", _("Recorded as died, which was another child")


# Endings with which nobody was found: the child was never gone, or the one who was found was another.
NO_FIND = frozenset({EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.ANOTHER_CHILD})


class TransferStatus(TextChoices):
    """Where a transfer of responsibility stands; that the child went missing meanwhile is a fact beside it."""

    REFERRED = "referred", _("Referred, no authority has it yet")
    ALLOCATED = "allocated", _("Offered, nobody has answered yet")
    DECLINED = "declined", _("Declined")
    ACCEPTED = "accepted", _("Accepted")
    DATE_SET = "date_set", _("Day agreed")
    IN_TRANSIT = "in_transit", _("On the way")
    ARRIVED = "arrived", _("Arrived")
    COMPLETED = "completed", _("Completed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Responsibility passes with the move to arrived, and with no other [NTS protocol 7.0; Immigration Act 2016 s.69].
TRANSFER_MOVES: dict[str, frozenset[str]] = {
    TransferStatus.REFERRED: frozenset({TransferStatus.ALLOCATED, TransferStatus.WITHDRAWN}),
    TransferStatus.ALLOCATED: frozenset(
        {TransferStatus.ACCEPTED, TransferStatus.DECLINED, TransferStatus.WITHDRAWN}
    ),
    # Offered to another authority, or once more to the same.
    TransferStatus.DECLINED: frozenset({TransferStatus.ALLOCATED, TransferStatus.WITHDRAWN}),
    # A child may be there before anybody has recorded the day or the departure.
    TransferStatus.ACCEPTED: frozenset(
        {TransferStatus.DATE_SET, TransferStatus.ARRIVED, TransferStatus.WITHDRAWN}
    ),
    TransferStatus.DATE_SET: frozenset(
        {
            TransferStatus.DATE_SET,
            TransferStatus.IN_TRANSIT,
            TransferStatus.ARRIVED,
            TransferStatus.WITHDRAWN,
        }
    ),
    # The journey was broken off: another day is agreed.
    TransferStatus.IN_TRANSIT: frozenset(
        {TransferStatus.DATE_SET, TransferStatus.ARRIVED, TransferStatus.WITHDRAWN}
    ),
    # The child has not arrived: taken back, and by no other act.
    TransferStatus.ARRIVED: frozenset(
        {TransferStatus.COMPLETED, TransferStatus.ACCEPTED, TransferStatus.WITHDRAWN}
    ),
    TransferStatus.COMPLETED: frozenset({TransferStatus.ACCEPTED, TransferStatus.WITHDRAWN}),
    TransferStatus.WITHDRAWN: frozenset(),
}


class AgeStatus(TextChoices):
    """What is decided about a child's age; whoever may be a child is treated as one until it is."""

    NONE = "none", _("Not disputed")
    DISPUTED = "disputed", _("Age disputed: treat as a child")
    IN_PROGRESS = "assessment_in_progress", _("Assessment in progress: treat as a child")
    ASSESSED_CHILD = "assessed_child", _("Assessed as a child")
    ASSESSED_ADULT = "assessed_adult", _("Assessed as an adult")
    UNDER_CHALLENGE = "under_challenge", _("Under challenge: treat as a child")
    ADULT_ELSEWHERE = "treated_as_adult_elsewhere", _("Treated as an adult elsewhere")


# Of each status those that a decision can lead to. Only a challenge leads away from an assessed adult, and who is
# treated as an adult elsewhere is nobody's finding: any of them may follow.
AGE_MOVES: dict[str, frozenset[str]] = {
    AgeStatus.NONE: frozenset({AgeStatus.DISPUTED, AgeStatus.IN_PROGRESS, AgeStatus.ADULT_ELSEWHERE}),
    AgeStatus.DISPUTED: frozenset(
        {
            AgeStatus.NONE,
            AgeStatus.IN_PROGRESS,
            AgeStatus.ASSESSED_CHILD,
            AgeStatus.ASSESSED_ADULT,
            # Of an assessment by somebody else, from before the child was known here.
            AgeStatus.UNDER_CHALLENGE,
            AgeStatus.ADULT_ELSEWHERE,
        }
    ),
    AgeStatus.IN_PROGRESS: frozenset(
        {
            AgeStatus.NONE,
            AgeStatus.DISPUTED,
            AgeStatus.ASSESSED_CHILD,
            AgeStatus.ASSESSED_ADULT,
            AgeStatus.ADULT_ELSEWHERE,
        }
    ),
    AgeStatus.ASSESSED_CHILD: frozenset(
        {AgeStatus.DISPUTED, AgeStatus.UNDER_CHALLENGE, AgeStatus.ADULT_ELSEWHERE}
    ),
    AgeStatus.ASSESSED_ADULT: frozenset({AgeStatus.UNDER_CHALLENGE, AgeStatus.ASSESSED_CHILD}),
    AgeStatus.UNDER_CHALLENGE: frozenset({AgeStatus.ASSESSED_CHILD, AgeStatus.ASSESSED_ADULT}),
    AgeStatus.ADULT_ELSEWHERE: frozenset(
        {
            AgeStatus.NONE,
            AgeStatus.DISPUTED,
            AgeStatus.IN_PROGRESS,
            AgeStatus.ASSESSED_CHILD,
            AgeStatus.ASSESSED_ADULT,
        }
    ),
}


class NrmStatus(TextChoices):
    """Where a referral to the National Referral Mechanism stands."""

    REFERRED = "referred", _("Referred, reasonable grounds awaited")
    GROUNDS = "reasonable_grounds", _("Reasonable grounds, conclusive decision awaited")
    NO_GROUNDS = "no_reasonable_grounds", _("No reasonable grounds")
    CONCLUSIVE = "conclusive_grounds", _("Conclusive grounds: a victim")
    NOT_CONCLUSIVE = "no_conclusive_grounds", _("No conclusive grounds")
    RECONSIDERED = "grounds_reconsidered", _("Reasonable grounds being reconsidered")
    CONCLUSIVE_RECONSIDERED = "conclusive_reconsidered", _("Conclusive decision being reconsidered")
    SUSPENDED = "suspended", _("Suspended")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Nothing is decided for good while one of these stands: somebody waits for a decision.
NRM_OPEN = (
    NrmStatus.REFERRED,
    NrmStatus.GROUNDS,
    NrmStatus.RECONSIDERED,
    NrmStatus.CONCLUSIVE_RECONSIDERED,
    NrmStatus.SUSPENDED,
)
_FIRST = frozenset({NrmStatus.GROUNDS, NrmStatus.NO_GROUNDS, NrmStatus.SUSPENDED, NrmStatus.WITHDRAWN})
_LAST = frozenset({NrmStatus.CONCLUSIVE, NrmStatus.NOT_CONCLUSIVE, NrmStatus.SUSPENDED, NrmStatus.WITHDRAWN})
# Only a refusal is reconsidered [statutory guidance under s.49 of the Modern Slavery Act 2015].
NRM_MOVES: dict[str, frozenset[str]] = {
    NrmStatus.REFERRED: _FIRST,
    NrmStatus.GROUNDS: _LAST,
    NrmStatus.NO_GROUNDS: frozenset({NrmStatus.RECONSIDERED}),
    NrmStatus.CONCLUSIVE: frozenset(),
    NrmStatus.NOT_CONCLUSIVE: frozenset({NrmStatus.CONCLUSIVE_RECONSIDERED}),
    NrmStatus.RECONSIDERED: _FIRST,
    NrmStatus.CONCLUSIVE_RECONSIDERED: _LAST,
    # Taken up again where it stood, or decided after all: of these what could follow there, and nothing else.
    NrmStatus.SUSPENDED: frozenset(
        {
            NrmStatus.REFERRED,
            NrmStatus.RECONSIDERED,
            NrmStatus.CONCLUSIVE_RECONSIDERED,
            NrmStatus.GROUNDS,
            NrmStatus.NO_GROUNDS,
            NrmStatus.CONCLUSIVE,
            NrmStatus.NOT_CONCLUSIVE,
            NrmStatus.WITHDRAWN,
        }
    ),
    NrmStatus.WITHDRAWN: frozenset(),
}


class ApprovalStatus(TextChoices):
    """The step that counts of the approval of a placement outside the area."""

    # Of the director, after the authority of the area was asked.
    ASKED = "asked", _("Distant placement: the director is asked")
    APPROVED = "approved", _("Approved as a distant placement")
    REFUSED = "refused", _("Refused as a distant placement: another is to be found")
    # Not distant: the two areas touch, and no director has to approve.
    ADJOINS = "adjoins", _("Not distant: the two areas adjoin")


# What was refused is asked anew before it is approved, and what was said to adjoin may be asked all the same.
APPROVAL_MOVES: dict[str, frozenset[str]] = {
    ApprovalStatus.ASKED: frozenset(
        {ApprovalStatus.APPROVED, ApprovalStatus.REFUSED, ApprovalStatus.ADJOINS}
    ),
    ApprovalStatus.APPROVED: frozenset(),
    ApprovalStatus.REFUSED: frozenset({ApprovalStatus.ASKED, ApprovalStatus.ADJOINS}),
    ApprovalStatus.ADJOINS: frozenset({ApprovalStatus.ASKED}),
}


class PlannedStage(TextChoices):
    """What became of a placement that was planned."""

    PLANNED = "planned", _("Planned")
    TAKEN_UP = "taken_up", _("The child was placed there")
    CALLED_OFF = "called_off", _("Called off")


# A placement elsewhere leaves it as it is: that the child does not go there any more is said.
PLANNED_MOVES: dict[str, frozenset[str]] = {
    PlannedStage.PLANNED: frozenset({PlannedStage.TAKEN_UP, PlannedStage.CALLED_OFF}),
    PlannedStage.TAKEN_UP: frozenset(),
    PlannedStage.CALLED_OFF: frozenset(),
}


class LinkStatus(TextChoices):
    """What was found of a claim that two children belong together."""

    NOT_CHECKED = "not_checked", _("Not checked: it is what somebody says")
    CONFIRMED = "confirmed", _("Checked: it is so")
    NOT_SO = "not_so", _("Checked: it is not so")


_CHECKED = frozenset({LinkStatus.CONFIRMED, LinkStatus.NOT_SO})
# A later check takes the place of an earlier one; what was checked once is no mere claim again.
LINK_MOVES: dict[str, frozenset[str]] = dict.fromkeys(LinkStatus, _CHECKED)


class LinkRequestStatus(TextChoices):
    """What another council answered that was asked for a sibling or companion."""

    ASKED = "asked", _("Asked, and not answered")
    LINKED = "linked", _("Linked: the council looks after the child")
    NO_SUCH = "no_such", _("No such child")
    CANNOT_SAY = "cannot_say", _("We cannot say")
    WITHDRAWN = "withdrawn", _("Withdrawn, or no longer needed")


_LINK_ANSWERS = frozenset({LinkRequestStatus.LINKED, LinkRequestStatus.WITHDRAWN})
# Whoever found no such child may find it later; who is not told of an answer yet may withdraw what was answered.
LINK_REQUEST_MOVES: dict[str, frozenset[str]] = {
    LinkRequestStatus.ASKED: _LINK_ANSWERS | {LinkRequestStatus.NO_SUCH, LinkRequestStatus.CANNOT_SAY},
    LinkRequestStatus.NO_SUCH: _LINK_ANSWERS,
    LinkRequestStatus.CANNOT_SAY: _LINK_ANSWERS,
    LinkRequestStatus.LINKED: frozenset(),
    LinkRequestStatus.WITHDRAWN: frozenset(),
}


class JourneyStage(TextChoices):
    """Where a journey stands, by its confirmations that nobody has withdrawn and by its end."""

    PLANNED = "planned", _("Planned")
    UNDER_WAY = "under_way", _("On the way")
    HANDED_OVER = "handed_over", _("Handed over")
    BROKEN_OFF = "broken_off", _("Broken off")


_JOURNEY_ENDS = frozenset({JourneyStage.HANDED_OVER, JourneyStage.BROKEN_OFF})
# Whoever sees the child at the last stop says that it was at each before; a sighting that is withdrawn was none.
JOURNEY_MOVES: dict[str, frozenset[str]] = {
    JourneyStage.PLANNED: _JOURNEY_ENDS | {JourneyStage.UNDER_WAY},
    JourneyStage.UNDER_WAY: _JOURNEY_ENDS | {JourneyStage.UNDER_WAY, JourneyStage.PLANNED},
    JourneyStage.HANDED_OVER: frozenset(),
    JourneyStage.BROKEN_OFF: frozenset(),
}


class AssessmentStage(TextChoices):
    """What a risk assessment waits for, by its row, its reading and whether a later one is on record."""

    WAITS = "waits", _("Its lower grade waits for a second person")
    UNREAD = "unread", _("To be read by a manager")
    SIGNED = "signed", _("Signed")
    SENT_BACK = "sent_back", _("Sent back")
    OVERTAKEN = "overtaken", _("A later one takes its place")


_READ = frozenset({AssessmentStage.SIGNED, AssessmentStage.SENT_BACK, AssessmentStage.OVERTAKEN})
# Signing agrees to the lower grade as well; whoever reads the latest reads what came before it.
ASSESSMENT_MOVES: dict[str, frozenset[str]] = {
    AssessmentStage.WAITS: _READ | {AssessmentStage.UNREAD},
    AssessmentStage.UNREAD: _READ,
    AssessmentStage.SIGNED: frozenset(),
    AssessmentStage.SENT_BACK: frozenset(),
    AssessmentStage.OVERTAKEN: frozenset(),
}


class CoverStage(TextChoices):
    """Where the cover of a colleague stands, by their answer and its dates."""

    WAITING = "waiting", _("Waits for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    CALLED_OFF = "called_off", _("Called off")
    OVER = "over", _("Over")


# Before it begins it is called off; afterwards it ends sooner, or by its date, and unanswered by its date as well. Cover for
# a social worker or a manager is over with the leave and with the work or the post that is covered, too.
COVER_MOVES: dict[str, frozenset[str]] = {
    CoverStage.WAITING: frozenset(set(CoverStage) - {CoverStage.WAITING}),
    CoverStage.ACCEPTED: frozenset({CoverStage.CALLED_OFF, CoverStage.OVER}),
    CoverStage.DECLINED: frozenset(),
    CoverStage.CALLED_OFF: frozenset(),
    CoverStage.OVER: frozenset(),
}


class BookingStage(TextChoices):
    """What became of a meeting that was booked."""

    BOOKED = "booked", _("Booked")
    HELD = "held", _("Held")
    CALLED_OFF = "called_off", _("Called off")
    MISTAKE = "mistake", _("Booked by mistake")


# A record of the meeting that is struck through was none: it is still to be held, or to be recorded.
BOOKING_MOVES: dict[str, frozenset[str]] = {
    BookingStage.BOOKED: frozenset({BookingStage.HELD, BookingStage.CALLED_OFF, BookingStage.MISTAKE}),
    BookingStage.HELD: frozenset({BookingStage.BOOKED}),
    BookingStage.CALLED_OFF: frozenset(),
    BookingStage.MISTAKE: frozenset(),
}

"""What is decided while a child is missing, and what was found out: recorded with who, when and why; the latest stands."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from cases import log
from cases.clock import TOLERANCE
from cases.episodes.openings import locked
from cases.models import EpisodeDecision, EpisodeFinding, EpisodeForce, MissingEpisode, Placement, User
from cases.models.episode_decisions import ANSWERS, OUT
from cases.states import IllegalMove
from cases.worded import Question

Kind, Answer = EpisodeDecision.Kind, EpisodeDecision.Answer
# Somebody heard it there, by name.
_SPOKEN = frozenset({Answer.TOLD, Answer.OFFERED, Answer.REFERRED, Answer.ASKED, Answer.ISSUED})
# What makes a search known to others, or is to: none of it is decided of a child who is back.
_OF_A_SEARCH = _SPOKEN | OUT


# Of these placements in England Ofsted inspects who runs them, and hears of serious events there.
INSPECTED = frozenset({Placement.Type.CHILDRENS_HOME, Placement.Type.SECURE, Placement.Type.SUPPORTED})
_OFSTEDS = "England"


class WrongMoment(IllegalMove):
    """The decision cannot have been made at that time."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One decision as it was given; `decided_at` is when it was made."""

    answer: str
    decided_at: datetime
    decided_by: str
    reason: str
    spoken_to: str = ""
    reference: str = ""
    consent: str = ""
    risk: str = ""


def decide(
    episode: MissingEpisode, kind: str, decided: Decided, *, by: User, at: datetime
) -> EpisodeDecision:
    """Record a decision of this `kind`; what was decided before stays on record.

    The same words of the same person once more, as a form that is sent twice, return what stands.
    After the end too: what went out is taken back then, and what was decided before it may be written down late.
    Raises `IllegalMove` for what is missing, and for the Home Office, which hears only of a confirmed search with a
    police reference; `WrongMoment` for a time outside the search.
    """
    _require(kind, decided, at)
    with transaction.atomic():
        child, episode = locked(episode)
        before = standing(episode).get(kind)
        if before is not None and _is_sent_again(before, decided, by):
            return before
        _require_within(episode, kind, decided)
        _require_after(episode, kind, decided)
        if kind == Kind.OFSTED and not is_inspected(episode):
            raise IllegalMove("Ofsted is not told of children who are missing from such a placement.")
        if kind == Kind.HOME_OFFICE and decided.answer == Answer.TOLD:
            _require_search(episode)
        row = EpisodeDecision.objects.create(
            episode=episode, kind=kind, recorded_at=at, recorded_by=by, **asdict(decided)
        )
        log.record(
            child,
            "episode_decided",
            subject=row,
            data={"episode": episode.number, "kind": kind, "answer": decided.answer},
            happened_at=decided.decided_at,
            fields={
                name: getattr(decided, name)
                for name in ("decided_by", "spoken_to", "reference", "consent", "risk", "reason")
            },
            by=by,
            at=at,
        )
    return row


def is_inspected(episode: MissingEpisode) -> bool:
    """Whether those who run the placement that the child is missing from may owe Ofsted word of it; no foster carer does."""
    return inspected(Placement.objects.filter(episodes=episode)).exists()


def inspected(placements: QuerySet[Placement]) -> QuerySet[Placement]:
    """Those of these placements of which Ofsted hears."""
    return placements.filter(type__in=INSPECTED, host_authority__nation=_OFSTEDS)


def standing(episode: MissingEpisode) -> dict[str, EpisodeDecision]:
    """The decision that stands of each kind: the one that was made last."""
    return {row.kind: row for row in _DECIDED(episode.pk)}


_DECIDED = Question(
    lambda episode: (
        EpisodeDecision.objects.filter(episode=episode)
        .select_related("recorded_by")
        .order_by("decided_at", "pk")
    )
)


def still_out(episode: MissingEpisode) -> list[EpisodeDecision]:
    """What has gone out about the child and was not taken back."""
    return list(out(episode).values())


def out(episode: MissingEpisode) -> dict[str, EpisodeDecision]:
    """The same by kind: what was asked or decided of it since takes nothing down."""
    found: dict[str, EpisodeDecision] = {}
    for row in EpisodeDecision.objects.filter(episode=episode).order_by("decided_at", "pk"):
        if row.answer in OUT:
            found[row.kind] = row
        elif row.answer == Answer.WITHDRAWN:
            found.pop(row.kind, None)
    return found


def find_out(
    episode: MissingEpisode,
    *,
    source: str,
    told_by: str,
    heard_at: datetime,
    text: str,
    is_intelligence: bool = False,
    by: User,
    at: datetime,
) -> EpisodeFinding:
    """Record what a force or a partner found; after the end too, with the episode it is about.

    The same words of the same person once more, as a form that is sent twice, return what stands.
    """
    if not told_by.strip() or not text.strip():
        raise IllegalMove("Enter who told us and what they found.")
    if heard_at > at:
        raise IllegalMove("The time must be now or in the past.")
    with transaction.atomic():
        child, episode = locked(episode)
        said = {
            "source": source,
            "told_by": told_by.strip(),
            "text": text.strip(),
            "is_intelligence": is_intelligence,
        }
        own = EpisodeFinding.objects.filter(episode=episode, recorded_by=by, **said)
        # "Now" is later with each press.
        standing = own.filter(heard_at__range=(heard_at - TOLERANCE, heard_at)).first()
        if standing is not None:
            return standing
        row = EpisodeFinding.objects.create(
            episode=episode, heard_at=heard_at, recorded_at=at, recorded_by=by, **said
        )
        log.record(
            child,
            "episode_found_out",
            subject=row,
            data={"episode": episode.number, "source": source, "intelligence": is_intelligence},
            happened_at=heard_at,
            fields={"told_by": told_by, "text": text},
            by=by,
            at=at,
        )
    return row


def _require(kind: str, decided: Decided, at: datetime) -> None:
    if kind not in Kind.values or decided.answer not in ANSWERS[kind]:
        raise IllegalMove("Select what was decided.")
    if not decided.decided_by.strip() or not decided.reason.strip():
        raise IllegalMove("Enter who decided it and why.")
    if decided.decided_at > at:
        raise IllegalMove("The time of the decision must be now or in the past.")
    if kind == Kind.OFSTED:
        if decided.answer == Answer.TOLD and not (decided.reference.strip() or decided.spoken_to.strip()):
            raise IllegalMove("Enter the reference of the notification, or who was spoken to.")
    elif decided.answer in _SPOKEN and not decided.spoken_to.strip():
        raise IllegalMove("Enter who was spoken to.")
    goes_out = kind != Kind.CHILD_RESCUE_ALERT and decided.answer in OUT
    if goes_out and not decided.consent.strip():
        raise IllegalMove("Enter whose consent there is, or why it is done without.")
    if kind == Kind.PUBLICITY and decided.answer in (Answer.YES, Answer.NO) and not decided.risk.strip():
        raise IllegalMove("Enter what publicity may do to the child.")


def require_since(episode: MissingEpisode, decided_at: datetime) -> None:
    """Raise `WrongMoment` for a decision before the search began."""
    if decided_at < episode.since:
        raise WrongMoment("The decision must be after the child was last seen.")


def _require_within(episode: MissingEpisode, kind: str, decided: Decided) -> None:
    require_since(episode, decided.decided_at)
    is_over = episode.ended_at is not None and decided.decided_at > episode.ended_at
    # The home tells of what happened, and may do so when it is over.
    if is_over and kind != Kind.OFSTED and decided.answer in _OF_A_SEARCH:
        raise WrongMoment("This episode had ended by then.")


def _require_after(episode: MissingEpisode, kind: str, decided: Decided) -> None:
    if decided.answer == Answer.WITHDRAWN:
        gone = out(episode).get(kind)
        if gone is None:
            raise IllegalMove("There is nothing to withdraw.")
        if decided.decided_at < gone.decided_at:
            raise WrongMoment("It was not out yet at that time.")
    before = standing(episode).get(kind)
    same = before is not None and (before.answer, before.decided_at) == (decided.answer, decided.decided_at)
    if same:
        raise IllegalMove("This decision is recorded already.")


def _is_sent_again(before: EpisodeDecision, decided: Decided, by: User) -> bool:
    """Whether it is the decision that stands, sent once more: "now" is later with each press."""
    words = asdict(decided)
    later = words.pop("decided_at") - before.decided_at
    is_same = all(getattr(before, name) == said for name, said in words.items())
    return is_same and before.recorded_by_id == by.pk and timedelta() <= later <= TOLERANCE


def _require_search(episode: MissingEpisode) -> None:
    """Whether an immigration body may have heard of it at all: a search that somebody confirmed, with a police reference.

    The reference is what confirms: there is none without.
    """
    referenced = EpisodeForce.objects.filter(episode=episode).exclude(incident_reference="").exists()
    if episode.confirmed_at is None or not referenced:
        raise IllegalMove(
            "The Home Office hears only of a confirmed missing episode with a police reference."
        )

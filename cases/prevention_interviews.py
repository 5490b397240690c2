"""The verbs of the police's interview after a search: write it down, write it again, withdraw it; what stood stays."""

import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from cases import log
from cases.models import Child, MissingEpisode, PoliceForce, PreventionInterview, User
from cases.moves import require_open, require_same
from cases.states import NO_FIND, EpisodeOutcome, EpisodeStatus, IllegalMove


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the officer told of it; the same `key` again is the same record."""

    held_at: datetime
    officer: str
    force: PoliceForce
    reference: str = ""
    seen_alone: str
    said: str = ""
    harm: str = ""
    referred_to: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def values(self) -> dict[str, object]:
        return asdict(self) | {"force": self.force}


def latest(episode: MissingEpisode) -> PreventionInterview | None:
    """The version that stands, or None where nothing is written down."""
    written = PreventionInterview.objects.standing().filter(episode=episode)
    return written.select_related("recorded_by", "force").last()


def write(
    episode: MissingEpisode, held: Held, *, version: int, by: User, at: datetime
) -> PreventionInterview:
    """Write down what the police asked of the child after an ended episode; `version` is the one that was read, 0 for none.

    Raises `IllegalMove` for a time before the child went missing or to come, without an officer, after an ending with
    which nobody was found, and where somebody wrote a version meanwhile; `SentBefore` for the same key with other words.
    """
    if not held.officer.strip() or not held.seen_alone:
        raise IllegalMove("Enter who held it, and whether the child was seen alone.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        same = PreventionInterview.objects.filter(key=held.key, episode=episode).first()
        if same is not None:
            if same.withdrawn_at is not None:
                raise IllegalMove("What you write has been withdrawn since. Open the page again to write it.")
            require_same(same, held.values, sent=(same.recorded_at, at))
            return same
        require_open(child.closed_at, happened_at=held.held_at)
        _require_fit(episode, held, version=version, at=at)
        number = PreventionInterview.objects.filter(episode=episode).count() + 1
        row = PreventionInterview.objects.create(
            episode=episode, version=number, recorded_at=at, recorded_by=by, **held.values
        )
        said = ("officer", "reference", "seen_alone", "said", "harm", "referred_to")
        log.record(
            child,
            "prevention_interview_written" if version == 0 else "prevention_interview_corrected",
            subject=row,
            data={"episode": episode.number, "version": row.version, "force": held.force.code},
            fields={name: getattr(row, name) for name in said},
            happened_at=held.held_at,
            by=by,
            at=at,
        )
    return row


def _require_fit(episode: MissingEpisode, held: Held, *, version: int, at: datetime) -> None:
    if episode.status != EpisodeStatus.ENDED:
        raise IllegalMove("The interview is about an episode that has ended.")
    if episode.outcome in {*NO_FIND, EpisodeOutcome.DIED}:
        raise IllegalMove("With this ending nobody is back to be asked.")
    if held.held_at > at:
        raise IllegalMove("The time of the interview must be now or in the past.")
    # Not the time that stands for the find: where the police found the child it is mostly that of being back, and they
    # talked before.
    if held.held_at < episode.since:
        raise IllegalMove("The interview was held after the child went missing.")
    before = latest(episode)
    if (before.version if before else 0) != version:
        raise IllegalMove("Somebody has written this interview since you opened it. Open it again.")


def withdraw(
    episode: MissingEpisode, *, version: int, reason: str, by: User, at: datetime
) -> PreventionInterview:
    """Withdraw what says by mistake that it was held: it stays, struck through, with all versions before it.

    Raises `IllegalMove` without a reason, where nothing stands, and where somebody wrote another version meanwhile.
    """
    if not reason.strip():
        raise IllegalMove("Enter why this interview is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        rows = list(PreventionInterview.objects.standing().filter(episode=episode).order_by("version"))
        if not rows or rows[-1].version != version:
            raise IllegalMove("Somebody has written this interview since you opened it. Read it first.")
        for row in rows:
            row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
            row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        log.record(
            child,
            "prevention_interview_withdrawn",
            subject=rows[-1],
            data={"episode": episode.number, "versions": [row.version for row in rows]},
            fields={"reason": reason.strip()},
            by=by,
            at=at,
        )
    return rows[-1]

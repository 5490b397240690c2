"""Missing episodes: those that ended, mostly within two days, and those that are open with every review that was due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from alerts import review_ladder
from alerts.call_ladder import DEFAULT_TIMES
from alerts.models import Verification
from alerts.population import endings, inquiries, names
from alerts.population.stage import Stage
from alerts.population.told import DAY, Told, give
from alerts.review_ladder import DEFAULT_RUNGS, Rules
from cases import grants, relations, review_dates, reviews
from cases.models import (
    Contact,
    EpisodeForce,
    EpisodeOfficer,
    Means,
    MissingEpisode,
    MissingReview,
    Outcome,
    WitnessRole,
)
from cases.people import force_group
from cases.states import EpisodeStatus

StartedBy = MissingEpisode.StartedBy
MINUTE = timedelta(minutes=1)
# A review of which somebody would hear within so long is held already.
QUIET_FOR = timedelta(days=2)
# The council's first version, as if it had always been there.
REVIEWS = (Rules(datetime(1900, 1, 1, tzinfo=UTC), DEFAULT_RUNGS),)
# Ever missing: 13 of a hundred who arrive alone, 37 of those who were trafficked (ECPAT UK, 2025); the open ones included.
EVER_MISSING, EVER_MISSING_TRAFFICKED = 0.06, 0.27
WEARING = (
    "Grey hooded top, black jogging trousers",
    "Dark blue parka, jeans",
    "Black puffer jacket, white trainers",
)
WORRIES = (
    "Left without his coat. Phone off since the evening.",
    "A car waited at the corner twice this week.",
    "Said goodbye to the others as if for long.",
    "Asked where the station is. Owes money for the journey.",
)
DECIDED = (
    "Search goes on. Police asked for phone and transport records; friends spoken to again.",
    "No news. Publicity renewed; friends in the old placement to be spoken to with an interpreter.",
    "One unconfirmed sighting followed up, not the child. Next steps agreed with police.",
    "Search goes on. Police have been asked for a new picture and for the phone records again.",
)
ANSWERED = "No news. The case is open with the same officer, and the next look is agreed."


@dataclass(frozen=True)
class Search:
    """An open episode with what its ladders need to know."""

    told: Told
    episode: MissingEpisode
    verified: tuple[datetime, ...]


def past(stage: Stage, told: Told) -> int:
    """Enter the episodes that ended; return how many there are."""
    life = told.life
    chance = EVER_MISSING_TRAFFICKED if life.trafficked else EVER_MISSING
    if stage.rng.random() >= (0.3 if life.since else chance):
        return 0
    first = life.registered_at + DAY
    last = min(life.since or told.until, told.until) - timedelta(days=1)
    if life.settled:
        # A settled child has been home and calm for longer than it takes to be called so.
        last = stage.at - timedelta(days=120)
    wanted = min(1 + int(stage.rng.expovariate(1 / 1.6)), 9)
    room = (last - first) / wanted
    if room < timedelta(days=3):
        wanted, room = 1, last - first
    if room < timedelta(days=2):
        return 0
    for number in range(1, wanted + 1):
        lasted = (
            timedelta(hours=stage.rng.uniform(3, 46))
            if stage.rng.random() < 0.9
            else timedelta(days=stage.rng.uniform(2.1, 20))
        )
        since = first + room * (number - 1) + (room - min(lasted, room * 0.7)) * stage.rng.random() * 0.9
        _ended(stage, told, number, since, min(lasted, room * 0.7))
    return wanted


def _ended(stage: Stage, told: Told, number: int, since: datetime, lasted: timedelta) -> None:
    since = since.replace(second=0, microsecond=0)
    found = since + timedelta(minutes=int(lasted / MINUTE))
    held = _opened(stage, told, number, since, min(lasted * 0.3, timedelta(hours=3)))
    if held is None:
        return
    endings.enter(stage, told, held.episode, found=found)
    if found + endings.WRITTEN > stage.at - relations.FORCE_READS_AFTER:
        _let_force_read(stage, told, held)


def still_open(stage: Stage, told: Told, number: int) -> Search | None:
    """Enter the open episode of a missing child: reported, an officer named time and again, and reviewed since."""
    since = told.life.since
    if since is None:
        return None
    held = _opened(stage, told, number, since, timedelta(minutes=stage.rng.randrange(40, 400)))
    if held is None:
        raise LookupError(f"{told.child.reference} was nowhere when last seen")
    _let_force_read(stage, told, held)
    episode = held.episode
    verified = tuple(_leases(episode.opened_at, stage.rng))
    for moment in verified[1:]:
        _verify(stage, told, held, moment)
    is_published = inquiries.enter(stage, told, episode)
    decided = DECIDED if is_published else tuple(note for note in DECIDED if "Publicity" not in note)
    for due in _held(episode.opened_at, stage.at):
        _review(stage, told, episode, due, decided)
    return Search(told, episode, (episode.opened_at + _ANSWERED, *verified[1:]))


def _held(opened_at: datetime, at: datetime) -> Iterator[reviews.Due]:
    """Every review that was due, and those of which somebody would hear within two days: held before their day."""
    quiet_until = at + QUIET_FOR
    for due in review_dates.calendar(opened_at, until=at + timedelta(days=28)):
        rungs = review_ladder.instants(due, REVIEWS).values()
        if due.due_at < quiet_until or any(at <= moment < quiet_until for moment in rungs):
            yield due


_ANSWERED = 8 * MINUTE


def _leases(owed_at: datetime, rng: Random) -> Iterator[datetime]:
    """An officer named at once, and again after each asking, until nobody is asked any more."""
    lease = owed_at + _ANSWERED
    yield lease
    while lease + DEFAULT_TIMES.ask_after <= owed_at + DEFAULT_TIMES.ask_within:
        lease += DEFAULT_TIMES.ask_after + timedelta(minutes=rng.randrange(4, 26))
        yield lease


def _opened(stage: Stage, told: Told, number: int, since: datetime, later: timedelta) -> EpisodeForce | None:
    """A report, or a look that failed, with the force rung and its reference on record; none where the child was nowhere."""
    stay = told.house_at(since)
    if stay is None:
        return None
    placement, house = stay
    opened = since + timedelta(minutes=max(15, int(later / MINUTE)))
    looked = stage.rng.random() < 0.3
    episode = stage.book.add(
        MissingEpisode(
            child=told.child,
            number=number,
            status=EpisodeStatus.MISSING,
            started_by=StartedBy.NOT_HERE if looked else StartedBy.REPORT,
            since=since,
            opened_at=opened,
            opened_by=house.carer,
            confirmed_at=opened,
            confirmed_by=house.carer,
            counts_from=opened,
            police_owed_at=opened,
            find_me_at=opened,
            placement=placement,
            last_seen_at=since,
            last_seen_place=house.home.name,
            last_seen_by=house.carer.name,
            wearing=stage.rng.choice(WEARING),
            why_worried="" if looked else stage.rng.choice(WORRIES),
            police_rung=None if looked else True,
            our_grade="high" if told.life.since else "medium",
            police_grade=stage.rng.choices(("medium", "high"), (70, 30))[0],
        )
    )
    _open_events(stage, told, episode, looked=looked, at=opened)
    return _rung(stage, told, episode, placement.force_id)


def _rung(stage: Stage, told: Told, episode: MissingEpisode, force_id: int) -> EpisodeForce:
    """The force rung as the search opened, with its reference and its officer."""
    opened, by = episode.opened_at, episode.opened_by
    held = stage.book.add(
        EpisodeForce(
            episode=episode,
            force_id=force_id,
            added_at=opened,
            added_by=by,
            incident_reference=f"{stage.rng.randrange(10000, 99999)}/{opened:%y}",
            officer=f"PC {stage.rng.randrange(1000, 9999)} {names.of_staff(stage.rng).split()[1]}",
        )
    )
    stage.book.add(
        EpisodeOfficer(
            episode=episode,
            force_id=held.force_id,
            name=held.officer,
            starts_at=opened,
            recorded_at=opened,
            recorded_by=by,
        )
    )
    _verify(stage, told, held, opened + _ANSWERED)
    return held


def _open_events(stage: Stage, told: Told, episode: MissingEpisode, *, looked: bool, at: datetime) -> None:
    carer = episode.opened_by
    if not looked:
        given = ("last_seen_at", "last_seen_place", "last_seen_by", "wearing", "why_worried", "our_grade")
        told.tell(
            "reported_missing",
            subject=episode,
            by=carer,
            at=at,
            data={"episode": episode.number, "police_rung": True},
            fields={name: getattr(episode, name) for name in given},
        )
        return
    contact = stage.book.add(
        Contact(
            child=told.child,
            outcome=Outcome.NOT_HERE,
            means=Means.FACE_TO_FACE,
            witness=carer.name if carer else "",
            witness_role=WitnessRole.PLACEMENT_STAFF,
            witness_user=carer,
            organisation=f"home:{episode.placement.home_id}" if episode.placement else "",
            knows_child=True,
            happened_at=at,
            recorded_at=at,
            recorded_by=carer,
        )
    )
    told.tell("not_here", subject=contact, by=carer, at=at, data={"episode": episode.number})


def _let_force_read(stage: Stage, told: Told, held: EpisodeForce) -> None:
    """Give a force its grant once; of a search that ended long ago nothing is left to read, and none is given."""
    if held.force_id not in told.forces:
        told.forces.add(held.force_id)
        give(stage, told.child, grants.SEARCH_FOR, force_group(held.force_id))


def _verify(stage: Stage, told: Told, held: EpisodeForce, moment: datetime) -> None:
    episode = held.episode
    force_id = episode.placement.force_id if episode.placement else None
    code = told.house_at(episode.since)
    if force_id is None or code is None:
        return
    officer = f"PC {names.of_staff(stage.rng)}"
    # One force, one reference: what the desk wrote down is what the officer reads.
    reference = held.incident_reference
    row = stage.book.add(
        Verification(
            episode=episode,
            force_id=force_id,
            method=Verification.Method.SPOKEN,
            officer=officer,
            collar_number=str(stage.rng.randrange(100, 9999)),
            incident_reference=reference,
            at=moment,
            recorded_at=moment,
            recorded_by=told.place.duty,
        )
    )
    force = code[1].home.authority.force.code
    said = {"officer": officer, "reference": reference}
    told.tell(
        "police_reference_recorded",
        subject=episode,
        by=told.place.duty,
        at=moment,
        data={"force": force},
        fields={**said, "grade": episode.police_grade},
    )
    data = {"force": force, "method": row.method}
    told.tell("police_verified", subject=row, by=told.place.duty, at=moment, data=data, fields=said)


def _review(
    stage: Stage, told: Told, episode: MissingEpisode, due: reviews.Due, decided: Sequence[str]
) -> None:
    # People meet by day: on its own where the afternoon is over by then, else on the day before.
    day = due.due_at - timedelta(days=0 if due.due_at.hour >= 16 else 1)
    held = day.replace(hour=12 + stage.rng.randrange(-6, 6) // 2, minute=0, second=0, microsecond=0)
    if held > stage.at - timedelta(hours=8):
        held -= timedelta(days=1 + stage.rng.randrange(8, 72) // 24)
    chair, note = names.of_staff(stage.rng), stage.rng.choice(decided)
    asked = reviews.Asked(held - timedelta(hours=1), "The officer in the case", police_answer=ANSWERED)
    recorded = held + timedelta(hours=2)
    review = stage.book.add(
        MissingReview(
            episode=episode,
            kind=due.kind,
            due_at=due.due_at,
            held_at=held,
            chair=chair,
            note=note,
            **vars(asked),
            recorded_at=recorded,
            recorded_by=told.place.manager,
        )
    )
    told.tell(
        "review_held",
        subject=review,
        by=told.place.manager,
        at=recorded,
        happened_at=held,
        data={"episode": episode.number, "kind": due.kind},
        fields={"chair": chair, "note": note, **vars(asked)},
    )

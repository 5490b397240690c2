"""What a search that goes on has on record: its steps answered, what was decided when, what was found out, what is held."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from alerts import age_dues, duties, duty_steps
from alerts.duties import DECIDED_BY, DEFAULT_RULES, INSPECTED, OF_A_MEETING, Duty, DutyFacts, Planned
from alerts.models import DutyStep, StepAnswer
from alerts.population import names
from alerts.population.stage import Stage
from alerts.population.told import Told
from cases import holidays
from cases.deadlines import london_day
from cases.models import EpisodeDecision, EpisodeFinding, FindMeSection, MissingEpisode, User

Kind, Answer = EpisodeDecision.Kind, EpisodeDecision.Answer
Source = EpisodeFinding.Source
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Nobody answers a step sooner than this: somebody has to read of it.
SOONEST = 10 * MINUTE
# What the steps are answered with that no decision answers.
NOTES: Mapping[str, str] = {
    Duty.KEEP_EVIDENCE: "Room locked, door log and CCTV of the week kept; the phone rang once and is off since.",
    Duty.POLICE_REFERENCE: "Recorded. The police graded it: {grade}",
    Duty.STRATEGY_BY_PHONE: "Held by phone with the officer, the home and the worker.",
    Duty.STRATEGY: "Held with police, health, the home and the guardianship service; actions are in the minutes.",
    Duty.BRIEFING: "Head of service briefed in the morning call.",
    Duty.NRM_REFERRAL: "Referred; the reference is on the record.",
    Duty.NRM_CONSIDERED: "Considered with the police: no signs on record; to be looked at again at each review.",
    Duty.DIRECTOR_BRIEFING: "Director briefed, and has the reference and the officer’s name.",
    Duty.TURNED_18: "Police, worker and guardian told that the search goes on; the team leads it here as before.",
}
WHY: Mapping[str, str] = {
    Kind.PUBLICITY: "Talked over with the officer in the case and the worker.",
    Kind.CHILD_RESCUE_ALERT: "Asked at the first call; not met, for nobody was seen to take the child.",
    Kind.MISSING_PEOPLE: "More people to look, and a line the child may ring.",
    Kind.UKMPU: "The force confirmed that the unit has the record.",
    Kind.HOME_OFFICE: "Of no use to the search, and may frighten the child off.",
    Kind.OFSTED: "The police came to the home: its manager holds that for serious.",
}
FOUND: tuple[tuple[Source, str], ...] = (
    (Source.POLICE, "Phone and travel card have not been used since. Ports and hospitals checked, nothing."),
    (Source.POLICE, "A sighting at a coach station was looked into on camera: somebody else."),
    (Source.UKMPU, "Compared with the unidentified people on record: no match."),
    (Source.MISSING_PEOPLE, "Two calls after the appeal, both looked into by the force, neither the child."),
    (Source.AUTHORITY, "No child by that name or look is known to the duty desk here."),
    (Source.ABROAD, "Relatives asked by the authorities there: nothing heard since the spring."),
)
OFTEN = (
    "The park behind the library",
    "The bus station",
    "A barber on the high street",
    "The football pitch",
)
HEADING = (
    "A cousin in Birmingham, no address",
    "London, with friends from the journey",
    "Said: north, to work",
)


@dataclass
class Looking:
    """One search that goes on, with a stream of chance of its own: what is drawn here shifts nobody else's story."""

    stage: Stage
    told: Told
    episode: MissingEpisode
    rng: Random
    # Its number among those that go on: what some have and others lack goes round, and is not left to chance.
    number: int
    decided: dict[str, EpisodeDecision] = field(default_factory=dict)
    # What was said of the referral that signs of trafficking ask for: it answers that one was considered as well.
    referred: "Said | None" = None

    @property
    def is_published(self) -> bool:
        return self.decided[Kind.PUBLICITY].answer == Answer.YES


def enter(stage: Stage, told: Told, episode: MissingEpisode) -> bool:
    """Enter what somebody did, decided and heard in this open search; return whether there is publicity.

    Each step is answered before any rung would have heard of it, so nobody hears of any.
    """
    stage.searches += 1
    rng = Random(told.child.key.int)  # noqa: S311 - the same number draws the same, which no secret may
    looking = Looking(stage, told, episode, rng, stage.searches)
    steps = duties.planned(_facts(looking), DEFAULT_RULES)
    _decide(looking, {step.duty: step for step in steps})
    for step in steps:
        _answer(looking, step)
    _find_out(looking)
    _profile(looking)
    return looking.is_published


def _facts(looking: Looking) -> DutyFacts:
    child, episode = looking.told.child, looking.episode
    began = episode.opened_at
    eighteen = age_dues.turns(child, 18)
    is_young = duty_steps.may_be_young(child, london_day(began))
    placement = episode.placement
    host = placement.host_authority if placement else None
    is_inspected = host is not None and host.nation == "England"
    calendar = holidays.calendar_of(looking.told.place.authority.nation)
    turned = eighteen is not None and began + 30 * DAY < eighteen < looking.stage.at
    return DutyFacts(
        t0=began,
        high=True,
        watched_closely=is_young or began < child.arrived_at + duties.FIRST_DAYS,
        suspected_at=began if looking.told.life.trafficked else None,
        referenced_at=began,
        inspected=INSPECTED.get(placement.type) if placement and is_inspected else None,
        turns_18_at=eighteen if turned else None,
        nation=calendar,
        holidays=holidays.of(calendar),
    )


def _within(looking: Looking, first: datetime, last: datetime) -> datetime:
    moment = first + (last - first) * looking.rng.uniform(0.2, 0.8)
    return moment.replace(second=0, microsecond=0)


def _heard_first(step: Planned) -> datetime:
    return min((step.due_at, *step.steps.values()))


def _decide(looking: Looking, steps: Mapping[Duty, Planned]) -> None:
    """The decisions that answer steps, each between the report and the first who would hear of its step."""
    began = looking.episode.opened_at + SOONEST
    is_published = looking.number % 5 in (0, 1, 3)
    of_media = _heard_first(steps[Duty.PUBLICITY]) - 5 * MINUTE
    _record(looking, Kind.PUBLICITY, Answer.ASKED, _within(looking, began, of_media))
    _record(looking, Kind.CHILD_RESCUE_ALERT, Answer.REFUSED, _within(looking, began, of_media))
    charity = _heard_first(steps[Duty.MISSING_PEOPLE])
    _record(
        looking,
        Kind.PUBLICITY,
        Answer.YES if is_published else Answer.NO,
        _within(looking, began + 4 * HOUR, charity - HOUR),
    )
    _record(looking, Kind.MISSING_PEOPLE, Answer.REFERRED, _within(looking, began + 4 * HOUR, charity - HOUR))
    _record(looking, Kind.UKMPU, Answer.TOLD, _within(looking, began, _heard_first(steps[Duty.UKMPU]) - HOUR))
    home_office = _heard_first(steps[Duty.HOME_OFFICE]) - MINUTE
    _record(looking, Kind.HOME_OFFICE, Answer.NOT_TOLD, _within(looking, began, home_office))
    for duty in set(INSPECTED.values()) & steps.keys():
        told_by = _heard_first(steps[duty]) - 5 * MINUTE
        _record(looking, Kind.OFSTED, Answer.TOLD, _within(looking, began, told_by))


def _record(looking: Looking, kind: str, answer: str, at: datetime) -> None:
    told, rng = looking.told, looking.rng
    is_out = answer in (Answer.YES, Answer.REFERRED)
    is_heard = answer in (Answer.TOLD, Answer.ASKED, Answer.REFERRED, Answer.REFUSED)
    by = told.place.manager if kind == Kind.HOME_OFFICE else told.place.duty
    given = {
        "decided_by": by.name,
        "spoken_to": names.of_staff(rng) if is_heard else "",
        "reference": f"{rng.randrange(10000, 99999)}" if answer in (Answer.TOLD, Answer.REFERRED) else "",
        "consent": "Nobody with parental responsibility can be asked; decided for the child."
        if is_out
        else "",
        "risk": "Whoever exploits the child may see it; no address and no school is named." if is_out else "",
        "reason": WHY[kind],
    }
    row = looking.stage.book.add(
        EpisodeDecision(
            episode=looking.episode,
            kind=kind,
            answer=answer,
            decided_at=at,
            recorded_at=at + MINUTE,
            recorded_by=by,
            **given,
        )
    )
    looking.decided[kind] = row
    told.tell(
        "episode_decided",
        subject=row,
        by=by,
        at=at + MINUTE,
        happened_at=at,
        data={"episode": looking.episode.number, "kind": str(kind), "answer": str(answer)},
        fields=given,
    )


def _answer(looking: Looking, one: Planned) -> None:
    told, began = looking.told, looking.episode.opened_at
    is_with_it = one.duty == Duty.NRM_CONSIDERED and looking.referred is not None
    said_of = looking.referred if is_with_it else _of_decisions(looking, one)
    done_at, by, note, answer = found = said_of or _of_people(looking, one)
    if one.duty == Duty.NRM_REFERRAL:
        looking.referred = found
    step = looking.stage.book.add(
        DutyStep(
            episode=looking.episode,
            kind=one.duty,
            policy_version=1,
            planned_at=began,
            due_at=one.due_at,
            steps={rung.value: moment.isoformat() for rung, moment in one.steps.items()},
            done_at=done_at,
            done_by=by,
            answer=answer,
            note=note,
        )
    )
    if step.is_answered_by_facts or by is None or is_with_it:
        return
    said = looking.stage.book.add(
        StepAnswer(step=step, answer=answer, note=note, said_at=done_at, said_by=by)
    )
    told.tell(
        "duty_step_answered",
        subject=said,
        by=by,
        at=done_at,
        data={"episode": looking.episode.number, "step": str(one.duty), "answer": str(answer)},
        fields={"note": note},
    )


Said = tuple[datetime, User | None, str, str]


def _of_decisions(looking: Looking, one: Planned) -> Said | None:
    """The answer that the decisions give, in the words and the name in which the engine writes it."""
    if one.duty == Duty.PUBLICITY:
        # By then it was asked for, and not decided yet.
        first = looking.episode.opened_at + HOUR - 3 * MINUTE
        return first, looking.told.place.duty, "Asked of the police with the Child Rescue Alert", _DONE
    rows = [looking.decided[kind] for kind in DECIDED_BY.get(one.duty, ())]
    if not rows:
        return None
    last = max(rows, key=lambda row: (row.recorded_at, row.pk))
    note = "; ".join(
        f"{row.get_kind_display()}: {row.get_answer_display()}, {row.decided_by}" for row in rows
    )
    refused = all(row.answer in (Answer.NO, Answer.NOT_TOLD) for row in rows)
    return last.recorded_at, last.recorded_by, note, _NOT_NEEDED if refused else _DONE


_DONE, _NOT_NEEDED = str(DutyStep.Answer.DONE), str(DutyStep.Answer.NOT_NEEDED)


def _of_people(looking: Looking, one: Planned) -> Said:
    place = looking.told.place
    first = _heard_first(one)
    began = looking.episode.opened_at + SOONEST
    if one.duty == Duty.TURNED_18:
        began = first - 7 * DAY
    by = place.manager if one.duty in OF_A_MEETING or one.duty in _OF_MANAGERS else place.duty
    answer = _NOT_NEEDED if one.duty == Duty.NRM_CONSIDERED else _DONE
    return (
        _within(looking, began, first),
        by,
        NOTES[one.duty].format(grade=looking.episode.police_grade),
        answer,
    )


_OF_MANAGERS = frozenset({Duty.BRIEFING, Duty.DIRECTOR_BRIEFING, Duty.NRM_CONSIDERED, Duty.TURNED_18})


def _heard(looking: Looking) -> Iterator[datetime]:
    """By day, a while after the report and again since; once where the search is young."""
    began, now = looking.episode.opened_at, looking.stage.at
    span = now - began
    for first, last in ((0.15, 0.4), (0.55, 0.95)) if span > 20 * DAY else ((0.3, 0.6),):
        day = began + span * looking.rng.uniform(first, last)
        by_day = day.replace(hour=9 + looking.rng.randrange(8), minute=looking.rng.randrange(60), second=0)
        yield max(began + HOUR, min(by_day.replace(microsecond=0), now - 2 * HOUR))


def _find_out(looking: Looking) -> None:
    told, rng = looking.told, looking.rng
    known = [one for one in FOUND if looking.is_published or one[0] != Source.MISSING_PEOPLE]
    for heard_at in _heard(looking):
        source, text = rng.choice(known)
        given = {"told_by": names.of_staff(rng), "text": text}
        row = looking.stage.book.add(
            EpisodeFinding(
                episode=looking.episode,
                source=source,
                heard_at=heard_at,
                recorded_at=heard_at + 20 * MINUTE,
                recorded_by=told.worker,
                **given,
            )
        )
        data = {"episode": looking.episode.number, "source": str(source), "intelligence": False}
        told.tell(
            "episode_found_out",
            subject=row,
            by=told.worker,
            at=heard_at + 20 * MINUTE,
            happened_at=heard_at,
            data=data,
            fields=given,
        )


def _profile(looking: Looking) -> None:
    """The find-me profile: what was known before the search and is kept with it, and of some the DNA that was got since."""
    told, rng = looking.told, looking.rng
    since, registered = looking.episode.since, told.life.registered_at
    before = registered + (since - registered) * 0.5
    _write(looking, "places", {"often": rng.choice(OFTEN), "heading": rng.choice(HEADING)}, before)
    held = {"publicity": "The child has not been asked yet."}
    if looking.number % 5 in (1, 4):
        held["dental"] = f"{rng.choice(names.STAFF_FAMILY)} Dental Practice, seen in the first weeks"
    _write(looking, "traces", held, before)
    if looking.number % 3:
        got = looking.episode.opened_at + rng.randrange(6, 40) * HOUR
        dna = {"dna": "The force in charge: toothbrush and comb, taken from the room"}
        _write(looking, "traces", held | dna, min(got, looking.stage.at - HOUR))


def _write(looking: Looking, section: str, said: dict[str, str], at: datetime) -> None:
    told = looking.told
    row = looking.stage.book.add(
        FindMeSection(
            child=told.child,
            section=section,
            state=FindMeSection.State.IN_PROGRESS,
            answers=said,
            written_at=at,
            written_by=told.worker,
        )
    )
    data = {"section": section, "state": str(row.state)}
    told.tell("find_me_written", subject=row, by=told.worker, at=at, data=data, fields=said)

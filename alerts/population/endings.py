"""How the searches that are over ended: the outcome, what was written of it, and what those of a year opened, done in time."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random

from alerts import after
from alerts.after import DEFAULT_RULES, EndFacts
from alerts.duties import INSPECTED, OF_A_MEETING, Duty, Planned
from alerts.models import DutyStep, StepAnswer
from alerts.population import names
from alerts.population.stage import Stage
from alerts.population.told import Told
from cases import holidays, return_interviews, triggers
from cases.episodes import Ending
from cases.models import (
    EpisodeEnding,
    Independence,
    Interpreter,
    Interview,
    MissingEpisode,
    ReturnInterview,
    Trigger,
)
from cases.states import EpisodeOutcome as Outcome
from cases.states import EpisodeStatus

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Each outcome as often as here in twenty, one after the other: none is left to chance. All of these children were among
# us again and live on in their story: who died, is abroad or was never away is among the children to look at.
ROUND = (
    Outcome.RETURNED, Outcome.ARRESTED, Outcome.SAFE_ELSEWHERE, Outcome.STILL_AT_RISK, Outcome.RETURNED,
    Outcome.HOSPITAL, Outcome.RETURNED, Outcome.TREATED_AS_ADULT, Outcome.WITH_FAMILY, Outcome.RETURNED,
    Outcome.RETURNED, Outcome.SAFE_ELSEWHERE, Outcome.RETURNED, Outcome.RETURNED, Outcome.RETURNED,
    Outcome.RETURNED, Outcome.SAFE_ELSEWHERE, Outcome.RETURNED, Outcome.RETURNED, Outcome.RETURNED,
)  # fmt: skip
# The parts of an ending after the find, and when the end was written: soon enough for whoever is owed within the hour.
CONFIRMED, CLOSED, CLOSING_WRITTEN, WRITTEN = 15 * MINUTE, 25 * MINUTE, 27 * MINUTE, 35 * MINUTE
# As where the policy of what an ending opens has stood for a year: an end from before asked nobody.
ASKED_FOR = timedelta(days=365)
ENDINGS: Mapping[str, Ending] = {
    Outcome.RETURNED: Ending(found_by="The carer on shift", found_place="At the door", condition="well"),
    Outcome.SAFE_ELSEWHERE: Ending(
        found_by="A friend’s mother, who rang", where_now="With a friend for the night", condition="well"
    ),
    Outcome.STILL_AT_RISK: Ending(
        found_by="A patrol",
        found_place="A coach station",
        condition="unwell",
        where_now="Back at the placement",
    ),
    Outcome.HOSPITAL: Ending(
        found_place="A ward for children (invented)", with_child="The night nurse", condition="unwell"
    ),
    Outcome.ARRESTED: Ending(
        found_by="Police, in a house with plants", found_place="Custody suite (invented)"
    ),
    Outcome.TREATED_AS_ADULT: Ending(
        found_place="A hotel for adults (invented)", decided_by="An officer at the port"
    ),
    Outcome.WITH_FAMILY: Ending(
        where_now="With an uncle, for the weekend", checked_by="The social worker, who has seen the flat"
    ),
}
NOTES: Mapping[str, str] = {
    Duty.PREVENTION_INTERVIEW: "Held by {officer}, at the placement.",
    Duty.INTERVIEW_ASSIGNED: "{interviewer} of the independent service offers it.",
    Duty.RISK_AGAIN: "Looked at again with the home and the police: the grade stands.",
    Duty.REPEATED: "Held with police, home and the worker; the plan was gone through.",
    Duty.HOME_RECORD: "The home’s manager has put it on the child’s record there, and sent a copy.",
    Duty.WATCHED_STILL: "Two on the night shift, the door alarm on; the concern is marked.",
    Duty.WITH_CHILD: "The key worker is there, and the ward has the desk’s number.",
    Duty.APPROPRIATE_ADULT: "There within the hour, from the scheme on call.",
    Duty.SOLICITOR: "Instructed, and no interview before they are there.",
    Duty.TRAFFICKING_DEFENCE: "The solicitor has been asked, and has the referral.",
    Duty.VISIT_AS_CHILD: "Visited, and contested in writing: brought back as a child.",
    Duty.FAMILY_CHECKED: "Seen there, and who they are was checked.",
}
NO_WISH = "Said there was nothing to tell, and may ask later."
BY_FACTS = "The return interview is written down"


@dataclass
class _Ended:
    """One search that is over, with a stream of chance of its own: what is drawn here shifts nobody else's story."""

    stage: Stage
    told: Told
    episode: MissingEpisode
    rng: Random
    # Until then something can be done: the child's next going missing, the end of the case, or now.
    until: datetime

    @property
    def written_at(self) -> datetime:
        return self.episode.ended_at or self.until


def enter(stage: Stage, told: Told, episode: MissingEpisode, *, found: datetime) -> None:
    """Enter both parts of the ending, the end itself and what was done since; the row is the book's already."""
    outcome = ROUND[stage.ended % len(ROUND)]
    stage.ended += 1
    rng = Random(f"{told.child.key.int}-{episode.number}")  # noqa: S311 - the same number draws the same
    limit = min(told.until, told.life.since or told.until) - HOUR
    one = _Ended(stage, told, episode, rng, limit)
    _both_parts(one, found)
    _end(one, outcome)
    told.opened.append(episode.opened_at)
    if one.written_at < stage.at - ASKED_FOR:
        return
    for step in after.planned(_facts(one), DEFAULT_RULES):
        _answer(one, step)


def _both_parts(one: _Ended, found: datetime) -> None:
    told, episode, duty = one.told, one.episode, one.told.place.duty
    episode.child_confirmed_at, episode.child_confirmed_by = found + CONFIRMED, duty
    episode.child_confirmed_how = "saw"
    episode.police_closed_at, episode.police_closed_by = found + CLOSED, duty
    force = episode.placement.force if episode.placement else told.place.authority.force
    episode.police_closed_force = force
    episode.police_closed_officer = f"PC {names.of_staff(one.stage.rng)}"
    told.tell(
        "return_confirmed_with_child",
        subject=episode,
        by=duty,
        at=found + CONFIRMED,
        data={"how": "saw"},
        fields={"adult": "", "phone": ""},
    )
    told.tell(
        "police_closing_recorded",
        subject=episode,
        by=duty,
        at=found + CLOSING_WRITTEN,
        happened_at=found + CLOSED,
        data={"force": force.code},
        fields={"officer": episode.police_closed_officer},
    )
    episode.status, episode.found_at = EpisodeStatus.ENDED, found
    episode.ended_at, episode.ended_by = found + WRITTEN, duty


def _end(one: _Ended, outcome: Outcome) -> None:
    told, episode, duty = one.told, one.episode, one.told.place.duty
    episode.outcome = outcome
    said = asdict(ENDINGS[outcome])
    one.stage.book.add(
        EpisodeEnding(episode=episode, outcome=outcome, recorded_at=one.written_at, recorded_by=duty, **said)
    )
    told.tell(
        "episode_ended",
        subject=episode,
        by=duty,
        at=one.written_at,
        data={"episode": episode.number, "outcome": str(outcome)},
        fields={"note": "", **said},
    )
    if outcome == Outcome.STILL_AT_RISK:
        _watch_closer(one)


def _watch_closer(one: _Ended) -> None:
    """The closer watch that begins with such an end, and is over by now."""
    kind, at, duty = Trigger.Kind.STILL_AT_RISK, one.written_at, one.told.place.duty
    row = one.stage.book.add(
        Trigger(
            key=_key(one),
            child=one.told.child,
            kind=kind,
            note="Found, and still at risk",
            happens_at=at,
            recorded_at=at,
            recorded_by=duty,
        )
    )
    one.told.tell(
        "trigger_entered",
        subject=row,
        by=duty,
        at=at,
        data={"kind": str(kind), "happens_at": at.isoformat()},
        fields={"note": row.note, **triggers.NOBODY_SEEN.said},
    )


def _facts(one: _Ended) -> EndFacts:
    told, episode = one.told, one.episode
    calendar = holidays.calendar_of(told.place.authority.nation)
    since = episode.opened_at - after.WITHIN
    return EndFacts(
        outcome=episode.outcome,
        found_at=episode.found_at or one.written_at,
        ended_at=one.written_at,
        high="high" in (episode.our_grade, episode.police_grade),
        police_knew=True,
        from_home=episode.placement is not None and episode.placement.type in INSPECTED,
        episodes=sum(since < moment for moment in told.opened),
        nation=calendar,
        holidays=holidays.of(calendar),
    )


def _answer(one: _Ended, planned: Planned) -> None:
    """Done before anybody above would have heard of it, by whom it is for; the interview by being written down."""
    told = one.told
    last = min(planned.due_at, *planned.steps.values(), one.until)
    done_at = _within(one, one.written_at, last)
    by_facts = planned.duty == Duty.RETURN_INTERVIEW
    by = told.place.manager if planned.duty in OF_A_MEETING else told.worker
    if by_facts:
        _interview(one, done_at)
    said = {"officer": one.episode.police_closed_officer, "interviewer": names.of_staff(one.rng)}
    note = BY_FACTS if by_facts else NOTES[planned.duty].format(**said)
    done = str(DutyStep.Answer.DONE)
    step = one.stage.book.add(
        DutyStep(
            episode=one.episode,
            kind=planned.duty,
            policy_version=1,
            planned_at=one.written_at,
            due_at=planned.due_at,
            steps={rung.value: moment.isoformat() for rung, moment in planned.steps.items()},
            done_at=done_at,
            done_by=None if by_facts else by,
            answer=done,
            note=note,
        )
    )
    if by_facts:
        return
    row = one.stage.book.add(StepAnswer(step=step, answer=done, note=note, said_at=done_at, said_by=by))
    told.tell(
        "duty_step_answered",
        subject=row,
        by=by,
        at=done_at,
        data={"episode": one.episode.number, "step": str(planned.duty), "answer": done},
        fields={"note": note},
    )


def _interview(one: _Ended, at: datetime) -> None:
    """Offered by somebody independent; three in four talked."""
    told, worker = one.told, one.told.worker
    written = _offered(one, at)
    row = one.stage.book.add(
        ReturnInterview(episode=one.episode, version=1, recorded_at=at, recorded_by=worker, **asdict(written))
    )
    told.tell(
        "return_interview_written",
        subject=row,
        by=worker,
        at=at,
        happened_at=written.held_at,
        data={"episode": one.episode.number, "version": 1, "outcome": str(written.outcome)},
        fields={name: str(value) for name, value in asdict(written).items() if name != "key"},
    )


def _offered(one: _Ended, at: datetime) -> return_interviews.Told:
    offered = _within(one, one.written_at, at)
    if one.rng.random() < 0.25:
        return return_interviews.Told(
            key=_key(one), offered_at=offered, outcome=Interview.DID_NOT_WANT, reason=NO_WISH
        )
    return return_interviews.Told(
        key=_key(one),
        offered_at=offered,
        outcome=Interview.HELD,
        interviewer=names.of_staff(one.rng),
        independence=Independence.INDEPENDENT,
        interpreter=Interpreter.PRESENT,
        interpreter_name="By phone",
        held_at=_within(one, offered, at),
        place=one.rng.choice(("The library", "A walk in the park", "The placement, by the child’s wish")),
        why_left=one.rng.choice(("Wanted to see a friend.", "Somebody had promised work.", "Owed money.")),
        would_help=one.rng.choice(("A college place.", "To ring home on Sundays.", "To be moved nearer.")),
    )


def _key(one: _Ended) -> uuid.UUID:
    return uuid.UUID(int=one.rng.getrandbits(128), version=4)


def _within(one: _Ended, first: datetime, last: datetime) -> datetime:
    return first + (last - first) * one.rng.uniform(0.2, 0.8)

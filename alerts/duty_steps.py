"""The verbs of a duty step: plan those of an episode, let facts answer them, and answer one."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.utils import translation
from govuk_bank_holidays.bank_holidays import BankHolidays

from alerts import (
    age_dues,
    duties,
    following,
    meeting_steps,
    policies,
    policy_shelf,
    reference_steps,
    referral_steps,
    reopenings,
    step_pasts,
)
from alerts.duties import DECIDED_BY, Duty, DutyFacts, Planned, undecided
from alerts.models import DutyStep, StepAnswer
from cases import birthdays, log, suspicions
from cases.clock import TOLERANCE
from cases.deadlines import Nation, london_day
from cases.episodes import decisions
from cases.models import (
    Child,
    DetailsChange,
    EpisodeDecision,
    EpisodeForce,
    LiveConcern,
    MissingEpisode,
    PoliceGrade,
    Responsibility,
    Risk,
    Trafficking,
    User,
)
from cases.models.episode_decisions import WAITING
from cases.models.periods import current
from cases.states import EpisodeStatus, IllegalMove
from cases.worded import Question

# England and Wales share a calendar.
NATIONS: Mapping[str, Nation] = {
    "Scotland": Nation.SCOTLAND,
    "Northern Ireland": Nation.NORTHERN_IRELAND,
}


def begin(episodes: Collection[MissingEpisode], *, at: datetime) -> set[int]:
    """The police are owed word of these episodes: plan their first steps; return the children that have some now.

    By the policy in force at the episode's t0; an episode from before there was one has none, nor has a drill's: it is
    about nobody. The locked children's clocks are read again by the caller.
    """
    known = set(
        DutyStep.objects.filter(episode__in=[e.pk for e in episodes]).values_list("episode", flat=True)
    )
    drills = set(
        Child.objects.filter(pk__in=[e.child_id for e in episodes], is_drill=True).values_list(
            "pk", flat=True
        )
    )
    fresh = [e for e in episodes if e.pk not in known and e.child_id not in drills]
    return follow_facts(fresh, at=at)


_STEPS = Question(lambda episode: DutyStep.objects.filter(episode=episode))
_NATION = Question(
    lambda child, at: (
        Responsibility.objects.at(at).filter(child=child).values_list("authority__nation", flat=True)
    )
)


def follow_facts(episodes: Collection[MissingEpisode], *, at: datetime) -> set[int]:
    """Plan what the facts of these locked children's episodes ask for, never later than before; close what they answer."""
    if not episodes:
        return set()
    ids = {episode.child_id for episode in episodes}
    shelf, turns = policy_shelf.for_children(ids, policies.DUTY)
    changed = set()
    for episode in episodes:
        began_at = episode.counts_from or episode.police_owed_at
        if began_at is None:
            continue
        child = Child.objects.get(pk=episode.child_id)
        facts = _facts(episode, child, began_at, at)
        versions = shelf.duties(turns.get(episode.child_id, ()))
        rules = following.rules(versions, facts, bed_said_at=following.bed_said_at(episode))
        standing = {step.kind: step for step in _STEPS(episode.pk)}
        planned = {one.duty: one for one in duties.planned(facts, list(rules))}
        if not planned and not standing:
            continue
        _ask_again(episode, child, planned, standing, at)
        numbers = {rule.duty: version for rule, version in rules.items()}
        _plan(episode, planned, standing, numbers, at)
        following.let_go(standing, planned, at=at)
        _answer_by_facts(episode, child, standing, at)
        changed.add(episode.child_id)
    return changed


def follow_decisions(episode: MissingEpisode, *, at: datetime) -> None:
    """What was decided of an ended search closes what outlasts it, or opens it again."""
    steps = DutyStep.objects.filter(episode=episode, kind__in=duties.OUTLASTS)
    standing = {step.kind: step for step in steps}
    decided = decisions.standing(episode) if standing else {}
    for step in standing.values():
        if step.done_at is not None and _is_corrected(step, decided):
            reopenings.reopen(step, at=at)
    _answer_by_decisions(episode, standing, at)


def _plan(
    episode: MissingEpisode,
    planned: Mapping[Duty, Planned],
    standing: dict[str, DutyStep],
    versions: Mapping[Duty, int],
    at: datetime,
) -> None:
    """Store what is asked for and is not stored yet; what is stored and open is owed as soon as these facts say."""
    fresh: list[DutyStep] = []
    for one in planned.values():
        step = standing.get(one.duty)
        if step is None:
            fresh.append(new(episode, one, versions[one.duty], at))
        elif step.done_at is None and one.duty in duties.FOLLOWS:
            following.move(step, one.due_at, _instants(one), at=at)
        elif step.done_at is None:
            _bring_nearer(step, one, at)
    for step in DutyStep.objects.bulk_create(fresh):
        standing[step.kind] = step


def answer(
    step: DutyStep, *, answer: str, note: str, booked_for: datetime | None = None, by: User, at: datetime
) -> DutyStep:
    """Answer a step of an open episode: done, booked, or considered and decided against; the note says who, when and why.

    One that is booked is owed again once its record can have been written (`DutyStep.asked_from`); what is said of a
    referral to the NRM answers both steps about it. Raises `IllegalMove` for what is missing, for a step that cannot be
    booked, and for one that a record answers; a form that is sent again answers it once.
    """
    if answer not in DutyStep.Answer:
        raise IllegalMove("Select what came of it.")
    if not note.strip():
        raise IllegalMove("Enter who did it and when, or why not.")
    with transaction.atomic():
        child = Child.objects.locked().get(episodes=step.episode_id)
        step = DutyStep.objects.select_related("episode").get(pk=step.pk)
        if _sent_before(step, answer, note, booked_for, by=by, at=at):
            return step
        _require_open(step)
        if answer == DutyStep.Answer.BOOKED or booked_for is not None:
            require_booking(step, answer, booked_for, at=at)
            step.booked_for = booked_for
            step_pasts.write(step, "booked_for", at=at)
        else:
            for one in (step, *referral_steps.answered_with(step)):
                close(one, answer, note=note, by=by, at=at)
        said = StepAnswer.objects.create(
            step=step, answer=answer, note=note, booked_for=booked_for, said_at=at, said_by=by
        )
        log.record(
            child,
            "duty_step_answered",
            subject=said,
            data={"episode": step.episode.number, "step": step.kind, "answer": answer},
            fields={"note": note},
            by=by,
            at=at,
        )
    return step


def _sent_before(
    step: DutyStep, answer: str, note: str, booked_for: datetime | None, *, by: User, at: datetime
) -> bool:
    """Whether the same person said the same a moment ago, and it stands: nobody else has answered it already."""
    stands = step.booked_for == booked_for if answer == DutyStep.Answer.BOOKED else step.done_at is not None
    said = {"answer": answer, "note": note, "booked_for": booked_for, "said_by": by}
    own = StepAnswer.objects.standing().filter(step=step, **said, said_at__range=(at - TOLERANCE, at))
    return stands and own.exists()


def require_booking(step: DutyStep, answer: str, booked_for: datetime | None, *, at: datetime) -> None:
    """Refuse to book what is to be held, without a time or for one that is past or too far ahead."""
    if step.kind not in duties.BOOKABLE or answer != DutyStep.Answer.BOOKED:
        raise IllegalMove("Only a strategy meeting or discussion can be booked.")
    if booked_for is None:
        raise IllegalMove("Enter when it is to be held.")
    if not at < booked_for <= at + duties.BOOKED_WITHIN:
        raise IllegalMove("It must be booked for a time to come, within 7 days.")


def close(step: DutyStep, answer: str, *, note: str, by: User | None, at: datetime) -> None:
    """Keep the answer of a step; nobody in `by` where the facts answered it by themselves."""
    step.done_at, step.done_by, step.answer, step.note = at, by, answer, note
    step_pasts.write(step, *step_pasts.ANSWER, at=at)


def _require_open(step: DutyStep) -> None:
    if step.episode.status == EpisodeStatus.ENDED and not step.outlasts(step.episode.outcome):
        raise IllegalMove("This episode has ended.")
    if step.done_at is not None:
        raise IllegalMove("This step is answered already.")
    if step.kind == Duty.RETURN_INTERVIEW:
        raise IllegalMove("Write the return interview down: that answers it.")
    if step.kind == Duty.TAKEN_DOWN:
        raise IllegalMove("Record that it is withdrawn: that answers it.")
    if step.kind == Duty.BED_KEPT:
        raise IllegalMove("Record until when the bed is kept, or end the placement: that answers it.")
    if step.is_decided:
        raise IllegalMove("Record the decision: that answers it.")
    if step.is_answered_by_facts:
        raise IllegalMove("Record the police reference and the grade the police gave: that answers it.")


def new(episode: MissingEpisode, one: Planned, version: int, at: datetime) -> DutyStep:
    """A planned step of an episode, not stored yet."""
    return DutyStep(
        episode=episode,
        kind=one.duty,
        policy_version=version,
        planned_at=at,
        due_at=one.due_at,
        steps=_instants(one),
    )


def _bring_nearer(step: DutyStep, one: Planned, at: datetime) -> None:
    """New facts may bring a step and its rungs nearer, never put them off."""
    nearer = dict(step.steps)
    for rung, moment in _instants(one).items():
        nearer[rung] = min(nearer.get(rung, moment), moment, key=datetime.fromisoformat)
    due_at = min(step.due_at, one.due_at)
    if (due_at, nearer) != (step.due_at, step.steps):
        step.due_at, step.steps = due_at, nearer
        step_pasts.write(step, "due_at", "steps", at=at)


def _instants(one: Planned) -> dict[str, str]:
    return {rung.value: moment.astimezone(UTC).isoformat() for rung, moment in one.steps.items()}


def _answer_by_facts(
    episode: MissingEpisode, child: Child, standing: Mapping[str, DutyStep], at: datetime
) -> None:
    closed = reference_steps.graded(standing, episode) + referral_steps.filled_in(standing, child, episode)
    for step in closed:
        step.done_at, step.answer = at, step.answer or DutyStep.Answer.DONE
        step_pasts.write(step, *step_pasts.ANSWER, at=at)
    if (since := episode.counts_from or episode.police_owed_at) is not None:
        meeting_steps.answer(standing, child, since=since, at=at)
    _answer_by_decisions(episode, standing, at)


def _ask_again(
    episode: MissingEpisode,
    child: Child,
    planned: Mapping[Duty, Planned],
    standing: Mapping[str, DutyStep],
    at: datetime,
) -> None:
    """Open the steps again whose answer the facts have taken back since: a decision corrected, a referral withdrawn."""
    answered = {kind: step for kind, step in standing.items() if step.done_at is not None}
    taken_back = [step for step in answered.values() if referral_steps.is_open_again(step, child)]
    taken_back += [step for step in answered.values() if reference_steps.is_open_again(step, episode)]
    taken_back += [
        step for step in answered.values() if following.is_asked_again(step, planned.get(Duty(step.kind)))
    ]
    decided = [step for step in answered.values() if step.is_decided]
    decisions_made = decisions.standing(episode) if decided else {}
    taken_back += [step for step in decided if _is_corrected(step, decisions_made)]
    for step in taken_back:
        one = planned.get(Duty(step.kind))
        if one is not None and one.due_at > step.due_at:
            reopenings.reopen_anew(step, one.due_at, _instants(one), at=at)
        else:
            reopenings.reopen(step, at=at)


def _is_corrected(step: DutyStep, decided: Mapping[str, EpisodeDecision]) -> bool:
    """Whether what was decided since it was answered answers it no more; what was so before stays answered."""
    answers = {kind: row.answer for kind, row in decided.items()}
    waits_for = [decided[kind] for kind in undecided(step.kind, answers) if kind in decided]
    return any(step.done_at is not None and row.recorded_at > step.done_at for row in waits_for)


def _answer_by_decisions(episode: MissingEpisode, standing: Mapping[str, DutyStep], at: datetime) -> None:
    """Close the steps whose decisions are on record, each by whoever recorded the last of them."""
    waiting = [step for step in standing.values() if step.is_decided and step.done_at is None]
    decided = decisions.standing(episode) if waiting else {}
    answers = {kind: row.answer for kind, row in decided.items()}
    for step in waiting:
        if undecided(step.kind, answers):
            continue
        rows = [decided[kind] for kind in DECIDED_BY[step.kind]]
        refused = all(
            row.answer in (EpisodeDecision.Answer.NO, EpisodeDecision.Answer.NOT_TOLD) for row in rows
        )
        # What is written down is English, whoever's button wrote it.
        with translation.override(settings.LANGUAGE_CODE):
            step.note = "; ".join(
                f"{row.get_kind_display()}: {row.get_answer_display()}, {row.decided_by}" for row in rows
            )
        step.answer = DutyStep.Answer.NOT_NEEDED if refused else DutyStep.Answer.DONE
        step.done_at, step.done_by = at, max(rows, key=lambda row: (row.recorded_at, row.pk)).recorded_by
        step_pasts.write(step, *step_pasts.ANSWER, at=at)


def _facts(episode: MissingEpisode, child: Child, began_at: datetime, at: datetime) -> DutyFacts:
    nation = _nation(child, at)
    watched_since = _watched_since(child, began_at, at)
    return DutyFacts(
        t0=began_at,
        high=Risk.HIGH in (episode.our_grade, child.risk) or episode.police_grade == PoliceGrade.HIGH,
        watched_closely=watched_since is not None,
        watched_since=watched_since,
        suspected_at=suspected_at(child),
        rescue_asked_at=_rescue_asked_at(episode),
        # The first reading that finds a reference plans the decision; what is planned is not put off by a later one.
        referenced_at=at if _referenced(episode) else None,
        inspected=following.inspected(episode),
        bed_kept_until=following.bed_kept_until(episode),
        turns_18_at=following.turns_18_at(episode, child, at),
        nation=nation,
        holidays=_holidays(nation),
    )


def _rescue_asked_at(episode: MissingEpisode) -> datetime | None:
    asked = decisions.standing(episode).get(EpisodeDecision.Kind.CHILD_RESCUE_ALERT)
    return asked.decided_at if asked is not None and asked.answer in WAITING else None


def _referenced(episode: MissingEpisode) -> bool:
    return EpisodeForce.objects.filter(episode=episode).exclude(incident_reference="").exists()


def is_watched_closely(child: Child, began_at: datetime, at: datetime) -> bool:
    return _watched_since(child, began_at, at) is not None


def _watched_since(child: Child, began_at: datetime, at: datetime) -> datetime | None:
    """Since when a child is watched closely in a search from `began_at` on: then, or since a later concern or birth date."""
    if began_at < child.arrived_at + duties.FIRST_DAYS:
        return began_at
    concerns = LiveConcern.objects.filter(current(at), child=child).order_by("starts_at")
    since = [concerns.values_list("starts_at", flat=True).first(), _young_since(child, began_at)]
    return max(began_at, min(filter(None, since))) if any(since) else None


def _young_since(child: Child, began_at: datetime) -> datetime | None:
    """Since when the record has said that the child may have been young at `began_at`; a correction says so from then on."""
    day = london_day(began_at)
    if not may_be_young(child, day):
        return None
    changes = DetailsChange.objects.filter(child=child.pk, topic="age")
    return age_dues.said_since(age_dues.stood(child, changes), lambda row: may_be_young(row, day))


def may_be_young(child: Child | age_dues.Stood, day: date) -> bool:
    """Whether the child may be under 16: of whom nobody knows the day of birth nobody may say that it is old enough to wait."""
    born = child.birth_date
    if born is None:
        return True
    last = birthdays.last_birth_date(born, child.birth_date_precision) or date(born.year, 12, 31)
    return birthdays.attained(last, duties.YOUNG) > day


def suspected_at(child: Child) -> datetime | None:
    """Since when signs of trafficking wait for a referral; where one has followed them, since when they are on record."""
    if child.trafficking != Trafficking.YES:
        return None
    return suspicions.unreferred_since(child) or suspicions.since([child]).get(child.pk)


def _nation(child: Child, at: datetime) -> str:
    nation = next(iter(_NATION(child.pk, at)), "")
    return NATIONS.get(nation, Nation.ENGLAND_AND_WALES)


@lru_cache(maxsize=len(Nation))
def _holidays(nation: str) -> frozenset[date]:
    """The bank holidays of a nation, from the package's own file: nothing is fetched."""
    return frozenset(day["date"] for day in BankHolidays(use_cached_holidays=True).get_holidays(nation))

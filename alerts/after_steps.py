"""What an ending opens: planned in the commit of the end, and closed by an answer or by the facts."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import (
    after,
    after_rests,
    duty_steps,
    meeting_steps,
    policies,
    policy_shelf,
    reopenings,
    step_pasts,
)
from alerts.after import EndFacts
from alerts.duties import INSPECTED, OUTLASTS, Duty, Rule
from alerts.models import DutyStep
from cases import found_mates, holidays
from cases.catalogue import written
from cases.episodes import decisions, outcomes
from cases.episodes.another_child import WAS_ANOTHER
from cases.episodes.outcomes import PUT_RIGHT
from cases.episodes.reports import latest
from cases.episodes.searches import heard_at
from cases.episodes.seen import standing_reports
from cases.models import (
    Child,
    EpisodeDecision,
    MissingEpisode,
    PoliceGrade,
    PreventionInterview,
    Responsibility,
    ReturnInterview,
    Risk,
    RiskAssessment,
    RiskGrade,
)
from cases.states import EpisodeOutcome, EpisodeStatus
from cases.worded import Question

# Why a step that an ending had opened is let go.
_NO_DEATH = gettext_lazy("The death was that of another child")
_OTHERWISE = gettext_lazy("The episode ended otherwise: its outcome was put right")


_EPISODES = Question(lambda ids: MissingEpisode.objects.filter(child__among=ids).select_related("child"))
_BACK = Question(
    lambda ids, at: ReturnInterview.objects.filter(episode__among=ids, withdrawn_at=at).values_list(
        "episode", flat=True
    )
)
_BACK_BY_POLICE = Question(
    lambda ids, at: PreventionInterview.objects.filter(episode__among=ids, withdrawn_at=at).values_list(
        "episode", flat=True
    )
)
_DECIDED = Question(
    lambda ids, at: EpisodeDecision.objects.filter(episode__among=ids, recorded_at=at).values_list(
        "episode", flat=True
    )
)
_STEPS = Question(
    lambda episodes: DutyStep.objects.filter(episode__among=episodes).values_list(
        "episode", "kind", "done_at"
    )
)


def _changed_after(ended: Sequence[int], begun: Collection[int], at: datetime) -> set[int]:
    """Of these episodes that have ended those of which something was taken back, or written down, just now."""
    asked = [pk for pk in ended if pk in begun]
    # What went out may be written down after the end.
    found = {*_DECIDED(ended, at)}
    if asked:
        found |= {*_BACK(asked, at), *_BACK_BY_POLICE(asked, at), *meeting_steps.struck(asked)}
    return found


def hear(ids: Collection[int], *, kind: str = "", at: datetime) -> None:
    """A new fact of these locked children may ask for a step of an open episode or answer one, and an end opens others.

    `kind` is the event's; of a child without an episode it does nothing.
    """
    episodes = _EPISODES(ids)
    begun: set[int] = set()
    waiting: set[int] = set()
    for episode_id, step, done_at in _STEPS([e.pk for e in episodes]) if episodes else ():
        begun.add(episode_id)
        if done_at is None and step in after.AFTER:
            waiting.add(episode_id)
    ended = [e for e in episodes if e.status == EpisodeStatus.ENDED]
    after_rests.wake(episodes, kind=kind, at=at)
    if ended:
        waiting |= _changed_after([e.pk for e in ended], begun, at)
    for episode in episodes:
        if episode not in ended and episode.child_confirmed_at is not None:
            _ask_about_others(episode, episode.child_confirmed_at, at)
    # The last day of a bed asks for its step in a search that has none yet.
    begun |= {e.pk for e in episodes if e.bed_kept_date is not None and not e.child.is_drill}
    duty_steps.follow_facts([e for e in episodes if e not in ended and e.pk in begun], at=at)
    if kind == WAS_ANOTHER:
        waiting |= {e.pk for e in ended if e.outcome == EpisodeOutcome.ANOTHER_CHILD}
    if kind == PUT_RIGHT:
        put_right = max(ended, key=lambda one: one.number)
        _open_otherwise(put_right, at)
        waiting.add(put_right.pk)
    for episode in ended:
        if episode.ended_at == at or episode.pk in waiting:
            follow(episode, at=at)


def follow(episode: MissingEpisode, *, at: datetime) -> None:
    """Plan what the end of this locked child's episode opens, where that is not planned yet, and close what facts answer.

    By the policy in force when it ended; an end from before there was one opens none, nor does that of a drill's child:
    it is about nobody.
    """
    standing = {step.kind: step for step in DutyStep.objects.filter(episode=episode, kind__in=after.AFTER)}
    if not standing.keys() - {Duty.OTHERS_TOLD} and episode.ended_at == at:
        standing |= _begin(episode, standing.keys(), at)
    if episode.outcome == EpisodeOutcome.ANOTHER_CHILD and Duty.DEATH_UNSAID not in standing:
        _let_go(standing, at)
        # What Ofsted is to hear is asked of the search that goes on; nobody could answer this one while the child was dead.
        outlasting = DutyStep.objects.filter(episode=episode, kind__in=OUTLASTS, done_at=None)
        _let_go({step.kind: step for step in outlasting}, at)
        standing |= _begin(episode, standing.keys(), at)
    _ask_what_is_out(episode, standing, at)
    _ask_again(episode, standing, at)
    _answer_by_facts(episode, standing, at)
    since = episode.found_at or episode.ended_at or at
    meeting_steps.answer(standing, episode.child, since=since, at=at)
    duty_steps.follow_decisions(episode, at=at)


def _let_go(standing: Mapping[str, DutyStep], at: datetime, *, why: Any = _NO_DEATH) -> None:
    """What a death had opened is owed no more where it was not that of this child; nor what another outcome had."""
    for step in standing.values():
        if step.done_at is None:
            step.done_at, step.answer = at, DutyStep.Answer.NOT_NEEDED
            step.note = written(why)
            step_pasts.write(step, *step_pasts.ANSWER, at=at)


def _open_otherwise(episode: MissingEpisode, at: datetime) -> None:
    """Ask from now on for what this outcome opens and the one before it did not, and no more for what that one alone did.

    What was owed at once is late at once: nobody has heard of it.
    """
    said = outcomes.last(episode)
    standing = {step.kind: step for step in DutyStep.objects.filter(episode=episode, kind__in=after.AFTER)}
    if said is None or not standing:
        # It ended before there was a policy.
        return
    before = copy(episode)
    before.outcome = said.data["was"]
    fresh = {step.kind: step for step in _planned(episode, at)}
    asked = {step.kind for step in _planned(before, at)}
    _let_go({kind: standing[kind] for kind in asked - fresh.keys() if kind in standing}, at, why=_OTHERWISE)
    for kind in fresh.keys() - asked:
        step = standing.get(kind)
        if step is None:
            fresh[kind].save()
        elif step.answer == DutyStep.Answer.NOT_NEEDED and step.done_by_id is None:
            # Put right twice: it was let go by the first time.
            reopenings.reopen(step, at=at)


def _ask_about_others(episode: MissingEpisode, found_at: datetime, at: datetime) -> None:
    """Ask whoever found a child with a restricted record about those who went along, as soon as it is confirmed.

    The end may be days away, and their desks hear nothing by us. Once in a search.
    """
    asked = DutyStep.objects.filter(episode=episode, kind=Duty.OTHERS_TOLD)
    if asked.exists() or not found_mates.is_left_to_people(episode, at=at):
        return
    version = policies.duties_at(_versions(episode), found_at)
    if version is None or episode.child.is_drill:
        return
    facts = EndFacts(outcome=EpisodeOutcome.RETURNED, found_at=found_at, ended_at=at, others_sought=True)
    for one in after.planned(facts, after.with_new(version.rules)):
        if one.duty == Duty.OTHERS_TOLD:
            duty_steps.new(episode, one, version.version, at).save()


def _begin(episode: MissingEpisode, standing: Collection[str], at: datetime) -> dict[str, DutyStep]:
    fresh = [step for step in _planned(episode, at) if step.kind not in standing]
    return {step.kind: step for step in DutyStep.objects.bulk_create(fresh)}


def _versions(episode: MissingEpisode) -> list[policies.Duties]:
    return policy_shelf.duties_of_child(episode.child_id, key=policies.AFTER)


def _planned(episode: MissingEpisode, at: datetime) -> list[DutyStep]:
    """What the end asks for by what is known at `at`, not stored yet; by the policy in force when it ended.

    That a death was that of another child asks from when it is known.
    """
    known_at = None if episode.outcome == EpisodeOutcome.ANOTHER_CHILD else episode.ended_at
    version = policies.duties_at(_versions(episode), known_at or at)
    if version is None or episode.child.is_drill:
        return []
    rules = after.with_new(version.rules)
    planned = after.planned(_facts(episode, rules, at), rules)
    return [duty_steps.new(episode, one, version.version, at) for one in planned]


def _ask_what_is_out(episode: MissingEpisode, standing: dict[str, DutyStep], at: datetime) -> None:
    """Ask from now on for what is known only now to be out: where nothing was, or all was withdrawn."""
    step = standing.get(Duty.TAKEN_DOWN)
    if (step is not None and step.done_at is None) or not decisions.out(episode):
        return
    for fresh in _planned(episode, at):
        if fresh.kind == Duty.TAKEN_DOWN:
            if step is None:
                fresh.save()
            else:
                fresh.pk = step.pk
                step_pasts.write(fresh, *step_pasts.KEPT, *step_pasts.ANSWER, at=at)
            standing[fresh.kind] = fresh


def _facts(episode: MissingEpisode, rules: Sequence[Rule], at: datetime) -> EndFacts:
    child = episode.child
    calendar = _calendar(child, at)
    report = latest(episode)
    # From the beginning of this one: whoever was away longest is not counted out for that.
    began = episode.opened_at
    _episodes, within = after.repeats(rules)
    lately = MissingEpisode.objects.counted().filter(
        child=child, opened_at__gt=began - within, opened_at__lte=began
    )
    return EndFacts(
        outcome=episode.outcome,
        found_at=episode.found_at or at,
        ended_at=at,
        high=Risk.HIGH in (episode.our_grade, child.risk) or episode.police_grade == PoliceGrade.HIGH,
        spoken=not episode.child_confirmed_unspoken,
        police_knew=episode.police_owed_at is not None,
        from_home=episode.placement is not None and episode.placement.type in INSPECTED,
        episodes=lately.count(),
        told_also=report is not None and bool(report.tell_also.strip()),
        others_sought=found_mates.is_left_to_people(episode, at=at),
        out_since=at if decisions.out(episode) else None,
        nation=calendar,
        holidays=holidays.of(calendar),
    )


def _calendar(child: Child, at: datetime) -> str:
    row = Responsibility.objects.at(at).filter(child=child).select_related("authority").first()
    return holidays.calendar_of(row.authority.nation if row else "England")


def _ask_again(episode: MissingEpisode, standing: Mapping[str, DutyStep], at: datetime) -> None:
    """Open what an interview answered that has been withdrawn since: it is owed by the time it was owed by."""
    answered = {
        kind
        for kind in (Duty.INTERVIEW_ASSIGNED, Duty.RETURN_INTERVIEW, Duty.PREVENTION_INTERVIEW)
        if kind in standing
        and standing[kind].answer == DutyStep.Answer.DONE
        and standing[kind].done_by_id is None
    }
    for kind in answered - set(_facts_known(episode, answered) if answered else {}):
        step = standing[kind]
        step.done_at, step.answer, step.note = None, "", ""
        step_pasts.write(step, *step_pasts.ANSWER, at=at)


def _answer_by_facts(episode: MissingEpisode, standing: Mapping[str, DutyStep], at: datetime) -> None:
    waiting = {kind for kind, step in standing.items() if step.done_at is None}
    # What is written down is English, whoever's button wrote it.
    with translation.override(settings.LANGUAGE_CODE):
        answers = _facts_known(episode, waiting) if waiting else {}
    for kind in waiting & set(answers):
        step = standing[kind]
        step.done_at, step.answer, step.note = at, DutyStep.Answer.DONE, answers[kind]
        step_pasts.write(step, *step_pasts.ANSWER, at=at)


def _facts_known(episode: MissingEpisode, waiting: Collection[str]) -> dict[str, str]:
    """The steps that the facts answer, each with the note of it."""
    answers: dict[str, str] = {}
    written = ReturnInterview.objects.standing().filter(episode=episode)
    if written.exclude(interviewer="").exists():
        answers[Duty.INTERVIEW_ASSIGNED] = _("Named in the return interview")
    if written.concluded().exists():
        note = _("The return interview is written down")
        answers[Duty.INTERVIEW_ASSIGNED] = answers[Duty.RETURN_INTERVIEW] = note
    if PreventionInterview.objects.standing().filter(episode=episode).exists():
        answers[Duty.PREVENTION_INTERVIEW] = _("The interview of the police is written down")
    if Duty.RISK_AGAIN in waiting and _is_graded_again(episode):
        answers[Duty.RISK_AGAIN] = _("The risk is graded again")
    if Duty.TAKEN_DOWN in waiting and not decisions.out(episode):
        answers[Duty.TAKEN_DOWN] = _("What was out is recorded as withdrawn")
    return answers


def _is_graded_again(episode: MissingEpisode) -> bool:
    """Whether the risk was looked at since it was known here that the child was found, however late the end is written.

    A grade from before is that of a child who was missing, wherever it was found to have been at that time. One that
    counts again because a lower one ended is nobody's: nobody has looked.
    """
    known_at = _found_known_at(episode)
    assessed = RiskAssessment.objects.filter(child=episode.child_id, recorded_at__gte=known_at)
    graded = RiskGrade.objects.filter(child=episode.child_id, since__gte=known_at, graded_by__isnull=False)
    return assessed.exists() or graded.exists()


def _found_known_at(episode: MissingEpisode) -> datetime | None:
    """When somebody first said here that the child is back or found, of this search as it ran last; else its end."""
    reports = standing_reports(episode)
    if episode.anew_at is not None:
        reports = reports.filter(seen_at__gt=episode.anew_at)
    if episode.not_here_at is not None:
        reports = reports.filter(recorded_at__gt=episode.not_here_at)
    first = reports.first()
    known = [heard_at(episode), first.recorded_at if first is not None else None]
    return min((moment for moment in known if moment is not None), default=episode.ended_at)

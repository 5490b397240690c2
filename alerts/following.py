"""Duty steps that follow a fact wherever it is moved: the kind of placement the child is missing from, the 18th birthday."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy

from alerts import age_dues, duties, policies, reopenings, step_pasts
from alerts.duties import Duty, DutyFacts, Planned, Rule
from alerts.models import DutyStep
from alerts.policies import Duties
from cases import beds
from cases.catalogue import written
from cases.deadlines import add_months, end_of
from cases.episodes import decisions
from cases.models import Child, Event, LiveConcern, MissingEpisode


def inspected(episode: MissingEpisode) -> Duty | None:
    """What those who run the placement that the child is missing from are to decide; None where Ofsted hears nothing."""
    if episode.placement is None or not decisions.is_inspected(episode):
        return None
    return duties.INSPECTED[episode.placement.type]


def turns_18_at(episode: MissingEpisode, child: Child, at: datetime) -> datetime | None:
    """The London midnight with which a child turns 18 who was missing before, once that is near; by the date it goes by."""
    return turns_18_within(child, episode.since, at)


def turns_18_within(child: Child, since: datetime, at: datetime) -> datetime | None:
    """The same of a search that began at `since`."""
    moment = age_dues.turns(child, 18)
    if moment is None or moment <= since or at < near_from(moment):
        return None
    return moment


def bed_kept_until(episode: MissingEpisode) -> datetime | None:
    """The end of the London day through which the bed is kept; None where nobody said one, or the placement has ended."""
    if episode.bed_kept_date is None or beds.kept_for(episode) is None:
        return None
    return end_of(episode.bed_kept_date)


def bed_said_at(episode: MissingEpisode) -> datetime | None:
    """When it was written last through which day the bed is kept."""
    if episode.bed_kept_date is None:
        return None
    said = Event.objects.filter(child=episode.child_id, kind="bed_kept", subject_id=episode.pk)
    return said.aggregate(last=Max("recorded_at"))["last"]


def rules(versions: Sequence[Duties], facts: DutyFacts, *, bed_said_at: datetime | None) -> dict[Rule, int]:
    """The rules that the episode is held to, each with the number of its version: that in force when it began.

    Of a birthday that of the day itself, and of a bed that of when its last day was written: a search may be older than
    either step.
    """
    since = {Duty.TURNED_18: facts.turns_18_at, Duty.BED_KEPT: bed_said_at}
    began = policies.duties_at(versions, facts.t0)
    found = {rule: began.version for rule in began.rules if rule.duty not in since} if began else {}
    for duty, moment in since.items():
        version = policies.duties_at(versions, max(facts.t0, moment)) if moment is not None else None
        if version is not None:
            found |= {rule: version.version for rule in version.rules if rule.duty == duty}
    return found


def near_from(moment: datetime) -> datetime:
    """From when the 18th birthday is a step of a search."""
    return add_months(moment, -duties.NEAR_18)


def move(step: DutyStep, due_at: datetime, steps: Mapping[str, str], *, at: datetime) -> None:
    """It is owed when the fact says now, be that later: whoever heard of the day before hears of this one."""
    if (step.due_at, dict(step.steps)) != (due_at, dict(steps)):
        reopenings.reopen_anew(step, due_at, steps, at=at)


def let_go(standing: Mapping[str, DutyStep], planned: Mapping[Duty, Planned], *, at: datetime) -> None:
    """Close what no fact asks for any more, in nobody's name."""
    for step in standing.values():
        if step.done_at is None and step.kind not in planned and _is_let_go(step):
            step.done_at, step.answer = at, DutyStep.Answer.NOT_NEEDED
            # The day of a bed is moved, and never taken back: only with the placement it is asked for no more.
            is_over = step.kind == Duty.BED_KEPT
            step.note = written(
                gettext_lazy("The placement that kept the bed has ended")
                if is_over
                else gettext_lazy("What it was asked for has been corrected")
            )
            step_pasts.write(step, *step_pasts.ANSWER, at=at)


def _is_let_go(step: DutyStep) -> bool:
    """Whether the step ends with its fact: a discussion by phone where the child was only said to be young.

    What a live concern in the search has asked for is held, be the concern lifted since.
    """
    if step.kind != Duty.STRATEGY_BY_PHONE:
        return step.kind in duties.FOLLOWS
    episode = step.episode
    began_at = episode.counts_from or episode.police_owed_at or episode.opened_at
    concerns = LiveConcern.objects.filter(child=episode.child_id)
    return not concerns.exclude(ends_at__lte=began_at).exists()


def is_asked_again(step: DutyStep, planned: Planned | None) -> bool:
    """Whether a fact asks again for what was let go, or the birthday is another than the one it was answered for."""
    if planned is None or step.done_at is None or step.kind not in (*duties.FOLLOWS, Duty.STRATEGY_BY_PHONE):
        return False
    let_go = step.done_by_id is None and step.answer == DutyStep.Answer.NOT_NEEDED
    return let_go or (step.kind == Duty.TURNED_18 and step.done_at < near_from(planned.due_at))

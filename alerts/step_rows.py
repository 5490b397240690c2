"""The duty steps and reviews of an episode as its page shows them: by when, in what state, who answers, who hears else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import next_acts, referral_steps, step_answers
from alerts.duties import DECIDED_BY, OF_A_MEETING, Duty, undecided
from alerts.models import Clock, DutyStep, StepAnswer
from alerts.next_acts import NextAct
from cases import reviews
from cases.access import Permission
from cases.episodes import decisions
from cases.episodes.reports import latest
from cases.models import EpisodeDecision, MissingEpisode
from cases.review_dates import Due
from cases.states import EpisodeStatus


@dataclass(frozen=True)
class StepRow:
    """One step; `href` leads to where this reader answers it, `whose` says who does where the reader may not."""

    step: DutyStep
    state: str
    colour: str
    href: str = ""
    whose: str = ""
    # Of a step about those who were told beside the policy: who they are, as the report has it. Of one about what is
    # still out: what.
    names: str = ""
    # What people said of it that was taken back, and where this reader takes back what stands.
    withdrawn: Sequence[StepAnswer] = ()
    # What was said before it was owed anew.
    before: Sequence[StepAnswer] = ()
    # Who booked it, when and with whom, as long as nobody has said that it was held.
    booked: StepAnswer | None = None
    take_back: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nobody is asked for it any more."""
        return self.step.done_at is not None or self.colour == "grey"


def of(episode: MissingEpisode, *, may: Collection[Permission], now: datetime) -> list[StepRow]:
    """Return the steps of an episode, those that are open first; none for whoever may not read the record."""
    if Permission.SEE_RECORD not in may:
        return []
    said = StepAnswer.objects.select_related("said_by", "withdrawn_by")
    steps = DutyStep.objects.filter(episode=episode).select_related("done_by")
    steps = steps.prefetch_related(Prefetch("answers", said))
    also = told_also(episode) if any(step.kind == Duty.TELL_ENDED for step in steps) else ""
    rows = [_row(step, episode, may, now) for step in steps]
    rows = [replace(row, names=also) if row.step.kind == Duty.TELL_ENDED else row for row in rows]
    rows = [_with_what_is_out(row) if row.step.kind == Duty.TAKEN_DOWN else row for row in rows]
    rows = [_with_answers(row, episode, may) for row in rows]
    return sorted(rows, key=lambda row: (row.is_over, row.step.owed_at, row.step.pk))


# Where what a step asks for has a record of its own, which answers it: the page, what it takes, and the words of the link.
_MEETING = (
    "meeting_new",
    Permission.CHANGE_CHILD,
    gettext_lazy("It was held: record the meeting, which answers this step"),
)
_REFERRAL = (
    "nrm_new",
    Permission.CHANGE_CHILD,
    gettext_lazy("Record the referral, which answers this step"),
)
_RECORDS: Mapping[str, tuple[str, Permission, Promise]] = {
    **dict.fromkeys(OF_A_MEETING, _MEETING),
    **dict.fromkeys(referral_steps.KINDS, _REFERRAL),
    Duty.RISK_AGAIN: (
        "assessment_new",
        Permission.CHANGE_CHILD,
        gettext_lazy("Assess the risk, which answers this step"),
    ),
    Duty.INTERVIEW_ASSIGNED: (
        "return_interview",
        Permission.WRITE_RETURN_INTERVIEW,
        gettext_lazy("Name them in the return interview, which answers this step"),
    ),
}


def record_of(
    step: DutyStep, episode: MissingEpisode, *, may: Collection[Permission]
) -> tuple[str, str] | None:
    """The page of the record that answers this step and what the link to it says; None where there is none for the reader.

    Whoever ticks a step off without it writes the same down twice, or leaves it out of the record.
    """
    name, wanted, words = _RECORDS.get(step.kind, ("", None, ""))
    if wanted is None or wanted not in may or episode.child.closed_at is not None:
        return None
    about = episode if name == "return_interview" else episode.child
    return reverse(name, args=[about.reference]), str(words)


def told_also(episode: MissingEpisode) -> str:
    """Who the report says was to be told beside those whom the policy tells."""
    report = latest(episode)
    return "" if report is None else report.tell_also


def _row(step: DutyStep, episode: MissingEpisode, may: Collection[Permission], now: datetime) -> StepRow:
    if step.done_at is not None:
        return StepRow(step, str(step.get_answer_display()), "green")
    if episode.status == EpisodeStatus.ENDED and not step.outlasts(episode.outcome):
        return StepRow(step, _("Not answered before the end"), "grey")
    state, colour = (_("Late"), "orange") if step.is_late(now) else (_("To do"), "yellow")
    if step.booked_for is not None and not step.is_late(now):
        state, colour = str(step.Answer.BOOKED.label), "blue"
    if step.is_decided or step.kind in (Duty.RETURN_INTERVIEW, Duty.TAKEN_DOWN):
        by_record = _interview if step.kind == Duty.RETURN_INTERVIEW else _decided
        return by_record(step, episode, may, state, colour)
    if step.is_answered_by_facts:
        of_bed = ("episode_bed", Permission.PLACE_CHILD)
        name, wanted = of_bed if step.kind == Duty.BED_KEPT else ("episode_verify", Permission.VERIFY_POLICE)
        href = reverse(name, args=[episode.reference]) if wanted in may else ""
        return StepRow(step, state, colour, href=href)
    if Permission.CONFIRM_EPISODE in may:
        return StepRow(step, state, colour, href=reverse("episode_step", args=[episode.reference, step.kind]))
    return StepRow(step, state, colour, whose=_("A team manager decides"))


def _with_answers(row: StepRow, episode: MissingEpisode, may: Collection[Permission]) -> StepRow:
    """What was taken back of it; the answer that stands is taken back by whoever may give it."""
    answers = list(row.step.answers.all())
    standing = [said for said in answers if said.withdrawn_at is None]
    holding = [said for said in standing if said.stands]
    href = ""
    is_open = episode.child.closed_at is None or step_answers.outlasts_closing(row.step, episode)
    if holding and is_open and Permission.CONFIRM_EPISODE in may:
        href = reverse("episode_step_withdraw", args=[episode.reference, row.step.kind, holding[-1].pk])
    booked = None
    if row.step.done_at is None:
        booked = next((said for said in reversed(standing) if said.booked_for is not None), None)
    taken_back = [said for said in answers if said.withdrawn_at is not None]
    before = [said for said in standing if said not in holding]
    return replace(row, withdrawn=taken_back, before=before, take_back=href, booked=booked)


def _with_what_is_out(row: StepRow) -> StepRow:
    out = decisions.still_out(row.step.episode) if row.step.done_at is None else []
    return replace(row, names="\n".join(str(one.get_kind_display()) for one in out))


def deciding(kind: str) -> Permission:
    """What it takes to record a decision of this kind: whether the Home Office is told is a manager's."""
    is_managers = kind == EpisodeDecision.Kind.HOME_OFFICE
    return Permission.DECIDE_HOME_OFFICE if is_managers else Permission.CONFIRM_EPISODE


def waits_for(step: DutyStep) -> str:
    """The kind of decision that the step waits for first: of what is out, what went out first."""
    if step.kind == Duty.TAKEN_DOWN:
        return next(iter(decisions.out(step.episode)), EpisodeDecision.Kind.PUBLICITY)
    standing = {kind: row.answer for kind, row in decisions.standing(step.episode).items()}
    return next(iter(undecided(step.kind, standing)), DECIDED_BY[step.kind][0])


def _decided(
    step: DutyStep, episode: MissingEpisode, may: Collection[Permission], state: str, colour: str
) -> StepRow:
    kind = waits_for(step)
    if deciding(kind) in may:
        return StepRow(step, state, colour, href=reverse("episode_decision", args=[episode.reference, kind]))
    return StepRow(step, state, colour, whose=_("A team manager decides"))


@dataclass(frozen=True)
class ReviewRow:
    """One review that is owed or comes next, and who hears of it when as long as nobody records it."""

    due: Due
    title: str
    state: str
    colour: str
    acts: Sequence[NextAct]


def of_reviews(episode: MissingEpisode, *, now: datetime) -> list[ReviewRow]:
    """Return the reviews of an open search that are not recorded, and the one that comes next, in order."""
    owed = reviews.not_held(episode, at=now)
    clocks = (
        {c.duty: c for c in Clock.objects.filter(episode=episode, kind=Clock.Kind.REVIEW)} if owed else {}
    )
    rows = []
    for due in owed:
        state, colour = (_("Late"), "orange") if due.due_at <= now else (_("Coming"), "grey")
        clock = clocks.get(due.key)
        acts = next_acts.of([clock]) if clock is not None else []
        rows.append(ReviewRow(due, reviews.label(due), state, colour, acts))
    return rows


def _interview(
    step: DutyStep, episode: MissingEpisode, may: Collection[Permission], state: str, colour: str
) -> StepRow:
    if Permission.WRITE_RETURN_INTERVIEW in may:
        return StepRow(step, state, colour, href=reverse("return_interview", args=[episode.reference]))
    return StepRow(step, state, colour, whose=_("The child’s team writes it"))

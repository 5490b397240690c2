"""A strategy meeting on record answers the steps that ask for one, until it is struck through."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from alerts import reopenings, step_pasts
from alerts.duties import BOOKABLE, BOOKED_WITHIN, OF_A_MEETING
from alerts.models import DutyStep, StepAnswer
from cases.models import Child, Meeting, MeetingBooking, Mistake, User
from cases.worded import Question


def answer(standing: Mapping[str, DutyStep], child: Child, *, since: datetime, at: datetime) -> None:
    """Close what a strategy meeting answers that was held since then, in the name of whoever recorded it.

    What one answered that is struck through since is opened again, and what waits for one that is called off is owed as if
    nothing had been booked. One that was on record when somebody took an answer back answers no more.
    """
    asked = [step for kind, step in standing.items() if kind in OF_A_MEETING]
    if not asked:
        return
    _take_back(asked, at)
    _unbook(asked, child, at)
    waiting = [step for step in asked if step.done_at is None]
    if not waiting:
        return
    held = Meeting.objects.standing().filter(child=child, kind=Meeting.Kind.STRATEGY, held_at__gte=since)
    # "Booked" answered nothing: that it does not stand says nothing of a meeting that was held.
    taken_back = StepAnswer.objects.filter(step__in=waiting, withdrawn_at__isnull=False, booked_for=None)
    of_people = taken_back.exclude(meeting__mistake__isnull=False).order_by("withdrawn_at")
    after = dict(of_people.values_list("step", "withdrawn_at"))
    for step in waiting:
        rows = held.filter(recorded_at__gt=after[step.pk]) if step.pk in after else held
        meeting = rows.select_related("recorded_by").order_by("held_at", "pk").first()
        if meeting is not None:
            _close(step, meeting, at)


def booked(step: DutyStep, child: Child, *, at: datetime) -> MeetingBooking | None:
    """The strategy meeting that is booked for a time soon to come, of an open step for which booked is an answer."""
    if step.done_at is not None or step.kind not in BOOKABLE:
        return None
    rows = _to_come(child, at).select_related("recorded_by")
    return next((row for row in rows if row.planned_at != step.booked_for), None)


def was_booked(step: DutyStep, planned_at: datetime) -> bool:
    """Whether a strategy meeting of the child was booked for then, whatever became of it."""
    rows = MeetingBooking.objects.filter(child=step.episode.child_id, kind=Meeting.Kind.STRATEGY)
    return rows.filter(planned_at=planned_at).exists()


_STRUCK = Question(
    lambda episodes: (
        StepAnswer.objects.standing()
        .filter(step__episode__among=episodes, meeting__mistake__isnull=False)
        .values_list("step__episode", flat=True)
    )
)


def struck(episodes: list[int]) -> set[int]:
    """Those of these episodes that have a step which only a meeting answers that is struck through."""
    return set(_STRUCK(episodes)) if episodes else set()


def _close(step: DutyStep, meeting: Meeting, at: datetime) -> None:
    # What is written down is English, whoever's button wrote it.
    with translation.override(settings.LANGUAGE_CODE):
        note = _("A strategy meeting is recorded, led by %(name)s") % {"name": meeting.led_by}
    step.done_at, step.done_by = at, meeting.recorded_by
    step.answer, step.note = DutyStep.Answer.DONE, note
    step_pasts.write(step, *step_pasts.ANSWER, at=at)
    StepAnswer.objects.create(
        step=step,
        answer=step.answer,
        note=note,
        said_at=at,
        said_by=meeting.recorded_by,
        meeting=meeting,
    )


def _unbook(steps: list[DutyStep], child: Child, at: datetime) -> None:
    """Let no step wait for a meeting that will not be held: "booked" was said of its time, before it was called off.

    A meeting is moved by calling it off and booking another: where one is to come the step waits on, no longer than for that
    one, and where none is nobody hears for an hour.
    """
    by_pk = {step.pk: step for step in steps if step.booked_for is not None}
    if not by_pk:
        return
    said_of = StepAnswer.objects.standing().filter(step__in=by_pk)
    bookings = MeetingBooking.objects.filter(child=child, kind=Meeting.Kind.STRATEGY)
    for said in said_of.order_by("said_at", "pk"):
        if said.booked_for is None:
            continue
        of_its_time = bookings.filter(planned_at=said.booked_for)
        off = of_its_time.filter(ended_at__gt=said.said_at).order_by("-ended_at").first()
        if off is None:
            continue
        step, moved = by_pk[said.step_id], _to_come(child, at).first()
        if moved is None:
            _withdraw(said, by=off.ended_by, reason=off.ended_why, at=at)
            reopenings.unbook(step, at=at, soonest=at + reopenings.SOONEST)
        elif step.booked_for is not None and moved.planned_at < step.booked_for:
            step.booked_for = moved.planned_at
            step_pasts.write(step, "booked_for", at=at)


def _to_come(child: Child, at: datetime) -> QuerySet[MeetingBooking]:
    """The strategy meetings that stand booked within the days of a booking, the next first."""
    rows = MeetingBooking.objects.open().filter(child=child, kind=Meeting.Kind.STRATEGY)
    return rows.filter(planned_at__gt=at, planned_at__lte=at + BOOKED_WITHIN)


def _withdraw(said: StepAnswer, *, by: User | None, reason: str, at: datetime) -> None:
    said.withdrawn_at, said.withdrawn_by, said.withdrawn_reason = at, by, reason[:300]
    said.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])


def _take_back(steps: list[DutyStep], at: datetime) -> None:
    by_pk = {step.pk: step for step in steps}
    rows = StepAnswer.objects.standing().filter(step__in=steps, meeting__mistake__isnull=False)
    mistakes = {row.meeting_id: row for row in Mistake.objects.filter(meeting__in=rows.values("meeting"))}
    for said in rows:
        mistake = mistakes[said.meeting_id]
        _withdraw(said, by=mistake.recorded_by, reason=mistake.reason, at=at)
        reopenings.reopen(by_pk[said.step_id], at=at)

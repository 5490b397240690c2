"""Whom the desk's tasks ring, and when, of what wakes nobody: by day alone, and at night with what is owed by the hour."""

from datetime import datetime, timedelta

import pytest

from alerts import (
    calm,
    duty_steps,
    duty_tasks,
    escalations,
    failures,
    policies,
    review_ladder,
    step_answers,
    sweep,
)
from alerts.duties import Duty
from alerts.models import Clock, DutyStep, DutyTask, Message, PolicyVersion, StepAnswer
from alerts.paper_rules import Paper
from alerts.recipients import Post
from alerts.review_ladder import DEFAULT_RUNGS, Rules
from cases import beds, review_dates
from cases.deadlines import end_of, london_day
from cases.models import Child, Membership, MissingEpisode
from cases.review_dates import Review
from tests.counts import counts
from tests.factories import AT, Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# The midnight before the last day of a bed: nobody is gone for four hours yet.
MIDNIGHT = end_of(london_day(AT + 50 * DAY))
GONE = MIDNIGHT - 3 * HOUR
# The police have given no reference by then.
UNREFERENCED = GONE + 4 * HOUR
EVENING = MIDNIGHT + 20 * HOUR


@pytest.fixture(autouse=True)
def _in_force() -> None:
    of_search = PolicyVersion.objects.filter(key__in=(policies.DUTY, policies.REVIEW))
    of_search.update(takes_effect_at=AT - 100 * DAY)


@pytest.fixture
def watched() -> Watched:
    """A child who is missing, and from before midnight on nobody manages the team."""
    found = a_watched_child()
    missing(found.child, by=found.worker, at=GONE)
    for moment in (GONE, GONE + HOUR):
        sweep.sweep_all(now=moment)
    Membership.objects.filter(user=found.manager).update(ends_at=GONE + 2 * HOUR)
    return found


def kept(watched: Watched, *, at: datetime = GONE + HOUR) -> MissingEpisode:
    """The bed is kept until the end of the day that begins at midnight: its second rung is owed at that midnight."""
    episode = MissingEpisode.objects.get(child=watched.child)
    return beds.keep(episode, last_date=london_day(MIDNIGHT), said_by="R. Adeyemi", by=watched.worker, at=at)


def answered(watched: Watched, *, at: datetime = GONE + 2 * HOUR) -> None:
    """The police gave a reference and a grade, and were spoken to: nothing is owed by the hour that night."""
    episode = MissingEpisode.objects.get(child=watched.child)
    by_phone = DutyStep.objects.get(episode=episode, kind=Duty.STRATEGY_BY_PHONE)
    said = {"answer": "done", "note": "With PC Shah", "by": watched.desk.person}
    duty_steps.answer(by_phone, **said, at=at)
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 1234 Shah",
        incident_reference="1234",
        grade="medium",
        by=watched.desk.person,
        at=at,
    )


def of_nobody() -> DutyTask | None:
    return DutyTask.objects.filter(kind="nobody_to_tell", step="R2", episode__isnull=False).first()


def rung(since: datetime, until: datetime) -> list[datetime]:
    """When the second person is rung of the empty rung, with a sweep at each quarter of an hour and five minutes before."""
    for minutes in range(0, (until - since) // MINUTE + 1, 5):
        if minutes % 15 != 5:
            sweep.sweep_all(now=since + minutes * MINUTE)
    task = of_nobody()
    rows = Message.objects.filter(wording="second_person", items__step=f"second:{task.pk if task else 0}")
    return sorted(set(rows.values_list("created_at", flat=True)))


def about(task: DutyTask) -> set[str]:
    return set(task.items.values_list("alert__clock__duty", flat=True))


@pytest.fixture
def bed(watched: Watched) -> DutyTask:
    """At midnight the rung of the bed is owed, and nobody stands on it."""
    kept(watched)
    sweep.sweep_all(now=MIDNIGHT)
    task = of_nobody()
    assert task is not None
    return task


def rung_in_the_morning(watched: Watched) -> DutyTask:
    """The second person was rung at eight of the bed that is kept, and of nothing else."""
    answered(watched)
    kept(watched)
    for moment in (MIDNIGHT, MIDNIGHT + 8 * HOUR):
        sweep.sweep_all(now=moment)
    task = of_nobody()
    assert task is not None
    assert (about(task), task.next_at, task.second_rung_at) == ({Duty.BED_KEPT}, None, MIDNIGHT + 8 * HOUR)
    return task


@pytest.fixture
def task(watched: Watched) -> DutyTask:
    return rung_in_the_morning(watched)


@pytest.mark.by_turns
def test_what_is_owed_by_the_hour_rings_the_second_person_in_time(watched: Watched) -> None:
    assert rung(MIDNIGHT, UNREFERENCED + HOUR) == [UNREFERENCED + 15 * MINUTE]


@pytest.mark.by_turns
def test_it_does_so_too_where_a_bed_has_opened_the_task_that_waits_for_the_morning(bed: DutyTask) -> None:
    task = bed
    assert (about(task), task.next_at) == ({Duty.BED_KEPT}, MIDNIGHT + 8 * HOUR)
    assert rung(MIDNIGHT + 5 * MINUTE, UNREFERENCED + HOUR) == [UNREFERENCED + 15 * MINUTE]
    assert about(task) >= {Duty.BED_KEPT, Duty.POLICE_REFERENCE}


@pytest.mark.by_turns
def test_whoever_is_on_the_task_keeps_their_hour_whatever_joins_it(watched: Watched, bed: DutyTask) -> None:
    task = bed
    duty_tasks.take(task, by=watched.desk.person, at=MIDNIGHT + 40 * MINUTE)
    sweep.sweep_all(now=UNREFERENCED)
    task.refresh_from_db()
    assert task.next_at == MIDNIGHT + 100 * MINUTE


@pytest.mark.by_turns
def test_a_bed_alone_wakes_nobody_and_the_second_person_is_rung_in_the_morning(watched: Watched) -> None:
    answered(watched)
    kept(watched)
    for hours in range(8):
        assert rung(MIDNIGHT + hours * HOUR, MIDNIGHT + hours * HOUR) == []
    assert rung(MIDNIGHT + 7 * HOUR + 50 * MINUTE, MIDNIGHT + 8 * HOUR) == [MIDNIGHT + 8 * HOUR]


@pytest.mark.by_turns
def test_one_that_falls_due_by_day_is_rung_of_on_that_day(watched: Watched) -> None:
    answered(watched)
    said_at = MIDNIGHT + 10 * HOUR
    kept(watched, at=said_at)
    assert rung(said_at, said_at + 20 * MINUTE) == [said_at + 15 * MINUTE]


@pytest.mark.by_turns
def test_one_whose_call_would_come_after_ten_in_the_evening_waits_for_the_morning(watched: Watched) -> None:
    answered(watched)
    said_at = MIDNIGHT + 21 * HOUR + 50 * MINUTE
    kept(watched, at=said_at)
    assert rung(said_at, said_at + 20 * MINUTE) == []
    task = of_nobody()
    assert task is not None
    assert task.next_at == MIDNIGHT + 32 * HOUR


def refused(watched: Watched, duty: str) -> DutyTask:
    """The call about the mail of this step to the head of service, refused at the moment at which it went."""
    message = Message.objects.get(
        channel="mail", user=watched.head, items__alert__clock__duty=duty, status="queued"
    )
    Message.objects.filter(pk=message.pk).update(status="failed", last_error="550 No such mailbox")
    message.refresh_from_db()
    failures.reach_a_person(message, at=message.created_at)
    calls = DutyTask.objects.filter(kind="phone_them", message__user=watched.head)
    return calls.filter(items__alert__in=message.items.values("alert")).distinct().get()


def woken(task: DutyTask, *moments: datetime) -> list[set[str]]:
    """Whom a call about this task has reached by each of these moments, of which each has a sweep."""
    found = []
    for moment in moments:
        sweep.sweep_all(now=moment)
        rows = Message.objects.filter(items__step__in=task.call_steps, channel="text")
        found.append(set(rows.values_list("post", flat=True)))
    return found


@pytest.mark.by_turns
@pytest.mark.usefixtures("bed")
def test_a_mail_of_a_bed_that_is_refused_at_midnight_wakes_nobody_and_one_of_a_reference_does(
    watched: Watched,
) -> None:
    of_bed = refused(watched, Duty.BED_KEPT)
    asleep = MIDNIGHT + 15 * MINUTE, MIDNIGHT + 16 * MINUTE, UNREFERENCED
    assert woken(of_bed, *asleep) == [set(), set(), set()]
    both = refused(watched, Duty.POLICE_REFERENCE)
    assert both == of_bed
    assert about(both) >= {Duty.BED_KEPT, Duty.POLICE_REFERENCE}
    assert woken(both, UNREFERENCED + 15 * MINUTE) == [{"second"}]


@pytest.mark.by_turns
@pytest.mark.usefixtures("bed")
def test_the_call_about_a_mail_of_a_bed_alone_rings_the_second_person_in_the_morning(
    watched: Watched,
) -> None:
    of_bed, morning = refused(watched, Duty.BED_KEPT), MIDNIGHT + 8 * HOUR
    assert woken(of_bed, morning - MINUTE, morning) == [set(), {"second"}]


@pytest.mark.by_turns
def test_whoever_takes_a_bed_at_night_and_does_not_finish_has_nobody_woken_either(watched: Watched) -> None:
    answered(watched)
    kept(watched)
    sweep.sweep_all(now=MIDNIGHT)
    task = refused(watched, Duty.BED_KEPT)
    duty_tasks.take(task, by=watched.desk.person, at=MIDNIGHT + 10 * MINUTE)
    morning = MIDNIGHT + 8 * HOUR
    assert woken(task, MIDNIGHT + 70 * MINUTE, morning - MINUTE, morning) == [set(), set(), {"second"}]


@pytest.mark.by_turns
@pytest.mark.usefixtures("bed")
def test_once_what_is_owed_by_the_hour_is_answered_what_is_left_of_the_task_waits_for_the_morning(
    watched: Watched,
) -> None:
    sweep.sweep_all(now=UNREFERENCED)
    task = of_nobody()
    assert task is not None
    assert task.next_at == UNREFERENCED + 15 * MINUTE
    answered(watched, at=UNREFERENCED + 5 * MINUTE)
    morning = MIDNIGHT + 8 * HOUR
    moments = UNREFERENCED + 6 * MINUTE, UNREFERENCED + 15 * MINUTE, morning - MINUTE, morning
    assert woken(task, *moments) == [set(), set(), set(), {"second"}]


@pytest.mark.by_turns
@pytest.mark.usefixtures("bed")
def test_a_call_to_the_police_is_not_put_off_whatever_it_is_about(watched: Watched) -> None:
    task = refused(watched, Duty.BED_KEPT)
    assert task.message_id is not None
    Message.objects.filter(pk=task.message_id).update(post=Post.FORCE)
    assert woken(task, MIDNIGHT + 15 * MINUTE) == [{"second"}]


def unheld(watched: Watched, *, at: datetime = EVENING) -> None:
    """In the evening the discussion turns out to have been of another child: it is owed again, by the hour."""
    said = StepAnswer.objects.get(step__kind=Duty.STRATEGY_BY_PHONE, step__episode__child=watched.child)
    step_answers.withdraw(said, reason="Of another child", by=watched.desk.person, at=at)


@pytest.mark.by_turns
def test_what_is_owed_by_the_hour_after_the_second_person_was_rung_of_a_bed_rings_them_again_once(
    watched: Watched, task: DutyTask
) -> None:
    unheld(watched)
    morning, night = MIDNIGHT + 8 * HOUR, EVENING + 15 * MINUTE
    assert rung(EVENING, EVENING + 90 * MINUTE) == [morning, night]
    assert about(task) == {Duty.BED_KEPT, Duty.STRATEGY_BY_PHONE}
    last = Message.objects.filter(wording="second_person", created_at=night)
    assert set(last.values_list("items__alert__clock__duty", flat=True)) == {Duty.STRATEGY_BY_PHONE}


@pytest.mark.by_turns(8)
def test_nobody_is_rung_again_of_what_was_on_the_task_already(watched: Watched, task: DutyTask) -> None:
    unheld(watched)
    rung(EVENING, EVENING + 15 * MINUTE)
    item = task.items.get(alert__clock__duty=Duty.STRATEGY_BY_PHONE)
    again = duty_tasks.Wanted(
        kind=task.kind,
        authority_id=task.authority_id,
        alert=item.alert,
        urgency=task.urgency,
        episode_id=task.episode_id,
        step=task.step,
    )
    duty_tasks.open_many([again], at=EVENING + 20 * MINUTE)
    task.refresh_from_db()
    assert (task.next_at, task.second_rung_at) == (None, EVENING + 15 * MINUTE)
    assert len(rung(EVENING + 20 * MINUTE, EVENING + 50 * MINUTE)) == 2


@pytest.mark.by_turns
def test_whoever_took_it_after_the_second_person_was_rung_keeps_their_hour(
    watched: Watched, task: DutyTask
) -> None:
    duty_tasks.take(task, by=watched.desk.person, at=EVENING - 5 * MINUTE)
    unheld(watched)
    assert rung(EVENING, EVENING + 50 * MINUTE) == [MIDNIGHT + 8 * HOUR]
    task.refresh_from_db()
    assert about(task) == {Duty.BED_KEPT, Duty.STRATEGY_BY_PHONE}
    assert (task.next_at, task.taken_by) == (EVENING + 55 * MINUTE, watched.desk.person)


@pytest.mark.by_turns
def test_what_wakes_nobody_joins_a_task_that_was_rung_of_and_rings_nobody(watched: Watched) -> None:
    of_age = london_day(MIDNIGHT)
    Child.objects.filter(pk=watched.child.pk).update(birth_date=of_age.replace(year=of_age.year - 18))
    task = rung_in_the_morning(watched)
    assert rung(MIDNIGHT + 24 * HOUR, MIDNIGHT + 24 * HOUR + 30 * MINUTE) == [MIDNIGHT + 8 * HOUR]
    sweep.sweep_all(now=MIDNIGHT + 32 * HOUR)
    task.refresh_from_db()
    assert about(task) == {Duty.BED_KEPT, Duty.TURNED_18}
    assert (task.next_at, task.second_rung_at) == (None, MIDNIGHT + 8 * HOUR)


# The child went missing at one at night, so its reviews are due at night.
NIGHT = MIDNIGHT + HOUR
ALWAYS = (Rules(AT - 100 * DAY, DEFAULT_RUNGS),)


def sought(gone: datetime) -> Watched:
    """A child who went missing then; nothing is owed by the hour since."""
    found = a_watched_child()
    missing(found.child, by=found.worker, at=gone)
    for moment in (gone, gone + HOUR):
        sweep.sweep_all(now=moment)
    answered(found, at=gone + HOUR)
    return found


@pytest.fixture
def at_night() -> Watched:
    return sought(NIGHT)


def owed_of(found: Watched, kind: Review, step: str, post: str, *, gone: datetime = NIGHT) -> datetime:
    """The instant of this rung of a review; nobody has heard of it by then, and nobody is on it from an hour before on."""
    due = next(one for one in review_dates.coming(gone) if one.kind == kind)
    rungs = {str(rung): at for rung, at in review_ladder.instants(due, ALWAYS).items()}
    sweep.sweep_all(now=rungs[step] - 2 * HOUR)
    Membership.objects.filter(user=getattr(found, post)).update(ends_at=rungs[step] - HOUR)
    sweep.sweep_all(now=rungs[step])
    return rungs[step]


def of_review(step: str) -> DutyTask:
    of_reviews = DutyTask.objects.filter(items__alert__clock__kind=Clock.Kind.REVIEW, done_at=None)
    return of_reviews.distinct().get(kind="nobody_to_tell", step=step)


REVIEWS = [
    (Review.MULTI_AGENCY, "R4", "head"),
    (Review.YEARLY, "R5", "director"),
    (Review.DAY_28, "R5", "director"),
    (Review.MONTH_3, "R2", "manager"),
]


# Of the others one falls due by day below, and one rings with what is owed by the hour.
@pytest.mark.by_turns
@pytest.mark.parametrize(("kind", "step", "post"), counts(REVIEWS[:2], REVIEWS))
def test_a_review_of_which_nobody_on_its_rung_can_be_told_wakes_nobody(
    at_night: Watched, kind: Review, step: str, post: str
) -> None:
    moment = owed_of(at_night, kind, step, post)
    task, morning = of_review(step), calm.rings_at(moment)
    assert morning - moment > 5 * HOUR
    assert task.next_at == morning
    asleep = moment + 15 * MINUTE, morning - MINUTE
    assert woken(task, *asleep, morning) == [set(), set(), {"second"}]
    instead = Message.objects.filter(created_at=moment, items__alert__in=task.items.values("alert"))
    assert set(instead.values_list("channel", flat=True)) == {"mail"}, "whoever stands above is not woken"


@pytest.mark.by_turns
def test_a_review_does_not_keep_what_is_owed_by_the_hour_on_its_rung_until_the_morning(
    at_night: Watched,
) -> None:
    watched, moment = at_night, owed_of(at_night, Review.MONTH_3, "R2", "manager")
    task = of_review("R2")
    unheld(watched, at=moment + 5 * MINUTE)
    assert woken(task, moment + 5 * MINUTE) == [set()]
    assert Duty.STRATEGY_BY_PHONE in about(task)
    assert woken(task, moment + 19 * MINUTE, moment + 20 * MINUTE) == [set(), {"second"}]


@pytest.mark.by_turns
def test_a_review_that_falls_due_by_day_rings_the_second_person_at_once() -> None:
    gone = NIGHT + 12 * HOUR
    moment = owed_of(sought(gone), Review.DAY_28, "R5", "director", gone=gone)
    assert woken(of_review("R5"), moment + 14 * MINUTE, moment + 15 * MINUTE) == [set(), {"second"}]


@pytest.mark.by_turns
def test_of_paper_police_protection_alone_is_rung_of_at_night() -> None:
    """Nobody stands for the child in law once its 72 hours are over, at whichever hour that is."""
    by_night = [
        paper for paper in Paper if not calm.is_rung_by_day(Clock.Kind.PAPERWORK, paper, has_died=False)
    ]
    assert by_night == [Paper.PROTECTION]

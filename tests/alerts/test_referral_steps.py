"""The two steps of a referral to the NRM in a search: what answers both, and who hears as long as nothing does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from alerts import duties, duty_steps, policies, step_answers, step_rows, sweep
from alerts.duties import Duty
from alerts.models import Alert, AlertStep, Clock, DutyStep, Message, PolicyVersion, StepAnswer
from cases import details, nrm
from cases.access import Permission
from cases.models import Child, FirstResponder, MissingEpisode, NrmReferral
from tests.counts import a_third, counts
from tests.factories import AT, Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# Long enough in care that no closer watch of the first days applies.
GONE = AT + timedelta(days=50)
# When the sweep comes again, of what is owed at once.
HEARD = GONE + MINUTE
BOTH = (Duty.NRM_REFERRAL, Duty.NRM_CONSIDERED)


@pytest.fixture(autouse=True)
def _in_force():
    """The steps were asked for long before these episodes."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - timedelta(days=100))


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(birth_date=datetime(2009, 1, 15).date())


@pytest.fixture
def episode(watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return episode


@pytest.fixture
def suspected(watched) -> MissingEpisode:
    """A search for a child with signs of trafficking since it was registered, whom nobody referred."""
    suspect(watched)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    sweep.sweep_all(now=HEARD)
    return episode


def steps(episode: MissingEpisode) -> dict[str, DutyStep]:
    return {step.kind: step for step in DutyStep.objects.filter(episode=episode)}


def told() -> list[tuple[str, str]]:
    """Step and post of every message about a duty step."""
    rows = Message.objects.filter(wording="duty_step")
    return sorted(set(rows.values_list("step", "post")))


def climbs() -> list[tuple[str, str, datetime]]:
    """Every rung that heard of a referral: of which step, and when."""
    rows = AlertStep.objects.filter(alert__clock__kind=Clock.Kind.DUTY, alert__clock__duty__startswith="nrm_")
    return list(rows.order_by("climbed_at", "pk").values_list("alert__clock__duty", "step", "climbed_at"))


def said(episode: MissingEpisode, kind: Duty, answer: str, watched: Watched, *, at: datetime) -> StepAnswer:
    step = duty_steps.answer(
        steps(episode)[kind], answer=answer, note="Said by the police", by=watched.manager, at=at
    )
    return StepAnswer.objects.standing().get(step=step, said_at=at)


def refer(watched: Watched, *, at: datetime) -> NrmReferral:
    referral = nrm.Referral(
        first_responder=FirstResponder.objects.get(code="authority"),
        made_by="Rowan Ashdene",
        referred_date=at.date(),
    )
    return nrm.refer(watched.child, referral, by=watched.worker, at=at)


def withdraw(referral: NrmReferral, watched: Watched, *, at: datetime) -> None:
    nrm.move(
        referral,
        "withdrawn",
        happened_date=at.date(),
        note="Made twice",
        seconded_by=watched.head,
        by=watched.manager,
        at=at,
    )


def suspect(watched: Watched) -> None:
    """There are signs of trafficking since the child was registered."""
    Child.objects.filter(pk=watched.child.pk).update(trafficking="yes")


@pytest.mark.by_turns
def test_a_recorded_referral_answers_its_step_and_a_reference_alone_does_not(episode, watched):
    Child.objects.filter(pk=watched.child.pk).update(nrm_reference="NRM-4471")
    duty_steps.follow_facts([episode], at=GONE + HOUR)
    assert steps(episode)[Duty.NRM_CONSIDERED].done_at is None
    refer(watched, at=GONE + 2 * HOUR)
    assert steps(episode)[Duty.NRM_CONSIDERED].done_at == GONE + 2 * HOUR


@pytest.mark.by_turns
def test_a_referral_of_before_that_was_withdrawn_answers_nothing_in_a_search(watched):
    suspect(watched)
    withdraw(refer(watched, at=AT + HOUR), watched, at=AT + 2 * HOUR)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at is None
    sweep.sweep_all(now=GONE + MINUTE)
    assert told() == [("R2", "manager")], "the signs have waited for longer than a day"


@pytest.mark.by_turns
def test_signs_that_came_after_the_last_referral_was_decided_are_asked_about_in_a_search(watched):
    suspect(watched)
    referral = refer(watched, at=AT - 20 * HOUR)
    NrmReferral.objects.filter(pk=referral.pk).update(status="no_grounds", ends_at=AT - HOUR)
    Child.objects.filter(pk=watched.child.pk).update(registered_at=AT)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at is None


@pytest.mark.by_turns
def test_a_referral_that_followed_the_signs_answers_the_step_and_opens_it_again_when_it_is_withdrawn(watched):
    suspect(watched)
    referral = refer(watched, at=AT + HOUR)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at == GONE
    gone_back = GONE + 2 * HOUR
    withdraw(referral, watched, at=gone_back)
    again = steps(episode)[Duty.NRM_REFERRAL]
    assert (again.done_at, again.due_at) == (None, gone_back + 24 * HOUR)
    of_step = AlertStep.objects.filter(
        alert__clock__duty=Duty.NRM_REFERRAL, alert__clock__kind=Clock.Kind.DUTY
    )
    sweep.sweep_all(now=gone_back + 24 * HOUR - MINUTE)
    assert not of_step.exists()
    sweep.sweep_all(now=gone_back + 24 * HOUR)
    assert [row.step for row in of_step] == ["R2"]
    refer(watched, at=gone_back + 25 * HOUR)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at == gone_back + 25 * HOUR


@pytest.mark.by_turns(8)
def test_signs_that_are_taken_back_close_the_step_as_not_needed_and_signs_again_open_it(watched):
    suspect(watched)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at is None
    Child.objects.filter(pk=watched.child.pk).update(trafficking="no")
    duty_steps.follow_facts([episode], at=GONE + HOUR)
    closed = steps(episode)[Duty.NRM_REFERRAL]
    assert (closed.answer, closed.note, closed.done_by) == ("not_needed", "The signs were taken back", None)
    # As old as they were, by what is on record of them.
    suspect(watched)
    duty_steps.follow_facts([episode], at=GONE + 2 * HOUR)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at is None
    refer(watched, at=GONE + 3 * HOUR)
    answered = steps(episode)[Duty.NRM_REFERRAL]
    assert (answered.answer, answered.note) == ("done", "The referral to the NRM is recorded")


@pytest.mark.by_turns
def test_a_referral_that_is_open_answers_the_step_though_the_signs_were_taken_back(watched):
    suspect(watched)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    Child.objects.filter(pk=watched.child.pk).update(trafficking="no")
    refer(watched, at=GONE + HOUR)
    assert steps(episode)[Duty.NRM_REFERRAL].answer == "done"


@pytest.mark.by_turns
def test_what_somebody_decided_against_of_signs_that_stood_is_not_opened_by_a_referral_withdrawn_later(
    suspected, watched
):
    said(suspected, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + HOUR)
    withdraw(refer(watched, at=GONE + 2 * HOUR), watched, at=GONE + 3 * HOUR)
    assert {steps(suspected)[kind].done_at for kind in BOTH} == {GONE + HOUR}


def tick(watched: Watched, *, at: datetime, back: bool = False) -> None:
    """Somebody records that there are signs of trafficking, or two people take that back."""
    version = details.version_of(watched.child, "trafficking")
    two = {"reason": "Said of another child", "seconded_by": watched.head} if back else {}
    values = {"trafficking": "no" if back else "yes"}
    details.change(
        watched.child, values, topic="trafficking", version=version, by=watched.manager, at=at, **two
    )


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", a_third(["done", "not_needed"], "said before"))
def test_what_was_said_before_there_were_signs_is_owed_anew_once_they_come(watched, episode, answer):
    said(episode, Duty.NRM_CONSIDERED, answer, watched, at=GONE + HOUR)
    sweep.sweep_all(now=GONE + 80 * HOUR)
    assert climbs() == [], "without signs nobody is asked for more"
    signs_at = GONE + 90 * HOUR
    tick(watched, at=signs_at)
    assert {kind: (steps(episode)[kind].done_at, steps(episode)[kind].due_at) for kind in BOTH} == {
        Duty.NRM_REFERRAL: (None, signs_at + 24 * HOUR),
        Duty.NRM_CONSIDERED: (None, signs_at + 72 * HOUR),
    }
    sweep.sweep_all(now=signs_at + 72 * HOUR - MINUTE)
    assert climbs() == [("nrm_referral", "R2", signs_at + 72 * HOUR - MINUTE)]
    sweep.sweep_all(now=signs_at + 72 * HOUR)
    assert climbs()[1:] == [("nrm_considered", "R5", signs_at + 72 * HOUR)]
    said(episode, Duty.NRM_REFERRAL, "done", watched, at=signs_at + 73 * HOUR)
    sweep.sweep_all(now=signs_at + 73 * HOUR)
    assert not Alert.objects.open().filter(clock__duty__in=BOTH).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("refers", [True, False])
def test_of_signs_that_come_after_a_word_nobody_above_hears_where_they_are_referred_or_answered_in_time(
    watched, episode, refers
):
    said(episode, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + HOUR)
    tick(watched, at=GONE + 10 * HOUR)
    if refers:
        refer(watched, at=GONE + 20 * HOUR)
    else:
        said(episode, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + 20 * HOUR)
    assert {steps(episode)[kind].done_at for kind in BOTH} == {GONE + 20 * HOUR}
    # The same signs again, and what else is on record of the child, open nothing.
    duty_steps.follow_facts([episode], at=GONE + 30 * HOUR)
    sweep.sweep_all(now=GONE + 100 * HOUR)
    assert climbs() == []


def test_signs_that_are_referred_with_the_same_form_open_nothing_and_once_that_is_withdrawn_both(
    watched, episode
):
    said(episode, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + HOUR)
    referral = refer(watched, at=GONE + 2 * HOUR)
    assert steps(episode)[Duty.NRM_CONSIDERED].done_at == GONE + HOUR
    withdraw(referral, watched, at=GONE + 3 * HOUR)
    standing = steps(episode)
    assert {standing[kind].done_at for kind in BOTH} == {None}
    assert standing[Duty.NRM_CONSIDERED].due_at == GONE + 75 * HOUR


@pytest.mark.by_turns
def test_signs_that_two_people_took_back_and_that_come_again_are_not_answered_by_what_was_said_of_the_first(
    watched, episode
):
    tick(watched, at=GONE + HOUR)
    said(episode, Duty.NRM_REFERRAL, "not_needed", watched, at=GONE + 2 * HOUR)
    tick(watched, at=GONE + 3 * HOUR, back=True)
    assert {steps(episode)[kind].done_at for kind in BOTH} == {GONE + 2 * HOUR}
    tick(watched, at=GONE + 4 * HOUR)
    standing = steps(episode)
    assert {standing[kind].done_at for kind in BOTH} == {None}
    assert standing[Duty.NRM_REFERRAL].due_at == GONE + 28 * HOUR


@pytest.mark.by_turns
def test_an_answer_of_before_the_signs_stays_to_be_read_and_to_withdraw_it_opens_nothing(watched, episode):
    before = said(episode, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + HOUR)
    may = {Permission.SEE_RECORD, Permission.CONFIRM_EPISODE}

    def row() -> step_rows.StepRow:
        rows = step_rows.of(episode, may=may, now=GONE + 30 * HOUR)
        return next(one for one in rows if one.step.kind == Duty.NRM_CONSIDERED)

    assert (list(row().before), bool(row().take_back)) == ([], True)
    tick(watched, at=GONE + 10 * HOUR)
    assert (list(row().before), row().take_back, bool(row().href)) == ([before], "", True)
    after = said(episode, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + 20 * HOUR)
    assert list(row().before) == [before]
    assert str(after.pk) in row().take_back
    assert not step_answers.is_owed_again(before)
    step_answers.withdraw(before, reason="Of another child", by=watched.manager, at=GONE + 21 * HOUR)
    assert {steps(episode)[kind].done_at for kind in BOTH} == {GONE + 20 * HOUR}


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", a_third(BOTH, "an answer of both"))
def test_an_answer_of_both_that_is_withdrawn_opens_both_though_one_was_answered_before_the_signs(
    watched, episode, kind
):
    said(episode, Duty.NRM_CONSIDERED, "done", watched, at=GONE + HOUR)
    signs_at = GONE + 10 * HOUR
    tick(watched, at=signs_at)
    of_both = said(episode, kind, "done", watched, at=GONE + 20 * HOUR)
    assert {steps(episode)[one].done_at for one in BOTH} == {GONE + 20 * HOUR}
    step_answers.withdraw(of_both, reason="Of another child", by=watched.manager, at=GONE + 21 * HOUR)
    assert {steps(episode)[one].done_at for one in BOTH} == {None}
    sweep.sweep_all(now=signs_at + 72 * HOUR)
    assert ("nrm_considered", "R5", signs_at + 72 * HOUR) in climbs()


@pytest.mark.by_turns
def test_of_signs_that_nobody_refers_the_manager_hears_at_once_and_the_director_after_three_days_once(
    watched, suspected
):
    sweep.sweep_all(now=GONE + 72 * HOUR - MINUTE)
    assert climbs() == [("nrm_referral", "R2", HEARD)], "the signs had waited for longer than a day"
    sweep.sweep_all(now=GONE + 72 * HOUR)
    sweep.sweep_all(now=GONE + 240 * HOUR)
    assert climbs() == [("nrm_referral", "R2", HEARD), ("nrm_considered", "R5", GONE + 72 * HOUR)]
    mails = Message.objects.filter(wording="duty_step", channel="mail", step="R5", user=watched.director)
    assert mails.count() == 1, "with what else is owed by then"


@pytest.mark.by_turns
def test_a_referral_in_time_is_told_to_nobody_above_the_manager(watched, suspected):
    refer(watched, at=GONE + 71 * HOUR)
    assert {steps(suspected)[kind].answer for kind in BOTH} == {"done"}
    sweep.sweep_all(now=GONE + 100 * HOUR)
    assert climbs() == [("nrm_referral", "R2", HEARD)]


EITHER = [(kind, answer) for kind in BOTH for answer in ("done", "not_needed")]


@pytest.mark.by_turns
@pytest.mark.parametrize(("kind", "answer"), counts([EITHER[0], EITHER[3]], EITHER))
def test_one_answer_is_of_both_and_so_is_taking_it_back(watched, suspected, kind, answer):
    one = said(suspected, kind, answer, watched, at=GONE + HOUR)
    for step in (steps(suspected)[duty] for duty in BOTH):
        assert (step.done_at, step.answer, step.note) == (GONE + HOUR, answer, "Said by the police")
        assert step.done_by == watched.manager
    sweep.sweep_all(now=GONE + 73 * HOUR)
    assert climbs() == [("nrm_referral", "R2", HEARD)]
    step_answers.withdraw(one, reason="Of another child", by=watched.manager, at=GONE + 74 * HOUR)
    assert {steps(suspected)[duty].done_at for duty in BOTH} == {None}
    sweep.sweep_all(now=GONE + 74 * HOUR)
    assert ("nrm_considered", "R5", GONE + 74 * HOUR) in climbs()


def test_what_each_was_answered_by_itself_is_taken_back_by_itself(watched, episode):
    of_considered = said(episode, Duty.NRM_CONSIDERED, "not_needed", watched, at=GONE + HOUR)
    suspect(watched)
    duty_steps.follow_facts([episode], at=GONE + 2 * HOUR)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at is None, "nobody knew of signs then"
    said(episode, Duty.NRM_REFERRAL, "not_needed", watched, at=GONE + 3 * HOUR)
    step_answers.withdraw(of_considered, reason="Of another child", by=watched.manager, at=GONE + 4 * HOUR)
    assert steps(episode)[Duty.NRM_REFERRAL].done_at == GONE + 3 * HOUR


@pytest.mark.by_turns
@pytest.mark.parametrize("answered", [False, True])
def test_a_search_that_runs_asks_for_what_it_did_not_and_not_where_somebody_has_said(
    watched, answered, monkeypatch
):
    """A search that began before the director heard of signs that nobody refers."""

    def before(facts: duties.DutyFacts, rules: Sequence[duties.Rule]) -> tuple[duties.Planned, ...]:
        return planned(facts, [rule for rule in rules if rule.duty != Duty.NRM_CONSIDERED])

    planned = duties.planned
    suspect(watched)
    with monkeypatch.context() as patched:
        patched.setattr(duties, "planned", before)
        episode = missing(watched.child, by=watched.worker, at=GONE)
        sweep.sweep_all(now=GONE)
        if answered:
            said(episode, Duty.NRM_REFERRAL, "not_needed", watched, at=GONE + HOUR)
    assert Duty.NRM_CONSIDERED not in steps(episode)
    duty_steps.follow_facts([episode], at=GONE + 2 * HOUR)
    considered = steps(episode)[Duty.NRM_CONSIDERED]
    assert considered.due_at == GONE + 72 * HOUR
    if answered:
        assert (considered.done_by, considered.answer) == (watched.manager, "not_needed")
    else:
        assert considered.done_at is None


@pytest.mark.by_turns
def test_after_a_referral_is_withdrawn_the_director_hears_three_days_from_then_and_after_the_manager(
    watched, suspected
):
    gone_back = GONE + 80 * HOUR
    withdraw(refer(watched, at=GONE + HOUR), watched, at=gone_back)
    sweep.sweep_all(now=gone_back + 72 * HOUR - MINUTE)
    assert [one[:2] for one in climbs()] == [("nrm_referral", "R2")] * 2
    sweep.sweep_all(now=gone_back + 72 * HOUR)
    assert climbs()[-1] == ("nrm_considered", "R5", gone_back + 72 * HOUR)


@pytest.mark.by_turns
def test_signs_that_come_in_a_search_put_off_nothing_that_the_director_hears(watched, episode):
    suspect(watched)
    Child.objects.filter(pk=watched.child.pk).update(registered_at=GONE + 10 * HOUR)
    duty_steps.follow_facts([episode], at=GONE + 10 * HOUR)
    assert steps(episode)[Duty.NRM_REFERRAL].due_at == GONE + 34 * HOUR
    assert steps(episode)[Duty.NRM_CONSIDERED].due_at == GONE + 72 * HOUR

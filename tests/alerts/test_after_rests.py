"""What an ending opened, and the child is gone again, or held for an adult: nobody is late with whoever cannot be asked."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from alerts import after_rests, policies, standings, sweep
from alerts.duties import Duty
from alerts.models import Alert, DutyStep, Message, PolicyVersion
from cases import ages, episodes
from cases.models import MissingEpisode, Role
from cases.states import AgeStatus
from tests.factories import AT, Watched, a_person, a_watched_child, ended, missing, seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
BACK = AT + timedelta(days=50)


@pytest.fixture(autouse=True)
def _in_force():
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=AT)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def gone_and_back(
    watched: Watched, *, at: datetime, hours: float, outcome: str = "returned"
) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=at - hours * HOUR)
    sweep.sweep_all(now=at - hours * HOUR)
    episode = ended(episode, outcome=outcome, at=at)
    seen(watched.child, by=watched.carer, at=at)
    return episode


@pytest.fixture
def first(watched: Watched) -> MissingEpisode:
    """The child was missing for five hours, and is back."""
    return gone_and_back(watched, at=BACK, hours=5)


def interview(episode: MissingEpisode) -> DutyStep:
    return DutyStep.objects.get(episode=episode, kind=Duty.RETURN_INTERVIEW)


def heard(episode: MissingEpisode, duty: Duty = Duty.RETURN_INTERVIEW) -> Counter[tuple[str, str]]:
    """In how many alerts of this step each has heard of it, by rung and post."""
    rows = Message.objects.filter(wording="duty_step", episode=episode, items__alert__clock__duty=duty)
    told = rows.values_list("items__alert", "step", "post").distinct()
    return Counter((step, post) for _alert, step, post in told)


@pytest.mark.by_turns(8)
def test_who_had_heard_hears_again_a_day_later_and_no_night_call_comes_with_the_return(watched, first):
    sweep.sweep_all(now=BACK + 73 * HOUR)
    Message.objects.filter(wording="duty_step").update(status="sent", sent_at=BACK + 73 * HOUR)
    before = heard(first)
    assert (before["R1", "worker"], before["R2", "manager"], before["R4", "head"]) == (1, 1, 0)
    # Late by an hour and looked for from then on, for ten days: nobody can be asked.
    home = BACK + 313 * HOUR
    gone_and_back(watched, at=home, hours=240)
    sweep.sweep_all(now=home)
    assert heard(first) == before
    step = interview(first)
    assert step.is_late(home)
    assert standings.of([watched.child.pk], now=home)[watched.child.pk].interview_by == step.due_at
    # Of the 96 hours after which the head hears 23 were left, and whoever stands below hears no later.
    sweep.sweep_all(now=home + 22 * HOUR)
    assert heard(first) == before
    sweep.sweep_all(now=home + 23 * HOUR)
    after = heard(first)
    assert (after["R1", "worker"], after["R2", "manager"], after["R4", "head"]) == (2, 2, 1)


@pytest.mark.by_turns
def test_each_search_puts_off_by_its_own_time_and_no_step_is_put_off_for_ever(watched, first):
    due_at = interview(first).due_at
    second = gone_and_back(watched, at=BACK + 30 * HOUR, hours=10)
    assert interview(first).due_at == due_at + 10 * HOUR
    gone_and_back(watched, at=BACK + 60 * HOUR, hours=20)
    assert interview(first).due_at == due_at + 30 * HOUR
    assert interview(second).due_at == BACK + 30 * HOUR + 72 * HOUR + 20 * HOUR
    assert not heard(first)
    sweep.sweep_all(now=due_at + 30 * HOUR)
    assert (heard(first)["R2", "manager"], heard(second)["R2", "manager"]) == (1, 0)


@pytest.mark.by_turns
def test_a_step_that_was_answered_and_what_is_asked_of_others_stay_as_they_were(watched, first):
    DutyStep.objects.filter(episode=first, kind=Duty.PREVENTION_INTERVIEW).update(
        done_at=BACK + HOUR, done_by=watched.worker, answer="done", note="Held"
    )
    gone_and_back(watched, at=BACK + 30 * HOUR, hours=10)
    step = DutyStep.objects.get(episode=first, kind=Duty.PREVENTION_INTERVIEW)
    assert (step.due_at, step.past) == (BACK + 24 * HOUR, [])


def test_a_silence_that_nobody_confirmed_puts_nothing_off():
    silence = MissingEpisode(status="ended", opened_at=BACK, ended_at=BACK + HOUR)
    assert after_rests.sought_from(silence) is None
    # A fail-safe has told the police: the child was looked for from then on, whatever it turns out to have been.
    silence.find_me_at = silence.police_owed_at = BACK + HOUR / 2
    assert after_rests.sought_from(silence) == BACK + HOUR / 2


@pytest.mark.by_turns
@pytest.mark.parametrize("began", ["away", "silence"])
def test_who_was_away_before_it_was_missing_is_asked_for_as_much_later_as_both_lasted(watched, first, began):
    due_at, away_at = interview(first).due_at, BACK + 40 * HOUR
    if began == "silence":
        # While nobody had confirmed that it asked for the interview all the same.
        episodes.open_unconfirmed([(watched.child, BACK + 30 * HOUR)], at=away_at - 5 * HOUR)
    episodes.report_away(watched.child, whereabouts="A cousin", reason="", by=watched.worker, at=away_at)
    again = missing(watched.child, by=watched.worker, at=away_at + 72 * HOUR)
    home = away_at + 75 * HOUR
    sweep.sweep_all(now=home - HOUR)
    ended(again, at=home)
    seen(watched.child, by=watched.carer, at=home)
    assert interview(first).due_at == due_at + 75 * HOUR
    sweep.sweep_all(now=home)
    assert not heard(first)
    sweep.sweep_all(now=due_at + 75 * HOUR)
    assert heard(first)["R2", "manager"] == 1


def decided(watched: Watched, status: str, *, at: datetime) -> None:
    second = a_person(Role.TEAM_MANAGER, team=watched.team) if status == AgeStatus.ASSESSED_ADULT else None
    decision = ages.Decision(
        age_status=status, decided_date=at.date(), decided_by="Northmere", grounds="Two social workers"
    )
    ages.decide(watched.child, decision, seconded_by=second, by=watched.manager, at=at)


@pytest.mark.by_turns(8)
def test_who_was_held_for_an_adult_meanwhile_is_asked_for_as_much_later(watched):
    decided(watched, AgeStatus.IN_PROGRESS, at=BACK - 200 * HOUR)
    first = gone_and_back(watched, at=BACK, hours=5)
    decided(watched, AgeStatus.ASSESSED_ADULT, at=BACK + 10 * HOUR)
    sweep.sweep_all(now=BACK + 100 * HOUR)
    assert not heard(first)
    # A search goes on whatever the age: it puts off by its own time, and is counted once.
    gone_and_back(watched, at=BACK + 120 * HOUR, hours=20)
    again = BACK + 300 * HOUR
    decided(watched, AgeStatus.UNDER_CHALLENGE, at=again)
    sweep.sweep_all(now=again)
    assert not heard(first)
    assert interview(first).due_at == again + 62 * HOUR
    sweep.sweep_all(now=again + 62 * HOUR)
    assert heard(first)["R2", "manager"] == 1
    assert Alert.objects.open().filter(clock__duty=Duty.RETURN_INTERVIEW, clock__episode=first).exists()

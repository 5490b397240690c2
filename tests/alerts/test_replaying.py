"""A replay of the policy in force tells what the real engine told over the same facts: the same alerts, instants and rungs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import escalations, pasts, policies, policy_shelf, publications
from alerts.models import Alert, AlertStep, Clock, PolicyVersion
from alerts.replaying import Book, in_force
from alerts.schedule import Row, Step, StepTime
from cases import contacts, episodes
from cases.models import Child, Contact, MissingEpisode
from tests.alerts.replays import Punctual, agrees, replayed
from tests.counts import counts
from tests.factories import AT, Watched, a_watched_child, ended, not_here, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# For whose clocks the engine is never late: those that are compared.
NEVER_LATE = counts(pasts.REPLAYED, Clock.Kind.values)


class Life(Punctual):
    """One child and another of the same house; each deed at an instant of its own, then a punctual sweep."""

    def __init__(self, at: datetime = AT, **details: Any) -> None:
        self.w: Watched = a_watched_child(at=at, **details)
        self.start = at
        super().__init__(at, NEVER_LATE)
        self.sweep()

    @property
    def child(self) -> Child:
        return Child.objects.get(pk=self.w.child.pk)

    @property
    def episode(self) -> MissingEpisode | None:
        return MissingEpisode.objects.open().filter(child=self.w.child).first()

    def do(self, what: Callable[..., Any], *words: Any, **fields: Any) -> Any:
        """One verb now, and a sweep."""
        done = what(*words, at=self.now, **fields)
        self.sweep()
        return done

    def see(self, ago: timedelta = timedelta(0), **fields: Any) -> Contact | None:
        return self.do(seen, self.child, by=self.w.carer, happened_at=self.now - ago, **fields)

    def publish(self, key: str, change: Callable[[Row], Row], *, begins: datetime) -> PolicyVersion:
        last = PolicyVersion.objects.filter(key=key).latest("version")
        version: PolicyVersion = self.do(
            publications.publish_figures,
            key,
            policies.row_data(change(policies.row_of(last))),
            reason="As the board decided",
            takes_effect_at=begins,
            seconded_by=self.w.head,
            by=self.w.manager,
        )
        return version

    def agrees(self) -> list[Any]:
        assert not AlertStep.objects.filter(met=AlertStep.Met.NOBODY).exists(), "somebody stands on each rung"
        return agrees(self.w.child.pk, self.start, self.now)


def later(row: Row, **spans: timedelta) -> Row:
    """The row with other spans after which its steps are owed."""
    return replace(
        row,
        steps=tuple((step, StepTime(after=spans[step]) if step in spans else at) for step, at in row.steps),
    )


@pytest.mark.by_turns
def test_a_silence_climbs_to_the_director_at_the_same_instants() -> None:
    life = Life()
    life.go_to(AT + 3 * DAY)
    lines = life.agrees()
    climbed = {step for line in lines for step, _owed, _at in line.climbed}
    assert {*Step, "call_0", "call_120"} <= climbed


@pytest.mark.by_turns(8)
def test_a_period_may_begin_before_the_child_is_known_and_end_before_it_was() -> None:
    life = Life()
    life.go_to(AT + 7 * HOUR)
    assert agrees(life.child.pk, AT - 9 * DAY, life.now) == life.agrees()
    assert replayed(life.child.pk, AT - 9 * DAY, AT) == []


@pytest.mark.by_turns
def test_a_policy_made_stricter_in_the_middle_agrees() -> None:
    life = Life()
    life.go_to(AT + 2 * HOUR)
    life.publish(
        "first_72_hours",
        lambda row: later(row, R0=5 * MINUTE, R1=5 * MINUTE, R3=40 * MINUTE),
        begins=AT + 27 * HOUR,
    )
    for hours in (6, 10, 12, 14, 23, 26):
        life.go_to(AT + hours * HOUR - 15 * MINUTE)
        life.see()
    life.go_to(AT + 30 * HOUR)
    # The roll-call at midday is missed on both days.
    midday = (AT + 4 * HOUR + 30 * MINUTE, AT + 28 * HOUR + 30 * MINUTE)
    missed = {line.due_at: dict(step[:2] for step in line.climbed) for line in life.agrees()}
    waits = [(missed[due_at]["R0"] - due_at, missed[due_at]["R3"] - due_at) for due_at in midday]
    assert waits == [(30 * MINUTE, HOUR), (5 * MINUTE, 40 * MINUTE)]


@pytest.mark.by_turns
def test_a_sighting_written_down_late_ends_what_it_ends_when_it_is_written() -> None:
    life = Life()
    life.go_to(AT + 5 * HOUR + 40 * MINUTE)
    life.see(ago=90 * MINUTE)
    life.go_to(AT + 8 * HOUR)
    (line, *_later) = life.agrees()
    assert [step for step, _owed, _at in line.climbed] == ["R0", "R1", "R2", "R3"]
    assert line.ended_at == f"{AT + 5 * HOUR + 40 * MINUTE:%d %H:%M:%S}"


@pytest.mark.by_turns
def test_a_sighting_withdrawn_puts_the_clock_back_to_what_it_owed() -> None:
    life = Life()
    life.go_to(AT + 4 * HOUR)
    wrong = life.see()
    life.go_to(AT + 5 * HOUR + 45 * MINUTE)
    life.do(contacts.withdraw, wrong, reason="The other boy", by=life.w.worker)
    life.go_to(AT + 7 * HOUR)
    (line, *_later) = life.agrees()
    assert [(step, owed < at) for step, owed, at in line.climbed][:4] == [
        ("R0", True),
        ("R1", True),
        ("R2", True),
        ("R3", True),
    ]


@pytest.mark.by_turns(8)
def test_who_presses_that_they_are_on_it_holds_the_fail_safe_in_the_replay_too() -> None:
    life = Life()
    life.go_to(AT + 5 * HOUR + 35 * MINUTE)
    silence = Alert.objects.get(child=life.child, clock__kind="contact")
    life.do(escalations.on_it, silence, by=life.w.desk.person)
    life.go_to(AT + 9 * HOUR)
    (line, *_later) = life.agrees()
    steps = {step: at for step, _owed, at in line.climbed}
    assert steps["fail_safe"] == AT + 6 * HOUR + 5 * MINUTE


@pytest.mark.by_turns
def test_a_search_that_begins_anew_owes_the_police_word_again_in_the_replay_too() -> None:
    life = Life()
    life.go_to(AT + 7 * HOUR)
    assert life.episode is not None
    assert life.episode.fail_safe
    life.do(escalations.confirm_with_child, life.episode, how="saw", by=life.w.desk.person)
    life.go_to(AT + 8 * HOUR)
    life.do(not_here, life.child, by=life.w.carer)
    life.go_to(AT + 10 * HOUR)
    # The first ladder ends, and one counts from the look.
    calls = [line.due_at for line in life.agrees() if line.kind == "call"]
    assert calls == [AT + 6 * HOUR, AT + 8 * HOUR]
    # Under a policy whose fail-safe had not gone by then the look alone owes it.
    looser = replayed(life.child.pk, AT, life.now, proposed(fail_safe=9 * HOUR))
    assert [alert.due_at for alert in looser if alert.kind == "call"] == [AT + 8 * HOUR]


@pytest.mark.by_turns(8)
def test_a_silence_of_whom_somebody_says_where_they_are_stays_away_in_the_replay_too() -> None:
    life = Life()
    life.go_to(AT + 5 * HOUR + 40 * MINUTE)
    said = {"whereabouts": "4 Fell Lane", "reason": "He was not to stay the night"}
    life.do(episodes.report_away, life.child, **said, by=life.w.carer)
    life.go_to(AT + 9 * HOUR)
    (line, *_others) = life.agrees()
    assert "fail_safe" in {step for step, _owed, _at in line.climbed}
    life.do(episodes.become_missing, life.episode, reason="Not there any more", by=life.w.carer)
    life.go_to(AT + 12 * HOUR)
    life.agrees()
    looser = replayed(life.child.pk, AT, life.now, proposed(fail_safe=9 * HOUR))
    assert [alert.due_at for alert in looser if alert.kind == "call"] == [AT + 9 * HOUR]


@pytest.mark.by_turns
def test_a_stricter_policy_would_have_told_the_police_of_a_child_who_was_seen_before_they_were() -> None:
    life = Life()
    # The roll-call ends at 13:30; the child is written down at 14:40, and the fail-safe goes at 15:00.
    life.go_to(AT + 5 * HOUR + 40 * MINUTE)
    life.see()
    life.go_to(AT + 8 * HOUR)
    assert not Alert.objects.filter(clock__kind="call").exists()
    raised = replayed(life.child.pk, AT, life.now, proposed(fail_safe=65 * MINUTE))
    (call,) = [alert for alert in raised if alert.kind == "call"]
    assert [(one.step, one.owed_at) for one in call.climbed] == [("call_0", AT + 5 * HOUR + 35 * MINUTE)]
    assert call.silent_since == AT + 4 * HOUR + 30 * MINUTE
    # Nobody was there to end a search that there was not: it ends with the sighting, and the alert with it.
    assert {alert.ended_at for alert in raised} == {AT + 5 * HOUR + 40 * MINUTE}


@pytest.mark.by_turns(8)
def test_a_looser_policy_would_not_have_told_the_police_and_opens_nothing_while_people_had_a_search() -> None:
    life = Life()
    life.go_to(AT + 6 * HOUR + 20 * MINUTE)
    life.see()
    assert life.episode is not None
    assert life.episode.reported_seen_at is not None
    # The roll-call at teatime passes: nobody asks for it while the search is open.
    life.go_to(AT + 12 * HOUR)
    life.do(ended, life.episode, by=life.w.desk.person)
    life.go_to(AT + 13 * HOUR)
    assert {line.kind for line in life.agrees()} == {"contact", "call"}
    raised = replayed(life.child.pk, AT, life.now, proposed(fail_safe=3 * HOUR))
    (silence,) = raised
    assert (silence.kind, silence.ended_at) == ("contact", AT + 6 * HOUR + 20 * MINUTE)


@pytest.mark.by_turns
def test_what_people_confirmed_reaches_the_police_under_every_policy() -> None:
    life = Life()
    life.go_to(AT + 5 * HOUR + 45 * MINUTE)
    life.do(episodes.confirm, life.episode, by=life.w.desk.person)
    life.go_to(AT + 9 * HOUR)
    life.agrees()
    own = AT + 5 * HOUR + 45 * MINUTE
    books = {
        proposed(fail_safe=3 * HOUR): own,
        proposed(R3=2 * HOUR, fail_safe=3 * HOUR): own,
        proposed(fail_safe=70 * MINUTE): own - 5 * MINUTE,
    }
    for book, told_at in books.items():
        (call,) = [alert for alert in replayed(life.child.pk, AT, life.now, book) if alert.kind == "call"]
        assert call.due_at == told_at


@pytest.mark.by_turns
def test_a_proposed_spacing_of_the_calls_counts_from_the_start_of_the_period() -> None:
    life = Life()
    life.go_to(AT + 9 * HOUR)
    calls = policies.calls_at(policy_shelf.of_contact().calls(), AT)
    times = replace(calls.times, steps=(timedelta(0), *(20 * MINUTE,) * 2, HOUR, 2 * HOUR))
    book = in_force().proposing(policies.CALL, replace(calls, times=times), start=AT)
    (call,) = [a for a in replayed(life.child.pk, AT, life.now, book) if a.kind == "call"]
    waits = {one.step: one.owed_at - call.due_at for one in call.climbed}
    assert (waits["call_15"], waits["call_30"]) == (20 * MINUTE, 20 * MINUTE)


def proposed(**spans: timedelta) -> Book:
    """What is in force, with other spans for a child in their first 72 hours."""
    row = next(one.row for one in policy_shelf.of_contact().rows() if one.row.key == "first_72_hours")
    return in_force().proposing(row.key, later(row, **spans), start=AT)

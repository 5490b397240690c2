"""One search for each way it can end: every step of it and after it, replayed, is told as the engine told it.

And what no replay covers is named here, clock by clock and policy by policy.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from alerts import after, duties, escalations, force_offers, policies, replay_words, replays, search_replaying
from alerts.duties import Duty
from alerts.models import Clock
from alerts.pasts import REPLAYED
from alerts.policy_words import TITLES
from cases import beds, episodes, found, incidents, restrictions
from cases.deadlines import london_day
from cases.models import EpisodeDecision, MissingEpisode
from cases.states import EpisodeOutcome as Outcome
from tests.alerts.lives import settled
from tests.alerts.replays import (
    KINDS_BESIDE,
    Punctual,
    agrees_beside,
    happened_beside,
    policies_began_long_ago,
)
from tests.counts import counts
from tests.factories import AT, Watched, a_force, a_force_mailbox, decided, ended, missing, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GONE = AT + 2 * HOUR
# For whose clocks the engine is never late.
NEVER_LATE = counts(KINDS_BESIDE, {*Clock.Kind.values})
# After the last step of the first three days.
BACK = GONE + 75 * HOUR
# Whose search asks nothing that no other does: in each run these are gone for an hour, for what comes after it.
NOT_LONG = counts((Outcome.ARRESTED, Outcome.TREATED_AS_ADULT, Outcome.DIED, Outcome.ANOTHER_CHILD), ())
# What is at once by no figure of any policy, and what reads facts of other people and papers than are put back to a past
# day (docs/adr/0081).
TOLD_AT_ONCE = {
    Clock.Kind.AWAY,
    Clock.Kind.SEEN,
    Clock.Kind.NOT_HERE,
    Clock.Kind.APPROACH,
    Clock.Kind.CONCERN,
    Clock.Kind.MESSAGE,
    Clock.Kind.MATE_FOUND,
    Clock.Kind.HEAD_COUNT,
    Clock.Kind.GLASS,
    Clock.Kind.NO_WORKER,
}
LEFT_OUT = {Clock.Kind.GUARDIAN: policies.GUARDIAN, Clock.Kind.PAPERWORK: policies.PAPER}
# Of a found child whom nobody has named, and of no child whose past there is.
OF_NOBODY = {Duty.FOUND_UNNAMED}


def test_each_clock_of_a_child_is_replayed_told_at_once_or_left_out_by_name() -> None:
    covered = {*REPLAYED, *search_replaying.KINDS.values(), Clock.Kind.TRANSFER}
    assert sorted([*covered, *TOLD_AT_ONCE, *LEFT_OUT]) == sorted(Clock.Kind)
    assert {key for key in TITLES if not replays.can_replay(key)} == set(LEFT_OUT.values())
    for key in LEFT_OUT.values():
        assert "not tried on past days" in replay_words.left_out(key)
    assert "a found child whom nobody has named" in replay_words.left_out(policies.DUTY)


class Searches(Punctual):
    """A settled child for each outcome, all gone at one instant and back at another."""

    def __init__(self) -> None:
        # People reported each of them, so none is a late record: that would open nothing that another does not.
        # In each run nobody is safe elsewhere: of that nothing is asked that is not asked of whoever returned.
        others = {Outcome.RECORDING_LATE, *counts([Outcome.SAFE_ELSEWHERE], [])}
        self.of = {outcome: settled() for outcome in Outcome if outcome not in others}
        self.of[Outcome.RETURNED] = settled(placement_type="K2", trafficking="yes")
        self.of[Outcome.ARRESTED] = settled(placement_type="K3")
        self.of[Outcome.STILL_AT_RISK] = settled(birth_date=date(2008, 3, 7))
        # Who went along with the one that is with family, and is not found.
        self.mate = settled()
        super().__init__(AT, NEVER_LATE)
        self.sweep()

    @property
    def all(self) -> list[Watched]:
        return [*self.of.values(), self.mate]

    def search(self, of: Watched) -> MissingEpisode:
        return MissingEpisode.objects.filter(child=of.child).latest("number")

    def at(self, instant: datetime) -> None:
        """What is done next is done now."""
        self.sweep()
        self.go_to(instant)

    def report(self, of: Watched, **said: Any) -> None:
        missing(of.child, by=of.carer, at=self.now, **said)

    def end(self, of: Watched, outcome: str) -> None:
        ended(self.search(of), outcome=outcome, by=of.desk.person, at=self.now)

    def see(self, *, but: set[str]) -> None:
        for outcome, one in self.of.items():
            if outcome not in but:
                seen(one.child, by=one.carer, at=self.now)


def lived(them: Searches) -> None:
    """Nobody answers anything; beside the searches stands what each step that is asked of few waits for."""
    again, held = them.of[Outcome.RETURNED], them.of[Outcome.HOSPITAL]
    for minutes in (10, 40):
        them.at(AT + minutes * MINUTE)
        them.report(again)
        them.at(them.now + MINUTE)
        them.end(again, Outcome.RETURNED)
    them.at(GONE)
    not_long = [them.of[outcome] for outcome in NOT_LONG]
    for one in them.all:
        if one not in not_long:
            them.report(one, tell_also="His teacher" if one is again else "")
    w = them.of[Outcome.WITH_FAMILY]
    apart, mate = them.search(w), them.search(them.mate)
    incidents.join(apart, mate, by=w.carer, at=them.now)
    restrictions.restrict(w.child, reason="A threat", named=[w.manager], by=w.manager, at=them.now)

    them.at(GONE + 3 * HOUR)
    public = them.of[Outcome.ABROAD]
    for kind, answer in (
        (EpisodeDecision.Kind.PUBLICITY, EpisodeDecision.Answer.YES),
        (EpisodeDecision.Kind.CHILD_RESCUE_ALERT, EpisodeDecision.Answer.ASKED),
    ):
        decided(them.search(public), kind, answer, by=public.desk.person, at=them.now)
    said = {"last_date": london_day(GONE + 2 * DAY), "said_by": "R. Adeyemi"}
    beds.keep(them.search(held), **said, by=held.worker, at=them.now)

    them.at(GONE + 5 * HOUR)
    told = {"force": public.force, "officer": "PC Penrowe", "incident_reference": "NM-7"}
    escalations.verify(them.search(public), **told, by=public.desk.person, at=them.now)
    elsewhere, w = a_force(), them.mate
    a_force_mailbox(elsewhere)
    offered = {"to": elsewhere, "said_by": "DS Harrow", "reason": "Seen there"}
    force_offers.offer(them.search(w), **offered, by=w.desk.person, at=them.now)

    them.at(GONE + 30 * HOUR)
    looks = found.Described(found_at=them.now - HOUR, place="The pier", found_by="A guard", looks="A scar")
    given = {"by": w.desk.person, "at": them.now}
    row = found.write_down(looks, authority=w.authority, key=uuid.uuid4(), **given)
    them.at(GONE + 31 * HOUR)
    found.propose(row, them.search(w), by=w.desk.person, at=them.now)

    them.at(BACK - HOUR)
    for one in not_long:
        them.report(one)
    them.at(BACK)
    for outcome, one in them.of.items():
        died = outcome in (Outcome.DIED, Outcome.ANOTHER_CHILD)
        them.end(one, Outcome.DIED if died else outcome)
    them.at(BACK + HOUR)
    them.see(but={Outcome.DIED, Outcome.ANOTHER_CHILD})
    them.at(BACK + 5 * HOUR)
    w = them.of[Outcome.ANOTHER_CHILD]
    said = {"told_by": "The coroner's officer", "reason": "Other fingerprints", "seconded_by": w.manager}
    episodes.was_another(them.search(w), **said, by=w.desk.person, at=them.now)
    for hours in (60, 120, 180):
        them.at(BACK + hours * HOUR)
        them.see(but={Outcome.DIED, Outcome.ANOTHER_CHILD})
    them.at(BACK + 9 * DAY)


@pytest.mark.by_turns
def test_each_step_of_a_search_and_after_each_ending_is_told_as_the_engine_told_it() -> None:
    policies_began_long_ago()
    them = Searches()
    lived(them)
    told = set()
    for start in counts((AT, BACK + 50 * HOUR), (AT, GONE + 25 * HOUR, BACK + 50 * HOUR)):
        agrees_beside([one.child.pk for one in them.all], start, them.now)
    for one in them.all:
        for key in (policies.DUTY, policies.AFTER):
            told |= {line.kind for line in happened_beside(one.child.pk, key, AT, them.now)}
    rules = (*duties.DEFAULT_RULES, *after.DEFAULT_RULES)
    assert told == {rule.duty for rule in rules if rule.escalates} - OF_NOBODY, (
        "each step that anybody hears of"
    )

"""A proposed row of the settled, of journeys or of head counts replayed: what the engine told of whoever lived by it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from alerts import escalations, head_counts, on_journey, pasts
from alerts.models import AlertStep, PolicyVersion
from cases.models import Child, Journey, Means, MissingEpisode
from tests.alerts.lives import Lives, a_mate, settled
from tests.alerts.replays import Line, happened
from tests.alerts.test_proposed_policies import same
from tests.counts import counts
from tests.factories import AT, Watched, confirmed, ended, missing, out, planned, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What each council after the first agrees, beside what is delivered: sooner, later, and what is no rung of silence.
SETTLED: Sequence[dict[str, int]] = (
    {"interval": 48 * 60, "R0": 570, "R2": 20 * 60, "R3": 1290, "R4": 30 * 60, "R5": 60 * 60},
    {"interval": 100 * 60, "R3": 40 * 60, "R4": 60 * 60, "back_by": 30},
    {"second_eyes": 2 * 24 * 60},
)
IN_TRANSIT: Sequence[dict[str, int]] = (
    {"interval": 60, "R0": 5, "R2": 10, "R3": 30, "fail_safe": 45, "R4": 60, "R5": 180},
    {"R0": 25, "R2": 55, "R3": 80, "fail_safe": 140, "R4": 200, "R5": 700},
)
HEAD_COUNT: Sequence[dict[str, int]] = (
    {"interval": 20, "watched_for": 96 * 60, "R2": 15, "R3": 40, "fail_safe": 60, "R4": 100},
    {"interval": 60, "watched_for": 48 * 60},
)


def at(hours: float) -> datetime:
    return AT + hours * HOUR + MINUTE


class Days(Lives):
    """What is done of every child at once; whoever is found of whom the police were told is looked for no more."""

    def see(self, hours: float, means: str = Means.FACE_TO_FACE) -> None:
        self.do(lambda one: self._seen(one, one.child, means), at=at(hours))

    def see_both(self, hours: float) -> None:
        """The other of the house as well, unless it is looked for."""
        self.do(lambda one: [self._seen(one, child, Means.FACE_TO_FACE) for child in both(one)], at=at(hours))

    def name_an_officer(self, hours: float) -> None:
        said = {"officer": "PC Penrowe", "incident_reference": "NM-7"}
        self.do(
            lambda one: escalations.verify(
                search_of(one.child), force=one.force, **said, by=one.desk.person, at=self.now
            ),
            at=at(hours),
        )

    def report(self, hours: float, who: Callable[[Watched], Child]) -> None:
        self.do(lambda one: missing(who(one), by=one.carer, at=self.now), at=at(hours))

    def _seen(self, one: Watched, child: Child, means: str) -> None:
        search = MissingEpisode.objects.open().filter(child=child).first()
        if search is not None and search.opened_by is not None and child != one.child:
            return
        seen(child, by=one.carer, at=self.now, means=means, knows_child=True)
        if search is not None and search.police_owed_at is not None:
            self.find(one, child)

    def find(self, one: Watched, child: Child) -> None:
        ended(search_of(child), by=one.desk.person, at=self.now)


def search_of(child: Child) -> MissingEpisode:
    return MissingEpisode.objects.open().get(child=child)


def mate_of(one: Watched) -> Child:
    return Child.objects.filter(placements__home=one.home).exclude(pk=one.child.pk).get()


def both(one: Watched) -> list[Child]:
    return [one.child, mate_of(one)]


def with_a_mate() -> Watched:
    one = settled()
    a_mate(one)
    return one


def agreed(key: str, proposed: Sequence[dict[str, int]], lived: Callable[[Days], None], made=settled) -> None:
    """The first goes by what is delivered and each other by one proposal; each replay tells what the other life was told.

    In each run the first proposal is lived by, and in full all.
    """
    proposed = counts(proposed[:1], proposed)
    lives = Days(1 + len(proposed), made)
    plain, *others = lives.all
    data = [lives.agree(one, key, **values) for one, values in zip(others, proposed, strict=True)]
    lived(lives)
    until = lives.now
    compared = AlertStep.objects.filter(alert__clock__kind__in=pasts.REPLAYED)
    assert not compared.filter(met=AlertStep.Met.NOBODY).exists(), "somebody stands on each rung"
    delivered = PolicyVersion.objects.get(key=key, authority=None)
    was = happened(plain.child.pk, AT, until)
    for one, own in zip(others, data, strict=True):
        would = happened(one.child.pk, AT, until)
        assert would != was, f"{key} changes nothing"
        same(plain, {key: own}, would, until)
        same(one, {key: delivered.data}, was, until)
    assert rungs_of(was) >= {"R1", "R2", "R3", "R4", "R5", "call_0", "call_60"}


def rungs_of(lines: Sequence[Line]) -> set[str]:
    return {step for line in lines for step, *_at in line.climbed}


@pytest.mark.by_turns(8)
def test_of_the_settled_the_engine_tells_what_a_replay_tells_of_whoever_lives_by_the_delivered_row() -> None:
    def lived(lives: Days) -> None:
        """Heard by phone too late for the sooner row, not back from an outing, then silent until the carer reports it."""
        lives.see(5)
        lives.see(75, Means.PHONE)
        lives.do(lambda one: out(one.child, by=one.carer, at=lives.now, until=at(84)), at=at(80))
        lives.see(85.2)
        lives.report(280, lambda one: one.child)
        lives.name_an_officer(283)
        lives.see(290)
        lives.go_to(at(292))

    agreed("settled", SETTLED, lived)


@pytest.mark.by_turns
def test_of_a_child_on_the_way_the_engine_tells_what_a_replay_tells_of_whoever_lives_by_the_delivered_row() -> (
    None
):
    def lived(lives: Days) -> None:
        """Two stops confirmed late, one so late that the sooner row had told the police; and then no escort is heard of."""

        def stop(number: int, hours: float) -> None:
            lives.do(lambda one: escort_sees(one, number), at=at(hours))

        def escort_sees(one: Watched, number: int) -> None:
            search = MissingEpisode.objects.open().filter(child=one.child).first()
            journey = Journey.objects.get(child=one.child)
            confirmed(journey, number, by=one.worker, at=lives.now)
            if search is not None and search.police_owed_at is not None:
                lives.find(one, one.child)

        plan = {"departs_at": AT + 2 * HOUR, "stops": 3, "apart": 1.5 * HOUR}
        lives.do(lambda one: planned(one.child, by=one.worker, at=lives.now, **plan), at=at(0.5))
        stop(0, 2)
        stop(1, 3.7)
        stop(2, 6)
        lives.name_an_officer(11)
        lives.see(14.5)
        lives.go_to(at(16))
        assert not Journey.objects.filter(ended_at=None).exists(), "the search has overtaken it"

    agreed(on_journey.ROW, IN_TRANSIT, lived)


@pytest.mark.by_turns
def test_of_head_counts_the_engine_tells_what_a_replay_tells_of_whoever_lives_by_the_delivered_row() -> None:
    def lived(lives: Days) -> None:
        """Seen too late, watched for three days with two roll-calls missed, asked for again and then not found.

        In each run they are asked for again before anybody has watched them for long.
        """
        lives.report(1, mate_of)
        lives.see_both(2.2)
        lives.do(lambda one: lives.find(one, mate_of(one)), at=at(3))
        for hours in counts((), (11.5, 14, 23, 35.5, 38, 47, 61.25, 62, 71, 85.67, 95)):
            lives.see_both(hours)
        again = counts(6, 98)
        lives.report(again, mate_of)
        lives.name_an_officer(again + 4)
        lives.see_both(again + 14)
        lives.go_to(at(again + 15))

    agreed(head_counts.ROW, HEAD_COUNT, lived, with_a_mate)

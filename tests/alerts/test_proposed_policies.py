"""A proposed policy of contact or of the calls replayed: what the real engine told of the child whose council lived by it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import escalations, policies
from alerts.models import Alert, AlertStep, PolicyVersion
from alerts.replaying import in_force
from cases.models import MissingEpisode
from cases.states import IllegalMove
from tests.alerts.lives import Lives
from tests.alerts.replays import Line, are_same, happened, replayed, told
from tests.counts import counts
from tests.factories import AT, Watched, ended, not_here, out, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# What each council after the first agrees, beside what is delivered: sooner, later, at other times, and of the calls.
PROPOSED: tuple[tuple[str, dict[str, int]], ...] = (
    ("first_72_hours", {"R0": 10, "R2": 30, "R3": 45, "fail_safe": 65, "R4": 100, "R5": 600}),
    (
        "first_72_hours",
        {"R0": 45, "R2": 80, "R3": 100, "fail_safe": 170, "R4": 300, "R5": 800, "back_by": 60},
    ),
    (
        "first_72_hours",
        {"midday_opens": 780, "midday_closes": 870, "teatime_opens": 960, "teatime_closes": 1000},
    ),
    ("not_here", {"R4": 20, "R5": 90}),
    (policies.CALL, {"call_15": 5, "call_30": 10, "call_60": 40, "call_120": 200}),
    (policies.CALL, {"ask_after": 120, "stale_after": 10, "ask_within": 600}),
)
# One of contact, of not here and of the calls.
TOGETHER = (0, 3, 4)


def lived(lives: Lives) -> datetime:
    """Seen too late, out and not back, silent until the police ring, found; not there, silent through the night. Gives when."""

    def at(hours: float) -> datetime:
        return AT + hours * HOUR + MINUTE

    def see(one: Watched) -> None:
        """Whoever is seen is not looked for any more: duty ends the search at once."""
        episode = MissingEpisode.objects.open().filter(child=one.child).first()
        seen(one.child, by=one.carer, at=lives.now, knows_child=True)
        if episode is not None:
            ended(MissingEpisode.objects.get(pk=episode.pk), by=one.desk.person, at=lives.now)

    def press(one: Watched) -> None:
        """Who has nothing to hold yet holds nothing."""
        with suppress(IllegalMove, Alert.DoesNotExist):
            alert = Alert.objects.open().get(child=one.child, clock__kind="contact")
            escalations.on_it(alert, by=one.desk.person, at=lives.now)

    def named(one: Watched) -> None:
        said = {"force": one.force, "officer": "PC Penrowe", "incident_reference": "NM-7"}
        search = MissingEpisode.objects.open().get(child=one.child)
        escalations.verify(search, **said, by=one.desk.person, at=lives.now)

    def vain(one: Watched) -> None:
        not_here(one.child, by=one.carer, at=lives.now)

    # The roll-call of midday ends at 13:30: word comes ten minutes after R3, before the fail-safe.
    lives.do(see, at=at(5.65))
    lives.do(lambda one: out(one.child, by=one.carer, at=lives.now, until=at(7.5)), at=at(6))
    lives.do(see, at=at(8.2))
    # Nobody sees the child at teatime, nor in the evening.
    lives.do(press, at=at(10.2))
    lives.do(see, at=at(13.5))
    lives.do(vain, at=at(14.5))
    lives.do(named, at=at(14.9))
    lives.do(see, at=at(26.3))
    until = at(36)
    lives.go_to(until)
    return until


@pytest.mark.by_turns(8)
def test_the_engine_tells_of_whoever_lives_by_a_proposal_what_its_replay_tells_of_whoever_does_not() -> None:
    """In each run one council lives by one proposal of each policy at once, and in full each by one alone as well."""
    together = [dict(PROPOSED[number] for number in TOGETHER)]
    proposed = counts(together, together + [dict([one]) for one in PROPOSED])
    lives = Lives(1 + len(proposed))
    plain, *others = lives.all
    agreed = [
        {key: lives.agree(one, key, **values) for key, values in by_key.items()}
        for one, by_key in zip(others, proposed, strict=True)
    ]
    until = lived(lives)
    assert not AlertStep.objects.filter(met=AlertStep.Met.NOBODY).exists(), "somebody stands on each rung"
    was = happened(plain.child.pk, AT, until)
    delivered = {
        key: PolicyVersion.objects.get(key=key, authority=None).data for key in {key for key, _ in PROPOSED}
    }
    for one, data in zip(others, agreed, strict=True):
        would = happened(one.child.pk, AT, until)
        assert would != was, f"{[*data]} changes nothing"
        same(plain, data, would, until)
        same(one, {key: delivered[key] for key in data}, was, until)


def same(one: Watched, data: Mapping[str, dict[str, Any]], real: list[Line], until: datetime) -> None:
    """The proposals replayed over what is on record of this child tell what the engine told of another."""
    book = in_force()
    for key, proposed in data.items():
        book = book.proposing(key, proposed, start=AT + MINUTE, authority_id=one.authority.pk)
    would = told(replayed(one.child.pk, AT, until, book), until)
    are_same(real, would, about=", ".join(data))

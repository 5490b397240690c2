"""Transfers replayed: what the engine told under the policy in force, and would have under another."""

from datetime import timedelta

import pytest

from alerts import policies, replays, revisions
from alerts.models import PolicyVersion
from alerts.replaying import in_force
from alerts.replays import Period
from cases import ages, transfers
from cases.deadlines import london_day
from cases.models import Transfer
from tests.alerts.lives import Lives
from tests.alerts.replays import happened_beside, replayed_beside
from tests.factories import AT, Watched, a_person, a_team, accepted, an_authority, referred

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.by_turns(8)
def test_transfers_are_told_as_the_engine_told_them_and_would_have() -> None:
    PolicyVersion.objects.filter(key=policies.TRANSFER).update(
        takes_effect_at=AT - DAY, published_at=AT - DAY
    )
    lives = Lives()
    plain, other = lives.all
    agreed = lives.agree(other, policies.TRANSFER, pending=3, reply=1, reply_R2=2, pending_R4=3)
    there = an_authority()
    worker = a_person("social_worker", team=a_team(there))

    def going(one: Watched) -> Transfer:
        return Transfer.objects.get(child=one.child)

    at = AT + HOUR
    lives.do(lambda one: referred(one.child, there, by=one.worker, at=lives.now), at=at)
    # Answered a day too late, and the day of the move passes with nobody to say that the child has left.
    lives.do(lambda one: accepted(going(one), worker, at=lives.now), at=at + 3 * DAY)
    day = london_day(at + 4 * DAY)
    lives.do(
        lambda one: transfers.agree_day(going(one), day, parted="Sad", by=one.worker, at=lives.now),
        at=at + 3 * DAY + HOUR,
    )
    lives.do(
        lambda one: transfers.withdraw(going(one), reason="Stays here", by=one.worker, at=lives.now),
        at=at + 9 * DAY,
    )
    until = at + 9 * DAY + HOUR
    lives.go_to(until)
    was, would = (
        happened_beside(plain.child.pk, policies.TRANSFER, AT, until),
        happened_beside(other.child.pk, policies.TRANSFER, AT, until),
    )
    assert {"reply", "pending", "departure"} <= {line.kind for line in would}
    assert was != would
    for start in (AT, at + 2 * DAY, at + 5 * DAY):
        for one in lives.all:
            assert replayed_beside(one.child.pk, policies.TRANSFER, start, until) == happened_beside(
                one.child.pk, policies.TRANSFER, start, until
            )
    # What the one would have been told by what the other went by, over the facts of its own; and the other way round.
    delivered = revisions.last_of(policies.TRANSFER).data
    for one, data, real in ((plain, agreed, would), (other, delivered, was)):
        of = one.authority.pk
        book = in_force(policies.TRANSFER).proposing(policies.TRANSFER, data, start=AT, authority_id=of)
        assert replayed_beside(one.child.pk, policies.TRANSFER, AT, until, book) == real
        # A transfer keeps what counted when it was referred.
        late = in_force(policies.TRANSFER).proposing(
            policies.TRANSFER, data, start=at + HOUR, authority_id=of
        )
        assert replayed_beside(one.child.pk, policies.TRANSFER, AT, until, late) == happened_beside(
            one.child.pk, policies.TRANSFER, AT, until
        )
    found = replays.compare(
        replays.proposal_of(policies.TRANSFER, agreed, authority_id=plain.authority.pk),
        Period(AT, until),
        [plain.authority.pk],
    )
    assert (found.in_force.alerts, found.proposed.alerts) == (len(was), len(would))
    assert found.proposed.police_messages == 0


@pytest.mark.by_turns(8)
def test_what_was_to_be_shared_is_told_of_from_a_challenge_on_as_the_engine_told_it() -> None:
    PolicyVersion.objects.filter(key=policies.TRANSFER).update(
        takes_effect_at=AT - DAY, published_at=AT - DAY
    )
    lives = Lives(1)
    (one,) = lives.all
    there = an_authority()
    worker = a_person("social_worker", team=a_team(there))

    def agree(_one: Watched) -> None:
        offered = referred(one.child, there, by=one.worker, at=lives.now)
        taken = accepted(offered, worker, at=lives.now)
        transfers.agree_day(taken, london_day(AT + 3 * DAY), by=worker, at=lives.now)

    def decide(status: str) -> None:
        said = ages.Decision(
            age_status=status, decided_date=london_day(lives.now), decided_by="Kent", grounds="x"
        )
        ages.decide(one.child, said, seconded_by=one.manager, by=one.worker, at=lives.now)

    back = AT + 42 * DAY
    lives.do(agree, at=AT + MINUTE)
    lives.do(lambda _one: decide("disputed"), at=AT + HOUR)
    lives.do(lambda _one: decide("assessed_adult"), at=AT + 2 * HOUR)
    lives.do(lambda _one: decide("under_challenge"), at=back)
    until = back + 6 * DAY
    lives.go_to(until)
    told = happened_beside(one.child.pk, policies.TRANSFER, AT, until)
    (shared,) = [line for line in told if line.kind == "shared"]
    assert (shared.opened_at, shared.due_at) == (back + DAY, back + DAY)
    assert replayed_beside(one.child.pk, policies.TRANSFER, AT, until) == told

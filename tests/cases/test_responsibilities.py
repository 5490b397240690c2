"""Exactly one authority is responsible at every instant, and a start is never backdated."""

from datetime import timedelta

import pytest

from cases import responsibilities
from cases.models import Allocation, Responsibility
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import AT, a_child, a_team, an_authority

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=3)


def test_the_sender_is_responsible_to_the_instant_at_which_the_receiver_is():
    sender, receiver = an_authority(), an_authority()
    child = a_child(sender)
    arrived = LATER - timedelta(hours=2)
    with events(child, "responsibility_started") as written:
        responsibilities.start(
            child, authority=receiver, arrived_at=arrived, by=child.registered_by, at=LATER
        )
    before = LATER - timedelta(microseconds=1)
    assert responsibilities.responsible_authority(child, at=AT) == sender
    assert responsibilities.responsible_authority(child, at=before) == sender
    assert responsibilities.responsible_authority(child, at=LATER) == receiver
    assert written[0].data == {"from": sender.code, "to": receiver.code}
    assert Responsibility.objects.get(child=child, authority=receiver).arrived_at == arrived
    assert [row.authority for row in Responsibility.objects.at(before).filter(child=child)] == [sender]
    assert [row.authority for row in Responsibility.objects.at(LATER).filter(child=child)] == [receiver]


def test_nobody_was_responsible_before_the_registration():
    child = a_child()
    with pytest.raises(IllegalMove, match="not registered yet"):
        responsibilities.responsible_authority(child, at=AT - timedelta(seconds=1))


def test_who_is_responsible_already_cannot_start_again():
    authority = an_authority("Saltbridge")
    child = a_child(authority)
    with refused(child, "Saltbridge is responsible already."):
        responsibilities.start(child, authority=authority, by=child.registered_by, at=LATER)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(days=1)])
def test_a_start_before_the_one_that_stands_is_refused(ago):
    child = a_child()
    with refused(child, "Responsibility cannot start before the start that stands."):
        responsibilities.start(child, authority=an_authority(), by=child.registered_by, at=AT - ago)


def test_an_arrival_in_the_future_starts_nothing():
    child = a_child()
    with refused(child, "The arrival must be now or in the past."):
        responsibilities.start(
            child,
            authority=an_authority(),
            arrived_at=LATER + timedelta(seconds=1),
            by=child.registered_by,
            at=LATER,
        )


def test_the_work_of_the_senders_team_ends_with_its_responsibility():
    team = a_team()
    child = a_child(team=team)
    responsibilities.start(child, authority=an_authority(), by=child.registered_by, at=LATER)
    assert Allocation.objects.get(child=child).ends_at == LATER

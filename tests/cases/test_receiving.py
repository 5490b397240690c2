"""Who reads the transfer of a child that is not theirs yet: the receiver's people, that page alone, and while it is open."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.test import RequestFactory

from cases import access, concerns, handovers, restrictions, transfers
from cases.access import Permission
from cases.handovers import Side
from cases.models import AccessRecord, Role, Transfer, User
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_team,
    a_watched_child,
    accepted,
    arrived,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + HOUR


@pytest.fixture
def sender() -> Watched:
    return a_watched_child()


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def offered(sender: Watched, receiver: Watched) -> Transfer:
    return referred(sender.child, receiver.authority, by=sender.worker, at=NOW)


def side(user: User, transfer: Transfer, *, at=NOW) -> Side | None:
    """From where `user`, fresh from the database, reads the transfer; none for a stranger, who gets a 404."""
    fresh, request = User.objects.get(pk=user.pk), RequestFactory().get("/")
    try:
        child, found = handovers.get_child(fresh, transfer.child.reference, request=request, at=at)
    except Http404:
        return None
    assert child == transfer.child
    return found


def readers(sender: Watched, receiver: Watched, transfer: Transfer, *, at=NOW) -> set[str]:
    names = ("worker", "manager", "head", "director", "carer", "guardian", "officer")
    people = {
        f"{which}'s {name}": getattr(of, name)
        for name in names
        for which, of in (("s", sender), ("r", receiver))
    }
    people |= {"s's duty": sender.desk.person, "r's duty": receiver.desk.person}
    return {name for name, user in people.items() if side(user, transfer, at=at) is not None}


SENDER = {"s's worker", "s's manager", "s's head", "s's director", "s's duty"}
RECEIVER = {"r's manager", "r's head", "r's director", "r's duty"}


@pytest.mark.by_turns
def test_the_receivers_people_read_the_transfer_and_nothing_else_of_the_record(sender, receiver, offered):
    assert readers(sender, receiver, offered) == SENDER | RECEIVER
    assert side(receiver.desk.person, offered) == Side.RECEIVER
    assert side(sender.worker, offered) == Side.OWN
    for reader in (receiver.desk.person, receiver.manager, receiver.director):
        for permission in Permission:
            if permission in access.MATRIX:
                assert not access.may(reader, sender.child, permission, at=NOW), permission
    last = AccessRecord.objects.filter(user=receiver.desk.person, child=sender.child).latest("pk")
    assert (last.permission, last.allowed) == (Permission.SEE_STATUS, True)


@pytest.mark.by_turns(8)
def test_whoever_accepted_narrows_it_to_their_team_and_the_worker_who_is_named(sender, receiver, offered):
    other_team = a_team(receiver.authority)
    other_manager = a_person(Role.TEAM_MANAGER, team=other_team)
    colleague = a_person(Role.SOCIAL_WORKER, team=receiver.team)
    assert side(other_manager, offered)
    accepted(offered, receiver.worker, at=NOW)
    assert readers(sender, receiver, offered) == SENDER | RECEIVER | {"r's worker"}
    assert side(other_manager, offered) is None
    assert side(colleague, offered) is None


@pytest.mark.by_turns
def test_it_ends_with_a_refusal_with_the_withdrawal_and_with_the_arrival(sender, receiver, offered):
    transfers.decline(offered, reason="Full", by=receiver.manager, at=NOW)
    assert readers(sender, receiver, offered) == SENDER
    transfers.offer(offered, receiver.authority, by=sender.worker, at=NOW)
    assert readers(sender, receiver, offered) == SENDER | RECEIVER
    transfers.withdraw(offered, reason="Stays", by=sender.worker, at=NOW)
    assert readers(sender, receiver, offered) == SENDER
    again = accepted(referred(sender.child, receiver.authority, at=NOW), receiver.worker, at=NOW)
    arrived(again, at=NOW + HOUR)
    after = NOW + 2 * HOUR
    assert readers(sender, receiver, again, at=after) == SENDER | RECEIVER | {"r's worker"}
    assert side(sender.worker, again, at=after) == Side.SENT, "its one page, and nothing of what came after"
    assert side(receiver.worker, again, at=after) == Side.OWN
    assert access.may(receiver.worker, sender.child, Permission.SEE_ADDRESS, at=after)
    assert not access.may(sender.worker, sender.child, Permission.SEE_STATUS, at=after)


@pytest.mark.by_turns
def test_a_mark_and_a_restriction_close_the_transfer_too(sender, receiver, offered):
    concerns.keep_from(sender.child, receiver.manager, reason="An allegation", by=sender.manager, at=NOW)
    assert readers(sender, receiver, offered) == SENDER | RECEIVER - {"r's manager"}
    standing = restrictions.restrict(
        sender.child, reason="A threat", named=[sender.worker], by=sender.manager, at=NOW
    )
    desk = {"s's duty"}
    assert readers(sender, receiver, offered) == {"s's worker", "s's manager"} | desk
    named = {"reason": "Takes over", "until": None, "seconded_by": sender.head, "by": sender.manager}
    restrictions.name(standing, receiver.head, **named, at=NOW)
    assert readers(sender, receiver, offered) == {"s's worker", "s's manager", "r's head"} | desk

"""A guardian whose mail comes back in the moment in which they get a child: one of the two waits for the other."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from alerts import delivery
from alerts.models import Clock, Message
from alerts.states import MessageStatus
from cases import log, mail_refusals
from cases.models import Child, MailRefusal, User
from cases.states import IllegalMove
from guardians import assignments, covers, leaves
from guardians.models import GuardianAssignment, GuardianCover
from tests.alerts.outgoing import FIRST
from tests.cases.test_worker_leaves_at_once import before_it_stands
from tests.factories import Watched, a_person, a_watched_child, guarded

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GONE = "550 5.1.1 No such user here"
REFUSED = FIRST + HOUR
Verb = Callable[[Watched, User], object]


def a_child_and_a_colleague() -> tuple[Watched, User]:
    watched = a_watched_child(trafficking="yes")
    return watched, a_person("guardian", service=watched.assignment.service)


def a_mail_to(person: User) -> Message:
    """A mail to them that a server has taken."""
    log.record_configuration(person, "password_changed", by=person, at=FIRST - HOUR)
    Message.objects.filter(user=person).update(status=MessageStatus.SENT, sent_at=FIRST - HOUR)
    return Message.objects.get(user=person)


def due(watched: Watched) -> datetime | None:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.GUARDIAN).due_at


def assigns(watched: Watched, colleague: User) -> Verb:
    assignments.end(watched.assignment, reason="Moved away", by=watched.manager, at=FIRST)
    return lambda watched, colleague: guarded(
        watched.child, colleague, by=watched.manager, at=FIRST + HOUR / 2
    )


def hands_over(watched: Watched, colleague: User) -> Verb:
    return lambda watched, colleague: assignments.hand_over(
        watched.assignment,
        colleague,
        service=watched.assignment.service,
        reason="Moved away",
        by=watched.manager,
        at=FIRST + HOUR / 2,
    )


def covers_for(watched: Watched, colleague: User) -> Verb:
    """The guardian is away, and the colleague accepts to cover."""
    days = {"starts_at": FIRST, "ends_at": FIRST + 7 * DAY, "by": watched.guardian, "at": FIRST}
    leaves.announce(watched.guardian, watched.assignment.service, kind="leave", **days)
    asked = covers.ask([watched.assignment], colleague, **days).covers
    return lambda watched, colleague: covers.answer(asked, accepted=True, by=colleague, at=FIRST + HOUR / 2)


@pytest.mark.parametrize("way", [assigns, hands_over, covers_for])
def test_a_mail_that_comes_back_while_they_get_a_child_opens_the_gap_of_that_child(
    committed, way: Callable[[Watched, User], Verb]
) -> None:
    watched, colleague = a_child_and_a_colleague()
    gets, mail = way(watched, colleague), a_mail_to(colleague)
    done = before_it_stands(
        lambda: gets(watched, colleague), lambda: delivery.bounce(mail.pk, GONE, at=REFUSED)
    )
    assert done is True
    assert MailRefusal.objects.get(ends_at=None).user == colleague
    assert due(watched) == REFUSED


@pytest.mark.parametrize("way", [assigns, hands_over, covers_for])
def test_a_child_that_they_get_while_a_mail_to_them_comes_back_is_refused_them(
    committed, way: Callable[[Watched, User], Verb]
) -> None:
    watched, colleague = a_child_and_a_colleague()
    gets, mail = way(watched, colleague), a_mail_to(colleague)
    before = due(watched)
    refused = before_it_stands(
        lambda: delivery.bounce(mail.pk, GONE, at=REFUSED), lambda: gets(watched, colleague)
    )
    assert isinstance(refused, IllegalMove)
    assert "comes back" in str(refused)
    assert due(watched) == before
    assert not GuardianAssignment.objects.filter(guardian=colleague).exists()
    assert not GuardianCover.objects.filter(accepted=True).exists()


def test_a_child_that_they_got_in_that_moment_is_locked_before_its_clocks_are_written(committed) -> None:
    watched, _ = a_child_and_a_colleague()

    def unheld() -> list[int]:
        with transaction.atomic():
            return list(Child.objects.unheld().values_list("pk", flat=True))

    assert unheld() == [watched.child.pk]
    # As for a child whom they got when the caller had locked theirs.
    held = before_it_stands(lambda: mail_refusals.begin(watched.guardian.pk, at=REFUSED), unheld)
    assert held == []

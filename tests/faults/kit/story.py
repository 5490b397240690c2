"""Silent children for faults to happen to, and who must hear of each: the independent side of every count."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction

from alerts import delivery, integrity
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock
from tests import factories
from tests.factories import Watched

# A child who arrives on this Monday at 09:00 owes a proof at midday: the window closes at 13:30.
ARRIVES = factories.AT
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
# The first rungs are owed at 14:00 and the manager's at 14:15: a quarter of an hour in which nothing else climbs.
FIRST_RUNGS = CLOSES + timedelta(minutes=30)
NOW = FIRST_RUNGS + timedelta(minutes=1)
# Before the window closes: nothing is owed but what is reported.
QUIET = CLOSES - timedelta(minutes=30)


def silent(count: int) -> list[Watched]:
    """So many children with all their people, each in a home of its own, none of whom is ever seen."""
    return [factories.a_watched_child(at=ARRIVES) for _ in range(count)]


def one_more() -> Watched:
    """One more silent child beside a sweep that runs, in one commit: without its desk it would go up at once."""
    with transaction.atomic():
        return factories.a_watched_child(at=ARRIVES, home=factories.a_home())


def a_silent_house(count: int) -> list[Watched]:
    """So many children in one home, each with people of its own."""
    home = factories.a_home()
    return [factories.a_watched_child(at=ARRIVES, home=home) for _ in range(count)]


def first_mails(children: Sequence[Watched]) -> Counter[str]:
    """Whom the first rungs mail, by address."""
    return Counter(
        address
        for one in children
        for address in (one.worker.email, one.guardian.email, one.desk.mailbox.address)
    )


def first_texts(children: Sequence[Watched]) -> Counter[tuple[str, str]]:
    """Whom the first rungs text, by phone and rung."""
    # By home, since in a big run two homes may have been given one number.
    homes = {one.home.pk: one.home.phone for one in children}
    desks = [(one.desk.shift.phone, "R1") for one in children]
    return Counter([(phone, "R0") for phone in homes.values()] + desks)


def call_mails(children: Sequence[Watched]) -> Counter[str]:
    """Whom the first call step of a reported child mails, by address."""
    return Counter(
        address
        for one in children
        for address in (
            one.control_room.address,
            one.coordinator.address,
            one.desk.mailbox.address,
            one.worker.email,
            one.guardian.email,
        )
    )


def unsent() -> int:
    """How many messages are owed and not out."""
    return Message.objects.unsent().count()


def owed() -> int:
    """How many mails, texts and calls were promised and are to arrive: what goes together is one."""
    rows = Message.objects.exclude(status__in=(MessageStatus.CANCELLED, MessageStatus.FAILED))
    return len({bundle or pk for pk, bundle in rows.values_list("pk", "bundle")})


def statuses() -> Counter[str]:
    """How many messages are in each status."""
    return Counter(Message.objects.values_list("status", flat=True))


def all_sent() -> bool:
    """Whether there are messages and all are out."""
    return set(statuses()) == {MessageStatus.SENT}


def all_out() -> bool:
    """Whether nothing that is ready to go is still here; what waits for an instant to come may."""
    return not Message.objects.unsent().filter(next_try_at__lte=clock.now()).exists()


def send_all() -> None:
    """Send in this process whatever is ready to go."""
    while delivery.deliver(clock=clock.ticking()):
        pass


def broken() -> list[str]:
    """What of the promise does not hold at this instant; empty when all of it does."""
    return [
        f"{answer.question}: {', '.join(answer.references)}"
        for answer in integrity.check(clock.now())
        if answer.references
    ]

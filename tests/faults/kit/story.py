"""Silent children for faults to happen to, and who must hear of each: the independent side of every count."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction

from alerts import delivery, integrity
from alerts.models import Clock, DutyTask, Message, MessageProof
from alerts.states import MessageStatus
from cases import clock
from cases.models import Mailbox
from tests import factories
from tests.factories import DutyDesk, Watched

# A child who arrives on this Monday at 09:00 owes a proof at midday: the window closes at 13:30.
ARRIVES = factories.AT
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
# The first rungs are owed at 14:00, the second person is rung at 14:15 and the managers' rung is owed at 14:30: a
# quarter of an hour in which nothing else climbs.
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


def manager_mails(children: Sequence[Watched]) -> Counter[str]:
    """Whom the managers' rung mails, by address."""
    return Counter(one.manager.email for one in children)


def manager_texts(children: Sequence[Watched], step: str = "R2") -> Counter[tuple[str, str]]:
    """Whom the managers' rung texts, by phone and rung: the manager, and the second person of the desk."""
    return Counter((phone, step) for one in children for phone in (one.manager.phone, one.desk.second.phone))


def ring_police_mails(children: Sequence[Watched]) -> Counter[str]:
    """Whom the rung that asks for a call to the police mails, by address: of each child by itself."""
    return Counter(desk.mailbox.address for one in children for desk in desks_of(one, children))


def desk_texts(children: Sequence[Watched], step: str) -> Counter[tuple[str, str]]:
    """Whom a step texts that tells the desk of each child by itself, by phone and rung."""
    return Counter((desk.shift.phone, step) for one in children for desk in desks_of(one, children))


def call_mails(children: Sequence[Watched]) -> Counter[str]:
    """Whom the first call step of a child mails, by address."""
    return ring_police_mails(children) + Counter(
        address
        for one in children
        for address in (
            *(box.address for box in police_of(one, children)),
            one.worker.email,
            one.guardian.email,
        )
    )


def desks_of(one: Watched, children: Sequence[Watched]) -> list[DutyDesk]:
    """The desks that answer for a child: its own, and those that came with others of its authority."""
    return [other.desk for other in children if other.authority == one.authority]


def police_of(one: Watched, children: Sequence[Watched]) -> list[Mailbox]:
    """The mailboxes of a child's force: its own, and those that came with others of its home."""
    return [
        box
        for other in children
        if other.force == one.force
        for box in (other.control_room, other.coordinator)
    ]


def endings(texts: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Who is texted that it has ended, by phone and rung, where this was all that anybody was texted of: each once."""
    return Counter((phone, "ending") for phone, _ in texts.elements())


def messages_of(ids: Iterable[str]) -> set[UUID]:
    """The messages that went out under these ids of mails and texts."""
    proofs = MessageProof.objects.filter(accepted=True, mail_id__in=list(ids))
    return set(proofs.values_list("message", flat=True))


def in_doubt() -> set[UUID]:
    """The messages of which a sender cannot know whether a server that took its time had them: no others may come again."""
    return set(Message.objects.filter(may_be_out=True).values_list("pk", flat=True))


def assert_in_doubt(again: Counter[str]) -> None:
    """What came again is what a sender could not know to be out, and came no more often than it was tried."""
    tries = dict(Message.objects.filter(may_be_out=True).values_list("pk", "attempts"))
    assert messages_of(again) <= set(tries)
    assert again.total() <= sum(count - 1 for count in tries.values())


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


def all_done() -> bool:
    """Whether nothing is left that the engine has to do at this instant: no clock, no task, and no message."""
    now = clock.now()
    left = Clock.objects.due(now).exists() or DutyTask.objects.untaken_at(now).exists()
    return not left and all_out()


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

"""Transfers of the promise machine to the other authority: every step of one, and what each owes while it stands there."""

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts.models import Alert
from cases import transfers
from cases.deadlines import add_working_days, at_london, end_of, london_day
from cases.holidays import of as holidays_of
from cases.models import Acknowledgement, Authority, Responsibility, Transfer, User
from cases.models.transfers import BEFORE_ARRIVAL, SHARED_WHILE, WITH_RECEIVER
from cases.states import TransferStatus as Status
from tests.alerts.promise.world import Stage, minutes, which
from tests.factories import accepted, arrived, referred

ENGLAND = "england-and-wales"


class Transfers(Stage):
    """Referred, offered, answered, on a day that moves, shared, on the way, missing before it, arrived, read or withdrawn."""

    def here(self, number: int) -> int:
        """Which of the two authorities is responsible for this child."""
        held = Responsibility.objects.at(self.now).get(child=self.world.children[number]).authority
        return [desk.team.authority for desk in self.world.desks].index(held)

    def other(self, number: int) -> tuple[Authority, User]:
        there = 1 - self.here(number)
        return self.world.desks[there].team.authority, self.world.workers[there]

    def going(self, *statuses: str) -> Transfer | None:
        """The first transfer that stands so; at most one of a child is open."""
        return Transfer.objects.filter(status__in=statuses).order_by("pk").first()

    def of_sender(self, transfer: Transfer) -> dict[str, Any]:
        """Whoever acts for the authority that has the child, now."""
        there = [desk.team.authority_id for desk in self.world.desks].index(transfer.sender_id)
        return {"by": self.world.workers[there], "at": self.now}

    def of_receiver(self, transfer: Transfer) -> dict[str, Any]:
        there = [desk.team.authority_id for desk in self.world.desks].index(transfer.sender_id)
        return {"by": self.world.workers[1 - there], "at": self.now}

    @rule(number=which, offered=st.booleans())
    def refer_for_transfer(self, number: int, offered: bool) -> None:
        """With an authority that is asked at once, or before anybody knows which."""
        there, own = self.other(number)[0], self.world.workers[self.here(number)]
        self.do(referred, self.child(number), there if offered else None, by=own, at=self.now)

    @precondition(lambda self: self.going(Status.REFERRED, Status.DECLINED))
    @rule()
    def offer_the_child(self) -> None:
        """For the first time, or once more after a refusal."""
        if going := self.going(Status.REFERRED, Status.DECLINED):
            there = self.other(self.number(going))[0]
            self.do(transfers.offer, going, there, **self.of_sender(going))

    @precondition(lambda self: self.going(Status.ALLOCATED))
    @rule(accepts=st.booleans())
    def answer_the_offer(self, accepts: bool) -> None:
        if going := self.going(Status.ALLOCATED):
            given = self.of_receiver(going)
            if accepts:
                self.do(accepted, going, given["by"], at=self.now)
            else:
                self.do(transfers.decline, going, reason="Full", **given)

    @precondition(lambda self: self.going(*SHARED_WHILE))
    @rule(ahead=st.sampled_from([0, 1, 3]))
    def agree_a_day(self, ahead: int) -> None:
        """The day of the move, or another one; of a journey that was broken off, when it is tried again."""
        if going := self.going(*SHARED_WHILE):
            day = london_day(self.now) + timedelta(days=ahead)
            self.do(transfers.agree_day, going, day, parted="Sad", **self.of_sender(going))

    @precondition(lambda self: self.going(*SHARED_WHILE))
    @rule(ago=minutes, received=st.booleans())
    def pass_on_what_is_known(self, ago: int, received: bool) -> None:
        """The sender says that the receiver has it; the receiver says so too, or nothing yet."""
        if going := self.going(*SHARED_WHILE):
            sent = {
                "whom": "A. Ward",
                "what": "The health file",
                "shared_at": self.now - timedelta(minutes=ago),
            }
            self.do(transfers.share, going, **sent, **self.of_sender(going))
            if received:
                self.do(transfers.receive, going, **self.of_receiver(going))

    @precondition(lambda self: self.going(Status.DATE_SET))
    @rule(ago=minutes, hours=st.sampled_from([1, 2, 5]))
    def set_out(self, ago: int, hours: int) -> None:
        if going := self.going(Status.DATE_SET):
            left_at = self.now - timedelta(minutes=ago)
            way = {"left_at": left_at, "expected_at": left_at + timedelta(hours=hours), "parted": "Sad"}
            self.do(transfers.set_out, going, **way, **self.of_sender(going))

    @precondition(lambda self: self.going(Status.IN_TRANSIT))
    @rule(late=st.sampled_from([14, 16, 31, 121]))
    def nobody_confirms_the_arrival(self, late: int) -> None:
        if (going := self.going(Status.IN_TRANSIT)) and going.expected_at is not None:
            self.now = max(self.now, going.expected_at + timedelta(minutes=late))

    @precondition(lambda self: self.going(*SHARED_WHILE))
    @rule(stays=st.booleans(), whole=st.booleans(), ago=minutes)
    def confirm_the_arrival(self, stays: bool, whole: bool, ago: int) -> None:
        """In the home where the child was, or out of it to nowhere yet; with all read, or what a night cannot go without."""
        if going := self.going(*SHARED_WHILE):
            read = tuple(Acknowledgement.Item) if whole else BEFORE_ARRIVAL
            said = {"stays_placed": stays, "read": read, "arrived_at": self.now - timedelta(minutes=ago)}
            self.do(arrived, going, **said, at=self.now)

    @precondition(lambda self: self.going(*SHARED_WHILE, Status.ARRIVED))
    @rule()
    def read_what_stands_open(self) -> None:
        if going := self.going(*SHARED_WHILE, Status.ARRIVED):
            self.do(transfers.acknowledge, going, list(Acknowledgement.Item), **self.of_receiver(going))

    @precondition(lambda self: Transfer.objects.open().exists())
    @rule()
    def withdraw_a_transfer(self) -> None:
        if going := Transfer.objects.open().order_by("-pk").first():
            self.do(transfers.withdraw, going, reason="Stays", **self.of_sender(going))

    def number(self, transfer: Transfer) -> int:
        return [child.pk for child in self.world.children].index(transfer.child_id)

    def each_step_of_a_transfer_is_asked_for(self) -> None:
        """What its status owes has its alert from the instant on that it is late, and nothing else has."""
        for child in self.world.children:
            going = Transfer.objects.open().filter(child=child).first()
            watched = self.read[child.pk].watched_until is None
            owed = set(self.owed_of(going, self.read[child.pk].is_sought)) if going and watched else set()
            standing = Alert.objects.open().filter(child=child, clock__kind="transfer")
            asked = set(standing.values_list("clock__duty", flat=True))
            said = going.status if going else "none"
            assert asked == owed, f"of a transfer that is {said} is asked {asked}, and owed {owed}"

    def owed_of(self, going: Transfer, sought: bool) -> Iterable[str]:
        """An answer as soon as it is offered, another authority after a refusal, the day, the papers, the arrival, the end."""
        if going.status == Status.ALLOCATED:
            yield "reply"
        if going.status == Status.DECLINED:
            yield "declined"
        if sought and going.status in WITH_RECEIVER:
            yield "missing"
        if going.status == Status.DATE_SET and end_of(going.moves_date) <= self.now:
            yield "departure"
        moving = going.status in (Status.DATE_SET, Status.IN_TRANSIT)
        if moving and going.share_received_at is None:
            before = at_london(going.moves_date - timedelta(days=1), time())
            if max(before, going.day_agreed_at) <= self.now:
                yield "shared"
        late = timedelta(minutes=15)
        if going.status == Status.IN_TRANSIT and going.expected_at + late <= self.now:
            yield "arrival"
        holidays = holidays_of(ENGLAND)
        if add_working_days(going.referred_at, 10, nation=ENGLAND, holidays=holidays) <= self.now:
            yield "pending"

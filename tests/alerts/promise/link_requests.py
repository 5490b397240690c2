"""Siblings and companions for whom the councils of the promise machine ask each other."""

import uuid
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts import link_mails
from alerts.models import Message
from cases import link_requests
from cases.models import LinkRequest
from tests.alerts.promise.world import Stage, which


def no_question_is_forgotten(now: datetime) -> None:
    """What waits for an answer is asked on, what does not is asked no more, and no answer but a link is told early."""
    for row in LinkRequest.objects.all():
        clocks = [one.matter.clock for one in row.matters.select_related("matter__clock")]
        going_on = [one for one in clocks if one.ended_at is None]
        assert bool(going_on) == (row.status == "asked"), f"{row}: {row.status}, {len(going_on)} clocks"
        for one in going_on:
            told = Message.objects.filter(matter=one.matter_id, wording__in=("link_waits", "link_urgent"))
            assert told.exists(), f"nobody was told of {row}"
            assert one.next_at is None or one.next_at > now, f"{row} was owed at {one.next_at}"
        if row.status in LinkRequest.NO_LINK:
            early = Message.objects.filter(matter__link_matter__request=row, step="told")
            assert not early.filter(created_at__lt=row.due_at).exists(), f"{row} was told too early"


class LinkRequests(Stage):
    """Each is asked, answered or withdrawn; whose child it is, and whether it is looked for, is the others' doing."""

    @rule(number=which, there=which)
    def ask_for_a_sibling(self, number: int, there: int) -> None:
        said = link_requests.Said(
            kind="sibling", name="Zula", said_by="The child", why="It says so", safe_why="Both fled"
        )
        given = {"of": [self.world.desks[there].team.authority], "together": uuid.uuid4()}
        by = self.world.workers[1 - there]
        self.do(link_requests.ask, self.world.children[number], said, **given, by=by, at=self.now)

    @precondition(lambda self: LinkRequest.objects.exists())
    @rule(number=which, act=st.sampled_from(["yes", "no_such", "cannot_say", "withdraw", "hand on"]))
    def answer_about_a_sibling(self, number: int, act: str) -> None:
        row = LinkRequest.objects.order_by("status", "pk")[0]
        given = {"by": self.world.desks[0].person, "at": self.now}
        if act == "yes":
            self.do(link_requests.say_yes, row, self.world.children[number], **given)
        elif act == "hand on":
            self.do(link_requests.pass_on, row, self.world.children[number], **given)
        elif act == "withdraw":
            self.do(link_requests.withdraw, row, why="An aunt knows", **given)
        else:
            self.do(link_requests.refuse, row, act, note="By name", **given)

    @precondition(lambda self: LinkRequest.objects.exists())
    @rule()
    def word_goes_to_who_asked(self) -> None:
        link_mails.tell(now=self.now)

"""Messages from the children whom the promise machine looks for: told at once, and nothing of the search is another for them."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts.models import Alert, AlertStep, Clock, DutyStep, MessageItem
from cases.models import EpisodeForce, Means, MissingEpisode, Trigger
from cases.states import EpisodeStatus
from tests.alerts.outgoing import tick_until_still
from tests.alerts.promise.long_missing import is_missing
from tests.alerts.promise.world import Stage, minutes, which
from tests.factories import seen

# The sweep of the same step, or that of an act which swept itself.
AT_ONCE = timedelta(seconds=5)


class Messages(Stage):
    """The child wrote, or somebody writes down that it did."""

    @precondition(is_missing)
    @rule(number=which, person=st.integers(0, 4), ago=minutes)
    def hear_from_the_child(self, number: int, person: int, ago: int) -> None:
        """What was owed before by now is done before: what is another afterwards is another because of the message."""
        tick_until_still(self.now, at_most=3)
        if (episode := self.open(number)) is None:
            return
        before, wrote_at = self.search(episode), self.now - timedelta(minutes=ago)
        said = {"means": Means.MESSAGE, "happened_at": wrote_at, "note": "In a lorry, by the sea"}
        by = self.people()[person]
        written = self.do(seen, self.child(number), by=by, at=self.now, knows_child=True, **said)
        sought = episode.status == EpisodeStatus.MISSING or episode.police_owed_at is not None
        is_silence = episode.status == EpisodeStatus.NOT_CONFIRMED
        # From before the search, or of a child whose place is known, it is a contact like any other.
        if written is None or not (sought or is_silence) or wrote_at < episode.since:
            return
        assert Trigger.objects.filter(contact=written, kind=Trigger.Kind.MESSAGE).exists(), "told nobody"
        tick_until_still(self.now, at_most=3)
        if not sought:
            # The closer watch that it begins is for the roll-calls of a silence, which a search has none of.
            return
        assert self.search(episode) == before, "a message is no end, and no answer"

    def search(self, episode: MissingEpisode) -> list[Any]:
        """The episode, its ladder and its steps, and every alert about the child that stands, as they are now."""
        ladder = Clock.objects.filter(episode=episode).exclude(kind=Clock.Kind.MESSAGE).order_by("pk")
        standing = Alert.objects.open().filter(child=episode.child_id)
        standing = standing.exclude(clock__kind=Clock.Kind.MESSAGE)
        return [
            MissingEpisode.objects.filter(pk=episode.pk).values().get(),
            [*ladder.values_list("kind", "duty", "due_at", "next_at", "rung")],
            [*DutyStep.objects.filter(episode=episode).order_by("pk").values()],
            [*standing.order_by("pk").values_list("pk", "clock__kind", "on_it_at")],
        ]

    def a_message_is_told_at_once_while_the_child_is_looked_for(self) -> None:
        """Duty and each force that looks for the child hear of the latest that nobody has answered, and of no other."""
        for child in self.world.children:
            alert = Alert.objects.open().filter(child=child, clock__kind=Clock.Kind.MESSAGE).first()
            search = MissingEpisode.objects.open().filter(child=child).first()
            heard = Trigger.objects.filter(child=child, kind=Trigger.Kind.MESSAGE, answered_at=None)
            heard = heard.filter(recorded_at__gte=search.opened_at) if search else heard.none()
            if (last := heard.order_by("recorded_at").last()) is None:
                assert alert is None, "asked about a message that nobody sent, or that is answered"
                continue
            assert alert is not None, "nobody is asked what was done about a message"
            assert alert.due_at == last.recorded_at
            first = AlertStep.objects.get(alert=alert, step="R1")
            assert first.climbed_at - last.recorded_at <= AT_ONCE, "told late"
            told = MessageItem.objects.filter(alert=alert, step="R1")
            assert "duty" in set(told.values_list("message__post", flat=True))
            owed_at = search.police_owed_at if search is not None else None
            if owed_at is None or last.recorded_at < owed_at:
                # Of a silence the police are owed no word.
                continue
            forces = EpisodeForce.objects.filter(episode=search, added_at__lte=last.recorded_at, left_at=None)
            heard_by = set(told.filter(message__post="force").values_list("message__force", flat=True))
            assert set(forces.values_list("force", flat=True)) <= heard_by, "a force that looks does not know"

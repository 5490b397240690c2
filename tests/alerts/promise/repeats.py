"""Children of the promise machine who go missing again and again: of every third search in 90 days a meeting is owed."""

from collections.abc import Iterator
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from alerts.models import Alert, DutyStep
from cases.models import Meeting, MissingEpisode
from cases.states import EpisodeOutcome, EpisodeStatus
from tests.alerts.promise.searches import Searches

# A common local trigger: so many searches that began within so many days.
THIRD, WITHIN = 3, timedelta(days=90)
NEVER_GONE = (EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.ANOTHER_CHILD)


class Repeats(Searches):
    """Gone and back, and whoever has to sit down together over it."""

    @rule(number=st.integers(0, 1), times=st.integers(1, THIRD), hours=st.sampled_from([1, 5]))
    def go_and_come_back(self, number: int, times: int, hours: int) -> None:
        for _ in range(times):
            self.report(number)
            self.now += timedelta(hours=hours)
            self.end(number, 0, EpisodeOutcome.RETURNED, True)

    def the_third_search_owes_a_meeting_until_it_is_held(self) -> None:
        """After the third, and no sooner; held or answered it is owed no more, and nobody is asked in the next search."""
        rows = DutyStep.objects.filter(kind="repeated").select_related("episode")
        steps = {step.episode_id: step for step in rows}
        owed = {search.pk for child in self.world.children for search in self.third_searches(child.pk)}
        assert steps.keys() == owed, "a meeting is owed of others than every third search"
        asking = Alert.objects.open().filter(clock__duty="repeated")
        asked = set(asking.values_list("clock__episode", flat=True))
        for step in steps.values():
            known = self.read[step.episode.child_id]
            since = step.episode.found_at or step.episode.ended_at
            held = Meeting.objects.standing().filter(child=step.episode.child_id, kind=Meeting.Kind.STRATEGY)
            said = step.answers.standing().filter(meeting=None).exclude(answer=DutyStep.Answer.BOOKED)
            is_over = held.filter(held_at__gte=since).exists() or said.exists()
            assert (step.done_at is not None) == is_over, f"{step}: over {is_over}, done {step.done_at}"
            # Whoever had heard before another search hears again within a day of its end.
            late = step.done_at is None and min(step.rungs.values()) <= self.now
            late = late and not known.is_sought and known.watched_until is None
            assert (step.episode_id in asked) == late, f"{step}: late {late}, asked {asked}"

    def third_searches(self, child_id: int) -> Iterator[MissingEpisode]:
        """Those that have ended with the child alive, before which two others began within 90 days."""
        ended = MissingEpisode.objects.filter(child=child_id, status=EpisodeStatus.ENDED)
        rows = list(ended.exclude(outcome__in=NEVER_GONE).order_by("opened_at"))
        for search in rows:
            lately = [one for one in rows if search.opened_at - WITHIN < one.opened_at <= search.opened_at]
            if len(lately) >= THIRD and search.outcome != EpisodeOutcome.DIED:
                yield search

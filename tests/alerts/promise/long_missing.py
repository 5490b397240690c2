"""What goes on about a child of the promise machine who stays missing: the bed, the 18th birthday, the profile, the force."""

import uuid
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts import releases, replies
from alerts.duties import Duty
from alerts.models import Clock, DutyStep, Release
from cases import ages, beds, details, episodes, find_me, placements, prevention_interviews
from cases.deadlines import at_london, london_day
from cases.models import EpisodeForce, FindMeSection, MissingEpisode, PreventionInterview, SeenAlone
from cases.states import EpisodeOutcome
from tests.alerts.promise.world import Stage, which
from tests.factories import missing

Side = Release.Side
sides = st.sets(st.sampled_from(Side), max_size=2)
days = st.sampled_from([-1, 2, 40])


def is_missing(stage: Stage) -> bool:
    return any(stage.open(number) for number in (0, 1))


def has_ended(_stage: Stage) -> bool:
    return MissingEpisode.objects.filter(ended_at__isnull=False).exists()


class LongMissing(Stage):
    """A bed is kept or given up, a birthday comes, a force answers and is answered; none of it ends a search."""

    @precondition(is_missing)
    @rule(number=which, ahead=st.sampled_from([0, 4, 40]))
    def keep_the_bed(self, number: int, ahead: int) -> None:
        if episode := self.open(number):
            said = {"last_date": london_day(self.now) + timedelta(days=ahead), "said_by": "R. Adeyemi"}
            self.ending_nothing(number, beds.keep, episode, **said)

    @precondition(is_missing)
    @rule(number=which)
    def give_up_the_bed(self, number: int) -> None:
        """The placement of a child who is missing ends: the step that asks about the bed goes with it, and nothing else."""
        standing = self.child(number).placements.filter(ends_at=None).first()
        if self.open(number) and standing is not None:
            said = {"ends_at": self.now, "reason": "The home needs the bed"}
            self.ending_nothing(number, placements.end, standing, **said, but={("duty", Duty.BED_KEPT)})

    @precondition(is_missing)
    @rule(number=which, ahead=days)
    def turn_18(self, number: int, ahead: int) -> None:
        """By another birth date, which is in some days or was yesterday; of who was 18 before the search it is not asked."""
        child, day = self.child(number), london_day(self.now) + timedelta(days=ahead)
        birthday = day.replace(day=min(day.day, 28))
        born = birthday.replace(year=birthday.year - 18)
        said = {"birth_date": born, "precision": "day", "basis": "document", "source": "A passport"}
        said |= {"goes_by_it": True, "reason": "Seen", "version": details.version_of(child, "age")}
        episode = self.open(number)
        if episode is None or at_london(birthday, time()) > episode.since:
            self.ending_nothing(number, ages.claim, child, **said)
        else:
            self.ending_nothing(number, ages.claim, child, **said, but={("duty", Duty.TURNED_18)})
            asked = DutyStep.objects.filter(episode=episode, kind=Duty.TURNED_18, done_at=None)
            assert not asked.exists(), "asked of who was 18 before the search"

    def ending_nothing(
        self,
        number: int,
        what: Callable[..., Any],
        /,
        *words: Any,
        but: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset(),
        **facts: Any,
    ) -> None:
        """One verb that ends no search, and of what is asked for because of it nothing `but` this."""
        episode = self.open(number)
        before = self.asked_because_of(episode)
        self.do(what, *words, **facts, by=self.world.one.worker, at=self.now)
        assert self.open(number) == episode, f"{what.__name__} ended a search"
        gone = before - self.asked_because_of(episode) - but
        assert not gone, f"{what.__name__} ended {gone}"

    def asked_because_of(self, episode: MissingEpisode | None) -> set[tuple[str, str]]:
        going_on = (
            Clock.objects.filter(episode=episode, next_at__isnull=False) if episode else Clock.objects.none()
        )
        return set(going_on.values_list("kind", "duty"))

    # What is known of the child, and what was known when the police were first owed word.

    @rule(number=which, section=st.sampled_from(["people", "places", "habits"]), asked=st.booleans())
    def write_the_profile(self, number: int, section: str, asked: bool) -> None:
        child = self.child(number)
        row = find_me.standing(child).get(section)
        answers = dict.fromkeys(find_me.SECTIONS[section].questions, f"As of {self.now:%d %b %H:%M}")
        state = FindMeSection.State.ASKED if asked else FindMeSection.State.COMPLETE
        said = {"answers": {} if asked else answers, "state": state, "version": row.pk if row else 0}
        self.do(find_me.write, child, section, **said, by=self.world.one.worker, at=self.now)

    @precondition(is_missing)
    @rule(number=which, wearing=st.sampled_from(["", "A red coat"]), whole=st.booleans())
    def say_more_of_the_report(self, number: int, wearing: str, whole: bool) -> None:
        """Part 2: what the child wore, took, and where it may be heading, in another version of the report."""
        if self.open(number):
            said = {"wearing": wearing, "with_whom": "Nobody", "weather": "Snow", "complete": whole}
            self.do(missing, self.child(number), **said, by=self.world.one.worker, at=self.now)

    # What the force says and asks, and what it may read.

    @precondition(is_missing)
    @rule(number=which, desk=which, again=st.booleans())
    def say_the_compact_number(self, number: int, desk: int, again: bool) -> None:
        if (episode := self.open(number)) is None:
            return
        force, said = self.world.desks[desk].team.authority.force, "MP-2" if again else "MP-1"
        given = {"by": self.world.desks[desk].person, "at": self.now}
        if self.do(episodes.record_compact, episode, force=force, number=said, **given):
            self.numbers[episode.pk, force.pk] = said

    @precondition(is_missing)
    @rule(number=which)
    def the_force_tells_something(self, number: int) -> None:
        if episode := self.open(number):
            told = {"force": self.world.one.force, "key": uuid.uuid4(), "by": self.world.one.officer}
            self.do(replies.tell, episode, "Seen at the quay", **told, at=self.now)

    @precondition(has_ended)
    @rule(number=which, alone=st.sampled_from(SeenAlone), taken_back=st.booleans())
    def the_police_say_what_they_asked(self, number: int, alone: str, taken_back: bool) -> None:
        """Of the last search that is over: written down, corrected, or withdrawn where it stands."""
        rows = MissingEpisode.objects.filter(child=self.world.children[number], ended_at__isnull=False)
        if (episode := rows.order_by("-ended_at").first()) is None:
            return
        standing = prevention_interviews.latest(episode)
        given = {
            "version": standing.version if standing else 0,
            "by": self.world.desks[0].person,
            "at": self.now,
        }
        if taken_back and standing is not None:
            self.do(prevention_interviews.withdraw, episode, reason="Another child", **given)
            return
        held = prevention_interviews.Held(
            held_at=self.now,
            officer="PC Shah 71",
            force=self.world.one.force,
            seen_alone=alone,
            said="In a car",
        )
        self.do(prevention_interviews.write, episode, held, **given)

    @precondition(lambda self: MissingEpisode.objects.exists())
    @rule(number=which, to=sides, latest=st.booleans())
    def choose_what_is_released(self, number: int, to: set[str], latest: bool) -> None:
        """One line to these sides and nothing else of the search, or nothing at all."""
        episode = MissingEpisode.objects.filter(child=self.world.children[number]).last()
        lines = releases.lines(episode) if episode else []
        if episode is None or not lines:
            return
        chosen = {(lines[-1 if latest else 0].key, side) for side in to}
        shown = releases.mark(releases.standing(episode))
        if (
            self.do(releases.choose, episode, chosen, shown=shown, by=self.world.one.manager, at=self.now)
            is not None
        ):
            self.released[episode.pk] = chosen

    # What holds of all that, after every step.

    def what_stood_stays(self) -> None:
        """As of when a profile is kept with a search, and each number of a force; none of them is anybody's to change."""
        kept = MissingEpisode.objects.filter(find_me_at__isnull=False).select_related("child")
        for episode in kept:
            if episode.pk not in self.frozen:
                self.frozen[episode.pk] = episode.find_me_at, self.profile(episode)
            assert episode.find_me_at == self.frozen[episode.pk][0], (
                f"{episode} is kept as of another instant"
            )
        if self.numbers:
            rows = EpisodeForce.objects.exclude(compact_number="")
            said = {(row.episode_id, row.force_id): row.compact_number for row in rows}
            assert said == self.numbers

    def each_profile_is_as_it_stood(self) -> None:
        for episode in MissingEpisode.objects.filter(pk__in=self.frozen).select_related("child"):
            assert self.profile(episode) == self.frozen[episode.pk][1], f"the profile of {episode} is another"

    def profile(self, episode: MissingEpisode) -> dict[str, Any]:
        stood = find_me.standing(episode.child, at=episode.find_me_at)
        return {section: (row.pk, row.state, row.answers) for section, row in stood.items()}

    def nobody_reads_what_is_not_released(self) -> None:
        """Of each line that was released its side alone, until it was taken back or the interview is another."""
        for episode in MissingEpisode.objects.filter(pk__in=self.released):
            there = {line.key for line in releases.lines(episode)}
            for side in Side:
                read = {line.key for line in releases.read_by(episode, [side])}
                wanted = {key for key, to in self.released[episode.pk] if to == side}
                assert read == wanted & there, f"{side} reads {read} of {episode}"

    def the_police_are_asked_until_they_have_asked(self) -> None:
        """The interview that they hold answers its step while it stands."""
        steps = DutyStep.objects.filter(kind=Duty.PREVENTION_INTERVIEW, done_by=None)
        held = set(PreventionInterview.objects.standing().values_list("episode", flat=True))
        for step in steps.exclude(episode__outcome=EpisodeOutcome.ANOTHER_CHILD):
            assert (step.done_at is not None) == (step.episode_id in held), (
                f"{step} and what was written down"
            )

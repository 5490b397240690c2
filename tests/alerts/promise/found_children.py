"""Found children of the promise machine who do not say who they are."""

import uuid
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from cases import found
from cases.models import FoundChild, FoundMatch
from tests.alerts.promise.world import Stage, minutes, which


class FoundChildren(Stage):
    """Each is written down, asked about, and somebody’s in the end."""

    @rule(desk=which, ago=minutes)
    def write_down_a_found_child(self, desk: int, ago: int) -> None:
        found_at, by = self.now - timedelta(minutes=ago), self.world.desks[desk].person
        said = found.Described(found_at=found_at, place="The pier", found_by="A guard", looks="A scar")
        given = {"authority": self.world.desks[desk].team.authority, "key": uuid.uuid4(), "by": by}
        self.do(found.write_down, said, **given, at=self.now)

    @precondition(lambda self: FoundChild.objects.open().exists())
    @rule(number=which, latest=st.booleans(), act=st.sampled_from(["ask", "ask", "add", "close", "identify"]))
    def go_on_with_a_found_child(self, number: int, latest: bool, act: str) -> None:
        """Ask about one of the searches, add what is learnt, or close it, as the one it was said to be where it was."""
        row = FoundChild.objects.open().order_by("-pk" if latest else "pk")[0]
        given = {"by": self.world.desks[0].person, "at": self.now}
        if act == "ask" and (episode := self.open(number)):
            self.do(found.propose, row, episode, **given)
        elif act == "add":
            self.do(found.add, row, found.Added(said="Zula"), key=uuid.uuid4(), **given)
        elif act == "close":
            self.do(found.close, row, outcome="handed", reason="PC Ash has her", **given)
        elif act == "identify" and (match := row.matches.filter(answer="it_is").first()):
            said = {"outcome": "identified", "episode": match.episode, "reason": "Her aunt came"}
            self.do(found.close, row, **said, **given)

    @precondition(lambda self: FoundMatch.objects.exists())
    @rule(number=which, answer=st.sampled_from(FoundMatch.Answer))
    def say_whether_it_is(self, number: int, answer: str) -> None:
        """Those who look for the child; they may say it after their search or the found child was closed."""
        asked = FoundMatch.objects.standing().filter(episode__child=self.world.children[number])
        if match := asked.order_by("answer", "-pk").first():
            told = {"note": "By the scar", "by": self.world.desks[0].person, "at": self.now}
            self.do(found.answer, match, answer=answer, **told)

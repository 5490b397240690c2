"""What a step of a ladder tells: which posts, by which channels and in which wording, and who has to hear it."""

from collections.abc import Collection
from dataclasses import dataclass

from alerts.models import Channel, MessageKind
from alerts.posts import RECEIVER, TOLD, Post

MAIL = (Channel.MAIL,)
TEXT = (Channel.TEXT,)
# From the duty rung up people are rung or texted; the mail is the copy.
TEXT_AND_MAIL = (Channel.TEXT, Channel.MAIL)
# For information alone: a mail, or a text where the person chose that.
AS_CHOSEN = (Channel.TEXT, Channel.MAIL)
CALL_AND_MAIL = (Channel.VOICE, Channel.MAIL)


@dataclass(frozen=True)
class Telling:
    post: Post
    channels: tuple[str, ...]
    wording: str
    kind: str = MessageKind.ALERT
    # One for a house, though the others of the step are one for each child.
    by_home: bool = False


@dataclass(frozen=True)
class StepPlan:
    """One step: what it tells, which task it opens, and whether a silent house is one message."""

    tellings: tuple[Telling, ...]
    task: str | None = None
    by_home: bool = False
    # Who has to hear it, where the others wait for them.
    needs: str = ""

    def is_met(self, posts: Collection[str]) -> bool:
        """Whether somebody of these posts stands on the rung: of the own side, where the step tells that one too."""
        if self.needs:
            return self.needs in posts
        waited_for = {telling.post for telling in self.tellings} - set(TOLD)
        waited_for = waited_for - set(RECEIVER) or waited_for
        return not waited_for.isdisjoint(posts)

"""Who hears of a matter that is for a duty desk: the desk, and whoever stands above it on a rung."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import link_clocks, matter_ladder, recipients
from alerts.matter_ladder import Rung
from alerts.models import Channel
from alerts.recipients import Directory, Post, Recipient
from cases.deadlines import london_day
from cases.models import Authority, Matter


@dataclass(frozen=True)
class To:
    """One way to one person or mailbox on a rung."""

    user_id: int | None
    channel: str
    phone: str = ""
    post: str = ""
    mailbox_id: int | None = None

    @property
    def key(self) -> str:
        if self.mailbox_id is not None:
            return f"{self.channel}/mailbox:{self.mailbox_id}"
        return f"{self.channel}/" + (f"phone:{self.phone}" if self.phone else f"user:{self.user_id}")


def of_desk(matter: Matter, rung: Rung, at: datetime) -> list[To]:
    """The desk of whoever wrote the child down, and whoever stands above it on this rung."""
    return of_authority(matter.authority_id, rung.post, at)


def of_authority(authority_id: int, post: str, at: datetime) -> list[To]:
    """The desk of an authority, or of those that answer for it by now, and whoever stands above it on this post."""
    answering = Authority.objects.answering_for(authority_id, day=london_day(at))
    authorities = list(answering.values_list("pk", flat=True))
    directory = recipients.desks(authorities, at=at)
    found = [
        To(one.user_id, one.channel, one.phone, post=one.post, mailbox_id=one.mailbox_id)
        for authority_id in authorities
        for one in (
            *directory.standing(Post.DUTY, authority_id),
            *_above_desk(directory, post, authority_id),
        )
        if one.channel != Channel.VOICE
    ]
    return list({to.key: to for to in reversed(found)}.values())


def of_link(matter: Matter, standing: Sequence[To], at: datetime) -> list[To]:
    """Without whoever is kept from the child who asks; by text where it is urgent, else only where no mail goes to them."""
    kept = link_clocks.kept_from(matter, at)
    told = [to for to in standing if to.user_id not in kept]
    if matter.kind == Matter.Kind.LINK_NOW:
        return told
    # A desk is one reader, whoever is on shift.
    by_mail = {"duty" if to.post == "duty" else to.user_id for to in told if to.channel == Channel.MAIL}
    return [
        to
        for to in told
        if to.channel == Channel.MAIL or ("duty" if to.post == "duty" else to.user_id) not in by_mail
    ]


def _above_desk(directory: Directory, post: str, authority_id: int) -> list[Recipient]:
    """Its own manager and the second person, the heads or the directors; at the last all of them.

    Where nobody stands on the post whoever stands above it; of what is asked again, whoever stands highest.
    """
    if post == "duty":
        return []
    heads, directors = (directory.standing(one, authority_id) for one in (Post.HEAD, Post.DIRECTOR))
    own = managing_desk(directory, authority_id)
    if post == "manager":
        return own or heads or directors
    if post == "head":
        return heads or directors
    if post == matter_ladder.REPEATED:
        return directors or heads or own
    return [*own, *heads, *directors]


def managing_desk(directory: Directory, authority_id: int) -> list[Recipient]:
    """The managers of the teams of the desk, and who is second on its rota: nobody who manages another team."""
    managers = [
        one
        for team in directory.duty_teams[authority_id]
        for one in directory.standing(Post.MANAGER, authority_id, team.pk)
    ]
    return [*managers, *directory.seconds_of(authority_id)]

"""One call for a house: whoever stands above the duty desk is rung once of the searches of one home (docs/adr/0204)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts.escalations.dues import Due, alert_of
from alerts.outbox import Owed
from alerts.recipients import Directory, Post
from cases.states import EpisodeStatus

# What the manager, the head of service and the director are rung with. The desk rings about each child, and the police
# are told of each.
WORDINGS = frozenset({"manager_call", "head_call", "director_call", "head_no_record", "director_no_record"})
POSTS = (Post.MANAGER, Post.HEAD, Post.DIRECTOR)
# Home and authority: of what one call may be.
House = tuple[int, int]


def for_houses(owed: Sequence[Owed], dues: Sequence[Due], directory: Directory) -> list[Owed]:
    """What is owed, with the searches of one home that nobody has confirmed as one message to each recipient and step.

    One search alone is told as ever, and so is each whose reader is another, for the child or its authority.
    """
    houses = _houses(dues, directory)
    alike: dict[tuple[str, ...], dict[House, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, one in enumerate(owed):
        house = houses.get(one.alert.pk)
        if house is not None and _may_be_shared(one):
            alike[one.wording, one.step, one.kind, one.recipient.key, str(house[0])][house].append(number)
    told = list(owed)
    for by_house in alike.values():
        # Where one person leads two councils with children in one home, those of one of them are a call.
        house, numbers = max(by_house.items(), key=lambda found: len(found[1]))
        for number in numbers if len(numbers) > 1 else ():
            home_id, authority_id = house
            told[number] = replace(told[number], home_id=home_id, authority_id=authority_id, episode_id=None)
    return told


def _may_be_shared(one: Owed) -> bool:
    return one.wording in WORDINGS and one.recipient.post in POSTS and not one.recipient.alone


def _houses(dues: Sequence[Due], directory: Directory) -> Mapping[int, House]:
    """By alert the house of a search that nobody has confirmed: one that somebody has reported is that child's own."""
    return {
        alert_of(due).pk: (placement.home_id, directory.authority[due.child.pk])
        for due in dues
        if due.episode is not None and due.episode.status == EpisodeStatus.NOT_CONFIRMED
        for placement in [due.watched.child.placement]
        if placement is not None and placement.home_id is not None
    }

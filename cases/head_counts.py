"""Who is to be seen because another child is missing: found by what stands, written child by child.

Each verb locks the one child that it writes about and no other: two reports of one home at one instant hold one child
each, and neither waits for the other's.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Exists, F, Func, Model, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower

from cases import log
from cases.models import Child, ChildLink, Contact, HeadCount, Means, MissingEpisode, Placement
from cases.states import NO_FIND, EpisodeOutcome
from cases.strengths import NEVER_PROOF
from cases.worded import Question

_Row = TypeVar("_Row", bound=Model)

LATELY = timedelta(days=30)
# So long a search asks for others: in that time a link may still be written down.
ASKS_FOR = timedelta(hours=72)


class Asked(NamedTuple):
    """A child to be seen, and the episode of another that asks for it."""

    episode_id: int
    child_id: int
    reason: str


def begun_lately(at: datetime) -> QuerySet[MissingEpisode]:
    """The open episodes that may ask for others: where there are none, `owing` need not be asked, which takes longer."""
    lately = Q(police_owed_at__gt=at - ASKS_FOR) | Q(confirmed_at__gt=at - ASKS_FOR)
    return MissingEpisode.objects.open().filter(lately, police_owed_at__lte=at)


def owing(at: datetime, *, without: QuerySet[Child]) -> QuerySet[MissingEpisode]:
    """The open episodes of which the police are owed word and that have not asked for everybody yet.

    For 72 hours, from when somebody confirmed it where that was later, in which a link may still be written down.
    `without` are children who ask for nobody and are not asked for, as those of a demonstration.
    """
    begun = begun_lately(at).filter(child__is_drill=False)
    begun = begun.exclude(child__in=without).filter(~_unanswered())
    mates, neighbours, ahead, behind = _others(without)
    # In this order: who lives in a home is found by an index, and who lives at an address among all who live at one.
    at_address = Q(placement__home=None) & Q(Exists(neighbours))
    return begun.filter(Exists(mates) | Exists(ahead) | Exists(behind) | at_address)


def asked(episodes: Iterable[MissingEpisode], *, without: Callable[[], QuerySet[Child]]) -> list[Asked]:
    """Everybody whom these episodes ask for and who is not asked for yet; whoever lives there is asked for as such."""
    found: dict[tuple[int, int], Asked] = {}
    mates, neighbours, ahead, behind = _beside_one(without)
    for episode in episodes:
        of, where = (episode.pk, episode.child_id), episode.placement
        ids: list[int] = []
        if where is not None and where.home_id is not None:
            ids = mates(*of, episode.police_owed_at, where.home_id)
        elif where is not None:
            ids = neighbours(*of, episode.police_owed_at, where.postcode, where.address)
        reasons = [(pk, HeadCount.Reason.HOME) for pk in ids]
        reasons += [(pk, HeadCount.Reason.LINK) for pk in (*ahead(*of), *behind(*of))]
        for child_id, reason in reasons:
            found.setdefault((episode.pk, child_id), Asked(episode.pk, child_id, reason))
    return sorted(found.values())


@cache
def _beside_one(without: Callable[[], QuerySet[Child]]) -> tuple[Question[int], ...]:
    """Who is beside the child of one episode, as questions worded once: as `_others`, in its order."""

    def mates(pk: Any, child: Any, owed_at: Any, home: Any) -> QuerySet[Placement, int]:
        return _mates(without(), pk, child, owed_at, home).values_list("child", flat=True)

    def neighbours(
        pk: Any, child: Any, owed_at: Any, postcode: Any, address: Any
    ) -> QuerySet[Placement, int]:
        return _neighbours(without(), pk, child, owed_at, postcode, address).values_list("child", flat=True)

    def ahead(pk: Any, child: Any) -> QuerySet[ChildLink, int]:
        return _linked(without(), pk, child, "child", "other").values_list("other", flat=True)

    def behind(pk: Any, child: Any) -> QuerySet[ChildLink, int]:
        return _linked(without(), pk, child, "other", "child").values_list("child", flat=True)

    return Question(mates), Question(neighbours), Question(ahead), Question(behind)


def _unanswered() -> Q:
    """An episode that opened because nobody answered another's head count, while nobody has confirmed it.

    Else a house in which nobody could write for two hours asks for the whole house once for each of its children.
    """
    opened_at, since = OuterRef(OuterRef("opened_at")), OuterRef("since")
    seen = (
        Contact.objects.seen()
        .exclude(means__in=(*NEVER_PROOF, Means.PHONE))
        .filter(child=OuterRef("child"), happened_at__gte=since, happened_at__lt=opened_at)
    )
    found = MissingEpisode.objects.exclude(outcome__in=NO_FIND).filter(
        child=OuterRef("child"), ended_at__gt=since, ended_at__lte=opened_at
    )
    stood = Q(ended_at=None) | Q(ended_at__gt=OuterRef("opened_at"))
    looked_for = HeadCount.objects.filter(
        stood, ~Exists(seen), ~Exists(found), child=OuterRef("child"), raised_at__lte=OuterRef("opened_at")
    )
    return Q(Exists(looked_for), started_by=MissingEpisode.StartedBy.SILENCE, confirmed_at=None)


def _others(
    without: QuerySet[Child],
) -> tuple[QuerySet[Placement], QuerySet[Placement], QuerySet[ChildLink], QuerySet[ChildLink]]:
    """Who lives with the child of the episode around this since before it was missing, and links with it from both ends.

    First whoever lives in its home, then whoever lives where somebody typed the same address.
    """
    pk, child, owed_at = map(OuterRef, ("pk", "child", "police_owed_at"))
    home, postcode, address = (OuterRef(f"placement__{name}") for name in ("home", "postcode", "address"))
    return (
        _mates(without, pk, child, owed_at, home),
        _neighbours(without, pk, child, owed_at, postcode, address),
        _linked(without, pk, child, "child", "other"),
        _linked(without, pk, child, "other", "child"),
    )


def _mates(
    without: QuerySet[Child], episode: Any, child: Any, owed_at: Any, home: Any
) -> QuerySet[Placement]:
    living = _living(child, owed_at).filter(home__isnull=False, home=home)
    return _unasked(living, "child", episode, without)


def _neighbours(  # noqa: PLR0917 - as one row has them
    without: QuerySet[Child], episode: Any, child: Any, owed_at: Any, postcode: Any, address: Any
) -> QuerySet[Placement]:
    typed = _living(child, owed_at).filter(home=None, address_restricted=False, postcode=postcode)
    same = typed.exclude(postcode="").alias(written=_letters(F("address")))
    typed_there = Value(address) if isinstance(address, str) else address
    same = same.filter(written=_letters(typed_there)).exclude(written="")
    return _unasked(same, "child", episode, without)


def _linked(without: QuerySet[Child], episode: Any, child: Any, end: str, other: str) -> QuerySet[ChildLink]:
    links = ChildLink.objects.bonds().exclude(check_result=ChildLink.Check.NOT_SO)
    return _unasked(links.filter(**{end: child}), other, episode, without)


def _living(child: Any, owed_at: Any) -> QuerySet[Placement]:
    return Placement.objects.filter(ends_at=None, starts_at__lte=owed_at).exclude(child=child)


def _letters(address: Combinable) -> Func:
    """An address as it is compared: "Harbour Hotel, 1 Quay" and "harbour hotel 1 quay" are one."""
    between = (Value("[^[:alnum:]]+"), Value(""), Value("g"))
    return Func(Lower(address), *between, function="regexp_replace", output_field=TextField())


def _unasked(rows: "QuerySet[_Row]", column: str, episode: Any, without: QuerySet[Child]) -> "QuerySet[_Row]":
    died = MissingEpisode.objects.filter(child=OuterRef("pk"), outcome=EpisodeOutcome.DIED)
    wanted = Child.objects.filter(~Exists(died), ~Exists(_searches()), closed_at=None, is_drill=False)
    wanted = wanted.exclude(pk__in=without)
    of = OuterRef(episode) if isinstance(episode, OuterRef) else episode
    told = HeadCount.objects.filter(child=OuterRef(column), episode=of)
    return rows.filter(~Exists(told), **{f"{column}__in": wanted})


def _searches() -> QuerySet[MissingEpisode]:
    """Of a child from the query around it: who is looked for is not asked for as well."""
    return MissingEpisode.objects.open().filter(child=OuterRef("pk"), police_owed_at__isnull=False)


def ask(one: Asked, *, within: timedelta, at: datetime) -> bool:
    """Ask for this child to be seen `within` so long, and watch it more closely.

    False where it is asked for, where it or the other is missing no longer or anew, and while somebody else holds it:
    the next sweep finds it again, and no sweeper waits.
    """
    with transaction.atomic():
        child = Child.objects.filter(~Exists(_searches()), pk=one.child_id).unheld().first()
        if child is None:
            return False
        episode = MissingEpisode.objects.open().filter(pk=one.episode_id).first()
        if episode is None or episode.police_owed_at is None or child.closed_at is not None:
            return False
        if HeadCount.objects.filter(child=child, episode=episode).exists():
            return False
        row = HeadCount.objects.create(
            child=child,
            episode=episode,
            reason=one.reason,
            since=episode.police_owed_at,
            raised_at=at,
            due_at=at + within,
        )
        data = {"reason": one.reason, "due_at": row.due_at.isoformat()}
        log.record(child, "head_count_asked", subject=row, data=data, by=None, at=at)
    return True


def needless(at: datetime) -> QuerySet[HeadCount]:
    """Those that ask on because of an episode that was none: its record was late.

    Of the endings of the last 30 days: the question is asked four times a second, and may not cost with all that ever
    ended. What no sweep has seen by then stays owed until the child is seen.
    """
    return HeadCount.objects.filter(
        ended_at=None,
        episode__outcome=EpisodeOutcome.RECORDING_LATE,
        episode__police_owed_at__isnull=False,
        episode__ended_at__gt=at - LATELY,
    )


def end(pk: int, *, at: datetime) -> bool:
    """Ask for this one no more: nobody was missing. False where it has ended, and while somebody else holds the child."""
    with transaction.atomic():
        child = Child.objects.filter(head_counts=pk).unheld().first()
        row = needless(at).filter(pk=pk).first()
        if child is None or row is None:
            return False
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        log.record(child, "head_count_ended", subject=row, by=None, at=at)
    return True

"""The numbers on which a return is confirmed: those held when the search began, and apart what somebody entered since.

A number of somebody from whom the child is kept is none of them, nor that of a place where nobody else stands
(docs/adr/0213).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from alerts import reach
from cases import action_owners, escorts
from cases.models import (
    Child,
    ConfigurationChange,
    Event,
    Home,
    KeepFrom,
    Membership,
    MissingEpisode,
    Placement,
    Role,
    User,
)
from cases.moves import isolated


@dataclass(frozen=True)
class Held:
    """A number and whose it is; of one that was entered during the search by whom, None where that is not known."""

    phone: str
    whose: str
    is_new: bool = False
    entered_by: User | None = None

    @property
    def words(self) -> str:
        words = f"{isolated(self.whose)}, {self.phone}"
        if not self.is_new:
            return words
        if self.entered_by is None:
            return _("%(number)s, entered during the search") % {"number": words}
        parts = {"number": words, "name": isolated(self.entered_by.name)}
        return _("%(number)s, entered during the search by %(name)s") % parts


def of(episode: MissingEpisode, *, now: datetime) -> list[Held]:
    """Every number that may be rung, those of before the search first and each once."""
    found: dict[str, Held] = {}
    stood, there = _places(episode, now)
    held = [*_of_places(stood, there, episode.opened_at), *_of_carers(episode, stood, there, now)]
    held += [Held(phone, who) for who, phone in reach.hosts(episode.child, now=now)]
    for one in sorted(held, key=lambda one: one.is_new):
        found.setdefault(escorts.dialled(one.phone), one)
    found.pop("", None)
    numbers = list(found.values())
    marked = set(escorts.barred(episode.child, [("", one.phone, "") for one in numbers]))
    return [one for number, one in enumerate(numbers, start=1) if number not in marked]


def _places(episode: MissingEpisode, now: datetime) -> tuple[Placement | None, Placement | None]:
    """Where the child was on record as living when the search began; and where it is by now, if that is another place."""
    began = episode.opened_at
    places = Placement.objects.filter(child=episode.child_id).select_related("home", "recorded_by")
    entered = _written_since(episode.child, "placement_started", began)
    stood = places.exclude(pk__in=entered).filter(starts_at__lte=began).order_by("-starts_at").first()
    there = places.current(now).first()
    had = stood if stood is not None and _stood(stood, entered, began) else None
    return (
        had if had is not None and not _all_are_kept(had, now) else None,
        there if there is not None and there != stood and not _all_are_kept(there, now) else None,
    )


def _of_places(stood: Placement | None, there: Placement | None, began: datetime) -> Iterator[Held]:
    """Of the place that stood at `began`, and of the one that was entered since."""
    if stood is not None:
        yield from _of_place(stood, began)
    if there is not None:
        for one in _of_place(there, began):
            yield replace(one, is_new=True, entered_by=one.entered_by or there.recorded_by)


def _stood(place: Placement, entered: Collection[int], began: datetime) -> bool:
    """Whether it was the place at `began`: an end that was written later, with an earlier time, takes nothing away."""
    if place.ends_at is None or place.ends_at > began:
        return True
    if Placement.objects.filter(pk__in=entered, starts_at=place.ends_at).exists():
        return True
    return place.pk in _written_since(place.child, "placement_ended", began)


def _of_place(place: Placement, began: datetime) -> Iterator[Held]:
    """Its own number and that of its home, each as it stood at `began`; what a correction put there since is new."""
    if place.home is None:
        yield Held(place.phone, _("Placement"))
        return
    name, changes = place.home.name, _changes_of(place.home, began)
    if not changes:
        yield Held(place.phone, name)
    else:
        yield Held(changes[0].data["changed"]["phone"][0], name)
    last = changes[-1] if changes else None
    by = last.actor if last is not None else None
    yield Held(place.home.phone, name, is_new=last is not None, entered_by=by)


def _of_carers(
    episode: MissingEpisode, stood: Placement | None, there: Placement | None, now: datetime
) -> Iterator[Held]:
    """The foster carers where the child lived when the search began, with their numbers of then, whoever has left since.

    Who came there since, or is a carer where the child was placed since, is told apart with who entered it.
    """
    began = episode.opened_at
    kept = KeepFrom.objects.current(now).filter(child=episode.child_id).values("user")
    rows = Membership.objects.filter(role=Role.FOSTER_CARER).exclude(user__in=kept)
    rows = rows.select_related("user").order_by("pk")
    for place in (stood, there):
        if place is None or place.home_id is None:
            continue
        here = rows.filter(home=place.home_id)
        held = set(here.current(began).values_list("pk", flat=True)) if place == stood else set()
        by = place.recorded_by if place == there else None
        for row in here.filter(Q(pk__in=held) | Q(pk__in=here.current(now).values("pk"))):
            yield from _of_carer(row, began, was_there=row.pk in held, by=by)


def _of_carer(row: Membership, began: datetime, *, was_there: bool, by: User | None) -> Iterator[Held]:
    """A carer's number as it stood at `began`, where they were one; what is new since by whoever entered it, else `by`."""
    changes = ConfigurationChange.objects.filter(at__gt=began).select_related("actor").order_by("pk")
    came = changes.filter(subject_type="membership", subject_id=row.pk, kind="role_given").last()
    wrote = list(
        changes.filter(
            subject_type="user",
            subject_id=row.user_id,
            kind="person_corrected",
            data__fields__contains="phone",
        )
    )
    whose, has_stood = _("Foster carer, %s") % row.user.name, was_there and came is None
    if has_stood:
        # What was corrected before numbers were kept has none of before: then the one of now is told as new alone.
        was = wrote[0].data.get("phone") if wrote else [row.user.phone]
        yield Held(was[0] if was else "", whose)
    if wrote or not has_stood:
        last = wrote[-1] if wrote else came
        yield Held(row.user.phone, whose, is_new=True, entered_by=last.actor if last is not None else by)


def _changes_of(home: Home, began: datetime) -> Sequence[ConfigurationChange]:
    """The corrections of its number since, in order."""
    changes = ConfigurationChange.objects.filter(
        subject_type="home", subject_id=home.pk, kind="home_corrected", at__gt=began
    )
    return list(changes.filter(data__changed__has_key="phone").select_related("actor"))


def _written_since(child: Child, kind: str, began: datetime) -> set[int]:
    """The placements of which this came on record since, whatever time it tells."""
    written = Event.objects.filter(child=child, kind=kind, recorded_at__gt=began)
    return {pk for pk in written.values_list("subject_id", flat=True) if pk is not None}


def _all_are_kept(place: Placement, now: datetime) -> bool:
    """Whether the child is kept from everybody who stands there; where nobody signs in the number alone tells."""
    if place.home_id is None:
        return False
    people = set(action_owners.staff_of([place.home_id], at=now).values_list("user", flat=True))
    kept = KeepFrom.objects.current(now).filter(child=place.child_id).values_list("user", flat=True)
    return bool(people) and people <= set(kept)

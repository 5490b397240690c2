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
    held = [*_of_places(episode, now), *_of_carers(episode, now)]
    held += [Held(phone, who) for who, phone in reach.hosts(episode.child, now=now)]
    for one in sorted(held, key=lambda one: one.is_new):
        found.setdefault(escorts.dialled(one.phone), one)
    found.pop("", None)
    numbers = list(found.values())
    marked = set(escorts.barred(episode.child, [("", one.phone, "") for one in numbers]))
    return [one for number, one in enumerate(numbers, start=1) if number not in marked]


def _of_places(episode: MissingEpisode, now: datetime) -> Iterator[Held]:
    """Of where the child was on record as living when the search began, and of where it is by now."""
    began = episode.opened_at
    places = Placement.objects.filter(child=episode.child_id).select_related("home", "recorded_by")
    entered = _written_since(episode.child, "placement_started", began)
    stood = places.exclude(pk__in=entered).filter(starts_at__lte=began).order_by("-starts_at").first()
    now_there = places.current(now).first()
    if stood is not None and _stood(stood, entered, began) and not _all_are_kept(stood, now):
        yield from _of_place(stood, began)
    if now_there is None or now_there == stood or _all_are_kept(now_there, now):
        return
    for one in _of_place(now_there, began):
        yield replace(one, is_new=True, entered_by=one.entered_by or now_there.recorded_by)


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


def _of_carers(episode: MissingEpisode, now: datetime) -> Iterator[Held]:
    """The foster carers there now; of one who came, or whose number was written, during the search by whom."""
    homes = Placement.objects.current(now).filter(child=episode.child_id).values("home")
    rows = Membership.objects.current(now).filter(role=Role.FOSTER_CARER, home__in=homes)
    kept = KeepFrom.objects.current(now).filter(child=episode.child_id).values("user")
    for row in rows.exclude(user__in=kept).select_related("user").order_by("pk"):
        came = Q(subject_type="membership", subject_id=row.pk, kind="role_given")
        wrote = Q(subject_type="user", subject_id=row.user_id, kind="person_corrected")
        wrote &= Q(data__fields__contains="phone")
        since = ConfigurationChange.objects.filter(came | wrote, at__gt=episode.opened_at)
        last = since.select_related("actor").last()
        is_new = last is not None or row.starts_at > episode.opened_at
        by = last.actor if last is not None else None
        yield Held(row.user.phone, _("Foster carer, %s") % row.user.name, is_new, by)


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

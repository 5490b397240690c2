"""Where a child lived: one to three placements, and the last for as long as the story needs."""

from datetime import datetime, timedelta

from alerts.population.stage import KINDS, House, Place, Stage
from alerts.population.told import DAY, Told, give
from cases import grants, placements
from cases.models import Nation, Placement
from cases.people import home_group, host_group

# A child who stays in one placement so long, at low risk, is settled; these have been for longer.
SETTLED_FOR = timedelta(days=100)


def stay(stage: Stage, told: Told) -> None:
    """One to three placements, the last long enough for whoever is settled, and left when a search has lasted."""
    life = told.life
    began = life.registered_at + timedelta(hours=1)
    last_start = (life.since or told.until) - (SETTLED_FOR if life.settled else timedelta(hours=8))
    starts = [min(began, last_start)]
    for step in (stage.rng.uniform(9, 30), stage.rng.uniform(90, 400)):
        start = starts[-1] + timedelta(days=step)
        if start < min(last_start, told.until - 10 * DAY) and (len(starts) == 1 or stage.rng.random() < 0.3):
            starts.append(start.replace(second=0, microsecond=0))
    left = told.life.closed_at
    if life.since is not None:
        lasted = life.since + timedelta(days=stage.rng.uniform(30, 60))
        left = lasted.replace(second=0, microsecond=0) if lasted < stage.at else None
    for number, start in enumerate(starts):
        ends = starts[number + 1] if number + 1 < len(starts) else left
        early = life.entered is not None and start < life.registered_at + 10 * DAY
        place = stage.places[life.entered or 0] if early else told.place
        house = _a_house(stage, told, place, start, near=number == 0)
        _place(stage, told, house, start, ends)
    if life.since is not None and left is not None:
        placement, _ = told.stays[-1]
        data = {"home": placement.home_id, "reason": "Not back; the bed could not be kept longer"}
        told.tell("placement_ended", subject=placement, by=told.place.duty, at=left, data=data)


def _place(stage: Stage, told: Told, house: House, start: datetime, ends: datetime | None) -> None:
    home = house.home
    placement = stage.book.add(
        Placement(
            child=told.child,
            type=house.kind,
            home=home,
            postcode=home.postcode,
            phone=home.phone,
            host_authority_id=home.authority_id,
            force=home.authority.force,
            host_notified=True,
            starts_at=start,
            ends_at=ends,
            recorded_by=told.worker,
        )
    )
    told.stays.append((placement, house))
    if ends is None:
        give(stage, told.child, grants.LOOK_AFTER, home_group(home.pk))
        give(stage, told.child, grants.HOST, host_group(home.authority_id))
    told.tell(
        "placement_started",
        subject=placement,
        by=told.worker,
        at=start + timedelta(minutes=20),
        happened_at=start,
        data={"type": house.kind, "home": home.pk, "host_authority": home.authority.code},
        fields={"address": "", "phone": home.phone, "room": ""},
    )


def _a_house(stage: Stage, told: Told, place: Place, start: datetime, *, near: bool) -> House:
    """A bed with the authority itself, or, for nearly half, with another: of the same region where there is one.

    Whoever is under 16 lives in no supported accommodation.
    """
    kinds = [one for one in KINDS if not _too_young(told, one[0], start)]
    (kind,) = stage.rng.choices([kind for kind, _ in kinds], [share for _, share in kinds])
    if not near and stage.rng.random() < 0.45:
        own = place.authority
        others = [p for p in stage.places if p.authority.region == own.region and p is not place]
        place = stage.rng.choice(others or stage.places)
    houses = place.houses[kind]
    place.taken[kind] += 1
    return houses[place.taken[kind] % len(houses)]


def _too_young(told: Told, kind: str, start: datetime) -> bool:
    until = placements.too_young_until(
        told.child, placement_type=kind, starts_at=start, nation=Nation.ENGLAND
    )
    return until is not None

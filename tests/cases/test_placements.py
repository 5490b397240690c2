"""Placements replace one another, may leave a gap, and never overlap."""

from datetime import UTC, datetime, timedelta

import pytest

from cases import grants, placements
from cases.host_notices import HostTold
from cases.models import Absence, ChildGroupPermission, Placement
from cases.people import home_group, host_group
from tests.cases.expectations import events, refused
from tests.factories import AT, a_child, a_force, a_home, an_authority, out, placed

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _grants(child) -> set[tuple[str, str]]:
    rows = ChildGroupPermission.objects.filter(content_object=child)
    return set(rows.values_list("permission__codename", "group__name"))


TOLD = HostTold(whom="Its duty desk, by phone", told_at=AT)


def _move(child, home, *, starts_at, at=None, **fields):
    return placements.start(
        child,
        where=home,
        placement_type=Placement.Type.CHILDRENS_HOME,
        starts_at=starts_at,
        by=child.registered_by,
        at=at or starts_at,
        **fields,
    )


@pytest.mark.by_turns
def test_a_placement_takes_host_force_phone_and_postcode_from_its_home():
    host = an_authority()
    home = a_home(host, force=a_force())
    child = a_child()
    with events(child, "placement_started", "host_told") as written:
        placement = _move(
            child, home, starts_at=AT + HOUR, room="4", reason="First placement", host_told=TOLD
        )
    assert (placement.host_authority, placement.force) == (host, home.force)
    assert (placement.phone, placement.postcode, placement.address) == (home.phone, home.postcode, "")
    assert (placement.room, placement.reason, placement.host_notified) == ("4", "First placement", True)
    assert placement.ends_at is None
    assert written[0].data == {"type": "K2", "home": home.pk, "host_authority": host.code}
    assert written[0].happened_at == AT + HOUR


@pytest.mark.by_turns
def test_a_placement_at_an_address_has_no_home_and_its_address_stays_out_of_the_log():
    host = an_authority()
    where = placements.Address(
        address="9 Tallow Street", postcode="ZZ99 3WZ", phone="01632 960222", authority=host, force=host.force
    )
    child = a_child()
    with events(child, "placement_started") as written:
        placement = _move(child, where, starts_at=AT)
    assert (placement.home, placement.address, placement.phone) == (None, "9 Tallow Street", "01632 960222")
    assert "Tallow" not in str(written[0].data)
    assert _grants(child) == {(grants.HOST, host_group(host.pk))}


@pytest.mark.by_turns
def test_a_move_ends_the_placement_before_at_the_same_instant_and_moves_the_grants():
    child = a_child()
    first, second = a_home(), a_home()
    placed(child, first)
    assert _grants(child) == {
        (grants.LOOK_AFTER, home_group(first.pk)),
        (grants.HOST, host_group(first.authority_id)),
    }
    with events(child, "placement_started"):
        _move(child, second, starts_at=AT + HOUR, at=AT + 2 * HOUR)
    old, new = Placement.objects.filter(child=child).order_by("starts_at")
    assert (old.home, old.ends_at) == (first, AT + HOUR)
    assert (new.home, new.starts_at, new.ends_at) == (second, AT + HOUR, None)
    assert _grants(child) == {
        (grants.LOOK_AFTER, home_group(second.pk)),
        (grants.HOST, host_group(second.authority_id)),
    }


@pytest.mark.by_turns
def test_a_new_room_in_the_same_home_keeps_the_grants():
    child = a_child()
    home = a_home()
    placed(child, home)
    before = _grants(child)
    _move(child, home, starts_at=AT + HOUR, room="7")
    assert _grants(child) == before


@pytest.mark.by_turns
def test_after_an_end_there_is_a_gap_until_the_next_start():
    child = a_child()
    placement = placed(child)
    with events(child, "placement_ended") as written:
        placements.end(
            placement, ends_at=AT + HOUR, reason="Notice given", by=child.registered_by, at=AT + 2 * HOUR
        )
    assert written[0].data == {"home": placement.home_id, "reason": "Notice given"}
    assert written[0].happened_at == AT + HOUR
    assert _grants(child) == set()
    assert not Placement.objects.current(AT + HOUR).filter(child=child).exists()
    _move(child, a_home(), starts_at=AT + 3 * HOUR)
    assert Placement.objects.filter(child=child).count() == 2
    assert not Placement.objects.current(AT + 2 * HOUR).filter(child=child).exists()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(days=1)])
def test_a_placement_neither_starts_nor_ends_in_the_future(ahead):
    child = a_child()
    with refused(child, "The start must be now or in the past: a placement begins when the child is there."):
        _move(child, a_home(), starts_at=AT + ahead, at=AT)
    placement = placed(child)
    with refused(child, "The end must be now or in the past."):
        placements.end(placement, ends_at=AT + ahead, reason="", by=child.registered_by, at=AT)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "starts", [timedelta(0), timedelta(hours=1), timedelta(hours=2) - timedelta(seconds=1)]
)
def test_a_start_inside_or_before_an_ended_placement_is_refused_with_its_day(starts):
    child = a_child()
    placement = placed(child)
    placements.end(placement, ends_at=AT + 2 * HOUR, reason="", by=child.registered_by, at=AT + 2 * HOUR)
    with refused(child, "Start date must be after the previous placement ended (2 March 2026)."):
        _move(child, a_home(), starts_at=AT + starts, at=AT + 3 * HOUR)


@pytest.mark.by_turns
def test_the_day_of_an_end_after_midnight_in_summer_is_londons():
    half_past_midnight = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
    child = a_child()
    placements.end(
        placed(child), ends_at=half_past_midnight, reason="", by=child.registered_by, at=half_past_midnight
    )
    with refused(child, "Start date must be after the previous placement ended (4 July 2026)."):
        _move(child, a_home(), starts_at=half_past_midnight - HOUR, at=half_past_midnight + HOUR)


@pytest.mark.by_turns
def test_a_start_at_the_instant_of_an_end_is_a_move_without_a_gap():
    child = a_child()
    placement = placed(child)
    placements.end(placement, ends_at=AT + HOUR, reason="", by=child.registered_by, at=AT + 2 * HOUR)
    with events(child, "placement_started"):
        _move(child, a_home(), starts_at=AT + HOUR, at=AT + 2 * HOUR)


@pytest.mark.by_turns
def test_a_placement_ends_once_and_after_its_start():
    child = a_child()
    placement = placed(child)
    by = child.registered_by
    with refused(child, "The end must be after the start."):
        placements.end(placement, ends_at=AT, reason="", by=by, at=AT + HOUR)
    placements.end(placement, ends_at=AT + HOUR, reason="", by=by, at=AT + HOUR)
    with refused(child, "This placement has ended already."):
        placements.end(placement, ends_at=AT + 2 * HOUR, reason="", by=by, at=AT + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_leave_from_a_placement_ends_with_it():
    child = a_child()
    placed(child)
    out(child, until=AT + 8 * HOUR, at=AT + HOUR)
    _move(child, a_home(), starts_at=AT + 2 * HOUR)
    assert Absence.objects.get(child=child).ends_at == AT + 2 * HOUR

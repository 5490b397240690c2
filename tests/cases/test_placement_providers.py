"""Type and provider of a placement are those that the return on looked-after children knows."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cases import clock, placements
from cases.models import Event, Placement
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_home, a_watched_child, an_authority, case_closed

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=clock.now() - timedelta(hours=3))


By, Type = Placement.ProvidedBy, Placement.Type
# Temporary moves, and other placements from the return of 2025-26 on: it knows no provider of them.
NOBODYS = ("T1", "T2", "T3", "Z11", "Z12", "Z13", "Z14")


def test_every_type_and_provider_is_a_code_of_the_return() -> None:
    # The return of 2026-27 without adopters (A3 to A6, U2, U5) and T0; with Z1, which it had until 2024-25.
    wanted = {"K1", "K2", "K3", "P1", "P3", "R1", "R2", "R3", "R5", "S1", "T1", "T2", "T3", "T4"}
    wanted |= {"U1", "U3", "U4", "U6", "Z1", "Z11", "Z12", "Z13", "Z14"}
    assert set(Type.values) == wanted
    assert set(By.values) == {"PR0", "PR1", "PR2", "PR3", "PR4", "PR5"}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("kind", Type.values)
def test_a_provider_goes_with_a_type_in_the_verb_and_in_the_database_alike(
    watched: Watched, kind: str
) -> None:
    for provided_by in ("", *By.values):
        lawful = placements.may_provide(provided_by, kind)
        assert lawful == (
            provided_by == "" or ((provided_by == "PR0") == (kind == "P1") and kind not in NOBODYS)
        )
        Placement.objects.filter(pk=watched.placement.pk).update(type=kind, provided_by="")
        if lawful:
            Placement.objects.filter(pk=watched.placement.pk).update(provided_by=provided_by)
            continue
        with pytest.raises(IntegrityError), transaction.atomic():
            Placement.objects.filter(pk=watched.placement.pk).update(provided_by=provided_by)


def test_a_provider_that_the_return_has_not_is_refused(watched: Watched) -> None:
    at = clock.now()
    with pytest.raises(IllegalMove, match="not provided so"):
        placements.start(
            watched.child,
            where=a_home(watched.authority),
            placement_type=Type.CHILDRENS_HOME,
            provided_by=By.PARENT,
            starts_at=at,
            by=watched.worker,
            at=at,
        )


@pytest.mark.by_turns
def test_who_provides_it_is_asked_and_stands_with_the_placement(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/placements/new/"
    typed_in = {
        "where": a_home(an_authority("Saltbridge")).pk,
        "placement_type": "U4",
        "provided_by": "PR5",
        "starts_at_when": "now",
        "host_notified": "no",
        "room": "Attic",
    }
    refused = client.post(address, typed_in | {"provided_by": "PR0"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Select who may provide this type of placement, or Not said yet" in page
    assert 'value="Attic"' in page
    assert client.post(address, typed_in).status_code == 302
    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert (placement.type, placement.provided_by) == ("U4", "PR5")
    stays = client.get(f"/children/{watched.child.reference}/placements/").content.decode()
    assert "Foster placement, long term" in stays
    assert "A charity or other voluntary provider" in stays


@pytest.mark.by_turns(8)
def test_who_provides_a_placement_is_said_later_and_put_right_where_its_area_is(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    stays = f"/children/{watched.child.reference}/placements/"
    address = f"{stays}area/"
    assert f"{address}#provider" in client.get(stays).content.decode()
    wrong = client.post(address, {"provided_by": "PR0"})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert "Select who may provide this type of placement, or Not said yet" in page
    assert "Select the host authority" not in page
    for said in ("PR5", "PR4", "PR4"):
        assert client.post(address, {"provided_by": said}).status_code == 302
    placement = Placement.objects.get(child=watched.child)
    assert (placement.provided_by, placement.starts_at) == ("PR4", watched.placement.starts_at)
    written = Event.objects.filter(child=watched.child, kind="placement_provider_said").order_by("number")
    assert [row.data for row in written] == [
        {"provided_by": "PR5", "was": ""},
        {"provided_by": "PR4", "was": "PR5"},
    ]
    told = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "A private provider; it was A charity or other voluntary provider" in told
    # The area is asked for on its own still.
    assert client.post(address, {"reason": "x"}).status_code == 422
    for reader in (watched.carer, watched.guardian):
        client.force_login(reader)
        assert client.post(address, {"provided_by": "PR1"}).status_code == 404
    placement.refresh_from_db()
    assert placement.provided_by == "PR4"


def test_nothing_is_said_of_a_placement_that_ended_or_a_case_that_is_closed(watched: Watched) -> None:
    at = clock.now()
    with events(watched.child, "placement_provider_said"):
        placements.say_provider(watched.placement, provided_by=By.OWN, by=watched.worker, at=at)
    with refused(watched.child, "A placement of this type is not provided so."):
        placements.say_provider(watched.placement, provided_by=By.PARENT, by=watched.worker, at=at)
    placements.end(watched.placement, ends_at=at, reason="Bed lost", by=watched.worker, at=at)
    with refused(watched.child, "This placement has ended already."):
        placements.say_provider(watched.placement, provided_by=By.PRIVATE, by=watched.worker, at=at)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=at)
    with refused(watched.child, "This case is closed: nothing more can be recorded in it."):
        placements.say_provider(watched.placement, provided_by=By.PRIVATE, by=watched.worker, at=at)


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["Z1", "Z11", "Z14"])
def test_what_is_none_of_the_types_is_recorded_by_its_code_or_without_and_asks_who_is_there(
    client: Client, watched: Watched, kind: str
) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference
    address = f"/children/{reference}/placements/new/"
    assert "one of the codes Z11 to Z14" in client.get(address).content.decode()
    given = {
        "where": a_home(an_authority("Saltbridge")).pk,
        "placement_type": kind,
        "starts_at_when": "now",
        "host_notified": "no",
    }
    answer = client.post(address, given)
    assert (answer.status_code, "staffing" in answer.headers["Location"]) == (302, True)
    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert placement.type == kind
    stays = client.get(f"/children/{reference}/placements/").content.decode()
    assert str(Type(kind).label) in stays

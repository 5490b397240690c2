"""A mailbox of a force that councils share: who hears that it was entered, and whose test proves it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import addresses, sweep
from alerts.emails import agreed
from alerts.models import Message, Probe
from cases import clock, organisations
from cases.models import Authority, Mailbox, PoliceForce, Role, User
from tests.factories import (
    Watched,
    a_home,
    a_person,
    a_watched_child,
    an_agreement,
    an_authority,
    missing,
    placed,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
PLANTED = "control.room@elsewhere.example"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5))


@pytest.fixture
def theirs(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=an_authority("Farby", force=watched.force))


@pytest.fixture
def own(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


def entered(client: Client, person: User, force: PoliceForce) -> Mailbox:
    client.force_login(person)
    what = {"address": PLANTED, "what": f"control_room:force:{force.pk}"}
    assert client.post("/admin/mailboxes/new/", what).status_code == 302
    return Mailbox.objects.get(address=PLANTED)


def answered(client: Client, person: User, box: Mailbox) -> Mailbox:
    """Sent by `person`, and answered by whoever reads it."""
    client.force_login(person)
    assert client.post(f"/admin/mailboxes/{box.pk}/test/").status_code == 302
    probe = Probe.objects.filter(mailbox=box).latest("asked_at", "pk")
    Client().post(f"/t/{addresses.token_of(probe.message.pk)}/")
    box.refresh_from_db()
    return box


def told(wording: str = "mailbox_entered") -> list[Any]:
    return sorted((one.user for one in Message.objects.filter(wording=wording)), key=lambda one: one.pk)


@pytest.mark.by_turns(8)
def test_whoever_enters_a_mailbox_of_a_shared_force_does_not_prove_it_and_the_other_council_hears(
    client: Client, watched: Watched, theirs: User, own: User, now: datetime, monkeypatch
) -> None:
    an_agreement(watched.force, watched.authority)
    box = answered(client, theirs, entered(client, theirs, watched.force))
    assert box.verified_at is None
    assert set(told()) == {own, watched.head, watched.director}
    search = missing(watched.child, by=watched.worker, at=now)
    sweep.sweep_all(now=now + MINUTE)
    mailed = Message.objects.filter(mailbox__force=watched.force, episode=search)
    assert {one.mailbox for one in mailed} == {watched.control_room, watched.coordinator}
    assert not agreed.is_signed(search, watched.force, box, now=now)
    page = client.get("/admin/mailboxes/").content.decode()
    assert "An administrator of another council of this force must ring the force" in page
    monkeypatch.setattr(clock, "now", lambda: now + 2 * MINUTE)
    assert answered(client, own, box).verified_at == now + 2 * MINUTE
    assert len(told()) == 2 * 3 + 1
    # From then on each proves it anew.
    monkeypatch.setattr(clock, "now", lambda: now + 4 * MINUTE)
    assert answered(client, theirs, box).verified_at == now + 4 * MINUTE
    assert len(told()) == 2 * 3 + 1


@pytest.mark.by_turns
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "account closed since"])
def test_the_first_of_two_tests_that_counts_is_not_that_of_another_administrator_of_the_same_council(
    client: Client, watched: Watched, theirs: User, own: User, is_there: bool
) -> None:
    box = entered(client, theirs, watched.force)
    User.objects.filter(pk=theirs.pk).update(is_active=is_there)
    mate = a_person(Role.ADMINISTRATOR, authority=Authority.objects.get(name="Farby"))
    assert answered(client, mate, box).verified_at is None


@pytest.mark.by_turns
def test_where_no_other_council_has_an_administrator_whoever_entered_it_proves_it(
    client: Client, watched: Watched, own: User
) -> None:
    an_authority("Farby", force=watched.force)
    assert answered(client, own, entered(client, own, watched.force)).verified_at is not None


@pytest.mark.by_turns
def test_a_force_without_any_proved_mailbox_is_told_at_the_one_that_was_entered(
    client: Client, watched: Watched, theirs: User, own: User, now: datetime
) -> None:
    Mailbox.objects.filter(force=watched.force).update(ends_at=now - MINUTE)
    box = entered(client, theirs, watched.force)
    search = missing(watched.child, by=watched.worker, at=now + MINUTE)
    sweep.sweep_all(now=now + 2 * MINUTE)
    assert Message.objects.filter(mailbox=box, episode=search).exists()


@pytest.mark.by_turns
def test_a_change_of_a_homes_number_is_told_to_its_council_and_to_those_with_a_child_there(
    watched: Watched, theirs: User, own: User, now: datetime
) -> None:
    home = a_home(an_authority("Hostby"))
    placed(watched.child, home, by=watched.worker, starts_at=now - MINUTE, at=now - MINUTE)
    host = a_person(Role.ADMINISTRATOR, authority=home.authority)
    head = a_person(Role.TEAM_MANAGER, authority=home.authority, reach="service")
    organisations.correct_home(home, phone="01632 960713", by=host, at=now)
    assert set(told("home_phone_changed")) == {own, watched.head, watched.director, head}
    organisations.correct_home(home, name="Alder House", by=host, at=now)
    assert len(told("home_phone_changed")) == 4

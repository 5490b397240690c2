"""A device in a home is nobody: where the child is kept from all who work there, it neither rings nor shows the child."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import recipients
from alerts.escalations import kept
from alerts.models import Channel, Clock
from alerts.recipients import Post, Recipient
from cases import clock, concerns, facts, home_devices
from cases.models import Child, Role, User
from tests.factories import AT, Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT, given_name="Yonas")


@pytest.fixture
def device(watched: Watched) -> User:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    return home_devices.add(watched.home, "Tablet", by=admin, at=AT)


def keep(watched: Watched, person: User) -> None:
    concerns.keep_from(watched.child, person, reason="He said so", by=watched.manager, at=AT)


def rung(child: Child) -> list[Recipient]:
    (found,) = facts.load([child.pk]).values()
    return recipients.directory([found], at=NOW).resolve(Post.HOME, found, (Channel.TEXT,))


@pytest.mark.usefixtures("device")
def test_the_phone_of_the_one_carer_from_whom_the_child_is_kept_stays_silent(watched: Watched) -> None:
    assert len(rung(watched.child)) == 1
    keep(watched, watched.carer)
    assert rung(watched.child) == []


@pytest.mark.usefixtures("device")
def test_it_hears_of_no_other_child_either_because_of_this_one(watched: Watched) -> None:
    (found,) = facts.load([watched.child.pk]).values()
    directory = recipients.directory([found], at=NOW)
    asked = Clock(kind=Clock.Kind.HEAD_COUNT, child=watched.child)
    barred = {watched.child.pk: {watched.carer.pk}}
    told = {"kept": barred, "channels": (Channel.TEXT,)}
    assert kept.standing(directory, Post.HOME, found, asked, **told) == []


def test_it_shows_no_child_that_is_kept_from_all_who_sign_there(
    client: Client, watched: Watched, device: User
) -> None:
    client.force_login(device)
    roll = reverse("roll_call", args=[watched.home.pk])
    colleague = a_person(Role.FOSTER_CARER, home=watched.home)
    keep(watched, watched.carer)
    assert "Yonas" in client.get(roll).content.decode(), "kept from one of them"
    keep(watched, colleague)
    assert "Yonas" not in client.get(roll).content.decode()
    assert client.get(reverse("not_here", args=[watched.child.reference])).status_code == 404

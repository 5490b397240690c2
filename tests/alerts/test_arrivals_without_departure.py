"""An arrival of a child of whom nobody has recorded that it left is of this child only if somebody says so."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import transfers
from cases.deadlines import london_day
from cases.models import Photo, Placement, Transfer
from tests.factories import (
    Watched,
    a_watched_child,
    agreed,
    arrived,
    membership_of,
    photographed,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = "This child is here: I checked the name and the reference with them"


@pytest.fixture
def sender(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def receiver(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def going(sender: Watched, receiver: Watched, now: datetime) -> Transfer:
    return agreed(sender, receiver, moves_at=now + DAY, at=now - HOUR)


def answers(receiver: Watched, **more: Any) -> dict[str, Any]:
    return {
        "arrived_at_when": "now",
        "handed_to": "Ola of the night shift",
        "stays": "no",
        "worker": membership_of(receiver.worker).pk,
        "read": ["risks", "episodes"],
    } | more


@pytest.mark.by_turns
def test_an_arrival_before_the_agreed_day_without_a_departure_is_refused_until_somebody_says_that_it_is_this_child(
    sender: Watched, receiver: Watched, going: Transfer, client: Client
) -> None:
    photographed(sender.child, by=sender.worker, at=going.referred_at)
    token = Photo.objects.get(child=sender.child).token
    client.force_login(receiver.worker)
    where = reverse("transfer_act", args=[sender.child.reference, "arrive"])
    shown = client.get(where).content.decode()
    for words in (
        "has not recorded that this child left",
        "which is yet to come",
        TICK,
        sender.desk.team.name,
    ):
        assert words in shown, words
    assert token in shown, "the photo stands beside the question"
    assert client.get(reverse("photo", args=[sender.child.reference, token, "portrait"])).status_code == 200
    box = shown.partition('name="is_here"')[2].partition(">")[0]
    assert "checked" not in box
    refused = client.post(where, answers(receiver))
    words = refused.content.decode()
    assert refused.status_code == 422
    assert "#id_is_here" in words
    assert "Ola of the night shift" in words
    assert Placement.objects.current(going.referred_at + HOUR).filter(child=sender.child).exists()
    done = client.post(where, answers(receiver, is_here="on"), follow=True)
    assert "Ring the other authority now" in done.content.decode()
    assert (
        "Nobody had recorded that the child left"
        in client.get(reverse("child_timeline", args=[sender.child.reference])).content.decode()
    )
    written = sender.child.events.get(kind="transfer_arrived")
    assert written.data["was_expected"] is False
    client.force_login(sender.worker)
    theirs = client.get(reverse("handed_over", args=[sender.child.reference])).content.decode()
    assert "If it is still with you, ring them at once" in theirs
    assert receiver.desk.team.name in theirs


@pytest.mark.by_turns
def test_after_a_departure_nobody_is_asked_that(
    sender: Watched, receiver: Watched, going: Transfer, client: Client, now: datetime
) -> None:
    transfers.set_out(
        going, left_at=now - HOUR / 2, expected_at=now + HOUR, by=sender.worker, at=now - HOUR / 2
    )
    client.force_login(receiver.worker)
    where = reverse("transfer_act", args=[sender.child.reference, "arrive"])
    shown = client.get(where).content.decode()
    assert "is_here" not in shown
    assert "has not recorded" not in shown
    assert client.post(where, answers(receiver)).status_code == 302
    assert sender.child.events.get(kind="transfer_arrived").data["was_expected"] is True
    client.force_login(sender.worker)
    theirs = client.get(reverse("handed_over", args=[sender.child.reference])).content.decode()
    assert "still with you" not in theirs


@pytest.mark.by_turns(8)
def test_a_journey_there_that_is_broken_off_as_the_page_is_read_leaves_nobody_unasked(
    sender: Watched, receiver: Watched, going: Transfer, now: datetime
) -> None:
    """The verb asks under the lock, whatever the page did."""
    said = {"left_at": now - HOUR / 2, "expected_at": now + HOUR}
    going = transfers.set_out(going, **said, by=sender.worker, at=now - HOUR / 2)
    going = transfers.agree_day(going, london_day(now), by=sender.worker, at=now)
    with pytest.raises(transfers.NotChecked):
        transfers.confirm_arrival(
            going,
            arrived_at=now,
            handed_to="Ola Brightwell",
            team=going.team,
            worker=going.worker,
            read=["risks", "episodes"],
            stays_placed=False,
            by=receiver.worker,
            at=now,
        )
    assert arrived(going, at=now).status in ("arrived", "completed")

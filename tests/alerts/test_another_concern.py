"""Two matters at once are two live concerns: each is marked, read and lifted by itself."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, concerns
from cases.models import Event, LiveConcern
from tests.factories import AT, Watched, a_watched_child, knows

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def w(client: Client, monkeypatch: pytest.MonkeyPatch) -> Watched:
    one = a_watched_child(at=AT)
    monkeypatch.setattr(clock, "now", lambda: AT + 6 * HOUR)
    knows(one.manager, "rowan-heath-lantern")
    client.force_login(one.worker)
    return one


def mark(w: Watched, reason: str, hours: int) -> LiveConcern:
    return concerns.mark(w.child, reason=reason, by=w.worker, at=AT + hours * HOUR)


def page(client: Client, w: Watched, name: str, query: str = "") -> str:
    answer = client.get(reverse(name, args=[w.child.reference]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns(8)
def test_a_second_matter_is_offered_beside_the_first_and_both_are_read(w: Watched, client: Client) -> None:
    address = reverse("concern", args=[w.child.reference])
    assert "Mark another live concern" not in page(client, w, "child"), (
        "nothing stands that it would be beside"
    )
    mark(w, "A grey van", 1)
    for name in ("child", "concern"):
        assert "Mark another live concern" in page(client, w, name)
    offered = page(client, w, "concern", "?stood=0")
    assert "Mark a live concern" in offered
    assert "A grey van" in offered, "what is marked already"
    assert "Second person" not in offered, "raising a guard never waits"
    refused = client.post(f"{address}?stood=0", {"reason": "", "stood": "0"})
    assert refused.status_code == 422
    assert "A grey van" in refused.content.decode()
    for _press in range(2):
        said = {"reason": "Somebody rings at night", "stood": "0"}
        assert client.post(f"{address}?stood=0", said).status_code == 302
    assert Event.objects.filter(child=w.child, kind="concern_marked").count() == 2
    record = page(client, w, "child")
    assert record.index("A grey van") < record.index("Somebody rings at night")


@pytest.mark.by_turns(8)
def test_either_of_two_is_lifted_and_the_other_stays(w: Watched, client: Client) -> None:
    van, caller = mark(w, "A grey van", 1), mark(w, "Somebody rings at night", 2)
    first = page(client, w, "concern")
    assert f'name="stood" value="{van.pk}"' in first
    assert f'href="?stood={caller.pk}"' in first
    second = page(client, w, "concern", f"?stood={caller.pk}")
    assert f'name="stood" value="{caller.pk}"' in second
    assert f'href="?stood={van.pk}"' in second
    lifts = {
        "reason": "It was his aunt",
        "how_long": "for_good",
        "second_email": w.manager.email,
        "second_password": "rowan-heath-lantern",
        "stood": caller.pk,
    }
    address = reverse("concern", args=[w.child.reference])
    assert client.post(address, lifts).status_code == 302
    assert list(LiveConcern.objects.filter(ends_at=None)) == [van]
    # Sent again it is about the one that is lifted, and lifts no other.
    again = client.post(address, lifts)
    assert (again.status_code, again["Location"]) == (302, reverse("child", args=[w.child.reference]))
    # In other words it is somebody else's matter, and another is lifted only once it was read.
    again = client.post(address, {**lifts, "reason": "Another reason"})
    assert again.status_code == 422
    assert "The concern that you opened is lifted by now" in again.content.decode()
    # An old link to it leads to what stands, and says so.
    old = client.get(f"{address}?stood={caller.pk}", follow=True)
    assert "That concern is lifted." in old.content.decode()
    assert old.redirect_chain == [(address, 302)]
    assert list(LiveConcern.objects.filter(ends_at=None)) == [van]


@pytest.mark.by_turns
def test_a_name_that_is_none_of_this_childs_concerns_lifts_none_of_another_child(
    w: Watched, client: Client
) -> None:
    mine = mark(w, "A grey van", 1)
    other = a_watched_child(at=AT + HOUR)
    foreign = concerns.mark(other.child, reason="Not for these eyes", by=other.worker, at=AT + 2 * HOUR)
    for wanted in (str(foreign.pk), "x", "-1", "99999999999999999999999"):
        words = page(client, w, "concern", f"?stood={wanted}")
        assert "Not for these eyes" not in words
        assert f'name="stood" value="{mine.pk}"' in words


@pytest.mark.by_turns
def test_where_nothing_is_offered_beside_a_concern(w: Watched, client: Client) -> None:
    mark(w, "A grey van", 1)
    for person in (w.carer, w.guardian):
        client.force_login(person)
        assert "Mark another live concern" not in page(client, w, "child")
        address = reverse("concern", args=[w.child.reference])
        assert client.get(f"{address}?stood=0").status_code == 404
        assert client.post(address, {"reason": "x", "stood": "0"}).status_code == 404

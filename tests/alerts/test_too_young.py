"""A child under 16 in supported accommodation: recorded where it is, never unawares, and a manager hears at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock, Message
from cases import clock
from cases.models import Authority, Child, Placement
from tests.alerts import papers
from tests.factories import AT, Watched, a_home, a_watched_child, placed

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SUPPORTED = Placement.Type.SUPPORTED
FROM = AT + HOUR


def a_child_of(born: date | None, *, nation: str = "England") -> Watched:
    papers.asked_for()
    watched = a_watched_child()
    said = {"birth_date": born, "birth_date_precision": "day" if born else "unknown"}
    Child.objects.filter(pk=watched.child.pk).update(**said)
    Authority.objects.filter(pk=watched.authority.pk).update(nation=nation)
    watched.child.refresh_from_db()
    return watched


def in_supported(watched: Watched, *, starts_at: datetime = FROM) -> Placement:
    home = a_home(watched.authority)
    return placed(
        watched.child, home, placement_type=SUPPORTED, starts_at=starts_at, by=watched.worker, at=starts_at
    )


def is_owed(watched: Watched) -> bool:
    return Clock.objects.filter(child=watched.child, duty="too_young", next_at__isnull=False).exists()


@pytest.mark.by_turns
def test_the_manager_hears_at_once_then_the_head_and_the_director_until_another_placement() -> None:
    watched = a_child_of(date(2011, 3, 1))
    in_supported(watched)
    steps = papers.clock_of(watched.child, "too_young").steps
    moments = [datetime.fromisoformat(steps[rung]) for rung in ("R1", "R4", "R5")]
    assert moments == [FROM, FROM + DAY, FROM + 3 * DAY]
    sweep.sweep_all(now=FROM)
    assert papers.steps(watched.child, "too_young") == ["R1"]
    told = Message.objects.filter(items__alert__clock__duty="too_young")
    assert {row.user for row in told} == {watched.manager}
    placed(watched.child, a_home(watched.authority), by=watched.worker, at=FROM + 2 * HOUR)
    sweep.sweep_all(now=FROM + 2 * HOUR)
    assert not papers.is_open(watched.child, "too_young")


@pytest.mark.by_turns
def test_it_ends_with_the_sixteenth_birthday() -> None:
    watched = a_child_of(date(2010, 3, 4))
    in_supported(watched)
    sweep.sweep_all(now=FROM)
    assert papers.is_open(watched.child, "too_young")
    birthday = datetime(2026, 3, 4, tzinfo=UTC)
    sweep.sweep_all(now=birthday - timedelta(seconds=1))
    assert papers.is_open(watched.child, "too_young")
    sweep.sweep_all(now=birthday)
    assert not papers.is_open(watched.child, "too_young")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("born", "nation"),
    [
        (date(2010, 3, 2), "England"),
        (None, "England"),
        (date(2011, 3, 1), "Wales"),
        (date(2011, 3, 1), "Scotland"),
    ],
)
def test_from_sixteen_on_of_an_age_nobody_knows_and_in_another_nation_nothing_is_owed(born, nation) -> None:
    watched = a_child_of(born, nation=nation)
    in_supported(watched)
    assert not is_owed(watched)


@pytest.mark.by_turns(8)
def test_the_form_asks_that_it_is_so_and_why_and_then_records_where_the_child_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = a_child_of(date(2011, 3, 1))
    monkeypatch.setattr(clock, "now", lambda: FROM)
    client.force_login(watched.worker)
    address = reverse("placement_new", args=[watched.child.reference])
    assert "under_16" not in client.get(address).content.decode()
    given = {"where": a_home(watched.authority).pk, "placement_type": SUPPORTED, "starts_at_when": "now"}
    asked = client.post(address, given)
    assert asked.status_code == 422
    assert set(asked.context["form"].errors) == {"under_16", "reason"}
    assert 'name="under_16"' in asked.content.decode()
    # A reason alone says nothing of the age, nor does the tick say why.
    assert set(client.post(address, {**given, "reason": "No bed elsewhere"}).context["form"].errors) == {
        "under_16"
    }
    assert set(client.post(address, {**given, "under_16": "on"}).context["form"].errors) == {"reason"}
    assert not is_owed(watched)
    sent = client.post(address, {**given, "under_16": "on", "reason": "No bed elsewhere"})
    assert sent.status_code == 302
    standing = Placement.objects.get(child=watched.child, ends_at=None)
    assert (standing.type, standing.reason) == (SUPPORTED, "No bed elsewhere")
    assert is_owed(watched)


@pytest.mark.by_turns
def test_the_form_asks_nothing_of_it_for_another_type_or_an_older_child(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = a_child_of(date(2010, 3, 2))
    monkeypatch.setattr(clock, "now", lambda: FROM)
    client.force_login(watched.worker)
    given = {"where": a_home(watched.authority).pk, "placement_type": SUPPORTED, "starts_at_when": "now"}
    assert client.post(reverse("placement_new", args=[watched.child.reference]), given).status_code == 302

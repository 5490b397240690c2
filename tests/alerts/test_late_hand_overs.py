"""A hand-over that is confirmed late: the lateness alarmed, and the child lives where it came from no more all the same."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock
from cases import clock, episodes
from cases.models import Journey, MissingEpisode, Placement
from cases.states import EpisodeStatus
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, confirmed, missing, planned, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEPARTS = AT + 29 * HOUR
ARRIVED = DEPARTS + HOUR


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    found = a_watched_child()
    seen(found.child, by=found.carer, at=DEPARTS - MINUTE)
    return found


def set_out(watched: Watched) -> Journey:
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    return made


def opened_by_silence(watched: Watched) -> datetime:
    """Sweep on until the lateness has opened an episode; when it did."""
    while not MissingEpisode.objects.open().filter(child=watched.child).exists():
        standing = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
        assert standing.next_at is not None
        sweep.sweep_all(now=standing.next_at)
    return MissingEpisode.objects.open().get(child=watched.child).opened_at


def placement_of(watched: Watched) -> Placement:
    return Placement.objects.get(pk=watched.placement.pk)


def confirmed_late(watched: Watched) -> datetime:
    made = set_out(watched)
    at = opened_by_silence(watched) + MINUTE
    confirmed(made, 1, by=None, at=at, happened_at=ARRIVED, as_given=True)
    return at


@pytest.mark.by_turns
def test_a_hand_over_that_is_confirmed_when_the_lateness_has_opened_an_episode_ends_the_placement(watched):
    at = confirmed_late(watched)
    assert placement_of(watched).ends_at == ARRIVED
    assert papers.clock_of(watched.child, "nowhere").due_at is not None
    assert MissingEpisode.objects.open().filter(child=watched.child).exists(), "its ending is its own verb"
    assert at > ARRIVED


@pytest.mark.by_turns
def test_what_duty_has_confirmed_is_a_search_and_the_word_of_an_escort_leaves_the_placement(watched):
    made = set_out(watched)
    at = opened_by_silence(watched) + MINUTE
    found = MissingEpisode.objects.open().get(child=watched.child)
    episodes.confirm(found, by=watched.worker, at=at)
    assert MissingEpisode.objects.get(pk=found.pk).status == EpisodeStatus.MISSING
    confirmed(made, 1, by=None, at=at + MINUTE, happened_at=ARRIVED, as_given=True)
    assert placement_of(watched).ends_at is None


@pytest.mark.by_turns
def test_where_the_police_were_called_by_the_silence_the_placement_stands_until_the_search_ends(watched):
    made = set_out(watched)
    found = opened_by_silence(watched)
    while MissingEpisode.objects.open().filter(child=watched.child, police_owed_at=None).exists():
        standing = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
        assert standing.next_at is not None
        found = standing.next_at
        sweep.sweep_all(now=found)
    confirmed(made, 1, by=None, at=found + MINUTE, happened_at=ARRIVED, as_given=True)
    assert placement_of(watched).ends_at is None


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("sought", [True, False])
def test_the_page_says_that_the_placement_stands_once_nobody_looks_for_the_child(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch, sought: bool
) -> None:
    made = set_out(watched)
    found = missing(watched.child, by=watched.worker, at=DEPARTS + MINUTE)
    confirmed(made, 1, by=None, at=ARRIVED, as_given=True)
    if not sought:
        # As one that was ended since by duty and the police.
        MissingEpisode.objects.filter(pk=found.pk).update(
            status=EpisodeStatus.ENDED,
            outcome="returned",
            ended_at=ARRIVED + MINUTE,
            child_confirmed_at=ARRIVED,
            child_confirmed_how="saw",
            police_closed_at=ARRIVED,
            police_closed_force=watched.force,
        )
    monkeypatch.setattr(clock, "now", lambda: ARRIVED + HOUR)
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert ("is still placed where it was" in page) is not sought

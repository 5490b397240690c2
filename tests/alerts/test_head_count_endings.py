"""How the search for those who lived with a missing child ends: seen, gone as well, or nobody was missing."""

from datetime import datetime

import pytest
from django.db import transaction

from alerts import emails, integrity
from alerts.models import Alert, Message, MessageKind
from cases import clock, episodes
from cases.models import Child, Event, HeadCount, MissingEpisode
from tests.alerts.outgoing import broken, catch, send_all, tick
from tests.alerts.test_head_counts import HOUR, MINUTE, NOW, due, mate, somebody_else
from tests.factories import Watched, ended, missing, not_here, seen, silent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    catch(monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def gone() -> Watched:
    return somebody_else(given_name="Yonas")


@pytest.fixture
def child(gone: Watched) -> Child:
    """One who lives with it."""
    return mate(gone)


@pytest.fixture
def episode(gone: Watched, child: Child) -> MissingEpisode:
    """The police were told of a silence of the first, and the other is looked for on its account."""
    found = failed(gone.child, NOW)
    tick(NOW)
    return found


@pytest.fixture
def own(episode: MissingEpisode, child: Child) -> MissingEpisode:
    """The other's own silence has begun a search, and the first has ended as a late record."""
    tick(NOW + 91 * MINUTE)
    found = MissingEpisode.objects.open().get(child=child)
    ended(episode, outcome="recording_late", at=NOW + 92 * MINUTE)
    return found


def failed(child: Child, at: datetime) -> MissingEpisode:
    """A silence that the police were told of: only such a one may be a late record."""
    episode = silent(child, at=at)
    with transaction.atomic():
        episode.child = Child.objects.locked().get(pk=child.pk)
        episodes.start_fail_safe(episode, owed_at=at)
    return episode


def endings(child: Child) -> list[Message]:
    return list(Message.objects.filter(kind=MessageKind.ENDING, items__alert__child=child))


@pytest.mark.by_turns
def test_nobody_hears_that_it_has_ended_where_the_child_is_found_to_be_gone_as_well(gone: Watched) -> None:
    lost, there = mate(gone), mate(gone)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    send_all(NOW)
    not_here(lost, by=gone.carer, at=NOW + 12 * MINUTE)
    seen(there, by=gone.carer, at=NOW + 13 * MINUTE, knows_child=True)
    tick(NOW + 13 * MINUTE)
    first = Alert.objects.get(child=lost, clock__kind="head_count")
    assert (first.status, first.end_reason) == ("ended", "sought")
    assert not endings(lost)
    assert Event.objects.filter(child=lost, kind="alert_ended", data__reason="sought").exists()
    assert endings(there), "who was seen is told as before"
    send_all(NOW + 13 * MINUTE)
    named = [row for answer in integrity.check(NOW + HOUR) for row in answer.references]
    assert f"alert {first.pk}" not in named


@pytest.mark.by_turns
def test_nothing_has_ended_while_another_is_missing_for_whom_the_child_is_looked_for(
    gone: Watched, child: Child, episode: MissingEpisode
) -> None:
    second = mate(gone)
    missing(second, by=gone.carer, at=NOW + 5 * MINUTE)
    tick(NOW + 5 * MINUTE)
    tick(NOW + 31 * MINUTE)
    send_all(NOW + 31 * MINUTE)
    assert Alert.objects.open().get(child=child, clock__kind="contact").due_at == NOW + 30 * MINUTE
    ended(episode, outcome="recording_late", at=NOW + 32 * MINUTE)
    tick(NOW + 32 * MINUTE)
    first = Alert.objects.get(child=child, clock__kind="contact", status="ended")
    assert first.end_reason == "told_anew"
    assert not endings(child)
    tick(NOW + 35 * MINUTE)
    assert Alert.objects.open().get(child=child, clock__kind="contact").due_at == NOW + 35 * MINUTE
    ended(MissingEpisode.objects.get(child=second), at=NOW + 36 * MINUTE)
    seen(child, by=gone.carer, at=NOW + 37 * MINUTE, knows_child=True)
    tick(NOW + 37 * MINUTE)
    assert endings(child)


@pytest.mark.by_turns
def test_what_the_childs_own_silence_has_opened_stays_until_it_is_seen(
    gone: Watched, child: Child, own: MissingEpisode
) -> None:
    tick(NOW + 92 * MINUTE)
    assert HeadCount.objects.get().ended_at == NOW + 92 * MINUTE
    assert due(child) == NOW + 30 * MINUTE
    assert MissingEpisode.objects.open().filter(pk=own.pk).exists()
    assert not endings(child)
    seen(child, by=gone.carer, at=NOW + 100 * MINUTE, knows_child=True)
    tick(NOW + 100 * MINUTE)
    own.refresh_from_db()
    assert own.outcome == "recording_late"
    assert Alert.objects.get(child=child, clock__kind="contact").end_reason == "accounted_for"
    assert due(child) != NOW + 30 * MINUTE
    assert not broken(NOW + 100 * MINUTE)


@pytest.mark.by_turns(8)
def test_where_nobody_sees_it_the_police_are_owed_word_all_the_same(own: MissingEpisode) -> None:
    tick(NOW + 120 * MINUTE)
    assert MissingEpisode.objects.get(pk=own.pk).police_owed_at == NOW + 120 * MINUTE


@pytest.mark.by_turns
def test_word_of_its_end_says_that_what_else_is_open_goes_on(
    gone: Watched, child: Child, episode: MissingEpisode
) -> None:
    send_all(NOW)
    seen(child, by=gone.carer, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    endings = Message.objects.filter(kind=MessageKind.ENDING, items__alert__child=child)
    told = {one.post: emails.compose_text(one, now=NOW + MINUTE) for one in endings}
    assert "home" in told
    assert all("It ends the head count alone: what else is open goes on." in one for one in told.values())
    assert not Message.objects.filter(kind=MessageKind.ENDING, items__alert__child=gone.child).exists()

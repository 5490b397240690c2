"""Nobody is mailed what they have just done themselves, on any path, but how it ends; and nobody twice of one step."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from alerts import episode_updates
from alerts.models import Message, MessageItem, MessageKind
from cases import triggers
from cases.models import MissingEpisode, Trigger, User
from tests import factories
from tests.alerts.outgoing import FIRST, Out, after, broken, catch, send_all, tick
from tests.factories import Watched

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def mailed(person: User) -> list[str]:
    rows = Message.objects.filter(user=person, channel="mail").exclude(kind=MessageKind.ENDING)
    return sorted(rows.values_list("wording", flat=True))


@pytest.mark.by_turns
@pytest.mark.parametrize("role", ["worker", "guardian", "manager"])
def test_whoever_writes_not_here_is_not_mailed_of_it_and_the_others_are(watched: Watched, role: str) -> None:
    actor = getattr(watched, role)
    factories.not_here(watched.child, by=actor, at=FIRST)
    tick(FIRST)
    told = {"worker": ["told_missing"], "guardian": ["told_missing"], "manager": ["duty_not_here"]}
    told[role] = []
    assert {name: mailed(getattr(watched, name)) for name in told} == told
    # A manager is rung as ever: the rung is theirs.
    texts = Message.objects.filter(user=watched.manager, channel="text", step="R2")
    assert texts.count() == 1
    assert not broken(FIRST)


@pytest.mark.by_turns
@pytest.mark.parametrize("role", ["worker", "guardian"])
def test_whoever_reports_missing_is_not_mailed_of_it(watched: Watched, role: str) -> None:
    actor = getattr(watched, role)
    factories.missing(watched.child, at=FIRST, by=actor)
    tick(FIRST)
    assert mailed(actor) == []
    other = watched.guardian if role == "worker" else watched.worker
    assert mailed(other) == ["told_missing"]


@pytest.mark.by_turns(8)
def test_whoever_enters_that_somebody_came_is_not_mailed_of_it(watched: Watched) -> None:
    triggers.record(
        [watched.child],
        kind=Trigger.Kind.APPROACH,
        happens_at=FIRST,
        note="A man waited at the gate",
        by=watched.worker,
        at=FIRST,
    )
    tick(FIRST)
    assert "told_approach" not in mailed(watched.worker)
    assert Message.objects.filter(wording="duty_approach").exists()


@pytest.mark.by_turns
def test_whoever_adds_an_update_is_not_mailed_of_it(watched: Watched) -> None:
    episode = factories.missing(watched.child, at=FIRST, by=watched.desk.person)
    tick(FIRST)
    episode_updates.add(episode, text="Seen in Ellwick", side="council", by=watched.worker, at=after(60))
    assert "episode_update" not in mailed(watched.worker)
    assert "episode_update" in mailed(watched.guardian)


@pytest.mark.by_turns
def test_the_actor_hears_the_ending_of_what_they_were_told(watched: Watched, out: Out) -> None:
    tick(FIRST)
    send_all(FIRST)
    factories.seen(watched.child, by=watched.guardian, at=after(60))
    tick(after(61))
    send_all(after(61) + 3 * MINUTE)
    ended = Message.objects.filter(kind=MessageKind.ENDING, user=watched.guardian, status="sent")
    assert ended.count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("role", ["worker", "guardian", "manager", "carer"])
def test_whoever_reported_the_child_hears_once_how_it_ends(watched: Watched, out: Out, role: str) -> None:
    actor = getattr(watched, role)
    episode = factories.missing(watched.child, at=FIRST, by=actor)
    tick(FIRST)
    send_all(FIRST)
    factories.ended(episode, by=watched.desk.person, at=after(600))
    tick(after(601))
    send_all(after(610))
    endings = Message.objects.filter(kind=MessageKind.ENDING, status="sent", channel="mail")
    told = endings.filter(user__in=(watched.worker, watched.guardian))
    assert sorted(told.values_list("user", flat=True)) == sorted([watched.worker.pk, watched.guardian.pk])
    assert endings.filter(user=actor).count() == (role in ("worker", "guardian"))
    assert not broken(after(900))


@pytest.mark.by_turns
def test_whoever_wrote_not_here_after_a_silence_hears_one_ending(watched: Watched, out: Out) -> None:
    tick(FIRST)
    send_all(FIRST)
    factories.not_here(watched.child, by=watched.worker, at=after(60))
    tick(after(60))
    send_all(after(60))
    episode = MissingEpisode.objects.get(child=watched.child)
    factories.ended(episode, by=watched.desk.person, at=after(600))
    tick(after(601))
    send_all(after(610))
    assert Message.objects.filter(kind=MessageKind.ENDING, user=watched.worker).count() == 1


@pytest.mark.by_turns
def test_nobody_is_told_twice_of_one_rung_of_one_alert_whatever_posts_they_stand_on(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=FIRST)
    for minutes in range(0, 140, 5):
        tick(FIRST + minutes * MINUTE)
    once = Counter(MessageItem.objects.values_list("alert", "step", "kind", "recipient"))
    assert set(once.values()) == {1}
    per_mailbox: Any = Counter(
        MessageItem.objects.filter(message__channel="mail").values_list("alert", "step", "message__recipient")
    )
    assert set(per_mailbox.values()) == {1}

"""Alerts go to mailboxes that somebody answered from, and where there is none to what there is, of which somebody hears."""

from datetime import datetime, timedelta

import pytest

from alerts import delivery, reach, recipients, sweep
from alerts.models import Channel, Message, MessageKind
from alerts.posts import Post
from cases import configuration, facts
from cases.models import Mailbox
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PLANTED = "planted@elsewhere.example"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return factories.a_watched_child(at=now - timedelta(hours=5))


def plant(purpose: str, *, at: datetime, **owner: object) -> Mailbox:
    return configuration.register_mailbox(PLANTED, purpose, by=None, at=at, **owner)


def told(post: Post, watched: Watched, at: datetime) -> set[int | None]:
    """The mailboxes that somebody missing is told to at this post."""
    (found,) = facts.load([watched.child.pk]).values()
    forces = {watched.child.pk: [watched.force.pk]}
    directory = recipients.directory([found], supposed=forces, at=at)
    return {one.mailbox_id for one in directory.resolve(post, found, (Channel.MAIL,))}


# --- Who is told


def test_where_a_force_has_a_proved_mailbox_a_planted_one_gets_no_word_of_a_missing_child(
    watched: Watched, now: datetime, catcher
) -> None:
    box = plant(Mailbox.Purpose.CONTROL_ROOM, force=watched.force, at=now - HOUR)
    factories.missing(watched.child, by=watched.worker, at=now - MINUTE)
    sweep.sweep_all(now=now)
    delivery.deliver(clock=lambda: now)
    alerts = Message.objects.filter(mailbox__force=watched.force, kind=MessageKind.ALERT)
    assert {message.mailbox for message in alerts} == {watched.control_room, watched.coordinator}
    assert said(watched, now) == 2
    configuration.prove_mailbox(box, by=None, at=now)
    assert told(Post.FORCE, watched, now) == {watched.control_room.pk, watched.coordinator.pk, box.pk}
    assert said(watched, now) == 3


def said(watched: Watched, now: datetime) -> int:
    """How many mailboxes of the force the form says will be told."""
    posts = [one.post for one in reach.told_when_missing(watched.child, now=now)]
    return sum(post.startswith(watched.force.name) for post in posts)


def test_a_control_room_hears_although_nobody_answered_from_it_where_only_the_coordinator_has(
    watched: Watched, now: datetime
) -> None:
    both = {watched.control_room.pk, watched.coordinator.pk}
    Mailbox.objects.filter(pk=watched.control_room.pk).update(verified_at=None)
    assert told(Post.FORCE, watched, now) == both
    Mailbox.objects.filter(pk__in=both).update(verified_at=now - DAY)
    Mailbox.objects.filter(pk=watched.coordinator.pk).update(verified_at=None)
    assert told(Post.FORCE, watched, now) == {watched.control_room.pk}


@pytest.mark.parametrize("purpose", ["duty", "reviewing"])
def test_of_a_desk_and_of_a_post_it_is_the_same(watched: Watched, now: datetime, purpose: str) -> None:
    if purpose == "duty":
        post, first, owner = Post.DUTY, watched.desk.mailbox, {"team": watched.desk.team}
    else:
        post, owner = Post.REVIEWING, {"authority": watched.authority}
        first = factories.an_authority_mailbox(watched.authority, purpose=Mailbox.Purpose.REVIEWING)
        configuration.prove_mailbox(first, by=None, at=now - HOUR)
    box = plant(purpose, at=now - HOUR, **owner)
    assert told(post, watched, now) == {first.pk}
    # Of another desk, which has none of its own that is proved, it goes on.
    if purpose == "duty":
        other = factories.a_team(watched.authority, kind="emergency")
        night = configuration.register_mailbox("night@council.example", purpose, team=other, by=None, at=now)
        assert told(post, watched, now) == {first.pk, night.pk}
    configuration.prove_mailbox(box, by=None, at=now)
    assert box.pk in told(post, watched, now)


@pytest.mark.parametrize("state", ["never", "stale", "refused"])
def test_no_lack_of_a_proof_keeps_the_police_from_hearing(
    watched: Watched, now: datetime, state: str
) -> None:
    fields = {
        "never": {"verified_at": None},
        "stale": {"verified_at": now - 400 * DAY},
        "refused": {"verified_at": now - DAY, "failed_at": now - HOUR},
    }[state]
    boxes = Mailbox.objects.filter(force=watched.force)
    boxes.update(**fields)
    both = {watched.control_room.pk, watched.coordinator.pk}
    assert told(Post.FORCE, watched, now) == both
    if state != "stale":
        # What was registered for the one that refuses is told too until a proof says which is right.
        box = plant(Mailbox.Purpose.CONTROL_ROOM, force=watched.force, at=now - HOUR)
        assert told(Post.FORCE, watched, now) == both | {box.pk}

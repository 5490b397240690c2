"""Alerts go to mailboxes that somebody answered from, and where there is none to what there is, of which somebody hears."""

from datetime import datetime, timedelta

import pytest

from alerts import delivery, proof_mails, reach, recipients, sweep, tasks, watchdog
from alerts.models import Channel, Message, MessageKind
from alerts.posts import Post
from alerts.states import MessageStatus
from cases import clock, configuration, facts, going_live
from cases.models import ConfigurationChange, Mailbox, Role, User
from config.celery import app
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_a_control_room_hears_although_nobody_answered_from_it_where_only_the_coordinator_has(
    watched: Watched, now: datetime
) -> None:
    both = {watched.control_room.pk, watched.coordinator.pk}
    Mailbox.objects.filter(pk=watched.control_room.pk).update(verified_at=None)
    assert told(Post.FORCE, watched, now) == both
    Mailbox.objects.filter(pk__in=both).update(verified_at=now - DAY)
    Mailbox.objects.filter(pk=watched.coordinator.pk).update(verified_at=None)
    assert told(Post.FORCE, watched, now) == {watched.control_room.pk}


@pytest.mark.by_turns
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


@pytest.mark.by_turns
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


# --- Who hears that nobody answers


@pytest.fixture
def admin(watched: Watched) -> User:
    return factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)


def asked() -> list[tuple[User | None, int | None]]:
    rows = (
        Message.objects.filter(wording="mailbox_unproved")
        .select_related("change")
        .order_by("owed_at", "user")
    )
    return [(message.user, message.change.subject_id if message.change else None) for message in rows]


@pytest.mark.by_turns
def test_the_administrators_hear_of_a_mailbox_from_which_nobody_answered_each_week_until_somebody_does(
    watched: Watched, admin: User, now: datetime, catcher
) -> None:
    watched.force.authorities.add(watched.authority)
    factories.a_person(Role.ADMINISTRATOR)
    second = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    Mailbox.objects.update(verified_at=now)
    box = plant(Mailbox.Purpose.CONTROL_ROOM, force=watched.force, at=now)
    assert proof_mails.tell(now=now + 59 * MINUTE) == 0, "whoever registers it tests it first"
    assert proof_mails.tell(now=now + HOUR) == 1
    assert sorted(asked(), key=str) == sorted([(admin, box.pk), (second, box.pk)], key=str)
    assert proof_mails.tell(now=now + 6 * DAY) == 0
    assert proof_mails.tell(now=now + 7 * DAY + HOUR) == 1
    assert len(asked()) == 4
    configuration.prove_mailbox(box, by=None, at=now + 8 * DAY)
    assert proof_mails.tell(now=now + 20 * DAY) == 0
    delivery.deliver(clock=lambda: now + 20 * DAY)
    told = Message.objects.filter(wording="mailbox_unproved")
    assert {message.status for message in told} == {MessageStatus.SENT}
    text = " ".join(told[0].proofs.get().text.split())
    assert f"nobody had ever answered from a mailbox: Force control room, {watched.force.name}" in text
    assert "Ring them on a number that you know" in text
    assert PLANTED not in text
    assert watched.child.reference not in text


@pytest.mark.by_turns
def test_an_alert_that_goes_to_an_unproved_mailbox_is_told_of_at_once(
    watched: Watched, admin: User, now: datetime
) -> None:
    Mailbox.objects.filter(force=None).update(verified_at=now)
    Mailbox.objects.filter(force=watched.force).update(ends_at=now - 2 * MINUTE)
    box = plant(Mailbox.Purpose.CONTROL_ROOM, force=watched.force, at=now - 2 * MINUTE)
    assert proof_mails.tell(now=now - MINUTE) == 0
    factories.missing(watched.child, by=watched.worker, at=now - MINUTE)
    sweep.sweep_all(now=now)
    assert Message.objects.filter(mailbox=box).exists()
    assert proof_mails.tell(now=now) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize(("owner", "asks"), [("force", True), ("desk", False)])
def test_a_proof_of_a_force_gone_stale_is_asked_for_anew_and_of_a_desk_it_stands(
    watched: Watched, admin: User, now: datetime, owner: str, asks: bool
) -> None:
    Mailbox.objects.update(verified_at=now)
    box = watched.control_room if owner == "force" else watched.desk.mailbox
    Mailbox.objects.filter(pk=box.pk).update(verified_at=now - 31 * DAY)
    assert proof_mails.tell(now=now) == int(asks)
    noted = ConfigurationChange.objects.filter(kind="mailbox_unproved")
    assert [(row.subject_id, row.data) for row in noted] == ([(box.pk, {"proved": True})] if asks else [])


def test_what_has_ended_or_refuses_is_not_asked_for_nor_anything_before_the_service_is_live(
    watched: Watched, admin: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Mailbox.objects.update(verified_at=now)
    Mailbox.objects.filter(pk=watched.control_room.pk).update(verified_at=None, ends_at=now)
    Mailbox.objects.filter(pk=watched.coordinator.pk).update(verified_at=None, failed_at=now)
    assert proof_mails.tell(now=now) == 0
    Mailbox.objects.filter(pk=watched.coordinator.pk).update(failed_at=None)
    monkeypatch.setattr(going_live, "is_live", lambda: False)
    assert proof_mails.tell(now=now) == 0
    monkeypatch.undo()
    assert proof_mails.tell(now=now) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("by", [tasks.tell_of_proofs, lambda: watchdog._owe_what_is_no_clock_s(clock.now())])
def test_beat_and_the_watchdog_both_look(watched: Watched, now: datetime, by) -> None:
    Mailbox.objects.filter(pk=watched.control_room.pk).update(verified_at=None)
    by()
    assert ConfigurationChange.objects.filter(kind="mailbox_unproved", subject_id=watched.control_room.pk)
    assert [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.tell_of_proofs"]

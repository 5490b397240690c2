"""A force that has no mailbox here: of what would be mailed to it duty is asked to phone at once, and of nothing else."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import added_forces, force_offers
from alerts.emails.composition import compose, compose_text
from alerts.models import DutyTask, Message, PolicyVersion
from alerts.models.outbox import MessageKind
from cases import clock, details, people
from cases.models import Mailbox, PoliceForce, Shift, Team
from tests.alerts.outgoing import broken, catch, send_all, tick
from tests.alerts.test_force_offers import accepted, offered
from tests.alerts.test_found import LOOKS, a_found
from tests.alerts.test_release_reads import VAN, WHY, interviewed, release, tell
from tests.factories import (
    Watched,
    a_duty_desk,
    a_force,
    a_force_mailbox,
    a_watched_child,
    an_authority,
    ended,
    membership_of,
    missing,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# As in the tests of what is released: a Monday in winter, 3pm in London.
NOW = datetime.fromisoformat("2026-03-09T15:00+00:00")
NIGHT = NOW + 11 * HOUR


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    catch(monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    PolicyVersion.objects.update(takes_effect_at=NOW - 300 * DAY)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=NOW - 200 * DAY)


@pytest.fixture
def bare() -> PoliceForce:
    return a_force("Westmere Police")


def without_mailbox(watched: Watched) -> None:
    Mailbox.objects.filter(force=watched.force).update(ends_at=NOW - 100 * DAY)


def asked(**fields: object) -> list[Message]:
    """The words to duty and manager that a force is to be phoned."""
    return list(Message.objects.filter(wording="duty_phone_them", **fields).order_by("pk"))


def ways(messages: list[Message]) -> set[tuple[str, str]]:
    return {(one.post, one.channel) for one in messages}


DUTY = {("duty", "text"), ("duty", "mail")}
BOTH = DUTY | {("manager", "text"), ("manager", "mail")}


@pytest.mark.parametrize("has_mailbox", [True, False])
def test_of_two_forces_that_hear_first_the_one_without_a_mailbox_is_phoned(
    watched: Watched, bare: PoliceForce, has_mailbox: bool
) -> None:
    if has_mailbox:
        a_force_mailbox(bare)
    episode = missing(watched.child, by=watched.worker, at=NOW)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW)
    tick(NOW)
    assert Message.objects.filter(wording="police_alert", force=watched.force).exists()
    assert ways(asked()) == (set() if has_mailbox else BOTH)
    for one in asked():
        if one.channel == "text":
            assert "has no mailbox here" in compose_text(one, now=NOW)
        else:
            assert "has no mailbox with us" in " ".join(compose(one, now=NOW).text.split())
    send_all(NOW)
    tick(NOW + 5 * MINUTE)
    assert len(asked()) == len(BOTH) * (not has_mailbox), "once"
    send_all(NOW + 5 * MINUTE)
    assert not broken(NOW + 6 * MINUTE)


@pytest.mark.parametrize("has_mailbox", [True, False])
def test_duty_phones_a_force_without_a_mailbox_of_a_found_child_whoever_else_is_mailed(
    client: Client, watched: Watched, bare: PoliceForce, has_mailbox: bool
) -> None:
    if has_mailbox:
        a_force_mailbox(bare)
    looks = {"by": watched.worker, "at": NOW - DAY}
    details.change(watched.child, {"description": LOOKS}, topic="looks", version=0, **looks)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    before = {one.pk for one in asked()}
    desk = a_duty_desk(an_authority("Harrowfen County"))
    row = a_found(desk, at=NOW, sex="")
    client.force_login(desk.person)
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 302
    tick(NOW)
    tick(NOW)
    assert Message.objects.filter(wording="police_found", force=watched.force).exists()
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == (set() if has_mailbox else DUTY)


def test_the_force_that_was_not_on_the_phone_hears_who_leads_from_duty_where_it_has_no_mailbox(
    watched: Watched,
) -> None:
    other = a_force("Southmere Police")
    a_force_mailbox(other)
    without_mailbox(watched)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    given = offered(episode, other, watched, at=NOW)
    DutyTask.objects.update(done_at=NOW, answer="Rung", next_at=None)
    before = {one.pk for one in asked()}
    accepted(given, watched, NOW + MINUTE)
    assert ways([one for one in asked() if one.pk not in before]) == DUTY
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_POLICE, episode=episode).exists()


@pytest.mark.parametrize("answer", ["accepts", "declines"])
def test_a_force_without_a_mailbox_whose_own_officer_answered_is_not_phoned(
    watched: Watched, bare: PoliceForce, answer: str
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    given = offered(episode, bare, watched, at=NOW)
    before = len(asked())
    if answer == "accepts":
        accepted(given, watched, NOW + MINUTE)
    else:
        said = {"officer": "DC Ward", "reason": "Not ours"}
        force_offers.decline(given, **said, by=watched.desk.person, at=NOW + MINUTE)
    assert len(asked()) == before


@pytest.mark.parametrize("closes", ["the other", "itself"])
def test_a_force_without_a_mailbox_hears_from_duty_that_the_search_has_ended_unless_it_closed_it(
    watched: Watched, bare: PoliceForce, closes: str
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    ended(episode, force=watched.force if closes == "the other" else bare, at=NOW)
    tick(NOW)
    tick(NOW)
    heard = asked(kind=MessageKind.ENDING)
    assert ways(heard) == (DUTY if closes == "the other" else set())
    for one in heard:
        said = compose_text(one, now=NOW) if one.channel == "text" else compose(one, now=NOW).text
        words = " ".join(said.split())
        assert "has ended" in words
        assert "Westmere Police" in words
        assert "say that it has ended" in words
        assert "did not" not in words, "nothing was refused: the other force has its mail"
    send_all(NOW)
    assert all(Message.objects.get(pk=one.pk).status == "sent" for one in heard)
    calls = DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM)
    assert [call.episode for call in calls] == ([episode] if closes == "the other" else [])
    assert not broken(NOW + 9 * MINUTE)
    tick(NOW + 30 * MINUTE)
    seconds = Message.objects.filter(wording="second_person", kind=MessageKind.ENDING)
    assert seconds.exists() == (closes == "the other"), "nobody took it: the second person is rung"


@pytest.mark.parametrize("has_mailbox", [True, False])
def test_the_page_of_the_episode_says_which_force_has_no_mailbox(
    client: Client, watched: Watched, bare: PoliceForce, has_mailbox: bool
) -> None:
    if has_mailbox:
        a_force_mailbox(bare)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert ("Westmere Police has no mailbox here" in page) is not has_mailbox
    assert f"{watched.force.name} has no mailbox here" not in page


def test_the_desk_names_the_force_that_is_to_be_phoned_of_the_end(
    client: Client, watched: Watched, bare: PoliceForce
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    ended(episode, force=watched.force, at=NOW)
    tick(NOW)
    client.force_login(watched.desk.person)
    page = client.get("/duty/").content.decode()
    assert "Phone them now: Westmere Police" in page
    assert "this force has no mailbox here" in page
    (call,) = DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM)
    client.post(f"/duty/tasks/{call.pk}/done/", {"answer": "Rung: they stopped looking"})
    call.refresh_from_db()
    assert call.done_at == NOW
    assert "Phone them now" not in client.get("/duty/").content.decode()


def test_of_many_calls_to_forces_without_a_mailbox_the_desk_asks_no_more_questions_than_of_one(
    client: Client, watched: Watched
) -> None:
    def call(one: Watched) -> str:
        """A search of which two forces without a mailbox hear the end from duty; their names."""
        episode = missing(one.child, by=one.worker, at=NOW - HOUR)
        forces = [a_force(), a_force()]
        for force in forces:
            added_forces.add(episode, force, by=watched.desk.person, at=NOW - HOUR)
        tick(NOW - HOUR)
        ended(episode, force=watched.force, at=NOW)
        tick(NOW)
        return ", ".join(force.name for force in forces)

    def named() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as questions:
            page = client.get("/duty/").content.decode()
        return len(questions), page

    client.force_login(watched.desk.person)
    forces = [call(watched)]
    few, page = named()
    assert page.count("this force has no mailbox here") == 1
    forces += [call(a_watched_child(at=NOW - 200 * DAY, home=watched.home)) for _ in range(4)]
    many, page = named()
    assert page.count("this force has no mailbox here") == 5
    assert not [one for one in forces if one not in page]
    assert many == few


def nobody_on_the_desk(*, at: datetime) -> None:
    """Nobody is on shift, no number of a desk is answered, and no desk has a mailbox."""
    Shift.objects.update(ends_at=at)
    Team.objects.filter(kind=Team.Kind.DUTY).update(phone="", second_phone="")
    Mailbox.objects.filter(force=None).update(ends_at=at)


# Who has left, and who stands above the desk then.
ABOVE = [((), "manager"), (("manager",), "head"), (("manager", "head"), "director")]


@pytest.mark.parametrize(("gone", "hears"), ABOVE)
def test_where_nobody_on_the_desk_can_be_told_of_the_end_whoever_stands_above_it_is(
    watched: Watched, bare: PoliceForce, gone: tuple[str, ...], hears: str
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    nobody_on_the_desk(at=NOW - MINUTE)
    for post in gone:
        people.leave(membership_of(getattr(watched, post)), at=NOW - MINUTE)
    ended(episode, force=watched.force, at=NOW)
    tick(NOW)
    assert ways(asked(kind=MessageKind.ENDING)) == {(hears, "text"), (hears, "mail")}
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM, episode=episode).exists()
    send_all(NOW)
    assert not broken(NOW + 9 * MINUTE)


@pytest.mark.parametrize(("gone", "hears"), ABOVE)
def test_where_nobody_on_the_desk_can_be_told_who_leads_whoever_stands_above_it_phones_the_force(
    watched: Watched, gone: tuple[str, ...], hears: str
) -> None:
    other = a_force("Southmere Police")
    a_force_mailbox(other)
    without_mailbox(watched)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    given = offered(episode, other, watched, at=NOW)
    before = {one.pk for one in asked()}
    nobody_on_the_desk(at=NOW + MINUTE)
    for post in gone:
        people.leave(membership_of(getattr(watched, post)), at=NOW + MINUTE)
    accepted(given, watched, NOW + MINUTE)
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == {(hears, "text"), (hears, "mail")}
    for one in fresh:
        said = compose_text(one, now=NOW) if one.channel == "text" else compose(one, now=NOW).text
        assert watched.force.name in " ".join(said.split())


@pytest.mark.parametrize("desk", ["answers", "nobody"])
def test_where_nobody_on_the_desk_can_be_told_of_a_found_child_the_manager_phones_the_force(
    client: Client, watched: Watched, desk: str
) -> None:
    without_mailbox(watched)
    looks = {"by": watched.worker, "at": NOW - DAY}
    details.change(watched.child, {"description": LOOKS}, topic="looks", version=0, **looks)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    before = {one.pk for one in asked()}
    if desk == "nobody":
        nobody_on_the_desk(at=NOW - MINUTE)
    finders = a_duty_desk(an_authority("Harrowfen County"))
    row = a_found(finders, at=NOW, sex="")
    client.force_login(finders.person)
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 302
    tick(NOW)
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == (DUTY if desk == "answers" else BOTH - DUTY)


def test_a_force_whose_mailbox_was_ended_in_mid_search_is_one_call_at_the_end(
    watched: Watched, bare: PoliceForce
) -> None:
    a_force_mailbox(bare)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    Mailbox.objects.filter(force=bare).update(ends_at=NOW - MINUTE)
    ended(episode, force=watched.force, at=NOW)
    tick(NOW)
    send_all(NOW)
    send_all(NOW + MINUTE)
    heard = asked(kind=MessageKind.ENDING)
    assert ways(heard) == DUTY
    assert len(heard) == len(DUTY)
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1


def test_of_a_death_no_mail_says_that_a_force_is_to_be_phoned(watched: Watched, bare: PoliceForce) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    ended(episode, outcome="died", force=watched.force, at=NOW)
    tick(NOW)
    assert asked(kind=MessageKind.ENDING) == []


# --- What was released of return interviews


def test_duty_phones_a_force_without_a_mailbox_of_lines_that_may_say_where_a_missing_child_is(
    watched: Watched,
) -> None:
    episode = interviewed(watched, at=NOW - HOUR)
    without_mailbox(watched)
    release(episode, watched, VAN, at=NOW)
    tell(NOW)
    assert asked() == [], "nobody looks for the child: nobody is rung"
    again = missing(watched.child, by=watched.worker, at=NIGHT)
    tick(NIGHT)
    before = {one.pk for one in asked()}
    DutyTask.objects.update(done_at=NIGHT, answer="Rung", next_at=None)
    for minute in range(3):
        tell(NIGHT + minute * MINUTE)
    assert {one.pk for one in asked()} == before, "the call of the search is about what lay there unread too"
    release(episode, watched, VAN, WHY, at=NIGHT + HOUR)
    for minute in range(3):
        tell(NIGHT + HOUR + minute * MINUTE)
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == DUTY
    assert len(fresh) == len(DUTY)
    assert {one.episode for one in fresh} == {again}
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_POLICE, episode=again).exists()
    for one in fresh:
        said = compose_text(one, now=NIGHT) if one.channel == "text" else compose(one, now=NIGHT).text
        assert VAN not in said
        assert again.reference in said
        assert watched.force.name in " ".join(said.split())
    # The newest line is taken back: what is left was asked of. What is released to a force that has a mailbox is no call.
    release(episode, watched, VAN, at=NIGHT + 2 * HOUR)
    tell(NIGHT + 2 * HOUR)
    assert len(asked()) == len(before) + len(DUTY)
    a_force_mailbox(watched.force)
    release(episode, watched, VAN, WHY, at=NIGHT + 3 * HOUR)
    tell(NIGHT + 3 * HOUR)
    assert len(asked()) == len(before) + len(DUTY)
    assert Message.objects.filter(wording="police_released", force=watched.force).exists()


def test_of_lines_of_which_nobody_on_the_desk_can_be_told_the_manager_hears_once(watched: Watched) -> None:
    episode = interviewed(watched, at=NOW - HOUR)
    without_mailbox(watched)
    again = missing(watched.child, by=watched.worker, at=NIGHT)
    tick(NIGHT)
    before = {one.pk for one in asked()}
    nobody_on_the_desk(at=NIGHT)
    release(episode, watched, VAN, at=NIGHT + HOUR)
    for minute in range(3):
        tell(NIGHT + HOUR + minute * MINUTE)
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == BOTH - DUTY
    assert len(fresh) == 2
    assert {one.episode for one in fresh} == {again}


@pytest.mark.parametrize("has_mailbox", [True, False])
def test_the_worker_hears_by_day_that_a_force_without_a_mailbox_has_not_read_what_was_released(
    watched: Watched, has_mailbox: bool
) -> None:
    episode = interviewed(watched, at=NOW - HOUR)
    if not has_mailbox:
        without_mailbox(watched)
    release(episode, watched, VAN, at=NIGHT - MINUTE)
    for hours in range(20):
        tell(NIGHT + hours * HOUR)
    said = Message.objects.filter(wording="released_unread")
    assert [one.user for one in said] == ([] if has_mailbox else [watched.worker])
    for one in said:
        assert one.sent_at is not None
        assert one.sent_at >= NIGHT + 5 * HOUR, "by day"
    assert asked() == []


def test_duty_is_asked_again_for_the_child_of_whom_something_is_new_alone(watched: Watched) -> None:
    other = a_watched_child(at=NOW - 200 * DAY, home=watched.placement.home)
    of_child = {one.child.pk: interviewed(one, at=NOW - HOUR) for one in (watched, other)}
    without_mailbox(watched)
    again = {}
    for one in (watched, other):
        release(of_child[one.child.pk], one, VAN, at=NOW)
        again[one.child.pk] = missing(one.child, by=one.worker, at=NIGHT)
    tick(NIGHT)
    tell(NIGHT)
    before = {one.pk for one in asked()}
    release(of_child[other.child.pk], other, VAN, WHY, at=NIGHT + HOUR)
    for minute in range(2):
        tell(NIGHT + HOUR + minute * MINUTE)
    fresh = [one for one in asked() if one.pk not in before]
    assert {one.episode for one in fresh} == {again[other.child.pk]}
    assert len(fresh) == len({one.recipient for one in fresh}), "each once"

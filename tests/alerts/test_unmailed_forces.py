"""A force that has no mailbox here: of what would be mailed to it duty is asked to phone at once, and of nothing else."""

import re
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
from cases.models import Child, ForceOffer, Mailbox, MissingEpisode, PoliceForce, Shift, Team
from tests.alerts.outgoing import broken, catch, send_all, tick
from tests.alerts.test_force_offers import accepted, offered
from tests.alerts.test_found import LOOKS, a_found
from tests.alerts.test_release_reads import VAN, WHY, interviewed, release, tell
from tests.counts import FULL, counts
from tests.factories import (
    Watched,
    a_child,
    a_duty_desk,
    a_force,
    a_force_mailbox,
    a_force_phone,
    a_watched_child,
    an_authority,
    ended,
    membership_of,
    missing,
    placed,
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


@pytest.fixture(autouse=True)
def in_force(moment: None) -> None:
    PolicyVersion.objects.update(takes_effect_at=NOW - 300 * DAY)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=NOW - 200 * DAY)


@pytest.fixture
def bare() -> PoliceForce:
    return a_force("Westmere Police")


@pytest.fixture
def told(watched: Watched, bare: PoliceForce) -> MissingEpisode:
    """A search that two forces heard of an hour ago, one of them without a mailbox; duty has heard that as well."""
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, bare, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    return episode


@pytest.fixture
def other() -> PoliceForce:
    found = a_force("Southmere Police")
    a_force_mailbox(found)
    return found


@pytest.fixture
def unmailed(watched: Watched) -> MissingEpisode:
    """A search by a force without a mailbox for a child whose looks are written down."""
    without_mailbox(watched)
    looks = {"by": watched.worker, "at": NOW - DAY}
    details.change(watched.child, {"description": LOOKS}, topic="looks", version=0, **looks)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    return episode


@pytest.fixture
def given(unmailed: MissingEpisode, other: PoliceForce, watched: Watched) -> ForceOffer:
    """It is offered to one that has a mailbox."""
    return offered(unmailed, other, watched, at=NOW)


@pytest.fixture
def talked(watched: Watched) -> MissingEpisode:
    """What the child said after a search can be released."""
    return interviewed(watched, at=NOW - HOUR)


def without_mailbox(watched: Watched) -> None:
    Mailbox.objects.filter(force=watched.force).update(ends_at=NOW - 100 * DAY)


def asked(**fields: object) -> list[Message]:
    """The words to duty and manager that a force is to be phoned."""
    return list(Message.objects.filter(wording="duty_phone_them", **fields).order_by("pk"))


def ways(messages: list[Message]) -> set[tuple[str, str]]:
    return {(one.post, one.channel) for one in messages}


DUTY = {("duty", "text"), ("duty", "mail")}
BOTH = DUTY | {("manager", "text"), ("manager", "mail")}


@pytest.mark.by_turns
def test_of_forces_that_hear_first_the_one_without_a_mailbox_is_phoned(
    client: Client, watched: Watched, told: MissingEpisode, other: PoliceForce
) -> None:
    added_forces.add(told, other, by=watched.desk.person, at=NOW - HOUR + MINUTE)
    tick(NOW - HOUR + MINUTE)
    for force in (watched.force, other):
        assert Message.objects.filter(wording="police_alert", force=force).exists()
    assert ways(asked()) == BOTH
    for one in asked():
        if one.channel == "text":
            assert "has no mailbox here" in compose_text(one, now=NOW)
        else:
            said = " ".join(compose(one, now=NOW).text.split())
            assert "has no mailbox with us" in said
            assert other.name not in said
    tick(NOW + 5 * MINUTE)
    assert len(asked()) == len(BOTH), "once"
    send_all(NOW + 5 * MINUTE)
    assert not FULL or not broken(NOW + 6 * MINUTE)
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{told.reference}/").content.decode()
    assert "Westmere Police has no mailbox here" in page
    assert f"{watched.force.name} has no mailbox here" not in page
    assert f"{other.name} has no mailbox here" not in page


@pytest.mark.by_turns
def test_duty_phones_a_force_without_a_mailbox_of_a_found_child_whoever_else_is_mailed(
    client: Client, watched: Watched, bare: PoliceForce, other: PoliceForce
) -> None:
    looks = {"by": watched.worker, "at": NOW - DAY}
    details.change(watched.child, {"description": LOOKS}, topic="looks", version=0, **looks)
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    for force in (bare, other):
        added_forces.add(episode, force, by=watched.desk.person, at=NOW - HOUR)
    before = {one.pk for one in asked()}
    ask_of_found(client, episode)
    for force in (watched.force, other):
        assert Message.objects.filter(wording="police_found", force=force).exists()
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == DUTY
    assert len(fresh) == len(DUTY)
    for one in fresh:
        said = compose_text(one, now=NOW) if one.channel == "text" else compose(one, now=NOW).text
        assert bare.name in " ".join(said.split())
        assert other.name not in " ".join(said.split())


def ask_of_found(client: Client, episode: MissingEpisode) -> None:
    """A child whom another council found is asked of as the one that is missing."""
    finders = a_duty_desk(an_authority("Harrowfen County"))
    row = a_found(finders, at=NOW, sex="")
    client.force_login(finders.person)
    assert client.post(f"/found/{row.matter_id}/ask/{episode.pk}/").status_code == 302
    tick(NOW)


@pytest.mark.by_turns
def test_the_force_that_was_not_on_the_phone_hears_who_leads_from_duty_where_it_has_no_mailbox(
    watched: Watched, unmailed: MissingEpisode, given: ForceOffer
) -> None:
    DutyTask.objects.update(done_at=NOW, answer="Rung", next_at=None)
    before = {one.pk for one in asked()}
    accepted(given, watched, NOW + MINUTE)
    assert ways([one for one in asked() if one.pk not in before]) == DUTY
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_POLICE, episode=unmailed).exists()


@pytest.mark.by_turns
def test_a_force_without_a_mailbox_whose_own_officer_answered_is_not_phoned(
    watched: Watched, bare: PoliceForce
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    declined = offered(episode, bare, watched, at=NOW)
    before = len(asked())
    said = {"officer": "DC Ward", "reason": "Not ours"}
    force_offers.decline(declined, **said, by=watched.desk.person, at=NOW + MINUTE)
    assert len(asked()) == before
    again = offered(episode, bare, watched, at=NOW + 2 * MINUTE)
    before = len(asked())
    accepted(again, watched, NOW + 3 * MINUTE)
    assert len(asked()) == before


@pytest.mark.by_turns
def test_a_force_without_a_mailbox_hears_from_duty_that_the_search_has_ended(
    client: Client, watched: Watched, told: MissingEpisode
) -> None:
    ended(told, force=watched.force, at=NOW)
    tick(NOW)
    tick(NOW)
    heard = asked(kind=MessageKind.ENDING)
    assert ways(heard) == DUTY
    for one in heard:
        said = compose_text(one, now=NOW) if one.channel == "text" else compose(one, now=NOW).text
        words = " ".join(said.split())
        assert "has ended" in words
        assert "Westmere Police" in words
        assert "say that it has ended" in words
        assert "did not" not in words, "nothing was refused: the other force has its mail"
    send_all(NOW)
    assert all(Message.objects.get(pk=one.pk).status == "sent" for one in heard)
    (call,) = DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM)
    assert call.episode == told
    assert not broken(NOW + 9 * MINUTE)
    tick(NOW + 30 * MINUTE)
    seconds = Message.objects.filter(wording="second_person", kind=MessageKind.ENDING)
    assert seconds.exists(), "nobody took it: the second person is rung"
    client.force_login(watched.desk.person)
    page = client.get("/duty/").content.decode()
    assert "Phone them now: Westmere Police" in page
    assert "this force has no mailbox here" in page
    assert "control room of Westmere Police" not in page
    a_force_phone(PoliceForce.objects.get(name="Westmere Police"), purpose="control_room")
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/duty/").content.decode()).split())
    assert "ask for their control room. Or ring the control room of Westmere Police: 01632" in page
    client.post(f"/duty/tasks/{call.pk}/done/", {"answer": "Rung: they stopped looking"})
    call.refresh_from_db()
    assert call.done_at == NOW
    assert "Phone them now" not in client.get("/duty/").content.decode()


@pytest.mark.by_turns
def test_of_an_end_duty_phones_no_force_that_closed_the_search_itself(
    told: MissingEpisode, bare: PoliceForce
) -> None:
    ended(told, force=bare, at=NOW)
    tick(NOW)
    assert asked(kind=MessageKind.ENDING) == []
    send_all(NOW)
    assert not DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert not FULL or not broken(NOW + 9 * MINUTE)
    tick(NOW + 30 * MINUTE)
    assert not Message.objects.filter(wording="second_person", kind=MessageKind.ENDING).exists()


@pytest.mark.by_turns
def test_of_many_calls_to_forces_without_a_mailbox_the_desk_asks_no_more_questions_than_of_one(
    client: Client, watched: Watched
) -> None:
    def call(child: Child) -> str:
        """A search of which two forces without a mailbox hear the end from duty; their names."""
        episode = missing(child, by=watched.worker, at=NOW - HOUR)
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
    forces = [call(watched.child)]
    few, page = named()
    assert page.count("this force has no mailbox here") == 1
    another = a_child(watched.authority, team=watched.team, worker=watched.worker, at=NOW - 200 * DAY)
    placed(another, watched.home)
    forces.append(call(another))
    many, page = named()
    assert page.count("this force has no mailbox here") == 2
    assert not [one for one in forces if one not in page]
    assert many == few


def nobody_on_the_desk(*, at: datetime) -> None:
    """Nobody is on shift, no number of a desk is answered, and no desk has a mailbox."""
    Shift.objects.update(ends_at=at)
    Team.objects.filter(kind=Team.Kind.DUTY).update(phone="", second_phone="")
    Mailbox.objects.filter(force=None).update(ends_at=at)


# Who has left, and who stands above the desk then.
ABOVE = [((), "manager"), (("manager",), "head"), (("manager", "head"), "director")]


@pytest.mark.by_turns
@pytest.mark.parametrize(("gone", "hears"), counts(ABOVE[1:2], ABOVE))
def test_where_nobody_on_the_desk_can_be_told_of_the_end_whoever_stands_above_it_is(
    watched: Watched, told: MissingEpisode, gone: tuple[str, ...], hears: str
) -> None:
    nobody_on_the_desk(at=NOW - MINUTE)
    for post in gone:
        people.leave(membership_of(getattr(watched, post)), at=NOW - MINUTE)
    ended(told, force=watched.force, at=NOW)
    tick(NOW)
    assert ways(asked(kind=MessageKind.ENDING)) == {(hears, "text"), (hears, "mail")}
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM, episode=told).exists()
    send_all(NOW)
    assert not FULL or not broken(NOW + 9 * MINUTE)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("gone", "hears"), counts(ABOVE[::2], ABOVE))
def test_where_nobody_on_the_desk_can_be_told_who_leads_whoever_stands_above_it_phones_the_force(
    watched: Watched, given: ForceOffer, gone: tuple[str, ...], hears: str
) -> None:
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


# That duty phones where it answers is looked at beside forces that are mailed too.
@pytest.mark.parametrize("desk", counts(["nobody"], ["answers", "nobody"]))
def test_where_nobody_on_the_desk_can_be_told_of_a_found_child_the_manager_phones_the_force(
    client: Client, unmailed: MissingEpisode, desk: str
) -> None:
    before = {one.pk for one in asked()}
    if desk == "nobody":
        nobody_on_the_desk(at=NOW - MINUTE)
    ask_of_found(client, unmailed)
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == (DUTY if desk == "answers" else BOTH - DUTY)


@pytest.mark.by_turns
def test_a_force_whose_mailbox_was_ended_in_mid_search_is_one_call_at_the_end(
    watched: Watched, other: PoliceForce
) -> None:
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, other, by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    Mailbox.objects.filter(force=other).update(ends_at=NOW - MINUTE)
    ended(episode, force=watched.force, at=NOW)
    tick(NOW)
    send_all(NOW)
    send_all(NOW + MINUTE)
    heard = asked(kind=MessageKind.ENDING)
    assert ways(heard) == DUTY
    assert len(heard) == len(DUTY)
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1


@pytest.mark.by_turns
def test_of_a_death_no_mail_says_that_a_force_is_to_be_phoned(watched: Watched, told: MissingEpisode) -> None:
    ended(told, outcome="died", force=watched.force, at=NOW)
    tick(NOW)
    assert asked(kind=MessageKind.ENDING) == []


# --- What was released of return interviews


@pytest.mark.by_turns
def test_duty_phones_a_force_without_a_mailbox_of_lines_that_may_say_where_a_missing_child_is(
    watched: Watched, talked: MissingEpisode
) -> None:
    episode = talked
    without_mailbox(watched)
    release(episode, watched, VAN, at=NOW)
    tell(NOW)
    assert asked() == [], "nobody looks for the child: nobody is rung"
    again = missing(watched.child, by=watched.worker, at=NIGHT)
    tick(NIGHT)
    before = {one.pk for one in asked()}
    DutyTask.objects.update(done_at=NIGHT, answer="Rung", next_at=None)
    for minute in range(2):
        tell(NIGHT + minute * MINUTE)
    assert {one.pk for one in asked()} == before, "the call of the search is about what lay there unread too"
    release(episode, watched, VAN, WHY, at=NIGHT + HOUR)
    for minute in range(2):
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


def test_of_lines_of_which_nobody_on_the_desk_can_be_told_the_manager_hears_once(
    watched: Watched, talked: MissingEpisode
) -> None:
    without_mailbox(watched)
    again = missing(watched.child, by=watched.worker, at=NIGHT)
    tick(NIGHT)
    before = {one.pk for one in asked()}
    nobody_on_the_desk(at=NIGHT)
    release(talked, watched, VAN, at=NIGHT + HOUR)
    for minute in range(2):
        tell(NIGHT + HOUR + minute * MINUTE)
    fresh = [one for one in asked() if one.pk not in before]
    assert ways(fresh) == BOTH - DUTY
    assert len(fresh) == 2
    assert {one.episode for one in fresh} == {again}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("has_mailbox", [True, False])
def test_the_worker_hears_by_day_that_a_force_without_a_mailbox_has_not_read_what_was_released(
    watched: Watched, talked: MissingEpisode, has_mailbox: bool
) -> None:
    if not has_mailbox:
        without_mailbox(watched)
    release(talked, watched, VAN, at=NIGHT - MINUTE)
    for hours in (0, 4, 5, 19):
        tell(NIGHT + hours * HOUR)
    said = Message.objects.filter(wording="released_unread")
    assert [one.user for one in said] == ([] if has_mailbox else [watched.worker])
    for one in said:
        assert one.sent_at is not None
        assert one.sent_at >= NIGHT + 5 * HOUR, "by day"
    assert asked() == []


@pytest.mark.by_turns
def test_duty_is_asked_again_for_the_child_of_whom_something_is_new_alone(
    watched: Watched, talked: MissingEpisode
) -> None:
    other = a_watched_child(at=NOW - 200 * DAY, home=watched.placement.home)
    of_child = {watched.child.pk: talked, other.child.pk: interviewed(other, at=NOW - HOUR)}
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

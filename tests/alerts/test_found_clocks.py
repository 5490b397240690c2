"""Whom the clock of a found child asks, for how long, and what the desk that has the child hears of the answers."""

import uuid
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection

from alerts import duty_additions, going_on, policies, policy_shelf
from alerts.duties import Duty
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, MatterClock, Message, PolicyVersion
from cases import clock, concerns, found
from cases.models import FoundChild, MissingEpisode, Reach, Role, User
from tests.alerts import outgoing
from tests.alerts.outgoing import tick
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_duty_desk,
    a_force_mailbox,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    end_shift,
    missing,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = AT + 30 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _in_force(_moment: None) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - 100 * DAY)


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council than that of the search, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


@pytest.fixture
def watched() -> Watched:
    w = a_watched_child(at=AT - 60 * DAY, given_name="Selam", family_name="Tesfay", sex="F")
    a_force_mailbox(w.force)
    return w


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=AT)
    tick(AT)
    return episode


def a_found(desk: DutyDesk, *, since: datetime = NOW - HOUR, at: datetime = NOW) -> FoundChild:
    described = found.Described(found_at=since, place="Southmere station", found_by="A guard", looks="A scar")
    return found.write_down(described, authority=desk.team.authority, key=uuid.uuid4(), by=desk.person, at=at)


def a_manager(desk: DutyDesk, reach: str) -> User:
    if reach == Reach.TEAM:
        return a_person(Role.TEAM_MANAGER, team=desk.team)
    return a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority), reach=reach)


def told(row: FoundChild, wording: str = "found_waits") -> list[tuple[str, str, str]]:
    rows = Message.objects.filter(matter=row.matter, wording=wording).order_by("created_at")
    return list(rows.values_list("step", "post", "channel"))


@pytest.mark.by_turns
def test_nobody_leaves_an_open_found_child_alone_after_two_days(desk: DutyDesk) -> None:
    director = a_manager(desk, Reach.DIRECTORATE)
    row, since = a_found(desk), NOW - HOUR
    for hours in (6, 12, 24, 48):
        tick(since + hours * HOUR)
    assert not [one for one in told(row) if one[0] == "R6"]
    for day in (3, 4, 5):
        tick(since + day * DAY)
    asked = {step: {post for one, post, _ in told(row) if one == step} for step in ("R6", "R7", "R8")}
    assert asked == {step: {"duty", "director"} for step in ("R6", "R7", "R8")}
    of_director = Message.objects.filter(matter=row.matter, user=director, step="R8")
    assert set(of_director.values_list("channel", flat=True)) == {"mail", "text"}
    # Of days on which nothing ran the last alone.
    tick(since + 9 * DAY + HOUR)
    assert {step for step, *_ in told(row)} == {"R1", "R2", "R4", "R5", "R6", "R7", "R8", "R12"}
    assert MatterClock.objects.get(matter=row.matter).next_at == since + 10 * DAY
    found.close(row, outcome="handed", reason="To Fenside", by=desk.person, at=since + 9 * DAY + 2 * HOUR)
    count = len(told(row))
    tick(since + 12 * DAY)
    assert len(told(row)) == count


@pytest.mark.by_turns(8)
def test_the_figure_is_of_the_policy_and_one_from_before_it_is_asked_again_too(desk: DutyDesk) -> None:
    version = PolicyVersion.objects.filter(key=policies.DUTY).latest("version")
    for row in version.data["steps"]:
        row.pop("again")
    PolicyVersion.objects.filter(pk=version.pk).update(data=version.data)
    child, since = a_found(desk), NOW - HOUR
    tick(since + 48 * HOUR)
    assert MatterClock.objects.get(matter=child.matter).next_at == since + 72 * HOUR
    duty_additions.repeat(apps, (Duty.FOUND_UNNAMED,), reason="As sure as sure", at=NOW)
    stored = policy_shelf.read(policies.DUTY).duties()[-1]
    spans = {rule.duty: rule.again for rule in stored.rules}
    assert (spans[Duty.FOUND_UNNAMED], spans[Duty.FOUND_ANSWER]) == (DAY, None)
    assert stored.version == version.version + 1
    duty_additions.repeat(apps, (Duty.FOUND_UNNAMED,), reason="Twice", at=NOW)
    assert not PolicyVersion.objects.filter(reason="Twice").exists()
    newest = PolicyVersion.objects.get(key=policies.DUTY, version=stored.version)
    steps = [{**row, "again": 7200} if row.get("again") else row for row in newest.data["steps"]]
    PolicyVersion.objects.filter(pk=newest.pk).update(data={"steps": steps})
    later = a_found(desk, since=NOW + MINUTE, at=NOW + HOUR)
    tick(NOW + MINUTE + 48 * HOUR)
    assert MatterClock.objects.get(matter=later.matter).next_at == NOW + MINUTE + 50 * HOUR


@pytest.mark.by_turns
def test_a_child_found_days_ago_and_written_down_now_is_told_to_each_once(desk: DutyDesk) -> None:
    people = [a_manager(desk, reach) for reach in (Reach.TEAM, Reach.SERVICE, Reach.DIRECTORATE)]
    row = a_found(desk, since=NOW - 50 * HOUR)
    tick(NOW)
    sent = Message.objects.filter(matter=row.matter)
    assert max(Counter(sent.values_list("recipient", flat=True)).values()) == 1
    assert {post for _, post, _ in told(row)} == {"duty", "second", "manager", "head", "director"}
    assert {one.pk for one in people} <= set(sent.values_list("user", flat=True))
    assert MatterClock.objects.get(matter=row.matter).rung == "R5"


@pytest.mark.by_turns
def test_the_second_rung_is_the_desks_own_and_no_manager_of_another_team(desk: DutyDesk) -> None:
    own = a_manager(desk, Reach.TEAM)
    other = a_person(Role.TEAM_MANAGER, team=a_team(desk.team.authority))
    row = a_found(desk)
    tick(NOW - HOUR + 12 * HOUR)
    users = set(Message.objects.filter(matter=row.matter).values_list("user", flat=True))
    assert {own.pk, desk.second.pk} <= users
    assert other.pk not in users


@pytest.mark.by_turns
def test_where_nobody_manages_the_desk_whoever_stands_above_hears_sooner(desk: DutyDesk) -> None:
    end_shift(desk)
    type(desk.team).objects.filter(pk=desk.team.pk).update(second_phone="")
    head = a_manager(desk, Reach.SERVICE)
    row = a_found(desk)
    tick(NOW - HOUR + 12 * HOUR)
    assert Message.objects.filter(matter=row.matter, step="R2", user=head).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", ["it_is", "it_is_not", "cannot_say"])
def test_the_desk_that_has_the_child_hears_each_answer(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk, answer: str
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    given = {"note": "zq-her-aunt-knows-the-scar", "by": watched.desk.person}
    found.answer(match, answer=answer, **given, at=NOW + MINUTE)
    assert {one[1:] for one in told(row, "found_answered")} == {("duty", "text"), ("duty", "mail")}
    for message in Message.objects.filter(matter=row.matter, wording="found_answered"):
        at = NOW + 2 * MINUTE
        words = compose_text(message, now=at) if message.channel == "text" else compose(message, now=at).text
        words = " ".join(words.split())
        assert ("say that the found child is theirs" in words) == (answer == "it_is")
        for unsaid in ("zq-her-aunt", "Selam", "Southmere", episode.reference):
            assert unsaid not in words
        if message.channel == "mail":
            assert f"/found/{row.matter_id}/" in words
    if answer != "cannot_say":
        return
    # The same answer sent twice is one.
    found.answer(match, answer=answer, **given, at=NOW + 2 * MINUTE)
    found.answer(match, answer=answer, **given | {"note": "No photo yet"}, at=NOW + 2 * MINUTE)
    found.answer(match, answer="it_is_not", **given, at=NOW + 3 * MINUTE)
    assert len(told(row, "found_answered")) == 6


@pytest.mark.by_turns(8)
def test_what_is_asked_on_says_that_somebody_knows_the_child(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    late = NOW + 50 * HOUR
    tick(late)
    mail = Message.objects.filter(matter=row.matter, wording="found_waits", channel="mail").latest(
        "created_at"
    )
    assert "council says that it is theirs" not in " ".join(compose(mail, now=late).text.split())
    found.answer(match, answer="it_is", note="She knows her", by=watched.desk.person, at=late)
    words = " ".join(compose(mail, now=late).text.split())
    assert "its council says that it is theirs: close it" in words
    assert "nobody knows who it is" not in words
    assert "Missing Persons Unit" not in words


@pytest.mark.by_turns
def test_an_answer_after_closing_is_told_to_the_desk_as_well(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    found.close(row, outcome="handed", reason="To Fenside", by=desk.person, at=NOW + HOUR)
    found.answer(match, answer="it_is", note="She knows her", by=watched.desk.person, at=NOW + 2 * HOUR)
    sent = Message.objects.filter(matter=row.matter, wording="found_answered")
    assert sent.count() == 2
    for message in sent:
        sql, values = going_on.question(message, NOW + 3 * HOUR)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sql}", values)
            assert cursor.fetchone() == (True,)
        if message.channel == "mail":
            assert "closed already" in " ".join(compose(message, now=NOW + 3 * HOUR).text.split())


@pytest.mark.by_turns
def test_who_is_kept_from_the_child_hears_no_answer_and_somebody_else_does(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    manager = a_manager(desk, Reach.TEAM)
    desk.mailbox.__class__.objects.filter(pk=desk.mailbox.pk).update(ends_at=AT)
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    given = {"reason": "Said to know the driver", "phone": "01632 960001", "by": watched.manager, "at": NOW}
    concerns.keep_from(watched.child, desk.person, **given)
    found.answer(match, answer="it_is", note="She knows her", by=watched.desk.person, at=NOW + MINUTE)
    users = Message.objects.filter(matter=row.matter, wording="found_answered").values_list("user", flat=True)
    assert desk.person.pk not in users
    assert manager.pk in users


@pytest.mark.by_turns
def test_a_desk_told_by_its_mailbox_hears_that_the_child_was_closed(
    monkeypatch: pytest.MonkeyPatch, desk: DutyDesk
) -> None:
    outgoing.catch(monkeypatch)
    row = a_found(desk)
    tick(NOW + 5 * HOUR)
    outgoing.send_all(NOW + 5 * HOUR)
    found.close(row, outcome="handed", reason="To Fenside", by=desk.person, at=NOW + 6 * HOUR)
    over = Message.objects.filter(matter=row.matter, wording="found_over")
    assert [one.mailbox for one in over] == [desk.mailbox]


def sweep(at: datetime) -> None:
    """Twice: the first pass ends the alert of the earlier found child, and the next opens that of the later one."""
    for _ in range(2):
        tick(at)


def duty_told(found_at: datetime) -> list[tuple[str, str]]:
    """Who was told by mail, since then, that a found child may be the one of a search."""
    rows = Message.objects.filter(wording="duty_found", channel="mail", created_at__gte=found_at)
    return sorted(rows.values_list("post", "step"))


@pytest.mark.by_turns
def test_a_second_found_child_is_told_of_as_the_first_was_and_the_first_is_asked_about_on(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    first = found.propose(a_found(desk), episode, by=desk.person, at=NOW)
    sweep(NOW)
    assert duty_told(NOW) == [("duty", "R1")]
    later = NOW + 10 * MINUTE
    second = found.propose(a_found(desk, at=later), episode, by=desk.person, at=later)
    sweep(later)
    assert duty_told(later) == [("duty", "R1")]
    # Counted from the first, and not put off by the second.
    sweep(NOW + 29 * MINUTE)
    assert duty_told(later) == [("duty", "R1")]
    sweep(NOW + 30 * MINUTE)
    assert ("manager", "R2") in duty_told(later)
    answer = {"answer": "it_is_not", "note": "No scar", "by": watched.desk.person}
    found.answer(second, **answer, at=NOW + 40 * MINUTE)
    sweep(NOW + 41 * MINUTE)
    assert Alert.objects.open().filter(clock__duty="found_answer", child=watched.child).count() == 1
    sweep(NOW + 4 * HOUR)
    assert "head" in {post for post, _ in duty_told(NOW + 4 * HOUR)}
    found.answer(first, **answer, at=NOW + 5 * HOUR)
    sweep(NOW + 5 * HOUR)
    assert not Alert.objects.open().filter(clock__duty="found_answer").exists()

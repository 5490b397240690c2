"""Data breaches and complaints: anybody reports one, its officer hears at once, and it climbs until it is answered."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import delivery, health, matter_clocks, matter_ladder, sweep
from alerts.models import Clock, MatterClock, Message
from alerts.states import MessageStatus
from cases import matters, mergers, people
from cases.models import AccessRecord, Authority, Matter, MatterEntry, Reach, Role, User
from cases.states import IllegalMove
from tests.alerts.outgoing import named_by
from tests.counts import counts
from tests.factories import Watched, a_person, a_watched_child, an_authority, membership_of

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = "A list of names was left on the bus 7"
BREACH, COMPLAINT, LIST = "/account/breach/", "/account/complaint/", "/data-protection/"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 30 * HOUR)


@pytest.fixture
def officer(watched: Watched) -> User:
    return a_person(Role.DPO, authority=watched.authority)


def reported(w: Watched, kind: str = "breach", *, at: datetime, since: datetime | None = None) -> Matter:
    given = {"text": WORDS, "authority": w.authority, "since": since or at, "key": uuid.uuid4()}
    return matters.report(kind, **given, by=w.carer, at=at)


def written(matter: Matter, kind: str, by: User, *, at: datetime, **said: Any) -> MatterEntry:
    return matters.write(
        matter,
        kind,
        **{"text": "Found and destroyed", "happened_at": at, "key": uuid.uuid4(), **said},
        by=by,
        at=at,
    )


def told() -> set[tuple[str, int | None, str]]:
    return set(Message.objects.exclude(matter=None).values_list("step", "user", "channel"))


@pytest.mark.parametrize("kind", ["breach", "complaint"])
def test_every_rung_is_owed_before_the_limit_of_the_law_ends(kind: str, now: datetime) -> None:
    rungs = matter_ladder.LADDERS[kind]
    matter = Matter(kind=kind, since=now)
    assert [rung.after for rung in rungs] == sorted(rung.after for rung in rungs)
    assert rungs[0].after == timedelta()
    assert now + rungs[-1].after < matter.due_at
    assert matter.due_at - now == (72 * HOUR if kind == "breach" else 30 * DAY)
    assert rungs[-1].step == matter_ladder.LADDER_STEPS[-1]


@pytest.mark.by_turns
def test_anybody_with_a_role_reports_in_words_and_the_officer_hears_at_once(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    """Each by one of the two pages in each run, in turn."""
    pages = [(BREACH, "breach"), (COMPLAINT, "complaint")]
    for number, role in enumerate(Role):
        person = a_person(role, authority=watched.authority) if role != Role.DPO else officer
        client.force_login(person)
        for page, kind in counts([pages[number % 2]], pages):
            assert client.get(page).status_code == 200, role
            assert client.post(page, {"text": " ", "once": uuid.uuid4()}).status_code == 422, role
            press = {
                "text": WORDS, "since_when": "now", "once": uuid.uuid4(), "authority": watched.authority.pk,
            }  # fmt: skip
            for _ in range(2):
                assert client.post(page, press).status_code == 302, role
            matter = Matter.objects.get(kind=kind, reported_by=person)
            assert matter.authority == watched.authority, role
            assert matter.reference in client.get(page).content.decode(), role
    sweep.sweep(now=now + timedelta(seconds=1))
    assert told() == {("R1", officer.pk, "mail")}
    assert Message.objects.filter(matter__isnull=False).count() == counts(1, 2) * len(Role)


def test_whoever_has_left_reports_nothing(client: Client, watched: Watched, now: datetime) -> None:
    people.leave(membership_of(watched.carer), at=now)
    client.force_login(User.objects.get(pk=watched.carer.pk))
    assert client.get(BREACH).status_code == 403
    assert client.post(COMPLAINT, {"text": WORDS, "once": uuid.uuid4()}).status_code == 403
    assert not Matter.objects.exists()


@pytest.mark.by_turns
def test_a_breach_climbs_to_the_director_before_its_72_hours_end_and_stops_when_answered(
    watched: Watched, officer: User, now: datetime
) -> None:
    matter = reported(watched, at=now)
    climbed: dict[str, int] = {}
    # At each hour at which somebody is to hear, and the hour before.
    for hour in (0, 23, 24, 47, 48, 65, 66, 71):
        matter_clocks.tell(now=now + hour * HOUR)
        climbed.setdefault(MatterClock.objects.get(matter=matter).rung, hour)
    assert climbed == {"R1": 0, "R2": 24, "R4": 48, "R5": 66}
    by_step = {(step, user) for step, user, _ in told()}
    assert by_step == {
        ("R1", officer.pk),
        ("R2", officer.pk),
        ("R4", watched.head.pk),
        ("R5", watched.director.pk),
    }
    assert ("R4", watched.head.pk, "text") in told()
    assert not list(matter_clocks.untold(now + 67 * HOUR))


@pytest.mark.by_turns(8)
def test_an_assessment_ends_nothing_and_a_decision_ends_the_clock(
    watched: Watched, officer: User, now: datetime, catcher: Any
) -> None:
    matter = reported(watched, at=now)
    matter_clocks.tell(now=now)
    delivery.deliver(clock=lambda: now)
    mail = Message.objects.get(matter=matter)
    assert mail.status == MessageStatus.SENT
    proof = mail.proofs.get()
    assert proof.subject == f"Data protection {matter.reference} - action needed"
    assert f"/data-protection/{matter.pk}/" in proof.text
    assert "bus" not in proof.text, "no mail repeats what was reported"
    written(matter, "assessed", officer, at=now + HOUR, concerned="Three children", risk="likely")
    matter_clocks.tell(now=now + 25 * HOUR)
    assert ("R2", officer.pk, "mail") in told()
    written(matter, "not_notified", officer, at=now + 26 * HOUR)
    clock = MatterClock.objects.get(matter=matter)
    assert (clock.next_at, clock.ended_at) == (None, now + 26 * HOUR)
    delivery.deliver(clock=lambda: now + 26 * HOUR)
    ending = Message.objects.get(matter=matter, step="ending")
    assert ending.status == MessageStatus.SENT
    # A text that waits for the morning is looked at in the morning: of these two hours one is by day.
    delivery.deliver(clock=lambda: now + 38 * HOUR)
    states = set(Message.objects.filter(matter=matter).values_list("step", "channel", "status"))
    assert states == {
        ("R1", "mail", "sent"),
        ("R2", "mail", "cancelled"),
        ("R2", "text", "cancelled"),
        ("ending", "mail", "sent"),
    }
    written(matter, "told_people", officer, at=now + 39 * HOUR)
    matter_clocks.tell(now=now + 70 * HOUR)
    assert Message.objects.filter(matter=matter, step="ending").count() == 1
    assert MatterClock.objects.get(matter=matter).rung == "R2"


@pytest.mark.by_turns
def test_without_an_officer_and_after_a_failure_the_next_above_hears_at_once(
    watched: Watched, now: datetime
) -> None:
    matter = reported(watched, at=now)
    matter_clocks.tell(now=now)
    assert {user for _, user, _ in told()} == {watched.head.pk}
    Message.objects.filter(matter=matter).update(status=MessageStatus.FAILED)
    assert matter_clocks.waiting(now).exists()
    matter_clocks.tell(now=now)
    assert {user for _, user, _ in told()} == {watched.head.pk, watched.director.pk}
    Message.objects.filter(matter=matter).update(status=MessageStatus.FAILED)
    assert list(matter_clocks.untold(now)) == [matter.reference]
    matter_clocks.tell(now=now)
    last = {user for step, user, _ in told() if step == "R6"}
    assert last == {watched.head.pk, watched.director.pk}, "whoever there is hears once more"
    assert not list(matter_clocks.untold(now))
    Message.objects.filter(matter=matter).update(status=MessageStatus.FAILED)
    assert not matter_clocks.waiting(now).exists(), "at its end it is not climbed again and again"
    assert list(matter_clocks.untold(now)) == [matter.reference]
    assert named_by("data breaches and complaints that nobody hears of", now) == (matter.reference,)


def test_one_that_was_noticed_days_ago_is_climbed_as_far_as_it_is_late(
    watched: Watched, officer: User, now: datetime
) -> None:
    reported(watched, at=now, since=now - 50 * HOUR)
    matter_clocks.tell(now=now)
    assert {(step, user) for step, user, _ in told()} == {
        ("R1", officer.pk),
        ("R2", officer.pk),
        ("R4", watched.head.pk),
    }


@pytest.mark.by_turns
def test_a_complaint_is_acknowledged_within_30_days_by_a_clock_of_the_same_kind(
    watched: Watched, officer: User, now: datetime
) -> None:
    matter = reported(watched, "complaint", at=now, since=now - 9 * DAY)
    assert matter.since == now, "it counts from when it came"
    matter_clocks.tell(now=now + 21 * DAY)
    with pytest.raises(IllegalMove):
        written(matter, "notified", officer, at=now)
    written(matter, "acknowledged", officer, at=now + 22 * DAY)
    matter_clocks.tell(now=now + 29 * DAY)
    assert {step for step, _, _ in told()} == {"R1", "R2"}


def test_what_is_not_said_or_lies_ahead_is_refused(watched: Watched, officer: User, now: datetime) -> None:
    matter = reported(watched, at=now)
    for kind, said in (
        ("assessed", {"concerned": "", "risk": "high"}),
        ("assessed", {"concerned": "Two", "risk": ""}),
        ("notified", {"text": " "}),
        ("notified", {"happened_at": now + HOUR}),
        ("answered", {}),
    ):
        with pytest.raises(IllegalMove):
            written(matter, kind, officer, at=now, **said)
    with pytest.raises(IllegalMove):
        reported(watched, at=now, since=now + HOUR)
    assert not MatterEntry.objects.exists()


def test_the_officer_answers_on_a_page_and_so_may_who_stands_above(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    matter = reported(watched, at=now)
    client.force_login(officer)
    home = client.get("/").content.decode()
    assert matter.reference in home
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _ in range(5):
        reported(watched, at=now)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few) <= 9
    page = f"{LIST}{matter.pk}/"
    press = {"kind": "assessed", "text": "x", "happened_at_when": "now", "once": uuid.uuid4()}
    answer = client.post(page, press)
    assert answer.status_code == 422
    assert "Enter whom it concerns" in answer.content.decode()
    for person, said in (
        (officer, {"concerned": "Three children", "risk": "high"}),
        (watched.head, {"kind": "told_people"}),
        (watched.director, {"kind": "notified"}),
    ):
        client.force_login(person)
        once = uuid.uuid4()
        for _ in range(2):
            assert client.post(page, press | {"once": once} | said).status_code == 302
    assert list(matter.entries.values_list("kind", flat=True)) == ["assessed", "told_people", "notified"]
    read = AccessRecord.objects.filter(page="matter", allowed=True, permission="protect_data")
    assert set(read.values_list("user", flat=True)) == {officer.pk, watched.head.pk, watched.director.pk}


@pytest.mark.by_turns
def test_nobody_else_reads_or_answers_one(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    matter = reported(watched, at=now)
    elsewhere = a_watched_child(at=now - HOUR)
    others = [watched.carer, watched.worker, watched.manager, watched.desk.person, watched.guardian]
    others += [a_person(role, authority=watched.authority) for role in (Role.ADMINISTRATOR, Role.AUDITOR)]
    others += [a_person(Role.DPO), elsewhere.head, elsewhere.director]
    for person in others:
        client.force_login(person)
        assert client.get(f"{LIST}{matter.pk}/").status_code == 404
        assert client.post(f"{LIST}{matter.pk}/", {"kind": "notified", "text": "x"}).status_code == 404
        if not person.memberships.filter(role=Role.DPO).exists():
            assert client.get(LIST).status_code == 403
    assert not MatterEntry.objects.exists()


@pytest.mark.by_turns
def test_whoever_has_no_council_of_their_own_reports_to_their_childrens(
    watched: Watched, now: datetime
) -> None:
    assert matters.authorities_of(watched.guardian, at=now) == [watched.authority]
    assert matters.authorities_of(watched.carer, at=now) == [watched.authority]
    nobodys = a_person(Role.STATISTICIAN)
    assert set(matters.authorities_of(nobodys, at=now)) == set(Authority.objects.all())
    officer = a_person(Role.DPO)
    assert matters.authorities_of(nobodys, at=now) == [membership_of(officer).authority]


@pytest.mark.by_turns
def test_one_that_the_sweep_leaves_turns_the_health_red(watched: Watched, now: datetime) -> None:
    Clock.objects.update(next_at=None)
    reported(watched, at=now)
    late = now + timedelta(minutes=3)
    assert not {check.name: check.ok for check in health.engine(late)}["due_clocks"]
    matter_clocks.tell(now=late)
    assert {check.name: check.ok for check in health.engine(late)}["due_clocks"]


@pytest.mark.by_turns
def test_two_with_the_same_post_hear_both(watched: Watched, officer: User, now: datetime) -> None:
    second = a_person(Role.TEAM_MANAGER, team=watched.team, reach=Reach.SERVICE)
    reported(watched, at=now)
    matter_clocks.tell(now=now + 49 * HOUR)
    assert {user for step, user, _ in told() if step == "R4"} == {watched.head.pk, second.pk}


@pytest.mark.by_turns
def test_where_the_last_rung_bounces_whoever_is_left_hears_and_it_is_named_until_they_do(
    watched: Watched, officer: User, now: datetime
) -> None:
    matter = reported(watched, at=now, since=now - 70 * HOUR)
    matter_clocks.tell(now=now)
    Message.objects.filter(matter=matter).update(status=MessageStatus.SENT, sent_at=now)
    Message.objects.filter(matter=matter, step="R5").update(status=MessageStatus.FAILED, sent_at=None)
    assert list(matter_clocks.untold(now)) == [matter.reference]
    sweep.sweep(now=now + HOUR)
    heard = Message.objects.filter(matter=matter, step="R6")
    everybody = {(officer.pk, "dpo"), (watched.head.pk, "head"), (watched.director.pk, "director")}
    assert set(heard.values_list("user", "post")) == everybody
    assert not list(matter_clocks.untold(now + HOUR))
    count = Message.objects.filter(matter=matter).count()
    heard.update(status=MessageStatus.FAILED)
    sweep.sweep(now=now + 9 * DAY)
    assert Message.objects.filter(matter=matter).count() == count
    assert list(matter_clocks.untold(now + 9 * DAY)) == [matter.reference]


def test_one_that_fails_is_set_aside_for_longer_each_time_named_by_health_and_stops_no_other(
    watched: Watched, officer: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *others = (reported(watched, at=now) for _ in range(3))
    standing = matter_clocks._standing

    def fails(rung: Any, matter: Matter, at: datetime) -> Any:
        if matter.pk == bad.pk:
            raise RuntimeError("bad row")
        return standing(rung, matter, at)

    monkeypatch.setattr(matter_clocks, "_standing", fails)
    at, pauses = now, []
    for _ in range(3):
        sweep.sweep(now=at)
        clock = MatterClock.objects.get(matter=bad)
        assert clock.set_aside_until is not None
        pauses.append((clock.set_aside_until - at).total_seconds())
        at = clock.set_aside_until
        assert not matter_clocks.waiting(at - timedelta(seconds=1)).exists()
    assert (pauses, clock.faults, clock.fault) == ([5, 10, 20], 3, "RuntimeError: bad row")
    assert set(Message.objects.exclude(matter=None).values_list("matter", flat=True)) == {
        m.pk for m in others
    }
    assert not {one.name: one for one in health.engine(at)}["records_that_fail"].ok
    monkeypatch.undo()
    sweep.sweep(now=at)
    clock.refresh_from_db()
    assert (clock.faults, clock.fault, clock.set_aside_until) == (0, "", None)
    assert Message.objects.filter(matter=bad).exists()


@pytest.mark.by_turns
def test_what_an_authority_that_has_ended_was_told_is_its_successors_to_answer(
    client: Client, watched: Watched, now: datetime
) -> None:
    new = a_watched_child(risk="low")
    breach = reported(watched, at=now)
    worry = matters.worry(
        text=WORDS, phone="", authority=watched.authority, key=uuid.uuid4(), by=watched.carer, at=now
    )
    closed = matters.restricted(watched.child, reason=WORDS, by=watched.worker, at=now)
    client.force_login(watched.director)
    assert client.get(f"{LIST}{breach.pk}/").status_code == 200
    mergers.move(watched.authority, new.authority, by=new.director, at=now)
    for matter in (worry, closed):
        assert matters.senior_of(matter, at=now) in (watched.head, watched.director, new.head, new.director)
    assert client.get(f"{LIST}{breach.pk}/").status_code == 200
    officer = a_person(Role.DPO, authority=new.authority)
    assert list(matters.waiting([new.authority.pk], at=now)) == [breach]
    matter_clocks.tell(now=now + HOUR)
    assert ("R1", officer.pk, "mail") in told()
    strangers = an_authority()
    assert not matters.waiting([strangers.pk], at=now)

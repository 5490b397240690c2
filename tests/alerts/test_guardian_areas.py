"""An area without a guardian service: who answers there hears before and when it is so, and what its children are owed."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import delivery, guardian_areas, integrity, sweep, tasks
from alerts.models import Alert, Clock, Message
from alerts.states import MessageStatus
from cases import clock, going_live, restrictions
from cases.deadlines import add_working_days, at_london, london_day
from cases.holidays import of as holidays_of
from cases.models import ConfigurationChange, Role, User
from cases.signals import children_changed
from config.celery import app
from guardians import areas, reasons, referrals
from guardians.models import NoGuardian
from guardians.reasons import Fallback
from guardians.referrals import Referral
from guardians.tasks import work_out_areas
from tests import factories
from tests.alerts.outgoing import catch
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# A Monday.
TODAY = london_day(AT)
NATION = "england-and-wales"


@pytest.fixture(autouse=True)
def _live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_live, "is_live", lambda: True)


@pytest.fixture
def watched() -> Watched:
    """A child with signs of trafficking, and a guardian."""
    return factories.a_watched_child(trafficking="yes")


@pytest.fixture
def admin(watched: Watched) -> User:
    return factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)


def covers(watched: Watched, admin: User, *, service=None, **said):
    at = said.pop("at", AT)
    return factories.an_area(watched.authority, service=service, by=admin, at=at, **said)


def told() -> list[tuple[str, bool, User | None]]:
    rows = Message.objects.filter(wording="guardians_lacking").select_related("change", "user")
    return [
        (one.change.data["first_day"], one.change.data["open"], one.user)
        for one in rows.order_by("owed_at", "user")
    ]


def of(watched: Watched, child=None):
    row = Clock.objects.filter(kind=Clock.Kind.GUARDIAN, child=child or watched.child).first()
    return (row.window, row.due_at) if row is not None and row.due_at is not None else None


def waits(watched: Watched, service, *, at=AT + HOUR):
    """Another child of the area, who waits with the service."""
    child = factories.a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=AT, trafficking="yes"
    )
    told_of = Referral(service=service, referred_date=london_day(at), reason="Debt")
    referrals.refer(child, told_of, by=watched.worker, at=at)
    return child


def working_days(since, days: int):
    return add_working_days(since, days, nation=NATION, holidays=holidays_of(NATION))


def broken(now):
    """The questions to which the record has an answer."""
    return {one.question for one in integrity.check(now) if one.references}


def midnight(day: date):
    return at_london(day, at_london(day, AT.time()).time().replace(hour=0, minute=0))


@pytest.mark.by_turns(8)
def test_an_area_of_which_nothing_is_on_record_is_told_of_once_and_stands_down(
    watched: Watched, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    assert guardian_areas.tell(now=AT) == 1
    assert guardian_areas.tell(now=AT + 30 * DAY) == 0
    assert {user for _day, _open, user in told()} == {admin, watched.head, watched.director}
    covers(watched, admin, at=AT + 30 * DAY)
    assert guardian_areas.tell(now=AT + 30 * DAY) == 0
    waiting = Message.objects.filter(wording="guardians_lacking").values_list("status", flat=True)
    assert set(waiting) == {MessageStatus.CANCELLED}, "what waited is not sent any more"
    delivery.deliver(clock=lambda: AT + 30 * DAY)
    assert not [mail for mail in out.mails if mail["To"] == admin.email]
    kinds = ConfigurationChange.objects.filter(kind__startswith="guardians_").values_list("kind", flat=True)
    assert list(kinds) == ["guardians_lacking", "guardians_served"]


@pytest.mark.by_turns(8)
def test_the_end_of_a_scheme_is_told_four_weeks_before_and_on_the_day_after_its_last(
    watched: Watched, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    covers(watched, admin, ends_date=TODAY + 60 * DAY)
    assert guardian_areas.tell(now=AT) == 0
    assert guardian_areas.tell(now=AT + 32 * DAY) == 0
    assert guardian_areas.tell(now=AT + 33 * DAY) == 1
    assert guardian_areas.tell(now=AT + 60 * DAY) == 0
    assert guardian_areas.tell(now=AT + 61 * DAY) == 1
    assert guardian_areas.tell(now=AT + 62 * DAY) == 0
    first = (TODAY + 61 * DAY).isoformat()
    assert {(day, is_open) for day, is_open, _user in told()} == {(first, False), (first, True)}
    delivery.deliver(clock=lambda: AT + 62 * DAY)
    texts = [
        " ".join(m.get_body(("plain",)).get_content().split()) for m in out.mails if m["To"] == admin.email
    ]
    assert len(texts) == 2
    assert all("no guardian service is on record" in text for text in texts)
    assert all(watched.child.given_name not in text for text in texts)


def test_a_last_day_that_is_brought_forward_is_told_anew_and_what_waits_of_the_later_one_is_not_sent(
    watched: Watched, admin: User
) -> None:
    area = covers(watched, admin, ends_date=TODAY + 25 * DAY)
    assert guardian_areas.tell(now=AT) == 1
    said = {"way": areas.Way(phone="01632 960410"), "why": "Sooner", "children_stay": False, "by": admin}
    areas.change(area, ends_date=TODAY + 9 * DAY, at=AT + HOUR, **said)
    assert guardian_areas.tell(now=AT + HOUR) == 1
    assert guardian_areas.tell(now=AT + 2 * HOUR) == 0
    assert {day for day, _open, _user in told()} == {
        (TODAY + 26 * DAY).isoformat(),
        (TODAY + 10 * DAY).isoformat(),
    }
    waits = Message.objects.filter(wording="guardians_lacking", status=MessageStatus.QUEUED)
    assert {row.change.data["first_day"] for row in waits} == {(TODAY + 10 * DAY).isoformat()}
    areas.change(area, ends_date=TODAY + 12 * DAY, at=AT + 3 * HOUR, **said)
    assert guardian_areas.tell(now=AT + 3 * HOUR) == 0, "later than was told"


@pytest.mark.by_turns
def test_children_of_an_area_are_a_commit_for_each_round_and_what_stops_halfway_is_begun_anew(
    watched: Watched, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    covers(watched, admin)
    factories.a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT)
    monkeypatch.setattr(areas, "BATCH", 1)
    kept: list[int] = []

    def stops(sender: object, ids: tuple[int, ...], **kwargs: object) -> None:
        if kept:
            raise RuntimeError("stopped")
        kept.extend(ids)
        factories.Child.objects.filter(pk__in=ids).update(given_name="Worked out")

    children_changed.connect(stops)
    try:
        with pytest.raises(RuntimeError):
            areas.turn(at=AT + HOUR)
    finally:
        children_changed.disconnect(stops)
    assert factories.Child.objects.get(given_name="Worked out").pk == kept[0]
    assert not ConfigurationChange.objects.filter(kind=areas.BEGUN).exists()
    assert areas.turn(at=AT + HOUR) == 1


@pytest.mark.by_turns
def test_a_service_that_follows_without_a_gap_leaves_nothing_to_tell(watched: Watched, admin: User) -> None:
    covers(watched, admin, ends_date=TODAY + 10 * DAY)
    covers(watched, admin, starts_date=TODAY + 11 * DAY)
    assert [guardian_areas.tell(now=AT + day * DAY) for day in (0, 10, 11, 40)] == [0] * 4


@pytest.mark.by_turns
def test_that_there_is_none_is_told_of_a_week_before_it_is_looked_at_again(
    watched: Watched, admin: User
) -> None:
    until = TODAY + 90 * DAY
    areas.say_none(watched.authority, reason="No scheme; Tern stands in", review_date=until, by=admin, at=AT)
    assert guardian_areas.tell(now=AT + 83 * DAY) == 0
    assert guardian_areas.tell(now=AT + 84 * DAY) == 1
    assert guardian_areas.tell(now=AT + 91 * DAY) == 1


@pytest.mark.by_turns
def test_an_area_whose_children_are_owed_no_guardian_is_not_told_of_and_a_restricted_child_counts(
    admin: User,
) -> None:
    for child in factories.Child.objects.all():
        factories.case_closed(child, reason="x", at=AT)
    quiet = factories.a_watched_child()
    assert guardian_areas.find(now=AT) == []
    secret = factories.a_child(
        quiet.authority, team=quiet.team, worker=quiet.worker, at=AT, trafficking="yes"
    )
    restrictions.restrict(secret, reason="A threat", named=[], by=quiet.manager, at=AT)
    assert [one.authority for one in guardian_areas.find(now=AT)] == [quiet.authority]
    assert guardian_areas.find(of=[factories.an_authority().pk], now=AT) == []


@pytest.mark.by_turns
def test_the_guardians_of_a_scheme_that_ends_are_a_gap_to_come_unless_they_stay(
    watched: Watched, admin: User
) -> None:
    service = watched.assignment.service
    area = covers(watched, admin, service=service)
    assert of(watched) is None
    last = TODAY + 20 * DAY
    said = {"way": areas.Way(phone="01632 960410"), "why": "It is over", "by": admin, "at": AT + HOUR}

    def changed(ends_date: date | None, *, stay: bool) -> None:
        areas.change(area, ends_date=ends_date, children_stay=stay, **said)
        areas.work_out(at=AT + HOUR)

    changed(last, stay=False)
    assert of(watched) == ("left", midnight(last + DAY))
    changed(last, stay=True)
    assert of(watched) is None
    changed(None, stay=False)
    assert of(watched) is None
    elsewhere = factories.an_authority()
    factories.an_area(elsewhere, service=service, ends_date=last, by=admin, at=AT)
    areas.ring(watched.authority, at=AT + HOUR)
    assert of(watched) is None, "it ends in another area"


@pytest.mark.by_turns(8)
def test_who_waits_with_a_scheme_that_ended_is_owed_who_stands_in_from_that_day(
    watched: Watched, admin: User
) -> None:
    service = factories.a_service()
    covers(watched, admin, service=service, ends_date=TODAY + 20 * DAY)
    child = waits(watched, service)
    assert of(watched, child)[0] == "answer"
    after = AT + 21 * DAY
    assert areas.turn(at=AT + 20 * DAY) == 1, "it began"
    assert areas.turn(at=after) == 1
    assert areas.turn(at=after) == 0
    over = midnight(TODAY + 21 * DAY)
    assert of(watched, child) == ("fallback", working_days(over, 5))
    covers(watched, admin, at=after + DAY)
    what, due_at = of(watched, child)
    assert (what, due_at) == ("referral", working_days(after + DAY, 1))


@pytest.mark.by_turns
def test_who_waits_is_referred_anew_where_another_service_takes_children(
    watched: Watched, admin: User
) -> None:
    service = factories.a_service()
    covers(watched, admin, service=service, ends_date=TODAY + 20 * DAY)
    covers(watched, admin)
    child = waits(watched, service)
    areas.turn(at=AT + 21 * DAY)
    assert of(watched, child) == ("referral", working_days(midnight(TODAY + 21 * DAY), 1))


@pytest.mark.by_turns(8)
def test_that_there_was_none_is_looked_at_again_once_a_service_takes_children(
    watched: Watched, admin: User
) -> None:
    areas.say_none(watched.authority, reason="None", review_date=TODAY + 90 * DAY, by=admin, at=AT)
    child = factories.a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=AT, trafficking="yes"
    )
    assert of(watched, child) == ("fallback", working_days(AT, 5))
    stands_in = Fallback(
        kind="advocate", name="Ada", phone="01632 960001", organisation="Tern", review_date=TODAY + 100 * DAY
    )
    kind = NoGuardian.Kind.NOT_AVAILABLE
    reasons.record(child, kind=kind, reason="None here", fallback=stands_in, by=watched.worker, at=AT + HOUR)
    assert of(watched, child)[0] == "review"
    covers(watched, admin, at=AT + 10 * DAY)
    assert of(watched, child) == ("review", working_days(AT + 10 * DAY, 1))


def test_the_scheduler_tells(watched: Watched, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    assert app.conf.beat_schedule["tell-of-guardian-areas"]["task"] == tasks.tell_of_guardian_areas.name
    tasks.tell_of_guardian_areas()
    assert told()


@pytest.mark.by_turns(8)
def test_whoever_writes_of_an_area_waits_for_no_child_and_the_lack_climbs_within_a_minute(
    watched: Watched, admin: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page locks and reads no child, and what is owed anew is asked of everybody by the next tick."""
    area = covers(watched, admin, service=watched.assignment.service)
    now = AT + HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(admin)
    said = {"phone": "01632 960412", "why": "It is over"}
    said |= {f"ends_date_{part}": getattr(london_day(now), part) for part in ("day", "month", "year")}
    rung: list[object] = []

    def hear(**facts: object) -> None:
        rung.append(facts)

    children_changed.connect(hear)
    try:
        answered = client.post(reverse("service_area_change", args=[area.pk]), said)
    finally:
        children_changed.disconnect(hear)
    assert (answered.status_code, rung, of(watched)) == (302, [], None)
    assert not broken(now), "it is in work"
    asked = "areas whose guardian service was changed and not worked out for their children"
    assert asked in broken(now + 3 * MINUTE)

    tick = app.conf.beat_schedule["work-out-areas"]
    assert (tick["task"], tick["schedule"] < 60) == (work_out_areas.name, True)
    work_out_areas()
    due_at = midnight(TODAY + DAY)
    assert of(watched) == ("left", due_at)
    assert areas.work_out(at=now) == 0, "once"
    assert not broken(now)
    sweep.sweep_all(now=due_at)
    assert Alert.objects.open().filter(child=watched.child, clock__kind=Clock.Kind.GUARDIAN).exists()

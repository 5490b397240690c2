"""The weekly list of an area: once for each mailbox and week, references alone, and of other authorities' children."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import area_lists, delivery, emails, sweep, tasks, unlisted_areas, watchdog
from alerts.emails import AreaList, Part
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, concerns, configuration, mergers, placements, restrictions
from cases.models import Child, Mailbox, Role
from config.celery import app
from tests import factories
from tests.alerts.outgoing import Out, catch, send_all
from tests.alerts.stored import assert_as_stored, tokens, words_of_html
from tests.factories import Watched

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# A Monday, a week after the factories' children were registered, and the day after the clocks went forward: 8am is 7 UTC.
MONDAY = datetime(2026, 3, 9, 8, tzinfo=UTC)
SUMMER = datetime(2026, 3, 30, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _owed(settings: Any) -> None:
    settings.AREA_LISTS = True


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    """A child of an authority, and around it whoever could do something."""
    return factories.a_watched_child()


@pytest.fixture
def box() -> Mailbox:
    """The duty of another authority's area."""
    return factories.an_authority_mailbox(factories.an_authority("Marram"))


def away(watched: Watched, box: Mailbox, *, at: datetime | None = None, **details: Any) -> Child:
    """A child of that authority, placed in the area of the mailbox."""
    child = factories.a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=at or factories.AT, **details
    )
    factories.placed(child, factories.a_home(box.authority))
    return child


def owe_and_send(now: datetime) -> None:
    area_lists.owe(now=now)
    send_all(now)


def texts(out: Out, box: Mailbox) -> list[str]:
    mails = [mail for mail in out.mails if mail["To"] == box.address]
    # Lines are wrapped for the eye.
    return [" ".join(str(mail.get_body(("plain",)).get_content()).split()) for mail in mails]


def statuses(box: Mailbox) -> list[str]:
    return list(Message.objects.filter(mailbox=box).order_by("week_date").values_list("status", flat=True))


@pytest.mark.by_turns
def test_on_monday_at_eight_the_duty_of_the_area_reads_how_many_and_which_by_reference_alone(
    watched: Watched, box: Mailbox, out: Out, settings: Any
) -> None:
    settings.DUTY_LINE = ""
    child = away(watched, box, given_name="Tarekiel")
    owe_and_send(MONDAY - 7 * DAY)
    owe_and_send(MONDAY - MINUTE)
    assert texts(out, box) == []
    owe_and_send(MONDAY)
    (text,) = texts(out, box)
    assert "1 child of other authorities is placed in the area of Marram." in text
    assert f"{watched.authority.name}, duty line (24 h) {watched.desk.team.phone}" in text
    assert f"Placed here now (1): {child.reference}" in text
    home = child.placements.get().home
    assert home is not None
    hidden = [child.given_name, child.family_name, home.name, home.address, home.postcode, home.phone]
    assert not [word for word in hidden if word in text]
    # Nobody there has an account: there is no link.
    assert "http" not in text
    assert " late" not in text


def test_the_coordinator_of_the_force_is_told_as_well_and_its_control_room_is_not(
    watched: Watched, out: Out
) -> None:
    host = factories.an_authority()
    coordinator = factories.a_force_mailbox(host.force, purpose=Mailbox.Purpose.COORDINATOR)
    control_room = factories.a_force_mailbox(host.force)
    factories.a_person(Role.POLICE, force=host.force)
    child = away(watched, factories.an_authority_mailbox(host))
    owe_and_send(MONDAY)
    (text,) = texts(out, coordinator)
    assert child.reference in text
    assert f"in the area of {host.force.name}" in text
    assert "/sign-in/" in text, "they have accounts"
    assert texts(out, control_room) == []
    # The own force's coordinator has nobody of another authority.
    assert texts(out, watched.coordinator) == []


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("stays", [True, False])
def test_whom_the_area_takes_over_has_not_gone_where_it_lives_on(
    watched: Watched, box: Mailbox, out: Out, stays: bool
) -> None:
    """A force read that a child had left its area who lives where it lived, and is the council’s own since."""
    here = factories.a_person(Role.SOCIAL_WORKER, authority=box.authority)
    child = away(watched, box)
    owe_and_send(MONDAY)
    at = MONDAY + DAY
    transfer = factories.referred(child, box.authority, by=watched.worker, at=at)
    factories.arrived(factories.accepted(transfer, here, at=at), stays_placed=stays, at=at + HOUR)
    away(watched, box, at=MONDAY)
    owe_and_send(MONDAY + 7 * DAY)
    assert (child.reference in texts(out, box)[1]) is not stays


@pytest.mark.by_turns
def test_who_came_and_who_went_in_the_week_stand_there_and_no_move_within_the_area_does(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    stays, moves, goes = (away(watched, box) for _ in range(3))
    owe_and_send(MONDAY)
    by = {"by": watched.worker}
    factories.placed(moves, factories.a_home(box.authority), starts_at=MONDAY + DAY, at=MONDAY + DAY, **by)
    placements.end(goes.placements.get(), ends_at=MONDAY + DAY, reason="Left", at=MONDAY + DAY, **by)
    comes, passes = (away(watched, box, at=MONDAY + 2 * DAY) for _ in range(2))
    ended_at = MONDAY + 3 * DAY
    placements.end(passes.placements.get(), ends_at=ended_at, reason="Left", at=ended_at, **by)
    owe_and_send(MONDAY + 7 * DAY)
    text = texts(out, box)[1]
    placed = sorted(child.reference for child in (stays, moves, comes))
    assert f"Placed here now (3): {', '.join(placed)}" in text
    assert f"Of these new since Monday 9 March (1): {comes.reference} " in text
    ended = sorted(child.reference for child in (goes, passes))
    assert f"Ended since Monday 9 March (2): {', '.join(ended)}" in text
    owe_and_send(MONDAY + 14 * DAY)
    assert "Ended" not in texts(out, box)[2]
    assert "new since" not in texts(out, box)[2]


@pytest.mark.by_turns
def test_a_case_that_closes_ends_the_stay(watched: Watched, box: Mailbox, out: Out) -> None:
    child = away(watched, box)
    factories.case_closed(child, reason="Reunited", by=watched.manager, at=MONDAY - HOUR)
    owe_and_send(MONDAY)
    (text,) = texts(out, box)
    assert f"Ended since Monday 2 March (1): {child.reference}" in text
    assert "Placed here now" not in text
    owe_and_send(MONDAY + 7 * DAY)
    assert statuses(box) == [MessageStatus.SENT, MessageStatus.CANCELLED]


@pytest.mark.by_turns
def test_where_nobody_lives_and_nothing_changed_no_mail_goes(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    own = factories.an_authority_mailbox(watched.authority)
    for week in range(2):
        owe_and_send(MONDAY + week * 7 * DAY)
    assert out.mails == []
    assert statuses(box) == statuses(own) == [MessageStatus.CANCELLED] * 2


@pytest.mark.by_turns
def test_two_that_owe_it_at_once_and_again_and_again_owe_it_once(
    watched: Watched, box: Mailbox, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(watched, box)
    waiting = list(area_lists.waiting(MONDAY, MONDAY))
    # The second one looked before the first had written.
    monkeypatch.setattr(area_lists, "waiting", lambda owed_at, now: waiting)
    for _ in range(2):
        area_lists.owe(now=MONDAY)
    monkeypatch.undo()
    assert area_lists.owe(now=MONDAY + 6 * DAY) == 0
    assert Message.objects.filter(mailbox=box, wording="area_list").count() == 1


@pytest.mark.by_turns
def test_a_week_s_list_of_a_mailbox_is_one_row_of_the_database_and_of_a_monday(box: Mailbox) -> None:
    area_lists.owe(now=MONDAY)
    row = Message.objects.get(mailbox=box)
    for changed in (
        {"week_date": MONDAY.date()},
        {"week_date": (MONDAY + DAY).date()},
        {"wording": "digest"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(
                **{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
                | {"id": UUID(int=7, version=4)}
                | changed
            )


@pytest.mark.by_turns
def test_after_an_outage_it_says_how_late_it_is_and_no_week_that_has_passed_is_made_up_for(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    away(watched, box)
    owe_and_send(MONDAY + 9 * DAY + 2 * HOUR)
    (text,) = texts(out, box)
    assert "This message is 50 hours late: it was to go at" in text
    assert [row.week_date for row in Message.objects.filter(mailbox=box)] == [(MONDAY + 7 * DAY).date()]


@pytest.mark.by_turns
def test_one_that_no_server_took_for_a_week_gives_way_to_the_next(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    away(watched, box)
    area_lists.owe(now=MONDAY)
    send_all(MONDAY - MINUTE)
    owe_and_send(MONDAY + 7 * DAY)
    assert statuses(box) == [MessageStatus.CANCELLED, MessageStatus.SENT]
    assert len(texts(out, box)) == 1


@pytest.mark.by_turns
def test_in_the_week_in_which_the_clocks_change_it_comes_at_eight_and_tells_of_seven_days(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    before = away(watched, box, at=SUMMER - 7 * DAY + HOUR - MINUTE)
    after = away(watched, box, at=SUMMER - 7 * DAY + HOUR + MINUTE)
    owe_and_send(SUMMER - MINUTE)
    (earlier,) = texts(out, box)
    owe_and_send(SUMMER)
    text = texts(out, box)[1]
    assert before.reference in earlier
    assert f"Of these new since Monday 23 March (1): {after.reference} " in text


@pytest.mark.by_turns
def test_a_restricted_child_and_one_kept_from_somebody_there_are_on_no_list_nor_counted(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    officer = factories.a_person(Role.DUTY_DESK, team=factories.a_team(box.authority, kind="duty"))
    shown, restricted, kept = (away(watched, box) for _ in range(3))
    restriction = {"reason": "A threat", "named": [], "by": watched.manager, "at": MONDAY - HOUR}
    restrictions.restrict(restricted, **restriction)
    concerns.keep_from(kept, officer, reason="Is their uncle", by=watched.manager, at=MONDAY - HOUR)
    owe_and_send(MONDAY)
    (text,) = texts(out, box)
    assert f"Placed here now (1): {shown.reference} " in text
    assert "1 child of other authorities" in text
    assert restricted.reference not in text
    assert kept.reference not in text


@pytest.mark.by_turns
def test_a_drill_s_child_is_nobody(watched: Watched, box: Mailbox, out: Out) -> None:
    child = away(watched, box)
    Child.objects.filter(pk=child.pk).update(is_drill=True)
    owe_and_send(MONDAY)
    assert out.mails == []


@pytest.mark.by_turns
def test_the_successor_of_the_area_s_authority_has_none_of_its_own_and_hears_of_the_others(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    successor = factories.a_watched_child(risk="low")
    new_box = factories.an_authority_mailbox(successor.authority)
    other = away(watched, box)
    theirs = factories.a_child(box.authority)
    factories.placed(theirs, factories.a_home(box.authority))
    mergers.move(box.authority, successor.authority, by=successor.director, at=MONDAY - HOUR)
    owe_and_send(MONDAY)
    for mailbox in (box, new_box):
        (text,) = texts(out, mailbox)
        assert f"Placed here now (1): {other.reference} " in text
        assert theirs.reference not in text


@pytest.mark.by_turns
def test_a_mailbox_that_is_not_proved_refused_or_has_ended_is_told_nothing(
    watched: Watched, box: Mailbox, out: Out
) -> None:
    away(watched, box)
    for state in ({"verified_at": None}, {"verified_at": MONDAY - DAY, "failed_at": MONDAY - HOUR}):
        Mailbox.objects.filter(pk=box.pk).update(**state)
        area_lists.owe(now=MONDAY)
        assert statuses(box) == []
    Mailbox.objects.filter(pk=box.pk).update(verified_at=MONDAY - DAY, failed_at=None)
    area_lists.owe(now=MONDAY)
    configuration.end_mailbox(box, reason="Moved", by=watched.manager, at=MONDAY + MINUTE)
    send_all(MONDAY + 2 * MINUTE)
    assert statuses(box) == [MessageStatus.CANCELLED]
    assert out.mails == []


@pytest.mark.by_turns
def test_one_that_is_registered_in_the_week_is_told_on_the_next_monday(box: Mailbox) -> None:
    fields = {"address": "duty@council.example", "verified_at": MONDAY + HOUR, "starts_at": MONDAY + HOUR}
    new = Mailbox.objects.create(purpose=box.purpose, authority=box.authority, **fields)
    area_lists.owe(now=MONDAY + DAY)
    assert (statuses(box), statuses(new)) == ([MessageStatus.QUEUED], [])
    area_lists.owe(now=MONDAY + 7 * DAY)
    assert statuses(new) == [MessageStatus.QUEUED]


@pytest.mark.by_turns
def test_the_words_that_a_mail_server_was_given_are_these(
    watched: Watched, box: Mailbox, catcher: Any
) -> None:
    child = away(watched, box)
    area_lists.owe(now=MONDAY)
    delivery.deliver(clock=lambda: MONDAY)
    (mail,) = [mail for mail in catcher.mails if mail["To"] == box.address]
    text = " ".join(str(mail.get_body(("plain",)).get_content()).split())
    assert mail["Subject"] == "Weekly list of your area - for your information"
    assert f"Placed here now (1): {child.reference}" in text


@pytest.mark.by_turns(8)
def test_the_tick_and_the_watchdog_owe_it_and_it_is_no_clock_s(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.owe_area_lists"]
    assert entry["schedule"] <= 60
    sweep.sweep(now=MONDAY)
    assert statuses(box) == []
    watchdog.work(clock=lambda: MONDAY, ends=0, steady=lambda: 1)
    assert statuses(box) == [MessageStatus.QUEUED]
    monkeypatch.setattr("cases.clock.now", lambda: MONDAY + 7 * DAY)
    tasks.owe_area_lists()
    assert len(statuses(box)) == 2


@pytest.mark.by_turns
def test_reading_it_takes_as_many_queries_for_four_children_as_for_one(
    watched: Watched, box: Mailbox
) -> None:
    away(watched, box)
    area_lists.owe(now=MONDAY)

    def taken() -> int:
        message = Message.objects.select_related("mailbox").get(mailbox=box)
        with CaptureQueriesContext(connection) as queries:
            area_lists.read(message, now=MONDAY)
        return len(queries)

    for_one = taken()
    for _ in range(3):
        away(factories.a_watched_child(risk="low"), box)
    assert taken() == for_one <= 7


def test_the_list_reads_as_it_is_stored_and_both_parts_say_the_same(box: Mailbox, settings: Any) -> None:
    settings.PUBLIC_URL, settings.SERVICE_NAME = "https://rollcall.example", "Rollcall"
    settings.ALERT_FROM_EMAIL = "alerts@rollcall.example"
    area_lists.owe(now=MONDAY)
    message = Message.objects.select_related("mailbox").get(mailbox=box)
    message.pk = UUID(int=1, version=4)
    many = [f"MC26-{number:06d}" for number in range(100_000, 100_014)]
    parts = [
        Part("Saltmere", "01632 960011", many, many[3:5], ["MC26-004178"]),
        Part("Thornby", "", [], [], ["MC26-004186"]),
    ]
    listed = AreaList("Marram", MONDAY - 7 * DAY, parts, has_account=True)
    composed = emails.compose_area_list(message, listed, now=MONDAY + 5 * HOUR)
    assert_as_stored("area_list.txt", f"{composed.subject}\n\n{composed.text}")
    assert_as_stored("area_list.html", composed.html)
    assert sorted(tokens(composed.text)) == sorted(words_of_html(composed.html))
    assert all(len(line) <= 78 for line in composed.text.splitlines())


def named(**of: Any) -> list[tuple[str, str]]:
    return [(one.code, str(one.purpose)) for one in unlisted_areas.find(now=MONDAY, **of)]


@pytest.mark.by_turns
def test_an_area_without_a_mailbox_is_named_until_one_is_proved(watched: Watched, box: Mailbox) -> None:
    assert named() == []
    child = away(watched, box)
    force = child.placements.get().force
    assert named() == [(force.code, "coordinator")]
    Mailbox.objects.filter(pk=box.pk).update(verified_at=None)
    assert named() == [(box.authority.code, "host_duty"), (force.code, "coordinator")]
    factories.a_force_mailbox(force, purpose="coordinator")
    assert named() == [(box.authority.code, "host_duty")]
    stranger = factories.an_authority()
    assert named(of=[stranger.pk]) == []
    assert named(of=[watched.authority.pk]) == named(of=[box.authority_id]) == named()


@pytest.mark.by_turns
def test_an_area_of_whom_the_list_would_name_nobody_is_not_named(
    watched: Watched, box: Mailbox, settings: Any
) -> None:
    Mailbox.objects.filter(pk=box.pk).update(failed_at=MONDAY)
    secret, closed = away(watched, box), away(watched, box)
    restrictions.restrict(secret, reason="A threat", named=[], by=watched.manager, at=MONDAY)
    factories.case_closed(closed, reason="age", at=MONDAY)
    factories.placed(watched.child, factories.a_home(watched.authority), at=MONDAY)
    assert named() == []
    away(watched, box)
    assert (box.authority.code, "host_duty") in named()
    settings.AREA_LISTS = False
    assert named() == []


@pytest.mark.by_turns(8)
def test_the_successor_of_an_area_answers_for_it(watched: Watched, box: Mailbox) -> None:
    away(watched, box)
    heir = factories.an_authority("Fenland")
    factories.an_authority_mailbox(heir)
    mergers.move(box.authority, heir, by=None, at=MONDAY - HOUR)
    assert ("host_duty" in {purpose for _code, purpose in named()}) is False


@pytest.mark.by_turns(8)
def test_the_administrator_reads_it_on_their_first_page(
    watched: Watched, box: Mailbox, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    away(watched, box)
    Mailbox.objects.filter(pk=box.pk).update(verified_at=None)
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=watched.authority))
    page = client.get(reverse("admin_home")).content.decode()
    assert 'id="unlisted"' in page
    assert f"<bdi>{box.authority.said_name}</bdi>: Host authority" in page
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=factories.an_authority()))
    assert 'id="unlisted"' not in client.get(reverse("admin_home")).content.decode()

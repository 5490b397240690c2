"""Probes: the canary comes back the whole way or people are told, and a mailbox is proved by whoever reads it."""

import http.server
import re
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import addresses, channels, health, incoming, probes, readiness, sweep
from alerts.incoming import Taken
from alerts.models import Alert, Message, Probe, TestCall
from alerts.states import MessageStatus
from cases import clock, organisations
from cases.models import ConfigurationChange, Event, ForcePhone, Home, Mailbox, Role, Shift
from cases.states import IllegalMove
from scripts.catcher import Box, Pipe, Sink
from scripts.launcher import ports
from tests import factories
from tests.alerts import outgoing
from tests.alerts.outgoing import send_all
from tests.alerts.test_letters import a_report
from tests.factories import DutyDesk

AT = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
OWN = "alerts@rollcall.example"


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.fixture
def out(monkeypatch, settings):
    settings.ALERT_FROM_EMAIL = OWN
    settings.CANARY_SECONDS, settings.CANARY_LATE_SECONDS = 300, 180
    return outgoing.catch(monkeypatch)


@pytest.fixture
def outside(settings):
    """A dead-man address outside, and how often it was asked for."""
    asked = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    settings.DEAD_MAN_URL = f"http://127.0.0.1:{server.server_port}/ping/1"
    yield asked
    server.shutdown()
    server.server_close()


def fly(now: datetime) -> None:
    sweep.sweep(now=now)
    send_all(now)


def hand_back(out, *, at: datetime) -> Taken:
    mail = out.mails[-1]
    content = channels.wire.written(mail)
    return incoming.receive(content, to=str(mail["To"]), envelope_sender=OWN, cut=False, at=at)


@pytest.mark.django_db
def test_a_canary_flies_with_the_sweep_and_pings_the_outside_when_it_is_back(out, outside):
    fly(AT)
    (message,) = Message.objects.all()
    assert message.status == MessageStatus.SENT
    assert outside == []
    assert hand_back(out, at=later(2)) == Taken.PROBE
    assert probes.canary(later(3)) == (True, "came back after 2 seconds")
    assert outside == ["/ping/1"]
    assert hand_back(out, at=later(4)) == Taken.PROBE
    assert outside == ["/ping/1"]
    assert not Alert.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_one_canary_flies_in_each_stretch_however_many_sweeps_there_are(out):
    for seconds in (0, 1, 100, 240, 241, 539, 540):
        fly(later(seconds))
    assert [probe.asked_at for probe in Probe.objects.all()] == [AT, later(240), later(540)]


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_canary_that_stays_away_turns_health_red_and_one_that_comes_back_green(out, outside):
    fly(AT)
    hand_back(out, at=later(1))
    fly(later(240))
    assert probes.canary(later(419))[0]
    assert probes.canary(later(421)) == (False, "away for 181 seconds")
    red = [check.name for check in health.surroundings(later(421)) if not check.ok and check.urgent]
    assert red == ["canary"]
    hand_back(out, at=later(440))
    assert probes.canary(later(441))[0]
    # It came too late to say that all is well now.
    assert len(outside) == 1


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_newer_canary_that_is_back_forgives_an_older_one_that_was_lost(out):
    fly(AT)
    fly(later(240))
    hand_back(out, at=later(241))
    assert probes.canary(later(300))[0]


@pytest.mark.django_db
def test_no_canary_at_all_is_red_once_there_were_some(out):
    assert probes.canary(AT) == (True, "the first is to be sent")
    fly(AT)
    hand_back(out, at=later(1))
    assert probes.canary(later(3600)) == (False, "none was sent")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["CANARY_SECONDS", "SENDING"])
def test_no_canary_flies_where_it_is_switched_off(out, settings, name):
    setattr(settings, name, 0)
    fly(AT)
    assert not Probe.objects.exists()
    assert probes.canary(later(9999))[0]


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_bounced_or_answered_canary_has_not_come_back(out, outside):
    fly(AT)
    to = str(out.mails[-1]["To"])
    for content in (
        a_report("failed", "5.1.1"),
        b"From: x@y.example\r\nAuto-Submitted: auto-replied\r\n\r\nAway",
    ):
        incoming.receive(content, to=to, envelope_sender="", cut=False, at=later(5))
    assert Probe.objects.get().came_back_at is None
    assert outside == []


@pytest.mark.django_db
def test_a_fault_of_the_canary_stops_no_sweep(out, monkeypatch):
    monkeypatch.setattr(probes, "send_canary", lambda now: 1 / 0)
    one = factories.a_watched_child()
    sweep.sweep_all(now=outgoing.FIRST)
    assert Alert.objects.filter(child=one.child).exists()


@pytest.mark.by_turns(8)
def test_a_canary_travels_by_a_real_server_and_its_pipe(committed, tmp_path, monkeypatch, settings):
    port, box = ports.any_free(), Box(tmp_path / "mail")
    pipe = Pipe(OWN, (sys.executable, "manage.py", "receive_mail"))
    server = Controller(Sink(box, pipe), hostname="127.0.0.1", port=port, server_hostname="localhost")
    server.start()
    settings.ALERT_FROM_EMAIL, settings.CANARY_SECONDS, settings.EMAIL_TIMEOUT = OWN, 300, 60
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    monkeypatch.setenv("ALERT_FROM_EMAIL", OWN)
    fly(datetime.now(UTC))
    server.stop()
    assert Probe.objects.get().came_back_by == Probe.Way.PIPE
    assert Message.objects.get().status == MessageStatus.SENT
    # It is no mail of anybody's: the page of caught mails does not show it.
    assert box.names() == []


@pytest.fixture
def admin(db, out):
    """An administrator with a force's unproved mailbox that refused the last mail, and a duty desk."""
    authority = factories.an_authority()
    box = factories.a_force_mailbox(authority.force, verified_at=None, failed_at=later(-60))
    desk = factories.a_duty_desk(authority)
    return factories.a_person(Role.ADMINISTRATOR, authority=authority), box, desk


def proof_page(box: Mailbox) -> str:
    message = Message.objects.get(probe__mailbox=box)
    return reverse("mailbox_proof", args=[addresses.token_of(message.pk)])


def ask(client, person, box) -> None:
    client.force_login(person)
    assert client.post(reverse("mailbox_test", args=[box.pk])).status_code == 302


def now_of(box: Mailbox) -> datetime:
    return Probe.objects.get(mailbox=box).asked_at


def test_an_administrator_sends_a_test_and_the_button_in_it_proves_the_mailbox(admin, client, out):
    person, box, _desk = admin
    ask(client, person, box)
    assert "Test queued" in client.get("/admin/mailboxes/").content.decode()
    send_all(now_of(box) + timedelta(seconds=1))
    (mail,) = out.mails
    assert mail["To"] == box.address
    assert "TEST - NOT A CHILD" in mail.get_content()
    assert proof_page(box) in mail.get_content()
    assert "Not confirmed yet" in client.get("/admin/mailboxes/").content.decode()
    client.logout()
    assert client.get(proof_page(box)).status_code == 200
    box.refresh_from_db()
    assert box.verified_at is None
    assert "Confirmed" in client.post(proof_page(box)).content.decode()
    box.refresh_from_db()
    assert box.verified_at is not None
    assert box.failed_at is None
    client.force_login(person)
    assert "Test confirmed on the page" in client.get("/admin/mailboxes/").content.decode()


def test_a_bounced_test_marks_the_mailbox_and_says_why(admin, client, out):
    person, box, _desk = admin
    Mailbox.objects.filter(pk=box.pk).update(failed_at=None)
    ask(client, person, box)
    now = now_of(box)
    send_all(now)
    to = str(out.mails[0]["Return-Path"]).strip("<>")
    incoming.receive(a_report("failed", "5.1.1"), to=to, envelope_sender="", cut=False, at=now)
    box.refresh_from_db()
    assert box.failed_at == now
    page = client.get("/admin/mailboxes/").content.decode()
    assert "Test bounced" in page
    assert "No such mailbox" in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("content", "proves"),
    [
        (b"From: a@police.example\r\n\r\nyes we read it", True),
        (a_report("x", "x").replace(b"delivery-status", b"disposition-notification") + b"", False),
        (b"Auto-Submitted: auto-replied\r\n\r\nAway until Monday", False),
        (a_report("delivered", "2.0.0"), False),
    ],
)
def test_an_answer_of_a_person_proves_a_mailbox_and_a_machines_does_not(admin, client, out, content, proves):
    person, box, _desk = admin
    ask(client, person, box)
    now = now_of(box)
    send_all(now)
    to = str(out.mails[0]["Reply-To"])
    incoming.receive(content, to=to, envelope_sender=None, cut=False, at=now)
    box.refresh_from_db()
    assert (box.verified_at is not None) == proves


@pytest.mark.by_turns(8)
def test_two_tests_a_minute_are_one_and_an_ended_mailbox_gets_none(admin, client):
    person, box, _desk = admin
    probes.test_mailbox(box, by=person, at=AT)
    with pytest.raises(IllegalMove):
        probes.test_mailbox(box, by=person, at=later(30))
    box.ends_at = later(40)
    with pytest.raises(IllegalMove):
        probes.test_mailbox(box, by=person, at=later(90))


@pytest.mark.by_turns
def test_the_page_of_a_test_opens_by_its_own_link_alone_and_not_for_ever(admin, client):
    person, box, _desk = admin
    ask(client, person, box)
    page = proof_page(box)
    assert client.get(page[:-2] + ("a/" if page[-2] != "a" else "b/")).status_code == 404
    assert client.get("/t/x/").status_code == 404
    Probe.objects.update(asked_at=now_of(box) - probes.TEST_LASTS)
    assert client.post(page).status_code == 404


@pytest.mark.by_turns(8)
def test_mailboxes_of_others_are_not_there_and_nobody_else_sees_the_page(admin, client):
    person, _box, desk = admin
    other = factories.a_force_mailbox(factories.a_force())
    client.force_login(person)
    assert client.post(reverse("mailbox_test", args=[other.pk])).status_code == 404
    foreign = factories.a_duty_desk()
    assert client.get(reverse("test_call", args=[foreign.team.pk, "first"])).status_code == 404
    assert client.get(reverse("test_call", args=[desk.team.pk, "third"])).status_code == 404
    client.force_login(desk.person)
    assert client.get("/admin/mailboxes/").status_code == 403


@pytest.mark.by_turns
def test_a_duty_number_is_to_be_rung_each_week_until_somebody_answers(admin, client):
    person, _box, desk = admin
    factories.end_shift(desk)
    client.force_login(person)
    assert "Duty numbers: 2 to ring this week" in client.get("/admin/mailboxes/").content.decode()
    assert "2 duty numbers have not been answered in a test call" in client.get("/admin/").content.decode()
    address = reverse("test_call", args=[desk.team.pk, "first"])
    assert client.post(address, {"phone": desk.team.phone}).status_code == 422
    client.post(address, {"phone": desk.team.phone, "answered": "no", "note": "rang out"})
    page = client.get("/admin/mailboxes/").content.decode()
    assert "rang out" in page
    assert "2 to ring" in page
    client.post(address, {"phone": desk.team.phone, "answered": "yes"})
    assert "1 to ring" in client.get("/admin/mailboxes/").content.decode()
    assert "1 duty number has not been answered in a test call" in client.get("/admin/").content.decode()
    assert TestCall.objects.count() == 2
    answered = TestCall.objects.get(answered=True).at
    found = probes.numbers([desk.team.authority_id], at=answered)
    due = [number.is_due(answered + timedelta(days=7)) for number in found]
    assert due == [True, True]
    proved = ConfigurationChange.objects.get(kind="phone_proved", subject_id=desk.team.pk)
    assert (proved.actor, proved.data) == (person, {"phone": desk.team.phone})
    second = reverse("test_call", args=[desk.team.pk, "second"])
    client.post(second, {"phone": desk.team.second_phone, "answered": "yes"})
    shown = client.get("/admin/").content.decode()
    assert "in a test call" not in shown
    assert "First number: " in shown
    assert "Second number: " in shown
    assert "not tested" not in shown


@pytest.mark.by_turns(8)
def test_the_second_number_of_a_desk_is_said_to_be_tested_by_its_own_call_alone(admin, client):
    person, _box, desk = admin
    probes.record_call(desk.team, desk.team.phone, answered=True, by=person, at=clock.now())
    client.force_login(person)
    shown = client.get("/admin/").content.decode()
    assert "Second number: <strong>not tested</strong>" in shown
    assert "First number: <strong>" not in shown


@pytest.mark.by_turns(8)
def test_a_number_that_is_written_on_the_rota_is_to_be_tested_once(admin, client):
    person, _box, desk = admin
    client.force_login(person)
    listed = client.get("/admin/mailboxes/").content.decode()
    assert "Duty numbers: 4 to ring this week" in listed
    assert f"On the rota: {desk.person.name}" in re.sub(r"[\u2068\u2069]|</?bdi>", "", listed)
    address = reverse("test_call", args=[desk.team.pk, f"{desk.shift.pk}-second"])
    assert address in listed
    assert desk.second.phone in client.get(address).content.decode()
    assert client.post(address, {"phone": desk.second.phone}).status_code == 422
    client.post(address, {"phone": desk.second.phone, "answered": "yes"})
    listed = client.get("/admin/mailboxes/").content.decode()
    assert "Duty numbers: 3 to ring this week" in listed
    assert "Tested on" in listed
    assert not ConfigurationChange.objects.filter(kind="phone_proved").exists(), (
        "the desk's own is not proved"
    )
    answered = TestCall.objects.get(answered=True).at
    (of_second,) = [
        one
        for one in probes.numbers([desk.team.authority_id], at=answered + timedelta(days=90))
        if one.phone == desk.second.phone
    ]
    assert not of_second.is_due(answered + timedelta(days=90))


def on_the_rota(desk: DutyDesk, phone: str, *, since: datetime = AT, second_phone: str = "") -> Shift:
    """A shift of this desk with these numbers, in place of its first."""
    factories.end_shift(desk)
    return Shift.objects.create(
        team=desk.team,
        person=desk.person,
        phone=phone,
        second=desk.second if second_phone else None,
        second_phone=second_phone,
        starts_at=since,
        ends_at=since + timedelta(days=1),
    )


@pytest.mark.by_turns
def test_a_call_to_a_number_counts_for_whichever_shift_of_the_council_has_it(admin):
    person, _box, desk = admin
    phone = desk.team.phone
    other, elsewhere = factories.a_duty_desk(desk.team.authority), factories.a_duty_desk()
    for one in (desk, other, elsewhere):
        on_the_rota(one, phone)
    probes.record_call(desk.team, phone, answered=True, by=person, at=AT)
    found = {(one.team, one.phone): one for one in probes.numbers([desk.team.authority_id], at=AT)}
    assert len(found) == 2 + 3, "the desk's own stands once"
    assert found[other.team, phone].answered_at == AT
    strange = {one.phone: one for one in probes.numbers([elsewhere.team.authority_id], at=AT)}[phone]
    assert (strange.last, strange.answered_at) == (None, None), "who rang it elsewhere is not read here"


@pytest.mark.by_turns
def test_only_numbers_of_shifts_of_the_next_week_are_to_be_tested(admin, client):
    person, _box, desk = admin
    authority = [desk.team.authority_id]
    day = timedelta(days=1)
    shift = on_the_rota(desk, "01632 960777", since=AT + 8 * day, second_phone="01632 960778")
    assert len(probes.numbers(authority, at=AT)) == 2
    assert len(probes.numbers(authority, at=AT + 2 * day)) == 4
    assert len(probes.numbers(authority, at=AT + 9 * day)) == 2, "it is over"
    probes.record_call(desk.team, shift.phone, answered=True, by=person, at=AT + 10 * day)
    for stray in (shift.phone, "01632 960999", ""):
        with pytest.raises(IllegalMove, match="not the team’s any more"):
            probes.record_call(desk.team, stray, answered=True, by=person, at=AT + 16 * day)
    client.force_login(person)
    foreign = factories.a_duty_desk().shift.pk
    for which in (f"{foreign}-first", f"{shift.pk}-third", "x-first", "-first", "9" * 30 + "-first"):
        assert client.get(reverse("test_call", args=[desk.team.pk, which])).status_code == 404


def test_a_number_that_was_changed_meanwhile_is_not_proved(admin, client):
    person, _box, desk = admin
    client.force_login(person)
    address = reverse("test_call", args=[desk.team.pk, "first"])
    assert client.post(address, {"phone": "01632 960999", "answered": "yes"}).status_code == 422
    assert not TestCall.objects.exists()


@pytest.fixture
def home(admin) -> Home:
    """A home whose number nobody has rung, beside one whose number was answered."""
    _person, _box, desk = admin
    factories.a_home(desk.team.authority, name="Alder House")
    return factories.a_home(desk.team.authority, name="Weir House", phone_verified_at=None)


@pytest.mark.by_turns(8)
def test_the_number_of_a_home_is_proved_by_a_test_call_that_is_answered(admin, home, client):
    person, _box, _desk = admin
    client.force_login(person)
    listed = client.get(reverse("home_list")).content.decode()
    assert "Not tested: a test call that somebody answers is owed" in listed
    assert listed.index("Weir House") < listed.index("Alder House"), "it stands first"
    assert "on the number of 1 home" in client.get("/admin/").content.decode()
    history = reverse("home_history", args=[home.pk])
    address = reverse("home_call", args=[home.pk])
    assert address in client.get(history).content.decode()
    refused = client.post(address, {"phone": home.phone, "note": "rang out"})
    assert refused.status_code == 422
    assert "rang out" in refused.content.decode()
    client.post(address, {"phone": home.phone, "answered": "no", "note": "rang out"})
    home.refresh_from_db()
    assert home.phone_verified_at is None, "nobody answered"
    assert client.post(address, {"phone": home.phone, "answered": "yes"}).url == history
    home.refresh_from_db()
    call = TestCall.objects.get(answered=True)
    assert (call.home, call.team, call.phone, call.by) == (home, None, home.phone, person)
    assert home.phone_verified_at == call.at
    proved = ConfigurationChange.objects.get(kind="phone_proved", subject_type="home", subject_id=home.pk)
    assert (proved.actor, proved.data) == (person, {"phone": home.phone})
    shown = client.get(history).content.decode()
    assert "Tested on" in shown
    assert "24-hour phone answered in a test call" in shown
    assert "of 1 home" not in client.get("/admin/").content.decode()


def test_a_call_that_nobody_answers_takes_the_proof_of_a_home_s_number_away_and_can_be_read(admin, client):
    person, _box, desk = admin
    home = factories.a_home(desk.team.authority, name="Weir House")
    client.force_login(person)
    assert "Tested on" in client.get(reverse("home_list")).content.decode()
    address = reverse("home_call", args=[home.pk])
    client.post(address, {"phone": home.phone, "answered": "no", "note": "number is dead"})
    home.refresh_from_db()
    assert home.phone_verified_at is None
    shown = client.get(reverse("home_history", args=[home.pk])).content.decode()
    assert "24-hour phone not answered in a test call" in shown
    assert f"{home.phone}; number is dead" in shown
    assert "Tested on" not in shown
    listed = client.get(reverse("home_list")).content.decode()
    assert "Not tested: a test call that somebody answers is owed" in listed
    assert "on the number of 1 home" in client.get("/admin/").content.decode()
    assert any(home.phone in said for kind, said in readiness.in_the_way(clock.now()) if kind == "number")
    rung = ConfigurationChange.objects.get(kind="phone_unanswered", subject_type="home", subject_id=home.pk)
    said = {"phone": home.phone, "note": "number is dead", "proved": True}
    assert (rung.actor, rung.data) == (person, said)
    client.post(address, {"phone": home.phone, "answered": "yes", "note": "the night manager"})
    shown = client.get(reverse("home_history", args=[home.pk])).content.decode()
    assert "Tested on" in shown
    assert f"{home.phone}; the night manager" in shown


@pytest.mark.by_turns
def test_a_number_of_the_rota_that_nobody_answers_is_to_be_rung_until_somebody_does(admin, client):
    person, _box, desk = admin
    numbers = (desk.team.phone, desk.team.second_phone, desk.person.phone, desk.second.phone)
    for phone in numbers:
        probes.record_call(desk.team, phone, answered=True, by=person, at=AT)
    rung, again = AT + timedelta(days=5), AT + timedelta(days=6)

    def due(at: datetime) -> list[str]:
        return [one.phone for one in probes.numbers([desk.team.authority_id], at=at) if one.is_due(at)]

    assert due(again) == []
    for at in (rung, again):
        probes.record_call(desk.team, desk.person.phone, answered=False, by=person, at=at)
    assert due(again) == [desk.person.phone]
    (silent,) = [
        one for one in probes.numbers([desk.team.authority_id], at=again) if one.phone == desk.person.phone
    ]
    assert silent.silent_since == rung, "since the first of the calls that nobody answered"
    assert any(desk.person.phone in said for kind, said in readiness.in_the_way(again) if kind == "number")
    probes.record_call(desk.team, desk.team.phone, answered=False, by=person, at=again)
    assert due(again) == [desk.team.phone, desk.person.phone], "so is the desk's own"
    client.force_login(person)
    assert "First number: <strong>not answered</strong>" in client.get("/admin/").content.decode()
    for phone in (desk.person.phone, desk.team.phone):
        probes.record_call(desk.team, phone, answered=True, by=person, at=again + timedelta(hours=1))
    assert due(again + timedelta(hours=2)) == []


def test_another_number_of_a_home_is_proved_by_no_earlier_call(admin, home):
    person, _box, _desk = admin
    rung = home.phone
    probes.record_home_call(home, rung, answered=True, by=person, at=AT)
    organisations.correct_home(home, by=person, at=later(60), phone="01632 960777")
    home.refresh_from_db()
    assert home.phone_verified_at is None
    with pytest.raises(IllegalMove, match="not the home’s any more"):
        probes.record_home_call(home, rung, answered=True, by=person, at=later(90))
    Home.objects.filter(pk=home.pk).update(closed_at=later(100))
    with pytest.raises(IllegalMove, match="has closed"):
        probes.record_home_call(home, "01632 960777", answered=True, by=person, at=later(120))
    home.refresh_from_db()
    assert home.phone_verified_at is None


@pytest.mark.by_turns(8)
def test_a_home_elsewhere_is_rung_by_its_own_administrators_alone(admin, home, client):
    _person, _box, desk = admin
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=factories.an_authority()))
    assert client.get(reverse("home_call", args=[home.pk])).status_code == 404
    client.force_login(desk.person)
    assert client.get(reverse("home_call", args=[home.pk])).status_code == 403


@pytest.mark.by_turns
@pytest.mark.parametrize("both", [False, True])
def test_a_test_call_is_of_one_number_alone(admin, home, both: bool):
    person, _box, desk = admin
    of = {"team": desk.team, "home": home} if both else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        TestCall.objects.create(phone=home.phone, answered=True, by=person, at=AT, **of)


@pytest.mark.by_turns
def test_the_page_asks_as_much_of_the_database_for_ten_mailboxes_and_numbers_as_for_one(
    admin, client, django_assert_num_queries
):
    person, box, desk = admin
    client.force_login(person)
    factories.a_force_phone(box.force)
    with CaptureQueriesContext(connection) as asked:
        client.get("/admin/mailboxes/")
    for number in range(9):
        other = factories.a_force_mailbox(box.force, address=f"box{number}@police.example")
        probes.test_mailbox(other, by=person, at=AT)
    for purpose in (ForcePhone.Purpose.CONTROL_ROOM, ForcePhone.Purpose.CHIEF_OFFICER):
        factories.a_force_phone(box.force, purpose=purpose)
    now = clock.now()
    for _number in range(9):
        # Each of its people is somebody else, and each call another's.
        other = factories.a_duty_desk(desk.team.authority)
        for one in (other.person, other.second):
            by = factories.a_person(Role.ADMINISTRATOR, authority=desk.team.authority)
            probes.record_call(other.team, one.phone, answered=False, by=by, at=now)
    with django_assert_num_queries(len(asked)):
        page = client.get("/admin/mailboxes/").content.decode()
    assert "box8@police.example" in page
    assert other.second.phone in page
    assert page.count('"tel:01632960712"') == 3

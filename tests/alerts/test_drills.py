"""A drill climbs the whole ladder about nobody, says so everywhere, and leaves no list or figure changed."""

import io
import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from alerts import drills, health, heartbeats, integrity, policies, sending
from alerts.models import Alert, AlertStep, DutyStep, DutyTask, Message, PolicyVersion
from alerts.states import MessageStatus
from cases import access, clock, going_live
from cases.access import Permission
from cases.models import Child, Home, Mailbox, MissingEpisode, Role, User
from cases.states import IllegalMove
from tests import factories
from tests.alerts import outgoing

pytestmark = pytest.mark.django_db


@pytest.fixture
def steady_clock():
    """A drill waits for its own instants, so time goes on."""


@pytest.fixture
def out(monkeypatch):
    return outgoing.catch(monkeypatch)


@pytest.fixture
def admin():
    return factories.a_person(Role.ADMINISTRATOR)


def drill(admin, *words: str) -> tuple[list[dict], int]:
    said = io.StringIO()
    code = 0
    try:
        call_command("drill", "--by", admin.email, "--step", "0.1", "--json", *words, stdout=said)
    except SystemExit as error:
        code = int(str(error.code))
    return [json.loads(line) for line in said.getvalue().splitlines()], code


@pytest.mark.by_turns(8)
def test_a_drill_climbs_every_rung_tells_the_chosen_mailboxes_and_ends(out, admin, monkeypatch):
    # It is part of getting ready, and its child is nobody.
    monkeypatch.setitem(going_live._known, "live", False)
    steps_of_the_first_day = PolicyVersion.objects.filter(key=policies.DUTY)
    steps_of_the_first_day.update(takes_effect_at=clock.now() - timedelta(days=100))
    # It sweeps as a worker does, and is taken for one.
    heartbeats.beat(heartbeats.SWEEP, at=clock.now())
    before = {check.name: check.ok for check in health.read(clock.now())}
    lines, code = drill(admin, "--to", "drills@elsewhere.example", "--phone", "01632 960777")
    assert code == 0, lines[-1]
    steps = [line["step"] for line in lines if line["what"] == "step"]
    assert set(steps) >= {"R0", "R1", "R2", "R3", "fail_safe", "R4", "R5", "call_0", "call_120"}
    assert lines[-1] == {"what": "result", "failed": 0, "missing": []}
    assert set(out.to) == {"drills@elsewhere.example", "01632 960777"}
    for mail in out.mails:
        assert mail["Subject"].startswith("DRILL - NOT A CHILD - ")
        assert mail.get_body(("plain",)).get_content().startswith("DRILL - NOT A CHILD\n")
        assert "<strong>DRILL - NOT A CHILD</strong>" in mail.get_body(("html",)).get_content()
    assert all(text["text"].startswith("DRILL - NOT A CHILD. ") for text in out.texts)
    assert any("ended" in mail.as_string() for mail in out.mails if "police" in mail.as_string().lower())
    child = Child.objects.get(is_drill=True)
    assert child.closed_at is not None
    # Nobody is asked for what is owed of a child: about nobody there is none.
    assert not DutyStep.objects.exists()
    assert not Alert.objects.open().exists()
    assert not MissingEpisode.objects.open().exists()
    assert not DutyTask.objects.open().exists()
    assert not Message.objects.exclude(status__in=(MessageStatus.SENT, MessageStatus.CANCELLED)).exists()
    now = clock.now()
    assert not Mailbox.objects.current(now).exists()
    assert not Home.objects.open().filter(name="DRILL home").exists()
    assert [answer.question for answer in integrity.check(now) if answer.references] == []
    assert {check.name: check.ok for check in health.read(now)} == before
    for person in (admin, factories.a_person(Role.DUTY_DESK), factories.a_person(Role.POLICE)):
        assert not access.children(person, Permission.SEE_STATUS, at=now).filter(pk=child.pk).exists()


@pytest.mark.by_turns(8)
def test_a_drill_whose_mailbox_refuses_says_so_and_fails(out, admin, monkeypatch):
    from alerts import channels

    def refuse(mail):
        if mail["To"] == "dead@elsewhere.example":
            raise channels.Refused("550 5.1.1 No such mailbox")

    out.on_mail = refuse
    factories.an_authority_mailbox(factories.an_authority())
    box = factories.a_force_mailbox(factories.a_force(), address="dead@elsewhere.example")
    lines, code = drill(admin, "--to", "drills@elsewhere.example", "--force", box.address)
    assert code == 1
    failed = [line for line in lines if line.get("state") == "failed"]
    assert {line["to"] for line in failed} == {box.address}
    assert "550 5.1.1" in failed[0]["detail"]
    box.refresh_from_db()
    assert box.failed_at is None
    assert not DutyTask.objects.open().exists()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("stopped", ["by a signal", "by an error", "after its end"])
def test_a_drill_that_is_stopped_leaves_nobody_watched_and_nothing_that_runs(
    out: outgoing.Out, admin: User, monkeypatch: pytest.MonkeyPatch, stopped: str
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    looks = 0
    look = drills._look

    def fails(drill: drills.Drill, clock: Callable[[], datetime]) -> Iterator[drills.Line]:
        nonlocal looks
        looks += 1
        is_over = Child.objects.filter(is_drill=True, closed_at__isnull=False).exists()
        if stopped == "by a signal" and looks == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        if (stopped == "by an error" and looks == 2) or (stopped == "after its end" and is_over):
            raise ConnectionError("the database went away")
        return look(drill, clock)

    monkeypatch.setattr(drills, "_look", fails)
    with pytest.raises(KeyboardInterrupt if stopped == "by a signal" else ConnectionError):
        drill(admin, "--to", "drills@elsewhere.example")
    assert Child.objects.get(is_drill=True).closed_at is not None
    assert not Mailbox.objects.current(clock.now()).exists()
    assert not User.objects.filter(email__endswith="@drill.invalid", is_active=True).exists()
    assert not DutyTask.objects.open().exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_only_registered_mailboxes_are_drilled_unless_an_administrator_names_another(admin):
    with pytest.raises(CommandError, match=r"Not registered: a@b\.example"):
        call_command("drill", "--by", admin.email, "--force", "a@b.example", "--to", "c@d.example")
    with pytest.raises(CommandError, match="is no administrator"):
        call_command("drill", "--by", factories.a_person(Role.DUTY_DESK).email, "--to", "c@d.example")
    with pytest.raises(CommandError, match="Say where the mails go"):
        call_command("drill", "--by", admin.email)
    assert not Child.objects.filter(is_drill=True).exists()


@pytest.mark.by_turns(8)
def test_no_real_child_can_be_watched_as_in_a_drill(admin):
    from alerts import demo, policies
    from cases.states import IllegalMove

    one = factories.a_watched_child()
    version = demo.policy(key=drills.POLICY, reason="drill", at=factories.AT)
    with pytest.raises(IllegalMove):
        policies.watch_as_demo(one.child, version, at=factories.AT)


def test_a_drill_is_not_begun_where_nothing_may_be_swept_and_after_an_outage_holds_what_is_sent_to_the_police(
    admin,
):
    w = factories.a_watched_child()
    heartbeats.beat(heartbeats.SWEEP, at=factories.AT)
    now = factories.AT.replace(hour=16, minute=30)
    to = "drills@elsewhere.example"
    plan = drills.Plan(force=to, duty=to, people=to, phone="01632 960777", step=timedelta(seconds=1))
    sending.switch(on=False, at=now)
    with pytest.raises(IllegalMove, match="out of service"):
        drills.begin(plan, by=admin, at=now)
    assert not Child.objects.filter(is_drill=True).exists()
    sending.switch(on=True, at=now)
    drill = drills.begin(plan, by=admin, at=now)
    assert [home.name for home in Home.objects.placeable()] == [w.home.name], "nobody else is placed there"
    list(drills._look(drill, lambda: now))
    climbed = AlertStep.objects.filter(alert__child=w.child).values_list("step", flat=True)
    assert "R2" in climbed
    assert "fail_safe" not in climbed
    assert heartbeats.last_sweep(now) == now

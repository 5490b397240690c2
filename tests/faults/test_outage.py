"""Six hours without a sweep: what waits for nothing goes first, homes are asked, and the police hear of the silent."""

from collections import Counter
from datetime import timedelta

from alerts import heartbeats
from alerts.models import AlertStep, DutyTask, Heartbeat, Message, Outage
from alerts.states import MessageStatus
from cases import clock
from cases.models import Child, Home, Mailbox, MissingEpisode, Placement, PoliceForce, Team, User
from tests import factories
from tests.benchmarks import population
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Process, Stage, until

CHILDREN, HOMES = (5_000, 1_250) if FULL else (24, 8)
OUT = timedelta(hours=6)
HOLD = timedelta(minutes=45)
# What is promised of open episodes and of *not here*, from the first look on.
AT_ONCE = timedelta(seconds=2)


def start(stage: Stage) -> Process:
    """The watchdog alone: it notices, asks, sweeps and sends by the workers' own code."""
    return stage.run("watchdog", "-m", "tests.faults.kit.loop", "hasty_watchdog")


def the_silent(stage: Stage) -> list[int]:
    """Children of ten authorities in shared homes, watched from the morning and never seen; ids in order."""
    ids = population.fill(stage.database, due=CHILDREN, idle=0, homes=HOMES, year=31)
    force = PoliceForce.objects.get(code="bench")
    Mailbox.objects.create(
        purpose=Mailbox.Purpose.CONTROL_ROOM,
        address="control@bench.example",
        force=force,
        starts_at=factories.LONG_AGO,
    )
    return ids


def answer(ids: list[int]) -> set[int]:
    """Every second home calls its roll; returns the children who were seen."""
    homes = sorted(set(Placement.objects.filter(child__in=ids).values_list("home", flat=True)))[::2]
    seen = Placement.objects.filter(child__in=ids, home__in=homes).select_related("child")
    carers: dict[int, User] = {}
    for placement in seen:
        assert placement.home is not None
        carer = carers.setdefault(
            placement.home.pk, factories.a_person("placement_staff", home=placement.home)
        )
        factories.seen(placement.child, by=carer, at=clock.now())
    return {placement.child_id for placement in seen}


def test_after_six_hours_out_the_open_go_first_and_the_police_hear_of_the_silent_when_the_hold_ends(
    stage: Stage,
) -> None:
    gone = factories.a_watched_child(at=story.ARRIVES)
    ids = the_silent(stage)
    began = clock.now() - timedelta(hours=1)
    heartbeats.beat(heartbeats.SWEEP, at=began)
    stage.set_clock(clock.now(), began + timedelta(minutes=30))
    factories.not_here(gone.child, by=gone.carer, at=clock.now())
    stage.set_clock(clock.now(), began + OUT)

    process = start(stage)
    until(Outage.objects.exists, seconds=60, what=f"the outage: {process.said}")
    outage = Outage.objects.get()
    first = until(
        lambda: Message.objects.filter(
            post="force", episode__child=gone.child, sent_at__isnull=False
        ).exists(),
        seconds=PATIENCE * 10,
        what="the mail to the police of a child who is not there",
    )
    told = Message.objects.filter(post="force", episode__child=gone.child).earliest("sent_at")
    assert told.sent_at is not None
    assert told.sent_at - outage.ended_at < AT_ONCE * PATIENCE
    climbed = AlertStep.objects.filter(alert__child=gone.child).earliest("climbed_at").climbed_at
    assert not AlertStep.objects.filter(alert__child__in=ids, climbed_at__lt=climbed).exists()

    lists = lambda: AlertStep.objects.filter(alert__child__in=ids, step="R2").count()  # noqa: E731 - read again and again
    until(lambda: lists() == CHILDREN, seconds=60 + CHILDREN / 20, what="the managers' rung of all")
    took = until(story.all_out, seconds=60 + CHILDREN / 20, what="every roll-call and list out")
    asked = Message.objects.filter(wording="home_outage")
    assert Counter(asked.values_list("home", flat=True)) == dict.fromkeys([*homes_of(ids), gone.home.pk], 1)
    desks = set(Team.objects.filter(name="Duty desk").values_list("authority", flat=True))
    assert set(DutyTask.objects.filter(kind="after_outage").values_list("authority", flat=True)) == {
        *desks,
        gone.authority.pk,
    }
    lists_sent = {mail: n for mail, n in once(stage.sink.accepted).items() if mail.endswith("@bench.example")}
    assert lists_sent == {box.address: 1 for box in Mailbox.objects.filter(team__authority__in=desks)}
    # Nobody was told of one child alone, and no force of a home without a record.
    assert set(MissingEpisode.objects.values_list("child", flat=True)) == {gone.child.pk}

    seen = answer(ids)
    process.kill()
    silent = set(ids) - seen
    assert seen
    assert silent
    stage.set_clock(clock.now(), outage.held_until + timedelta(seconds=1))
    # It had been running all the while.
    Heartbeat.objects.update(beat_at=clock.now())
    process = start(stage)
    # Each home was asked at its phone once, and the one desk with a duty phone told by it.
    homes = [*Home.objects.filter(pk__in=homes_of(ids)).values_list("phone", flat=True), gone.home.phone]
    assert of_outage(stage) == Counter([*homes, gone.desk.shift.phone])
    texts = stage.gateway.once
    police = lambda: set(  # noqa: E731 - read again and again
        Message.objects.filter(post="force", step="call_0").values_list("episode__child", flat=True)
    )
    until(lambda: police() >= silent, seconds=60 + CHILDREN / 10, what="the police of every silent home")
    assert police() == silent | {gone.child.pk}
    owed = set(MissingEpisode.objects.filter(child__in=silent).values_list("police_owed_at", flat=True))
    assert owed == {outage.held_until}
    until(lambda: not story.unsent(), seconds=60 + CHILDREN / 5, what="every message out")
    # What the force was handed, counted at its mail server: one mail of each silent child, and none of a seen one.
    assert once(stage.sink.accepted)["control@bench.example"] == len(silent)
    # Of the silent homes nobody is texted: their desks have no phone. Nobody took what stood on the one that has.
    assert {phone for phone, _ in stage.gateway.once - texts} == {gone.desk.shift.second_phone}
    assert of_outage(stage) == Counter([*homes, gone.desk.shift.phone, gone.desk.shift.second_phone])
    assert not Message.objects.filter(status=MessageStatus.FAILED).exists()
    assert story.owed() == sum(once(stage.sink.accepted).values()) + sum(stage.gateway.once.values())
    assert Outage.objects.count() == 1
    assert process.ended() is None
    assert repeats(stage.sink.accepted) == 0
    assert Child.objects.filter(pk__in=seen, episodes__isnull=False).count() == 0
    process.kill()
    # A population written by set has no grants, no clocks of buildings, no keys of names, and a worker without an account.
    by_set = ("grants", "homes that owe a check", "children whose names", "children without a social worker")
    assert not [answer for answer in story.broken() if not answer.startswith(by_set)]
    done = f"nothing sweeps for six hours; {CHILDREN} children of {HOMES} homes owe a roll-call, one is not there"
    stage.note(
        "Six hours out",
        done,
        owed=story.owed(),
        took=f"the police hear of the child not there {first:.1f} s after the start; all asked in {took:.0f} s",
    )


def of_outage(stage: Stage) -> Counter[str]:
    """How many texts about the outage itself each phone got."""
    return Counter({phone: n for (phone, rung), n in stage.gateway.once.items() if rung == "outage"})


def homes_of(ids: list[int]) -> set[int]:
    rows = Placement.objects.filter(child__in=ids).values_list("home", flat=True)
    return {home_id for home_id in rows if home_id is not None}

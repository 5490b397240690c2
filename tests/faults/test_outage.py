"""Six hours without a sweep: what waits for nothing goes first, homes are asked, and the police hear of the silent."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from alerts import heartbeats, sweep
from alerts.models import Alert, AlertStep, DutyTask, Heartbeat, Message, Outage
from alerts.states import AlertStatus, MessageStatus
from cases import clock
from cases.models import Child, MissingEpisode, User
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.crowd import One, gather
from tests.faults.kit.stage import PATIENCE, Process, Stage, until

CHILDREN, HOMES = (5_000, 1_250) if FULL else (24, 8)
# An hour before the first rungs, while the window in which all are to be seen is open.
BEGAN = story.NOW - timedelta(hours=1)
OUT = timedelta(hours=6)
# What is promised of open episodes and of *not here*, from the first look on.
AT_ONCE = timedelta(seconds=2)
# What a worker reads of a child whom nobody has recorded, and a child of the crowd in it.
NO_RECORD, REFERENCE = "NO RECORD YET", re.compile(r"MC31-\d{6}")


def start(stage: Stage) -> Process:
    """The watchdog alone: it notices, asks, sweeps and sends by the workers' own code."""
    return stage.run("watchdog", "-m", "tests.faults.kit.loop", "hasty_watchdog")


def answer(children: Sequence[One]) -> list[One]:
    """Every second home calls its roll; returns the children who were seen."""
    answering = set(sorted({one.home.pk for one in children})[::2])
    seen = [one for one in children if one.home.pk in answering]
    known = Child.objects.in_bulk([one.pk for one in seen])
    carers: dict[int, User] = {}
    for one in seen:
        if one.home.pk not in carers:
            carers[one.home.pk] = factories.a_person("placement_staff", home=one.home)
        factories.seen(known[one.pk], by=carers[one.home.pk], at=clock.now())
    return seen


def sweep_and_send() -> None:
    """As the workers did before they died."""
    sweep.sweep_all(now=clock.now())
    story.send_all()


@pytest.mark.by_turns(8)
def test_after_six_hours_out_the_open_go_first_and_the_police_hear_of_the_silent_when_the_hold_ends(
    stage: Stage,
) -> None:
    sought, gone = (factories.a_watched_child(at=story.ARRIVES) for _ in range(2))
    crowd = gather(stage.database, children=CHILDREN, homes=HOMES)
    stage.set_clock(clock.now(), BEGAN - timedelta(minutes=20))
    factories.missing(sought.child, by=sought.carer, at=clock.now())
    sweep_and_send()
    stage.set_clock(clock.now(), BEGAN)
    sweep_and_send()
    heartbeats.beat(heartbeats.SWEEP, at=BEGAN)
    mails, texts = heard_before(sought)
    stage.assert_heard(mails=mails, texts=texts)
    stage.set_clock(clock.now(), BEGAN + timedelta(minutes=30))
    factories.not_here(gone.child, by=gone.carer, at=clock.now())
    stage.set_clock(clock.now(), BEGAN + OUT)

    process = start(stage)
    until(Outage.objects.exists, seconds=60, what=f"the outage: {process.said}")
    outage = Outage.objects.get()
    first = until(
        lambda: all(to_police(one).exists() for one in (sought, gone)),
        seconds=PATIENCE * 10,
        what="the mails to the police of a child who is missing and of one who is not there",
    )
    for one in (sought, gone):
        told = to_police(one).earliest("sent_at").sent_at
        assert told is not None
        assert told - outage.ended_at < AT_ONCE * PATIENCE
    since = AlertStep.objects.filter(climbed_at__gte=outage.ended_at)
    for one in (sought, gone):
        climbed = since.filter(alert__child=one.child).earliest("climbed_at").climbed_at
        assert not since.filter(alert__child__in=crowd.ids, climbed_at__lt=climbed).exists()

    lists = lambda: AlertStep.objects.filter(alert__child__in=crowd.ids, step="R2").count()  # noqa: E731 - read again and again
    until(lambda: lists() == CHILDREN, seconds=60 + CHILDREN / 20, what="the managers' rung of all")
    took = until(story.all_out, seconds=60 + CHILDREN / 20, what="every roll-call and list out")
    until(story.all_done, seconds=60 + CHILDREN / 20, what="every clock looked at, and what it owed out")
    ours = [one.authority.pk for one in (sought, gone)]
    asked = DutyTask.objects.filter(kind="after_outage").values_list("authority", flat=True)
    assert set(asked) == {*ours, *(box.team.authority_id for box in crowd.desks if box.team)}
    # Nobody was told of one child of the crowd alone, and no force of a home without a record.
    mails += mails_of_open(sought, gone) + Counter(box.address for box in crowd.desks)
    texts += texts_of_open(sought, gone) + Counter((home.phone, "outage") for home in crowd.homes)
    stage.assert_heard(mails=mails, texts=texts)
    assert set(MissingEpisode.objects.values_list("child", flat=True)) == {sought.child.pk, gone.child.pk}

    seen = answer(crowd.children)
    here = {one.pk for one in seen}
    left = Alert.objects.filter(child__in=here).exclude(status=AlertStatus.ENDED)
    until(
        lambda: not left.exists(),
        seconds=60 + CHILDREN / 10,
        what="the end of the alerts of all who were seen",
    )
    process.kill()
    silent = [one for one in crowd.children if one.pk not in here]
    assert seen
    assert silent
    stage.set_clock(clock.now(), outage.held_until + timedelta(seconds=1))
    # It had been running all the while.
    Heartbeat.objects.update(beat_at=clock.now())
    process = start(stage)
    police = lambda: set(  # noqa: E731 - read again and again
        Message.objects.filter(post="force", step="call_0").values_list("episode__child", flat=True)
    )
    until(
        lambda: police() >= {one.pk for one in silent},
        seconds=60 + CHILDREN / 10,
        what="the police of every silent home",
    )
    episodes = MissingEpisode.objects.filter(child__in=[one.pk for one in silent])
    assert set(episodes.values_list("police_owed_at", flat=True)) == {outage.held_until}
    until(story.all_done, seconds=60 + CHILDREN / 5, what="every message out")
    assert not story.unsent()
    # Of each silent child one mail to the force and to its worker, two to the desk; of a seen one none.
    mails += Counter({crowd.control_room.address: len(silent)}) + Counter(one.worker.email for one in silent)
    mails += Counter(2 * [one.desk.address for one in silent]) + told_of_no_record(stage, silent)
    # Nobody took what stood on the desks that have a phone: the list, and what the call steps asked for.
    texts += Counter((one.desk.second.phone, "outage") for one in (sought, gone))
    # All that stood on a desk by then is one text.
    texts += Counter((one.desk.second.phone, "second") for one in (sought, gone))
    owed = stage.assert_heard(mails=mails, texts=texts)
    assert not Message.objects.filter(status=MessageStatus.FAILED).exists()
    assert Outage.objects.count() == 1
    assert process.ended() is None
    assert not Child.objects.filter(pk__in=here, episodes__isnull=False).exists()
    process.kill()
    # A search ends by no timer.
    assert MissingEpisode.objects.open().filter(child__in=[sought.child, gone.child]).count() == 2
    assert not story.broken()
    done = (
        f"nothing sweeps for six hours; {CHILDREN:,} children of {HOMES:,} homes owe a roll-call, one is missing"
        " already and one is not there"
    )
    stage.note(
        "Six hours out",
        done,
        owed=owed,
        took=f"the police hear of both {first:.1f} s after the start; all asked in {took:.0f} s",
    )


def told_of_no_record(stage: Stage, silent: Sequence[One]) -> Counter[str]:
    """The mails by which workers heard that there is no record: of each silent child once, and of nobody else.

    Those of a home that were looked at together are in one mail, so only what they read can be known before.
    """
    mails = [mail for mail in stage.sink.accepted if NO_RECORD in mail.text]
    told = Counter((mail.to, reference) for mail in mails for reference in set(REFERENCE.findall(mail.text)))
    assert told == Counter((one.worker.email, one.reference) for one in silent)
    return Counter(mail.to for mail in mails)


def to_police(one: Watched) -> QuerySet[Message]:
    """What a force has been told of a child since the engine runs again."""
    return Message.objects.filter(post="force", episode__child=one.child, sent_at__gt=BEGAN + OUT)


def heard_before(sought: Watched) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Who had heard of a missing child when the engine stopped: of two call steps, and that nobody took the first."""
    mails = story.call_mails([sought]) + story.ring_police_mails([sought])
    texts = story.desk_texts([sought], "call_0") + story.desk_texts([sought], "call_15")
    return mails, texts + Counter([(sought.desk.second.phone, "second")])


def mails_of_open(sought: Watched, gone: Watched) -> Counter[str]:
    """Whom the steps owed in six hours mail: of a child missing before, the later call steps; of one not there, all."""
    both = [sought, gone]
    mails = Counter(box.address for one in both for box in story.police_of(one, both))
    mails += Counter(person.email for one in both for person in (one.manager, one.head, one.director))
    # Each desk has the list of the outage.
    mails += story.ring_police_mails(both)
    # The first call step, which says that somebody looked, and the second.
    mails += Counter([gone.manager.email]) + story.call_mails([gone])
    return mails + story.ring_police_mails([gone])


def texts_of_open(sought: Watched, gone: Watched) -> Counter[tuple[str, str]]:
    """The same for texts and calls, by phone and rung; nobody had taken what the second call step asked of the first."""
    both = [sought, gone]
    texts = Counter((phone, "outage") for one in both for phone in (one.home.phone, one.desk.shift.phone))
    for step, people in (("call_30", "manager"), ("call_60", "head"), ("call_120", "director")):
        texts += Counter((getattr(one, people).phone, step) for one in both)
    texts += story.desk_texts(both, "call_60") + Counter([(sought.desk.second.phone, "second")])
    texts += story.manager_texts([gone])
    for step in ("call_0", "call_15"):
        texts += story.desk_texts([gone], step)
    return texts

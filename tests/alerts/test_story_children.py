"""A story's children: what their pages foretell is what their own policy does, and their episodes have the steps of any other."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import concern_mails, demo, foresight, journey_mails, policies, sweep, tasks
from alerts.models import AlertStep, Clock, DutyStep, Message, MessageItem, PolicyVersion
from cases import clock, episodes, journeys, worker_absences
from cases.models import Child, Document, Journey, MissingEpisode, WorkerCover, WorkerLeave
from guardians.models import CouncilConcern
from tests.alerts.test_population_ticks import ticks
from tests.counts import FULL
from tests.factories import Watched, a_watched_child, missing
from tests.late_clocks import begin

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.fixture
def in_demo(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture(autouse=True)
def _in_force(now: datetime, in_demo: None) -> None:
    """The steps of the first day were asked for long before."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=100))


@pytest.fixture
def stage(now: datetime) -> demo.Stage:
    stage = demo.set_stage(at=now)
    begin(stage, at=now)
    return stage


def thao() -> Child:
    return Child.objects.get(given_name="Thao")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("age", "begins"),
    [
        (demo.STORY_LASTS - timedelta(seconds=1), False),
        (demo.STORY_LASTS, True),
        (demo.STORY_LASTS + timedelta(seconds=1), True),
    ],
    ids=["a second before", "at six hours", "a second after"],
)
def test_a_start_within_six_hours_goes_on_with_the_story_that_stands_and_one_later_has_a_new_one(
    stage: demo.Stage, now: datetime, age: timedelta, begins: bool
) -> None:
    def children() -> dict[int, datetime | None]:
        return dict(Child.objects.values_list("pk", "closed_at"))

    assert timedelta(hours=6) == demo.STORY_LASTS
    before, told = children(), Message.objects.count()
    assert begin(stage, at=now + age) == begins
    standing = {pk for pk, closed_at in children().items() if closed_at is None}
    if begins:
        assert not standing & before.keys(), "the old story is off the stage"
        assert len(standing) == len(before)
    else:
        assert children() == before
        assert Message.objects.count() == told


@pytest.mark.by_turns
@pytest.mark.parametrize("screen", ["quick/", "risk/"])
def test_who_will_be_told_of_a_storys_child_is_told_in_the_storys_times(
    client: Client, stage: demo.Stage, screen: str
) -> None:
    child = thao()
    client.force_login(stage.cast["duty"])
    page = client.get(f"/children/{child.reference}/missing/{screen}").content.decode()

    for line in (
        "Team manager: phone call and mail, after 2 minutes unless an officer is verified",
        # By the rungs of *not here*, which no officer stops: they come before the call steps.
        "Head of service: text message and mail, after 2 minutes<",
        "Director: text message and mail, after 4 minutes<",
    ):
        assert line in page
    assert "hour" not in page[page.index("Team manager: ") : page.index("Director: ")]


@pytest.mark.by_turns
def test_the_administrator_of_the_demo_looks_after_each_account(client: Client, stage: demo.Stage) -> None:
    client.force_login(stage.cast["admin"])
    for part in ("guardian", "police", "worker", "admin"):
        assert client.get(reverse("person", args=[stage.cast[part].pk])).status_code == 200, part


@pytest.mark.by_turns
def test_what_the_form_foretells_is_what_the_engine_then_does(stage: demo.Stage, now: datetime) -> None:
    child = thao()
    worker = stage.cast["worker"]
    episode = episodes.report_missing(child, report=episodes.Report(), by=worker, at=now)
    # A sweep that comes late owes what those before it would have owed, by the instants of each.
    for seconds in (0, 15, 120, 240, 500):
        sweep.sweep_all(now=now + timedelta(seconds=seconds))

    climbed = {
        row.step: row.owed_at - now
        for row in AlertStep.objects.filter(alert__child=child, alert__episode=episode)
        if row.step in ("R4", "R5", "call_30")
    }
    two, four = timedelta(minutes=2), timedelta(minutes=4)
    assert climbed == {"call_30": two, "R4": two, "R5": four}


@pytest.mark.by_turns(8)
def test_who_would_be_told_climbs_in_the_storys_seconds(stage: demo.Stage, now: datetime) -> None:
    found = foresight.of(thao(), about=now + timedelta(days=2), now=now)

    start = found.calls[0].at
    assert [(rung.step, (rung.at - start).total_seconds()) for rung in found.calls] == [
        ("call_0", 0),
        ("call_15", 60),
        ("call_30", 120),
        ("call_60", 240),
        ("call_120", 480),
    ]


@pytest.mark.by_turns
def test_a_storys_episode_has_the_steps_of_the_first_day(
    client: Client, stage: demo.Stage, now: datetime
) -> None:
    child = thao()
    episode = episodes.report_missing(child, report=episodes.Report(), by=stage.cast["worker"], at=now)
    sweep.sweep_all(now=now)
    client.force_login(stage.cast["duty"])

    page = client.get(f"/missing/{episode.reference}/").content.decode()

    owed = list(DutyStep.objects.filter(episode=episode).values_list("kind", flat=True))
    assert len(owed) > 5
    assert "What has to be done" in page
    for kind in owed:
        assert str(DutyStep.Kind(kind).label) in page


@pytest.mark.by_turns
def test_a_silence_that_goes_to_the_police_by_itself_has_them_too(stage: demo.Stage, now: datetime) -> None:
    for seconds in (0, 30, 60, 90, 105):
        sweep.sweep_all(now=now + timedelta(seconds=seconds))

    episode = MissingEpisode.objects.get(child__given_name="Yusuf")
    assert episode.fail_safe
    assert DutyStep.objects.filter(episode=episode).exists()


# --- The same where a council has changed its own policy


def call_policy(*, at: datetime, **changed: Any) -> None:
    stands = PolicyVersion.objects.filter(key=policies.CALL).latest("version")
    PolicyVersion.objects.create(
        key=policies.CALL,
        version=stands.version + 1,
        data={**stands.data, **changed},
        takes_effect_at=at,
        published_at=at,
        reason="Tried for a year",
    )


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=9))


@pytest.mark.by_turns
def test_who_will_be_told_is_told_in_the_councils_times_to_the_minute(
    client: Client, watched: Watched, now: datetime
) -> None:
    call_policy(steps=[0, 600, 1500, 5400, 12600], at=now - timedelta(hours=1))
    client.force_login(watched.carer)
    page = client.get(f"/children/{watched.child.reference}/missing/quick/").content.decode()

    assert "Team manager: phone call and mail, after 25 minutes unless an officer is verified" in page
    assert "Director: phone call and mail, after 3 hours 30 minutes unless an officer is verified" in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (timedelta(minutes=5), "It stops the calls and asks again in 3 hours."),
        # So long after the report it is the reviews that ask.
        (timedelta(days=4), "It stops the calls.<"),
    ],
)
def test_when_the_police_are_asked_again_is_said_by_the_policy(
    client: Client, watched: Watched, now: datetime, gone: timedelta, words: str
) -> None:
    call_policy(ask_after=3 * 3600, at=now - timedelta(days=5))
    episode = missing(watched.child, by=watched.worker, at=now - gone)
    sweep.sweep_all(now=now - gone)
    client.force_login(watched.desk.person)

    page = client.get(f"/missing/{episode.reference}/police/").content.decode()

    assert words in page


@pytest.mark.by_turns
def test_beside_the_story_the_desk_is_asked_for_a_sibling_and_nobody_is_told_of_anything_else(
    stage: demo.Stage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As README says: every tick of beat but the sender's, for two minutes."""
    monkeypatch.setattr(tasks.drain_outbox, "apply_async", lambda **how: None)
    for seconds in range(0, 121, 30):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(seconds=seconds): at)
        for name, run in ticks().items():
            if name != "alerts.tasks.drain_outbox":
                run()
    of_the_story = Message.objects.filter(items__alert__child__given_name="Yusuf")
    assert of_the_story.exists()
    # Whoever is asked to cover has said yes in the same commit: that mail is called off before anybody sends it.
    others = Message.objects.unsent().exclude(pk__in=of_the_story.values("pk"))
    told = [(one.wording, one.mailbox and one.mailbox.address) for one in others]
    assert told == [("link_waits", "duty-desk@northmere.example")]


@pytest.mark.by_turns
def test_the_foster_carer_of_the_story_lives_at_a_house_of_their_own(stage: demo.Stage) -> None:
    assert stage.foster_home.postcode != stage.home.postcode
    assert stage.foster_home.provider is None


@pytest.mark.by_turns
def test_a_child_of_the_story_travels_tomorrow_and_a_guardian_waits_for_the_council_and_nobody_is_mailed(
    client: Client, stage: demo.Stage, now: datetime
) -> None:
    for seconds in range(0, 121, 60):
        at = now + timedelta(seconds=seconds)
        sweep.sweep_all(now=at)
        concern_mails.tell(now=at)
        journey_mails.tell(now=at)
    travels, promised = (Child.objects.get(given_name=name) for name in ("Arben", "Thao"))
    items = MessageItem.objects.exclude(alert__child__given_name="Yusuf")
    assert not items.exists()
    assert not Message.objects.filter(journey__isnull=False).exists()
    assert not Message.objects.filter(concern__isnull=False).exists()
    clocks = Clock.objects.filter(child__in=[travels, promised], next_at__lte=now + timedelta(hours=23))
    assert not clocks.exists()
    client.force_login(stage.cast["worker"])
    page = client.get(f"/children/{travels.reference}/journey/").content.decode()
    assert "Petra Lindqvist" in page
    concern = CouncilConcern.objects.open().get(child=promised)
    assert (concern.shared, concern.due_at > now + timedelta(days=6)) == (True, True)


def test_a_new_story_takes_the_journey_and_the_concern_of_the_old_one_off_the_stage_and_has_one_leave_that_runs(
    stage: demo.Stage, now: datetime
) -> None:
    later = now + timedelta(hours=7)
    journey = Journey.objects.open().get()
    by = stage.cast["worker"]
    # A visitor has confirmed the pick-up meanwhile.
    seen = journeys.Seen(escort="Petra Lindqvist", happened_at=later - timedelta(minutes=5))
    journeys.confirm(journey.stops.get(position=0), seen, by=by, at=later - timedelta(minutes=5))
    assert begin(stage, at=later)
    journey.refresh_from_db()
    assert journey.reason == "The story is over"
    assert Journey.objects.open().count() == 1
    assert CouncilConcern.objects.open().count() == 1
    one_leave_and_one_cover_run(later)
    if FULL:
        # Nor where the leave of the old one was over by then.
        later = now + timedelta(days=20)
        assert begin(stage, at=later)
        one_leave_and_one_cover_run(later)


def one_leave_and_one_cover_run(at: datetime) -> None:
    cover = WorkerCover.objects.get(child__given_name="Arben", child__closed_at=None)
    assert cover.leave.ends_at == at + timedelta(days=14)
    running = WorkerLeave.objects.filter(called_off_at=None, starts_at__lte=at, ends_at__gt=at)
    assert running.count() == 1
    assert Document.objects.standing().filter(child__closed_at=None).count() == 1


@pytest.mark.by_turns
def test_the_worker_of_one_child_is_on_leave_with_cover_and_another_has_a_letter_and_neither_is_heard_of(
    client: Client, stage: demo.Stage, now: datetime
) -> None:
    for hours in (0, 12, 23):
        at = now + timedelta(hours=hours)
        for seconds in (0, 15):
            sweep.sweep_all(now=at + timedelta(seconds=seconds))
    covered, held = (Child.objects.get(given_name=name) for name in ("Arben", "Thao"))
    worker = stage.cast["worker"]
    cover = WorkerCover.objects.get(child=covered)
    assert (cover.accepted, cover.covered_by) == (True, worker)
    absence = worker_absences.of([covered.pk], now)[covered.pk]
    assert (absence.gap, absence.cover(now)) == (None, cover)
    owed = Clock.objects.filter(
        child__in=[covered, held], kind="paperwork", due_at__lte=now + timedelta(days=1)
    )
    assert not owed.exists()
    assert not MessageItem.objects.filter(
        alert__child__in=[covered, held], alert__clock__kind="paperwork"
    ).exists()
    client.force_login(worker)
    assert "Elowen Garth" in client.get(f"/children/{covered.reference}/").content.decode()
    document = Document.objects.standing().get(child=held)
    answer = client.get(reverse("document", args=[held.reference, document.token]))
    assert b"".join(answer).startswith(b"%PDF-")

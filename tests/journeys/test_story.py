"""The whole story of one silent child, with every process real: from the roll-call that lapses to the last ending."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from playwright.sync_api import Page, expect

from alerts import demo
from alerts.demo_states import making, moves
from alerts.models import Alert, AlertStep, Clock, LinkAcknowledgement, Message, Verification
from cases import clock
from cases.audit.verification import Verification as Verifying
from cases.models import Child, Contact, EpisodeForce, MissingEpisode
from scripts.launcher import application, places
from tests.browsers import WAITS
from tests.counts import FULL, counts, one_in
from tests.faults.kit.stage import Process, until
from tests.journeys import pictures
from tests.journeys.post import Post
from tests.journeys.product import Product

# ./run faults watches for the two whole minutes; an ordinary run for less, and reads from the clocks that nothing is owed.
QUIET_SECONDS = counts(5, 120)
# Of the children to look at an ordinary run has some made beside the story, in turn, and the one who is missing.
LOOKED_AT = [
    one
    for one in making.CHILDREN
    if FULL or pictures.WANTED or one_in(one.full_name, 30) == 0 or moves.Beside.MISSING in one.states
]
HOME, DUTY, SECOND, MANAGER = "01632 960130", "01632 960101", "01632 960102", "01632 960103"
DESK, WORKER, GUARDIAN = (
    "duty-desk@northmere.example",
    "worker@northmere.example",
    "guardian@northmere.example",
)
MANAGER_MAIL, REVIEWER = "manager@northmere.example", "reviewer@northmere.example"
TOLD = (DESK, WORKER, GUARDIAN, REVIEWER, MANAGER_MAIL)
CONTROL_ROOM, COORDINATOR = "control-room@northmere-police.example", "missing@northmere-police.example"
CHECK_NEEDED = "CHECK NEEDED - NOBODY HAS PHONED YOU YET"
ENDED = "THIS ALERT HAS ENDED"

MAILS = Counter(
    [
        (DESK, "NO RECORD: RING THE HOME NOW"),
        (WORKER, "FOR YOUR INFORMATION: NO RECORD YET"),
        (GUARDIAN, "FOR YOUR INFORMATION: NO RECORD YET"),
        (MANAGER_MAIL, "NO RECORD: THE DUTY DESK HAS NOT CLEARED IT"),
        (DESK, "RING THE POLICE AND CONFIRM"),
        (CONTROL_ROOM, CHECK_NEEDED),
        (COORDINATOR, CHECK_NEEDED),
        (DESK, "RING THE POLICE NOW"),
        (WORKER, "NOT CONFIRMED: THE POLICE ARE ASKED TO CHECK"),
        (GUARDIAN, "NOT CONFIRMED: THE POLICE ARE ASKED TO CHECK"),
        (REVIEWER, "NOT CONFIRMED: THE POLICE ARE ASKED TO CHECK"),
        (DESK, "REPORTED SEEN, NOT CONFIRMED"),
        *((address, ENDED) for address in (*TOLD, CONTROL_ROOM, COORDINATOR)),
        # What the neighbour asks at the start, for whoever tries the desk.
        (DESK, "ANOTHER COUNCIL ASKS FOR A SIBLING OR COMPANION"),
    ]
)
TEXTS = Counter(
    [
        (HOME, "R0"),
        (DUTY, "R1"),
        (MANAGER, "R2"),
        (SECOND, "R2"),
        # The task to ring the home, then the one to ring the police: nobody took either of them.
        (SECOND, "second"),
        (SECOND, "second"),
        (DUTY, "R3"),
        (DUTY, "call_0"),
        # Reported seen: duty's own ladder of it has this one step.
        (DUTY, "R1"),
        *((phone, "ending") for phone in (HOME, DUTY, MANAGER, SECOND)),
    ]
)


# Ten processes start at once, and the desk refreshes itself every 15 seconds.
PATIENCE = 45_000


@pytest.fixture
def open_slow(open_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Pages that are waited for longer."""

    def opened(**words: Any) -> Page:
        page = open_page(**words)
        page.set_default_timeout(PATIENCE)
        return page

    expect.set_options(timeout=PATIENCE)
    yield opened
    expect.set_options(timeout=WAITS)


def test_one_silent_child_from_the_roll_call_to_the_last_ending(
    running: Product, open_slow: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "CHILDREN", LOOKED_AT)
    running.begin()
    # As at a start: made beside the story, and nobody hears of any of them.
    looked_at = application.children_to_look_at(running.env)
    if not (FULL or pictures.WANTED):
        # And not after all else on the machine: the whole product would wait for them, and a wait of it costs.
        names = (one.full_name for one in LOOKED_AT)
        words = [str(places.PYTHON), "-m", "tests.journeys.looked_at", *names]
        looked_at = Process(looked_at.name, words, log=looked_at.log, env=looked_at.env)
    running.processes.append(looked_at)
    looked_at.start()
    home = running.sign_in(open_slow(width=360), "home")
    desk = running.sign_in(open_slow(), "duty")
    officer = open_slow(width=360, scripts=False)
    # Nobody else's pages are in the story, but in its pictures.
    worker = running.sign_in(open_slow(), "worker") if pictures.WANTED else None

    the_roll_call_lapses(home, running.post)
    the_task_stands_untouched(desk, running.post)
    episode = silence_opens_an_episode(running.post)
    the_police_are_asked_to_check(officer, episode, running.post)
    duty_verifies(desk, episode)
    if worker is not None:
        take_more_pictures(worker, desk, episode, running.mail_page)
    the_home_reports_the_child_seen(home, episode, running.post)
    duty_confirms_and_ends(desk, episode)

    until(lambda: is_over(episode), seconds=30, what="every alert ended and every message out")
    assert running.post.mailed == MAILS
    assert running.post.texted == TEXTS
    running.check("check_integrity")
    nobody_else_was_looked_for(episode)
    # Made after all else on the machine: beside other tests it takes its time.
    until(lambda: looked_at.ended() is not None, seconds=900, what="the children to look at are made")
    assert looked_at.ended() == 0, looked_at.last_words()
    # What the demo wrote as of days ago waits for its seal, which is made each minute, and at small counts more often.
    verifies = lambda: not list(Verifying().findings(now=clock.now()))  # noqa: E731 - read again and again
    until(verifies, seconds=180, what="the record verifies", each=1)
    nothing_is_owed_before_tomorrow()
    nothing_more_comes(running.post)
    assert running.post.mailed == MAILS
    assert running.post.texted == TEXTS
    pictures.take_screens(running.url, running.sign_in, open_slow)
    assert "THIS ALERT HAS ENDED" not in officer.content()
    officer.reload()
    expect(officer.get_by_role("main")).to_contain_text("ended")


def the_roll_call_lapses(home: Page, post: Post) -> None:
    """The carer forgets one of four children; the home's phone hears of it fifteen seconds later."""
    expect(home.get_by_role("heading", level=1)).to_have_text("Roll-call, Harbour House")
    until(lambda: (HOME, "R0") in post.texted, seconds=90, what="the text to the home")
    home.reload()
    card = home.get_by_role("article").filter(has_text="Yusuf")
    expect(card).to_contain_text("No record")
    for name in ("Thao", "Kidane", "Shirin"):
        expect(home.get_by_role("article").filter(has_text=name)).to_contain_text("Seen")
    pictures.take(home, "roll-call-phone")


def the_task_stands_untouched(desk: Page, post: Post) -> None:
    """The desk shows the home without a reload; nobody takes it, and the second person and the manager are told."""
    row = desk.get_by_role("article").filter(has_text="Harbour House")
    expect(row).to_contain_text("Nobody has taken this")
    expect(row).to_contain_text("Yusuf")
    expect(row).not_to_contain_text("Thao")
    pictures.take(desk, "duty-desk")
    until(lambda: (SECOND, "second") in post.texted, seconds=60, what="the second person is rung")
    until(lambda: (MANAGER, "R2") in post.texted, seconds=30, what="the manager")


def silence_opens_an_episode(post: Post) -> MissingEpisode:
    """R3 opens an episode, not confirmed, that duty can quote to the police."""
    until(lambda: (DUTY, "R3") in post.texted, seconds=60, what="duty is asked to ring the police")
    episode = MissingEpisode.objects.get(child__in=of_the_story())
    assert (episode.started_by, episode.child.given_name) == ("silence", "Yusuf")
    until(post.has(DESK, "RING THE POLICE AND CONFIRM"), seconds=60, what="the mail that says so")
    (mail,) = post.mails_to(DESK, "RING THE POLICE AND CONFIRM")
    assert episode.reference in mail.text
    return episode


def the_police_are_asked_to_check(officer: Page, episode: MissingEpisode, post: Post) -> None:
    """Nobody confirmed, so the force hears by itself; opening its link changes nothing, and a name given slows nothing."""
    for address in (CONTROL_ROOM, COORDINATOR):
        until(post.has(address, CHECK_NEEDED), seconds=60, what=f"the mail to {address}")
    (mail,) = post.mails_to(CONTROL_ROOM, CHECK_NEEDED)
    assert mail.raw["Subject"] == f"Child alert {episode.reference} - Northmere Police (demo) - read now"
    assert "Yusuf" not in mail.raw.as_string()
    before = what_stands(episode)

    officer.goto(mail.link)
    expect(officer.get_by_role("heading", level=1)).to_contain_text(episode.reference)
    pictures.take(officer, "police-page-phone")
    assert what_stands(episode) == before, "a link that is opened changes nothing"

    officer.get_by_label("Your name").fill("Priya Lowmoor")
    officer.get_by_label("Collar number").fill("4178")
    officer.get_by_role("button", name="I have this alert").click()
    expect(officer.get_by_text("Priya Lowmoor, collar number 4178, as given")).to_be_visible()
    given = LinkAcknowledgement.objects.get()
    assert (given.name, given.collar_number) == ("Priya Lowmoor", "4178")
    assert what_stands(episode) == before, "a name given by link slows nothing"
    # The call to the police is a task of its own, and nobody takes that one either.
    until(lambda: post.texted[SECOND, "second"] == 2, seconds=60, what="the second person is rung again")


def what_stands(episode: MissingEpisode) -> list[object]:
    """Everything that an officer's word could slow: episode, forces, alerts, verifications, and when the next call is owed."""
    # The children to look at are made meanwhile.
    child = episode.child
    facts = (
        MissingEpisode.objects.filter(child=child),
        EpisodeForce.objects.filter(episode=episode),
        Alert.objects.filter(child=child),
        Verification.objects.filter(episode=episode),
        Contact.objects.filter(child__in=of_the_story()),
    )
    calls = Clock.objects.filter(kind=Clock.Kind.CALL, episode=episode).values_list("next_at", "due_at")
    return [*(list(rows.order_by("pk").values()) for rows in facts), list(calls)]


def take_more_pictures(worker: Page, desk: Page, episode: MissingEpisode, mail_page: str) -> None:
    """The child's page as the worker sees it, the episode as duty does, and the mail to the control room."""
    worker.goto(worker.url.rstrip("/") + f"/children/{episode.child.reference}/")
    pictures.take(worker, "child")
    worker.goto(desk.url.partition("/missing/")[0] + f"/missing/{episode.reference}/")
    pictures.take(worker, "episode")
    worker.goto(mail_page)
    worker.get_by_role("row").filter(has_text=CONTROL_ROOM).get_by_role("link").first.click()
    pictures.take(worker, "mail")


def duty_verifies(desk: Page, episode: MissingEpisode) -> None:
    """Duty rings 101 and writes down officer and reference: verified, and the call steps stop."""
    desk.get_by_role("button", name=f"Record police reference {episode.reference}").first.click()
    desk.get_by_label("Officer’s name").fill("Priya Lowmoor")
    desk.get_by_label("Collar number").fill("4178")
    desk.get_by_label("Police reference").fill("NM-2611-77")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("The call steps are stopped")).to_be_visible()
    verification = Verification.objects.get(episode=episode)
    assert (verification.officer, verification.incident_reference) == ("Priya Lowmoor", "NM-2611-77")
    call = Clock.objects.get(kind=Clock.Kind.CALL, episode=episode)
    assert call.next_at is not None
    assert call.next_at > clock.now() + timedelta(hours=7), "next the police are asked again, not rung"


def the_home_reports_the_child_seen(home: Page, episode: MissingEpisode, post: Post) -> None:
    """The carer sees the child come in: duty is told, and nothing ends on that word."""
    home.reload()
    home.get_by_role("button", name="I saw Yusuf").click()
    expect(home.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    until(
        post.has(DESK, "REPORTED SEEN, NOT CONFIRMED"), seconds=30, what="duty hears that the child was seen"
    )
    episode.refresh_from_db()
    assert episode.reported_seen_at is not None
    assert episode.ended_at is None
    assert ENDED not in {kind for _, kind in post.mailed}


def duty_confirms_and_ends(desk: Page, episode: MissingEpisode) -> None:
    """Duty, who did not say “seen”, rings back, hears the police close, and ends it."""
    desk.goto(desk.url.partition("/missing/")[0].partition("/duty/")[0] + f"/missing/{episode.reference}/")
    expect(desk.get_by_role("main")).to_contain_text("Reported seen")
    desk.get_by_role("button", name="Confirm with the child").click()
    desk.get_by_label("I rang back on a number we hold").check()
    desk.get_by_label("The number you rang").select_option(index=1)
    desk.get_by_label("The adult there").fill("Moira Reid")
    desk.get_by_role("button", name="Save").click()

    desk.get_by_role("button", name="Record police closing").click()
    desk.get_by_label("Officer’s name").fill("Priya Lowmoor")
    desk.get_by_label("Now", exact=True).check()
    desk.get_by_role("button", name="Save").click()

    desk.get_by_role("button", name="End the episode").click()
    desk.get_by_label("How did it end?").select_option(label="Returned")
    desk.get_by_label("Now", exact=True).check()
    desk.get_by_label("Where is the child now?").fill("Harbour House")
    desk.get_by_label("Well, as far as anybody can see").check()
    desk.get_by_label("Not yet", exact=True).check()
    desk.get_by_role("button", name="End the episode").click()
    expect(desk.get_by_text("The episode has ended")).to_be_visible()


def is_over(episode: MissingEpisode) -> bool:
    """Whether no alert is open, everything owed is out, and the episode has ended."""
    episode.refresh_from_db()
    open_alerts = Alert.objects.exclude(status="ended").exists()
    return episode.ended_at is not None and not open_alerts and not Message.objects.unsent().exists()


def nobody_else_was_looked_for(episode: MissingEpisode) -> None:
    """The other children of the story were seen, so nothing was ever climbed for them."""
    assert of_the_story().count() == 6
    assert not AlertStep.objects.exclude(alert__child=episode.child).exists()
    assert MissingEpisode.objects.filter(child__in=of_the_story()).count() == 1


def of_the_story() -> QuerySet[Child]:
    return Child.objects.filter(demo_watch__policy__key=demo.POLICY)


def nothing_is_owed_before_tomorrow() -> None:
    """No clock of any child of the demo asks for anything within 23 hours."""
    tomorrow = clock.now() + timedelta(hours=23)
    clocks = Clock.objects.filter(next_at__isnull=False)
    assert {one.child_id for one in clocks} >= set(of_the_story().values_list("pk", flat=True))
    assert Child.objects.count() == 6 + making.how_many()
    assert not [(one.child.given_name, one.kind, one.next_at) for one in clocks if one.next_at <= tomorrow]


def nothing_more_comes(post: Post) -> None:
    """Watch outbox and mail folder: nothing is sent, and nothing new is owed."""
    messages, names = Message.objects.count(), post.box.names()
    limit = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < limit:
        time.sleep(1)
        assert post.box.names() == names
        assert Message.objects.count() == messages

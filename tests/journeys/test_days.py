"""A short day of each role in a real browser, on a phone, with scripts and without: how few screens and answers it takes."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from playwright.sync_api import Page, expect

from alerts import delivery, sweep
from alerts.models import AlertStep, Clock, LinkAcknowledgement
from cases import clock
from cases.models import Child, Contact, MissingEpisode, Placement
from tests.browsers import WIDTHS, Site, widen
from tests.counts import FULL, counts, one_in
from tests.factories import Watched, a_child, a_person, a_watched_child, guarded, placed
from tests.mailbox import Caught

# Who lives there beside Yusuf.
NAMES = counts(("Linh", "Selam"), ("Linh", "Selam", "Aram", "Zahra", "Hawa"))
ALL = len(NAMES) + 1
# What the design allows before anything is typed twice: answers that a form insists on, and screens on the way.
REGISTRATION_ANSWERS, REGISTRATION_SCREENS = 10, 4
PLACEMENT_ANSWERS, PLACEMENT_SCREENS = 7, 3


class Walk:
    """One person's way through the pages: each one met is counted, and checked.

    In each run a third of them at one width, in turn: the gallery has each of them.
    """

    def __init__(self, page: Page, check: Callable[[Page], None] | None) -> None:
        self.page = page
        self.check = check
        self.screens: list[str] = []

    def meet(self, heading: str) -> None:
        """Arrive at the page with this heading, which the page before had not, its scripts run."""
        title = self.page.get_by_role("heading", level=1)
        expect(title).to_contain_text(heading)
        self.page.wait_for_load_state()
        self.screens.append(title.inner_text())
        turn = one_in((heading, len(self.screens)), 3 * len(WIDTHS))
        if self.check is None or not (FULL or turn < len(WIDTHS)):
            return
        for width in reversed(WIDTHS if FULL else WIDTHS[turn : turn + 1]):
            self.page.set_viewport_size({"width": width, "height": 740})
            self.check(self.page)
        widen(self.page, WIDTHS[0])

    def press(self, name: str, role: str = "button") -> None:
        """Press the first button or link of this name."""
        self.page.get_by_role(role, name=name).first.click()

    def insisted(self) -> int:
        """How many answers the form on the page insists on, as it says itself when it is sent empty."""
        summary = self.page.locator(".govuk-error-summary")
        expect(summary).to_be_visible()
        self.page.wait_for_load_state()
        return summary.get_by_role("link").count()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def walk(
    request: pytest.FixtureRequest,
    open_page: Callable[..., Page],
    take_seat: Callable[..., Page],
    axe: Callable[[Page], None],
) -> Callable[..., Walk]:
    """Begin a walk on a phone, or another beside it."""
    scripts = bool(request.param)

    def begun(*, beside: bool = False) -> Walk:
        page = (open_page if beside else take_seat)(width=360, scripts=scripts)
        return Walk(page, axe if scripts else None)

    return begun


@pytest.fixture
def watched(kept_site: Site) -> Watched:
    """A child who is still to be seen, with everybody who looks out; the children of other days rest."""
    Clock.objects.update(next_at=None)
    return a_watched_child(at=clock.now() - timedelta(days=3), given_name="Yusuf")


@pytest.fixture
def house(watched: Watched) -> Watched:
    """Six children of one home, in each run three, all still to be seen."""
    at = clock.now() - timedelta(days=3)
    for name in NAMES:
        child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=at, given_name=name)
        placed(child, watched.home)
        guarded(child, watched.guardian)
    return watched


def contacts(of: Watched) -> QuerySet[Contact]:
    """What stands of the children of this home."""
    return Contact.objects.standing().filter(child__placements__home=of.home)


def climb(step: str, watched: Watched) -> None:
    """Let time pass on the clocks until this step has been climbed for this child."""
    while not AlertStep.objects.filter(alert__child=watched.child, step=step).exists():
        at = min(one.next_at for one in Clock.objects.exclude(next_at=None))
        assert at <= clock.now(), f"{step} is not owed before {at}"
        sweep.sweep_all(now=at)


def test_a_worker_registers_a_child_and_places_it(
    kept_site: Site, watched: Watched, walk: Callable[..., Walk]
) -> None:
    day = walk()
    page = day.page
    kept_site.sign_in(page, watched.worker)
    page.goto(kept_site.to("/"))
    day.meet("Today")
    page.goto(kept_site.to("/children/new/"))
    day.meet("Add a child")
    day.press("Save and go to the placement")
    assert day.insisted() <= REGISTRATION_ANSWERS - 2, "two of the answers are there already"
    page.get_by_label("Given name as heard").fill("Samir")
    page.get_by_label("Female").check()
    page.get_by_label("Best language").fill("not known")
    page.get_by_role("group", name="Is an interpreter needed?").get_by_label("Not known").check()
    day.press("Save and go to the placement")

    day.meet("Where does Samir live now?")
    day.press("Save the placement")
    assert day.insisted() <= PLACEMENT_ANSWERS
    a_home_is_chosen(page, watched.home.name)
    page.get_by_label("Supported accommodation").check()
    day.press("Save the placement")

    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    day.meet("Samir")
    child = Child.objects.get(given_name="Samir", allocations__team=watched.team)
    assert Placement.objects.get(child=child).home == watched.home
    assert len(day.screens[1:]) <= REGISTRATION_SCREENS
    assert Clock.objects.filter(child=child, next_at__isnull=False).exists(), "the child is watched from now"


def a_home_is_chosen(page: Page, name: str) -> None:
    """Type the home's name where scripts offer it, or choose it from the list."""
    typed = page.get_by_role("combobox", name="Home")
    if typed.evaluate("box => box.tagName") == "INPUT":
        typed.fill(name)
        page.get_by_role("option", name=name).click()
    else:
        typed.select_option(
            label=next(text for text in typed.locator("option").all_inner_texts() if name in text)
        )


def test_a_worker_moves_a_child_in_three_screens(
    kept_site: Site, watched: Watched, walk: Callable[..., Walk]
) -> None:
    day = walk()
    page = day.page
    kept_site.sign_in(page, watched.worker)
    page.goto(kept_site.to(f"/children/{watched.child.reference}/"))
    day.meet("Yusuf")
    day.press("Add a placement", "link")
    day.meet("Where does Yusuf live now?")
    a_home_is_chosen(page, watched.home.name)
    page.get_by_label("Foster placement", exact=True).check()
    day.press("Save the placement")
    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    day.meet("Yusuf")
    assert len(day.screens) <= PLACEMENT_SCREENS
    assert Placement.objects.filter(child=watched.child).count() == 2


def test_a_guardian_needs_one_tap_of_the_two_allowed(
    kept_site: Site, house: Watched, walk: Callable[..., Walk]
) -> None:
    day = walk()
    kept_site.sign_in(day.page, house.guardian)
    day.page.goto(kept_site.to("/"))
    day.meet(f"Children you look out for ({ALL})")

    began = time.monotonic()
    day.press("Saw face to face Selam")
    expect(day.page.get_by_role("button", name="Undo Selam")).to_be_visible()

    assert time.monotonic() - began < 15
    contact = contacts(house).get()
    assert (contact.child.given_name, contact.means, contact.witness_role) == (
        "Selam",
        "face_to_face",
        "guardian",
    )
    day.meet(f"Children you look out for ({ALL})")


def test_a_home_calls_the_roll(kept_site: Site, house: Watched, walk: Callable[..., Walk]) -> None:
    day = walk()
    kept_site.sign_in(day.page, house.carer)
    day.page.goto(kept_site.to("/"))
    day.meet(f"Roll-call, {house.home.name}")

    for name in ("Yusuf", *NAMES):
        day.press(f"I saw {name}")
        expect(day.page.get_by_role("button", name=f"Undo {name}")).to_be_visible()

    assert contacts(house).count() == ALL
    day.meet(f"Roll-call, {house.home.name}")
    assert len(set(day.screens)) == 1


def test_duty_rings_a_home_and_writes_down_who_saw_the_child(
    kept_site: Site, house: Watched, walk: Callable[..., Walk]
) -> None:
    climb("R1", house)
    day = walk()
    page = day.page
    kept_site.sign_in(page, house.desk.person)
    page.goto(kept_site.to("/"))
    day.meet("Duty")
    day.press("I am ringing")
    expect(page.get_by_text("You are ringing")).to_be_visible()
    day.press("Seen by…")
    day.meet("Who was seen?")
    for name in ("Yusuf", *NAMES):
        page.get_by_label(name).check()
    page.get_by_label("Who saw them?").fill("M. Reid")
    page.get_by_label("Now", exact=True).check()
    day.press("Save")
    day.meet("Duty")
    assert contacts(house).filter(witness="M. Reid").count() == ALL
    sweep.sweep_all(now=clock.now())
    page.reload()
    expect(page.get_by_text("No home to ring as at")).to_be_visible()


def test_not_here_is_told_answered_by_the_police_and_ended(
    kept_site: Site, watched: Watched, catcher: Caught, walk: Callable[..., Walk]
) -> None:
    home, officer = walk(), walk(beside=True)
    the_home_looks_in_vain(kept_site, watched, home)
    episode = MissingEpisode.objects.get(child=watched.child)
    sweep.sweep_all(now=clock.now())
    delivery.deliver(clock=clock.now)
    an_officer_has_the_alert(officer, catcher, episode)
    duty_rings_the_police(kept_site, watched, home, episode)
    kept_site.sign_in(home.page, watched.carer)
    home.page.goto(kept_site.to("/"))
    home.press("I saw Yusuf")
    expect(home.page.get_by_role("button", name="Undo Yusuf")).to_be_visible()
    kept_site.sign_in(home.page, watched.desk.person)
    duty_ends_it(kept_site, home, episode)
    episode.refresh_from_db()
    assert (episode.outcome, episode.police_closed_officer) == ("returned", "Priya Lowmoor")
    sweep.sweep_all(now=clock.now())
    officer.page.reload()
    officer.meet(episode.reference)
    expect(officer.page.get_by_role("main")).to_contain_text("ended")


def the_home_looks_in_vain(kept_site: Site, watched: Watched, home: Walk) -> None:
    kept_site.sign_in(home.page, watched.carer)
    home.page.goto(kept_site.to("/"))
    home.meet("Roll-call")
    home.press("Not here Yusuf")
    home.meet("Yusuf is not here")
    home.press("Not here: tell duty and police")
    expect(home.page.get_by_text("Duty and the police are being told now")).to_be_visible()
    home.meet("Yusuf")


def an_officer_has_the_alert(officer: Walk, catcher: Caught, episode: MissingEpisode) -> None:
    texts = [str(mail.get_body(("plain",)).get_content()) for mail in catcher.mails]
    # By the hour of the day the silence about the other children has reached the police too.
    ours = [text for text in texts if episode.reference in text]
    links = [found[0] for text in ours if (found := re.search(r"http://\S+/a/\S+", text))]
    officer.page.goto(links[0])
    officer.meet("Child alert")
    officer.page.get_by_label("Your name").fill("Priya Lowmoor")
    officer.page.get_by_label("Collar number").fill("4178")
    officer.press("I have this alert")
    expect(officer.page.get_by_text("Priya Lowmoor, collar number 4178, as given")).to_be_visible()
    officer.meet("Child alert")
    assert LinkAcknowledgement.objects.filter(episode=episode).count() == 1


def duty_rings_the_police(kept_site: Site, watched: Watched, desk: Walk, episode: MissingEpisode) -> None:
    kept_site.sign_in(desk.page, watched.desk.person)
    desk.page.goto(kept_site.to("/"))
    desk.meet("Duty")
    desk.press(f"Record police reference {episode.reference}")
    desk.meet("Police reference and officer")
    desk.page.get_by_label("Officer’s name").fill("Priya Lowmoor")
    desk.page.get_by_label("Police reference").fill("NM-2611-77")
    desk.press("Save")
    expect(desk.page.get_by_text("The call steps are stopped")).to_be_visible()
    desk.meet("Yusuf")


def duty_ends_it(kept_site: Site, desk: Walk, episode: MissingEpisode) -> None:
    page = desk.page
    page.goto(kept_site.to(f"/missing/{episode.reference}/"))
    desk.press("Confirm with the child")
    desk.meet("Confirm with the child")
    page.get_by_label("I saw the child face to face").check()
    desk.press("Save")
    desk.press("Record police closing")
    desk.meet("The police have closed their report")
    page.get_by_label("Officer’s name").fill("Priya Lowmoor")
    page.get_by_label("Now", exact=True).check()
    desk.press("Save")
    desk.press("End the episode")
    desk.meet("End the episode")
    page.get_by_label("How did it end?").select_option("returned")
    page.get_by_label("Now", exact=True).check()
    page.get_by_label("Where is the child now?").fill("At the home")
    page.get_by_label("Well, as far as anybody can see").check()
    page.get_by_label("Not yet", exact=True).check()
    desk.press("End the episode")
    expect(page.get_by_text("The episode has ended")).to_be_visible()
    desk.meet("Yusuf")


def test_whoever_looks_on_finds_everything_on_the_first_page(
    kept_site: Site, watched: Watched, walk: Callable[..., Walk]
) -> None:
    climb("R2", watched)
    day = walk()
    administrator = a_person("administrator", authority=watched.authority)
    for person, heading in (
        (watched.manager, "Overview"),
        (watched.head, "Overview"),
        (watched.director, "Overview"),
        (watched.officer, "Missing"),
        (administrator, "People and teams"),
    ):
        kept_site.sign_in(day.page, person)
        day.page.goto(kept_site.to("/"))
        day.meet(heading)

"""What each task costs in screens, answers, presses and seconds, walked in a real browser; docs/efforts.md is the table."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page, expect

from alerts import police_links, police_profiles, sweep
from alerts.models import AlertStep, Clock, LinkAcknowledgement, Message, Probe
from cases import clock
from cases.models import (
    Allocation,
    Child,
    Contact,
    MissingEpisode,
    Note,
    Placement,
    Role,
    SeenReport,
    Team,
    User,
)
from tests import factories
from tests.browser.town import at_this_hour
from tests.browsers import Site, let_idle, typed_into
from tests.counts import a_third, counts
from tests.database import Clone
from tests.factories import (
    Watched,
    a_child,
    a_home,
    a_person,
    a_watched_child,
    guarded,
    missing,
    placed,
    seen,
)
from tests.journeys.efforts import EFFORTS, HEAD, PAGE, Hand, beginning, hold

HOUR = timedelta(hours=1)
OTHERS = ("Linh", "Selam", "Aram", "Zahra", "Hawa")

Begin = Callable[..., Hand]


@pytest.fixture(scope="module")
def hour(kept: Clone) -> Iterator[None]:
    with at_this_hour():
        yield


@pytest.fixture
def begin(hour: None, kept_site: Site, take_seat: Callable[..., Page]) -> Begin:
    """Put a practised person in front of a page; what they do from here on counts."""

    def begun(path: str, who: User | None, *, width: int = 1280) -> Hand:
        page = take_seat(width=width)
        if who is not None:
            kept_site.sign_in(page, who)
        page.goto(kept_site.to(path))
        return Hand(page)

    return begun


@pytest.fixture
def watched(hour: None, kept_site: Site) -> Watched:
    """A child with everybody around, seen half an hour ago."""
    found = a_watched_child(at=clock.now() - 50 * HOUR, given_name="Yusuf")
    seen(found.child, by=found.carer, at=clock.now() - HOUR / 2)
    return found


@pytest.fixture
def house(watched: Watched) -> Watched:
    """Six children of one home and one guardian."""
    return with_others(watched, OTHERS)


@pytest.fixture
def three(watched: Watched) -> Watched:
    """Three of them, where it does not matter how many there are; all six in ./run faults."""
    return with_others(watched, counts(("Selam", "Aram"), OTHERS))


def with_others(watched: Watched, names: Sequence[str]) -> Watched:
    for name in names:
        child = a_child(
            watched.authority,
            team=watched.team,
            worker=watched.worker,
            at=clock.now() - 50 * HOUR,
            given_name=name,
        )
        placed(child, watched.home)
        guarded(child, watched.guardian)
    return watched


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    """That child reported missing, with the police mailed."""
    found = missing(watched.child, by=watched.worker, at=clock.now(), why_worried="Met a stranger")
    sweep_only(watched)
    return found


def sweep_only(watched: Watched) -> None:
    """Let the engine look at this authority's children, and rest for everybody else's."""
    mine = Child.objects.filter(allocations__team=watched.team)
    Clock.objects.exclude(child__in=mine).update(next_at=None)
    sweep.sweep_all(now=clock.now())


def test_the_page_holds_every_task_in_its_order() -> None:
    lines = PAGE.read_text(encoding="utf-8")
    assert lines.startswith(HEAD)
    rows = lines.removeprefix(HEAD).splitlines()
    assert len(rows) == len(EFFORTS)
    assert all(row.startswith(beginning(one)) for row, one in zip(rows, EFFORTS, strict=True))


@pytest.mark.by_turns(8)
def test_a_placement_is_logged(watched: Watched, begin: Begin) -> None:
    a_home(watched.authority, name="Harbour View")
    hand = begin(f"/children/{watched.child.reference}/", watched.worker)
    page = hand.page
    hand.press(page.get_by_role("link", name="Add a placement"))
    hand.find(typed_into(page, "Home"), "harb", page.get_by_role("option", name="Harbour View"))
    hand.choose(page.get_by_label("Supported accommodation"))
    hand.press(page.get_by_role("button", name="Save the placement"))
    expect(page.get_by_text("The placement is recorded")).to_be_visible()
    hold("placement", hand)
    assert Placement.objects.filter(child=watched.child).count() == 2


@pytest.mark.by_turns(8)
def test_a_child_is_registered(watched: Watched, begin: Begin) -> None:
    hand = begin("/", watched.worker)
    page = hand.page
    hand.press(page.get_by_role("navigation", name="Menu").get_by_role("link", name="Add a child"))
    hand.write(page.get_by_label("Given name as heard"), "Samir")
    hand.choose(page.get_by_label("Female"))
    hand.write(page.get_by_label("Best language"), "Tigrinya")
    interpreter = page.get_by_role("group", name="Is an interpreter needed?")
    hand.choose(interpreter.get_by_label("Not known"))
    hand.press(page.get_by_role("button", name="Save and go to the placement"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does Samir live now?")
    hold("registration", hand)


@pytest.mark.by_turns(8)
def test_a_child_is_reported_missing(watched: Watched, begin: Begin) -> None:
    hand = begin(f"/children/{watched.child.reference}/missing/new/", watched.worker)
    page = hand.page
    hand.choose(page.get_by_label("No, I am about to"))
    hand.write(page.get_by_label("Where was the child last seen?"), "The kitchen")
    hand.write(page.get_by_label("What is the child wearing?"), "Black jacket, jeans")
    hand.write(page.get_by_label("Was a car seen?"), "White van")
    hand.choose(page.get_by_label("Searched the building and the grounds", exact=True))
    hand.press(page.get_by_role("button", name="Continue"))
    hand.write(page.get_by_label("Why are you worried?"), "Collected by a stranger last week")
    hand.choose(page.get_by_label("High", exact=True))
    hand.write(page.get_by_label("Reason for this view"), "New to the area")
    hand.press(page.get_by_role("button", name="Continue"))
    expect(page.locator("h1")).to_contain_text("Screen 3 of 3")
    hand.hands_off()
    hand.press(page.get_by_role("button", name="Send alerts").first)
    expect(page.locator("h1")).to_have_text("Reported missing")
    hold("report", hand)
    assert MissingEpisode.objects.get(child=watched.child).police_owed_at is not None


@pytest.mark.by_turns(8)
def test_a_note_is_written(watched: Watched, begin: Begin) -> None:
    hand = begin(f"/children/{watched.child.reference}/notes/new/", watched.worker)
    page = hand.page
    box = page.get_by_label("Note", exact=True)
    expect(box).to_be_focused()
    hand.write(box, "He asked for his sister.")
    hand.hands_off()
    hand.press(page.get_by_role("button", name="Save the note"))
    expect(page.get_by_text("He asked for his sister.")).to_be_visible()
    hold("note", hand)


@pytest.mark.by_turns(8)
def test_today_says_what_to_do(watched: Watched, episode: MissingEpisode, begin: Begin) -> None:
    hand = begin("/", watched.worker)
    expect(hand.page.get_by_role("heading", name="Missing or not here (1)")).to_be_visible()
    expect(hand.page.get_by_role("main").get_by_text(episode.reference).first).to_be_visible()
    hold("today", hand)


@pytest.mark.by_turns(8)
def test_the_overview_counts_and_each_figure_leads_to_its_list(
    three: Watched, episode: MissingEpisode, begin: Begin
) -> None:
    hand = begin("/", three.manager)
    page = hand.page
    tiles = page.locator(".rc-tiles a")
    words = tiles.all_inner_texts()
    assert words[0].split()[0] == "1", words
    expect(page.get_by_role("table", name="Nobody has taken these on")).to_be_visible()
    hold("overview", hand)
    # What each leads to is the same walk.
    for number, text in a_third(list(enumerate(words)), "figures"):
        page.goto(page.url.partition("overview")[0])
        one = Hand(page)
        one.press(tiles.nth(number))
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"({text.split()[0]})")
        hold("figure", one)


@pytest.mark.by_turns(8)
def test_all_children_of_a_worker_are_given_to_another(watched: Watched, begin: Begin) -> None:
    other = a_person(Role.SOCIAL_WORKER, team=watched.team, name="Nerys Maddern")
    others = counts(4, 19)
    for _ in range(others):
        a_child(team=watched.team, worker=watched.worker, at=clock.now() - HOUR)
    hand = begin("/", watched.manager)
    page = hand.page
    hand.press(page.locator(f"#reassign-{watched.worker.pk}"))
    hand.press(page.get_by_label(f"Nerys Maddern, {watched.team.name}"))
    hand.press(page.get_by_role("button", name="Continue"))
    hand.press(page.get_by_role("button", name="Confirm"))
    expect(page.get_by_text(f"{others + 1} children are now with Nerys Maddern.")).to_be_visible()
    hold("reassign", hand)
    assert Allocation.objects.current(clock.now()).filter(worker=other).count() == others + 1


@pytest.mark.by_turns(8)
def test_a_guardian_checks_in_a_child(three: Watched, begin: Begin) -> None:
    hand = begin("/", three.guardian, width=360)
    hand.press(hand.page.get_by_role("button", name="Saw face to face Selam"))
    expect(hand.page.get_by_role("button", name="Undo Selam")).to_be_visible()
    hold("check_in", hand)
    assert Contact.objects.get(child__given_name="Selam", recorded_by=three.guardian).means == "face_to_face"


@pytest.mark.by_turns(8)
def test_a_guardian_who_finds_nobody_is_led_to_numbers_and_to_the_report(
    three: Watched, begin: Begin
) -> None:
    hand = begin("/", three.guardian, width=360)
    page = hand.page
    hand.press(
        page.get_by_role("link", name="Not here Aram").or_(page.get_by_role("button", name="Not here Aram"))
    )
    expect(page.get_by_role("heading", name="Try these first")).to_be_visible()
    expect(page.locator(".rc-try a[href^='tel:']").first).to_be_visible()
    hold("numbers", hand)
    hand.press(page.get_by_role("button", name="Not here: tell duty and police"))
    expect(page.get_by_text("Duty and the police are being told now")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Aram"))
    hold("not_there", hand)
    assert (
        MissingEpisode.objects.get(child__given_name="Aram", child__in=_mine(three)).police_owed_at
        is not None
    )


@pytest.mark.by_turns(8)
def test_a_home_calls_the_roll(house: Watched, begin: Begin) -> None:
    hand = begin("/", house.carer, width=360)
    for name in ("Yusuf", *OTHERS):
        hand.press(hand.page.get_by_role("button", name=f"I saw {name}"))
        expect(hand.page.get_by_role("button", name=f"Undo {name}")).to_be_visible()
    hold("roll_call", hand)


@pytest.mark.by_turns(8)
def test_duty_has_every_answer_of_a_home_one_press_from_its_row(
    hour: None, kept_site: Site, begin: Begin
) -> None:
    Clock.objects.update(next_at=None)
    silent = a_watched_child(at=clock.now() - 50 * HOUR, given_name="Bao")
    while not AlertStep.objects.filter(alert__child=silent.child, step="R1").exists():
        sweep.sweep_all(now=min(one.next_at for one in Clock.objects.exclude(next_at=None)))
    Clock.objects.update(next_at=None)
    hand = begin("/", silent.desk.person)
    page = hand.page
    row = page.get_by_role("article", name=silent.home.name).filter(has_text="Seen by…")
    expect(row.locator("a[href^='tel:']")).to_be_visible()
    for name in ("Seen by…", "Not here", "I am ringing"):
        expect(row.get_by_text(name).first).to_be_visible()
    hand.press(row.get_by_role("button", name="Could not reach"))
    expect(page.get_by_text("Recorded: could not reach")).to_be_visible()
    hold("ringing", hand)


@pytest.mark.by_turns(8)
def test_one_more_child_of_a_night_is_taken_in(watched: Watched, begin: Begin) -> None:
    hand = begin("/children/arrivals/new/", watched.worker, width=360)
    page = hand.page
    page.get_by_label("Where did they arrive?").fill("Harrowfen docks")
    page.get_by_label("Best language").fill("Tigrinya")
    page.locator("select[name=home]").select_option(str(watched.home.pk), force=True)
    for name in ("Samir", "Yonas"):
        hand = Hand(page)
        hand.write(page.get_by_label("Given name as heard"), name)
        hand.write(page.get_by_label("Age given"), "15")
        hand.choose(page.get_by_label("Male", exact=True))
        hand.write(page.get_by_label("Bed or room"), "bed 7")
        hand.hands_off()
        hand.press(page.get_by_role("button", name="Save and next child"))
        # The page before may say of the child before that it is registered.
        expect(page.get_by_label("Given name as heard")).to_have_value("")
        expect(page.get_by_text("is registered and placed")).to_be_visible()
    hold("intake", hand)


@pytest.mark.by_turns(8)
def test_an_officer_says_that_they_have_it_and_takes_a_copy(
    watched: Watched, episode: MissingEpisode, kept_site: Site, begin: Begin
) -> None:
    told = Message.objects.filter(episode=episode, force__isnull=False)[0]
    link = police_links.issue(told, now=clock.now())
    hand = begin("/sign-in/", None)
    page = hand.page
    # The mail, as far as a hand is concerned: one link.
    page.set_content(f'<a href="{link}">Open</a>')
    hand = Hand(page)
    hand.press(page.get_by_role("link", name="Open"))
    hand.write(page.get_by_label("Your name").first, "PC Shah")
    hand.write(page.get_by_label("Collar number").first, "1234")
    hand.press(page.get_by_role("button", name="I have this alert"))
    expect(page.get_by_text("PC Shah, collar number 1234, as given")).to_be_visible()
    hold("have_this", hand)
    assert LinkAcknowledgement.objects.filter(episode=episode).count() == 1
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    copy = Hand(page)
    copy.press(page.get_by_text("Copy as text"))
    assert episode.reference in page.get_by_label(re.compile("This alert as text")).input_value()
    hold("copy", copy)


@pytest.mark.by_turns(8)
def test_an_officer_sees_photo_and_details_by_the_code_that_duty_reads_out(
    watched: Watched, episode: MissingEpisode, begin: Begin
) -> None:
    now, by = clock.now(), watched.desk.person
    factories.photographed(watched.child, at=now)
    link = police_links.issue(Message.objects.filter(episode=episode, force__isnull=False)[0], now=now)
    officer = {"officer": "PC Shah", "collar_number": "1234"}
    code = police_profiles.give(episode, watched.force, **officer, by=by, at=now)
    page = begin("/sign-in/", None).page
    page.set_content(f'<a href="{link}">Open</a>')
    hand = Hand(page)
    hand.press(page.get_by_role("link", name="Open"))
    hand.press(page.get_by_role("link", name="Photo and details, with a code from duty"))
    hand.write(page.get_by_label("Code", exact=True), code)
    hand.press(page.get_by_role("button", name="Show photo and details"))
    expect(page.get_by_role("img", name="Photo of the child")).to_be_visible()
    hold("profile", hand)


@pytest.mark.by_turns(8)
def test_an_officer_who_is_signed_in_prints_a_briefing_and_says_that_the_child_is_back(
    watched: Watched, episode: MissingEpisode, begin: Begin
) -> None:
    hand = begin(f"/missing/{episode.reference}/", watched.officer)
    hand.press(hand.page.locator("#briefing"))
    # The button on the page before is of almost the same name.
    expect(hand.page.get_by_role("button", name="Print", exact=True)).to_be_visible()
    hold("briefing", hand)
    text = begin(f"/missing/{episode.reference}/", watched.officer)
    text.press(text.page.get_by_role("button", name="Copy as text"))
    expect(text.page.get_by_label("In the order in which call handlers ask")).to_be_visible()
    hold("text", text)
    back = begin(f"/missing/{episode.reference}/", watched.officer)
    _say_back(back, "back_police")
    assert SeenReport.objects.filter(episode=episode, reported_by=watched.officer).exists()


@pytest.mark.by_turns(8)
def test_duty_writes_down_that_the_child_is_back(
    watched: Watched, episode: MissingEpisode, begin: Begin
) -> None:
    _say_back(begin(f"/missing/{episode.reference}/", watched.desk.person), "back_duty")
    assert SeenReport.objects.filter(episode=episode).exists()


def _say_back(hand: Hand, key: str) -> None:
    page = hand.page
    hand.press(page.get_by_role("button", name="Reported seen"))
    hand.choose(page.get_by_label("I did"))
    hand.choose(page.get_by_label("Face to face"))
    hand.choose(page.get_by_label("Now", exact=True))
    hand.hands_off()
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Duty is told. Nothing ends until")).to_be_visible()
    hold(key, hand)


@pytest.mark.by_turns(8)
def test_oversight_reads_the_figure_and_takes_it_along(hour: None, kept_site: Site, begin: Begin) -> None:
    hand = begin("/", a_person(Role.STATISTICIAN))
    page = hand.page
    expect(page.get_by_text("missing now").first).to_be_visible()
    expect(page.get_by_text("As at 24 November 2026")).to_be_visible()
    expect(page.get_by_role("heading", name="What is counted")).to_be_visible()
    hold("oversight", hand)
    assert page.locator("main a[href*='MC26']").count() == 0
    table = Hand(page)
    with page.expect_download() as taken:
        table.press(page.get_by_role("link", name="Download these figures (CSV)"))
    assert taken.value.suggested_filename.endswith(".csv")
    hold("csv", table)


@pytest.mark.by_turns(8)
def test_an_administrator_adds_a_person_and_tests_a_mailbox(watched: Watched, begin: Begin) -> None:
    # Of as many letters in every run: the seconds count them.
    Team.objects.filter(pk=watched.team.pk).update(name="Team Ash")
    hand = begin("/admin/people/new/", a_person(Role.ADMINISTRATOR, authority=watched.authority))
    page = hand.page
    hand.write(page.get_by_label("Email address"), "mina.v@council.example")
    hand.write(page.get_by_label("Full name"), "Mina Vale")
    hand.pick(page.get_by_label("Role", exact=True), "social_worker")
    team = page.get_by_role("option", name="Team Ash", exact=True)
    hand.find(typed_into(page, "Where"), "Team Ash", team)
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("The role is given.")).to_be_visible()
    hand.press(page.get_by_role("navigation", name="Menu").get_by_role("link", name="Mailboxes", exact=True))
    button = page.get_by_role("button", name=f"Send test message {watched.control_room.address}")
    expect(button).to_be_visible()
    hand.hands_off()
    hand.press(button)
    expect(page.get_by_text("The test message is on its way")).to_be_visible()
    hold("office", hand)
    assert Probe.objects.filter(mailbox=watched.control_room).exists()


@pytest.mark.by_turns(8)
def test_whoever_was_locked_out_is_back_at_the_same_form_with_every_word(
    watched: Watched, kept_site: Site, open_page: Callable[..., Page]
) -> None:
    factories.knows(watched.worker, "a long enough secret")
    page = open_page()
    page.clock.install()
    kept_site.sign_in(page, watched.worker)
    page.goto(kept_site.to(f"/children/{watched.child.reference}/notes/new/"))
    page.keyboard.type("He asked for his sister.")
    page.clock.run_for(11_000)
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved")
    (key,) = [one["value"] for one in page.context.cookies() if one["name"] == "rollcall"]
    let_idle(SessionStore(key), timedelta(minutes=16))
    page.get_by_role("button", name="Save the note").click()
    page.wait_for_url("**/sign-in/again/**")
    hand = Hand(page)
    hand.write(page.get_by_label("Password", exact=True), "a long enough secret")
    hand.press(page.get_by_role("button", name="Go on"))
    box = page.get_by_label("Note", exact=True)
    expect(box).to_have_value("He asked for his sister.")
    hold("time_out", hand)
    assert not Note.objects.filter(child=watched.child).exists()


@pytest.mark.by_turns(8)
def test_a_child_is_found_by_a_name_as_it_was_heard(watched: Watched, begin: Begin) -> None:
    for given, family in (
        ("Yusuf", "Al-Khatib"),
        ("Yusra", "Khalil"),
        ("Josef", "Alkan"),
        ("Youssef", "Kattan"),
    ):
        a_child(
            team=watched.team, worker=watched.worker, at=clock.now(), given_name=given, family_name=family
        )
    page = begin("/", watched.worker).page
    home = page.url
    for heard in counts(("yousef al khateeb",), ("yousef al khateeb", "Yusef Alkhatib", "youssouf khatib")):
        page.goto(home)
        hand = Hand(page)
        hand.write(page.get_by_label("Find a child by name or reference"), heard)
        hand.press(page.get_by_role("search").get_by_role("button", name="Find a child"))
        found = page.locator("#results").get_by_role("rowheader")
        expect(found.first).to_be_visible()
        page.wait_for_load_state()
        assert any("Yusuf Al-Khatib" in name for name in found.all_inner_texts()[:5]), heard
        hand.hands_off()
        if heard == "yousef al khateeb":
            hold("find", hand)


def _mine(watched: Watched) -> list[int]:
    return list(Placement.objects.filter(home=watched.home).values_list("child", flat=True))

"""The child's page in a real browser: everybody can use it, on a phone and a desk, with and without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.translation import trans_real
from playwright.sync_api import Page, expect

from alerts import heartbeats
from cases import clock, contacts
from cases.models import Contact
from tests import factories
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, missing, seen

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(site: Site) -> Watched:
    """A child with a long name in two scripts and six days of story."""
    now = clock.now()
    found = a_watched_child(
        at=now - 6 * DAY,
        given_name="Maximiliano-Ferdinand",
        family_name="Al-Khatib-Okoro-Vale",
        script_name="يوسف الخطيب",
        script_language="ar",
        languages=["Arabic", "Kurdish (Sorani)"],
        phone="07700 900456",
    )
    for day in range(5, 0, -1):
        seen(found.child, by=found.carer, at=now - day * DAY, note="At supper. Asked about his brother.")
    wrong = seen(found.child, by=found.carer, at=now - 90 * MINUTE)
    contacts.withdraw(wrong, reason="Recorded for the wrong child", by=found.carer, at=now - 80 * MINUTE)
    for name in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(name, at=now)
    return found


def open_page_of(site: Site, watched: Watched, page: Page, part: str = "") -> None:
    page.goto(site.to(f"/children/{watched.child.reference}/{part}"))


@pytest.mark.by_turns
def test_a_contact_is_recorded_in_one_press_without_scripts(
    site: Site, watched: Watched, plain: Page
) -> None:
    before = Contact.objects.count()
    site.sign_in(plain, watched.worker)
    open_page_of(site, watched, plain)
    plain.get_by_role("button", name="Saw face to face").click()
    expect(plain.get_by_text("Recorded.")).to_be_visible()
    expect(plain.locator(".rc-now")).to_contain_text(f"by {watched.worker.name}, face to face")
    assert Contact.objects.count() == before + 1


@pytest.mark.by_turns(8)
def test_the_now_card_learns_by_itself_what_others_recorded(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    page = take_seat()
    site.sign_in(page, watched.worker)
    open_page_of(site, watched, page)
    expect(page.locator(".rc-identity .rc-tag")).not_to_have_text("Missing")
    missing(watched.child, at=clock.now())
    page.evaluate("htmx.trigger('#now', 'refresh')")
    expect(page.locator(".rc-identity .rc-tag")).to_have_text("Missing")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.by_turns
def test_a_concern_is_marked_and_lifted_by_two_people_at_one_desk(
    site: Site, watched: Watched, screen: Page, axe: Callable[[Page], None]
) -> None:
    factories.knows(watched.manager, "a long pass phrase")
    site.sign_in(screen, watched.worker)
    open_page_of(site, watched, screen)
    screen.get_by_role("link", name="Mark a live concern").click()
    expect(screen.get_by_role("button", name="Mark the concern")).to_be_visible()
    axe(screen)
    screen.get_by_role("button", name="Mark the concern").click()
    expect(screen).to_have_title("Error: Mark a live concern – Maximiliano-Ferdinand A – Rollcall")
    axe(screen)
    screen.get_by_label("What is the concern?").fill("A car waits outside")
    screen.get_by_role("button", name="Mark the concern").click()
    expect(screen.locator("#now")).to_contain_text("A car waits outside")
    screen.get_by_role("link", name="Lift the live concern").click()
    screen.get_by_label("Why is it lifted?").fill("The driver was his teacher")
    screen.get_by_label("For good").check()
    screen.get_by_label("Second person’s email address").fill(watched.manager.email)
    screen.get_by_label("Second person’s password").fill("a long pass phrase")
    axe(screen)
    screen.get_by_role("button", name="Lift the concern").click()
    expect(screen.locator("#now")).not_to_contain_text("A car waits outside")
    screen.get_by_text("More to record").click()
    screen.get_by_role("link", name="Grade the risk").click()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Grade the risk for")
    axe(screen)


@pytest.mark.by_turns
def test_the_timeline_prints_on_two_sides_of_paper_however_long_the_story(
    site: Site, watched: Watched, plain: Page
) -> None:
    now = clock.now()
    for hour in range(60):
        note = "Ate with the others and asked about his brother, who is said to be in Dover. " * 4
        seen(watched.child, by=watched.carer, at=now - hour * 40 * MINUTE, note=note)
    site.sign_in(plain, watched.worker)
    open_page_of(site, watched, plain)
    plain.get_by_role("link", name="Print the timeline").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Timeline of Maximiliano-Ferdinand")
    plain.wait_for_load_state()
    paper = plain.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2


_PARTS = """number => {
  const words = document.createTreeWalker(document.querySelector("[dir=rtl]"), NodeFilter.SHOW_TEXT);
  for (let node; (node = words.nextNode()); ) {
    const plain = node.data.replaceAll("\\u00a0", " ");
    if (!plain.includes(number)) continue;
    let from = plain.indexOf(number);
    return number.split(" ").map(part => {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, from + part.length);
      from += part.length + 1;
      return range.getBoundingClientRect().left;
    });
  }
}"""


@pytest.mark.by_turns
def test_a_sheet_in_arabic_runs_from_the_right_and_its_numbers_read_as_they_are_dialled(
    site: Site,
    watched: Watched,
    take_seat: Callable[..., Page],
    axe: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = take_seat(width=360)
    said = {
        "Childline: 0800 1111. It is free, and they are not part of us.": "خط الطفل: 0800 1111 مجاني",
        "Ring %(number)s, at any hour. Say your name and that you are safe. You can say it in your language.": (
            "اتصل بالرقم %(number)s في أي وقت"
        ),
        "Somebody on your side": "شخص إلى جانبك",
    }
    languages = [*settings.LANGUAGES, ("ar", "Arabic")]
    with override_settings(LANGUAGES=languages, DUTY_LINE="01632 960100"):
        for text, arabic in said.items():
            monkeypatch.setitem(trans_real.translation("ar")._catalog._catalogs[0], text, arabic)
        site.sign_in(page, watched.worker)
        page.goto(site.to(f"/children/{watched.child.reference}/sheet/?language=ar"))
        heading = page.get_by_role("heading", name=said["Somebody on your side"])
        paper = heading.evaluate("it => it.parentElement.getBoundingClientRect().right")
        words = heading.evaluate(
            "it => { const all = document.createRange(); all.selectNodeContents(it);"
            " return all.getBoundingClientRect().right }"
        )
        assert abs(paper - words) < 2
        for number in ("0800 1111", "116 000"):
            parts = page.evaluate(_PARTS, number)
            assert parts == sorted(parts), number
        number = page.locator("[dir=rtl] .rc-tel").last
        assert number.evaluate("it => getComputedStyle(it).direction") == "ltr"
        room = page.locator("[dir=rtl] ul").last.evaluate(
            "it => [getComputedStyle(it).paddingRight, getComputedStyle(it).paddingLeft]"
        )
        assert room == ["20px", "0px"], "room for the dots, where the lines begin"
        axe(page)

"""A guardian is invited to a meeting, then no longer, and is mailed either; each answer stands on the page of the meetings."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import meeting_mails
from cases import clock
from tests.alerts import outgoing
from tests.browser.test_transfer import fill_day
from tests.browsers import Site
from tests.factories import Watched, a_watched_child


@pytest.fixture
def watched(site: Site) -> Watched:
    return a_watched_child(at=clock.now() - timedelta(days=2), given_name="Dilan")


@pytest.mark.by_turns(8)
def test_the_guardian_is_invited_and_then_no_longer_and_hears_of_both(
    site: Site,
    watched: Watched,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = outgoing.catch(monkeypatch)
    page, plain = open_page(width=360), open_page(scripts=False)
    site.sign_in(page, watched.worker)
    page.goto(site.to(f"/children/{watched.child.reference}/meetings/"))
    page.get_by_role("link", name="Book a meeting").click()
    page.get_by_label("Strategy meeting or discussion").check()
    fill_day(page, clock.now() + timedelta(days=3))
    page.get_by_label("At what time?").fill("14:30")
    page.get_by_label("Who is invited?").fill("DS Vale")
    page.get_by_label("Yes, mail the guardian").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="No longer invite the guardian")).to_be_visible()
    now = clock.now()
    meeting_mails.tell(now=now)
    outgoing.send_all(now)

    page.get_by_role("link", name="No longer invite the guardian").click()
    expect(page.get_by_text("The guardian is invited.")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Enter why that has changed")).to_be_visible()
    page.get_by_label("No longer: mail the guardian").check()
    page.get_by_label("Why has that changed?").fill("A worry over the guardian")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A worry over the guardian")).to_be_visible()
    axe(page)
    later = clock.now()
    meeting_mails.tell(now=later)
    outgoing.send_all(later)
    assert out.to[watched.guardian.email] == 2
    words = out.mails[-1].get_body(("plain",)).get_content()
    assert "You are not invited any more" in words
    assert "worry" not in words

    # Somebody else, without scripts, puts it right.
    site.sign_in(plain, watched.manager)
    plain.goto(site.to(f"/children/{watched.child.reference}/meetings/"))
    plain.get_by_role("link", name="Invite the guardian").click()
    plain.get_by_label("Yes, mail the guardian").check()
    plain.get_by_label("Why has that changed?").fill("It was settled")
    plain.get_by_role("button", name="Save", exact=True).click()
    for words in ("A worry over the guardian", "It was settled"):
        expect(plain.get_by_text(words)).to_be_visible()

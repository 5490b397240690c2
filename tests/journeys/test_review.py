"""A child is missing for four weeks: the review of that day is asked for by mail, held, and written down on its page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies
from alerts.models import Clock, PolicyVersion
from cases import clock, reviews
from cases.models import MissingEpisode, MissingReview
from tests.browsers import Site
from tests.factories import NOT_ASKED, Watched, a_watched_child, missing, seen
from tests.journeys.post import Mail, Post
from tests.journeys.test_search import pass_on
from tests.mailbox import Caught

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.by_turns(8)
def test_the_review_of_day_28_is_mailed_written_down_in_a_browser_and_the_next_one_stands(
    site: Site, catcher: Caught, open_page: Callable[..., Page]
) -> None:
    now = clock.now()
    long_ago = now - 100 * DAY
    PolicyVersion.objects.filter(key=policies.REVIEW).update(takes_effect_at=long_ago)
    watched = a_watched_child(at=now - 60 * DAY, given_name="Samir")
    seen(watched.child, by=watched.carer, at=now - 28 * DAY - 2 * HOUR)
    episode = missing(watched.child, by=watched.worker, at=now - 28 * DAY - HOUR)
    held_before(episode, watched)
    pass_on()
    post = Post(catcher.box.folder)
    assert [mail for mail in post.mails if asks_for_it(mail, episode) and mail.to == watched.director.email]
    assert not [mail for mail in post.mails if "Samir" in mail.raw.as_string()]

    manager = open_page(width=360)
    site.sign_in(manager, watched.manager)
    the_manager_writes_it_down(manager, site, episode)
    before = len(post.mails)
    pass_on()
    assert not [mail for mail in post.mails[before:] if asks_for_it(mail, episode)], "nobody is asked again"
    held = MissingReview.objects.get(episode=episode, kind="day_28")
    assert (held.chair, held.police_reference) == ("Edda Arnott", "0419/25")
    coming = Clock.objects.get(child=watched.child, kind=Clock.Kind.REVIEW, next_at__isnull=False)
    assert coming.duty.startswith("month_3")
    manager.goto(site.to(f"/missing/{episode.reference}/"))
    expect(manager.get_by_role("main")).to_contain_text("Review at 3 months")
    assert MissingEpisode.objects.open().filter(pk=episode.pk).exists(), "a review closes nothing"


def held_before(episode: MissingEpisode, watched: Watched) -> None:
    """Those of the weeks before it."""
    for due in reviews.calendar(episode.opened_at, until=episode.opened_at + 27 * DAY):
        said = {"chair": "E. Arnott", "note": "Search goes on", "asked": NOT_ASKED}
        reviews.record(episode, due, held_at=due.due_at, **said, by=watched.manager, at=due.due_at)


def asks_for_it(mail: Mail, episode: MissingEpisode) -> bool:
    return episode.reference in mail.text and "day 28" in mail.text


def the_manager_writes_it_down(page: Page, site: Site, episode: MissingEpisode) -> None:
    """From the page of the search, on a phone; what was left out is asked for and the rest is still there."""
    page.goto(site.to(f"/missing/{episode.reference}/"))
    page.get_by_role("main").get_by_role("link", name="Record a review").first.click()
    page.get_by_role("group", name="When was it held?").get_by_label("Now", exact=True).check()
    page.get_by_label("Who led it?").fill("Edda Arnott")
    page.get_by_label("What was decided?").fill("Search goes on; a new picture goes out")
    page.get_by_role("group", name="Have the police been asked again?").get_by_label("Yes").check()
    page.get_by_role("group", name="When were they asked?").get_by_label("Now", exact=True).check()
    page.get_by_label("Who of the police was spoken to?").fill("DS Marrin")
    page.get_by_label("Police reference").fill("0419/25")
    page.get_by_role("button", name="Save the review").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Enter what they answered")
    expect(page.get_by_label("Who led it?")).to_have_value("Edda Arnott")
    page.get_by_label("What did they answer?").fill("No news; the port is asked again")
    page.get_by_role("button", name="Save the review").click()
    expect(page.get_by_role("main")).to_contain_text("Edda Arnott")

"""Outcomes that tests/browser/test_endings.py leaves out, and a record that was late, as duty writes them in a real browser."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies, sweep
from alerts.models import PolicyVersion
from cases import clock, episodes
from cases.models import MissingEpisode, User
from tests.browser.test_endings import asks_for
from tests.browsers import Site
from tests.counts import a_third
from tests.factories import Watched, a_child, a_home, a_watched_child, missing, placed, seen, silent, told_by
from tests.journeys.post import Post
from tests.journeys.test_outcomes import EVERY, OF_ALL, OUTCOMES, UNSAID, whole
from tests.journeys.test_search import ENDED, pass_on
from tests.mailbox import Caught

MINUTE = timedelta(minutes=1)
HOSPITAL = OUTCOMES["hospital"]


@pytest.fixture
def watched(site: Site) -> Watched:
    long_ago = clock.now() - timedelta(days=100)
    PolicyVersion.objects.filter(key__in=[policies.DUTY, policies.AFTER]).update(takes_effect_at=long_ago)
    return a_watched_child(at=clock.now() - timedelta(days=2), given_name="Samir")


def seen_and_closed_by(episode: MissingEpisode, duty: User, second: User) -> None:
    """The same without a page: the first test walks it."""
    at = clock.now()
    episodes.confirm_with_child(episode, how="saw", by=duty, at=at)
    episodes.record_police_closing(episode, officer="PC 4821 Penrowe", by=second, closed_at=at, at=at)


def seen_and_closed(duty: Page) -> None:
    """On the page of the return: the child was seen, the police close it, and the form that ends it is open."""
    duty.get_by_label("I saw the child face to face").check()
    duty.get_by_role("button", name="Save").click()
    duty.get_by_role("button", name="Record police closing").click()
    duty.get_by_label("Officer’s name").fill("PC 4821 Penrowe")
    duty.get_by_role("group", name="When did they close it?").get_by_label("Now", exact=True).check()
    duty.get_by_role("button", name="Save").click()
    duty.get_by_role("button", name="End the episode").click()


@pytest.mark.by_turns
def test_of_a_child_in_hospital_the_form_asks_who_is_there_and_for_the_bed_and_the_page_for_what_that_opens(
    site: Site, watched: Watched, take_seat: Callable[..., Page]
) -> None:
    """The others by the same form are in the test after this one and in test_endings.py."""
    episode = missing(watched.child, by=watched.worker, at=clock.now() - 30 * MINUTE)
    sweep.sweep_all(now=clock.now())
    # Somebody else has said it: one duty worker records both parts.
    seen(watched.child, by=watched.carer, at=clock.now())
    duty = take_seat(width=360)
    site.sign_in(duty, watched.desk.person)
    duty.goto(site.to(f"/missing/{episode.reference}/return/"))
    seen_and_closed(duty)
    duty.get_by_label("How did it end?").select_option("hospital")
    duty.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
    duty.get_by_label("Where is the child now?").fill("Northmere")
    duty.get_by_label("Well, as far as anybody can see").check()
    duty.get_by_label("Not yet", exact=True).check()
    duty.get_by_role("button", name="End the episode").click()
    faults = duty.locator(".govuk-error-summary")
    expect(faults).to_contain_text("Enter who is with the child in hospital")
    expect(faults).to_contain_text("Select what becomes of the bed")
    duty.get_by_label("In hospital: who is with the child?").fill("Key worker")
    duty.get_by_label("The bed is kept").check()
    duty.get_by_role("button", name="End the episode").click()
    expect(duty.get_by_text("The episode has ended.").first).to_be_visible()
    episode.refresh_from_db()
    assert (episode.outcome, episode.ending.with_child) == ("hospital", "Key worker")
    asks_for(duty, [*HOSPITAL.opens.values(), *OF_ALL])


# Each is ended by the same form without a browser in tests/journeys/test_outcomes.py; in each run a third here, in turn.
WALKED = a_third(("safe_elsewhere", "still_at_risk", "treated_as_adult", "with_family", "abroad"), "walked")


@pytest.mark.by_turns(8)
def test_each_other_outcome_opens_what_it_must_on_the_page_and_everybody_told_is_mailed_the_end_alone(
    site: Site, watched: Watched, catcher: Caught, take_seat: Callable[..., Page]
) -> None:
    """One browser, and a child of its own for each: what climbs of it for days is in tests/journeys/test_outcomes.py."""
    post, began = Post(catcher.box.folder), clock.now() - 30 * MINUTE
    searches = {}
    for outcome in WALKED:
        child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=began - 60 * MINUTE)
        placed(child, a_home(watched.authority, force=watched.force), at=began - 60 * MINUTE)
        searches[outcome] = missing(child, by=watched.manager, at=began)
    pass_on()
    duty = take_seat(width=360)
    site.sign_in(duty, watched.desk.person)
    told, read = {}, len(post.mails)
    for outcome, episode in searches.items():
        wanted = OUTCOMES[outcome]
        told[outcome] = {mail.to for mail in post.mails if episode.reference in mail.text}
        assert told[outcome] >= {watched.control_room.address, watched.worker.email}
        if wanted.told is None:
            seen_and_closed_by(episode, watched.desk.person, watched.desk.second)
        else:
            told_and_closed(episode, watched, wanted.told)
        duty.goto(site.to(f"/missing/{episode.reference}/end/"))
        duty.get_by_label("How did it end?").select_option(outcome)
        duty.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
        duty.get_by_label("Where is the child now?").fill("Ward 4, Brackenby")
        duty.get_by_label("Well, as far as anybody can see").check()
        for name, words in wanted.named.items():
            duty.locator(f"[name={name}]").fill(words)
        duty.get_by_label("The bed is kept").check()
        duty.get_by_label("Not yet", exact=True).check()
        duty.get_by_role("button", name="End the episode").click()
        expect(duty.get_by_text("The episode has ended.").first).to_be_visible()
        asks_for(duty, [*wanted.opens.values(), *OF_ALL])
        episode.refresh_from_db()
        assert (episode.status, episode.outcome) == ("ended", outcome)
    pass_on()
    over = [mail for mail in post.mails_from(read) if mail.kind == ENDED]
    for outcome, episode in searches.items():
        assert {mail.to for mail in over if episode.reference in mail.text} >= told[outcome], outcome
    assert not [mail.text for mail in over if UNSAID.search(whole(mail))]


def told_and_closed(episode: MissingEpisode, watched: Watched, said: Mapping[str, str]) -> None:
    """Whoever has the child told duty, and the police closed their report: both forms are in test_endings.py."""
    at = clock.now()
    episodes.hear_from_office(episode, told_by(**said, at=at), by=watched.desk.person, at=at)
    said_by = {"officer": "PC 4821 Penrowe", "by": watched.desk.second}
    episodes.record_police_closing(episode, **said_by, closed_at=at, at=at)


@pytest.mark.by_turns
def test_a_record_that_was_late_is_ended_by_duty_and_asks_nothing_of_a_child_who_was_never_gone(
    site: Site, watched: Watched, take_seat: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    """Nobody wrote anything down and the police were mailed; somebody had seen the child all the time."""
    at = clock.now() - 30 * MINUTE
    child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=at - MINUTE)
    placed(child, watched.home)
    episode = episodes.start_fail_safe(silent(child, at=at), owed_at=at)
    sweep.sweep_all(now=clock.now())
    duty = take_seat(width=360)
    site.sign_in(duty, watched.desk.person)
    seen_and_closed_by(episode, watched.desk.person, watched.desk.second)
    duty.goto(site.to(f"/missing/{episode.reference}/end/"))
    # Neither the child's state nor an interview nor the bed is asked of a child who was there.
    duty.get_by_label("How did it end?").select_option("recording_late")
    duty.get_by_role("group", name="When was the child found").get_by_label("Now", exact=True).check()
    duty.get_by_label("Where is the child now?").fill("At the home")
    duty.get_by_role("button", name="End the episode").click()
    expect(duty.locator(".govuk-error-summary li")).to_have_text("Enter who had seen the child all the time")
    axe(duty)
    duty.get_by_label("Who found the child").fill("Maren Reid, night carer")
    duty.get_by_role("button", name="End the episode").click()
    expect(duty.get_by_text("The episode has ended.").first).to_be_visible()
    axe(duty)
    main = duty.get_by_role("main")
    expect(main).to_contain_text("Was not missing, recording was late")
    said = " ".join((main.text_content() or "").split())
    assert not [words for words in {*OF_ALL, *EVERY} if words in said]
    episode.refresh_from_db()
    assert (episode.outcome, episode.ending.found_by) == ("recording_late", "Maren Reid, night carer")
    assert not MissingEpisode.objects.counted().filter(child=child).exists()

    # Of one that somebody reported it is no answer.
    reported = a_child(watched.authority, team=watched.team, worker=watched.worker, at=at - MINUTE)
    placed(reported, watched.home)
    other = missing(reported, by=watched.worker, at=at)
    seen_and_closed_by(other, watched.desk.person, watched.desk.second)
    duty.goto(site.to(f"/missing/{other.reference}/end/"))
    expect(duty.get_by_label("How did it end?").locator("option[value=returned]")).to_have_count(1)
    expect(duty.get_by_label("How did it end?").locator("option[value=recording_late]")).to_have_count(0)

"""Lines of a return interview are released by the worker, told to the force, opened by its officer, and the worker reads so."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from alerts import policies, release_mails, sweep
from alerts.models import Message, PolicyVersion
from cases import clock, episodes, return_interviews
from cases.models import MissingEpisode
from tests.browsers import Site
from tests.factories import Watched, a_watched_child, ended, missing

HOUR = timedelta(hours=1)


@pytest.fixture
def now(site: Site) -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 90 * HOUR)


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=100))
    found = missing(watched.child, by=watched.worker, at=now - 50 * HOUR)
    sweep.sweep_all(now=now - 50 * HOUR)
    number = {"number": "MP-26-0051883", "by": watched.officer}
    episodes.record_compact(found, force=watched.force, **number, at=now - 49 * HOUR)
    ended(found, at=now - 40 * HOUR)
    told = return_interviews.Told(
        offered_at=now - 20 * HOUR,
        outcome="held",
        held_at=now - 20 * HOUR,
        interviewer="Elis Arnott",
        independence="independent",
        interpreter="not_needed",
        sharing="part",
        before="A quarrel at home",
        intelligence="A grey van waits at the corner",
    )
    return_interviews.write(found, told, version=0, by=watched.worker, at=now - 19 * HOUR)
    return MissingEpisode.objects.get(pk=found.pk)


@pytest.mark.by_turns(8)
def test_what_is_released_is_new_to_the_force_until_an_officer_opens_it_and_the_worker_reads_so(
    site: Site,
    watched: Watched,
    episode: MissingEpisode,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    worker = open_page(width=360)
    site.sign_in(worker, watched.worker)
    worker.goto(site.to(f"/missing/{episode.reference}/release/"))
    line = worker.get_by_role("group", name="For the police")
    line.get_by_label("The police who search for the child").check()
    worker.get_by_role("button", name="Save what is released").click()
    expect(worker.get_by_text(f"{watched.force.name} has not read 1 line of 1.")).to_be_visible()
    axe(worker)
    release_mails.tell(now=clock.now())
    owed = Message.objects.filter(wording=release_mails.RELEASED).values_list("mailbox", flat=True)
    assert list(owed) == [watched.coordinator.pk]

    officer = open_page(width=1280)
    site.sign_in(officer, watched.officer)
    officer.goto(site.to("/missing/"))
    row = officer.get_by_role("listitem").filter(has_text="From return interviews")
    expect(row).to_contain_text("1 new")
    axe(officer)
    row.get_by_role("link").click()
    expect(officer.get_by_role("row").filter(has_text=episode.reference)).to_contain_text("1 new")
    axe(officer)
    officer.get_by_role("link", name=episode.reference).click()
    expect(officer.get_by_text("A grey van waits at the corner")).to_be_visible()
    expect(officer.get_by_text("A quarrel at home")).to_have_count(0)
    officer.goto(site.to("/force/interviews/"))
    expect(officer.get_by_role("row").filter(has_text=episode.reference)).not_to_contain_text("new")

    worker.reload()
    expect(worker.get_by_text(f"Read by {watched.force.name} at")).to_be_visible()
    worker.goto(site.to(f"/missing/{episode.reference}/release/"))
    expect(worker.get_by_text(f"Read by {watched.force.name} at")).to_be_visible()
    axe(worker)

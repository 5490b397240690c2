"""The timeline on the child's page: narrowed, laid out in bands and months, folded, printed, and never slower with the years."""

import gzip
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import sweep
from alerts.event_words import reading
from alerts.timeline import GROUPS
from alerts.timeline.groups import SYSTEM_KINDS
from alerts.views import child_timeline
from cases import concerns, contacts
from cases.models import AccessRecord, Role, User
from tests.counts import counts
from tests.factories import AT, Watched, a_person, a_team, a_watched_child, ended, missing, not_here, seen
from tests.lives import years

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOW = AT + 40 * DAY
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]
# Of ux: what a page may weigh once styles and scripts are there.
HTML_AT_MOST = 15_000


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT, given_name="Ferhat", family_name="Wren")


@pytest.fixture
def read(client: Client, watched: Watched) -> Callable[..., str]:
    """The part of the child's page that is the timeline, as its worker reads it."""

    def page(*, name: str = "child", by: User | None = None, status: int = 200, **query: str) -> str:
        client.force_login(by or watched.worker)
        answer = client.get(reverse(name, args=[watched.child.reference]), query)
        assert answer.status_code == status
        return answer.content.decode()

    return page


def titles(page: str) -> list[str]:
    found = re.findall(r'<h4 class="(?:moj-timeline|rc-unproved)__title">(?:<s>)?([^<]+)', page)
    return [title.strip() for title in found]


@pytest.mark.by_turns
def test_a_word_is_looked_for_in_what_the_reader_sees(watched: Watched, read: Callable[..., str]) -> None:
    seen(watched.child, by=watched.carer, at=NOW - 2 * DAY, note="Asked about his brother Idris")
    seen(watched.child, by=watched.carer, at=NOW - DAY, note="Played chess")
    assert titles(read(words="IDRIS brother")) == ["Seen face to face"]
    assert "Idris" in read(words="idris")
    assert "Nothing in the timeline matches." in read(words="idris chess")
    assert len(titles(read(words=watched.carer.name))) == 2
    assert titles(read(words="registered")) == ["Registered"]
    assert "Nothing in the timeline matches." in read(words="100%_")


@pytest.mark.by_turns
def test_a_word_finds_no_mark_that_the_reader_may_not_see(watched: Watched, read: Callable[..., str]) -> None:
    concerns.keep_from(
        watched.child, watched.carer, reason="Owes money to him", by=watched.manager, at=NOW - DAY
    )
    assert "Owes money" in read(words="owes", by=watched.manager)
    assert "Owes money" not in read(words="owes")


def test_days_and_a_word_and_a_kind_narrow_together_and_stay_on_every_link(
    watched: Watched, read: Callable[..., str]
) -> None:
    years(watched.child, 100, by=watched.carer, until=NOW)
    last, first = (NOW - 2 * DAY).date(), (NOW - 20 * DAY).date()
    asked = {
        f"{name}_{part}": str(getattr(day, part))
        for name, day in (("begins", first), ("ends", last))
        for part in ("day", "month", "year")
    }
    page = read(words="brother", kind="contacts", **asked)
    assert len(titles(page)) == 50
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older is not None
    for kept in ("words=brother", "kind=contacts", f"begins_day={first.day}", "until="):
        assert kept in older[1]
    links = re.findall(r'<li><a class="govuk-link" href="([^"]+)#timeline-heading"', page)
    assert all("words=brother" in link for link in links if "kind=" in link)
    days = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)', page.split('id="timeline-heading"')[1])
    assert min(days) >= str(first)
    assert max(days) <= str(last)


@pytest.mark.by_turns(8)
def test_a_day_that_is_none_is_said_above_and_at_its_boxes_and_all_that_was_typed_stays(
    read: Callable[..., str],
) -> None:
    page = read(words="supper", begins_day="31", begins_month="2", begins_year="2026")
    assert page.count("Enter a real date, like 27 3 2026") == 2
    assert "<title>Error:" in page
    assert 'value="supper"' in page
    assert 'value="31"' in page
    backwards = {
        "begins_day": "9",
        "begins_month": "3",
        "begins_year": "2026",
        "ends_day": "8",
        "ends_month": "3",
        "ends_year": "2026",
    }
    assert read(**backwards).count("The last day must be the first day or later") == 2


@pytest.mark.by_turns
def test_a_missing_episode_is_a_band_folded_once_it_has_ended(
    watched: Watched, read: Callable[..., str]
) -> None:
    first = missing(watched.child, at=NOW - 20 * DAY)
    seen(watched.child, by=watched.carer, at=NOW - 19 * DAY)
    ended(first, by=watched.desk.person, at=NOW - 19 * DAY + HOUR)
    page = read()
    band = re.search(r'<details class="rc-band" id="band-1">(.+?)</details>', page, re.DOTALL)
    assert band is not None
    assert f"Episode {first.reference}" in band[1]
    assert "Returned" in band[1]
    assert "Reported missing" in titles(band[1])
    second = not_here(watched.child, by=watched.carer, at=NOW - HOUR)
    page = read()
    assert '<details class="rc-band" id="band-2" open>' in page
    assert '<details class="rc-band" id="band-1">' in page
    assert f"Episode {second.reference} since" in page
    # What was asked for is never folded away.
    assert '<details class="rc-band" id="band-1" open>' in read(kind="missing")


@pytest.mark.by_turns
def test_months_head_what_happened_in_them_once(watched: Watched, read: Callable[..., str]) -> None:
    for day in (1, 2, 30, 31):
        seen(watched.child, by=watched.carer, at=NOW - day * DAY)
    page = read()
    assert re.findall(r'rc-month">([^<]+)<', page) == ["April 2026", "March 2026"]


@pytest.mark.by_turns
def test_a_gap_stands_where_nobody_confirmed_contact(
    watched: Watched, read: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer ago, too, than what the next proof is reckoned from.
    for day in (40, 39, 38, 32, 31, *range(30, 2, -1)):
        seen(watched.child, by=watched.carer, at=NOW - day * DAY, knows_child=True)
    missing(watched.child, at=NOW - 2 * DAY)
    page = read()
    gaps = [title for title in titles(page) if title.startswith("No confirmed")]
    assert gaps.count("No confirmed contact for 6 days") == 1
    assert {gap.partition(" for ")[2] for gap in gaps} <= {"24 hours", "6 days"}
    assert page.count('id="band-1"') == 1
    # Narrowed to the days of it, since which more sightings have come than are read for a page.
    days = {"begins": NOW - 39 * DAY, "ends": NOW - 31 * DAY}
    typed = {
        f"{box}_{part}": str(getattr(at, part))
        for box, at in days.items()
        for part in ("day", "month", "year")
    }
    with monkeypatch.context() as short:
        short.setattr(child_timeline, "SIGHTINGS", 4)
        assert "No confirmed contact for 6 days" in titles(read(**typed))
    assert not [title for title in titles(read(kind="decisions")) if title.startswith("No confirmed")]
    assert "No confirmed contact for 6 days" in titles(read(kind="contacts"))


@pytest.mark.by_turns
def test_who_had_the_record_open_is_folded_for_others_and_a_list_is_no_opening(
    watched: Watched, read: Callable[..., str], client: Client
) -> None:
    client.force_login(watched.manager)
    client.get("/children/")
    assert f"{watched.manager.name}, once" not in read()
    read(by=watched.manager)
    page = read()
    assert f"Record opened. {watched.manager.name}, once" in page
    assert f"Record opened. {watched.worker.name}" not in page


@pytest.mark.by_turns(8)
def test_whoever_opened_the_text_to_copy_or_the_interview_had_the_record_open(
    watched: Watched, read: Callable[..., str], client: Client
) -> None:
    episode = ended(missing(watched.child, at=NOW - 2 * DAY), at=NOW - DAY)
    client.force_login(watched.desk.person)
    for name in ("episode_text", "return_interview"):
        assert client.get(reverse(name, args=[episode.reference])).status_code == 200
    assert f"{watched.desk.person.name}, 2 times" in read()


@pytest.mark.by_turns
def test_all_that_is_folded_stands_under_a_filter_of_its_own(
    watched: Watched, read: Callable[..., str]
) -> None:
    missing(watched.child, at=NOW - 2 * DAY)
    for hour in (0, 1, 12, 29):
        sweep.sweep(now=NOW - 2 * DAY + hour * HOUR)
    page = read()
    assert re.search(r"\d+ more, among all system events", page)
    found = re.search(r"System events \((\d+)\)", page)
    assert found is not None
    assert len(titles(read(kind="system"))) == min(int(found[1]), 50)


@pytest.mark.by_turns(8)
def test_titles_only_leave_out_texts_and_system_events(watched: Watched, read: Callable[..., str]) -> None:
    seen(watched.child, by=watched.carer, at=NOW - DAY, note="Asked about his brother")
    page = read(view="compact")
    assert "Seen face to face" in titles(page)
    assert "Asked about his brother" not in page
    assert "system event" not in page.replace("System events", "")
    assert "view=compact" not in page.split('id="timeline-view"')[1].split(">")[0]


@pytest.mark.by_turns
def test_the_sheet_to_print_is_on_record_as_itself_and_opens_to_readers_of_the_record_alone(
    watched: Watched, read: Callable[..., str]
) -> None:
    contact = seen(watched.child, by=watched.carer, at=NOW - DAY, note="Asked about his brother")
    contacts.withdraw(contact, reason="Recorded for the wrong child", by=watched.worker, at=NOW - HOUR)
    page = read(name="child_timeline")
    assert (
        f"OFFICIAL-SENSITIVE – {watched.child.reference} – printed by <bdi>{watched.worker.name}</bdi>"
        in page
    )
    assert "<s><strong>Seen face to face</strong></s>" in page
    assert "Withdrawn: Recorded for the wrong child" in page
    assert AccessRecord.objects.filter(
        user=watched.worker, child=watched.child, page="child_timeline"
    ).exists()
    for stranger in (
        watched.carer,
        watched.guardian,
        watched.officer,
        a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority)),
    ):
        read(name="child_timeline", by=stranger, status=404)


def test_every_kind_that_is_not_folded_belongs_to_one_group() -> None:
    grouped = [kind for kinds in GROUPS.values() for kind in kinds]
    assert len(grouped) == len(set(grouped))
    assert set(reading.WORDS) - set(grouped) - set(SYSTEM_KINDS) == set()


@pytest.mark.by_turns
def test_five_thousand_events_cost_no_more_queries_than_a_hundred_and_a_page_stays_light(
    watched: Watched, read: Callable[..., str]
) -> None:
    ways = ({}, {"words": "brother"}, {"kind": "contacts"}, {"kind": "system"}, {"view": "compact"})

    def cost(query: dict[str, str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            read(**query)
        return len(queries)

    years(watched.child, 100, by=watched.carer, until=NOW)
    read()
    few = [cost(query) for query in ways]
    years(watched.child, counts(200, 4_900), by=watched.carer, until=NOW)
    assert [cost(query) for query in ways] == few
    assert len(gzip.compress(read().encode(), 6)) <= HTML_AT_MOST

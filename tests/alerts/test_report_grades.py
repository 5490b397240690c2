"""A report raises our view of the risk and lowers it never: that takes two people, on a page of its own."""

import html
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import briefings, prefills
from alerts.emails import police
from cases import assessments, children, episodes
from cases.episodes import reports
from cases.models import Event, Mailbox, MissingEpisode
from tests.alerts.test_missing_report_page import facts, path, risk
from tests.alerts.test_quick_report_again import address, report
from tests.factories import Watched, a_watched_child, an_agreement, ended, missing, not_here

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
STAYS = "Our view of the risk stays “High”"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir", risk="high")


def view(watched: Watched) -> str:
    return MissingEpisode.objects.get(child=watched.child).our_grade


@pytest.mark.by_turns
@pytest.mark.parametrize("grade", ["low", "medium", "unknown"])
def test_no_report_lowers_what_stands_and_what_it_said_is_kept(
    watched: Watched, now: datetime, grade: str
) -> None:
    said = {"our_grade": grade, "grade_reason": "He comes back", "why_worried": "Late", "complete": True}
    episode = missing(watched.child, by=watched.carer, at=now, **said)
    assert view(watched) == "high", "the child was assessed so"
    standing = reports.latest(episode)
    assert standing is not None
    assert (standing.our_grade, standing.grade_reason) == (grade, "He comes back")
    assert prefills.risk(watched.child, episode, {}, by_part=False).get("grade_reason") is None
    rows = dict(briefings.of(episode, by_part=False, now=now).rows)
    assert rows["Our view of the risk"] == "High"


@pytest.mark.by_turns
def test_a_report_raises_it_and_a_later_one_does_not_take_that_back(now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5), risk="medium")
    not_here(watched.child, by=watched.carer, at=now - timedelta(minutes=10))
    raised = missing(watched.child, by=watched.worker, our_grade="high", grade_reason="Debts", at=now)
    assert raised.our_grade == "high"
    assert prefills.risk(watched.child, raised, {}, by_part=False)["grade_reason"] == "Debts"
    missing(watched.child, by=watched.carer, our_grade="medium", at=now)
    assert view(watched) == "high"


def test_of_a_child_whom_nobody_assessed_whatever_is_said_first_stands(now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5))
    assert missing(watched.child, by=watched.carer, our_grade="low", at=now).our_grade == "low"


@pytest.mark.by_turns
def test_whoever_says_lower_on_one_screen_reads_that_it_stays(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    page = client.post(address(watched), report(our_grade="low"), follow=True).content.decode()
    assert STAYS in html.unescape(page)
    page = client.post(address(watched), report(our_grade="high"), follow=True).content.decode()
    assert STAYS not in html.unescape(page)
    assert view(watched) == "high"


def test_whoever_says_lower_on_the_screens_reads_that_it_stays(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    given = facts()
    client.post(path(watched, "new"), given)
    client.post(path(watched, "risk"), risk(our_grade="low"))
    page = client.post(path(watched, "check"), {"once": given["once"]}, follow=True).content.decode()
    assert STAYS in html.unescape(page)
    assert view(watched) == "high"


# --- What is found of the child while it is looked for


def raised(watched: Watched, grade: str, *, at: datetime, how: str = "assessed", **more: object) -> None:
    if how == "by hand":
        children.grade(watched.child, grade, reason="A man asked for him", by=watched.manager, at=at, **more)
        return
    found = assessments.Assessment(grade=grade, rationale="A man asked for him", assessed_at=at)
    assessments.record(watched.child, found, by=watched.manager, at=at, **more)


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["assessed", "by hand"])
def test_a_risk_that_is_raised_during_a_search_raises_our_view_and_the_mail_to_the_police_says_so(
    now: datetime, how: str
) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5), risk="medium")
    an_agreement(watched.force, watched.authority)
    Mailbox.objects.filter(force=watched.force).update(verified_at=now)
    watched.control_room.refresh_from_db()
    episode = missing(watched.child, by=watched.carer, at=now - HOUR)
    raised(watched, "high", how=how, at=now - HOUR / 2)
    episode.refresh_from_db()
    assert episode.our_grade == "high"
    row = episode.grades.get()
    assert (row.whose, row.before, row.reason) == ("ours", "medium", "A man asked for him")
    assert row.graded_by == watched.manager
    assert Event.objects.filter(child=watched.child, kind="episode_graded").count() == 1
    told = police.told(episode, watched.force, watched.control_room, now=now)
    assert {row.label: row.value for row in told.rows}["Our view"].startswith("high risk")
    assert episode.police_grade == "", "the police answer for their own"


@pytest.mark.by_turns
def test_nothing_found_of_the_child_lowers_our_view_and_what_two_people_said_of_the_search_stands(
    now: datetime,
) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5), risk="high")
    episode = missing(watched.child, by=watched.carer, at=now - HOUR)
    raised(watched, "medium", seconded_by=watched.head, at=now - HOUR / 2)
    assert view(watched) == "high"
    lower = {"whose": "ours", "grade": "low", "reason": "He rang", "seconded_by": watched.head}
    episodes.regrade(episode, **lower, by=watched.manager, at=now - HOUR / 3)
    raised(watched, "medium", at=now - HOUR / 4)
    assert view(watched) == "low", "that is no higher than the risk was"
    raised(watched, "high", at=now - HOUR / 5)
    assert view(watched) == "high"


@pytest.mark.by_turns
def test_a_search_that_is_over_keeps_the_view_that_it_had(now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5), risk="medium")
    ended(missing(watched.child, by=watched.carer, at=now - HOUR), at=now - HOUR / 2)
    raised(watched, "high", at=now)
    assert view(watched) == "medium"

"""A report raises our view of the risk and lowers it never: that takes two people, on a page of its own."""

import html
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import briefings, prefills
from cases.episodes import reports
from cases.models import MissingEpisode
from tests.alerts.test_missing_report_page import facts, path, risk
from tests.alerts.test_quick_report_again import address, report
from tests.factories import Watched, a_watched_child, missing, not_here

pytestmark = pytest.mark.django_db
STAYS = "Our view of the risk stays “High”"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir", risk="high")


def view(watched: Watched) -> str:
    return MissingEpisode.objects.get(child=watched.child).our_grade


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

"""An age as pages say it: whose word it is, who assessed it and when, and that a day is not known."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import ages as words
from cases import ages
from cases.deadlines import london_day
from cases.models import AgeDecision, Child, Role
from cases.templatetags.govuk import gov_date
from tests.factories import a_child, a_person, a_team, a_watched_child, accepted, referred

TODAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)


def said(decision: AgeDecision | None = None, **facts: Any) -> str:
    born = {"birth_date": date(2010, 7, 15), "birth_date_precision": "day", "birth_date_basis": "stated"}
    return words.in_words(Child(**{**born, **facts}), decision, today=TODAY)


def decided(status: str) -> AgeDecision:
    return AgeDecision(age_status=status, decided_date=date(2026, 5, 3), decided_by="Kent")


def test_an_assessed_age_says_when_and_who_by_the_decision_that_holds() -> None:
    child, adult = {"age_status": "assessed_child"}, {"age_status": "assessed_adult"}
    assert said(decided("assessed_child"), **child) == "16 (assessed 3 May 2026, Kent)"
    assert said(decided("assessed_adult"), **adult) == "16 (assessed as an adult 3 May 2026, Kent)"
    assert said(**child) == "16 (assessed as a child)"
    assert said(decided("assessed_child"), age_status="under_challenge") == (
        "16 (under challenge: treat as a child)"
    )


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({}, "16 (says; not disputed)"),
        ({"birth_date": None}, "Age not known"),
        ({"birth_date": None, "age_status": "disputed"}, "Age not known (age disputed: treat as a child)"),
        ({"birth_date_precision": "month"}, "16 (says; not disputed)"),
        ({"birth_date_precision": "year"}, "about 16 (says; not disputed; day and month not known)"),
        (
            {"birth_date_precision": "estimated", "age_status": "disputed"},
            "about 16 (age disputed: treat as a child; day and month not known)",
        ),
        (
            {"birth_date": date(2010, 1, 1)},
            "16 (says; not disputed; 1 January: day and month may not be known)",
        ),
        (
            {"birth_date": date(2010, 1, 1), "birth_date_basis": "document"},
            "16 (by a document; not disputed)",
        ),
    ],
)
def test_that_day_and_month_are_not_known_is_said_with_the_age(facts: dict[str, Any], wanted: str) -> None:
    assert said(**facts) == wanted


def assess(child: Child, *, by: Any, at: Any) -> str:
    """Disputed by the Home Office, and then assessed by Kent: how that reads."""
    for status, who in (("disputed", "The Home Office"), ("assessed_child", "Kent, two workers")):
        row = ages.Decision(age_status=status, decided_date=london_day(at), decided_by=who, grounds="Papers")
        ages.decide(child, row, by=by, at=at)
    return f"(assessed {gov_date(at)}, Kent, two workers)"


def read(person: Any, address: str, **asked: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns
@pytest.mark.django_db
def test_who_assessed_is_for_readers_of_the_record_and_of_a_child_they_have_accepted(now: Any) -> None:
    one = a_watched_child(at=now - 50 * HOUR, given_name="Tarekiel", birth_date="2010-07-15")
    assessed = assess(one.child, by=one.worker, at=now - 2 * HOUR)
    page = reverse("child", args=[one.child.reference])
    assert assessed in read(one.worker, page)
    assert assessed in read(one.worker, reverse("search"), q="Tarekiel")
    beside = a_person(Role.SOCIAL_WORKER, team=a_team(one.authority))
    assert "(assessed as a child)" in read(beside, reverse("search"), q="Tarekiel")
    assert "Kent" not in read(beside, reverse("search"), q="Tarekiel") + read(beside, page)
    receiver = a_watched_child(at=now - 50 * HOUR)
    offered = referred(one.child, receiver.authority, by=one.worker, at=now - HOUR)
    transfer = reverse("transfer", args=[one.child.reference])
    assert assessed in read(one.worker, transfer)
    assert "(assessed as a child)" in read(receiver.manager, transfer)
    accepted(offered, receiver.worker, at=now)
    assert assessed in read(receiver.manager, transfer)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_search_asks_as_often_who_assessed_however_many_were(now: Any) -> None:
    one = a_watched_child(at=now - 50 * HOUR, given_name="Tarekiel", birth_date="2010-07-15")
    found, asked = [one.child], []
    for _more in range(2):
        assessed = assess(found[-1], by=one.worker, at=now - HOUR)
        with CaptureQueriesContext(connection) as queries:
            assert read(one.worker, reverse("search"), q="Tarekiel").count(assessed) == len(found)
        asked.append(sum("cases_agedecision" in query["sql"] for query in queries))
        found.append(a_child(team=one.team, worker=one.worker, given_name="Tarekiel"))
    assert asked[0] == asked[1] > 0

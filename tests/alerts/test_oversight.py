"""The national figures: counted from facts, for people who reach no child."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from alerts import cohorts, oversight
from cases import clock, episodes
from cases.models import AccessRecord, Membership, Role, User
from tests.factories import Watched, a_child, a_person, a_watched_child, an_authority, ended, missing, silent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_the_five_years_are_closed_ones_and_reach_back_more_than_five() -> None:
    spans = {
        now: (cohort.starts_at.date().isoformat(), cohort.last_date.isoformat())
        for now in (datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC))
        if (cohort := cohorts.five_years(now))
    }
    assert list(spans.values()) == [("2020-03-31", "2025-03-31"), ("2021-03-31", "2026-03-31")]
    for now in spans:
        assert cohorts.five_years(now).starts_at < cohorts.years_before(now, 5) - timedelta(days=200)


def test_every_moment_of_the_past_lies_in_one_bucket() -> None:
    buckets = cohorts.buckets(NOW)
    assert [b.key for b in buckets] == list(oversight.WORDS)
    for hours in (
        0,
        71,
        72,
        73,
        24 * 28,
        24 * 92,
        24 * 366,
        24 * 731,
        24 * 1500,
        24 * 1826,
        24 * 1827,
        24 * 9000,
    ):
        since = NOW - timedelta(hours=hours)
        inside = [
            b.key
            for b in buckets
            if (b.after is None or since > b.after) and (b.until is None or since <= b.until)
        ]
        assert len(inside) == 1, (hours, inside)


def missing_since(since: datetime, *, arrived: datetime) -> Watched:
    one = a_watched_child(at=arrived, arrived_at=arrived)
    missing(one.child, by=one.worker, at=since + timedelta(hours=2), last_seen_at=since)
    return one


@pytest.mark.by_turns
def test_the_figures_count_confirmed_open_episodes_by_how_long_and_when_the_child_arrived() -> None:
    cohort = cohorts.five_years(NOW)
    early = cohort.starts_at + timedelta(days=1)
    missing_since(cohorts.years_before(NOW, 5) - timedelta(days=1), arrived=early)
    missing_since(cohorts.years_before(NOW, 4) - timedelta(days=9), arrived=early)
    missing_since(NOW - timedelta(days=30), arrived=cohort.ends_at - timedelta(days=1))
    missing_since(NOW - timedelta(hours=9), arrived=cohort.ends_at + timedelta(days=9))
    late = missing_since(NOW - timedelta(days=50), arrived=early)
    ended(late.child.episodes.get(), at=NOW - timedelta(days=49), by=late.desk.person)
    found = oversight.figures(now=NOW)
    assert (found.arrived, found.missing, found.others, found.everybody) == (4, 3, 1, 4)
    assert (found.over_five, found.four, found.three, found.less, found.over_two) == (1, 1, 0, 1, 2)
    lines = {line.key: (line.cohort, line.others) for line in found.lines if line.everybody}
    assert lines == {"5_years": (1, 0), "4_years": (1, 0), "under_3_months": (1, 0), "under_72_hours": (0, 1)}


@pytest.mark.by_turns
def test_what_nobody_confirmed_and_who_is_away_is_in_no_count() -> None:
    doubted = a_watched_child(at=NOW - timedelta(days=400))
    silent(doubted.child, at=NOW - timedelta(days=2))
    away = a_watched_child(at=NOW - timedelta(days=400))
    at = NOW - timedelta(days=1)
    episodes.report_away(away.child, whereabouts="At a cousin’s", reason="Says so", by=away.worker, at=at)
    found = oversight.figures(now=NOW)
    assert (found.arrived, found.everybody) == (2, 0)


@pytest.fixture
def statistician() -> User:
    return a_person(Role.STATISTICIAN)


@pytest.mark.by_turns
def test_the_page_says_the_sentence_in_a_fixed_number_of_queries(
    client: Client, statistician: User, django_assert_max_num_queries: object
) -> None:
    now = clock.now()
    missing_since(cohorts.years_before(now, 3) - timedelta(days=9), arrived=now - timedelta(days=365 * 4))
    client.force_login(statistician)
    client.get("/oversight/")
    with django_assert_max_num_queries(13):  # type: ignore[operator]
        response = client.get("/oversight/")
    text = " ".join(response.content.decode().split())
    assert "Of 1 children who arrived alone in the five years to 31 March" in text
    assert (
        "<strong>1 are missing now</strong>: 0 for five years or more, 0 for four to five years, 1 for three"
        in text
    )
    assert client.get("/").content.decode().count("Missing in figures")


def test_the_table_of_figures_says_the_same_and_names_its_moment(client: Client, statistician: User) -> None:
    client.force_login(statistician)
    response = client.get("/oversight/figures.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert response["Content-Disposition"].startswith('attachment; filename="missing-')
    assert rows[0]["measure"] == "arrived"
    assert [row["missing_for"] for row in rows[1:10]] == list(oversight.WORDS)
    assert len({row["as_at"] for row in rows}) == 1
    # A year of arrivals begins on the first of April, whatever the clocks did in March.
    assert rows[0]["arrived_from"].endswith("-04-01")
    assert rows[0]["arrived_before"].endswith("-04-01")


@pytest.mark.by_turns
def test_every_reading_is_on_record_and_so_is_every_refusal(client: Client, statistician: User) -> None:
    client.force_login(statistician)
    client.get("/oversight/")
    client.get("/oversight/figures.csv")
    head = a_person(Role.TEAM_MANAGER, authority=an_authority(), reach="service")
    client.force_login(head)
    assert client.get("/oversight/").status_code == 403
    kept = AccessRecord.objects.filter(permission__in=("see_oversight", "use_page")).order_by("pk")
    assert [(r.user_id, r.allowed, r.path, r.child_id) for r in kept] == [
        (statistician.pk, True, "/oversight/", None),
        (statistician.pk, True, "/oversight/figures.csv", None),
        (head.pk, False, "/oversight/", None),
    ]


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.STATISTICIAN, Role.TEAM_MANAGER)])
def test_no_other_role_reads_the_figures(client: Client, role: str) -> None:
    one = a_watched_child(at=NOW)
    people = {
        Role.SOCIAL_WORKER: one.worker,
        Role.DUTY_DESK: one.desk.person,
        Role.PLACEMENT_STAFF: one.carer,
        Role.GUARDIAN: one.guardian,
        Role.POLICE: one.officer,
    }
    client.force_login(people.get(Role(role)) or a_person(role, **_of(role, one)))
    assert client.get("/oversight/").status_code == 403
    assert client.get("/oversight/figures.csv").status_code == 403


def _of(role: str, one: Watched) -> dict[str, object]:
    return {"home": one.home} if role == Role.FOSTER_CARER else {"authority": one.authority}


@pytest.mark.by_turns
def test_a_director_reads_the_figures(client: Client) -> None:
    client.force_login(a_person(Role.TEAM_MANAGER, authority=an_authority(), reach="directorate"))
    assert client.get("/oversight/").status_code == 200


@pytest.mark.by_turns
def test_a_statistician_reaches_no_child_and_no_list(client: Client, statistician: User) -> None:
    child = a_child(an_authority(), at=NOW)
    client.force_login(statistician)
    nobody = client.get("/children/MC26-000001/")
    mine = client.get(f"/children/{child.reference}/")
    assert mine.status_code == nobody.status_code == 404
    for address in ("/children/", f"/search/?q={child.given_name}", "/today/", "/overview/", "/duty/"):
        assert child.reference not in client.get(address).content.decode()
    assert Membership.objects.get(user=statistician).authority is None

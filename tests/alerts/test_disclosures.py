"""The disclosure log: to whom, what, why and on which basis, refusals too; nobody changes it, and its officer sees no name."""

import csv
import uuid
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import policies, timeline
from alerts.duties import Duty
from alerts.models import DutyStep, PolicyVersion
from cases import access, concerns, disclosures, episodes, restrictions
from cases.models import AccessRecord, Disclosure, Event, Role, User
from cases.states import IllegalMove
from tests.factories import Watched, a_person, a_watched_child, decided, missing

pytestmark = pytest.mark.django_db
NAME = "Tarekiel"
MOMENT = timedelta(microseconds=1)
LIST, FILE = "/data-protection/disclosures/", "/data-protection/disclosures.csv"
SAID: dict[str, Any] = {
    "outcome": "shared",
    "body": "=HYPERLINK(1)",
    "person": "Head of year",
    "what": f"That {NAME.lower()} will start on Monday",
    "reason": "The school has to know",
    "basis": "safeguarding",
}


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=30), given_name=NAME)


@pytest.fixture
def officer(watched: Watched) -> User:
    return a_person(Role.DPO, authority=watched.authority)


def record(w: Watched, *, by: User | None = None, at: datetime, **said: Any) -> Disclosure:
    given = {"happened_at": at, "key": uuid.uuid4(), **SAID, **said}
    return disclosures.record(w.child, **given, by=by or w.worker, at=at)


def page(w: Watched) -> str:
    return f"/children/{w.child.reference}/disclosures/"


@pytest.mark.by_turns
def test_those_who_may_see_the_record_write_and_read_it_and_it_is_an_event(
    client: Client, watched: Watched, now: datetime
) -> None:
    once = uuid.uuid4()
    for person in (watched.worker, watched.manager, watched.desk.person):
        client.force_login(person)
        assert client.get(page(watched)).status_code == 200
    press = SAID | {"happened_at_when": "now", "once": once, "outcome": "refused", "basis": "none"}
    for _ in range(2):
        assert client.post(page(watched), press).status_code == 302
    one = Disclosure.objects.get()
    assert (one.recorded_by, one.outcome) == (watched.desk.person, "refused")
    event = Event.objects.get(child=watched.child, kind="disclosed")
    assert event.fields_digest
    assert "Monday" not in str(event.data)
    shown = client.get(page(watched)).content.decode()
    assert "Monday" in shown
    assert "Refused" in shown
    story = timeline.of(watched.child, permissions=frozenset(access.Permission))
    assert any(getattr(row, "title", "") == "Refused to share" for row in story.rows)
    assert not timeline.groups.told(watched.child, frozenset()).filter(kind="disclosed").exists()


def test_nothing_is_shared_without_a_basis_nor_with_an_immigration_body(
    client: Client, watched: Watched, now: datetime
) -> None:
    with pytest.raises(IllegalMove):
        record(watched, basis="none", at=now)
    with pytest.raises(IllegalMove):
        record(watched, body="Home Office, asylum team", at=now)
    with pytest.raises(IllegalMove):
        record(watched, happened_at=now + timedelta(hours=1), at=now)
    record(watched, body="Border Force", outcome="refused", basis="none", at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure.objects.create(
            child=watched.child,
            happened_at=now,
            recorded_at=now,
            recorded_by=watched.worker,
            **SAID | {"basis": "none"},
        )
    client.force_login(watched.worker)
    press = SAID | {"happened_at_when": "now", "once": uuid.uuid4(), "body": "UKVI", "basis": "none"}
    answer = client.post(page(watched), press)
    assert answer.status_code == 422
    words = answer.content.decode()
    assert "is a manager’s decision" in words
    assert "Select the basis" in words
    assert Disclosure.objects.count() == 1


def test_what_a_manager_decided_about_the_home_office_is_led_to(
    client: Client, watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(hours=2))
    answered = {"done_at": now, "done_by": watched.manager, "answer": "not_needed", "note": "Not safe"}
    asked = {"policy_version": 1, "planned_at": now, "due_at": now}
    DutyStep.objects.update_or_create(episode=episode, kind=Duty.HOME_OFFICE, defaults=answered | asked)
    client.force_login(watched.worker)
    shown = client.get(page(watched)).content.decode()
    assert "</a>: not told" in shown


@pytest.mark.by_turns
def test_a_decision_about_the_home_office_that_was_changed_is_read_from_its_record(
    client: Client, watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(hours=5))
    episodes.record_police_reference(
        episode,
        force=watched.force,
        reference="4417/26",
        officer="PC Shah",
        by=watched.manager,
        at=now - timedelta(hours=4),
    )
    # The step was answered by the first of them, once and for all.
    answered = {"done_at": now, "done_by": watched.manager, "answer": "not_needed", "note": "Not safe"}
    asked = {"policy_version": 1, "planned_at": now, "due_at": now}
    DutyStep.objects.update_or_create(episode=episode, kind=Duty.HOME_OFFICE, defaults=answered | asked)
    decided(episode, "home_office", "not_told", by=watched.manager, at=now - timedelta(hours=3))
    decided(episode, "home_office", "told", by=watched.manager, at=now - timedelta(hours=2))
    client.force_login(watched.worker)
    shown = client.get(page(watched)).content.decode()
    assert [shown.count(words) for words in ("</a>: told", "</a>: not told")] == [1, 1]
    assert shown.index("</a>: told") < shown.index("</a>: not told"), "what stands comes first"


@pytest.mark.by_turns(8)
def test_that_the_home_office_was_told_of_a_search_without_steps_is_read_too(
    client: Client, watched: Watched, now: datetime
) -> None:
    # No policy of steps was in force when the search began.
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now)
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(hours=5))
    given = {"force": watched.force, "reference": "4417/26", "officer": "PC Shah", "by": watched.manager}
    episodes.record_police_reference(episode, **given, at=now - timedelta(hours=4))
    decided(episode, "home_office", "told", by=watched.manager, at=now - timedelta(hours=2))
    assert not DutyStep.objects.filter(episode=episode).exists()
    client.force_login(watched.worker)
    assert "</a>: told" in client.get(page(watched)).content.decode()


@pytest.mark.by_turns(8)
def test_the_data_protection_officer_sees_the_reference_and_no_name_and_the_file_is_on_record(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    record(watched, at=now - timedelta(hours=26))
    record(watched, outcome="refused", person=f"Uncle of {NAME}", at=now - timedelta(hours=1))
    record(elsewhere, body="Elsewhere School", at=now)
    client.force_login(officer)
    shown = client.get(LIST).content.decode()
    assert shown.count(watched.child.reference) == 2
    assert NAME.lower() not in shown.lower()
    assert "Uncle of …" in shown
    assert "Elsewhere School" not in shown
    day = now.date()
    narrowed = f"?begins_day={day.day}&begins_month={day.month}&begins_year={day.year}"
    assert client.get(LIST + narrowed).content.decode().count(watched.child.reference) == 1
    answer = client.get(FILE)
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [row["outcome"] for row in rows] == ["refused", "shared"]
    assert {row["child"] for row in rows} == {watched.child.reference}
    assert {row["organisation"] for row in rows} == {"'=HYPERLINK(1)"}, "no spreadsheet runs it"
    assert NAME.lower() not in answer.content.decode().lower()
    read = AccessRecord.objects.filter(user=officer, page="disclosure_csv", permission="protect_data")
    assert set(read.values_list("child", flat=True)) == {None, watched.child.pk}
    restriction = restrictions.restrict(watched.child, reason="x", named=[], by=watched.manager, at=now)
    assert watched.child.reference not in client.get(LIST).content.decode()
    assert watched.child.reference not in client.get(FILE).content.decode()
    second = watched.head
    restrictions.lift(restriction, reason="x", seconded_by=second, by=watched.manager, at=now + MOMENT)
    assert watched.child.reference in client.get(LIST).content.decode()
    concerns.keep_from(watched.child, officer, reason="A relative", by=watched.manager, at=now)
    assert watched.child.reference not in client.get(LIST).content.decode()


@pytest.mark.by_turns(8)
def test_what_was_decided_about_telling_others_stands_in_the_list_and_the_file(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    for w in (watched, elsewhere):
        episode = missing(w.child, by=w.worker, at=now - timedelta(hours=5))
        given = {"force": w.force, "reference": "4417/26", "officer": "PC Shah", "by": w.manager}
        episodes.record_police_reference(episode, **given, at=now - timedelta(hours=4))
        for answer, hours in (("not_told", 3), ("told", 2)):
            decided(episode, "home_office", answer, by=w.manager, at=now - timedelta(hours=hours))
    client.force_login(officer)
    shown = client.get(LIST).content.decode()
    assert [shown.count(words) for words in (">Told</strong>", ">Not told</strong>")] == [1, 1]
    assert elsewhere.child.reference not in shown
    assert shown.index(">Told</strong>") < shown.index(">Not told</strong>")
    rows = list(csv.DictReader(StringIO(client.get(FILE).content.decode())))
    assert [(row["outcome"], row["organisation"]) for row in rows] == [
        ("told", "home_office"),
        ("not_told", "home_office"),
    ]
    read = AccessRecord.objects.filter(user=officer, page="disclosure_list", permission="protect_data")
    assert set(read.values_list("child", flat=True)) == {None, watched.child.pk}
    restrictions.restrict(watched.child, reason="x", named=[], by=watched.manager, at=now)
    for address in (LIST, FILE):
        assert watched.child.reference not in client.get(address).content.decode()
    assert client.get(f"{LIST}?decided_before=x").status_code == 404


def test_older_lines_come_by_a_mark_in_as_many_questions(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    one = record(watched, at=now - timedelta(days=1))
    for number in range(119):
        one.pk, one.key, one.recorded_at = None, uuid.uuid4(), now - timedelta(minutes=number // 2)
        one.save(force_insert=True)
    client.force_login(officer)
    client.get(LIST)
    counts, rows, address = [], 0, LIST
    while address:
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(address).content.decode()
        counts.append(len(asked))
        rows += shown.count('<th scope="row"')
        older = shown.partition('<a class="govuk-link" href="?before=')[2].partition('"')[0]
        address = f"{LIST}?before={older}" if older else ""
    assert (rows, len(counts)) == (120, 3)
    assert max(counts) == min(counts) <= 11
    assert client.get(f"{LIST}?before=x").status_code == 404
    wrong = "?begins_day=31&begins_month=2&begins_year=2026"
    assert client.get(LIST + wrong).status_code == 422
    assert client.get(FILE + wrong).status_code == 404


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [role for role in Role if role != Role.DPO])
def test_nobody_else_reads_the_list_or_takes_the_file(client: Client, role: Role) -> None:
    client.force_login(a_person(role))
    assert client.get(LIST).status_code == 403
    assert client.get(FILE).status_code == 403


@pytest.mark.by_turns
def test_a_carer_a_guardian_an_officer_and_the_data_protection_officer_write_none(
    client: Client, watched: Watched, officer: User
) -> None:
    press = SAID | {"happened_at_when": "now", "once": uuid.uuid4()}
    for person in (watched.carer, watched.guardian, watched.officer, officer):
        client.force_login(person)
        assert client.get(page(watched)).status_code == 404
        assert client.post(page(watched), press).status_code == 404
    assert not Disclosure.objects.exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "body",
    [
        "Home Office, asylum team",
        "HO",
        "UK Visas and Immigration",
        "UKVI",
        "Border Force at the port",
        "Immigration Enforcement",
        "immigration officer",
        "Immigration",
        "Y Swyddfa Gartref",
        "Gorfodi Mewnfudo",
        "Swyddfa Mewnfudo",
        "UK Visas & Immigration",
        "UK Immigration",
        "Immigration Services",
        "Immigration control, Heathrow",
        "Immigration (Croydon)",
        "Immigration reporting centre",
        "the immigration people",
        "Home-Office",
        "ho",
        "Ho asylum team",
    ],
)
def test_a_body_that_decides_who_may_stay_is_known_by_its_name(body: str) -> None:
    assert disclosures.is_immigration(body)


@pytest.mark.parametrize(
    "body",
    [
        "Wilson Solicitors, immigration team",
        "First-tier Tribunal (Immigration and Asylum Chamber)",
        "Ho Chi Minh Community Centre",
        "Cyfreithwyr mewnfudo y Bont",
        "Bail for Immigration Detainees",
        "Harrowfen Immigration Advice Centre",
        "Ho Ngoc, interpreter",
    ],
)
def test_a_solicitor_a_tribunal_and_a_community_are_none(body: str) -> None:
    assert not disclosures.is_immigration(body)

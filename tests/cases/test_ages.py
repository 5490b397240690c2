"""Birth dates and decisions about an age: every one is kept, and the one that ends the watch takes two people."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cases import ages, birth_dates, children, details, facts
from cases.models import AgeDecision, BirthDateClaim, Child, MissingEpisode, Role
from cases.moves import SentBefore
from cases.states import AGE_MOVES, AgeStatus, IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    knows,
    missing,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DISPUTED = ages.Decision(
    age_status="disputed", decided_date=AT.date(), decided_by="The Home Office", grounds="Looks older"
)
ADULT = replace(DISPUTED, age_status="assessed_adult", decided_by="Kent", grounds="Two social workers")
ELSEWHERE = replace(DISPUTED, age_status="treated_as_adult_elsewhere", place="Hotel Alder, Ashford")


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def decided(w: Watched, *decisions: ages.Decision, at: Any = AT + HOUR) -> AgeDecision:
    row = None
    for hours, decision in enumerate(decisions):
        row = ages.decide(
            w.child, decision, seconded_by=w.manager, by=w.worker, at=at + timedelta(hours=hours)
        )
    assert row is not None
    return row


def test_every_status_leads_somewhere_and_only_a_challenge_leads_away_from_an_assessed_adult() -> None:
    assert set(AGE_MOVES) == set(AgeStatus)
    assert AGE_MOVES["assessed_adult"] == {"under_challenge", "assessed_child"}
    assert all(AGE_MOVES[status] for status in AgeStatus)


@pytest.mark.by_turns
def test_a_decision_is_kept_with_what_stood_before(watched: Watched) -> None:
    row = decided(watched, DISPUTED)
    assert (row.was, row.age_status, row.seconded_by) == ("none", "disputed", None)
    assert Child.objects.get(pk=watched.child.pk).age_status == "disputed"


@pytest.mark.by_turns
@pytest.mark.parametrize("second", [None, "worker"])
def test_an_adult_is_found_by_two_people_or_not_at_all(watched: Watched, second: str | None) -> None:
    decided(watched, DISPUTED)
    other = getattr(watched, second) if second else None
    for adult in (ADULT, ELSEWHERE):
        with pytest.raises(IllegalMove, match="second person"):
            ages.decide(watched.child, adult, seconded_by=other, by=watched.worker, at=AT + 2 * HOUR)
    assert facts.load([watched.child.pk])[watched.child.pk].watched_until is None


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (ADULT, "cannot follow"),
        (replace(DISPUTED, decided_date=AT.date() + timedelta(days=1)), "today or in the past"),
        (replace(DISPUTED, grounds=" "), "who decided and on which grounds"),
        (replace(ELSEWHERE, place=""), "where the child is held"),
    ],
)
def test_what_cannot_be_is_refused_in_words(watched: Watched, decision: ages.Decision, words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        decided(watched, decision)
    assert not AgeDecision.objects.exists()


def test_today_is_londons_day(watched: Watched) -> None:
    night = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)
    row = decided(watched, replace(DISPUTED, decided_date=date(2026, 6, 10)), at=night)
    assert row.decided_date == date(2026, 6, 10)
    with pytest.raises(IllegalMove, match="today or in the past"):
        decided(watched, replace(ELSEWHERE, decided_date=date(2026, 6, 11)), at=night)


def test_the_database_holds_the_second_person_and_the_place_too(watched: Watched) -> None:
    row = {"decided_date": AT.date(), "decided_by": "Kent", "grounds": "x", "was": "disputed"}
    by = {"recorded_at": AT, "recorded_by": watched.worker}
    for wrong in (
        {"age_status": "assessed_adult"},
        {"age_status": "assessed_adult", "seconded_by": watched.worker},
        {"age_status": "treated_as_adult_elsewhere", "seconded_by": watched.manager},
        {"age_status": "treated_as_adult_elsewhere", "place": "HMP Alder"},
        {"age_status": "disputed"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AgeDecision.objects.create(child=watched.child, **row, **by, **wrong)


def test_nobody_is_registered_as_an_assessed_adult() -> None:
    with pytest.raises(IllegalMove, match="assessed adult is not registered"):
        a_child(age_status="assessed_adult")


@pytest.mark.by_turns
def test_an_assessed_adult_is_watched_until_the_decision_and_again_from_the_challenge(
    watched: Watched,
) -> None:
    decided(watched, DISPUTED, ADULT)
    pk = watched.child.pk
    assert facts.load([pk])[pk].watched_until == AT + 2 * HOUR
    decided(watched, replace(DISPUTED, age_status="under_challenge"), at=AT + 9 * HOUR)
    one = facts.load([pk])[pk]
    assert (one.watched_until, one.watched_again_from) == (None, AT + 9 * HOUR)
    # A challenge that failed, and a child at last.
    decided(watched, ADULT, at=AT + 20 * HOUR)
    assert facts.load([pk])[pk].watched_until == AT + 20 * HOUR
    decided(watched, replace(DISPUTED, age_status="assessed_child"), at=AT + 30 * HOUR)
    assert facts.load([pk])[pk].watched_again_from == AT + 30 * HOUR


@pytest.mark.by_turns
def test_a_search_outlasts_the_decision(watched: Watched) -> None:
    missing(watched.child, at=AT + HOUR)
    decided(watched, DISPUTED, ADULT)
    assert facts.load([watched.child.pk])[watched.child.pk].watched_until is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("opened", "ended_at", "rests"),
    [
        (1, None, ()),
        (1, 12, ()),
        (1, 4, ((4, 9),)),
        (5, 7, ((2, 5), (7, 9))),
        (5, None, ((2, 5),)),
        (10, None, ((2, 9),)),
    ],
)
def test_the_time_as_an_adult_is_no_rest_while_an_episode_was_open(
    watched: Watched, opened: int, ended_at: int | None, rests: tuple[tuple[int, int], ...]
) -> None:
    decided(watched, DISPUTED, at=AT)
    decided(watched, ADULT, at=AT + 2 * HOUR)
    decided(watched, replace(DISPUTED, age_status="under_challenge"), at=AT + 9 * HOUR)
    until = AT + ended_at * HOUR if ended_at is not None else None
    episode = MissingEpisode(opened_at=AT + opened * HOUR, ended_at=until)
    one = facts.load([watched.child.pk])[watched.child.pk]
    one.episodes = [episode]
    assert one.adult_rests == tuple((AT + since * HOUR, AT + back * HOUR) for since, back in rests)
    assert one.watched_again_from == (AT + rests[-1][1] * HOUR if rests else None)


@pytest.mark.by_turns
def test_what_came_as_an_adult_before_an_episode_opened_is_no_watch_that_goes_on(watched: Watched) -> None:
    decided(watched, DISPUTED, ADULT)
    one = facts.load([watched.child.pk])[watched.child.pk]
    assert one.adult_rests == ()
    one.episodes = [MissingEpisode(opened_at=AT + 6 * HOUR)]
    assert (one.watched_until, one.watched_again_from) == (None, AT + 6 * HOUR)


@pytest.mark.by_turns
def test_a_birth_date_is_kept_beside_the_others_or_gone_by(watched: Watched) -> None:
    given: dict[str, Any] = {"birth_date": date(2010, 3, 15), "precision": "month", "basis": "others"}
    by: dict[str, Any] = {"by": watched.worker, "at": AT + HOUR}
    before = watched.child.birth_date
    ages.claim(watched.child, **given, source="A sister", goes_by_it=False, version=0, **by)
    assert Child.objects.get(pk=watched.child.pk).birth_date == before
    ages.claim(watched.child, **given, source="Passport", goes_by_it=True, reason="Seen", version=0, **by)
    child = Child.objects.get(pk=watched.child.pk)
    assert (child.birth_date, child.birth_date_precision) == (date(2010, 3, 15), "month")
    again = given | {"birth_date": date(2010, 4, 15)}
    with pytest.raises(details.ChangedSince):
        ages.claim(watched.child, **again, source="x", goes_by_it=True, version=0, **by)
    assert BirthDateClaim.objects.filter(child=child).count() == 2


def test_the_list_of_birth_dates_is_whole_from_the_registration_on() -> None:
    """That of the registration and its corrections stood nowhere among them."""
    watched = a_watched_child(at=AT, birth_date=date(2010, 5, 3))
    child, worker = watched.child, watched.worker
    registered = child.birth_date
    told = [(one.birth_date, one.source, one.recorded_by) for one in birth_dates.of(child)]
    assert told == [(registered, "As registered", child.registered_by)]
    fixed = {"birth_date": date(2010, 2, 15), "birth_date_precision": "month", "birth_date_basis": "document"}
    details.change(child, {"sex": "F"}, topic="age", version=0, by=worker, at=AT + HOUR)
    later = {"topic": "age", "by": watched.manager, "at": AT + 2 * HOUR}
    details.change(child, fixed, version=details.version_of(child, "age"), **later)
    given: dict[str, Any] = {"birth_date": date(2009, 7, 1), "precision": "day", "basis": "others"}
    for goes_by_it, hours in ((False, 3), (True, 4)):
        version = details.version_of(child, "age")
        said = {"source": "A sister", "reason": "Seen", "goes_by_it": goes_by_it, "version": version}
        ages.claim(child, **given, **said, by=worker, at=AT + hours * HOUR)
    found = birth_dates.of(Child.objects.get(pk=child.pk))
    assert [(one.birth_date, one.precision, one.basis, one.source, one.goes_by_it) for one in found] == [
        (date(2009, 7, 1), "day", "others", "A sister", True),
        (date(2009, 7, 1), "day", "others", "A sister", False),
        (date(2010, 2, 15), "month", "document", "Corrected on the record", True),
        (registered, child.birth_date_precision, child.birth_date_basis, "As registered", True),
    ]
    assert found[2].recorded_by == watched.manager
    assert birth_dates.of(a_child(watched.authority)) == [], "nobody gave one"


def test_the_source_that_a_registration_names_is_the_first_claim() -> None:
    """Registration asked where the birth date comes from, and never who says so."""
    team = a_team(an_authority())
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    born = {"birth_date": date(2010, 5, 15), "birth_date_precision": "month", "birth_date_basis": "document"}
    about = children.Details(given_name="Ojo", arrived_at=AT, **born)
    sent: dict[str, Any] = {"authority": team.authority, "team": team, "key": uuid.uuid4(), "by": worker}
    child = children.register(about, **sent, birth_date_source="A school card", at=AT)
    (claim,) = BirthDateClaim.objects.filter(child=child)
    assert (claim.birth_date, claim.precision, claim.basis) == (date(2010, 5, 15), "month", "document")
    assert (claim.source, claim.goes_by_it, claim.recorded_by) == ("A school card", True, worker)
    assert birth_dates.of(child) == [claim], "it stands once"
    assert child.events.filter(kind="birth_date_claimed").count() == 1
    assert children.register(about, **sent, birth_date_source="A school card", at=AT + HOUR) == child
    with pytest.raises(SentBefore):
        children.register(about, **sent, birth_date_source="A passport", at=AT + HOUR)
    ages.claim(
        child,
        birth_date=date(2009, 7, 1),
        precision="day",
        basis="others",
        source="A sister",
        goes_by_it=True,
        reason="Seen",
        version=0,
        by=worker,
        at=AT,
    )
    told = [one.source for one in birth_dates.of(Child.objects.get(pk=child.pk))]
    assert told == ["A sister", "A school card"]


def test_a_closed_case_takes_no_decision(watched: Watched) -> None:
    children.close(
        watched.child, reason="Abroad", seconded_by=watched.manager, by=watched.worker, at=AT + HOUR
    )
    with pytest.raises(IllegalMove, match="closed"):
        decided(watched, DISPUTED, at=AT + 2 * HOUR)


def page(w: Watched, name: str = "") -> str:
    return f"/children/{w.child.reference}/age/{name}"


def answers(decision: ages.Decision, **more: str) -> dict[str, str]:
    day = decision.decided_date
    return {
        "age_status": decision.age_status,
        "decided_date_day": str(day.day),
        "decided_date_month": str(day.month),
        "decided_date_year": str(day.year),
        "decided_by": decision.decided_by,
        "grounds": decision.grounds,
        "place": decision.place,
        **more,
    }


@pytest.mark.by_turns(8)
def test_the_pages_record_a_decision_and_a_birth_date_and_show_both(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    refused = client.post(page(watched, "decision/"), answers(replace(ELSEWHERE, place="")))
    assert refused.status_code == 422
    assert "Enter where the child is held or housed as an adult" in refused.content.decode()
    assert "Looks older" in refused.content.decode()
    alone = client.post(page(watched, "decision/"), answers(ELSEWHERE))
    assert "needs a second person" in alone.content.decode()
    second = knows(watched.manager, "three random words")
    signed = {"second_email": second.email, "second_password": "three random words"}
    assert client.post(page(watched, "decision/"), answers(ELSEWHERE, **signed)).status_code == 302
    born = {"birth_date_year": "2010", "birth_date_month": "3", "basis": "others", "source": "A sister"}
    lacking = client.post(page(watched, "birth-date/"), {**born, "goes_by_it": "yes", "version": "0"})
    assert "Enter why we go by this birth date" in lacking.content.decode()
    kept = {**born, "goes_by_it": "yes", "reason": "Nobody else knows", "version": "0"}
    assert client.post(page(watched, "birth-date/"), kept).status_code == 302
    shown = client.get(page(watched)).content.decode()
    for words in ("Hotel Alder", "Looks older", "A sister", "March 2010", "Nobody else knows"):
        assert words in shown
    assert "15 March" not in shown
    story = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Age decided: treated as an adult elsewhere" in story
    assert "March 2010, says A sister" in story


def test_who_was_slower_reads_so_and_can_save_again(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    details.change(watched.child, {"sex": "F"}, topic="age", version=0, by=watched.manager, at=AT + HOUR)
    kept = {"birth_date_year": "2010", "basis": "others", "source": "A sister", "goes_by_it": "yes"}
    sent = {**kept, "reason": "Nobody else knows", "version": "0"}
    slower = client.post(page(watched, "birth-date/"), sent)
    assert "Somebody changed the age meanwhile" in slower.content.decode()
    again = {**sent, "version": slower.context["form"]["version"].value()}
    assert client.post(page(watched, "birth-date/"), again).status_code == 302
    assert BirthDateClaim.objects.get().source == "A sister"


def test_the_page_finds_an_adult_with_a_second_person_alone(client: Client, watched: Watched) -> None:
    decided(watched, DISPUTED)
    client.force_login(watched.worker)
    assert client.post(page(watched, "decision/"), answers(ADULT)).status_code == 422
    second = knows(watched.manager, "three random words")
    signed = {"second_email": second.email, "second_password": "three random words"}
    assert client.post(page(watched, "decision/"), answers(ADULT, **signed)).status_code == 302
    assert AgeDecision.objects.last().seconded_by == watched.manager


@pytest.mark.by_turns
def test_where_somebody_is_held_is_for_those_who_may_see_an_address(client: Client, watched: Watched) -> None:
    decided(watched, ELSEWHERE)
    colleague = a_person("social_worker", team=watched.team)
    for reader, may_read in ((watched.worker, True), (colleague, False)):
        client.force_login(reader)
        shown = client.get(page(watched))
        assert shown.status_code == 200
        assert ("Hotel Alder" in shown.content.decode()) is may_read
    story = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Hotel Alder" not in story


@pytest.mark.by_turns
def test_the_details_form_neither_asks_nor_takes_what_is_decided(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    sent = {"sex": "M", "age_given": "16", "version": "0", "age_status": "assessed_adult"}
    assert client.post(f"/children/{watched.child.reference}/details/age/", sent).status_code == 302
    child = Child.objects.get(pk=watched.child.pk)
    assert (child.age_status, child.age_given) == ("none", 16)

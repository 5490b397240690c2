"""By what right a child is looked after: one status at a time, police protection for 72 hours and never longer."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep, timeline
from alerts.models import Clock, Message
from cases import clock, legal
from cases.access import MATRIX
from cases.deadlines import add_days
from cases.legal import Over, Status, Unexplained, WrongEnd, WrongStart
from cases.models import Event, LegalStatus
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, case_closed, ended, missing, seen

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE = AT + HOUR
NOW = AT + 2 * HOUR
NAME = "police_protection"
EVERYTHING = frozenset(MATRIX)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT)


def police(one: Watched, **said: Any) -> Status:
    facts = {"starts_at": SINCE, "force": one.force, "officer": "PC Hale, 2231", **said}
    return Status(code="L1", designated_officer=facts.pop("designated_officer", "Inspector Orme"), **facts)


def protected(one: Watched, *, at: Any = NOW, **said: Any) -> LegalStatus:
    return legal.record(one.child, police(one, **said), by=one.worker, at=at)


@pytest.fixture
def row(watched: Watched) -> LegalStatus:
    return protected(watched)


def over(row: LegalStatus, one: Watched, ended_at: Any, *, follows: str = "V2", **said: Any) -> LegalStatus:
    facts = Over(ended_at=ended_at, how="Agreed with the child", follows=follows, **said)
    return legal.end(row, facts, by=one.worker, at=ended_at)


def due(one: Watched) -> Any:
    row = Clock.objects.filter(child=one.child, duty=NAME).first()
    return row.due_at if row is not None else None


def swept(one: Watched, at: Any) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


# --- the verbs


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("lacks", [{"force": None}, {"officer": " "}, {"designated_officer": ""}])
def test_police_protection_says_which_force_and_who(watched: Watched, lacks: Any) -> None:
    with pytest.raises(IllegalMove, match="the force, the officer"):
        protected(watched, **lacks)


@pytest.mark.by_turns(8)
def test_what_follows_begins_as_it_ends_and_nothing_overlaps(watched: Watched, row: LegalStatus) -> None:
    with pytest.raises(IllegalMove, match="Police protection stands"):
        legal.record(watched.child, Status(code="V2", starts_at=NOW), by=watched.worker, at=NOW)
    over(row, watched, SINCE + 20 * HOUR)
    first, second = LegalStatus.objects.order_by("starts_at")
    assert (first.ends_at, first.ending, second.code, second.starts_at) == (
        SINCE + 20 * HOUR,
        "followed",
        "V2",
        SINCE + 20 * HOUR,
    )
    with pytest.raises(IllegalMove, match="already"):
        over(row, watched, SINCE + 21 * HOUR)
    later = SINCE + 90 * HOUR
    with pytest.raises(WrongStart, match="at that time"):
        legal.record(watched.child, Status(code="C1", starts_at=SINCE), by=watched.worker, at=later)
    legal.record(watched.child, Status(code="C1", starts_at=later), by=watched.worker, at=later)
    second.refresh_from_db()
    assert (second.ends_at, second.ending) == (later, "followed")
    with pytest.raises(WrongStart, match="in the past"):
        legal.record(watched.child, Status(code="C2", starts_at=later + DAY), by=watched.worker, at=later)


@pytest.mark.by_turns(8)
def test_it_ends_by_law_after_72_hours_whatever_is_recorded_later(watched: Watched, row: LegalStatus) -> None:
    over(row, watched, SINCE + 75 * HOUR)
    first, second = LegalStatus.objects.order_by("starts_at")
    assert (first.ends_at, second.starts_at) == (SINCE + 72 * HOUR, SINCE + 75 * HOUR)
    assert Event.objects.get(kind="legal_status_ended").data["late"]
    with pytest.raises(DatabaseError), transaction.atomic():
        LegalStatus.objects.filter(pk=first.pk).update(ends_at=SINCE + 73 * HOUR)


@pytest.mark.by_turns
def test_another_soon_after_says_why_it_is_no_extension(watched: Watched, row: LegalStatus) -> None:
    over(row, watched, SINCE + 70 * HOUR, follows="", returned=True)
    again = SINCE + 71 * HOUR
    with pytest.raises(IllegalMove, match="cannot be extended"):
        protected(watched, starts_at=again, at=again)
    protected(watched, starts_at=again, occasion="Found in a car at night", at=again)
    other = a_watched_child(at=AT)
    over(protected(other), other, SINCE + DAY, follows="", returned=True)
    # It ended after a day: the week counts from then, and not from the 72 hours that it might have lasted.
    late = SINCE + DAY + legal.SOON
    with pytest.raises(Unexplained, match="cannot be extended"):
        protected(other, starts_at=late - HOUR, at=late)
    protected(other, starts_at=late, at=late)


@pytest.mark.by_turns
def test_another_while_one_stands_hears_that_it_stands(watched: Watched) -> None:
    protected(watched)
    with pytest.raises(IllegalMove, match="Police protection stands"):
        protected(watched, starts_at=NOW, at=NOW)


def test_an_end_is_after_the_beginning_in_words_and_once(watched: Watched, row: LegalStatus) -> None:
    for ended_at in (SINCE, SINCE - HOUR):
        with pytest.raises(WrongEnd):
            legal.end(row, Over(ended_at=ended_at, how="Agreed"), by=watched.worker, at=NOW)
    with pytest.raises(WrongEnd):
        legal.end(row, Over(ended_at=NOW + HOUR, how="Agreed"), by=watched.worker, at=NOW)
    with pytest.raises(IllegalMove, match="with whom"):
        legal.end(row, Over(ended_at=NOW, how=" "), by=watched.worker, at=NOW)


def test_the_same_form_again_is_one_and_with_other_words_is_refused(watched: Watched) -> None:
    key = uuid.uuid4()
    row = protected(watched, key=key)
    assert protected(watched, key=key, at=NOW + HOUR) == row
    with pytest.raises(IllegalMove, match="with other words"):
        protected(watched, key=key, officer="PC Orme", at=NOW + HOUR)
    assert LegalStatus.objects.count() == 1


# --- the clock


@pytest.mark.by_turns
def test_it_climbs_before_the_hours_are_over_and_stands_down_with_what_follows(
    watched: Watched, row: LegalStatus
) -> None:
    assert due(watched) == SINCE + 48 * HOUR
    for hours, steps in ((47, []), (48, ["R1"]), (60, ["R1", "R2"]), (68, ["R1", "R2", "R4"])):
        swept(watched, SINCE + hours * HOUR)
        assert papers.steps(watched.child, NAME) == steps, hours
    swept(watched, SINCE + 72 * HOUR)
    assert papers.steps(watched.child, NAME)[-1] == "R5"
    told = Message.objects.filter(wording="protection_ends")
    assert told.filter(post="duty", channel="text").exists()
    assert not told.filter(post="worker", channel="text").exists()
    over(row, watched, SINCE + 73 * HOUR)
    swept(watched, SINCE + 73 * HOUR)
    assert not papers.is_open(watched.child, NAME)


@pytest.mark.by_turns(8)
def test_recorded_late_it_fires_at_once_and_withdrawn_it_is_over(watched: Watched) -> None:
    late = SINCE + 70 * HOUR
    row = protected(watched, at=late)
    swept(watched, late)
    assert papers.steps(watched.child, NAME) == ["R1", "R2", "R4"]
    with pytest.raises(IllegalMove, match="by mistake"):
        legal.withdraw(row, reason=" ", by=watched.worker, at=late)
    legal.withdraw(row, reason="It was another child", by=watched.worker, at=late + HOUR)
    swept(watched, late + HOUR)
    assert not papers.is_open(watched.child, NAME)
    with pytest.raises(IllegalMove, match="already"):
        legal.withdraw(row, reason="Again", by=watched.worker, at=late + HOUR)
    protected(watched, at=late + 2 * HOUR)


def struck(row: LegalStatus, one: Watched, at: Any) -> None:
    legal.withdraw(row, reason="It was signed for another child", by=one.worker, at=at)


@pytest.mark.by_turns(8)
def test_without_what_followed_police_protection_stands_again_and_owes_at_once(
    watched: Watched, row: LegalStatus
) -> None:
    over(row, watched, SINCE + 20 * HOUR)
    swept(watched, SINCE + 21 * HOUR)
    assert due(watched) is None
    struck(LegalStatus.objects.get(code="V2"), watched, SINCE + 61 * HOUR)
    row.refresh_from_db()
    assert (row.ends_at, row.ending, row.ended_how, row.ended_by) == (None, "", "", None)
    assert due(watched) == SINCE + 48 * HOUR
    swept(watched, SINCE + 61 * HOUR)
    assert papers.steps(watched.child, NAME) == ["R1", "R2"]
    event = Event.objects.get(kind="legal_status_stands_again")
    assert (event.subject_id, event.data) == (row.pk, {"code": "L1"})
    rows = timeline.of(watched.child, permissions=EVERYTHING).rows
    told = {one.title: one.text for one in rows if isinstance(one, timeline.Entry)}
    words = "Police protection, 72 hours at most (L1)"
    assert told["Legal status ended"] == words, "of the end that was taken back no half a sentence is left"
    assert told["Police protection stands again: what followed it was recorded by mistake"] == words
    over(row, watched, SINCE + 62 * HOUR)
    swept(watched, SINCE + 62 * HOUR)
    assert not papers.is_open(watched.child, NAME)


def test_it_stands_again_only_without_all_that_followed(watched: Watched, row: LegalStatus) -> None:
    over(row, watched, SINCE + 75 * HOUR)
    order = Status(code="C1", starts_at=SINCE + 90 * HOUR)
    order = legal.record(watched.child, order, by=watched.worker, at=SINCE + 90 * HOUR)
    struck(LegalStatus.objects.get(code="V2"), watched, SINCE + 91 * HOUR)
    assert due(watched) is None, "a later order stands"
    struck(order, watched, SINCE + 92 * HOUR)
    assert due(watched) == SINCE + 48 * HOUR


@pytest.mark.by_turns
def test_it_stands_not_again_where_it_ended_otherwise_or_what_is_struck_came_before(watched: Watched) -> None:
    before = legal.record(watched.child, Status(code="V2", starts_at=AT), by=watched.worker, at=NOW)
    row = protected(watched)
    over(row, watched, SINCE + 20 * HOUR, follows="", returned=True)
    later = Status(code="C1", starts_at=SINCE + 30 * HOUR)
    later = legal.record(watched.child, later, by=watched.worker, at=SINCE + 30 * HOUR)
    struck(later, watched, SINCE + 31 * HOUR)
    other = a_watched_child(at=AT)
    first = legal.record(other.child, Status(code="V2", starts_at=AT), by=other.worker, at=NOW)
    over(protected(other), other, SINCE + 20 * HOUR)
    struck(first, other, SINCE + 21 * HOUR)
    struck(before, watched, SINCE + 32 * HOUR)
    assert (due(watched), due(other)) == (None, None)
    struck(row, watched, SINCE + 33 * HOUR)
    assert not Event.objects.filter(kind="legal_status_stands_again").exists()


@pytest.mark.by_turns
def test_the_hours_run_on_in_a_search_and_not_in_a_closed_case(watched: Watched) -> None:
    protected(watched)
    episode = missing(watched.child, by=watched.worker, at=NOW)
    sweep.sweep_all(now=SINCE + 48 * HOUR)
    assert papers.steps(watched.child, NAME) == ["R1"]
    ended(episode, at=SINCE + 49 * HOUR)
    assert due(watched) == SINCE + 48 * HOUR, "a return puts it not off"
    other = a_watched_child(at=AT)
    protected(other)
    case_closed(other.child, reason="Reunited", by=other.manager, at=NOW + HOUR)
    sweep.sweep_all(now=SINCE + 60 * HOUR)
    assert papers.steps(other.child, NAME) == []


@pytest.mark.by_turns
def test_an_ordinary_status_asks_nobody_for_anything(watched: Watched) -> None:
    legal.record(watched.child, Status(code="V2", starts_at=SINCE), by=watched.worker, at=NOW)
    assert due(watched) is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("code", "name", "asked", "over"),
    [("L2", "emergency_order", 14, 21), ("L3", "assessment_order", 4, 7)],
)
def test_what_follows_an_order_that_runs_out_is_asked_before_it_is_over_and_climbs_to_its_end(
    watched: Watched, code: str, name: str, asked: int, over: int
) -> None:
    start = SINCE
    row = legal.record(watched.child, Status(code=code, starts_at=start), by=watched.worker, at=NOW)
    first = papers.clock_of(watched.child, name).due_at
    assert first == add_days(start, asked)
    swept(watched, first)
    assert papers.steps(watched.child, name) == ["R1"]
    # To record the same anew puts nothing off.
    again = Status(code=code, starts_at=first + HOUR)
    legal.record(watched.child, again, by=watched.worker, at=first + HOUR)
    assert papers.clock_of(watched.child, name).due_at == first
    swept(watched, add_days(start, over))
    assert papers.steps(watched.child, name)[-1] == "R5"
    after = add_days(start, over) + HOUR
    legal.record(watched.child, Status(code="C1", starts_at=after), by=watched.worker, at=after)
    swept(watched, after)
    assert not papers.is_open(watched.child, name)
    assert row.order_over_at == add_days(start, over)


@pytest.mark.by_turns
def test_an_order_that_was_recorded_by_mistake_asks_nobody(watched: Watched) -> None:
    row = legal.record(watched.child, Status(code="L3", starts_at=SINCE), by=watched.worker, at=NOW)
    legal.withdraw(row, reason="Of another child", by=watched.worker, at=NOW + HOUR)
    assert papers.clock_of(watched.child, "assessment_order").due_at is None


# --- the pages


FORM = {
    "code": "L1",
    "starts_at_when": "now",
    "officer": "PC Hale, 2231",
    "designated_officer": "Inspector Orme",
    "designated_phone": "01632 960 001",
}


@pytest.fixture
def at_desk(watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    return client


def address(one: Watched, name: str, *more: Any) -> str:
    return reverse(name, args=[one.child.reference, *more])


@pytest.mark.by_turns(8)
def test_it_is_recorded_read_ended_and_struck_through(watched: Watched, at_desk: Client) -> None:
    assert "No legal status is recorded" in at_desk.get(address(watched, "legal")).content.decode()
    form = FORM | {"once": str(uuid.uuid4())}
    text = at_desk.post(address(watched, "legal_new"), form).content.decode()
    assert "Select the police force" in text
    assert "Inspector Orme" in text, "nothing typed is lost"
    done = at_desk.post(address(watched, "legal_new"), form | {"force": watched.force.pk})
    assert done.status_code == 302
    row = LegalStatus.objects.get()
    for name in ("legal", "child"):
        assert "Police protection until" in at_desk.get(address(watched, name)).content.decode()
    ending = {"follows": "V2", "ended_at_when": "now", "how": ""}
    refused = at_desk.post(address(watched, "legal_end", row.key), ending).content.decode()
    assert "Enter with whom" in refused
    # It began in this very minute.
    again = at_desk.post(address(watched, "legal_end", row.key), {**ending, "how": "Agreed"})
    assert again.status_code == 422
    assert "after it began" in again.content.decode()
    struck = at_desk.post(address(watched, "legal_withdraw", row.key), {"reason": "Another child"})
    assert struck.status_code == 302
    page = at_desk.get(address(watched, "legal")).content.decode()
    assert "Recorded by mistake, says" in page
    assert "Police protection until" not in page


def test_what_had_an_end_and_is_struck_through_says_by_whom_and_why(
    watched: Watched, at_desk: Client
) -> None:
    row = legal.record(watched.child, Status(code="V2", starts_at=AT), by=watched.worker, at=NOW)
    over(row, watched, NOW, follows="", returned=True)
    legal.withdraw(row, reason="It was her cousin", by=watched.worker, at=NOW)
    page = at_desk.get(address(watched, "legal")).content.decode()
    assert "Agreed with the child" in page, "its end stays readable"
    assert "Recorded by mistake, says" in page
    assert "It was her cousin" in page


@pytest.mark.by_turns(8)
def test_only_what_asks_for_the_occasion_is_said_there(watched: Watched, at_desk: Client) -> None:
    def errors() -> Any:
        form = FORM | {"once": str(uuid.uuid4()), "force": watched.force.pk}
        page = at_desk.post(address(watched, "legal_new"), form)
        assert page.status_code == 422
        return {name: str(found) for name, found in page.context["form"].errors.items()}

    row = protected(watched, at=NOW)
    found = errors()
    assert list(found) == ["__all__"]
    assert "Police protection stands" in found["__all__"]
    over(row, watched, NOW, follows="", returned=True)
    assert list(errors()) == ["occasion"]
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=NOW)
    assert list(errors()) == ["__all__"]


def test_what_is_asked_of_the_police_alone_is_kept_of_nothing_else(watched: Watched, at_desk: Client) -> None:
    form = FORM | {"once": str(uuid.uuid4()), "code": "V2", "note": "Agreed with her"}
    assert at_desk.post(address(watched, "legal_new"), form).status_code == 302
    row = LegalStatus.objects.get()
    assert (row.officer, row.force, row.note) == ("", None, "Agreed with her")


@pytest.mark.by_turns
def test_none_of_it_is_for_anybody_else(watched: Watched, at_desk: Client, row: LegalStatus) -> None:
    strangers = (watched.carer, watched.guardian, watched.officer, a_watched_child(at=AT).worker)
    for who in strangers:
        at_desk.force_login(who)
        for name, more in (
            ("legal", ()),
            ("legal_new", ()),
            ("legal_end", (row.key,)),
            ("legal_withdraw", (row.key,)),
        ):
            assert at_desk.get(address(watched, name, *more)).status_code == 404, name
    other = a_watched_child(at=AT)
    at_desk.force_login(other.worker)
    for name in ("legal_end", "legal_withdraw"):
        assert at_desk.post(address(other, name, row.key), {"reason": "x"}).status_code == 404

"""A risk assessment: it sets how a child is watched, a higher grade at once and a lower one when two people say so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Clock, Message
from cases import assessments, children, clock
from cases.assessments import Assessment
from cases.models import Child, Draft, Event, Risk, RiskAssessment, RiskGrade, Role
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    ended,
    knows,
    missing,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEBT = {"control": {"factors": {"debt": "yes"}, "evidence": "Owes 4,000", "source": "The child, today"}}


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR, risk=Risk.MEDIUM)


def assessed(
    one: Watched, grade: str, *, at: Any, by: Any = None, second: Any = None, **more: Any
) -> RiskAssessment:
    found = Assessment(**{"grade": grade, "rationale": "As discussed", "assessed_at": at, **more})
    return assessments.record(one.child, found, seconded_by=second, by=by or one.worker, at=at)


def risk(one: Watched) -> str:
    return Child.objects.get(pk=one.child.pk).risk


def due(one: Watched) -> Any:
    return (
        Clock.objects.filter(child=one.child, duty__in=("assessment", "first_assessment"))
        .exclude(due_at=None)
        .get()
    )


@pytest.mark.by_turns
def test_a_higher_grade_counts_at_once_and_the_next_review_follows_it(watched: Watched) -> None:
    clock_of = due(watched)
    assert (clock_of.duty, clock_of.due_at) == ("first_assessment", watched.child.registered_at + DAY)
    row = assessed(watched, "high", domains=DEBT, at=AT + 2 * HOUR)
    assert risk(watched) == "high"
    assert (due(watched).duty, due(watched).due_at) == ("assessment", row.assessed_at + 7 * DAY)
    event = Event.objects.filter(child=watched.child, kind="risk_assessed").get()
    assert event.data == {"grade": "high", "before": "medium", "waits": False}
    # The roll-calls follow: the row of high applies from now on.
    assert RiskGrade.objects.filter(child=watched.child).latest("since").risk == "high"


@pytest.mark.by_turns
def test_a_lower_grade_counts_once_a_second_person_agrees_and_the_child_is_watched_as_before(
    watched: Watched,
) -> None:
    assessed(watched, "high", at=AT + 2 * HOUR)
    row = assessed(watched, "low", at=AT + 5 * HOUR)
    assert (risk(watched), assessments.waits(row, Child.objects.get(pk=watched.child.pk))) == ("high", True)
    assert due(watched).due_at == row.assessed_at + 7 * DAY, "as the grade that is in force asks"
    with pytest.raises(IllegalMove, match="second person"):
        assessments.agree(row, by=watched.worker, at=AT + 6 * HOUR)
    assessments.agree(row, by=watched.manager, at=AT + 6 * HOUR)
    assert risk(watched) == "low"
    graded = RiskGrade.objects.filter(child=watched.child).latest("since")
    assert {graded.graded_by, graded.seconded_by} == {watched.manager, watched.worker}
    assert due(watched).due_at > row.assessed_at + 80 * DAY
    with pytest.raises(IllegalMove, match="waits for nobody"):
        assessments.agree(row, by=watched.manager, at=AT + 7 * HOUR)


@pytest.mark.by_turns
def test_the_same_lower_grade_for_longer_takes_two_people_again(watched: Watched) -> None:
    assessed(watched, "low", second=watched.manager, at=AT + 2 * HOUR)
    ends_at = Child.objects.get(pk=watched.child.pk).risk_until
    row = assessed(watched, "low", at=AT + 60 * DAY)
    assert Child.objects.get(pk=watched.child.pk).risk_until == ends_at
    assessments.agree(row, by=watched.manager, at=AT + 61 * DAY)
    assert Child.objects.get(pk=watched.child.pk).risk_until > ends_at


def test_signed_by_both_at_once_it_counts_at_once_and_one_person_is_not_two(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="second person"):
        assessed(watched, "low", second=watched.worker, at=AT + 2 * HOUR)
    assert not RiskAssessment.objects.exists()
    assessed(watched, "low", second=watched.manager, at=AT + 2 * HOUR)
    assert risk(watched) == "low"


@pytest.mark.by_turns
def test_a_lower_grade_that_waits_is_overtaken_by_whatever_was_graded_since(watched: Watched) -> None:
    row = assessed(watched, "low", at=AT + 2 * HOUR)
    children.set_risk(
        watched.child, "high", reason="Somebody waited outside", by=watched.worker, at=AT + 3 * HOUR
    )
    with pytest.raises(IllegalMove, match="waits for nobody"):
        assessments.agree(row, by=watched.manager, at=AT + 4 * HOUR)
    assert risk(watched) == "high"


@pytest.mark.by_turns(8)
def test_once_the_risk_was_assessed_it_is_only_raised_by_hand(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = AT + 4 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    path = reverse("risk", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert "second_email" in client.get(path).context["form"].fields
    assessed(watched, "medium", at=AT + 2 * HOUR)
    two = {"by": watched.worker, "seconded_by": watched.manager}
    with pytest.raises(IllegalMove, match="Only another assessment lowers it"):
        children.set_risk(watched.child, "low", reason="Settled", **two, at=AT + 3 * HOUR)
    refused = client.post(path, {"risk": "low", "reason": "He has settled"})
    assert refused.status_code == 422
    assert "Only another assessment lowers it" in refused.content.decode()
    assert "He has settled" in refused.content.decode(), "what was typed is still there"
    assert "second_email" not in refused.context["form"].fields
    assert risk(watched) == "medium"
    assert client.post(path, {"risk": "high", "reason": "A car waits"}).status_code == 302
    assert risk(watched) == "high"
    # The same higher grade for longer is lowering too where it had an end; an assessment by two people lowers it.
    assessed(watched, "low", second=watched.manager, at=now + HOUR)
    with pytest.raises(IllegalMove, match="Only another assessment lowers it"):
        children.set_risk(watched.child, "low", reason="Still", **two, at=now + 2 * HOUR)
    assert risk(watched) == "low"


@pytest.mark.by_turns
def test_a_return_and_a_move_ask_for_another_within_a_day_and_the_assessment_answers_the_step_after_the_return(
    watched: Watched,
) -> None:
    assessed(watched, "medium", at=AT + 2 * HOUR)
    placed(watched.child, by=watched.worker, starts_at=AT + 8 * HOUR, at=AT + 8 * HOUR)
    assert due(watched).due_at == AT + 8 * HOUR + DAY
    assessed(watched, "medium", at=AT + 9 * HOUR)
    episode = missing(watched.child, by=watched.worker, at=AT + 10 * HOUR)
    desk = a_person(Role.DUTY_DESK, team=watched.desk.team)
    ended(episode, by=desk, at=AT + 2 * DAY)
    assert due(watched).due_at == AT + 3 * DAY
    assessed(watched, "high", at=AT + 2 * DAY + HOUR)
    assert due(watched).due_at == AT + 9 * DAY + HOUR


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"rationale": " "}, "why you chose this grade"),
        ({"grade": "unknown"}, "Select the grade"),
        ({"assessed_at": AT + 9 * HOUR}, "now or in the past"),
        ({"again_by": (AT - DAY).date()}, "before it was assessed"),
        ({"domains": {"control": {"factors": {"debt": "yes"}, "evidence": "Owes money"}}}, "who gave it"),
    ],
)
def test_what_says_too_little_is_refused(watched: Watched, more: dict[str, Any], words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        assessed(watched, **{"grade": "high", **more, "at": AT + 2 * HOUR})
    assert risk(watched) == "medium"


@pytest.mark.by_turns(8)
def test_an_assessment_before_the_latest_is_refused_and_the_same_form_twice_is_one(watched: Watched) -> None:
    first = assessed(watched, "high", at=AT + 4 * HOUR)
    assert assessed(watched, "high", key=first.key, at=AT + 5 * HOUR) == first
    with pytest.raises(IllegalMove, match="later assessment"):
        assessments.record(
            watched.child,
            Assessment(grade="medium", rationale="Before", assessed_at=AT + 3 * HOUR),
            by=watched.worker,
            at=AT + 6 * HOUR,
        )


def test_the_same_form_with_other_words_is_not_taken_for_what_stands(watched: Watched) -> None:
    """By the back button, say: what was changed there would be lost, and the page would say that it is saved."""
    first = assessed(watched, "high", domains=DEBT, at=AT + 4 * HOUR)
    for more in (
        {"rationale": "He was not asked alone"},
        {"grade": "medium"},
        {"domains": {}},
        {"protective": "His uncle"},
        {"again_by": (AT + 3 * DAY).date()},
        {"assessed_at": AT + 3 * HOUR},
    ):
        said = {"grade": "high", "domains": DEBT, **more, "key": first.key}
        with pytest.raises(IllegalMove, match="with other words"):
            assessed(watched, **said, at=AT + 5 * HOUR)
    assert RiskAssessment.objects.count() == 1
    with pytest.raises(IllegalMove, match="another child"):
        assessed(watched, "high", domains=DEBT, key=first.key, by=watched.manager, at=AT + 5 * HOUR)


def test_the_same_form_signed_by_a_second_person_since_counts_with_their_signature(watched: Watched) -> None:
    row = assessed(watched, "low", at=AT + 2 * HOUR)
    assert risk(watched) == "medium"
    with pytest.raises(IllegalMove, match="second person"):
        assessed(watched, "low", key=row.key, second=watched.worker, at=AT + 3 * HOUR)
    again = assessed(watched, "low", key=row.key, second=watched.manager, at=AT + 3 * HOUR)
    assert (again.pk, risk(watched)) == (row.pk, "low")
    assert assessed(watched, "low", key=row.key, second=watched.manager, at=AT + 4 * HOUR).pk == row.pk


def test_the_database_lets_nobody_edit_what_was_found_nor_one_person_agree(watched: Watched) -> None:
    row = assessed(watched, "low", at=AT + 2 * HOUR)
    for change in (
        "rationale = 'Else'",
        "grade = 'high'",
        f"agreed_at = now(), agreed_by_id = {watched.worker.pk}",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE cases_riskassessment SET {change} WHERE id = %s", [row.pk])


# --- Pages


@pytest.fixture
def page(watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * HOUR)
    client.force_login(watched.worker)
    return client


ANSWERS = {
    "grade": "high",
    "rationale": "A debt, and a second phone",
    "debt": "yes",
    "control_evidence": "Owes 4,000",
    "control_source": "The child, today",
    "assessed_at_when": "now",
    "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d11",
}


@pytest.mark.by_turns(8)
def test_one_form_records_it_and_the_page_shows_it_beside_the_one_before(
    watched: Watched, page: Client
) -> None:
    assessed(watched, "medium", domains=DEBT, at=AT + 2 * HOUR)
    address = reverse("assessment_new", args=[watched.child.reference])
    opened = page.get(address).content.decode()
    assert "Owes 4,000" in opened, "what was found before is filled in"
    lacking = {**ANSWERS, "illness": "yes", "rationale": ""}
    answer = page.post(address, lacking)
    assert answer.status_code == 422
    for said in ("Enter the evidence: Health", "Enter who said so: Health", "Enter why you chose"):
        assert said in answer.content.decode()
    assert page.post(address, {**ANSWERS, "save_draft": "1"}).status_code == 302
    assert Draft.objects.filter(form="assessment").exists()
    done = page.post(address, ANSWERS, follow=True).content.decode()
    assert not Draft.objects.exists()
    for said in (
        "Watched as: High",
        "Next review:",
        "(differs)",
        "A debt, and a second phone",
        "Earlier ones",
    ):
        assert said in done, said
    story = page.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Risk assessed: high" in story
    assert "to be assessed by 9 March 2026" in story


@pytest.mark.by_turns
def test_a_form_sent_again_with_other_words_stands_there_whole_and_the_next_press_keeps_both(
    watched: Watched, page: Client
) -> None:
    address = reverse("assessment_new", args=[watched.child.reference])
    assert page.post(address, ANSWERS).status_code == 302
    assert page.post(address, ANSWERS).status_code == 302, "the same twice is one"
    other = {**ANSWERS, "rationale": "A debt, a second phone and a grey van"}
    refused = page.post(address, other)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "You have sent this form before, with other words" in text
    assert "a grey van" in text, "nothing typed is lost"
    once = str(refused.context["form"]["once"].value())
    assert once != other["once"]
    assert once in text
    assert page.post(address, {**other, "once": once}).status_code == 302
    kept = RiskAssessment.objects.filter(child=watched.child).values_list("rationale", flat=True)
    assert set(kept) == {ANSWERS["rationale"], other["rationale"]}


@pytest.mark.by_turns(8)
def test_a_day_of_the_next_look_before_the_assessment_is_said_at_its_boxes_and_one_of_today_is_kept(
    watched: Watched, page: Client
) -> None:
    """A year mistyped would be overdue at once, up to the director."""
    address = reverse("assessment_new", args=[watched.child.reference])
    today = {"again_by_day": AT.day, "again_by_month": AT.month, "again_by_year": AT.year}
    refused = page.post(address, {**ANSWERS, **today, "again_by_year": AT.year - 1})
    assert refused.status_code == 422
    assert "on or after the day of the assessment" in refused.content.decode()
    assert "A debt, and a second phone" in refused.content.decode()
    assert not RiskAssessment.objects.exists()
    assert page.post(address, {**ANSWERS, **today}).status_code == 302
    assert RiskAssessment.objects.get().again_by == AT.date()


def test_a_colleague_agrees_on_the_page_and_whoever_assessed_cannot(watched: Watched, page: Client) -> None:
    address = reverse("assessment_new", args=[watched.child.reference])
    said = page.post(address, {**ANSWERS, "grade": "low"}, follow=True).content.decode()
    assert "waits for a second person" in said
    assert "Agree to the lower grade" not in said
    row = RiskAssessment.objects.get()
    agreed = reverse("assessment_agree", args=[watched.child.reference, row.key])
    page.post(agreed)
    assert risk(watched) == "medium"
    page.force_login(watched.manager)
    assert (
        "Agree to the lower grade"
        in page.get(reverse("risk_assessments", args=[watched.child.reference])).content.decode()
    )
    page.post(agreed)
    assert risk(watched) == "low"


@pytest.mark.by_turns(8)
def test_the_second_person_may_sign_in_the_form(watched: Watched, page: Client) -> None:
    knows(watched.manager, "rowan-heath-lantern")
    address = reverse("assessment_new", args=[watched.child.reference])
    signed = {**ANSWERS, "grade": "low", "second_email": watched.manager.email}
    assert page.post(address, {**signed, "second_password": "wrong"}).status_code == 422
    assert not RiskAssessment.objects.exists()
    page.post(address, {**signed, "second_password": "rowan-heath-lantern"})
    assert risk(watched) == "low"


@pytest.mark.by_turns
def test_it_is_for_those_who_work_with_the_child(watched: Watched, page: Client) -> None:
    for stranger in (watched.carer, watched.guardian, watched.officer):
        page.force_login(stranger)
        for name in ("assessment_new", "risk_assessments"):
            assert page.get(reverse(name, args=[watched.child.reference])).status_code == 404


def test_another_manager_signs_once_and_a_lower_grade_that_waits_counts_with_it(watched: Watched) -> None:
    row = assessed(watched, "low", at=AT + 2 * HOUR, by=watched.manager)
    with pytest.raises(IllegalMove, match="Another person"):
        assessments.read(row, signed=True, by=watched.manager, at=AT + 3 * HOUR)
    assert risk(watched) == "medium"
    assessments.read(row, signed=True, by=watched.head, at=AT + 3 * HOUR)
    assert risk(watched) == "low"
    with pytest.raises(IllegalMove, match="waits for nobody"):
        assessments.read(row, signed=True, by=watched.head, at=AT + 4 * HOUR)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.reading.__class__.objects.update(words="Changed")


def test_what_is_sent_back_needs_words_counts_no_lower_and_asks_for_another_in_a_day(
    watched: Watched,
) -> None:
    row = assessed(watched, "low", at=AT + 2 * HOUR)
    with pytest.raises(IllegalMove, match="looked at again"):
        assessments.read(row, signed=False, words=" ", by=watched.manager, at=AT + 3 * HOUR)
    assessments.read(row, signed=False, words="Ask him alone", by=watched.manager, at=AT + 3 * HOUR)
    assert risk(watched) == "medium"
    with pytest.raises(IllegalMove, match="waits for nobody"):
        assessments.agree(row, by=watched.head, at=AT + 4 * HOUR)
    assert due(watched).due_at == AT + 27 * HOUR


@pytest.mark.by_turns
def test_a_lower_grade_that_two_agreed_to_is_over_when_a_manager_sends_it_back(watched: Watched) -> None:
    row = assessed(watched, "low", at=AT + 2 * HOUR, second=watched.desk.person)
    assert risk(watched) == "low"
    assessments.read(row, signed=False, words="He was not asked", by=watched.manager, at=AT + 3 * HOUR)
    assert risk(watched) == "medium"


@pytest.mark.by_turns
def test_what_no_manager_reads_climbs_from_the_manager_and_stands_down_when_one_has(watched: Watched) -> None:
    row = assessed(watched, "high", at=AT + 2 * HOUR)
    late = papers.clock_of(watched.child, "sign_off").due_at
    assert late == datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC)
    seen(watched.child, by=watched.carer, at=late)
    sweep.sweep_all(now=late)
    told = Message.objects.filter(wording="paper_due", items__alert__clock__duty="sign_off")
    assert set(told.values_list("post", flat=True)) == {"manager"}
    assessments.read(row, signed=True, by=watched.manager, at=late + HOUR)
    seen(watched.child, by=watched.carer, at=late + HOUR)
    sweep.sweep_all(now=late + HOUR)
    assert not papers.is_open(watched.child, "sign_off")
    # The next is asked for anew.
    assessed(watched, "high", at=late + 2 * HOUR)
    assert papers.clock_of(watched.child, "sign_off").due_at > late + DAY


@pytest.mark.by_turns(8)
def test_a_manager_reads_it_on_a_page_that_is_for_no_worker(watched: Watched, page: Client) -> None:
    page.post(reverse("assessment_new", args=[watched.child.reference]), ANSWERS)
    row = RiskAssessment.objects.get()
    address = reverse("assessment_read", args=[watched.child.reference, row.key])
    listed = reverse("risk_assessments", args=[watched.child.reference])
    assert page.get(address).status_code == 404
    assert "Sign this assessment" not in page.get(listed).content.decode()
    page.force_login(watched.manager)
    assert "Sign this assessment" in page.get(listed).content.decode()
    assert page.post(address, {"signed": "no"}).status_code == 422
    done = page.post(address, {"signed": "no", "words": "Ask him alone"}, follow=True).content.decode()
    assert "Sent back by" in done
    assert "Ask him alone" in done
    story = page.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Risk assessment sent back by a manager" in story


SIGNS = {"control": {"factors": {"trafficking": "yes"}, "evidence": "Brought by men", "source": "The child"}}


@pytest.mark.by_turns
def test_signs_of_trafficking_in_an_assessment_start_the_clocks_of_guardian_and_referral_at_once(
    watched: Watched,
) -> None:
    child = a_child(watched.authority, team=watched.team, worker=watched.worker)
    clocks = Clock.objects.filter(child=child, next_at__isnull=False)
    assert not clocks.filter(kind="guardian").exists()
    assert not clocks.filter(duty="nrm_referral").exists()
    at = AT + 2 * HOUR
    found = Assessment(grade="high", rationale="As discussed", domains=SIGNS, assessed_at=at)
    assessments.record(child, found, by=watched.worker, at=at)
    assert Child.objects.get(pk=child.pk).trafficking == "yes"
    assert clocks.filter(kind="guardian").exists()
    assert clocks.get(duty="nrm_referral").due_at == at + DAY
    kinds = Event.objects.filter(child=child, recorded_at=at).values_list("kind", flat=True)
    assert {"risk_assessed", "details_changed"} <= set(kinds)


@pytest.mark.by_turns
def test_another_assessment_puts_those_clocks_off_by_nothing_and_takes_no_signs_back(
    watched: Watched,
) -> None:
    assessed(watched, "high", domains=SIGNS, at=AT + 2 * HOUR)
    assessed(watched, "high", domains=SIGNS, at=AT + 9 * HOUR)
    no = {"control": {"factors": {"trafficking": "no"}}}
    assessed(watched, "high", domains=no, at=AT + 10 * HOUR)
    assert Child.objects.get(pk=watched.child.pk).trafficking == "yes"
    assert Clock.objects.get(child=watched.child, duty="nrm_referral").due_at == AT + 2 * HOUR + DAY
    assert Event.objects.filter(child=watched.child, kind="details_changed").count() == 1


@pytest.mark.by_turns
def test_an_assessment_that_is_refused_says_nothing_of_the_child(watched: Watched) -> None:
    told = {"control": {"factors": {"trafficking": "yes"}, "evidence": "", "source": ""}}
    with pytest.raises(IllegalMove, match="evidence"):
        assessed(watched, "high", domains=told, at=AT + 2 * HOUR)
    assessed(watched, "high", domains=DEBT, at=AT + 3 * HOUR)
    assert Child.objects.get(pk=watched.child.pk).trafficking != "yes"

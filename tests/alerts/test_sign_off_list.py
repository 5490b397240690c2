"""A version of the plan waits for a manager's signature and climbs; and all that waits for one stands on one list."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Message
from cases import assessments, concerns, plans, restrictions, sign_offs
from cases.assessments import Assessment
from cases.models import PlanSignature, RiskAssessment, SafetyPlan, User
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_child, a_watched_child, case_closed, seen

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR, given_name="Tarekiel")


def written(one: Watched, *, by: User | None = None, at: Any, child: Any = None) -> SafetyPlan:
    said = {
        "goals": "College",
        "if_missing": "Ring the brother",
        "agreed_with": "The carer",
        "contacts": "Duty",
    }
    plan = plans.Plan(**said, child_agrees="agrees", review_date=date(2026, 5, 1))
    return plans.write(child or one.child, plan, by=by or one.worker, at=at)


def assessed(one: Watched, *, by: User | None = None, at: Any, child: Any = None) -> RiskAssessment:
    found = Assessment(grade="high", rationale="A debt", assessed_at=at)
    return assessments.record(child or one.child, found, by=by or one.worker, at=at)


def swept(one: Watched, at: Any) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


def told(one: Watched) -> set[tuple[str, int | None]]:
    rows = Message.objects.filter(wording="paper_due", items__alert__clock__duty="sign_off")
    return set(rows.filter(items__alert__child=one.child).values_list("post", "user"))


@pytest.mark.by_turns(8)
def test_another_manager_signs_a_version_once_and_nobody_edits_it(watched: Watched) -> None:
    first = written(watched, by=watched.manager, at=AT + 2 * HOUR)
    with pytest.raises(IllegalMove, match="Another person"):
        plans.sign(first, by=watched.manager, at=AT + 3 * HOUR)
    signed = plans.sign(first, by=watched.head, at=AT + 3 * HOUR)
    assert plans.sign(first, by=watched.head, at=AT + 4 * HOUR) == signed, "sent twice it is one"
    with pytest.raises(IllegalMove, match="already"):
        plans.sign(first, by=watched.desk.person, at=AT + 4 * HOUR)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanSignature.objects.update(signed_at=AT)
    second = written(watched, at=AT + 5 * HOUR)
    with pytest.raises(IllegalMove, match="Look at the latest"):
        plans.sign(first, by=watched.head, at=AT + 6 * HOUR)
    case_closed(watched.child, reason="Has left", by=watched.manager, at=AT + 6 * HOUR)
    with pytest.raises(IllegalMove):
        plans.sign(second, by=watched.manager, at=AT + 7 * HOUR)


@pytest.mark.by_turns
def test_a_version_that_nobody_signs_climbs_from_the_manager_until_one_has(watched: Watched) -> None:
    plan = written(watched, at=AT + 2 * HOUR)
    late = papers.clock_of(watched.child, "sign_off").due_at
    # The next version puts nothing off.
    plan = written(watched, at=AT + 20 * HOUR)
    assert papers.clock_of(watched.child, "sign_off").due_at == late
    swept(watched, late)
    assert told(watched) == {("manager", watched.manager.pk)}
    plans.sign(plan, by=watched.manager, at=late + HOUR)
    swept(watched, late + HOUR)
    assert not papers.is_open(watched.child, "sign_off")
    # An assessment beside it is asked for by itself.
    assessed(watched, at=late + 2 * HOUR)
    assert papers.clock_of(watched.child, "sign_off").due_at > late + DAY


@pytest.mark.by_turns
def test_nobody_is_asked_for_what_they_wrote_or_for_what_is_older_than_the_question(watched: Watched) -> None:
    plan = written(watched, by=watched.manager, at=AT + 2 * HOUR)
    assert sign_offs.writers([watched.child.pk]) == {watched.child.pk: watched.manager.pk}
    swept(watched, papers.clock_of(watched.child, "sign_off").due_at)
    assert {person for _post, person in told(watched)} == {watched.head.pk}, "whoever stands above signs"
    assessed(watched, at=AT + 3 * HOUR)
    assert sign_offs.writers([watched.child.pk]) == {}, "the assessment the manager can sign"
    SafetyPlan.objects.bulk_create(
        [SafetyPlan(**{**_fields(plan), "child": a_child(watched.authority, at=AT), "to_sign": False})]
    )
    assert {one.child_id for one in sign_offs.of(SafetyPlan.objects.values("child"))} == {watched.child.pk}


def _fields(plan: SafetyPlan) -> dict[str, Any]:
    names = ("goals", "if_missing", "agreed_with", "child_agrees", "review_date", "recorded_at", "written_by")
    return {name: getattr(plan, name) for name in names}


def shown(person: User) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(reverse("sign_off_list"))
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


@pytest.mark.by_turns(8)
def test_all_that_waits_for_a_manager_is_one_list_oldest_first(watched: Watched, now: Any) -> None:
    other = a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT, given_name="Bilenda")
    plan = written(watched, by=watched.manager, at=AT + 3 * HOUR)
    assessment = assessed(watched, at=AT + 2 * HOUR, child=other)
    text = shown(watched.manager)
    assert text.index("Bilenda") < text.index("Tarekiel"), "who waits longest stands first"
    assert reverse("assessment_read", args=[other.reference, assessment.key]) in text
    assert text.count("You wrote it") == 1
    home = Client()
    home.force_login(watched.manager)
    assert "To be signed: 2" in home.get(reverse("manager_home")).content.decode()
    for stranger in (watched.worker, watched.carer, watched.guardian):
        assert shown(stranger) == "403"
    assert "Tarekiel" not in shown(a_watched_child(at=AT).manager)
    client = Client()
    client.force_login(watched.head)
    page, sign = reverse("plan", args=[watched.child.reference]), _sign(watched, plan)
    assert "Not signed by a manager yet" in client.get(page).content.decode()
    assert "You wrote it" not in shown(watched.head)
    client.force_login(watched.worker)
    assert sign not in client.get(page).content.decode()
    assert client.post(sign).status_code == 404
    client.force_login(watched.head)
    assert sign in client.get(page).content.decode()
    assert client.post(sign).status_code == 302
    assert "Not signed by a manager yet" not in client.get(page).content.decode()
    assert watched.head.name in client.get(page).content.decode()
    assert "Tarekiel" not in shown(watched.head)
    assessments.read(assessment, signed=True, by=watched.manager, at=now)
    assert "Nothing waits for a manager" in shown(watched.manager)


def _sign(one: Watched, plan: SafetyPlan) -> str:
    return reverse("plan_sign", args=[one.child.reference, plan.key])


def test_what_is_shut_from_a_manager_is_not_on_their_list(watched: Watched, now: Any) -> None:
    written(watched, at=AT + 2 * HOUR)
    assert "Tarekiel" in shown(watched.manager)
    concerns.keep_from(watched.child, watched.manager, reason="Known", by=watched.head, at=now)
    assert "Tarekiel" not in shown(watched.manager)
    restrictions.restrict(watched.child, reason="A threat", named=[watched.head], by=watched.head, at=now)
    assert "Tarekiel" in shown(watched.head)

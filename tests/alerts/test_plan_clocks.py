"""A plan and its actions are clocks of paper: whoever promised hears first, then those above, until it is done or withdrawn."""

from datetime import date, timedelta

import pytest

from alerts import policies, sweep
from alerts.emails import compose
from alerts.models import Alert, DutyTask, Message, MessageKind, PolicyVersion
from cases import held_papers, people, plans
from cases.deadlines import END_OF_DAY, at_london
from cases.models import PlanAction
from tests.alerts import outgoing, papers
from tests.alerts.outgoing import send_all
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_watched_child,
    case_closed,
    ended,
    membership_of,
    missing,
    seen,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Monday.
DUE = date(2026, 3, 9)
OVER = at_london(DUE, END_OF_DAY)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def asked(one: Watched, owner=None, *, at=AT + 2 * HOUR) -> PlanAction:
    owner = owner or a_person("social_worker", team=one.team)
    return plans.ask(one.child, "Change the SIM card", owner=owner, by_date=DUE, by=one.worker, at=at)


def written(one: Watched, *, review=AT + 60 * DAY, at=AT + 2 * HOUR):
    plan = plans.Plan(
        goals="Safe in college",
        if_missing="Ring the brother",
        contacts="Duty, day and night",
        agreed_with="The carer",
        child_agrees="agrees",
        review_date=review.date(),
    )
    return plans.write(one.child, plan, by=one.worker, at=at)


def over(day: date):
    return at_london(day, END_OF_DAY)


def swept(one: Watched, at) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


def told(action: PlanAction) -> list[tuple[str, str, int | None]]:
    rows = Message.objects.filter(
        wording="paper_due", items__alert__clock__duty=f"action:{action.pk}"
    ).distinct()
    return sorted(rows.values_list("step", "post", "user"))


@pytest.mark.by_turns
def test_an_action_that_nobody_has_done_tells_its_owner_then_the_manager_and_stands_down_when_it_is(
    watched: Watched, monkeypatch
) -> None:
    outgoing.catch(monkeypatch)
    action = asked(watched)
    name = f"action:{action.pk}"
    assert papers.clock_of(watched.child, name).due_at == OVER
    swept(watched, OVER - timedelta(seconds=1))
    assert papers.steps(watched.child, name) == []
    swept(watched, OVER)
    assert told(action) == [("R1", "owner", action.owner_id), ("R1", "worker", watched.worker.pk)]
    send_all(OVER)
    swept(watched, OVER + 2 * DAY)
    assert ("R2", "manager", watched.manager.pk) in told(action)
    send_all(OVER + 2 * DAY)
    mail = Message.objects.get(wording="paper_due", user=action.owner_id)
    text = compose(mail, now=OVER).text
    assert "Action of the safeguarding plan" in text
    assert "SIM" not in text
    plans.end(action, "done", said="In", by=action.owner, at=OVER + 2 * DAY + HOUR)
    swept(watched, OVER + 2 * DAY + HOUR)
    alert = Alert.objects.get(clock__duty=name)
    assert alert.status == "ended"
    endings = Message.objects.filter(kind=MessageKind.ENDING, items__alert=alert)
    assert {action.owner_id, watched.manager.pk} <= set(endings.values_list("user", flat=True))


@pytest.mark.by_turns
def test_an_action_that_is_withdrawn_in_time_tells_nobody(watched: Watched) -> None:
    action = asked(watched)
    plans.end(action, "withdrawn", said="He has no phone", by=watched.worker, at=AT + 3 * HOUR)
    swept(watched, OVER + 20 * DAY)
    assert papers.steps(watched.child, f"action:{action.pk}") == []


@pytest.mark.by_turns
def test_an_owner_who_has_left_is_told_nothing_and_somebody_above_hears_at_once(watched: Watched) -> None:
    action = asked(watched)
    people.leave(membership_of(action.owner), at=AT + 3 * HOUR)
    swept(watched, OVER)
    assert {(post, user) for _step, post, user in told(action)} == {
        ("worker", watched.worker.pk),
        ("manager", watched.manager.pk),
    }
    assert DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, child=watched.child, step="R1").exists()


@pytest.mark.by_turns
def test_a_queued_mail_to_an_owner_who_leaves_goes_to_nobody_else_in_their_name(
    watched: Watched, monkeypatch
) -> None:
    outgoing.catch(monkeypatch)
    action = asked(watched)
    swept(watched, OVER)
    people.leave(membership_of(action.owner), at=OVER)
    send_all(OVER + HOUR)
    mail = Message.objects.filter(post="owner").get()
    assert mail.status != "sent"


@pytest.mark.by_turns
def test_a_search_rests_an_action_and_the_return_asks_for_it_anew(watched: Watched) -> None:
    action = asked(watched)
    name = f"action:{action.pk}"
    gone = OVER - DAY
    episode = missing(watched.child, by=watched.worker, at=gone)
    assert papers.clock_of(watched.child, name).due_at is None
    ended(episode, by=a_person("duty_desk", team=watched.desk.team), at=OVER + DAY)
    assert papers.clock_of(watched.child, name).due_at > OVER + DAY


@pytest.mark.by_turns
def test_a_closed_case_asks_for_no_action(watched: Watched) -> None:
    action = asked(watched)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=AT + 3 * HOUR)
    assert papers.clock_of(watched.child, f"action:{action.pk}").next_at is None


@pytest.mark.by_turns
def test_the_plan_is_due_after_the_arrival_then_by_its_review_and_sooner_after_a_care_review_or_a_return(
    watched: Watched,
) -> None:
    def due():
        return papers.clock_of(watched.child, "plan").due_at

    assert due() == over(date(2026, 3, 9))
    written(watched)
    assert due() == over((AT + 60 * DAY).date())
    held_papers.record(
        watched.child,
        "care_review",
        held_date=(AT + 10 * DAY).date(),
        led_by="The reviewing officer",
        by=watched.worker,
        at=AT + 11 * DAY,
    )
    assert AT + 10 * DAY < due() < AT + 18 * DAY
    written(watched, at=AT + 12 * DAY)
    assert due() == over((AT + 60 * DAY).date())
    episode = missing(watched.child, by=watched.worker, at=AT + 13 * DAY)
    ended(episode, by=a_person("duty_desk", team=watched.desk.team), at=AT + 14 * DAY)
    assert AT + 14 * DAY < due() < AT + 22 * DAY


@pytest.mark.by_turns(8)
def test_whoever_was_here_before_the_policy_knew_of_plans_owes_none_until_something_changes(
    watched: Watched,
) -> None:
    """A policy of before is kept, and the version that asks for plans begins later."""
    first = PolicyVersion.objects.get(key=policies.PAPER)
    asked_now = dict(first.data["papers"])
    PolicyVersion.objects.filter(pk=first.pk).update(
        data={"papers": {name: rule for name, rule in asked_now.items() if name != "plan"}}
    )
    PolicyVersion.objects.create(
        key=policies.PAPER,
        version=2,
        data={"papers": asked_now},
        takes_effect_at=AT + 30 * DAY,
        published_at=AT + 30 * DAY,
        reason="Plans",
    )
    swept(watched, AT + 31 * DAY)
    plan = watched.child.clocks.filter(duty="plan").first()
    assert plan is None or plan.due_at is None

"""A safeguarding plan stands in versions, asks for closer contact at once and for less with two people; its actions end once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import clocks
from alerts.models import Clock
from cases import access, clock, concerns, placements, plans, restrictions
from cases.deadlines import end_of
from cases.models import Event, PlanAction, SafetyPlan, User
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, case_closed, missing, placed

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Long after the closest rows of the first weeks, when the policy asks once a day.
LATER = AT + 60 * DAY
REVIEW = (LATER + 28 * DAY).date()


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT + HOUR)


def a_plan(one: Watched, *, second: Any = None, by: Any = None, at: Any = LATER, **said: Any) -> SafetyPlan:
    answers = {
        "goals": "Nobody takes him from college",
        "if_missing": "Ring his brother, then look at the coach station",
        "contacts": "Duty, day and night",
        "agreed_with": "Carer and guardian",
        "child_agrees": "agrees",
        "review_date": REVIEW,
        **said,
    }
    plan = plans.Plan(**answers)
    return plans.write(one.child, plan, seconded_by=second, by=by or one.worker, at=at)


def rows_at(one: Watched, at: Any) -> set[str]:
    """Which rows of the contact policy apply at an instant."""
    from alerts import watching

    applies = watching.watch([one.child.pk], at=at)[one.child.pk].applies
    return {a.row.key for a in applies if a.starts_at <= at and (a.ends_at is None or a.ends_at > at)}


def an_action(one: Watched, **said: Any) -> PlanAction:
    facts = {"owner": one.worker, "by_date": LATER.date(), "by": one.worker, "at": LATER, **said}
    return plans.ask(one.child, facts.pop("what", "Change the SIM card"), **facts)


@pytest.mark.by_turns
def test_closer_contact_counts_at_once_and_never_loosens_what_the_policy_asks(watched: Watched) -> None:
    assert rows_at(watched, LATER) == {"ordinary"}
    a_plan(watched, contact_row="first_30_days")
    assert rows_at(watched, LATER) == {"ordinary", "first_30_days"}
    before = Clock.objects.get(child=watched.child, kind="contact")
    a_plan(watched, contact_row="first_72_hours", at=LATER + HOUR)
    assert rows_at(watched, LATER + HOUR) == {"ordinary", "first_72_hours"}
    assert Clock.objects.get(pk=before.pk).due_at <= before.due_at
    # What a plan asks is beside the policy: a live concern is watched as the policy says.
    concerns.mark(watched.child, reason="A van", by=watched.worker, at=LATER + 2 * HOUR)
    a_plan(watched, contact_row="", second=watched.manager, why_less="Moved", at=LATER + 3 * HOUR)
    assert "first_30_days" in rows_at(watched, LATER + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_less_contact_takes_a_reason_and_another_person_and_ends_with_the_review(watched: Watched) -> None:
    a_plan(watched, contact_row="first_30_days")
    for second, why in ((None, "Settled"), (watched.worker, "Settled"), (watched.manager, " ")):
        with pytest.raises(IllegalMove, match="second person"):
            a_plan(watched, contact_row="high", second=second, why_less=why, at=LATER + HOUR)
    less = a_plan(watched, contact_row="high", second=watched.manager, why_less="Settled", at=LATER + HOUR)
    assert (less.comes_back, less.comes_back_at) == ("first_30_days", end_of(REVIEW))
    assert rows_at(watched, LATER + HOUR) == {"ordinary", "high"}
    assert rows_at(watched, end_of(REVIEW)) == {"ordinary", "first_30_days"}
    # The same again, by one person, keeps the day on which the closer contact comes back.
    later = (LATER + 90 * DAY).date()
    same = a_plan(watched, contact_row="high", review_date=later, at=LATER + 2 * HOUR)
    assert (same.comes_back, same.comes_back_at) == ("first_30_days", end_of(REVIEW))
    longer = a_plan(
        watched,
        contact_row="high",
        review_date=later,
        second=watched.manager,
        why_less="Still settled",
        at=LATER + 3 * HOUR,
    )
    assert longer.comes_back_at == end_of(later)
    # Whoever goes back to what stood needs nobody.
    assert a_plan(watched, contact_row="first_30_days", at=LATER + 4 * HOUR).comes_back == ""


def test_after_the_closer_contact_is_back_less_needs_two_people_again(watched: Watched) -> None:
    a_plan(watched, contact_row="first_30_days")
    a_plan(watched, contact_row="", second=watched.manager, why_less="Settled", at=LATER + HOUR)
    after = end_of(REVIEW) + HOUR
    assert plans.is_less("", watched.child, at=after)
    with pytest.raises(IllegalMove, match="second person"):
        a_plan(watched, contact_row="high", review_date=(after + DAY).date(), at=after)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"goals": " "}, "goals"),
        ({"if_missing": ""}, "if the child is missing"),
        ({"contacts": " "}, "whom to ring"),
        ({"agreed_with": ""}, "who agreed"),
        ({"child_agrees": "maybe"}, "what the child says"),
        ({"review_date": (LATER - DAY).date()}, "within six months"),
        ({"review_date": (LATER + 200 * DAY).date()}, "within six months"),
    ],
)
def test_what_a_plan_must_say_is_refused_where_it_is_not_said(
    watched: Watched, said: Any, words: str
) -> None:
    with pytest.raises(IllegalMove, match=words):
        a_plan(watched, **said)


def test_a_version_is_never_edited_and_the_same_form_twice_is_one(watched: Watched) -> None:
    row = a_plan(watched)
    again = a_plan(watched, key=row.key, at=LATER + HOUR)
    assert again == row
    with pytest.raises(IllegalMove, match="another child"):
        a_plan(watched, key=row.key, by=watched.manager)
    with pytest.raises(DatabaseError), transaction.atomic():
        SafetyPlan.objects.filter(pk=row.pk).update(goals="None")
    assert Event.objects.filter(child=watched.child, kind="plan_written").count() == 1


@pytest.mark.by_turns(8)
def test_the_same_form_with_other_words_is_not_taken_for_what_stands(watched: Watched) -> None:
    row, action = a_plan(watched), an_action(watched)
    for said in (
        {"goals": "He is met at the gate"},
        {"contact_row": "high"},
        {"child_words": "I am watched"},
        {"review_date": REVIEW - DAY},
    ):
        with pytest.raises(IllegalMove, match="with other words"):
            a_plan(watched, key=row.key, **said, at=LATER + HOUR)
    assert an_action(watched, key=action.key) == action
    for said in (
        {"what": "Change the phone"},
        {"owner": watched.manager},
        {"by_date": (LATER + DAY).date()},
        {"placement": watched.placement},
    ):
        with pytest.raises(IllegalMove, match="with other words"):
            an_action(watched, key=action.key, **said)
    with pytest.raises(IllegalMove, match="another child"):
        an_action(watched, key=action.key, by=watched.manager)
    assert (SafetyPlan.objects.count(), PlanAction.objects.count()) == (1, 1)


@pytest.mark.by_turns(8)
def test_an_action_has_an_owner_who_works_with_the_child_and_ends_once(watched: Watched) -> None:
    for said, words in (
        ({"what": " "}, "what is to be done"),
        ({"by_date": (LATER - DAY).date()}, "today or later"),
        ({"owner": watched.guardian}, "works with this child"),
        ({"owner": a_person("social_worker")}, "works with this child"),
    ):
        with pytest.raises(IllegalMove, match=words):
            an_action(watched, **said)
    action = an_action(watched)
    with pytest.raises(IllegalMove, match="why nobody has to"):
        plans.end(action, "withdrawn", said="", by=watched.worker, at=LATER + HOUR)
    plans.end(action, "withdrawn", said="He has no phone", by=watched.worker, at=LATER + HOUR)
    with pytest.raises(IllegalMove, match="already"):
        plans.end(action, "done", said="Done", by=watched.manager, at=LATER + 2 * HOUR)


@pytest.mark.by_turns
def test_a_closed_case_takes_neither_plan_nor_action(watched: Watched) -> None:
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=LATER)
    for verb in (a_plan, an_action):
        with pytest.raises(IllegalMove, match="closed"):
            verb(watched, at=LATER + HOUR, by=watched.worker)


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_is_no_owner_and_is_not_offered(watched: Watched) -> None:
    colleague = a_person("social_worker", team=watched.team)
    assert colleague in plans.owners(watched.child, at=LATER)
    concerns.keep_from(watched.child, colleague, reason="A cousin", by=watched.manager, at=LATER)
    assert colleague not in plans.owners(watched.child, at=LATER)
    with pytest.raises(IllegalMove, match="works with this child"):
        an_action(watched, owner=colleague)


@pytest.mark.by_turns
def test_who_may_be_asked_is_read_in_as_many_questions_however_many_they_are(watched: Watched) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            plans.owners(watched.child, at=LATER)
        return len(found)

    few = asked()
    for _ in range(4):
        a_person("social_worker", team=watched.team)
    assert asked() == few
    assert len(plans.owners(watched.child, at=LATER)) >= 6


@pytest.mark.by_turns
def test_those_who_may_be_asked_are_those_who_may_change_the_record(watched: Watched) -> None:
    """Of a team, of the desk where there is none, and of a restricted record those named alone."""

    def may(people: Any) -> set[Any]:
        # Read anew: what is shut from somebody is known once for each object.
        read = User.objects.filter(pk__in=[one.pk for one in people])
        change = access.Permission.CHANGE_CHILD
        return {one for one in read if access.may(one, watched.child, change, at=LATER)}

    second = a_person("social_worker", team=watched.team)
    a_person("social_worker", team=watched.desk.team)
    team = {watched.worker, watched.manager, watched.head, watched.director, second}
    assert set(plans.owners(watched.child, at=LATER)) == team == may(team)
    restrictions.restrict(
        watched.child,
        reason="A threat",
        named=[watched.worker, watched.manager],
        by=watched.manager,
        at=LATER,
    )
    found = set(plans.owners(watched.child, at=LATER))
    assert found == {watched.worker, watched.manager} == may(team)


@pytest.mark.by_turns(8)
def test_of_a_child_without_a_team_the_desk_of_the_authority_is_asked(watched: Watched) -> None:
    alone = a_child(watched.authority, at=AT + HOUR)
    elsewhere = a_watched_child(at=AT + HOUR)
    found = plans.owners(alone, at=LATER)
    assert watched.desk.person in found
    assert not {watched.worker, elsewhere.desk.person} & set(found)
    assert all(access.may(one, alone, access.Permission.CHANGE_CHILD, at=LATER) for one in found)


@pytest.fixture
def at_desk(watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    papers.asked_for()
    client.force_login(watched.worker)
    return client


def address(one: Watched, name: str, *more: Any) -> str:
    return reverse(name, args=[one.child.reference, *more])


def day(name: str, value: date) -> dict[str, int]:
    return {f"{name}_day": value.day, f"{name}_month": value.month, f"{name}_year": value.year}


FORM = {
    "goals": "Nobody takes him from college",
    "if_missing": "Ring his brother first",
    "contacts": "Duty, 0113 496 0000",
    "agreed_with": "The carer",
    "child_agrees": "in_part",
    "contact_row": "high",
    "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d77",
    **day("review_date", REVIEW),
}


@pytest.mark.by_turns(8)
def test_a_plan_is_written_and_read_beside_the_version_before(watched: Watched, at_desk: Client) -> None:
    assert "No plan" in at_desk.get(address(watched, "plan")).content.decode()
    refused = at_desk.post(address(watched, "plan_new"), {**FORM, "goals": ""})
    assert refused.status_code == 422
    assert at_desk.post(address(watched, "plan_new"), FORM).status_code == 302
    less = {**FORM, "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d78", "contact_row": "", "goals": "New goals"}
    refused = at_desk.post(address(watched, "plan_new"), {**less, "why_less": "Settled"})
    assert "needs a reason and a second person" in refused.content.decode()
    closer = {**less, "contact_row": "first_72_hours"}
    page = at_desk.post(address(watched, "plan_new"), closer, follow=True).content.decode()
    for said in ("New goals", "Nobody takes him from college", "(differs)", "At every roll-call"):
        assert said in page, said
    story = at_desk.get(address(watched, "child")).content.decode()
    assert "Safeguarding plan written" in story


@pytest.mark.by_turns
def test_a_plan_or_an_action_sent_again_with_other_words_stands_there_and_the_next_press_keeps_both(
    watched: Watched, at_desk: Client
) -> None:
    action = {"what": "Ring the college", "owner": watched.worker.pk, **day("by_date", LATER.date() + DAY)}
    action["once"] = "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d80"
    for name, form, changed, table in (
        ("plan_new", FORM, {"goals": "He is met at the gate"}, SafetyPlan),
        ("action_new", action, {"what": "Ring the college and the bus company"}, PlanAction),
    ):
        for _ in range(2):
            assert at_desk.post(address(watched, name), form).status_code == 302
        assert table.objects.count() == 1, "the same twice is one"
        refused = at_desk.post(address(watched, name), form | changed)
        assert refused.status_code == 422
        text = refused.content.decode()
        assert "You have sent this form before, with other words" in text
        assert next(iter(changed.values())) in text, "nothing typed is lost"
        once = {"once": str(refused.context["form"]["once"].value())}
        assert once["once"] in text
        assert at_desk.post(address(watched, name), form | changed | once).status_code == 302
        assert table.objects.count() == 2


@pytest.mark.by_turns
def test_what_the_placement_cannot_keep_stands_on_the_page_and_the_calendar_until_it_ends(
    watched: Watched, at_desk: Client
) -> None:
    by = LATER.date() + DAY
    form = {
        "what": "Nobody is awake at night",
        "owner": watched.worker.pk,
        "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d79",
        **day("by_date", by),
    }
    refused = at_desk.post(address(watched, "shortfall_new"), {**form, "owner": watched.guardian.pk})
    assert refused.status_code == 422
    assert at_desk.post(address(watched, "shortfall_new"), form).status_code == 302
    page = at_desk.get(address(watched, "child")).content.decode()
    assert "This placement cannot keep the safeguarding plan" in page
    assert "Nobody is awake at night" in page
    assert "Nobody is awake at night" in at_desk.get(address(watched, "child_due")).content.decode()
    action = PlanAction.objects.get(child=watched.child)
    placements.end(watched.placement, ends_at=LATER, reason="Moved", by=watched.worker, at=LATER)
    placed(watched.child, watched.home, at=LATER + HOUR)
    assert not action.ended_at
    assert plans.shortfalls(watched.child) == []
    assert papers.clock_of(watched.child, f"shortfall:{action.pk}").due_at is None
    assert "cannot keep the safeguarding plan" not in at_desk.get(address(watched, "child")).content.decode()


AGREED = {
    "travel_rules": "Back by 8pm with the 72 bus",
    "address_secrecy": "Nobody online knows the street",
    "guardian_contact": "Meets her on Tuesdays",
    "copied_to": "Brackmoor College",
}


def _of(said: tuple[str, ...], page: str) -> tuple[str, ...]:
    """Which of these stand on a page."""
    return tuple(words for words in said if words in page)


@pytest.mark.by_turns(8)
def test_what_is_agreed_of_going_out_and_of_the_address_stands_in_each_version_and_a_refuge_above_it(
    watched: Watched, at_desk: Client
) -> None:
    before = {name: f"Once {name}" for name in AGREED}
    a_plan(watched, **before)
    a_plan(watched, **AGREED, at=LATER + HOUR)
    page = at_desk.get(address(watched, "plan")).content.decode()
    both = (*AGREED.values(), *before.values())
    assert _of(both, page) == both, "side by side"
    again = at_desk.get(address(watched, "plan_new")).content.decode()
    # Who had a copy of that version has none of the next.
    assert _of(tuple(AGREED.values()), again) == tuple(AGREED.values())[:3]
    without = at_desk.post(address(watched, "plan_new"), {**FORM, "contacts": ""})
    assert without.status_code == 422
    assert "Enter whom to ring, by day and by night" in without.content.decode()
    refuge = "Nobody writes down where the child lives"
    assert refuge not in page
    kept = {"address": "", "postcode": "", "provider": "Quill Refuges", "restricted": True}
    where = placements.Address(phone="01632 960701", authority=watched.authority, force=watched.force, **kept)
    placed(watched.child, where, at=LATER + 2 * HOUR)
    assert refuge in at_desk.get(address(watched, "plan")).content.decode()
    at_desk.force_login(a_person("social_worker", team=watched.team))
    assert refuge not in at_desk.get(address(watched, "plan")).content.decode()


@pytest.mark.by_turns
def test_what_to_do_if_missing_is_read_by_the_home_and_duty_and_by_no_officer_or_guardian(
    watched: Watched, at_desk: Client
) -> None:
    a_plan(watched, if_missing="Look at the coach station", contacts="His brother", **AGREED)
    said = ("coach station", *AGREED.values())
    at_desk.force_login(watched.carer)
    assert _of(said, at_desk.get(address(watched, "not_here")).content.decode()) == said
    at_desk.force_login(watched.guardian)
    assert _of(said, at_desk.get(address(watched, "not_here")).content.decode()) == ()
    episode = missing(watched.child, by=watched.worker, at=LATER)
    page = reverse("episode", args=[episode.reference])
    sent = reverse("missing_report_sent", args=[episode.reference])
    for person in (watched.carer, watched.worker, watched.desk.person, watched.manager):
        at_desk.force_login(person)
        assert _of(said, at_desk.get(page).content.decode()) == said, person
        assert _of(said, at_desk.get(sent).content.decode()) == said, person
    for person in (watched.guardian, watched.officer):
        at_desk.force_login(person)
        assert _of(said, at_desk.get(page).content.decode()) == (), person
    clocks.recompute([watched.child.pk], at=LATER)


@pytest.mark.by_turns(8)
def test_an_action_is_ended_on_its_page_and_another_childs_is_not_there(
    watched: Watched, at_desk: Client
) -> None:
    action = an_action(watched)
    other = a_watched_child(at=AT + HOUR)
    assert at_desk.get(address(watched, "action_end", an_action(other).key)).status_code == 404
    assert at_desk.post(address(watched, "action_end", action.key), {"said": ""}).status_code == 422
    form = {"ending": "done", "said": "The new card is in"}
    page = at_desk.post(address(watched, "action_end", action.key), form, follow=True).content.decode()
    assert "The new card is in" in page
    assert "Action of the plan done" in at_desk.get(address(watched, "child")).content.decode()

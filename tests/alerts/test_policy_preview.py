"""Who would be told about one child by a drafted policy, beside the policy in force: of the authority's own, stored nowhere."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import foresight, previews, return_foresight, revisions, sweep
from alerts.models import AlertStep, DutyStep, PolicyVersion
from cases import clock, people
from cases.deadlines import london_day
from cases.models import AccessRecord, Event, KeepFrom, Role, User
from tests.alerts.test_policy_new_page import a_draft, answers, drafting
from tests.factories import AT, Watched, a_person, a_watched_child, ended, missing, not_here

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
R2, R4 = "R2: the manager is told", "R4: the head of service is told"


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    """A child in its first 72 hours."""
    return a_watched_child(at=now - timedelta(hours=30))


@pytest.fixture
def admin(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def asked(reference: str, now: datetime, time: str = "3am") -> dict[str, object]:
    """The boxes beside the draft: that child, at that time tomorrow."""
    day = london_day(now) + DAY
    said = {"at_day": day.day, "at_month": day.month, "at_year": day.year, "at_time": time}
    return {
        "preview": "1",
        "told-reference": reference,
        **{f"told-{name}": part for name, part in said.items()},
    }


def test_the_draft_and_the_policy_in_force_stand_side_by_side_and_nothing_is_stored(
    page: Client, admin: User, watched: Watched, now: datetime
) -> None:
    before = Event.objects.count(), PolicyVersion.objects.count()
    said = answers("first_72_hours", now, admin, R4=170) | asked(watched.child.reference, now)
    answer = page.post(drafting(admin, "first_72_hours"), said)
    assert answer.status_code == 200
    lines = {line.title: line for line in answer.context["preview"].silence}
    assert [title for title, line in lines.items() if not line.is_same] == [R4]
    assert lines[R4].was.at - lines[R4].would.at == 10 * MINUTE
    assert lines[R4].was.told == lines[R4].would.told
    shown = answer.content.decode()
    assert watched.head.name in shown
    assert watched.child.given_name not in shown
    # The draft goes on as it was typed, and the question is none of its answers.
    assert 'name="R4" value="170"' in shown
    assert '<input type="hidden" name="told-' not in shown
    assert (Event.objects.count(), PolicyVersion.objects.count()) == before
    read = AccessRecord.objects.get(user=admin)
    assert (read.child_id, read.permission, read.allowed) == (watched.child.pk, "see_ladder", True)


@pytest.mark.by_turns
def test_what_is_foreseen_of_a_draft_is_what_is_foreseen_once_it_counts() -> None:
    watched = a_watched_child(at=AT)
    of, about = watched.authority, AT + 2 * DAY
    for key, values in (("call", {"call_120": 110}), ("first_72_hours", {"R4": 170, "R5": 600})):
        draft = a_draft(key, of=of, begins=AT + timedelta(hours=1), **values)
        data = revisions.data_of(draft, revisions.last_of(key, of.pk))
        preview = previews.of(watched.child, key, data, authority_id=of.pk, about=about, now=AT)
        assert not preview.is_same
        first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
        revisions.put_in_force(draft, seconded_by=second, by=first, at=AT)
        in_force = foresight.of(watched.child, about=about, now=AT)
        assert preview.after == in_force
        assert preview.before != in_force


@pytest.mark.by_turns
def test_what_cannot_be_asked_is_said_at_its_box_and_the_draft_stays_typed(
    page: Client, admin: User, watched: Watched, now: datetime
) -> None:
    draft = answers("first_72_hours", now, admin, R4=170)
    address = drafting(admin, "first_72_hours")
    for reference, time, box, words in (
        ("", "3am", "reference", "Enter the reference of the child"),
        ("MC26", "3am", "reference", "mistyped"),
        (watched.child.reference, "3", "at", "Add am or pm"),
        (watched.child.reference, "25:00", "at", "Enter a real time"),
    ):
        answer = page.post(address, draft | asked(reference, now, time))
        assert answer.status_code == 422
        assert words in str(answer.context["question"].errors[box])
        shown = answer.content.decode()
        assert f'href="#id_told-{box}' in shown
        assert 'name="R4" value="170"' in shown
        assert answer.context["preview"] is None


@pytest.mark.by_turns(8)
def test_nobody_else_s_child_is_looked_at_and_the_refusal_is_on_record(
    page: Client, admin: User, watched: Watched, now: datetime
) -> None:
    said = answers("first_72_hours", now, admin, R4=170)
    strange = a_watched_child(at=now - timedelta(hours=30))
    # They administer the other authority as well: the draft is not that one's.
    people.join(admin, Role.ADMINISTRATOR, authority=strange.authority, at=now - DAY)
    kept = a_watched_child(at=now - timedelta(hours=29), home=watched.home)
    KeepFrom.objects.create(
        child=kept.child, user=admin, reason="own", starts_at=now - DAY, set_by=watched.director
    )
    address = reverse("policy_new", args=[watched.authority.code, "first_72_hours"])
    for child in (strange.child, kept.child):
        answer = page.post(address, said | asked(child.reference, now))
        assert answer.status_code == 422
        assert answer.context["question"].errors["reference"] == [
            "No child of your authority has this reference"
        ]
        assert not AccessRecord.objects.get(child=child).allowed


@pytest.mark.by_turns
def test_of_an_ending_the_draft_of_its_steps_is_shown_and_the_engine_then_does_so(
    page: Client, admin: User, now: datetime
) -> None:
    PolicyVersion.objects.filter(key="after").update(takes_effect_at=AT - DAY, published_at=AT - DAY)
    watched = a_watched_child(at=AT)
    of, gone, back = watched.authority, AT + 2 * DAY, AT + 3 * DAY
    values = {"return_interview_R1": 20 * 60, "repeated_episodes": 2}
    draft = a_draft("after", of=of, begins=AT + timedelta(hours=1), **values)
    data = revisions.data_of(draft, revisions.last_of("after", of.pk))

    def preview() -> previews.Preview:
        return previews.of(watched.child, "after", data, authority_id=of.pk, about=back, now=AT)

    ended(missing(watched.child, by=watched.worker, at=AT + HOUR), at=AT + 2 * HOUR)
    changed = {line.title: line for line in preview().search if not line.is_same}
    interview, meeting = (str(DutyStep.Kind(kind).label) for kind in ("return_interview", "repeated"))
    asked, held = f"{interview}. R1: duty and the social worker are told", f"{meeting}. {R2}"
    assert changed.keys() == {asked, held}
    assert (changed[asked].was.at, changed[asked].would.at) == (back + 48 * HOUR, back + 52 * HOUR)
    assert changed[held].was is None, "missing once before: two are not three"
    assert changed[held].would.told

    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    revisions.put_in_force(draft, seconded_by=second, by=first, at=AT)
    foretold = {
        (rung.step, rung.at) for _of, rung in return_foresight.of_return(watched.child, about=back, now=AT)
    }
    episode = ended(missing(watched.child, by=watched.worker, at=gone), outcome="still_at_risk", at=back)
    found = {
        (step, datetime.fromisoformat(at))
        for one in DutyStep.objects.filter(episode=episode)
        for step, at in one.steps.items()
    }
    assert DutyStep.objects.filter(episode=episode, kind="repeated").exists()
    assert found <= foretold


def test_the_page_of_a_drafted_ending_asks_for_a_child_and_says_what_is_supposed(
    page: Client, admin: User, watched: Watched, now: datetime
) -> None:
    PolicyVersion.objects.filter(key="after").update(takes_effect_at=AT - DAY, published_at=AT - DAY)
    said = answers("after", now, admin, return_interview_R4=23 * 60) | asked(watched.child.reference, now)
    answer = page.post(drafting(admin, "after"), said)
    assert answer.status_code == 200
    changed = [line for line in answer.context["preview"].search if not line.is_same]
    assert [line.was.at - line.would.at for line in changed] == [HOUR]
    shown = answer.content.decode()
    assert "If nobody does what the ending asks for" in shown
    assert "every roll-call before was kept" not in shown
    assert watched.head.name in shown


@pytest.mark.by_turns
def test_of_a_search_the_draft_of_its_steps_is_shown_and_the_engine_then_does_so() -> None:
    PolicyVersion.objects.filter(key="duty").update(takes_effect_at=AT - DAY, published_at=AT - DAY)
    watched = a_watched_child(at=AT)
    of, about = watched.authority, AT + DAY
    for key, values in (
        ("duty", {"police_reference": 120, "police_reference_R4": 90}),
        ("not_here", {"R4": 50}),
    ):
        draft = a_draft(key, of=of, begins=AT + timedelta(hours=1), **values)
        data = revisions.data_of(draft, revisions.last_of(key, of.pk))
        preview = previews.of(watched.child, key, data, authority_id=of.pk, about=about, now=AT)
        changed = [line for line in preview.search if not line.is_same]
        assert changed
        assert len(changed) < len(preview.search)
        first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
        revisions.put_in_force(draft, seconded_by=second, by=first, at=AT)
    assert {line.would.at - about for line in changed if line.would} == {50 * MINUTE}
    sweep.sweep_all(now=AT + timedelta(hours=1))
    told = foresight.of_search(watched.child, about=about, now=AT + timedelta(hours=1))
    foretold = {(rung.step, rung.at) for _of, rung in told}
    not_here(watched.child, by=watched.carer, at=about)
    for _step, at in sorted(foretold, key=lambda one: one[1]):
        sweep.sweep_all(now=at)
    climbed = AlertStep.objects.filter(
        alert__child=watched.child, alert__clock__kind__in=("duty", "contact"), owed_at__gt=about
    )
    assert any(about == "Name the officer in the case" for about, _rung in told)
    last = max(at for _step, at in foretold)
    assert {(row.step, row.owed_at) for row in climbed if row.owed_at <= last} == foretold


def test_a_draft_of_what_the_force_and_a_birthday_owe_is_no_draft_that_changes_nothing() -> None:
    PolicyVersion.objects.filter(key="duty").update(takes_effect_at=AT - DAY, published_at=AT - DAY)
    watched = a_watched_child(at=AT, birth_date=london_day(AT + 30 * DAY).replace(year=2008))
    for values in ({"police_officer": 1200}, {"turned_18_R2": 1200}):
        draft = a_draft("duty", of=watched.authority, begins=AT + DAY, **values)
        data = revisions.data_of(draft, revisions.last_of("duty", watched.authority.pk))
        preview = previews.of(
            watched.child, "duty", data, authority_id=watched.authority.pk, about=AT + 2 * DAY, now=AT
        )
        assert not preview.is_same, values

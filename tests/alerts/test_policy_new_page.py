"""A new version of a policy: drafted by an administrator, read beside the old one, and in force when a second person signs."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from alerts import (
    default_policies,
    figures,
    integrity,
    lawful,
    policies,
    policy_rules,
    policy_shelf,
    revisions,
    sweep,
)
from alerts.models import Alert, AlertStep, Clock, PolicyVersion
from alerts.revisions import Draft
from cases import reviews
from cases.deadlines import LONDON, at_london, london_day
from cases.models import Authority, ConfigurationChange, Reach, Role, User
from cases.states import IllegalMove
from tests import factories
from tests.factories import Watched, a_person, a_team, an_authority

pytestmark = pytest.mark.django_db

PASSWORD = "rowan-heath-lantern"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def admin() -> User:
    return a_person(Role.ADMINISTRATOR, authority=an_authority())


@pytest.fixture
def second(admin: User) -> User:
    return signing(a_person(Role.ADMINISTRATOR, authority=admin.memberships.get().authority))


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def signing(person: User) -> User:
    factories.knows(person, PASSWORD)
    return person


def council(person: User) -> Authority:
    authority = person.memberships.get().authority
    assert authority is not None
    return authority


def drafting(person: User, key: str, name: str = "policy_new") -> str:
    """The page of their own authority's policy."""
    return reverse(name, args=[council(person).code, key])


def answers(key: str, now: datetime, person: User, **other: object) -> dict[str, object]:
    """The form as it stands, with tomorrow at 9am, and `other` figures."""
    last = revisions.last_of(key, council(person).pk)
    day = london_day(now) + DAY
    own = {one.name: one.typed for one in revisions.figures_of(last) if not one.is_fixed}
    begins = {"day": day.day, "month": day.month, "year": day.year, "time": "9am"}
    when = {f"takes_effect_at_{part}": value for part, value in begins.items()}
    number = revisions.number_of(key, council(person).pk)
    return {"replaces": number, "reason": "As the board decided", **own, **when, **other}


def but_paper() -> QuerySet[PolicyVersion]:
    """Every policy but that of paper, of which the children of these tests owe none."""
    return PolicyVersion.objects.exclude(key=policies.PAPER)


def signed(answers: dict[str, object], person: User, password: str = PASSWORD) -> dict[str, object]:
    own = {"agree": "1", "second_email": person.email, "second_password": password}
    return answers | own | {"untried_why": "No past days yet"}


def a_draft(key: str, *, of: Authority, begins: datetime, **minutes: int) -> Draft:
    return Draft(
        key,
        revisions.number_of(key, of.pk),
        minutes,
        begins,
        "As the board decided",
        of.pk,
        untried_why="No past days yet",
    )


@pytest.mark.by_turns
def test_both_versions_stand_side_by_side_in_words_and_nothing_is_stored_yet(
    page: Client, admin: User, now: datetime
) -> None:
    address = drafting(admin, "high")
    shown = page.get(address).content.decode()
    assert 'name="R4"' in shown
    assert "Now 6 hours; between 0 and 720 minutes (12 hours)." in shown
    check = page.post(address, answers("high", now, admin, R4=300))
    assert check.status_code == 200
    lines = {what: (was, would) for what, was, would in check.context["lines"]}
    was, would = lines["R4: the head of service is told"]
    assert (was[:7], would[:7]) == ("6 hours", "5 hours")
    assert all(was == would for what, (was, would) in lines.items() if not what.startswith("R4"))
    assert "Who would be told at each rung stays as it is" in check.content.decode()
    assert PolicyVersion.objects.filter(key="high").count() == 1
    again = page.post(address, answers("high", now, admin, R4=300) | {"again": "1"})
    assert again.status_code == 200
    assert 'value="300"' in again.content.decode()


@pytest.mark.by_turns
def test_a_second_person_puts_it_in_force_and_both_are_on_record(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    address = drafting(admin, "high")
    answer = page.post(address, signed(answers("high", now, admin, R4=300), second))
    assert answer.status_code == 302
    version = revisions.last_of("high", council(admin).pk)
    assert (version.version, version.published_by, version.seconded_by) == (2, admin, second)
    assert policies.row_of(version).steps[-2][1].after == 5 * HOUR
    changes = ConfigurationChange.objects.filter(subject_type="policyversion", subject_id=version.pk)
    assert [(change.kind, change.actor) for change in changes] == [
        ("policy_published", admin),
        ("policy_agreed", second),
    ]
    listed = page.get(reverse("policies")).content.decode()
    assert admin.name in listed
    assert "As the board decided" in listed
    assert "Version 2 is agreed and begins at" in page.get(address).content.decode()


@pytest.mark.by_turns(8)
def test_whoever_may_not_agree_is_refused_at_the_field_and_all_that_was_typed_stays(
    page: Client, admin: User, now: datetime
) -> None:
    own = admin.memberships.get().authority
    team = a_team(own)
    others = [
        (signing(a_person(Role.ADMINISTRATOR, authority=an_authority())), PASSWORD),
        (signing(a_person(Role.TEAM_MANAGER, team=team)), PASSWORD),
        (signing(a_person(Role.TEAM_MANAGER, team=team, reach=Reach.DIRECTORATE)), "another-word"),
        (signing(admin), PASSWORD),
    ]
    page.force_login(admin)
    address = drafting(admin, "high")
    for person, password in others:
        answer = page.post(address, signed(answers("high", now, admin, R4=300), person, password))
        assert answer.status_code == 422
        assert answer.context["form"].errors["second_email"]
        assert '<input type="hidden" name="R4" value="300">' in answer.content.decode()
        assert password not in answer.content.decode()
    empty = page.post(address, answers("high", now, admin, R4=300) | {"agree": "1"})
    assert set(empty.context["form"].errors) == {"untried_why", "second_email", "second_password"}
    assert PolicyVersion.objects.filter(key="high").count() == 1
    director, word = others[2][0], PASSWORD
    assert page.post(address, signed(answers("high", now, admin, R4=300), director, word)).status_code == 302


# What is drafted of which policy, and what is said of it at which figure.
BROKEN: list[tuple[str, dict[str, object], str | None, str]] = [
    (
        "high",
        {"R4": "soon"},
        "R4",
        "R4: the head of service is told: enter a whole number of minutes from 0 to 720",
    ),
    ("high", {"R4": 721}, "R4", "from 0 to 720"),
    ("high", {"R4": -1}, "R4", "from 0 to 720"),
    ("high", {"R2": 30}, "R2", "no earlier than the one before it: at least 1 hour"),
    ("high", {"R0": 60}, None, "Nothing is different"),
    ("high", {"R0": 20}, "R0", "faster than “First 30 days, or a live concern”"),
    (
        "first_30_days",
        {"R4": 359, "R5": 719},
        "R5",
        "faster than “First 72 hours after arrival or a move”",
    ),
    ("first_72_hours", {"R4": 181}, "R4", "slower than “First 30 days, or a live concern”"),
    ("high", {"back_by": 121}, "back_by", "from 0 to 120"),
    ("ordinary", {"R4": 800}, "R4", "no earlier than the one before it: at least 13 hours 30 minutes"),
    ("settled", {"interval": 14}, "interval", "from 15"),
    ("call", {"call_30": 10}, "call_30", "at least 15 minutes"),
    ("call", {"ask_after": 900, "ask_within": 890}, "ask_within", "or longer"),
    ("after", {"return_interview": 4321}, "return_interview", "to 4320"),
    ("after", {"risk_again_high": 2880, "risk_again": 1440}, "risk_again_high", "At high risk"),
    ("review", {"month_3_R0": 29}, "month_3_R0", "enter a whole number of days from 1 to 28"),
    ("review", {"month_3_R2": 6, "month_3_R4": 5}, "month_3_R4", "at least 6 days"),
    ("guardian", {"referral": 0}, "referral", "enter a whole number of working days from 1 to 2"),
    ("guardian", {"referral": 2, "assigned": 1}, "assigned", "no sooner than the referral"),
    ("guardian", {"fallback_R2": 4, "fallback_R4": 3}, "fallback_R4", "at least 4 days"),
    ("high", {"morning_closes": "11"}, "morning_closes", "enter a time from 6:30am to 10:30am"),
    ("high", {"morning_opens": "9:30am"}, "morning_closes", "at least 15 minutes after it begins"),
    ("high", {"night_opens": "19:00"}, "night_opens", "from 8:30pm to 11:59pm"),
    (
        "first_72_hours",
        {"evening_opens": "18:00", "teatime_closes": "18:30"},
        "evening_opens",
        "at 6:30pm",
    ),
    (
        "first_30_days",
        {"morning_opens": "6am", "morning_closes": "6:40am", "evening_closes": "22:20"},
        "evening_closes",
        "There would be more time",
    ),
    ("ordinary", {"R0": "10am", "R2": "9:30am"}, "R2", "no earlier than the one before it"),
    ("first_72_hours", {"check_R1": 61}, "check_R1", "from 0 to 60"),
    ("duty", {"police_reference_R4": 481}, "police_reference_R4", "from 0 to 480"),
    ("duty", {"rescue_answer_R2": 90, "rescue_answer_R4": 60}, "rescue_answer_R4", "no earlier"),
    (
        "duty",
        {"force_answer_high_R2": 119, "force_answer_R2": 90},
        "force_answer_high_R2",
        "At high risk",
    ),
    ("duty", {"ofsted_supported": 1441}, "ofsted_supported", "from 15 to 1440"),
    ("duty", {"turned_18_R1": 14}, "turned_18_R1", "from 15 to 20160"),
    ("after", {"panel_notified": 6}, "panel_notified", "from 1 to 5"),
    ("high", {"R4": 300, "reason": ""}, "reason", "Enter why the policy is changed"),
    ("paperwork", {"visit_again": 43}, "visit_again", "from 1 to 42"),
    ("paperwork", {"assessment_medium": 5}, "assessment_high", "at most 5 days"),
    ("paperwork", {"visit_R4": 1}, "visit_R4", "at least 2"),
    ("high", {"R4": 300, "takes_effect_at_year": 2025}, "takes_effect_at", "in the future"),
    ("high", {"R4": 300, "takes_effect_at_year": 2099}, "takes_effect_at", "within a year"),
    ("ordinary", {"day_closes": "22:15"}, "takes_effect_at", "choose 3am of a day"),
    (
        "first_72_hours",
        {"building_2_opens": "2:30am", "building_2_closes": "3:30am", "takes_effect_at_time": "3am"},
        "takes_effect_at",
        "nobody would be asked for the check of the building of 4am to 5am",
    ),
    ("high", {"R4": 300, "replaces": 7}, None, "Somebody else has changed this policy"),
]


@pytest.mark.by_turns(8)
def test_a_draft_that_breaks_a_rule_is_refused_in_words_at_its_figure(
    page: Client, admin: User, now: datetime
) -> None:
    PolicyVersion.objects.update(takes_effect_at=now - DAY)
    for key, typed, field, said in BROKEN:
        answer = page.post(drafting(admin, key), answers(key, now, admin, **typed))
        assert answer.status_code == 422, (key, typed)
        assert said in str(answer.context["form"].errors[field or "__all__"]), (key, typed)
        assert "?:" not in str(answer.context["form"].errors), (key, typed)
        assert PolicyVersion.objects.filter(key=key).count() == 1, (key, typed)


def test_what_was_delivered_breaks_no_rule_and_only_the_law_s_figures_are_bound_to_it() -> None:
    stored = {version.key: version for version in PolicyVersion.objects.all()}
    rows = [version.row for version in policy_shelf.of_contact().rows()]
    for key, version in stored.items():
        if not revisions.can_change(key):
            continue
        others = [row for row in rows if row.key != key]
        assert not list(policy_rules.faults(key, version.data, others=others)), key
        own = revisions.figures_of(version)
        assert all(one.least <= one.stands <= one.most for one in own)
        assert figures.changed(version.data, own, {one.name: one.stands for one in own}) == version.data
    law = {
        (key, one.name)
        for key, version in stored.items()
        if revisions.can_change(key)
        for one in revisions.figures_of(version)
        if one.is_statutory
    }
    assert law == lawful.STATUTORY


@pytest.mark.by_turns(8)
def test_the_demo_s_policy_has_no_page_and_nobody_else_has_any(
    page: Client, admin: User, now: datetime
) -> None:
    PolicyVersion.objects.create(
        key="demo", version=1, data={}, takes_effect_at=now, published_at=now, reason="A story"
    )
    for key in ("demo", "demo-1", "nothing"):
        assert page.get(drafting(admin, key)).status_code == 404
    draft = Draft("demo", 1, {}, now + DAY, "x", council(admin).pk)
    with pytest.raises(IllegalMove):
        revisions.put_in_force(draft, seconded_by=None, by=None, at=now)
    for role in (Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.PLACEMENT_STAFF, Role.POLICE):
        page.force_login(a_person(role))
        assert page.get(drafting(admin, "high")).status_code == 403


@pytest.mark.by_turns
def test_a_version_begins_after_the_one_before_it_and_is_measured_against_what_is_agreed_for_others(
    admin: User, second: User, now: datetime
) -> None:
    of = council(admin)
    first = a_draft("first_30_days", of=of, begins=now + 2 * DAY, R4=150, R5=360)
    assert [
        fault.figure for fault in revisions.faults(first, revisions.last_of("first_30_days", of.pk), at=now)
    ] == [
        "R4",
        "R5",
    ], "a child of the first 72 hours would be told of later"
    for key in ("first_72_hours", "first_30_days"):
        draft = a_draft(key, of=of, begins=now + 2 * DAY, R4=150)
        revisions.put_in_force(draft, seconded_by=second, by=admin, at=now)
    earlier = a_draft("first_72_hours", of=of, begins=now + DAY, R4=120)
    faults = list(revisions.faults(earlier, revisions.last_of("first_72_hours", of.pk), at=now))
    assert [fault.figure for fault in faults] == ["takes_effect_at"]
    slower = a_draft("first_72_hours", of=of, begins=now + 3 * DAY, R4=180)
    with pytest.raises(IllegalMove, match="breaks a rule"):
        revisions.put_in_force(slower, seconded_by=second, by=admin, at=now)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.mark.by_turns
def test_clocks_take_a_new_version_when_it_begins_open_alerts_keep_theirs_and_integrity_agrees(
    watched: Watched, admin: User, second: User
) -> None:
    # Roll-calls end at 13:30 and 18:00; the new version begins between them.
    noon = factories.AT.replace(hour=12)
    begins, at = noon.replace(hour=16), noon.replace(hour=13)
    but_paper().update(takes_effect_at=noon - 99 * DAY)
    draft = a_draft("first_72_hours", of=watched.authority, begins=begins, R0=15, R2=45, R3=50, R4=120)
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=at)
    sweep.sweep_all(now=noon.replace(hour=14, minute=1))
    alert = Alert.objects.get(child=watched.child, clock__kind=Clock.Kind.CONTACT)
    assert climbed(alert) == {"R0", "R1"}, "half an hour after its end, as when the roll-call was owed"
    assert not wrong(noon.replace(hour=14, minute=1))
    for minute in range(0, 120, 10):
        sweep.sweep_all(now=noon.replace(hour=15) + timedelta(minutes=minute))
    alert.refresh_from_db()
    r4 = datetime.fromisoformat(alert.steps["R4"])
    assert r4 == noon.replace(hour=16, minute=30), "three hours: what was open keeps its own"
    assert not wrong(noon.replace(hour=16, minute=50))
    factories.seen(watched.child, by=watched.carer, at=noon.replace(hour=16, minute=51))
    sweep.sweep_all(now=noon.replace(hour=16, minute=51))


@pytest.mark.by_turns
def test_nobody_is_looked_at_later_than_a_new_version_begins(
    watched: Watched, admin: User, second: User
) -> None:
    noon = factories.AT.replace(hour=12)
    but_paper().update(takes_effect_at=noon - 99 * DAY)
    factories.seen(watched.child, by=watched.carer, at=noon.replace(hour=12, minute=45))
    begins, closes = noon.replace(hour=16), noon.replace(hour=18)
    draft = a_draft("first_72_hours", of=watched.authority, begins=begins, R0=15, R2=45, R3=50)
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=noon.replace(hour=13))
    stands = Clock.objects.filter(child=watched.child, kind=Clock.Kind.CONTACT)
    assert stands.get().next_at == begins
    assert not wrong(noon.replace(hour=15))
    sweep.sweep_all(now=begins)
    assert stands.get().next_at == closes + timedelta(minutes=15)
    assert not Alert.objects.filter(child=watched.child).exists()
    assert not wrong(begins)


@pytest.mark.by_turns
def test_a_roll_call_that_two_people_moved_is_owed_at_its_new_time(
    watched: Watched, admin: User, second: User
) -> None:
    noon = factories.AT.replace(hour=12)
    but_paper().update(takes_effect_at=noon - 99 * DAY)
    begins, closes = at_london(london_day(noon), time(3)), 17 * 60 + 40
    draft = a_draft("first_72_hours", of=watched.authority, begins=begins, teatime_closes=closes)
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=begins - timedelta(hours=1))
    factories.seen(watched.child, by=watched.carer, at=noon.replace(hour=12, minute=45))
    sweep.sweep_all(now=noon.replace(hour=16))
    stands = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert stands.due_at == noon.replace(hour=17, minute=40)
    assert not wrong(noon.replace(hour=16))
    sweep.sweep_all(now=stands.due_at + timedelta(minutes=31))
    alert = Alert.objects.get(child=watched.child, clock__kind=Clock.Kind.CONTACT)
    assert (alert.due_at, climbed(alert)) == (stands.due_at, {"R0", "R1"})


@pytest.mark.by_turns
def test_a_roll_call_owed_under_the_new_version_climbs_by_it(
    watched: Watched, admin: User, second: User
) -> None:
    noon = factories.AT.replace(hour=12)
    but_paper().update(takes_effect_at=noon - 99 * DAY)
    draft = a_draft("first_72_hours", of=watched.authority, begins=noon.replace(hour=16), R0=15, R2=45, R3=50)
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=noon)
    factories.seen(watched.child, by=watched.carer, at=noon.replace(hour=12, minute=45))
    closes = noon.replace(hour=18)
    # Whoever has a fact of their own takes it at once, everybody else when it begins.
    stands = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert (stands.due_at, stands.next_at) == (closes, closes + timedelta(minutes=15))
    assert not wrong(noon.replace(hour=13))
    sweep.sweep_all(now=closes + timedelta(minutes=16))
    alert = Alert.objects.get(child=watched.child, clock__kind=Clock.Kind.CONTACT)
    assert climbed(alert) == {"R0", "R1"}
    sweep.sweep_all(now=closes + timedelta(minutes=51))
    assert "R3" in climbed(alert)
    assert not wrong(closes + timedelta(minutes=51))


@pytest.mark.by_turns
def test_an_open_episode_keeps_its_call_ladder_and_the_next_one_takes_the_new(
    watched: Watched, admin: User, second: User
) -> None:
    noon = factories.AT.replace(hour=12)
    but_paper().update(takes_effect_at=noon - 99 * DAY)
    factories.not_here(watched.child, by=watched.carer, at=noon)
    sweep.sweep_all(now=noon)
    draft = a_draft(
        "call", of=watched.authority, begins=noon + timedelta(minutes=10), call_15=5, call_30=10, call_60=20
    )
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=noon + timedelta(minutes=1))
    sweep.sweep_all(now=noon + timedelta(minutes=14))
    steps = AlertStep.objects.filter(alert__child=watched.child, step__startswith="call")
    assert set(steps.values_list("step", flat=True)) == {"call_0"}
    assert not wrong(noon + timedelta(minutes=14))
    other = factories.a_watched_child(home=watched.home, given_name="Other")
    factories.not_here(other.child, by=other.carer, at=noon + timedelta(minutes=20))
    sweep.sweep_all(now=noon + timedelta(minutes=31))
    mine = AlertStep.objects.filter(alert__child=other.child, step__startswith="call")
    assert set(mine.values_list("step", flat=True)) == {"call_0", "call_15", "call_30"}
    assert not wrong(noon + timedelta(minutes=31))


def climbed(alert: Alert) -> set[str]:
    return set(AlertStep.objects.filter(alert=alert).values_list("step", flat=True))


def wrong(at: datetime) -> set[str]:
    """What `check_integrity` asks about, but for messages: nothing is sent here."""
    found = {one.question for one in integrity.check(at) if one.references}
    return found - {"messages ready to go that no sender has taken"}


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("key", "figure", "value", "line", "becomes"),
    [
        (
            "guardian",
            "fallback_R2",
            1,
            "No service, and nobody named. R2: the manager is told",
            "1 working day",
        ),
        ("paperwork", "assessment_low", 60, "Risk assessment reviewed, at low risk", "60 days"),
        ("review", "yearly_R0", 20, "Yearly review", "20 days before: the team manager"),
    ],
)
def test_policies_in_days_are_changed_by_two_people_too(
    page: Client,
    admin: User,
    second: User,
    now: datetime,
    key: str,
    figure: str,
    value: int,
    line: str,
    becomes: str,
) -> None:
    PolicyVersion.objects.update(takes_effect_at=now - DAY)
    address = drafting(admin, key)
    draft = answers(key, now, admin, **{figure: value})
    lines = {what: (was, would) for what, was, would in page.post(address, draft).context["lines"]}
    assert {what for what, (was, would) in lines.items() if was != would} == {line}
    assert lines[line][1].startswith(becomes)
    assert page.post(address, signed(draft, second)).status_code == 302
    version = revisions.last_of(key, council(admin).pk)
    assert (version.version, version.seconded_by) == (2, second)
    assert {one.name: one.stands for one in revisions.figures_of(version)}[figure] == value


@pytest.mark.by_turns
def test_a_review_to_come_is_told_of_by_the_new_version_at_once_and_one_that_climbs_keeps_its_own(
    watched: Watched, admin: User, second: User
) -> None:
    gone = factories.AT.replace(hour=12)
    but_paper().update(takes_effect_at=gone - 99 * DAY)
    episode = factories.missing(watched.child, by=watched.worker, at=gone)
    due = {one.kind: one for one in reviews.calendar(gone, until=gone + 190 * DAY)}
    quarter, half = due["month_3"].due_at, due["month_6"].due_at
    at = quarter - 10 * DAY
    sweep.sweep_all(now=at)
    climbs = Alert.objects.get(clock__duty=due["month_3"].key)
    draft = a_draft(
        "review", of=watched.authority, begins=at + DAY, month_3_R0=5, month_3_R2=1, month_6_R0=28
    )
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=at)
    assert not wrong(at)
    coming = Clock.objects.get(episode=episode, duty=due["month_6"].key)
    assert coming.next_at == at_london(london_day(half) - 28 * DAY, half.astimezone(LONDON).time())
    sweep.sweep_all(now=at + 2 * DAY)
    sweep.sweep_all(now=quarter + 2 * DAY)
    assert climbed(climbs) == {"R0", "R1"}, "the manager hears after three days, as when it began"
    assert Alert.objects.filter(clock__duty=due["month_3"].key).count() == 1
    assert not wrong(quarter + 2 * DAY)


def test_the_time_between_two_proofs_is_measured_from_where_a_roll_call_begins() -> None:
    high = default_policies.HIGH
    morning, night = high.windows
    earlier = replace(high, windows=(replace(morning, opens=time(6, 30)), night))
    assert policy_rules._longest(high.windows) == (16 * HOUR, night)
    assert policy_rules._longest(earlier.windows) == (17 * HOUR, night)
    (day,) = default_policies.ORDINARY.windows
    assert policy_rules._longest((day,)) == (DAY + 6.5 * HOUR, day)
    # The same ends, and the closer row begins sooner than the other: its child may be seen by nobody for longer.
    ordinary = replace(default_policies.ORDINARY, windows=high.windows)
    (fault,) = [one for one in policy_rules._slower(earlier, ordinary) if "more time" in one.words]
    assert fault.figure == "night_closes"


def test_the_form_of_roll_calls_begins_at_night_and_that_of_others_in_the_morning(
    page: Client, admin: User
) -> None:
    for key, hour in (("high", 3), ("call", 9)):
        form = page.get(drafting(admin, key)).context["form"]
        assert form["takes_effect_at"].initial.astimezone(LONDON).hour == hour

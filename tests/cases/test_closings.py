"""A home is closed when nobody lives there: nobody is placed or works there from then on, and its history stays."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cases import closings, home_log, organisations, people, placements, planned_placements
from cases.deadlines import london_day
from cases.models import ConfigurationChange, HomeEvent, Membership, Placement, Role, User
from cases.planned_placements import Planned
from cases.states import IllegalMove
from tests.factories import (
    a_child,
    a_home,
    a_person,
    a_team,
    an_authority,
    case_closed,
    membership_of,
    placed,
    somebody,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def authority():
    return an_authority()


@pytest.fixture
def admin(authority):
    return a_person(Role.ADMINISTRATOR, authority=authority)


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def words(answer) -> str:
    return answer.content.decode()


def answers(day, reason="Sold"):
    return {"last_day_day": day.day, "last_day_month": day.month, "last_day_year": day.year, "reason": reason}


def left(child, *, at):
    return placements.end(
        Placement.objects.get(child=child, ends_at=None),
        ends_at=at,
        reason="Moved",
        by=child.registered_by,
        at=at,
    )


def test_a_home_where_children_live_is_not_closed_and_none_of_them_is_named(page, authority, now):
    home = a_home(authority, name="Ash Tree House")
    children = [a_child(authority=authority, given_name="Tarekiel", at=now - DAY) for _ in range(2)]
    for child in children:
        placed(child, home)
    address = reverse("home_close", args=[home.pk])
    assert "2 children are placed here now" in words(page.get(address))
    refused = page.post(address, answers(london_day(now)))
    assert refused.status_code == 422
    assert "Children placed here now: 2." in words(refused)
    assert 'value="Sold"' in words(refused), "nothing that was typed is lost"
    assert "Tarekiel" not in words(refused)
    home.refresh_from_db()
    assert home.closed_at is None


@pytest.mark.by_turns(8)
def test_an_empty_home_is_closed_with_a_reason_and_stands_in_no_choice_any_more(page, admin, authority, now):
    home = a_home(authority, name="Ash Tree House")
    carer, team = a_person(Role.PLACEMENT_STAFF, home=home), a_team(authority)
    page.post(reverse("home_close", args=[home.pk]), answers(london_day(now)), follow=True)
    home.refresh_from_db()
    assert abs(home.closed_at - now) < timedelta(minutes=1)
    role = Membership.objects.get(user=carer)
    assert role.ends_at is not None
    event = HomeEvent.objects.get(home=home, kind="home_closed")
    assert (event.actor, event.data["reason"], event.data["roles_ended"]) == (admin, "Sold", 1)
    assert home_log.broken_links() == []
    kinds = ConfigurationChange.objects.filter(actor=admin).values_list("kind", flat=True)
    assert list(kinds) == ["role_ended", "home_closed"]
    assert f"home:{home.pk}" not in words(page.get(reverse("person_new")))
    assert "Ash Tree House" not in words(page.get(reverse("home_list")))
    assert "Ash Tree House" in words(page.get(reverse("home_list"), {"closed": "1"}))
    page.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    child = a_child(team=team)
    assert "Ash Tree House" not in words(page.get(reverse("placement_new", args=[child.reference])))
    assert "Ash Tree House" not in words(page.get(reverse("arrival_new")))


@pytest.mark.by_turns
def test_who_worked_there_is_signed_out_and_opens_nothing(client, admin, authority, now):
    home = a_home(authority)
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    client.force_login(carer)
    assert client.get(reverse("roll_call", args=[home.pk])).status_code == 200
    closings.close_home(home, last_day=london_day(now), reason="Sold", by=admin, at=now)
    assert client.get(reverse("roll_call", args=[home.pk])).status_code == 302
    client.force_login(User.objects.get(pk=carer.pk))
    assert client.get(reverse("roll_call", args=[home.pk])).status_code == 404


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("day", "said"),
    [
        (DAY, "The last day must be today or in the past"),
        (-3 * DAY, "A child lived here on a later day: the last day cannot be before that."),
    ],
)
def test_a_last_day_that_cannot_be_is_refused_at_its_boxes(page, authority, now, day, said):
    home, child = a_home(authority), a_child(authority=authority, at=now - 9 * DAY)
    placed(child, home)
    left(child, at=now - 2 * DAY)
    refused = page.post(reverse("home_close", args=[home.pk]), answers(london_day(now) + day))
    assert refused.status_code == 422
    assert said in str(refused.context["form"].errors["last_day"])
    empty = page.post(reverse("home_close", args=[home.pk]), {"reason": ""})
    assert "Enter why it closes" in words(empty)


@pytest.mark.by_turns
def test_a_home_is_closed_from_the_day_after_its_last(admin, authority, now):
    home, child = a_home(authority), a_child(authority=authority, at=now - 9 * DAY)
    placed(child, home)
    left(child, at=now - 3 * DAY)
    last_day = london_day(now) - 2 * DAY
    home = closings.close_home(home, last_day=last_day, reason="Sold", by=admin, at=now)
    assert london_day(home.closed_at) == last_day + DAY
    assert Placement.objects.get(child=child).home == home, "where the child lived stays on record"


@pytest.mark.by_turns(8)
def test_a_closed_home_takes_no_child_no_role_and_no_correction(admin, authority, now):
    home = a_home(authority)
    closings.close_home(home, last_day=london_day(now), reason="Sold", by=admin, at=now)
    child, person = a_child(authority=authority, at=now - DAY), somebody()
    for verb in (
        lambda: placed(child, home, at=now),
        lambda: people.join(person, Role.PLACEMENT_STAFF, home=home, by=admin, at=now),
        lambda: organisations.correct_home(home, name="X", by=admin, at=now),
        lambda: closings.close_home(home, last_day=london_day(now), reason="Sold", by=admin, at=now),
    ):
        with pytest.raises(IllegalMove, match="has closed"):
            verb()
    assert not Placement.objects.filter(home=home).exists()


def test_a_role_that_begins_later_keeps_a_home_open_until_it_is_called_off(page, admin, authority, now):
    home = a_home(authority)
    person = somebody()
    coming = people.join(person, Role.PLACEMENT_STAFF, home=home, starts_at=now + DAY, by=admin, at=now)
    with pytest.raises(IllegalMove, match="have not begun: 1"):
        closings.close_home(home, last_day=london_day(now), reason="Sold", by=admin, at=now)
    shown = words(page.get(reverse("home_close", args=[home.pk])))
    assert "1 role here has not begun" in shown
    assert person.name in shown
    assert reverse("role_call_off", args=[coming.pk]) in shown
    people.call_off(coming, by=admin, at=now)
    closings.close_home(home, last_day=london_day(now), reason="Sold", by=admin, at=now)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("end", ["called off", "placed elsewhere", "case closed"])
def test_a_child_who_is_to_live_there_keeps_a_home_open_until_that_is_over(page, admin, authority, now, end):
    """Nobody heard of it before the day on which the child was to come, and no home took it."""
    home, child = a_home(authority), a_child(at=now - 2 * DAY)
    by = child.registered_by
    wanted = Planned(
        home=home, authority=authority, planned_date=london_day(now + 3 * DAY), reason="Dari is spoken"
    )
    plan = planned_placements.plan(child, wanted, by=by, at=now - DAY)
    close = {"last_day": london_day(now), "reason": "Sold", "by": admin, "at": now}
    with pytest.raises(IllegalMove, match="to be placed here: 1"):
        closings.close_home(home, **close)
    shown = words(page.get(reverse("home_close", args=[home.pk])))
    assert "1 child is to be placed here" in shown
    assert child.reference not in shown
    if end == "called off":
        planned_placements.call_off(plan, why="The home closes", by=by, at=now)
    elif end == "case closed":
        case_closed(child, reason="Reunited", at=now)
    else:
        placed(child, home, starts_at=now - DAY, at=now - DAY)
        placed(child, starts_at=now - DAY / 2, at=now)
    closings.close_home(home, **close)
    home.refresh_from_db()
    assert home.closed_at is not None


def test_a_closing_is_taken_back_with_a_reason_and_the_history_says_all(page, admin, authority, now):
    home = a_home(authority, name="Ash Tree House")
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    closings.close_home(home, last_day=london_day(now), reason="Sold", by=admin, at=now)
    address = reverse("home_reopen", args=[home.pk])
    assert "Enter why it opens again" in words(page.post(address, {"reason": ""}))
    shown = words(page.post(address, {"reason": "The sale fell through"}, follow=True))
    for said in ("Closed", "Sold", "Opened again", "The sale fell through", admin.name):
        assert said in shown
    home.refresh_from_db()
    assert home.closed_at is None
    assert membership_of(carer).ends_at is not None, "a role does not come back by itself"
    assert placed(a_child(authority=authority, at=now), home).home == home
    assert [event.kind for event in HomeEvent.objects.filter(home=home)] == ["home_closed", "home_reopened"]
    assert page.get(address).status_code == 302


@pytest.mark.by_turns(8)
def test_nobody_else_closes_a_home(client, authority, now):
    home = a_home(authority)
    for person, status in (
        (a_person(Role.ADMINISTRATOR, authority=an_authority()), 404),
        (a_person(Role.TEAM_MANAGER, team=a_team(authority)), 403),
        (a_person(Role.PLACEMENT_STAFF, home=home), 403),
    ):
        client.force_login(person)
        for name in ("home_close", "home_reopen", "home_history"):
            assert client.get(reverse(name, args=[home.pk])).status_code == status
        client.post(reverse("home_close", args=[home.pk]), answers(london_day(now)))
    home.refresh_from_db()
    assert home.closed_at is None


@pytest.mark.by_turns(8)
def test_postgresql_lets_nobody_live_in_a_closed_home(admin, authority, now):
    home, other = a_home(authority), a_home(authority)
    child = a_child(authority=authority, at=now - 9 * DAY)
    stays = placed(child, other)
    rows = Placement.objects.filter(pk=stays.pk)
    with pytest.raises(IntegrityError, match="somebody lives in home"), transaction.atomic():
        type(home).objects.filter(pk=other.pk).update(closed_at=now)
    closings.close_home(home, last_day=london_day(now) - 2 * DAY, reason="Sold", by=admin, at=now)
    with pytest.raises(IntegrityError, match="has closed"), transaction.atomic():
        rows.update(home=home)
    with pytest.raises(IntegrityError, match="has closed"), transaction.atomic():
        rows.update(home=home, ends_at=now - DAY)
    rows.update(home=home, ends_at=now - 4 * DAY)
    with pytest.raises(IntegrityError, match="has closed"), transaction.atomic():
        rows.update(ends_at=now)
    stays.pk = None
    stays.home, stays.starts_at, stays.ends_at = home, now - DAY, None
    with pytest.raises(IntegrityError, match="has closed"), transaction.atomic():
        stays.save(force_insert=True)

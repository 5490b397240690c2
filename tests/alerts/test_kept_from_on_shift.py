"""Whoever is on shift is kept from the child: the second person and the desk's own phone are texted, at once."""

import pytest

from alerts.models import Message
from cases.models import KeepFrom, Shift, Team, User
from tests import factories
from tests.alerts.outgoing import FIRST, broken, tick
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db

DESK_PHONE = "01632 960 777"


@pytest.fixture
def watched() -> Watched:
    found = factories.a_watched_child()
    Team.objects.filter(pk=found.desk.team.pk).update(phone=DESK_PHONE)
    return found


def keep(one: Watched, *people: User) -> None:
    for person in people:
        KeepFrom.objects.create(
            child=one.child, user=person, reason="He said so", set_by=one.director, starts_at=AT
        )


def texted(one: Watched) -> set[str]:
    tick(FIRST)
    rows = Message.objects.filter(post="duty", channel="text", items__alert__child=one.child)
    return set(rows.values_list("phone", flat=True))


def test_the_second_and_the_desks_own_phone_are_texted_where_the_child_is_kept_from_who_is_on_shift(
    watched: Watched,
) -> None:
    keep(watched, watched.desk.person)
    assert texted(watched) == {watched.desk.shift.second_phone, DESK_PHONE}
    assert broken(FIRST) == []


def test_only_the_desks_own_phone_is_texted_where_the_child_is_kept_from_both(watched: Watched) -> None:
    keep(watched, watched.desk.person, watched.desk.second)
    assert texted(watched) == {DESK_PHONE}


def test_a_phone_that_whoever_is_kept_has_in_hand_is_not_texted(watched: Watched) -> None:
    desk = watched.desk
    factories.end_shift(desk)
    Shift.objects.create(
        team=desk.team,
        person=desk.person,
        phone=DESK_PHONE,
        second=desk.second,
        second_phone=desk.second.phone,
        starts_at=AT,
    )
    keep(watched, watched.desk.person)
    assert texted(watched) == {watched.desk.shift.second_phone}


def test_who_is_on_shift_alone_is_texted_where_the_child_is_kept_from_the_second(watched: Watched) -> None:
    keep(watched, watched.desk.second)
    assert texted(watched) == {watched.desk.shift.phone}


def test_one_of_two_on_shift_is_enough(watched: Watched) -> None:
    other = factories.a_person("duty_desk", team=watched.desk.team)
    Shift.objects.create(team=watched.desk.team, person=other, phone=other.phone, starts_at=AT)
    keep(watched, watched.desk.person)
    assert texted(watched) == {other.phone}

"""A journey that parts a child from a brother or sister: they are named and asked first, and watched as the child is."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, concerns, journeys, links, restrictions
from cases.deadlines import london_day, midday
from cases.models import AccessRecord, Child, ChildLink, Journey, Trigger
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    Watched,
    a_brother,
    a_home,
    a_watched_child,
    journey_plan,
    placed,
    planned,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 24 * HOUR
DEPARTS = NOW + HOUR
TOLD = "Her brother Tesfay: sad, wants to visit on Sunday"
MUST = (
    "Somebody who is linked with the child lives in the same home: enter who is parted, and what they said when told"
    " and asked."
)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    return a_brother(watched)


def plan(watched: Watched, **said: object) -> Journey:
    return planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=NOW, **said)


@pytest.mark.by_turns
def test_without_a_word_of_the_brother_a_move_is_refused_and_with_it_both_are_watched(watched, brother):
    with refused(watched.child, MUST):
        plan(watched)
    journey = plan(watched, parted=TOLD)
    own = Trigger.objects.get(child=watched.child)
    his = Trigger.objects.get(child=brother)
    assert (his.kind, his.happens_at) == (own.kind, own.happens_at) == ("move", DEPARTS)
    assert (own.note, his.note) == (journey.words, TOLD), (
        "the words of one are not in the record of the other"
    )


@pytest.mark.by_turns
def test_the_same_form_again_enters_no_second_trigger(watched, brother):
    wanted = journey_plan(departs_at=DEPARTS, told_at=NOW, parted=TOLD)
    for _again in range(2):
        journeys.plan(watched.child, wanted, by=watched.worker, at=NOW)
    assert Trigger.objects.filter(child=brother).count() == 1


@pytest.mark.by_turns
def test_after_another_journey_the_child_comes_back_and_nobody_is_parted(watched, brother):
    plan(watched, kind=Journey.Kind.OTHER)
    assert not Trigger.objects.filter(child=brother).exists()


@pytest.mark.by_turns
def test_who_lives_elsewhere_or_was_checked_to_be_no_brother_is_not_asked(watched, brother):
    placed(brother, a_home(watched.authority), starts_at=NOW - HOUR, at=NOW - HOUR)
    assert links.linked_at_home(watched.child, at=NOW) == []
    placed(brother, watched.home, starts_at=NOW - HOUR / 2, at=NOW - HOUR / 2)
    assert links.linked_at_home(watched.child, at=NOW) == [brother]
    links.check(
        ChildLink.objects.get(),
        result="not_so",
        how="Both say so",
        may_be_danger=False,
        by=watched.worker,
        at=NOW,
    )
    plan(watched)
    assert not Trigger.objects.filter(child=brother).exists()


@pytest.mark.by_turns
def test_of_a_brother_whom_the_planner_may_not_open_nothing_is_said_and_his_people_hear(
    client: Client, watched, brother, monkeypatch
):
    restrictions.restrict(
        brother, reason="Threats", named=[watched.desk.person], by=watched.manager, at=NOW - HOUR
    )
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    page = client.get(reverse("journey_new", args=[watched.child.reference])).content.decode()
    assert "Tesfay" not in page
    assert "linked with the child" not in page
    plan(watched)
    his = Trigger.objects.get(child=brother)
    assert his.happens_at == DEPARTS
    assert watched.child.given_name not in his.note


@pytest.mark.by_turns(8)
def test_the_form_names_the_brother_asks_for_his_words_and_is_on_record_as_read(
    client: Client, watched, brother, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    address = reverse("journey_new", args=[watched.child.reference])
    page = client.get(address)
    assert "In the same home and linked with the child: Tesfay." in page.content.decode()
    assert AccessRecord.objects.filter(child=brother, user=watched.worker).exists()
    asked = client.post(address, {"kind": "move"}).context["form"]
    assert asked.errors["parted"] == ["Enter what they said when told and asked"]
    assert "parted" not in client.post(address, {"kind": "other"}).context["form"].errors


@pytest.mark.by_turns
@pytest.mark.parametrize("guarded", ["kept_from", "restricted"])
def test_of_a_child_who_is_kept_from_somebody_neither_words_nor_the_hour_stand_in_the_brothers_record(
    watched, brother, guarded
):
    since = {"by": watched.manager, "at": NOW - HOUR}
    if guarded == "kept_from":
        concerns.keep_from(watched.child, watched.carer, reason="An allegation", **since)
    else:
        restrictions.restrict(watched.child, reason="Threats", named=[watched.worker], **since)
    plan(watched, parted=TOLD)
    his = Trigger.objects.get(child=brother)
    assert his.note == "a linked child: →"
    assert his.happens_at == midday(london_day(DEPARTS)) != DEPARTS
    assert Trigger.objects.get(child=watched.child).happens_at == DEPARTS
    assert Journey.objects.get().parted == TOLD, "the words stand in the plan"

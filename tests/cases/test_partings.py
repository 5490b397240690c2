"""A placement without a journey that parts a child from a brother or sister: they are named, asked, and watched more closely."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import calendar_events
from cases import clock, concerns, journeys, links, partings, restrictions
from cases.deadlines import london_day, midday
from cases.models import AccessRecord, Child, Journey, Placement, PlannedPlacement, Trigger
from cases.planned_placements import Planned
from cases.views import placements as placements_pages
from tests.factories import AT, Watched, a_brother, a_child, a_home, a_watched_child, missing, placed, planned

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY
TOLD = "Her brother Tesfay: sad, wants to visit on Sunday"


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    return a_brother(watched)


def moved(watched: Watched, *, starts_at: datetime = NOW, **said: Any) -> Placement:
    facts = {"where": a_home(watched.authority), "placement_type": "K2", "starts_at": starts_at, **said}
    return partings.place(watched.child, **facts, by=watched.worker, at=NOW)


@pytest.mark.by_turns
def test_without_a_word_of_the_brother_the_placement_is_refused_and_with_it_he_is_watched(
    watched: Watched, brother: Child
) -> None:
    with pytest.raises(partings.NotAsked, match="what they said"):
        moved(watched)
    assert not Trigger.objects.exists()
    placement = moved(watched, parted=TOLD)
    assert placement.parted == TOLD
    his = Trigger.objects.get()
    assert (his.child, his.kind, his.happens_at, his.note) == (brother, "move", NOW, TOLD)


@pytest.mark.by_turns
def test_in_the_same_home_or_with_nobody_beside_nothing_is_asked(watched: Watched, brother: Child) -> None:
    moved(watched, where=watched.home, room="3")
    assert not Trigger.objects.exists()
    placed(brother, a_home(watched.authority), starts_at=NOW, at=NOW)
    partings.place(
        watched.child,
        where=a_home(watched.authority),
        placement_type="K2",
        starts_at=NOW + HOUR,
        by=watched.worker,
        at=NOW + HOUR,
    )
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_of_a_move_that_a_planned_journey_has_told_of_nothing_is_asked_again(
    watched: Watched, brother: Child
) -> None:
    planned(watched.child, by=watched.worker, departs_at=NOW, at=NOW - HOUR, parted=TOLD)
    before = Trigger.objects.filter(child=brother).count()
    assert before == 1
    moved(watched)
    assert Trigger.objects.filter(child=brother).count() == before


@pytest.mark.by_turns
def test_a_journey_that_comes_back_has_asked_nobody(watched: Watched, brother: Child) -> None:
    planned(watched.child, by=watched.worker, departs_at=NOW, at=NOW - HOUR, kind=Journey.Kind.OTHER)
    with pytest.raises(partings.NotAsked):
        moved(watched)


@pytest.mark.by_turns
def test_a_placement_that_is_recorded_late_keeps_the_words_and_begins_no_watch_that_is_over(
    watched: Watched, brother: Child
) -> None:
    long_ago = NOW - 23 * HOUR
    late = NOW + 3 * DAY
    facts = {"where": a_home(watched.authority), "placement_type": "K2", "starts_at": long_ago}
    placement = partings.place(watched.child, **facts, parted=TOLD, by=watched.worker, at=late)
    assert placement.parted == TOLD
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_of_a_brother_whom_the_worker_may_not_open_nothing_is_said_and_his_people_hear(
    watched: Watched, brother: Child
) -> None:
    named = [watched.desk.person]
    restrictions.restrict(brother, reason="Threats", named=named, by=watched.manager, at=NOW - HOUR)
    moved(watched)
    his = Trigger.objects.get(child=brother)
    assert watched.child.given_name not in his.note
    assert his.recorded_by is None, "who entered it would say where the child goes"


@pytest.mark.by_turns
def test_of_a_child_who_is_kept_from_somebody_neither_words_nor_hour_stand_in_the_brothers_record(
    watched: Watched, brother: Child
) -> None:
    concerns.keep_from(watched.child, watched.guardian, reason="x", by=watched.manager, at=NOW - HOUR)
    moved(watched, parted=TOLD)
    his = Trigger.objects.get(child=brother)
    assert TOLD not in his.note
    assert (his.happens_at, his.recorded_by) == (midday(london_day(NOW)), None)


@pytest.mark.by_turns
def test_the_form_names_the_brother_asks_for_his_words_and_is_on_record_as_read(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    address = reverse("placement_new", args=[watched.child.reference])
    assert "In the same home and linked with the child: Tesfay." in client.get(address).content.decode()
    assert AccessRecord.objects.filter(child=brother, user=watched.worker).exists()
    given = {"where": a_home(watched.authority).pk, "placement_type": "K2", "starts_at_when": "now"}
    asked = client.post(address, given)
    assert (asked.status_code, set(asked.context["form"].errors)) == (422, {"parted"})
    assert client.post(address, {**given, "where": watched.home.pk}).status_code == 302
    assert Placement.objects.get(child=watched.child, ends_at=None).home == watched.home


@pytest.mark.by_turns
def test_the_words_stand_with_the_placement(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    given = {"where": a_home(watched.authority).pk, "placement_type": "K2", "starts_at_when": "now"}
    address = reverse("placement_new", args=[watched.child.reference])
    assert client.post(address, {**given, "parted": TOLD}).status_code == 302
    shown = client.get(reverse("child_placements", args=[watched.child.reference])).content.decode()
    assert "wants to visit on Sunday" in shown


@pytest.mark.by_turns
def test_whoever_has_no_brother_there_is_asked_nothing(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    address = reverse("placement_new", args=[watched.child.reference])
    assert 'name="parted"' not in client.get(address).content.decode()
    given = {"where": a_home(watched.authority).pk, "placement_type": "K2", "starts_at_when": "now"}
    assert client.post(address, {**given, "parted": "typed by somebody"}).status_code == 302
    assert Placement.objects.get(child=watched.child, ends_at=None).parted == ""


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("off", ["before it is sent", "while it is sent"])
def test_where_the_journey_that_told_of_it_is_called_off_since_the_page_asks_anew(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    made = planned(watched.child, by=watched.worker, departs_at=NOW + DAY, at=NOW - HOUR, parted=TOLD)
    address = reverse("placement_new", args=[watched.child.reference])
    assert 'name="parted"' not in client.get(address).content.decode()

    def call_off() -> None:
        journeys.break_off(made, reason="No car", by=watched.worker, at=NOW)

    looked = placements_pages.beside_it
    if off == "before it is sent":
        call_off()
    else:

        def first(*of: Any) -> Any:
            found = looked(*of)
            monkeypatch.setattr(placements_pages, "beside_it", looked)
            call_off()
            return found

        monkeypatch.setattr(placements_pages, "beside_it", first)
    given = {"where": a_home(watched.authority).pk, "placement_type": "K2", "starts_at_when": "now"}
    asked = client.post(address, given)
    assert (asked.status_code, set(asked.context["form"].errors)) == (422, {"parted"})
    content = asked.content.decode()
    assert 'name="parted"' in content
    assert "In the same home and linked with the child: Tesfay." in content
    assert client.post(address, {**given, "parted": TOLD}).status_code == 302


def to_be(watched: Watched, *, days: int = 10) -> Planned:
    home = a_home(watched.authority)
    day = london_day(NOW + days * DAY)
    return Planned(home=home, authority=home.authority, planned_date=day, reason="Nearer to school")


def test_a_planned_placement_is_announced_and_whoever_it_parts_is_told_asked_and_watched_once(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = to_be(watched)
    with pytest.raises(partings.NotAsked, match="what they said"):
        partings.plan(watched.child, wanted, by=watched.worker, at=NOW)
    assert not PlannedPlacement.objects.exists()
    for _ in range(2):
        partings.plan(watched.child, wanted, parted=TOLD, by=watched.worker, at=NOW)
    moves_at = midday(wanted.planned_date)
    for one in (watched.child, brother):
        rows = Trigger.objects.filter(child=one).order_by("happens_at")
        assert [(row.kind, row.happens_at, row.note) for row in rows] == [
            ("move", NOW, TOLD),
            ("move", moves_at, TOLD),
        ]
    monkeypatch.setattr(clock, "now", lambda: moves_at)
    client.force_login(watched.worker)
    page = client.get(reverse("placement_new", args=[watched.child.reference]))
    assert page.context["form"].initial["parted"] == TOLD
    said = {"where": wanted.home, "placement_type": "K2", "starts_at": moves_at, "parted": TOLD}
    partings.place(watched.child, **said, by=watched.worker, at=moves_at)
    assert Trigger.objects.count() == 4, "he was told, and is watched around this day already"


@pytest.mark.by_turns
def test_the_words_to_a_plan_answer_for_nobody_who_came_to_live_there_since(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    partings.plan(watched.child, to_be(watched), parted=TOLD, by=watched.worker, at=NOW)
    sister = a_child(team=watched.team, given_name="Semhar", worker=watched.worker)
    placed(sister, watched.home, starts_at=NOW + DAY, at=NOW + DAY)
    said = links.Claim(kind="sibling", said_by="The child")
    links.say(watched.child, sister, said, by=watched.worker, at=NOW + DAY)
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * DAY)
    client.force_login(watched.worker)
    page = client.get(reverse("placement_new", args=[watched.child.reference]))
    assert "parted" not in page.context["form"].initial
    assert TOLD in page.content.decode(), "the old words stand beside the field"


@pytest.mark.by_turns(8)
def test_a_plan_that_is_called_off_or_begun_early_watches_nobody_around_its_day(
    watched: Watched, brother: Child
) -> None:
    row = partings.plan(watched.child, to_be(watched, days=40), parted=TOLD, by=watched.worker, at=NOW)
    partings.call_off(row, why="No bed", by=watched.worker, at=NOW + DAY)
    wanted = to_be(watched, days=40)
    partings.plan(watched.child, wanted, parted=TOLD, by=watched.worker, at=NOW + 2 * DAY)
    for one in (watched.child, brother):
        rows = Trigger.objects.filter(child=one, happens_at__gt=NOW + 9 * DAY)
        spans = [until - since for since, until in (row.watched for row in rows)]
        assert sorted(spans) == [timedelta(0), 6 * DAY], "once for the plan that stands"
        coming = calendar_events.coming([one.pk], now=NOW + 2 * DAY)
        assert [entry.due_at for entry in coming] == [midday(wanted.planned_date)]
    early = NOW + 9 * DAY
    said = {"where": wanted.home, "placement_type": "K2", "starts_at": early, "parted": TOLD}
    partings.place(watched.child, **said, by=watched.worker, at=early)
    for one in (watched.child, brother):
        assert calendar_events.coming([one.pk], now=early) == []


@pytest.mark.by_turns
def test_a_plan_in_the_home_where_the_child_lives_asks_nobody_and_watches_nobody(
    watched: Watched, brother: Child
) -> None:
    wanted = replace(to_be(watched), home=watched.home, authority=watched.home.authority)
    partings.plan(watched.child, wanted, by=watched.worker, at=NOW)
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_on_another_day_than_planned_whoever_stays_is_watched_from_then(
    watched: Watched, brother: Child
) -> None:
    wanted = to_be(watched)
    partings.plan(watched.child, wanted, parted=TOLD, by=watched.worker, at=NOW)
    later = midday(wanted.planned_date) + 4 * DAY
    said = {"where": wanted.home, "placement_type": "K2", "starts_at": later, "parted": TOLD}
    partings.place(watched.child, **said, by=watched.worker, at=later)
    assert Trigger.objects.filter(child=brother, happens_at=later).exists()


@pytest.mark.by_turns
def test_a_plan_within_three_days_or_where_a_journey_told_of_it_announces_nothing_twice(
    watched: Watched, brother: Child
) -> None:
    departs_at = NOW + 2 * DAY
    planned(watched.child, by=watched.worker, departs_at=departs_at, at=NOW - HOUR, parted=TOLD)
    before = Trigger.objects.count()
    partings.plan(watched.child, to_be(watched, days=2), by=watched.worker, at=NOW)
    assert Trigger.objects.count() == before


@pytest.mark.by_turns
def test_of_a_child_who_is_looked_for_nobody_is_asked_to_a_planned_placement(
    watched: Watched, brother: Child
) -> None:
    missing(watched.child, by=watched.worker, at=NOW)
    partings.plan(watched.child, to_be(watched), by=watched.worker, at=NOW + HOUR)
    assert not Trigger.objects.filter(child=brother, kind="move").exists()


@pytest.mark.by_turns
def test_the_page_of_a_planned_placement_asks_at_its_field(
    client: Client, watched: Watched, brother: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.worker)
    wanted, address = to_be(watched), reverse("planned_placement", args=[watched.child.reference])
    assert "Tesfay" in client.get(address).content.decode()
    day = wanted.planned_date
    form = {
        "form": "plan",
        "where": wanted.home.pk if wanted.home else "",
        "planned_date_day": day.day,
        "planned_date_month": day.month,
        "planned_date_year": day.year,
        "reason": "Nearer to school",
    }
    answer = client.post(address, form)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["parted"]
    assert client.post(address, {**form, "parted": TOLD}).status_code == 302
    assert Trigger.objects.filter(child=brother, note=TOLD).count() == 2

"""The pages of a journey: plan it, confirm a stop, hand over, break it off."""

import html
import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import journeys, partings, planned_placements, transfers
from cases.deadlines import at_london, london_day
from cases.forms.typed import london
from cases.models import Journey, PlannedPlacement
from cases.templatetags.govuk import gov_date
from tests.cases.expectations import taken_back
from tests.factories import Watched, a_home, a_watched_child, accepted, confirmed, planned, referred, seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - 5 * HOUR)


@pytest.fixture
def client(watched: Watched) -> Client:
    """The social worker's."""
    client = Client()
    client.force_login(watched.worker)
    return client


@pytest.fixture
def journey(watched: Watched, now: Any) -> Journey:
    made = planned(watched.child, by=watched.worker, departs_at=now - HOUR, at=now - 2 * HOUR)
    confirmed(made, 0, by=watched.worker, at=now - HOUR)
    return made


def to(watched: Watched, name: str = "journey") -> str:
    return reverse(name, args=[watched.child.reference])


def moment(name: str, at: datetime) -> dict[str, str]:
    local = london(at)
    day = {f"{name}_{part}": str(getattr(local, part)) for part in ("day", "month", "year")}
    return day | {f"{name}_time": f"{local:%H:%M}"}


def answers(watched: Watched, now: datetime, *, last: timedelta = 3 * HOUR) -> dict[str, Any]:
    return {
        "kind": "move",
        "told_at_when": "now",
        "words": "Is glad",
        "first_escort": "Petra Lindqvist",
        "first_phone": "07700900111",
        "second_escort": "Owen Tasker",
        "second_phone": "07700900112",
        "vehicle": "grey estate car",
        "plate": "AB12 CDE",
        "route": "M2, M25",
        "from_place": "Home",
        **moment("from_at", now + HOUR),
        "from_force": watched.force.pk,
        "stop_1_place": "Services",
        **moment("stop_1_at", now + 2 * HOUR),
        "to_place": "The new home",
        **moment("to_at", now + last),
        "hand_to": "Ines Ferreira",
        "once": str(uuid.uuid4()),
    }


@pytest.mark.by_turns
def test_no_escort_is_of_a_body_that_enforces_immigration_law(
    client: Client, watched: Watched, now: Any
) -> None:
    """Who opens the link of an escort reads where the child is next."""
    given = answers(watched, now) | {"first_email": "P.Lindqvist@Escorts.HomeOffice.gov.uk"}
    answer = client.post(to(watched, "journey_new"), given)
    assert answer.status_code == 422
    assert "no mail of ours goes to a body that enforces immigration law" in answer.content.decode()
    assert "P.Lindqvist@Escorts.HomeOffice.gov.uk" in answer.content.decode()
    assert not Journey.objects.exists()
    given["first_email"] = "p.lindqvist@escorts.example"
    assert client.post(to(watched, "journey_new"), given).status_code == 302


@pytest.mark.by_turns
def test_a_journey_is_planned_with_its_stops(client: Client, watched: Watched, now: Any) -> None:
    form = client.get(to(watched, "journey_new")).context["form"]
    assert form.initial["from_force"] == watched.force.pk
    answer = client.post(to(watched, "journey_new"), answers(watched, now))
    assert answer.status_code == 302, answer.context["form"].errors
    stops = Journey.objects.get().stops.all()
    assert [(stop.place, stop.force) for stop in stops] == [
        ("Home", watched.force),
        ("Services", None),
        ("The new home", None),
    ]
    page = client.get(to(watched)).content.decode()
    for words in ("Petra Lindqvist", "AB12 CDE", "Stop 1: Services", "Is glad", "Pick-up: Home"):
        assert words in page


def accepted_by(there: Watched, watched: Watched, now: datetime, *, day: date | None = None) -> None:
    taken = accepted(
        referred(watched.child, there.authority, by=watched.worker, at=now - HOUR),
        there.worker,
        at=now - HOUR,
    )
    if day is not None:
        transfers.agree_day(taken, day, by=watched.worker, at=now - HOUR)


def a_planned_move(watched: Watched, day: date, at: datetime, **to: Any) -> None:
    home = to.get("home") or a_home(watched.authority)
    wanted = planned_placements.Planned(
        home=home, authority=home.authority, planned_date=day, reason="A bed is free"
    )
    partings.plan(watched.child, wanted, by=watched.worker, at=at)


def said_after(client: Client, watched: Watched, given: dict[str, Any]) -> str:
    """What stands on the next page once the journey is planned."""
    page = client.post(to(watched, "journey_new"), given, follow=True)
    assert Journey.objects.filter(child=watched.child, kind=given["kind"]).exists()
    return " ".join(html.unescape(page.content.decode()).split())


@pytest.mark.by_turns
def test_the_kind_is_filled_in_from_what_lies_ahead_and_nothing_where_nothing_is(
    client: Client, watched: Watched, now: Any
) -> None:
    def kind() -> Any:
        return client.get(to(watched, "journey_new")).context["form"]["kind"].value()

    day = london_day(now) + timedelta(days=9)
    assert not kind()
    a_planned_move(watched, day, now - HOUR, home=watched.home)
    assert not kind(), "where the child lives already"
    partings.call_off(PlannedPlacement.objects.get(), why="x", by=watched.worker, at=now - HOUR / 2)
    a_planned_move(watched, day, now - HOUR / 3)
    assert kind() == "move"
    there = a_watched_child(at=now - 5 * HOUR)
    offered = referred(watched.child, there.authority, by=watched.worker, at=now - HOUR)
    assert kind() == "move", "nobody has accepted"
    accepted(offered, there.worker, at=now - HOUR)
    assert kind() == "transfer"
    page = client.get(to(watched, "journey_new")).content.decode()
    assert f"The child is to go to {there.authority.name}: nothing but a transfer counts" in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, {"transfer": "", "move": "It does not count as the journey to"}),
        (2, {"transfer": ", and this journey begins on", "other": "It does not count as the journey to"}),
    ],
)
def test_whoever_plans_another_journey_than_that_of_the_transfer_reads_so(
    client: Client, watched: Watched, now: Any, days: int, said: dict[str, str]
) -> None:
    there = a_watched_child(at=now - 5 * HOUR)
    day = london_day(now + HOUR) + timedelta(days=days)
    accepted_by(there, watched, now, day=day)
    page = client.get(to(watched, "journey_new")).content.decode()
    assert f"The child goes to {there.authority.name} on {gov_date(day)}" in page
    for kind, words in said.items():
        with taken_back():
            text = said_after(client, watched, answers(watched, now) | {"kind": kind})
            assert "The journey is planned." in text, kind
            if words:
                assert words in text, kind
            else:
                assert "does not count" not in text, kind
                assert "this journey begins" not in text, kind


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            0,
            {
                "move": "",
                "other": "is another: after this journey the child lives where it did.",
                "transfer": "No other authority has accepted the child",
            },
        ),
        (2, {"move": ", and this journey begins on", "other": ""}),
    ],
)
def test_whoever_plans_another_journey_than_the_planned_move_reads_so(
    client: Client, watched: Watched, now: Any, days: int, said: dict[str, str]
) -> None:
    day = london_day(now + HOUR) + timedelta(days=days)
    a_planned_move(watched, day, now - HOUR)
    assert (
        f"A move is planned for {gov_date(day)}." in client.get(to(watched, "journey_new")).content.decode()
    )
    for kind, words in said.items():
        with taken_back():
            text = said_after(client, watched, answers(watched, now) | {"kind": kind})
            if words:
                assert words in text, kind
            else:
                assert "another: after" not in text, kind
                assert "this journey begins" not in text, kind


@pytest.mark.by_turns(8)
def test_a_journey_has_as_many_stops_as_it_needs_and_a_night_on_the_way(
    client: Client, watched: Watched, now: Any
) -> None:
    given = answers(watched, now) | {"words": "", "more": "1", "stops": "5"}
    page = client.post(to(watched, "journey_new"), given)
    form = page.context["form"]
    assert (page.status_code, form.errors, list(form.numbers)[-1]) == (200, {}, 10), "nothing is judged yet"
    assert 'value="Services"' in page.content.decode()
    again = client.post(to(watched, "journey_new"), given | {"stops": "10"}).context["form"]
    assert list(again.numbers)[-1] == 15
    assert (
        list(client.post(to(watched, "journey_new"), given | {"stops": "9x"}).context["form"].numbers)[-1]
        == 10
    )
    most = client.post(to(watched, "journey_new"), given | {"stops": "99"}).context["form"]
    assert (list(most.numbers)[-1], most.may_grow) == (30, False)
    # Tomorrow from 7am on a stop each two hours; at the last of them, at 9pm, the child sleeps.
    day = london_day(now) + timedelta(days=1)
    stops = moment("from_at", at_london(day, time(7)))
    for number in range(1, 8):
        stops |= {f"stop_{number}_place": f"Stop {number}"}
        stops |= moment(f"stop_{number}_at", at_london(day, time(7 + 2 * number)))
    morning = at_london(day + timedelta(days=1), time(7))
    stops |= {"stop_7_overnight": "on", "stops": "10", **moment("to_at", morning)}
    answer = client.post(to(watched, "journey_new"), answers(watched, now) | stops)
    assert answer.status_code == 302, answer.context["form"].errors
    assert Journey.objects.get().stops.count() == 9
    assert "for the night" in client.get(to(watched)).content.decode()


@pytest.mark.by_turns
def test_a_stop_too_far_away_is_an_error_at_its_own_field(client: Client, watched: Watched, now: Any) -> None:
    answer = client.post(to(watched, "journey_new"), answers(watched, now, last=5 * HOUR))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["to_at"]
    assert "at most 2 hours" in str(answer.context["form"].errors["to_at"])
    assert not Journey.objects.exists()


@pytest.mark.by_turns(8)
def test_half_a_stop_is_an_error_at_what_is_left_out(client: Client, watched: Watched, now: Any) -> None:
    given = answers(watched, now) | {"stop_2_place": "Somewhere"}
    form = client.post(to(watched, "journey_new"), given).context["form"]
    assert list(form.errors) == ["stop_2_at"]


@pytest.mark.by_turns(8)
def test_the_hand_over_leads_to_recording_where_the_child_lives(
    client: Client, watched: Watched, journey: Journey, now: Any
) -> None:
    where = to(watched, "journey_confirm")
    said = {"escort": "Petra Lindqvist", "seen_at_when": "now"}
    answer = client.post(where, said | {"stop": "1", "once": str(uuid.uuid4())})
    assert answer["Location"] == to(watched)
    answer = client.post(where, said | {"stop": "2", "once": str(uuid.uuid4())})
    assert answer["Location"] == to(watched, "placement_new")
    journey.refresh_from_db()
    assert journey.ended_at is not None
    assert "Handed over" in client.get(to(watched)).content.decode()
    assert client.get(where)["Location"] == to(watched)


@pytest.mark.by_turns
def test_nobody_but_an_escort_of_the_plan_confirms(
    client: Client, watched: Watched, journey: Journey
) -> None:
    said = {"escort": "Somebody Else", "seen_at_when": "now", "stop": "1", "once": str(uuid.uuid4())}
    form = client.post(to(watched, "journey_confirm"), said).context["form"]
    assert list(form.errors) == ["escort"]
    assert len(journeys.confirmations(journey)) == 1


@pytest.mark.by_turns
def test_an_old_page_confirms_no_stop_of_a_journey_that_was_planned_since(
    client: Client, watched: Watched, journey: Journey, now: Any
) -> None:
    where = to(watched, "journey_confirm")
    old = client.get(where).context["form"]["stood"].value()
    assert old == journey.pk
    seen_now = journeys.Seen(escort="Owen Tasker", happened_at=now)
    journeys.break_off(journey, reason="Rain", seen=seen_now, by=watched.worker, at=now)
    fresh = planned(watched.child, by=watched.worker, departs_at=now + HOUR, at=now)
    said = {"escort": "Owen Tasker", "seen_at_when": "now", "stop": "1", "once": str(uuid.uuid4())}
    answer = client.post(where, said | {"stood": str(old)})
    assert answer.status_code == 422
    assert "Another journey was planned since you opened this page" in answer.content.decode()
    assert not journeys.confirmations(fresh)
    named = str(answer.context["form"]["stood"].value())
    assert named == str(fresh.pk)
    assert client.post(where, said | {"stood": named}).status_code == 302
    assert len(journeys.confirmations(fresh)) == 1


def test_a_journey_on_the_way_is_broken_off_with_who_has_seen_the_child(
    client: Client, watched: Watched, journey: Journey
) -> None:
    where = to(watched, "journey_break_off")
    form = client.post(where, {"reason": "The car broke down", "once": str(uuid.uuid4())}).context["form"]
    assert list(form.errors) == ["seen_by"]
    said = {"reason": "The car broke down", "seen_by": "Owen Tasker", "seen_at_when": "now"}
    assert client.post(where, said | {"once": str(uuid.uuid4())}).status_code == 302
    journey.refresh_from_db()
    assert journey.reason == "The car broke down"


@pytest.mark.by_turns
def test_the_home_and_the_guardian_reach_none_of_these(
    client: Client, watched: Watched, journey: Journey, now: Any
) -> None:
    seen(watched.child, by=watched.carer, at=now)
    for person in (watched.carer, watched.guardian, watched.officer, a_watched_child().worker):
        client.force_login(person)
        for name in ("journey", "journey_new", "journey_confirm", "journey_break_off"):
            assert client.get(to(watched, name)).status_code in (403, 404), (person, name)


@pytest.mark.by_turns
def test_an_old_page_breaks_off_no_journey_that_was_planned_since(
    client: Client, watched: Watched, journey: Journey, now: Any
) -> None:
    where = to(watched, "journey_break_off")
    old = client.get(where).context["form"].initial["journey"]
    assert old == journey.pk
    seen_now = journeys.Seen(escort="Owen Tasker", happened_at=now)
    journeys.break_off(journey, reason="Rain", seen=seen_now, by=watched.worker, at=now)
    fresh = planned(watched.child, by=watched.worker, departs_at=now + HOUR, at=now)
    said = {"reason": "The car broke down", "once": str(uuid.uuid4()), "journey": str(old)}
    answer = client.post(where, said)
    assert answer.status_code == 422
    assert "The car broke down" in answer.content.decode()
    fresh.refresh_from_db()
    assert fresh.ended_at is None

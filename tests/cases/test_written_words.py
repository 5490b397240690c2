"""What the application writes down by itself is English, whatever the language of whoever pressed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import translation

from alerts import duty_steps, policies, sweep
from alerts.duties import Duty
from alerts.models import DutyStep, PolicyVersion
from cases import ages, overtaken, transfers, turnings
from cases.deadlines import add_months, london_day, midday
from cases.models import Child, EpisodeForce, MissingEpisode, Trigger
from tests.factories import AT, Watched, a_watched_child, accepted, arrived, missing, planned, referred

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _welsh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every word of ours is said in another way by a reader of Welsh."""
    english = translation._trans.gettext

    def gettext(words: str) -> str:
        found: str = english(words)
        return f"cy: {found}" if translation.get_language() == "cy" else found

    monkeypatch.setattr(translation._trans, "gettext", gettext)
    with translation.override("cy"):
        assert str(Trigger.Kind.MOVE.label) == "cy: A move, or its announcement"
        yield


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def notes(child: Child) -> set[str]:
    return set(Trigger.objects.filter(child=child).values_list("note", flat=True))


@pytest.mark.by_turns
def test_of_a_decision_about_the_age_and_of_an_agreed_day(watched: Watched) -> None:
    said = {"decided_date": london_day(AT), "decided_by": "Age team", "grounds": "Papers"}
    ages.decide(watched.child, ages.Decision(age_status="disputed", **said), by=watched.worker, at=AT)
    receiver = a_watched_child()
    offered = referred(watched.child, receiver.authority, by=watched.worker, at=AT)
    transfers.agree_day(
        accepted(offered, receiver.worker, at=AT), london_day(AT + DAY), by=watched.worker, at=AT
    )
    assert notes(watched.child) == {"Age disputed: treat as a child", "A move, or its announcement"}


@pytest.mark.by_turns
def test_of_17_years_and_9_months(watched: Watched) -> None:
    born = london_day(add_months(midday(london_day(AT)), 3 - 18 * 12))
    Child.objects.filter(pk=watched.child.pk).update(birth_date=born, birth_date_precision="day")
    turnings.enter(now=AT)
    assert notes(watched.child) == {"17 years and 9 months"}


@pytest.mark.by_turns(8)
def test_of_a_journey_that_a_search_or_the_arrival_has_overtaken(watched: Watched) -> None:
    journey = planned(watched.child, by=watched.worker, departs_at=AT + HOUR, at=AT)
    episode = MissingEpisode(since=AT, opened_at=AT, outcome="returned", number=1)
    assert overtaken.break_off(watched.child, episode, at=AT + 2 * HOUR) == journey
    journey.refresh_from_db()
    assert journey.reason == "The child was missing, and that has ended"
    receiver = a_watched_child()
    offered = referred(watched.child, receiver.authority, by=watched.worker, at=AT)
    transfer = accepted(offered, receiver.worker, at=AT)
    made = planned(
        watched.child, by=watched.worker, departs_at=AT + 4 * HOUR, at=AT + 3 * HOUR, kind="transfer"
    )
    arrived(transfer, arrived_at=AT + HOUR, read=["risks", "episodes"], at=AT + 3 * HOUR + HOUR / 2)
    made.refresh_from_db()
    assert made.reason == "The child had arrived before it was planned"


def test_of_the_grade_that_the_police_gave(watched: Watched) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - 100 * DAY)
    episode = missing(watched.child, by=watched.worker, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    EpisodeForce.objects.filter(episode=episode).update(incident_reference="A1")
    MissingEpisode.objects.filter(pk=episode.pk).update(police_grade="high")
    duty_steps.follow_facts([MissingEpisode.objects.get(pk=episode.pk)], at=AT + 2 * HOUR)
    step = DutyStep.objects.get(episode=episode, kind=Duty.POLICE_REFERENCE)
    assert step.note == "Recorded. The police graded it: high"

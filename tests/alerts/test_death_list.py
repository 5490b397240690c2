"""What is left to do after a death stands on one list, for whoever leads and for the duty desk."""

import html
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import duty_steps, policies, sweep
from alerts.duties import Duty
from alerts.models import DutyStep, Message, PolicyVersion
from cases import children, clock, concerns, episodes
from cases.models import AccessRecord, Child, MissingEpisode, User
from tests.factories import Watched, a_child, a_watched_child, ended, missing, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_force() -> None:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=clock.now() - 100 * DAY)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 9 * DAY, given_name="Tarekiel")


@pytest.fixture
def death(watched: Watched, now: datetime) -> MissingEpisode:
    """Thirty hours ago: the coroner was to be told six hours ago."""
    return died(watched.child, watched, at=now - 30 * HOUR)


def died(child: Child, watched: Watched, *, at: datetime) -> MissingEpisode:
    return ended(missing(child, by=watched.worker, at=at - 5 * HOUR), outcome="died", at=at)


def page(person: User, name: str = "death_list") -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(name))
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def done(episode: MissingEpisode, kind: str, watched: Watched, *, at: datetime) -> None:
    step = DutyStep.objects.get(episode=episode, kind=kind)
    said = {"answer": "done", "note": f"Said of {kind}"}
    duty_steps.answer(step, **said, by=watched.manager, at=at)


@pytest.mark.by_turns
def test_whoever_leads_and_the_desk_read_what_is_left_what_is_late_and_who_did_what(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    for reader in (watched.manager, watched.head, watched.director, watched.desk.person):
        text = page(reader)
        assert "Tarekiel" in text
        assert text.count(">Late<") == 1
        assert text.count(">To do<") == 2
        assert text.index("Tell the coroner") < text.index("Tell friends") < text.index("Notify the Child")
        assert reverse("episode_step", args=[death.reference, Duty.CORONER]) in text
    done(death, Duty.CORONER, watched, at=now - HOUR)
    text = page(watched.manager)
    assert ">Late<" not in text
    assert text.index("Notify the Child") < text.index("Tell the coroner"), "what is open stands first"
    assert watched.manager.name in text
    assert "Said of coroner" in text
    assert reverse("episode_step", args=[death.reference, Duty.CORONER]) not in text
    assert AccessRecord.objects.filter(child=watched.child, page="death_list", allowed=True).exists()


def mailed(text: str) -> list[str]:
    """Of each open step who is mailed, as the page says it."""
    return [html.unescape(one).strip() for one in re.findall(r"Mailed in turn: ?([^<]*)<", text)]


@pytest.mark.by_turns
def test_beside_each_step_stands_who_is_mailed_of_it_and_of_the_panel_that_is_the_director_too(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    both = "Team manager, Head of service"
    assert mailed(page(watched.manager)) == [both, both, f"{both}, Director"]
    for days in range(20):
        sweep.sweep_all(now=now + days * DAY)
    heard = Message.objects.filter(items__alert__clock__duty=Duty.PANEL_NOTIFIED).order_by("owed_at")
    assert list(dict.fromkeys(heard.values_list("post", flat=True))) == ["manager", "head", "director"]
    heard = Message.objects.filter(items__alert__clock__duty=Duty.CORONER).order_by("owed_at")
    assert list(dict.fromkeys(heard.values_list("post", flat=True))) == ["manager", "head"]
    # By its own policy an authority has the director hear of the coroner too, or nobody of the Panel.
    steps = DutyStep.objects.filter(episode=death)
    rungs = {"R2": now.isoformat(), "R5": (now + DAY).isoformat()}
    steps.filter(kind=Duty.CORONER).update(steps=rungs)
    steps.filter(kind=Duty.PANEL_NOTIFIED).update(steps={})
    text = page(watched.manager)
    assert mailed(text) == ["Team manager, Director", both]
    assert text.count("Nobody is mailed") == 1
    done(death, Duty.CORONER, watched, at=now)
    assert mailed(page(watched.manager)) == [both], "of what is answered nobody hears"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("name", ["manager_home", "duty_desk"])
def test_the_first_page_of_whoever_it_concerns_leads_there_while_something_is_left(
    name: str, watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    reader = watched.manager if name == "manager_home" else watched.desk.person
    assert reverse("death_list") in page(reader, name)
    for kind in (Duty.CORONER, Duty.FRIENDS_TOLD, Duty.PANEL_NOTIFIED):
        done(death, kind, watched, at=now)
    assert reverse("death_list") not in page(reader, name)
    assert "Nothing is left to do" in page(reader)


def test_a_death_that_was_of_another_leaves_the_list_and_one_of_a_closed_case_stays(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    said = {"reason": "Died", "seconded_by": watched.head, "by": watched.manager}
    children.close(watched.child, **said, at=now - HOUR)
    assert "Tarekiel" in page(watched.manager)
    was = {"told_by": "Sgt Vale", "reason": "Other prints"}
    episodes.was_another(death, **was, seconded_by=watched.manager, by=watched.desk.person, at=now)
    assert "Tarekiel" not in page(watched.manager)


@pytest.mark.by_turns
def test_strangers_find_no_such_page_and_other_councils_read_nothing_of_it(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    for stranger in (watched.worker, watched.carer, watched.guardian, watched.officer):
        assert page(stranger) == "404"
    other = a_watched_child(at=now - 9 * DAY)
    for reader in (other.manager, other.director, other.desk.person):
        assert "Nothing is left to do" in page(reader)
        assert reverse("death_list") not in page(other.manager, "manager_home")
    concerns.keep_from(watched.child, watched.manager, reason="Known", by=watched.head, at=now)
    assert "Tarekiel" not in page(watched.manager)
    assert "Tarekiel" in page(watched.head)


@pytest.mark.by_turns
def test_many_deaths_cost_as_many_questions_as_one(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    counted = []
    for _round in range(2):
        page(watched.head)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(watched.head)
        counted.append(len(asked))
        if _round:
            break
        for _number in range(2):
            child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - 9 * DAY)
            placed(child, watched.home, at=now - 9 * DAY)
            died(child, watched, at=now - 30 * HOUR)
    assert page(watched.head).count("Tell the coroner</th>") == 3
    assert counted[0] == counted[1]

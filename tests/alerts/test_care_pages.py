"""The pages of the looked-after status: a worker fills in, a manager signs, one word takes it back, no stranger reads it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases import care, clock, held_papers
from cases.deadlines import london_day
from cases.models import CareEnd, Role
from tests.factories import Watched, a_person, a_watched_child, knows, missing

pytestmark = pytest.mark.django_db
PASSWORD = "three random words"
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    born = london_day(now).replace(day=1, year=london_day(now).year - 17)
    w = a_watched_child(at=now - timedelta(hours=60), birth_date=born)
    knows(w.manager, PASSWORD)
    return w


def page(w: Watched, what: str = "end") -> str:
    return f"/children/{w.child.reference}/care/{what}/"


def answers(w: Watched, **other: Any) -> dict[str, Any]:
    day = london_day(clock.now())
    said = {
        "code": "E4A",
        "ended_date_day": day.day,
        "ended_date_month": day.month,
        "ended_date_year": day.year,
        "reason": "His mother has come for him",
        "how_long": "for_good",
        "second_email": w.manager.email,
        "second_password": PASSWORD,
    }
    return said | other


def wrong_at(client: Client, w: Watched, **other: Any) -> dict[str, list[str]]:
    shown = client.post(page(w), answers(w, **other))
    assert shown.status_code == 422
    assert not CareEnd.objects.exists()
    errors = dict(shown.context["form"].errors.items())
    assert all(str(words[0]) in shown.content.decode() for words in errors.values())
    return errors


@pytest.mark.by_turns
def test_a_worker_and_a_manager_end_it_and_every_page_of_the_child_says_so(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    details = f"/children/{watched.child.reference}/details/"
    before = client.get(details).content.decode()
    assert "Looked after" in before
    assert f'href="{page(watched)}"' in before
    assert "Roll-calls, missing episodes and the guardian go on" in client.get(page(watched)).content.decode()
    assert client.post(page(watched), answers(watched)).status_code == 302
    row = CareEnd.objects.get()
    assert (row.ended_by, row.seconded_by, row.code) == (watched.worker, watched.manager, "E4A")
    after = client.get(details).content.decode()
    assert "Not looked after since" in after
    assert f'href="{page(watched, "again")}"' in after
    shown = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Contacts go on as they were." in shown
    assert "Care has ended: the child is looked after no longer" in shown
    assert f"His mother has come for him. Second person: {watched.manager.name}." in shown
    for reader in (watched.guardian, watched.carer):
        client.force_login(reader)
        assert (
            "His mother has come" not in client.get(f"/children/{watched.child.reference}/").content.decode()
        )


@pytest.mark.by_turns
def test_each_answer_that_is_wrong_says_why_where_it_was_given(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    nothing = client.post(page(watched), {"reason": ""})
    assert nothing.context["form"].errors.keys() == {
        "code",
        "ended_date",
        "reason",
        "how_long",
        "second_email",
        "second_password",
    }
    assert wrong_at(client, watched, code="E6").keys() == {"code"}
    assert wrong_at(client, watched, ended_date_year=2020).keys() == {"ended_date"}
    assert wrong_at(client, watched, ended_date_year=2090).keys() == {"ended_date"}
    assert wrong_at(client, watched, how_long="until").keys() == {"last_day"}
    past = {f"last_day_{part}": value for part, value in (("day", 1), ("month", 1), ("year", 2026))}
    assert wrong_at(client, watched, how_long="until", **past).keys() == {"last_day"}
    kept = client.post(page(watched), answers(watched, code="E6")).content.decode()
    assert "His mother has come for him" in kept


def test_in_a_search_only_what_says_where_the_child_is_ends_it(
    client: Client, watched: Watched, now: datetime
) -> None:
    held = {"held_date": london_day(now), "led_by": "IRO", "by": watched.worker, "at": now}
    held_papers.record(watched.child, "care_review", **held)
    missing(watched.child, at=now)
    client.force_login(watched.worker)
    (words,) = wrong_at(client, watched, code="E6").values()
    assert "A missing episode is open" in words[0]
    assert client.post(page(watched), answers(watched, code="E16")).status_code == 302
    assert watched.child.episodes.get().ended_at is None


@pytest.mark.by_turns
def test_nobody_signs_for_two_and_no_worker_for_a_manager(client: Client, watched: Watched) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team, password=PASSWORD)
    outsider = a_person(Role.TEAM_MANAGER, password=PASSWORD)
    client.force_login(watched.worker)
    for other in (colleague, outsider):
        assert wrong_at(client, watched, second_email=other.email).keys() == {"second_email"}
    assert wrong_at(client, watched, second_password="a guess").keys() == {"second_email"}
    client.force_login(watched.manager)
    assert wrong_at(client, watched).keys() == {"second_email"}


@pytest.mark.by_turns
def test_other_councils_guardian_and_home_find_no_such_page(
    client: Client, watched: Watched, now: datetime
) -> None:
    elsewhere = a_watched_child(at=now - timedelta(hours=60))
    strangers = (elsewhere.worker, elsewhere.manager, watched.guardian, watched.carer)
    for person in strangers:
        client.force_login(person)
        for address in (page(watched), page(watched, "again")):
            assert client.get(address).status_code == 404
            assert client.post(address, answers(watched)).status_code == 404
    assert not CareEnd.objects.exists()


@pytest.mark.by_turns(8)
def test_one_person_takes_it_back_and_the_end_pressed_twice_takes_nothing_back(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    for _press in range(2):
        assert client.post(page(watched), answers(watched)).status_code == 302
    assert CareEnd.objects.get().ends_at is None
    assert "Recorded already" in client.get(page(watched)).content.decode()
    assert client.post(page(watched), answers(watched, code="E16")).status_code == 422
    refused = client.post(page(watched, "again"), {"reason": ""})
    assert refused.context["form"].errors.keys() == {"reason"}
    assert "His mother has come for him" in refused.content.decode()
    for _press in range(2):
        assert client.post(page(watched, "again"), {"reason": "She left again"}).status_code == 302
    assert care.standing(watched.child, at=clock.now()) is None
    assert client.post(page(watched, "again"), {"reason": "Other words"}).status_code == 422
    shown = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "The child is looked after again" in shown
    assert "Not looked after since" not in shown

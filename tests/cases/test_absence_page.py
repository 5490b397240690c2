"""The pages of out, away and back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases.forms.typed import london
from cases.models import Absence, Role
from tests import factories
from tests.factories import Watched, a_person, a_watched_child, not_here, out

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: Any) -> Watched:
    found = a_watched_child(at=now - timedelta(hours=3))
    for person in (found.manager, found.worker, found.carer, found.guardian):
        factories.knows(person, "three random words")
    return found


AWAY = {"kind": "away", "place": "4 Fell Lane", "with_whom": "Sela Maddern", "phone": "01632 960777"}


def until(moment: datetime, **more: str) -> dict[str, str]:
    local = london(moment)
    return {
        "kind": "out",
        "until_time": f"{local:%H:%M}",
        "until_day": str(local.day),
        "until_month": str(local.month),
        "until_year": str(local.year),
    } | more


def test_out_is_recorded_with_its_time_and_company(client: Client, watched: Watched, now: Any) -> None:
    client.force_login(watched.carer)

    answer = client.post(
        f"/children/{watched.child.reference}/out/",
        until(now + timedelta(hours=2), with_whom="cousin", phone="07700900123", place="library"),
    )

    absence = Absence.objects.get()
    assert answer.status_code == 302
    assert absence.kind == "out"
    assert (absence.with_whom, absence.place, absence.phone) == ("cousin", "library", "07700 900123")
    assert timedelta(hours=1, minutes=58) < absence.until - now <= timedelta(hours=2)


def test_longer_than_a_day_is_refused_as_out_and_taken_as_away(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/out/"

    refused = client.post(page, until(now + timedelta(hours=30)))
    assert refused.status_code == 422
    assert "Out lasts at most 24 hours" in refused.content.decode()

    asked = client.post(page, until(now + timedelta(hours=30), kind="away"))
    assert asked.status_code == 422
    for words in (
        "Enter the address where the child stays",
        "Enter the adult there who confirms each day",
        "Enter the phone on which that adult is reached",
        "Enter the email address of the worker or manager who agrees",
        "The worker or manager who agrees enters their password",
    ):
        assert words in asked.content.decode()

    agreed = {"second_email": watched.manager.email, "second_password": "three random words"}
    assert client.post(page, until(now + timedelta(hours=30), **AWAY, **agreed)).status_code == 302
    absence = Absence.objects.get()
    assert (absence.kind, absence.agreed_by, absence.recorded_by) == ("away", watched.manager, watched.worker)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("carer", "A worker or manager of the responsible authority agrees to it, not the home."),
        ("worker", "This takes two people: the second is somebody other than you."),
        ("guardian", "are not those of somebody who may decide this"),
    ],
)
def test_only_somebody_else_of_the_responsible_authority_signs_for_away(
    client: Client, watched: Watched, now: Any, who: str, words: str
) -> None:
    client.force_login(watched.worker)
    signed = {"second_email": getattr(watched, who).email, "second_password": "three random words"}
    page = f"/children/{watched.child.reference}/out/"
    answer = client.post(page, until(now + timedelta(hours=30), **AWAY, **signed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "three random words" not in answer.content.decode()
    assert not Absence.objects.exists()


def test_a_wrong_password_agrees_to_nothing(client: Client, watched: Watched, now: Any) -> None:
    client.force_login(watched.carer)
    signed = {"second_email": watched.manager.email, "second_password": "guessed"}
    page = f"/children/{watched.child.reference}/out/"
    for _ in range(6):
        answer = client.post(page, until(now + timedelta(hours=30), **AWAY, **signed))
    assert "Too many tries" in answer.content.decode()
    assert not Absence.objects.exists()


def test_a_time_that_has_passed_and_a_time_not_given_are_refused(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/out/"

    passed = client.post(page, until(now - timedelta(hours=1)))
    empty = client.post(page, {"kind": "out"})

    assert passed.status_code == 422
    assert "must be in the future" in passed.content.decode()
    assert empty.status_code == 422
    assert "Enter " in empty.content.decode()
    assert not Absence.objects.exists()


def test_nobody_goes_out_while_an_episode_is_open(client: Client, watched: Watched, now: Any) -> None:
    not_here(watched.child, by=watched.carer, at=now)
    client.force_login(watched.carer)

    answer = client.post(f"/children/{watched.child.reference}/out/", until(now + timedelta(hours=2)))

    assert answer.status_code == 422
    assert "A missing episode is open" in answer.content.decode()


def test_the_return_ends_the_leave(client: Client, watched: Watched, now: Any) -> None:
    absence = out(watched.child, until=now + timedelta(hours=2), at=now - timedelta(hours=1))
    client.force_login(watched.carer)
    page = f"/children/{watched.child.reference}/back/"

    assert client.get(page).status_code == 200
    answer = client.post(page, {"back_at_when": "quarter"})

    absence.refresh_from_db()
    assert answer.status_code == 302
    assert absence.ends_at is not None
    assert absence.ends_at < now


def test_where_nobody_is_out_the_page_says_so(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)

    page = client.get(f"/children/{watched.child.reference}/back/").content.decode()

    assert "there is no return to record" in page


def test_guardians_police_and_strangers_record_no_leave(client: Client, watched: Watched, now: Any) -> None:
    for person in (watched.guardian, watched.officer, a_person(Role.PLACEMENT_STAFF)):
        client.force_login(person)
        for path in ("out", "back"):
            page = f"/children/{watched.child.reference}/{path}/"
            assert client.get(page).status_code == 404
            assert client.post(page, until(now + timedelta(hours=2))).status_code == 404
    assert not Absence.objects.exists()


def test_a_return_at_the_end_of_the_calendar_is_no_real_date(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.carer)

    answer = client.post(
        f"/children/{watched.child.reference}/out/",
        until(now, kind="away", until_day="31", until_month="12", until_year="9999"),
    )

    assert answer.status_code == 422
    assert "Enter a real date" in answer.content.decode()
    assert not Absence.objects.exists()

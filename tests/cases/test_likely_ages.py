"""A birth date that makes the child unlikely old or young is asked about once, with all that was typed, and then taken."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock
from cases.forms.typed import london
from cases.models import BirthDateClaim, Child, Draft, Role, Team
from tests.cases.test_registration_page import answers
from tests.factories import a_child, a_home, a_person, a_team, an_authority

pytestmark = pytest.mark.django_db
ASKED = "If that is so, tick it below; if not, correct the birth date"


@pytest.fixture
def team() -> Team:
    return a_team(an_authority("Ellwick"))


@pytest.fixture
def client(team: Team) -> Client:
    """A social worker's."""
    client = Client()
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    return client


def the_year() -> int:
    return london(clock.now()).year


def ticked(page: str) -> str:
    """The value of the tick, which stands on no page that asks nothing."""
    (key,) = re.findall(r'name="birth_date_is_right" value="([^"]*)"', page)
    return str(key)


@pytest.mark.by_turns
@pytest.mark.parametrize(("year", "years"), [("1928", None), ("of 28", 28), ("of 2", 2)])
def test_at_registration_it_is_asked_once_with_every_word_kept_and_then_taken(
    client: Client, team: Team, year: str, years: int | None
) -> None:
    born = year if years is None else str(the_year() - years)
    given = answers(team, birth_date_year=born, arrival_place="Harrowfen docks", needs_note="An inhaler")
    opened = client.get("/children/new/").content.decode()
    assert "birth_date_is_right" not in opened, "who has typed nothing is asked nothing"
    asked = client.post("/children/new/", given)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert list(asked.context["form"].errors) == ["birth_date"]
    assert ASKED in page
    (said,) = set(re.findall(r"This makes the child (\d+) years old", page))
    assert the_year() - int(born) - int(said) in (0, 1)
    for words in ("Harrowfen docks", "An inhaler", f'value="{born}"'):
        assert words in page
    assert not Child.objects.exists()
    answer = client.post("/children/new/", {**given, "birth_date_is_right": ticked(page)})
    assert answer.status_code == 302
    child = Child.objects.get()
    assert child.birth_date is not None
    assert (child.birth_date.year, child.age_status) == (int(born), "none"), (
        "nobody is refused or disputed for it"
    )


@pytest.mark.by_turns
def test_a_year_that_nobody_alive_was_born_in_is_no_real_date(client: Client, team: Team) -> None:
    refused = client.post("/children/new/", answers(team, birth_date_year="1028"))
    assert refused.status_code == 422
    assert "Enter a real date" in refused.content.decode()
    assert "birth_date_is_right" not in refused.content.decode()


@pytest.mark.by_turns
@pytest.mark.parametrize("ago", [8, 15, 17])
def test_a_likely_age_is_asked_about_by_nobody(client: Client, team: Team, ago: int) -> None:
    given = answers(team, birth_date_year=str(the_year() - ago))
    assert client.post("/children/new/", given).status_code == 302
    assert client.post("/children/new/", answers(team, given_name="Idris")).status_code == 302
    assert Child.objects.count() == 2, "nor is an unknown birth date"


@pytest.mark.by_turns
def test_a_tick_is_of_the_birth_date_that_it_was_set_beside(client: Client, team: Team) -> None:
    first = answers(team, birth_date_year=str(the_year() - 28))
    tick = ticked(client.post("/children/new/", first).content.decode())
    other = {**first, "birth_date_year": str(the_year() - 82), "birth_date_is_right": tick}
    asked = client.post("/children/new/", other)
    assert asked.status_code == 422
    assert ticked(asked.content.decode()) != tick
    assert (
        "checked" not in re.findall(r'<input[^>]*name="birth_date_is_right"[^>]*>', asked.content.decode())[0]
    )
    # Corrected, the tick that was set before is in nobody's way.
    right = {**first, "birth_date_year": str(the_year() - 15), "birth_date_is_right": tick}
    assert client.post("/children/new/", right).status_code == 302


@pytest.mark.by_turns
def test_beside_another_error_the_tick_stays_set(client: Client, team: Team) -> None:
    given = answers(team, birth_date_year=str(the_year() - 28))
    tick = ticked(client.post("/children/new/", given).content.decode())
    asked = client.post("/children/new/", {**given, "birth_date_is_right": tick, "given_name": ""})
    assert list(asked.context["form"].errors) == ["given_name"]
    (box,) = re.findall(r'<input[^>]*name="birth_date_is_right"[^>]*>', asked.content.decode())
    assert "checked" in box


def test_a_draft_of_it_is_asked_again_when_it_is_sent(client: Client, team: Team) -> None:
    given = answers(team, birth_date_year=str(the_year() - 28))
    tick = ticked(client.post("/children/new/", given).content.decode())
    kept = {**given, "birth_date_is_right": tick, "save_draft": "1"}
    assert client.post("/children/new/", kept).status_code == 302
    assert Draft.objects.exists()
    opened = client.get("/children/new/").content.decode()
    assert f'value="{the_year() - 28}"' in opened
    assert "birth_date_is_right" not in opened


@pytest.mark.by_turns
@pytest.mark.parametrize("goes_by_it", ["yes", "no"])
def test_a_birth_date_that_somebody_gives_is_asked_about_too(
    client: Client, team: Team, goes_by_it: str
) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    child = a_child(team.authority, team=team, worker=worker, at=clock.now())
    client.force_login(worker)
    address = reverse("birth_date", args=[child.reference])
    assert "birth_date_is_right" not in client.get(address).content.decode()
    given: dict[str, Any] = {
        "birth_date_year": str(the_year() - 28),
        "estimated": "on",
        "basis": "others",
        "source": "The Home Office’s letter",
        "goes_by_it": goes_by_it,
        "reason": "His sister says so too",
        "version": "0",
    }
    asked = client.post(address, given)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert list(asked.context["form"].errors) == ["birth_date"]
    assert ASKED in page
    assert "His sister says so too" in page
    assert not BirthDateClaim.objects.exists()
    assert client.post(address, {**given, "birth_date_is_right": ticked(page)}).status_code == 302
    assert BirthDateClaim.objects.get().birth_date.year == the_year() - 28


@pytest.mark.by_turns
def test_what_is_filled_in_of_the_night_is_asked_about_too_and_the_rest_of_it_asks_nothing(
    client: Client, team: Team
) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    child = a_child(team.authority, team=team, worker=worker, at=clock.now(), age_given=None, birth_date=None)
    client.force_login(worker)
    address = f"/children/{child.reference}/fill-in/"
    given = {"birth_date_year": "1928", "trafficking": "not_asked"}
    asked = client.post(address, given)
    assert asked.status_code == 422
    page = asked.content.decode()
    assert ASKED in page
    assert client.post(address, {**given, "birth_date_is_right": ticked(page)}).status_code == 302
    child.refresh_from_db()
    assert child.birth_date == date(1928, 7, 15)
    # By now no birth date is asked for, and nothing about one.
    again = client.post(address, {"interpreter_needed": "yes", "trafficking": "not_asked"})
    assert again.status_code == 302


def in_the_night(team: Team, **typed: str) -> dict[str, Any]:
    home = a_home(team.authority)
    given = {"once": str(uuid.uuid4()), "given_name": "Abel", "age": "15", "sex": "M", "home": str(home.pk)}
    group = {"arrived_at_when": "now", "place": "Harrowfen docks"}
    return given | group | {"placement_type": "K2", "team": str(team.pk)} | typed


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("typed", ["1", "4", "18", "25"])
def test_an_unlikely_age_in_the_night_is_asked_about_once_with_every_word_kept(
    client: Client, team: Team, typed: str
) -> None:
    given = in_the_night(team, age=typed, room="Bed 4")
    assert "age_is_right" not in client.get("/children/arrivals/new/").content.decode()
    asked = client.post("/children/arrivals/new/", given)
    assert asked.status_code == 422
    page = asked.content.decode()
    assert f"This says that the child is {typed} year" in page
    assert 'value="Bed 4"' in page
    assert not Child.objects.exists()
    # A tick of another age is none of this one.
    other = client.post("/children/arrivals/new/", {**given, "age_is_right": "19"})
    assert other.status_code == 422
    (key,) = re.findall(r'name="age_is_right" value="([^"]*)"', page)
    assert client.post("/children/arrivals/new/", {**given, "age_is_right": key}).status_code == 302
    assert Child.objects.get().age_given == int(typed)


@pytest.mark.by_turns
@pytest.mark.parametrize("typed", ["5", "15", "17", "not known"])
def test_a_likely_age_in_the_night_is_asked_about_by_nobody(client: Client, team: Team, typed: str) -> None:
    assert client.post("/children/arrivals/new/", in_the_night(team, age=typed)).status_code == 302


@pytest.mark.by_turns
def test_a_council_may_ask_of_other_ages(client: Client, team: Team, settings: Any) -> None:
    settings.ASK_AGE_UNDER, settings.ASK_AGE_FROM = 10, 26
    for ago, status in ((8, 422), (20, 302), (28, 422)):
        given = answers(team, birth_date_year=str(the_year() - ago), given_name=f"Samir {ago}")
        assert client.post("/children/new/", given).status_code == status

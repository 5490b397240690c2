"""What nobody knows better than “about 14” is written and shown as that, wherever a birth date is asked for."""

from datetime import date

import pytest
from django.test import Client

from alerts import ages
from cases import clock
from cases.deadlines import years
from cases.forms.typed import london
from cases.models import BirthDateClaim, Child, Role, Team
from tests.cases.test_registration_page import answers
from tests.factories import a_child, a_person, a_team, an_authority

pytestmark = pytest.mark.django_db
NEW = "/children/new/"


@pytest.fixture
def team() -> Team:
    return a_team(an_authority("Ellwick"))


@pytest.fixture
def client(team: Team) -> Client:
    """A social worker's."""
    client = Client()
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    return client


def today() -> date:
    return london(clock.now()).date()


@pytest.mark.by_turns
def test_a_child_of_about_14_is_registered_by_the_age_alone_and_shown_as_about_14(
    client: Client, team: Team
) -> None:
    given = answers(team, age="14", birth_date_basis="others", birth_date_source="An older sister")
    assert client.post(NEW, given).status_code == 302
    child = Child.objects.get()
    assert child.birth_date is not None
    assert (child.age_given, child.birth_date_precision, child.birth_date.day) == (14, "estimated", 15)
    assert years(child.birth_date, today=today()) == 14
    assert ages.in_words(child, today=today()).startswith("about 14 (told by others; not disputed")
    assert "about 14" in client.get(f"/children/{child.reference}/").content.decode()
    claim = BirthDateClaim.objects.get()
    assert (claim.precision, claim.source) == ("estimated", "An older sister")


@pytest.mark.by_turns
def test_a_birth_date_that_is_an_estimate_is_ticked_at_registration_and_is_no_known_year(
    client: Client, team: Team
) -> None:
    year = today().year - 14
    given = answers(team, birth_date_year=str(year), birth_date_estimated="on", age="15")
    assert client.post(NEW, given).status_code == 302
    child = Child.objects.get()
    assert (child.birth_date, child.birth_date_precision) == (date(year, 7, 15), "estimated")
    assert child.age_given == 15, "what was said on arrival is kept beside it"
    assert f"about {year}" in client.get(f"/children/{child.reference}/age/").content.decode()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"birth_date_estimated": "on"}, "birth_date", "Enter the birth date that is an estimate"),
        ({"age": "about 14"}, "age", "Enter the age in years, like 15, or"),
        ({"age": "99"}, "age", "Enter the age in years, like 15, or"),
        ({"age": "2"}, "age", "This says that the child is 2 years old"),
        ({"age": "14", "birth_date_basis": "others"}, "birth_date_source", "Enter who or what says so"),
    ],
)
def test_an_estimate_of_nothing_and_an_age_that_is_none_are_refused_at_their_field(
    client: Client, team: Team, wrong: dict[str, str], field: str, words: str
) -> None:
    refused = client.post(NEW, answers(team, needs_note="An inhaler", **wrong))
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [field]
    page = refused.content.decode()
    assert words in page
    assert 'value="An inhaler"' in page
    assert f'value="{wrong.get("age", "An inhaler")}"' in page
    assert not Child.objects.exists()


@pytest.mark.by_turns
def test_an_age_that_is_not_known_leaves_the_birth_date_open(client: Client, team: Team) -> None:
    assert client.post(NEW, answers(team, age="not known")).status_code == 302
    child = Child.objects.get()
    assert (child.age_given, child.birth_date, child.birth_date_precision) == (None, None, "day")


def test_an_estimate_that_is_filled_in_after_a_night_is_kept_and_asked_for_again(
    client: Client, team: Team
) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    child = a_child(team.authority, team=team, worker=worker, at=clock.now(), birth_date=None)
    client.force_login(worker)
    address = f"/children/{child.reference}/fill-in/"
    refused = client.post(address, {"trafficking": "not_asked", "birth_date_estimated": "on"})
    assert list(refused.context["form"].errors) == ["birth_date"]
    given = {"birth_date_year": str(today().year - 14), "trafficking": "not_asked"}
    assert client.post(address, given | {"birth_date_estimated": "on"}).status_code == 302
    child.refresh_from_db()
    assert child.birth_date_precision == "estimated"
    assert "birth_date" in client.get(address).context["form"].fields
    assert client.post(address, given).status_code == 302
    child.refresh_from_db()
    assert child.birth_date_precision == "year"
    fields = client.get(address).context["form"].fields
    assert "birth_date" not in fields
    assert "birth_date_estimated" not in fields, "of no birth date nothing is asked"


@pytest.mark.by_turns
def test_a_tick_of_an_estimate_without_its_birth_date_says_so_once(client: Client, team: Team) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    child = a_child(team.authority, team=team, worker=worker, at=clock.now())
    client.force_login(worker)
    given = {"estimated": "on", "basis": "stated", "source": "The child", "goes_by_it": "no", "version": "0"}
    refused = client.post(f"/children/{child.reference}/age/birth-date/", given)
    assert refused.status_code == 422
    assert refused.context["form"].errors["birth_date"] == ["Enter the birth date, or its year alone"]

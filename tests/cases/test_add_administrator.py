"""The first administrator comes from whoever runs the service: nobody else could add one."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from cases.models import ConfigurationChange, Role, User
from tests.factories import an_authority, membership_of

pytestmark = pytest.mark.django_db
PASSWORD = "tulips under seven bridges"


def added(*arguments: str) -> str:
    said = StringIO()
    call_command("add_administrator", *arguments, stdout=said)
    return said.getvalue().strip()


def test_the_first_administrator_chooses_a_password_by_the_link_and_adds_the_others(client, settings):
    settings.PUBLIC_URL = "https://rollcall.example"
    authority = an_authority()
    link = added("Ida.Vale@council.example", "--name", "Ida Vale", "--authority", authority.code)
    assert link.startswith("https://rollcall.example/welcome/")
    person = User.objects.get(email="ida.vale@council.example")
    membership = membership_of(person)
    assert (membership.role, membership.authority) == (Role.ADMINISTRATOR, authority)
    given = ConfigurationChange.objects.get(kind="role_given", subject_id=membership.pk)
    assert (given.actor, given.actor_label) == (None, "Rollcall")
    client.post(link.removeprefix("https://rollcall.example"), {"password": PASSWORD})
    assert client.login(email=person.email, password=PASSWORD)
    assert client.get(reverse("admin_home")).status_code == 200
    assert client.get(reverse("person_new")).status_code == 200


@pytest.mark.by_turns
def test_a_reader_of_the_national_figures_is_added_the_same_way(client):
    added("nia@statistics.example", "--name", "Nia Calder", "--statistics")
    person = User.objects.get(email="nia@statistics.example")
    assert membership_of(person).role == Role.STATISTICIAN
    client.force_login(person)
    assert client.get("/").status_code == 200


def test_an_unknown_authority_and_a_role_that_is_held_already_are_refused():
    authority = an_authority()
    with pytest.raises(CommandError, match="no authority with the code X1"):
        added("ida@council.example", "--name", "Ida Vale", "--authority", "X1")
    added("ida@council.example", "--name", "Ida Vale", "--authority", authority.code)
    with pytest.raises(CommandError, match="has this role there already"):
        added("ida@council.example", "--name", "Ida Vale", "--authority", authority.code)
    assert User.objects.filter(email="ida@council.example").count() == 1

"""No mail of ours goes to a body that enforces immigration law: refused at the field, and by the database."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cases.mail_domains import is_of_immigration
from cases.models import Mailbox, Role, User
from tests.factories import AT, a_person, a_team, an_authority

REFUSED = (
    "alerts@homeoffice.gov.uk",
    "Somebody@Digital.HomeOffice.Gov.UK",
    "desk@ie.homeoffice.gov.uk.",
    "x@borderforce.gov.uk",
    "x@ukvi.gov.uk",
)
TAKEN = ("desk@homeoffice.gov.uk.council.example", "x@myhomeoffice.gov.uk", "homeoffice@council.gov.uk")


@pytest.mark.parametrize("address", REFUSED)
def test_it_is_known_by_its_domain_and_by_what_lies_below_it(address):
    assert is_of_immigration(address)


@pytest.mark.parametrize("address", TAKEN)
def test_another_domain_that_looks_like_it_is_another(address):
    assert not is_of_immigration(address)


@pytest.mark.django_db
def test_a_mailbox_and_an_account_of_one_are_refused_with_what_was_typed_still_there(client):
    authority = an_authority()
    client.force_login(a_person(Role.ADMINISTRATOR, authority=authority))
    team = a_team(authority, kind="duty")
    for page, answers in (
        ("mailbox_new", {"address": REFUSED[0], "what": f"duty:team:{team.pk}"}),
        (
            "person_new",
            {"email": REFUSED[0], "name": "Mina Vale", "role": "duty_desk", "where": f"team:{team.pk}"},
        ),
    ):
        answer = client.post(reverse(page), answers)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "no mail of ours goes to a body that enforces immigration law" in text
        assert REFUSED[0] in text
    assert not Mailbox.objects.filter(address=REFUSED[0]).exists()
    assert not User.objects.filter(email=REFUSED[0]).exists()


@pytest.mark.django_db
def test_the_database_refuses_it_too():
    authority, person = an_authority(), a_person(Role.SOCIAL_WORKER)
    box = {"purpose": Mailbox.Purpose.HOST_DUTY, "authority": authority, "starts_at": AT}
    for address in REFUSED:
        with pytest.raises(IntegrityError), transaction.atomic():
            Mailbox.objects.create(address=address, **box)
        for field in ("email", "drill_mail_to"):
            with pytest.raises(IntegrityError), transaction.atomic():
                User.objects.filter(pk=person.pk).update(**{field: address.lower()})
    for address in TAKEN:
        Mailbox.objects.create(address=address, **box)

"""No mail of ours goes to a body that enforces immigration law: refused at the field, and by the database."""

from copy import copy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.urls import reverse

from alerts.models import Reply, ReplyAnswer
from cases.mail_domains import is_of_immigration
from cases.models import Journey, Mailbox, Role, User
from tests.factories import (
    AT,
    Watched,
    a_force_mailbox,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    missing,
    planned,
)

REFUSED = (
    "alerts@homeoffice.gov.uk",
    "Somebody@Digital.HomeOffice.Gov.UK",
    "desk@ie.homeoffice.gov.uk.",
    "x@borderforce.gov.uk",
    "x@ukvi.gov.uk",
    "x@homeoffice.gov.uk ",
    "Intake <x@homeoffice.gov.uk>",
    "x@homeoffice.gov.uk, desk@council.example",
)
TAKEN = (
    "desk@homeoffice.gov.uk.council.example",
    "desk@homeoffice.gov.uk-council.example",
    "x@myhomeoffice.gov.uk",
    "homeoffice@council.gov.uk",
)
# Every column that a mail is ever addressed from.
ADDRESSED = {
    "alerts_replyanswer.address",
    "cases_journey.first_email",
    "cases_journey.second_email",
    "cases_mailbox.address",
    "cases_user.drill_mail_to",
    "cases_user.email",
}
NOT_ADDRESSED = {
    "cases_planaction.owner_email": "how the worker reaches whoever has no account: no mail goes there",
    "cases_personaladviser.email": "how people reach the adviser: no mail goes there",
    "cases_reviewingofficer.email": "how people reach the reviewing officer: no mail goes there",
    "account_emailaddress.email": "addresses of allauth, which sends no mail here",
    "alerts_messageproof.address": "what a server said of where a mail went: a record",
    "cases_quarantinedfile.mail_key": "the SHA-256 of a Message-ID",
    "cases_quarantinedfile.sender": "who wrote the mail that brought it: no mail goes there",
    "alerts_reply.sender": "who wrote; answered by way of alerts_replyanswer.address alone",
    "cases_home.address": "where a home stands",
    "cases_user.outside_mail": "of somebody without an account whom a child is kept from: no mail goes there",
    "guardians_servicearea.mailbox": "how people refer a child to a service: no mail goes there",
    "cases_placement.address": "where a child lives",
    "cases_safetyplan.address_secrecy": "who may know where a child lives",
}


@pytest.mark.by_turns
@pytest.mark.parametrize("address", REFUSED)
def test_it_is_known_by_its_domain_and_by_what_lies_below_it(address):
    assert is_of_immigration(address)


@pytest.mark.by_turns
@pytest.mark.parametrize("address", TAKEN)
def test_another_domain_that_looks_like_it_is_another(address):
    assert not is_of_immigration(address)


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns
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


@pytest.mark.django_db
def test_every_column_that_may_hold_a_mail_address_is_known():
    """A new one is refused by the database too, or no mail is ever addressed from it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND data_type IN ('character varying', 'text')
               AND column_name ~ 'mail|address|sender|recipients'
               AND column_name !~ '^(mail_id|email_id)$'
            """
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == ADDRESSED | NOT_ADDRESSED.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("column", sorted(ADDRESSED))
def test_every_column_that_a_mail_is_addressed_from_refuses_it_of_anybody_who_writes_sql(column):
    watched = a_watched_child()
    rows = {
        "cases_user": watched.worker,
        "cases_mailbox": a_force_mailbox(watched.force),
        "cases_journey": planned(watched.child, by=watched.worker, departs_at=AT + timedelta(days=1), at=AT),
        "alerts_replyanswer": an_answer(watched),
    }
    table, _, name = column.partition(".")
    for address in (*REFUSED, *TAKEN):
        # A row beside it: some may be written once and never changed.
        row = copy(rows[table])
        row.pk = None
        unlike(row)
        setattr(row, name, address.lower())
        if address in TAKEN:
            with transaction.atomic():
                row.save(force_insert=True)
                transaction.set_rollback(True)
        else:
            with pytest.raises(IntegrityError, match="immigration_body"), transaction.atomic():
                row.save(force_insert=True)


def an_answer(watched: Watched) -> ReplyAnswer:
    episode = missing(watched.child, at=AT)
    return ReplyAnswer(episode=episode, text="Recorded", at=AT)


def unlike(row: Model) -> None:
    """Give a copy of a row what no two have."""
    match row:
        case User():
            row.email = f"{uuid4()}@council.example"
        case Journey():
            row.key, row.ended_at, row.reason = uuid4(), AT + timedelta(days=2), "The plan changed"
        case ReplyAnswer():
            row.reply = Reply.objects.create(
                episode=row.episode, key=uuid4().hex, automatic=False, text="Seen", received_at=AT
            )

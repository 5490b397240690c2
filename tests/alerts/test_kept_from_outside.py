"""A child is kept from somebody without an account: a relative, a companion, an interpreter, known by what is typed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from alerts import reach, recipients
from alerts.models import Channel
from alerts.recipients import Post
from cases import concerns, facts, find_me, kept_outside, people
from cases.models import Contact, Event, KeepFrom, Matter, Membership, Role, User
from cases.placements import Address
from cases.states import IllegalMove
from tests import factories
from tests.factories import Watched, a_person, missing

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AZRA = kept_outside.Somebody(
    name="Azra Brook", part="relative", phone="01632 960988", mail="Azra@example.org"
)


@pytest.fixture
def watched(now) -> Watched:
    return factories.a_watched_child(at=now - 3 * DAY)


@pytest.fixture
def manager(client: Client, watched: Watched) -> Client:
    client.force_login(watched.manager)
    return client


def press(client: Client, watched: Watched, **said: Any) -> HttpResponse:
    given = {
        "reason": "A worry about her",
        "phone": "01632 960 733",
        "name": "Azra Brook",
        "part": "relative",
    }
    return client.post(reverse("keep_from", args=[watched.child.reference]), given | said)


def marked(watched: Watched, now, who: kept_outside.Somebody = AZRA) -> KeepFrom:
    return kept_outside.keep_from(watched.child, who, reason="A worry", by=watched.manager, at=now)


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_a_manager_keeps_the_child_from_a_relative_without_an_account(manager, watched, now):
    assert (
        press(manager, watched, their_phone="01632960988", their_mail="azra@example.org").status_code == 302
    )
    mark = KeepFrom.objects.get(child=watched.child)
    person = mark.user
    assert (person.name, person.outside, person.phone, person.outside_mail) == (
        "Azra Brook",
        "relative",
        "01632 960988",
        "azra@example.org",
    )
    assert Event.objects.get(child=watched.child, kind="kept_from").actor == watched.manager
    assert Matter.objects.get(kind=Matter.Kind.WORRY, child=watched.child).about == person
    page = words(manager.get(reverse("keep_from", args=[watched.child.reference])))
    assert "Azra Brook" in page
    assert "Relative" in page
    assert reverse("keep_from_lift", args=[watched.child.reference, mark.pk]) in page
    again = press(
        manager, watched, name="azra  brook", their_phone="01632960988", their_mail="azra@example.org"
    )
    assert again.status_code == 422
    assert "This mark stands already" in words(again)
    assert User.objects.exclude(outside="").count() == 1


def test_what_is_missing_or_somebody_with_an_account_is_refused_at_its_field(manager, watched):
    guardian = watched.guardian
    for said, asked in (
        ({"part": ""}, "Select who they are to the child"),
        ({"name": ""}, "Select a person, enter their work email address, or a name"),
        ({"user": guardian.pk}, "Say of one person at a time who it is"),
        ({"name": guardian.name.upper()}, "Somebody of this name has an account"),
        ({"their_mail": guardian.email}, "Somebody has an account with this address"),
        ({"their_phone": "nobody"}, "Azra Brook"),
        ({"reason": ""}, "Enter the reason"),
    ):
        answer = press(manager, watched, **said)
        assert (answer.status_code, asked in words(answer)) == (422, True), said
    assert not KeepFrom.objects.exists()
    assert not User.objects.exclude(outside="").exists()


def test_whoever_may_not_keep_a_child_from_somebody_names_nobody(client, watched):
    client.force_login(watched.worker)
    assert press(client, watched).status_code in (403, 404)
    client.force_login(a_person(Role.TEAM_MANAGER))
    assert press(client, watched).status_code == 404
    assert not KeepFrom.objects.exists()


def test_their_word_is_no_proof_as_of_whoever_has_an_account(watched, now):
    seen = factories.seen(
        watched.child,
        at=now - HOUR,
        by=watched.worker,
        witness="AZRA  BROÓK",
        witness_role="other",
        witness_user=None,
    )
    other = factories.seen(
        watched.child,
        at=now - 2 * HOUR,
        by=watched.worker,
        witness="Azra Brookes",
        witness_role="other",
        witness_user=None,
    )
    mark = marked(watched, now)
    believed = Contact.objects.all().believed([watched.child.pk])
    assert seen not in believed
    assert other in believed, "another name is another person"
    (read,) = facts.load([watched.child.pk]).values()
    assert seen not in read.contacts
    concerns.lift_keep_from(
        mark, reason="Cleared", seconded_by=watched.head, by=watched.manager, at=now + HOUR
    )
    assert seen in Contact.objects.all().believed([watched.child.pk])


def test_the_phone_of_the_address_where_they_live_is_not_texted_and_duty_is_not_given_it(watched, now):
    where = Address(
        authority=watched.authority,
        force=watched.authority.force,
        address="2 Brook Way",
        postcode="CT1 4BG",
        phone="01632 960988",
    )
    factories.placed(watched.child, where, starts_at=now - HOUR, at=now)
    assert told(watched, now) == ["01632 960988"]
    mark = marked(watched, now)
    assert told(watched, now) == []
    concerns.lift_keep_from(
        mark, reason="Cleared", seconded_by=watched.head, by=watched.manager, at=now + HOUR
    )
    assert told(watched, now + 2 * HOUR) == ["01632 960988"]


def test_duty_is_not_given_the_number_of_whoever_the_child_is_out_with(watched, now):
    factories.away(
        watched.child, at=now - HOUR, with_whom="Azra Brook", phone="01632 960111", until=now + DAY
    )
    assert reach.hosts(watched.child, now=now) == [("Azra Brook", "01632 960111")]
    marked(watched, now)
    assert reach.hosts(watched.child, now=now) == []


def told(watched: Watched, now) -> list[str]:
    (found,) = facts.load([watched.child.pk]).values()
    directory = recipients.directory([found], at=now)
    return [one.phone for one in directory.resolve(Post.HOME, found, (Channel.TEXT,))]


def test_somebody_outside_signs_in_nowhere_and_has_no_role_ever(watched, now):
    person = marked(watched, now).user
    with pytest.raises(IntegrityError, match="user_outside_signs_in_nowhere"), transaction.atomic():
        User.objects.filter(pk=person.pk).update(is_active=True)
    with pytest.raises(IntegrityError, match="stays so"), transaction.atomic():
        User.objects.filter(pk=person.pk).update(outside="", outside_mail="")
    with pytest.raises(IntegrityError, match="no account and no role"), transaction.atomic():
        Membership.objects.create(user=person, role=Role.SOCIAL_WORKER, team=watched.team, starts_at=now)
    with pytest.raises(IllegalMove, match="has an account"):
        marked(watched, now, kept_outside.Somebody(name="X", part="other", mail=watched.worker.email))
    with pytest.raises(IllegalMove, match="Enter their name"):
        marked(watched, now, kept_outside.Somebody(name=" ", part="other"))
    joined = people.enrol(
        "azra@example.org", Role.GUARDIAN, name="Azra", service=factories.a_service(), by=None, at=now
    )
    assert joined.user != person, "the address stays free for whoever may have an account"


@pytest.mark.parametrize("number", ["+44 (0)1632 960-988", "0044 1632 960988", "01632/960988"])
def test_whoever_set_the_mark_reads_where_they_are_named_still_and_nobody_else_does(
    client: Client, manager, watched, now, number
):
    missing(watched.child, by=watched.worker, at=now, collected_by="Her aunt Ázra Brook, at the station")
    for section, answers in (
        ("people", {"trusted": f"An aunt, {number}", "friends": "Azra Brookfield"}),
        ("places", {"often": "Brook Street"}),
    ):
        find_me.write(
            watched.child, section, answers=answers, state="in_progress", version=0, by=watched.worker, at=now
        )
    path = reverse("keep_from", args=[watched.child.reference])
    assert "Named still" not in words(manager.get(path))
    marked(watched, now)
    page = words(manager.get(path))
    assert reverse("missing_report", args=[watched.child.reference]) in page
    assert reverse("find_me_section", args=[watched.child.reference, "people"]) in page
    assert reverse("find_me_section", args=[watched.child.reference, "places"]) not in page
    client.force_login(watched.worker)
    assert client.get(path).status_code in (403, 404)

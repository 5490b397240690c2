"""An administrator's pages of people: roles given and ended at once, and nobody of another authority."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import administration, clock, groups, invitations, leavers, mergers, people
from cases.models import ConfigurationChange, Membership, Role, User
from cases.states import IllegalMove
from tests import factories
from tests.counts import a_third
from tests.factories import (
    a_home,
    a_person,
    a_service,
    a_team,
    an_authority,
    membership_of,
)

pytestmark = pytest.mark.django_db
PASSWORD = "tulips under seven bridges"


@pytest.fixture
def authority():
    return an_authority()


@pytest.fixture
def admin(authority):
    return a_person(Role.ADMINISTRATOR, authority=authority)


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def answers(**more):
    given = {"email": "Mina.Vale@council.example", "name": "Mina Vale", "phone": ""}
    return given | more


@pytest.mark.by_turns(8)
def test_somebody_new_is_added_with_a_role_and_chooses_a_password_by_a_link_that_works_once(
    page, client, authority, admin
):
    team = a_team(authority)
    added = page.post(reverse("person_new"), answers(role="social_worker", where=f"team:{team.pk}"))
    person = User.objects.get(email="mina.vale@council.example")
    assert added.url == reverse("person", args=[person.pk])
    membership = membership_of(person)
    assert (membership.role, membership.team, membership.ends_at) == ("social_worker", team, None)
    shown = page.post(reverse("person_link", args=[person.pk]))
    link = shown.context["link"]
    assert link in shown.content.decode().replace("<wbr>", "")
    assert "no-store" in shown["Cache-Control"]
    assert link not in page.get(reverse("person", args=[person.pk])).content.decode().replace("<wbr>", "")
    client.logout()
    short = client.post(link, {"password": "short"})
    assert short.status_code == 422
    assert short["Referrer-Policy"] == "no-referrer"
    assert client.post(link, {"password": PASSWORD}).url == reverse("account_login")
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert client.get(link).status_code == 404
    kinds = ConfigurationChange.objects.filter(subject_type="user", subject_id=person.pk)
    assert [(row.kind, row.actor) for row in kinds] == [
        ("first_sign_in_offered", admin),
        ("first_password_chosen", person),
    ]


@pytest.mark.by_turns
def test_a_lost_password_is_taken_away_by_a_new_link_and_an_older_link_opens_nothing(authority, admin, now):
    person = a_person(Role.SOCIAL_WORKER, team=a_team(authority))
    factories.knows(person, PASSWORD)
    first = invitations.make(person, by=admin, at=now)
    second = invitations.make(person, by=admin, at=now)
    assert invitations.read(*first, at=now) is None
    assert invitations.read(*second, at=now) == person
    person.refresh_from_db()
    assert not person.has_usable_password()
    people.leave(membership_of(person), by=admin, at=now)
    assert invitations.read(*second, at=now) is None


def test_nobody_makes_a_link_for_themselves_or_for_somebody_with_roles_elsewhere(page, authority, admin, now):
    with pytest.raises(IllegalMove, match="Another administrator"):
        invitations.make(admin, by=admin, at=now)
    both = a_person(Role.SOCIAL_WORKER, team=a_team(authority))
    people.join(both, Role.SOCIAL_WORKER, team=a_team(), at=now - timedelta(days=1))
    factories.knows(both, PASSWORD)
    assert page.post(reverse("person_link", args=[both.pk])).status_code == 302
    both.refresh_from_db()
    assert both.check_password(PASSWORD)
    corrected = page.post(reverse("person_change", args=[both.pk]), {"name": "Other Name", "phone": ""})
    assert corrected.status_code == 422
    both.refresh_from_db()
    assert both.name != "Other Name"


@pytest.mark.by_turns(8)
def test_an_ended_role_opens_nothing_and_signs_the_person_out_at_once(page, client, authority):
    team = a_team(authority)
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    theirs = type(client)()
    theirs.force_login(worker)
    assert theirs.get("/today/").status_code == 200
    asked = page.get(reverse("role_end", args=[membership_of(worker).pk]))
    assert "signed out everywhere" in asked.content.decode()
    page.post(reverse("role_end", args=[membership_of(worker).pk]), {"end": "now"})
    answer = theirs.get("/today/")
    assert answer.status_code == 302
    assert reverse("account_login") in answer.url
    assert not Membership.objects.current(clock.now()).filter(user=worker).exists()
    again = page.post(reverse("role_end", args=[membership_of(worker).pk]), {"end": "now"})
    assert again.status_code == 422
    assert "has ended already" in again.content.decode()


@pytest.mark.by_turns(8)
def test_a_role_that_has_not_begun_is_called_off_and_never_opens_anything(page, admin, authority, now):
    home = a_home(authority)
    worker = a_person(Role.SOCIAL_WORKER, team=a_team(authority))
    role = {"home": home, "by": admin, "at": now}
    coming = people.join(worker, Role.PLACEMENT_STAFF, starts_at=now + timedelta(days=1), **role)
    address, own_page = reverse("role_call_off", args=[coming.pk]), reverse("person", args=[worker.pk])
    with pytest.raises(IllegalMove, match="Call it off instead"):
        people.leave(coming, by=admin, at=now)
    assert address in page.get(own_page).content.decode()
    assert "was to begin on" in page.get(address).content.decode()
    assert page.post(address, {"call_off": "now"}).url == own_page
    assert "Never began" in page.get(own_page).content.decode()
    assert not Membership.objects.current(now + timedelta(days=2)).filter(pk=coming.pk).exists()
    assert not worker.groups.filter(name=groups.home_group(home.pk)).exists()
    (change,) = ConfigurationChange.objects.filter(kind="role_called_off")
    assert (change.actor, change.subject_id) == (admin, coming.pk)
    assert "called off already" in page.post(address, {"call_off": "now"}).content.decode()
    begun = reverse("role_call_off", args=[worker.memberships.get(role=Role.SOCIAL_WORKER).pk])
    refused = page.post(begun, {"call_off": "now"})
    assert refused.status_code == 422
    assert "has begun. End it instead" in refused.content.decode()


@pytest.mark.by_turns
def test_whoever_has_another_role_there_to_come_keeps_what_it_will_need(authority, now):
    home = a_home(authority)
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    coming = people.join(
        carer, Role.FOSTER_CARER, home=home, starts_at=now + timedelta(days=1), at=now - timedelta(hours=1)
    )
    people.leave(Membership.objects.get(user=carer, role=Role.PLACEMENT_STAFF), at=now)
    assert carer.groups.filter(name=groups.home_group(home.pk)).exists()
    people.call_off(coming, by=a_person(Role.ADMINISTRATOR, authority=authority), at=now)
    assert not carer.groups.filter(name=groups.home_group(home.pk)).exists()


def test_an_administrator_does_not_end_their_own_role(page, admin):
    own = page.post(reverse("role_end", args=[membership_of(admin).pk]), {"end": "now"})
    assert own.status_code == 422
    assert membership_of(admin).ends_at is None


@pytest.mark.by_turns
def test_a_role_may_have_a_last_day_that_is_brought_nearer_and_never_put_off(page, authority, now):
    team = a_team(authority)
    last = now + timedelta(days=40)
    day = {"last_day_day": last.day, "last_day_month": last.month, "last_day_year": last.year}
    page.post(reverse("person_new"), answers(role="social_worker", where=f"team:{team.pk}", **day))
    membership = membership_of(User.objects.get(email="mina.vale@council.example"))
    assert membership.ends_at > last
    with pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(ends_at=membership.ends_at + timedelta(days=1))
    people.leave(membership, at=clock.now() + timedelta(seconds=1))
    with pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(ends_at=None)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": "guardian", "where": "team"}, "where"),
        ({"role": "duty_desk", "where": "team"}, "where"),
        ({"role": "", "where": "team"}, "role"),
        ({"role": "social_worker", "where": ""}, "where"),
        ({"role": "team_manager", "where": "team"}, "phone"),
        ({"role": "social_worker", "where": "elsewhere"}, "where"),
        ({"role": "social_worker", "where": "team", "email": "no address"}, "email"),
    ],
)
def test_what_does_not_fit_is_said_at_the_field_and_everything_typed_is_kept(page, authority, given, field):
    team, strange = a_team(authority), a_team()
    wheres = {"team": f"team:{team.pk}", "elsewhere": f"team:{strange.pk}", "": ""}
    sent = answers(**given) | {"where": wheres[given["where"]]}
    answer = page.post(reverse("person_new"), sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "Mina Vale" in answer.content.decode()
    assert not User.objects.filter(name="Mina Vale").exists()


@pytest.mark.by_turns(8)
def test_an_address_that_is_somebodys_gives_nothing_until_it_is_said_that_they_are_meant(page, authority):
    worker = a_person(Role.SOCIAL_WORKER, team=(team := a_team(authority)))
    other = a_team(authority)
    sent = answers(email=worker.email.upper(), role="social_worker", where=f"team:{other.pk}")
    for whose in ("", "another@council.example", "yes"):
        asked = page.post(reverse("person_new"), sent | {"whose": whose})
        assert asked.status_code == 422
        assert list(asked.context["form"].errors) == ["email"]
        shown = asked.content.decode()
        assert f"This address is {worker.name}’s" in shown
        assert f"Give {worker.name} this role" in shown
        assert "Mina Vale" in shown
        assert membership_of(worker).team == team
    page.post(reverse("person_new"), sent | {"whose": worker.email})
    worker.refresh_from_db()
    assert worker.name != "Mina Vale"
    assert {m.team for m in worker.memberships.all()} == {team, other}
    again = page.post(reverse("person_new"), sent | {"whose": worker.email})
    assert again.status_code == 422
    assert "has this role there already" in again.content.decode()


def test_of_somebody_of_another_council_no_name_is_shown_and_whoever_means_them_types_it(page, authority):
    stranger, team = a_person(Role.SOCIAL_WORKER), a_team(authority)
    sent = answers(email=stranger.email, role="social_worker", where=f"team:{team.pk}")
    for more in ({}, {"whose": stranger.email}):
        asked = page.post(reverse("person_new"), sent | more)
        assert asked.status_code == 422
        assert "in use by somebody who is not on your council’s list" in asked.content.decode()
        assert stranger.name not in asked.content.decode()
    assert membership_of(stranger).team != team
    meant = {"whose": stranger.email, "name": stranger.name.upper()}
    assert page.post(reverse("person_new"), sent | meant).status_code == 302
    assert stranger.memberships.filter(team=team).exists()


def test_an_account_that_was_closed_is_opened_again_on_its_page_alone_and_by_a_tick_that_says_so(
    page, authority, admin, now
):
    worker = a_person(Role.SOCIAL_WORKER, team=(team := a_team(authority)))
    leavers.close(worker, reason="Told the LADO", by=admin, at=now)
    role = {"role": "social_worker", "where": f"team:{team.pk}"}
    refused = page.post(reverse("person_new"), answers(email=worker.email, whose=worker.email, **role))
    assert refused.status_code == 422
    assert "account with this address is closed" in str(refused.context["form"].errors["email"])
    own = reverse("role_new", args=[worker.pk])
    assert list(page.post(own, role).context["form"].errors) == ["reopen"]
    worker.refresh_from_db()
    assert not worker.is_active
    assert page.post(own, role | {"reopen": "yes"}).status_code == 302
    worker.refresh_from_db()
    assert worker.is_active


@pytest.mark.by_turns(8)
def test_people_of_another_authority_are_nobody_here(page, authority):
    stranger = a_person(Role.SOCIAL_WORKER)
    for name, key in (
        ("person", stranger.pk),
        ("role_new", stranger.pk),
        ("person_change", stranger.pk),
        ("person_mail", stranger.pk),
        ("role_end", membership_of(stranger).pk),
        ("role_call_off", membership_of(stranger).pk),
    ):
        assert page.get(reverse(name, args=[key])).status_code == 404, name
        assert page.post(reverse(name, args=[key]), {"end": "now"}).status_code in (404, 405), name
    assert page.post(reverse("person_link", args=[stranger.pk])).status_code == 404
    assert membership_of(stranger).ends_at is None


@pytest.mark.by_turns
def test_a_guardian_is_looked_after_by_the_administrators_who_gave_the_role(
    page, client, admin, authority, now
):
    service = a_service()
    mine = people.join(
        a_person(Role.SOCIAL_WORKER), Role.GUARDIAN, service=service, by=admin, at=now - timedelta(days=1)
    )
    theirs = membership_of(a_person(Role.GUARDIAN, service=service))
    found = administration.memberships([authority.pk], at=now)
    assert mine in found
    assert theirs not in found
    assert page.get(reverse("role_end", args=[theirs.pk])).status_code == 404


@pytest.mark.by_turns
def test_an_administrator_who_goes_to_another_council_takes_no_officer_and_no_guardian_along(
    admin, authority, now
):
    before, after = now - timedelta(days=3), now - timedelta(days=1)
    guardian = people.enrol(
        "guardian@watch.example", Role.GUARDIAN, name="Mina Ford", service=a_service(), by=admin, at=before
    ).user
    colleague, elsewhere = a_person(Role.ADMINISTRATOR, authority=authority), an_authority()
    people.leave(membership_of(admin), by=colleague, at=now - timedelta(days=2))
    people.join(admin, Role.ADMINISTRATOR, authority=elsewhere, at=after)
    officer = people.enrol(
        "officer@police.example", Role.POLICE, name="Pat Lane", force=elsewhere.force, by=admin, at=now
    ).user
    at = now + timedelta(hours=1)
    kept = {
        (person.name, of.pk)
        for person in (guardian, officer)
        for of in (authority, elsewhere)
        if administration.is_only_ours(person, [of.pk], at=at)
    }
    assert kept == {("Mina Ford", authority.pk), ("Pat Lane", elsewhere.pk)}
    # Whoever takes the place of the council looks after the guardian in its place.
    mergers.move(authority, elsewhere, by=colleague, at=at)
    assert administration.is_only_ours(guardian, [elsewhere.pk], at=at)


# Who opens which address is in the table of all of them as well.
@pytest.mark.by_turns
@pytest.mark.parametrize("role", a_third([r for r in Role if r != Role.ADMINISTRATOR], "people"))
def test_no_other_role_reads_or_changes_people(client, role, authority):
    team = a_team(authority, kind="duty") if role == Role.DUTY_DESK else a_team(authority)
    fields = {"home": a_home(authority)} if role in (Role.PLACEMENT_STAFF, Role.FOSTER_CARER) else {}
    if role in (Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.TEAM_MANAGER):
        fields = {"team": team}
    person = a_person(role, **fields)
    client.force_login(person)
    assert client.get(reverse("person_new")).status_code == 403
    assert client.get(reverse("person", args=[person.pk])).status_code == 403
    assert (
        client.post(reverse("role_end", args=[membership_of(person).pk]), {"end": "now"}).status_code == 403
    )
    assert membership_of(person).ends_at is None


@pytest.mark.by_turns(8)
def test_a_correction_is_on_record_and_an_unchanged_one_is_not(page, authority):
    worker = a_person(Role.SOCIAL_WORKER, team=a_team(authority))
    same = {"name": worker.name, "phone": worker.phone}
    page.post(reverse("person_change", args=[worker.pk]), same)
    assert not ConfigurationChange.objects.filter(kind="person_corrected").exists()
    page.post(reverse("person_change", args=[worker.pk]), same | {"name": "Mina Vale-Oduya"})
    worker.refresh_from_db()
    assert worker.name == "Mina Vale-Oduya"
    (change,) = ConfigurationChange.objects.filter(kind="person_corrected")
    assert change.data == {"fields": ["name"]}
    assert "Mina" not in str(change.data)


@pytest.mark.by_turns
def test_the_page_of_a_person_asks_the_same_number_of_queries_however_many_roles(page, authority, now):
    worker = a_person(Role.SOCIAL_WORKER, team=a_team(authority))
    before = counted(page, worker)
    for _n in range(4):
        people.join(worker, Role.SOCIAL_WORKER, team=a_team(authority), at=now - timedelta(days=1))
    assert counted(page, worker) == before


def counted(page, worker) -> int:
    with CaptureQueriesContext(connection) as queries:
        page.get(reverse("person", args=[worker.pk]))
    return len(queries)


@pytest.mark.by_turns(8)
def test_a_link_outlives_neither_the_role_it_was_made_for_nor_another_councils_word(authority, admin, now):
    """Whoever kept it would open the account with the role that the next council gives."""
    person = a_person(Role.SOCIAL_WORKER, authority=authority)
    kept = invitations.make(person, by=admin, at=now)
    assert invitations.read(*kept, at=now) == person
    people.leave(membership_of(person), by=admin, at=now)
    elsewhere = factories.a_team()
    other = a_person(Role.ADMINISTRATOR, authority=elsewhere.authority)
    given = {"name": person.name, "team": elsewhere, "known": person, "at": now}
    people.enrol(person.email, Role.SOCIAL_WORKER, by=other, **given)
    assert invitations.read(*kept, at=now) is None
    person.refresh_from_db()
    later = invitations.make(person, by=other, at=now)
    people.enrol(person.email, Role.DUTY_DESK, by=other, **given)
    assert invitations.read(*later, at=now) == person, "a second role of the same hand takes nothing back"
    given["known"].refresh_from_db()
    people.enrol(person.email, Role.TEAM_MANAGER, by=admin, **given | {"team": factories.a_team(authority)})
    assert invitations.read(*later, at=now) is None

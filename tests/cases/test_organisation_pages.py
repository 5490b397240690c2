"""An administrator sets up teams, homes and mailboxes, and corrects them; nobody of another authority does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases import organisations
from cases.models import (
    ConfigurationChange,
    Event,
    ForceAgreement,
    GuardianService,
    Home,
    Mailbox,
    Placement,
    Role,
    Team,
)
from cases.states import IllegalMove
from tests.factories import (
    a_child,
    a_force,
    a_force_mailbox,
    a_home,
    a_person,
    a_team,
    an_agreement,
    an_authority,
    an_authority_mailbox,
    placed,
)

pytestmark = pytest.mark.django_db
HOME = {
    "name": "Ash Tree House",
    "provider": "Ash Care",
    "address": "4 Ash Lane, Northmere",
    "postcode": "ct14bg",
    "phone": "01632960444",
}


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


def kinds(subject) -> list[tuple[str, object]]:
    rows = ConfigurationChange.objects.filter(
        subject_type=subject._meta.model_name, subject_id=subject.pk
    ).order_by("pk")
    return [(row.kind, row.actor) for row in rows]


def words(answer) -> str:
    return answer.content.decode()


def test_a_duty_desk_is_set_up_with_its_phone_and_stands_on_the_first_page(page, admin, authority):
    desk = {"authority": authority.pk, "name": "Night desk", "kind": "duty"}
    refused = page.post(reverse("team_new"), desk)
    assert refused.status_code == 422
    assert "Enter a phone: alerts text and ring a duty desk" in words(refused)
    page.post(reverse("team_new"), desk | {"phone": "01632 960 311", "second_phone": ""})
    team = Team.objects.get(name="Night desk")
    assert (team.authority, team.kind, team.phone, team.verified_at) == (
        authority,
        "duty",
        "01632 960311",
        None,
    )
    assert kinds(team) == [("team_opened", admin)]
    first = words(page.get(reverse("admin_home")))
    assert reverse("team_change", args=[team.pk]) in first
    assert reverse("team_new") in first


def test_a_team_of_the_same_name_is_refused_in_words(page, authority):
    a_team(authority, name="Looked-after children")
    again = {"authority": authority.pk, "name": "looked-after children", "kind": "social_work", "phone": ""}
    assert "There is a team of this name already" in words(page.post(reverse("team_new"), again))
    assert Team.objects.filter(name__iexact="looked-after children").count() == 1


def test_a_corrected_duty_number_is_not_proved_until_it_is_rung(page, admin, authority):
    team = a_team(authority, kind="duty", name="Desk", phone="01632 960001", second_phone="01632 960002")
    address = reverse("team_change", args=[team.pk])
    assert 'value="01632 960001"' in words(page.get(address))
    held = {"name": "Desk", "phone": "01632 960001", "second_phone": "01632 960009"}
    page.post(address, held)
    team.refresh_from_db()
    assert (team.second_phone, team.verified_at is None) == ("01632 960009", False)
    page.post(address, held | {"phone": "01632 960777"})
    team.refresh_from_db()
    assert (team.phone, team.verified_at) == ("01632 960777", None)
    assert kinds(team) == [("team_corrected", admin), ("team_corrected", admin)]
    last = ConfigurationChange.objects.latest("pk")
    assert last.data == {"changed": {"phone": ["01632 960001", "01632 960777"]}}
    page.post(address, held | {"phone": "01632 960777"})
    assert ConfigurationChange.objects.latest("pk") == last, "nothing was changed"


def test_a_home_is_registered_and_children_can_be_placed_there(page, admin, authority):
    answers = HOME | {"authority": authority.pk, "force": authority.force.pk}
    refused = page.post(reverse("home_new"), answers | {"phone": "", "postcode": "nowhere"})
    assert refused.status_code == 422
    assert "Enter a phone that is answered day and night" in words(refused)
    assert "Ash Tree House" in words(refused), "nothing that was typed is lost"
    page.post(reverse("home_new"), answers)
    home = Home.objects.get(name="Ash Tree House")
    assert (home.authority, home.force, home.provider.name) == (authority, authority.force, "Ash Care")
    assert (home.postcode, home.phone) == ("CT1 4BG", "01632 960444")
    assert kinds(home) == [("home_opened", admin)]
    assert "There is a home of this name at this postcode already" in words(
        page.post(reverse("home_new"), answers)
    )
    listed = words(page.get(reverse("home_list")))
    assert reverse("home_change", args=[home.pk]) in listed
    team = a_team(authority)
    child, worker = a_child(team=team), a_person(Role.SOCIAL_WORKER, team=team)
    page.force_login(worker)
    assert "Ash Tree House" in words(page.get(reverse("placement_new", args=[child.reference])))


@pytest.mark.by_turns
def test_a_new_phone_of_a_home_is_the_one_that_is_texted_about_each_child_there(page, admin, authority):
    home = a_home(authority, phone="01632 960001")
    child, moved = a_child(authority=authority), a_child(authority=authority)
    stands, gone = placed(child, home), placed(moved, home)
    Placement.objects.filter(pk=gone.pk).update(ends_at=gone.starts_at + timedelta(hours=1))
    held = {"name": home.name, "address": home.address, "postcode": "CT1 4BG", "force": home.force.pk}
    held["phone"] = "01632 960888"
    page.post(reverse("home_change", args=[home.pk]), held)
    home.refresh_from_db()
    stands.refresh_from_db()
    gone.refresh_from_db()
    assert (home.phone, home.phone_verified_at, stands.phone) == ("01632 960888", None, "01632 960888")
    assert gone.phone == "01632 960001", "what was is not rewritten"
    assert Event.objects.get(child=child, kind="home_phone_changed").actor == admin
    assert not Event.objects.filter(child=moved, kind="home_phone_changed").exists()
    assert kinds(home) == [("home_corrected", admin)]


def test_a_mailbox_is_registered_ended_with_a_reason_and_replaced(page, admin, authority):
    force = authority.force
    answers = {"address": "control@northmere-police.example", "what": f"control_room:force:{force.pk}"}
    assert "Enter the email address" in words(page.post(reverse("mailbox_new"), answers | {"address": ""}))
    page.post(reverse("mailbox_new"), answers)
    mailbox = Mailbox.objects.get(address="control@northmere-police.example")
    assert (mailbox.force, mailbox.purpose, mailbox.verified_at) == (force, "control_room", None)
    assert "Enter another address: this one is registered for that already" in words(
        page.post(reverse("mailbox_new"), answers)
    )
    end = reverse("mailbox_end", args=[mailbox.pk])
    assert end in words(page.get(reverse("mailboxes")))
    assert "nobody is mailed" in words(page.get(end))
    a_force_mailbox(force)
    assert "nobody is mailed" not in words(page.get(end)), "another one stands for the same purpose"
    assert page.post(end, {"reason": ""}).status_code == 422
    page.post(end, {"reason": "Wrong address"})
    mailbox.refresh_from_db()
    assert mailbox.ends_at is not None
    assert kinds(mailbox) == [("mailbox_registered", admin), ("mailbox_ended", admin)]
    assert page.get(end).status_code == 404
    page.post(reverse("mailbox_new"), answers)
    assert Mailbox.objects.filter(address=mailbox.address, ends_at=None).count() == 1


def test_a_duty_mailbox_is_of_a_duty_desk(page, authority):
    desk, team = a_team(authority, kind="duty"), a_team(authority)
    box = {"address": "desk@northmere.example"}
    assert page.post(reverse("mailbox_new"), box | {"what": f"duty:team:{team.pk}"}).status_code == 422
    page.post(reverse("mailbox_new"), box | {"what": f"duty:team:{desk.pk}"})
    assert Mailbox.objects.get(address="desk@northmere.example").team == desk


def test_an_agreement_is_recorded_once_for_any_day_and_ended(page, admin, authority, now):
    today = now.date()
    answers = {"authority": authority.pk, "force": authority.force.pk}
    for name, day in (
        ("signed_date", today - timedelta(days=9)),
        ("expires_date", today + timedelta(days=300)),
    ):
        answers |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    assert "name no child" in words(page.get(reverse("mailboxes")))
    page.post(reverse("agreement_new"), answers)
    agreement = ForceAgreement.objects.get(authority=authority)
    again = page.post(reverse("agreement_new"), answers)
    assert "There is an agreement with this force in that time already" in words(again)
    late = page.post(reverse("agreement_new"), answers | {"expires_date_year": today.year - 1})
    assert "The date on which it expires must be after today" in words(late)
    end = reverse("agreement_end", args=[agreement.pk])
    assert end in words(page.get(reverse("mailboxes")))
    page.post(end, {"reason": "Withdrawn by the force"})
    agreement.refresh_from_db()
    assert agreement.expires_date == today
    assert kinds(agreement) == [("agreement_signed", admin), ("agreement_ended", admin)]


def test_a_guardian_service_is_put_on_the_list_once_and_its_guardians_can_be_added(page, admin):
    assert "Enter the name of the service" in words(page.post(reverse("service_new"), {"name": ""}))
    page.post(reverse("service_new"), {"name": "Lantern Guardians", "phone": "01632 960555"})
    service = GuardianService.objects.get(name="Lantern Guardians")
    assert kinds(service) == [("service_opened", admin)]
    again = page.post(reverse("service_new"), {"name": "lantern guardians"})
    assert "This guardian service is on the list already" in words(again)
    assert "Lantern Guardians" in words(page.get(reverse("admin_home")))
    assert f"service:{service.pk}" in words(page.get(reverse("person_new")))


@pytest.mark.by_turns(8)
def test_what_is_of_another_authority_is_not_there(page):
    other = an_authority()
    theirs = [
        reverse("team_change", args=[a_team(other).pk]),
        reverse("home_change", args=[a_home(other).pk]),
        reverse("mailbox_end", args=[an_authority_mailbox(other).pk]),
        reverse("mailbox_end", args=[a_force_mailbox(a_force()).pk]),
        reverse("agreement_end", args=[an_agreement(a_force(), other).pk]),
    ]
    assert [page.get(address).status_code for address in theirs] == [404] * 5
    assert (
        page.post(reverse("team_new"), {"authority": other.pk, "name": "X", "kind": "duty"}).status_code
        == 422
    )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "name", ["team_new", "service_new", "home_list", "home_new", "mailbox_new", "agreement_new"]
)
def test_only_an_administrator_opens_them(client, name):
    client.force_login(a_person(Role.TEAM_MANAGER))
    assert client.get(reverse(name)).status_code == 403


@pytest.mark.by_turns(8)
def test_a_team_cannot_take_the_name_of_another(admin, authority, now):
    a_team(authority, name="North")
    team = a_team(authority, name="South")
    with pytest.raises(IllegalMove, match="of this name already"):
        organisations.correct_team(team, name="North", by=admin, at=now)
    assert organisations.correct_team(team, name="SOUTH", by=admin, at=now).name == "SOUTH"

"""A role in what several councils share opens another council's children once somebody there has confirmed the account."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import change_words, emails
from alerts.models import Message
from cases import access, administration, clock, confirming, people, promotions, role_refusals
from cases.access import Permission
from cases.models import ConfigurationChange, Membership, Reach, Role, User
from cases.states import IllegalMove
from guardians import areas
from guardians.areas import Way
from tests.factories import (
    AT,
    a_child,
    a_home,
    a_person,
    a_service,
    a_team,
    a_watched_child,
    an_authority,
    guarded,
    missing,
    placed,
    somebody,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 2 * HOUR


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return a_watched_child()


@pytest.fixture
def admin(watched):
    """Of the child's own council."""
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.fixture
def stranger(watched):
    """Who administers a council that shares the force and has no child at all."""
    return a_person(Role.ADMINISTRATOR, authority=an_authority("Farby", force=watched.force))


def given(client, by, role: str, where: str) -> User | None:
    client.force_login(by)
    asked = {"email": "new@farby.example", "name": "New Person", "phone": "01632 960123"}
    client.post(reverse("person_new"), {**asked, "role": role, "where": where})
    return User.objects.filter(email="new@farby.example").first()


def covers(by, service) -> None:
    """The council of `by` says that the service takes its children, as its administrator may."""
    own = Membership.objects.get(user=by).authority
    areas.cover(own, service, Way(phone="01632 960111"), starts_date=AT.date(), by=by, at=AT)


def reads(person, child, permission=Permission.SEE_STATUS) -> bool:
    return access.may(User.objects.get(pk=person.pk), child, permission, at=NOW)


@pytest.mark.by_turns
def test_an_administrator_fills_only_services_that_their_council_has_to_do_with(
    client, watched, admin, stranger
):
    service = watched.assignment.service
    assert given(client, stranger, "guardian", f"service:{service.pk}") is None
    new = a_service()
    assert set(
        administration.services_to_fill(
            [membership.authority_id for membership in stranger.memberships.all()], at=NOW
        )
    ) == {new}
    covers(stranger, service)
    assert given(client, stranger, "guardian", f"service:{service.pk}") is not None
    assert service in administration.services_to_fill([watched.authority.pk], at=NOW)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("kind", ["team", "home", "service", "force", "authority"])
def test_no_verb_gives_a_role_in_a_place_that_the_form_would_not_offer(watched, stranger, kind):
    own = Membership.objects.get(user=stranger).authority
    theirs, ours = {
        "team": (watched.team, a_team(own)),
        "home": (watched.home, a_home(own)),
        "service": (watched.assignment.service, a_service()),
        # The force of the child's council is that of the stranger's too.
        "force": (an_authority().force, watched.force),
        "authority": (watched.authority, own),
    }[kind]
    role = {
        "team": Role.SOCIAL_WORKER,
        "home": Role.PLACEMENT_STAFF,
        "service": Role.GUARDIAN,
        "force": Role.POLICE,
        "authority": Role.AUDITOR,
    }[kind]
    asked = {"role": role, "name": "New Person", "by": stranger, "at": NOW}
    with pytest.raises(IllegalMove, match="nothing to do with"):
        people.enrol("new@farby.example", **asked, **{kind: theirs})
    assert not User.objects.filter(email="new@farby.example").exists()
    assert people.enrol("new@farby.example", **asked, **{kind: ours}).role == role


@pytest.mark.by_turns(8)
def test_who_supervises_the_guardians_of_another_councils_child_reads_nothing_until_that_council_confirms(
    client, watched, admin, stranger
):
    service = watched.assignment.service
    covers(stranger, service)
    new = given(client, stranger, "guardian:service", f"service:{service.pk}")
    assert not reads(new, watched.child)
    told = Message.objects.filter(wording=change_words.SHARED).values_list("user", flat=True)
    assert set(told) == {watched.head.pk, watched.director.pk, admin.pk}
    role = new.memberships.get()
    page = reverse("role_confirm", args=[role.pk])
    assert client.get(page).status_code == 404, "of their own council nobody else counts"
    client.force_login(admin)
    assert page in client.get(reverse("admin_home")).content.decode()
    assert "New Person" in client.get(page).content.decode()
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"known": "yes", "how": "Rang the service"}).status_code == 302
    assert reads(new, watched.child)
    assert client.get(page).status_code == 404
    log = ConfigurationChange.objects.get(kind="role_confirmed")
    assert (log.actor, log.subject_id, log.data["how"]) == (admin, role.pk, "Rang the service")


@pytest.mark.by_turns
def test_the_services_own_head_confirms_who_supervises_there(client, watched, stranger):
    service = watched.assignment.service
    head = a_person(Role.GUARDIAN, service=service, reach=Reach.DIRECTORATE)
    covers(stranger, service)
    new = given(client, stranger, "guardian:service", f"service:{service.pk}")
    client.force_login(head)
    page = reverse("role_confirm", args=[new.memberships.get().pk])
    for _ in range(2):
        # A double click is no page that is never found.
        assert client.post(page, {"known": "yes", "how": "I hired them"}).status_code == 302
    assert ConfigurationChange.objects.filter(kind="role_confirmed").count() == 1
    assert reads(new, watched.child)


@pytest.mark.by_turns(8)
def test_nobody_confirms_a_role_that_they_gave_or_have(watched, admin, stranger):
    service = watched.assignment.service
    person = somebody()
    role = people.join(person, Role.GUARDIAN, service=service, reach=Reach.SERVICE, by=stranger, at=NOW)
    assert role.awaits
    for one in (stranger, person):
        with pytest.raises(IllegalMove):
            confirming.confirm(role, how="So", by=one, at=NOW)
        written = {"user": person.pk, "given_by": stranger.pk}
        with pytest.raises(IntegrityError), transaction.atomic():
            ConfigurationChange.objects.create(
                kind="role_confirmed", subject_type="membership", subject_id=role.pk, data=written, at=NOW,
                actor=one, actor_label=one.name,
            )  # fmt: skip


def test_a_supervisor_of_a_service_that_is_one_councils_alone_waits_for_nobody(client, watched, admin):
    new = given(client, admin, "guardian:service", f"service:{watched.assignment.service_id}")
    assert reads(new, watched.child)


@pytest.mark.by_turns
def test_an_officer_reads_and_answers_for_the_councils_that_confirmed_the_account(
    client, watched, admin, stranger
):
    episode = missing(watched.child, by=watched.carer, at=AT + HOUR)
    new = given(client, stranger, "police", f"force:{watched.force.pk}")
    assert not reads(new, watched.child, Permission.ANSWER_FOR_POLICE)
    client.force_login(new)
    assert client.get(reverse("episode", args=[episode.reference])).status_code == 404
    told = Message.objects.filter(wording=change_words.SHARED).values_list("user", flat=True)
    assert set(told) == {watched.head.pk, watched.director.pk, admin.pk}
    page = reverse("role_confirm", args=[new.memberships.get().pk])
    for person in (stranger, new, watched.worker, watched.officer):
        client.force_login(person)
        assert client.get(page).status_code in (403, 404)
    client.force_login(admin)
    assert client.post(page, {"known": "yes", "how": "Rang the control room"}).status_code == 302
    assert reads(new, watched.child, Permission.ANSWER_FOR_POLICE)


@pytest.mark.by_turns
def test_an_officer_of_one_council_reads_no_child_of_a_council_of_another_force(watched, admin, stranger):
    """It lives in the area of the force, and who is to confirm is any other of its councils."""
    guest = a_child(an_authority("Overby"))
    placed(guest, watched.home)
    missing(guest, by=watched.carer, at=AT + HOUR)
    person = somebody()
    role = people.join(person, Role.POLICE, force=watched.force, by=stranger, at=NOW)
    assert not reads(person, guest)
    confirming.confirm(role, how="Rang the control room", by=admin, at=NOW)
    assert reads(person, guest)
    assert reads(watched.officer, guest)


@pytest.mark.by_turns
def test_an_officer_of_the_only_council_that_has_an_administrator_waits_for_nobody(watched, stranger):
    """Nobody could ever confirm the account."""
    guest = a_child(an_authority("Overby"))
    placed(guest, watched.home)
    missing(guest, by=watched.carer, at=AT + HOUR)
    person = somebody()
    people.join(person, Role.POLICE, force=watched.force, by=stranger, at=NOW)
    assert reads(person, guest)


@pytest.mark.by_turns
def test_no_colleague_of_the_giver_confirms_though_the_givers_account_is_closed(watched, admin, stranger):
    colleague = a_person(Role.ADMINISTRATOR, authority=stranger.memberships.get().authority)
    service = watched.assignment.service
    covers(stranger, service)
    role = people.join(somebody(), Role.GUARDIAN, service=service, reach=Reach.SERVICE, by=stranger, at=NOW)
    assert role.awaits
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    with pytest.raises(IllegalMove):
        confirming.confirm(role, how="So", by=colleague, at=NOW)
    confirming.confirm(role, how="So", by=admin, at=NOW)
    role.refresh_from_db()
    assert not role.awaits


# --- In a home where another council's child lives


@pytest.fixture
def host(watched):
    """A home of another council in which the watched child lives, and who administers that council."""
    home = a_home(an_authority("Hostby"))
    placed(a_child(watched.authority, team=watched.team, worker=watched.worker), home)
    return home, a_person(Role.ADMINISTRATOR, authority=home.authority)


def told_of_homes() -> set[int | None]:
    return set(Message.objects.filter(wording=change_words.SHARED).values_list("user", flat=True))


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [Role.PLACEMENT_STAFF, Role.FOSTER_CARER])
def test_the_manager_of_a_child_hears_of_each_account_that_begins_in_its_home(client, watched, host, role):
    home, by = host
    assert given(client, by, role, f"home:{home.pk}") is not None
    assert told_of_homes() == {watched.manager.pk}


@pytest.mark.by_turns
def test_the_manager_of_a_child_hears_of_a_device_that_begins_in_its_home(client, watched, host):
    home, by = host
    client.force_login(by)
    client.post(reverse("home_device_list", args=[home.pk]), {"name": "Kitchen tablet"})
    assert User.objects.filter(device_home=home).count() == 1
    assert told_of_homes() == {watched.manager.pk}


@pytest.mark.by_turns
def test_where_the_team_has_no_manager_or_nobody_is_there_whoever_stands_above_hears(client, watched, host):
    home, by = host
    people.leave(watched.manager.memberships.get(), at=AT + HOUR)
    given(client, by, Role.PLACEMENT_STAFF, f"home:{home.pk}")
    assert told_of_homes() == {watched.head.pk}


@pytest.mark.by_turns
def test_of_a_home_in_which_no_child_lives_nobody_else_hears(client, watched, host):
    _home, by = host
    given(client, by, Role.PLACEMENT_STAFF, f"home:{a_home(by.memberships.get().authority).pk}")
    assert told_of_homes() == set()


# --- Whoever is told that a role of a service waits is whoever may answer


@pytest.mark.by_turns
def test_of_the_service_its_head_is_told_and_confirms_and_a_supervisor_does_neither(watched, stranger):
    service = watched.assignment.service
    head = a_person(Role.GUARDIAN, service=service, reach=Reach.DIRECTORATE)
    supervisor = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    covers(stranger, service)
    role = people.join(somebody(), Role.GUARDIAN, service=service, reach=Reach.SERVICE, by=stranger, at=NOW)
    told = User.objects.filter(messages__wording=change_words.SHARED, memberships__service=service)
    assert set(told) == {head}
    assert confirming.waiting(head, at=NOW) == [role]
    assert confirming.waiting(supervisor, at=NOW) == []
    with pytest.raises(Http404):
        confirming.get(supervisor, role.pk, at=NOW)


@pytest.mark.by_turns
def test_as_many_questions_whatever_waits(watched, admin, stranger):
    def asked(number: int) -> int:
        for _ in range(number):
            service = a_service()
            covers(stranger, service)
            covers(admin, service)
            guarded(a_child(watched.authority), a_person(Role.GUARDIAN, service=service))
            people.join(somebody(), Role.GUARDIAN, service=service, reach=Reach.SERVICE, by=stranger, at=NOW)
            people.join(somebody(), Role.POLICE, force=watched.force, by=stranger, at=NOW)
        with CaptureQueriesContext(connection) as queries:
            waits = confirming.waiting(User.objects.get(pk=admin.pk), at=NOW)
        assert len(waits) == Membership.objects.filter(user__in=[one.user_id for one in waits]).count()
        assert len(waits) >= 2 * number
        return len(queries)

    assert asked(1) == asked(4)


# --- What is answered, and who hears of it


@pytest.fixture
def waits(watched, admin, stranger):
    """A supervisor whom another council's administrator made, and who waits."""
    covers(stranger, watched.assignment.service)
    service = watched.assignment.service
    return people.join(
        somebody(name="Ilvane Tresco"),
        Role.GUARDIAN,
        service=service,
        reach=Reach.SERVICE,
        by=stranger,
        at=AT,
    )


def heard() -> set[int | None]:
    return set(Message.objects.filter(wording="role_answered").values_list("user", flat=True))


@pytest.mark.by_turns
def test_whoever_gave_a_role_and_whoever_got_it_hear_that_it_is_confirmed(admin, stranger, waits):
    confirming.confirm(waits, how="Rang the service", by=admin, at=NOW)
    assert heard() == {stranger.pk, waits.user_id}


@pytest.mark.by_turns(8)
def test_whoever_gave_the_role_is_told_to_end_it_themselves_and_its_holder_whom_to_ring(
    admin, stranger, waits
):
    confirming.confirm(waits, how="Rang the service", by=admin, at=NOW)

    said = {one.user_id: words(one) for one in Message.objects.filter(wording="role_answered")}

    assert "end the role on the person’s page" in said[stranger.pk]
    assert "YOUR ROLE IS CONFIRMED" in said[waits.user_id]
    assert "ring an administrator of your council" in said[waits.user_id]
    assert "administrator" not in said[stranger.pk]


@pytest.mark.by_turns(8)
def test_the_services_head_and_another_council_read_each_where_they_confirm(client, watched, admin, stranger):
    service = watched.assignment.service
    head = a_person(Role.GUARDIAN, service=service, reach=Reach.DIRECTORATE)
    covers(stranger, service)
    given(client, stranger, "guardian:service", f"service:{service.pk}")

    said = {one.user_id: words(one) for one in Message.objects.filter(wording=change_words.SHARED)}

    assert "until you, or a council that it concerns, has confirmed the account" in said[head.pk]
    assert "“Your guardian service”" in said[head.pk]
    assert "“People and teams”" not in said[head.pk]
    assert "your council" not in said[head.pk]
    assert "An administrator of your council confirms it under “People and teams”" in said[admin.pk]
    assert "“Your guardian service”" not in said[admin.pk]
    client.force_login(head)
    assert "1 account of your service waits to be confirmed" in client.get("/", follow=True).content.decode()


def words(message: Message) -> str:
    return " ".join(emails.compose(message, now=NOW).text.split())


@pytest.mark.by_turns
def test_the_page_of_a_person_says_of_a_refused_role_that_it_was_never_confirmed(
    client, admin, stranger, waits
):
    page = reverse("person", args=[waits.user_id])
    client.force_login(stranger)
    assert "Waits until another council" in client.get(page).content.decode()

    role_refusals.refuse(waits, reason="Nobody there knows them", by=admin, at=NOW)

    shown = client.get(page).content.decode()
    assert "Waits until another council" not in shown
    assert "It was never confirmed, and opened nothing" in shown


@pytest.mark.by_turns(8)
def test_a_role_that_nobody_knows_is_refused_on_its_page_and_whoever_gave_it_reads_why(
    client, admin, stranger, waits
):
    page = reverse("role_refuse", args=[waits.pk])
    client.force_login(admin)
    assert page in client.get(reverse("role_confirm", args=[waits.pk])).content.decode()
    assert client.get(page).status_code == 200
    assert client.post(page, {"reason": " "}).status_code == 422
    for _ in range(2):
        assert client.post(page, {"reason": "Nobody there knows them"}).status_code == 302
    waits.refresh_from_db()
    assert waits.ends_at == NOW
    log = ConfigurationChange.objects.get(kind="role_refused")
    assert (log.actor, log.subject_id, log.data["reason"]) == (admin, waits.pk, "Nobody there knows them")
    assert heard() == {stranger.pk}
    assert confirming.waiting(admin, at=NOW) == []
    assert client.get(page).status_code == 404


@pytest.mark.by_turns
def test_nobody_refuses_but_whose_word_is_asked_for(client, watched, stranger, waits):
    page = reverse("role_refuse", args=[waits.pk])
    elsewhere = a_person(Role.ADMINISTRATOR, authority=an_authority("Overby"))
    colleague = a_person(Role.ADMINISTRATOR, authority=stranger.memberships.get().authority)
    for person in (stranger, waits.user, watched.worker, watched.manager, elsewhere, colleague):
        client.force_login(person)
        assert client.post(page, {"reason": "So"}).status_code in (403, 404)
        with pytest.raises(IllegalMove):
            role_refusals.refuse(waits, reason="So", by=person, at=NOW)
    waits.refresh_from_db()
    assert waits.ends_at is None
    assert heard() == set()


def test_an_officer_on_whom_another_council_relies_is_not_ended_by_a_third(watched, admin, stranger):
    role = people.join(somebody(), Role.POLICE, force=watched.force, by=stranger, at=AT)
    third = a_person(Role.ADMINISTRATOR, authority=an_authority("Overby", force=watched.force))
    confirming.confirm(role, how="Rang the control room", by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="speak with them"):
        role_refusals.refuse(role, reason="Unknown", by=third, at=NOW)
    role.refresh_from_db()
    assert role.ends_at is None


# --- A guardian who is to supervise as well


def test_a_guardian_who_is_promoted_keeps_their_children_until_the_new_role_is_confirmed(
    client, watched, admin, stranger
):
    service, guardian = watched.assignment.service, watched.guardian
    covers(stranger, service)
    own = guardian.memberships.get()
    given = {"service": service, "reach": Reach.SERVICE, "by": stranger, "at": AT + HOUR}
    new = people.join(guardian, Role.GUARDIAN, **given)
    assert new.awaits
    with pytest.raises(IllegalMove, match="keeps their children"):
        promotions.end_role(own, by=admin, at=NOW)
    assert reads(guardian, watched.child)
    confirming.confirm(new, how="Rang the service", by=admin, at=NOW)
    promotions.end_role(own, by=admin, at=NOW)
    assert reads(guardian, watched.child)


@pytest.mark.by_turns
def test_one_whose_new_role_is_ended_first_ends_as_any_other(watched, admin, stranger):
    covers(stranger, watched.assignment.service)
    own = watched.guardian.memberships.get()
    given = {"service": watched.assignment.service, "reach": Reach.SERVICE, "by": stranger, "at": AT}
    new = people.join(watched.guardian, Role.GUARDIAN, **given)
    people.leave(new, by=stranger, at=NOW)
    promotions.end_role(own, by=admin, at=NOW)
    assert not reads(watched.guardian, watched.child)

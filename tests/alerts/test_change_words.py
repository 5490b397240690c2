"""Whoever's account was changed hears of it by mail, in words that say how to object, and nothing else does."""

from datetime import datetime, timedelta

import pytest

from alerts import change_words, delivery
from alerts.models import Message
from alerts.states import MessageStatus
from cases import configuration, home_devices, invitations, leavers, people, second_factor
from cases.models import Mailbox, Role, User
from tests import factories
from tests.passing import SECRET, code, has_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    team = factories.a_team()
    return factories.a_person(Role.SOCIAL_WORKER, team=team, password="three random words")


@pytest.fixture
def administrator(person: User) -> User:
    authority = factories.membership_of(person).team.authority
    return factories.a_person(Role.ADMINISTRATOR, authority=authority)


def told(person: User) -> list[str]:
    rows = Message.objects.filter(wording=change_words.WORDING, user=person).order_by("change")
    return [message.change.kind for message in rows.select_related("change")]


@pytest.mark.by_turns
def test_each_change_of_how_somebody_signs_in_is_told_to_them_once(
    person: User, administrator: User, now: datetime
) -> None:
    second_factor.add_app(person, SECRET, code(at=now), may_add=False, at=now)
    passkey = second_factor.add_passkey(person, "work phone", {"id": "x"}, may_add=True, at=now)
    assert passkey == []
    codes = second_factor.new_codes(person, at=now)
    second_factor.check(person, codes[0], at=now)
    second_factor.remove(second_factor.factors(person)[0], by=person, at=now)
    second_factor.reset(person, reason="Phone lost", by=administrator, at=now)
    people.change_password(person, "another three words", at=now)
    people.correct(person, name=person.name, phone="07700 900111", by=administrator, at=now)
    invitations.make(person, by=administrator, at=now)
    invitations.accept(person, "yet another three words", at=now)
    assert told(person) == [
        *("second_factor_added", "second_factor_added", "recovery_codes_made", "recovery_code_used"),
        *("second_factor_removed", "second_factor_reset", "password_changed", "person_corrected"),
        *("first_sign_in_offered", "first_password_chosen"),
    ]
    assert told(administrator) == []


@pytest.mark.by_turns
def test_what_is_no_change_of_an_account_is_told_to_nobody(
    person: User, administrator: User, now: datetime
) -> None:
    people.correct(person, name="Asta Penrowe", phone=person.phone, by=administrator, at=now)
    people.sign_out(person)
    fresh = people.enrol(
        "fresh@example.org",
        Role.SOCIAL_WORKER,
        name="Fresh",
        by=administrator,
        at=now,
        team=factories.membership_of(person).team,
    )
    invitations.make(fresh.user, by=administrator, at=now)
    device = home_devices.add(factories.a_home(), "Tablet", by=administrator, at=now)
    second_factor.add_passkey(device, "Tablet", {"id": "x"}, may_add=False, at=now)
    assert not Message.objects.filter(wording=change_words.WORDING).exists()


@pytest.mark.by_turns
def test_it_says_what_was_done_by_whom_and_whom_to_ring_and_names_no_child(
    person: User, administrator: User, now: datetime, catcher
) -> None:
    has_app(person, at=now)
    second_factor.reset(person, reason="Lost on the bus", by=administrator, at=now)
    delivery.deliver(clock=lambda: now)
    message = Message.objects.get(wording=change_words.WORDING)
    assert message.status == MessageStatus.SENT
    proof = message.proofs.get()
    text = " ".join(proof.text.split())
    assert proof.address == person.email
    assert "The second step was reset" in text
    assert "by an administrator" in text
    assert "ring an administrator of your organisation now" in text
    assert "Phone the duty line (24 h)" in text
    assert "http" not in text
    assert "child" not in text
    assert "bus" not in text
    assert administrator.name not in text
    assert message.change.reference in proof.subject


@pytest.mark.by_turns(8)
def test_one_who_has_no_role_any_more_hears_of_it_and_a_closed_account_does_not(
    person: User, administrator: User, now: datetime, catcher
) -> None:
    people.change_password(person, "another three words", at=now)
    people.leave(factories.membership_of(person), by=administrator, at=now + timedelta(seconds=1))
    delivery.deliver(clock=lambda: now + timedelta(seconds=2))
    assert Message.objects.get(wording=change_words.WORDING).status == MessageStatus.SENT
    people.change_password(person, "yet another three words", at=now + timedelta(seconds=3))
    leavers.close(person, reason="A danger", by=administrator, at=now + timedelta(seconds=4))
    delivery.deliver(clock=lambda: now + timedelta(seconds=5))
    states = Message.objects.filter(wording=change_words.WORDING).order_by("created_at")
    assert [message.status for message in states] == [MessageStatus.SENT, MessageStatus.CANCELLED]


@pytest.mark.by_turns(8)
def test_the_seniors_hear_when_a_mailbox_of_the_lado_begins_or_ends_and_of_no_other(
    person: User, administrator: User, now: datetime, catcher
) -> None:
    authority = factories.membership_of(administrator).authority
    team = factories.membership_of(person).team
    head, director = (
        factories.a_person(Role.TEAM_MANAGER, team=team, reach=reach) for reach in ("service", "directorate")
    )
    factories.a_person(Role.TEAM_MANAGER, team=team)
    factories.a_person(Role.TEAM_MANAGER, reach="service")
    given = {"authority": authority, "by": administrator, "at": now}
    box = configuration.register_mailbox("lado@council.example", Mailbox.Purpose.LADO, **given)
    configuration.register_mailbox("host@council.example", Mailbox.Purpose.HOST_DUTY, **given)
    told = Message.objects.filter(wording=change_words.LADO)
    assert {message.user for message in told} == {head, director}
    configuration.end_mailbox(box, reason="Moved", by=administrator, at=now + timedelta(seconds=1))
    assert told.all().count() == 4
    delivery.deliver(clock=lambda: now + timedelta(seconds=2))
    texts = {" ".join(message.proofs.get().text.split()) for message in told.all()}
    assert len(texts) == 4, "each with its own reference"
    assert all("Ring the LADO on the number that you know" in text for text in texts)
    assert not [text for text in texts if "lado@" in text]


@pytest.fixture
def seniors(person: User) -> list[User]:
    team = factories.membership_of(person).team
    leading = [
        factories.a_person(Role.TEAM_MANAGER, team=team, reach=reach) for reach in ("service", "directorate")
    ]
    # Who leads a team alone, or another council, hears nothing.
    factories.a_person(Role.TEAM_MANAGER, team=team)
    factories.a_person(Role.TEAM_MANAGER, reach="service")
    factories.a_person(Role.DPO)
    return [*leading, factories.a_person(Role.DPO, authority=team.authority)]


def of_roles() -> set[User]:
    return {message.user for message in Message.objects.filter(wording=change_words.ROLE)}


@pytest.mark.by_turns
def test_the_seniors_hear_when_an_administrator_is_given_a_role_that_reads_records(
    person: User, administrator: User, seniors: list[User], now: datetime, catcher
) -> None:
    team = factories.membership_of(person).team
    other = factories.a_person(Role.ADMINISTRATOR, authority=team.authority)
    people.join(administrator, Role.AUDITOR, authority=team.authority, by=other, at=now)
    assert of_roles() == set(seniors)
    delivery.deliver(clock=lambda: now + timedelta(seconds=1))
    told = Message.objects.filter(wording=change_words.ROLE)
    assert {message.status for message in told} == {MessageStatus.SENT}
    texts = [" ".join(message.proofs.get().text.split()) for message in told]
    assert all(f"gave {administrator.name} the role Auditor" in text for text in texts)
    assert all("ring another administrator" in text for text in texts)
    assert not [text for text in texts if "http" in text]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("ended", "hears"), [(timedelta(days=29), True), (timedelta(days=31), False)], ids=["lately", "long ago"]
)
def test_whoever_was_an_administrator_lately_counts_and_one_of_long_ago_does_not(
    person: User, administrator: User, seniors: list[User], now: datetime, ended: timedelta, hears: bool
) -> None:
    authority = factories.membership_of(administrator).authority
    other = factories.a_person(Role.ADMINISTRATOR, authority=authority)
    people.leave(factories.membership_of(administrator), by=other, at=now - ended)
    team = factories.membership_of(person).team
    people.join(administrator, Role.SOCIAL_WORKER, team=team, by=other, at=now)
    assert of_roles() == (set(seniors) if hears else set())


@pytest.mark.by_turns
def test_a_role_in_another_place_is_told_where_they_administer_and_neither_giver_nor_given_hears(
    person: User, administrator: User, seniors: list[User], now: datetime
) -> None:
    head, director, officer = seniors
    authority = factories.membership_of(administrator).authority
    people.join(administrator, Role.POLICE, force=factories.a_force(), by=head, at=now)
    assert of_roles() == {director, officer}
    people.join(director, Role.ADMINISTRATOR, authority=authority, by=administrator, at=now)
    given = people.join(director, Role.DPO, authority=authority, by=administrator, at=now)
    told = Message.objects.filter(wording=change_words.ROLE, change__subject_id=given.pk)
    assert {message.user for message in told} == {head, officer}


@pytest.mark.by_turns
def test_no_senior_hears_of_an_everyday_role_nor_of_one_more_that_reads_nothing(
    person: User, administrator: User, seniors: list[User], now: datetime
) -> None:
    authority = factories.membership_of(administrator).authority
    other = factories.a_person(Role.ADMINISTRATOR, authority=authority)
    people.join(person, Role.DUTY_DESK, team=factories.a_team(authority), by=administrator, at=now)
    people.join(person, Role.ADMINISTRATOR, authority=authority, by=administrator, at=now)
    people.join(other, Role.ADMINISTRATOR, authority=factories.an_authority(), by=administrator, at=now)
    assert of_roles() == set()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("given", ["service", "directorate", "dpo"])
def test_the_seniors_hear_of_one_more_who_reads_beyond_a_team_whoever_that_is(
    person: User, administrator: User, seniors: list[User], now: datetime, catcher, given: str
) -> None:
    team = factories.membership_of(person).team
    where = {"authority": team.authority} if given == "dpo" else {"team": team, "reach": given}
    role = Role.DPO if given == "dpo" else Role.TEAM_MANAGER
    people.enrol("a@elsewhere.example", role, name="Anselm Quarrie", by=administrator, at=now, **where)
    assert of_roles() == set(seniors)
    delivery.deliver(clock=lambda: now + timedelta(seconds=1))
    texts = [
        " ".join(message.proofs.get().text.split())
        for message in Message.objects.filter(wording=change_words.ROLE)
    ]
    assert all("SOMEBODY WAS GIVEN A SENIOR ROLE" in text for text in texts)
    assert all("gave Anselm Quarrie the role" in text for text in texts)
    assert not [text for text in texts if "administrator, or did so" in text]


@pytest.mark.by_turns
def test_no_senior_hears_of_a_manager_of_one_team(
    person: User, administrator: User, seniors: list[User], now: datetime
) -> None:
    team = factories.membership_of(person).team
    given = {"name": "Petra Lowe", "team": team, "by": administrator, "at": now}
    people.enrol("m@council.example", Role.TEAM_MANAGER, **given)
    assert of_roles() == set()


@pytest.mark.by_turns(8)
def test_where_nobody_leads_the_other_administrators_hear_of_a_role_and_neither_giver_nor_holder_does(
    person: User, administrator: User, now: datetime
) -> None:
    team = factories.membership_of(person).team
    second, third = (factories.a_person(Role.ADMINISTRATOR, authority=team.authority) for _ in range(2))
    factories.a_person(Role.ADMINISTRATOR)
    people.join(second, Role.AUDITOR, authority=team.authority, by=administrator, at=now)
    assert of_roles() == {third}
    people.join(person, Role.TEAM_MANAGER, team=team, reach="service", by=administrator, at=now)
    assert of_roles() == {second, third}


def removed() -> set[User | None]:
    return {message.user for message in Message.objects.filter(wording=change_words.REMOVED)}


@pytest.mark.by_turns
def test_each_council_of_a_force_hears_that_one_of_them_has_ended_its_mailbox(
    person: User, administrator: User, seniors: list[User], now: datetime, catcher
) -> None:
    authority = factories.membership_of(administrator).authority
    other = factories.an_authority(force=authority.force)
    theirs = factories.a_person(Role.ADMINISTRATOR, authority=other)
    factories.a_person(Role.ADMINISTRATOR, authority=factories.an_authority(force=factories.a_force()))
    said = {"force": authority.force, "by": administrator, "at": now}
    boxes = [
        configuration.register_mailbox(f"room{n}@force.example", Mailbox.Purpose.CONTROL_ROOM, **said)
        for n in (1, 2)
    ]
    for seconds, box in enumerate(boxes, start=1):
        configuration.end_mailbox(box, reason="Moved", by=administrator, at=now + timedelta(seconds=seconds))
    assert removed() == {theirs, *seniors[:2]}
    delivery.deliver(clock=lambda: now + timedelta(seconds=3))
    mails = Message.objects.filter(wording=change_words.REMOVED, user=theirs).order_by("owed_at")
    texts = [" ".join(message.proofs.get().text.split()) for message in mails]
    assert ["Another mailbox of theirs is registered" in text for text in texts] == [False, False]
    assert all("No other mailbox of theirs is registered: no mail reaches them" in text for text in texts)
    assert not [text for text in texts if "@force" in text]


def test_of_a_desks_own_mailboxes_the_last_alone_is_word(
    person: User, administrator: User, seniors: list[User], now: datetime
) -> None:
    desk = factories.a_team(factories.membership_of(administrator).authority, kind="duty")
    said = {"team": desk, "by": administrator, "at": now}
    one, two = (
        configuration.register_mailbox(f"desk{n}@council.example", Mailbox.Purpose.DUTY, **said)
        for n in (1, 2)
    )
    configuration.end_mailbox(one, reason="Moved", by=administrator, at=now + timedelta(seconds=1))
    assert removed() == set()
    configuration.end_mailbox(two, reason="Moved", by=administrator, at=now + timedelta(seconds=2))
    assert removed() == set(seniors[:2]), "and nobody of what they did themselves"

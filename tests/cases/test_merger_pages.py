"""The page on which an authority passes everything on: read side by side, and signed by somebody of the successor."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases import clock, mergers, responsibilities
from cases.models import Authority, ConfigurationChange, Role, Transfer
from cases.views import mergers as pages
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    referred,
)

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=1)
SECRET = "three random words"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def old() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def new() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def page(client, old):
    client.force_login(a_person(Role.ADMINISTRATOR, authority=old.authority))
    return client


def where(old: Watched, successor: Authority) -> str:
    return f"{reverse('authority_merge')}?authority={old.authority.pk}&successor={successor.pk}"


def signed(person, shown: str, **more: str) -> dict[str, str]:
    person.set_password(SECRET)
    person.save()
    given = {
        "reason": "Order 2026/7",
        "shown": shown,
        "second_email": person.email,
        "second_password": SECRET,
    }
    return given | more


def shown_on(page, address: str) -> str:
    return page.get(address).context["plan"].shown


def answers_for(child) -> Authority:
    return responsibilities.responsible_authority(child, at=NOW)


@pytest.mark.by_turns
def test_it_is_read_side_by_side_signed_by_the_successor_and_done_once(page, old, new):
    address = where(old, new.authority)
    text = page.get(address).content.decode()
    assert old.authority.said_name in text
    assert new.authority.said_name in text
    assert "This cannot be undone" in text
    assert old.child.given_name not in text
    sent = signed(a_person(Role.ADMINISTRATOR, authority=new.authority), shown_on(page, address))
    assert page.post(address, sent).status_code == 302
    assert answers_for(old.child) == new.authority
    change = ConfigurationChange.objects.get(kind="authority_merged")
    assert change.data["reason"] == "Order 2026/7"
    assert change.data["second"] != change.actor_id
    again = page.post(address, sent)
    assert again.status_code == 422
    assert ConfigurationChange.objects.filter(kind="authority_merged").count() == 1


@pytest.mark.by_turns
def test_a_director_of_the_successor_signs_too(page, old, new):
    address = where(old, new.authority)
    assert page.post(address, signed(new.director, shown_on(page, address))).status_code == 302
    assert answers_for(old.child) == new.authority


@pytest.mark.by_turns
def test_whoever_does_not_answer_for_the_successor_signs_nothing(page, old, new):
    address = where(old, new.authority)
    shown = shown_on(page, address)
    for who, person, more in (
        ("their own", a_person(Role.ADMINISTRATOR, authority=old.authority), {}),
        ("own director", old.director, {}),
        ("manager there", new.manager, {}),
        ("wrong password", new.director, {"second_password": "guessed"}),
        ("nobody", new.director, {"second_email": "", "second_password": ""}),
    ):
        refused = page.post(address, signed(person, shown) | more)
        assert refused.status_code == 422, who
        assert "Order 2026/7" in refused.content.decode(), "everything typed is still there"
        assert answers_for(old.child) == old.authority, who
        assert not ConfigurationChange.objects.filter(kind="authority_merged").exists(), who


@pytest.mark.by_turns(8)
def test_nobody_signs_for_themselves(client, old, new):
    both = a_person(Role.ADMINISTRATOR, authority=old.authority)
    both.memberships.create(role=Role.ADMINISTRATOR, authority=new.authority, starts_at=AT)
    client.force_login(both)
    address = where(old, new.authority)
    sent = signed(both, shown_on(client, address))
    client.force_login(both)
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "somebody other than you" in refused.content.decode()
    assert answers_for(old.child) == old.authority


@pytest.mark.by_turns
def test_what_changed_since_it_was_read_is_read_again(page, old, new):
    address = where(old, new.authority)
    sent = signed(new.director, shown_on(page, address))
    a_child(old.authority, team=old.team, worker=old.worker)
    refused = page.post(address, sent)
    assert refused.status_code == 422
    assert "has changed since you read it" in refused.content.decode()
    assert answers_for(old.child) == old.authority


@pytest.mark.by_turns
def test_what_is_read_again_and_sent_as_the_page_has_it_is_done(page, old, new):
    address = where(old, new.authority)
    sent = signed(new.director, shown_on(page, address), reason="Order 2026/9")
    a_child(old.authority, team=old.team, worker=old.worker)
    form = page.post(address, sent).context["form"]
    assert form["reason"].value() == "Order 2026/9"
    assert page.post(address, sent | {"shown": form["shown"].value()}).status_code == 302
    assert answers_for(old.child) == new.authority


@pytest.mark.by_turns
@pytest.mark.parametrize("what", ["a home", "between the two"])
def test_whatever_passes_and_was_not_read_is_read_again(page, old, new, what):
    address = where(old, new.authority)
    sent = signed(new.director, shown_on(page, address))
    if what == "a home":
        a_home(old.authority)
    else:
        referred(old.child, an_authority(), at=AT)
        sent["shown"] = shown_on(page, address)
        Transfer.objects.filter(child=old.child).update(receiver=new.authority)
    assert page.post(address, sent).status_code == 422
    assert answers_for(old.child) == old.authority


@pytest.mark.by_turns
def test_what_changes_as_the_second_person_signs_is_read_again(page, old, new, monkeypatch):
    address = where(old, new.authority)
    sent = signed(new.director, shown_on(page, address))
    sign = pages._second

    def meanwhile(*given):
        a_child(old.authority, team=old.team, worker=old.worker)
        return sign(*given)

    monkeypatch.setattr(pages, "_second", meanwhile)
    refused = page.post(address, sent)
    assert "has changed since you read it" in refused.content.decode()
    assert answers_for(old.child) == old.authority


def test_a_child_who_is_registered_while_the_second_person_signs_is_on_the_page_and_passes_with_the_next_press(
    page, old, new, monkeypatch
):
    """The clock goes on while somebody types a password: it is read again for what passes."""
    address = where(old, new.authority)
    sent = signed(new.director, shown_on(page, address))
    sign, late = pages._second, []

    def meanwhile(*given):
        at = NOW + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: at + timedelta(seconds=1))
        late.append(a_child(old.authority, team=old.team, worker=old.worker, at=at))
        monkeypatch.setattr(pages, "_second", sign)
        return sign(*given)

    monkeypatch.setattr(pages, "_second", meanwhile)
    refused = page.post(address, sent)
    assert "has changed since you read it" in refused.content.decode()
    assert refused.context["plan"].children == 2
    assert page.post(address, sent | {"shown": refused.context["plan"].shown}).status_code == 302
    for child in (old.child, *late):
        assert responsibilities.responsible_authority(child, at=clock.now()) == new.authority


@pytest.mark.by_turns
def test_what_has_ended_is_not_passed_on_to_another_by_those_who_answer_no_more(page, old, new):
    third = a_watched_child(risk="medium")
    to_third, again = where(old, third.authority), where(old, new.authority)
    shown = {address: shown_on(page, address) for address in (to_third, again)}
    mergers.move(old.authority, new.authority, by=new.director, at=NOW - timedelta(hours=1))
    for address, director in ((to_third, third.director), (again, new.director)):
        listed = page.get(address)
        assert listed.status_code == 422
        assert "has ended already" in listed.content.decode()
        assert page.post(address, signed(director, shown[address])).status_code == 422
    assert answers_for(old.child) == new.authority
    assert ConfigurationChange.objects.filter(kind="authority_merged").count() == 1


@pytest.mark.by_turns(8)
def test_what_ends_as_the_second_person_signs_is_passed_on_once(page, new, monkeypatch):
    empty = an_authority()
    page.force_login(a_person(Role.ADMINISTRATOR, authority=empty))
    address = f"{reverse('authority_merge')}?authority={empty.pk}&successor={new.authority.pk}"
    sent = signed(new.director, shown_on(page, address))
    sign = pages._second

    def meanwhile(*given):
        mergers.move(empty, new.authority, by=new.director, at=NOW)
        return sign(*given)

    monkeypatch.setattr(pages, "_second", meanwhile)
    refused = page.post(address, sent)
    assert refused.status_code == 422
    assert "has ended already" in refused.content.decode()
    assert ConfigurationChange.objects.filter(kind="authority_merged").count() == 1


@pytest.mark.by_turns(8)
def test_a_team_of_one_name_in_both_and_one_and_the_same_authority_are_refused(page, old, new):
    a_team(old.authority, name="North")
    a_team(new.authority, name="North")
    address = where(old, new.authority)
    refused = page.post(address, signed(new.director, shown_on(page, address)))
    assert "North" in refused.content.decode()
    assert answers_for(old.child) == old.authority
    same = where(old, old.authority)
    refused = page.post(same, signed(old.director, shown_on(page, same)))
    assert refused.status_code == 422
    assert "not its own successor" in refused.content.decode()


@pytest.mark.by_turns
def test_nobody_merges_an_authority_that_they_do_not_administer(client, old, new):
    address = where(old, new.authority)
    client.force_login(a_person(Role.ADMINISTRATOR, authority=an_authority()))
    refused = client.get(address)
    assert refused.status_code == 422
    assert "plan" not in refused.context
    for role in (Role.TEAM_MANAGER, Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.GUARDIAN, Role.POLICE, Role.DPO):
        client.force_login(a_person(role))
        assert client.get(address).status_code == 403
        assert client.post(address, signed(new.director, "")).status_code == 403
    assert answers_for(old.child) == old.authority


@pytest.mark.by_turns(8)
def test_a_successor_that_does_not_exist_is_an_error_at_its_field(page, old):
    for successor in ("", "999999999", "typed:Nowhere"):
        refused = page.get(f"{reverse('authority_merge')}?authority={old.authority.pk}&successor={successor}")
        assert refused.status_code == 422
        assert "id_successor" in refused.content.decode()

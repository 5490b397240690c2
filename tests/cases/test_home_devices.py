"""A device that stands in a home: the roll-call of its home and nothing else, and everybody signs by name."""

import uuid
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, home_devices, invitations, log, people, second_factor, sessions
from cases.models import AccessRecord, ConfigurationChange, Contact, Event, Home, MissingEpisode, Role, User
from cases.states import IllegalMove
from tests import factories
from tests.factories import Watched
from tests.passing import a_credential

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: datetime) -> Watched:
    return factories.a_watched_child(at=now)


@pytest.fixture
def admin(watched: Watched) -> User:
    return factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.fixture
def device(watched: Watched, admin: User, now: datetime) -> User:
    made = home_devices.add(watched.home, "Tablet in the office", by=admin, at=now)
    second_factor.add_passkey(made, made.name, a_credential(made.name), may_add=False, at=now)
    return made


@pytest.fixture
def tablet(client: Client, device: User) -> Client:
    client.force_login(device)
    return client


def press(tablet: Client, watched: Watched, signer: object, **more: str):
    path = reverse("roll_call_record", args=[watched.home.pk, watched.child.reference])
    return tablet.post(path, {"outcome": "saw", "once": str(uuid.uuid4()), "signed_by": signer, **more})


# --- What it opens


@pytest.mark.by_turns
def test_it_leads_to_its_homes_roll_call_with_everybody_who_may_sign(
    tablet: Client, watched: Watched
) -> None:
    roll = reverse("roll_call", args=[watched.home.pk])
    assert tablet.get("/").url == roll
    text = tablet.get(roll).content.decode()
    assert watched.child.given_name in text
    assert f'<option value="{watched.carer.pk}">' in text
    assert "Tablet in the office</option>" not in text
    for name in ("absence_new", "contact_new", "trigger_new"):
        assert reverse(name, args=[watched.child.reference]) not in text


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "name", ["child", "contact_new", "absence_new", "away_report", "missing_report_quick", "child_timeline"]
)
def test_it_opens_no_other_page_of_a_child(tablet: Client, watched: Watched, name: str) -> None:
    path = reverse(name, args=[watched.child.reference])
    assert tablet.get(path).url == reverse("roll_call", args=[watched.home.pk])
    assert tablet.post(path, {"signed_by": watched.carer.pk}).status_code == 403


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("name", ["account", "factors", "factor_codes", "passkey_new", "password_again"])
def test_it_changes_nothing_of_how_it_signs_in(tablet: Client, watched: Watched, name: str) -> None:
    assert tablet.get(reverse(name)).url == reverse("roll_call", args=[watched.home.pk])
    assert tablet.post(reverse(name), {"signed_by": watched.carer.pk}).status_code == 403


@pytest.mark.by_turns(8)
def test_another_home_of_somebody_who_signs_stays_closed(
    tablet: Client, watched: Watched, now: datetime
) -> None:
    other = factories.a_watched_child(at=now)
    people.join(watched.carer, Role.PLACEMENT_STAFF, home=other.home, at=now)
    assert tablet.get(reverse("roll_call", args=[other.home.pk])).status_code == 403
    theirs = reverse("roll_call_record", args=[other.home.pk, other.child.reference])
    sent = {"outcome": "saw", "once": str(uuid.uuid4()), "signed_by": watched.carer.pk}
    assert tablet.post(theirs, sent).status_code == 403
    not_here = reverse("not_here", args=[other.child.reference])
    assert (
        tablet.post(not_here, {"once": str(uuid.uuid4()), "signed_by": watched.carer.pk}).status_code == 403
    )
    assert not Contact.objects.filter(child=other.child).exists()


@pytest.mark.by_turns(8)
def test_its_session_is_put_off_and_asked_about_and_when_it_locks_the_passkey_opens_it(
    tablet: Client, watched: Watched
) -> None:
    assert tablet.get(reverse("session_state")).json()["isOpen"]
    assert tablet.post(reverse("session_extend")).status_code == 200
    session = tablet.session
    session[sessions.PRESSED] = session[sessions.PRESSED] - 3600
    session.save()
    sent = press(tablet, watched, watched.carer.pk)
    assert sent.url.startswith(reverse("session_unlock"))
    assert not Contact.objects.filter(child=watched.child).exists()
    assert tablet.get(sent.url).url.startswith(reverse("passkey_sign_in") + "?next=")
    assert "_auth_user_id" not in tablet.session


@pytest.mark.by_turns
def test_it_signs_out(tablet: Client) -> None:
    assert tablet.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in tablet.session


# --- Who wrote it


@pytest.mark.by_turns
def test_an_entry_is_the_act_of_whoever_signed_and_the_log_says_at_which_device(
    tablet: Client, watched: Watched, device: User
) -> None:
    assert press(tablet, watched, watched.carer.pk).status_code == 302
    contact = Contact.objects.get(child=watched.child)
    assert (contact.recorded_by, contact.witness_user) == (watched.carer, watched.carer)
    event = Event.objects.get(child=watched.child, kind="contact_recorded")
    assert event.actor == watched.carer
    assert event.data["device"] == device.pk
    assert event.actor_label == f"{watched.carer.name} (Tablet in the office)"
    assert log.broken_links([watched.child.pk]) == []


def test_a_part_that_htmx_fetches_asks_again_who_signs(tablet: Client, watched: Watched) -> None:
    path = reverse("roll_call_record", args=[watched.home.pk, watched.child.reference])
    sent = {"outcome": "saw", "once": str(uuid.uuid4()), "signed_by": watched.carer.pk}
    text = tablet.post(path, sent, headers={"HX-Request": "true"}).content.decode()
    assert "Undo" in text
    assert text.count(f'<option value="{watched.carer.pk}">') == 2


@pytest.mark.by_turns
def test_what_it_shows_is_a_read_of_the_device(tablet: Client, watched: Watched, device: User) -> None:
    tablet.get(reverse("roll_call", args=[watched.home.pk]))
    assert AccessRecord.objects.filter(user=device, child=watched.child).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["nobody", "the device", "a stranger", "somebody who left", "a worker"])
def test_nobody_else_signs(tablet: Client, watched: Watched, device: User, now: datetime, who: str) -> None:
    left = factories.a_person(Role.PLACEMENT_STAFF, home=watched.home)
    people.leave(factories.membership_of(left), at=now)
    stranger = factories.a_person(Role.PLACEMENT_STAFF)
    chosen = {
        "nobody": "", "the device": device.pk, "a stranger": stranger.pk, "somebody who left": left.pk,
        "a worker": watched.worker.pk,
    }[who]  # fmt: skip
    refused = press(tablet, watched, chosen)
    assert refused.status_code == 409
    assert "Choose who signs" in refused.content.decode()
    assert not Contact.objects.filter(child=watched.child).exists()


@pytest.mark.by_turns(8)
def test_not_here_is_said_there_by_name_and_tells_duty(
    tablet: Client, watched: Watched, device: User
) -> None:
    path = reverse("not_here", args=[watched.child.reference])
    page = tablet.get(path)
    assert f'<option value="{watched.carer.pk}">' in page.content.decode()
    once = page.context["form"]["once"].value()
    assert tablet.post(path, {"once": once}).status_code == 409
    assert tablet.post(path, {"once": once, "signed_by": watched.carer.pk}).status_code == 302
    episode = MissingEpisode.objects.get(child=watched.child)
    event = Event.objects.filter(child=watched.child, data__device=device.pk).last()
    assert event is not None
    assert event.actor == watched.carer
    shown = tablet.get(reverse("missing_report", args=[watched.child.reference]), follow=True)
    assert "Ring 999 or 101. Then sign in as yourself to complete the report" in shown.content.decode()
    assert episode.ended_at is None


@pytest.mark.by_turns
def test_signing_by_name_means_nothing_where_somebody_has_signed_in_themselves(
    client: Client, watched: Watched
) -> None:
    other = factories.a_person(Role.PLACEMENT_STAFF, home=watched.home)
    client.force_login(watched.carer)
    press(client, watched, other.pk)
    assert Contact.objects.get(child=watched.child).recorded_by == watched.carer
    assert "device" not in Event.objects.get(child=watched.child, kind="contact_recorded").data
    assert "Who signs?" not in client.get(reverse("roll_call", args=[watched.home.pk])).content.decode()


# --- What an administrator does


def add(client: Client, home: Home, name: str = "Tablet in the hall"):
    return client.post(reverse("home_device_list", args=[home.pk]), {"name": name})


def test_an_administrator_puts_a_device_on_the_list_with_a_link_that_works_once(
    client: Client, watched: Watched, admin: User, now: datetime
) -> None:
    client.force_login(admin)
    assert add(client, watched.home, "").status_code == 422
    shown = add(client, watched.home)
    link = shown.context["link"]
    made = User.objects.get(device_home=watched.home)
    assert not made.has_usable_password()
    assert {"home_device_added", "home_device_link_made", "role_given"} <= set(
        ConfigurationChange.objects.filter(actor=admin).values_list("kind", flat=True)
    )
    assert (
        "Device for the roll-call added"
        in client.get(reverse("home_history", args=[watched.home.pk])).content.decode()
    )
    client.logout()
    page = client.get(link)
    assert page.status_code == 200
    assert "Tablet in the hall" in page.content.decode()
    assert client.post(link, {"credential": "{}"}).status_code == 422
    second_factor.add_passkey(made, made.name, a_credential("x"), may_add=False, at=now)
    assert client.get(link).status_code == 404
    assert second_factor.codes_left(made) == 0


def test_a_new_link_ends_the_one_before_and_none_is_made_beside_a_passkey(
    client: Client, watched: Watched, admin: User, device: User, now: datetime
) -> None:
    client.force_login(admin)
    first = add(client, watched.home).context["link"]
    made = User.objects.get(name="Tablet in the hall")
    again = client.post(reverse("home_device_link", args=[watched.home.pk, made.pk]))
    assert client.get(first).status_code == 404
    assert Client().get(again.context["link"]).status_code == 200
    refused = client.post(reverse("home_device_link", args=[watched.home.pk, device.pk]))
    assert refused.status_code == 409
    assert "has its passkey already" in refused.content.decode()


def test_a_device_whose_role_has_ended_opens_nothing(tablet: Client, watched: Watched, device: User) -> None:
    people.leave(factories.membership_of(device), at=clock.now())
    assert tablet.get(reverse("roll_call", args=[watched.home.pk])).status_code == 302
    tablet.force_login(User.objects.get(pk=device.pk))
    assert tablet.get(reverse("roll_call", args=[watched.home.pk])).status_code == 403
    assert press(tablet, watched, watched.carer.pk).status_code == 403
    assert home_devices.of(watched.home, at=clock.now()) == []


@pytest.mark.by_turns(8)
def test_a_device_has_no_password_and_no_other_role(device: User, admin: User, now: datetime) -> None:
    with pytest.raises(IllegalMove, match="a passkey and no password"):
        invitations.make(device, by=admin, at=now)
    for role, more in (
        (Role.PLACEMENT_STAFF, {"home": factories.a_home()}),
        (Role.SOCIAL_WORKER, {"team": factories.a_team()}),
    ):
        with pytest.raises(IllegalMove, match="no role but in the home where it stands"):
            people.join(device, role, at=now, **more)


@pytest.mark.by_turns(8)
def test_an_administrator_of_elsewhere_adds_no_device_and_staff_neither(
    client: Client, watched: Watched, device: User
) -> None:
    for person in (factories.a_person(Role.ADMINISTRATOR), watched.carer, watched.worker):
        client.force_login(person)
        assert add(client, watched.home).status_code in (403, 404)
        link = client.post(reverse("home_device_link", args=[watched.home.pk, device.pk]))
        assert link.status_code in (403, 404)
    assert User.objects.filter(device_home__isnull=False).count() == 1

"""The second factor in a real browser: an app without JavaScript, and passkeys by a true authenticator of the browser's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import CDPSession, Locator, Page, expect

from cases import clock, concerns, home_devices, second_factor
from cases.models import ConfigurationChange, Contact, LiveConcern, Role, User
from tests import factories
from tests.browsers import Site, let_a_second_pass
from tests.passing import code

PASSWORD = "three random words"


@pytest.fixture
def person(site: Site) -> User:
    return factories.a_person(Role.PLACEMENT_STAFF, password=PASSWORD)


def begin(site: Site, page: Page, person: User, path: str = "/account/") -> None:
    """Type the password, on the way to a page. A passkey belongs to a name, and to no bare address."""
    page.goto(f"{site.url.replace('127.0.0.1', 'localhost')}/sign-in/?next={path}")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def a_device(page: Page, **more: Any) -> tuple[CDPSession, str]:
    """Plug an authenticator into the browser, which keeps passkeys and knows its owner's finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options | more})
    return session, made["authenticatorId"]


def _said(page: Page, words: str) -> Locator:
    """What is said at once in these words; the end of the session has a place of its own to speak from."""
    return page.get_by_role("alert").filter(has_text=words)


def at_home(site: Site) -> Site:
    """The same site by the name to which its passkeys belong."""
    return replace(site, url=site.url.replace("127.0.0.1", "localhost"))


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def make_a_passkey(site: Site, page: Page, person: User) -> None:
    begin(site, page, person)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name of the passkey").fill("Work phone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()


def keep_codes(page: Page) -> None:
    page.get_by_role("button", name="I have kept them: continue").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


@pytest.mark.by_turns
def test_an_app_is_set_up_and_signs_in_without_a_script(
    site: Site, plain: Page, person: User, axe: Callable[[Page], None]
) -> None:
    page = plain
    begin(site, page, person)
    expect(page.get_by_role("heading", name="Set up a second step")).to_be_visible()
    page.get_by_role("button", name="Set up an authenticator app").click()
    picture = page.get_by_role("img", name="Picture for your authenticator app")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth > 0")
    secret = page.locator(".rc-key").inner_text().replace(" ", "")
    page.get_by_label("Code from your authenticator app").fill(code(at=clock.now(), secret=secret))
    page.get_by_role("button", name="Keep this app").click()
    shown = page.locator(".rc-codes li")
    expect(shown).to_have_count(10)
    codes = shown.all_inner_texts()
    keep_codes(page)
    sign_out(page)
    begin(site, page, person)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_role("link", name="Your second step").click()
    expect(page.get_by_text("9 codes are left")).to_be_visible()


@pytest.mark.by_turns(8)
def test_a_passkey_is_the_second_step_signs_in_alone_and_opens_nothing_without_its_owner_or_its_account(
    site: Site, open_page: Callable[..., Page], width: int, person: User, axe: Callable[[Page], None]
) -> None:
    page, there = open_page(width=width), at_home(site)
    session, device = a_device(page)
    make_a_passkey(site, page, person)
    # The codes can be read by everybody, and printed.
    axe(page)
    page.emulate_media(media="print")
    expect(page.locator(".rc-codes")).to_be_visible()
    expect(page.get_by_role("button", name="continue")).to_be_hidden()
    page.emulate_media(media="screen")
    keep_codes(page)
    sign_out(page)

    begin(site, page, person)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    expect(page.get_by_label("Code from your authenticator app")).to_have_count(0)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_role("link", name="Your second step").click()
    expect(page.get_by_role("term").get_by_text("Work phone")).to_be_visible()
    expect(page.get_by_text("Last used")).to_be_visible()
    kinds = ConfigurationChange.objects.filter(subject_type="user", subject_id=person.pk)
    assert "second_factor_added" in kinds.values_list("kind", flat=True)
    sign_out(page)

    # Without a password.
    page.goto(there.to("/sign-in/?next=/account/"))
    page.get_by_role("link", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    sign_out(page)

    # On a device that does not know its owner.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("link", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(_said(page, "It was cancelled, or it took too long. Try again.")).to_be_visible()
    page.goto(page.url.replace("/sign-in/passkey/", "/account/"))
    # The account has a heading about signing in, too.
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()

    # One that is of nobody here any more reads like a wrong one.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    second_factor.reset(person, reason="Lost", by=factories.somebody(), at=clock.now())
    page.goto(there.to("/sign-in/passkey/"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(_said(page, "This passkey opens no account here.")).to_be_visible()


@pytest.mark.by_turns
def test_a_second_person_shows_their_passkey_at_the_same_screen(
    site: Site, open_page: Callable[..., Page], width: int, axe: Callable[[Page], None]
) -> None:
    page, watched, there = open_page(width=width), factories.a_watched_child(), at_home(site)
    manager = factories.knows(watched.manager, PASSWORD)
    concerns.mark(watched.child, reason="A car waits", by=watched.worker, at=clock.now())
    a_device(page)
    make_a_passkey(site, page, manager)
    keep_codes(page)
    sign_out(page)
    there.sign_in(page, watched.worker)
    page.goto(there.to(reverse("concern", args=[watched.child.reference])))
    page.get_by_label("Why is it lifted?").fill("The driver was his teacher")
    page.get_by_label("For good").check()
    page.get_by_label("Second person’s email address").fill(manager.email)
    page.get_by_label("Second person’s password").fill(PASSWORD)
    axe(page)
    page.get_by_role("button", name="Lift the concern").click()
    expect(page.get_by_role("link", name="The second person enters a code from their app")).to_be_visible()
    axe(page)
    page.get_by_label("Second person’s password").fill(PASSWORD)
    page.get_by_role("button", name="Show the passkey").click()
    expect(page.get_by_text("The passkey is read. It counts when the form is sent.")).to_be_visible()
    let_a_second_pass(page)
    page.get_by_role("button", name="Lift the concern").click()
    expect(page.locator("#now")).not_to_contain_text("A car waits")
    assert LiveConcern.objects.get(child=watched.child).seconded_by == manager


@pytest.mark.by_turns
def test_a_set_up_that_is_cancelled_says_so_and_can_be_done_again(
    site: Site, open_page: Callable[..., Page], person: User
) -> None:
    page = open_page()
    session, device = a_device(page, isUserVerified=False)
    begin(site, page, person)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("link", name="Enter a name for the passkey")).to_be_visible()
    page.get_by_label("Name of the passkey").fill("Work phone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(_said(page, "It was cancelled, or it took too long. Try again.")).to_be_visible()
    assert not second_factor.has_one(person)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    let_a_second_pass(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    assert second_factor.has_one(person)


@pytest.mark.by_turns(8)
def test_a_device_of_a_home_makes_its_passkey_and_calls_the_roll_by_name(
    site: Site, open_page: Callable[..., Page]
) -> None:
    watched = factories.a_watched_child(at=clock.now() - timedelta(hours=2))
    admin = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    device = home_devices.add(watched.home, "Tablet in the office", by=admin, at=clock.now())
    parts = home_devices.make_link(device, by=admin, at=clock.now())
    page = open_page(width=360)
    a_device(page)
    page.goto(site.url.replace("127.0.0.1", "localhost") + reverse("home_device_welcome", args=parts))
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Roll-call")
    card = page.get_by_role("article")
    card.get_by_role("button", name="I saw").click()
    let_a_second_pass(page)
    expect(card.get_by_role("button", name="Undo")).to_have_count(0)
    card.get_by_label("Who signs?").select_option(watched.carer.name)
    card.get_by_role("button", name="I saw").click()
    expect(card.get_by_role("button", name="Undo")).to_be_visible()
    assert Contact.objects.get(child=watched.child).recorded_by == watched.carer
    card.get_by_label("Who signs?").first.select_option(watched.carer.name)
    card.get_by_role("button", name="Undo").click()
    expect(card.get_by_role("button", name="Undo")).to_have_count(0)


@pytest.mark.by_turns
def test_without_a_script_the_page_says_what_a_passkey_needs(site: Site, plain: Page, person: User) -> None:
    plain.goto(site.to("/sign-in/passkey/"))
    expect(plain.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(plain.get_by_role("button", name="Use a passkey")).to_be_hidden()

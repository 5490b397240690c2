"""What every page's frame shows: the navigation of a role, the way to search and to sign out."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases import access, clock, drafts, home_devices, second_factor
from cases.models import Draft, Role, User

HOME = "home"
# Each language under the name that its own speakers look for.
OWN_NAMES = {"en-gb": "English", "cy": "Cymraeg"}
# At most five items for a role: the name of the address, and the word.
# In the order of urgency, in which the first page of somebody with several roles is chosen.
NAVIGATION = {
    Role.DUTY_DESK: ((HOME, _("Duty")), ("child_list", _("Children")), ("child_new", _("Add a child"))),
    Role.PLACEMENT_STAFF: ((HOME, _("Roll-call")),),
    Role.FOSTER_CARER: ((HOME, _("Roll-call")),),
    Role.GUARDIAN: ((HOME, _("Children you look out for")),),
    Role.TEAM_MANAGER: (
        (HOME, _("Overview")),
        ("duty_desk", _("Duty")),
        ("child_list", _("Children")),
        ("child_new", _("Add a child")),
    ),
    Role.SOCIAL_WORKER: ((HOME, _("Today")), ("child_list", _("Children")), ("child_new", _("Add a child"))),
    Role.REVIEWING_OFFICER: ((HOME, _("Children you review")),),
    Role.POLICE: ((HOME, _("Missing")),),
    Role.ADMINISTRATOR: (
        (HOME, _("People and teams")),
        ("home_list", _("Homes")),
        ("mailboxes", _("Mailboxes")),
        ("rota", _("Rota")),
        ("foresight", _("Who would be told?")),
    ),
    Role.STATISTICIAN: ((HOME, _("Missing in figures")),),
    Role.AUDITOR: (
        (HOME, _("Who has read what")),
        ("audit_changes", _("Who changed what")),
        ("audit_marks", _("Keep-from marks")),
    ),
    Role.DPO: (
        (HOME, _("Data protection")),
        ("disclosure_list", _("Disclosure log")),
        ("legal_hold_list", _("Legal holds")),
    ),
}
# The page that answers as each role's first one; it is marked in the navigation under its own address too.
FIRST_PAGES = {
    Role.DUTY_DESK: "duty_desk",
    Role.PLACEMENT_STAFF: "roll_call",
    Role.FOSTER_CARER: "roll_call",
    Role.GUARDIAN: "guardian_home",
    Role.TEAM_MANAGER: "manager_home",
    Role.SOCIAL_WORKER: "today",
    Role.REVIEWING_OFFICER: "child_list",
    Role.POLICE: "police_home",
    Role.ADMINISTRATOR: "admin_home",
    Role.STATISTICIAN: "oversight",
    Role.AUDITOR: "audit",
    Role.DPO: "matter_list",
}
# Who may look for a child by name or reference.
SEARCHERS = frozenset({Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.TEAM_MANAGER})


@dataclass(frozen=True)
class Item:
    """One link of the navigation."""

    text: str
    href: str
    current: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what templates/base.html needs beside the page itself; reads the person's roles only when it is drawn."""
    held: list[frozenset[str]] = []

    def roles() -> frozenset[str]:
        held[:] = held or [current_roles(request)]
        return held[0]

    return {
        "navigation": SimpleLazyObject(lambda: navigation(request, roles())),
        "unsent_reports": SimpleLazyObject(lambda: _unsent_reports(request)),
        "search_href": SimpleLazyObject(lambda: address("search") if SEARCHERS & roles() else ""),
        "sign_out_href": address("account_logout"),
        "accessibility_href": address("accessibility"),
        "language_href": address("language_set"),
        "other_languages": [
            (code, OWN_NAMES[code])
            for code, _name in settings.LANGUAGES
            if code != get_language() and code in OWN_NAMES
        ],
        # Where nobody has signed in, or the session has locked, there is none.
        "session_standing": getattr(request, "standing", None),
        "kept_form": getattr(request, "kept_form", None),
        "kept_forms": getattr(request, "kept_forms", ()),
        # Whoever has yet to set up their second factor is shown no way to what does not open.
        "account_href": ""
        if second_factor.is_newcomer(request) or home_devices.is_at(request)
        else address("account"),
        # At a device of a home each entry is signed by one of these; nobody's where somebody has signed in themselves.
        "at_device": home_devices.is_at(request),
        "signers": SimpleLazyObject(lambda: home_devices.signers(request, at=clock.now())),
        # A guardian reads six status words; somebody who is more than that reads them all.
        "audience": SimpleLazyObject(lambda: "guardian" if roles() == {Role.GUARDIAN} else ""),
    }


def _unsent_reports(request: HttpRequest) -> list[Draft]:
    """A report that a child is gone, which nobody has been told of: its writer reads so on each of their first pages."""
    person = getattr(request, "user", None)
    if not isinstance(person, User) or not current_roles(request):
        return []
    return drafts.unsent_reports(person, at=clock.now())


def current_roles(request: HttpRequest) -> frozenset[str]:
    """Return the roles the signed-in person holds at this moment; none for a stranger."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or second_factor.is_newcomer(request):
        return frozenset()
    return access.own_roles(user, clock.now())


def navigation(request: HttpRequest, roles: frozenset[str]) -> list[Item]:
    """Return the links of all the roles held, each address once: at most five a role, and none cut off for another's."""
    here = getattr(getattr(request, "resolver_match", None), "view_name", "")
    held = [role for role in NAVIGATION if role in roles]
    first = {FIRST_PAGES[role] for role in held}
    items: dict[str, Item] = {}
    for role in held:
        for name, text in NAVIGATION[role]:
            if name in first:
                continue
            # Whoever has several roles has a first page for each; the most urgent one needs no asking.
            own = name == HOME and role != held[0]
            href = address(name) and f"{address(name)}?as={role}" if own else address(name)
            current = here == (FIRST_PAGES[role] if name == HOME else name)
            if href and href not in items:
                items[href] = Item(str(text), href, current)
    return list(items.values())


def address(name: str) -> str:
    """Return the path of a page, or nothing where this installation does not have it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

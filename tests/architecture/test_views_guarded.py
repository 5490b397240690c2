"""No page without a guard: every view asks cases.access, or stands on a short list of pages that are for everybody."""

import ast
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.database import ROOT

APPS = ("cases", "guardians", "alerts")
# These pages are for whoever has no account; each says why.
PUBLIC = {
    "account_login": "nobody has signed in yet",
    "second_step": "whoever has typed the right password, and nobody is signed in yet",
    "passkey_sign_in": "nobody has signed in yet",
    "account_inactive": "it says that an account is closed, and nothing else",
    "account_logout": "whoever signs out may be signed out already",
    "session_unlock": "whoever's session has locked; it shows their own name and no child",
    "session_state": "whoever is signed in asks for how long; it shows no child",
    "session_extend": "whoever is signed in puts their own end off; it shows no child",
    "session_keep": "whoever is signed in keeps what they typed; it shows nothing",
    "kept_form": "whoever is signed in reads what they typed themselves, and nobody else can",
    "own_reads": "whoever is signed in reads what stands on record of themselves, and nobody else can",
    "accessibility": "everybody reads how accessible the pages are; it shows nothing else",
    "language_set": "whoever has not signed in chooses the language; it shows nothing",
    "health": "a monitor reads it, and it holds nothing about any child",
    "mailbox_proof": "whoever reads the tested mailbox; it holds nothing about any child",
    "welcome": "whoever holds an unused link for the first sign-in; it holds nothing about any child",
    "home_device_welcome": "a device with an unused link for its passkey; it holds nothing about any child",
    "police_profile": "whoever holds the link of a police mail and types a code that duty read out; else it shows nothing",
    "escort_page": "whoever holds the link of an escort; it shows the next stop, a first letter and a reference",
    "text_received": "the gateway for texts, which signs; an escort's code confirms a stop, and nothing is shown",
    "police_alert": "whoever holds the link of a police mail; what it shows is the force's by agreement",
}
# It shows nothing itself: it calls the view of another address, which guards itself.
LEADS_ON = {"home"}
# Each refuses a stranger, or leaves the strangers' children out.
GUARDS = {
    "get_child",
    "get_photo",
    "get_episode",
    "get_home",
    "get_handed_over",
    "handed_over_children",
    "children",
    "require",
    "require_oversight",
    "duty_authorities",
}
# Roles alone guard only where something is refused by them.
ROLES = {"memberships", "officer_roles"}

Function = tuple[str, str]


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_page_for_everybody_is_one_that_exists(name: str) -> None:
    assert name in addresses()


def test_every_address_belongs_to_a_view_that_asks_access() -> None:
    bare = {
        name
        for name, view in addresses().items()
        if name not in {*PUBLIC, *LEADS_ON} and not guarded(function_of(view), seen=set())
    }
    assert not bare, f"these views ask nobody whether the reader may: {sorted(bare)}"


def test_only_the_listed_pages_open_without_signing_in() -> None:
    opened = {name for name, view in addresses().items() if not getattr(view, "login_required", True)}
    assert opened <= set(PUBLIC)


def test_a_view_without_a_guard_is_found(tmp_path: Path) -> None:
    page = tmp_path / "pages.py"
    page.write_text(
        "from cases import access\n"
        "def bare(request):\n    return request.user\n"
        "def by_roles(request):\n    return access.memberships(request.user, 0)\n"
        "def refusing(request):\n    if not access.memberships(request.user, 0):\n        raise PermissionDenied\n"
        "def through(request):\n    return _read(request)\n"
        "def _read(request):\n    return access.get_child(request.user, '', 0)\n"
    )
    found = {name: guarded(("pages", name), seen=set(), path=page) for name in functions("pages", page)}
    assert found == {"bare": False, "by_roles": False, "refusing": True, "through": True, "_read": True}


def addresses() -> dict[str, Callable[..., Any]]:
    """Every address of the site by name, with its view."""
    return {pattern.name or str(pattern.pattern): pattern.callback for pattern in _patterns(get_resolver())}


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def function_of(view: Callable[..., Any]) -> Function:
    """Where a view is written, under its decorators."""
    plain = inspect.unwrap(view)
    return plain.__module__, plain.__name__


def guarded(function: Function, *, seen: set[Function], path: Path | None = None) -> bool:
    """Whether a function, or one that it calls in the project, asks `cases.access` about the reader."""
    module, name = function
    node = functions(module, path).get(name)
    if node is None or function in seen:
        return False
    seen.add(function)
    called = set(_called(node, module, path))
    if any(other in GUARDS for owner, other in called if owner == "cases.access"):
        return True
    if {("cases.access", name) for name in ROLES} & called and _refuses(node):
        return True
    inner = [one for one in called if one[0] != "cases.access"]
    return any(guarded(one, seen=seen, path=path if one[0] == module else None) for one in inner)


def _called(node: ast.FunctionDef, module: str, path: Path | None) -> Iterator[Function]:
    known = imported(module, path)
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Name):
            owner, _, name = known.get(call.func.id, f"{module}.{call.func.id}").rpartition(".")
            yield owner, name
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            yield known.get(call.func.value.id, ""), call.func.attr


def _refuses(node: ast.FunctionDef) -> bool:
    raised = [ast.unparse(one.exc) for one in ast.walk(node) if isinstance(one, ast.Raise) and one.exc]
    return any(words.startswith(("PermissionDenied", "Http404")) for words in raised)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _path(module: str) -> Path | None:
    if module.split(".", maxsplit=1)[0] not in APPS:
        return None
    stem = ROOT.joinpath(*module.split("."))
    return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()), None)


def functions(module: str, path: Path | None = None) -> dict[str, ast.FunctionDef]:
    """The functions of a module of the project by name; none of anybody else's."""
    file = path or _path(module)
    if file is None:
        return {}
    return {node.name: node for node in _tree(file).body if isinstance(node, ast.FunctionDef)}


def imported(module: str, path: Path | None = None) -> dict[str, str]:
    """What each name that a module imports stands for, in full."""
    file = path or _path(module)
    found: dict[str, str] = {}
    for node in _tree(file).body if file else ():
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found

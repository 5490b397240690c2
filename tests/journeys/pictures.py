"""Pictures of the story for the README and of the journey's screens for docs/screens.md, taken anew with PICTURES=write."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from cases.models import Child, SafetyPlan, User

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshots"
WANTED = os.environ.get("PICTURES") == "write"
PHONE = 360


@dataclass(frozen=True)
class Screen:
    """One page of a child of the demo, or of nobody, as somebody of the cast sees it."""

    name: str
    who: str
    address: Callable[[Child | None], str]
    child: tuple[str, str] | None = None
    width: int = 1280
    # The heading at which the picture begins, where that is not the top of the page.
    begins: str = ""


def _of_child(page: str) -> Callable[[Child | None], str]:
    return lambda child: f"children/{child.reference}/{page}/" if child else ""


def _versions(child: Child | None) -> str:
    first = SafetyPlan.objects.filter(child=child).order_by("recorded_at")[0]
    return f"{_of_child('plan')(child)}?beside={first.key}"


def _cover(_child: Child | None) -> str:
    return f"guardian-service/{User.objects.get(email='guardian@northmere.example').pk}/cover/"


SCREENS = (
    Screen("transfer-sender", "worker", _of_child("transfer"), ("Zana", "Rasul")),
    Screen("transfer-receiver", "duty", _of_child("transfer"), ("Selam", "Tesfay")),
    Screen("journey", "worker", _of_child("journey"), ("Bekele", "Lemma")),
    Screen(
        "plan-versions", "manager", _versions, ("Thuy", "Doan"), begins="The plan beside an earlier version"
    ),
    Screen("calendar", "manager", lambda _child: "calendar/"),
    Screen("find-me", "worker", _of_child("profile"), ("Thao", "Lam"), begins="Find-me profile"),
    Screen("guardian-cover-phone", "guardian", _cover, width=PHONE),
)


def take(page: Page, name: str) -> None:
    """Keep the first screen of this page, where pictures are wanted."""
    if WANTED:
        page.screenshot(path=FOLDER / f"{name}.png")


def take_screens(url: str, sign_in: Callable[[Page, str], Page], open_page: Callable[..., Page]) -> None:
    """Take a picture of each of `SCREENS`, once the children to look at are there; nothing where none are wanted."""
    if not WANTED:
        return
    for one in SCREENS:
        child = None
        if one.child is not None:
            given, family = one.child
            child = Child.objects.get(given_name=given, family_name=family, closed_at=None)
        page = sign_in(open_page(width=one.width), one.who)
        page.goto(f"{url.rstrip('/')}/{one.address(child)}")
        if one.begins:
            heading = page.get_by_text(one.begins, exact=True).last
            heading.evaluate("it => scrollTo(0, it.getBoundingClientRect().top + scrollY - 15)")
        take(page, one.name)

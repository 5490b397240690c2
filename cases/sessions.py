"""How long a sign-in opens anything: a quarter of an hour after the last press, and twelve hours in all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

OPENED, PRESSED = "opened_at", "pressed_at"
# A press is written down again after so long: a page whose every picture wrote a row would wait for itself.
WRITTEN_AGAIN_AFTER = timedelta(seconds=20)
# The addresses that answer whoever's session is locked; none of them shows a child.
ANSWER_LOCKED = frozenset(
    {"session_unlock", "session_state", "session_extend", "session_keep", "account_logout"}
)

View = TypeVar("View", bound=Callable[..., HttpResponse])


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a session is worth at `at`."""

    opened_at: datetime
    pressed_at: datetime
    at: datetime

    @property
    def over_at(self) -> datetime:
        """From then on it is signed in anew, with everything that this takes."""
        return self.opened_at + timedelta(hours=settings.SESSION_HOURS)

    @property
    def ends_at(self) -> datetime:
        """When it locks, or is over, if nothing is pressed."""
        return min(self.pressed_at + timedelta(minutes=settings.SESSION_IDLE_MINUTES), self.over_at)

    @property
    def is_over(self) -> bool:
        return self.at >= self.over_at

    @property
    def is_open(self) -> bool:
        return self.at < self.ends_at

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.ends_at - self.at).total_seconds()))


def begin(session: SessionBase, *, at: datetime) -> None:
    """Let a session count from `at`: somebody has signed in."""
    session[OPENED] = session[PRESSED] = at.timestamp()


def standing(session: SessionBase, *, at: datetime) -> Standing:
    """What a signed-in session is worth at `at`; one that does not know when it began is over."""
    opened, pressed = (datetime.fromtimestamp(session.get(name, 0), tz=UTC) for name in (OPENED, PRESSED))
    return Standing(opened_at=opened, pressed_at=pressed, at=at)


def press(session: SessionBase, *, at: datetime) -> None:
    """Put the end of an open session off: somebody pressed something."""
    if at - standing(session, at=at).pressed_at >= WRITTEN_AGAIN_AFTER:
        session[PRESSED] = at.timestamp()


def unlock(session: SessionBase, *, at: datetime) -> None:
    """Open a locked session again for the same person; the twelve hours go on.

    It gets a new key, and the forms of other tabs keep theirs.
    """
    session[PRESSED] = at.timestamp()
    session.cycle_key()


def unpressed(view: View) -> View:
    """Mark a view that pages ask for by themselves: it keeps no session open."""
    view.__dict__["unpressed"] = True
    return view


def refreshes_with(name: str) -> Callable[[View], View]:
    """Mark a view that a browser opens again by itself where `name` stands in its address."""

    def mark(view: View) -> View:
        view.__dict__["refreshes_with"] = name
        return view

    return mark


def is_part(view: Callable[..., HttpResponse]) -> bool:
    """Whether a view answers a page that asks by itself, and no person."""
    return bool(getattr(view, "unpressed", False) or getattr(view, "part_of", ""))


def is_press(request: HttpRequest, view: Callable[..., HttpResponse]) -> bool:
    """Whether somebody pressed something for this request."""
    return not is_part(view) and getattr(view, "refreshes_with", "") not in request.GET


def read_again_after(request: HttpRequest | None = None) -> timedelta:
    """The span in which the same look at a child counts as one.

    What a page asks for by itself is no look: it reads, once in a session, only a child that was not there before.
    """
    match = request.resolver_match if request else None
    of_page: str = getattr(match.func, "part_of", "") if match is not None else ""
    if of_page:
        return timedelta(hours=settings.SESSION_HOURS)
    return timedelta(minutes=settings.READ_AGAIN_MINUTES)


def begin_at_sign_in() -> None:
    """Let every sign-in, whichever way it went, begin a session."""
    user_logged_in.connect(_signed_in, dispatch_uid="cases.sessions")


def _signed_in(request: HttpRequest, **_: object) -> None:
    from cases import clock

    begin(request.session, at=clock.now())

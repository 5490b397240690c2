"""What every answer carries, and the pages that domain errors turn into."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from structlog.contextvars import get_contextvars

from cases import clock, ended, home_devices, row_history, second_factor
from cases.access import NotTheirs
from cases.drafts import Stale
from cases.models import User
from cases.moves import Overtaken
from cases.references import Mistyped
from cases.states import IllegalMove
from config import errors, proxies
from config.env import is_loopback

Respond = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)


def read_client_address(respond: Respond) -> Respond:
    """Put the client's address where everybody looks, and take off what anybody could have written about it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        peer, meta = request.META.get("REMOTE_ADDR", ""), request.META
        forwarded = meta.get("HTTP_X_FORWARDED_FOR", "")
        for header in proxies.ADDRESS_HEADERS:
            meta.pop(header, None)
        if not proxies.is_trusted(peer, settings.TRUSTED_PROXIES):
            meta.pop(proxies.SCHEME_HEADER, None)
        meta["REMOTE_ADDR"] = proxies.client(peer, forwarded, settings.TRUSTED_PROXIES)
        return respond(request)

    return middleware


def keep_demo_here(respond: Respond) -> Respond:
    """Answer the demo's invented accounts to this machine alone, however the server was started."""

    def middleware(request: HttpRequest) -> HttpResponse:
        meta = request.META
        host = urlsplit(f"//{meta.get('HTTP_HOST', '')}").hostname or ""
        came_by_proxy = any(header in meta for header in proxies.ADDRESS_HEADERS)
        if not is_loopback(meta.get("REMOTE_ADDR", "")) or not is_loopback(host) or came_by_proxy:
            return HttpResponse("The demo answers on its own machine alone.\n", "text/plain", status=403)
        return respond(request)

    return middleware


def add_headers(respond: Respond) -> Respond:
    """Add the headers that Django and django-csp leave out; case pages are never kept by a cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


class ask_second_factor:  # noqa: N801 - named as the verb it is in the settings' list
    """Treat whoever has not shown their second factor as nobody at all, and lead them to where they set it up.

    This is the one place that decides it: no page below sees anybody signed in who has not passed.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = request.user

        def passed() -> object:
            return signed_in if second_factor.has_passed(request, signed_in) else AnonymousUser()

        # Looked at when somebody asks, as Django's own: a page that is for everybody needs no session.
        request.user = SimpleLazyObject(passed)  # type: ignore[assignment]
        return self.respond(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], *_rest: object
    ) -> HttpResponse | None:
        """Let those who have none yet set one up, and nobody else: who has one signs in with it."""
        opens = second_factor.is_set_up_page(view)
        if (not opens and not getattr(view, "login_required", True)) or request.user.is_authenticated:
            return None
        newcomer = get_user(request)
        if not isinstance(newcomer, User) or second_factor.has_one(newcomer):
            return None
        if opens:
            second_factor.let_set_up(request, newcomer)
            return None
        wanted = request.get_full_path() if request.method == "GET" else reverse("home")
        return redirect(f"{reverse('factors')}?{urlencode({'next': wanted})}")


class ask_who_signs:  # noqa: N801 - named as the verb it is in the settings' list
    """Open the roll-call of its home to a device, and nothing else; what is sent there is the act of whoever signs it."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], _args: object, places: dict[str, Any]
    ) -> HttpResponse | None:
        """Put the person who signs in the place of the device, or say what this device does not open."""
        device = request.user
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if not getattr(view, "login_required", True) or name in home_devices.OF_ITS_SESSION:
            return None
        if not isinstance(device, User) or device.device_home_id is None:
            return None
        now = clock.now()
        if not home_devices.opens(device, name, places, at=now):
            leads_on = request.method == "GET" and name != "roll_call"
            return (
                redirect("roll_call", device.device_home_id)
                if leads_on
                else errors.permission_denied(request)
            )
        home_devices.stand_at(request, device)
        if request.method == "POST":
            signer = home_devices.signer(device, request.POST.get("signed_by", ""), at=now)
            if signer is None:
                reason = _("Choose who signs, then press again. Nothing is recorded yet.")
                return errors.refused(request, reason)
            request.user = signer
        return None


def say_who_acts(respond: Respond) -> Respond:
    """Have the history of rows name who changed them, and in which request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        def who() -> tuple[int | None, str]:
            return request.user.pk, get_contextvars().get("request_id", "")

        with row_history.naming(who):
            return respond(request)

    return middleware


class speak_their_language:  # noqa: N801 - named as the verb it is in the settings' list
    """Answer whoever is signed in, and has chosen a language, in that one; everybody else as the browser asks."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Set the language of the answer; the person has been read by then."""
        user = request.user
        if user.is_authenticated and user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language


class show_domain_errors:  # noqa: N801 - named as the verb it is in the settings' list
    """Answer a move that the tables forbid with 409, and a database that is away or too busy with 503."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for IllegalMove, for whoever was overtaken and for a database that is away; the rest is Django's."""
        if ended.is_refused(error):
            error = ended.meanwhile()
        if isinstance(error, NotTheirs):
            return errors.parted_from(request, error)
        if isinstance(error, IllegalMove):
            is_changed, stands = isinstance(error, Stale | Overtaken), getattr(error, "stands", None)
            return errors.refused(request, str(error), is_changed=is_changed, stands=stands)
        if isinstance(error, Mistyped):
            # An address with a slip in its reference is the address of no child.
            return render(request, "404.html", status=404)
        if errors.is_overtaken(error):
            return errors.overtaken(request, error)
        return errors.database_away(error) if errors.is_away(error) else None

"""What every answer carries, and the pages that domain errors turn into."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.states import IllegalMove

Respond = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)


def add_headers(respond: Respond) -> Respond:
    """Add the headers that Django and django-csp leave out; case pages are never kept by a cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


class show_domain_errors:  # noqa: N801 - named as the verb it is in the settings' list
    """Answer a move that the tables forbid with a page that says so, and 409."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the 409 page for IllegalMove, and leave every other error to Django."""
        if not isinstance(error, IllegalMove):
            return None
        return render(request, "409.html", {"reason": str(error)}, status=409)

"""Which page of ours somebody pressed a button on: the way back from an answer that is none of the pages."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

# What a button or form is about, by the name of its page: each stands at the beginning of their addresses.
ABOUT = frozenset({"child", "episode", "duty_desk", "roll_call", "police_alert"})


def page(request: HttpRequest) -> str:
    """The address of that page within this service, as its browser says; nothing where it names none of ours."""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    try:
        parts = urlsplit(said)
    except ValueError:
        return ""
    if parts.netloc != request.get_host() or parts.path[:1] != "/" or parts.path[1:2] in ("/", "\\"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def about(request: HttpRequest) -> str:
    """The page of the child, the episode, the home or the desk that an address is about; else the first page."""
    path = request.path
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            match = resolve(f"{path}/")
        except Resolver404:
            continue
        if match.url_name in ABOUT:
            return f"{path}/"
    return "/"

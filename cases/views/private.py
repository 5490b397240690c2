"""Pages whose address is a secret."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def kept_private(view: View) -> View:
    """Send the address on to nobody, keep it in no cache and let no search find it.

    With no referrer browsers send "Origin: null", which Django's check would refuse. The forms of these pages need none:
    they carry no cookie that could be abused from elsewhere, and who can post one holds the secret already.
    """

    def private(request: HttpRequest, **places: str) -> HttpResponse:
        response = view(request, **places)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(private)

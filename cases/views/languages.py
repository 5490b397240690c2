"""The language of the pages, chosen in the footer by whoever has not signed in; kept in a cookie of its own."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


# A forged form could change the language of a page and nothing else; a token would set a cookie for whoever opens a link.
@csrf_exempt
@login_not_required
@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Lead back to the page it was chosen on, in that language; one that is not offered changes nothing."""
    back = request.POST.get("next", "")
    here = {request.get_host()}
    if not url_has_allowed_host_and_scheme(back, here, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    code = request.POST.get("language", "")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        keep(response, code)
    return response


def keep(response: HttpResponse, code: str) -> None:
    """Write the language into the browser, where LocaleMiddleware reads it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )

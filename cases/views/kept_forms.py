"""Forms that came after their writer's session had locked: the page of one, and the place where pages send them."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, clock, kept_forms, refills, sessions
from cases.forms.drafts import read_typed
from cases.models import User

# Beside what was typed: the page that it stood on, and the address that it would have gone to.
PAGE, ACTION = "kept_page", "kept_action"


@sessions.unpressed
@login_required
@require_POST
def session_keep(request: HttpRequest) -> HttpResponse:
    """Keep what stands typed on a page whose session has locked; the page sends it by itself, and records nothing."""
    now = clock.now()
    page, action = (request.POST.get(name, "") for name in (PAGE, ACTION))
    if not all(one.startswith("/") and not one.startswith("//") for one in (page, action)):
        return JsonResponse({}, status=400)
    keep(request, access.person(request), page=page, action=action, now=now)
    return JsonResponse({})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def kept_form(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that somebody had typed, to them alone, and forget it where they do not want it."""
    now = clock.now()
    user = access.person(request)
    found = kept_forms.get(user, pk, at=now)
    if found is None:
        raise Http404
    if request.method == "POST":
        kept_forms.drop(user, pk)
        kept_forms.forget(request.session, pk)
        messages.success(request, _("What you had typed is deleted."))
        return redirect("home")
    answers = [
        (name.replace("_", " "), "\n".join(values))
        for name, values in found.data.items()
        if any(values) and name not in refills.OF_THE_MOMENT
    ]
    return render(request, "cases/kept_form.html", {"kept": found, "answers": answers, "now": now})


def keep(request: HttpRequest, owner: User, *, page: str, action: str, now: datetime) -> None:
    """Keep a form of `owner`, and let the next page say what became of it."""
    has_files = bool(request.FILES)
    typed = read_typed(request.POST, at=now)
    typed = {name: values for name, values in typed.items() if name not in (PAGE, ACTION)}
    kept = kept_forms.keep(owner, page=page, action=action, data=typed, has_files=has_files, at=now)
    kept_forms.remember(request.session, owner, at=now)
    if kept is None:
        said = _("Nothing was recorded: your session had locked. Sign in again, then send it once more.")
    elif has_files:
        said = _(
            "Nothing was recorded: your session had locked. What you had typed is kept for you, the file is not."
        )
    else:
        said = _("Nothing was recorded: your session had locked. What you had typed is kept for you.")
    messages.warning(request, said)

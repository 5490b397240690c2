"""Keeping and forgetting of drafts: for the page that saves by itself, and for the one without a script."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import access, clock, drafts, sessions
from cases.access import Permission
from cases.forms.drafts import read_typed, version_of
from cases.models import Child, Draft
from cases.templatetags.govuk import gov_clock


@sessions.unpressed
@login_required
@require_POST
def draft_save(request: HttpRequest, form: str, reference: str = "") -> HttpResponse:
    """Keep what was typed so far, and say when: the page asks for it every few seconds."""
    now = clock.now()
    child = _child(request, form, reference, now)
    data, version = read_typed(request.POST, at=now), version_of(request.POST)
    try:
        draft = drafts.save(access.person(request), form, child, data=data, version=version, at=now)
    except drafts.Stale as refusal:
        return JsonResponse({"words": str(refusal)}, status=409)
    except drafts.IllegalMove as refusal:
        return JsonResponse({"words": str(refusal)}, status=422)
    return JsonResponse({"version": draft.version, "words": saved_in_words(draft)})


@login_required
@require_POST
def draft_delete(request: HttpRequest, form: str, reference: str = "") -> HttpResponse:
    """Forget a draft that its writer does not want."""
    child = _child(request, form, reference, clock.now())
    drafts.drop(access.person(request), form, child)
    messages.success(request, _("The draft is deleted."))
    return redirect("home")


def saved_in_words(draft: Draft) -> str:
    """“Draft saved 9:14am”."""
    return _("Draft saved %(time)s") % {"time": gov_clock(draft.saved_at)}


def keep(request: HttpRequest, form: str, child: Child | None, *, quiet: bool = False, at: datetime) -> Draft:
    """Keep what was sent with [Save draft], or `quiet` on the way to the next screen.

    Raises `drafts.Stale`, which becomes the page “Changed since you opened it”.
    """
    user = access.person(request)
    data, version = read_typed(request.POST, at=at), version_of(request.POST)
    draft = drafts.save(user, form, child, data=data, version=version, at=at)
    if not quiet:
        messages.success(request, f"{saved_in_words(draft)}.")
    return draft


def _child(request: HttpRequest, form: str, reference: str, now: datetime) -> Child | None:
    """The child of the form, for whoever may send that form; 404 for everybody else."""
    user = access.person(request)
    if form == Draft.Form.REGISTRATION and not reference:
        access.require(user, Permission.REGISTER_CHILD, at=now)
        return None
    if form not in drafts.NEEDS or not reference:
        raise Http404
    return access.get_child(user, reference, drafts.NEEDS[form], request=request, at=now)

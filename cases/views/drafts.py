"""Keeping and forgetting of drafts: for the page that saves by itself, and for the one without a script."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import access, clock, drafts, sessions, supervising
from cases.access import Permission
from cases.forms.drafts import read_typed, version_of
from cases.models import Child, Draft, GuardianService, User
from cases.templatetags.govuk import gov_clock


@sessions.unpressed
@login_required
@require_POST
def draft_save(
    request: HttpRequest, form: str, reference: str = "", person_id: int | None = None
) -> HttpResponse:
    """Keep what was typed so far, and say when: the page asks for it every few seconds."""
    now = clock.now()
    about = _about(request, form, reference, person_id, now)
    data, version = read_typed(request.POST, at=now), version_of(request.POST)
    try:
        draft = drafts.save(access.person(request), form, **about, data=data, version=version, at=now)
    except drafts.Stale as refusal:
        return JsonResponse({"words": str(refusal)}, status=409)
    except drafts.IllegalMove as refusal:
        return JsonResponse({"words": str(refusal)}, status=422)
    return JsonResponse({"version": draft.version, "words": saved_in_words(draft)})


@login_required
@require_POST
def draft_delete(
    request: HttpRequest, form: str, reference: str = "", person_id: int | None = None
) -> HttpResponse:
    """Forget a draft that its writer does not want."""
    about = _about(request, form, reference, person_id, clock.now())
    drafts.drop(access.person(request), form, **about)
    messages.success(request, _("The draft is deleted."))
    return redirect("home")


def saved_in_words(draft: Draft) -> str:
    """“Draft saved 9:14am”."""
    return _("Draft saved %(time)s") % {"time": gov_clock(draft.saved_at)}


def keep(
    request: HttpRequest,
    form: str,
    child: Child | None,
    *,
    person: User | None = None,
    service: GuardianService | None = None,
    quiet: bool = False,
    at: datetime,
) -> Draft:
    """Keep what was sent with [Save draft], or `quiet` on the way to the next screen.

    Raises `drafts.Stale`, which becomes the page “Changed since you opened it”.
    """
    user = access.person(request)
    data, version = read_typed(request.POST, at=at), version_of(request.POST)
    about: dict[str, Any] = {"person": person, "service": service}
    draft = drafts.save(user, form, child, **about, data=data, version=version, at=at)
    if not quiet:
        messages.success(request, f"{saved_in_words(draft)}.")
    return draft


def _about(
    request: HttpRequest, form: str, reference: str, person_id: int | None, now: datetime
) -> dict[str, Any]:
    """The child of the form, or whom it is about, for whoever may send that form; 404 for everybody else."""
    user = access.person(request)
    if form == Draft.Form.GUARDIAN_SUPERVISION:
        service = request.GET.get("service", "")
        if person_id is None or not service.isdecimal():
            raise Http404
        member = supervising.guardian_led(person_id, int(service[:18]), by=user, at=now)
        return {"person": member.user, "service": member.service}
    if form in (Draft.Form.REGISTRATION, Draft.Form.SUPERVISION) and not reference:
        is_of_one = form == Draft.Form.SUPERVISION
        if is_of_one != (person_id is not None):
            raise Http404
        access.require(user, Permission.REGISTER_CHILD, at=now)
        return {"person": supervising.supervisee(person_id, by=user, at=now)} if person_id is not None else {}
    if form not in drafts.NEEDS or not reference:
        raise Http404
    return {"child": access.get_child(user, reference, drafts.NEEDS[form], request=request, at=now)}

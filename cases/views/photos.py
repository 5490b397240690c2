"""Photos of a child: the pictures themselves, the page that adds one, and the page that withdraws one."""

from datetime import datetime
from typing import Any

import structlog
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, faces, photo_files, photos, sessions
from cases.access import Permission
from cases.forms.photos import PhotoForm, WithdrawForm
from cases.models import Child, Photo
from cases.states import IllegalMove
from cases.views import next_page

logger = structlog.get_logger(__name__)


@sessions.unpressed
@login_required
@require_safe
def photo(request: HttpRequest, reference: str, token: str, size: str) -> HttpResponse:
    """Send one size of one photo to somebody who may see it; no browser keeps one."""
    found = access.get_photo(access.person(request), reference, token, request=request, at=clock.now())
    try:
        picture = photo_files.read(found.token, size)
    except OSError as error:
        logger.error("photo_gone", photo=found.pk, size=size)
        raise Http404 from error
    name = f"{found.child.reference}-{found.taken_date:%Y-%m-%d}.jpg"
    return HttpResponse(
        picture,
        content_type="image/jpeg",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'inline; filename="{name}"',
            "Vary": "Cookie",
            "X-Content-Type-Options": "nosniff",
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def photo_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the photos that stand, newest first, and add one."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PhotoForm(*sent, now=now, camera="file" not in request.GET, dropped=is_dropped(request))
    if form.is_valid():
        try:
            photos.add(child, form.shot(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("taken_date", str(refusal))
        except OSError:
            logger.exception("photo_not_kept", child=child.pk)
            form.refuse(
                _("The photo could not be kept. Try again later, and tell whoever runs this service.")
            )
        else:
            messages.success(request, _("The photo is kept. It stands wherever this child is shown."))
            return redirect(next_page.wanted(request) or reverse("child", args=[child.reference]))
    standing = Photo.objects.standing().filter(child=child).select_related("uploaded_by")
    more: dict[str, Any] = {"shown": [(one, faces.face(one)) for one in standing]}
    if wanted := next_page.wanted(request):
        more |= {"back_href": wanted, "next": wanted}
    return _shown(request, "cases/photo_list.html", child, form, now, **more)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def photo_withdraw(request: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Withdraw a photo with a reason: it is shown to nobody any more, and stays on the record."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = Photo.objects.standing().filter(child=child, token=token).first()
    if found is None:
        raise Http404
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        photos.withdraw(found, reason=form.cleaned_data["reason"], by=by, at=now)
        messages.success(request, _("The photo is withdrawn. Nobody is shown it any more."))
        return redirect("photo_list", child.reference)
    return _shown(request, "cases/photo_withdraw.html", child, form, now, one=found, face=faces.face(found))


def is_dropped(request: HttpRequest) -> bool:
    """Whether more was sent than any form may hold, so that the picture in it was dropped on the way."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    context = {
        "child": child,
        "form": form,
        "now": now,
        "back_href": reverse("child", args=[child.reference]),
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)

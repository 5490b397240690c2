"""Photos of a child: the pictures themselves, the page that adds one, and the page that withdraws one."""

from collections.abc import Sequence
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
from cases.forms.photos import GroundForm, PhotoForm, WithdrawForm
from cases.models import Child, Photo, PhotoBasis, User
from cases.states import IllegalMove
from cases.views import next_page

logger = structlog.get_logger(__name__)
# The photo of which it is said why it may be held.
OF = "of"


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
    """Show the photos that stand, newest first, add one, and say of one why it may be held where nobody has."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    ground = GroundForm(request.POST if OF in request.POST else None, now=now, prefix="ground")
    if ground.is_valid() and _say_ground(child, request.POST[OF], ground, by, now):
        messages.success(request, _("It is on record why the photo may be held."))
        return redirect(next_page.wanted(request) or reverse("photo_list", args=[child.reference]))
    is_sent = request.method == "POST" and not ground.is_bound
    sent = (request.POST, request.FILES) if is_sent else ()
    form = PhotoForm(*sent, now=now, camera="file" not in request.GET, dropped=is_dropped(request))
    if form.is_valid():
        try:
            photos.add(child, form.shot(), by=by, at=now)
        except photos.OtherGround as refusal:
            form.add_error("basis", str(refusal))
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
    standing = list(Photo.objects.standing().filter(child=child).select_related("uploaded_by"))
    more: dict[str, Any] = {"shown": [(one, faces.face(one)) for one in standing]}
    more |= _asked(standing, ground, request.POST.get(OF), now)
    if wanted := next_page.wanted(request):
        more |= {"back_href": wanted, "next": wanted}
    return _shown(request, "cases/photo_list.html", child, form, now, **more)


def _asked(standing: Sequence[Photo], sent: GroundForm, token: str | None, now: datetime) -> dict[str, Any]:
    """Of which photo it is asked why it may be held: the one that was sent, else the newest of which nobody said it.

    What was typed for a photo that somebody answered or withdrew meanwhile stands at no other: it comes back by itself.
    """
    lacking = [one for one in standing if not one.has_ground]
    asked = next((one for one in lacking if one.token == token), next(iter(lacking), None))
    is_late = sent.is_bound and (asked is None or asked.token != token)
    if is_late:
        sent.auto_id = "late_%s"
    return {
        "has_errors": sent.is_bound,
        "ground": GroundForm(now=now, prefix="ground") if is_late else sent,
        "late": sent if is_late else None,
        "asked": asked,
        "asked_face": faces.face(asked) if asked is not None else None,
        # The checklist of the arrival is answered by any photo but one for which the child is still to be asked.
        "waits": all(one.basis == PhotoBasis.FIND for one in standing),
    }


def _say_ground(child: Child, token: str, form: GroundForm, by: User, now: datetime) -> bool:
    """Keep what was said of this photo; False where it is refused, which the form says then."""
    found = Photo.objects.filter(child=child, token=token).first()
    if found is None:
        raise Http404
    try:
        photos.say_ground(found, form.ground(), by=by, at=now)
    except IllegalMove as refusal:
        form.add_error("basis", str(refusal))
        return False
    return True


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
    is_bound = any(one is not None and one.is_bound for one in (form, more.get("ground"), more.get("late")))
    return render(request, template, context, status=422 if is_bound else 200)

"""Photos of a found child whom nobody has named: the pictures themselves, one that is added, and one that is withdrawn."""

from datetime import datetime

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.forms.found_photos import FoundPhotoForm
from alerts.views import found as desk
from cases import access, clock, found_photos, log, photo_files, sessions
from cases.access import Permission
from cases.forms.photos import WithdrawForm
from cases.models import FoundPhoto, User
from cases.states import IllegalMove
from cases.views.photos import is_dropped

logger = structlog.get_logger(__name__)
METHODS = ["GET", "HEAD", "POST"]


@sessions.unpressed
@login_required
@require_safe
def found_photo(request: HttpRequest, matter_id: int, token: str, size: str) -> HttpResponse:
    """Send one size of one photo to the desk that has the child, or to whoever is asked; no browser keeps one."""
    now, user = clock.now(), access.person(request)
    row = found_photos.visible(user, at=now).filter(found__matter=matter_id, token=token).first()
    _put_on_record(request, user, row, now)
    if row is None:
        raise Http404
    try:
        picture = photo_files.read(row.token, size)
    except OSError as error:
        logger.error("found_photo_gone", photo=row.pk, size=size)
        raise Http404 from error
    return HttpResponse(
        picture,
        content_type="image/jpeg",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'inline; filename="found.jpg"',
            "Vary": "Cookie",
            "X-Content-Type-Options": "nosniff",
        },
    )


@login_required
@require_http_methods(METHODS)
def found_photo_add(request: HttpRequest, matter_id: int) -> HttpResponse:
    """Keep a photo of a found child of the reader's own desk."""
    now, user, row = desk.opened(request, matter_id)
    if row.closed_at is not None:
        raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FoundPhotoForm(*sent, camera="file" not in request.GET, dropped=is_dropped(request))
    if form.is_valid():
        try:
            found_photos.add(row, form.cleaned_data["photo"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error("photo", str(refusal))
        except OSError:
            logger.exception("found_photo_not_kept", matter=matter_id)
            form.refuse(
                _("The photo could not be kept. Try again later, and tell whoever runs this service.")
            )
        else:
            messages.success(request, _("The photo is kept. Whoever is asked about this child sees it."))
            return redirect("found_child", matter_id)
    context = {"found": row, "form": form, "now": now}
    return render(request, "alerts/found_photo_add.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def found_photo_withdraw(request: HttpRequest, matter_id: int, token: str) -> HttpResponse:
    """Show a photo to nobody any more, as where it is of another."""
    now, user, row = desk.opened(request, matter_id)
    shown = FoundPhoto.objects.standing().filter(found=row, token=token, found__closed_at=None).first()
    if shown is None:
        raise Http404
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            found_photos.withdraw(shown, reason=form.cleaned_data["reason"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The photo is withdrawn. Nobody is shown it any more."))
            return redirect("found_child", matter_id)
    context = {"found": row, "photo": shown, "form": form, "now": now}
    return render(request, "alerts/found_photo_withdraw.html", context, status=422 if form.is_bound else 200)


def _put_on_record(request: HttpRequest, user: User, row: FoundPhoto | None, at: datetime) -> None:
    log.record_access(
        user=user,
        child_id=None,
        permission=Permission.WORK_DUTY_DESK,
        allowed=row is not None,
        place=log.Place(path=request.path, page="found_photo", address=request.META.get("REMOTE_ADDR")),
        at=at,
    )

"""Documents of a child: the list with the form that adds one, the file itself, and the page that withdraws one."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import structlog
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, document_files, documents, handovers, reads
from cases.access import Permission
from cases.forms.documents import DocumentForm, DocumentWithdrawForm, left_out_of
from cases.models import Child, Document
from cases.states import IllegalMove
from cases.views.photos import is_dropped

logger = structlog.get_logger(__name__)


@login_required
@require_safe
def document(request: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Send the file to somebody who may read the record, to be saved: no page of ours shows what a stranger wrote.

    Whoever handed the child over is sent what was held by then.
    """
    now = clock.now()
    child, until = handovers.get_read(access.person(request), reference, request=request, at=now)
    held = Document.objects.standing() if until is None else Document.objects.held_by(until)
    found = held.filter(child=child, token=token).select_related("child").first()
    if found is None:
        raise Http404
    try:
        content = document_files.read(found.token)
    except OSError as error:
        logger.error("document_gone", document=found.pk)
        raise Http404 from error
    return HttpResponse(
        content,
        content_type=found.media_type,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{found.file_name}"',
            # Whatever opens it all the same runs nothing in it, as nobody of ours.
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Vary": "Cookie",
            "X-Content-Type-Options": "nosniff",
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def document_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the documents that stand, newest first and a page at a time; whoever may change the record adds one."""
    now = clock.now()
    by = access.person(request)
    wanted = Permission.SEE_RECORD if request.method in access.SAFE else Permission.CHANGE_CHILD
    child = access.get_child(by, reference, wanted, request=request, at=now)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*sent, now=now, dropped=is_dropped(request))
    if form.is_valid():
        try:
            given = form.given()
            documents.keep(child, given, by=by, at=now)
        except IllegalMove as refusal:
            form.refuse(str(refusal))
        except OSError:
            logger.exception("document_not_kept", child=child.pk)
            form.refuse(_("The file could not be kept. Try again later, and tell whoever runs this service."))
        else:
            kept = _("The document is kept with the record.")
            messages.success(request, " ".join([kept, *left_out_of(given.scan)]))
            return redirect("document_list", child.reference)
    standing = Document.objects.standing().filter(child=child).select_related("kept_by")
    try:
        shown, mark = reads.newest(standing, request.GET.get("before", ""), moment="kept_at")
    except ValueError as error:
        raise Http404 from error
    more = {
        "shown": shown,
        "older": urlencode({"before": mark}) if mark else "",
        "destroyed": Document.objects.destroyed()
        .filter(child=child)
        .aggregate(number=Count("pk"), at=Max("destroyed_at")),
        "may_add": child.closed_at is None and access.may(by, child, Permission.CHANGE_CHILD, at=now),
    }
    return _shown(request, "cases/document_list.html", child, form, now, **more)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def document_withdraw(request: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Withdraw a document with a reason: it is shown to nobody any more, and stays on the record."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = Document.objects.standing().filter(child=child, token=token).first()
    if found is None:
        raise Http404
    form = DocumentWithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            documents.withdraw(found, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The document is withdrawn. Nobody is shown it any more."))
            return redirect("document_list", child.reference)
    return _shown(request, "cases/document_withdraw.html", child, form, now, one=found)


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    back = reverse("child", args=[child.reference])
    context = {"child": child, "form": form, "now": now, "back_href": back, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)

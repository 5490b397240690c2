"""One item of a transfer's checklist: what the record says of it, read by both authorities, and that the receiver has."""

from collections.abc import Collection
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import find_me_lines, transfer_items, transfer_pages
from alerts.transfer_pages import Checklist, Page
from cases import access, clock, handovers, transfers
from cases.access import Permission
from cases.checklists import Line
from cases.forms import repeats
from cases.forms.transfers import ItemReadForm
from cases.handovers import Side
from cases.models import Acknowledgement, Child, User
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_item(request: HttpRequest, reference: str, item: str) -> HttpResponse:
    """Show one item as it stands; whoever of the receiver has read it says so, and is led to the next."""
    now, user = clock.now(), access.person(request)
    child, side = handovers.get_child(user, reference, request=request, at=now)
    if item not in Acknowledgement.Item.values:
        raise Http404
    if side == Side.SENT:
        # The arrival was confirmed since: that page leads to what is theirs to read.
        return redirect("transfer", child.reference)
    found = _find(transfer_pages.page(child, side, user, now=now), item, request.GET.get("of", ""))
    if found is None:
        # Nobody has accepted the child, or there is no such transfer any more: that page says what stands now.
        return redirect("transfer", child.reference)
    checklist, line = found
    if side == Side.RECEIVER:
        handovers.put_read_on_record(user, child, request=request, at=now)
    form = ItemReadForm(request.POST if request.method == "POST" else None, line=line)
    if request.method == "POST" and (line.is_read or not checklist.may_read):
        # Sent again, or somebody was faster.
        return redirect("transfer", child.reference)
    if form.is_valid():
        try:
            transfers.acknowledge(checklist.transfer, [item], by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("On record: you have read “%(item)s”.") % {"item": line.title})
            return redirect(_next(checklist, line))
    context = {
        "child": child,
        "checklist": checklist,
        "line": line,
        "parts": transfer_items.of(
            checklist.transfer, item, reader=user, permissions=_permissions(user, child, side, now), now=now
        ),
        "desks": transfer_pages.other_desks(checklist.transfer, side, now),
        "form": form,
        "now": now,
    }
    return render(request, "alerts/transfer_item.html", context, status=422 if form.is_bound else 200)


def _permissions(user: User, child: Child, side: Side, now: datetime) -> Collection[Permission]:
    """Whoever is to have the child reads how it is reached, as from the arrival on; of its own people who reads an address."""
    whole = side == Side.RECEIVER or access.may(user, child, Permission.SEE_ADDRESS, at=now)
    return find_me_lines.WHOLE if whole else ()


def _find(page: Page, item: str, of: str) -> tuple[Checklist, Line] | None:
    """The item of the transfer that is asked for, of those whose content this reader reads."""
    for checklist in page.checklists:
        if checklist.is_open and of in ("", str(checklist.transfer.pk)):
            line = next((line for line in checklist.lines if line.item == item), None)
            if line is not None:
                return checklist, line
    return None


def _next(checklist: Checklist, read: Line) -> str:
    """The page of the next item that nobody has read, or that of the transfer."""
    left = (line for line in checklist.lines if not line.is_read and line.item != read.item)
    following = next(left, None)
    if following is None:
        return transfer_pages.href_of(checklist.transfer)
    return checklist.href(following)

"""The return of a child who is out or away, and what goes on where nobody says that they saw it."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import check_ins, written_returns
from cases import absences, access, clock, contacts
from cases.access import Permission
from cases.forms.absence import ReturnForm
from cases.models import Absence, Child, Contact, User
from cases.moves import Overtaken
from cases.states import IllegalMove
from cases.views import next_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absence_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Record the return of a child who is out or away, and that whoever presses sees the child."""
    now, user = clock.now(), access.person(request)
    child = access.get_child(user, reference, Permission.RECORD_ABSENCE, request=request, at=now)
    absence = Absence.objects.current(now).filter(child=child).first()
    form = ReturnForm(request.POST or None, stands=absence.pk if absence is not None else None, now=now)
    if form.is_valid():
        try:
            seen = _come_back(child, form, by=user, at=now)
        except Overtaken:
            standing = Absence.objects.filter(child=child, ends_at=None).first()
            form.overtake(standing.pk if standing is not None else 0)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            _answer(request, child, seen, now)
            return redirect(next_page.after(request, child, at=now))
    context = {
        "child": child,
        "form": form,
        "now": now,
        "absence": Absence.objects.current(now).filter(child=child).first(),
        "kept_bed": absences.kept_bed(child, at=now),
        "back_href": next_page.after(request, child, at=now),
    }
    return render(request, "cases/absence_back.html", context, status=422 if form.is_bound else 200)


def _come_back(child: Child, form: ReturnForm, *, by: User, at: datetime) -> Contact | None:
    """The return first, by the time that was typed: a sight of the child would end the outing at its own."""
    said = {"back_at": form.cleaned_data["back_at"], "stood": form.stands or 0}
    sighting = form.sighting(child, by=by, at=at)
    if sighting is None:
        absences.come_back(child, **said, by=by, at=at)
        return None
    with transaction.atomic():
        absences.come_back(child, **said, by=by, at=at)
        return contacts.record(child, sighting, by=by, at=at)


def _answer(request: HttpRequest, child: Child, seen: Contact | None, now: datetime) -> None:
    """What was recorded, and until somebody whose word counts has seen the child what goes on."""
    goes_on = written_returns.goes_on(child, at=now)
    if seen is not None:
        messages.success(request, _("The return is recorded, and that you see the child."))
        why = check_ins.why_none(seen, at=now)
        if why or goes_on:
            messages.warning(request, " ".join(filter(None, (why, goes_on))))
    elif goes_on:
        messages.warning(request, _("The return is recorded. %(goes_on)s") % {"goes_on": goes_on})
    else:
        messages.success(request, _("The return is recorded. If you saw the child yourself, say so too."))

"""A home, corrected by an administrator."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import home_areas
from cases import access, administration, clock
from cases.forms.organisations import HomeCorrectionForm
from cases.moves import isolated
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_change(request: HttpRequest, home_id: int) -> HttpResponse:
    """Correct how a home is called, who runs it, where it is, whose force that is and on which phone it is rung."""
    now = clock.now()
    by = access.person(request)
    home = administration.get_home(by, home_id, at=now)
    held = {
        name: getattr(home, name) for name in ("name", "address", "postcode", "phone", "ofsted_urn", "force")
    }
    held["provider"] = home.provider.name if home.provider else ""
    form = HomeCorrectionForm(request.POST or None, initial=held)
    if form.is_valid():
        try:
            home_areas.correct(home, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The correction is kept."))
            return redirect("home_history", home.pk)
    context = {
        "form": form,
        "title": _("Correct the details of %(home)s") % {"home": isolated(home.name)},
        "lead": _(
            "A new phone, or the right force, is used at once for every child who lives here. When the whole home moves, "
            "register it anew and place each child there: a move is watched more closely."
        ),
        "back_href": reverse("home_history", args=[home.pk]),
        "now": now,
    }
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)

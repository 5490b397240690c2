"""The page on which the guardian of a missing child is looked at again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock
from cases.access import Permission
from cases.states import IllegalMove
from guardians import assignments, looks
from guardians.forms.looks import GOES_ON, LookForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guardian_look(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the guardian of a missing child goes on, or take that back; 404 of a child who is not missing."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    episode = assignments.sought(child)
    if episode is None:
        raise Http404
    last = looks.last_of(episode)
    form = LookForm(request.POST or None, has_last=last is not None)
    if form.is_valid():
        said = {"reason": form.cleaned_data["reason"], "by": by, "at": now}
        try:
            if last is None or form.cleaned_data["answer"] == GOES_ON:
                looks.go_on(child, **said)
            else:
                looks.take_back(last, **said)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is recorded."))
            return redirect("child_people", child.reference)
    context = {
        "child": child,
        "form": form,
        "episode": episode,
        "last": last,
        "back_href": reverse("child_people", args=[child.reference]),
        "now": now,
    }
    return render(request, "guardians/guardian_look.html", context, status=422 if form.is_bound else 200)

"""Pages on which a manager and the data protection officer destroy a wrong passage."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, corrections
from cases.access import Permission
from cases.forms.corrections import DestroyForm, WordsForm
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_safe
def passages(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a manager of the child's team what was written, to choose what is wrong."""
    now = clock.now()
    child = access.get_child(access.person(request), reference, Permission.KEEP_FROM, request=request, at=now)
    form = WordsForm(request.GET or None)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    context = {
        "child": child,
        "form": form,
        "found": corrections.passages(child, words=words),
        "most": corrections.SHOWN,
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "cases/passages.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def passage_destroy(request: HttpRequest, reference: str, what: str, row_id: int) -> HttpResponse:
    """Destroy one for good, when the data protection officer signs here as well."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    one = corrections.passage(child, what, row_id)
    if one is None:
        raise Http404
    form = DestroyForm(request.POST or None)
    if form.is_valid():
        try:
            second = second_person.signed_by_officer(request, form, child, at=now)
            corrections.destroy(
                one, child, reason=form.cleaned_data["reason"], seconded_by=second, by=by, at=now
            )
        except IllegalMove as refusal:
            second_person.refused(form, refusal)
        else:
            messages.success(
                request, _("The passage is destroyed. That it was, by whom and why, stays on record.")
            )
            return redirect("passages", child.reference)
    back_href = reverse("passages", args=[child.reference])
    context = {"child": child, "one": one, "form": form, "now": now, "back_href": back_href}
    return render(request, "cases/passage_destroy.html", context, status=422 if form.is_bound else 200)

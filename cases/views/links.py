"""Pages that link two children and check what somebody says of them."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, links, same_child
from cases.access import Permission
from cases.forms.links import LinkCheckForm, LinkForm
from cases.models import Child, ChildLink, User
from cases.states import IllegalMove
from cases.views import next_page, second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def link_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that the child belongs together with another whom the writer may open too."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = LinkForm(request.POST or None)
    back = next_page.wanted(request) or reverse("child_people", args=[child.reference])
    if form.is_valid():
        named = str(form.cleaned_data["reference"].child)
        try:
            # A read of the other child, or a refusal on their record, like every other.
            other = access.get_child(by, named, Permission.SEE_STATUS, request=request, at=now)
        except Http404:
            # The same words for a child of somebody else's and for none at all.
            form.add_error("reference", _("You can open no child with this reference"))
        else:
            try:
                claim = form.claim()
                say = same_child.say if claim.kind == ChildLink.Kind.SAME else links.say
                say(child, other, claim, by=by, at=now)
            except IllegalMove as refusal:
                form.add_error("reference", str(refusal))
            else:
                messages.success(request, _("The two children are linked, on both their pages."))
                return redirect(back)
    context = {"child": child, "form": form, "now": now, "back_href": back}
    return render(request, "cases/link_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def link_check(request: HttpRequest, reference: str, link_id: int) -> HttpResponse:
    """Write down whether it is so; for those alone who may open both children.

    That two records are not of one child may be said also by whoever opens one of them and is told of the other's council.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    is_open = links.of(child, reader=by, at=now).filter(pk=link_id).exists()
    link = get_object_or_404(_checkable(child, by, now), pk=link_id)
    form = LinkCheckForm(request.POST or None, link=link, undoes=not is_open)
    back = reverse("child_people", args=[child.reference])
    if form.is_valid():
        try:
            if link.kind == ChildLink.Kind.SAME:
                same_child.check(link, **form.found_same(), by=by, at=now)
            else:
                second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
                links.check(link, **form.found(), seconded_by=second, by=by, at=now)
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field="second_email" if form.lowers else None)
        else:
            messages.success(request, _("What was found is recorded, on both their pages."))
            return redirect(back)
    other = link.beside(child) if is_open else None
    if other is not None:
        access.put_listed_on_record(by, [other.pk], Permission.SEE_STATUS, request=request, at=now)
    context = {"child": child, "other": other, "link": link, "form": form, "now": now, "back_href": back}
    return render(request, "cases/link_check.html", context, status=422 if form.is_bound else 200)


def _checkable(child: Child, by: User, now: datetime) -> QuerySet[ChildLink]:
    known = links.of(child, reader=by, at=now).values("pk")
    rows = ChildLink.objects.select_related("child", "other")
    told = ChildLink.objects.same().filter(pk__in=links.told(child, reader=by, at=now))
    return rows.filter(Q(pk__in=known) | Q(pk__in=told.values("pk")))

"""Pages on which an authority that is split is shared out among those that take its place, over days, and signed once."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from cases import (
    access,
    administration,
    clock,
    mergers,
    second_factor,
    split_closed,
    split_moves,
    split_rows,
    split_successors,
    splits,
)
from cases.forms.mergers import (
    ClosedForm,
    KeeperForm,
    ShareForm,
    SignatureForm,
    SignForm,
    SplitForm,
    show_anew,
)
from cases.models import Authority, Split, SplitShare, User
from cases.moves import isolated
from cases.reads import PAGE_SIZE
from cases.states import IllegalMove
from cases.views import second_person

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def split_begin(request: HttpRequest) -> HttpResponse:
    """Say that an authority of the reader's is split, and into which; or go on with what was begun."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    form = SplitForm(request.POST or None, authorities=own, now=now)
    if form.is_valid():
        try:
            split = splits.begin(form.cleaned_data["authority"], form.successors(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("split", split.pk)
    begun = Split.objects.open().filter(authority__in=own).select_related("authority", "begun_by")
    context = {"form": form, "ends": form.only, "begun": begun, "now": now}
    return render(request, "cases/split_begin.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def split(request: HttpRequest, split_id: int) -> HttpResponse:
    """Show who takes how much and what is not said yet, say who keeps the rest, and pass all of it on with each successor."""
    now = clock.now()
    by = access.person(request)
    one = administration.get_split(by, split_id, at=now)
    if not one.is_open:
        return render(request, "cases/split_over.html", {"split": one, "now": now})
    keeps = KeeperForm(request.POST if "keep" in request.POST else None, split=one, now=now)
    if keeps.is_valid():
        splits.keep(one, keeps.cleaned_data["keeper"], by=by, at=now)
        messages.success(request, _("Recorded."))
        return redirect("split", one.pk)
    sent = request.POST if request.method == "POST" and not keeps.is_bound else None
    form = SignForm(sent)
    takes = split_successors.taking(one, at=now)
    signatures = [(successor, SignatureForm(sent, successor=successor)) for successor in takes]
    if _passes(request, one, form, signatures, by):
        said = {"ends": isolated(one.authority.said_name)}
        messages.success(
            request, _("Done. Each child of %(ends)s is now with the authority that takes its place.") % said
        )
        return redirect("admin_home")
    # Counted as late as this: of a press that is done nothing is shown.
    plan = splits.plan(one, at=now)
    form.initial["shown"] = plan.shown
    if form.is_bound:
        show_anew(form, plan.shown)
    context = {
        "split": one,
        "plan": plan,
        "kinds": [_counted(plan, kind) for kind in SplitShare.Kind],
        "keeps": keeps,
        "form": form,
        "signatures": signatures,
        "signed": [signature for _successor, signature in signatures],
        "asks_code": second_factor.is_asked(),
        "now": now,
    }
    bound = form.is_bound or keeps.is_bound
    return render(request, "cases/split.html", context, status=422 if bound else 200)


def _counted(plan: splits.Plan, kind: SplitShare.Kind) -> dict[str, Any]:
    return {
        "kind": kind,
        "counts": [(takes.successor, takes.counts[kind]) for takes in plan.takes],
        "unsaid": plan.unsaid[kind],
    }


def _passes(
    request: HttpRequest,
    one: Split,
    form: SignForm,
    signatures: list[tuple[Authority, SignatureForm]],
    by: User,
) -> bool:
    """Whether everybody has signed and it is done; else each form says what is wrong."""
    if not form.is_bound or not all(
        [form.is_valid(), *(signature.is_valid() for _who, signature in signatures)]
    ):
        return False
    try:
        # Before anybody signs: a code is good once.
        found = splits.plan(one, at=clock.now())
        splits.require_whole(one, found, at=clock.now())
        mergers.require_shown(found.shown, form.cleaned_data["shown"])
        if not _differ(signatures, by):
            return False
        wanted = [(signature, successor.pk) for successor, signature in signatures]
        people = second_person.signed_together(request, wanted, at=clock.now())
        if people is None:
            return False
        signed = {pk: person for (_form, pk), person in zip(wanted, people, strict=True)}
        given = {"shown": form.cleaned_data["shown"], "reason": form.cleaned_data["reason"]}
        split_moves.move(one, **given, signed=signed, by=by, at=clock.now())
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _differ(signatures: list[tuple[Authority, SignatureForm]], by: User) -> bool:
    """Whether each is to be signed by somebody else, none of them the reader; said at the address of whoever is not."""
    taken = {by.email.lower()}
    for _who, signature in signatures:
        email = signature.cleaned_data["second_email"].lower()
        if email in taken:
            second_person.refused(signature, split_moves.each_by_another())
        taken.add(email)
    return not any(signature.errors for _who, signature in signatures)


@login_required
@require_http_methods(METHODS)
def split_shares(request: HttpRequest, split_id: int, kind: str) -> HttpResponse:
    """Say of each thing of one kind which successor takes it, a page at a time; 404 for what is no such kind."""
    now = clock.now()
    by = access.person(request)
    one = administration.get_split(by, split_id, at=now)
    if kind not in SplitShare.Kind.values or not one.is_open:
        raise Http404
    successors = list(split_successors.taking(one, at=now))
    unsaid = "unsaid" in request.GET
    found = split_rows.listed(one, kind, unsaid=unsaid, at=now)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    if request.method == "POST":
        # What is said of it meanwhile is on no page of the unsaid any more: what was sent is what counts.
        shown = split_rows.listed(one, kind, unsaid=False, at=now).filter(pk__in=_sent(request))
    else:
        shown = page.object_list
    rows = split_rows.rows(one, kind, list(shown), at=now)
    form = ShareForm(request.POST or None, rows=rows, successors=successors)
    if form.is_valid():
        to = {one.pk: one for one in successors}
        try:
            given = {pk: to[pk_to] for pk, pk_to in form.given().items()}
            splits.say(one, kind, given, read=form.read(), by=by, at=now)
        except splits.SaidSince as since:
            form.refuse(since.now)
        except (IllegalMove, KeyError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect(f"{reverse('split_shares', args=[one.pk, kind])}?{request.GET.urlencode()}")
    context = {
        "split": one,
        "kind": SplitShare.Kind(kind),
        "form": form,
        "page": page,
        "unsaid": unsaid,
        "left": splits.unsaid(one, kind, at=now).count(),
        "closed": split_closed.left(one, at=now).count() if kind == SplitShare.Kind.CHILD else 0,
        "now": now,
    }
    return render(request, "cases/split_shares.html", context, status=422 if form.is_bound else 200)


def _sent(request: HttpRequest) -> list[int]:
    names = (name[3:] for name in request.POST if name.startswith("to_"))
    return [int(name) for name in names if name.isdecimal() and len(name) < 19][:PAGE_SIZE]


@login_required
@require_http_methods(METHODS)
def split_closed_cases(request: HttpRequest, split_id: int) -> HttpResponse:
    """Say of all closed cases of each last team at once which successor takes them."""
    now = clock.now()
    by = access.person(request)
    one = administration.get_split(by, split_id, at=now)
    if not one.is_open:
        raise Http404
    to = {successor.pk: successor for successor in split_successors.taking(one, at=now)}
    sets = split_closed.read(one, at=now)
    form = ClosedForm(
        request.POST or None, rows=sets.rows, successors=[*to.values()], initial={"shown": sets.shown}
    )
    if form.is_valid():
        try:
            given = {team: to[pk] for team, pk in form.given().items()}
            said = split_closed.say(one, given, shown=form.cleaned_data["shown"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
            show_anew(form, sets.shown)
        else:
            words = ngettext("%(n)s closed case is decided.", "%(n)s closed cases are decided.", said)
            messages.success(request, words % {"n": f"{said:,}"})
            return redirect("split", one.pk)
    context = {"split": one, "form": form, "rows": sets.rows, "now": now}
    return render(request, "cases/split_closed.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def split_call_off(request: HttpRequest, split_id: int) -> HttpResponse:
    """Call the split off: nothing has passed, and what was said stays on record."""
    now = clock.now()
    by = access.person(request)
    one = administration.get_split(by, split_id, at=now)
    if not one.is_open:
        raise Http404
    if request.method == "POST":
        splits.call_off(one, by=by, at=now)
        messages.success(request, _("The split is called off. Nothing has moved."))
        return redirect("admin_home")
    return render(request, "cases/split_call_off.html", {"split": one, "now": now})

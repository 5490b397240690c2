"""The page on which duty decides of a file that came by mail: by its name, its type and its size, and never by its content."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from alerts.forms.quarantine import RELEASE, FileForm
from alerts.models import Reply
from cases import access, clock, quarantine
from cases.access import Permission
from cases.catalogue import written
from cases.models import QuarantinedFile
from cases.states import IllegalMove

# In characters, as the record holds it.
FROM_LIMIT = 150


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_file(request: HttpRequest, reference: str, file_id: int) -> HttpResponse:
    """Release it as a document of the record, written anew, or leave it where nobody opens it."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.VERIFY_POLICE, request=request, at=now)
    files = QuarantinedFile.objects.select_related("decided_by", "document")
    file = get_object_or_404(files, pk=file_id, episode=episode)
    reply = (
        Reply.objects.filter(episode=episode, key=file.mail_key).select_related("force", "mailbox").first()
    )
    form = FileForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            if form.cleaned_data["decision"] == RELEASE:
                quarantine.release(file, received_from=_sender(file, reply), by=user, at=now)
                messages.success(request, _("Released. It is with the documents of the child."))
            else:
                quarantine.leave(file, reason=form.cleaned_data["reason"], by=user, at=now)
                messages.success(request, _("Recorded. It stays where it is."))
        except IllegalMove as refusal:
            form.add_error("decision", str(refusal))
        else:
            return redirect("episode", episode.reference)
    context = {
        "episode": episode,
        "child": episode.child,
        "file": file,
        "reply": reply,
        "form": form,
        "now": now,
    }
    return render(request, "alerts/episode_file.html", context, status=422 if form.is_bound else 200)


def _sender(file: QuarantinedFile, reply: Reply | None) -> str:
    """How it came, as far as it is known, in the words of the record: anybody can write a force's address above a mail."""
    address = file.sender or written(gettext_lazy("an address that is not registered"))
    words = written(gettext_lazy("by mail, %(address)s")) % {"address": address}
    if reply is not None and reply.force is not None:
        words = f"{reply.force.name}, {words}"
    return words[:FROM_LIMIT]

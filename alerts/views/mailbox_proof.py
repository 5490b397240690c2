"""The page that a test message leads to: whoever reads the mailbox presses a button, and the mailbox is proved."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from alerts import addresses, probes
from alerts.models import Message, Probe
from cases import clock
from cases.views.private import kept_private


# As with a police link: who can press it holds the mail already, and a scanner that opens it proves nothing.
@login_not_required
@kept_private
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_proof(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; pressing it proves the mailbox that the test message went to."""
    now = clock.now()
    number = addresses.read_token(token)
    message = (
        Message.objects.select_related("probe__mailbox").filter(pk=number, probe__isnull=False).first()
        if number is not None
        else None
    )
    probe = message.probe if message is not None else None
    if probe is None or not probes.is_open(probe, at=now):
        return render(request, "alerts/police_unknown.html", {"now": now}, status=404)
    if request.method == "POST":
        probes.come_back(probe, way=Probe.Way.LINK, at=now)
        probe.refresh_from_db()
    return render(request, "alerts/mailbox_proof.html", {"probe": probe, "now": now})

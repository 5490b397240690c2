"""What the gateway for texts hands on: an answer of an escort is read, everybody else is told whom to ring, or nothing."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alerts import channels
from cases import clock, escort_texts
from cases.escort_texts import Answer, Outcome, Received
from cases.journey_pages import Page
from cases.templatetags.govuk import gov_clock

LIMIT = 10_000


@login_not_required
@csrf_exempt
@require_POST
def text_received(request: HttpRequest) -> JsonResponse:
    """Take `{"id", "from", "text"}` that is signed as what we send is; the `answer` is what the gateway texts back.

    404 without the signature, 400 with a sentence for what is no such text. No answer means that none is sent.
    """
    now = clock.now()
    stamp, mark = (request.headers.get(f"X-Rollcall-{name}", "") for name in ("Timestamp", "Signature"))
    if not channels.is_signed(request.body, stamp=stamp, mark=mark, at=now):
        raise Http404
    text = _read(request.body)
    with translation.override(settings.LANGUAGE_CODE):
        if text is None:
            return JsonResponse({"error": _("Give id, from and text, each as a string.")}, status=400)
        return JsonResponse({"answer": _words(escort_texts.receive(text, at=now))})


def _read(body: bytes) -> Received | None:
    try:
        found: Any = json.loads(body[:LIMIT])
        given = {name: found[name] for name in ("id", "from", "text")}
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    if not given["id"] or not all(isinstance(one, str) for one in given.values()):
        return None
    # Half of a character, where a gateway cuts one in two, is none that can be encoded.
    name = given["id"].encode(errors="backslashreplace").decode()
    return Received(id=name, number=given["from"], words=given["text"])


def _words(answer: Answer) -> str:
    if answer.outcome == Outcome.STRANGER:
        return ""
    if answer.outcome == Outcome.EARLY and answer.page is not None and answer.page.next is not None:
        early = _(
            "Nothing is recorded yet. Send the code at %(time)s, when you see the child. Else ring %(line)s."
        )
        return early % {"time": gov_clock(answer.page.next.stop.due_at), **_line()}
    if answer.page is not None:
        return _recorded(answer.page, is_new=answer.outcome == Outcome.CONFIRMED)
    said = {
        Outcome.OVER: _("Nothing is recorded: the journey has ended, or your link is closed. Ring %(line)s."),
        Outcome.UNREAD: _(
            "Nobody reads what is written here, and nothing is recorded: the code of your text counts alone. "
            "If the child is not with you ring 999, then %(line)s."
        ),
    }
    wrong = _("That is not the code, and nothing is recorded. Ring %(line)s.")
    return said.get(answer.outcome, wrong) % _line()


def _recorded(page: Page, *, is_new: bool) -> str:
    if page.next is None or page.owed_at is None:
        return _("Recorded: the child is handed over. Thank you. Anything else: ring %(line)s.") % _line()
    if not is_new:
        said = _(
            "A stop was recorded lately, and this is no other. The next: by %(time)s. Wrong? Ring %(line)s."
        )
    elif page.next.confirmation is not None:
        said = _(
            "Recorded: you see the child. The night begins at 8pm: send the code again by %(time)s. Else ring %(line)s."
        )
    elif page.next.stop.pk == page.last.stop.pk:
        said = _(
            "Recorded: you see the child. Hand the child over by %(time)s, then send the code. Else ring %(line)s."
        )
    else:
        said = _(
            "Recorded: you see the child. At the next stop, by %(time)s, send the code again. Else ring %(line)s."
        )
    return said % {"time": gov_clock(page.owed_at), **_line()}


def _line() -> dict[str, str]:
    return {"line": settings.DUTY_LINE or _("the duty line in the text with your link")}

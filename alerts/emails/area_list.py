"""The weekly list of an area: which children of other authorities live there, by reference, and whom to ring about each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.emails import headers, layout, mime, wordings
from alerts.emails.about import LATE_AFTER
from alerts.emails.composition import Composed
from alerts.emails.wordings import Link
from alerts.models import Message


@dataclass(frozen=True)
class Part:
    """The children of one authority: who lives in the area now, who of them is new, and whose stay there ended."""

    authority: str
    # Answered day and night; "" where the authority has given none.
    phone: str
    placed: Sequence[str]
    began: Sequence[str]
    ended: Sequence[str]


@dataclass(frozen=True)
class AreaList:
    """What is told of one area; without parts there is nothing to tell."""

    area: str
    since: datetime
    parts: Sequence[Part]
    # Whether anybody there has an account to sign in with.
    has_account: bool

    @property
    def count(self) -> int:
        return sum(len(part.placed) for part in self.parts)


def compose_area_list(message: Message, listed: AreaList, *, now: datetime) -> Composed:
    """Return the mail of the list; ValueError for a message without a mail address."""
    link = Link.SIGN_IN if listed.has_account else Link.NONE
    late = now - message.owed_at
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Weekly list of your area - for your information")
        values = {
            "about": {"late": late if late > LATE_AFTER else None},
            "message": message,
            "listed": listed,
            "now": now,
            "language": translation.get_language(),
            "subject": subject,
            "link": wordings.page(link, None),
            "link_label": wordings.label(link, None),
            "reference": _("weekly list"),
            "duty_line": "",
            "stamp": message.pk.hex[:8],
            "rows": [],
        }
        text = layout.reflow(layout.render("area_list.txt", values, plain=True))
        html = layout.render("area_list.html", values)
        email = mime.blank()
        headers.write(email, message, None, subject=subject, urgent=False, now=now)
        mime.fill(email, mime.coded(text), mime.coded(html), number=headers.mail_of(message))
    return Composed(subject, text, html, email)

"""What is peculiar to the clock of a request for a sibling or companion: who is told of its end, and who of nothing."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from alerts.models import Message
from cases.models import KeepFrom, LinkMatter, Matter

# By kind of matter.
WORDINGS = {"link": "link_waits", "link_now": "link_urgent"}
OVER = "link_over"


def still_asked(matter: Matter, told: QuerySet[Message, Any]) -> QuerySet[Message, Any]:
    """Of those who were told: those of the rungs, and where the desk answered whoever stands above it alone.

    Whoever asks hears of the answer when it is told, which is another time, and in words of their own.
    """
    told = told.filter(step__startswith="R")
    row = LinkMatter.objects.select_related("request").filter(matter=matter).first()
    is_answered = row is not None and row.request.answered_at == row.ended_at
    return told.exclude(post="duty") if is_answered else told


def kept_from(matter: Matter, at: datetime) -> set[int]:
    """Who is kept from the child for whom it is asked, by key: they hear of no question about it."""
    asking = LinkMatter.objects.filter(matter=matter).values("request__child")
    return KeepFrom.objects.people(asking, at)

"""Word of mailboxes from which nobody answers: to the administrators who may test them, once a week until somebody does."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.models import Message
from cases import configuration, going_live
from cases.models import ConfigurationChange, Mailbox
from cases.models.contact_points import proof_lasts

logger = structlog.get_logger(__name__)

# Whoever registers one tests it in this time; an alert that goes there sooner is told of at once.
TESTED_WITHIN = timedelta(hours=1)
AGAIN = timedelta(days=7)


def tell(*, now: datetime) -> int:
    """Owe word of each mailbox that waits for a proof; return how many. One that fails is reported and stops no other.

    Before the service is live `manage.py ready` names them all.
    """
    told = 0
    for pk in waiting(now).values_list("pk", flat=True) if going_live.is_live() else ():
        try:
            told += _note(pk, now)
        except Exception:
            logger.exception("proof_not_asked_for", mailbox=pk)
    return told


def waiting(now: datetime) -> QuerySet[Mailbox]:
    """The mailboxes of which nobody has heard this week that no proof stands."""
    said = ConfigurationChange.objects.filter(
        subject_type="mailbox", subject_id=OuterRef("pk"), kind="mailbox_unproved"
    )
    lately = said.filter(at__gt=now - min(AGAIN, proof_lasts()))
    mailed = Message.objects.filter(mailbox=OuterRef("pk"), probe=None)
    boxes = Mailbox.objects.unanswered(now).exclude(Exists(lately))
    return boxes.filter(Q(starts_at__lte=now - TESTED_WITHIN) | Exists(mailed)).order_by("pk")


def _note(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it said.
        Mailbox.objects.select_for_update(no_key=True).get(pk=pk)
        box = waiting(now).filter(pk=pk).first()
        if box is None:
            return False
        configuration.note_unproved(box, at=now)
    return True

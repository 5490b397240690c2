"""Word of areas whose weekly list goes to nobody: once to the administrators who can mend it, until it goes out again."""

from datetime import datetime

import structlog
from django.db import transaction

from alerts import change_words, unlisted_areas
from alerts.models import Message
from alerts.states import MessageStatus
from alerts.unlisted_areas import Unlisted
from cases import configuration, going_live
from cases.models import Authority, ConfigurationChange, PoliceForce

logger = structlog.get_logger(__name__)

# The kind of subject, its key and the purpose of the mailbox that is missing.
Gap = tuple[str, int, str]


def tell(*, now: datetime) -> int:
    """Owe word of each gap that is new, and note each that is over; return of how many word is owed.

    Of a gap that is over what waits is not sent, and the next one of the same area is told anew. Before the service is
    live `manage.py ready` names them all. One that fails is reported and stops no other.
    """
    if not going_live.is_live():
        return 0
    open_ones = {gap_of(one): one for one in unlisted_areas.find(now=now)}
    standing = _standing()
    told = 0
    for gap, one in open_ones.items():
        if gap not in standing:
            told += _tried(gap, one, now)
    for gap in standing.keys() - open_ones.keys():
        _tried(gap, None, now)
    return told


def gap_of(one: Unlisted) -> Gap:
    of = one.authority if one.authority is not None else one.force
    return (of._meta.model_name or "", of.pk, str(one.purpose)) if of is not None else ("", 0, "")


def _standing() -> dict[Gap, int]:
    """By gap that was told and is not over the change that told it."""
    found: dict[Gap, int] = {}
    kinds = (change_words.UNLISTED, configuration.LISTED)
    for change in ConfigurationChange.objects.filter(kind__in=kinds).order_by("pk"):
        gap = (change.subject_type, change.subject_id, change.data["purpose"])
        if change.kind == change_words.UNLISTED:
            found[gap] = change.pk
        else:
            found.pop(gap, None)
    return found


def _tried(gap: Gap, one: Unlisted | None, now: datetime) -> bool:
    try:
        with transaction.atomic():
            subject = _locked(gap)
            told = _standing().get(gap)
            # Of two that look at once one waits for the other, and finds it said.
            if (told is None) == (one is None):
                return False
            if one is not None:
                menders = unlisted_areas.menders(one, now=now)
                configuration.note_unlisted(subject, one.purpose, menders, at=now)
                return True
            configuration.note_listed(subject, gap[2], at=now)
            waits = Message.objects.filter(change=told, status=MessageStatus.QUEUED)
            waits.update(status=MessageStatus.CANCELLED)
    except Exception:
        logger.exception("gap_of_list_not_told", gap=":".join(map(str, gap)))
    return False


def _locked(gap: Gap) -> Authority | PoliceForce:
    model = Authority if gap[0] == "authority" else PoliceForce
    return model.objects.select_for_update(no_key=True).get(pk=gap[1])

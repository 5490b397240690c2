"""How the timeline tells of a transfer of responsibility: each step with the two authorities."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason, sentence
from cases.models import Acknowledgement, Event, Transfer
from cases.moves import isolated
from cases.templatetags.govuk import gov_date, gov_time


def _receiver(event: Event, facts: Read) -> str:
    code = event.data.get("to") or ""
    return facts.authorities.get(code, code)


def _referred(event: Event, facts: Read) -> Words:
    transfer: Transfer | None = facts.of(event)
    if transfer is None:
        return Words(_("Referred for transfer"))
    words = _("Needs: %(needs)s The child says: %(wishes)s")
    said = words % {"needs": sentence(transfer.needs), "wishes": sentence(transfer.wishes)}
    why = sentence(transfer.why) if transfer.why else ""
    return Words(_("Referred for transfer"), f"{why} {said}".strip())


def _allocated(event: Event, facts: Read) -> Words:
    return Words(_("Transfer offered to %(authority)s") % {"authority": _receiver(event, facts)})


def _accepted(event: Event, facts: Read) -> Words:
    transfer: Transfer | None = facts.of(event)
    title = _("Transfer accepted by %(authority)s") % {"authority": _receiver(event, facts)}
    if transfer is None or transfer.worker is None or transfer.team is None:
        return Words(title)
    parts = {"worker": isolated(transfer.worker.name), "team": isolated(transfer.team.name)}
    return Words(title, _("Social worker: %(worker)s, %(team)s") % parts)


def _declined(event: Event, facts: Read) -> Words:
    title = _("Transfer declined by %(authority)s") % {"authority": _receiver(event, facts)}
    return Words(title, event.data.get("reason", ""))


def _day_agreed(event: Event, facts: Read) -> Words:
    transfer: Transfer | None = facts.of(event)
    day = transfer.moves_date if transfer is not None else None
    return Words(_("Day of the transfer agreed"), gov_date(day) if day is not None else "")


def _set_out(event: Event, facts: Read) -> Words:
    transfer: Transfer | None = facts.of(event)
    title = _("On the way to %(authority)s") % {"authority": _receiver(event, facts)}
    # What was written before the event said so is the time of the row.
    said = event.data.get("expected_at")
    by_now = transfer.expected_at if transfer is not None else None
    expected_at = datetime.fromisoformat(said) if said else by_now
    if expected_at is None:
        return Words(title)
    return Words(title, _("Expected there %(when)s") % {"when": gov_time(expected_at)})


def _later(event: Event, facts: Read) -> Words:
    title = _("Expected later at %(authority)s: the escorts are late") % {
        "authority": _receiver(event, facts)
    }
    was, now = (gov_time(datetime.fromisoformat(event.data[name])) for name in ("was", "expected_at"))
    return Words(title, _("Expected there %(when)s, and not %(was)s") % {"when": now, "was": was})


def _way_over(event: Event, facts: Read) -> Words:
    title = _("Not on the way to %(authority)s any more") % {"authority": _receiver(event, facts)}
    if "journey" in event.data:
        return Words(title, _("The journey was broken off. Agree on which day it goes."))
    return Words(title, _("The child was missing, and that has ended. Agree on which day it goes."))


def _shared(event: Event, facts: Read) -> Words:
    title = _("Shared with %(authority)s") % {"authority": _receiver(event, facts)}
    return Words(title, and_reason(isolated(event.data.get("whom", "")), event.data.get("what", "")))


def _share_received(event: Event, facts: Read) -> Words:
    return Words(_("%(authority)s has what was shared") % {"authority": _receiver(event, facts)})


def _read(event: Event, facts: Read) -> Words:
    known = dict(Acknowledgement.Item.choices)
    items = [str(known[item]).lower() for item in event.data.get("items", []) if item in known]
    title = _("%(authority)s has read the handover") % {"authority": _receiver(event, facts)}
    return Words(title, ", ".join(items))


def _arrived(event: Event, facts: Read) -> Words:
    transfer: Transfer | None = facts.of(event)
    title = _("Arrived at %(authority)s, which is responsible from then on")
    words = title % {"authority": _receiver(event, facts)}
    if transfer is None:
        return Words(words)
    said = _("Handed over to %(name)s") % {"name": isolated(transfer.handed_to)}
    if not event.data.get("was_expected", True):
        said = and_reason(said, _("Nobody had recorded that the child left: name and reference were checked"))
    return Words(words, said)


def _completed(event: Event, facts: Read) -> Words:
    return Words(_("Transfer completed"), _("All that stood open was read by the receiver"))


def _withdrawn(event: Event, facts: Read) -> Words:
    transfer: Transfer | None = facts.of(event)
    merged = _("The two authorities are one now") if event.data.get("merger") else ""
    reason = transfer.withdraw_reason if transfer is not None and not merged else ""
    return Words(_("Transfer withdrawn"), and_reason(merged, reason))


def _passed_on(event: Event, facts: Read) -> Words:
    title = _("%(authority)s takes the place of the receiver") % {"authority": _receiver(event, facts)}
    return Words(title, _("The authority that was to receive the child is abolished"))


def _departure_confirmed(event: Event, facts: Read) -> Words:
    code = event.data.get("from") or ""
    title = _("%(authority)s says that the child has left it")
    return Words(title % {"authority": facts.authorities.get(code, code)}, event.data.get("text", ""))


def _not_arrived(event: Event, facts: Read) -> Words:
    code = event.data.get("from") or ""
    title = _("Not arrived at %(there)s: %(authority)s is responsible again from now on")
    words = title % {"there": _receiver(event, facts), "authority": facts.authorities.get(code, code)}
    return Words(words, event.data.get("reason", ""))


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "transfer_referred": _referred,
    "transfer_allocated": _allocated,
    "transfer_accepted": _accepted,
    "transfer_declined": _declined,
    "transfer_day_agreed": _day_agreed,
    "transfer_set_out": _set_out,
    "transfer_later": _later,
    "transfer_way_over": _way_over,
    "transfer_shared": _shared,
    "transfer_share_received": _share_received,
    "transfer_read": _read,
    "transfer_arrived": _arrived,
    "transfer_not_arrived": _not_arrived,
    "departure_confirmed": _departure_confirmed,
    "transfer_completed": _completed,
    "transfer_withdrawn": _withdrawn,
    "transfer_passed_on": _passed_on,
}

"""Whether what was typed of a placement is on record by now: all of it, the move alone, or nothing of it."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.clock import TOLERANCE
from cases.forms.as_read import MOVED
from cases.models import Placement

IS_ON_RECORD = _(
    "This placement is on record by now, and not all that you entered here. Add to it there what it does not say; press"
    " again only where the child has moved once more."
)
# What a form says of a place that is no registered home.
ELSEWHERE = "elsewhere"
# What a form of a placement asks, by the name that its row has for it.
_OF_PLACE = {"provider": "provider", "postcode": "postcode", "phone": "phone", "force": "force"}
_OF_PLACE |= {"authority": "host_authority", "address_restricted": "address_restricted"}
_OF_STAY = (
    *("provided_by", "room", "reason", "expected_end_date", "parted"),
    *("arranged_by", "handed_over_by", "items_note"),
)


def overtaken(form: Any, standing: Placement | None) -> Promise:
    """What is said to a form that was sent after `standing` began."""
    return IS_ON_RECORD if standing is not None and is_same_move(form, standing) else MOVED


def is_same_move(form: Any, placement: Placement) -> bool:
    """Whether the form says the same place and type, and about the same time."""
    given = form.cleaned_data
    is_home = given.get("where") == str(placement.home_id)
    # Of a restricted place no address is written, and of a home none is typed.
    is_elsewhere = placement.home_id is None and given.get("where") in ("", None, ELSEWHERE)
    is_address = is_elsewhere and given.get("address") == placement.address
    starts_at = given.get("starts_at") or form.now
    is_then = abs(starts_at - placement.starts_at) <= TOLERANCE
    return (is_home or is_address) and is_then and given.get("placement_type") == placement.type


def is_all_said(form: Any, placement: Placement) -> bool:
    """Whether it is the same move, and nothing was typed beside it that the record does not say."""
    others = form.errors.keys() - {NON_FIELD_ERRORS}
    if others or not is_same_move(form, placement):
        return False
    given = form.cleaned_data
    names = {name: name for name in _OF_STAY} | (_OF_PLACE if placement.home_id is None else {})
    if any(_typed(given.get(name)) not in ("", getattr(placement, row)) for name, row in names.items()):
        return False
    return set(given.get("items_held") or ()) <= set(placement.items_held) and _is_told(given, placement)


def _typed(value: Any) -> Any:
    """An answer as it is kept: empty where there is none."""
    return (value.strip() if isinstance(value, str) else value) or ""


def _is_told(given: dict[str, Any], placement: Placement) -> bool:
    """Whether the record says of the authority of the area what was typed: of the child's own nobody is told."""
    if given.get("host_notified") != "yes" or placement.host_notified is None:
        return True
    told_at = given.get("told_at")
    notices = placement.host_notices.standing().filter(told_whom=_typed(given.get("told_whom")))
    return any(told_at is None or abs(one.told_at - told_at) <= TOLERANCE for one in notices)

"""What the approval of a distant placement waits for: that it is asked, that the director decides, or another placement."""

from collections.abc import Iterator
from datetime import datetime

from alerts import care_rests
from alerts.paper_facts import Facts
from alerts.paper_rules import Paper


def since(facts: Facts) -> Iterator[tuple[Paper, datetime]]:
    """What is owed of the placement that stands outside the area, or is planned there, and since when.

    A refusal is owed another placement until it is decided anew. What the authority before was asked, or decided, is
    asked again where it was not approved.
    """
    decides = list(_decided(facts))
    yield from decides
    ahead = facts.ahead
    # The director hears of both under one name: what is asked of a placement that stands comes first.
    asked_at = ahead.asked_at if ahead is not None and ahead.hosted else None
    if asked_at is not None and Paper.DECISION not in dict(decides):
        yield Paper.DECISION, asked_at


def _decided(facts: Facts) -> Iterator[tuple[Paper, datetime]]:
    stay = next((one for one in facts.stays if one.ends_at is None and one.hosted and not one.approved), None)
    if stay is None:
        return
    began = care_rests.hosted_from(stay, facts)
    # What was asked of the plan that it took up waits since then.
    asked_from = stay.planned.recorded_at if stay.planned and began == stay.starts_at else began
    asked = stay.asked_at if stay.asked_at is not None and stay.asked_at >= min(began, asked_from) else None
    refused = stay.refused_at if stay.refused_at is not None and stay.refused_at >= began else None
    if refused is not None:
        yield Paper.REFUSED, refused
    if asked is not None:
        yield Paper.DECISION, asked
    elif refused is None:
        yield Paper.APPROVAL, began

"""Which legal status of a child lasts so long at most by law, and since when: read for its paper."""

from collections.abc import Collection, Mapping
from datetime import datetime

from alerts.paper_rules import Paper
from cases.models import LegalStatus

PAPERS: Mapping[str, Paper] = {
    LegalStatus.Code.POLICE: Paper.PROTECTION,
    LegalStatus.Code.EMERGENCY: Paper.EMERGENCY_ORDER,
    LegalStatus.Code.ASSESSMENT: Paper.ASSESSMENT_ORDER,
}


def read(child_ids: Collection[int]) -> dict[int, tuple[Paper, datetime]]:
    """Of those of these children who have such a status that stands: what follows it, counted since when; one question.

    Where an order follows the same without a break it is one: to record it anew puts nothing off.
    """
    rows = LegalStatus.objects.recorded().filter(child__among=child_ids, code__in=PAPERS)
    found: dict[int, tuple[str, datetime, datetime | None]] = {}
    for row in rows.order_by("child", "starts_at").only("child", "code", "starts_at", "ends_at"):
        code, since, until = found.get(row.child_id, ("", row.starts_at, None))
        goes_on = code == row.code and until == row.starts_at and not row.is_police
        found[row.child_id] = (row.code, since if goes_on else row.starts_at, row.ends_at)
    return {pk: (PAPERS[code], since) for pk, (code, since, until) in found.items() if until is None}

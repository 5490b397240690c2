"""What was typed about a placement comes back with its words where that has ended, or was settled, by the time it is sent."""

from datetime import datetime

from django.http import HttpRequest

from cases import host_notices
from cases.models import Child, Placement
from cases.states import IllegalMove


def placement(request: HttpRequest, child: Child, now: datetime) -> Placement | None:
    """The placement that stands; while somebody sends what they typed, else the last one, which has ended."""
    rows = Placement.objects.filter(child=child).select_related("home", "host_authority", "force")
    found = rows.current(now).first()
    if found is None and request.POST:
        found = rows.order_by("-starts_at").first()
    return found


def require_hosted(child: Child, placement: Placement, *, at: datetime) -> None:
    """Raise `IllegalMove` where the placement is in the responsible authority's own area, by a correction perhaps."""
    if not host_notices.is_hosted(child, placement.host_authority, at=at):
        raise IllegalMove(
            "It is in the area of the responsible authority: nobody else is to be told, and nobody has to approve."
        )

"""What a child is about to go to, as the form of a journey fills in its kind; and what is said where the two differ."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases import partings, planned_placements
from cases.deadlines import london_day
from cases.models import Child, Journey, PlannedPlacement, Transfer
from cases.models.transfers import SHARED_WHILE
from cases.states import TransferStatus
from cases.templatetags.govuk import gov_date


@dataclass(frozen=True)
class Ahead:
    """The transfer that its receiver has accepted, else the move that is planned; neither where nothing is."""

    transfer: Transfer | None = None
    planned: PlannedPlacement | None = None

    @property
    def initial(self) -> dict[str, Any]:
        """What the form has filled in of it."""
        if self.transfer is not None:
            return {"kind": Journey.Kind.TRANSFER}
        return {"kind": Journey.Kind.MOVE} if self.planned is not None else {}

    @property
    def hint(self) -> str:
        """What stands beside the question what the journey is for; empty where nothing is known."""
        if self.transfer is not None and self.transfer.moves_date is not None:
            text = _(
                "The child goes to %(authority)s on %(day)s: nothing but a transfer counts as the journey there."
            )
            return text % {**self._where, "day": gov_date(self.transfer.moves_date)}
        if self.transfer is not None:
            text = _(
                "The child is to go to %(authority)s: nothing but a transfer counts as the journey there."
            )
            return text % self._where
        if self.planned is not None:
            return _("A move is planned for %(day)s.") % {"day": gov_date(self.planned.planned_date)}
        return ""

    def differs(self, journey: Journey) -> str:
        """What whoever has planned this journey is to know of its kind or day; empty where it is what lies ahead."""
        begins = london_day(journey.departs_at)
        if self.transfer is not None:
            return self._differs_from_transfer(journey, self.transfer)
        if journey.kind == Journey.Kind.TRANSFER:
            return _("No other authority has accepted the child: if this is no transfer, break it off.")
        day = self.planned.planned_date if self.planned is not None else None
        if day is None or (journey.kind == Journey.Kind.MOVE) == (begins == day):
            return ""
        said = {"day": gov_date(day), "begins": gov_date(begins)}
        if journey.kind == Journey.Kind.MOVE:
            return _("The move is planned for %(day)s, and this journey begins on %(begins)s.") % said
        return (
            _("The move planned for %(day)s is another: after this journey the child lives where it did.")
            % said
        )

    def _differs_from_transfer(self, journey: Journey, transfer: Transfer) -> str:
        if journey.kind != Journey.Kind.TRANSFER:
            text = _("It does not count as the journey to %(authority)s: that is planned as a transfer.")
            return text % self._where
        day, begins = transfer.moves_date, london_day(journey.departs_at)
        if day is None or day == begins or transfer.status == TransferStatus.IN_TRANSIT:
            return ""
        text = _("The child goes to %(authority)s on %(day)s, and this journey begins on %(begins)s.")
        return text % {**self._where, "day": gov_date(day), "begins": gov_date(begins)}

    @property
    def _where(self) -> dict[str, str]:
        receiver = self.transfer.receiver if self.transfer is not None else None
        return {"authority": receiver.said_name if receiver is not None else ""}


def ahead_of(child: Child) -> Ahead:
    """What lies ahead of the child by what is on record now."""
    accepted = (
        Transfer.objects.filter(child=child, status__in=SHARED_WHILE).select_related("receiver").first()
    )
    if accepted is not None:
        return Ahead(transfer=accepted)
    planned = planned_placements.open_of(child)
    # In the home where it lives already it is no move.
    return Ahead(planned=None if planned is not None and partings.lives_in(child, planned.home) else planned)

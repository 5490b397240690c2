"""Print docs/states.md: every status, and the moves that its table allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import TextChoices
from django.utils import translation

from alerts.states import ALERT_MOVES, MESSAGE_MOVES, AlertStatus, MessageStatus
from cases import plan_states, states
from cases.states import EpisodeOutcome
from guardians.states import NONE_MOVES, REFERRAL_MOVES, NoneStage, ReferralStatus

HEAD = """\
# Statuses and their lawful moves

Printed by `./run manage states > docs/states.md` from the tables in `cases/states.py`, `cases/plan_states.py`,
`guardians/states.py` and `alerts/states.py`; a test compares them. What is not drawn is no lawful move. Child and
placement have no status: what a screen calls one is computed from facts. Journey, assessment, plan, action, cover,
booking, planned placement, the split of an authority and why there is no guardian keep none either: where each stands
is read from its rows, and a test tries every verb wherever one can stand. The approval of a distant placement moves
alike before the placement begins, while it is planned. Who agreed to a plan, and what the child says to it, are words of
its version, for which no step waits: what moves is the signature of a manager, and the plan holds before it.
"""


@dataclass(frozen=True)
class Table:
    """One noun's statuses, the moves between them, and the modules that make those moves."""

    noun: str
    owners: tuple[str, ...]
    statuses: type[TextChoices]
    moves: Mapping[str, frozenset[str]]
    # Whether it comes to an end: an age can always be judged anew.
    ends: bool = True


TABLES = (
    Table(
        "Missing episode",
        tuple(f"cases/episodes/{name}.py" for name in ("openings", "searches", "endings")),
        states.EpisodeStatus,
        states.EPISODE_MOVES,
    ),
    Table(
        "Transfer of responsibility",
        ("cases/transfers/steps.py",),
        states.TransferStatus,
        states.TRANSFER_MOVES,
    ),
    Table(
        "Journey",
        ("cases/journeys.py", "cases/overtaken.py", "cases/called_off.py", "cases/contacts.py"),
        states.JourneyStage,
        states.JOURNEY_MOVES,
    ),
    Table(
        "Approval of a distant placement",
        ("cases/approvals.py", "cases/planned_placements.py"),
        states.ApprovalStatus,
        states.APPROVAL_MOVES,
    ),
    Table(
        "Planned placement",
        ("cases/planned_placements.py", "cases/placements.py"),
        states.PlannedStage,
        states.PLANNED_MOVES,
    ),
    Table("Age", ("cases/ages.py",), states.AgeStatus, states.AGE_MOVES, ends=False),
    Table("Risk assessment", ("cases/assessments.py",), states.AssessmentStage, states.ASSESSMENT_MOVES),
    Table(
        "Version of the safeguarding plan",
        ("cases/plans.py",),
        plan_states.PlanStage,
        plan_states.PLAN_MOVES,
    ),
    Table(
        "Action of the plan",
        ("cases/plans.py", "cases/action_words.py", "cases/placements.py"),
        plan_states.ActionStage,
        plan_states.ACTION_MOVES,
    ),
    Table(
        "Booked meeting",
        ("cases/bookings.py", "cases/meetings.py", "cases/mistakes.py"),
        states.BookingStage,
        states.BOOKING_MOVES,
    ),
    Table("Link of two children", ("cases/links.py",), states.LinkStatus, states.LINK_MOVES, ends=False),
    Table(
        "Asking another council for a sibling or companion",
        ("cases/link_requests.py",),
        states.LinkRequestStatus,
        states.LINK_REQUEST_MOVES,
    ),
    Table("Referral to the NRM", ("cases/nrm.py",), states.NrmStatus, states.NRM_MOVES),
    Table("Referral to a guardian service", ("guardians/referrals.py",), ReferralStatus, REFERRAL_MOVES),
    Table(
        "Why there is no guardian",
        tuple(f"guardians/{name}.py" for name in ("reasons", "assignments", "referrals")),
        NoneStage,
        NONE_MOVES,
    ),
    Table(
        "Cover for a guardian",
        ("guardians/covers.py",),
        states.CoverStage,
        states.COVER_MOVES,
    ),
    Table(
        "Cover for a social worker",
        ("cases/worker_covers.py", "cases/worker_leaves.py"),
        states.CoverStage,
        states.COVER_MOVES,
    ),
    Table(
        "Cover for a manager",
        ("cases/manager_covers.py", "cases/worker_leaves.py"),
        states.CoverStage,
        states.COVER_MOVES,
    ),
    Table("Alert", ("alerts/escalations/standdowns.py",), AlertStatus, ALERT_MOVES),
    Table("Message", ("alerts/outbox.py", "alerts/delivery.py"), MessageStatus, MESSAGE_MOVES),
)


class Command(BaseCommand):
    help = "Print docs/states.md from the tables of lawful moves."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en-gb"):
            lines = [HEAD, *(line for table in TABLES for line in _chapter(table)), *_outcomes()]
            self.stdout.write("\n".join(lines))


def _chapter(table: Table) -> Iterator[str]:
    yield f"## {table.noun}"
    yield f"\nMoved by {' and '.join(f'`{owner}`' for owner in table.owners)}, and by nobody else.\n"
    yield from ("| status | on screens | may become |", "|---|---|---|")
    for status in table.statuses:
        wanted = ", ".join(f"`{other}`" for other in _in_order(table, status)) or "nothing: it is over"
        yield f"| `{status}` | {status.label} | {wanted} |"
    yield from ("\n```mermaid", "stateDiagram-v2")
    for status in table.statuses:
        yield from (f"    {status} --> {other}" for other in _in_order(table, status))
        if not table.moves[status]:
            yield f"    {status} --> [*]"
    yield "```\n"


def _outcomes() -> Iterator[str]:
    yield "## How a missing episode ends\n"
    yield from ("| outcome | on screens |", "|---|---|")
    yield from (f"| `{outcome}` | {outcome.label} |" for outcome in EpisodeOutcome)


def _in_order(table: Table, status: TextChoices) -> list[TextChoices]:
    return [other for other in table.statuses if other in table.moves[status]]

"""What is awaited of the National Referral Mechanism, read for the paper of some children; most have no referral."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.paper_facts import Awaited
from alerts.paper_rules import Paper
from cases import suspicions
from cases.facts import ChildFacts
from cases.models import NrmReferral, NrmStep
from cases.models.nrm import CompetentAuthority
from cases.states import NrmStatus

# Of each status in which somebody waits: for what.
AWAITED = {
    NrmStatus.REFERRED: Paper.NRM_GROUNDS,
    NrmStatus.RECONSIDERED: Paper.NRM_GROUNDS,
    NrmStatus.GROUNDS: Paper.NRM_CONCLUSIVE,
    NrmStatus.CONCLUSIVE_RECONSIDERED: Paper.NRM_CONCLUSIVE,
    # Nobody decides while it is suspended, and nobody may forget it.
    NrmStatus.SUSPENDED: Paper.NRM_CONCLUSIVE,
}
_AGAIN = (NrmStatus.CONCLUSIVE_RECONSIDERED, NrmStatus.SUSPENDED)


@dataclass
class Nrm:
    """What is on record of the NRM of some children, by child."""

    # When a referral came on record, and each decision: what asks for another look at the risk.
    changes: dict[int, list[datetime]] = field(default_factory=dict)
    awaited: dict[int, Awaited] = field(default_factory=dict)
    # Since when there are signs of trafficking that no referral has followed.
    suspected: dict[int, datetime] = field(default_factory=dict)


def read(loaded: Collection[ChildFacts]) -> Nrm:
    """Read it for these children, in three questions at most; most have neither signs nor a referral."""
    found = Nrm(suspected=dict(suspicions.since([one.child for one in loaded])))
    referrals = [row for one in loaded for row in one.nrm]
    if not referrals:
        return found
    steps: dict[int, list[NrmStep]] = defaultdict(list)
    for step in NrmStep.objects.filter(referral__in=referrals).order_by("recorded_at", "pk"):
        steps[step.referral_id].append(step)
        if not step.is_asking:
            found.changes.setdefault(step.child_id, []).append(step.recorded_at)
    for referral in referrals:
        found.changes.setdefault(referral.child_id, []).append(referral.recorded_at)
        if referral.is_open:
            found.awaited[referral.child_id] = _awaited(referral, steps[referral.pk])
        _answer(found.suspected, referral)
    return found


def _answer(suspected: dict[int, datetime], referral: NrmReferral) -> None:
    """A referral follows the signs while it is open, and those that stood before it was decided; one withdrawn, none."""
    since = suspected.pop(referral.child_id, None)
    left = None if since is None else suspicions.left_by(since, referral)
    if left is not None:
        suspected[referral.child_id] = left


def _awaited(referral: NrmReferral, steps: Sequence[NrmStep]) -> Awaited:
    """Counted from the day of the referral or of the last turn, whenever that was typed; an asking from its record."""
    paper = AWAITED[NrmStatus(referral.status)]
    turned = [step for step in steps if not step.is_asking]
    last = steps[-1] if steps else None
    case = "start"
    if last is not None and (last.is_asking or referral.status in _AGAIN):
        case = "again"
    panel_since = None
    if referral.competent_authority == CompetentAuthority.PANEL and paper == Paper.NRM_GROUNDS:
        again = [step.happened_at for step in turned if step.status == NrmStatus.RECONSIDERED]
        panel_since = again[-1] if again else referral.referred_at
    since = referral.referred_at if last is None else last.recorded_at if last.is_asking else last.happened_at
    return Awaited(paper, case, since, panel_since)

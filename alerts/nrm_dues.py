"""What is awaited of the National Referral Mechanism, read for the paper of some children; most have no referral."""

from collections.abc import Iterable, MutableMapping
from datetime import datetime

from alerts.paperwork import Awaited, Paper
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


def read(
    changes: MutableMapping[int, list[datetime]],
    awaited: MutableMapping[int, Awaited],
    loaded: Iterable[ChildFacts],
) -> None:
    """Put into `changes` when each child's NRM changed, and into `awaited` what is waited for; in one question at most."""
    referrals = [row for one in loaded for row in one.nrm]
    if not referrals:
        return
    last: dict[int, NrmStep] = {}
    for step in NrmStep.objects.filter(referral__in=referrals).order_by("recorded_at", "pk"):
        last[step.referral_id] = step
        if not step.is_asking:
            changes.setdefault(step.child_id, []).append(step.recorded_at)
    for referral in referrals:
        changes.setdefault(referral.child_id, []).append(referral.recorded_at)
        if referral.is_open:
            awaited[referral.child_id] = _awaited(referral, last.get(referral.pk))


def _awaited(referral: NrmReferral, last: NrmStep | None) -> Awaited:
    """Counted from when it came on record: a referral that is entered late is no late decision."""
    paper = AWAITED[NrmStatus(referral.status)]
    if last is None:
        is_panel = referral.competent_authority == CompetentAuthority.PANEL
        return Awaited(paper, "panel" if is_panel else "start", referral.recorded_at)
    case = "again" if last.is_asking or referral.status in _AGAIN else "start"
    return Awaited(paper, case, last.recorded_at)

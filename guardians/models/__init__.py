"""Who watches over whom."""

from guardians.models.areas import ServiceArea
from guardians.models.assignments import GuardianAssignment
from guardians.models.council import CouncilConcern, CouncilConcernEnding
from guardians.models.leaves import GuardianCover, GuardianLeave, GuardianTerms
from guardians.models.looks import GuardianLook
from guardians.models.reasons import NoGuardian
from guardians.models.referrals import GuardianReferral, GuardianReferralStep
from guardians.models.supervisions import (
    GuardianDiscussion,
    GuardianDiscussionWithdrawal,
    GuardianSupervision,
)

__all__ = [
    "CouncilConcern",
    "CouncilConcernEnding",
    "GuardianAssignment",
    "GuardianCover",
    "GuardianDiscussion",
    "GuardianDiscussionWithdrawal",
    "GuardianLeave",
    "GuardianLook",
    "GuardianReferral",
    "GuardianReferralStep",
    "GuardianSupervision",
    "GuardianTerms",
    "NoGuardian",
    "ServiceArea",
]

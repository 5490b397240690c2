"""Who watches over whom."""

from guardians.models.assignments import GuardianAssignment
from guardians.models.reasons import NoGuardian

__all__ = ["GuardianAssignment", "NoGuardian"]

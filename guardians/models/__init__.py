"""Who watches over whom."""

from guardians.models.assignments import GuardianAssignment

__all__ = ["GuardianAssignment"]

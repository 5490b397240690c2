"""From when to when somebody held a child for an adult, by the decisions about its age."""

from collections.abc import Iterable

from cases.models import AgeDecision, Child
from cases.turns import Watch


def held(child: Child, decisions: Iterable[AgeDecision], status: str) -> list[Watch]:
    """Return when the age stood so, in the order of these decisions: one that stood at the registration, from there."""
    found, since = [], child.registered_at
    for decision in decisions:
        if decision.age_status == status:
            since = decision.recorded_at
        elif decision.was == status:
            found.append(Watch(since, decision.recorded_at))
    if child.age_status == status:
        found.append(Watch(since, None))
    return found

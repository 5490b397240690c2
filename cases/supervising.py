"""The guardian services in which somebody has a part, as one of the guardians or as who supervises them."""

from datetime import datetime

from django.core.exceptions import PermissionDenied

from cases.access import memberships
from cases.models import Role, User


def guardian_services(user: User, *, supervised: bool = False, at: datetime) -> set[int]:
    """The services in which `user` is a guardian, or that they supervise; raises `PermissionDenied` when there is none."""
    held = [m for m in memberships(user, at) if m.role == Role.GUARDIAN and (m.supervises or not supervised)]
    if not held:
        raise PermissionDenied
    return {m.service_id for m in held if m.service_id is not None}


def supervised_by(user: User, *, at: datetime) -> set[int]:
    """The guardian services that `user` supervises at `at`; none for most."""
    return {m.service_id for m in memberships(user, at) if m.supervises and m.service_id is not None}

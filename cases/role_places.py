"""To whom a role may be given, and where: never to oneself, nor in a place that has closed or is not the giver's to fill."""

from datetime import datetime
from typing import Any

from cases import confirming
from cases.deadlines import london_day
from cases.models import Authority, GuardianService, Home, PoliceForce, Role, Team, User
from cases.states import IllegalMove


def require_another(user: User | None, by: User | None) -> None:
    """Raise IllegalMove where somebody would give a role to themselves."""
    if by is not None and by == user:
        raise IllegalMove("Nobody gives themselves a role. Another administrator gives it to you.")


def require_open(
    *, at: datetime, home: Home | None = None, service: GuardianService | None = None, **_: Any
) -> None:
    """Raise IllegalMove where the home or service has closed: whoever closes it waits until this role stands."""
    if home is not None and Home.objects.select_for_update(no_key=True).get(pk=home.pk).closed_at is not None:
        raise IllegalMove("This home has closed.")
    if service is None:
        return
    last_day = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk).ends_date
    if last_day is not None and last_day <= london_day(at):
        raise IllegalMove("This guardian service has closed.")


def require_its_home(user: User, role: str, organisation: dict[str, Any]) -> None:
    """Raise IllegalMove where a device of a home would have another role than that of its home."""
    home = organisation.get("home")
    own = home is not None and home.pk == user.device_home_id
    if user.device_home_id is not None and (role != Role.PLACEMENT_STAFF or not own):
        raise IllegalMove("This is a device of a home: it has no role but in the home where it stands.")


def require_theirs(
    *,
    team: Team | None = None,
    home: Home | None = None,
    service: GuardianService | None = None,
    force: PoliceForce | None = None,
    authority: Authority | None = None,
    by: User,
    at: datetime,
    **_: Any,
) -> None:
    """Raise IllegalMove where this place is not among those that the form offers `by`.

    A team, a home or an authority is to be one that they administer, a force one of such an authority; a guardian service
    has to do with one of these, or with nobody yet (ADR 211).
    """
    own = confirming.administered(by, at)
    theirs = (
        (team is None or team.authority_id in own)
        and (home is None or home.authority_id in own)
        and (authority is None or authority.pk in own)
        and (force is None or Authority.objects.filter(pk__in=own, force=force).exists())
        and (service is None or confirming.services_of(own, at=at).filter(pk=service.pk).exists())
    )
    if not theirs:
        raise IllegalMove("Nobody gives a role in a place that their own council has nothing to do with.")

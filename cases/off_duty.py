"""Whoever leaves a desk: they stand on its rota no more, and what they said of a doubted search is looked at again."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from cases import log
from cases.models import Membership, MissingEpisode, Responsibility, Role, Shift, Team, User

ON_DUTY = (Role.DUTY_DESK, Role.TEAM_MANAGER)
LEFT = "Whoever was on duty has left"


def doubted(user: Any) -> Q:
    """The children of the desks of `user` who are looked for and of whom the police are owed no word yet."""
    desks = Membership.objects.filter(user=user, role__in=ON_DUTY).values("team__authority")
    theirs = Responsibility.objects.filter(authority__in=desks).values("child")
    searches = MissingEpisode.objects.open().filter(police_owed_at=None, child__in=theirs)
    return Q(pk__in=searches.values("child"))


def leave_shifts(role: Membership, *, by: User | None, at: datetime) -> None:
    """Nobody has taken the shifts, running and to come, of whoever works on no desk of that authority any more.

    A manager is told. Where the desk has no phone of its own the second person stands in their place from then on; where
    there is no second the shift ends, and the rota shows the gap.
    """
    if (
        role.team is None
        or role.role not in ON_DUTY
        or _works_there(role.user_id, role.team.authority_id, at)
    ):
        return
    held = Shift.objects.standing().filter(Q(ends_at=None) | Q(ends_at__gt=at), person=role.user_id)
    held = held.filter(team__authority=role.team.authority_id)
    for shift in held.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        _pass_on(shift, role.team.authority_id, by, at)


def _works_there(user_id: int | None, authority_id: int, at: datetime) -> bool:
    roles = Membership.objects.current(at).filter(role__in=ON_DUTY, team__authority=authority_id)
    return user_id is not None and roles.filter(user=user_id).exists()


def _pass_on(shift: Shift, authority_id: int, by: User | None, at: datetime) -> None:
    is_backed = bool(shift.second_phone) and _works_there(shift.second_id, authority_id, at)
    desks = Team.objects.filter(authority=authority_id).exclude(kind=Team.Kind.SOCIAL_WORK)
    if is_backed and desks.exclude(phone="").exists():
        # The desk's own phone is rung, and the second behind it.
        _give_up(shift, by, at)
        return
    until, shift.ends_at = shift.ends_at, max(at, shift.starts_at)
    shift.save(update_fields=["ends_at"])
    log.record_configuration(shift, "shift_ended", data={"reason": LEFT}, by=by, at=at)
    if is_backed and shift.second is not None:
        _stand_in(shift, shift.second, until, by, at)


def _give_up(shift: Shift, by: User | None, at: datetime) -> None:
    if shift.taken_at is not None:
        shift.taken_at = None
        shift.save(update_fields=["taken_at"])
        log.record_configuration(shift, "shift_given_up", data={"reason": LEFT}, by=by, at=at)


def _stand_in(shift: Shift, second: User, until: datetime | None, by: User | None, at: datetime) -> None:
    following = Shift.objects.create(
        team_id=shift.team_id,
        person=second,
        phone=shift.second_phone,
        starts_at=max(at, shift.starts_at),
        ends_at=until,
    )
    data = {"team": shift.team_id, "person": second.pk, "second": None}
    log.record_configuration(following, "put_on_duty", data=data, by=by, at=at)

"""Closing an account at once: whoever leaves, or may be the danger, has no role, no session and no key from that instant."""

from collections.abc import Sequence
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from cases import attempts, log, people
from cases.models import HOME_ROLES, Child, Membership, User
from cases.states import IllegalMove


def close(user: User, *, reason: str, by: User, at: datetime) -> User:
    """End every role, session, password, passkey and app of `user` at `at`, in one commit; giving a role anew opens it.

    Raises IllegalMove without a reason, for oneself, and where it is closed already.
    """
    if by.pk == user.pk:
        raise IllegalMove("Another administrator closes your own account.")
    if not reason.strip():
        raise IllegalMove("Enter why the account is closed.")
    with transaction.atomic():
        held = _standing(user, at)
        # All of them before anything else: the first role that ends takes the person, for whom whoever gives a child waits.
        list(Child.objects.locked().filter(pk__in=people.children_of(held).values("pk")).order_by("pk"))
        list(
            Membership.objects.select_for_update(no_key=True)
            .filter(pk__in=[m.pk for m in held])
            .order_by("pk")
        )
        for membership in held:
            if membership.starts_at < at:
                people.leave(membership, by=by, at=at)
            else:
                people.call_off(membership, by=by, at=at)
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not user.is_active:
            raise IllegalMove("This account is closed already.")
        keys, _rows = Authenticator.objects.filter(user_id=user.pk).delete()
        user.is_active = False
        user.set_unusable_password()
        user.sessions_ended += 1
        user.save(update_fields=["is_active", "password", "sessions_ended"])
        data = {"reason": reason.strip(), "keys": keys}
        log.record_configuration(user, "account_closed", data=data, by=by, at=at)
    return user


def end_by_date(*, at: datetime) -> int:
    """Sign out whoever's role has ended by its date, each in a commit of its own; return how many roles that were."""
    ended = Membership.objects.ended_untold(at).select_related("user").order_by("ends_at", "pk")
    return attempts.each(ended, lambda one: people.end_by_date(one, at=at), fault="role_not_ended")


def left_alone(user: User, *, at: datetime) -> list[Membership]:
    """The roles in which nobody else stands beside `user`: a desk, home, post or force that would be without anybody."""
    current = Membership.objects.current(at)
    alone = []
    for one in current.filter(user=user).select_related("team", "home", "service", "force", "authority"):
        roles = HOME_ROLES if one.role in HOME_ROLES else (one.role,)
        place = {
            name: getattr(one, name)
            for name in ("team_id", "home_id", "service_id", "force_id", "authority_id")
        }
        if not current.filter(role__in=roles, **place).exclude(user=user).exists():
            alone.append(one)
    return alone


def _standing(user: User, at: datetime) -> Sequence[Membership]:
    return list(
        Membership.objects.standing(at).filter(user=user).select_related("user", "team").order_by("pk")
    )

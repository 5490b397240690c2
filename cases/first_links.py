"""A link for the first sign-in is that of the role for which it was made: it does not outlive it, nor open what others give."""

from datetime import datetime

from cases.models import ConfigurationChange, Membership, User


def at_end(user_id: int, *, at: datetime) -> None:
    """Once the last role of somebody has ended a link that was not used opens nothing any more."""
    user = User.objects.filter(pk=user_id, device_home=None).first()
    if user is not None and not Membership.objects.standing(at).filter(user=user).exists():
        _take_back(user)


def at_beginning(user: User, *, by: User | None) -> None:
    """Nor does one that was made by another than gives the role now: whoever kept it would sign in with it."""
    if user.has_usable_password() or user.device_home_id is not None:
        return
    made = ConfigurationChange.objects.filter(subject_type="user", subject_id=user.pk)
    last = made.filter(kind="first_sign_in_offered").order_by("pk").last()
    if last is not None and last.actor_id != (by.pk if by is not None else None):
        _take_back(user)


def _take_back(user: User) -> None:
    # The token is made of it.
    if not user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])

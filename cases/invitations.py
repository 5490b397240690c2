"""The first sign-in: a link that works once, for somebody who has no password, or has lost it."""

from datetime import datetime

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from cases import log
from cases.models import Membership, User
from cases.states import IllegalMove

_tokens = PasswordResetTokenGenerator()


def make(person: User, *, by: User | None, at: datetime) -> tuple[str, str]:
    """Return the two parts of a new link and put on record who made it.

    A password that was chosen before opens nothing any more, and the person is signed out everywhere. Without
    `by` it was whoever runs the service. IllegalMove for somebody without a role, and for oneself.
    """
    if by is not None and by.pk == person.pk:
        raise IllegalMove("Another administrator makes your own link.")
    if person.device_home_id is not None:
        raise IllegalMove("This is a device of a home: it has a passkey and no password.")
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not Membership.objects.current(at).filter(user=person).exists():
            raise IllegalMove("This person has no role now. Give them one first.")
        before = person.has_usable_password()
        # Also where there was none: the token of an earlier link is made of it.
        person.set_unusable_password()
        person.sessions_ended += 1
        person.save(update_fields=["password", "sessions_ended"])
        log.record_configuration(person, "first_sign_in_offered", data={"had_password": before}, by=by, at=at)
    return urlsafe_base64_encode(str(person.pk).encode()), _tokens.make_token(person)


def read(key: str, token: str, *, at: datetime) -> User | None:
    """Whom an unused link is for, while they hold a role; else None."""
    try:
        number = int(urlsafe_base64_decode(key).decode())
    except (ValueError, UnicodeDecodeError):
        return None
    person = User.objects.filter(pk=number, device_home=None).first()
    if person is None or person.has_usable_password() or not _tokens.check_token(person, token):
        return None
    return person if Membership.objects.current(at).filter(user=person).exists() else None


def accept(person: User, password: str, *, at: datetime) -> None:
    """Keep the password that `person` chose: the link opens nothing any more. IllegalMove where one was chosen meanwhile."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if person.has_usable_password():
            raise IllegalMove("A password has been chosen already. Sign in with it.")
        person.set_password(password)
        person.save(update_fields=["password"])
        log.record_configuration(person, "first_password_chosen", by=person, at=at)

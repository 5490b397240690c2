"""The second person of a decision that lowers a guard: they sign with their own password, in the same form."""

from datetime import datetime

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from cases import access, sign_in
from cases.access import Permission
from cases.models import Child, User
from cases.states import IllegalMove


def signed(
    request: HttpRequest, form: forms.Form, child: Child, permission: Permission, *, at: datetime
) -> User | None:
    """Return who signed as second person; None where nobody has. Raises `IllegalMove` for anybody who may not."""
    email = form.cleaned_data.get("second_email", "").lower()
    if not email:
        return None
    # A form with a password in it is a sign-in, and is limited like one.
    taken = sign_in.take_try(request, email)
    if taken is None:
        raise IllegalMove("Too many tries. Wait a few minutes.")
    person = authenticate(request, email=email, password=form.cleaned_data["second_password"])
    if not isinstance(person, User) or not access.may(person, child, permission, at=at):
        raise IllegalMove(
            "This email address and password are not those of somebody who may decide this for the child."
        )
    taken.rollback()
    return person

"""The second person of a decision that lowers a guard: they sign with their own sign-in, in the same form."""

from collections.abc import Sequence
from datetime import datetime

from allauth.core.internal.ratelimit import RateLimitUsage
from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from cases import access, administration, clock, corrections, passkeys, second_factor, sign_in
from cases.access import Permission
from cases.models import Child, User
from cases.second_factor import WrongCode
from cases.states import IllegalMove


def signed(
    request: HttpRequest,
    form: forms.Form,
    child: Child,
    permission: Permission,
    *,
    unnamed: bool = False,
    at: datetime,
) -> User | None:
    """Return who signed as second person; None where nobody has. Raises `IllegalMove` for anybody who may not.

    `unnamed` takes the word of somebody whom a restriction alone keeps from the child: they are asked, and read nothing.
    """
    person, taken = _signed(request, form)
    if taken is None:
        return None
    if person is None or not (
        access.may(person, child, permission, at=at)
        or (unnamed and access.behind_restriction(person, permission, at=at).filter(pk=child.pk).exists())
    ):
        raise IllegalMove(
            "This email address and password are not those of somebody who may decide this for the child."
        )
    taken.rollback()
    return person


def signed_for(
    request: HttpRequest,
    form: forms.Form,
    authority_ids: Sequence[int],
    *,
    looks: bool = False,
    at: datetime,
) -> User | None:
    """The same for what is about no child: another administrator of these authorities, or a director there.

    With `looks` as of `show_factor`: that is to be called again, once all who sign with them are right.
    """
    person, taken = _signed(request, form, looks=looks)
    if taken is None:
        return None
    if person is None or not administration.may_agree(person, authority_ids, at=at):
        raise IllegalMove(
            "This email address and password are not those of another administrator or of a director here."
        )
    taken.rollback()
    return person


def signed_by_officer(request: HttpRequest, form: forms.Form, child: Child, *, at: datetime) -> User:
    """The same for what takes the data protection officer of the authority that is responsible for the child."""
    person, taken = _signed(request, form)
    if taken is None or person is None or not corrections.may_second(person, child, at=at):
        raise IllegalMove(
            "This email address and password are not those of the data protection officer of this authority."
        )
    taken.rollback()
    return person


def signed_by_either(
    request: HttpRequest, form: forms.Form, child: Child, permission: Permission, *, at: datetime
) -> User:
    """The same for what another of those who may, or the data protection officer, can say as second person."""
    person, taken = _signed(request, form)
    if taken is None or person is None or not _either(person, child, permission, at):
        raise IllegalMove(
            "This email address and password are not those of somebody who may decide this for the child."
        )
    taken.rollback()
    return person


def _either(person: User, child: Child, permission: Permission, at: datetime) -> bool:
    return access.may(person, child, permission, at=at) or corrections.may_second(person, child, at=at)


def refused(form: forms.Form, refusal: IllegalMove, *, field: str | None = "second_email") -> None:
    """Say at its field why nothing was done: at the code what is about the code, else at `field`."""
    about_code = "of_factor" in refusal.__dict__ and "second_code" in form.fields
    form.add_error("second_code" if about_code else field, str(refusal))


def signed_together(
    request: HttpRequest, wanted: Sequence[tuple[forms.Form, int]], *, at: datetime
) -> list[User] | None:
    """Who signed in each of these forms, each for one authority; None where one did not, with the reason at its form.

    All are looked at before a code of any is used up: of several people who sit together one may have mistyped theirs.
    """
    people: list[User] = []
    for form, authority_id in wanted:
        try:
            person = signed_for(request, form, [authority_id], looks=True, at=at)
        except IllegalMove as refusal:
            refused(form, refusal)
        else:
            people += [person] if person is not None else []
    if len(people) < len(wanted):
        return None
    return people if _all_show(request, wanted, people) else None


def _all_show(request: HttpRequest, wanted: Sequence[tuple[forms.Form, int]], people: Sequence[User]) -> bool:
    """Whether each has shown a code or a passkey of their own; else the reason stands at the form of the first who has not."""
    # A passkey is looked at by being used: so those first.
    pairs = [(form, person) for (form, _of), person in zip(wanted, people, strict=True)]
    pairs.sort(key=lambda pair: not pair[0].cleaned_data.get("second_credential"))
    asked = passkeys.asked()
    try:
        for form, person in pairs:
            # Each answers what the page has asked once, with a passkey that is on record for them and for nobody else.
            passkeys.ask_again(asked)
            try:
                if second_factor.is_asked():
                    show_factor(request, form, person)
            except IllegalMove as refusal:
                refused(form, refusal)
                return False
    finally:
        passkeys.ask_again(None)
    return True


def _signed(
    request: HttpRequest, form: forms.Form, *, looks: bool = False
) -> tuple[User | None, RateLimitUsage | None]:
    """Whose sign-in this is, with the try of a password that it took; no try where nobody signed.

    Raises `IllegalMove` where the password is right and no code or passkey of that person is with it.
    """
    email = form.cleaned_data.get("second_email", "").lower()
    if not email:
        return None, None
    # A form with a password in it is a sign-in, and is limited like one.
    taken = sign_in.take_try(request, email)
    if taken is None:
        raise IllegalMove("Too many tries. Wait a few minutes.")
    person = authenticate(request, email=email, password=form.cleaned_data["second_password"])
    if not isinstance(person, User):
        sign_in.put_wrong_password_on_record(request, email)
        return None, taken
    if second_factor.is_asked():
        try:
            show_factor(request, form, person, looks=looks)
        except IllegalMove:
            # The password was right: codes have a limit of their own.
            taken.rollback()
            raise
    return person, taken


def show_factor(request: HttpRequest, form: forms.Form, person: User, *, looks: bool = False) -> None:
    """Take the code or passkey that `person` has sent beside their password, once; raises `IllegalMove` without one.

    With `looks` a code is looked at and not used up, and a passkey is left for later.
    """
    code, credential = form.cleaned_data.get("second_code", ""), form.cleaned_data.get("second_credential")
    if not code and not credential:
        raise _of_factor(
            IllegalMove("The second person enters a code from their app, or shows their passkey.")
        )
    if looks and credential:
        return
    taken = sign_in.take_code_try(request, person)
    if taken is None:
        raise _of_factor(IllegalMove("Too many wrong codes. Wait a few minutes, then try again."))
    try:
        if credential:
            passkeys.shown(person, credential, at=clock.now())
        elif looks:
            if not second_factor.opens(person, code, at=clock.now()):
                raise WrongCode
        else:
            second_factor.check(person, code, at=clock.now())
    except WrongCode as wrong:
        sign_in.put_wrong_code_on_record(request, person)
        raise _of_factor(
            IllegalMove(
                "This code or passkey is not the second person’s, or it was used before. They enter the newest code, or show"
                " their passkey again."
            )
        ) from wrong
    taken.rollback()


def _of_factor(refusal: IllegalMove) -> IllegalMove:
    """The same, to be said at the field of the code."""
    refusal.__dict__["of_factor"] = True
    return refusal

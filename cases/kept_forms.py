"""Forms that were sent on a session that had locked: kept for whoever sent them, offered back to them alone."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from cases import access, drafts, references
from cases.drafts import LARGEST, size
from cases.models import Child, KeptForm, User
from cases.worded import Question

Typed = Mapping[str, Sequence[str]]

# What no draft holds, by a word in the name of its field; tests hold every form to it.
SECRET = frozenset(
    {"code", "codes", "credential", "otp", "passcode", "passkey", "pin", "recovery", "secret", "token"}
    | {"password", "password1", "password2", "oldpassword"}
)
# Of one person; more than these are not typed in a night, and the oldest goes first.
MOST = 20
LONGEST_ADDRESS = 500
IN_SESSION = "kept_forms"


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """What a session knows of a kept form: enough to say on every page that it waits."""

    pk: int
    page: str
    action: str
    is_shown: bool = False


def keep(
    user: User, *, page: str, action: str, data: Typed, has_files: bool = False, at: datetime
) -> KeptForm | None:
    """Keep what was sent to `action` from `page`; None where nothing was typed, or more than `LARGEST` bytes."""
    kept = {name: values for name, values in drafts.kept(data).items() if not is_secret(name)}
    is_long = max(len(page), len(action)) > LONGEST_ADDRESS
    is_empty = not has_files and not any(any(values) for values in kept.values())
    if is_empty or is_long or size(kept) > LARGEST:
        return None
    with transaction.atomic():
        own = KeptForm.objects.filter(user=user).order_by("-kept_at", "-pk")
        KeptForm.objects.filter(pk__in=own.values_list("pk")[MOST - 1 :]).delete()
        return KeptForm.objects.create(
            user=user, page=page, action=action, data=kept, has_files=has_files, kept_at=at
        )


def is_secret(name: str) -> bool:
    """Whether a field is one of those that are never kept."""
    return bool(SECRET & set(re.split(r"[^a-z0-9]+", name.lower())))


def standing(user: User, *, at: datetime) -> list[KeptForm]:
    """The person's kept forms that are not past their days, newest first."""
    return _STANDING(user.pk, _oldest(at))


_STANDING = Question(
    lambda user, since: KeptForm.objects.filter(user=user, kept_at__gt=since).order_by("-kept_at", "-pk")
)


def get(user: User, pk: int, *, at: datetime) -> KeptForm | None:
    """One of them, of this person and of nobody else; none about a child who is shut from them since."""
    found = KeptForm.objects.filter(user=user, pk=pk, kept_at__gt=_oldest(at)).first()
    return found if found is not None and not _shut(user, [(found.page, found.action)], at) else None


def drop(user: User, pk: int) -> None:
    """Forget one: it was sent, or its writer does not want it."""
    KeptForm.objects.filter(user=user, pk=pk).delete()


def forget_old(*, at: datetime) -> int:
    """Delete what is past its days; return how many."""
    return KeptForm.objects.filter(kept_at__lte=_oldest(at)).delete()[0]


def remember(session: SessionBase, user: User, *, at: datetime) -> None:
    """Write into the session which forms wait for this person, so that no page has to ask."""
    shown = {one.pk for one in pointers(session) if one.is_shown}
    found = [
        {"pk": one.pk, "page": one.page, "action": one.action, "is_shown": one.pk in shown}
        for one in standing(user, at=at)
    ]
    if found or IN_SESSION in session:
        session[IN_SESSION] = found


def pointers(session: SessionBase) -> list[Pointer]:
    """The forms that wait, as the session knows them, newest first."""
    return [Pointer(**one) for one in session.get(IN_SESSION, [])]


def open_to(user: User, waiting: Sequence[Pointer], *, at: datetime) -> list[Pointer]:
    """Those of these forms whose addresses name no child who is shut from `user`: such a child closes them with its pages."""
    shut = _shut(user, [(one.page, one.action) for one in waiting], at)
    return [one for one in waiting if not shut & _named(one.page, one.action)]


def mark_shown(session: SessionBase, pk: int) -> None:
    """Note that a form stands filled in again: what is sent to its address from now on is it."""
    _rewrite(session, [one | {"is_shown": True} if one["pk"] == pk else one for one in _rows(session)])


def forget(session: SessionBase, pk: int) -> None:
    """Take one out of the session."""
    _rewrite(session, [one for one in _rows(session) if one["pk"] != pk])


def remember_at_sign_in() -> None:
    """Let every sign-in look for the forms that wait for whoever signs in."""
    user_logged_in.connect(_signed_in, dispatch_uid="cases.kept_forms")


def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    from cases import clock

    remember(request.session, user, at=clock.now())


def _rows(session: SessionBase) -> list[dict[str, Any]]:
    return list(session.get(IN_SESSION, []))


def _rewrite(session: SessionBase, rows: list[dict[str, Any]]) -> None:
    if rows != _rows(session):
        session[IN_SESSION] = rows


def _shut(user: User, addresses: Sequence[tuple[str, str]], at: datetime) -> set[str]:
    """The references in these addresses of children who are shut from `user`; nothing is asked where none is named."""
    named = {one for pair in addresses for one in _named(*pair)}
    shut = access.closed_to(user, at) if named else frozenset()
    if not shut:
        return set()
    rows = Child.objects.filter(reference__in=named, pk__in=shut)
    return set(rows.values_list("reference", flat=True))


def _named(*addresses: str) -> set[str]:
    """The references of children that stand in these addresses."""
    found = set()
    for part in re.split(r"[/?&=]", "/".join(addresses)):
        with suppress(references.Mistyped):
            found.add(references.parse(part).child)
    return found


def _oldest(at: datetime) -> datetime:
    return at - timedelta(days=settings.DRAFT_DAYS)

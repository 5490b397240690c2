"""Drafts of forms: kept while somebody types, offered back to them alone, and forgotten after some days."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from cases import access
from cases.access import Permission
from cases.models import Child, Draft, GuardianService, User
from cases.states import IllegalMove

Typed = Mapping[str, Sequence[str]]

# What may be done with the form is what opens its draft.
NEEDS: Mapping[str, Permission] = {
    Draft.Form.NOTE: Permission.WRITE_NOTE,
    Draft.Form.MISSING_REPORT: Permission.REPORT_MISSING,
    Draft.Form.MISSING_RISK: Permission.REPORT_MISSING,
    Draft.Form.RETURN_INTERVIEW: Permission.WRITE_RETURN_INTERVIEW,
    Draft.Form.ASSESSMENT: Permission.CHANGE_CHILD,
    Draft.Form.PLAN: Permission.CHANGE_CHILD,
    Draft.Form.JOURNEY: Permission.CHANGE_CHILD,
    Draft.Form.MEETING: Permission.CHANGE_CHILD,
    Draft.Form.NRM_REFERRAL: Permission.CHANGE_CHILD,
    Draft.Form.GUARDIAN_REFERRAL: Permission.CHANGE_CHILD,
    Draft.Form.TRANSFER_REFERRAL: Permission.PLACE_CHILD,
}
# One report on two screens: it is resumed at the first, and both are forgotten together.
SCREENS = (Draft.Form.MISSING_REPORT, Draft.Form.MISSING_RISK)
# Bytes of what was typed; the longest form holds a fifth of it.
LARGEST = 60_000
NUL = "\0"


class Stale(IllegalMove):
    """The draft was saved in another window since this page was opened; `stands` is what was typed there."""

    stands: Typed = MappingProxyType({})


def of(
    user: User,
    form: str,
    child: Child | None = None,
    *,
    person: User | None = None,
    service: GuardianService | None = None,
    at: datetime,
) -> Draft | None:
    """The person's draft of this form, if it is not past its days. The caller has fetched `child` through access.

    `person` is whom it is about, where it is about one of staff and no child; of a guardian in which `service`.
    """
    own = Draft.objects.filter(user=user, form=form, child=child, person=person, service=service)
    return own.filter(saved_at__gt=_oldest(at)).first()


def save(
    user: User,
    form: str,
    child: Child | None = None,
    *,
    person: User | None = None,
    service: GuardianService | None = None,
    data: Typed,
    version: int = 0,
    at: datetime,
) -> Draft:
    """Keep what was typed; `version` is the one the page was opened with, 0 where there was none.

    Raises `Stale` where another window has saved since, and `IllegalMove` for more than `LARGEST` bytes.
    """
    if size(data) > LARGEST:
        raise IllegalMove("This is too long to keep as a draft. Shorten it, or send it now.")
    with transaction.atomic():
        about = {"user": user, "form": form, "child": child, "person": person, "service": service}
        Draft.objects.filter(**about, saved_at__lte=_oldest(at)).delete()
        draft = Draft.objects.select_for_update().filter(**about).first()
        if (draft.version if draft else 0) != version:
            raise _stale(draft)
        draft = draft or Draft(**about, version=0)
        draft.data, draft.saved_at = kept(data), at
        draft.version += 1
        try:
            with transaction.atomic():
                draft.save()
        except IntegrityError as error:
            raise _stale(None) from error
    return draft


def _stale(draft: Draft | None) -> Stale:
    found = Stale("The draft was changed in another window since you opened this page.")
    found.stands = draft.data if draft is not None else {}
    return found


def kept(data: Typed) -> dict[str, list[str]]:
    """What was typed as PostgreSQL keeps it: without the sign that no text of it can hold, which comes with a paste."""
    return {
        name.replace(NUL, " "): [one.replace(NUL, " ") for one in values] for name, values in data.items()
    }


def size(data: Typed) -> int:
    """How many bytes of what was typed there are: two for a letter of Arabic, three for one of Tigrinya."""
    return len(json.dumps(data, ensure_ascii=False).encode(errors="surrogatepass"))


def drop(
    user: User,
    form: str,
    child: Child | None = None,
    *,
    person: User | None = None,
    service: GuardianService | None = None,
) -> None:
    """Forget the draft with all its screens: it was sent, or its writer does not want it."""
    names = SCREENS if form in SCREENS else (form,)
    Draft.objects.filter(user=user, form__in=names, child=child, person=person, service=service).delete()


def standing(user: User, *, supervised: QuerySet[User], at: datetime) -> list[Draft]:
    """The person's drafts that are not past their days and whose forms they may still open, newest first.

    `supervised` are whose supervision they write down; that of a guardian stands on the pages of the service.
    """
    open_to = Q(form=Draft.Form.REGISTRATION) | Q(form=Draft.Form.SUPERVISION, person__in=supervised)
    for permission in dict.fromkeys(NEEDS.values()):
        forms = [form for form in NEEDS if NEEDS[form] == permission and form != Draft.Form.MISSING_RISK]
        children = access.children(user, permission, at=at).values("pk")
        open_to |= Q(form__in=forms, child__in=children)
    own = Draft.objects.filter(open_to, user=user, saved_at__gt=_oldest(at))
    return list(own.select_related("child", "person").order_by("-saved_at", "-pk"))


def about(user: User, reference: str, *, at: datetime) -> list[Draft]:
    """The person's drafts about the child of this reference that are not past their days, newest first."""
    own = Draft.objects.filter(user=user, child__reference=reference, saved_at__gt=_oldest(at))
    return list(own.order_by("-saved_at", "-pk"))


def of_guardians(user: User, *, at: datetime) -> list[Draft]:
    """The person's drafts of supervisions of guardians that are not past their days, newest first."""
    own = Draft.objects.filter(user=user, form=Draft.Form.GUARDIAN_SUPERVISION, saved_at__gt=_oldest(at))
    return list(own.select_related("person").order_by("-saved_at", "-pk"))


def unsent_reports(user: User, *, at: datetime) -> list[Draft]:
    """Missing reports that the person has begun and not sent, of children whom they may still report, oldest first."""
    children = access.children(user, Permission.REPORT_MISSING, at=at).values("pk")
    own = Draft.objects.filter(user=user, form__in=SCREENS, child__in=children, child__closed_at=None)
    found: dict[int | None, Draft] = {}
    for draft in own.filter(saved_at__gt=_oldest(at)).select_related("child").order_by("saved_at", "pk"):
        found.setdefault(draft.child_id, draft)
    return list(found.values())


def forget_old(*, at: datetime) -> int:
    """Delete what is past its days; return how many."""
    return Draft.objects.filter(saved_at__lte=_oldest(at)).delete()[0]


def _oldest(at: datetime) -> datetime:
    return at - timedelta(days=settings.DRAFT_DAYS)

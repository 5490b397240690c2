"""What is on record of reading: who was shown a child, and what a person was shown, newest first."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cases import access, log, sessions
from cases.access import Permission
from cases.models import AccessRecord, Child, User
from cases.permission_words import FORMER, VERBS

PAGE_SIZE = 50
OWN_READS = "see_own_reads"
# What somebody is refused whose role does not include the page; it is about no child.
OTHER_ROLE = "use_page"
# A part of an address that is a reference, a key or a token.
_TELLING = re.compile(r"\d")
# The search for plates and numbers across councils, and in how long a span its searches are counted.
SIGNS, SIGNS_WITHIN = "signs", timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The kinds of page that people read most, by the names of their addresses; of the others the permission speaks.
PAGES: Mapping[str, Promise] = {
    "wrong_password": _("A wrong password"),
    "wrong_code": _("A wrong code of the second step"),
    "home": _("Today"),
    "today": _("Today"),
    "manager_home": _("Overview"),
    "manager_list": _("Overview"),
    "manager_morning": _("The morning"),
    "calendar": _("Calendar"),
    "duty_desk": _("Duty desk"),
    "roll_call": _("Roll-call"),
    "police_home": _("List of missing children"),
    "guardian_home": _("List of a guardian’s children"),
    "child_list": _("List of children"),
    "search": _("Search"),
    "sign_list": _("Addresses and people of concern"),
    "area_signs": _("Addresses and people of concern"),
    "signs": _("Search for a plate or a phone number"),
    "child": _("The child’s page"),
    "child_timeline": _("Timeline"),
    "child_details": _("Details"),
    "child_sheet": _("A sheet for the child"),
    "child_placements": _("Placements"),
    "child_people": _("People"),
    "photo": _("A photo"),
    "photo_list": _("Photos"),
    "found_photo": _("Photo of a found child"),
    "document": _("A document"),
    "document_list": _("Documents"),
    "document_withdraw": _("A document"),
    "episode": _("A missing episode"),
    "episode_briefing": _("Briefing"),
    "episode_intelligence": _("Intelligence of a search"),
    "episode_text": _("Copy as text"),
    "episode_find_me": _("Find-me profile"),
    "return_interview_police": _("For the police"),
    "missing_report": _("The missing report"),
    "foresight": _("Who would be told?"),
    "police_alert": _("The link in a police mail"),
    "police_profile": _("Photo and details on the link in a police mail"),
    "episode_profile": _("Photo and details, for an officer"),
    "episode_code": _("Code for photo and details"),
    "journey": _("Journey"),
    "journey_links": _("Links of the escorts"),
    "escort_page": _("The link of an escort"),
    "escort_text": _("A text of an escort"),
    "glass": _("Phones, behind broken glass"),
    "reads": _("Who has seen this child?"),
    "worker_leave": _("Leave of a social worker"),
    "worker_cover": _("Leave of a social worker"),
    "supervision_queue": _("Supervision"),
    "supervision_worker": _("Supervision"),
    "supervision_new": _("Supervision"),
    "supervision_list": _("Supervision"),
    "supervision_withdraw": _("Supervision"),
    "discussion_withdraw": _("Supervision"),
    "child_supervisions": _("Supervision"),
    "service_supervision": _("Supervision of guardians"),
    "service_supervision_new": _("Supervision of guardians"),
    "guardian_discussions": _("Supervision of guardians"),
    "guardian_discussion_withdraw": _("Supervision of guardians"),
    "sign_off_list": _("What a manager is to sign"),
    "death_list": _("After a death"),
    "plan_sign": _("Safeguarding plan"),
    "transfer": _("Transfer"),
    "transfer_act": _("An act on a transfer"),
    "transfer_item": _("What stands open of a child who is to come, or has come"),
    "transfer_list": _("List of transfers"),
    "handed_over": _("What was on record until the handover"),
    "handed_over_list": _("Children handed over"),
    "changes": _("What was changed"),
    "audit_changes": _("Who changed what"),
    "own_reads": _("What have you looked at?"),
    "child_disclosures": _("What was shared"),
    "passages": _("Destroy a wrong passage"),
    "passage_destroy": _("Destroy a wrong passage"),
    "care_end": _("End of care"),
    "care_again": _("End of care"),
    "case_reopen": _("Open a closed case again"),
    "legal_hold": _("Legal hold"),
    "legal_hold_list": _("Legal holds"),
    "matter_list": _("Data protection"),
    "matter": _("A data breach or complaint"),
    "link_asked": _("What another council asks"),
    "found_child": _("A found child"),
    "found_add": _("A found child"),
    "found_ask": _("A found child"),
    "found_close": _("A found child"),
    "found_propose": _("A found child"),
    "episode_found": _("A found child who may be this one"),
    "disclosure_list": _("Disclosure log"),
    "disclosure_csv": _("The disclosure log, taken as a file"),
    "audit": _("Who has read what"),
    "audit_marks": _("Keep-from marks"),
    "keep_from": _("Keep the child from somebody"),
    "keep_from_lift": _("Lift the mark"),
}
# Whoever opened one of these may have set a mark, of which hardly anybody is to know.
OF_MARKS = frozenset({"keep_from", "keep_from_lift"})


@dataclass(frozen=True)
class Read:
    """One line: a read or a refusal, what was shown, and who it was."""

    record: AccessRecord
    # Of a page of marks, to somebody who may not know of them: it stands as the child's page.
    is_veiled: bool = False
    # Of a child who is shut from whoever reads it: the line says when what was read, and not of which child.
    is_shut: bool = False

    @property
    def what(self) -> str:
        """The page in words, or else what it lets people do."""
        if self.is_veiled:
            return str(PAGES["child"])
        # The record names a photo by its number behind the kind of page.
        page, given = self.record.page.partition(" ")[0], self.record.permission
        if page == "glass" and given != Permission.BREAK_GLASS:
            return str(_("Breaking the glass: the form, with nothing open"))
        if page in PAGES:
            return str(PAGES[page])
        if given == OTHER_ROLE:
            return str(_("A page that the role does not include"))
        verb = FORMER.get(given) or given
        return capfirst(str(VERBS[Permission(verb)])) if verb in set(Permission) else given

    @property
    def whose(self) -> Child | None:
        """The child that its reader is told of; none for a refusal: whether there is such a child is not said here either."""
        return self.record.child if self.record.allowed and not self.is_shut else None

    @property
    def path(self) -> str:
        """The address of a page that the role does not include, without what may name somebody; else nothing."""
        if self.record.permission != OTHER_ROLE:
            return ""
        return "/".join("…" if _TELLING.search(part) else part for part in self.record.path.split("/"))

    @property
    def glass(self) -> bool:
        """Whether an emergency opened it."""
        return self.record.permission == Permission.BREAK_GLASS and self.record.allowed


@dataclass(frozen=True)
class Found:
    """One page of lines, and the mark from which older ones go on."""

    rows: list[Read]
    older: str


def of_child(
    child: Child, *, person: int | None = None, known: Collection[int] = (), before: str = ""
) -> Found:
    """Who was shown this child, and who was refused; of one person alone where one is asked for.

    `known` are the people of whom the reader may know that they set or lifted a keep-from mark; of all others the
    page of marks stands as the child's page.
    """
    rows = AccessRecord.objects.filter(child=child).select_related("user")
    found = page_of(rows.filter(user=person) if person is not None else rows, before)
    veiled = [one.record.page in OF_MARKS and one.record.user_id not in known for one in found.rows]
    rows_shown = [replace(one, is_veiled=hidden) for one, hidden in zip(found.rows, veiled, strict=True)]
    return Found(rows_shown, found.older)


def reader_of(child: Child, person_id: int) -> User | None:
    """The person of this number, where they stand on record with this child."""
    row = AccessRecord.objects.filter(child=child, user=person_id).select_related("user").first()
    return row.user if row else None


def by_person(person: User, *, before: str = "", at: datetime) -> Found:
    """What this person was shown or refused, whichever child it was about; a child who is shut from them now is not named."""
    found = page_of(AccessRecord.objects.filter(user=person).select_related("child"), before)
    shut = access.closed_to(person, at)
    rows = [replace(one, is_shut=True) if one.record.child_id in shut else one for one in found.rows]
    return Found(rows, found.older)


def put_own_on_record(person: User, *, path: str, address: str | None, at: datetime) -> None:
    """Put on record that somebody read what they had looked at: it is about no child, and everybody may."""
    place = log.Place(path=path, page="own_reads", address=address)
    log.record_access(user=person, child_id=None, permission=OWN_READS, allowed=True, place=place, at=at)


def looked_in_vain(user: User, *, page: str, always: bool, request: HttpRequest, at: datetime) -> None:
    """Put on record that somebody looked for a child and found none; what they typed may be a name, and is not.

    While they type the same person on the same page within `READ_AGAIN_MINUTES` writes none: it is one search.
    """
    since = at - timedelta(minutes=settings.READ_AGAIN_MINUTES)
    before = AccessRecord.objects.filter(user=user, at__gt=since, child=None, page=page)
    if not always and before.exists():
        return
    place = log.Place(path=request.path, page=page, address=request.META.get("REMOTE_ADDR"))
    seen = Permission.SEE_STATUS
    log.record_access(user=user, child_id=None, permission=seen, allowed=True, place=place, at=at)


def looked_for_sign(user: User, *, allowed: bool, request: HttpRequest, at: datetime) -> None:
    """Put on record that somebody looked for a plate or a number in every council, whatever they found; what is not."""
    place = log.Place(path=request.path, page=SIGNS, address=request.META.get("REMOTE_ADDR"))
    desk = Permission.WORK_DUTY_DESK
    log.record_access(user=user, child_id=None, permission=desk, allowed=allowed, place=place, at=at)


def wait_for_signs(user: User, *, at: datetime) -> timedelta | None:
    """How long `user` waits who has looked for plates and numbers as often as an hour lets them; None who need not."""
    rows = AccessRecord.objects.filter(user=user, at__gt=at - SIGNS_WITHIN, child=None, page=SIGNS)
    looked = list(rows.filter(allowed=True).order_by("-at").values_list("at", flat=True))
    most = settings.SIGN_SEARCHES_AN_HOUR
    return looked[most - 1] + SIGNS_WITHIN - at if len(looked) >= most else None


def refused_by_role(user: User, *, request: HttpRequest, at: datetime) -> None:
    """Put on record that the role of `user` does not include this page; the address stands with it, and no child.

    The same person at the same address within `READ_AGAIN_MINUTES`, or within a session where a page asks for its own
    part again, writes none: a click that is repeated is one.
    """
    since, address = at - sessions.read_again_after(request), request.path[:200]
    before = AccessRecord.objects.filter(user=user, at__gt=since, child=None, allowed=False, path=address)
    if before.exists():
        return
    page = request.resolver_match.url_name if request.resolver_match else ""
    place = log.Place(path=address, page=page or "", address=request.META.get("REMOTE_ADDR"))
    log.record_access(user=user, child_id=None, permission=OTHER_ROLE, allowed=False, place=place, at=at)


def mark_of(at: datetime, key: int) -> str:
    """The mark from which the lines older than this one go on."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{key}"


def read_mark(text: str) -> tuple[datetime, int]:
    """The moment and key of a mark; `ValueError` for no mark of ours."""
    found = re.fullmatch(r"(\d{1,17})-(\d{1,18})", text, re.ASCII)
    if found is None:
        raise ValueError(text)
    return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])


def page_of(rows: QuerySet[AccessRecord], before: str) -> Found:
    """The lines behind the last of the page before; `ValueError` for no mark of ours."""
    shown, older = newest(rows, before)
    return Found([Read(record) for record in shown], older)


def newest(rows: QuerySet[Any], before: str, *, moment: str = "at") -> tuple[list[Any], str]:
    """One page of rows, newest first by `moment`, and the mark of what is older; by the index and not by counting.

    `ValueError` for a mark that is none of ours.
    """
    if before:
        at, key = read_mark(before)
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(pk__lt=key), **{f"{moment}__lte": at})
    found = list(rows.order_by(f"-{moment}", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return shown, mark_of(getattr(shown[-1], moment), shown[-1].pk) if found[PAGE_SIZE:] else ""

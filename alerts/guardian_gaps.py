"""The children who are to have a guardian and have none, in words: for their page, Today and the manager."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from alerts.models import Clock
from cases.deadlines import london_day
from cases.models import Child, MailRefusal, User
from cases.moves import isolated
from cases.templatetags.govuk import by_when, gov_date, gov_time, since
from cases.worded import worded
from guardians.models import GuardianAssignment, GuardianReferral, NoGuardian
from guardians.states import ReferralStatus

# Somebody watches over the child now, and it is known until when.
LEAVING = ("left", "cover")
# Owed by the service to which the child was referred, or by the council because that one declined.
OF_REFERRAL = ("answer", "assigned", "declined")


@dataclass(frozen=True)
class Gap:
    """One child who is owed a guardian: what is owed, by when, and what was recorded of it."""

    child: Child
    what: str
    due_at: datetime
    reason: NoGuardian | None
    now: datetime
    # The last one; what is owed may be its answer, or follow from what the service answered.
    referral: GuardianReferral | None = None
    # The child's guardian, where mail to them comes back and they are told by no text.
    unreached: User | None = None
    unreached_since: datetime | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.child.given_name, self.child.family_name) if part)

    @property
    def is_late(self) -> bool:
        return self.due_at <= self.now

    @property
    def is_coming(self) -> bool:
        """Whether the guardian will be out of reach, with nobody who covers."""
        return self.what in LEAVING and not self.is_late

    @property
    def heading(self) -> str:
        """What is the matter, in a few words."""
        if self.referral is not None:
            return _("No guardian: %(why)s") % {"why": self.referral.get_status_display().lower()}
        if self.reason is None:
            return _("Guardian will not be there") if self.is_coming else _("No guardian")
        return _("No guardian: %(why)s") % {"why": self.reason.get_kind_display().lower()}

    @property
    def owed(self) -> str:
        """What is to be done, and since or by when."""
        when = since(self.due_at, self.now) if self.is_late else by_when(self.due_at, self.now)
        words = {
            "left": _("The guardian can no longer be reached: assign another, owed %(when)s.")
            if self.is_late
            else _("The guardian will not be there any more: cover or another guardian, owed %(when)s."),
            "cover": _("The guardian is away: cover that somebody has accepted, owed %(when)s."),
            "referral": _("Refer the child or assign a guardian, owed %(when)s."),
            "answer": _("The guardian service is to answer the referral, owed %(when)s."),
            "declined": _(
                "The guardian service declines: name an advocate or independent visitor, or refer the child to another"
                " service, owed %(when)s."
            ),
            "assigned": _("A guardian is to be assigned, owed %(when)s."),
            "fallback": _("An advocate or independent visitor is to be named, owed %(when)s."),
            "review": _("The reason is to be looked at again, owed %(when)s."),
        }
        return words[self.what] % {"when": when}

    @property
    def text(self) -> str:
        """All that is known: what is owed, why, and who stands in."""
        parts = [self.owed, *self._of_unreached()]
        if self.referral is not None:
            said = {"service": isolated(self.referral.service.name), "day": gov_date(self.referral.day)}
            parts.append(_("Referred to %(service)s on %(day)s.") % said)
        if self.reason is not None:
            parts += [self.reason.reason, *self._of_fallback(self.reason)]
        return " ".join(parts)

    def _of_unreached(self) -> Iterator[str]:
        """That mail to the guardian comes back, and what is to be done about it."""
        if self.unreached is None or self.unreached_since is None:
            return
        said = {"name": isolated(self.unreached.name), "when": gov_time(self.unreached_since)}
        yield _("Mail to %(name)s has come back since %(when)s.") % said
        if self.unreached.phone:
            words = _(
                "Ring %(phone)s: they can choose text messages under “Your account”, or have the mailbox mended."
                " Whatever is told to them does not arrive until then."
            )
            yield words % {"phone": self.unreached.phone}
        else:
            yield _("No phone of theirs is on record: ask their service how they are reached.")
        yield _(
            "A test mail goes to them each day: once one has stayed for a day, the mailbox takes mail again. An"
            " administrator who looks after them and knows it sooner says so on their page."
        )

    def _of_fallback(self, reason: NoGuardian) -> Iterator[str]:
        """Who stands in, until when that is looked at again."""
        if not reason.named or reason.review_date is None:
            return
        words = _("%(kind)s: %(name)s, %(organisation)s, %(phone)s. To be looked at again on %(day)s.")
        yield words % {
            "kind": reason.get_fallback_kind_display(),
            "name": reason.fallback_name,
            "organisation": reason.fallback_organisation,
            "phone": reason.fallback_phone,
            "day": gov_date(reason.review_date),
        }
        if self.what == "review" and london_day(self.due_at) < reason.review_date:
            yield _(
                "It is looked at sooner: another council said so, before the child was transferred, or a service takes"
                " children here now."
            )


def of(child_ids: Collection[int], *, now: datetime) -> dict[int, Gap]:
    """Return the gap of each of these children who has one, in four queries."""
    clocks = Clock.objects.filter(kind=Clock.Kind.GUARDIAN, child__in=child_ids, due_at__isnull=False)
    rows = list(clocks.filter(child__closed_at=None).select_related("child").order_by("due_at", "child"))
    reasons = {
        row.child_id: row
        for row in NoGuardian.objects.filter(child__in=[c.child_id for c in rows], ends_at=None)
    }
    answered_for = [row.child_id for row in rows if row.window in OF_REFERRAL]
    referrals = {
        row.child_id: row
        for row in GuardianReferral.objects.latest_of(answered_for).select_related("service")
        if row.is_open or row.status == ReferralStatus.DECLINED
    }
    unreached = _unreached([row.child_id for row in rows if row.window in LEAVING], now)
    return {
        row.child_id: Gap(
            row.child,
            row.window,
            row.due_at,
            reasons.get(row.child_id),
            now,
            referrals.get(row.child_id),
            *unreached.get(row.child_id, ()),
        )
        for row in rows
        if row.due_at is not None
    }


def _unreached(child_ids: Collection[int], now: datetime) -> dict[int, tuple[User, datetime]]:
    """By child the guardian whose mail comes back, and since when: the one who leads before another."""
    found: dict[int, tuple[User, datetime]] = {}
    for row in _refused({*child_ids}, now):
        found.setdefault(row.child_id, (row.guardian, row.since))
    return found


@worded
def _refused(child_ids: Any, now: Any) -> QuerySet[Any]:
    standing = MailRefusal.objects.filter(user=OuterRef("guardian"), ends_at=None)
    rows = GuardianAssignment.objects.current(now).in_role(now).filter(child__among=child_ids)
    rows = rows.annotate(since=Subquery(standing.values("starts_at"))).filter(since__isnull=False)
    return rows.select_related("guardian").order_by("-lead", "starts_at", "pk")


def late(children: Collection[int], *, now: datetime) -> list[Gap]:
    """Return those that are past due, the longest first."""
    return [gap for gap in of(children, now=now).values() if gap.is_late]


def late_and_coming(children: Collection[int], *, now: datetime) -> tuple[list[Gap], list[Gap]]:
    """Return both, from one reading."""
    found = of(children, now=now).values()
    return [gap for gap in found if gap.is_late], [gap for gap in found if gap.is_coming]

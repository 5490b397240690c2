"""Guardians of the promise machine: who has a child, who is away, who covers, and why a child has none."""

import uuid
from datetime import datetime, time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts.models import Alert
from cases.deadlines import at_london, london_day
from cases.models import Child, KeepFrom, MissingEpisode, Trafficking, User
from cases.states import NRM_OPEN
from guardians import assignments, council, covers, leaves, looks, reasons, referrals
from guardians.models import (
    CouncilConcern,
    GuardianAssignment,
    GuardianCover,
    GuardianLeave,
    GuardianLook,
    GuardianReferral,
    GuardianTerms,
    NoGuardian,
)
from tests.alerts.promise.world import Stage, which

MOMENT = timedelta(milliseconds=1)
spans = st.sampled_from([2, 30])
answers = st.sampled_from([True, True, False, None])
# One and three working days for a service to be asked and to answer, five to name who stands in, Easter between.
ASKED_WITHIN = timedelta(days=8)
NAMED_WITHIN = timedelta(days=13)


class Guardians(Stage):
    """Given, handed on, beside another, on leave with and without cover, unchecked, over their number, and none at all."""

    def service(self) -> object:
        return self.world.one.assignment.service

    def of(self, number: int) -> list[GuardianAssignment]:
        return list(GuardianAssignment.objects.current(self.now).filter(child=self.world.children[number]))

    def by_worker(self) -> dict[str, object]:
        return {"by": self.world.one.worker, "at": self.now}

    @rule(number=which, guardian=which)
    def change_guardian(self, number: int, guardian: int) -> None:
        self.leave_without_a_guardian(number)
        person = self.world.guardians[guardian]
        given = {"service": self.service(), **self.by_worker()}
        self.do(assignments.assign, self.child(number), person, **given)

    @rule(number=which)
    def leave_without_a_guardian(self, number: int) -> None:
        """The assignments end, just before whatever takes their place; not of a child who is missing."""
        given = {"reason": "Leave", "by": self.world.one.worker, "at": self.now - MOMENT}
        for standing in self.of(number):
            self.do(assignments.end, standing, **given)

    @rule(number=which, guardian=which)
    def hand_over_guardian(self, number: int, guardian: int) -> None:
        given = {"service": self.service(), "reason": "Moves", **self.by_worker()}
        for row in self.of(number):
            self.do(assignments.hand_over, row, self.world.guardians[guardian], **given)

    @rule(number=which, guardian=which)
    def stand_beside(self, number: int, guardian: int) -> None:
        """A second guardian, beside the one who leads."""
        lead = next((row for row in self.of(number) if row.lead), None)
        given = {"service": self.service(), "lead": False, "beside": lead, **self.by_worker()}
        self.do(assignments.assign, self.child(number), self.world.guardians[guardian], **given)

    @rule(number=which, allowed=st.booleans())
    def allow_the_address(self, number: int, allowed: bool) -> None:
        given = {"allowed": allowed, "reason": "Drives her", "by": self.world.one.manager, "at": self.now}
        for row in self.of(number)[:1]:
            self.do(assignments.allow_address, row, **given)

    @rule(guardian=which, wait=st.sampled_from([0, 3]), hours=spans)
    def guardian_goes(self, guardian: int, wait: int, hours: int) -> None:
        person, starts_at = self.world.guardians[guardian], self.now + timedelta(hours=wait)
        span = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=hours)}
        self.do(leaves.announce, person, self.service(), kind="leave", **span, by=person, at=self.now)

    @precondition(lambda self: GuardianLeave.objects.filter(called_off_at=None).exists())
    @rule()
    def guardian_is_back_sooner(self) -> None:
        """Or does not go, or can carry the child after all."""
        row = GuardianLeave.objects.filter(called_off_at=None).order_by("-pk")[0]
        self.do(leaves.end, row, by=row.guardian, at=self.now)

    @rule(guardian=which, most=st.sampled_from([None, 1]), days=st.sampled_from([-1, 0, 2, 60]), first=which)
    def say_what_a_guardian_can_do(self, guardian: int, most: int | None, days: int, first: int) -> None:
        """How many they carry, whom of those no more, and until when their checks hold, which may have lapsed."""
        person = self.world.guardians[guardian]
        has = GuardianAssignment.objects.standing(self.now).filter(guardian=person).values("child")
        ids = sorted(Child.objects.filter(pk__in=has).values_list("pk", flat=True))
        released = ids[first : first + 1] if most is not None and len(ids) > most else []
        until = london_day(self.now) + timedelta(days=days)
        said = {"capacity": most, "checks_until": until, "released": released}
        self.do(leaves.set_terms, person, self.service(), **said, by=self.world.one.manager, at=self.now)

    @rule(number=which, guardian=which, accepted=answers, wait=st.sampled_from([0, 3]), hours=spans)
    def guardian_covers(
        self, number: int, guardian: int, accepted: bool | None, wait: int, hours: int
    ) -> None:
        """Asked, from now or later on, and accepted, declined, or not answered yet."""
        person, span = self.world.guardians[guardian], {"starts_at": self.now + timedelta(hours=wait)}
        span["ends_at"] = span["starts_at"] + timedelta(hours=hours)
        asked = self.do(covers.ask, self.of(number), person, **span, **self.by_worker())
        if asked and accepted is not None:
            said = {"accepted": accepted, "reason": "Away", "by": person, "at": self.now}
            self.do(covers.answer, asked.covers, **said)

    @precondition(lambda self: GuardianCover.objects.waiting(self.now).exists())
    @rule(accepted=st.booleans())
    def answer_about_cover(self, accepted: bool) -> None:
        row = GuardianCover.objects.waiting(self.now).order_by("pk")[0]
        said = {"accepted": accepted, "reason": "Away", "by": row.covered_by, "at": self.now}
        self.do(covers.answer, [row], **said)

    @precondition(lambda self: GuardianCover.objects.filter(called_off_at=None).exists())
    @rule()
    def end_cover(self) -> None:
        row = GuardianCover.objects.filter(called_off_at=None).order_by("-pk")[0]
        self.do(covers.end, row, reason="Back", **self.by_worker())

    @rule(
        number=which,
        kind=st.sampled_from(NoGuardian.Kind),
        named=st.booleans(),
        days=st.sampled_from([1, 30]),
    )
    def say_why_there_is_none(self, number: int, kind: str, named: bool, days: int) -> None:
        """The guardian goes, and who stands in is named, with a day to look again; or nobody is."""
        self.leave_without_a_guardian(number)
        waits = kind == NoGuardian.Kind.REFERRED or not named
        day = london_day(self.now) + timedelta(days=days)
        who = {"kind": "advocate", "name": "A. Voice", "phone": "0300 555 0101", "organisation": "Speak"}
        fallback = None if waits else reasons.Fallback(**who, review_date=day)
        said = {"kind": kind, "reason": "As it is", "fallback": fallback}
        self.do(reasons.record, self.child(number), **said, **self.by_worker())

    @rule(number=which, answer=st.sampled_from(["accepted", "waiting", "declined", "withdraw"]))
    def ask_for_a_guardian(self, number: int, answer: str) -> None:
        """What the service answers, or that it is asked no more; where it is not asked yet the guardian goes and it is."""
        child, given = self.child(number), self.by_worker()
        row = GuardianReferral.objects.open().filter(child=child).first()
        if row is None:
            self.leave_without_a_guardian(number)
            asked = {"referred_date": london_day(self.now), "reason": "Names a debt"}
            self.do(referrals.refer, child, referrals.Referral(service=self.service(), **asked), **given)
        elif answer == "withdraw":
            self.do(referrals.withdraw, row, reason="Not needed", **given)
        else:
            place = 3 if answer == "waiting" else None
            told = referrals.Answer(status=answer, note="As it is", place=place)
            self.do(referrals.answer, row, told, by=self.world.guardians[0], at=self.now)

    @precondition(lambda self: MissingEpisode.objects.open().exists())
    @rule(number=which, taken_back=st.booleans())
    def look_at_the_guardian_of_a_missing_child(self, number: int, taken_back: bool) -> None:
        last = GuardianLook.objects.standing().filter(child=self.world.children[number]).first()
        if taken_back and last is not None:
            self.do(looks.take_back, last, reason="The other boy", **self.by_worker())
        else:
            self.do(looks.go_on, self.child(number), reason="Knows his friends", **self.by_worker())

    @rule(number=which, guardian=which, promised=st.booleans())
    def put_a_concern_about_the_council(self, number: int, guardian: int, promised: bool) -> None:
        """Or what it promised by a day; the first that stands is answered where one does."""
        standing, by = CouncilConcern.objects.open().first(), self.world.guardians[guardian]
        if standing is not None:
            self.do(council.end, standing, words="It is done", by=by, at=self.now)
            return
        of = {"promised_by": "A. Worker", "by_date": london_day(self.now)} if promised else {}
        said = {"words": "No college yet", "shared": promised, "key": uuid.uuid4(), **of}
        self.do(council.raise_concern, self.child(number), **said, by=by, at=self.now)

    def no_child_is_without_a_guardian_unheard(self) -> None:
        """At once when one goes and nobody is there, in days where none ever was; of whom somebody watches over nobody asks."""
        for child in self.world.children:
            asked = Alert.objects.open().filter(child=child, clock__kind="guardian").exists()
            owed = self.is_owed_a_guardian(child) and self.read[child.pk].watched_until is None
            if not owed or self.is_watched_over(child):
                assert not asked, "a guardian is asked for, and somebody is there, or nobody has to be"
                self.unguarded.pop(child.pk, None)
                self.guarded[child.pk] = owed
                continue
            since = self.unguarded.setdefault(child.pk, self.now)
            assert asked or self.now < self.asked_by(child, since), "no guardian, and nobody is asked"

    def asked_by(self, child: Child, since: datetime) -> datetime:
        """From when on somebody must have been asked for a child whom nobody has watched over `since`."""
        referral = GuardianReferral.objects.open().filter(child=child).first()
        reason = NoGuardian.objects.filter(child=child, ends_at=None).first()
        if referral is not None:
            return max(since, referral.recorded_at) + ASKED_WITHIN
        if reason is not None and reason.review_date is not None:
            return max(since, at_london(reason.review_date, time()))
        if reason is not None:
            return since + NAMED_WITHIN
        return since if self.guarded.get(child.pk) else since + ASKED_WITHIN

    def is_owed_a_guardian(self, child: Child) -> bool:
        row = Child.objects.get(pk=child.pk)
        asked = row.nrm_referrals.filter(status__in=NRM_OPEN).exists()
        return row.trafficking == Trafficking.YES or bool(row.nrm_reference) or asked

    def is_watched_over(self, child: Child) -> bool:
        """By a guardian, or by who has accepted to cover, who is not kept away, is not on leave, and holds checks."""
        own = GuardianAssignment.objects.current(self.now).filter(child=child)
        people = list(User.objects.filter(pk__in=own.values("guardian")))
        covering = GuardianCover.objects.current(self.now).filter(child=child)
        people += User.objects.filter(pk__in=covering.values("covered_by"))
        return any(self.is_there(person, child) for person in people)

    def is_there(self, person: User, child: Child) -> bool:
        kept = KeepFrom.objects.current(self.now).filter(child=child, user=person)
        away = GuardianLeave.objects.filter(guardian=person, called_off_at=None, starts_at__lte=self.now)
        away = away.filter(child=None) | away.filter(child=child)
        terms = GuardianTerms.objects.filter(guardian=person).order_by("pk").last()
        until = terms.checks_until if terms is not None else None
        checked = until is None or london_day(self.now) <= until
        going_on = [one for one in away if one.ends_at is None or one.ends_at > self.now]
        return checked and not going_on and not kept.exists()

"""What paper a child is owed by when, and which rung hears of it when nobody records it: from the facts alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from alerts import (
    approvals,
    care_rests,
    first_plans,
    paper_rests,
    paper_rungs,
    paper_sleep,
    planned_stays,
    stay_ends,
)
from alerts.paper_facts import (
    Assessed,
    Facts,
    Held,
    Owed,
    Planned,
    Promised,
    Stay,
    Visited,
)
from alerts.paper_rests import Due as _Due
from alerts.paper_rules import (
    AGAIN,
    DEFAULT,
    HELD,
    IN_SEARCH,
    STATUTORY,
    Days,
    Paper,
    Rule,
    Rules,
    Span,
    Unit,
    longest,
)

__all__ = [
    "DEFAULT",
    "HELD",
    "STATUTORY",
    "Assessed",
    "Days",
    "Facts",
    "Held",
    "Owed",
    "Paper",
    "Planned",
    "Promised",
    "Rule",
    "Rules",
    "Span",
    "Stay",
    "Unit",
    "Visited",
    "owed",
]


def owed(facts: Facts, versions: Sequence[Rules], days: Days) -> tuple[Owed, ...]:
    """Return what these facts owe, soonest first; nothing before there is a policy.

    In a search it is what `paper_sleep.goes_on`; what else was late before it is asleep.
    Whoever was here before the first version owes nothing of their arrival, and the rest as if all of it had been done
    on its first day. A version that comes later than the fact it counts from can only bring the day nearer.
    """
    found = _all(facts, versions, days)
    untils = paper_rests.untils(facts)
    found = [replace(one, until=period[1]) if (period := untils.get(one.paper)) else one for one in found]
    if facts.is_sought:
        found = [*paper_sleep.asleep(facts, found, days), *paper_sleep.awake(facts, found)]
    found = [one for one in found if one.until is None or one.due_at < one.until]
    return tuple(sorted(found, key=lambda one: (one.due_at, one.paper, one.key)))


def _all(facts: Facts, versions: Sequence[Rules], days: Days) -> list[Owed]:
    if not versions or facts.watched_until is not None:
        return []
    papers = _Papers(facts, versions, days)
    owed_now = [(paper, due) for paper, due in papers.due() if not care_rests.rests(paper, facts)]
    ends = {Paper.NEXT_PLACE: lambda due_at: stay_ends.counts_from(facts, due_at)}
    found = [paper_rungs.owed(paper, *due, days, since=ends.get(paper)) for paper, due in owed_now]
    return found + [paper_rungs.owed(one.paper, *due, days, key=one.key) for one, due in papers.promised()]


@dataclass(frozen=True)
class _Papers:
    facts: Facts
    versions: Sequence[Rules]
    days: Days

    @property
    def first_at(self) -> datetime:
        return self.versions[0].takes_effect_at

    def due(self) -> Iterator[tuple[Paper, _Due]]:
        for paper, found in (
            self._assessment(),
            (Paper.SIGN_OFF, self._sign_off()),
            (Paper.COVER, self._anyhow(Paper.COVER, (self.facts.uncovered or (None,))[0])),
            (Paper.ADVISER, self._since(Paper.ADVISER, self.facts.adviser_case, self.facts.adviser[0])),
            *((paper, self._anyhow(paper, since)) for paper, since in filter(None, (self.facts.limited,))),
            (Paper.REVIEWING_OFFICER, self._reviewer()),
            (Paper.ADVISER_CONTACT, self._again(Paper.ADVISER_CONTACT, *self.facts.adviser_contact)),
            (Paper.VISIT_ASKED, self._since(Paper.VISIT_ASKED, "start", self.facts.visit_asked_at)),
            (Paper.AWAY, self._since(Paper.AWAY, "again", self.facts.away_since)),
            (Paper.NOWHERE, self._since(Paper.NOWHERE, "start", self.facts.nowhere_since)),
            (Paper.TOO_YOUNG, self._since(Paper.TOO_YOUNG, "start", (self.facts.too_young or (None,))[0])),
            (Paper.UNKEPT, self._since(Paper.UNKEPT, "start", (self.facts.unkept or (None,))[0])),
            (Paper.SUPERVISION, self._supervision()),
            (Paper.GUARDIAN_CHECK, self._guardian_check()),
            (Paper.GUARDIAN_STAYS, self._anyhow(Paper.GUARDIAN_STAYS, *self.facts.guardian_stays)),
            (Paper.CHECKLIST, self._checklist()),
            self._profile(),
            (Paper.VISIT, self._visit()),
            (Paper.HOST_NOTICE, self._host_notice()),
            *planned_stays.due(self.facts, self._knowing, self.days),
            # What came with a transfer is read soon after the arrival: it holds what the child is to be kept from.
            (Paper.HANDOVER, self._since(Paper.HANDOVER, "start", self.facts.handed_over_at)),
            *self._begun(),
            (Paper.ROOM, self._room()),
            (Paper.NEXT_PLACE, self._next_place()),
            (Paper.TURNING_18, self._turning_18()),
            *((paper, self._held(paper)) for paper in AGAIN),
            (Paper.PLAN, self._plan()),
            (Paper.NRM_REFERRAL, self._nrm_referral()),
            *self._nrm_decision(),
        ):
            if found is not None:
                yield paper, planned_stays.no_later(paper, found, self.facts, self._knowing, self.days)

    def promised(self) -> Iterator[tuple[Promised, _Due]]:
        for one in self.facts.promised:
            if self._knowing(one.paper):
                begins = self._knowing(one.paper, "start")
                began = one.made_at or one.due_at
                fixed = one.due_at, self._hears(one.paper, began, one.due_at)
                due = self._counted(one.paper, "start", one.due_at) if begins else fixed
                if one.paper in IN_SEARCH:
                    yield one, paper_rests.after_adult(due, self.facts)
                else:
                    yield one, self._after_searches([due], one.paper, "return")[0]

    def _assessment(self) -> tuple[Paper, _Due | None]:
        """The first within a day of arrival; then by grade, and within a day of whatever changed since the last."""
        last = self.facts.assessed
        if last is None and self.facts.arrived_at >= self.first_at:
            first = self._counted(Paper.FIRST_ASSESSMENT, "start", self.facts.arrived_at)
            return Paper.FIRST_ASSESSMENT, self._after_searches([first], Paper.FIRST_ASSESSMENT, "start")[0]
        since, grade = (self.first_at, self.facts.grade) if last is None else (last.at, last.grade)
        found = [self._counted(Paper.ASSESSMENT, _GRADES[grade], since)]
        changed = [at for at in (*self.facts.changes, *self.facts.returns) if at > since]
        changed += [self.facts.sent_back_at] if self.facts.sent_back_at is not None else []
        found += [self._counted(Paper.ASSESSMENT, "change", at) for at in changed]
        if last is not None and last.again_by is not None:
            found.append((last.again_by, min(found, key=_instant)[1]))
        return Paper.ASSESSMENT, min(self._after_searches(found, Paper.ASSESSMENT, "change"), key=_instant)

    def _sign_off(self) -> _Due | None:
        """Of the first that waits to be read, of those recorded since the policy asks for it: the next puts nothing off."""
        asked = self._asked_from(Paper.SIGN_OFF)
        waiting = [at for at in self.facts.unread if asked is not None and at >= asked]
        if not waiting:
            return None
        due = self._counted(Paper.SIGN_OFF, "start", min(waiting))
        return self._after_searches([due], Paper.SIGN_OFF, "start")[0]

    def _anyhow(self, paper: Paper, since: datetime | None, name: str = "start") -> _Due | None:
        """What is owed in a search as well, from its instant: cover for a social worker, and what follows police protection."""
        if since is None or self._asked_from(paper) is None:
            return None
        due = self._counted(paper, name, since)
        return paper_rests.after_adult(due, self.facts, lambda back: self._counted(paper, name, back))

    def _reviewer(self) -> _Due | None:
        asked = self._asked_from(Paper.REVIEWING_OFFICER)
        return self._anyhow(Paper.REVIEWING_OFFICER, *care_rests.unreviewed(self.facts, asked_from=asked))

    def _since(self, paper: Paper, name: str, since: datetime | None) -> _Due | None:
        """What counts from one instant alone, where there is one: an absence without an end is asked about from the last time."""
        if since is None or self._asked_from(paper) is None:
            return None
        return self._after_searches([self._counted(paper, name, since)], paper, name)[0]

    def _again(self, paper: Paper, since: datetime | None, case: str) -> _Due | None:
        """What comes again and again, from the last time or from its first; what fell due in a search soon after it."""
        if since is None or self._asked_from(paper) is None:
            return None
        return self._after_searches([self._counted(paper, case, since)], paper, "return")[0]

    def _supervision(self) -> _Due | None:
        """From the last time that the child was discussed, or since it has had a social worker: another puts nothing off."""
        waits = self.facts.supervised
        if waits is None:
            return None
        return self._again(Paper.SUPERVISION, waits.since, "again" if waits.discussed else "start")

    def _guardian_check(self) -> _Due | None:
        """From the last one, or since somebody watches over the child; a grade that is raised brings it nearer at once."""
        waits = self.facts.checked
        if waits is None:
            return None
        case = "high" if self.facts.grade == "high" else "again" if waits.done else "start"
        return self._again(Paper.GUARDIAN_CHECK, waits.since, case)

    def _checklist(self) -> _Due | None:
        if not self.facts.lacks or self.facts.arrived_at < self.first_at:
            return None
        since = max(self.facts.arrived_at, self.facts.lacks_since or self.facts.arrived_at)
        due = self._counted(Paper.CHECKLIST, "start", since)
        return self._after_searches([due], Paper.CHECKLIST, "start")[0]

    def _profile(self) -> tuple[Paper, _Due | None]:
        """The find-me profile, within a day of arrival; then by its rhythm, and soon after a move or a return."""
        asked = self._asked_from(Paper.PROFILE)
        if asked is None:
            return Paper.PROFILE, None
        last = self.facts.held.get(Paper.PROFILE)
        if last is None and self.facts.arrived_at >= asked:
            first = self._counted(Paper.FIRST_PROFILE, "start", self.facts.arrived_at)
            return Paper.FIRST_PROFILE, self._after_searches([first], Paper.FIRST_PROFILE, "start")[0]
        since = asked if last is None else last.last_at
        found = [self._counted(Paper.PROFILE, "again", since)]
        changed = [at for at in (*self.facts.changes, *self.facts.returns) if at > since]
        found += [self._counted(Paper.PROFILE, "change", at) for at in changed]
        return Paper.PROFILE, min(self._after_searches(found, Paper.PROFILE, "change"), key=_instant)

    def _visit(self) -> _Due | None:
        """Within a week of each placement's start, then every six weeks, or more seldom where it is meant to last."""
        stays = self.facts.stays
        if not stays or not any(stay.ends_at is None for stay in stays):
            return None
        agreed_from = self._asked_from(Paper.VISIT, "agreed")
        cases = care_rests.visit_cases(self.facts, asked_from=self.first_at, agreed_from=agreed_from)
        found = [max((self._counted(Paper.VISIT, *one) for one in group), key=_instant) for group in cases]
        return min(self._after_searches(found, Paper.VISIT, "start"), key=_instant)

    def _host_notice(self) -> _Due | None:
        """Of the placement that stands, where its host was not told; one that has ended needs no word any more."""
        for stay in self.facts.stays:
            waits = stay.ends_at is None and stay.hosted and not stay.notified
            since = care_rests.hosted_from(stay, self.facts)
            if waits and since >= self.first_at:
                due = self._counted(Paper.HOST_NOTICE, "start", since)
                return self._after_searches([due], Paper.HOST_NOTICE, "start")[0]
        return None

    def _begun(self) -> Iterator[tuple[Paper, _Due | None]]:
        """What counts from one beginning alone; what began before it was asked is not asked."""
        for paper, since in (*approvals.since(self.facts), *first_plans.since(self.facts)):
            asked = self._asked_from(paper)
            # Of a child who was known only since, what began before is asked too.
            if asked is not None and max(since, self.facts.arrived_at) >= asked:
                yield paper, self._since(paper, "start", since)

    def _room(self) -> _Due | None:
        """Where an age is disputed: how the child sleeps, asked with the placement and again by the day that was said."""
        asked, disputed = self._asked_from(Paper.ROOM), self.facts.disputed_since
        stay = next((stay for stay in self.facts.stays if stay.ends_at is None), None)
        if asked is None or disputed is None or stay is None:
            return None
        since = max(stay.starts_at, disputed)
        due = self._counted(Paper.ROOM, "start" if since >= asked else "again", since)
        if stay.room_by is not None:
            due = (stay.room_by, due[1])
        return self._after_searches([due], Paper.ROOM, "start")[0]

    def _next_place(self) -> _Due | None:
        rule, asked = stay_ends.rule_of(self.facts, self._knowing(Paper.NEXT_PLACE), days=self.days)
        found = stay_ends.due(self.facts, rule, asked_from=asked)
        return next(iter(self._after_searches(found, Paper.NEXT_PLACE, "return")), None)

    def _nrm_referral(self) -> _Due | None:
        """A child with signs of trafficking is referred within a day of the signs, and is not asked for consent.

        A reference that was on record before this was asked is a referral whose paper lies elsewhere.
        """
        asked, since = self._asked_from(Paper.NRM_REFERRAL), self.facts.suspected_at
        referenced = self.facts.referenced_at
        if asked is None or since is None or (referenced is not None and referenced < asked):
            return None
        due = self._counted(Paper.NRM_REFERRAL, "start" if since >= asked else "before", since)
        return self._after_searches([due], Paper.NRM_REFERRAL, "start")[0]

    def _nrm_decision(self) -> Iterator[tuple[Paper, _Due]]:
        """Whoever waits for a decision asks for it, and again so long after the answer."""
        awaited = self.facts.awaited
        if awaited is not None and self._asked_from(awaited.paper) is not None:
            due = self._counted(awaited.paper, awaited.case, awaited.since)
            if awaited.panel_since is not None:
                due = max(due, self._counted(awaited.paper, "panel", awaited.panel_since), key=_instant)
            yield awaited.paper, self._after_searches([due], awaited.paper, "again")[0]

    def _asked_from(self, paper: Paper, name: str = "") -> datetime | None:
        """When the first version begins that knows this paper, and of it the case of this name."""
        return next((rules.takes_effect_at for rules in self._knowing(paper, name)), None)

    def _knowing(self, paper: Paper, name: str = "") -> list[Rules]:
        known = [rules for rules in self.versions if paper in rules.rules]
        return [rules for rules in known if not name or name in rules.rules[paper].due]

    def _turning_18(self) -> _Due | None:
        """Once, from seventeen and a half or the arrival on, and before the birthday itself; a search puts it not off."""
        asked, turns = self._asked_from(Paper.TURNING_18), self.facts.turns_18
        held = self.facts.held.get(Paper.TURNING_18)
        # What was written years before, or before the birth date was corrected, is no plan of this birthday.
        if asked is None or turns is None or (held is not None and held.last_at >= turns[0]):
            return None
        from_at, first, last = turns
        start, name = max(self.facts.said_near_18_at or from_at, self.facts.arrived_at, asked), "start"
        if held is not None:
            again_from = self._asked_from(Paper.TURNING_18, "earlier")
            if again_from is None:
                return None
            start, name = (again_from, "earlier") if start < again_from else (start, name)
        if last <= max([start, *(back for _began, back in self.facts.adult_rests)]):
            return None
        birthday = first if start < first else last
        due_at, rule = self._counted(Paper.TURNING_18, name, start)
        return paper_rests.after_adult((max(min(due_at, birthday), start), rule), self.facts)

    def _held(self, paper: Paper) -> _Due | None:
        """From when care began, or the sixteenth birthday for a pathway; then from the last time that it was held."""
        first_at = self._asked_from(paper)
        start = care_rests.began(paper, self.facts)
        if paper == Paper.PATHWAY:
            sixteen_at = self.facts.said_16_at or self.facts.sixteen_at
            start = max(start, sixteen_at) if sixteen_at is not None else start
            first_at = first_at if sixteen_at is not None else None
        if first_at is None:
            return None
        held = care_rests.held(paper, self.facts)
        if held is not None:
            name = "second" if held.times == 1 and paper == Paper.CARE_REVIEW else "again"
            due = self._counted(paper, name, held.last_at)
        elif max(start, self.facts.arrived_at) >= first_at:
            due = self._counted(paper, "start", start)
        else:
            due = self._counted(paper, "again", first_at)
        if paper != Paper.CARE_REVIEW:
            return self._after_searches([due], paper, "start")[0]
        asked, counted = self._asked_from(paper, "sought"), partial(self._counted, paper)
        return paper_rests.after_reviews(due, self.facts, counted, asked=asked, days=self.days)

    def _plan(self) -> _Due | None:
        """After the arrival; then by the day it names, or after whatever the plan knew nothing of, if that is sooner."""
        first_at, plan = self._asked_from(Paper.PLAN), self.facts.plan
        if first_at is None:
            return None
        reviewed = self.facts.held.get(Paper.CARE_REVIEW)
        since = first_at if plan is None else plan.at
        changed = [*self.facts.returns, *([reviewed.last_at] if reviewed is not None else [])]
        found = [self._counted(Paper.PLAN, "change", at) for at in changed if at > since]
        if plan is not None:
            found.append((plan.review_by, self._hears(Paper.PLAN, plan.at, plan.review_by)))
        elif self.facts.arrived_at >= first_at:
            found.append(self._counted(Paper.PLAN, "start", self.facts.arrived_at))
        return min(self._after_searches(found, Paper.PLAN, "change"), key=_instant, default=None)

    def _hears(self, paper: Paper, began: datetime, due_at: datetime) -> Rule:
        """Whose rungs hear of what has a day of its own."""
        return paper_rungs.hears(self._knowing(paper), paper, began=began, due_at=due_at, days=self.days)

    def _after_searches(self, found: Sequence[_Due], paper: Paper, name: str) -> list[_Due]:
        """What came while nobody was asked counts from when the child was back, or was held for a child again."""
        return [
            paper_rests.after_all(due, self.facts, lambda back: self._counted(paper, name, back))
            for due in found
        ]

    def _counted(self, paper: Paper, name: str, start: datetime) -> _Due:
        """The earliest that any version from the one in force at `start` on asks for, none sooner than it begins."""
        known = self._knowing(paper, name)
        start = max(start, known[0].takes_effect_at)
        found = [
            (max(self._moment(paper, name, start, rules), rules.takes_effect_at), rules.rules[paper])
            for rules in paper_rungs.counting(known, start)
        ]
        return min(found, key=_instant)

    def _moment(self, paper: Paper, name: str, start: datetime, rules: Rules) -> datetime:
        due_at = rules.rules[paper].due[name].after(start, self.days)
        most = longest(paper, name, start, five_at=self.facts.five_at)
        return due_at if most is None else min(due_at, most.after(start, self.days))


def _instant(due: _Due) -> datetime:
    return due[0]


# A grade that nobody has given is watched as the ordinary one is.
_GRADES = {"high": "high", "medium": "medium", "unknown": "medium", "low": "low"}

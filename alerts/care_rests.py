"""What a child is owed only while it is looked after: it rests once care has ended, and begins anew with care."""

from datetime import datetime

from alerts.paper_facts import CareEnded, Facts, Held, Stay, Visited
from alerts.paper_rules import OF_HEALTH, Paper
from cases.deadlines import add_months

# Months: a placement that has lasted so long, and is meant to last, is visited less often.
LASTED = 12

# Days of the law on looked-after children [Care Planning Regulations 2010]. What watches over a child, whoever has
# the care of it, is none of them: risk, plan, find-me profile, how it sleeps, the 18th birthday, the NRM.
OF_CARE = frozenset(
    {
        Paper.VISIT,
        Paper.HOST_NOTICE,
        Paper.APPROVAL,
        Paper.DECISION,
        Paper.REFUSED,
        Paper.PLACEMENT_PLAN,
        Paper.CARE_PLAN,
        Paper.CARE_REVIEW,
        Paper.HEALTH,
        *OF_HEALTH,
        Paper.EDUCATION,
        Paper.REVIEWING_OFFICER,
    }
)


def rests(paper: Paper, facts: Facts) -> bool:
    """Whether this is not owed, because care has ended and has not begun again."""
    ended = facts.care_ended
    return ended is not None and ended.anew_at is None and _is_of_care(paper, ended, facts)


def began(paper: Paper, facts: Facts) -> datetime:
    """From when this is owed first: since the child came into care, or came into it again."""
    since = facts.care_since or facts.arrived_at
    return max(since, _anew(paper, facts) or since)


def held(paper: Paper, facts: Facts) -> Held | None:
    """When this was held; what was held before care began anew is no part of it."""
    found, anew = facts.held.get(paper), _anew(paper, facts)
    return None if found is not None and anew is not None and found.last_at < anew else found


def unreviewed(facts: Facts, *, asked_from: datetime | None) -> tuple[datetime | None, str]:
    """From when somebody is to be named who reviews the care, None where nobody is asked for; and by which case.

    Of a child who was in care before `asked_from` it is asked with its next review, which somebody leads: so the children
    whom a council has on that day are asked for over half a year, each when its reviews are thought of, and not at once.
    """
    lacks = facts.unreviewed
    if lacks is None or asked_from is None or facts.reviews_rest:
        return None, "start"
    case = "again" if lacks.has_left else "start"
    since = max(began(Paper.REVIEWING_OFFICER, facts), facts.arrived_at)
    since = max(since, lacks.since or since)
    if since >= asked_from:
        return since, case
    return min((at for at in lacks.reviews if at >= asked_from), default=None), case


def visits(facts: Facts) -> list[Visited]:
    """The visits of the care that there is now."""
    anew = _anew(Paper.VISIT, facts)
    return [visit for visit in facts.visits if anew is None or visit.at >= anew]


def visit_cases(
    facts: Facts, *, asked_from: datetime, agreed_from: datetime | None
) -> list[tuple[tuple[str, datetime], ...]]:
    """From which instants a visit counts, each by its case of the policy; the earliest counts, of a group its latest.

    A placement that is to end before the 18th birthday is visited as any other: within a week of the word, where that
    came after the visit, and of `agreed_from`. That is when the policy first knows the case of a child who agreed to be
    visited less often; before it no planned end was asked about.
    """
    last = max(visits(facts), key=lambda visit: visit.at, default=None)
    since = asked_from if last is None else last.at
    began = [stays_from(stay, facts) for stay in facts.stays]
    found: list[tuple[tuple[str, datetime], ...]] = [(("start", start),) for start in began if start >= since]
    if last is None and not any(start < since for start in began):
        return found
    case = rhythm(last, facts)
    found.append((("lasting" if case == "agreed" and agreed_from is None else case, since),))
    stay = _visited_in(last, facts)
    if stay is None or not _ends_before_18(stay.until, facts):
        return found
    words = (_shortened_at(stay, facts, since=since), agreed_from)
    return [*found, (("again", since), *(("start", at) for at in words if at is not None))]


def rhythm(last: Visited | None, facts: Facts) -> str:
    """The case that the last visit gave: more seldom where the placement had lasted and was meant to last.

    In long-term fostering still more seldom, where the child agreed to it.
    """
    stay = _visited_in(last, facts)
    if last is None or not last.lasting or stay is None or add_months(stay.starts_at, LASTED) > last.at:
        return "again"
    return "agreed" if last.agreed and stay.long_term else "lasting"


def _shortened_at(stay: Stay, facts: Facts, *, since: datetime) -> datetime | None:
    """When it was said first since `since` that the placement ends before the child is 18; the same again is no news."""
    said = (at for at, before in stay.ends_said if at > since and not _ends_before_18(before, facts))
    return min(said, default=None)


def _visited_in(last: Visited | None, facts: Facts) -> Stay | None:
    """The placement in which the child was visited last."""
    stays = (stay for stay in facts.stays if last is not None and stay.starts_at <= last.at)
    return max(stays, key=lambda stay: stay.starts_at, default=None)


def _ends_before_18(until: datetime | None, facts: Facts) -> bool:
    """Whether this is a planned end, and not the 18th birthday, as far as a birth date is known."""
    return until is not None and (facts.turns_18 is None or until < facts.turns_18[1])


def stays_from(stay: Stay, facts: Facts) -> datetime:
    """From when this placement is one of a child in care."""
    return max(stay.starts_at, _anew(Paper.VISIT, facts) or stay.starts_at)


def hosted_from(stay: Stay, facts: Facts) -> datetime:
    """The same of one in another authority's area."""
    return max(stays_from(stay, facts), stay.hosted_since or stay.starts_at)


def _anew(paper: Paper, facts: Facts) -> datetime | None:
    ended = facts.care_ended
    return ended.anew_at if ended is not None and _is_of_care(paper, ended, facts) else None


def _is_of_care(paper: Paper, ended: CareEnded, facts: Facts) -> bool:
    """A pathway is owed to whoever has left care at 16 or later, too [Children Act 1989, s. 23B]."""
    if paper == Paper.PATHWAY:
        return facts.sixteen_at is None or ended.at < facts.sixteen_at
    return paper in OF_CARE

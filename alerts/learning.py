"""What can be learnt of the last 90 days: per home, council and force, each figure of what happened there and of nobody else."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Q

from alerts import after, duty_tasks, message_loads, moved_calls
from alerts.message_loads import PersonLoad
from cases import barred, confirming
from cases.deadlines import london_day
from cases.models import Authority, Home, Membership, Placement, PoliceForce, User
from cases.models.periods import overlaps

SPAN = timedelta(days=90)
# Statutory guidance: an independent return interview within 72 hours of the return; by somebody else where the child
# asked for them. For which nobody independent could be had is offered, and not that.
INTERVIEW_WITHIN = timedelta(hours=72)
# Of fewer children a foster home is shown no figure of them: it would be of one, whom the carer may not have any more.
FEWEST_CHILDREN = 5


class Whose(StrEnum):
    """By whom something is counted: the council responsible then, the home lived in, the force that was told first.

    What duty was asked to do is of the force that was told first of its search, else of the one in whose area its home is.
    """

    COUNCIL = "authority_id"
    HOME = "home_id"
    FORCE = "force_id"


# Counted as elsewhere: no late record, no silence that nobody confirmed, no drill; and no restricted record, for a
# figure of one home may be one child. For that also none of a child who is kept from the reader, in none of the parts,
# or the one tells what the other leaves out; a task or mail about others as well is counted.
_EPISODES = """
    SELECT * FROM (
        SELECT e.child_id, r.authority_id, p.home_id,
               (SELECT f.force_id FROM cases_episodeforce f WHERE f.episode_id = e.id
                 ORDER BY f.added_at, f.id LIMIT 1) AS force_id,
               e.since, e.found_at, e.police_owed_at,
               e.started_by = 'away' AND e.whereabouts <> '' AS is_away,
               (SELECT min(v.at) FROM alerts_verification v
                 WHERE v.episode_id = e.id AND v.at >= e.police_owed_at
                   AND NOT EXISTS (SELECT FROM cases_keepfrom k
                                    WHERE k.child_id = e.child_id AND k.user_id = v.recorded_by_id
                                      AND k.ends_at IS NULL)) AS verified_at,
               EXISTS (SELECT FROM alerts_dutystep d
                        WHERE d.episode_id = e.id AND d.kind = 'return_interview') AS is_owed,
               (SELECT CASE WHEN (array_agg(i.independence ORDER BY i.version DESC))[1] <> 'nobody_else'
                            THEN min(i.offered_at) END
                  FROM cases_returninterview i
                 WHERE i.episode_id = e.id AND i.withdrawn_at IS NULL) AS offered_at
          FROM cases_missingepisode e
          JOIN cases_child c ON c.id = e.child_id AND NOT c.is_drill
          LEFT JOIN cases_placement p ON p.id = e.placement_id
          LEFT JOIN LATERAL (SELECT r.authority_id FROM cases_responsibility r
                              WHERE r.child_id = e.child_id AND r.starts_at <= e.opened_at
                              ORDER BY r.starts_at DESC LIMIT 1) r ON TRUE
         WHERE e.opened_at > %(since)s AND e.opened_at <= %(now)s AND e.child_id <> ALL(%(kept)s)
           AND e.outcome NOT IN ('recording_late', 'another_child') AND e.status <> 'not_confirmed'
           AND NOT EXISTS (SELECT FROM cases_restriction s WHERE s.child_id = c.id AND s.starts_at <= %(now)s
                               AND (s.ends_at IS NULL OR s.ends_at > %(now)s))) AS found
     WHERE {owner} = ANY(%(owners)s)
"""
_ALERTS = """
    SELECT * FROM (
        SELECT r.authority_id, p.home_id, p.force_id,
               COALESCE(e.outcome = 'recording_late', FALSE)
                   OR (e.id IS NULL AND a.end_reason = 'accounted_for') AS is_false
          FROM alerts_alert a
          JOIN alerts_clock k ON k.id = a.clock_id AND k.kind = 'contact'
          JOIN cases_child c ON c.id = a.child_id AND NOT c.is_drill
          LEFT JOIN cases_missingepisode e ON e.id = a.episode_id
          LEFT JOIN LATERAL (SELECT p.home_id, p.force_id FROM cases_placement p
                              WHERE p.child_id = a.child_id AND p.starts_at <= a.opened_at
                                AND (p.ends_at IS NULL OR p.ends_at > a.opened_at) LIMIT 1) p ON TRUE
          LEFT JOIN LATERAL (SELECT r.authority_id FROM cases_responsibility r
                              WHERE r.child_id = a.child_id AND r.starts_at <= a.opened_at
                              ORDER BY r.starts_at DESC LIMIT 1) r ON TRUE
         WHERE a.opened_at > %(since)s AND a.opened_at <= %(now)s AND a.ended_at IS NOT NULL
           AND a.child_id <> ALL(%(kept)s)
           AND NOT EXISTS (SELECT FROM cases_restriction s WHERE s.child_id = c.id AND s.starts_at <= %(now)s
                               AND (s.ends_at IS NULL OR s.ends_at > %(now)s))) AS found
     WHERE {owner} = ANY(%(owners)s)
"""
# A call that went to the home or the desk of now before anybody took it is one call, of whoever has it then; at one desk
# it waits since it was first to be made.
_TASKS = """
    SELECT * FROM (
        SELECT t.authority_id, t.home_id,
               COALESCE((SELECT f.force_id FROM cases_episodeforce f WHERE f.episode_id = t.episode_id
                          ORDER BY f.added_at, f.id LIMIT 1), h.force_id) AS force_id,
               t.kind = 'ring_home' AS is_ring,
               COALESCE(t.taken_at, CASE WHEN t.done_by_id IS NOT NULL THEN t.done_at END)
                   - COALESCE(before.opened_at, t.opened_at) AS took,
               t.done_by_id IS NOT NULL AS is_done
          FROM alerts_dutytask t LEFT JOIN cases_home h ON h.id = t.home_id
          LEFT JOIN LATERAL (SELECT min(b.opened_at) AS opened_at
                               FROM alerts_dutytaskalert i JOIN alerts_dutytaskalert j ON j.alert_id = i.alert_id
                               JOIN alerts_dutytask b ON b.id = j.task_id
                              WHERE i.task_id = t.id AND t.kind = 'ring_home' AND b.kind = t.kind
                                AND b.authority_id = t.authority_id AND b.done_at = t.opened_at
                                AND b.taken_at IS NULL AND b.done_by_id IS NULL
                                AND b.answer = ANY(%(moved)s)) AS before ON TRUE
         WHERE t.opened_at > %(since)s AND t.opened_at <= %(now)s
           AND NOT (t.taken_at IS NULL AND t.done_by_id IS NULL AND t.answer = ANY(%(moved)s))
           AND (cardinality(%(kept)s::bigint[]) = 0 OR NOT COALESCE((
                SELECT bool_and(about.child_id = ANY(%(kept)s)) FROM (
                    SELECT t.child_id WHERE t.child_id IS NOT NULL
                     UNION ALL SELECT e.child_id FROM cases_missingepisode e WHERE e.id = t.episode_id
                     UNION ALL SELECT a.child_id FROM alerts_dutytaskalert i
                                 JOIN alerts_alert a ON a.id = i.alert_id WHERE i.task_id = t.id
                     UNION ALL SELECT a.child_id FROM alerts_messageitem i
                                 JOIN alerts_alert a ON a.id = i.alert_id WHERE i.message_id = t.message_id
                ) AS about), FALSE))) AS found
     WHERE {owner} = ANY(%(owners)s)
"""


@dataclass
class Figures:
    """The figures of one home, council or force over the span; what has no base is None, never nought."""

    name: str
    alerts: int = 0
    false_alerts: int = 0
    episodes: int = 0
    # Children of whom three missing episodes or more began within the span.
    repeated: int = 0
    still_missing: int = 0
    rung: list[timedelta] = field(default_factory=list)
    # Asked for, and taken on by nobody: it waits, or what ended the alert closed it.
    never_rung: int = 0
    verified: list[timedelta] = field(default_factory=list)
    never_verified: int = 0
    located: list[timedelta] = field(default_factory=list)
    interviews_owed: int = 0
    interviews_in_time: int = 0
    tasks: int = 0
    acted_on: int = 0
    people: list[PersonLoad] = field(default_factory=list)
    # Whether what is counted of children is of so few that it would tell of one.
    is_of_few: bool = False

    @property
    def time_to_ring(self) -> timedelta | None:
        return _median(self.rung)

    @property
    def time_to_verified(self) -> timedelta | None:
        return _median(self.verified)

    @property
    def time_to_locate(self) -> timedelta | None:
        return _median(self.located)

    @property
    def load(self) -> tuple[float, float, float] | None:
        """Alert mails, texts and calls of the last seven days for each person with a role there; None where nobody has one."""
        number = len(self.people)
        if not number:
            return None
        people = self.people
        mails, texts = sum(one.week for one in people), sum(one.texts for one in people)
        return mails / number, texts / number, sum(one.calls for one in people) / number

    @property
    def told(self) -> int:
        """Of how many alerts and reminders the people with a role there were sent in those days something could come."""
        return sum(one.told for one in self.people)

    @property
    def answered(self) -> int:
        return sum(one.answered for one in self.people)


def answered_by(authorities: Collection[int], *, now: datetime) -> list[int]:
    """These councils, and those whose place one of them has taken within the span: what happened there is theirs to learn."""
    found = Authority.objects.answered_by(authorities, day=london_day(now))
    lately = Q(pk__in=authorities) | Q(valid_to__gt=london_day(now - SPAN))
    return list(found.filter(lately).values_list("pk", flat=True))


def figures(
    by: Whose, owners: Collection[int], *, within: Whose | None = None, reader: User, now: datetime
) -> list[Figures]:
    """Return the figures of the last 90 days, one for each council, home or force, by name; a fixed number of queries.

    No child is in them whom a mark keeps from `reader`, nor, of a force, one whose council has not confirmed its officer.
    `owners` are the ids of whose they are; with `within`, of whose
    children alone: each home by the children of one council. One in which nothing happened is named where it was asked
    for by itself.
    """
    counted: dict[int, Figures] = defaultdict(lambda: Figures(""))
    if within is None:
        counted.update({pk: Figures("") for pk in owners})
    narrowed = within or by
    kept, _restricted = barred.standing(reader, now)
    kept |= confirming.unconfirmed(reader, at=now) if by == Whose.FORCE and within is None else set()
    times: Counter[tuple[int, int]] = Counter()
    for row in _rows(_EPISODES, narrowed, owners, kept, now):
        if row[by] is not None:
            _add_episode(counted[row[by]], row, now)
            times[row[by], row["child_id"]] += not row["is_away"]
    for (owner, _child), number in times.items():
        counted[owner].repeated += number >= after.EPISODES
    for row in _rows(_ALERTS, narrowed, owners, kept, now):
        if row[by] is not None:
            counted[row[by]].alerts += 1
            counted[row[by]].false_alerts += row["is_false"]
    for row in _rows(_TASKS, narrowed, owners, kept, now):
        if row[by] is not None:
            _add_task(counted[row[by]], row)
    if within is None:
        _add_people(by, counted, kept, now)
    return _named(by, counted)


def of_foster_homes(homes: Collection[int], *, reader: User, now: datetime) -> list[Figures]:
    """The figures of these foster homes, each with whether fewer than `FEWEST_CHILDREN` lived there in the span.

    Whoever lived there counts whatever marks their records have, or the words would tell of a mark.
    """
    found = []
    for home in homes:
        (one,) = figures(Whose.HOME, [home], reader=reader, now=now)
        lived = Placement.objects.filter(overlaps(now - SPAN, now), home=home, child__is_drill=False)
        one.is_of_few = lived.values("child").distinct().count() < FEWEST_CHILDREN
        found.append(one)
    return sorted(found, key=lambda one: one.name)


def _rows(
    query: str, owner: Whose, owners: Collection[int], kept: Collection[int], now: datetime
) -> Iterator[dict[str, Any]]:
    values: dict[str, Any] = {"since": now - SPAN, "now": now, "owners": list(owners), "kept": list(kept)}
    values["moved"] = [moved_calls.MOVED, duty_tasks.ELSEWHERE]
    with connection.cursor() as cursor:
        cursor.execute(query.format(owner=owner.value), values)
        names = [column.name for column in cursor.description or ()]
        yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _add_episode(one: Figures, row: Mapping[str, Any], now: datetime) -> None:
    # Away with whereabouts known is not missing, as the figures of the country have it; an episode that becomes missing
    # says no longer where the child is.
    if not row["is_away"]:
        one.episodes += 1
        if row["found_at"] is None:
            one.still_missing += 1
        else:
            one.located.append(row["found_at"] - row["since"])
    if row["police_owed_at"] is not None:
        if row["verified_at"] is None:
            one.never_verified += 1
        else:
            one.verified.append(row["verified_at"] - row["police_owed_at"])
    if row["is_owed"] and row["found_at"] is not None:
        in_time = row["offered_at"] is not None and row["offered_at"] <= row["found_at"] + INTERVIEW_WITHIN
        # One whose time is not over yet is neither.
        if in_time or row["found_at"] + INTERVIEW_WITHIN <= now:
            one.interviews_owed += 1
            one.interviews_in_time += in_time


def _add_task(one: Figures, row: Mapping[str, Any]) -> None:
    one.tasks += 1
    one.acted_on += row["is_done"]
    if not row["is_ring"]:
        return
    if row["took"] is None:
        one.never_rung += 1
    else:
        one.rung.append(row["took"])


def _add_people(by: Whose, counted: Mapping[int, Figures], kept: Collection[int], now: datetime) -> None:
    """The alert load of whoever has a role there now, and what came of it, in three queries."""
    key = {Whose.COUNCIL: "team__authority", Whose.HOME: "home", Whose.FORCE: "force"}[by]
    held = Membership.objects.current(now).filter(**{f"{key}__in": list(counted)})
    pairs = set(held.values_list(key, "user"))
    people = message_loads.of_people({user for _, user in pairs}, without=kept, now=now)
    loads = {one.user_id: one for one in message_loads.with_answers(people, without=kept, now=now)}
    for owner, user in sorted(pairs):
        counted[owner].people.append(loads[user])


def _named(by: Whose, counted: Mapping[int, Figures]) -> list[Figures]:
    models = {Whose.COUNCIL: Authority, Whose.HOME: Home, Whose.FORCE: PoliceForce}
    names: dict[int, str] = dict(models[by]._default_manager.filter(pk__in=counted).values_list("pk", "name"))
    for pk, one in counted.items():
        one.name = names.get(pk, "")
    return sorted(counted.values(), key=lambda one: one.name)


def _median(spans: list[timedelta]) -> timedelta | None:
    if not spans:
        return None
    return timedelta(microseconds=median(span // timedelta(microseconds=1) for span in spans))

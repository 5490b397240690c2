"""A child's facts with all that its clocks are computed from, read for one child or by set in as many questions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alerts import (
    age_dues,
    episode_dues,
    kept_policies,
    paper_dues,
    paper_reads,
    policies,
    policy_shelf,
    schedule,
    transfer_ladder,
    values,
)
from alerts.call_ladder import CallTimes
from alerts.episode_dues import Led, Reviewed
from alerts.kept_policies import Policies
from alerts.models import Clock, DemoWatch, DutyStep, Outage, PolicyVersion, Verification
from alerts.models.police import doubted_at
from alerts.paper_dues import NO_PAPERS, Papers
from alerts.schedule import Applies, Row
from cases import facts, presence, turns
from cases.facts import ChildFacts
from cases.models import DetailsChange, Journey, MissingEpisode
from cases.turns import Gap
from cases.worded import Question
from guardians import coverage
from guardians import facts as guardian_facts


@dataclass(frozen=True)
class Watched:
    """One child's facts with all that its clocks are computed from."""

    child: ChildFacts
    applies: tuple[Applies, ...]
    not_here: Row
    times: CallTimes
    verifications: tuple[datetime, ...]
    demo: bool
    # Those of the engine that can matter still; a story's child has a policy of seconds and knows none.
    outages: tuple[Outage, ...] = ()
    duties: tuple[DutyStep, ...] = ()
    # Whether a guardian is or was owed, and what of it is due.
    has_guardian_clock: bool = False
    guardian: coverage.Due | None = None
    reviews: tuple[Reviewed, ...] = ()
    # Of a child of whom a force was told: what is owed of the one in charge.
    led: tuple[Led, ...] = ()
    # Read where they are asked for alone: no sight of a child changes them.
    papers: Papers = NO_PAPERS
    # Of a child with an open transfer: what was agreed for transfers when it was referred.
    transfers: transfer_ladder.Limits | None = None
    # Of a child with an open journey: the row that its lack of confirmation climbs by.
    in_transit: Sequence[tuple[Journey, Row]] = ()
    # Of a child whom another's going missing has made others look for: `applies` without that.
    own_applies: tuple[Applies, ...] | None = None
    # By when it is to be seen for that, and what climbs then.
    asked: tuple[schedule.HeadCount, ...] = ()
    # Whether the child was or will be without a social worker, and when: now, or next.
    has_worker_clock: bool = False
    workless: Gap | None = None
    # Of the verifications those whose word counts no more, each with the instant from which on.
    disbelieved: tuple[tuple[datetime, datetime], ...] = ()
    # What is owed because the last search ended on such a word.
    doubted_end: schedule.HeadCount | None = None


_DEMOS = Question(lambda ids: DemoWatch.objects.filter(child__among=ids).select_related("policy"))
_OUTAGES = Question(lambda at: Outage.objects.lately(at).order_by("began_at"))
_SPOKEN = Question(
    lambda sought: (
        Verification.objects.of_this_search()
        .filter(episode__among=sought)
        .annotate(doubted_at=doubted_at())
        .values_list("episode", "at", "doubted_at")
    )
)
_CHANGES = Question(lambda ids: DetailsChange.objects.filter(child__among=ids, topic="age"))
_STANDING = Question(
    lambda ids, kinds: Clock.objects.filter(child__among=ids, kind__among=kinds).values_list(
        "child", "episode", "duty", "kind"
    )
)
# Clocks that stand although nothing owes them any more.
_KEPT = (Clock.Kind.GUARDIAN, Clock.Kind.REVIEW, Clock.Kind.NO_WORKER)
_SELDOM: presence.Questions = (
    *facts.SELDOM,
    ("demo", "alerts_demowatch WHERE child_id = ANY (%(ids)s)"),
    ("outage", "alerts_outage WHERE held_until > %(lately)s"),
    ("another age", "cases_detailschange WHERE child_id = ANY (%(ids)s) AND topic = 'age'"),
    ("kept", f"alerts_clock WHERE child_id = ANY (%(ids)s) AND kind IN {tuple(map(str, _KEPT))}"),
)
QUESTIONS_WITH_PAPERS = (
    *_SELDOM,
    *paper_reads.SELDOM,
    ("kept papers", f"alerts_clock WHERE child_id = ANY (%(ids)s) AND kind = '{Clock.Kind.PAPERWORK}'"),
)
EVERY = frozenset(name for name, _rows in QUESTIONS_WITH_PAPERS)


def watch(
    ids: Collection[int],
    *,
    papers: bool = False,
    draft: PolicyVersion | None = None,
    there: Collection[str] | None = None,
    at: datetime,
) -> dict[int, Watched]:
    """Load facts and policies of these children, in a fixed number of queries; with their `papers` in some more.

    `there` is what `asked` has found of them just now, where it was asked already. With a `draft` of a policy of
    contact, of the calls, of the reviews or of paper it counts as if it were on record.
    """
    there = asked(ids, papers=papers, at=at) if there is None else there
    loaded = facts.load(ids, there)
    return _watched(loaded, there, kept_policies.of(ids, there), papers=papers, draft=draft, at=at)


def whole(ids: Collection[int], *, papers: bool = False, at: datetime) -> dict[int, Watched]:
    """The same by the policies' own rows and from every table, whatever is kept and whether a row is there or not.

    For whoever checks what was read: nobody has to have asked for a table, nor rightly.
    """
    loaded, rules = facts.load(ids, facts.EVERY), kept_policies.read(ids)
    return _watched(loaded, EVERY, rules, papers=papers, draft=None, at=at)


def _watched(
    loaded: Mapping[int, ChildFacts],
    there: Collection[str],
    rules: Policies,
    *,
    papers: bool,
    draft: PolicyVersion | None,
    at: datetime,
) -> dict[int, Watched]:
    shelf = rules.contact(draft)
    demos = _demos(loaded) if "demo" in there else {}
    verified = _verified(loaded)
    outages = tuple(_OUTAGES(at)) if "outage" in there else ()
    duties = episode_dues.duty_steps(loaded)
    guardians = _guardians(loaded, rules, there, at)
    kept, standing = _kept(loaded, there, papers)
    had = {(child_id, kind) for child_id, _episode_id, _key, kind in kept}
    of_reviews = [key[:3] for key in kept]
    reviewed = episode_dues.reviews_of(loaded, of_reviews, demos, rules.of(policies.REVIEW, draft), at)
    led = episode_dues.led(loaded, demos, rules.of(policies.DUTY))
    owed = paper_dues.of(loaded, demos, rules, at, draft, standing=standing, there=there) if papers else {}
    limits = _limits(loaded)
    watched = {}
    for child_id, child in loaded.items():
        demo = demos.get(child_id)
        versions = shelf.rows(child.responsible)
        episode = child.episodes[0] if child.episodes else None
        spoken = verified.get(episode.pk, []) if episode else []
        rests = demo is not None and policies.rests(demo)
        by_demo = demo if demo and (not episode or policies.speaks(demo, of=episode.opened_at)) else None
        watched[child_id] = Watched(
            child,
            _demo_applies(by_demo, child) if by_demo else values.applies(child, versions),
            policies.row_of(by_demo) if by_demo else values.not_here(child, versions, at),
            policies.call_times(by_demo.data["call"])
            if by_demo
            else _times(episode, shelf.calls(child.responsible), at),
            tuple(sorted(moment for moment, _doubted_at in spoken)),
            demo is not None,
            () if demo else outages,
            tuple(duties.get(child_id, ())),
            (child_id, Clock.Kind.GUARDIAN) in had
            or guardian_facts.is_eligible(child.child, child.nation, child.nrm),
            None if demo else guardians.get(child_id),
            tuple(reviewed.get(child_id, ())),
            tuple(led.get(child_id, ())),
            owed.get(child_id, NO_PAPERS),
            limits.get(child_id),
            () if rests else values.in_transit(child, versions),
            values.applies(child, versions, others=False) if child.head_counts and not demo else None,
            values.asked(child, versions),
            (child_id, Clock.Kind.NO_WORKER) in had or bool(values.without_worker(child)),
            turns.gap(values.owed_worker_from(child), child.worked, at),
            tuple((moment, doubted_at) for moment, doubted_at in spoken if doubted_at is not None),
            values.doubted_end(child, versions),
        )
    return watched


def asked(
    ids: Collection[int], *, papers: bool, more: presence.Questions = (), at: datetime, **values: Any
) -> set[str]:
    """What is there at all of these children, by the names of the questions; one question for all of them.

    With `more` of whoever asks, in which `values` stand.
    """
    questions = (*(QUESTIONS_WITH_PAPERS if papers else _SELDOM), *more)
    lately = Outage.objects.matters_from(at)
    return presence.found(questions, ids, stamps=kept_policies.STAMP, lately=lately, at=at, **values)


def _demos(loaded: Mapping[int, ChildFacts]) -> dict[int, PolicyVersion]:
    return {story.child_id: story.policy for story in _DEMOS(loaded.keys())}


def _kept(
    loaded: Mapping[int, ChildFacts], there: Collection[str], papers: bool
) -> tuple[list[tuple[int, int | None, str, str]], dict[int, set[str]]]:
    """The clocks that stand although nothing may owe them, by child, episode, key and kind; and those of paper by child."""
    kept: list[tuple[int, int | None, str, str]] = []
    standing: dict[int, set[str]] = {}
    if "kept" not in there and "kept papers" not in there:
        return kept, standing
    kinds = (*_KEPT, Clock.Kind.PAPERWORK) if papers else _KEPT
    for child_id, episode_id, key, kind in _STANDING(loaded.keys(), kinds):
        if kind == Clock.Kind.PAPERWORK:
            standing.setdefault(child_id, set()).add(key)
        else:
            kept.append((child_id, episode_id, key, kind))
    return kept, standing


def _verified(loaded: Mapping[int, ChildFacts]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """When an officer was named in the search that each child's latest episode is, and since when that counts no more."""
    verified: dict[int, list[tuple[datetime, datetime | None]]] = {}
    sought = {episode.pk for child in loaded.values() for episode in child.episodes[:1]}
    if sought:
        for episode_id, moment, doubted_at in _SPOKEN(sought):
            verified.setdefault(episode_id, []).append((moment, doubted_at))
    return verified


def _limits(loaded: Mapping[int, ChildFacts]) -> dict[int, transfer_ladder.Limits]:
    """What the open transfers keep that was agreed when they were referred, by child."""
    last = [child.transfer for child in loaded.values() if child.transfer is not None]
    going = [transfer for transfer in last if transfer.is_open]
    kept = policy_shelf.kept_by(going, {one.child_id: loaded[one.child_id].responsible for one in going})
    return {transfer.child_id: kept[transfer.pk] for transfer in going}


def _guardians(
    loaded: Mapping[int, ChildFacts], rules: Policies, there: Collection[str], at: datetime
) -> dict[int, coverage.Due | None]:
    """What is due of a guardian for those of these children who are owed one."""
    eligible = [one for one in loaded.values() if guardian_facts.is_eligible(one.child, one.nation, one.nrm)]
    if not eligible:
        return {}
    shelf = rules.of(policies.GUARDIAN)
    versions = {one.child.pk: shelf.limits(one.responsible) for one in eligible}
    young_again = _young_again(eligible) if "another age" in there else {}
    owed = [
        guardian_facts.Owed(
            one.child,
            one.nation,
            one.nrm,
            max(filter(None, [one.watched_again_from, young_again.get(one.child.pk)]), default=None),
            one.authority_id,
            policies.every_child_from(versions[one.child.pk]).get(one.nation),
            _of_age_at(one),
            one.handed_over_since,
        )
        for one in eligible
    ]
    found = guardian_facts.load(owed, at=at)
    return {
        child_id: cover.due(policies.limits_at(versions[child_id], cover.facts.eligible_since), at=at)
        for child_id, cover in found.items()
        if cover.facts.eligible_since is not None
    }


def _young_again(children: Sequence[ChildFacts]) -> dict[int, datetime]:
    """Since when those are children again of whom the record had said that they were of age."""
    changes: dict[int, list[DetailsChange]] = {}
    for change in _CHANGES([one.child.pk for one in children]):
        changes.setdefault(change.child_id, []).append(change)
    found = {
        one.child.pk: age_dues.young_again_from(one, age_dues.stood(one.child, changes[one.child.pk]))
        for one in children
        if one.child.pk in changes
    }
    return {pk: since for pk, since in found.items() if since is not None}


def _of_age_at(one: ChildFacts) -> datetime | None:
    """From when nobody is owed a guardian; None where a search goes on that began before: its birthday ends nothing."""
    days = age_dues.turns_18(one.child)
    search = one.open_episode if one.is_sought else None
    if days is None or (search is not None and search.since < days[-1]):
        return None
    return days[-1]


def pure_facts(one: Watched) -> schedule.ChildFacts:
    return values.of(
        one.child,
        applies=one.applies,
        not_here=one.not_here,
        in_transit=one.in_transit,
        own_applies=one.own_applies,
        asked=one.asked,
        doubted_end=one.doubted_end,
    )


def _times(episode: MissingEpisode | None, versions: Sequence[policies.Calls], at: datetime) -> CallTimes:
    """The spacing in force when the first police message was owed: it stands until the episode has ended."""
    owed_at = None if episode is None else episode.police_owed_at
    return policies.calls_at(versions, owed_at or at).times


def _demo_applies(version: PolicyVersion, child: ChildFacts) -> tuple[Applies, ...]:
    return (Applies(policies.row_of(version), datetime(1900, 1, 1, tzinfo=UTC)),)

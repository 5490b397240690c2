"""The verbs that report a child missing, not here or away, and confirm it; and what was reported last."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from cases import log
from cases.episodes import last_seen
from cases.episodes.additions import is_lower, keep_whereabouts
from cases.episodes.after_death import asking_duty
from cases.episodes.openings import locked, open_of, open_one, require_watched
from cases.episodes.searches import (
    contradicts,
    half_ended_at,
    is_gone_since,
    owe_police,
    search_anew,
    to_missing,
)
from cases.models import Child, Contact, MissingEpisode, MissingReport, PoliceRung, User
from cases.moves import require_read, require_same
from cases.states import EpisodeStatus, IllegalMove

StartedBy = MissingEpisode.StartedBy

# What the episode itself shows of the report that stands.
SHOWN = (
    "last_seen_at",
    "last_seen_place",
    "last_seen_by",
    "wearing",
    "vehicle",
    "why_worried",
    "police_rung",
    "our_grade",
)

# Who says so: one answer in three fields.
REPORTER = ("reporter_role", "reporter_name", "reporter_phone")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is known when a child is reported missing; only the last sighting and the worry are asked first.

    What is empty was not asked, and what stood before stays; in a `complete` report it is not known, and what stood
    is corrected. The same `key` again is the same report.
    """

    last_seen_at: datetime | None = None
    last_seen_place: str = ""
    last_seen_by: str = ""
    wearing: str = ""
    vehicle: str = ""
    why_worried: str = ""
    police_rung: bool | None = None
    about_to_ring: bool = False
    police_told_by: str = ""
    police_told_at: datetime | None = None
    our_grade: str = "unknown"
    expected_at: str = ""
    with_whom: str = ""
    travelling: str = ""
    taken: Sequence[str] = ()
    child_phone: str = ""
    phone_state: str = ""
    phone_used: str = ""
    state_of_mind: str = ""
    weather: str = ""
    court_orders: str = ""
    collected_by: str = ""
    steps: Sequence[str] = ()
    # By step the instant in ISO 8601.
    steps_at: Mapping[str, str] = field(default_factory=dict)
    steps_note: str = ""
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grade_reason: str = ""
    tell_also: str = ""
    reporter_role: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    shares_profile: bool | None = None
    complete: bool = False
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def latest(episode: MissingEpisode) -> MissingReport | None:
    """The version of the report that stands, or None where nobody has made one."""
    return MissingReport.objects.filter(episode=episode).select_related("reported_by").last()


def is_of_search_before(report: MissingReport, episode: MissingEpisode) -> bool:
    """Whether the search began anew since this report: how the police were told then is no word of the child now."""
    return episode.anew_at is not None and report.recorded_at < episode.anew_at


def latest_of(episodes: Collection[int]) -> dict[int, MissingReport]:
    """By episode id the version of the report that stands, in one query; an episode of which nobody made one has none."""
    reports = MissingReport.objects.filter(episode__in=episodes).order_by("episode_id", "-version")
    return {report.episode_id: report for report in reports.distinct("episode_id")}


def says_rung(report: MissingReport | None, episode: MissingEpisode) -> bool:
    """Whether by the report that stands the police were rung in this search: a call in the one before is none of it."""
    if report is None:
        return bool(episode.police_rung) and episode.anew_at is None
    return report.police_rung == PoliceRung.YES and not is_of_search_before(report, episode)


def shares_profile(episode: MissingEpisode) -> bool:
    """Whether the police may be shown photo and find-me profile: unless the report that stands says that they are not."""
    report = latest(episode)
    return report is None or report.shares_profile is not False


def last_of(child: Child) -> MissingReport | None:
    """What was said the last time that this child was reported missing, in whatever episode."""
    reports = MissingReport.objects.filter(episode__child=child).select_related("episode")
    return reports.order_by("recorded_at", "pk").last()


def report_missing(
    child: Child,
    report: Report,
    *,
    read: int | None = None,
    left_after: datetime | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """Report `child` missing: opens an episode, or completes and confirms the one that is open; the police are owed word now.

    Of a child who went with another it is not asked when it was last seen: it is gone whatever was reported seen before,
    and whoever sees it after `left_after`, when the other was last seen, sees it after it left. Our view of the risk is
    raised by a report and never lowered: what was said stands in the report. The same key again is the same report; with
    other words it is `SentBefore`, and those are a later version of it.

    `read` is the key of the report that the writer had before them, 0 for none: where another stands by now, and nobody
    waits for an alarm, it is `Overtaken`. None: that is not asked.
    """
    _require_past(report, at)
    with asking_duty(child, "missing", by=by, at=at), transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = MissingReport.objects.filter(key=report.key).select_related("episode").first()
        if standing is not None:
            return _same(standing, child, report, at)
        require_watched(child)
        episode, known = open_of(child), ""
        _require_read(episode, read)
        gone = left_after or report.last_seen_at
        if episode is None:
            episode = open_one(
                child, StartedBy.REPORT, EpisodeStatus.MISSING, since=report.last_seen_at, by=by, at=at
            )
        elif episode.status != EpisodeStatus.MISSING:
            known = to_missing(episode, StartedBy.REPORT, gone_since=gone, by=by, at=at)
        given = _given(report)
        for name in SHOWN:
            if name in given and not (name == "our_grade" and is_lower(given[name], episode.our_grade)):
                setattr(episode, name, given[name])
        if "last_seen_at" in given:
            episode.dated_anew_at = episode.last_seen_was = None  # It is said anew.
        is_gone = left_after is not None or is_gone_since(episode, report.last_seen_at)
        search_anew(episode, is_gone=is_gone, gone_since=gone, by=by, at=at)
        owe_police(episode, by=by, at=at)
        episode.save()
        keep_whereabouts(episode, known, by=by, at=at)
        version = _keep(episode, report, by=by, at=at).version
        last_seen.date(episode)
        log.record(
            child,
            "reported_missing" if version == 1 else "missing_report_changed",
            subject=episode,
            data={"episode": episode.number, "police_rung": report.police_rung},
            fields={name: value for name, value in given.items() if name != "answers"},
            by=by,
            at=at,
        )
    return episode


def _require_read(episode: MissingEpisode | None, read: int | None) -> None:
    """Whoever says with it that the child is gone, or gone again, is never stopped: the police hear of that at once."""
    if episode is None or any(
        (episode.child_confirmed_at, episode.police_closed_at, episode.reported_seen_at)
    ):
        return
    standing = latest(episode)
    if standing is not None:
        require_read(read, standing.pk)


def _require_past(report: Report, at: datetime) -> None:
    if report.last_seen_at is not None and report.last_seen_at > at:
        raise IllegalMove("Date last seen must be today or in the past.")
    done = [report.police_told_at, *map(datetime.fromisoformat, report.steps_at.values())]
    if any(moment > at for moment in done if moment is not None):
        raise IllegalMove("What was done must have been done by now.")
    if not set(report.steps_at) <= set(report.steps):
        raise IllegalMove("Only what was done has a time.")


def _given(report: Report) -> dict[str, Any]:
    """What the report says: of a complete one all of it, else what was answered."""
    said = {
        name: value
        for name, value in vars(report).items()
        if name not in ("key", "complete", "about_to_ring")
        and (report.complete or value not in (None, "", "unknown", (), [], {}))
    }
    if report.police_rung is None:
        said.pop("police_rung", None)
    return said


def _keep(episode: MissingEpisode, report: Report, *, by: User, at: datetime) -> MissingReport:
    """The next version of the report: what it says, over what the one before it said."""
    before = latest(episode)
    given = _given(report)
    rung = before.police_rung if before and not is_of_search_before(before, episode) else ""
    if given.pop("police_rung", None) is not None:
        rung = _rung(report)
    kept = _kept(before, episode, report, by=by) if before else {}
    facts = {**kept, **given, "police_rung": rung}
    facts["taken"], facts["steps"] = list(facts.get("taken", ())), list(facts.get("steps", ()))
    times = facts.get("steps_at", {})
    facts["steps_at"] = {name: times[name] for name in facts["steps"] if name in times}
    facts["answers"] = {name: dict(said) for name, said in facts.get("answers", {}).items()}
    return MissingReport.objects.create(
        key=report.key,
        episode=episode,
        version=before.version + 1 if before else 1,
        reported_by=by,
        recorded_at=at,
        **facts,
    )


def _kept(before: MissingReport, episode: MissingEpisode, report: Report, *, by: User) -> dict[str, Any]:
    """What stands of the version before: by what the police were told not where this one says that nobody has yet."""
    kept = {name: getattr(before, name) for name in _KEPT}
    if report.police_rung is False or is_of_search_before(before, episode):
        del kept["police_told_by"], kept["police_told_at"]
    if before.reported_by_id != by.pk:
        # In what part another says so, and under which name and number, is theirs alone to say.
        for name in REPORTER:
            del kept[name]
    return kept


def _rung(report: Report) -> PoliceRung:
    if report.police_rung:
        return PoliceRung.YES
    return PoliceRung.ABOUT_TO if report.about_to_ring else PoliceRung.NO


_KEPT = tuple(
    name for name in Report.__dataclass_fields__ if name not in ("key", "complete", "about_to_ring")
)


def _same(standing: MissingReport, child: Child, report: Report, at: datetime) -> MissingEpisode:
    if standing.episode.child_id != child.pk:
        raise IllegalMove("This form was sent for another child.")
    said = _given(report)
    if "police_rung" in said:
        said["police_rung"] = _rung(report)
    if not report.complete:
        # On one screen nobody types it.
        said.pop("reporter_role", None)
    said |= {name: list(said[name]) for name in ("taken", "steps") if name in said}
    require_same(standing, said, sent=(standing.recorded_at, at))
    standing.episode.child = child
    return standing.episode


def report_not_here(child: Child, *, contact: Contact, by: User, at: datetime) -> MissingEpisode:
    """Somebody looked and the child is not there: a confirmed episode and a message to the police, at once.

    `contact` is the look itself, written for the locked child by `contacts.look_failed`. In an episode that runs
    it is news where it contradicts what was said since: a half-recorded ending is void and the search begins anew;
    after "seen" duty and manager hear that the child is again not there. Else they know, and nobody is told twice.
    """
    episode, known = open_of(child), ""
    if episode is None:
        episode = open_one(child, StartedBy.NOT_HERE, EpisodeStatus.MISSING, since=None, by=by, at=at)
        episode.not_here_at = at
    elif episode.status != EpisodeStatus.MISSING:
        known = to_missing(episode, StartedBy.NOT_HERE, by=by, at=at)
        episode.not_here_at = at
    elif contradicts(contact, episode):
        episode.not_here_at = at
        if contact.happened_at > half_ended_at(episode, otherwise=contact.happened_at):
            search_anew(episode, gone_since=contact.happened_at, by=by, at=at)
    owe_police(episode, by=by, at=at)
    episode.save()
    keep_whereabouts(episode, known, by=by, at=at)
    log.record(
        child,
        "not_here",
        subject=contact,
        data={"episode": episode.number},
        happened_at=contact.happened_at,
        by=by,
        at=at,
    )
    return episode


def confirm(episode: MissingEpisode, *, by: User, at: datetime) -> MissingEpisode:
    """Duty, manager or the child's worker confirms what silence opened: the call ladder starts."""
    with transaction.atomic():
        child, episode = locked(episode)
        if episode.status == EpisodeStatus.ENDED:
            raise IllegalMove("This episode has ended.")
        if episode.status != EpisodeStatus.NOT_CONFIRMED:
            raise IllegalMove("This episode is confirmed already.")
        to_missing(episode, by=by, at=at)
        owe_police(episode, by=by, at=at)
        episode.save()
        log.record(
            child, "episode_confirmed", subject=episode, data={"episode": episode.number}, by=by, at=at
        )
    return episode

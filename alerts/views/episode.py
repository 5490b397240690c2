"""The page of one missing episode: where it stands, what comes next, its ladder, and what each person may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import (
    briefings,
    endings,
    findings,
    found_lines,
    heard,
    ladder_table,
    leads,
    next_acts,
    plan_words,
    police_phones,
    profiles,
    release_reads,
    releases,
    sentences,
    standings,
    step_rows,
    written_returns,
)
from alerts.models import Alert, Clock, LinkAcknowledgement, Release, Reply, Verification
from alerts.next_acts import NextAct
from alerts.notices import Notice
from alerts.standings import Standing
from alerts.states import AlertStatus
from cases import access, beds, clock, episodes, faces, incidents, restrictions, reviewing_officers
from cases.access import Permission
from cases.episodes.reports import latest
from cases.models import (
    EpisodeUpdate,
    Membership,
    MissingEpisode,
    QuarantinedFile,
    Role,
    SeenReport,
    User,
)
from cases.states import EpisodeOutcome, EpisodeStatus

# Seconds between two readings of the ladder.
POLL_EVERY = 30


@dataclass(frozen=True)
class Reader:
    """Who reads an episode: what they may do, and whether they read it as a force and no more."""

    user: User
    may: frozenset[Permission]
    force_ids: tuple[int, ...] | None
    is_restricted: bool = False
    on_duty: bool = False

    @property
    def copies(self) -> bool:
        """Whether they get it as text to copy: of a restricted record duty alone, who reports by it, and a force."""
        return not self.is_restricted or self.on_duty or self.for_police

    @property
    def for_police(self) -> bool:
        return self.force_ids is not None

    @property
    def for_partner(self) -> bool:
        """Whether a home or a guardian reads it: what forces answered and who rang whom is the council's own."""
        return Permission.RECORD_CONTACT in self.may and Permission.SEE_RECORD not in self.may

    @property
    def reads_report(self) -> bool:
        """Whether they read what call handlers ask, and a journey's escorts: who reads the record, and who searches."""
        opens = {Permission.SEE_RECORD, Permission.ANSWER_FOR_POLICE}
        return not self.for_partner and bool(opens & self.may)

    @property
    def is_of_another_team(self) -> bool:
        """Whether the child may only come their way: they read what an alert says of it."""
        return not self.for_partner and not self.reads_report

    def updates(self, found: MissingEpisode) -> QuerySet[EpisodeUpdate]:
        """What they read of what was added, newest first: partners the council’s and their own, another team nothing."""
        updates = EpisodeUpdate.objects.filter(episode=found).order_by("-written_at", "-pk")
        if self.is_of_another_team:
            return updates.none()
        if self.for_partner:
            return updates.filter(Q(side=EpisodeUpdate.Side.COUNCIL) | Q(written_by=self.user))
        return updates

    @property
    def sides(self) -> list[str]:
        """To which sides something may have been released that this reader then reads."""
        if Permission.SEE_RECORD in self.may:
            return []
        opens = {
            Release.Side.GUARDIAN: Permission.WRITE_OWN_NOTE,
            Release.Side.HOME: Permission.RECORD_ABSENCE,
            Release.Side.POLICE: Permission.ANSWER_FOR_POLICE,
        }
        return [side for side, wanted in opens.items() if wanted in self.may]

    @property
    def by_part(self) -> bool:
        """Whether people stand there by their part: a guardian is named to nobody outside the council."""
        return self.for_police or self.for_partner

    @property
    def addressed(self) -> bool:
        """Whether they read where the child lived: a home that came later does not, nor does a force here."""
        return {Permission.SEE_RECORD, Permission.SEE_ADDRESS} <= self.may

    @property
    def reads_place(self) -> bool:
        """Whether they read where a child is who is away, as they do its address; no force does here."""
        return Permission.SEE_ADDRESS in self.may and not self.for_police


@login_required
@require_safe
def episode(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the whole episode."""
    now = clock.now()
    user = access.person(request)
    found = access.get_episode(user, reference, Permission.SEE_EPISODE, request=request, at=now)
    reader = read_as(user, found, now)
    others = incidents.others_for(found, reader=user, at=now)
    if others:
        shown = [one.child_id for one in others]
        access.put_listed_on_record(user, shown, Permission.SEE_EPISODE, request=request, at=now)
    context = _ladder(found, reader, now) | _beside(found, reader, now) | {"others": others}
    if reader.force_ids is not None and request.method == "GET":
        release_reads.note(found, context["released"], forces=reader.force_ids, by=user, at=now)
    return render(request, "alerts/episode.html", context)


@access.part_of("episode")
@login_required
@require_safe
def episode_ladder(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the part that refreshes itself: elapsed time, what comes next, and the ladder."""
    now = clock.now()
    user = access.person(request)
    found = access.get_episode(user, reference, Permission.SEE_EPISODE, request=request, at=now)
    return render(request, "alerts/episode_ladder.html", _ladder(found, read_as(user, found, now), now))


def read_as(user: User, found: MissingEpisode, now: datetime) -> Reader:
    """How `user` reads this episode: an officer of a force alone reads what concerns that force."""
    roles: list[Membership] = access.memberships(user, now)
    forces = tuple(force.pk for force in access.answers_for(user, found.child, at=now))
    may = access.permissions_for(user, found.child, at=now)
    # Everybody else who may read an episode may report one; another role elsewhere opens no more of this one.
    only_police = bool(forces) and Permission.REPORT_MISSING not in may
    closed = restrictions.standing_of(found.child, now) is not None
    on_duty = any(m.role == Role.DUTY_DESK for m in roles)
    return Reader(user, may, forces if only_police else None, is_restricted=closed, on_duty=on_duty)


def _ladder(found: MissingEpisode, reader: Reader, now: datetime) -> dict[str, Any]:
    acts, reads_record = _acts(found, now), Permission.SEE_RECORD in reader.may
    standing = standings.of([found.child_id], now=now)[found.child_id]
    if _reads_reviews(found, reader, standing):
        acts = next_acts.with_reviews(acts, standing)
    said = SeenReport.objects.filter(episode=found).exclude(contact__withdrawn_at__isnull=False)
    reports = list(said.select_related("reported_by"))
    verifications = Verification.objects.of_this_search().believed().filter(episode=found)
    verified = verifications.select_related("force", "recorded_by").last()
    given = LinkAcknowledgement.objects.filter(episode=found)
    if reader.force_ids is not None:
        given = given.filter(link__force__in=reader.force_ids)
    elif reader.for_partner:
        given = given.none()
    return {
        "episode": found,
        "now": now,
        "reader": reader,
        "poll_id": "ladder",
        "poll_url": reverse("episode_ladder", args=[found.reference]),
        "poll_every": POLL_EVERY,
        "tag": _tag(found, standing),
        "days": standing.days,
        "since": _since(found, standing),
        "notices": _notices(found, reader, standing),
        "review": sentences.review(standing, now=now) if _reads_reviews(found, reader, standing) else "",
        "acts": acts,
        "next_act": next(iter(acts), None),
        "police": police_phones.of(found, reader, now=now),
        "can": _can(found, reader, now),
        "hold": _hold(found, reader),
        "verified": verified,
        "verified_stale": standing.verified_stale,
        "acknowledged": _acknowledged(found, verified, standing, now),
        "given": given.last(),
        "seen_reports": reports,
        "away_reference": (reader.reads_report or reader.reads_place) and episodes.away_reference(found),
        "written_back": reads_record and not reader.by_part and written_returns.of_episode(found, now=now),
        "said_seen": any(report.reported_by_id == reader.user.pk for report in reports),
        "ending_is_near": found.child_confirmed_at or found.police_closed_at or reports,
        "rows": ladder_table.of(found, force_ids=reader.force_ids, for_partner=reader.for_partner, now=now),
        "page_url": reverse("episode", args=[found.reference]),
        "replies": _replies(found, reader),
        "released": releases.read_by(found, reader.sides, forces=reader.force_ids),
        "reads": release_reads.of_episode(found, now=now) if reads_record else [],
        **_log(found, reader, now),
        "ending": endings.rows(found, placed=reader.reads_place) if reads_record else [],
        "steps": step_rows.of(found, may=reader.may, now=now),
        "lead": leads.of(found, force_ids=reader.force_ids, may=reader.may, now=now)
        if reader.reads_report
        else None,
    }


def _beside(found: MissingEpisode, reader: Reader, now: datetime) -> dict[str, Any]:
    briefing = briefings.of(
        found,
        by_part=reader.by_part,
        addressed=reader.addressed,
        placed=reader.reads_place,
        on_journey=reader.reads_report,
        decided=reader.for_police,
        heard=heard.read_by(found, reader),
        now=now,
    )
    report = latest(found) if reader.reads_report else None
    return {
        "child": found.child,
        "plan_says": plan_words.if_missing(found.child, reader.may)
        if found.status != EpisodeStatus.ENDED
        else None,
        "faces": faces.of([found.child_id], user=reader.user, at=now),
        # What duty acts on stands on the page; the rest of what call handlers ask in the briefing.
        "facts": [*briefing.rows, *briefings.acted_on(report, by_part=reader.by_part)],
    }


def _notices(found: MissingEpisode, reader: Reader, standing: Standing) -> list[Notice]:
    """What the council alone must not miss above everything else."""
    if Permission.SEE_RECORD not in reader.may:
        return []
    long_search = profiles.long_search(standing) if _reads_reviews(found, reader, standing) else []
    return [*long_search, *endings.after_death(found), *endings.to_take_back(found)]


def _reads_reviews(found: MissingEpisode, reader: Reader, standing: Standing) -> bool:
    its_own = standing.episode is not None and standing.episode.pk == found.pk
    return its_own and Permission.SEE_RECORD in reader.may


def _acts(found: MissingEpisode, now: datetime) -> list[NextAct]:
    if found.status == EpisodeStatus.ENDED:
        return []
    return next_acts.of_episodes([found.pk], [found.child_id]).get(found.child_id, [])


def _tag(found: MissingEpisode, standing: Standing) -> str:
    """The word for this episode: the child's own where it is the open one."""
    if found.status == EpisodeStatus.ENDED:
        return "ended"
    return standing.tag if standing.episode and standing.episode.pk == found.pk else "no_record"


def _since(found: MissingEpisode, standing: Standing) -> datetime:
    """Since when that word stands: a window that ended, a look, a report of being back; never one moment for all."""
    is_its_own = standing.episode is not None and standing.episode.pk == found.pk
    return standing.since if is_its_own and standing.since is not None else found.since


def _acknowledged(
    found: MissingEpisode, verified: Verification | None, standing: Standing, now: datetime
) -> str:
    if found.status == EpisodeStatus.ENDED or found.police_owed_at is None or verified is None:
        return ""
    return sentences.acknowledged(standing, now=now)


def _replies(found: MissingEpisode, reader: Reader) -> list[Reply]:
    """What was written from outside, newest first: all of it for the council, who must judge it; an officer's own."""
    written = Reply.objects.filter(episode=found, automatic=False)
    if Permission.SEE_RECORD not in reader.may:
        if Permission.ANSWER_FOR_POLICE not in reader.may:
            return []
        written = written.filter(sender=reader.user.email)
    replies = list(written.select_related("force", "mailbox").order_by("-received_at", "-pk"))
    kept = {(one.mail_key, one.position): one for one in QuarantinedFile.objects.filter(episode=found)}
    for reply in replies:
        reply.files = [(*said, kept.get((reply.key, n))) for n, said in enumerate(reply.attachments)]  # type: ignore[attr-defined]
    return replies


def _log(found: MissingEpisode, reader: Reader, now: datetime) -> dict[str, Any]:
    """What was added to the episode, newest first."""
    shown: dict[str, Any] = {"updates": reader.updates(found).select_related("written_by")}
    if Permission.SEE_RECORD in reader.may:
        shown["decisions"] = _decisions(found, reader)
        told = found.findings.select_related("recorded_by").order_by("-heard_at", "-pk")
        shown["findings"] = [row for row in told if not row.is_intelligence]
        shown["apart"] = len(told) - len(shown["findings"])
        shown["asked"] = found_lines.all_asked(found)
        if Permission.CONFIRM_EPISODE in reader.may:
            shown["may_be"] = found_lines.of_search(found, now=now)
        shown["calls"] = found.calls.select_related("recorded_by").order_by("-rung_at", "-pk")
        held = found.reviews.select_related("withdrawn_by").order_by("-held_at", "-pk")
        shown["held"] = [(review, sentences.police_asked(review)) for review in held]
        shown["owed"] = step_rows.of_reviews(found, now=now)
        shown["officer"] = reviewing_officers.serving(found.child, at=now)
        shown["grades"] = found.grades.select_related("graded_by").order_by("-graded_at", "-pk")
    return shown


def _decisions(found: MissingEpisode, reader: Reader) -> list[tuple[Any, Any, str]]:
    """Each kind of decision, the one that stands, and where this reader records another."""
    return [
        (
            kind,
            row,
            reverse("episode_decision", args=[found.reference, kind])
            if step_rows.deciding(kind) in reader.may
            else "",
        )
        for kind, row in findings.rows(found)
    ]


def _can(found: MissingEpisode, reader: Reader, now: datetime) -> Mapping[str, bool]:
    """Which buttons this reader has in this state; every verb asks again."""
    is_open = found.status != EpisodeStatus.ENDED
    police_owed = found.police_owed_at is not None
    # A silence that became away is looked for once its fail-safe has told the police.
    missing = is_open and (police_owed or found.status != EpisodeStatus.AWAY)
    may = reader.may
    if reader.for_police and not episodes.alerted(found, force_ids=reader.force_ids, at=now):
        # Of a force that handed it on or declined it: it may say what it saw.
        given = {"seen": is_open, "tell": True}
        return {name: holds and Permission.ANSWER_FOR_POLICE in may for name, holds in given.items()}
    ends = Permission.END_EPISODE in may
    closes = ends or Permission.ANSWER_FOR_POLICE in may
    return {
        "confirm": found.status == EpisodeStatus.NOT_CONFIRMED and Permission.CONFIRM_EPISODE in may,
        "verify": missing and bool({Permission.VERIFY_POLICE, Permission.ANSWER_FOR_POLICE} & may),
        "profile": is_open and police_owed and Permission.ANSWER_FOR_POLICE in may,
        "compact": missing and bool({Permission.VERIFY_POLICE, Permission.ANSWER_FOR_POLICE} & may),
        "code": is_open and police_owed and Permission.VERIFY_POLICE in may,
        "report": missing and Permission.REPORT_MISSING in may,
        "heard": missing and Permission.RECORD_CONTACT in may,
        "update": Permission.ADD_UPDATE in may,
        "withdraw_review": Permission.CHANGE_CHILD in may,
        "grade": is_open and Permission.CHANGE_CHILD in may,
        "confirm_found": is_open and Permission.CONFIRM_EPISODE in may,
        "away_reference": is_open and not missing and Permission.VERIFY_POLICE in may,
        "add_force": missing and Permission.VERIFY_POLICE in may,
        "seen": is_open and bool({Permission.RECORD_CONTACT, Permission.ANSWER_FOR_POLICE} & may),
        "tell": Permission.ANSWER_FOR_POLICE in may,
        "together": missing and Permission.REPORT_MISSING in may,
        "apart": Permission.CONFIRM_EPISODE in may,
        "become_missing": found.status == EpisodeStatus.AWAY and Permission.REPORT_MISSING in may,
        "return": is_open and ends and found.child_confirmed_at is None,
        "return_anew": is_open and ends and found.child_confirmed_at is not None,
        "close": is_open and police_owed and closes and found.police_closed_at is None,
        "end": ends and episodes.may_end(found),
        "ends": is_open and (ends or closes),
        "bed": is_open and Permission.PLACE_CHILD in may and beds.kept_for(found) is not None,
        "another": ends and found.outcome == EpisodeOutcome.DIED,
        "outcome": ends and episodes.may_be_put_right(found),
        "revoke_links": Permission.VERIFY_POLICE in may,
        "decide_files": Permission.VERIFY_POLICE in may,
        "read_record": Permission.SEE_RECORD in may,
        "interview": not is_open
        and found.outcome not in (EpisodeOutcome.ANOTHER_CHILD, EpisodeOutcome.DIED)
        and Permission.SEE_RECORD in may,
        "release": Permission.WRITE_RETURN_INTERVIEW in may,
    }


def _hold(found: MissingEpisode, reader: Reader) -> Alert | None:
    """The silence alert whose fail-safe the reader may hold, or somebody holds."""
    away = found.status == EpisodeStatus.AWAY and found.police_owed_at is None
    doubted = found.status == EpisodeStatus.NOT_CONFIRMED or away
    if not doubted or Permission.VERIFY_POLICE not in reader.may:
        return None
    return (
        Alert.objects.filter(
            episode=found,
            status=AlertStatus.OPEN,
            clock__kind=Clock.Kind.CONTACT,
            clock__steps__has_key="fail_safe",
        )
        .select_related("on_it_by", "clock")
        .first()
    )

"""The verbs of a missing episode, and the only writer of its status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, Subquery

from cases import grants, log
from cases.models import (
    Child,
    Contact,
    EpisodeForce,
    KeepFrom,
    Means,
    MissingEpisode,
    Placement,
    PoliceForce,
    Responsibility,
    SeenReport,
    User,
)
from cases.moves import require
from cases.people import force_group
from cases.states import EPISODE_MOVES, EpisodeOutcome, EpisodeStatus, IllegalMove

StartedBy = MissingEpisode.StartedBy


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is known when a child is reported missing; only the last sighting and the worry are asked first."""

    last_seen_at: datetime | None = None
    last_seen_place: str = ""
    last_seen_by: str = ""
    wearing: str = ""
    vehicle: str = ""
    why_worried: str = ""
    police_rung: bool | None = None
    our_grade: str = "unknown"


def report_missing(child: Child, report: Report, *, by: User, at: datetime) -> MissingEpisode:
    """Report `child` missing: opens an episode, or completes and confirms the one that is open; the police are owed word now."""
    if report.last_seen_at is not None and report.last_seen_at > at:
        raise IllegalMove("Date last seen must be today or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        episode = _open_of(child)
        if episode is None:
            episode = _open(
                child, StartedBy.REPORT, EpisodeStatus.MISSING, since=report.last_seen_at, by=by, at=at
            )
        elif episode.status != EpisodeStatus.MISSING:
            _to_missing(episode, StartedBy.REPORT, by=by, at=at)
        given = {name: value for name, value in vars(report).items() if value not in (None, "", "unknown")}
        for name, value in given.items():
            setattr(episode, name, value)
        if report.last_seen_at is not None and episode.since < report.last_seen_at <= episode.opened_at:
            episode.since = report.last_seen_at
        _search_goes_on(episode)
        _owe_police(episode, at)
        episode.save()
        log.record(
            child,
            "reported_missing",
            subject=episode,
            data={"episode": episode.number, "police_rung": report.police_rung},
            fields=given,
            by=by,
            at=at,
        )
    return episode


def report_not_here(child: Child, *, contact: Contact, by: User, at: datetime) -> MissingEpisode:
    """Somebody looked and the child is not there: a confirmed episode and a message to the police, at once.

    `contact` is the look itself, written for the locked child by `contacts.look_failed`.
    """
    episode = _open_of(child)
    if episode is None:
        episode = _open(child, StartedBy.NOT_HERE, EpisodeStatus.MISSING, since=None, by=by, at=at)
    elif episode.status != EpisodeStatus.MISSING:
        _to_missing(episode, StartedBy.NOT_HERE, by=by, at=at)
    elif episode.child_confirmed_at is None or contact.happened_at > episode.child_confirmed_at:
        _search_goes_on(episode)
    _owe_police(episode, at)
    episode.save()
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


def report_away(child: Child, *, whereabouts: str, reason: str, by: User, at: datetime) -> MissingEpisode:
    """Away without authorisation, whereabouts known: tells duty at once, starts no call ladder, owes proof each day."""
    if not whereabouts.strip():
        raise IllegalMove("Enter where the child is. Without a place the child is missing.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if _open_of(child) is not None:
            raise IllegalMove("An episode is open already.")
        episode = _open(child, StartedBy.AWAY, EpisodeStatus.AWAY, since=None, by=by, at=at)
        episode.whereabouts, episode.why_worried = whereabouts, reason
        episode.save()
        log.record(
            child,
            "away_reported",
            subject=episode,
            data={"episode": episode.number},
            fields={"whereabouts": whereabouts, "reason": reason},
            by=by,
            at=at,
        )
    return episode


def become_missing(episode: MissingEpisode, *, reason: str, by: User, at: datetime) -> MissingEpisode:
    """An away episode becomes missing: whereabouts no longer known, the call ladder starts."""
    with transaction.atomic():
        child, episode = _locked(episode)
        if episode.status != EpisodeStatus.AWAY:
            raise IllegalMove("Only an away episode can become missing.")
        _to_missing(episode, by=by, at=at)
        _owe_police(episode, at)
        episode.save()
        log.record(child, "became_missing", subject=episode, fields={"reason": reason}, by=by, at=at)
    return episode


def confirm(episode: MissingEpisode, *, by: User, at: datetime) -> MissingEpisode:
    """Duty, manager or the child's worker confirms what silence opened: the call ladder starts."""
    with transaction.atomic():
        child, episode = _locked(episode)
        if episode.status == EpisodeStatus.ENDED:
            raise IllegalMove("This episode has ended.")
        if episode.status != EpisodeStatus.NOT_CONFIRMED:
            raise IllegalMove("This episode is confirmed already.")
        _to_missing(episode, by=by, at=at)
        _owe_police(episode, at)
        episode.save()
        log.record(
            child, "episode_confirmed", subject=episode, data={"episode": episode.number}, by=by, at=at
        )
    return episode


def record_police_reference(
    episode: MissingEpisode,
    *,
    force: PoliceForce,
    reference: str,
    officer: str,
    grade: str = "",
    by: User,
    at: datetime,
) -> EpisodeForce:
    """Record the force's own reference and officer; doing so confirms the episode too."""
    if not reference.strip():
        raise IllegalMove("Enter the police reference.")
    with transaction.atomic():
        child, episode = _locked(episode)
        sought = episode.status != EpisodeStatus.AWAY or episode.police_owed_at is not None
        if episode.status == EpisodeStatus.ENDED or not sought:
            raise IllegalMove("There is no open missing episode to record a police reference on.")
        if episode.status != EpisodeStatus.MISSING:
            _to_missing(episode, by=by, at=at)
        _owe_police(episode, at)
        if grade:
            episode.police_grade = grade
        episode.save()
        row = add_force(episode, force=force, by=by, at=at)
        row.incident_reference, row.officer = reference, officer
        row.save(update_fields=["incident_reference", "officer"])
        log.record(
            child,
            "police_reference_recorded",
            subject=episode,
            data={"force": force.code},
            fields={"reference": reference, "officer": officer, "grade": grade},
            by=by,
            at=at,
        )
    return row


def add_force(episode: MissingEpisode, *, force: PoliceForce, by: User | None, at: datetime) -> EpisodeForce:
    """Add a force to the locked child's episode, with its grant; the ones before stay alerted."""
    row, _ = EpisodeForce.objects.get_or_create(
        episode=episode, force=force, defaults={"added_at": at, "added_by": by}
    )
    grants.give(episode.child, grants.SEARCH_FOR, force_group(force.pk))
    return row


def hear_of(child: Child, contact: Contact, *, by: User, at: datetime) -> SeenReport | None:
    """Somebody saw or spoke to a child whom the police are looking for: reported seen, not confirmed; ends nothing."""
    episode = _open_of(child)
    if episode is None or episode.police_owed_at is None:
        return None
    if contact.happened_at < episode.since or contact.means in (Means.MESSAGE, Means.HEARSAY):
        return None
    word_of = (contact.witness_user_id, contact.recorded_by_id)
    if KeepFrom.objects.current(at).filter(child=child, user__in=word_of).exists():
        return None
    said_by = contact.witness_user or (None if contact.told_by or contact.witness != by.name else by)
    report = SeenReport.objects.create(
        episode=episode,
        contact=contact,
        reported_by=said_by,
        witness=contact.witness,
        witness_role=contact.witness_role,
        seen_at=contact.happened_at,
        recorded_at=at,
    )
    if episode.reported_seen_at is None:
        _heard_first(episode, report)
    log.record(
        child,
        "reported_seen",
        subject=episode,
        data={"episode": episode.number, "witness_role": contact.witness_role},
        happened_at=contact.happened_at,
        by=by,
        at=at,
    )
    return report


def unhear(child: Child) -> None:
    """After a withdrawal in the locked child's record: what was reported seen counts from the first report that stands."""
    episode = _open_of(child)
    if episode is None or episode.reported_seen_at is None:
        return
    reports = SeenReport.objects.filter(episode=episode).exclude(contact__withdrawn_at__isnull=False)
    _heard_first(episode, reports.order_by("recorded_at", "pk").first())


def confirm_with_child(
    episode: MissingEpisode, *, how: str, adult: str = "", phone: str = "", by: User, at: datetime
) -> MissingEpisode:
    """Duty has seen the child ("saw"), or rung back on the number held and spoken to child and adult ("spoke")."""
    if how not in ("saw", "spoke"):
        raise IllegalMove("Select how you confirmed it with the child.")
    if how == "spoke" and not (adult.strip() and phone.strip()):
        raise IllegalMove("Enter the adult you spoke to there and the number you rang.")
    with transaction.atomic():
        child, episode = _locked(episode)
        _not_by_whoever_said_seen(episode, by)
        episode.child_confirmed_at, episode.child_confirmed_by = at, by
        episode.child_confirmed_how = how
        episode.child_confirmed_adult, episode.child_confirmed_phone = adult, phone
        episode.save()
        log.record(
            child,
            "return_confirmed_with_child",
            subject=episode,
            data={"how": how},
            fields={"adult": adult, "phone": phone},
            by=by,
            at=at,
        )
    return episode


def forces_that_may_close(episode: MissingEpisode) -> list[PoliceForce]:
    """The forces that hold the episode: those whose officer has accepted it; until one has, every force alerted.

    A force that was told by mistake says so and closes nothing for the one that is looking.
    """
    rows = list(episode.forces.select_related("force"))
    accepted = [row.force for row in rows if row.incident_reference]
    return accepted or [row.force for row in rows]


def record_police_closing(
    episode: MissingEpisode,
    *,
    officer: str,
    closed_at: datetime,
    force: PoliceForce | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """Record that the police have closed their report: the force that holds it, officer by name and the time they said so.

    `force` may be left out where one alone holds the episode.
    """
    if not officer.strip():
        raise IllegalMove("Enter the name of the officer who closed it.")
    if closed_at > at:
        raise IllegalMove("The time of the police closing must be now or in the past.")
    with transaction.atomic():
        child, episode = _locked(episode)
        _not_by_whoever_said_seen(episode, by)
        if closed_at < episode.opened_at:
            raise IllegalMove("The police closing must be after the episode was opened.")
        episode.police_closed_force = _closing_force(episode, force)
        episode.police_closed_at, episode.police_closed_by = closed_at, by
        episode.police_closed_officer = officer
        episode.save()
        log.record(
            child,
            "police_closing_recorded",
            subject=episode,
            data={"force": episode.police_closed_force.code},
            fields={"officer": officer},
            happened_at=closed_at,
            by=by,
            at=at,
        )
    return episode


def end(
    episode: MissingEpisode,
    *,
    outcome: str,
    note: str = "",
    found_at: datetime | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """End an episode: after both confirmations where the police were owed word, else after the first alone."""
    if outcome not in EpisodeOutcome or outcome == EpisodeOutcome.RECORDING_LATE:
        raise IllegalMove("Select how the episode ended.")
    with transaction.atomic():
        child, episode = _locked(episode)
        require(EPISODE_MOVES, episode.status, EpisodeStatus.ENDED, what="The episode")
        if found_at is not None and not episode.since <= found_at <= at:
            raise IllegalMove("The child was found after the episode began and not in the future.")
        if episode.child_confirmed_at is None:
            raise IllegalMove("First confirm it with the child.")
        if episode.police_owed_at is not None and episode.police_closed_at is None:
            raise IllegalMove("First record that the police have closed their report.")
        episode.status = EpisodeStatus.ENDED
        episode.outcome, episode.outcome_note, episode.found_at = outcome, note, found_at or at
        episode.ended_at, episode.ended_by = at, by
        episode.save()
        log.record(
            child,
            "episode_ended",
            subject=episode,
            data={"episode": episode.number, "outcome": outcome},
            fields={"note": note},
            by=by,
            at=at,
        )
    return episode


def open_unconfirmed(
    children: Sequence[tuple[Child, datetime]], *, at: datetime
) -> dict[int, MissingEpisode]:
    """Open an episode, not confirmed, for each locked child and the instant it was last accounted for.

    The engine's verb: it rings no bell. A child with an open episode keeps that one.
    """
    standing = {
        episode.child_id: episode
        for episode in MissingEpisode.objects.open().filter(child__in=[child.pk for child, _ in children])
    }
    for child, _ in children:
        if child.pk in standing:
            standing[child.pk].child = child
    fresh = [(child, since) for child, since in children if child.pk not in standing]
    opened: dict[int, MissingEpisode] = {}
    if fresh:
        opened = _open_many(fresh, StartedBy.SILENCE, EpisodeStatus.NOT_CONFIRMED, by=None, at=at)
    return {**standing, **opened}


def start_fail_safes(owed: Sequence[tuple[MissingEpisode, datetime]]) -> None:
    """Nobody confirmed these in time: the police are owed word from each instant, and the mail says CHECK NEEDED."""
    for episode, owed_at in owed:
        episode.fail_safe = True
        _owe_police(episode, owed_at)
    MissingEpisode.objects.bulk_update(
        [episode for episode, _ in owed], ["fail_safe", "police_owed_at", "counts_from"]
    )


def start_fail_safe(episode: MissingEpisode, *, owed_at: datetime) -> MissingEpisode:
    """The same for one episode."""
    start_fail_safes([(episode, owed_at)])
    return episode


def end_all_as_recorded_late(late: Sequence[MissingEpisode], *, at: datetime) -> None:
    """Accepted proof came before any police message was owed: was not missing, recording was late."""
    for episode in late:
        require(EPISODE_MOVES, episode.status, EpisodeStatus.ENDED, what="The episode")
        if episode.police_owed_at is not None:
            raise IllegalMove("The police are looking: proof alone does not end this.")
        episode.status, episode.outcome = EpisodeStatus.ENDED, EpisodeOutcome.RECORDING_LATE
        episode.ended_at = at
    MissingEpisode.objects.bulk_update(late, ["status", "outcome", "ended_at"])


def end_as_recorded_late(episode: MissingEpisode, *, at: datetime) -> MissingEpisode:
    """The same for one episode."""
    end_all_as_recorded_late([episode], at=at)
    return episode


def _locked(episode: MissingEpisode) -> tuple[Child, MissingEpisode]:
    child = Child.objects.locked().get(pk=episode.child_id)
    current = MissingEpisode.objects.get(pk=episode.pk)
    current.child = child
    return child, current


def _open_of(child: Child) -> MissingEpisode | None:
    episode = MissingEpisode.objects.open().filter(child=child).first()
    if episode is not None:
        episode.child = child
    return episode


def _open(
    child: Child, started_by: str, status: str, *, since: datetime | None, by: User | None, at: datetime
) -> MissingEpisode:
    return _open_many([(child, since)], started_by, status, by=by, at=at)[child.pk]


def _open_many(
    wanted: Sequence[tuple[Child, datetime | None]],
    started_by: str,
    status: str,
    *,
    by: User | None,
    at: datetime,
) -> dict[int, MissingEpisode]:
    """Open an episode for each of these locked children, in a fixed number of queries for any number of them."""
    ids = [child.pk for child, _ in wanted]
    placed = {p.child_id: p for p in Placement.objects.current(at).filter(child__in=ids)}
    seen = _last_seen(ids, at)
    before: dict[int, dict[str, Any]] = {
        row["child"]: {"last": row["last"], "found_at": row["found_at"]}
        for row in MissingEpisode.objects.filter(child__in=ids)
        .order_by()
        .values("child")
        .annotate(last=Max("number"), found_at=Max("found_at"))
    }
    confirmed: dict[str, Any] = {}
    if status != EpisodeStatus.NOT_CONFIRMED:
        confirmed = {"confirmed_at": at, "confirmed_by": by, "counts_from": at}
    opened = []
    for child, since in wanted:
        last, earlier = seen.get(child.pk), before.get(child.pk, {})
        known = [moment for moment in (last and last.happened_at, earlier.get("found_at")) if moment]
        episode = MissingEpisode(
            child=child,
            number=earlier.get("last", 0) + 1,
            status=status,
            started_by=started_by,
            since=since or max(known, default=min(at, child.registered_at)),
            opened_at=at,
            opened_by=by,
            placement=placed.get(child.pk),
            last_seen_at=last.happened_at if last else None,
            last_seen_by=last.witness if last else "",
            our_grade=child.risk,
            **confirmed,
        )
        opened.append(episode)
    MissingEpisode.objects.bulk_create(opened)
    _alert_forces(opened, placed, by, at)
    return {episode.child_id: episode for episode in opened}


def _last_seen(child_ids: Sequence[int], at: datetime) -> dict[int, Contact]:
    """The last sighting face to face of each child, by the index of each: never by reading all of them."""
    faces = Contact.objects.seen().filter(child=OuterRef("pk"), means=Means.FACE_TO_FACE, happened_at__lte=at)
    last = Child.objects.filter(pk__in=child_ids).annotate(face=Subquery(faces.values("pk")[:1]))
    return {c.child_id: c for c in Contact.objects.filter(pk__in=list(last.values_list("face", flat=True)))}


def _alert_forces(
    opened: Sequence[MissingEpisode], placed: Mapping[int, Placement], by: User | None, at: datetime
) -> None:
    """The force of the placement, else of the last placement (the place last seen), else the authority's own."""
    forces = {child_id: placement.force_id for child_id, placement in placed.items()}
    left = [episode.child_id for episode in opened if episode.child_id not in forces]
    before = Placement.objects.filter(child__in=left).order_by("child", "-starts_at").distinct("child")
    forces.update(before.values_list("child", "force") if left else ())
    left = [child_id for child_id in left if child_id not in forces]
    rows = Responsibility.objects.at(at).filter(child__in=left)
    forces.update(rows.values_list("child", "authority__force") if left else ())
    if any(episode.child_id not in forces for episode in opened):
        raise IllegalMove("No authority is responsible for this child yet.")
    EpisodeForce.objects.bulk_create(
        [EpisodeForce(episode=e, force_id=forces[e.child_id], added_at=at, added_by=by) for e in opened]
    )
    grants.give_many(grants.SEARCH_FOR, {e.child_id: force_group(forces[e.child_id]) for e in opened})


def _to_missing(
    episode: MissingEpisode, found_by: str = StartedBy.SILENCE, *, by: User | None, at: datetime
) -> None:
    require(EPISODE_MOVES, episode.status, EpisodeStatus.MISSING, what="The episode")
    if episode.started_by == StartedBy.SILENCE:
        # A look or a report says more than a silence: the episode has its R4 and R5 from now on.
        episode.started_by = found_by
    episode.status = EpisodeStatus.MISSING
    episode.confirmed_at, episode.confirmed_by = at, by
    episode.counts_from = at
    episode.whereabouts = ""
    _search_goes_on(episode)


def _search_goes_on(episode: MissingEpisode) -> None:
    """Missing anew before the ending was written: what had been confirmed of it holds no more."""
    episode.child_confirmed_at = episode.child_confirmed_by = None
    episode.child_confirmed_how = episode.child_confirmed_adult = episode.child_confirmed_phone = ""
    episode.police_closed_at = episode.police_closed_by = None
    episode.police_closed_officer = ""
    episode.police_closed_force = None


def _heard_first(episode: MissingEpisode, report: SeenReport | None) -> None:
    episode.reported_seen_at = report.recorded_at if report else None
    said_by = report.reported_by if report else None
    # Who had recorded a part of the ending before saying "seen" is refused the other part, on the reports themselves.
    parts = (episode.child_confirmed_by_id, episode.police_closed_by_id)
    episode.reported_seen_by = None if said_by and said_by.pk in parts else said_by
    episode.save(update_fields=["reported_seen_at", "reported_seen_by"])


def _owe_police(episode: MissingEpisode, at: datetime) -> None:
    if episode.police_owed_at is None:
        episode.police_owed_at = at
    if episode.counts_from is None:
        episode.counts_from = at


def _closing_force(episode: MissingEpisode, named: PoliceForce | None) -> PoliceForce:
    holding = forces_that_may_close(episode)
    if named is None and len(holding) == 1:
        return holding[0]
    if named is None:
        raise IllegalMove("Select the force that closed its report.")
    if named in holding:
        return named
    if episode.forces.filter(force=named).exists():
        raise IllegalMove(
            f"{named.name} has not accepted this episode. Record the closing of the force that has."
        )
    raise IllegalMove(f"{named.name} was never told of this episode.")


def _not_by_whoever_said_seen(episode: MissingEpisode, by: User) -> None:
    if episode.status == EpisodeStatus.ENDED:
        raise IllegalMove("This episode has ended.")
    if SeenReport.objects.filter(episode=episode, reported_by=by).exists():
        raise IllegalMove("You said that the child was seen. Somebody else on duty must confirm it.")

"""What a missing report need not ask: what is held of the child already, and what was said the last time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts import approaches, briefings
from cases import find_me, suspicions, witnesses
from cases.episodes import reports
from cases.episodes.reports import REPORTER
from cases.models import (
    Child,
    Contact,
    FindMeSection,
    Means,
    MissingEpisode,
    MissingReport,
    Needs,
    Questions,
    Said,
    Trafficking,
    Trigger,
    User,
    WitnessRole,
)
from cases.templatetags.govuk import gov_date

# Of an earlier episode these answers still hold; what the child wears does not.
LASTING = ("medical", "crime_victim", "harm", "exploitation", "self_harm", "danger", "abroad")
# As long as a note of an answer may be.
NOTE = 300
MEDICAL = (Needs.HEALTH, Needs.MEDICINE, Needs.DISABILITY, Needs.PREGNANCY)


def facts(
    child: Child, episode: MissingEpisode | None, *, by_part: bool, phoned: bool = False, now: datetime
) -> dict[str, Any]:
    """The answers of screen a: the report that stands, else the open episode, else whoever saw the child last.

    Where no report is made yet a car that was near the child lately stands in it. `by_part` names no guardian and nobody
    who came near: whoever is outside the council's record reads the part and not the name. The child's phone stands
    there for whoever may read it (`phoned`).
    """
    known = _standing(child, episode, now)
    is_told = by_part or (episode is not None and reports.latest(episode) is not None)
    if not is_told and not known.get("vehicle"):
        known["vehicle"] = approaches.car(_came(child, episode, now))
    if phoned and not known.get("child_phone"):
        known["child_phone"] = child.phone
    for name in _unread(by_part=by_part, phoned=phoned):
        known.pop(name, None)
    if by_part and briefings.is_guardian(child.pk, known.get("last_seen_by") or ""):
        known["last_seen_by"] = str(WitnessRole.GUARDIAN.label)
    return known


def reporter(
    child: Child,
    episode: MissingEpisode | None,
    user: User,
    *,
    by_part: bool,
    now: datetime,
    quick: bool = False,
) -> dict[str, str]:
    """Who reports the child, where `user` writes it down: their part, name and phone, or what they said themselves before.

    Whoever writes down the word of others, as a desk does, has no part: whose word it was stands until they say another,
    without name and phone for whoever reads people `by_part`. On the `quick` screen, which asks no part, it is not offered.
    """
    own = witnesses.part_of(user, child, at=now)
    mine = (
        dict(zip(REPORTER, (own, user.name, user.phone), strict=True)) if own else dict.fromkeys(REPORTER, "")
    )
    standing = reports.latest(episode) if episode is not None else None
    if standing is None:
        return mine
    said = {name: str(getattr(standing, name)) for name in REPORTER}
    if standing.reported_by_id == user.pk:
        return said if any(said.values()) else mine
    if own or quick:
        return mine
    return {"reporter_role": said["reporter_role"]} if by_part else said


def unshown_reporter(
    child: Child,
    episode: MissingEpisode | None,
    user: User,
    typed: Mapping[str, Any],
    *,
    by_part: bool,
    now: datetime,
) -> dict[str, str]:
    """Name and phone of whoever reported, as they are to be kept: whoever was not shown them and says no other leaves them."""
    standing = reports.latest(episode) if episode is not None and by_part else None
    if standing is None or any(typed[name] for name in REPORTER[1:]):
        return {}
    shown = reporter(child, episode, user, by_part=by_part, now=now)
    if "reporter_name" in shown or typed["reporter_role"] != standing.reporter_role:
        return {}
    return {name: getattr(standing, name) for name in REPORTER[1:]}


def last_seen_by(
    child: Child, episode: MissingEpisode | None, typed: str, *, by_part: bool, now: datetime
) -> str:
    """Who saw the child last, as it is to be kept: the name behind a part that stood in the box unchanged."""
    known = _standing(child, episode, now).get("last_seen_by") or ""
    shown = facts(child, episode, by_part=by_part, now=now).get("last_seen_by")
    return known if typed and typed == shown else typed


def answers(child: Child, episode: MissingEpisode | None, *, now: datetime) -> dict[str, dict[str, str]]:
    """The answers of screen b by question: of this episode's report, else from the record and the report before."""
    standing = reports.latest(episode) if episode is not None else None
    if standing is not None:
        return {name: dict(one) for name, one in standing.answers.items()}
    found = _recorded(child, episode, now)
    before = reports.last_of(child)
    for name in LASTING if before is not None else ():
        said = before.answers.get(name) if before is not None else None
        if said and name not in found:
            found[name] = dict(said)
    return found


def names_signs(child: Child, episode: MissingEpisode | None, said: Mapping[str, str]) -> bool:
    """Whether this answer says that there are signs of trafficking.

    One that a report before gave in the same words says nothing anew where two people have taken the signs back.
    """
    standing = reports.latest(episode) if episode is not None else None
    before = standing or reports.last_of(child)
    was = before.answers.get(Questions.EXPLOITATION, {}) if before is not None else {}
    return said["said"] == Said.YES and not (was == said and suspicions.were_taken_back(child))


def risk(
    child: Child,
    episode: MissingEpisode | None,
    held: Mapping[str, Mapping[str, str]],
    *,
    by_part: bool,
) -> dict[str, Any]:
    """Screen b as it is first shown; `by_part` reads of nobody whom the council wants told."""
    standing = reports.latest(episode) if episode is not None else None
    shown: dict[str, Any] = {"our_grade": episode.our_grade if episode is not None else child.risk}
    if episode is not None:
        shown["why_worried"] = episode.why_worried
    if standing is not None:
        if episode is not None and standing.our_grade == episode.our_grade:
            # Of a lower grade, which lowered nothing, the reason is none of the one that stands.
            shown["grade_reason"] = standing.grade_reason
        shown["shares_profile"] = "no" if standing.shares_profile is False else "yes"
        if not by_part:
            shown["tell_also"] = standing.tell_also
    for name, one in held.items():
        shown |= {name: one["said"], f"{name}_note": one["note"]}
    return shown


def tell_also(episode: MissingEpisode | None, typed: str, *, by_part: bool) -> str:
    """Who else is to be told, as it is to be kept: whoever was not shown what stands adds to it."""
    standing = reports.latest(episode) if by_part and episode is not None else None
    if standing is None or standing.tell_also == typed:
        return typed
    before = standing.tell_also.splitlines()
    return "\n".join([*before, *(line for line in typed.splitlines() if line not in before)])


def unshown(
    episode: MissingEpisode | None, typed: Mapping[str, Any], *, by_part: bool, phoned: bool
) -> dict[str, str]:
    """What the reader was not shown of the report, as it is to be kept: what they leave empty stands."""
    names = _unread(by_part=by_part, phoned=phoned)
    standing = reports.latest(episode) if names and episode is not None else None
    if standing is None:
        return {}
    return {name: typed.get(name) or getattr(standing, name) for name in names}


def _unread(*, by_part: bool, phoned: bool) -> tuple[str, ...]:
    """What of the report is for whoever reads the record, and of it the child's phone for whoever reads an address."""
    return (*(() if phoned else ("child_phone",)), *(("court_orders",) if by_part else ()))


def _standing(child: Child, episode: MissingEpisode | None, now: datetime) -> dict[str, Any]:
    report = reports.latest(episode) if episode is not None else None
    if report is not None and episode is not None:
        known = _of_report(report)
        if reports.is_of_search_before(report, episode):
            known |= {"police_rung": "", "police_told_by": "", "police_told_at": None}
        return known
    if episode is not None:
        names = ("last_seen_at", "last_seen_place", "last_seen_by", "wearing", "vehicle")
        return {name: getattr(episode, name) for name in names}
    seen = Contact.objects.seen().believed([child.pk]).filter(means=Means.FACE_TO_FACE)
    last = seen.filter(happened_at__lte=now).first()
    return {"last_seen_at": last.happened_at, "last_seen_by": last.witness} if last else {}


def _of_report(report: MissingReport) -> dict[str, Any]:
    named = "expected_at with_whom travelling wearing vehicle taken steps steps_note police_rung"
    named += " child_phone phone_state phone_used state_of_mind weather court_orders collected_by"
    named += " police_told_by police_told_at reporter_role"
    names = ["last_seen_at", "last_seen_place", "last_seen_by", *named.split()]
    unknown = {"when": report.last_seen_at, "where": report.last_seen_place, "by_whom": report.last_seen_by}
    shown = {name: getattr(report, name) for name in names}
    shown["not_known"] = [name for name, value in unknown.items() if not value]
    shown["steps"] = report.steps or ["nothing_yet"]
    shown["steps_at"] = report.steps_at
    return shown | {f"{name}_at": datetime.fromisoformat(at) for name, at in report.steps_at.items()}


def _recorded(child: Child, episode: MissingEpisode | None, now: datetime) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    before = MissingEpisode.objects.counted().missing().filter(child=child)
    if episode is not None:
        before = before.exclude(pk=episode.pk)
    times, last = before.count(), before.first()
    if last is not None:
        words = ngettext("%(times)d time, last on %(day)s", "%(times)d times, last on %(day)s", times)
        parts = {"times": times, "day": gov_date(last.opened_at)}
        found[Questions.BEFORE] = {"said": Said.YES.value, "note": words % parts}
    medical = [Needs(need).label for need in child.needs if need in MEDICAL]
    profile = find_me.standing(child)
    told = [*map(str, medical), *_said(profile, "health", "medicine", "conditions")]
    if told:
        found[Questions.MEDICAL] = {"said": Said.YES.value, "note": ", ".join(told)[:NOTE]}
    dangers = _said(profile, "dangers", "exploiters", "debt")
    came = approaches.note(_came(child, episode, now))
    if child.trafficking == Trafficking.YES or dangers or came:
        note = ", ".join(part for part in (came, child.trafficking_note, *dangers) if part)[:NOTE]
        note = note or _("Signs of trafficking are recorded")
        found[Questions.EXPLOITATION] = {"said": Said.YES.value, "note": note}
    return found


def _came(child: Child, episode: MissingEpisode | None, now: datetime) -> list[Trigger]:
    """Whoever came near the child before this search, or before now."""
    return approaches.lately(child.pk, before=now if episode is None else episode.since, until=now)


def _said(profile: Mapping[str, FindMeSection], section: str, *questions: str) -> list[str]:
    """What the find-me profile holds of these questions."""
    row = profile.get(section)
    return [row.answers[name] for name in questions if row.answers.get(name)] if row is not None else []

"""What stands behind each item of a transfer's checklist, as both authorities read it on one page."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts import find_me_lines, plan_words, versions
from cases import partings
from cases.access import Permission
from cases.models import (
    Acknowledgement,
    Child,
    Document,
    LiveConcern,
    MissingEpisode,
    Photo,
    PlanAction,
    RiskAssessment,
    RiskGrade,
    SafetyPlan,
    Trafficking,
    Transfer,
    Trigger,
    User,
)
from cases.models.episodes import latest_open
from cases.models.periods import current
from cases.models.triggers import AROUND
from cases.moves import isolated
from cases.templatetags.govuk import gov_date, gov_time

Item = Acknowledgement.Item
Row = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """One thing that an item speaks of: what it is, what the record says of it, and the file where it is one."""

    title: str
    rows: Sequence[Row]
    file_href: str = ""


def of(
    transfer: Transfer, item: str, *, reader: User, permissions: Collection[Permission], now: datetime
) -> list[Part]:
    """What the record says of this item now, as `reader` with these permissions reads it; after the arrival what it said then.

    Of marks that keep somebody from the child no page says anything: the other authority is rung.
    """
    if item == Item.PROFILE:
        return list(_profile(transfer.child, transfer.known_until or now, permissions, now))
    until, read = transfer.known_until or now, _PARTS.get(item)
    found = list(read(transfer.child, until, now)) if read is not None else []
    return [*found, *_triggers(transfer.child, until, reader, now)] if item == Item.RISKS else found


def _risks(child: Child, until: datetime, now: datetime) -> Iterator[Part]:
    grade = RiskGrade.objects.filter(child=child, since__lte=until).order_by("-since").first()
    if grade is not None:
        rows = [(_("Grade"), str(grade.get_risk_display())), (_("Since"), gov_time(grade.since))]
        yield Part(_("Watched as"), [*rows, *_said((_("Why"), grade.reason))])
    assessed = RiskAssessment.objects.filter(child=child, recorded_at__lte=until)
    latest = assessed.select_related("assessed_by", "agreed_by", "reading__read_by").first()
    if latest is not None:
        lines = [(line.title, line.now) for line in versions.side_by_side(latest, None)]
        yield Part(_("Latest risk assessment"), lines)
    if child.trafficking == Trafficking.YES:
        rows = [(_("Signs of trafficking"), str(child.get_trafficking_display()))]
        yield Part(_("Trafficking"), [*rows, *_said((_("Which signs"), child.trafficking_note))])
    for concern in LiveConcern.objects.filter(current(until), child=child):
        yield Part(_("Live concern"), [(_("Since"), gov_time(concern.starts_at)), (_("Why"), concern.reason)])


def _triggers(child: Child, until: datetime, reader: User, now: datetime) -> Iterator[Part]:
    """What the child is watched for; of a move no words where they may name a child whom the reader may not open."""
    watched = Trigger.objects.filter(child=child, happens_at__gt=until - AROUND, recorded_at__lte=until)
    is_told = partings.may_be_told(child, reader=reader, at=now)
    for one in watched:
        note = one.note if is_told or one.kind != Trigger.Kind.MOVE else ""
        told = _said((_("What"), note), (_("Who"), one.who), (_("What was done"), one.answer))
        yield Part(str(one.get_kind_display()), [(_("When"), gov_time(one.happens_at)), *told])


def _episodes(child: Child, until: datetime, now: datetime) -> Iterator[Part]:
    found = MissingEpisode.objects.filter(latest_open(until), child=child)
    for episode in found.prefetch_related("forces__force"):
        episode.child = child
        forces = [
            ", ".join([isolated(one.force.name), *_known(one.incident_reference)])
            for one in episode.forces.all()
            if one.left_at is None
        ]
        seen_at = gov_time(episode.last_seen_at) if episode.last_seen_at is not None else ""
        yield Part(
            episode.reference,
            _said(
                (_("How it stands"), str(episode.get_status_display())),
                (_("How it began"), str(episode.get_started_by_display())),
                (_("Gone since"), gov_time(episode.since)),
                (_("Last seen"), "; ".join(_known(seen_at, episode.last_seen_place, episode.last_seen_by))),
                (_("Wearing"), episode.wearing),
                (_("Car and plate"), episode.vehicle),
                (_("Why people worry"), episode.why_worried),
                (_("Our grade"), str(episode.get_our_grade_display())),
                (_("Police grade"), str(episode.get_police_grade_display()) if episode.police_grade else ""),
                (_("Police"), "; ".join(forces)),
            ),
        )


def _profile(
    child: Child, until: datetime, permissions: Collection[Permission], now: datetime
) -> Iterator[Part]:
    at = until if until < now else None
    profile = find_me_lines.of(child, permissions=permissions, at=at, now=now)
    for title, rows in profile.told:
        yield Part(title, rows)


def _documents(child: Child, until: datetime, now: datetime) -> Iterator[Part]:
    for photo in Photo.objects.standing().filter(child=child, uploaded_at__lte=until):
        href = reverse("photo", args=[child.reference, photo.token, "portrait"])
        rows = [(_("Why it may be held"), str(photo.get_basis_display()))] if photo.basis else []
        title = _("Photo of %(day)s") % {"day": gov_date(photo.taken_date)}
        yield Part(title, [*rows, (_("Added"), gov_time(photo.uploaded_at))], href)
    for one in Document.objects.held_by(until).filter(child=child):
        rows = _said(
            (_("Kind"), str(one.get_kind_display())),
            (_("Date on it"), gov_date(one.dated) if one.dated is not None else ""),
            (_("From whom"), one.received_from),
            (_("Kept"), gov_time(one.kept_at)),
        )
        yield Part(one.title, rows, reverse("document", args=[child.reference, one.token]))


def _plan(child: Child, until: datetime, now: datetime) -> Iterator[Part]:
    written = SafetyPlan.objects.filter(child=child, recorded_at__lte=until)
    latest = written.select_related("written_by", "seconded_by", "signature__signed_by").first()
    if latest is not None:
        # Its actions are an item of their own.
        lines = plan_words.side_by_side(latest, None, [])
        yield Part(_("The plan that holds"), [(line.title, line.now) for line in lines])


def _actions(child: Child, until: datetime, now: datetime) -> Iterator[Part]:
    yield from _asked(child, Q(placement=None), until)


def _shortfalls(child: Child, until: datetime, now: datetime) -> Iterator[Part]:
    stands = Q(placement__ends_at=None) | Q(placement__ends_at__gt=until)
    yield from _asked(child, stands & Q(placement__isnull=False), until)


def _asked(child: Child, which: Q, until: datetime) -> Iterator[Part]:
    stood = Q(ended_at=None) | Q(ended_at__gt=until)
    found = PlanAction.objects.filter(which, stood, child=child, recorded_at__lte=until)
    for one in found.select_related("owner", "owner_placement__home").order_by("by_date", "pk"):
        yield Part(one.what, [(_("Who"), one.owned_by), (_("By"), gov_date(one.by_date))])


def _said(*rows: Row) -> list[Row]:
    return [(title, text) for title, text in rows if text]


def _known(*texts: str) -> list[str]:
    return [isolated(text) for text in texts if text]


_PARTS: Mapping[str, Callable[[Child, datetime, datetime], Iterator[Part]]] = {
    Item.RISKS: _risks,
    Item.EPISODES: _episodes,
    Item.DOCUMENTS: _documents,
    Item.PLAN: _plan,
    Item.ACTIONS: _actions,
    Item.SHORTFALLS: _shortfalls,
}

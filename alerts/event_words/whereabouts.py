"""How the timeline tells where the child is, and who saw it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason, mistaken, placed, sentence
from cases.access import Permission
from cases.models import (
    Absence,
    Contact,
    Event,
    HostNotice,
    Means,
    Outcome,
    Placement,
    PlacementStaffing,
    PlacementWay,
    PlannedPlacement,
    PlannedStep,
    Visit,
    VisitRequest,
)
from cases.moves import isolated
from cases.templatetags.govuk import clock_time, gov_date, gov_time, phone

# The instants that an event says of a search that is dated anew.
_DATED = ("was", "is", "since_was", "since")


def _placement_started(event: Event, facts: Read) -> Words:
    return Words(_("Placed"), _place(facts.of(event), facts))


def _placement_ended(event: Event, facts: Read) -> Words:
    place = _place(facts.of(event), facts)
    text, now = and_reason(place, event.data.get("reason", "")), event.data.get("where", "")
    if now and placed(facts):
        text = and_reason(text, _("Since then: %(where)s") % {"where": isolated(now)})
    return Words(_("Placement ended"), text)


def _end_planned(event: Event, facts: Read) -> Words:
    title = _("Placement is meant to last until %(day)s") % {
        "day": gov_date(date.fromisoformat(event.data["last"]))
    }
    opens = Permission.SEE_RECORD in facts.permissions and placed(facts)
    return Words(title, event.data["next"] if opens else "")


def _area_corrected(event: Event, facts: Read) -> Words:
    """Names as they were then: the placement may have been corrected again."""
    words = _("Now %(authority)s and %(force)s; it was %(was_authority)s and %(was_force)s") % event.data
    return Words(_("The area of the placement was corrected"), and_reason(words, event.data["reason"]))


def _area_passed_on(event: Event, facts: Read) -> Words:
    was, now = (facts.authorities.get(event.data[key], event.data[key]) for key in ("from", "to"))
    title = _("The placement is in the area of %(authority)s now") % {"authority": now}
    return Words(title, _("%(authority)s was split into several") % {"authority": was})


def _provider_said(event: Event, facts: Read) -> Words:
    """Who it was, where somebody had said so before."""
    now, was = (_provider(event.data[key]) for key in ("provided_by", "was"))
    text = _("%(now)s; it was %(was)s") % {"now": now, "was": was} if event.data["was"] else now
    return Words(_("Who provides the placement was recorded"), text)


def _provider(code: str) -> str:
    return str(Placement.ProvidedBy(code).label) if code else _("Not said yet")


def _place(placement: Placement | None, facts: Read) -> str:
    if placement is None:
        return ""
    host = placement.host_authority.said_name
    if placement.home is not None:
        return _("%(home)s, %(host)s") % {"home": isolated(placement.home.name), "host": host}
    if placed(facts):
        if placement.address_restricted:
            return placement.where
        return _("%(address)s %(postcode)s") % {
            "address": placement.address,
            "postcode": placement.postcode,
        }
    return _("At an address in %(host)s (restricted)") % {"host": host}


def _home_phone_changed(event: Event, facts: Read) -> Words:
    return Words(_("The home’s phone was changed"), _place(facts.of(event), facts))


def _went_out(event: Event, facts: Read) -> Words:
    return Words(_("Went out"), _leave(facts.of(event), facts))


def _went_away(event: Event, facts: Read) -> Words:
    return Words(_("Went away with permission"), _leave(facts.of(event), facts))


def _leave(absence: Absence | None, facts: Read) -> str:
    """Until when, and to whoever may read an address where, with whom and on which phone."""
    if absence is None:
        return ""
    parts = [_("Back by %(when)s") % {"when": gov_time(absence.until)}]
    if placed(facts):
        if absence.with_whom:
            parts.append(_("with %(who)s") % {"who": absence.with_whom})
        parts += [text for text in (absence.place, phone(absence.phone)) if text]
    if absence.agreed_by is not None:
        parts.append(_("agreed by %(who)s") % {"who": isolated(absence.agreed_by.name)})
    return ", ".join(parts)


def _came_back(event: Event, facts: Read) -> Words:
    return Words(_("Came back"))


_SEEN: Mapping[str, Callable[[], str]] = {
    Means.FACE_TO_FACE: lambda: _("Seen face to face"),
    Means.LIVE_VIDEO: lambda: _("Seen by live video"),
    Means.PHONE: lambda: _("Spoke by phone"),
    Means.MESSAGE: lambda: _("A message came from the child"),
    Means.HEARSAY: lambda: _("Told of by others"),
}


def _contact_recorded(event: Event, facts: Read) -> Words:
    contact: Contact | None = facts.of(event)
    if contact is None:
        return Words(_SEEN.get(event.data.get("means", ""), lambda: _("Contact recorded"))())
    title = _SEEN[contact.means]()
    if contact.outcome == Outcome.NO_ANSWER:
        title = _("Tried, no answer")
    elif contact.outcome == Outcome.DID_NOT_WANT_TO_TALK:
        title = _("Seen, did not want to talk")
    known = _("Said to know the face, or to hold the photo") if event.data.get("said_to_know") else ""
    withdrawable = contact.withdrawn_at is None and Permission.RECORD_CONTACT in facts.permissions
    return Words(
        title,
        and_reason(and_reason(_witness(contact, event), known), _said(contact)),
        withdrawn_reason=contact.withdrawn_reason,
        href=reverse("contact_withdraw", args=[event.child.reference, contact.key]) if withdrawable else "",
        link_text=_("Withdraw"),
        link_hidden=_("%(title)s, %(when)s") % {"title": title, "when": gov_time(event.happened_at)},
    )


def _said(contact: Contact) -> str:
    """How the child seemed, whether somebody is new around them, and the note."""
    parts = [
        contact.get_mood_display(),
        _("Someone new is around the child") if contact.someone_new else "",
        contact.note,
    ]
    *before, last = [part for part in parts if part] or [""]
    return " ".join([*map(sentence, before), last])


def _witness(contact: Contact, event: Event) -> str:
    """Who saw the child and who told us, where that is not the one who wrote it down."""
    parts = []
    if contact.witness and contact.witness != event.actor_label:
        role = contact.get_witness_role_display()
        parts.append(
            _("Seen by %(name)s, %(role)s") % {"name": isolated(contact.witness), "role": role.lower()}
            if role
            else _("Seen by %(name)s") % {"name": isolated(contact.witness)}
        )
    if contact.told_by:
        parts.append(_("told by %(name)s") % {"name": contact.told_by})
    return ", ".join(parts)


def _contact_withdrawn(event: Event, facts: Read) -> Words:
    contact: Contact | None = facts.of(event)
    if contact is None:
        return Words(_("Contact withdrawn"))
    return Words(
        _("Contact withdrawn"),
        _("The one of %(when)s. %(reason)s")
        % {"when": gov_time(contact.happened_at), "reason": contact.withdrawn_reason},
    )


def _dated_anew(event: Event, facts: Read) -> Words:
    """By the sightings that stand: when the child was last seen, or only since when it is gone."""
    told = {
        name: gov_time(datetime.fromisoformat(said))
        for name, said in event.data.items()
        if name in _DATED and said
    }
    if event.data.get("was") == event.data.get("is"):
        title, now, was = _("Gone since, put right: %(when)s"), told.get("since"), told.get("since_was")
    else:
        title, now, was = _("Last seen, put right: %(when)s"), told.get("is"), told.get("was")
    unknown = _("not known")
    return Words(title % {"when": now or unknown}, _("It said: %(when)s") % {"when": was or unknown})


def _not_here(event: Event, facts: Read) -> Words:
    contact: Contact | None = facts.of(event)
    text = and_reason(_looked(contact, event), contact.note) if contact else ""
    return Words(_("Looked, not here"), text)


def _looked(contact: Contact, event: Event) -> str:
    if not contact.witness or contact.witness == event.actor_label:
        return ""
    return _("%(name)s looked") % {"name": isolated(contact.witness)}


def _visited(event: Event, facts: Read) -> Words:
    visit: Visit | None = facts.of(event)
    title = _("Visited by the social worker, not seen")
    if event.data.get("seen"):
        alone, others = _("Visited by the social worker, seen alone"), _("Visited by the social worker, seen")
        title = alone if event.data.get("alone") else others
    if visit is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    less = _("The child agrees to be visited less often.") if visit.agreed_less else ""
    return Words(title, " ".join(part for part in (visit.note, less) if part))


def _visit_asked(event: Event, facts: Read) -> Words:
    row: VisitRequest | None = facts.of(event)
    title = str(VisitRequest.Kind(event.data["kind"]).label)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, row.words, withdrawn_reason=mistaken(row))


def _host_told(event: Event, facts: Read) -> Words:
    notice: HostNotice | None = facts.of(event)
    title = _("The authority of the area was told of the placement")
    if notice is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, notice.told_whom, withdrawn_reason=mistaken(notice))


def _placement_planned(event: Event, facts: Read) -> Words:
    row: PlannedPlacement | None = facts.of(event)
    if event.kind == "planned_placement_called_off":
        title = _("Planned placement called off")
    else:
        day = gov_date(date.fromisoformat(event.data["day"]))
        title = _("Placement planned for %(day)s") % {"day": day}
    if row is None or Permission.SEE_RECORD not in facts.permissions or not placed(facts):
        return Words(title)
    if row.ended_why and event.kind == "planned_placement_called_off":
        return Words(title, row.ended_why)
    home = isolated(row.home.name) if row.home is not None else _("Somewhere else")
    where = _("%(home)s, %(host)s") % {"home": home, "host": row.authority.said_name}
    return Words(title, and_reason(where, row.reason))


def _planned_said(event: Event, facts: Read) -> Words:
    row: PlannedStep | None = facts.of(event)
    title = str(PlannedStep.Kind(event.data["kind"]).label)
    if row is None or Permission.SEE_RECORD not in facts.permissions or not placed(facts):
        return Words(title)
    return Words(title, and_reason(row.who, row.reason) if row.reason else row.who)


def _staffed(event: Event, facts: Read) -> Words:
    row: PlacementStaffing | None = facts.of(event)
    title = _("When somebody is at the placement was recorded")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    text = str(row.get_presence_display())
    if row.hours is not None:
        said = {"from": clock_time(row.hours[0]), "until": clock_time(row.hours[1])}
        text = _("From %(from)s until %(until)s each day") % said
    elif row.visits_a_week is not None:
        text = _("Visits a week: %(count)s") % {"count": row.visits_a_week}
    return Words(title, text)


def _way_arranged(event: Event, facts: Read) -> Words:
    row: PlacementWay | None = facts.of(event)
    day = gov_date(date.fromisoformat(event.data["until"]))
    title = _("Somebody else looks for the child until %(day)s") % {"day": day}
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, and_reason(row.who, row.how))


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "placement_started": _placement_started,
    "placement_ended": _placement_ended,
    "placement_area_corrected": _area_corrected,
    "placement_area_passed_on": _area_passed_on,
    "placement_provider_said": _provider_said,
    "placement_end_planned": _end_planned,
    "home_phone_changed": _home_phone_changed,
    "went_out": _went_out,
    "went_away": _went_away,
    "came_back": _came_back,
    "contact_recorded": _contact_recorded,
    "contact_withdrawn": _contact_withdrawn,
    "last_seen_put_right": _dated_anew,
    "not_here": _not_here,
    "visit_recorded": _visited,
    "host_told": _host_told,
    "visit_asked": _visit_asked,
    "placement_planned": _placement_planned,
    "planned_placement_called_off": _placement_planned,
    "planned_placement_said": _planned_said,
    "placement_staffed": _staffed,
    "placement_way_arranged": _way_arranged,
}

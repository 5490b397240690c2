"""How the timeline tells of the child, its risk, its marks, and of those whose work it is."""

from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.event_words.words import Read, Words, and_reason, seconded, sentence
from cases import details, partings
from cases.access import Permission
from cases.details import LABELS, TOPICS, read_back
from cases.duplicates import ALIKE
from cases.models import (
    AgeDecision,
    BirthDateClaim,
    BrokenGlass,
    ChildLink,
    DetailsChange,
    Event,
    Photo,
    Risk,
    RiskAssessment,
    Trigger,
)
from cases.moves import isolated
from cases.states import AgeStatus
from cases.templatetags.details import said_birth_date, shown
from cases.templatetags.govuk import gov_date, gov_time
from guardians.models import GuardianAssignment, NoGuardian


def _registered(event: Event, facts: Read) -> Words:
    authority = facts.authorities.get(event.data.get("authority", ""), "")
    return Words(_("Registered"), _("Responsible: %(authority)s") % {"authority": authority})


def _risk_graded(event: Event, facts: Read) -> Words:
    grade = facts.grades.get((event.child_id, event.recorded_at))
    parts = {"before": Risk(event.data["from"]).label.lower(), "after": Risk(event.data["to"]).label.lower()}
    title = _("Risk graded %(after)s, was %(before)s") % parts
    if grade is None:
        return Words(title)
    if grade.seconded_by is None:
        return Words(title, grade.reason)
    said = {"reason": sentence(grade.reason), "name": isolated(grade.seconded_by.name)}
    if grade.until is None:
        return Words(title, _("%(reason)s Second person: %(name)s.") % said)
    said["until"] = gov_time(grade.until)
    return Words(
        title,
        _("%(reason)s Second person: %(name)s. Until %(until)s; then the grade before counts again.") % said,
    )


def _risk_restored(event: Event, facts: Read) -> Words:
    parts = {"before": Risk(event.data["from"]).label.lower(), "after": Risk(event.data["to"]).label.lower()}
    return Words(
        _("Risk is %(after)s again, was %(before)s") % parts,
        _("The lower grade had an end, and nobody graded the risk anew."),
    )


def _risk_assessed(event: Event, facts: Read) -> Words:
    row: RiskAssessment | None = facts.of(event)
    title = _("Risk assessed: %(grade)s") % {"grade": Risk(event.data["grade"]).label.lower()}
    if event.data.get("waits"):
        title = _("Risk assessed: %(grade)s, once a second person has agreed") % {
            "grade": Risk(event.data["grade"]).label.lower()
        }
    return Words(
        title, row.rationale if row is not None and Permission.SEE_RECORD in facts.permissions else ""
    )


def _allocated(event: Event, facts: Read) -> Words:
    allocation = facts.of(event)
    if allocation is None:
        return Words(_("Allocated"), event.data.get("team") or "")
    if allocation.worker is None:
        return Words(_("Allocated to a team"), isolated(allocation.team.name))
    return Words(
        _("Allocated to a social worker"),
        _("%(worker)s, %(team)s")
        % {"worker": isolated(allocation.worker.name), "team": isolated(allocation.team.name)},
    )


def _responsibility_started(event: Event, facts: Read) -> Words:
    name = facts.authorities.get(event.data.get("to", ""), event.data.get("to", ""))
    return Words(_("Responsibility passed on"), _("Now responsible: %(authority)s") % {"authority": name})


def _details_changed(event: Event, facts: Read) -> Words:
    topic = TOPICS.get(event.data.get("topic", ""))
    title = (
        _("Corrected: %(topic)s") % {"topic": str(topic.title).lower()} if topic else _("Details corrected")
    )
    change: DetailsChange | None = facts.of(event)
    if change is None:
        return Words(title)
    if not details.is_open(change.topic, facts.permissions):
        return Words(title, str(details.FOR_FEW))
    lines = [
        _("%(label)s: %(after)s, was %(before)s")
        % {
            "label": LABELS[name],
            "before": shown(name, read_back(name, change.before[name])) or _("not recorded"),
            "after": shown(name, read_back(name, change.after[name])) or _("not recorded"),
        }
        for name in change.after
    ]
    lines += [change.reason.rstrip(".")] if change.reason else []
    if change.seconded_by is not None:
        lines.append(_("Second person: %(name)s") % {"name": isolated(change.seconded_by.name)})
    return Words(title, ". ".join(lines))


def _age_decided(event: Event, facts: Read) -> Words:
    decision: AgeDecision | None = facts.of(event)
    status = AgeStatus(event.data["to"]).label
    title = _("Age decided: %(status)s") % {"status": f"{status[:1].lower()}{status[1:]}"}
    if decision is None:
        return Words(title)
    said = _("%(who)s on %(day)s: %(grounds)s") % {
        "who": isolated(decision.decided_by),
        "day": gov_date(decision.decided_date),
        "grounds": decision.grounds,
    }
    return Words(title, seconded(said, decision.seconded_by.name) if decision.seconded_by else said)


def _birth_date_claimed(event: Event, facts: Read) -> Words:
    claim: BirthDateClaim | None = facts.of(event)
    title = _("Birth date recorded")
    if claim is None:
        return Words(title)
    return Words(
        title,
        _("%(day)s, says %(source)s") % {"day": said_birth_date(claim), "source": isolated(claim.source)},
    )


def _linked(event: Event, facts: Read) -> Words:
    """Of the other child nothing stands here: who reads this record may be a stranger to them."""
    return Words(_("Linked with another child"), str(ChildLink.Kind(event.data["kind"]).label))


def _link_checked(event: Event, facts: Read) -> Words:
    kind, found = ChildLink.Kind(event.data["kind"]).label, ChildLink.Check(event.data["result"]).label
    return Words(_("What binds this child and another was checked"), f"{kind}. {found}")


def _link_asked(event: Event, facts: Read) -> Words:
    """Which council was asked; what was asked stands with the people around the child."""
    kind = ChildLink.Kind(event.data["kind"]).label
    words = f"{kind}. {_council(event, facts)}"
    if event.data["kind"] == ChildLink.Kind.SAME:
        return Words(_("Another council was asked whether it has a record of this child"), words)
    return Words(_("Another council was asked for a sibling or companion"), words)


def _link_ask_withdrawn(event: Event, facts: Read) -> Words:
    return Words(_("A council is asked no more for a sibling or companion"), _council(event, facts))


def _link_ask_over(event: Event, facts: Read) -> Words:
    return Words(_("Asked for a sibling or companion: no link was made"), _council(event, facts))


def _council(event: Event, facts: Read) -> str:
    code = event.data["authority"]
    return str(facts.authorities.get(code, code))


def _link_ask_passed(event: Event, facts: Read) -> Words:
    """Who asks does not stand here: whoever reads this record may be a stranger to them."""
    after = event.data["to"]
    words = _("It is answered now by %(council)s") % {"council": facts.authorities.get(after, after)}
    return Words(_("What another council asks of this child’s siblings or companions was handed on"), words)


def _closed(event: Event, facts: Read) -> Words:
    reason, second = event.data.get("reason", ""), event.data.get("second", "")
    return Words(_("Case closed"), seconded(reason, second) if second else reason)


def _guardian_assigned(event: Event, facts: Read) -> Words:
    kind = GuardianAssignment.Kind(event.data["kind"]).label
    return Words(_("Guardian assigned"), f"{_guardian(facts.of(event))}. {kind}")


def _guardian_ended(event: Event, facts: Read) -> Words:
    guardian = _guardian(facts.of(event))
    return Words(_("Guardian’s assignment ended"), and_reason(guardian, event.data.get("reason", "")))


def _guardian(assignment: GuardianAssignment | None) -> str:
    if assignment is None:
        return ""
    return _("%(name)s, %(service)s") % {
        "name": isolated(assignment.guardian.name),
        "service": isolated(assignment.service.name),
    }


def _no_guardian(event: Event, facts: Read) -> Words:
    row: NoGuardian | None = facts.of(event)
    title = str(NoGuardian.Kind(event.data["kind"]).label)
    if row is None:
        return Words(_("No guardian"), title)
    if not row.named:
        return Words(_("No guardian: %(why)s") % {"why": title.lower()}, row.reason)
    parts = {
        "reason": sentence(row.reason),
        "kind": row.get_fallback_kind_display(),
        "name": row.fallback_name,
        "organisation": isolated(row.fallback_organisation),
    }
    text = _("%(reason)s %(kind)s: %(name)s, %(organisation)s.") % parts
    return Words(_("No guardian: %(why)s") % {"why": title.lower()}, text)


def _trigger_entered(event: Event, facts: Read) -> Words:
    row: Trigger | None = facts.of(event)
    title = str(Trigger.Kind(event.data["kind"]).label)
    if row is None:
        return Words(title)
    note = sentence(row.note)
    if row.note == partings.UNSEEN:
        note = _(
            "A child who is linked with this one moves. Say nothing of it to this child, unless they were told already."
        )
    arrived_at = facts.unsaid.get(event.child_id)
    if row.kind == Trigger.Kind.MOVE and arrived_at is not None and row.recorded_at <= arrived_at:
        # It may say which child stayed behind that this reader may not open.
        note = ""
    parts = [_("For %(when)s.") % {"when": gov_time(row.happens_at)}, note, row.who]
    if row.kind in Trigger.OF_CONTACT:
        # Its words stand with the contact.
        parts = [_("Duty and the social worker are asked what was done. The closer watch began.")]
    if row.kind == Trigger.Kind.STILL_AT_RISK:
        # The end of the search says so: no note beside it.
        parts = [_("The closer watch began, for 72 hours.")]
    if row.kind == Trigger.Kind.NEW_CONTACT and row.contact_id is not None:
        # Who it is stands with the contact, or where it was said.
        parts = [_("The closer watch began, for 72 hours.")]
    if row.kind == Trigger.Kind.MATE_FOUND:
        parts = [_("Duty and the social worker are asked what is known of it.")]
    open_to = row.is_open and Permission.CHANGE_CHILD in facts.permissions
    return Words(
        title,
        " ".join(part for part in parts if part),
        href=reverse("trigger_answer", args=[event.child.reference, row.key]) if open_to else "",
        link_text=_("Say what was done"),
        link_hidden=title,
    )


def _trigger_completed(event: Event, facts: Read) -> Words:
    row: Trigger | None = facts.of(event)
    title = _("Who is new around the child")
    return Words(
        title, " ".join(part for part in (sentence(row.note), row.who) if part) if row is not None else ""
    )


def _trigger_answered(event: Event, facts: Read) -> Words:
    row: Trigger | None = facts.of(event)
    if row is None:
        return Words(_("What was done about it"))
    police = _("The police were not rung.") if row.police_told is False else ""
    if row.police_reference:
        police = _("Police reference %(reference)s.") % {"reference": row.police_reference}
    return Words(
        _("What was done about it"), " ".join(part for part in (sentence(row.answer), police) if part)
    )


def _glass_broken(event: Event, facts: Read) -> Words:
    broken: BrokenGlass | None = facts.of(event)
    title = _("Broke the glass: phones of duty and of the home open for an hour")
    if broken is None:
        return Words(title)
    open_to = broken.looked_at is None and Permission.KEEP_FROM in facts.permissions
    return Words(
        title,
        broken.reason,
        href=reverse("glass_look", args=[event.child.reference, broken.pk]) if open_to else "",
        link_text=_("Say whether it was right"),
        link_hidden=title,
    )


def _glass_looked_at(event: Event, facts: Read) -> Words:
    broken: BrokenGlass | None = facts.of(event)
    right = event.data.get("right")
    title = _("It was right to break the glass") if right else _("It was not right to break the glass")
    return Words(title, broken.finding if broken else "")


def _perhaps_again(event: Event, facts: Read) -> Words:
    """Of a restricted child; whoever registered the other one was told nothing."""
    words = {"reference": event.data.get("reference", "")}
    why = ", ".join(str(ALIKE[key]) for key in event.data.get("why", []) if key in ALIKE)
    return Words(_("May have been registered again, as %(reference)s") % words, why)


def _photo_added(event: Event, facts: Read) -> Words:
    photo: Photo | None = facts.of(event)
    if photo is None:
        return Words(_("Photo added"))
    parts = {"day": gov_date(photo.taken_date), "source": photo.get_source_display().lower()}
    return Words(_("Photo added"), _("Taken %(day)s, %(source)s") % parts)


def _photo_ground(event: Event, facts: Read) -> Words:
    photo: Photo | None = facts.of(event)
    return Words(_("Why a photo may be held"), str(photo.get_basis_display()) if photo else "")


def _photo_withdrawn(event: Event, facts: Read) -> Words:
    photo: Photo | None = facts.of(event)
    return Words(_("Photo withdrawn"), photo.withdrawn_reason if photo else "")


FILLED_IN = {
    "birth_date": gettext_lazy("birth date"),
    "languages": gettext_lazy("languages"),
    "interpreter_needed": gettext_lazy("interpreter"),
    "needs": gettext_lazy("what cannot wait"),
    "trafficking": gettext_lazy("signs of trafficking"),
}


def _filled_in(event: Event, facts: Read) -> Words:
    names = [str(FILLED_IN[name]) for name in event.data.get("fields", []) if name in FILLED_IN]
    return Words(_("Details filled in"), ", ".join(names))


# Why two children were taken for one, or might have been.


def _told_apart(event: Event, facts: Read) -> Words:
    """Of the other children nothing stands here: who reads this record may be a stranger to them."""
    others = event.data.get("others", [])
    said = sum(1 for other in others if other.get("said"))
    shown = ngettext(
        "%(count)d child on record was shown as perhaps the same.",
        "%(count)d children on record were shown as perhaps the same.",
        len(others),
    ) % {"count": len(others)}
    if said < len(others):
        return Words(_("Registered beside children with a like name"), shown)
    return Words(_("Registered as another child than those with a like name"), shown)


def _found_again(event: Event, facts: Read) -> Words:
    return Words(_("Found on record while a child was being registered"))


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "registered": _registered,
    "risk_graded": _risk_graded,
    "risk_restored": _risk_restored,
    "risk_assessed": _risk_assessed,
    "allocated": _allocated,
    "closed": _closed,
    "reopened": lambda event, facts: Words(_("Case opened again"), event.data.get("reason", "")),
    "details_changed": _details_changed,
    "linked": _linked,
    "link_checked": _link_checked,
    "link_asked": _link_asked,
    "link_ask_withdrawn": _link_ask_withdrawn,
    "link_ask_over": _link_ask_over,
    "link_ask_passed": _link_ask_passed,
    "age_decided": _age_decided,
    "birth_date_claimed": _birth_date_claimed,
    "responsibility_started": _responsibility_started,
    "guardian_assigned": _guardian_assigned,
    "guardian_assignment_ended": _guardian_ended,
    "no_guardian_recorded": _no_guardian,
    "trigger_entered": _trigger_entered,
    "trigger_completed": _trigger_completed,
    "trigger_answered": _trigger_answered,
    "glass_broken": _glass_broken,
    "glass_looked_at": _glass_looked_at,
    "perhaps_registered_again": _perhaps_again,
    "details_filled_in": _filled_in,
    "found_again": _found_again,
    "told_apart": _told_apart,
    "photo_added": _photo_added,
    "photo_ground_said": _photo_ground,
    "photo_withdrawn": _photo_withdrawn,
}

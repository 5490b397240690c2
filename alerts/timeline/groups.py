"""What a reader looks for in a long story, by kind of event, and what the engine only notes for itself."""

from collections.abc import Mapping

from django.db.models import Count, Q, QuerySet

from alerts.call_ladder import FIRST_CALL
from alerts.models import Message, MessageItem
from alerts.states import MessageStatus
from cases import clock, concerns, incidents, links, triggers
from cases.access import Permission
from cases.models import Child, ChildLink, Event, IncidentEpisode, KeepFrom, Trigger, User

SYSTEM_KINDS = ("climbed", "alert_ended", "duty_task_done")
# The group of all that is folded elsewhere.
SYSTEM = "system"
# A mark that keeps a child from somebody is for those who may set it, and announces itself to nobody else.
_MARKS = ("kept_from", "keep_from_lifted", "kept_from_again")
_TOGETHER = ("went_together", "went_apart")
_TRIGGERS = ("trigger_entered", "trigger_completed", "trigger_answered")
# That another child belongs with this one, whoever of whichever council said or checked it.
OF_LINKS = ("linked", "link_checked")
_KEPT_KINDS = (
    *_MARKS,
    "restricted",
    "person_named",
    "person_unnamed",
    "restriction_lifted",
    "restricted_again",
)
# Who does an action of the plan, and what was said of it.
_WORDS_OF_ACTIONS = ("action_given", "action_said_done", "action_sent_back", "action_not_yet")
_LEGAL = (
    "legal_status_begun",
    "legal_status_ended",
    "legal_status_withdrawn",
    "legal_status_stands_again",
    "adviser_appointed",
    "adviser_ended",
    "adviser_confirmed",
    "adviser_withdrawn",
    "adviser_stands_again",
    "reviewing_officer_named",
    "reviewing_officer_ended",
    "reviewing_officer_withdrawn",
    "reviewing_officer_again",
)
# To whom something was told is for those who may read the record.
_RECORD_KINDS = (
    "nrm_referred",
    "nrm_decided",
    "nrm_asked",
    "guardian_referred",
    "guardian_referral_moved",
    "council_promise_raised",
    "council_promise_ended",
    "disclosed",
    "passage_destroyed",
    "documents_destroyed",
    "legal_hold_set",
    "legal_hold_lifted",
    "looked_after_ended",
    "looked_after_again",
    "supervised",
    "supervision_withdrawn",
    # What forces and other desks said is the council's own.
    "officer_named",
    "officer_left",
    "force_offered",
    "force_offer_answered",
    "found_proposed",
    "found_answered",
    "found_closed",
    # Who was asked where a sibling is may say where the child or the sibling hides.
    "link_asked",
    "link_ask_withdrawn",
    "link_ask_over",
    "link_ask_passed",
    *_WORDS_OF_ACTIONS,
    *_LEGAL,
)
# What a guardian says to whoever supervises them, and nobody promised, is on no timeline: it stands on its own page.
UNTOLD = (
    "council_concern_raised",
    "council_concern_ended",
    "guardian_supervised",
    "guardian_supervision_withdrawn",
)
# Rungs that a reader of the story must not miss, told among the system's events otherwise.
_LOUD_STEPS = Q(data__clock="contact", data__step__in=("R3", "fail_safe")) | Q(
    data__clock="call", data__step=FIRST_CALL
)
LOUD = Q(kind="climbed") & _LOUD_STEPS

GROUPS: Mapping[str, tuple[str, ...]] = {
    "contacts": ("contact_recorded", "contact_withdrawn", "not_here", "visit_recorded"),
    "placements": (
        "placement_started",
        "placement_ended",
        "placement_area_corrected",
        "placement_area_passed_on",
        "placement_provider_said",
        "placement_end_planned",
        "placement_planned",
        "planned_placement_said",
        "planned_placement_called_off",
        "placement_staffed",
        "placement_way_arranged",
        "host_told",
        "visit_asked",
        "home_phone_changed",
        "went_out",
        "went_away",
        "came_back",
        "journey_planned",
        "journey_confirmed",
        "journey_broken_off",
        "escort_link_closed",
        "escort_link_failed",
        "escort_link_made",
        "escort_link_sent",
    ),
    "missing": (
        "reported_missing",
        "missing_report_changed",
        "away_reported",
        "away_reference_recorded",
        "became_missing",
        "episode_confirmed",
        "reported_seen",
        "return_confirmed_with_child",
        "office_has_child",
        "death_told",
        "asked_after_death",
        "death_was_another",
        "outcome_put_right",
        "bed_kept",
        "police_closing_recorded",
        "ending_voided",
        "last_seen_put_right",
        "episode_ended",
        "episode_update",
        "episode_call",
        "episode_decided",
        "episode_found_out",
        "episode_graded",
        "review_held",
        "review_withdrawn",
        "return_interview_written",
        "return_interview_corrected",
        "return_interview_withdrawn",
        "prevention_interview_written",
        "prevention_interview_corrected",
        "prevention_interview_withdrawn",
        "line_released",
        "line_taken_back",
        "duty_step_answered",
        "duty_step_withdrawn",
        *_TOGETHER,
    ),
    "alerts": (
        "climbed",
        "head_count_asked",
        "head_count_ended",
        "duty_on_it",
        "duty_off_it",
        "police_verified",
        "police_reference_recorded",
        "opened_as_given",
        "police_link_revoked",
        "police_link_renewed",
        "police_code_given",
        "police_profile_seen",
        "police_codes_wrong",
        "force_added",
        "force_succeeded",
        "compact_recorded",
        "officer_named",
        "officer_left",
        "force_offered",
        "force_offer_answered",
        "found_proposed",
        "found_answered",
        "found_closed",
        "reply_received",
    ),
    "notes": ("note_written", "note_withdrawn"),
    "documents": (
        "photo_added",
        "photo_ground_said",
        "photo_withdrawn",
        "document_kept",
        "document_withdrawn",
        "documents_destroyed",
        "attachment_released",
        "attachment_left",
    ),
    "decisions": (
        "registered",
        "risk_graded",
        "risk_restored",
        "risk_assessed",
        "assessment_signed",
        "assessment_sent_back",
        "paper_held",
        "meeting_held",
        "meeting_booked",
        "meeting_called_off",
        "guardian_invitation",
        "recorded_by_mistake",
        "supervised",
        "supervision_withdrawn",
        "nrm_referred",
        "nrm_decided",
        "nrm_asked",
        "find_me_written",
        "find_me_reviewed",
        "room_reviewed",
        "placement_approval_asked",
        "placement_approved",
        "placement_refused",
        "plan_written",
        "plan_signed",
        "action_asked",
        "shortfall_recorded",
        *_WORDS_OF_ACTIONS,
        "action_ended",
        *_LEGAL,
        "allocated",
        "responsibility_started",
        "transfer_referred",
        "transfer_allocated",
        "transfer_accepted",
        "transfer_declined",
        "transfer_day_agreed",
        "transfer_shared",
        "transfer_share_received",
        "transfer_set_out",
        "transfer_later",
        "transfer_way_over",
        "transfer_read",
        "transfer_arrived",
        "transfer_not_arrived",
        "departure_confirmed",
        "transfer_completed",
        "transfer_withdrawn",
        "transfer_passed_on",
        "guardian_assigned",
        "guardian_assignment_ended",
        "no_guardian_recorded",
        "guardian_referred",
        "guardian_referral_moved",
        "guardian_goes_on",
        "guardian_look_withdrawn",
        "guardian_leave_announced",
        "guardian_leave_ended",
        "guardian_checks_recorded",
        "guardian_address_allowed",
        "guardian_cover_asked",
        "guardian_cover_answered",
        "guardian_cover_ended",
        "worker_leave_announced",
        "worker_leave_ended",
        "worker_leave_looked_at",
        "worker_cover_asked",
        "worker_cover_answered",
        "worker_cover_ended",
        "council_promise_raised",
        "council_promise_ended",
        "trigger_entered",
        "trigger_completed",
        "trigger_answered",
        "glass_broken",
        "glass_looked_at",
        "concern_marked",
        "concern_lifted",
        "concern_again",
        "kept_from",
        "keep_from_lifted",
        "kept_from_again",
        "restricted",
        "person_named",
        "person_unnamed",
        "restriction_lifted",
        "restricted_again",
        *OF_LINKS,
        "link_asked",
        "link_ask_withdrawn",
        "link_ask_over",
        "link_ask_passed",
        "age_decided",
        "looked_after_ended",
        "looked_after_again",
        "birth_date_claimed",
        "details_changed",
        "details_filled_in",
        "disclosed",
        "passage_destroyed",
        "legal_hold_set",
        "legal_hold_lifted",
        "told_apart",
        "found_again",
        "perhaps_registered_again",
        "closed",
        "reopened",
    ),
}


def told(child: Child, permissions: frozenset[Permission], reader: User | None = None) -> QuerySet[Event]:
    """The events that stand on the timeline for themselves, as far as this reader may read them.

    Of a keep-from mark a `reader` sees what they may know of it; who is nobody in particular, nothing.
    """
    events = Event.objects.filter(child=child).exclude(kind__in=UNTOLD)
    events = events.exclude(Q(kind__in=SYSTEM_KINDS) & ~LOUD)
    if IncidentEpisode.objects.filter(child=child).exists():
        # Who may open none of the others does not learn that there are any.
        beside = incidents.known_to(child, reader, at=clock.now()) if reader is not None else None
        known_rows = beside.values("pk") if beside is not None else ()
        events = events.exclude(Q(kind__in=_TOGETHER) & ~Q(subject_id__in=known_rows))
    found = Trigger.objects.filter(child=child, mate__isnull=False)
    if found.exists():
        known_found = triggers.known_to(found, reader, at=clock.now()) if reader is not None else found.none()
        told_of = Q(kind__in=_TRIGGERS, subject_id__in=found.values("pk"))
        events = events.exclude(told_of & ~Q(subject_id__in=known_found.values("pk")))
    if ChildLink.objects.filter(Q(child=child) | Q(other=child)).exists():
        events = events.exclude(Q(kind__in=OF_LINKS) & ~Q(subject_id__in=_links_told(child, reader)))
    if Permission.SEE_RECORD not in permissions:
        events = events.exclude(kind__in=_RECORD_KINDS)
    if Permission.ALLOCATE not in permissions:
        # Of leave nobody asks when it ends: to read this is to read that the social worker is sick.
        events = events.exclude(kind="worker_leave_looked_at")
    if Permission.KEEP_FROM not in permissions:
        return events.exclude(kind__in=_KEPT_KINDS)
    known = (
        concerns.known_to(child, reader, at=clock.now()) if reader is not None else KeepFrom.objects.none()
    )
    return events.exclude(Q(kind__in=_MARKS) & ~Q(subject_id__in=known.values("pk")))


def _links_told(child: Child, reader: User | None) -> set[int]:
    """The links that stand on the page of the people around the child for this reader: of any other no word stands here."""
    if reader is None:
        return set()
    return links.told(child, reader=reader, at=clock.now())


def quiet(child: Child) -> QuerySet[Event]:
    """The engine's own events, which are folded."""
    return Event.objects.filter(child=child, kind__in=SYSTEM_KINDS).exclude(LOUD)


def failed(child: Child) -> QuerySet[Message]:
    """The messages that somebody has to hear of: they came to nobody."""
    return _messages(child).filter(status=MessageStatus.FAILED)


def sent(child: Child) -> QuerySet[Message]:
    """All other messages."""
    return _messages(child).exclude(status=MessageStatus.FAILED)


def counts(events: QuerySet[Event]) -> dict[str, int]:
    """How many of these events each group has, in one query; `""` stands for all of them."""
    by_kind = dict(events.order_by().values_list("kind").annotate(count=Count("pk")))
    return of_kinds(by_kind)


def of_kinds(by_kind: Mapping[str, int]) -> dict[str, int]:
    """The same from a number for each kind."""
    found = {key: sum(by_kind.get(kind, 0) for kind in kinds) for key, kinds in GROUPS.items()}
    return {"": sum(by_kind.values()), **found}


def _messages(child: Child) -> QuerySet[Message]:
    about = MessageItem.objects.filter(alert__child=child).values("message")
    related = ("user", "mailbox", "home", "force", "episode")
    return Message.objects.filter(pk__in=about).select_related(*related)

"""The gallery: every page of the product, who reads it, and in which states it is looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """One page for one reader. `error` looks at it with its form sent empty, too; one that is `wrong` opens with an error.

    Nobody has signed in where `who` is empty.
    """

    name: str
    who: str = "worker"
    state: str = "full"
    error: bool = False
    wrong: bool = False
    which: str = ""
    query: str = ""

    def __str__(self) -> str:
        return "-".join(word for word in (self.name, self.who or "nobody", self.state) if word)


def _forms(who: str, *names: str) -> list[Screen]:
    return [Screen(name, who, error=True) for name in names]


def _pages(who: str, *names: str) -> list[Screen]:
    return [Screen(name, who) for name in names]


SCREENS = (
    # --- first pages, full and with nothing to do
    *_pages("worker", "today"),
    *_pages("manager", "manager_home"),
    *_pages("duty", "duty_desk"),
    *_pages("carer", "roll_call"),
    *_pages("guardian", "guardian_home"),
    *_pages("officer", "police_home"),
    *_pages("admin", "admin_home"),
    *_pages("statistician", "oversight"),
    *_pages("auditor", "audit", "audit_changes", "audit_marks"),
    Screen("audit", "auditor", "slip", wrong=True, query="reference=x"),
    *_pages("dpo", "matter_list", "disclosure_list"),
    Screen("matter", "dpo", error=True),
    Screen("legal_hold_list", "dpo", error=True),
    Screen("matter", "head", "complaint", error=True, which="complaint"),
    *(
        Screen("home", f"new {role}", "empty")
        for role in ("worker", "manager", "duty", "carer", "guardian", "officer", "admin")
    ),
    # --- lists and search
    *_pages("worker", "child_list", "search", "arrival_list"),
    Screen("child_list", "new worker", "empty"),
    Screen("child_list", "worker", "filtered", query="status=missing"),
    Screen("child_list", "duty"),
    Screen("arrival_list", "new worker", "empty"),
    Screen("search", "worker", "found", query="q=Al-Khatib"),
    Screen("search", "worker", "too few digits", wrong=True, query="q=0770"),
    Screen("search", "worker", "nothing found", query="q=nobody"),
    Screen("search", "worker", "mistyped", wrong=True, query="q=MC26-000017"),
    *_pages("duty", "signs"),
    Screen("signs", "duty", "found", query="q=ab12cde"),
    Screen("signs", "duty", "nothing found", query="q=07700900999"),
    *_forms("duty", "sign_list", "sign_end"),
    *_pages("officer", "area_signs"),
    Screen("signs", "duty", "too few digits", wrong=True, query="q=0770"),
    *_pages("manager", "manager_unallocated", "manager_morning", "manager_alert_load", "manager_guardians"),
    *(
        Screen("manager_list", "manager", which, which=which)
        for which in ("missing", "no-record", "unverified", "reviews")
    ),
    Screen("manager_list", "new manager", "empty", which="missing"),
    Screen("manager_unallocated", "new manager", "empty"),
    Screen("manager_morning", "new manager", "empty"),
    Screen("manager_worker", "manager", error=True),
    Screen("manager_worker", "manager", "all ticked", query="all=1"),
    *_pages("manager", "supervision_queue", "supervision_worker", "supervision_list"),
    Screen("supervision_queue", "new manager", "empty"),
    Screen("supervision_new", "manager", error=True, query="children={child}"),
    *_forms("manager", "supervision_withdraw", "discussion_withdraw"),
    *_pages("worker", "supervision_list", "child_supervisions"),
    # --- a child, as each reader sees them
    *_pages("worker", "child", "child_details", "child_placements", "child_people", "child_timeline"),
    *_pages("worker", "child_profile", "episode_find_me", "child_sheet"),
    *_pages(
        "worker",
        "child_due",
        "risk_assessments",
        "plan",
        "legal",
        "leaving_care",
        "nrm",
        "meeting_list",
        "calendar",
    ),
    *_pages("manager", "calendar"),
    Screen("calendar", "new worker", "empty"),
    Screen("child", "worker", "titles only", query="view=compact"),
    Screen("child", "worker", "nothing found", query="words=zebra"),
    Screen(
        "child", "worker", "no real day", wrong=True, query="begins_day=31&begins_month=2&begins_year=2026"
    ),
    *(Screen("child", who) for who in ("manager", "duty", "carer", "guardian")),
    Screen("child", "neighbour", "status alone"),
    Screen("glass", "neighbour", error=True),
    Screen("glass", "glass breaker", "open"),
    Screen("glass_look", "manager", error=True),
    *_pages("manager", "passages"),
    *_forms("manager", "passage_destroy", "legal_hold"),
    Screen("legal_hold", "manager", "standing", error=True, which="held"),
    Screen("care_end", "worker", "ended", error=True, which="waits"),
    Screen("care_again", "worker", error=True, which="waits"),
    Screen("child_details", "worker", "care has ended", which="waits"),
    *_pages("manager", "reads", "changes"),
    Screen("handed_over", "former worker", which="handed over"),
    *_pages("former worker", "handed_over_list"),
    *_pages("worker", "transfer", "transfer_list"),
    Screen("transfer", "worker", "agreed", which="agreed"),
    Screen("transfer", "manager", "missing before it", which="coming"),
    Screen("transfer_act", "worker", error=True, which="/refer"),
    *(
        Screen("transfer_act", who, act, error=True, which=f"{child}/{act}")
        for who, child, act in (
            ("worker", "referred", "offer"),
            ("worker", "agreed", "leave"),
            ("worker", "agreed", "withdraw"),
            ("manager", "offered", "accept"),
            ("manager", "offered", "decline"),
            ("manager", "coming", "arrive"),
            ("manager", "coming", "read"),
        )
    ),
    *_forms("worker", "journey_new"),
    Screen("journey", "worker", "none yet"),
    Screen("journey", "duty", "on the way", which="travelling"),
    Screen("journey_links", "worker", which="travelling"),
    Screen("escort_page", ""),
    Screen("journey_confirm", "duty", error=True, which="travelling"),
    Screen("journey_break_off", "worker", error=True, which="travelling"),
    *_forms("worker", "child_disclosures"),
    *_forms("manager", "restriction", "case_close", "keep_from", "keep_from_lift"),
    Screen("matter", "manager", "worry", error=True, which="worry"),
    Screen("matter", "head", "closed record", error=True, which="closed record"),
    Screen("restriction", "head", "of a senior", which="hidden"),
    *(
        Screen("restriction", "manager", "restricted", which="hidden"),
        Screen("child", "manager", "restricted", which="hidden"),
    ),
    *(
        Screen(name, "manager", error=True, which="hidden")
        for name in ("restriction_name", "restriction_lift")
    ),
    Screen("child", "officer", "missing", which="minh"),
    Screen("child", "worker", "missing", which="minh"),
    Screen("child", "worker", "not here", which="rania"),
    Screen("child", "worker", "out", which="away"),
    Screen("child", "worker", "nowhere", which="nowhere"),
    Screen("child_placements", "worker", "empty", which="nowhere"),
    *_forms("manager", "assessment_read"),
    # --- what is written about a child
    *_forms("worker", "child_new", "arrival_new", "arrival_next", "arrival_fill_in", "placement_new"),
    *_pages("worker", "age"),
    *_forms("worker", "age_decision", "birth_date", "link_new", "link_check"),
    *_forms("worker", "details_change", "note_new", "note_correct", "trigger_new", "trigger_answer"),
    *_forms(
        "worker",
        "risk",
        "assessment_new",
        "plan_new",
        "meeting_new",
        "nrm_new",
        "nrm_step",
        "action_new",
        "shortfall_new",
        "action_end",
        "action_give",
        "legal_new",
        "legal_end",
        "legal_withdraw",
        "mistake_new",
        "adviser_new",
        "adviser_end",
        "visit_new",
        "held_new",
        "find_me_section",
        "concern",
        "care_end",
        "photo_list",
        "photo_withdraw",
        "guardian_end",
        "guardian_hand_over",
        "guardian_assign",
    ),
    Screen("guardian_none", "worker", error=True, which="nowhere"),
    Screen("guardian_referral", "worker", error=True, which="nowhere"),
    Screen("guardian_referral", "worker", "on the waiting list", which="waits"),
    *_forms("worker", "guardian_referral_withdraw"),
    *_forms("supervisor", "referral_answer"),
    Screen("host_notice_new", "worker", error=True, which="held"),
    Screen("placement_approval", "worker", error=True, which="held"),
    Screen("placement_area", "worker", error=True),
    *_forms("worker", "placement_end"),
    Screen("child_placements", "worker", "to approve", which="held"),
    *_forms("worker", "room_review"),
    *_forms("worker", "placement_next"),
    *_forms("carer", "contact_new", "absence_new", "contact_withdraw", "trigger_new"),
    *_pages("carer", "contact_undo"),
    *_forms("guardian", "action_said", "contact_new", "guardian_notes", "guardian_leave", "guardian_cover"),
    *_forms("guardian", "council_concerns"),
    *_forms("supervisor", "council_concern_end"),
    *_forms("manager", "guardian_address"),
    *_pages("supervisor", "service_home", "guardian_terms", "service_supervision", "guardian_discussions"),
    *_forms("supervisor", "service_supervision_new", "guardian_discussion_withdraw"),
    *_pages("guardian", "guardian_discussions"),
    *_forms("colleague", "cover_answer", "cover_end"),
    *_forms("worker", "document_list", "document_withdraw"),
    *_forms("away", "worker_leave", "worker_cover"),
    *_pages("manager", "worker_leave_look"),
    *_forms("covering", "worker_cover_answer", "worker_cover_end"),
    Screen("absence_back", "carer", error=True, which="away"),
    # --- not here, and reported missing
    *_pages("carer", "not_here"),
    *_pages("guardian", "not_here"),
    *_forms("carer", "away_report", "missing_report_quick"),
    *_forms("worker", "missing_report", "missing_report_risk"),
    Screen("missing_report", "worker", "draft", which="drafted"),
    Screen("missing_report_check", "worker", which="drafted"),
    Screen("missing_report_sent", "worker", error=True),
    # --- an episode
    *_pages("worker", "episode"),
    *(Screen("episode", who) for who in ("manager", "duty", "officer", "guardian", "carer")),
    Screen("episode", "duty", "not here", which="rania's"),
    Screen("episode", "duty", "ended", which="ended"),
    Screen("return_interview", "worker", error=True, which="ended"),
    Screen("return_interview_police", "worker", which="ended"),
    Screen("return_interview_withdraw", "worker", error=True, which="ended"),
    Screen("episode_release", "worker", which="ended"),
    *_pages("worker", "episode_text"),
    *_pages("officer", "episode_text"),
    *_pages("worker", "episode_briefing"),
    *_pages("officer", "episode_briefing"),
    *_forms(
        "duty", "episode_verify", "episode_seen", "episode_return", "episode_police_closing", "episode_end"
    ),
    *_forms("duty", "episode_call", "episode_update", "episode_force", "episode_step"),
    *_forms("duty", "episode_step_withdraw"),
    *_pages("duty", "found_list"),
    *_forms("duty", "found_new", "found_child", "found_add", "found_ask", "found_close", "episode_found"),
    *_forms("duty", "episode_officer", "episode_offer", "episode_offer_answer"),
    *_forms("duty", "episode_decision", "episode_finding"),
    *_pages("worker", "episode_intelligence"),
    *_forms("worker", "episode_together", "episode_apart"),
    *_forms("worker", "episode_grade", "episode_review", "episode_review_withdraw"),
    *_forms("duty", "episode_code", "episode_compact"),
    *_pages("officer", "police_long", "police_repeats", "police_released"),
    *(Screen(name, "new officer", "empty") for name in ("police_long", "police_repeats", "police_released")),
    *_pages("manager", "manager_long", "learning"),
    *_pages("carer", "learning"),
    *_pages("officer", "learning"),
    *_pages("officer", "episode_profile"),
    *_forms("officer", "episode_tell", "episode_verify", "episode_seen", "episode_police_closing"),
    Screen("episode_become_missing", "duty", error=True, which="away's"),
    # --- the desk and the house
    *_forms("duty", "home_seen", "task_done", "check_told"),
    *_forms("carer", "building_check", "building_check_withdraw"),
    Screen("roll_call_times", "carer", error=True),
    # --- the office
    *_forms(
        "admin",
        "person_new",
        "role_new",
        "person_change",
        "person_reset",
        "person_close",
        "shift_new",
        "shift_change",
        "shift_end",
        "test_call",
    ),
    *_forms("admin", "team_new", "team_change", "service_new", "home_new", "home_change", "home_close"),
    *_forms("admin", "home_reopen", "service_close", "service_reopen", "policy_new"),
    *_forms("admin", "mailbox_new", "mailbox_end", "agreement_new", "agreement_end"),
    *_pages(
        "admin",
        "person",
        "role_end",
        "role_call_off",
        "mailboxes",
        "policies",
        "permissions",
        "foresight",
        "rota",
        "home_list",
        "home_history",
    ),
    Screen("home_list", "admin", "closed", query="closed=1"),
    Screen("home_history", "admin", "closed", which="closed home"),
    *_pages("duty", "rota"),
    Screen(
        "foresight",
        "admin",
        "answered",
        query="reference={child}&at_day=29&at_month=11&at_year=2026&at_time=3am",
    ),
    Screen("foresight", "admin", "slip", wrong=True, query="reference=x"),
    # --- everybody's own page
    *(Screen("account", who) for who in ("worker", "duty", "guardian", "officer")),
    *_pages("worker", "own_reads"),
    *_forms("worker", "breach_new", "complaint_new", "worry_new"),
    # --- how everybody signs in
    *_pages("worker", "factors", "factor_remove", "factor_codes"),
    *_forms("worker", "passkey_new", "passkey_change", "password_again"),
    Screen("factor_app_new", "duty", error=True),
    Screen("factors", "new step", "with nothing yet"),
    Screen("factor_app_new", "new step", error=True),
    Screen("passkey_new", "new step", error=True),
    Screen("second_step", "half in", "asked", error=True),
    Screen("second_step", "half in", "for a recovery code", error=True, query="recovery"),
    Screen("passkey_sign_in", ""),
    # --- at a device that stands in a home
    *(Screen(name, "device", "by name") for name in ("roll_call", "not_here")),
    Screen("home_device_list", "admin", error=True),
    Screen("home_device_welcome", ""),
    Screen("home_device_welcome", "", "expired", which="nothing"),
    # --- whoever has no account, or has not signed in
    Screen("account_login", "", error=True),
    Screen("account_inactive", ""),
    Screen("account_logout", "worker"),
    # --- the end of a session, and what came after it
    Screen("session_unlock", "worker", error=True),
    *_forms("worker", "password_change"),
    *_pages("head", "kept_form"),
    Screen("note_new", "head", "kept", error=True),
    Screen("child_list", "head", "kept elsewhere"),
    Screen("welcome", "", error=True),
    Screen("welcome", "", "expired", which="nothing"),
    Screen("mailbox_proof", ""),
    Screen("mailbox_proof", "", "unknown", which="nothing"),
    Screen("police_alert", "", error=True),
    Screen("police_profile", "", error=True),
    Screen("police_alert", "", "spent", which="spent"),
    Screen("police_alert", "", "unknown", which="nothing"),
)

# Addresses that answer a GET with no page of their own, each with why. Those that take no GET are known by that.
NO_SCREEN = {
    "health": "it answers a monitor, in JSON",
    "oversight_csv": "a file",
    "disclosure_csv": "a file",
    "session_state": "it answers a page's script, in JSON",
    "photo": "a picture",
    "document": "a file",
    "return_interview_of": "it leads to return_interview",
    "today_list": "a part of today, looked at there",
    "manager_tiles": "a part of manager_home, looked at there",
    "police_list": "a part of police_home, looked at there",
    "child_now": "a part of child, looked at there",
    "duty_desk_list": "a part of duty_desk, looked at there",
    "episode_ladder": "a part of episode, looked at there",
    "child_list_results": "a part of child_list, looked at there",
    "search_results": "a part of search, looked at there",
}

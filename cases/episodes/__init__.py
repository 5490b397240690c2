"""The verbs of a missing episode, and the only writers of its status."""

from cases.episodes.additions import add_update, graded, log_call, raise_our_view, regrade, side_of
from cases.episodes.after_death import ask_duty, asking_duty, death_before
from cases.episodes.alerted import alerted, alerted_of, told
from cases.episodes.another_child import taken_back, was_another
from cases.episodes.away import become_missing, record_away_reference, report_away
from cases.episodes.child_parts import is_alone, is_one_voice
from cases.episodes.decisions import Decided, decide, find_out, still_out
from cases.episodes.endings import (
    Ending,
    confirm_with_child,
    end,
    end_all_as_recorded_late,
    end_as_recorded_late,
    forces_that_may_close,
    may_be_late_record,
    may_end,
    record_police_closing,
    require_closing_since,
    require_other_voice,
)
from cases.episodes.forces import (
    Lead,
    accept,
    decline,
    in_charge,
    lead_of,
    offer,
    open_offer,
    succeed,
    take_back,
)
from cases.episodes.joining import add_force, away_reference
from cases.episodes.last_seen import date_anew
from cases.episodes.officers import name_officer, officer_left
from cases.episodes.offices import OfficeWord, hear_from_office
from cases.episodes.openings import follows_home, forces_to_tell, open_unconfirmed, require_watched
from cases.episodes.outcomes import FOUND_ALIVE, may_be_put_right, put_right
from cases.episodes.police import record_compact, record_police_reference
from cases.episodes.reports import Report, confirm, report_missing, report_not_here
from cases.episodes.searches import disbelieve, heard_at, is_found_by, start_fail_safe, start_fail_safes
from cases.episodes.seen import hear_again
from cases.episodes.signs import hear_of

__all__ = [
    "FOUND_ALIVE",
    "Decided",
    "Ending",
    "Lead",
    "OfficeWord",
    "Report",
    "accept",
    "add_force",
    "add_update",
    "alerted",
    "alerted_of",
    "ask_duty",
    "asking_duty",
    "away_reference",
    "become_missing",
    "confirm",
    "confirm_with_child",
    "date_anew",
    "death_before",
    "decide",
    "decline",
    "disbelieve",
    "end",
    "end_all_as_recorded_late",
    "end_as_recorded_late",
    "find_out",
    "follows_home",
    "forces_that_may_close",
    "forces_to_tell",
    "graded",
    "hear_again",
    "hear_from_office",
    "hear_of",
    "heard_at",
    "in_charge",
    "is_alone",
    "is_found_by",
    "is_one_voice",
    "lead_of",
    "log_call",
    "may_be_late_record",
    "may_be_put_right",
    "may_end",
    "name_officer",
    "offer",
    "officer_left",
    "open_offer",
    "open_unconfirmed",
    "put_right",
    "raise_our_view",
    "record_away_reference",
    "record_compact",
    "record_police_closing",
    "record_police_reference",
    "regrade",
    "report_away",
    "report_missing",
    "report_not_here",
    "require_closing_since",
    "require_other_voice",
    "require_watched",
    "side_of",
    "start_fail_safe",
    "start_fail_safes",
    "still_out",
    "succeed",
    "take_back",
    "taken_back",
    "told",
    "was_another",
]

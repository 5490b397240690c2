"""The tiers of mail: what goes at once, what waits to go with others, and what goes once a day."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum

from cases.deadlines import at_london, london_day, next_at_wall


class Tier(IntEnum):
    """How soon a kind of message goes, and what its reader may choose about it."""

    # The rungs, every step and ending of an episode, and what could not be sent: nobody can put these off.
    IMMEDIATE = 1
    # Copies for people who are told and whom nobody waits for: those of a few minutes go as one mail.
    BUNDLED = 2
    # What is due for one person, once a day; what is true of one area, once a week.
    DIGEST = 3


class Wish(StrEnum):
    """How somebody wants what is of the second tier."""

    BUNDLED = "bundled"
    AT_ONCE = "at_once"
    DIGEST = "digest"


# Every wording there is.
TIERS: Mapping[str, Tier] = {
    "home_no_record": Tier.IMMEDIATE,
    "duty_no_record": Tier.IMMEDIATE,
    "told_no_record": Tier.BUNDLED,
    "manager_no_record": Tier.IMMEDIATE,
    "manager_late_windows": Tier.IMMEDIATE,
    "duty_ring_police": Tier.IMMEDIATE,
    "head_no_record": Tier.IMMEDIATE,
    "director_no_record": Tier.IMMEDIATE,
    "duty_not_here": Tier.IMMEDIATE,
    "duty_journey": Tier.IMMEDIATE,
    "duty_journey_police": Tier.IMMEDIATE,
    "told_journey": Tier.BUNDLED,
    "duty_second_eyes": Tier.IMMEDIATE,
    "told_second_eyes": Tier.BUNDLED,
    "duty_approach": Tier.IMMEDIATE,
    "police_approach": Tier.IMMEDIATE,
    "police_came": Tier.IMMEDIATE,
    # Somebody may be waiting for the child outside: the worker hears it with the desk.
    "told_approach": Tier.IMMEDIATE,
    "duty_concern": Tier.IMMEDIATE,
    "told_concern": Tier.IMMEDIATE,
    # The mail of a day waits for its morning in the outbox: no reader may put it off.
    "police_released": Tier.IMMEDIATE,
    "released_unread": Tier.IMMEDIATE,
    "police_heard": Tier.IMMEDIATE,
    "duty_heard": Tier.IMMEDIATE,
    "told_heard": Tier.IMMEDIATE,
    "duty_mate_found": Tier.IMMEDIATE,
    "told_mate_found": Tier.IMMEDIATE,
    "home_head_count": Tier.IMMEDIATE,
    "duty_head_count": Tier.IMMEDIATE,
    # Within half an hour: whoever is told may know where the child is.
    "told_head_count": Tier.IMMEDIATE,
    "duty_glass": Tier.IMMEDIATE,
    "duty_no_guardian": Tier.IMMEDIATE,
    "told_no_guardian": Tier.BUNDLED,
    "concern_unanswered": Tier.IMMEDIATE,
    "referral_waits": Tier.IMMEDIATE,
    "duty_no_worker": Tier.IMMEDIATE,
    "paper_due": Tier.IMMEDIATE,
    "guardian_check": Tier.IMMEDIATE,
    "action_reminder": Tier.IMMEDIATE,
    "protection_ends": Tier.IMMEDIATE,
    # The child is somebody else’s until it arrives, and nobody waits for whoever is told.
    "transfer_offered": Tier.IMMEDIATE,
    "transfer_late": Tier.IMMEDIATE,
    "transfer_arrival": Tier.IMMEDIATE,
    "transfer_declined": Tier.IMMEDIATE,
    "transfer_missing": Tier.IMMEDIATE,
    "transfer_told": Tier.BUNDLED,
    "duty_away": Tier.IMMEDIATE,
    "duty_reported_seen": Tier.IMMEDIATE,
    "return_waits": Tier.IMMEDIATE,
    "police_alert": Tier.IMMEDIATE,
    "police_reminder": Tier.IMMEDIATE,
    "duty_phone_them": Tier.IMMEDIATE,
    "duty_call": Tier.IMMEDIATE,
    "told_missing": Tier.IMMEDIATE,
    "host_missing": Tier.IMMEDIATE,
    "manager_call": Tier.IMMEDIATE,
    "head_call": Tier.IMMEDIATE,
    "director_call": Tier.IMMEDIATE,
    "duty_step": Tier.IMMEDIATE,
    "force_offered": Tier.IMMEDIATE,
    "force_answered": Tier.IMMEDIATE,
    "police_offered": Tier.IMMEDIATE,
    "police_lead": Tier.IMMEDIATE,
    "duty_found": Tier.IMMEDIATE,
    "police_found": Tier.IMMEDIATE,
    "told_found": Tier.IMMEDIATE,
    "found_waits": Tier.IMMEDIATE,
    "found_answered": Tier.IMMEDIATE,
    "found_over": Tier.IMMEDIATE,
    "link_waits": Tier.IMMEDIATE,
    "link_urgent": Tier.IMMEDIATE,
    "link_over": Tier.IMMEDIATE,
    "link_unanswered": Tier.IMMEDIATE,
    "link_answered": Tier.IMMEDIATE,
    "link_made": Tier.IMMEDIATE,
    "arrival_asked": Tier.IMMEDIATE,
    "arrival_back": Tier.IMMEDIATE,
    "arrival_over": Tier.IMMEDIATE,
    "review_coming": Tier.BUNDLED,
    "episode_update": Tier.BUNDLED,
    "director_died": Tier.IMMEDIATE,
    "death_unsaid": Tier.IMMEDIATE,
    "duty_after_end": Tier.IMMEDIATE,
    "reply_received": Tier.IMMEDIATE,
    "second_person": Tier.IMMEDIATE,
    "home_no_check": Tier.IMMEDIATE,
    "duty_no_check": Tier.IMMEDIATE,
    "home_outage": Tier.IMMEDIATE,
    "duty_outage": Tier.IMMEDIATE,
    "manager_outage": Tier.IMMEDIATE,
    "manager_untaken": Tier.IMMEDIATE,
    "manager_gap": Tier.IMMEDIATE,
    "matter_waits": Tier.IMMEDIATE,
    "matter_answered": Tier.IMMEDIATE,
    "lado_worry": Tier.IMMEDIATE,
    "senior_worry": Tier.IMMEDIATE,
    "senior_restricted": Tier.IMMEDIATE,
    "worry_answered": Tier.IMMEDIATE,
    "concern_raised": Tier.IMMEDIATE,
    "promise_passed": Tier.IMMEDIATE,
    "promise_unanswered": Tier.IMMEDIATE,
    "promise_not_kept": Tier.IMMEDIATE,
    "guardian_supervision": Tier.IMMEDIATE,
    "guardian_assigned": Tier.IMMEDIATE,
    "guardian_covered": Tier.IMMEDIATE,
    "meeting_booked": Tier.IMMEDIATE,
    "meeting_uninvited": Tier.IMMEDIATE,
    "meeting_off": Tier.IMMEDIATE,
    "escort_link": Tier.IMMEDIATE,
    "journey_barred": Tier.IMMEDIATE,
    "escort_off": Tier.IMMEDIATE,
    "journey_off": Tier.IMMEDIATE,
    "account_changed": Tier.IMMEDIATE,
    "mail_check": Tier.IMMEDIATE,
    "lado_mailbox": Tier.IMMEDIATE,
    "administrator_role": Tier.IMMEDIATE,
    "mailbox_unproved": Tier.IMMEDIATE,
    "mailbox_removed": Tier.IMMEDIATE,
    "force_phone_changed": Tier.IMMEDIATE,
    "home_phone_changed": Tier.IMMEDIATE,
    "mailbox_entered": Tier.IMMEDIATE,
    "service_corrected": Tier.IMMEDIATE,
    "role_shared": Tier.IMMEDIATE,
    "role_answered": Tier.IMMEDIATE,
    "numbers_uncalled": Tier.IMMEDIATE,
    "area_unlisted": Tier.IMMEDIATE,
    "guardians_lacking": Tier.IMMEDIATE,
    "authority_split": Tier.IMMEDIATE,
    "leave_recorded": Tier.IMMEDIATE,
    "leave_elsewhere": Tier.IMMEDIATE,
    "cover_asked": Tier.IMMEDIATE,
    "post_uncovered": Tier.IMMEDIATE,
    "post_filled": Tier.IMMEDIATE,
    "ending": Tier.IMMEDIATE,
    "digest": Tier.DIGEST,
    "area_list": Tier.DIGEST,
}

# What wakes nobody: a text of these that falls into the night goes in the morning [domain document, 2: whoever is told
# is not chased at night]. Whoever is on shift is awake, and mail may come at any hour.
CALM = frozenset(
    {
        "told_no_record",
        "told_journey",
        "duty_second_eyes",
        "told_second_eyes",
        "review_coming",
        "transfer_told",
        "episode_update",
    }
)
# Of these what came of it may have been a search.
BEFORE_A_SEARCH = frozenset({"told_no_record", "told_journey"})
NIGHT, MORNING = time(22), time(7)


def by_day(since: datetime, wall: time = MORNING) -> datetime:
    """`since`, or where London has night then the morning after it, at `wall`."""
    morning = next_at_wall(since, wall)
    return morning if next_at_wall(since + timedelta(microseconds=1), NIGHT) > morning else since


def tier_of(wording: str) -> Tier:
    """The tier of a wording; KeyError for one that does not exist."""
    return TIERS[wording]


def held_until(
    wording: str, wish: str, *, since: datetime, window: timedelta, digest_at: datetime | None
) -> datetime | None:
    """Until when a message that may go from `since` on waits for others of its reader; None for what goes alone.

    `digest_at` is the reader's next digest. Where none comes, or not within a day and an hour, whoever wanted it
    there is sent it bundled: nothing waits for what does not come.
    """
    if tier_of(wording) != Tier.BUNDLED or wish == Wish.AT_ONCE or not window:
        return None
    if wish == Wish.DIGEST and digest_at is not None and since <= digest_at <= since + timedelta(hours=25):
        return digest_at
    return since + window


def next_digest(wall: time, *, since: datetime) -> datetime:
    """The first instant after `since` at which London's clocks show `wall`; a skipped time is the next that exists."""
    return next_at_wall(since + timedelta(microseconds=1), wall)


def digest_owed(wall: time, *, next_at: datetime, now: datetime) -> datetime | None:
    """The instant of the digest that is owed at `now`; None while none is.

    Of days that have passed without one none is made up for: it is today's or nothing.
    """
    today = at_london(london_day(now), wall)
    return today if next_at <= today <= now else None


def week_owed(wall: time, *, now: datetime) -> datetime:
    """The last instant not after `now` at which London's clocks showed `wall` on a Monday; what is owed each week is of it."""
    monday = london_day(now) - timedelta(days=london_day(now).weekday())
    owed_at = at_london(monday, wall)
    return owed_at if owed_at <= now else at_london(monday - timedelta(days=7), wall)

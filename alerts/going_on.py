"""Whether what a message tells of goes on still: asked of PostgreSQL just before it is sent."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts import assignment_mails, change_words, journey_mails, meeting_mails, release_mails
from alerts.models import Message, MessageKind
from cases import planned

# So many messages of a batch are asked about at once, and what was answered is taken for so many seconds: a mail server
# that is not next door takes longer for one mail.
AHEAD, HOLDS = 25, 0.05

# One of its alerts is open.
ALERT_OPEN = "EXISTS (SELECT FROM alerts_alert WHERE id = ANY(%s::int[]) AND status = 'open')"
# The guardian's assignment stands, the child has not died, and nobody has recorded it as discussed since the message was
# owed.
_UNDISCUSSED = """
    EXISTS (SELECT FROM guardians_guardianassignment AS a
             WHERE a.id = %s AND (a.ends_at IS NULL OR a.ends_at > %s)
               AND NOT EXISTS (SELECT FROM cases_missingepisode AS e
                                WHERE e.child_id = a.child_id AND e.outcome = 'died')
               AND NOT EXISTS (SELECT FROM guardians_guardiandiscussion AS d
                                 JOIN guardians_guardiansupervision AS s ON s.id = d.supervision_id
                                WHERE d.child_id = a.child_id AND s.service_id = a.service_id
                                  AND d.recorded_at > %s
                                  AND NOT EXISTS (SELECT FROM guardians_guardiandiscussionwithdrawal AS w
                                                   WHERE w.discussion_id = d.id)))
"""

# Nobody of the authority stands on the rota where this shift ends, or now where it has ended.
_NOBODY_ON_DUTY = """
    EXISTS (SELECT FROM cases_shift s JOIN cases_team t ON t.id = s.team_id,
                   greatest(s.ends_at, %s) AS begins
             WHERE s.id = %s AND NOT EXISTS (
                   SELECT FROM cases_shift o JOIN cases_team d ON d.id = o.team_id
                    WHERE d.authority_id = t.authority_id AND o.starts_at <= begins
                      AND (o.ends_at IS NULL OR (o.ends_at > begins AND o.ends_at > o.starts_at))))
"""

# Mail to the person comes back still.
_REFUSED = "EXISTS (SELECT FROM cases_mailrefusal WHERE user_id = %s AND ends_at IS NULL)"

# Of a matter, and true whether it is over or not: whoever has a found child hears whose it is after closing it, too.
# And whoever asked another council hears of its answer once the question is over.
_OF_NEWS = ("found_answered", "link_answered", "link_made", "arrival_back")


def question(message: Message, now: datetime) -> tuple[str, list[Any]]:
    """What is asked of PostgreSQL, for this message alone: planning all the questions costs more than answering one."""
    if message.home_alert_id is not None:
        return "EXISTS (SELECT FROM alerts_homealert WHERE id = %s AND ended_at IS NULL)", [
            message.home_alert_id
        ]
    if message.shift_id is not None:
        return _of_shift(message, now)
    if (
        message.matter_id is not None
        and message.kind != MessageKind.ENDING
        and message.wording not in _OF_NEWS
    ):
        return "EXISTS (SELECT FROM alerts_matterclock WHERE matter_id = %s AND ended_at IS NULL)", [
            message.matter_id
        ]
    if message.concern_id is not None or message.journey_id is not None or message.assignment_id is not None:
        return _without_clock(message, now)
    about_no_alert = (message.matter_id, message.change_id, message.probe_id, message.outage_id)
    is_of_release = message.wording in release_mails.WORDINGS
    if any(about_no_alert) or message.digest_date or message.week_date or is_of_release:
        return _about_no_alert(message, now)
    alerts = [item.alert_id for item in message.told]
    return ALERT_OPEN, [alerts]


def _about_no_alert(message: Message, now: datetime) -> tuple[str, list[Any]]:
    """What a list has to say is looked at when it is written; whether lines are unread still, or mail comes back, here."""
    if message.wording == change_words.MAIL_CHECK:
        return _REFUSED, [message.user_id]
    is_of_release = message.wording in release_mails.WORDINGS
    return "FALSE" if is_of_release and not release_mails.goes_on(message, now=now) else "TRUE", []


def _of_shift(message: Message, now: datetime) -> tuple[str, list[Any]]:
    """Of a gap that it is one still; of an untaken shift that nobody has taken it, and that it is not over."""
    if message.step == "gap":
        return _NOBODY_ON_DUTY, [now, message.shift_id]
    untaken = "id = %s AND taken_at IS NULL AND ends_at > starts_at AND ends_at > %s"
    return f"EXISTS (SELECT FROM cases_shift WHERE {untaken})", [message.shift_id, now]


def _without_clock(message: Message, now: datetime) -> tuple[str, list[Any]]:
    """A concern, a supervision or a journey; of an escort's link also that none took its place and no mark closed it."""
    if message.concern_id is not None:
        return "(NOT EXISTS (SELECT FROM guardians_councilconcernending WHERE concern_id = %s))", [
            message.concern_id
        ]
    if message.assignment_id is not None:
        return _of_assignment(message, now)
    if message.wording in (journey_mails.OFF, journey_mails.TOLD_OFF):
        # That it is over stays true, and whoever was told of the journey is to know it.
        return "TRUE", []
    if message.post != journey_mails.POST:
        return "EXISTS (SELECT FROM cases_journey WHERE id = %s AND ended_at IS NULL)", [message.journey_id]
    live = "l.key = %s AND l.revoked_at IS NULL AND l.expires_at > %s AND j.ended_at IS NULL"
    tables = "cases_escortlink AS l JOIN cases_journey AS j ON j.id = l.journey_id"
    return f"EXISTS (SELECT FROM {tables} WHERE {live})", [message.pk, now]


def _of_assignment(message: Message, now: datetime) -> tuple[str, list[Any]]:
    """A meeting, a new guardian or cover, or a supervision."""
    if message.wording in meeting_mails.WORDINGS:
        return meeting_mails.question(message, now)
    if message.wording in assignment_mails.WORDINGS:
        return assignment_mails.QUESTION, [message.assignment_id]
    return _UNDISCUSSED, [message.assignment_id, now, message.created_at]


# Of many alerts at once, which are open.
_OF_THESE = """
    SELECT id FROM alerts_alert WHERE id = ANY($1) AND status = 'open'
"""
OPEN = planned.Statement(("int[]",), _OF_THESE)


class Ahead:
    """Which alerts of a claimed batch are open: asked of the next messages together, and anew a moment later."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self._places = {message.pk: place for place, message in enumerate(messages)}
        self._alerts: set[int] = set()
        self._open: set[int] = set()
        self._until = 0.0

    def goes_on(self, alerts: Sequence[int], message: Message) -> bool | None:
        """Whether one of the alerts that `message` tells of is open; None where the statement is not planned here."""
        if time.monotonic() >= self._until or not self._alerts.issuperset(alerts):
            place = self._places[message.pk]
            coming = self._messages[place : place + AHEAD]
            asked = {*alerts, *(item.alert_id for other in coming for item in other.told)}
            began = time.monotonic()
            rows = planned.rows("open", [list(asked)])
            if rows is None:
                return None
            self._alerts, self._open, self._until = asked, {row[0] for row in rows}, began + HOLDS
        return not self._open.isdisjoint(alerts)

"""How many alerts people and mailboxes are sent and what came of them: too many, and nobody reads the one that counts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

# More alerts than this a day to one person are read by nobody: the administrator is told. Of what is texted or rung and
# mailed the mail is the copy, so that a day is as busy as the busier of both.
MOST_A_DAY = 10
DAYS = 7
WEEKS = 4
# An alert that is answered within this time was read when it came.
PROMPT = timedelta(minutes=30)


@dataclass(frozen=True)
class PersonLoad:
    """One person's alerts: of the last 24 hours and of the busiest London day of the week, and the mails of the week.

    A day has as many as went by mail, or by text and call where those are more. Beside them the week's texts and calls,
    and where it is asked for how many alerts and reminders something could come of and what was answered.
    """

    user_id: int
    name: str
    today: int
    most: int
    week: int
    texts: int = 0
    calls: int = 0
    told: int = 0
    answered: int = 0

    @property
    def is_too_much(self) -> bool:
        return self.most > MOST_A_DAY


@dataclass(frozen=True)
class MailboxWeek:
    """One mailbox in one week, which begins on a London Monday."""

    mailbox_id: int
    address: str
    week: date
    sent: int
    prompt: int
    # Of those that were answered; None where none was.
    median: timedelta | None
    unacted: int


# None about children of whom the reader is not to learn, and about nobody else.
_NOT_WITHOUT = """(cardinality(%(without)s::bigint[]) = 0 OR NOT COALESCE((
                SELECT bool_and(about.child_id = ANY(%(without)s)) FROM (
                    SELECT e.child_id FROM cases_missingepisode e WHERE e.id = m.episode_id
                     UNION ALL SELECT a.child_id FROM alerts_messageitem i
                                 JOIN alerts_alert a ON a.id = i.alert_id WHERE i.message_id = m.id
                ) AS about), FALSE))"""
# Every alert, reminder and ending that was accepted for a person's own mail, text or call, by the London day on which it
# went out. What went in one mail is one; the daily list, and a mail that looks whether mail arrives, are nobody's alert.
_PEOPLE = """
    WITH sent AS (
        SELECT m.user_id, (m.sent_at AT TIME ZONE 'Europe/London')::date AS day, m.channel,
               COALESCE(m.bundle, m.id) AS one, m.sent_at > %(now)s - interval '24 hours' AS is_late
          FROM alerts_message m
         WHERE m.user_id = ANY(%(users)s) AND m.probe_id IS NULL AND m.digest_date IS NULL
           AND m.wording <> 'mail_check'
           AND m.status = 'sent' AND m.sent_at > %(since)s AND m.sent_at <= %(now)s
           AND {not_without}),
    days AS (
        SELECT user_id, count(DISTINCT one) FILTER (WHERE channel = 'mail') AS mails,
               count(DISTINCT one) FILTER (WHERE channel = 'text') AS texts,
               count(DISTINCT one) FILTER (WHERE channel = 'voice') AS calls
          FROM sent GROUP BY user_id, day),
    lately AS (
        SELECT user_id, GREATEST(count(DISTINCT one) FILTER (WHERE channel = 'mail'),
                                 count(DISTINCT one) FILTER (WHERE channel <> 'mail')) AS alerts
          FROM sent WHERE is_late GROUP BY user_id)
    SELECT u.id, u.name, COALESCE(max(l.alerts), 0), COALESCE(max(GREATEST(d.mails, d.texts + d.calls)), 0),
           COALESCE(sum(d.mails), 0), COALESCE(sum(d.texts), 0), COALESCE(sum(d.calls), 0)
      FROM cases_user u LEFT JOIN days d ON d.user_id = u.id LEFT JOIN lately l ON l.user_id = u.id
     WHERE u.id = ANY(%(users)s)
     GROUP BY u.id, u.name
     ORDER BY 4 DESC, 5 DESC, u.name, u.id
"""

# Answered is the first of: pressed on the mail's own page, taken or done as a task, taken on, verified with an officer,
# or no longer owed because the child was accounted for. An alert that went to two is answered for both.
_ANSWERS = """answers AS (
        SELECT s.id, k.at FROM sent s
          JOIN alerts_policelink l ON l.message_id = s.id
          JOIN alerts_linkacknowledgement k ON k.link_id = l.id
        UNION ALL
        SELECT s.id, v.recorded_at FROM sent s JOIN alerts_verification v ON v.episode_id = s.episode_id
        UNION ALL
        -- One call for a house is about a search with each of its alerts.
        SELECT s.id, v.recorded_at FROM sent s
          JOIN alerts_messageitem i ON i.message_id = s.id AND starts_with(i.step, 'call_')
          JOIN alerts_alert a ON a.id = i.alert_id JOIN alerts_verification v ON v.episode_id = a.episode_id
         WHERE s.episode_id IS NULL
        UNION ALL
        SELECT s.id, LEAST(a.on_it_at, a.ended_at) FROM sent s
          JOIN alerts_messageitem i ON i.message_id = s.id JOIN alerts_alert a ON a.id = i.alert_id
        UNION ALL
        SELECT s.id, LEAST(t.taken_at, CASE WHEN t.done_by_id IS NOT NULL THEN t.done_at END) FROM sent s
          JOIN alerts_messageitem i ON i.message_id = s.id
          JOIN alerts_dutytaskalert ta ON ta.alert_id = i.alert_id JOIN alerts_dutytask t ON t.id = ta.task_id)"""
_MAILBOXES = """
    WITH sent AS (
        SELECT m.id, m.mailbox_id, m.sent_at, m.episode_id
          FROM alerts_message m JOIN cases_mailbox b ON b.id = m.mailbox_id
         WHERE m.mailbox_id = ANY(%(mailboxes)s) AND m.channel = 'mail' AND m.probe_id IS NULL
           AND m.kind IN ('alert', 'reminder') AND m.status = 'sent'
           AND m.sent_at > %(since)s AND m.sent_at <= %(now)s
           AND {not_without}
           -- A force reads the alerts of many authorities: only their own are counted.
           AND (b.force_id IS NULL OR EXISTS (
                SELECT FROM alerts_messageitem i JOIN alerts_alert a ON a.id = i.alert_id
                  JOIN LATERAL (SELECT r.authority_id FROM cases_responsibility r
                                 WHERE r.child_id = a.child_id AND r.starts_at <= m.created_at
                                 ORDER BY r.starts_at DESC LIMIT 1) r ON TRUE
                 WHERE i.message_id = m.id AND r.authority_id = ANY(%(authorities)s)))),
    {answers},
    answered AS (
        SELECT s.id, s.mailbox_id, s.sent_at, min(a.at) AS at
          FROM sent s LEFT JOIN answers a ON a.id = s.id AND a.at >= s.sent_at AND a.at <= %(now)s
         GROUP BY 1, 2, 3)
    SELECT b.id, b.address, date_trunc('week', n.sent_at AT TIME ZONE 'Europe/London')::date, count(*),
           count(*) FILTER (WHERE n.at <= n.sent_at + %(prompt)s),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY n.at - n.sent_at) FILTER (WHERE n.at IS NOT NULL),
           count(*) FILTER (WHERE n.at IS NULL)
      FROM answered n JOIN cases_mailbox b ON b.id = n.mailbox_id
     GROUP BY 1, 2, 3
     ORDER BY 3 DESC, 7 DESC, 2, 1
"""
# What a person was texted and mailed as well is one alert at one step, answered by whoever answered it.
_TOLD = """
    WITH sent AS (
        SELECT m.id, m.user_id, m.sent_at, m.episode_id FROM alerts_message m
         WHERE m.user_id = ANY(%(users)s) AND m.kind IN ('alert', 'reminder') AND m.status = 'sent'
           AND m.sent_at > %(since)s AND m.sent_at <= %(now)s
           AND {not_without}),
    {answers},
    answered AS (
        SELECT s.id, min(a.at) AS at
          FROM sent s JOIN answers a ON a.id = s.id AND a.at >= s.sent_at AND a.at <= %(now)s
         GROUP BY 1)
    SELECT s.user_id, count(DISTINCT (i.alert_id, i.step)),
           count(DISTINCT (i.alert_id, i.step)) FILTER (WHERE n.at IS NOT NULL)
      FROM sent s JOIN alerts_messageitem i ON i.message_id = s.id LEFT JOIN answered n ON n.id = s.id
     GROUP BY 1
"""


def of_people(user_ids: Collection[int], *, without: Collection[int] = (), now: datetime) -> list[PersonLoad]:
    """Count the alert mails, texts and calls of these people over the last 7 days, busiest first, in one query.

    Those about children `without` and about nobody else are left out.
    """
    return [
        PersonLoad(pk, name, *(int(number) for number in counted))
        for pk, name, *counted in _of_week(_PEOPLE, user_ids, without, now)
    ]


def with_answers(
    loads: Collection[PersonLoad], *, without: Collection[int] = (), now: datetime
) -> list[PersonLoad]:
    """The same people, each with how many alerts and reminders they were sent and what was answered, in one query.

    By whomever: an alert that five are sent asks for one answer.
    """
    rows = _of_week(_TOLD, [one.user_id for one in loads], without, now)
    found = {pk: (told, answered) for pk, told, answered in rows}
    return [
        replace(one, told=told, answered=answered)
        for one in loads
        for told, answered in [found.get(one.user_id, (0, 0))]
    ]


def _of_week(
    query: str, user_ids: Collection[int], without: Collection[int], now: datetime
) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {"users": list(user_ids), "since": now - timedelta(days=DAYS), "now": now}
    values["without"] = list(without)
    with connection.cursor() as cursor:
        cursor.execute(query.format(answers=_ANSWERS, not_without=_NOT_WITHOUT), values)
        return cursor.fetchall()


def of_mailboxes(
    mailbox_ids: Collection[int],
    *,
    authority_ids: Collection[int],
    without: Collection[int] = (),
    now: datetime,
) -> list[MailboxWeek]:
    """What these mailboxes were sent and what came of it, by week over the last 4, newest first, in one query.

    Of a force's mailbox only what concerns children of these authorities. What is about children `without` is left out.
    """
    values: dict[str, Any] = {
        "mailboxes": list(mailbox_ids),
        "authorities": list(authority_ids),
        "without": list(without),
        "since": now - timedelta(weeks=WEEKS),
        "now": now,
        "prompt": PROMPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MAILBOXES.format(answers=_ANSWERS, not_without=_NOT_WITHOUT), values)
        return [MailboxWeek(*row) for row in cursor.fetchall()]

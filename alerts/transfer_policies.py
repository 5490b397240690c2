"""The limits of transfers as they are stored, and which of them a transfer keeps."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.models import PolicyVersion
from alerts.schedule import Step
from alerts.transfer_ladder import Limits


def data_of(limits: Limits) -> dict[str, Any]:
    """The limits of transfers as JSON: working days, and on a journey seconds."""
    return {
        "pending": limits.pending,
        "reply": limits.reply,
        "share_before": limits.share_before,
        "pending_rungs": [[step.value, days] for step, days in limits.pending_rungs],
        "reply_rungs": [[step.value, days] for step, days in limits.reply_rungs],
        "arrival_rungs": [[step.value, after.total_seconds()] for step, after in limits.arrival_rungs],
        "pending_of": dict(limits.pending_of),
    }


def limits_of(data: dict[str, Any]) -> Limits:
    """The stored limits as the calculator's."""
    return Limits(
        pending=data["pending"],
        reply=data["reply"],
        # Of a version from before this was asked.
        share_before=data.get("share_before", Limits.share_before),
        pending_rungs=tuple((Step(step), days) for step, days in data["pending_rungs"]),
        reply_rungs=tuple((Step(step), days) for step, days in data["reply_rungs"]),
        arrival_rungs=tuple((Step(step), timedelta(seconds=after)) for step, after in data["arrival_rungs"]),
        pending_of=data["pending_of"],
    )


def limits_of_version(version: PolicyVersion, since: datetime) -> tuple[datetime, Limits]:
    """The stored limits with the instant from which they hold."""
    return since, limits_of(version.data)


def at_referral(stored: Sequence[tuple[datetime, Limits]], at: datetime) -> Limits:
    """The limits in force at `at`: a transfer keeps those of its referral; before the first version, those of the first."""
    began = [limits for takes_effect_at, limits in stored if takes_effect_at <= at]
    return began[-1] if began else stored[0][1] if stored else Limits()


def kept(stored: Sequence[tuple[datetime, Limits]], at: datetime, *, sender: str) -> Limits:
    """What a transfer keeps to its end that was referred at `at` by the authority with this code: its own days too."""
    limits = at_referral(stored, at)
    return replace(limits, pending=limits.pending_of.get(sender, limits.pending), pending_of={})

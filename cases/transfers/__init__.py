"""The verbs of a transfer of responsibility from one authority to another."""

from cases.transfers.announcements import was_asked
from cases.transfers.arrivals import (
    NeedsJourney,
    NotChecked,
    acknowledge,
    agree_day,
    confirm_arrival,
    has_left,
    set_out,
)
from cases.transfers.offers import Referral, accept, decline, offer, refer, withdraw
from cases.transfers.sharing import receive, share
from cases.transfers.steps import read_of

__all__ = [
    "NeedsJourney",
    "NotChecked",
    "Referral",
    "accept",
    "acknowledge",
    "agree_day",
    "confirm_arrival",
    "decline",
    "has_left",
    "offer",
    "read_of",
    "receive",
    "refer",
    "set_out",
    "share",
    "was_asked",
    "withdraw",
]

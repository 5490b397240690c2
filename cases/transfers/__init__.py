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
from cases.transfers.taken_back import SeenHere, look_failed, take_back
from cases.transfers.taken_back import of as arrival_of

__all__ = [
    "NeedsJourney",
    "NotChecked",
    "Referral",
    "SeenHere",
    "accept",
    "acknowledge",
    "agree_day",
    "arrival_of",
    "confirm_arrival",
    "decline",
    "has_left",
    "look_failed",
    "offer",
    "read_of",
    "receive",
    "refer",
    "set_out",
    "share",
    "take_back",
    "was_asked",
    "withdraw",
]

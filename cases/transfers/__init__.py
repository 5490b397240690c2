"""The verbs of a transfer of responsibility from one authority to another."""

from cases.transfers.announcements import was_asked
from cases.transfers.arrivals import NeedsJourney, acknowledge, agree_day, confirm_arrival, set_out
from cases.transfers.offers import Referral, accept, decline, offer, refer, withdraw
from cases.transfers.sharing import receive, share
from cases.transfers.steps import read_of

__all__ = [
    "NeedsJourney",
    "Referral",
    "accept",
    "acknowledge",
    "agree_day",
    "confirm_arrival",
    "decline",
    "offer",
    "read_of",
    "receive",
    "refer",
    "set_out",
    "share",
    "was_asked",
    "withdraw",
]

"""Which states have no child to look at: those that the rest of the demo shows, and those in which nothing rests."""

from collections.abc import Mapping

# The title of a machine in docs/states.md, and a row below it.
State = tuple[str, str]
_YUSUF = "Yusuf Hamdan, whose roll-call lapses"

ELSEWHERE: Mapping[State, str] = {
    ("Missing episode", "not_confirmed"): f"{_YUSUF}, from a minute after the story began",
    ("Missing episode", "missing"): "The 360 of the population, with every review that was due",
    ("Missing episode", "ended"): "Each child of *How a missing episode ends*",
    ("Transfer of responsibility", "allocated"): "Selam Tesfay, whom Saltbridge offers",
    ("Transfer of responsibility", "date_set"): "Shirin Rahimi, who goes to Saltbridge",
    ("Age", "none"): "Most children",
    ("Age", "disputed"): "Kidane Worku",
    ("Referral to the NRM", "reasonable_grounds"): "Thao Lam",
    ("Alert", "open"): f"{_YUSUF}, and the 360",
    ("Message", "sent"): "The mail page, and the ladder of each search",
}
NOT_AT_REST: Mapping[State, str] = {
    (
        "Missing episode",
        "away",
    ): "Duty hears at once and asks anew each evening. Report a child of the story away.",
    ("Alert", "ended"): f"An alert ends with its fact. Go on with {_YUSUF}, to the end.",
    ("Message", "queued"): "It is sent within the second.",
    ("Message", "sending"): "It is sent within the second.",
    ("Message", "failed"): "The mail page takes whatever it is sent.",
    ("Message", "cancelled"): "Only what waits while its alert ends is not sent.",
}

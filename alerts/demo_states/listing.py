"""Which states have no child to look at: those that the rest of the demo shows, and those in which nothing rests."""

from collections.abc import Mapping

from cases.models import MissingReview

# The title of a machine in docs/states.md, and a row below it.
State = tuple[str, str]
_ASKING = "Asking another council for a sibling or companion"
_MAILED = "Whoever is asked to cover is mailed at once."
_OF_WORKER, _OF_MANAGER = "Cover for a social worker", "Cover for a manager"
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
    ("Journey", "planned"): "Arben Lleshi, who travels tomorrow",
    ("Return interview", "held"): "Nahom Asgedom, and most of *How a missing episode ends*",
    ("Return interview", "did_not_want"): "Ferhad Botani and Samuel Ghirmay",
    **{
        ("Review of a long search", kind): "The 360, of whom the first have been missing for over five years"
        for kind in MissingReview.Kind.values
        if kind != MissingReview.Kind.EXTRA
    },
    ("Review of a long search", "extra"): "Nahom Asgedom, whose search somebody looked at after five hours",
    (_ASKING, "asked"): "Selam Tesfay, for whose brother Saltbridge asks Northmere: on the duty desk’s list",
    (_OF_WORKER, "accepted"): "Arben Lleshi, whose social worker Elowen Garth is on leave",
    ("Alert", "open"): f"{_YUSUF}, and the 360",
    ("Message", "sent"): "The mail page, and the ladder of each search",
}
NOT_AT_REST: Mapping[State, str] = {
    (
        "Missing episode",
        "away",
    ): "Duty hears at once and asks anew each evening. Report a child of the story away.",
    (
        "How a missing episode ends",
        "another_child",
    ): "The child is looked for again at once. Take the death of Tuan Kieu back, by two people.",
    ("Return interview", "waiting"): "Duty hears after two days. Offer one after the end of a search.",
    (_OF_WORKER, "waiting"): f"{_MAILED} Take a week of leave, and let the manager ask for cover.",
    (_OF_WORKER, "declined"): f"{_MAILED} Answer no as whoever is asked.",
    (_OF_WORKER, "called_off"): f"{_MAILED} Take back what waits for an answer.",
    (_OF_WORKER, "over"): "The child has its own worker again. Say that Elowen Garth is back.",
    (_OF_MANAGER, "waiting"): f"{_MAILED} Take a week of leave as the manager, and ask for cover.",
    (_OF_MANAGER, "accepted"): "Whoever covers is told in place of the manager. Answer yes as they.",
    (_OF_MANAGER, "declined"): f"{_MAILED} Answer no as whoever is asked.",
    (_OF_MANAGER, "called_off"): f"{_MAILED} Take back what waits for an answer.",
    (_OF_MANAGER, "over"): "The manager is told as before. Say that they are back.",
    ("Alert", "ended"): f"An alert ends with its fact. Go on with {_YUSUF}, to the end.",
    ("Message", "queued"): "It is sent within the second.",
    ("Message", "sending"): "It is sent within the second.",
    ("Message", "failed"): "The mail page takes whatever it is sent.",
    ("Message", "cancelled"): "Only what waits while its alert ends is not sent.",
}

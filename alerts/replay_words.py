"""What a replay of each policy covers and what it leaves out, in words: a figure of nothing is no zero."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from alerts import policies, replays

_CONTACT = gettext_lazy(
    "Both versions are asked what they would have told of the children here: the contact policies and the calls to the"
    " police. Everybody is taken to be punctual, every mail to arrive and somebody to stand on each rung. What people did"
    " stays as it was, and that others were to be seen because a child was missing."
)
_SEARCHES = gettext_lazy(
    "Both versions are asked what they would have told of the children here who were looked for: each step or review that"
    " nobody had answered. The searches are as they were, and what people did stays as it was. A version"
    " counts for the searches, endings and reviews that begin after it: those that were open before the first day keep"
    " theirs."
)
_TRANSFERS = gettext_lazy(
    "Both versions are asked what they would have told of the transfers of the children here. Searches and transfers are"
    " as they were, and what people did stays as it was. A version counts for the transfers that are"
    " referred after it: those that were open before the first day keep theirs."
)
_OF: Mapping[str, Promise] = {
    policies.DUTY: _SEARCHES,
    policies.AFTER: _SEARCHES,
    policies.REVIEW: _SEARCHES,
    policies.TRANSFER: _TRANSFERS,
}
_CONTACT_ALONE = gettext_lazy(
    "Not counted: checks of a building, which are of a home and of no child, and when a task that nobody took is rung"
    " through to the second person on the rota. Steps, reviews and transfers are tried by drafts of their own, paper and"
    " guardians by none."
)
_LEFT_OUT: Mapping[str, Promise] = {
    policies.DUTY: gettext_lazy(
        "Not counted: what is asked about a found child whom nobody has named, which is of no child of yours."
    ),
    policies.PAPER: gettext_lazy(
        "A draft of this policy is not tried on past days. What makes paper due is read from plans, promises, photos,"
        " approvals and orders as they stand now: a figure would be of no past that there was."
    ),
    policies.GUARDIAN: gettext_lazy(
        "A draft of this policy is not tried on past days. Whether a guardian could be reached is read from covers, leave,"
        " roles and services as they stand now: a figure would be of no past that there was."
    ),
}


def covers(key: str) -> str:
    """What both versions of this policy are asked on past days, and what is supposed."""
    return str(_OF.get(key, _CONTACT))


def left_out(key: str) -> str:
    """What of this policy is counted nowhere; of a policy that cannot be replayed, why; empty where all of it is."""
    if key in _LEFT_OUT or replays.is_of_record(key):
        return str(_LEFT_OUT.get(key, ""))
    return str(_CONTACT_ALONE)

"""What a reader may do for one child, as its page offers it: of a child who has died, what is written down alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.standings import HEARD_OF, MISSING, Standing
from cases.access import Permission

if TYPE_CHECKING:
    from alerts.profiles import Profile

# The permission it takes, the name of its address, and its words.
Offer = tuple[Permission, str, str]

# So few more are shown with the others.
UNFOLDED = 2
# Nothing of these asks for the child; that somebody has seen it since is heard.
OF_THE_DEAD = frozenset(
    {"note_new", "guardian_notes", "council_concerns", "guardian_discussions", "photo_list", "contact_new"}
)


@dataclass(frozen=True)
class Action:
    """One thing this reader may do for the child."""

    href: str
    text: str


def about_record(profile: "Profile") -> list[Action]:
    """Who had it open, what was shared and changed, and the guards around it."""
    restricted = _("Who may open this record?") if profile.is_restricted else _("Restrict the record")
    found = [
        (Permission.SEE_RECORD, "risk_assessments", _("Risk assessments")),
        (Permission.SEE_RECORD, "plan", _("Safeguarding plan")),
        (Permission.SEE_RECORD, "meeting_list", _("Meetings")),
        (Permission.SEE_RECORD, "legal", _("Legal status")),
        (Permission.SEE_RECORD, "leaving_care", _("Leaving care")),
        (Permission.SEE_RECORD, "child_supervisions", _("Supervision")),
        (Permission.SEE_RECORD, "document_list", _("Documents")),
        (Permission.SEE_RECORD, "nrm", _("National Referral Mechanism")),
        (Permission.SEE_RECORD, "council_concerns", _("Promises to the guardian")),
        (Permission.SEE_RECORD, "child_disclosures", _("What was shared")),
        (Permission.KEEP_FROM, "reads", _("Who has seen this child?")),
        (Permission.KEEP_FROM, "changes", _("What was changed")),
        (Permission.KEEP_FROM, "keep_from", _("Keep the child from somebody")),
        (Permission.KEEP_FROM, "restriction", restricted),
        (Permission.KEEP_FROM, "passages", _("Destroy a wrong passage")),
    ]
    if profile.child.closed_at is None and not _is_missing(profile.standing):
        found.append((Permission.KEEP_FROM, "case_close", _("Close the case")))
    if profile.child.closed_at is not None:
        found.insert(0, (Permission.REOPEN_CASE, "case_reopen", _("Open the case again")))
    return _allowed(profile, found)


def _is_missing(standing: Standing) -> bool:
    return standing.episode is not None and standing.episode.ended_at is None


def all_of(profile: "Profile") -> tuple[list[Action], list[Action]]:
    """What this reader may do, and what of it is behind one more press; two or fewer are not worth one."""
    first, rest = offered(profile), more(profile)
    return (first, rest) if len(rest) > UNFOLDED else (first + rest, [])


def offered(profile: "Profile") -> list[Action]:
    """What this reader does most often beside the three contact buttons."""
    found = [
        *_told(profile),
        (Permission.WRITE_NOTE, "note_new", _("Write a note")),
        (Permission.WRITE_OWN_NOTE, "guardian_notes", _("Your notes")),
        (Permission.WRITE_OWN_NOTE, "council_concerns", _("Concerns about the council")),
        (Permission.WRITE_OWN_NOTE, "guardian_discussions", _("Your supervision")),
        (Permission.PLACE_CHILD, "placement_new", _("Add a placement")),
        (Permission.PLACE_CHILD, "transfer", _("Transfer to another authority")),
        *_not_there(profile),
        *_guardian(profile)[: 0 if profile.guardian else 1],
        _concern(profile),
    ]
    return [*_of_the_living(profile, found), *_another_concern(profile)]


def more(profile: "Profile") -> list[Action]:
    """What else this reader may record, behind one more press: on a phone it stood between the child and its timeline."""
    found = [
        (Permission.RECORD_ABSENCE, "looking_after", _("Looking after this child")),
        (Permission.CHANGE_CHILD, "journey", _("Journey with escorts")),
        *_guardian(profile)[0 if profile.guardian else 1 :],
        (Permission.RECORD_CONTACT, "trigger_new", _("Somebody came, or a day to watch for")),
        (Permission.CHANGE_CHILD, "photo_list", _("Photos")),
        (Permission.CHANGE_CHILD, "visit_new", _("Record a visit")),
        (Permission.CHANGE_CHILD, "visit_ask", _("The child asks for a visit")),
        (Permission.CHANGE_CHILD, "assessment_new", _("Assess the risk")),
        (Permission.CHANGE_CHILD, "risk", _("Grade the risk")),
    ]
    return _of_the_living(profile, found)


def _told(profile: "Profile") -> list[Offer]:
    """The contact that none of the three buttons records; while the child is looked for it is a button itself."""
    if profile.looked_for:
        return []
    words = _("Record no answer, or what somebody told you")
    if profile.has_died:
        words = _("Somebody has seen this child since")
    return [(Permission.RECORD_CONTACT, "contact_new", words)]


def _not_there(profile: "Profile") -> list[Offer]:
    """That the child is out, away, back or missing."""
    standing, missing = profile.standing, _is_missing(profile.standing)
    found = []
    if standing.absence:
        found.append((Permission.RECORD_ABSENCE, "absence_back", _("Record the return")))
    elif not missing:
        found.append((Permission.RECORD_ABSENCE, "absence_new", _("Out or away with permission")))
    if not missing:
        found.append((Permission.REPORT_MISSING, "away_report", _("Away, whereabouts known")))
    if standing.tag not in MISSING | HEARD_OF:
        # Whoever pressed *not here* has told duty and the police: what is left is the report itself.
        words = _("Complete the report") if standing.tag == "not_here" else _("Report missing")
        found.append((Permission.REPORT_MISSING, "missing_report", words))
    return found


def _guardian(profile: "Profile") -> list[Offer]:
    if profile.guardian is not None:
        return [(Permission.CHANGE_CHILD, "guardian_hand_over", _("Change the guardian"))]
    return [
        (Permission.CHANGE_CHILD, "guardian_assign", _("Assign a guardian")),
        (Permission.CHANGE_CHILD, "guardian_referral", _("Referral to a guardian service")),
        (Permission.CHANGE_CHILD, "guardian_none", _("Record why there is no guardian")),
    ]


def _concern(profile: "Profile") -> Offer:
    words = _("Lift the live concern") if profile.concerns else _("Mark a live concern")
    return Permission.MARK_CONCERN, "concern", words


def _another_concern(profile: "Profile") -> list[Action]:
    """Beside a concern that stands another matter is marked: lifted by itself, each leaves the other."""
    if not profile.concerns or profile.has_died or Permission.MARK_CONCERN not in profile.permissions:
        return []
    address = reverse("concern", args=[profile.child.reference])
    return [Action(f"{address}?stood=0", _("Mark another live concern"))]


def _of_the_living(profile: "Profile", found: Sequence[Offer]) -> list[Action]:
    """Those of them that may be offered: of a child who has died few are left."""
    return _allowed(profile, [one for one in found if not profile.has_died or one[1] in OF_THE_DEAD])


def _allowed(profile: "Profile", found: Sequence[Offer]) -> list[Action]:
    return [
        Action(reverse(name, args=[profile.child.reference]), text)
        for permission, name, text in found
        if permission in profile.permissions
    ]

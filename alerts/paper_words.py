"""What each duty of paper is called, and who hears that it is not recorded."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.paper_rules import OF_MANAGER, Paper
from alerts.schedule import Step

TITLES: Mapping[str, Promise] = {
    Paper.FIRST_ASSESSMENT: _("First risk assessment"),
    Paper.ASSESSMENT: _("Review of the risk assessment"),
    Paper.SIGN_OFF: _("Risk assessment or safeguarding plan, to be signed by a manager"),
    Paper.CHECKLIST: _("Checklist of the arrival"),
    Paper.FIRST_PROFILE: _("Find-me profile"),
    Paper.PROFILE: _("Review of the find-me profile"),
    Paper.VISIT: _("Visit by the social worker"),
    Paper.HOST_NOTICE: _("Word to the authority of the area"),
    Paper.NOTICE_AHEAD: _("Planned placement: word to the authority of the area"),
    Paper.APPROVAL_AHEAD: _("Planned placement: approval as a distant one"),
    Paper.PLANNED_PLACE: _("Planned placement, to be recorded as begun or called off"),
    Paper.HANDOVER: _("What the former authority handed over, to be read"),
    Paper.APPROVAL: _("Approval of a distant placement"),
    Paper.DECISION: _("Distant placement: the director is asked to decide"),
    Paper.REFUSED: _("Distant placement refused: another to be found"),
    Paper.ROOM: _("Age disputed: own room looked at"),
    Paper.PLACEMENT_PLAN: _("Placement plan"),
    Paper.CARE_PLAN: _("Care plan"),
    Paper.CARE_REVIEW: _("Review of the care plan"),
    Paper.HEALTH: _("Health assessment"),
    Paper.DENTAL: _("Dental check"),
    Paper.IMMUNISATION: _("Immunisations, to be checked"),
    Paper.EYES: _("Eye test"),
    Paper.EDUCATION: _("Personal education plan"),
    Paper.PATHWAY: _("Pathway plan"),
    Paper.PLAN: _("Safeguarding plan"),
    Paper.ACTION: _("Action of the safeguarding plan"),
    Paper.SHORTFALL: _("What the placement cannot keep of the plan"),
    Paper.UNOWNED: _("Action of the plan: its owner has left, another is to be named"),
    Paper.SAID_DONE: _("Action of the plan said to be done: to be confirmed, or sent back"),
    Paper.TURNING_18: _("Plan for the 18th birthday"),
    Paper.NRM_REFERRAL: _("Referral to the National Referral Mechanism"),
    Paper.NRM_GROUNDS: _("NRM: reasonable grounds to be asked for"),
    Paper.NRM_CONCLUSIVE: _("NRM: conclusive decision to be asked for"),
    Paper.COVER: _("Social worker away: cover that somebody has accepted"),
    Paper.AWAY: _("Social worker away: to be looked at again"),
    Paper.NOWHERE: _("Where the child lives: no placement is recorded"),
    Paper.TOO_YOUNG: _("Under 16 in supported accommodation: another placement to be found"),
    Paper.UNKEPT: _("Placement that cannot keep the roll-calls: who looks instead"),
    Paper.SUPERVISION: _("Supervision of the social worker: the child discussed"),
    Paper.NEXT_PLACE: _("Planned end of the placement: what comes next"),
    Paper.GUARDIAN_CHECK: _("Guardian’s check of the child: seen, or spoken with"),
    Paper.GUARDIAN_STAYS: _("Guardian of a missing child: to go on, be handed over, or end"),
    Paper.ADVISER: _("Personal adviser, to be appointed"),
    Paper.ADVISER_CONTACT: _("Contact of the personal adviser"),
    Paper.REVIEWING_OFFICER: _("Independent reviewing officer, to be named"),
    Paper.MEETING: _("Booked meeting, to be recorded as held or called off"),
    Paper.VISIT_ASKED: _("Visit that the child asked for"),
    Paper.EMERGENCY_ORDER: _("Emergency protection order: what follows it, before it is over"),
    Paper.ASSESSMENT_ORDER: _("Child assessment order: what follows it, before it is over"),
    Paper.PROTECTION: _("Police protection: what follows it, before its 72 hours are over"),
}
# No mail says of a child that they may have been trafficked.
_IN_MAIL: Mapping[str, Promise] = {
    Paper.NRM_REFERRAL: _("A referral"),
    Paper.NRM_GROUNDS: _("A decision, to be asked for"),
    Paper.NRM_CONCLUSIVE: _("A decision, to be asked for"),
}
# Of the policy: by when, in each case that it names.
CASES: Mapping[tuple[str, str], Promise] = {
    (Paper.FIRST_ASSESSMENT, "start"): _("First risk assessment, after the arrival"),
    (Paper.ASSESSMENT, "high"): _("Risk assessment reviewed, at high risk"),
    (Paper.ASSESSMENT, "medium"): _("Risk assessment reviewed, at medium risk"),
    (Paper.ASSESSMENT, "low"): _("Risk assessment reviewed, at low risk"),
    (Paper.ASSESSMENT, "change"): _(
        "Risk assessment reviewed, after a return, a move or a change of the NRM"
    ),
    (Paper.SIGN_OFF, "start"): _(
        "Risk assessment or safeguarding plan signed by a manager, after it is recorded"
    ),
    (Paper.CHECKLIST, "start"): _("Photo, description, phone and languages, after the arrival"),
    (Paper.FIRST_PROFILE, "start"): _("Find-me profile gone through, after the arrival"),
    (Paper.PROFILE, "again"): _("Find-me profile gone through, after the last time"),
    (Paper.PROFILE, "change"): _(
        "Find-me profile gone through, after a return, a move or a change of the NRM"
    ),
    (Paper.VISIT, "start"): _("Visit by the social worker, after a placement begins"),
    (Paper.VISIT, "again"): _("Visit by the social worker, after the last"),
    (Paper.VISIT, "lasting"): _("The same, after a year in a placement that is meant to last to 18"),
    (Paper.VISIT, "agreed"): _(
        "The same, in long-term fostering where the child agrees to be visited less often"
    ),
    (Paper.HOST_NOTICE, "start"): _("Word to the authority of the area, after the placement begins"),
    (Paper.HANDOVER, "start"): _("What the former authority handed over, read after the arrival"),
    (Paper.APPROVAL, "start"): _("Approval of a distant placement, after it begins"),
    (Paper.DECISION, "start"): _("Decision about a distant placement, after the director is asked"),
    (Paper.REFUSED, "start"): _("Another placement, after the director refused a distant one"),
    (Paper.ROOM, "start"): _("Age disputed: own room asked, after the placement begins"),
    (Paper.ROOM, "again"): _("The same, of a placement that was there before it was asked"),
    (Paper.PLACEMENT_PLAN, "start"): _("Placement plan, after a placement begins"),
    (Paper.CARE_PLAN, "start"): _("Care plan, after care begins"),
    (Paper.CARE_REVIEW, "start"): _("Review of the care plan, the first after the arrival"),
    (Paper.CARE_REVIEW, "second"): _("Review of the care plan, the second after the first"),
    (Paper.CARE_REVIEW, "again"): _("Review of the care plan, each later one"),
    (Paper.CARE_REVIEW, "sought"): _(
        "The same, where a search had put it off before reviews were asked for in one, from then on"
    ),
    (Paper.HEALTH, "start"): _("Health assessment, after the arrival"),
    (Paper.HEALTH, "again"): _("Health assessment, after the last"),
    (Paper.DENTAL, "start"): _("Dental check, after the arrival"),
    (Paper.DENTAL, "again"): _("Dental check, after the last"),
    (Paper.IMMUNISATION, "start"): _("Immunisations checked, after the arrival"),
    (Paper.IMMUNISATION, "again"): _("Immunisations checked, after the last time"),
    (Paper.EYES, "start"): _("Eye test, after the arrival"),
    (Paper.EYES, "again"): _("Eye test, after the last"),
    (Paper.EDUCATION, "start"): _("Personal education plan, after the arrival"),
    (Paper.EDUCATION, "again"): _("Personal education plan, after the last review"),
    (Paper.PATHWAY, "start"): _("Pathway plan, after the sixteenth birthday or the arrival"),
    (Paper.PATHWAY, "again"): _("Pathway plan, after the last review"),
    (Paper.PLAN, "start"): _("Safeguarding plan, after the arrival"),
    (Paper.PLAN, "change"): _("Safeguarding plan, after a return or a review of the care plan"),
    (Paper.ACTION, "return"): _(
        "Action of the safeguarding plan, after a return, where its day came meanwhile"
    ),
    (Paper.SHORTFALL, "return"): _(
        "What the placement cannot keep of the plan, after a return, where its day came meanwhile"
    ),
    (Paper.UNOWNED, "start"): _("Another owner for an action of the plan, after the one before has left"),
    (Paper.UNOWNED, "return"): _("The same, after a return, where the owner left meanwhile"),
    (Paper.SAID_DONE, "start"): _("Action of the plan confirmed or sent back, after its owner calls it done"),
    (Paper.SAID_DONE, "return"): _("The same, after a return, where its day came meanwhile"),
    (Paper.TURNING_18, "start"): _("Plan for the 18th birthday, after the age of seventeen and a half"),
    (Paper.TURNING_18, "earlier"): _(
        "The same, of a plan from before that age that was there before it was asked"
    ),
    (Paper.NRM_REFERRAL, "start"): _(
        "Referral to the National Referral Mechanism, after the signs of trafficking"
    ),
    (Paper.NRM_REFERRAL, "before"): _("The same, of signs that were there before it was asked"),
    (Paper.NRM_GROUNDS, "start"): _("Reasonable grounds asked for, after the referral"),
    (Paper.NRM_GROUNDS, "panel"): _("Reasonable grounds asked for, where a local panel decides"),
    (Paper.NRM_GROUNDS, "again"): _("Reasonable grounds asked for, after the last answer"),
    (Paper.NRM_CONCLUSIVE, "start"): _("Conclusive decision asked for, after reasonable grounds"),
    (Paper.NRM_CONCLUSIVE, "again"): _("Conclusive decision asked for, after the last answer"),
    (Paper.COVER, "start"): _("Cover for a social worker who is away, from when nobody has the work"),
    (Paper.AWAY, "again"): _("Social worker away without an end: asked again, after the last time"),
    (Paper.NOWHERE, "start"): _("A placement recorded, after the last one ended or the registration"),
    (Paper.TOO_YOUNG, "start"): _("Under 16 in supported accommodation, from when the child is there"),
    (Paper.UNKEPT, "start"): _("Roll-calls that the placement cannot keep, from when nobody else looks"),
    (Paper.SUPERVISION, "start"): _("Child discussed in supervision, after it has a social worker"),
    (Paper.SUPERVISION, "again"): _("Child discussed in supervision, after the last time"),
    (Paper.SUPERVISION, "return"): _(
        "Child discussed in supervision, after a return, where its day came meanwhile"
    ),
    (Paper.NEXT_PLACE, "before"): _("What comes after a placement, before its planned end"),
    (Paper.NEXT_PLACE, "return"): _(
        "What comes after a placement, after a return, where its day came meanwhile"
    ),
    (Paper.GUARDIAN_STAYS, "start"): _(
        "Guardian of a missing child looked at again, after the child went missing"
    ),
    (Paper.GUARDIAN_STAYS, "again"): _("Guardian of a missing child looked at again, after the last time"),
    (Paper.ADVISER, "start"): _("Personal adviser, after the child is eligible"),
    (Paper.ADVISER, "again"): _("Personal adviser, after the last has left"),
    (Paper.ADVISER_CONTACT, "start"): _("Contact of the personal adviser, after one is appointed"),
    (Paper.ADVISER_CONTACT, "again"): _("Contact of the personal adviser, after the last"),
    (Paper.ADVISER_CONTACT, "return"): _(
        "Contact of the personal adviser, after a return, where its day came meanwhile"
    ),
    (Paper.REVIEWING_OFFICER, "start"): _(
        "Independent reviewing officer, after care or the responsibility of this council begins"
    ),
    (Paper.REVIEWING_OFFICER, "again"): _("Independent reviewing officer, after the last has left"),
    (Paper.NOTICE_AHEAD, "before"): _("Word to the authority of the area, before a planned placement begins"),
    (Paper.APPROVAL_AHEAD, "before"): _("Approval of a distant placement, before a planned one begins"),
    (Paper.PLANNED_PLACE, "start"): _("Planned placement recorded as begun or called off, after its day"),
    (Paper.MEETING, "start"): _("Booked meeting, after its time"),
    (Paper.VISIT_ASKED, "start"): _("Visit by the social worker, after the child asked for it or complained"),
    (Paper.EMERGENCY_ORDER, "start"): _("What follows an emergency protection order, after it begins"),
    (Paper.ASSESSMENT_ORDER, "start"): _("What follows a child assessment order, after it begins"),
    (Paper.PROTECTION, "start"): _("What follows police protection, after it begins"),
    (Paper.GUARDIAN_CHECK, "start"): _("Guardian’s check of the child, after a guardian is assigned"),
    (Paper.GUARDIAN_CHECK, "again"): _("Guardian’s check of the child, after the last"),
    (Paper.GUARDIAN_CHECK, "high"): _("Guardian’s check of the child, at high risk"),
    (Paper.GUARDIAN_CHECK, "return"): _(
        "Guardian’s check of the child, after a return, where its day came meanwhile"
    ),
}
# As long as nobody has recorded it.
STEPS: Mapping[str, Promise] = {
    Step.R1: _("R1: duty and the social worker are told"),
    Step.R2: _("R2: the manager is told"),
    Step.R4: _("R4: the head of service and the reviewing officer are told"),
    Step.R5: _("R5: the director is told"),
}
# Who is told first of what somebody promised.
PROMISED = (Paper.ACTION, Paper.SHORTFALL)
_OWNED = _("R1: whoever promised it and the social worker are told")
_DIRECTOR = _("R1: the director is told")
_SUPERVISED = _("R1: the manager and the social worker are told")
_FIRST: Mapping[str, Promise] = {Paper.SUPERVISION: _SUPERVISED, Paper.DECISION: _DIRECTOR}
_CHECKED: Mapping[str, Promise] = {
    Step.R1: _("R1: the guardian is told"),
    Step.R2: _("R2: whoever supervises the guardian is told"),
    Step.R4: _("R4: the social worker and the manager are told"),
    Step.R5: _("R5: the head of service is told"),
}


def in_mail(paper: str) -> Promise:
    """What a mail calls this paper: no more than whoever finds it may read."""
    return _IN_MAIL.get(paper, TITLES[paper])


def step(paper: str, rung: str) -> Promise:
    """Who hears on this rung that this paper is not recorded."""
    if paper == Paper.GUARDIAN_CHECK:
        return _CHECKED[rung]
    if rung == Step.R1 and paper in PROMISED:
        return _OWNED
    if rung == Step.R1 and paper in _FIRST:
        return _FIRST[paper]
    return STEPS[Step.R2] if rung == Step.R1 and paper in OF_MANAGER else STEPS[rung]


def paper_of(duty: str) -> str:
    """The paper of a clock: of a promise without its key."""
    return duty.partition(":")[0]

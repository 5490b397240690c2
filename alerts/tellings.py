"""What each step tells whom, by which channel and in which wording: the ladders of the default policy as one table."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import pairwise

from alerts import calm, paper_words
from alerts.models import Clock, DutyTask, MessageKind
from alerts.paper_rules import OF_MANAGER, Paper
from alerts.recipients import TOLD, Post
from alerts.review_tellings import CARE_REVIEW, REVIEW
from alerts.schedule import Step
from alerts.search_tellings import OF_SEARCH
from alerts.step_plans import AS_CHOSEN, CALL_AND_MAIL, MAIL, TEXT, TEXT_AND_MAIL, StepPlan, Telling
from alerts.transfer_ladder import Owed

_TOLD_NO_RECORD = (
    Telling(Post.WORKER, AS_CHOSEN, "told_no_record"),
    Telling(Post.GUARDIAN, AS_CHOSEN, "told_no_record"),
)
_TOLD_MISSING = tuple(
    Telling(post, MAIL, "told_missing") for post in (Post.WORKER, Post.GUARDIAN, Post.OFFICER)
)

CONTACT: Mapping[str, StepPlan] = {
    Step.R0: StepPlan(
        (Telling(Post.HOME, TEXT, "home_no_record"),), task=DutyTask.Kind.RING_HOME, by_home=True
    ),
    Step.R1: StepPlan(
        (Telling(Post.DUTY, TEXT_AND_MAIL, "duty_no_record"), *_TOLD_NO_RECORD),
        task=DutyTask.Kind.RING_HOME,
        by_home=True,
    ),
    Step.R2: StepPlan(
        (
            Telling(Post.MANAGER, TEXT_AND_MAIL, "manager_no_record"),
            Telling(Post.SECOND, TEXT, "manager_no_record"),
        ),
        by_home=True,
    ),
    Step.R3: StepPlan(
        (Telling(Post.DUTY, TEXT_AND_MAIL, "duty_ring_police"),), task=DutyTask.Kind.RING_POLICE
    ),
    # The fail-safe tells nobody itself: it starts the call ladder.
    Step.FAIL_SAFE: StepPlan(()),
    Step.R4: StepPlan(
        (
            Telling(Post.HEAD, TEXT_AND_MAIL, "head_no_record"),
            Telling(Post.REVIEWING, MAIL, "head_no_record"),
            Telling(Post.OFFICER, MAIL, "head_no_record"),
            Telling(Post.HOST_DUTY, MAIL, "host_missing"),
        )
    ),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, TEXT_AND_MAIL, "director_no_record"),)),
}
# Of a child on a journey the escorts are rung, and no home is: it has handed the child over.
JOURNEY: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (
            Telling(Post.DUTY, TEXT_AND_MAIL, "duty_journey"),
            Telling(Post.WORKER, AS_CHOSEN, "told_journey"),
            Telling(Post.GUARDIAN, AS_CHOSEN, "told_journey"),
        ),
        task=DutyTask.Kind.RING_ESCORT,
    ),
    Step.R2: StepPlan(
        (Telling(Post.MANAGER, TEXT_AND_MAIL, "duty_journey"), Telling(Post.SECOND, TEXT, "duty_journey"))
    ),
    Step.R3: StepPlan(
        (Telling(Post.DUTY, TEXT_AND_MAIL, "duty_journey_police"),), task=DutyTask.Kind.RING_POLICE
    ),
}
# R1 and R2 of *not here*, whatever silence has told before: somebody looked, so nobody is asked to ring the home.
NOT_HERE: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "duty_not_here"),)),
    Step.R2: StepPlan(
        (Telling(Post.MANAGER, TEXT_AND_MAIL, "duty_not_here"), Telling(Post.SECOND, TEXT, "duty_not_here"))
    ),
}
# Of a home's building check: no higher than the duty desk.
BUILDING_CHECK: Mapping[str, StepPlan] = {
    Step.R0: StepPlan(
        (Telling(Post.HOME, TEXT, "home_no_check"),), task=DutyTask.Kind.RING_ABOUT_CHECK, by_home=True
    ),
    Step.R1: StepPlan(
        (Telling(Post.DUTY, TEXT_AND_MAIL, "duty_no_check"),),
        task=DutyTask.Kind.RING_ABOUT_CHECK,
        by_home=True,
    ),
}
AWAY: Mapping[str, StepPlan] = {Step.R1: StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "duty_away"),))}
SEEN: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (Telling(Post.DUTY, TEXT_AND_MAIL, "duty_reported_seen"),), task=DutyTask.Kind.CONFIRM_RETURN
    ),
    Step.R2: StepPlan(
        (Telling(Post.MANAGER, TEXT_AND_MAIL, "return_waits"), Telling(Post.SECOND, TEXT, "return_waits"))
    ),
    Step.R4: StepPlan((Telling(Post.HEAD, TEXT_AND_MAIL, "return_waits"),)),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, TEXT_AND_MAIL, "return_waits"),)),
}
# The desk reads of it and is not texted: it is a visit that somebody must make, and no text of it wakes anybody.
SECOND_EYES: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (Telling(Post.DUTY, MAIL, "duty_second_eyes"), Telling(Post.WORKER, AS_CHOSEN, "told_second_eyes"))
    ),
    Step.R2: StepPlan((Telling(Post.MANAGER, TEXT_AND_MAIL, "duty_second_eyes"),)),
    Step.R4: StepPlan((Telling(Post.HEAD, TEXT_AND_MAIL, "duty_second_eyes"),)),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, TEXT_AND_MAIL, "duty_second_eyes"),)),
}
# Paperwork: told by mail alone, and to nobody outside the council but the guardian service that has the referral.
_OF_SERVICE = Telling(Post.SERVICE_LEAD, MAIL, "referral_waits")
_HEADING_SERVICE = Telling(Post.SERVICE_HEAD, MAIL, "referral_waits")
GUARDIAN: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (
            Telling(Post.DUTY, MAIL, "duty_no_guardian"),
            Telling(Post.WORKER, MAIL, "told_no_guardian"),
            _OF_SERVICE,
        )
    ),
    Step.R2: StepPlan((Telling(Post.MANAGER, MAIL, "duty_no_guardian"), _OF_SERVICE)),
    Step.R4: StepPlan((Telling(Post.HEAD, MAIL, "duty_no_guardian"), _HEADING_SERVICE)),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, MAIL, "duty_no_guardian"), _HEADING_SERVICE)),
}


def _above(wording: str, *, by_home: bool = False) -> Mapping[str, StepPlan]:
    """Who hears that duty has not said yet what was done."""
    of_manager = (Telling(Post.MANAGER, TEXT_AND_MAIL, wording), Telling(Post.SECOND, TEXT, wording))
    of_head = (Telling(Post.HEAD, MAIL, wording),)
    return {Step.R2: StepPlan(of_manager, by_home=by_home), Step.R4: StepPlan(of_head, by_home=by_home)}


def _until_answered(of: str, *, by_home: bool = False) -> Mapping[str, StepPlan]:
    """Duty and the worker hear at once, whoever wrote it."""
    told = (Telling(Post.DUTY, TEXT_AND_MAIL, f"duty_{of}"), Telling(Post.WORKER, MAIL, f"told_{of}"))
    return {Step.R1: StepPlan(told, by_home=by_home), **_above(f"duty_{of}", by_home=by_home)}


# Who comes to a house comes to all who live there; of a child with an open episode it is told by itself.
_APPROACH = _until_answered("approach", by_home=True)
# The force of the area hears at once of who came lately that there is something to ask duty about, and nothing of it;
# duty rings it all the same, and is nobody's to wait for.
APPROACH: Mapping[str, StepPlan] = {
    **_APPROACH,
    Step.R1: replace(
        _APPROACH[Step.R1],
        tellings=(
            *_APPROACH[Step.R1].tellings,
            Telling(Post.AREA_FORCE, MAIL, "police_approach", by_home=True),
        ),
        needs=Post.DUTY,
    ),
}
# A contact told of a serious concern.
CONCERN = _until_answered("concern")
# Somebody who went along was found, and may know where this child is; several children are one call.
MATE_FOUND = _until_answered("mate_found", by_home=True)
# The missing child wrote or had somebody write: it ends nothing, and the police are to have it now.
MESSAGE: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (
            Telling(Post.DUTY, TEXT_AND_MAIL, "duty_heard"),
            Telling(Post.FORCE, MAIL, "police_heard"),
            Telling(Post.WORKER, MAIL, "told_heard"),
        ),
        needs=Post.DUTY,
    ),
    **_above("duty_heard"),
}
# Another child of the house, or one said to belong to this one, is missing: the home looks, and duty rings it.
HEAD_COUNT: Mapping[str, StepPlan] = {
    Step.R0: StepPlan((Telling(Post.HOME, TEXT, "home_head_count"),), by_home=True),
    Step.R1: StepPlan(
        (
            Telling(Post.DUTY, TEXT_AND_MAIL, "duty_head_count"),
            Telling(Post.WORKER, MAIL, "told_head_count"),
            Telling(Post.GUARDIAN, MAIL, "told_head_count"),
        ),
        task=DutyTask.Kind.RING_HOME,
        by_home=True,
    ),
}
# Somebody broke the glass: duty and the manager hear it at once.
GLASS: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "duty_glass"),)),
    Step.R2: StepPlan((Telling(Post.MANAGER, TEXT_AND_MAIL, "duty_glass"),)),
}
# Who allocates is the manager; the desk knows that nobody has the child's work.
NO_WORKER: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.DUTY, MAIL, "duty_no_worker"),)),
    Step.R2: StepPlan((Telling(Post.MANAGER, MAIL, "duty_no_worker"),)),
    Step.R4: StepPlan((Telling(Post.HEAD, MAIL, "duty_no_worker"),)),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, MAIL, "duty_no_worker"),)),
}
CALL: Mapping[str, StepPlan] = {
    "call_0": StepPlan(
        (
            Telling(Post.FORCE, MAIL, "police_alert"),
            Telling(Post.DUTY, TEXT_AND_MAIL, "duty_call"),
            *_TOLD_MISSING,
            Telling(Post.HOST_DUTY, MAIL, "host_missing"),
        ),
        task=DutyTask.Kind.RING_POLICE,
    ),
    "call_15": StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "duty_call"),), task=DutyTask.Kind.RING_101_AGAIN),
    "call_30": StepPlan(
        (
            Telling(Post.FORCE, MAIL, "police_reminder", MessageKind.REMINDER),
            Telling(Post.MANAGER, CALL_AND_MAIL, "manager_call"),
        )
    ),
    "call_60": StepPlan(
        (Telling(Post.HEAD, CALL_AND_MAIL, "head_call"), Telling(Post.DUTY, TEXT, "duty_call")),
        task=DutyTask.Kind.RING_INSPECTOR,
    ),
    "call_120": StepPlan((Telling(Post.DIRECTOR, CALL_AND_MAIL, "director_call"),)),
    "ask": StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "duty_call"),), task=DutyTask.Kind.ASK_AGAIN),
    "ring_again": StepPlan(
        (Telling(Post.DUTY, TEXT_AND_MAIL, "duty_call"),), task=DutyTask.Kind.RING_101_AGAIN
    ),
}

# A step of an episode that nobody has answered; the steps of one instant are one message to each recipient.
DUTY: Mapping[str, StepPlan] = {
    # Of what an ending opened, while there is time left: by mail alone.
    Step.R1: StepPlan((Telling(Post.DUTY, MAIL, "duty_step"), Telling(Post.WORKER, MAIL, "duty_step"))),
    Step.R2: StepPlan((Telling(Post.MANAGER, TEXT_AND_MAIL, "duty_step"),)),
    Step.R4: StepPlan((Telling(Post.HEAD, TEXT_AND_MAIL, "duty_step"),)),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, TEXT_AND_MAIL, "duty_step"),)),
}
DUTY_BY_MAIL: Mapping[str, StepPlan] = {
    step: StepPlan(tuple(replace(one, channels=MAIL) for one in plan.tellings)) for step, plan in DUTY.items()
}

# Paper that nobody has recorded: by mail alone, to the council and never to the police; what falls due together is one mail.
PAPERWORK: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.DUTY, MAIL, "paper_due"), Telling(Post.WORKER, MAIL, "paper_due"))),
    Step.R2: StepPlan((Telling(Post.MANAGER, MAIL, "paper_due"),)),
    Step.R4: StepPlan((Telling(Post.HEAD, MAIL, "paper_due"), Telling(Post.REVIEWING, MAIL, "paper_due"))),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, MAIL, "paper_due"),)),
}
# What somebody promised to do for the plan: they hear it first themselves, before whoever stands above; somebody of
# another house is reminded.
_OWNED = (Telling(Post.OWNER, MAIL, "paper_due"), Telling(Post.WORKER, MAIL, "paper_due"))
PROMISED: Mapping[str, StepPlan] = {
    **PAPERWORK,
    Step.R1: StepPlan((*_OWNED, Telling(Post.PROMISER, MAIL, "action_reminder"))),
}
# What a manager is to read or to see to is theirs from the first rung on.
MANAGERS: Mapping[str, StepPlan] = {**PAPERWORK, Step.R1: PAPERWORK[Step.R2]}
_BOTH = StepPlan((Telling(Post.MANAGER, MAIL, "paper_due"), Telling(Post.WORKER, MAIL, "paper_due")))
# That a child is to be discussed in supervision is for both who sit there, calmly, and then for whoever stands above.
SUPERVISED: Mapping[str, StepPlan] = {**PAPERWORK, Step.R1: _BOTH}
# A guardian's check of the child is theirs to do, and their supervisor's to ask for; then the council's.
CHECKED: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.CHECKS, MAIL, "guardian_check"),)),
    Step.R2: StepPlan((Telling(Post.CHECKS_LEAD, MAIL, "guardian_check"),)),
    Step.R4: _BOTH,
    Step.R5: StepPlan((Telling(Post.HEAD, MAIL, "paper_due"),)),
}
# The hours of police protection wait for no office: whoever is to act is texted as well.
PROTECTED: Mapping[str, StepPlan] = {
    step: StepPlan(
        tuple(
            replace(one, channels=MAIL if one.post in TOLD else TEXT_AND_MAIL, wording="protection_ends")
            for one in plan.tellings
        )
    )
    for step, plan in PAPERWORK.items()
}
# What a transfer owes, on both sides: the sender's posts and the receiver's. Paperwork goes by mail alone; a child who
# is on the road, or looked for, is rung about.
_LATE: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (
            Telling(Post.DUTY, MAIL, "transfer_late"),
            Telling(Post.RECEIVER_DUTY, MAIL, "transfer_late"),
            Telling(Post.WORKER, AS_CHOSEN, "transfer_told"),
        )
    ),
    Step.R2: StepPlan(
        (
            Telling(Post.MANAGER, MAIL, "transfer_late"),
            Telling(Post.RECEIVER_MANAGER, MAIL, "transfer_late"),
        )
    ),
    Step.R4: StepPlan(
        (Telling(Post.HEAD, MAIL, "transfer_late"), Telling(Post.RECEIVER_HEAD, MAIL, "transfer_late"))
    ),
}
TRANSFER: Mapping[str, Mapping[str, StepPlan]] = {
    Owed.PENDING: _LATE,
    Owed.DEPARTURE: _LATE,
    Owed.SHARED: _LATE,
    Owed.REPLY: {
        # That the offer is there is for the receiver; the worker hears when it is answered.
        Step.R0: StepPlan(
            (
                Telling(Post.RECEIVER_DUTY, MAIL, "transfer_offered"),
                Telling(Post.RECEIVER_MANAGER, MAIL, "transfer_offered"),
                Telling(Post.WORKER, AS_CHOSEN, "transfer_told"),
            )
        ),
        **_LATE,
    },
    Owed.DECLINED: {
        Step.R1: StepPlan(
            (Telling(Post.DUTY, MAIL, "transfer_declined"), Telling(Post.WORKER, MAIL, "transfer_declined"))
        )
    },
    Owed.ARRIVAL: {
        Step.R1: StepPlan(
            (
                Telling(Post.DUTY, TEXT_AND_MAIL, "transfer_arrival"),
                Telling(Post.RECEIVER_DUTY, TEXT_AND_MAIL, "transfer_arrival"),
                Telling(Post.WORKER, AS_CHOSEN, "transfer_told"),
            )
        ),
        Step.R2: StepPlan(
            (
                Telling(Post.MANAGER, TEXT_AND_MAIL, "transfer_arrival"),
                Telling(Post.RECEIVER_MANAGER, TEXT_AND_MAIL, "transfer_arrival"),
            )
        ),
        Step.R4: StepPlan(
            (
                Telling(Post.HEAD, TEXT_AND_MAIL, "transfer_arrival"),
                Telling(Post.RECEIVER_HEAD, TEXT_AND_MAIL, "transfer_arrival"),
            )
        ),
    },
    # The responsible side hears by the episode itself.
    Owed.MISSING: {Step.R1: StepPlan((Telling(Post.RECEIVER_DUTY, TEXT_AND_MAIL, "transfer_missing"),))},
}

# A rung with nobody on it climbs at once to the next of these.
NEXT_RUNG: Mapping[str, str] = dict(
    pairwise((Step.R0, Step.R1, Step.R2, Step.R3, Step.FAIL_SAFE, Step.R4, Step.R5))
)


def next_rung(step: str, steps: Collection[str]) -> str | None:
    """The rung after `step` among `steps`: a row without a fail-safe goes on from R3 to R4."""
    following = NEXT_RUNG.get(step)
    while following is not None and following not in steps:
        following = NEXT_RUNG.get(following)
    return following


_PLANS: Mapping[str, Mapping[str, StepPlan]] = {
    Clock.Kind.CONTACT: CONTACT,
    Clock.Kind.SECOND_EYES: SECOND_EYES,
    Clock.Kind.GUARDIAN: GUARDIAN,
    Clock.Kind.APPROACH: APPROACH,
    Clock.Kind.CONCERN: CONCERN,
    Clock.Kind.MESSAGE: MESSAGE,
    Clock.Kind.MATE_FOUND: MATE_FOUND,
    Clock.Kind.HEAD_COUNT: HEAD_COUNT,
    Clock.Kind.AWAY: AWAY,
    Clock.Kind.NOT_HERE: NOT_HERE,
    Clock.Kind.SEEN: SEEN,
    Clock.Kind.DUTY: DUTY,
    Clock.Kind.NO_WORKER: NO_WORKER,
    Clock.Kind.REVIEW: REVIEW,
    Clock.Kind.GLASS: GLASS,
}
_PAPERS: Mapping[str, Mapping[str, StepPlan]] = {
    **dict.fromkeys(OF_MANAGER, MANAGERS),
    **dict.fromkeys(paper_words.PROMISED, PROMISED),
    Paper.SUPERVISION: SUPERVISED,
    Paper.CARE_REVIEW: {**PAPERWORK, **CARE_REVIEW},
    Paper.DECISION: {**PAPERWORK, Step.R1: PAPERWORK[Step.R5]},
    Paper.GUARDIAN_CHECK: CHECKED,
    Paper.PROTECTION: PROTECTED,
}


def plan(
    kind: str, step: str, duty: str = "", *, on_journey: bool = False, has_died: bool = False
) -> StepPlan:
    """What this step of this kind of clock tells; of a transfer and of paper, of what is owed of it.

    After a death nobody is rung or texted of what is left to do, nor ever of a step that is owed by a day.
    """
    if on_journey and kind == Clock.Kind.CONTACT and step in JOURNEY:
        return JOURNEY[step]
    if kind == Clock.Kind.PAPERWORK:
        return _PAPERS.get(paper_words.paper_of(duty), PAPERWORK)[step]
    if kind == Clock.Kind.TRANSFER:
        return TRANSFER[duty][step]
    if kind == Clock.Kind.DUTY:
        by_mail = calm.is_by_mail(kind, duty, has_died=has_died)
        return (DUTY_BY_MAIL if by_mail else OF_SEARCH.get(duty, DUTY))[step]
    if kind == Clock.Kind.CALL:
        return CALL[step.split(":", maxsplit=1)[0]]
    return _PLANS[kind][step]

"""What a search tells more than once: that another force is asked to lead it, and that a found child may be meant."""

from collections.abc import Mapping
from dataclasses import replace

from alerts.duties import Duty
from alerts.posts import Post
from alerts.schedule import Step
from alerts.step_plans import MAIL, TEXT, TEXT_AND_MAIL, StepPlan, Telling

# Another force was asked to take the search over: both forces hear, and go on to hear, until it has answered.
_BOTH_FORCES = Telling(Post.FORCE, MAIL, "police_offered")
FORCE_ANSWER: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "force_offered"), _BOTH_FORCES), needs=Post.DUTY),
    Step.R2: StepPlan(
        (Telling(Post.MANAGER, TEXT_AND_MAIL, "force_offered"), _BOTH_FORCES), needs=Post.MANAGER
    ),
    Step.R4: StepPlan((Telling(Post.HEAD, TEXT_AND_MAIL, "force_offered"), _BOTH_FORCES), needs=Post.HEAD),
}
# A found child may be the one of this search: its owners look at once, and answer.
FOUND_ANSWER: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        (
            Telling(Post.DUTY, TEXT_AND_MAIL, "duty_found"),
            Telling(Post.FORCE, MAIL, "police_found"),
            Telling(Post.WORKER, MAIL, "told_found"),
        ),
        needs=Post.DUTY,
    ),
    Step.R2: StepPlan(
        (Telling(Post.MANAGER, TEXT_AND_MAIL, "duty_found"), Telling(Post.SECOND, TEXT, "duty_found"))
    ),
    Step.R4: StepPlan((Telling(Post.HEAD, TEXT_AND_MAIL, "duty_found"),)),
}
# By duty.
OF_SEARCH: Mapping[str, Mapping[str, StepPlan]] = {
    Duty.FORCE_ANSWER: FORCE_ANSWER,
    Duty.FOUND_ANSWER: FOUND_ANSWER,
}


def without_force(plan: StepPlan) -> StepPlan:
    """The same where the police are owed no word yet: a force first hears of a search by the call ladder."""
    return replace(plan, tellings=tuple(one for one in plan.tellings if one.post != Post.FORCE))

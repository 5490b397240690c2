"""What a search tells more than once: that another force was asked to lead it."""

from collections.abc import Mapping

from alerts.duties import Duty
from alerts.posts import Post
from alerts.schedule import Step
from alerts.step_plans import MAIL, TEXT_AND_MAIL, StepPlan, Telling

# Another force was asked to take the search over: both forces hear, and go on to hear, until it has answered.
_BOTH_FORCES = Telling(Post.FORCE, MAIL, "police_offered")
FORCE_ANSWER: Mapping[str, StepPlan] = {
    Step.R1: StepPlan((Telling(Post.DUTY, TEXT_AND_MAIL, "force_offered"), _BOTH_FORCES), needs=Post.DUTY),
    Step.R2: StepPlan(
        (Telling(Post.MANAGER, TEXT_AND_MAIL, "force_offered"), _BOTH_FORCES), needs=Post.MANAGER
    ),
    Step.R4: StepPlan((Telling(Post.HEAD, TEXT_AND_MAIL, "force_offered"), _BOTH_FORCES), needs=Post.HEAD),
}
# By duty.
OF_SEARCH: Mapping[str, Mapping[str, StepPlan]] = {Duty.FORCE_ANSWER: FORCE_ANSWER}

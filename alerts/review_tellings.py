"""What a review tells that nobody has recorded: of a search that goes on, and of the care of a looked-after child."""

from collections.abc import Mapping

from alerts.posts import Post
from alerts.schedule import Step
from alerts.step_plans import AS_CHOSEN, MAIL, StepPlan, Telling

# A review that nobody has recorded: R0 says before its day that it comes. Nobody is woken for a meeting: by mail alone.
REVIEW: Mapping[str, StepPlan] = {
    Step.R0: StepPlan(
        (
            Telling(Post.MANAGER, MAIL, "review_coming"),
            Telling(Post.WORKER, AS_CHOSEN, "review_coming"),
            Telling(Post.OFFICER, AS_CHOSEN, "review_coming"),
        )
    ),
    Step.R1: StepPlan((Telling(Post.DUTY, MAIL, "duty_step"), Telling(Post.WORKER, MAIL, "duty_step"))),
    Step.R2: StepPlan((Telling(Post.MANAGER, MAIL, "duty_step"),)),
    Step.R4: StepPlan(
        tuple(Telling(post, MAIL, "duty_step") for post in (Post.HEAD, Post.REVIEWING, Post.OFFICER))
    ),
    Step.R5: StepPlan((Telling(Post.DIRECTOR, MAIL, "duty_step"),)),
}
# Whoever chairs the review of the care hears with the first; above that it climbs as other paper does.
CARE_REVIEW: Mapping[str, StepPlan] = {
    Step.R1: StepPlan(
        tuple(Telling(post, MAIL, "paper_due") for post in (Post.DUTY, Post.WORKER, Post.OFFICER))
    )
}

"""That something was recorded by mistake, and why: it is struck through, stays readable, and counts no more."""

from django.db import models
from django.db.models import Q

from cases.models.children import Child
from cases.models.find_me import FindMeReview
from cases.models.held import HeldPaper
from cases.models.meetings import Meeting
from cases.models.people import User
from cases.models.visits import HostNotice, VisitRequest

# What can be struck through, and by which column.
KINDS: tuple[tuple[str, type[models.Model]], ...] = (
    ("held", HeldPaper),
    ("notice", HostNotice),
    ("review", FindMeReview),
    ("meeting", Meeting),
    ("request", VisitRequest),
)


def _exactly_one() -> Q:
    """One of the columns is filled, and no other."""
    found = Q()
    for kind, _model in KINDS:
        others = {f"{other}__isnull": True for other, _model in KINDS if other != kind}
        found |= Q(**{f"{kind}__isnull": False}, **others)
    return found


class Mistake(models.Model):
    """One of these rows, each of which nobody edits, was never so; this is written once, and nobody edits it either."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="mistakes")
    held = models.OneToOneField(
        HeldPaper, null=True, blank=True, on_delete=models.PROTECT, related_name="mistake"
    )
    notice = models.OneToOneField(
        HostNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="mistake"
    )
    review = models.OneToOneField(
        FindMeReview, null=True, blank=True, on_delete=models.PROTECT, related_name="mistake"
    )
    meeting = models.OneToOneField(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="mistake"
    )
    request = models.OneToOneField(
        VisitRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="mistake"
    )
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="mistake_is_of_one", condition=_exactly_one()),
            models.CheckConstraint(name="mistake_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: recorded by mistake"

    @property
    def kind(self) -> str:
        """What was recorded by mistake."""
        return next(kind for kind, _model in KINDS if getattr(self, f"{kind}_id") is not None)

    @property
    def row(self) -> HeldPaper | HostNotice | FindMeReview | Meeting | VisitRequest:
        """The row itself."""
        found: HeldPaper | HostNotice | FindMeReview | Meeting | VisitRequest = getattr(self, self.kind)
        return found

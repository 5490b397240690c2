"""For how long mail to somebody came back."""

from django.db import models
from django.db.models import Q

from cases.models.people import User
from cases.models.periods import ends_after_start


class MailRefusal(models.Model):
    """A time in which the address of a person is refused for good, or mail to it comes back, and they are told by no text."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mail_refusals")
    starts_at = models.DateTimeField()
    # When a mail had arrived again, an administrator said so, or they chose to be told by text; None while nothing arrives.
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("mail_refusal_ends_after_start"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(ends_at=None), name="mail_refusal_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: mail refused since {self.starts_at}"

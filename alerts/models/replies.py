"""What came back by mail about an episode: as written, and confirming nothing."""

from django.db import models
from django.db.models import Q

from cases import mail_domains
from cases.models import Mailbox, MissingEpisode, PoliceForce


class Reply(models.Model):
    """Append-only: one mail to an episode's address for replies, its words as plain text, its attachments by name alone."""

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="replies")
    # The registered mailbox it came from, or the force that this address's domain is known by; else nobody we know.
    mailbox = models.ForeignKey(Mailbox, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    force = models.ForeignKey(PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sender = models.CharField(max_length=254, blank=True)
    # Of the Message-ID: a mail server that hands the same mail over again makes no second update.
    key = models.CharField(max_length=64)
    # A machine wrote it: kept, and shown to nobody as an update.
    automatic = models.BooleanField()
    text = models.TextField(blank=True)
    cut = models.BooleanField(default=False)
    # [[name, type, bytes], …]; what was attached is not kept.
    attachments = models.JSONField(default=list, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["episode", "key"], name="reply_once")]

    def __str__(self) -> str:
        return f"reply {self.pk}"


class ReplyAnswer(models.Model):
    """Append-only: the one automatic answer that a correspondent of an episode is given."""

    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="answer")
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=254)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["episode", "address"], name="reply_answered_once_per_thread"),
            models.CheckConstraint(
                name="reply_answer_to_no_immigration_body",
                condition=~Q(address__iregex=mail_domains.PATTERN),
            ),
        ]

    def __str__(self) -> str:
        return f"answer to reply {self.reply_id}"

"""The seals of the record: what stood in it at a moment, so that whoever changes it afterwards is found out."""

from django.db import models


class Seal(models.Model):
    """Append-only: one batch of rows of one table as they stood, in one chain of all tables' seals."""

    number = models.PositiveBigIntegerField(unique=True)
    table = models.CharField(max_length=63)
    # Rows behind this id, which is the last of the table's seal before (none: from the first row there is), up to `last`.
    after = models.BigIntegerField(null=True)
    last = models.BigIntegerField()
    count = models.PositiveIntegerField()
    # Rows of this table in this seal and all before it.
    total = models.PositiveBigIntegerField()
    # What of a row is under the seal: a column that comes later breaks no seal from before it.
    columns = models.JSONField()
    # SHA-256 over the rows in the order of their ids.
    rows_digest = models.CharField(max_length=64)
    # Per row its id, whom it is about and the beginning of its digest: so that a broken seal names the row.
    marks = models.BinaryField()
    # Of events: the last number and digest of each child, or home, that the rows are about.
    heads = models.JSONField(default=dict)
    sealed_at = models.DateTimeField()
    previous_digest = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["table", "-number"], name="seal_last_of_table")]

    def __str__(self) -> str:
        return f"seal {self.number} of {self.table}"

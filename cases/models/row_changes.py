"""The history of rows that may be written over: what stood in each field before, kept by the database itself."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from cases.models.children import Child
from cases.models.people import User


class RowChange(models.Model):
    """Append-only: one change or removal of one row, written by a trigger in the statement that makes it.

    `fields` names the columns; `values` is JSON of each with what stood there and what stands there now, an empty
    pair where it is a secret. The values may be destroyed by a correction and then are empty; their digest stays.
    """

    # By the database's own clock; when it was known in the service's time says the child's event.
    at = models.DateTimeField()
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    removed = models.BooleanField()
    child = models.ForeignKey(
        Child, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # The number of the child's event that the same commit writes: every verb ends in one. Of no child, none.
    event = models.PositiveIntegerField(null=True, blank=True)
    fields = models.JSONField()
    values = models.TextField()
    # SHA-256 of the values as they were written.
    values_digest = models.CharField(max_length=64)
    # None where the engine or a command of the operator made the change.
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The request in which it was made, as the log of the service names it.
    request = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["child", "-id"], name="row_changes_of_child"),
            models.Index(fields=["table", "row"], name="row_changes_of_row"),
            # An auditor asks for a day; rows lie in the order in which they were written.
            BrinIndex(fields=["at"], name="row_changes_by_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row}"

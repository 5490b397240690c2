"""Whether this database is in service: the row that says so knows in which cluster and table it was written."""

from django.db import models
from django.db.models import Q


class Sending(models.Model):
    """The one row of it. A dump carries the row elsewhere, or into a new table: there it says nothing any more."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    is_on = models.BooleanField()
    # PostgreSQL's own numbers of the cluster and of the table when it was switched on.
    cluster = models.BigIntegerField()
    table = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="sending_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return "on" if self.is_on else "off"

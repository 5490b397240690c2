"""What a child's names sound like, so that a mis-spelt one is found."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child


class NameKey(models.Model):
    """One of a child's names with what it folds to; written by the verbs that write names, and by nobody else."""

    class Kind(models.TextChoices):
        NAME = "name", _("name")
        KNOWN_AS = "known_as", _("known as")
        SPELLING = "spelling", _("other spelling")
        SCRIPT = "script", _("own script")

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="name_keys")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=250)
    # A syllable of some scripts folds to several letters, so a key may be longer than its name.
    fold = models.TextField()
    bones = models.TextField()

    class Meta:
        indexes = [
            GinIndex(fields=["fold"], opclasses=["gin_trgm_ops"], name="name_by_fold"),
            GinIndex(fields=["bones"], opclasses=["gin_trgm_ops"], name="name_by_bones"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.kind}"

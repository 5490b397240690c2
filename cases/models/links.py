"""Which children belong together: what somebody says of it, and whether anybody has checked."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User
from cases.states import LinkStatus


class ChildLinkQuerySet(models.QuerySet["ChildLink"]):
    def of(self, child: Child) -> "ChildLinkQuerySet":
        """Those that name the child, from either end."""
        return self.filter(Q(child=child) | Q(other=child))

    def bonds(self) -> "ChildLinkQuerySet":
        """Those between two children: not those that say of two records that they are of one."""
        return self.exclude(kind="same")

    def same(self) -> "ChildLinkQuerySet":
        """Those that say of two records that they are of one child, and were not found to be wrong."""
        return self.filter(kind="same").exclude(check_result="not_so")


class ChildLink(models.Model):
    """One claim that two children are related or came together; it is the same seen from either of them.

    "Says is brother" is a claim until somebody checks it, and who travelled along may be who recruits.
    """

    class Kind(models.TextChoices):
        SIBLING = "sibling", _("Brother or sister")
        RELATIVE = "relative", _("Another relative")
        COMPANION = "companion", _("Travelled together")
        FRIEND = "friend", _("Friend")
        # No bond: two records of one child, such as of one who was found under another name. See cases/same_child.py.
        SAME = "same", _("The same child, on record twice")

    Check = LinkStatus

    # The one with the lower key, so that two children have one link of a kind and not two.
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="links_ahead")
    other = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="links_behind")
    kind = models.CharField(max_length=9, choices=Kind)
    said_by = models.CharField(_("who says so"), max_length=200)
    note = models.CharField(max_length=500, blank=True)
    # Whether one of the two may be a danger to the other.
    may_be_danger = models.BooleanField(default=False)
    check_result = models.CharField(max_length=11, choices=Check, default=Check.NOT_CHECKED)
    checked_how = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ChildLinkQuerySet.as_manager()

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(name="link_from_the_lower_key", condition=Q(child__lt=F("other"))),
            models.UniqueConstraint(fields=["child", "other", "kind"], name="link_of_a_kind_once"),
            models.CheckConstraint(
                name="link_checked_by_somebody",
                condition=Q(check_result="not_checked", checked_at=None, checked_by=None)
                | (Q(checked_at__isnull=False, checked_by__isnull=False) & ~Q(checked_how="")),
            ),
            models.CheckConstraint(
                name="link_same_child_said_by_two",
                condition=~Q(kind="same", check_result="confirmed") | ~Q(checked_by=F("recorded_by")),
            ),
        ]
        indexes = [
            # Of all links few say that two records are of one child; each tick asks for them.
            models.Index(
                fields=["child", "other"],
                name="link_same_confirmed",
                condition=Q(kind="same", check_result="confirmed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} and {self.other_id}: {self.kind}"

    def beside(self, child: Child) -> Child:
        """The other one of the two."""
        return self.other if child.pk == self.child_id else self.child

"""Who reviews the care of each child and can be told: by an account that opens the record."""

from collections.abc import Collection, Mapping
from datetime import datetime

from cases import barred
from cases.models import ReviewingOfficer, User


def by_child(child_ids: Collection[int], *, at: datetime) -> Mapping[int, User]:
    """By child the reviewing officer whose role is theirs at `at`, in two questions.

    Of a restricted record only one who is named with it: nobody is mailed about a child whom they may not open. The
    keep-from list is for whoever resolves the post.
    """
    rows = ReviewingOfficer.objects.in_post(at).filter(child__among=list(child_ids)).select_related("user")
    found = {row.child_id: row.user for row in rows if row.user is not None}
    named = barred.named_for(found, at) if found else {}
    return {pk: user for pk, user in found.items() if pk not in named or user.pk in named[pk]}

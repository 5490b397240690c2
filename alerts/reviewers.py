"""Who reviews the care of each child and can be told: by an account that opens the record."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from cases import barred
from cases.deadlines import london_day
from cases.models import ReviewingOfficer, User
from cases.worded import worded


def by_child(child_ids: Collection[int], *, at: datetime) -> Mapping[int, User]:
    """By child the reviewing officer whose role is theirs at `at`, in two questions.

    Of a restricted record only one who is named with it: nobody is mailed about a child whom they may not open. The
    keep-from list is for whoever resolves the post.
    """
    rows = _in_post(child_ids, at, london_day(at))
    found = {row.child_id: row.user for row in rows if row.user is not None}
    named = barred.named_for(found, at) if found else {}
    return {pk: user for pk, user in found.items() if pk not in named or user.pk in named[pk]}


@worded
def _in_post(child_ids: Any, at: Any, day: Any) -> QuerySet[ReviewingOfficer]:
    rows = ReviewingOfficer.objects.in_post(at, day=day)
    return rows.filter(child__among=child_ids).select_related("user")

"""By when a guardian is to check on a child: since when somebody watches over it, and when one of them saw it last."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from alerts import searches
from alerts.paper_facts import Checked
from cases.deadlines import add_months
from cases.facts import ChildFacts
from cases.models import Contact, Means, WitnessRole
from cases.worded import Question
from guardians.assignments import STAYS_MONTHS
from guardians.models import GuardianAssignment, GuardianLook

# A guardian sees a child, or speaks with it: what anybody could have written with its phone is no check.
CHECKS = (Means.FACE_TO_FACE, Means.LIVE_VIDEO, Means.PHONE)
# Whether a guardian has just written, at `at`, that they saw one of these children.
JUST_MADE = (
    "check by a guardian",
    f"""cases_contact WHERE child_id = ANY (%(ids)s) AND recorded_at = %(at)s
        AND witness_role = '{WitnessRole.GUARDIAN}' AND witness_user_id IS NOT NULL""",
)


def read(child_ids: Collection[int]) -> Mapping[int, Checked]:
    """Of those of these children over whom somebody watches; in two questions.

    It counts from the last check, or since somebody has watched over the child without a break: another guardian
    puts nothing off, and neither does a second service. A check is what a guardian recorded with their own account.
    """
    since = _since(child_ids)
    if not since:
        return {}
    last = dict(_LAST(since.keys()))
    return {pk: _checked(began, last.get(pk)) for pk, began in since.items()}


_LAST = Question(
    lambda ids: (
        Contact.objects.seen()
        .filter(
            child__among=ids, witness_role=WitnessRole.GUARDIAN, witness_user__isnull=False, means__in=CHECKS
        )
        .order_by()
        .values("child")
        .annotate(last=Max("happened_at"))
        .values_list("child", "last")
    )
)
_SPANS = Question(
    lambda ids: (
        GuardianAssignment.objects.filter(child__among=ids)
        .order_by("child", "starts_at", "pk")
        .values_list("child", "starts_at", "ends_at")
    )
)


def stays(loaded: Sequence[ChildFacts]) -> Mapping[int, tuple[datetime, str]]:
    """Of those who are looked for and have a guardian: since when they are missing, or when it was looked at last.

    A look before the six months are over is none, for until then the guardian stays whatever anybody thinks.
    """
    sought = {
        one.child.pk: one.open_episode for one in loaded if one.open_episode and searches.is_sought(one)
    }
    if not sought:
        return {}
    rows = GuardianAssignment.objects.filter(child__in=sought, ends_at=None).values_list("child", flat=True)
    said = GuardianLook.objects.standing().filter(episode__in=[one.pk for one in sought.values()])
    last = {
        row["child"]: row["last"] for row in said.order_by().values("child").annotate(last=Max("recorded_at"))
    }
    found = {}
    for pk in set(rows):
        looked, since = last.get(pk), sought[pk].since
        counts = looked is not None and looked >= add_months(since, STAYS_MONTHS)
        found[pk] = (looked, "again") if looked is not None and counts else (since, "start")
    return found


def _checked(began: datetime, last_at: datetime | None) -> Checked:
    if last_at is None or last_at < began:
        return Checked(began, done=False)
    return Checked(last_at, done=True)


def _since(child_ids: Collection[int]) -> Mapping[int, datetime]:
    """From when each of these children has had a guardian without a break, where it has one without an end."""
    spans: dict[int, tuple[datetime, datetime | None]] = {}
    for child_id, starts_at, ends_at in _SPANS(set(child_ids)):
        began, until = spans.get(child_id, (starts_at, starts_at))
        if until is not None and starts_at > until:
            began, until = starts_at, ends_at
        elif until is not None:
            until = None if ends_at is None else max(until, ends_at)
        spans[child_id] = began, until
    return {child_id: began for child_id, (began, until) in spans.items() if until is None}

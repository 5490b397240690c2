"""The councils' own policies beside what is delivered by now: what was agreed before a release may not be agreed today."""

from collections.abc import Iterator
from datetime import datetime

from alerts import head_counts, paper_additions, policy_rules, policy_shelf, revisions
from alerts.models import PolicyVersion
from alerts.policy_words import TITLES
from cases.deadlines import london_day
from cases.models import Authority


def beyond_bounds(now: datetime) -> Iterator[str]:
    """The own versions that hold or are to, in which a figure is out of its bounds or a closer watch is slower.

    What law sets is held wherever it is read; of the rest a council agrees something else, or goes by what is delivered.
    """
    stored = PolicyVersion.objects.filter(key__in=TITLES, authority__isnull=False)
    standing = Authority.objects.on(london_day(now)).filter(pk__in=stored.values("authority"))
    for authority in standing.order_by("code"):
        rows = policy_shelf.of_contact([authority.pk]).rows(policy_shelf.always(authority.pk))
        for key in TITLES:
            own = stored.filter(key=key, authority=authority).order_by("version")
            for version in paper_additions.counting(list(own), now):
                if version.follows_delivered:
                    continue
                others = policy_rules.standing(rows, key, max(now, version.takes_effect_at))
                if key == head_counts.ROW:
                    # It is never slower, whatever was agreed of the other since: it takes what is sooner there.
                    others = []
                found = revisions.figures_of(version)
                is_beyond = not all(one.is_within(one.stands) for one in found)
                if is_beyond or any(policy_rules.faults(key, version.data, others=others)):
                    yield f"{authority.code} {version}"


QUESTIONS = (
    (
        "no silence",
        "own policies longer than is delivered by now, or slower for a higher risk",
        beyond_bounds,
    ),
)

"""Which of an authority's children a draft is tried on: all of them, or those of one team, home or grade."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from alerts.replays import Period
from cases import access
from cases.models import Allocation, Authority, Home, Placement, Risk, Team, User
from cases.models.periods import overlaps

ALL = "all"
# As Django's choices: what is sent, and in which words; under a heading where there are several of a kind.
Choice = tuple[str, str | Promise]


def choices(authority: Authority) -> list[tuple[str, str] | tuple[str, Sequence[Choice]]]:
    """What can be chosen of this authority's children, in words: its own teams and the homes in its area alone."""
    teams = Team.objects.filter(authority=authority, kind=Team.Kind.SOCIAL_WORK).order_by("name")
    homes = Home.objects.filter(authority=authority).order_by("name")
    return [
        (ALL, _("All children of %(authority)s") % {"authority": authority.name}),
        (_("One team’s children"), [(f"team:{one.pk}", one.name) for one in teams]),
        (_("Children of one home"), [(f"home:{one.pk}", one.name) for one in homes]),
        (_("Children graded so today"), [(f"risk:{risk.value}", risk.label) for risk in Risk]),
    ]


def of(choice: str, period: Period, *, by: User, at: datetime) -> Q:
    """Which children were of the team or in the home for any of the period, or are graded so now, by one of `choices`.

    Of a few nobody is counted whose record is shut from whoever asks: a number would tell that they are there.
    """
    kind, _mark, which = choice.partition(":")
    if kind == ALL:
        return Q()
    there = overlaps(period.starts_at, period.ends_at)
    among = {
        "team": lambda: Q(pk__in=Allocation.objects.filter(there, team=int(which)).values("child")),
        "home": lambda: Q(pk__in=Placement.objects.filter(there, home=int(which)).values("child")),
        "risk": lambda: Q(risk=which),
    }
    return among[kind]() & ~access.shut(by, at)

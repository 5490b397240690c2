"""The verb of a corrected home: children there whose alerts went to its wrong force have the right one at once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alerts import areas
from cases import home_log, organisations
from cases.models import Home, Placement, PoliceForce, User


def correct(home: Home, *, force: PoliceForce, by: User, at: datetime, **facts: Any) -> Home:
    """Correct a home, its force too: so is that of each child whose placement there has the wrong one.

    An open search that began there has the right force beside the wrong one, and it hears at once. A child whose force was
    corrected on its own keeps that. Raises IllegalMove for a home that has closed.
    """
    with transaction.atomic():
        there = Placement.objects.filter(home=home, ends_at=None)
        home_log.lock_with_children(home.pk, lambda: there.all().values_list("child", flat=True))
        wrong = Home.objects.get(pk=home.pk).force
        home = organisations.correct_home(home, force=force, **facts, by=by, at=at)
        if force != wrong:
            _each(there.filter(force=wrong, child__closed_at=None), force, by=by, at=at)
    return home


def _each(there: QuerySet[Placement], force: PoliceForce, *, by: User, at: datetime) -> None:
    reason = _("The force of the home was wrong.")
    for placement in there.select_related("host_authority"):
        areas.correct(placement, authority=placement.host_authority, force=force, reason=reason, by=by, at=at)

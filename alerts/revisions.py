"""A policy is changed by two people: one drafts other figures, another agrees, and it begins at an instant to come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alerts import figures, policy_rules, policy_shelf, publications
from alerts.figures import Figure
from alerts.models import PolicyVersion
from alerts.policy_rules import Fault
from alerts.policy_words import TITLES
from cases import log
from cases.models import User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time

# Further ahead nobody remembers what was agreed.
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Draft:
    """Other figures for a policy, by name and each in its unit, in place of the version that it was drawn from."""

    key: str
    replaces: int
    values: Mapping[str, int]
    takes_effect_at: datetime
    reason: str


def can_change(key: str) -> bool:
    """Whether this is a policy of the council; the demo's and a drill's are not."""
    return key in TITLES


def last_of(key: str) -> PolicyVersion:
    """The last version that was agreed, which may not have begun yet."""
    return PolicyVersion.objects.filter(key=key, authority=None).order_by("-version")[0]


def figures_of(last: PolicyVersion) -> list[Figure]:
    """The figures of a version, bounded by what was delivered."""
    delivered = PolicyVersion.objects.filter(key=last.key, authority=None, published_by=None)
    first = delivered.order_by("-version").first()
    return figures.of(last.key, last.data, (first or last).data)


def data_of(draft: Draft, last: PolicyVersion) -> dict[str, Any]:
    """The whole policy as it would be stored."""
    return figures.changed(last.data, figures_of(last), draft.values)


def faults(draft: Draft, last: PolicyVersion, *, at: datetime) -> Iterator[Fault]:
    """Yield what is wrong with a draft at `at`, each at the figure or answer it is about."""
    bounds = {figure.name: figure for figure in figures_of(last)}
    for name, value in draft.values.items():
        figure = bounds.get(name)
        if figure is None or not figure.least <= value <= figure.most:
            yield Fault(name, _("This figure is out of its bounds"))
    data = data_of(draft, last)
    if data == last.data:
        yield Fault("", _("Nothing is different: change at least one figure"))
    others = policy_rules.standing(policy_shelf.of_contact(()).rows(), draft.key, draft.takes_effect_at)
    yield from policy_rules.faults(draft.key, data, others=others)
    if draft.takes_effect_at <= at:
        yield Fault("takes_effect_at", _("A policy begins in the future: choose a later time"))
    elif draft.takes_effect_at > at + FURTHEST:
        yield Fault("takes_effect_at", _("A policy begins within a year: choose an earlier time"))
    elif draft.takes_effect_at <= last.takes_effect_at:
        words = _("The version before this one begins at %(when)s: choose a later time")
        yield Fault("takes_effect_at", words % {"when": gov_time(last.takes_effect_at)})


def put_in_force(draft: Draft, *, seconded_by: User, by: User, at: datetime) -> PolicyVersion:
    """Store the draft as the next version, which begins at the instant it names.

    One revision of any policy at a time, for each is measured against the others. Raises IllegalMove where the draft
    was drawn from a version that is not the last any more, where it breaks a rule, and where both are one person.
    """
    if not can_change(draft.key):
        raise IllegalMove("This policy is not changed here.")
    with transaction.atomic():
        list(
            PolicyVersion.objects.select_for_update(no_key=True)
            .filter(key__in=TITLES, version=1)
            .order_by("pk")
        )
        last = last_of(draft.key)
        if last.version != draft.replaces:
            raise IllegalMove(
                "Somebody else has changed this policy since. Draft it again from what stands now."
            )
        if any(faults(draft, last, at=at)):
            raise IllegalMove("This draft breaks a rule of the policies. Look at its figures again.")
        version = publications.publish_figures(
            draft.key,
            data_of(draft, last),
            reason=draft.reason,
            takes_effect_at=draft.takes_effect_at,
            seconded_by=seconded_by,
            by=by,
            at=at,
        )
        agreed = {"key": version.key, "version": version.version, "drafted_by": by.pk}
        log.record_configuration(version, "policy_agreed", data=agreed, by=seconded_by, at=at)
    return version

"""Agree in how many working days a transfer from one authority is to be over, where that is not the number of all."""

from argparse import ArgumentParser
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from alerts import (
    policies,
    policy_rules,
    policy_shelf,
    policy_turns,
    publications,
    transfer_policies,
)
from alerts.models import PolicyVersion
from alerts.transfer_ladder import Limits
from cases import administration, clock, log
from cases.models import Authority, User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time

MOST = 20


class Command(BaseCommand):
    help = (
        "Let transfers from an authority be over in another number of working days; two people of it agree."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("authority", help="the authority's code, such as E10000016")
        parser.add_argument("days", type=int, help=f"working days from the referral, 1 to {MOST}")
        parser.add_argument("--by", required=True, help="the email address of one of the two")
        parser.add_argument("--seconded-by", required=True, help="the email address of the other")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        authority = Authority.objects.filter(code=options["authority"]).first()
        if authority is None:
            raise CommandError(f"There is no authority with the code {options['authority']}.")
        if not 1 <= options["days"] <= MOST:
            raise CommandError(f"Enter a number of working days from 1 to {MOST}.")
        by, second = (_agreeing(options[name], authority) for name in ("by", "seconded_by"))
        try:
            with transaction.atomic():
                _agree(authority, options["days"], options["reason"], seconded_by=second, by=by)
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Transfers from {authority.name} that are referred from now on: {options['days']} working days."
        )


def _agree(authority: Authority, days: int, reason: str, *, seconded_by: User, by: User) -> None:
    """Store the limits that hold by now, with these days in them: what others agree meanwhile is waited for."""
    publications.wait_for(policies.TRANSFER)
    now = clock.now()
    whose = _whose(authority, now)
    _require_last(authority, whose, now)
    limits = transfer_policies.at_referral(policy_shelf.transfers_from(authority.pk), now)
    data = transfer_policies.data_of(_with(days, limits, authority, is_own=whose is not None))
    for fault in policy_rules.faults(policies.TRANSFER, data):
        raise CommandError(f"{fault.words}.")
    version = publications.publish_figures(
        policies.TRANSFER,
        data,
        reason=reason,
        takes_effect_at=now,
        seconded_by=seconded_by,
        authority_id=whose,
        by=by,
        at=now,
    )
    agreed = {"key": version.key, "version": version.version, "drafted_by": by.pk}
    log.record_configuration(version, "policy_agreed", data=agreed, by=seconded_by, at=now)


def _with(days: int, limits: Limits, authority: Authority, *, is_own: bool) -> Limits:
    """The limits with these days: the figure that the page shows where they are the authority's own, else beside it."""
    others = {code: number for code, number in limits.pending_of.items() if code != authority.code}
    if is_own:
        return replace(limits, pending=days, pending_of=others)
    return replace(limits, pending_of={**others, authority.code: days})


def _whose(authority: Authority, now: datetime) -> int | None:
    """Whose version says so: the authority's own where it goes by one now, else that of all."""
    holds = policy_turns.in_force(_versions(authority.pk), now)
    return None if holds is None or holds.follows_delivered else authority.pk


def _require_last(authority: Authority, whose: int | None, now: datetime) -> None:
    """Nothing is to come that these days would put out of force, or that would end them unseen."""
    coming = [
        one.takes_effect_at
        for chain in map(_versions, {whose, authority.pk})
        for one in chain
        if one.takes_effect_at > now and policy_turns.in_force(chain, one.takes_effect_at) is one
    ]
    if coming:
        raise CommandError(
            f"Limits of transfers that were agreed already begin on {gov_time(min(coming))}. "
            "Agree on these days as a figure of the policy, on its page, or once those have begun."
        )


def _versions(authority_id: int | None) -> list[PolicyVersion]:
    """The versions that are this authority's, or of None those of all, as they were put on record."""
    own = PolicyVersion.objects.filter(key=policies.TRANSFER, authority=authority_id)
    return list(own.order_by("version"))


def _agreeing(email: str, authority: Authority) -> User:
    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None or not administration.may_agree(person, [authority.pk], at=clock.now()):
        raise CommandError(f"{email} is no administrator and no director of {authority.name}.")
    return person

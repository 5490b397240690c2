"""Agree in how many working days a transfer from one authority is to be over, where that is not the number of all."""

from argparse import ArgumentParser
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from alerts import policies, policy_shelf, policy_turns, publications, transfer_policies
from alerts.models import PolicyVersion
from cases import administration, clock, log
from cases.models import Authority, User
from cases.states import IllegalMove

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
    limits = transfer_policies.at_referral(policy_shelf.transfers_from(authority.pk), now)
    agreed = replace(limits, pending_of={**limits.pending_of, authority.code: days})
    version = publications.publish_figures(
        policies.TRANSFER,
        transfer_policies.data_of(agreed),
        reason=reason,
        takes_effect_at=now,
        seconded_by=seconded_by,
        authority_id=_whose(authority, now),
        by=by,
        at=now,
    )
    data = {"key": version.key, "version": version.version, "drafted_by": by.pk}
    log.record_configuration(version, "policy_agreed", data=data, by=seconded_by, at=now)


def _whose(authority: Authority, now: datetime) -> int | None:
    """Whose version says so: the authority's own where it goes by one now, else that of all."""
    own = PolicyVersion.objects.filter(key=policies.TRANSFER, authority=authority).order_by("version")
    holds = policy_turns.in_force(list(own), now)
    return None if holds is None or holds.follows_delivered else authority.pk


def _agreeing(email: str, authority: Authority) -> User:
    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None or not administration.may_agree(person, [authority.pk], at=clock.now()):
        raise CommandError(f"{email} is no administrator and no director of {authority.name}.")
    return person

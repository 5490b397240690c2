"""Make the demo's children to look at, one in each state, or print docs/demo.md, which lists them."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from alerts import demo
from alerts.demo_states import listing, making, nameless, victims
from cases import clock
from cases.models.assessments import INDICATORS
from cases.states import IllegalMove


class Command(BaseCommand):
    help = (
        "Make the demo’s children to look at, unless those of this story stand; --list prints who they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="print docs/demo.md and make nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            with translation.override("en-gb"):
                self.stdout.write("\n".join(_page()))
            return
        try:
            now = clock.now()
            made = making.make(demo.set_stage(at=now), at=now)
        except IllegalMove as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{making.how_many()} children to look at." if made else "They stand.")


HEAD = """\
# Children to look at

Printed by `./run manage demo_states --list > docs/demo.md`; a test compares them. The demo has a child in each state of
[states.md](states.md). Sign in as *Social worker* or *Head of service* of the demo and search for the name. All of them are
invented and at rest: nobody is told of any of them for a week, nor of the one who is missing and the one on a journey, of
whom people hear within the hour elsewhere. Report one of them missing, or *Not here*, and people hear as they would of any
other child. They are there about a minute after the address is printed, and a new story has
new ones. Where several states stand beside each other on one page, one child has a row in each. Hodan Warfaa is a child of
Saltbridge: what is asked for her stands on the list of the *Duty desk*.
"""
SIGNS = """\
## Signs of trafficking

They stand in the risk assessment of {name}, and on the page of the National Referral Mechanism under *What the referral is
written from*: each that was ticked, with how it is known.

| sign | how it is known |
|---|---|"""
FOUND = """\
## Found children who do not say who they are

Sign in as *Duty desk* and open *Found children*. These two do not rest: their desk is told of the answer at once, and from
six hours after the child was found it is asked who looks after them, as of any other. A new story closes them.

| state | found at |
|---|---|"""


def _page() -> Iterator[str]:
    yield HEAD
    for machine, children in groupby(making.CHILDREN, key=lambda shown: shown.machine):
        yield f"## {machine}\n"
        yield from ("| state | on screens | child |", "|---|---|---|")
        for one in children:
            yield from (f"| `{state}` | {state.label} | {one.full_name} |" for state in one.states)
        yield ""
    yield SIGNS.format(name=victims.CHILDREN[0].full_name)
    yield from (f"| {INDICATORS[code]} | {known} |" for code, known in victims.SIGNS.items())
    yield ""
    yield FOUND
    yield from (f"| {one.state} | {one.place} |" for one in nameless.CHILDREN)
    yield ""
    yield from _others("Elsewhere in the demo", "where", listing.ELSEWHERE)
    yield ""
    yield from _others("Not to be seen at rest", "why", listing.NOT_AT_REST)


def _others(title: str, column: str, of: Mapping[listing.State, str]) -> Iterator[str]:
    yield f"## {title}\n"
    yield from (f"| of | state | {column} |", "|---|---|---|")
    yield from (f"| {machine} | `{state}` | {words} |" for (machine, state), words in of.items())

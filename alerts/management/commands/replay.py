"""Replay a proposed policy over past facts, beside the policy in force: counts, and no child among them."""

import json
from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alerts import replay_files, replay_words, replays
from alerts.replay_files import NotReplayedError
from alerts.replays import Comparison, Period, Tally
from cases import clock
from cases.deadlines import at_london
from cases.models import Authority

MOST_DAYS = 366


class Command(BaseCommand):
    help = "Show what a proposed policy would have told in a past period, beside the policy in force. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--policy", required=True, help="a version such as high:2, or a JSON file of figures"
        )
        parser.add_argument("--from", required=True, dest="first", help="the first day, such as 2026-03-02")
        parser.add_argument("--to", required=True, dest="last", help="the last day, London time")
        parser.add_argument(
            "--authority", help="one authority's code, whose own it would be; of all where none is named"
        )
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        period = _period(options["first"], options["last"], clock.now())
        authorities = Authority.objects.order_by("code")
        if options["authority"]:
            authorities = authorities.filter(code=options["authority"])
            if not authorities:
                raise CommandError(f"There is no authority with the code {options['authority']}.")
        codes = dict(authorities.values_list("pk", "code"))
        try:
            whose = next(iter(codes)) if options["authority"] else None
            proposal = replay_files.read(options["policy"], whose)
        except NotReplayedError as refusal:
            raise CommandError(str(refusal)) from refusal
        found = replays.compare(proposal, period, codes)
        if options["json"]:
            self.stdout.write(json.dumps(_as_data(proposal.key, found, codes), indent=2))
        else:
            self.stdout.write("\n".join(_as_lines(proposal.key, found, codes)))


def _period(first: str, last: str, now: datetime) -> Period:
    starts_at, ends_at = at_london(_day(first), time()), at_london(_day(last) + timedelta(days=1), time())
    if ends_at <= starts_at:
        raise CommandError("The last day comes before the first.")
    if ends_at > now:
        raise CommandError("The last day is over before it can be replayed: name yesterday or earlier.")
    if ends_at - starts_at > timedelta(days=MOST_DAYS):
        raise CommandError(f"Replay at most {MOST_DAYS} days.")
    return Period(starts_at, ends_at)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise CommandError(f"{said} is no day such as 2026-03-02.") from error


def _as_data(key: str, found: Comparison, codes: dict[int, str]) -> dict[str, Any]:
    return {
        "policy": key,
        "from": found.period.starts_at.isoformat(),
        "to": found.period.ends_at.isoformat(),
        "children": found.in_force.children,
        "about": f"{replay_words.covers(key)} See docs/adr/0081.",
        "left_out": replay_words.left_out(key),
        "in_force": _tally(found.in_force, found, codes),
        "proposed": _tally(found.proposed, found, codes),
    }


def _tally(tally: Tally, found: Comparison, codes: dict[int, str]) -> dict[str, Any]:
    return {
        "alerts": tally.alerts,
        "alerts_a_day": _a_day(tally.alerts, found),
        "alerts_by_day": {day.isoformat(): tally.by_day[day] for day in sorted(tally.by_day)},
        "alerts_by_duty_desk": {codes[desk]: tally.by_desk[desk] for desk in found.desks},
        "police_messages": tally.police_messages,
        "median_seconds_to_police": _seconds(tally.median_wait),
        "longest_seconds_to_police": _seconds(tally.longest_wait),
        "children_never_alerted": tally.never_alerted,
        "climbed": {step: tally.climbed[step] for step in found.steps},
    }


def _as_lines(key: str, found: Comparison, codes: dict[int, str]) -> list[str]:
    both = [_tally(tally, found, codes) for tally in (found.in_force, found.proposed)]
    rows = [
        (name.replace("_", " "), *(one[name] for one in both))
        for name, value in both[0].items()
        if not isinstance(value, dict)
    ]
    for name, words in (("alerts_by_duty_desk", "alerts, desk of"), ("climbed", "climbed")):
        rows += [(f"{words} {each}", *(one[name][each] for one in both)) for each in both[0][name]]
    head = f"{key}: {found.in_force.children} children, {round(found.period.days)} days"
    return (
        [head, f"{'':36}{'in force':>12}{'proposed':>12}"]
        + [f"{name:36}{_shown(was):>12}{_shown(would):>12}" for name, was, would in rows]
        + [words for words in (replay_words.covers(key), replay_words.left_out(key)) if words]
    )


def _shown(value: object) -> str:
    return "-" if value is None else str(value)


def _a_day(count: int, found: Comparison) -> float:
    return round(count / found.period.days, 2)


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())

"""The verb that writes the demo's population: once, where no other child is, in one commit."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.conf import settings
from django.db import connection, transaction

from alerts import clocks
from alerts.population import ladders, lives, portraits, searches, stage
from alerts.population.book import Book
from alerts.population.plan import Life, Plan, draw
from alerts.population.searches import Search
from alerts.population.told import Told, Written
from cases import log, references
from cases.litter import left_lying
from cases.models import Authority, Child, ReferenceSerial, User
from cases.states import IllegalMove

BATCH = 1000
SEED_LOCK = 4_178_2016


@dataclass(frozen=True)
class Sown:
    """What stands now."""

    children: int
    missing: int
    open: int
    rows: int


def standing() -> User | None:
    """The register that the invented children came in by; None where none were sown."""
    return User.objects.filter(email=stage.REGISTER).first()


def refuse_beside_others(*, empty_database: bool) -> None:
    """Raise `IllegalMove` where other children than the story's are on record, or the service may be a real one."""
    if not settings.DEMO and not empty_database:
        raise IllegalMove(
            "Invented children are for the demo, or for an empty database that you name as one."
        )
    if standing() is not None:
        raise IllegalMove("The invented children are here already.")
    others = Child.objects.filter(demo_watch=None) if settings.DEMO else Child.objects.all()
    if others.exists():
        raise IllegalMove("There are children on record, and invented ones are never put beside them.")


def sow(plan: Plan, *, empty_database: bool = False) -> Sown:
    """Write the whole population in one commit, as the application's role; raises `IllegalMove` beside other children."""
    with ExitStack() as kept, transaction.atomic():
        with connection.cursor() as cursor:
            # To draw a population asks the database nothing for a while.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEED_LOCK])
        refuse_beside_others(empty_database=empty_database)
        with left_lying():
            return _sow(plan, kept)


def _sow(plan: Plan, kept: ExitStack) -> Sown:
    rng = Random(plan.number)  # noqa: S311 - the same number draws the same children, which no secret may
    authorities = _authorities(plan)
    drawn = draw(plan, rng)
    stage.share_out(drawn, authorities, rng)
    book = Book()
    everything = stage.build(book, drawn, authorities, at=plan.at, rng=rng)
    told, open_searches = _live(everything, drawn)
    portraits.hang(everything, open_searches, kept)
    rows = book.write()
    watched = [one.child.pk for one in told if one.life.open]
    for start in range(0, len(watched), BATCH):
        clocks.recompute(watched[start : start + BATCH], at=plan.at)
    ladders.climb(book, open_searches, plan.at)
    rows += book.write() + _write_events(told)
    ladders.rest(open_searches, at=plan.at)
    return Sown(len(told), len(open_searches), len(watched), rows)


def _live(everything: stage.Stage, drawn: Sequence[Life]) -> tuple[list[Told], list[Search]]:
    told, open_searches = [], []
    numbers = _references(drawn)
    for life in drawn:
        one = lives.begin(everything, life, next(numbers))
        lives.live(everything, one)
        number = searches.past(everything, one) + 1
        search = searches.still_open(everything, one, number)
        if search is not None:
            open_searches.append(search)
        lives.end(one)
        told.append(one)
    return told, open_searches


def _authorities(plan: Plan) -> list[Authority]:
    rows = Authority.objects.on(plan.at.date()).select_related("force").order_by("code")
    found = list(rows[: plan.authorities] if plan.authorities else rows)
    if not found:
        raise IllegalMove("No authority is on record: load the reference data first.")
    return found


def _references(drawn: Sequence[Life]) -> Iterator[str]:
    """The next references of each year, as registering one by one would give them."""
    years = sorted({life.registered_at.year for life in drawn})
    serials = {year: ReferenceSerial.objects.get_or_create(year=year)[0] for year in years}
    for life in drawn:
        serial, reference = serials[life.registered_at.year], None
        while reference is None:
            serial.last += 1
            reference = references.child_reference(serial.year, serial.last)
        if life is drawn[-1]:
            ReferenceSerial.objects.bulk_update(serials.values(), ["last"])
        yield reference


def _write_events(told: Sequence[Told]) -> int:
    """Link each child's past into its chain, in the order in which it was written."""
    book = Book()
    written = 0
    for start in range(0, len(told), BATCH):
        past = [entry for one in told[start : start + BATCH] for entry in sorted(one.past, key=_written_at)]
        for event in log.chain(past):
            book.add(event)
        written += book.write()
    return written


def _written_at(entry: Written) -> datetime:
    return entry[2]

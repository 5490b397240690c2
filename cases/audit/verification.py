"""Verification: every chain and every seal made anew from the rows, and what does not fit named."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from cases.audit import chains, destroyed, seals, tables
from cases.audit.chains import Finding
from cases.audit.heads import Head
from cases.audit.tables import Row, Table
from cases.log import GENESIS
from cases.models import Correction, Seal
from cases.models.corrections import DESTROYED

SEALS = Seal._meta.db_table
# A row that has stood for so long is to be under a seal: else whoever removes the last seals would not be found out.
UNSEALED_FOR = timedelta(hours=1)
_UNSEALED = """
    SELECT count(*), count(*) FILTER (WHERE {written} < %(old)s), min(id) FILTER (WHERE {written} < %(old)s)
    FROM {table} WHERE id > %(last)s
"""
_UP_TO = """
    SELECT count(*), max(id) FROM {table} WHERE id <= %s
"""
# Of one seal no more strange rows than this are named one by one.
NAMED = 1000


@dataclass
class Verification:
    """One run over the whole record, and what it has read."""

    events: int = 0
    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    # The newest seal of each table.
    last: dict[str, Seal] = field(default_factory=dict)
    corrections: dict[str, dict[int, list[Correction]]] | None = None

    def findings(self, *, now: datetime, head: Head | None = None) -> Iterator[Finding]:
        """Whatever is wrong, as it is found; nothing when the record is what it was, and what `head` says it was."""
        yield from chains.broken(self._count_events)
        yield from destroyed.unaccounted()
        yield from self._seals()
        if head is not None:
            yield from _beside(head)
        for table in tables.sealed():
            yield from self._unsealed(table, now)

    def _count_events(self, number: int) -> None:
        self.events += number

    def _seals(self) -> Iterator[Finding]:
        number, digest = 0, GENESIS
        while (one := Seal.objects.filter(number__gt=number).order_by("number").first()) is not None:
            if one.number != number + 1:
                yield _of_seal(one, f"missing: seal {number + 1} is not there, {one.number} comes next")
            elif one.previous_digest != digest:
                yield _of_seal(one, f"seal {one.number} does not follow seal {number}")
            if seals.digest_of(one) != one.digest:
                yield _of_seal(one, f"seal {one.number} was edited")
            yield from self._sealed_rows(one)
            self.seals += 1
            self.last[one.table] = one
            number, digest = one.number, one.digest

    def _sealed_rows(self, one: Seal) -> Iterator[Finding]:
        table = {table.name: table for table in tables.sealed()}.get(one.table)
        gone = set(one.columns) - set(tables.present(table)) if table is not None else set()
        if table is None or gone:
            yield _of_seal(
                one, f"what seal {one.number} covers is not there: {', '.join(sorted(gone)) or one.table}"
            )
            return
        before = self.last.get(one.table)
        if one.after != (before.last if before else None):
            yield _of_seal(
                one, f"seal {one.number} does not begin where the seal before it of {one.table} ends"
            )
        compared = _Compared(table, one, self._corrected(table))
        yield from compared.findings()
        self.rows += compared.read

    def _corrected(self, table: Table) -> Mapping[int, list[Correction]]:
        """The rows of which two people destroyed a passage, so that they are not what they were."""
        if self.corrections is None:
            self.corrections = defaultdict(lambda: defaultdict(list))
            for made in destroyed.corrections():
                self.corrections[made.table][made.row].append(made)
        return self.corrections[table.name]

    def _unsealed(self, table: Table, now: datetime) -> Iterator[Finding]:
        quote = connection.ops.quote_name
        last = self.last.get(table.name)
        statement = _UNSEALED.format(written=quote(table.written), table=quote(table.name))
        bounds: dict[str, datetime | int] = {
            "old": now - UNSEALED_FOR,
            "last": last.last if last else -(2**63),
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, bounds)
            number, old, first = cursor.fetchone()
        self.unsealed += number
        if old:
            yield Finding(
                table.name,
                first,
                "",
                f"unsealed: {old} rows from here on have stood for over an hour under no seal",
            )


class _Compared:
    """The rows that a seal covers, beside what it says of them."""

    def __init__(self, table: Table, one: Seal, corrected: Mapping[int, list[Correction]]) -> None:
        self.table, self.seal, self.corrected = table, one, corrected
        self.read = 0
        self.edited: list[tuple[int, int, bytes]] = []
        self.missing: list[tuple[int, int]] = []
        self.inserted: list[Row] = []
        self.more = 0

    def findings(self) -> Iterator[Finding]:
        """Each row that was changed, removed or put between; when all are, the seal's rows as one."""
        marks = list(seals.MARK.iter_unpack(bytes(self.seal.marks)))
        digest = seals.digest_of_rows(self._compare(marks))
        if self.missing and not self.read:
            first, last = marks[0][0], marks[-1][0]
            yield Finding(
                self.table.name,
                first,
                self._about(marks[0][1]),
                f"missing: all {len(marks)} rows {first} to {last} of seal {self.seal.number}",
            )
            return
        yield from self._named({digest: key for key, _, digest in marks})
        found = self.edited or self.missing or self.inserted
        if not found and (digest != self.seal.rows_digest or self.read != self.seal.count):
            yield _of_seal(self.seal, f"the rows are not those that seal {self.seal.number} was made of")
        elif not found and self._last_events(marks) != self.seal.heads:
            yield _of_seal(self.seal, f"the last events are not those that seal {self.seal.number} names")

    def _last_events(self, marks: list[tuple[int, int, bytes]]) -> dict[str, list[Any]]:
        return seals.heads(self.table, marks[0][0], marks[-1][0]) if self.table.numbered and marks else {}

    def _compare(self, marks: list[tuple[int, int, bytes]]) -> Iterator[Row]:
        one = self.seal
        expected = iter(marks)
        mark = next(expected, None)
        for row in tables.rows(self.table, one.columns, after=one.after, last=one.last):
            self.read += 1
            while mark is not None and mark[0] < row.id:
                self.missing.append(mark[:2])
                mark = next(expected, None)
            if mark is None or mark[0] > row.id:
                self._strange(row)
            else:
                if row.digest[:8] != mark[2]:
                    row = self._as_it_was(row)  # noqa: PLW2901 - what was sealed is what is compared
                if row.digest[:8] != mark[2] or not row.whole:
                    self.edited.append((row.id, mark[1], row.digest[:8]))
                mark = next(expected, None)
            yield row
        while mark is not None:
            self.missing.append(mark[:2])
            mark = next(expected, None)

    def _as_it_was(self, row: Row) -> Row:
        """The row with the digest that it had before its passage was destroyed; with nothing else in that place."""
        for made in reversed(self.corrected.get(row.id, [])):
            if row.digest.hex() == made.row_after and tables.says(self.table, row.id, made.column, DESTROYED):
                row = replace(row, digest=bytes.fromhex(made.row_before))
        return row

    def _strange(self, row: Row) -> None:
        if len(self.inserted) < NAMED:
            self.inserted.append(row)
        else:
            self.more += 1

    def _named(self, stood: dict[bytes, int]) -> Iterator[Finding]:
        """`stood` is at which id each digest stood when it was sealed."""
        name = self.table.name
        for key, owner, digest in self.edited:
            was = stood.get(digest)
            moved = was is not None and was != key
            yield Finding(
                name, key, self._about(owner), f"reordered: holds what row {was} held" if moved else "edited"
            )
        for key, owner in self.missing:
            yield Finding(name, key, self._about(owner), "missing")
        for row in self.inserted:
            was = stood.get(row.digest[:8])
            wrong = "inserted after it was sealed" if was is None else f"reordered: holds what row {was} held"
            yield Finding(name, row.id, self._about(row.owner), wrong)
        if self.more:
            yield _of_seal(self.seal, f"{self.more} more rows were inserted under seal {self.seal.number}")

    def _about(self, owner: int) -> str:
        return self.table.named(owner) if owner and self.table.owner else ""


def _beside(head: Head) -> Iterator[Finding]:
    """What the head says and the record does not: under the seal that it names everything is as it was."""
    digest = Seal.objects.filter(number=head.seal).values_list("digest", flat=True).first()
    if digest == head.digest:
        return
    wrong = (
        "cut off: the head's seal {} is not there" if digest is None else "the head's seal {} was another one"
    )
    yield Finding(SEALS, None, "", wrong.format(head.seal))
    for name, sealed in sorted(head.tables.items()):
        with connection.cursor() as cursor:
            cursor.execute(_UP_TO.format(table=connection.ops.quote_name(name)), [sealed["last"]])
            rows, newest = cursor.fetchone()
        if rows != sealed["rows"]:
            stood = f"of {sealed['rows']} rows up to {sealed['last']} that the head counts there are {rows}"
            yield Finding(name, newest, "", f"cut off: {stood}, the last is {newest or 'none'}")


def _of_seal(one: Seal, wrong: str) -> Finding:
    return Finding(SEALS, one.pk, one.table, wrong)

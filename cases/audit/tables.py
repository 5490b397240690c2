"""Which tables are sealed, and how a row of one is read so that its digest says all of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from cases.models import Child

# Rows read at once, and rows of one seal at most: memory stays the same however long the record is.
BATCH = 5000
_ROWS = """
    SELECT id, {owner}, sha256(convert_to(jsonb_build_array({values})::text, 'UTF8')), {whole}
    FROM {table} WHERE {behind} id <= %s ORDER BY id LIMIT {batch}
"""
_DIGEST = """
    SELECT sha256(convert_to(jsonb_build_array({values})::text, 'UTF8')) FROM {table} WHERE id = %s
"""
_SAYS = """
    SELECT {column} = %s FROM {table} WHERE id = %s
"""
_OF_EPISODE = """(
    SELECT episode.child_id FROM cases_missingepisode AS episode WHERE episode.id = {table}.episode_id
)"""
_OF_JOURNEY = "(SELECT j.child_id FROM cases_journey AS j WHERE j.id = cases_journeystop.journey_id)"
_OF_SIGHTING = "(SELECT c.child_id FROM cases_contact AS c WHERE c.id = cases_journeyconfirmation.contact_id)"
_OF_FOUND = "(SELECT f.matter_id FROM cases_foundchild AS f WHERE f.id = cases_foundaddition.found_id)"
_OF_TRANSFER = """(
    SELECT transfer.child_id FROM cases_transfer AS transfer WHERE transfer.id = cases_acknowledgement.transfer_id
)"""
_FITS = """(
    encode(sha256(convert_to({words}, 'UTF8')), 'hex') = {kept} OR {words} = '' AND ({kept} = '' OR {lawful})
)"""
# A history is emptied by a correction of one of its own fields, which an event of the child tells of, and by nothing else.
_CORRECTED = """EXISTS (
    SELECT FROM cases_correction AS made JOIN cases_event AS told
        ON told.kind = 'passage_destroyed' AND told.subject_type = 'correction' AND told.subject_id = made.id
        AND told.child_id = made.child_id
    WHERE made."table" = cases_rowchange."table" AND made."row" = cases_rowchange."row"
        AND cases_rowchange.fields ? made."column"
)"""


@dataclass(frozen=True)
class Table:
    """One append-only table: whom a row is about, when it was written, and what of it is not sealed."""

    name: str
    # The column of when it was written: a row that has stood for long is to be sealed.
    written: str
    # The child or home that a row is about, as a column or in SQL; none where the row itself says whom.
    owner: str | None = None
    named: Callable[[int], str] = str
    # Events are numbered per owner, so their seal holds each owner's last number.
    numbered: bool = False
    # Columns whose words may be emptied, each with the column that keeps its SHA-256 and, in SQL, when that is lawful.
    emptied: tuple[tuple[str, str, Callable[[], str]], ...] = ()
    # Columns that are written once, after the row: an event of the child seals what they say.
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row as a seal sees it: `whole` is false where words no longer fit the digest kept beside them."""

    id: int
    owner: int
    digest: bytes
    whole: bool


def child(child_id: int) -> str:
    """The child's reference, or its key where there is no such child any more."""
    found = Child.objects.filter(pk=child_id).values_list("reference", flat=True).first()
    return found or f"child {child_id}"


def home(home_id: int) -> str:
    """A home, by its key."""
    return f"home {home_id}"


def authority(authority_id: int) -> str:
    """An authority, by its key."""
    return f"authority {authority_id}"


def matter(matter_id: int) -> str:
    """A breach or complaint, by its key."""
    return f"matter {matter_id}"


def of_episodes(name: str, written: str, *, later: tuple[str, ...] = ()) -> Table:
    """A table whose rows are about a missing episode, and so about its child."""
    return Table(name, written, owner=_OF_EPISODE.format(table=name), named=child, later=later)


_TABLES: dict[str, Table] = {}


def seal_too(*tables: Table) -> None:
    """Let an app above have its append-only tables sealed as well."""
    _TABLES.update({table.name: table for table in tables})


def sealed() -> list[Table]:
    """Every sealed table, always in one order."""
    return [_TABLES[name] for name in sorted(_TABLES)]


def columns(table: Table) -> list[str]:
    """What of a row is sealed now: every column but the key, which the seal counts by, and what may still be written."""
    left = {"id", *table.later, *(words for words, _, _ in table.emptied)}
    return [name for name in present(table) if name not in left]


def present(table: Table) -> list[str]:
    """The table's columns as the database has them, by name; none where there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
            " AND NOT attisdropped ORDER BY attname",
            [table.name],
        )
        return [name for (name,) in cursor.fetchall()]


def rows(table: Table, named: Sequence[str], *, after: int | None, last: int) -> Iterator[Row]:
    """Rows behind `after` up to `last` in the order of their ids, some at a time; PostgreSQL makes the digests.

    The values are written as JSON, in UTC as every connection of ours speaks: the same row is always the same text.
    """
    statement = _statement(table, named, "" if after is None else "id > %s AND")
    while True:
        bounds = [last] if after is None else [after, last]
        with connection.cursor() as cursor:
            cursor.execute(statement, bounds)
            batch = cursor.fetchall()
        for key, owner, digest, fits in batch:
            yield Row(key, owner, bytes(digest), fits)
        if len(batch) < BATCH:
            return
        after = batch[-1][0]
        statement = _statement(table, named, "id > %s AND")


def digest_of(
    table: Table, key: int, named: Sequence[str], *, instead: Mapping[str, str] | None = None
) -> bytes:
    """The digest of one row, as a seal of these columns reads it; `instead` says what would stand in a column of text."""
    given = instead or {}
    quote = connection.ops.quote_name
    values = ", ".join("%s::text" if name in given else quote(name) for name in named)
    with connection.cursor() as cursor:
        cursor.execute(
            _DIGEST.format(values=values, table=quote(table.name)),
            [*(given[name] for name in named if name in given), key],
        )
        return bytes(cursor.fetchone()[0])


def says(table: Table, key: int, column: str, words: str) -> bool:
    """Whether these words and nothing else stand in that column of the row."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(_SAYS.format(column=quote(column), table=quote(table.name)), [words, key])
        return bool(cursor.fetchone()[0])


def _statement(table: Table, named: Sequence[str], behind: str) -> str:
    quote = connection.ops.quote_name
    fits = [
        _FITS.format(words=quote(words), kept=quote(kept), lawful=lawful())
        for words, kept, lawful in table.emptied
    ]
    return _ROWS.format(
        owner=f"coalesce({table.owner}, 0)" if table.owner else "0",
        values=", ".join(quote(name) for name in named),
        whole=" AND ".join(fits) or "true",
        table=quote(table.name),
        behind=behind,
        batch=BATCH,
    )


seal_too(
    Table("cases_event", "recorded_at", owner="child_id", named=child, numbered=True),
    Table("cases_homeevent", "recorded_at", owner="home_id", named=home, numbered=True),
    Table("cases_acknowledgement", "at", owner=_OF_TRANSFER, named=child),
    Table("cases_journeystop", "recorded_at", owner=_OF_JOURNEY, named=child),
    Table("cases_journeyconfirmation", "recorded_at", owner=_OF_SIGHTING, named=child),
    Table("cases_accessrecord", "at", owner="child_id", named=child),
    Table("cases_visitrequest", "recorded_at", owner="child_id", named=child),
    Table("cases_visit", "recorded_at", owner="child_id", named=child),
    Table("cases_hostnotice", "recorded_at", owner="child_id", named=child),
    Table("cases_roomreview", "recorded_at", owner="child_id", named=child),
    Table("cases_placementapproval", "recorded_at", owner="child_id", named=child),
    Table("cases_placementstaffing", "recorded_at", owner="child_id", named=child),
    Table("cases_placementway", "recorded_at", owner="child_id", named=child),
    Table("cases_guardianinvitation", "recorded_at", owner="child_id", named=child),
    Table("cases_plannedstep", "recorded_at", owner="child_id", named=child),
    Table("cases_heldpaper", "recorded_at", owner="child_id", named=child),
    Table("cases_findmesection", "written_at", owner="child_id", named=child),
    Table("cases_findmereview", "at", owner="child_id", named=child),
    Table("cases_meeting", "recorded_at", owner="child_id", named=child),
    Table("cases_mistake", "recorded_at", owner="child_id", named=child),
    Table("cases_nrmstep", "recorded_at", owner="child_id", named=child),
    Table("cases_safetyplan", "recorded_at", owner="child_id", named=child),
    Table("cases_actionword", "recorded_at", owner="child_id", named=child),
    Table("cases_assessmentreading", "read_at", owner="child_id", named=child),
    Table("cases_plansignature", "signed_at", owner="child_id", named=child),
    Table("cases_agedecision", "recorded_at", owner="child_id", named=child),
    Table("cases_birthdateclaim", "recorded_at", owner="child_id", named=child),
    Table("cases_configurationchange", "at"),
    Table("cases_correction", "corrected_at", owner="child_id", named=child),
    Table("cases_detailschange", "changed_at", owner="child_id", named=child),
    Table("cases_disclosure", "recorded_at", owner="child_id", named=child),
    Table("cases_foundaddition", "recorded_at", owner=_OF_FOUND, named=matter),
    Table("cases_matter", "reported_at", owner="authority_id", named=authority),
    Table("cases_matterentry", "written_at", owner="matter_id", named=matter),
    Table(
        "cases_rowchange",
        "at",
        owner="child_id",
        named=child,
        emptied=(("values", "values_digest", lambda: _CORRECTED),),
    ),
    Table("cases_responsibility", "starts_at", owner="child_id", named=child),
    of_episodes("cases_missingreport", "recorded_at"),
    of_episodes("cases_awayreference", "recorded_at"),
    of_episodes("cases_episodecall", "recorded_at"),
    of_episodes("cases_forceincharge", "starts_at"),
    of_episodes("cases_episodedecision", "recorded_at"),
    of_episodes("cases_episodeending", "recorded_at"),
    of_episodes("cases_episodefinding", "recorded_at"),
    of_episodes("cases_episodegrade", "graded_at"),
    of_episodes("cases_episodeupdate", "written_at"),
    of_episodes(
        "cases_preventioninterview",
        "recorded_at",
        later=("withdrawn_at", "withdrawn_by_id", "withdrawn_reason"),
    ),
    of_episodes(
        "cases_returninterview",
        "recorded_at",
        later=("withdrawn_at", "withdrawn_by_id", "withdrawn_reason"),
    ),
)

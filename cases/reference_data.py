"""The country's own facts: police forces, authorities with children's social-care duties, first responders."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from cases import first_responders, force_ends, log
from cases.deadlines import london_day
from cases.ended import MERGED, SPLIT
from cases.models import Authority, ConfigurationChange, FirstResponder, PoliceForce

FOLDER = Path(__file__).resolve().parent / "reference"

_FORCE_NAMES = ["name", "nation", "area_code"]
_FORCE_FIELDS = [*_FORCE_NAMES, "valid_from", "valid_to", "successor"]
_AUTHORITY_FIELDS = [
    "name",
    "official_name",
    "name_cy",
    "nation",
    "kind",
    "region",
    "dfe_code",
    "former_codes",
    "force",
    "valid_from",
    "valid_to",
]
_RESPONDER_FIELDS = ["name", "valid_to"]
_TABLES = (
    (PoliceForce, _FORCE_FIELDS),
    (Authority, _AUTHORITY_FIELDS),
    (FirstResponder, _RESPONDER_FIELDS),
)
# A row by its table and its id.
Row = tuple[type[PoliceForce] | type[Authority] | type[FirstResponder], int]


@dataclass(frozen=True)
class Loaded:
    """How many rows the files hold."""

    forces: int
    authorities: int
    responders: int


def load(folder: Path = FOLDER, *, at: datetime) -> Loaded:
    """Make the database hold what the files in `folder` say; rows that the files no longer name stay.

    What that changes or adds is on record, for a force is who is told; the very first load finds nothing to change.

    An authority whose code changed is found by its former code and keeps its row, and with it every
    child, home and team that belongs to it. One that was merged or split here has ended, whatever the file says, and
    whoever took its place answers on. An area whose force has ended is its successor's. Raises KeyError where a file names
    an unknown force or successor.
    """
    with transaction.atomic():
        before = _standing()
        forces = _load_forces(list(_rows(folder / "police_forces.csv")))
        rows = list(_rows(folder / "authorities.csv"))
        _recode(rows)
        _load_authorities(rows, forces, day=london_day(at))
        responders = list(_rows(folder / "first_responders.csv"))
        _load_responders(responders)
        # The very first load finds no force.
        if any(model is PoliceForce for model, _ in before):
            _put_on_record(before, at)
    return Loaded(len(forces), len(rows), len(responders))


def _standing() -> dict[Row, dict[str, str]]:
    """Every force, authority and first responder there is, as words by column."""
    found: dict[Row, dict[str, str]] = {}
    for model, fields in _TABLES:
        for row in model.objects.values("pk", "code", *fields):
            found[model, row.pop("pk")] = {key: str(value) for key, value in row.items()}
    return found


def _put_on_record(before: Mapping[Row, dict[str, str]], at: datetime) -> None:
    """Write which rows are new or read otherwise now; nobody signed in did it."""
    for (model, pk), now in _standing().items():
        was = before.get((model, pk))
        if was is None:
            log.record_configuration(model(pk=pk), "reference_added", data=now, by=None, at=at)
        elif was != now:
            changed = {key: [was[key], value] for key, value in now.items() if was[key] != value}
            log.record_configuration(
                model(pk=pk), "reference_changed", data={"changed": changed}, by=None, at=at
            )


def _load_forces(rows: list[dict[str, str]]) -> dict[str, PoliceForce]:
    """Names first: a force that ends names its successor, which may be new."""
    PoliceForce.objects.bulk_create(
        [PoliceForce(code=row["code"], **{name: row[name] for name in _FORCE_NAMES}) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_FORCE_NAMES,
    )
    # An upsert does not say which id it met, so they are read.
    forces = PoliceForce.objects.in_bulk([row["code"] for row in rows], field_name="code")
    for row in rows:
        force, successor = forces[row["code"]], row.get("successor")
        said = (
            _day(row.get("valid_from")),
            _day(row.get("valid_to")),
            forces[successor] if successor else None,
        )
        if said != (force.valid_from, force.valid_to, force.successor):
            force.valid_from, force.valid_to, force.successor = said
            force.save(update_fields=["valid_from", "valid_to", "successor"])
    return forces


def _load_responders(rows: list[dict[str, str]]) -> None:
    """What an administrator put on the list before the reference data knew of it is that row from now on.

    Where a row that they know takes its name both may be in use: the administrator's is told apart.
    """
    known = set(FirstResponder.objects.values_list("code", flat=True))
    for row in rows:
        own = FirstResponder.objects.filter(code__startswith=first_responders.OWN, name__iexact=row["name"])
        if row["code"] not in known:
            own.update(code=row["code"])
            continue
        for one in own:
            one.name = f"{one.name[:98]} ({one.code})"
            one.save(update_fields=["name"])
    FirstResponder.objects.bulk_create(
        [FirstResponder(code=row["code"], name=row["name"], valid_to=_day(row["valid_to"])) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_RESPONDER_FIELDS,
    )


def _recode(rows: list[dict[str, str]]) -> None:
    """Give authorities that stand under a former code their present one, where no row has that yet."""
    known = set(Authority.objects.values_list("code", flat=True))
    for row in rows:
        former = [code for code in row["former_codes"].split() if code in known]
        if former and row["code"] not in known:
            Authority.objects.filter(code=former[-1]).update(code=row["code"])


def _load_authorities(rows: list[dict[str, str]], forces: Mapping[str, PoliceForce], *, day: date) -> None:
    ended = _ended_here()
    # A file that names a force for longer than it is there leaves no area without one.
    standing = {code: force_ends.standing(force, day=day) for code, force in forces.items()}
    Authority.objects.bulk_create(
        [_authority(row, standing[row["force"]], ended.get(row["code"])) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_AUTHORITY_FIELDS,
    )
    followed = [row for row in rows if row["successors"]]
    if followed:
        known = Authority.objects.in_bulk(field_name="code")
        for row in followed:
            # Beside those that took its place here, or that of one whom the file names.
            known[row["code"]].successors.add(*[known[code] for code in row["successors"].split()])


def _ended_here() -> dict[str, date | None]:
    """By code the day on which each authority ended whose children have passed on."""
    passed = ConfigurationChange.objects.filter(subject_type="authority", kind__in=(MERGED, SPLIT))
    ended = Authority.objects.filter(pk__in=passed.values("subject_id"))
    return dict(ended.values_list("code", "valid_to"))


def _authority(row: Mapping[str, str], force: PoliceForce, ended: date | None) -> Authority:
    return Authority(
        code=row["code"],
        name=row["name"],
        official_name=row["official_name"],
        name_cy=row["name_cy"],
        nation=row["nation"],
        kind=row["kind"],
        region=row["region"],
        dfe_code=row["dfe_code"],
        former_codes=row["former_codes"].split(),
        force=force,
        valid_from=_day(row["valid_from"]),
        valid_to=ended or _day(row["valid_to"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)

"""Many invented children at once, by SQL: a million idle clocks, and ten thousand that are due."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg2
from django.db import connections

from tests import database

# A Monday in winter, so that London's clock is UTC.
ARRIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# R0 and R1 of the midday roll-call, which closes at 13:30.
R1_OWED = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
IDLE_UNTIL = ARRIVED + timedelta(days=30)

_STAGE = """
INSERT INTO cases_policeforce (code, name, nation, area_code) VALUES ('bench', 'Bench Police', 'England', '');
INSERT INTO cases_authority (code, name, official_name, name_cy, nation, kind, region, dfe_code, former_codes, force_id)
SELECT 'BENCH-' || n, 'Bench ' || n, '', '', 'England', 'county', '', '', '[]',
       (SELECT id FROM cases_policeforce WHERE code = 'bench')
  FROM generate_series(1, 10) n;
INSERT INTO cases_team (authority_id, name, kind, phone, second_phone)
SELECT id, 'Duty desk', 'duty', '', '' FROM cases_authority WHERE code LIKE 'BENCH-%%';
INSERT INTO cases_mailbox (address, purpose, team_id, starts_at)
SELECT 'duty-' || t.id || '@bench.example', 'duty', t.id, '2020-01-01Z'
  FROM cases_team t JOIN cases_authority a ON a.id = t.authority_id WHERE a.code LIKE 'BENCH-%%';
INSERT INTO cases_home (name, address, postcode, phone, ofsted_urn, authority_id, force_id)
SELECT 'Home ' || n, 'A street', 'BN1 1AA', '01632 96' || lpad((n %% 10000)::text, 4, '0'), '',
       (SELECT id FROM cases_authority WHERE code = 'BENCH-' || (n %% 10 + 1)),
       (SELECT id FROM cases_policeforce WHERE code = 'bench')
  FROM generate_series(1, %(homes)s) n;
"""

_CHILDREN = """
WITH made AS (
    INSERT INTO cases_child (reference, given_name, family_name, script_name, script_language, known_as, spellings,
                             sex, birth_date_precision, birth_date_basis, age_status, nationality, languages, phone,
                             arrived_at, arrival_place, arrival_route, risk, risk_since, registered_at, close_reason,
                             literacy, phone_seen_by, safe_phone, found_by, home_office_reference, port_reference,
                             nrm_reference, uucr_reference, authority_reference, needs, needs_note, trafficking,
                             trafficking_note)
    SELECT 'MC' || lpad((%(year)s + n / 1000000)::text, 2, '0') || '-' || lpad((n %% 1000000)::text, 6, '0'),
           'Bench', '', '', '', '', '{}', 'U', 'day', 'stated', 'none', '', '{}', '', %(at)s, '', '', 'medium',
           %(at)s, %(at)s, '', '', '', '', '', '', '', '', '', '', '{}', '', 'not_asked', ''
      FROM generate_series(0, %(count)s - 1) n
    RETURNING id)
SELECT array_agg(id ORDER BY id) FROM made
"""

_RESPONSIBLE = """
INSERT INTO cases_responsibility (child_id, authority_id, starts_at)
SELECT child, (SELECT id FROM cases_authority WHERE code = 'BENCH-' || (n %% 10 + 1)), %(at)s
  FROM unnest(%(ids)s) WITH ORDINALITY AS u (child, n);
"""

_PLACED = """
INSERT INTO cases_placement (child_id, type, home_id, address, postcode, phone, host_authority_id, force_id, room,
                             reason, starts_at)
SELECT child, 'K2', h.id, '', h.postcode, h.phone, h.authority_id, h.force_id, '', '', %(at)s
  FROM unnest(%(ids)s) WITH ORDINALITY AS u (child, n)
  JOIN LATERAL (SELECT * FROM cases_home WHERE name = 'Home ' || (n %% %(homes)s + 1)) h ON true;
"""

# A social worker of the team has the work, with an account to which no mail goes: no clock but that of contact owes anything.
_ALLOCATED = """
WITH worker AS (
    INSERT INTO cases_user (email, name, phone, password, is_active, is_superuser)
    VALUES ('worker@bench.example', 'Bench Worker', '', '', false, false) RETURNING id),
team AS (SELECT min(id) AS id FROM cases_team WHERE name = 'Duty desk'),
member AS (
    INSERT INTO cases_membership (user_id, role, team_id, reach, starts_at)
    SELECT worker.id, 'social_worker', team.id, 'team', %(at)s FROM worker, team)
INSERT INTO cases_allocation (child_id, team_id, worker_id, starts_at)
SELECT child, team.id, worker.id, %(at)s FROM unnest(%(ids)s) child, worker, team;
"""

# The same with a social worker for each authority, who has an account and is told.
_STAFFED = """
WITH staffed AS (SELECT id, code FROM cases_authority WHERE code LIKE 'BENCH-%%'),
worker AS (
    INSERT INTO cases_user (email, name, phone, password, is_active, is_superuser, has_digest)
    SELECT lower('worker-' || code) || '@bench.example', 'Worker of ' || code, '', '', true, false, false FROM staffed
    RETURNING id, name),
team AS (
    INSERT INTO cases_team (authority_id, name, kind, phone, second_phone)
    SELECT id, 'Social work', 'social_work', '', '' FROM staffed RETURNING id, authority_id),
post AS (
    SELECT team.id AS team_id, team.authority_id, worker.id AS worker_id
      FROM team JOIN staffed ON staffed.id = team.authority_id
      JOIN worker ON worker.name = 'Worker of ' || staffed.code),
member AS (
    INSERT INTO cases_membership (user_id, role, team_id, reach, starts_at)
    SELECT worker_id, 'social_worker', team_id, 'team', %(at)s FROM post)
INSERT INTO cases_allocation (child_id, team_id, worker_id, starts_at)
SELECT r.child_id, post.team_id, post.worker_id, %(at)s
  FROM cases_responsibility r JOIN post USING (authority_id) WHERE r.child_id = ANY(%(ids)s);
"""

_IDLE = """
INSERT INTO alerts_clock (child_id, kind, due_at, "window", rows, steps, resting, rung, next_at, urgency, faults, fault)
SELECT child, kind, %(next)s, 'day', '{ordinary}', '{}', false, '', %(next)s + n * interval '1 second', 14, 0, ''
  FROM unnest(%(ids)s) WITH ORDINALITY AS u (child, n), (VALUES ('contact'), ('second_eyes')) AS k (kind);
"""


@contextmanager
def database_of_its_own() -> Iterator[database.Clone]:
    """A clone of the migrated template, with Django pointed at it."""
    with database.clone(database.ensure_template()) as own, _pointed_at(own):
        yield own


@contextmanager
def copy_of(filled: database.Clone) -> Iterator[database.Clone]:
    """A copy of a database that is filled already, with Django pointed at it; nobody may be connected to the first."""
    connections.close_all()
    with database.clone(filled.name) as own, _pointed_at(own):
        yield own


@contextmanager
def _pointed_at(own: database.Clone) -> Iterator[None]:
    before = connections.settings["default"]["NAME"]
    _point_at(own.name)
    try:
        yield
    finally:
        _point_at(before)


def _point_at(name: str) -> None:
    connections.close_all()
    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def fill(
    own: database.Clone, *, due: int, idle: int, homes: int, year: int = 26, staffed: bool = False
) -> list[int]:
    """Make `due` children, in `homes` homes or, with none, nowhere recorded, among `idle` clocks; return the due ones' ids.

    `staffed`: each of the ten authorities has a social worker who is told of its children.
    """
    with closing(psycopg2.connect(own.owner_dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        _let_through(cursor, "DISABLE")
        cursor.execute(_STAGE, {"homes": homes})
        ids = _children(cursor, due, year=year)
        cursor.execute(_STAFFED if staffed else _ALLOCATED, {"ids": ids, "at": ARRIVED})
        if homes:
            cursor.execute("CREATE INDEX bench_home ON cases_home (name)")
            cursor.execute(_PLACED, {"ids": ids, "at": ARRIVED, "homes": homes})
        if idle:
            others = _children(cursor, idle // 2, year=30)
            cursor.execute(_IDLE, {"ids": others, "next": IDLE_UNTIL})
        _let_through(cursor, "ENABLE")
        _recompute(ids)
        cursor.execute("VACUUM ANALYZE")
    return ids


def _let_through(cursor: psycopg2.extensions.cursor, word: str) -> None:
    """Child and responsibility are written by set, so their triggers, one row at a time, rest meanwhile."""
    for table in ("cases_child", "cases_responsibility"):
        cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")


def rewrite(cursor: psycopg2.extensions.cursor, statement: str, values: list[object]) -> None:
    """Write all children or whose they are anew by set, in a database that is thrown away."""
    _let_through(cursor, "DISABLE")
    cursor.execute(statement, values)
    _let_through(cursor, "ENABLE")


def _children(cursor: psycopg2.extensions.cursor, count: int, *, year: int) -> list[int]:
    cursor.execute(_CHILDREN, {"count": count, "year": year, "at": ARRIVED})
    (ids,) = cursor.fetchone()
    cursor.execute(_RESPONSIBLE, {"ids": ids, "at": ARRIVED})
    return list(ids)


def _recompute(ids: list[int]) -> None:
    from alerts import clocks

    for start in range(0, len(ids), 1000):
        clocks.recompute(ids[start : start + 1000], at=ARRIVED)

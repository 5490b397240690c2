"""One migrated template database for a whole run, and clones of it that cost a few milliseconds."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from scripts.launcher import application
from scripts.launcher.commands import Commands

ROOT = Path(__file__).resolve().parent.parent
# Any number will do, as long as every process of a run takes the same.
TEMPLATE_LOCK = 4178
# The migrations ask for duty steps and paper from the moment they run, so whether a test has any would hang on how long
# the run has lasted: a test that is about them says from when they are asked for.
NO_DUTY_STEPS = (
    "UPDATE alerts_policyversion SET takes_effect_at = '2100-01-01Z' WHERE key IN"
    " ('duty', 'after', 'review', 'paperwork')"
)
# The others are in force in every test, at whatever hour it begins.
IN_FORCE = (
    "UPDATE alerts_policyversion SET takes_effect_at = takes_effect_at - interval '2 days'"
    " WHERE takes_effect_at BETWEEN now() - interval '1 day' AND now()"
)
# Rows that every rule of the schema has let through once are put back past its triggers: "never backdated" asks for what was
# true before they were written. To switch the triggers off for the session (session_replication_role) makes a server forget
# each plan that it has kept, so each of them asks whether a row is put back; a database that commits has them as they are.
PUT_BACK = r"""
    CREATE SCHEMA of_tests;
    GRANT USAGE ON SCHEMA of_tests TO PUBLIC;
    CREATE FUNCTION of_tests.put_back(statements text[], rows text[]) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        PERFORM set_config('of_tests.puts_back', 'on', true);
        FOR i IN 1 .. cardinality(statements) LOOP
            EXECUTE statements[i] USING rows[i];
        END LOOP;
        PERFORM set_config('of_tests.puts_back', 'off', true);
    END $$;
    REVOKE EXECUTE ON FUNCTION of_tests.put_back FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION of_tests.put_back TO rollcall_app;
    DO $$
    DECLARE
        own record;
        inserts_or_updates CONSTANT int := 4 | 16;
        unless CONSTANT text := 'current_setting(''of_tests.puts_back'', true) IS DISTINCT FROM ''on''';
    BEGIN
        FOR own IN SELECT tgname, tgrelid::regclass AS place, pg_get_triggerdef(oid) AS says FROM pg_trigger
                    WHERE NOT tgisinternal AND tgtype & inserts_or_updates > 0
        LOOP
            EXECUTE format('DROP TRIGGER %I ON %s', own.tgname, own.place);
            IF own.says ~ ' WHEN \(' THEN
                EXECUTE regexp_replace(own.says, ' WHEN \((.*)\) EXECUTE ', format(' WHEN (%s AND (\1)) EXECUTE ', unless));
            ELSE
                EXECUTE replace(own.says, ' EXECUTE ', format(' WHEN (%s) EXECUTE ', unless));
            END IF;
        END LOOP;
    END $$
"""
# While a test goes on nobody but itself sees its rows: who counts them then has each question of it planned anew for an empty
# table, and each of thousands of rows is held against each other. What is rolled back is in no index's way.
LEFT_ALONE = """
    DO $$
    DECLARE
        own regclass;
    BEGIN
        FOR own IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', own);
        END LOOP;
    END $$
"""

_serial = count(1)


@dataclass(frozen=True)
class Clone:
    """One database of a test's own, with its address for the application's role and for the owner's."""

    name: str
    url: str
    owner_url: str

    @property
    def dsn(self) -> str:
        """The same for psycopg2, as the application."""
        return _dsn(self.url)

    @property
    def owner_dsn(self) -> str:
        """The same for psycopg2, as the owner of the schema."""
        return _dsn(self.owner_url)


def ensure_template() -> str:
    """Return the name of the migrated template, made by whichever process comes first."""
    name = f"rollcall_template_{_fingerprint()}"
    with closing(_maintenance()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [TEMPLATE_LOCK, name])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            unfinished = f"{name}_unfinished"
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(unfinished)))
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
            _prepare(_at(unfinished))
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(unfinished), sql.Identifier(name)
                )
            )
    return name


@contextmanager
def clone(template: str) -> Iterator[Clone]:
    """Lend a fresh copy of the template, and drop it with whoever is still connected."""
    own = copy(template, f"rollcall_{os.getpid()}_{next(_serial)}")
    try:
        yield own
    finally:
        drop(own.name)


def copy(template: str, name: str) -> Clone:
    """Make a copy of the template with this name, in the place of one that is there."""
    with closing(_maintenance()) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        cursor.execute(
            # Copied as files: half the time of copying it through the log.
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return _at(name)


def drop(*names: str) -> None:
    """Drop databases with whoever is still connected."""
    with closing(_maintenance()) as connection, connection.cursor() as cursor:
        for name in names:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def drop_all(prefix: str) -> None:
    """Drop the databases whose names begin so."""
    with closing(_maintenance()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        names = [name for (name,) in cursor.fetchall()]
    drop(*names)


def let_copies_in(own: Clone) -> None:
    """Let the tests of a process put back what was made before, in the clone in which they roll back what they do.

    Nobody vacuums it meanwhile.
    """
    with closing(psycopg2.connect(own.owner_dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(PUT_BACK)
        cursor.execute(LEFT_ALONE)


def _at(name: str) -> Clone:
    return Clone(name, _renamed("DATABASE_URL", name), _renamed("MIGRATION_DATABASE_URL", name))


# Read once: fixtures point these variables at clones while a test runs.
_ADDRESSES = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL")}


def _renamed(variable: str, name: str) -> str:
    return urlunsplit(urlsplit(_ADDRESSES[variable])._replace(path=f"/{name}"))


def _dsn(url: str) -> str:
    parts = urlsplit(url)
    words = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": parts.path[1:],
    }
    return " ".join(f"{key}={value}" for key, value in words.items() if value)


def _maintenance() -> psycopg2.extensions.connection:
    connection = psycopg2.connect(_dsn(_ADDRESSES["MIGRATION_DATABASE_URL"]))
    connection.autocommit = True
    return connection


def _prepare(target: Clone) -> None:
    env = os.environ | {"DATABASE_URL": target.url, "MIGRATION_DATABASE_URL": target.owner_url}
    # The second imports the product while the first makes the schema.
    with Commands(env, role="migrate") as owner, Commands(env) as own:
        for command in application.OF_THE_OWNER:
            owner.run(command, "--verbosity=0")
        own.run("load_reference", "--verbosity=0")
    with closing(psycopg2.connect(target.owner_dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(NO_DUTY_STEPS)
        cursor.execute(IN_FORCE)


def _fingerprint() -> str:
    """Change with whatever the template is made from."""
    digest = hashlib.sha256(f"{NO_DUTY_STEPS};{IN_FORCE}".encode())
    for app in ("cases", "guardians", "alerts"):
        for path in sorted((ROOT / app).rglob("*")):
            made_from = path.parent.name == "migrations" or path.suffix in {".csv", ".json"}
            made_from = made_from or path.name in {"schema.py", "reference_data.py"}
            if made_from and path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    ensure_template()

"""Locks, migrations and the words of the repository."""

import json
import os
import re
import subprocess
import sys

import django
import psycopg2
import pytest

from scripts.launcher import checks
from tests.counts import FULL, counts
from tests.database import ROOT

APPS = ("cases", "guardians", "alerts")


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


def test_django_is_the_release_with_long_support():
    assert django.VERSION[:2] == (5, 2)


def test_postgresql_is_new_enough(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 170000


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in", "requirements-node.in"])
def test_every_requirement_says_why_it_is_here(name):
    lines = [
        line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-c"))
    ]
    assert lines
    for line in lines:
        assert re.search(r"\s#\s+\S+ \S+ \S+", line), line


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-node"])
def test_every_lock_has_hashes_and_holds_what_is_asked_for(name):
    lock = (ROOT / f"{name}.txt").read_text()
    entries = re.findall(r"^([a-z0-9.-]+)==.*((?:\n    --hash=sha256:[0-9a-f]{64}.*)+)", lock, re.MULTILINE)
    names = {entry[0] for entry in entries}
    assert len(names) == len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE))
    for line in (ROOT / f"{name}.in").read_text().splitlines():
        asked = re.match(r"([a-z0-9-]+)", line)
        if asked and not line.startswith(("#", "-")):
            assert asked[1] in names, asked[1]
    assert "http" not in lock


def test_migrations_have_names_of_their_own():
    for app in APPS:
        for path in (ROOT / app / "migrations").glob("[0-9]*.py"):
            assert "_auto_" not in path.name, path


# Relations, functions and types that no other app and no extension brought.
LEFT = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relname ~ '^(cases|guardians|alerts)_'
UNION ALL
SELECT proname FROM pg_proc AS made
 WHERE pronamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = made.oid AND deptype = 'e')
UNION ALL
SELECT typname FROM pg_type AS made
 WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e', 'r') AND typelem = 0
   AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = made.oid AND deptype = 'e')
"""


def left(dsn: str) -> list[str]:
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(LEFT)
        return sorted(name for (name,) in cursor.fetchall())


LACKING = ["cases.0091_supervisions", "guardians.0008_referrals", "alerts.0058_supervision_in_policy"]
# All that takes every migration, in one process, for it is in reading them that the time goes: at full counts whether the
# models agree with them; the newest of them all back and done again; and a database that does not know that it has those
# that stand for others, at first alone, and then with one of those that they stand for.
MIGRATED = """
import io, json, os, sys
import django
django.setup()
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
APPS, LACKING, IS_FULL = json.loads(sys.argv[1])
said = {}

def says(*words, **options):
    out = io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=out, skip_checks=False, **options)
    except (CommandError, SystemExit) as refusal:
        return [type(refusal).__name__, str(refusal), out.getvalue()]
    return []

def forget(*names):
    with connection.cursor() as cursor:
        rows = "FROM django_migrations WHERE app = ANY(%s) AND name = ANY(%s)"
        cursor.execute("SELECT app, name, applied " + rows, [APPS, [*names]])
        known = cursor.fetchall()
        cursor.execute("DELETE " + rows, [APPS, [*names]])
        assert len(known) >= len(names), names
    return known

said["agree"] = IS_FULL and says("makemigrations", check_changes=True, dry_run=True) or []
executor = MigrationExecutor(connection)
whole = executor.loader.graph.leaf_nodes()
ours = [m for m, _ in executor.migration_plan(whole, clean_start=True) if m.app_label in APPS]
newest = ours[-1]
before = [m.name for m in ours if m.app_label == newest.app_label][-2]
executor.migrate([(newest.app_label, before)])
assert MigrationExecutor(connection).migration_plan(whole)
MigrationExecutor(connection).migrate(whole)
loader = executor.loader
forget(*(name for (app, name), one in loader.disk_migrations.items() if app in APPS and one.replaces))
said["taken"] = says("migrate", check_unapplied=True)
for lacking in LACKING:
    known = forget(lacking.partition(".")[2])
    said[lacking] = says("migrate")
    with connection.cursor() as cursor:
        for row in known:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)
print(json.dumps(said), flush=True)
# Without what a Python of this size takes apart at its end.
os._exit(0)
"""


def test_migrations_are_what_the_models_say_and_can_be_taken_back_and_a_database_of_replaced_ones_is_known(
    committed,
):
    """Taken back is the newest one in every run, which does all of them forward; all of them at full counts.

    Whether the models agree a whole run asks by a command of its own, beside the tests.
    """
    assert "Migrations" in {title for title, _words in checks.CHECKS}
    before = left(committed.owner_dsn)
    assert len(before) > 100
    done = subprocess.run(
        [sys.executable, "-c", MIGRATED, json.dumps([APPS, counts(LACKING[-1:], LACKING), FULL])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DATABASE_URL": committed.owner_url, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said.pop("agree") == [], "models and migrations agree"
    assert said.pop("taken") == [], "a database that the replaced ones made is taken as migrated"
    for lacking, (kind, sentence, _out) in said.items():
        assert kind == "CommandError"
        assert len(sentence.splitlines()) == 1
        assert sentence.startswith("This database has some of the migrations that ")
        assert f" and lacks {lacking}: migrate it first with the last release that has this file" in sentence
    assert left(committed.owner_dsn) == before


def test_all_migrations_can_be_taken_back_and_leave_nothing_behind(committed):
    """At full counts; in each run by the newest, above."""
    for app in counts((), tuple(reversed(APPS))):
        done = manage("migrate", app, "zero", "--verbosity=0")
        assert done.returncode == 0, done.stdout + done.stderr
    assert not FULL or left(committed.owner_dsn) == []


def test_a_replaced_migration_is_replaced_once():
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    replaced = [old for key, one in loader.disk_migrations.items() if key[0] in APPS for old in one.replaces]

    assert len(replaced) == len(set(replaced)) == 157
    assert not set(replaced) & set(loader.disk_migrations)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE of_mine (id int)", "ALTER TABLE cases_child ADD of_mine int"]
)
def test_the_application_may_not_change_the_schema(committed, statement):
    with (
        psycopg2.connect(committed.dsn) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement)


# The product, and beside it only what a reader expects.
FOLDERS = (
    "alerts",
    "cases",
    "config",
    "docs",
    "frontend",
    "guardians",
    "locale",
    "scripts",
    "static",
    "templates",
    "tests",
)
FILES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "manage.py",
    "pyproject.toml",
    "requirements-dev.in",
    "requirements-dev.txt",
    "requirements-node.in",
    "requirements-node.txt",
    "requirements.in",
    "requirements.txt",
    "run",
)


def listed() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_stands_at_the_top_that_nobody_expects_there():
    tops = {name.partition("/")[0] for name in listed()}
    assert {name for name in tops if not name.startswith(".")} == {*FOLDERS, *FILES}


def test_the_repository_names_no_machine_and_no_package_index():
    # Written in halves, or this file would be the first to fail.
    words = re.compile(
        "/wo" + "rk/|/ro" + "ot/|registry\\.np" + "mjs|files\\.pytho" + "nhosted|pypi\\.o" + "rg",
        re.IGNORECASE,
    )
    for name in listed():
        try:
            text = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        found = words.search(text)
        assert not found, f"{name} holds {found[0] if found else ''}"


def test_what_a_document_names_is_there():
    names = re.compile(
        r"(?<![\w/.])(?:docs|scripts|tests|config|cases|alerts|guardians|templates|static)/[\w./-]+\.(?:md|py|png)"
    )
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        for path in names.findall((ROOT / name).read_text()):
            assert (ROOT / path).exists(), f"{name} names {path}"


def test_the_list_of_decisions_calls_each_by_its_name():
    row = re.compile(r"\| \[(\d+)\]\((\S+)\) \| (.*?)(?: \([^()]*replaced by [^()]*\))? \|")
    folder = ROOT / "docs" / "adr"
    listed = {
        name: f"# {number}. {title}"
        for number, name, title in row.findall((folder / "README.md").read_text())
    }
    assert listed == {
        path.name: path.read_text().partition("\n")[0]
        for path in folder.glob("*.md")
        if path.name != "README.md"
    }


def test_nothing_is_left_to_do():
    # Spelt with a class of one letter, or this file would be the first to fail.
    words = re.compile(r"TO[D]O|FIX[M]E|NotImplemented[E]rror|mark\.(?:sk[i]p|xf[a]il)|pytest\.sk[i]p")
    for app in (*APPS, "config", "scripts", "tests", "templates"):
        for path in (ROOT / app).rglob("*"):
            if path.suffix in {".py", ".html", ".txt", ".js"} and path.is_file():
                text = path.read_text()
                # What a machine cannot do at all says so by name instead of passing unseen.
                named = text.replace('pytest.skip("not run: a small disk cannot be mounted here")', "")
                assert not words.search(named), path

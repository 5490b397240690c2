"""Several management commands in one Python."""

import contextlib
import json
import os
from contextlib import closing

import psycopg2
import pytest

from scripts import dev
from scripts.launcher import application, checks, packages, places, services
from scripts.launcher.commands import Commands
from scripts.launcher.screen import Trouble, step
from tests import database


def test_commands_are_run_in_turn_by_one_python_and_each_that_fails_or_is_killed_is_told():
    with Commands(dict(os.environ)) as own:
        assert "usage: manage.py check" in own.run("check", "--help")
        with pytest.raises(Trouble, match=r"manage.py no_such_command failed: .*no_such_command"):
            own.run("no_such_command")
        assert "usage: manage.py migrate" in own.run("migrate", "--help"), "the next still runs"
        own._process.kill()
        with pytest.raises(Trouble, match=r"manage.py check failed: it said nothing"):
            own.run("check")


def test_a_bad_configuration_is_one_sentence():
    astray, sentence = os.environ | {"PUBLIC_URL": "nowhere"}, r"manage.py check failed: .*PUBLIC_URL"
    with Commands(astray) as own, pytest.raises(Trouble, match=sentence):
        own.run("check")


def test_a_product_that_cannot_be_imported_is_told_with_each_command(tmp_path):
    (tmp_path / "broken_settings.py").write_text(
        "from config.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'no_such_app']\n"
    )
    path = os.pathsep.join([str(tmp_path), str(places.ROOT)])
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "broken_settings", "PYTHONPATH": path}
    with Commands(env) as own:
        for _ in range(2):
            with pytest.raises(Trouble, match=r"manage.py check failed: .*no_such_app"):
                own.run("check")


def test_only_the_commands_of_the_schema_take_its_owners_role():
    # A database that cannot be reached is no trouble with the network of packages. Which command it is that asks for it
    # does not matter, and this one reads no migrations.
    owners = os.environ | {"MIGRATION_DATABASE_URL": "postgres://owner:x@127.0.0.1:1/rollcall"}
    sentence = r"manage.py createcachetable failed: .*port 1"
    with Commands(owners, role="migrate") as owner, pytest.raises(Trouble, match=sentence):
        owner.run("createcachetable", "--verbosity=0")


def test_a_start_measures_the_tables_as_their_owner_when_all_is_written(monkeypatch, tmp_path):
    ran = []

    class Noted:
        def __init__(self, _env, *, role=""):
            self.role = role

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            """Nothing was started."""

        def run(self, command, *_words):
            ran.append((self.role, command))

    (tmp_path / "stamp.txt").write_text(application._static_stamp())
    monkeypatch.setattr(application, "STATIC", tmp_path)
    monkeypatch.setattr(application, "Commands", Noted)
    application.prepare({})
    assert ran[0] == ("migrate", "migrate")
    assert ran[-2:] == [("", "seed_demo"), ("migrate", "measure_tables")]


def test_after_a_writing_that_was_broken_off_the_server_learns_how_much_was_written_then(template_database):
    size = "SELECT reltuples::int FROM pg_class WHERE relname = 'written'"
    write = "INSERT INTO written SELECT generate_series(1, 1000)"
    with (
        database.clone(template_database) as own,
        closing(psycopg2.connect(own.owner_dsn)) as connection,
        connection.cursor() as cursor,
    ):
        connection.autocommit = True
        cursor.execute("CREATE TABLE written (number integer)")
        for words in ("BEGIN", write, "ROLLBACK", "ANALYZE written", write, size):
            cursor.execute(words)
        assert cursor.fetchone() == (0,)
        with Commands(os.environ | {"MIGRATION_DATABASE_URL": own.owner_url}, role="migrate") as owner:
            owner.run(*application.AFTERWARDS)
        cursor.execute(size)
        assert cursor.fetchone() == (1000,)


@pytest.mark.parametrize(
    "words",
    [["manage", "check_integrity", "--json"], ["bench", "--json"]],
    ids=lambda words: words[0],
)
def test_what_programs_read_begins_with_nothing_that_the_launcher_says(words, monkeypatch, capfd, tmp_path):
    @contextlib.contextmanager
    def lend():
        with step("PostgreSQL"):
            yield {"DATABASE_URL": "postgres://app@127.0.0.1/x"}

    def install(**_words):
        with step("Python packages"):
            pass

    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho \'{"promise": "holds"}\'\n')
    python.chmod(0o755)
    monkeypatch.setattr(places, "PYTHON", python)
    monkeypatch.setattr(packages, "install", install)
    monkeypatch.setattr(services, "clear_nobodys", lambda: None)
    monkeypatch.setattr(services, "shared", lend)
    monkeypatch.setattr(checks, "throwaway", lend)
    monkeypatch.setattr(checks, "environment", lambda _services: application.base())
    assert dev.main(words) == 0
    said = capfd.readouterr()
    assert json.loads(said.out) == {"promise": "holds"}
    assert "Python packages … " in said.err
    assert "PostgreSQL … " in said.err

"""A bad configuration is one line and exit code 1, whichever way Rollcall is started."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from config import env
from tests.counts import counts
from tests.database import ROOT

KEY = "kBaG6zDoeQ4kQmn3Y0k5a3xvJ0Yk1q1Xb0wT4m2v9sE"
BAD = [
    ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
    ({"DATABASE_URL": "sqlite:///x.db"}, "DATABASE_URL must begin with postgres://"),
    ({"DATABASE_URL": "what is this"}, "DATABASE_URL is not a database address"),
    ({"DATABASE_URL": "postgres://127.0.0.1/rollcall"}, "DATABASE_URL names no user"),
    ({"EMAIL_URL": "carrier-pigeon://coop"}, "EMAIL_URL is not a mail server address"),
    ({"EMAIL_URL": "dummymail://"}, "EMAIL_URL must begin with smtp://, smtp+tls:// or smtp+ssl://"),
    ({"EMAIL_URL": "consolemail://mail.council.example"}, "EMAIL_URL must begin with smtp://"),
    ({"EMAIL_URL": "smtp://"}, "EMAIL_URL names no mail server"),
    ({"EMAIL_URL": "smtp://:25"}, "EMAIL_URL names no mail server"),
    ({"EMAIL_URL": "smtp://mail.council.example:0"}, "EMAIL_URL names the port 0"),
    ({"PUBLIC_URL": "rollcall.example"}, "PUBLIC_URL is not a web address"),
    ({"PUBLIC_URL": "http://rollcall.example"}, "PUBLIC_URL must begin with https://"),
    (
        {"PUBLIC_URL": "https://rollcall.example", "DEMO": "on"},
        "DEMO is on, so PUBLIC_URL must be on this machine",
    ),
    (
        {"PUBLIC_URL": "https://rollcall.example", "DEBUG": "on"},
        "DEBUG is on, so PUBLIC_URL must be on this machine",
    ),
    (
        {"PUBLIC_URL": "https://rollcall.example", "TESTING": "on"},
        "TESTING is on, so PUBLIC_URL must be on this machine",
    ),
    ({"TRUSTED_PROXIES": "10.0.0.5, my proxy"}, "TRUSTED_PROXIES names 'my proxy'"),
    ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "that trusts everybody"),
    ({"DEMO": "on", "TRUSTED_PROXIES": "127.0.0.1"}, "no proxy may stand in front"),
    ({"TESTING": "off", "PHOTO_KEYS": KEY, "AUDIT_HEAD_KEY": ""}, "AUDIT_HEAD_KEY is not set."),
    ({"AUDIT_HEAD_KEY": "a word"}, "AUDIT_HEAD_KEY is no key: give 32 random bytes in base64."),
    ({"TESTING": "off", "PHOTO_KEYS": ""}, "PHOTO_KEYS is not set."),
    ({"PHOTO_KEYS": "a word"}, "PHOTO_KEYS holds what is no key: give 32 random bytes in base64."),
    ({"PHOTO_KEYS": f"{KEY},"}, "PHOTO_KEYS holds what is no key: give 32 random bytes in base64."),
    ({"PHOTO_KEYS": f"{KEY}=, {KEY}"}, "PHOTO_KEYS holds one key twice."),
    ({"SUPPORT_EMAIL": "the office"}, "SUPPORT_EMAIL is 'the office': give a mail address."),
    (
        {"WATCHDOG_CONTACT_EMAIL": "nacht@exämple.example"},
        "WATCHDOG_CONTACT_EMAIL is 'nacht@exämple.example': give a mail address in letters without accents.",
    ),
    ({"HEALTH_TOKEN": "short"}, "HEALTH_TOKEN is shorter than 20 characters."),
    ({"CLOCK_SHIFT": "60", "TESTING": "off"}, "CLOCK_SHIFT is accepted only in the demo and in tests."),
    ({"SECOND_FACTOR": "off"}, "SECOND_FACTOR is off, which only the demo may be."),
    ({"SESSION_HOURS": "13"}, "SESSION_HOURS is more than 12"),
    ({"SESSION_IDLE_MINUTES": "16"}, "SESSION_IDLE_MINUTES is more than 15"),
    ({"SESSION_IDLE_MINUTES": "5"}, "SESSION_WARN_MINUTES must be less than SESSION_IDLE_MINUTES."),
    ({"SENDING": "perhaps"}, "SENDING is 'perhaps': say on or off."),
    ({"SWEEP_BATCH": "many"}, "SWEEP_BATCH is 'many': give a whole number."),
    ({"LEASE_SECONDS": "5"}, "LEASE_SECONDS is 5: the least is 11."),
    ({"MEETING_OFF_HOURS": "0"}, "MEETING_OFF_HOURS is 0: the least is 1."),
    ({"MEETING_OFF_HOURS": "25"}, "MEETING_OFF_HOURS is more than 24"),
    ({"MAIL_CHECK_HOURS": "0"}, "MAIL_CHECK_HOURS is 0: the least is 1."),
    ({"AREA_LIST_AT": "8am"}, "AREA_LIST_AT is '8am': give a time of day, as 08:00."),
    ({"PHOTO_ROOT": "photos"}, "PHOTO_ROOT is 'photos': give the whole path."),
    ({"PHOTO_ROOT": str(ROOT / "static" / "faces")}, "which browsers can read"),
    ({"PHOTO_ROOT": str(ROOT / "no-such-disk")}, "is no folder that can be written"),
    (
        {"ALERT_WEBHOOK_URL": "https://texts.example", "ALERT_WEBHOOK_SECRET": ""},
        "ALERT_WEBHOOK_SECRET is not set",
    ),
    ({"ALERT_WEBHOOK_URL": "http://texts.example"}, "ALERT_WEBHOOK_URL must begin with https://"),
    ({"ALERT_WEBHOOK_URL": "texts.example/send"}, "ALERT_WEBHOOK_URL is not a web address"),
    ({"DEAD_MAN_URL": "http://outside.example/ping"}, "DEAD_MAN_URL must begin with https://"),
    ({"DEAD_MAN_URL": "https://outside.example:port/ping"}, "DEAD_MAN_URL is not a web address"),
    ({"DEAD_MAN_URL": "https://outside.example/a ping"}, "DEAD_MAN_URL is not a web address"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud': say DEBUG, INFO, WARNING, ERROR or CRITICAL."),
]


def start(words: list[str], changed: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | changed,
        capture_output=True,
        text=True,
        check=False,
    )


# One process has read what the settings need, and each start is a child of it: what it says, and the code it ends with.
STARTS = """
import json, os, sys, tempfile
import csp.constants, django.core.wsgi, django.db.backends.postgresql.features, environ, structlog
done = []
for changed in json.load(sys.stdin):
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 2)
            os.environ.update(changed)
            try:
                import config.wsgi
            except SystemExit as ended:
                # Without what a Python of this size takes apart at its end.
                sys.stderr.flush()
                os._exit(ended.code)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        done.append((said.read().decode(), code))
json.dump(done, sys.stdout)
"""


@pytest.fixture(scope="module")
def started() -> list[tuple[str, int]]:
    changes = [*(changed for changed, _sentence in BAD), {"DATABASE_URL": "postgres//u:sesame@127.0.0.1/x"}]
    done = subprocess.run(
        [sys.executable, "-c", STARTS],
        cwd=ROOT,
        input=json.dumps(changes),
        capture_output=True,
        text=True,
        check=True,
    )
    return [(said, code) for said, code in json.loads(done.stdout)]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("number", range(len(BAD)), ids=[sentence[:40] for _changed, sentence in BAD])
def test_a_bad_setting_is_one_line_and_exit_code_1(started, number):
    (said, code), (_changed, sentence) = started[number], BAD[number]
    assert code == 1
    assert said.startswith("Rollcall cannot start: ")
    assert sentence in said
    assert len(said.strip().splitlines()) == 1


PROGRAMS = (
    ["manage.py", "check"],
    ["-m", "celery", "-A", "config.celery", "worker"],
    ["-m", "celery", "-A", "config.celery", "beat"],
)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("setting", ["WEB_PROCESSES", "WEB_THREADS"])
def test_a_server_of_many_processes_or_threads_says_so_in_one_line(setting):
    done = start(
        ["-m", "gunicorn", "-c", "config/gunicorn.py", "wsgiref.simple_server:demo_app"], {setting: "many"}
    )
    assert done.returncode == 1
    assert done.stderr.strip() == f"Rollcall cannot start: {setting} is 'many': give a whole number."


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("smtp://mail.council.example", 25),
        ("smtp+tls://mail.council.example", 587),
        ("smtps://mail.council.example", 587),
        ("smtp+ssl://mail.council.example", 465),
        ("smtp://user:word@127.0.0.1:1025", 1025),
    ],
)
def test_a_mail_server_without_a_port_is_spoken_to_at_the_usual_one(monkeypatch, address, port):
    monkeypatch.setenv("EMAIL_URL", address)
    assert env.mail()["EMAIL_PORT"] == port


@pytest.mark.parametrize(
    "address", ["", "https://texts.example/send?team=1", "http://127.0.0.1:8025/webhook", "http://[::1]/x"]
)
def test_what_leaves_goes_to_an_address_that_is_encrypted_or_on_this_machine(monkeypatch, address):
    monkeypatch.setenv("ALERT_WEBHOOK_URL", address)
    assert env.outside("ALERT_WEBHOOK_URL") == address


# What the two of Celery import is the same.
@pytest.mark.by_turns(8)
@pytest.mark.parametrize("words", counts(PROGRAMS[:2], PROGRAMS), ids=" ".join)
def test_every_process_says_so_in_the_same_way(words):
    done = start(words, {"SECRET_KEY": ""})
    assert done.returncode == 1
    assert done.stderr.strip() == "Rollcall cannot start: SECRET_KEY is not set."


def test_a_database_server_that_is_too_old_is_named_in_one_line(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connection.features.minimum_database_version == env.OLDEST_POSTGRESQL
    monkeypatch.setattr(connection.features, "minimum_database_version", (99,))

    with pytest.raises(SystemExit) as ended, env.one_line_errors():
        connection.check_database_version_supported()

    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Rollcall cannot start: PostgreSQL 99 or later is required (found ")


def test_a_password_in_a_bad_address_is_not_repeated(started):
    (said, code) = started[len(BAD)]
    assert code == 1
    assert "DATABASE_URL" in said
    assert "sesame" not in said


@pytest.mark.by_turns(8)
def test_the_demo_refuses_to_be_served_to_a_network():
    # What refuses it is how it is served, whatever is served.
    served = counts("wsgiref.simple_server:demo_app", "config.wsgi:application")
    done = start(
        ["-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", "0.0.0.0:0", served],
        {"DEMO": "on"},
    )
    assert done.returncode != 0
    assert "gunicorn may bind to 127.0.0.1 alone" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_commands_of_the_schema_use_the_owner():
    users = {
        command: env.database(["manage.py", command])["USER"]
        for command in ("migrate", "createcachetable", "measure_tables", "sweep", "shell")
    }
    assert users == {
        "migrate": "rollcall_owner",
        "createcachetable": "rollcall_owner",
        "measure_tables": "rollcall_owner",
        "sweep": "rollcall_app",
        "shell": "rollcall_app",
    }

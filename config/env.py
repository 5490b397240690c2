"""The environment: where every setting of a running Rollcall comes from, checked once and refused in one line."""

import base64
import contextlib
import ipaddress
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import NotSupportedError
from django.db.backends.postgresql.features import DatabaseFeatures

BASE_DIR = Path(__file__).resolve().parent.parent

# The only commands of the schema's owner; everything else runs as the role that may not change it.
SCHEMA_COMMANDS = frozenset(
    {"migrate", "createcachetable", "makemigrations", "sqlmigrate", "squashmigrations", "measure_tables"}
)

# The major release of the server from which on everything here has been tried.
OLDEST_POSTGRESQL = (17,)

# To be let in takes four words and their answers: behind a way of two seconds that is more than five.
CONNECT_SECONDS = 10
# A network that has gone silent is noticed within a quarter of a minute, in the middle of a statement or idle.
NETWORK = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
# A transaction of which the server has heard nothing for as long as so many statements may take is broken off.
IDLE_STATEMENTS = 2

# By the word before ://, the port of a mail server whose address names none.
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 587, "smtp+ssl": 465}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_env = environ.Env()


def text(name: str, default: str | None = None) -> str:
    """Return a variable; raise ImproperlyConfigured when it is unset and has no default."""
    value = os.environ.get(name, default)
    if value is None or (default is None and not value):
        raise ImproperlyConfigured(f"{name} is not set.")
    return value


def address(name: str) -> str:
    """Return a mail address; "" where it is not set. Raises for what is none, or what no mail server could be told."""
    value = text(name, "")
    if value and not value.isascii():
        raise ImproperlyConfigured(f"{name} is {value!r}: give a mail address in letters without accents.")
    if value:
        try:
            validate_email(value)
        except ValidationError as error:
            raise ImproperlyConfigured(f"{name} is {value!r}: give a mail address.") from error
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """Return a yes-or-no variable; raise ImproperlyConfigured on any other word."""
    value = os.environ.get(name, "")
    if not value:
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: say on or off.")


def number(name: str, default: int, *, at_least: int | None = None) -> int:
    """Return a whole number; raise ImproperlyConfigured when it is none or too small."""
    value = os.environ.get(name) or str(default)
    try:
        figure = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}: give a whole number.") from None
    if at_least is not None and figure < at_least:
        raise ImproperlyConfigured(f"{name} is {figure}: the least is {at_least}.")
    return figure


def wall(name: str, default: time) -> time:
    """Return a time of day, as 08:00; raise ImproperlyConfigured when it is none."""
    value = os.environ.get(name) or f"{default:%H:%M}"
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ImproperlyConfigured(f"{name} is {value!r}: give a time of day, as 08:00.")
    return time.fromisoformat(value)


def log_level(name: str, default: str) -> str:
    """Return from which level on lines are logged; raise ImproperlyConfigured on any other word."""
    value = os.environ.get(name) or default
    if value not in LOG_LEVELS:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: say {', '.join(LOG_LEVELS[:-1])} or {LOG_LEVELS[-1]}."
        )
    return value


def signing_key(name: str, *, optional: bool) -> str:
    """Return a key for Ed25519, 32 bytes in base64; raise ImproperlyConfigured where it is none."""
    value = text(name, "" if optional else None).strip()
    plain = value.rstrip("=").replace("-", "+").replace("_", "/")
    if value and not re.fullmatch(r"[A-Za-z0-9+/]{43}", plain):
        # The value is a secret, so it is not repeated here.
        raise ImproperlyConfigured(f"{name} is no key: give 32 random bytes in base64.")
    return value


def file_keys(name: str, *, optional: bool) -> list[bytes]:
    """Return keys for AES-256, each 32 bytes in base64, the newest first; raise ImproperlyConfigured where one is none."""
    words = [word.strip() for word in text(name, "" if optional else None).split(",")]
    if words == [""]:
        return []
    keys = []
    for word in words:
        plain = word.rstrip("=").replace("-", "+").replace("_", "/")
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}", plain):
            # The value is a secret, so it is not repeated here.
            raise ImproperlyConfigured(f"{name} holds what is no key: give 32 random bytes in base64.")
        keys.append(base64.b64decode(plain + "="))
    if len(set(keys)) < len(keys):
        raise ImproperlyConfigured(f"{name} holds one key twice.")
    return keys


def folder(name: str, default: Path, *, outside: Sequence[Path]) -> Path:
    """Return a folder that can be written; refuse one that browsers are served from, or that is not there.

    Only the default is made: a disk that is not mounted must not be taken for an empty one.
    """
    given = os.environ.get(name)
    place = Path(given or default)
    if not place.is_absolute():
        raise ImproperlyConfigured(f"{name} is {str(place)!r}: give the whole path.")
    place = place.resolve()
    served = [one for one in outside if place.is_relative_to(one.resolve())]
    if served:
        raise ImproperlyConfigured(f"{name} lies in {served[0]}, which browsers can read.")
    try:
        if not given:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} ({place}) cannot be made: {error.strerror}.") from None
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name} ({place}) is no folder that can be written.")
    return place


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def changes_schema(argv: list[str]) -> bool:
    """Tell whether this process is a management command that needs the owner's role."""
    return (
        len(argv) > 1 and Path(argv[0]).name in {"manage.py", "django-admin"} and argv[1] in SCHEMA_COMMANDS
    )


def database(argv: list[str]) -> dict[str, Any]:
    """Return Django's database settings; time limits are in seconds and spare schema changes."""
    owner = changes_schema(argv)
    name = "MIGRATION_DATABASE_URL" if owner else "DATABASE_URL"
    settings = _url(name, "database address")
    if not str(settings.get("ENGINE", "")).endswith("postgresql"):
        raise ImproperlyConfigured(f"{name} must begin with postgres://: Rollcall needs PostgreSQL.")
    # Django asks this of every new connection.
    DatabaseFeatures.minimum_database_version = OLDEST_POSTGRESQL
    lock = number("DATABASE_LOCK_SECONDS", 5, at_least=1)
    statement = statement_seconds()
    # Where something on the way has forgotten a connection, the server hears nothing of its end: its child would stay
    # locked, and no sweep would look at it, until somebody restarts the server.
    idle = IDLE_STATEMENTS * statement
    limits = f"-c lock_timeout={lock}s -c statement_timeout={statement}s -c idle_in_transaction_session_timeout={idle}s"
    return settings | {
        "ENGINE": "config.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": settings.get("OPTIONS", {}) | NETWORK | {"options": "" if owner else limits},
    }


def statement_seconds() -> int:
    """Return how long one statement may take."""
    return number("DATABASE_STATEMENT_SECONDS", 30, at_least=1)


def application_role() -> str:
    """Return the name of the role that pages and workers connect as, for the migration that grants."""
    user = urlsplit(text("DATABASE_URL")).username
    if not user:
        raise ImproperlyConfigured("DATABASE_URL names no user: the application needs its own role.")
    return unquote(user)


def mail() -> dict[str, Any]:
    """Return Django's mail settings from EMAIL_URL."""
    settings = _url("EMAIL_URL", "mail server address")
    settings.pop("EMAIL_FILE_PATH", None)
    usual = MAIL_PORTS.get(urlsplit(text("EMAIL_URL")).scheme)
    if usual is None:
        # What Django would print, keep or drop is read by nobody, and counts as sent.
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtp+tls:// or smtp+ssl://.")
    if not settings["EMAIL_HOST"]:
        raise ImproperlyConfigured("EMAIL_URL names no mail server: give its name behind the ://.")
    if settings["EMAIL_PORT"] is None:
        settings["EMAIL_PORT"] = usual
    if not settings["EMAIL_PORT"]:
        raise ImproperlyConfigured("EMAIL_URL names the port 0, at which no mail server answers.")
    return settings


def outside(name: str) -> str:
    """Return a web address that something is sent to, or nothing; refuse one outside to which it would go in clear."""
    value = text(name, "")
    if not value:
        return value
    # The value may hold a secret, so it is not repeated here.
    wrong = ImproperlyConfigured(f"{name} is not a web address such as https://gateway.example/send.")
    try:
        url = urlsplit(value)
        host, port = url.hostname, url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in {"http", "https"} or not host or port == 0 or not re.fullmatch(r"[!-~]+", value):
        raise wrong
    if url.scheme != "https" and not is_loopback(host):
        raise ImproperlyConfigured(f"{name} must begin with https:// except on 127.0.0.1.")
    return value


def _url(name: str, what: str) -> dict[str, Any]:
    read = _env.db_url if name.endswith("DATABASE_URL") else _env.email_url
    text(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return dict(read(name))
    except (ImproperlyConfigured, ValueError, KeyError, UserWarning):
        # The value may hold a password, so it is not repeated here.
        raise ImproperlyConfigured(f"{name} is not a {what} that can be read.") from None


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn a bad configuration into one line on standard error and exit code 1."""
    try:
        yield
    except (ImproperlyConfigured, NotSupportedError) as error:
        line = " ".join(str(error).split())
        print(f"Rollcall cannot start: {line}", file=sys.stderr)
        raise SystemExit(1) from None

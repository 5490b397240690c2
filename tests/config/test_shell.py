"""What the whole service tells browsers: every answer, its cookies, and the addresses that are secrets."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as here
from django.test import Client
from django.urls import get_resolver, reverse

from cases.models import Role
from tests.database import ROOT
from tests.factories import a_person

pytestmark = pytest.mark.django_db
KEY = "kBaG6zDoeQ4kQmn3Y0k5a3xvJ0Yk1q1Xb0wT4m2v9sE"
# As the runbook has it for a service that is live.
LIVE = {
    "TESTING": "off",
    "PUBLIC_URL": "https://rollcall.example",
    "SECRET_KEY": "ZC2pTgUaX9LQ7m3Xr5vYwKdE8sHnJbF4oVtRi6yPzAeCqWxGkM1uBhNjSlDfO0Ia",
    "AUDIT_HEAD_KEY": KEY,
    "PHOTO_KEYS": KEY,
    "TRUSTED_PROXIES": "127.0.0.1",
}
LIVE_SETTINGS = """
import json, os, django
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("check", "--deploy", "--fail-level", "WARNING")
names = ("SESSION", "CSRF", "LANGUAGE", "DEVICE")
parts = ("NAME", "SECURE", "PATH", "DOMAIN")
told = {name: {part: getattr(settings, f"{name}_COOKIE_{part}", None) for part in parts} for name in names}
print(json.dumps(told | {"HSTS": settings.SECURE_HSTS_SECONDS}), flush=True)
# Without what a Python of this size takes apart at its end.
os._exit(0)
"""


@pytest.mark.by_turns(8)
def test_a_live_service_passes_djangos_own_check_and_its_cookies_are_bound_to_its_host() -> None:
    # The tests' own browser needs this variable, which a live service must not have.
    outside = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    done = subprocess.run(
        [sys.executable, "-c", LIVE_SETTINGS],
        cwd=ROOT,
        env=outside | LIVE | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("HSTS") >= 365 * 24 * 3600
    for name, cookie in told.items():
        # A browser keeps a cookie of such a name only from https, for the whole host and for no other.
        assert cookie["NAME"].startswith("__Host-"), name
        assert cookie["PATH"] in ("/", None), name
        assert cookie["DOMAIN"] is None, name
        assert cookie["SECURE"] is True or name == "DEVICE", name


@pytest.mark.by_turns(8)
def test_every_cookie_that_is_written_is_one_of_those() -> None:
    written = {
        name
        for app in ("cases", "guardians", "alerts", "config")
        for path in (ROOT / app).rglob("*.py")
        for name in re.findall(r"\.set_(?:signed_)?cookie\(\s*([\w.]+)", path.read_text())
    }
    assert written == {"settings.LANGUAGE_COOKIE_NAME", "settings.DEVICE_COOKIE_NAME"}


def test_a_page_can_ask_nobody_else_for_anything() -> None:
    told = here.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert told["default-src"] == ["'none'"]
    sources = {source for value in told.values() if isinstance(value, list) for source in value}
    assert sources == {"'none'", "'self'", "data:"}
    assert told["script-src"] == told["style-src"] == told["connect-src"] == ["'self'"]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("folder", ["templates", "static"])
def test_no_template_script_or_style_names_another_host(folder: str) -> None:
    """A link to read is one thing; what a browser fetches by itself is another."""
    fetched = re.compile(
        r"""(?:src(?:set)?|action|data|poster)=["']?(?:https?:)?//|<link[^>]*href=["']?(?:https?:)?//"""
        r"""|url\(["']?(?:https?:)?//|@import\s|(?:fetch|import|sendBeacon)\(\s*["'`](?:https?:)?//"""
    )
    named = [
        str(path.relative_to(ROOT))
        for path in Path(ROOT / folder).rglob("*")
        if path.suffix in {".html", ".js", ".css", ".svg"} and fetched.search(path.read_text())
    ]
    assert not named


def secrets() -> list[str]:
    """Every address with a secret in it: a token that is no photo's, whose address needs a session beside it."""
    found = []
    for pattern in get_resolver().url_patterns:
        for one in getattr(pattern, "url_patterns", [pattern]):
            words = one.pattern.converters
            if type(words.get("token")).__name__ == "StringConverter":
                found.append(reverse(one.name, kwargs=dict.fromkeys(words, "x")))
    return found


@pytest.mark.by_turns(8)
def test_an_address_that_is_a_secret_is_sent_on_to_nobody(db: None) -> None:
    assert len(secrets()) >= 4
    for address in secrets():
        for method in ("get", "post"):
            answer = getattr(Client(enforce_csrf_checks=True), method)(address, headers={"origin": "null"})
            assert answer.status_code == 404, address
            assert answer.headers["Referrer-Policy"] == "no-referrer", address
            assert answer.headers["Cache-Control"] == "no-store", address
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow", address


@pytest.mark.by_turns(8)
def test_every_page_stands_apart_from_other_sites(db: None) -> None:
    reader = Client()
    reader.force_login(a_person(Role.SOCIAL_WORKER))
    for address in ("/sign-in/", "/today/", "/health/", "/no-such-page/", "/a/x/"):
        told = reader.get(address).headers
        assert told["Cross-Origin-Opener-Policy"] == "same-origin"
        assert told["Cross-Origin-Resource-Policy"] == "same-origin"
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["X-Frame-Options"] == "DENY"
        for feature in ("camera", "geolocation", "microphone"):
            assert f"{feature}=()" in told["Permissions-Policy"]
        assert "unsafe" not in told["Content-Security-Policy"]

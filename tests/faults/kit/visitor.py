"""A signed-in person with a browser's habits: keeps cookies, sends forms with their tokens, and times each answer."""

import http.client
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from cases.models import User

# A missing report on one page.
REPORT = {
    "police_rung": "no",
    "last_seen_at_when": "now",
    "last_seen_place": "At the gate",
    "not_known": "by_whom",
    "why_worried": "A car waited for the child.",
}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Visitor:
    """One person at one site; `seconds` holds how long each answer took."""

    port: int
    user: User
    seconds: list[float] = field(default_factory=list)
    patience: float = 30
    _cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        client = Client()
        client.force_login(self.user)
        self._cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    def get(self, path: str) -> tuple[int, str]:
        """Open a page; return its status and text."""
        return self._ask("GET", path, None)

    def post(self, path: str, answers: dict[str, str]) -> tuple[int, str]:
        """Open a page with a form and send it; return the status and text of the last answer."""
        status, page = self.get(path)
        if status == 503:
            return status, page
        token = TOKEN.search(page)
        assert token is not None, page[:2000]
        return self._ask("POST", path, urlencode(answers | {"csrfmiddlewaretoken": token[1]}))

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Referer": settings.PUBLIC_URL,
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.monotonic()
        line.request(method, path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        self.seconds.append(time.monotonic() - began)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        line.close()
        return answer.status, text

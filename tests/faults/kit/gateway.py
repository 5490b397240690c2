"""A gateway for texts and calls that keeps every request it is posted, and answers at once, slowly or not at all."""

import contextlib
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway:
    """A real web server on loopback."""

    def __init__(self) -> None:
        # Seconds after which it answers; while it hangs it does not, until `let_go`.
        self.answers_after = 0.0
        self.hangs = False
        self.let_go = threading.Event()
        self._posted: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """Where texts and calls are taken."""
        return f"http://127.0.0.1:{self._server.server_port}/webhook"

    @property
    def posted(self) -> list[dict[str, Any]]:
        """The body of every request, oldest first."""
        with self._lock:
            return list(self._posted)

    @property
    def once(self) -> Counter[tuple[str, str]]:
        """How many different texts or calls each phone got, by phone and rung: a repeat counts once.

        Of a rung that names the task or the message which it is about only the first word.
        """
        different = {(body["id"], body["phone"], body["rung"].partition(":")[0]) for body in self.posted}
        return Counter((phone, rung) for _, phone, rung in different)

    def keep(self, body: dict[str, Any]) -> None:
        """Note one request, and come back when it is to be answered."""
        with self._lock:
            self._posted.append(body)
        if self.hangs:
            self.let_go.wait()
        time.sleep(self.answers_after)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        super().__init__(("127.0.0.1", 0), _Request)


class _Request(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.gateway.keep(json.loads(self.rfile.read(length)))
        # Whoever asked may have given up meanwhile.
        with contextlib.suppress(OSError):
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

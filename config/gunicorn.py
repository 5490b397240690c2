"""How gunicorn serves Rollcall: threads, one load of the application, and the demo on loopback alone."""

import os
from typing import Any

from config import env, logs, patience

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
with env.one_line_errors():
    workers = env.number("WEB_PROCESSES", 2, at_least=1)
    threads = env.number("WEB_THREADS", 4, at_least=1)
    # The lines of gunicorn itself hide what all others do, from the first one on and after each reload.
    logconfig_dict = logs.configure(level=env.log_level("LOG_LEVEL", "INFO"))
# Loaded before the processes part, so that a bad configuration ends the start with one line.
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 5
# Requests are logged by django-structlog, whose lines hide what may not be read; gunicorn's own would hold all of it.
accesslog = None
loglevel = "warning"
# The application alone says which proxy is believed (TRUSTED_PROXIES).
forwarded_allow_ips = ""
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Refuse to serve the demo's invented accounts to a network."""
    if os.environ.get("DEMO", "").lower() not in {"1", "true", "yes", "on"}:
        return
    for address in server.cfg.address:
        if not (isinstance(address, tuple) and env.is_loopback(address[0])):
            raise SystemExit("DEMO is on, so gunicorn may bind to 127.0.0.1 alone.")


def post_fork(server: Any, worker: Any) -> None:
    """Let no page wait for ever for a database that hangs."""
    patience.keep()

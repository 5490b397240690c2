"""A database that takes a connection and says nothing is given up, and sooner when it has just been."""

import socket
import time

import psycopg2
import pytest
from psycopg2 import extensions

from config import env, patience


def test_a_silent_server_is_given_up_and_at_once_while_it_has_just_been(monkeypatch):
    monkeypatch.setattr(env, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(patience, "AGAIN", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        patience.keep()
        took = []
        try:
            for _ in range(2):
                began = time.monotonic()
                with pytest.raises(psycopg2.OperationalError, match="does not answer"):
                    psycopg2.connect(host="127.0.0.1", port=silent.getsockname()[1], user="nobody")
                took.append(time.monotonic() - began)
        finally:
            extensions.set_wait_callback(None)
    assert took[0] >= 0.2
    assert took[1] < took[0]

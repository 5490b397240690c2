"""What the launcher says: one line for each step, and one sentence when it cannot go on."""

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Trouble(Exception):
    """Something the reader has to know or mend; the message is one sentence."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that a step has begun, and how many seconds it took once it is done."""
    began = time.monotonic()
    print(f"  {title} … ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def say(line: str = "") -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


def complain(line: str) -> None:
    """Print one line to standard error."""
    print(f"Rollcall: {line}", file=sys.stderr, flush=True)


def explain(what: str, output: str, log: Path, *, fetches: bool = True, why: str = "") -> Trouble:
    """Return the one sentence for a tool's failure, from what it said, all of it kept in `log`; `fetches` packages or not.

    `why` is the line of it that says why, where that is known and not the last.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(output)
    lowered = output.lower()
    if "no space left on device" in lowered:
        return Trouble(f"{what} failed: there is no space left on the disk.")
    if "do not match the hashes" in lowered or "eintegrity" in lowered:
        return Trouble(f"{what} failed: a download does not match its locked hash; see {log}.")
    if fetches and any(sign in lowered for sign in NO_NETWORK):
        return Trouble(
            f"{what} failed: the package index cannot be reached, so check the network; see {log}."
        )
    if fetches and "no matching distribution found" in lowered:
        this = f"Python {sys.version_info.major}.{sys.version_info.minor} on {platform.machine()}"
        return Trouble(f"{what} failed: one of them is not made for {this}; see {log}.")
    lines = [line for line in output.splitlines() if line.strip()]
    # What is indented goes on from a line before it.
    last = ([line for line in lines if not line[0].isspace()] or lines or ["it said nothing"])[-1].strip()
    return Trouble(f"{what} failed: {why or last} (all of it is in {log}).")


NO_NETWORK = (
    "name resolution",
    "name or service not known",
    "failed to establish a new connection",
    "network is unreachable",
    "connection refused",
    "connecttimeouterror",
    "read timed out",
    "enotfound",
    "econnrefused",
    "eai_again",
    "could not resolve",
    "could not connect",
    "temporary failure resolving",
)

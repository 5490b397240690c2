"""A PDF handed to a process of its own, and what comes back of it: a bomb, a hang or a crash there is a refusal here."""

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from cases.pdfs.refusals import Refusal, Refused

logger = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-E", "-s", "-B", "-m", "cases.pdfs.child")
CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one PDF: bytes of address space, seconds of the processor and of the clock, bytes unpacked and kept, pages."""

    memory: int = 512 * 1024 * 1024
    seconds: int = 20
    wait: float = 30.0
    unpacked: int = 256 * 1024 * 1024
    kept: int = 10 * 1024 * 1024
    pages: int = 500

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(str(one) for one in (self.memory, self.seconds, self.unpacked, self.pages))


LIMITS = Limits()
# In one process of the web server: the others of its threads go on answering pages.
AT_ONCE = 2
TURN_SECONDS = 5
# From the end of its answer to its own end.
END_SECONDS = 2
_turns = threading.BoundedSemaphore(AT_ONCE)


def rewritten(source: bytes, limits: Limits | None = None) -> tuple[bytes, frozenset[str]]:
    """Return the PDF written anew and what was left out of it: `attachments`, `media`, `signature`.

    Raises `Refused`, within `limits.wait` seconds and those that it waited for its turn.
    """
    try:
        with _turn():
            code, answer = _ask(source, limits or LIMITS)
    except OSError as error:
        # No memory or no room for one more process: not the file's fault.
        logger.exception("pdf_process_not_started")
        raise Refused(Refusal.BUSY) from error
    if code == 0:
        said, _, content = answer.partition(b"\n")
        return content, frozenset(said.decode().split())
    if code is not None and code in set(Refusal):
        raise Refused(Refusal(code))
    # Never what it said: that may be of the document.
    logger.warning("pdf_process_ended", code=code)
    raise Refused(Refusal.UNSAFE)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise Refused(Refusal.BUSY)
    try:
        yield
    finally:
        _turns.release()


def _ask(source: bytes, limits: Limits) -> tuple[int | None, bytes]:
    """Its exit code, None where it was ended from here, and what it answered."""
    # Nothing of our environment: the keys and the passwords of the service stand in it.
    process = subprocess.Popen(  # noqa: S603 - words of ours
        [*COMMAND, *limits.words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={},
    )
    try:
        answer = _exchange(process, source, limits)
        return (None, b"") if answer is None else (process.wait(timeout=END_SECONDS), answer)
    except subprocess.TimeoutExpired:
        return None, b""
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _exchange(process: "subprocess.Popen[bytes]", source: bytes, limits: Limits) -> bytes | None:
    """Hand the source over and return what comes back; None where it takes too long, or answers with too much."""
    assert process.stdin is not None  # noqa: S101 - both are pipes of ours
    assert process.stdout is not None  # noqa: S101
    os.set_blocking(process.stdin.fileno(), False)
    deadline = time.monotonic() + limits.wait
    unsent, answer = memoryview(source), bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdin, selectors.EVENT_WRITE)
        waiting.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            for ready, _ in waiting.select(left):
                if ready.fileobj is process.stdin:
                    unsent = _send(process.stdin.fileno(), unsent)
                    if not unsent:
                        waiting.unregister(process.stdin)
                        process.stdin.close()
                    continue
                come = os.read(process.stdout.fileno(), CHUNK)
                if not come:
                    return bytes(answer)
                answer += come
                if len(answer) > limits.kept:
                    return None
    return None


def _send(pipe: int, unsent: memoryview) -> memoryview:
    """What is still to be sent; nothing where nobody reads any more."""
    try:
        return unsent[os.write(pipe, unsent[:CHUNK]) :]
    except BlockingIOError:
        return unsent
    except BrokenPipeError:
        return unsent[:0]

"""A way to PostgreSQL that is slow, loses a line or cuts it, as it is told: each byte goes through here."""

import asyncio
import contextlib
import threading
from dataclasses import dataclass

from scripts.launcher import ports

# What can be lost of a line: its COMMIT on the way there, or the answer to that; or all from a statement's answer on,
# while both ends take the line for open.
WORD, ANSWER, SILENCE = "word", "answer", "silence"


@dataclass(eq=False)
class Line:
    """One connection through here: what it has said since its last commit, and what is to become of it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    fate: str = ""
    is_committing: bool = False
    is_silent: bool = False

    def cut(self) -> None:
        """Break it in the middle of what it says."""
        for writer in (self.client, self.server):
            writer.transport.abort()


class Proxy:
    """Listens on loopback and passes everything on to another port, both ways."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = ports.any_free()
        # Seconds that whatever comes waits before it is passed on, each way.
        self.delay = 0.0
        # What is lost of the next lines that say such words, by words: one after the other.
        self.losses: dict[bytes, list[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self.mend()

    def stop(self) -> None:
        """End."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def cut(self) -> None:
        """Break every line in the middle of what it says, and refuse who comes."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    def mend(self) -> None:
        """Listen again on the same port."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)

    def lose(self, what: str, *words: str) -> None:
        """Lose this of the next line that says each of these words."""
        for word in words:
            self.losses.setdefault(word.encode(), []).append(what)

    def has_lost_all(self) -> bool:
        """Whether everything that was to be lost is."""
        return not any(self.losses.values())

    def fall_silent(self) -> None:
        """Pass nothing on of any line that stands, for ever, and close none; lines to come are as before.

        So it is where something on the way has forgotten them: neither end hears of it.
        """
        for line in list(self._lines):
            line.is_silent = True

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._come, ports.HOST, self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.cut()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(ports.HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        line = Line(writer, back)
        self._lines.add(line)
        await asyncio.gather(self._pass_on(line, reader, back), self._pass_on(line, there, writer))
        # One that is silent stays open on both sides, whoever has given it up.
        if not line.is_silent:
            self._lines.discard(line)

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while words := await reader.read(65_536):
                await asyncio.sleep(self.delay)
                if self._is_lost(line, words if writer is line.server else None):
                    return
                writer.write(words)
                await writer.drain()
        if not line.is_silent:
            writer.close()

    def _is_lost(self, line: Line, said: bytes | None) -> bool:
        """Whether these words, `said` to the server or, where None, an answer of it, come no further."""
        if said is None and line.fate == SILENCE:
            line.is_silent = True
        if said is None and line.is_committing and line.fate == ANSWER:
            line.cut()
            return True
        if said is not None:
            line.fate = line.fate or self._fate(said)
            line.is_committing = b"COMMIT" in said
            if line.is_committing and line.fate == WORD:
                line.cut()
                return True
        return line.is_silent

    def _fate(self, said: bytes) -> str:
        for word, fates in self.losses.items():
            if fates and word in said:
                return fates.pop(0)
        return ""

"""A way to PostgreSQL that is slow, goes silent or is cut, as it is told: each byte goes through here."""

import asyncio
import contextlib
import threading

from scripts.launcher import ports


class Proxy:
    """Listens on loopback and passes everything on to another port, both ways."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = ports.any_free()
        # Seconds that whatever comes waits before it is passed on, each way.
        self.delay = 0.0
        # While true nothing is passed on, and whoever connects is left waiting.
        self.silent = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._lines: set[asyncio.StreamWriter] = set()
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

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._come, ports.HOST, self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.transport.abort()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(ports.HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        self._lines |= {writer, back}
        try:
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._lines -= {writer, back}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while words := await reader.read(65_536):
                await asyncio.sleep(self.delay)
                while self.silent:
                    await asyncio.sleep(0.05)
                writer.write(words)
                await writer.drain()
        writer.close()

"""A link to a server of this machine that is long, and can be cut.

    with link(port, trip_ms=30) as far:
        connect(far.port)
        far.cut(20.0)

What is said arrives half a round trip later. A cut link tells neither end: what was under way is
held back until it is whole again. One that is cut for longer than HELD_S has lost it, and both ends
find their connection reset. It is a process of its own, whose work is not counted as theirs.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

HOST = "127.0.0.1"
HELD_S = 15.0
_AT_ONCE = 1 << 16  # octets


@dataclass(frozen=True, slots=True)
class Link:
    """Its port at the near end."""

    port: int
    orders: IO[str]

    def cut(self, seconds: float) -> None:
        """For so long, from now on; returns at once."""
        self.orders.write(f"{seconds}\n")
        self.orders.flush()


@contextmanager
def link(port: int, *, trip_ms: int = 0) -> Iterator[Link]:
    """One, until the block ends; there and back takes so many milliseconds."""
    command = [sys.executable, "-m", __name__, str(port), str(trip_ms)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Link(int(process.stdout.readline()), process.stdin)
        finally:
            process.terminate()


class _Proxy:
    def __init__(self, port: int, delay_s: float) -> None:
        self._port, self._delay_s = port, delay_s
        self._whole = asyncio.Event()
        self._whole.set()
        self._open = set[asyncio.StreamWriter]()

    async def both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._whole.wait()
            far_reader, far_writer = await asyncio.open_connection(HOST, self._port)
        except OSError:  # nobody listens there just now
            writer.close()
            return
        self._open.add(far_writer)
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: in order, each piece so long after it came."""
        loop, piece = asyncio.get_running_loop(), b"to begin with"
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            with suppress(ConnectionError):
                while (last := await under_way.get())[1]:
                    await asyncio.sleep(last[0] - loop.time())
                    await self._whole.wait()
                    writer.write(last[1])
                    await writer.drain()
            writer.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(deliver())
            while piece:
                try:
                    piece = await reader.read(_AT_ONCE)
                except ConnectionError:
                    piece = b""
                under_way.put_nowait((loop.time() + self._delay_s, piece))

    async def cut(self, seconds: float) -> None:
        self._whole.clear()
        await asyncio.sleep(seconds)
        if seconds > HELD_S:
            for each in self._open:
                each.transport.abort()
        self._whole.set()


async def _serve(port: int, trip_ms: int) -> None:
    proxy = _Proxy(port, trip_ms / 2000)
    server = await asyncio.start_server(proxy.both_ways, HOST, 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    while order := await asyncio.to_thread(sys.stdin.readline):
        await proxy.cut(float(order))


if __name__ == "__main__":
    asyncio.run(_serve(*map(int, sys.argv[1:])))

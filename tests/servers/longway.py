"""A long way to a server of this machine: what is said arrives half a round trip later.

    with long_way(port, trip_ms=30) as far_port:

A process of its own, so that its work is not counted as that of whoever it delays.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
_AT_ONCE = 1 << 16  # octets


@contextmanager
def long_way(port: int, *, trip_ms: int) -> Iterator[int]:
    """The port at the near end, until the block ends; there and back takes so many milliseconds."""
    command = [sys.executable, "-m", __name__, str(port), str(trip_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float
) -> None:
    """One direction: in order, each piece `delay_s` after it came."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, piece = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                break
            writer.write(piece)
        writer.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(deliver())
        piece = b"to begin with"
        while piece:
            try:
                piece = await reader.read(_AT_ONCE)
            except ConnectionError:
                piece = b""
            under_way.put_nowait((loop.time() + delay_s, piece))


async def _serve(port: int, delay_s: float) -> None:
    async def both_ways(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, port)
        async with asyncio.TaskGroup() as group:
            group.create_task(_carry(reader, far_writer, delay_s))
            group.create_task(_carry(far_reader, writer, delay_s))

    server = await asyncio.start_server(both_ways, HOST, 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]) / 2000))

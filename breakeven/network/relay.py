"""A TCP relay that hands on what it gets after a delay: the latency of a link where the kernel has no netem.

``python -m breakeven.network.relay LISTEN_HOST LISTEN_PORT HOST PORT SECONDS``
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

#: Bytes read at once.
CHUNK = 2**16


async def relay(listen: tuple[str, int], target: tuple[str, int], seconds: float) -> asyncio.Server:
    """Listen, and connect each connection with the target.

    Parameters
    ----------
    listen, target : tuple of str and int
        Host and port.
    seconds : float
        That each byte is held back, in either direction.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward, back = await asyncio.open_connection(*target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass(reader, back, seconds), _pass(onward, writer, seconds))

    return await asyncio.start_server(connected, *listen)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Hand on what comes; bytes under way do not hold up those behind them, as on a real link."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def receive() -> None:
        data = b"?"
        while data:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            under_way.put_nowait((loop.time() + seconds, data))

    receiving = asyncio.create_task(receive())
    with suppress(OSError):
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
    receiving.cancel()
    writer.close()


async def _main(listen_host: str, listen_port: str, host: str, port: str, seconds: str) -> None:
    server = await relay((listen_host, int(listen_port)), (host, int(port)), float(seconds))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))

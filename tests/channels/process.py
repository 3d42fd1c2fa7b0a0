"""`serve` as it is run: a process of its own, on a configuration written for it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.conftest import ROOT

CONFIG = """
database_url: sqlite:///{folder}/linli.sqlite3
photos: {folder}/photos
listen: 127.0.0.1:{port}
log_level: debug
{more}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(true: Callable[[], object], *, within: float = 20) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 - whatever is waited for rings no bell
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serve(folder: Path, port: int, more: str, *, ends_by: signal.Signals) -> AsyncIterator[Path]:
    """A process that serves, configured with `more` lines of YAML, until it is told to stop or is killed; its
    log."""
    config, log = folder / "config.yaml", folder / "log"
    config.write_text(CONFIG.format(folder=folder, port=port, more=more), encoding="utf-8")
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", "--config", str(config),
            cwd=ROOT, stdout=written, stderr=written, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
    try:
        await _answers(f"http://127.0.0.1:{port}", process)
        yield log
    finally:
        if process.returncode is None:
            process.send_signal(ends_by)
        assert await asyncio.wait_for(process.wait(), 15) in (0, -ends_by), log.read_text(encoding="utf-8")


async def _answers(address: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(f"{address}/health") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)

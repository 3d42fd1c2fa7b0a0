"""Telegram sends over our transport against the library's own, side by side, and our pace against the limit.

    python -m tests.benchmarks.telegram_sends

Both send the same message through the library's Bot to the same server in another process. Then the whole
channel, paced, sends to a counterpart that keeps the platform's limit. Prints sends a second, the ratio and
how close the pace comes; fails below five times the library's speed, or more than 2 % from the limit.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import HTTPXRequest

from bot.channels.photos import PhotoStore
from bot.channels.telegram.account import Account
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.request import AiohttpRequest
from bot.clock import SystemClock
from bot.messaging import Address, OutboundMessage
from tests.channels.wechat.notebook import MemoryNotebook
from tests.counterparts.telegram.platform import Platform

TOKEN = "42:AAH0123456789abcdefghijklmnopqrstuvwx"
TEXT = "已记下：幸福里3号楼2单元，电梯故障。是这样吗？"
KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("对", callback_data="对")]])
ANSWER = {
    "ok": True,
    "result": {
        "message_id": 1,
        "date": 1_795_000_000,
        "chat": {"id": 501, "type": "private", "first_name": "王阿姨"},
        "from": {"id": 42, "is_bot": True, "first_name": "邻里", "username": "linli_bot"},
        "text": TEXT,
    },
}
ROUNDS, SENDS, AT_ONCE = 5, {"ours": 2_000, "theirs": 400}, 32
GOAL = 5.0
PACED, LIMIT, CLOSE = 600, 30, 0.98


class _Answering(asyncio.Protocol):
    """Answers every request alike, as cheaply as can be: what is measured is the sender."""

    body = json.dumps(ANSWER, ensure_ascii=False).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.read = b""

    def data_received(self, data: bytes) -> None:
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            length = self.read[:end].lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            whole = end + 4 + int(length or 0)
            if len(self.read) < whole:
                return
            self.read = self.read[whole:]
            self.transport.write(self.answer)  # type: ignore[attr-defined]


async def answer_for_ever() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def a_server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.telegram_sends", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


async def rate(send: Callable[[], Awaitable[object]], count: int) -> float:
    """Sends a second, so many at once."""
    todo = iter(range(count))

    async def work() -> None:
        for _ in todo:
            await send()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - started)


async def compare(address: str) -> float:
    """How many times as fast our transport is."""
    requests = {
        "ours": AiohttpRequest(read_timeout=30),
        "theirs": HTTPXRequest(connection_pool_size=AT_ONCE, read_timeout=30, pool_timeout=30),
    }
    rates: dict[str, list[float]] = {name: [] for name in requests}
    bots = {
        name: Bot(TOKEN, base_url=f"{address}/bot", request=request, get_updates_request=request)
        for name, request in requests.items()
    }
    for _ in range(ROUNDS):  # in turns, so that noise hits both
        for name, bot in bots.items():
            rates[name].append(
                await rate(lambda bot=bot: bot.send_message(501, TEXT, reply_markup=KEYBOARD), SENDS[name])
            )
    for request in requests.values():
        await request.shutdown()
    ours, theirs = median(rates["ours"]), median(rates["theirs"])
    rates_reached = f"ours {ours:.0f}, the library's {theirs:.0f} sends a second"
    print(f"{AT_ONCE} at once: {rates_reached}: {ours / theirs:.1f} times")
    return ours / theirs


async def pace() -> float:
    """The share of the platform's limit that the paced channel reaches."""
    clock, platform = SystemClock(), Platform(TOKEN)
    chats = [platform.people.person(1000 + number, f"{number}") for number in range(PACED)]
    for chat in chats:
        chat.was_started = True
    todo = iter(chats)
    with TemporaryDirectory() as folder:
        async with platform.running() as address:
            channel = Telegram(
                Account("tg", TOKEN, "secret", api_base=address),
                notebook=MemoryNotebook(clock),
                clock=clock,
                photos=PhotoStore(Path(folder)),
            )

            async def work() -> None:
                for chat in todo:
                    await channel.send(OutboundMessage(chat.id, Address("tg", str(chat.id)), TEXT))

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
            await channel.close()
    times = sorted(chat.times[0] for chat in chats)
    whole = (len(times) - 1) // LIMIT * LIMIT  # at the start of each second, a burst may go at once
    reached = whole / (times[whole] - times[0])
    print(f"paced: {reached:.2f} of {LIMIT} sends a second, {len(platform.calls) - PACED} refused")
    return reached / LIMIT


async def measure() -> bool:
    with a_server() as address:
        ratio = await compare(address)
    share = await pace()
    return ratio >= GOAL and CLOSE <= share <= 1.0


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        uvloop.run(answer_for_ever())
    elif not uvloop.run(measure()):
        sys.exit(f"below the goal of {GOAL} times, or further than {1 - CLOSE:.0%} from the limit")

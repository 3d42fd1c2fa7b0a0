"""What a WeChat bot can do at most on this machine: WeRoBot on Tornado, echoing and storing nothing.

    python -m tests.benchmarks.echo_peer

measures our bare channel (echoing too) and WeRoBot in turns. The parts are meant to be used by whatever
measures the whole bot beside it: `start_werobot_echo`, `start_channel_echo`, `prepare`, `drive`.
"""

import argparse
import asyncio
import itertools
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bot.channels.wechat_codec import Envelope, signature

TOKEN = "neighbours"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
APP_ID = "wx0123456789abcdef"
TEXTS = ("3号楼2单元的电梯坏了，老人下不了楼", "楼道灯不亮", "物业费多少钱一平", "小区门口有人乱停车")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed callback, ready to be posted."""

    query: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and what it has used so far."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


@dataclass(frozen=True, slots=True)
class Rate:
    """How a run went; times in seconds. `replies` are answers other than “success”."""

    per_second: float
    p50: float
    p99: float
    replies: int
    statuses: Counter[int]


# -- messages ---------------------------------------------------------------------------------------

_numbers = itertools.count(time.time_ns() // 1000)


def prepare(
    count: int,
    *,
    is_encrypted: bool,
    texts: Sequence[str] = TEXTS,
    senders: int = 50,
    token: str = TOKEN,
    aes_key: str = AES_KEY,
    app_id: str = APP_ID,
) -> list[Delivery]:
    """Signed now, so to be delivered within five minutes; every message has an id of its own."""
    envelope = Envelope(token, aes_key, app_id)
    now = int(time.time())
    deliveries = []
    for index in range(count):
        message = (
            f"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
            f"<FromUserName><![CDATA[oBenchmark{index % senders:05d}]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{texts[index % len(texts)]}]]></Content><MsgId>{next(_numbers)}</MsgId></xml>"
        ).encode()
        nonce = str(secrets.randbelow(10**10))
        parts = (token.encode(), str(now).encode(), nonce.encode())
        query = f"signature={signature(*parts).decode()}&timestamp={now}&nonce={nonce}"
        if is_encrypted:
            ciphertext = envelope.seal_text(message)
            query += f"&encrypt_type=aes&msg_signature={signature(*parts, ciphertext).decode()}"
            message = (
                b"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
                b"<Encrypt><![CDATA[%b]]></Encrypt></xml>" % ciphertext
            )
        deliveries.append(Delivery(query, message))
    return deliveries


# -- load -------------------------------------------------------------------------------------------


def drive(url: str, deliveries: Sequence[Delivery], connections: int) -> Rate:
    """Post them all, `connections` at a time over kept-alive connections, each as soon as the one before
    it is answered. Raises ConnectionError where the server hangs up."""
    return uvloop.run(_drive(url, deliveries, connections))


async def _drive(url: str, deliveries: Sequence[Delivery], connections: int) -> Rate:
    target = urlsplit(url)
    head = f"POST {target.path}?%s HTTP/1.1\r\nHost: {target.netloc}\r\nContent-Type: text/xml\r\n"
    requests = iter(
        [
            (head % one.query + f"Content-Length: {len(one.body)}\r\n\r\n").encode() + one.body
            for one in deliveries
        ]
    )
    clients = [_Client(requests) for _ in range(connections)]
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for client in clients:
        await loop.create_connection(lambda client=client: client, target.hostname, target.port)
    await asyncio.gather(*(client.finished for client in clients))
    elapsed = time.perf_counter() - started
    times = sorted(spent for client in clients for spent in client.times)
    statuses = sum((client.statuses for client in clients), Counter[int]())
    return Rate(
        per_second=len(times) / elapsed,
        p50=median(times),
        p99=quantiles(times, n=100)[98],
        replies=sum(client.replies for client in clients),
        statuses=statuses,
    )


class _Client(asyncio.Protocol):
    """One connection in a closed loop; reads no more of HTTP than it must, to be no bottleneck."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._sent_at = 0.0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.replies = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class does not inherit it
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        size = int(head[at:].split(b"\r\n", 1)[0])
        body = self._buffer[end + 4 :]
        if len(body) < size:
            return
        self.times.append(time.perf_counter() - self._sent_at)
        self.statuses[int(head[9:12])] += 1
        self.replies += body != b"success"
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(error or ConnectionError("the server hung up"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self.finished.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


# -- servers ----------------------------------------------------------------------------------------


@contextmanager
def start_werobot_echo(*, core: int | None = None) -> Iterator[Server]:
    """WeRoBot on Tornado in a process of its own, on one core if given.

    It takes encrypted and plain callbacks alike.
    """
    with _start("werobot", core) as server:
        yield server


@contextmanager
def start_channel_echo(*, core: int | None = None) -> Iterator[Server]:
    """Our channel on uvicorn, echoing as well."""
    with _start("channel", core) as server:
        yield server


@contextmanager
def _start(server: str, core: int | None) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.benchmarks.echo_peer", "--serve", server]
    if core is not None:
        command += ["--core", str(core)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Server(process.stdout.readline().strip(), process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)


def serve_werobot() -> None:
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop
    from tornado.netutil import bind_sockets
    from tornado.web import Application
    from werobot import WeRoBot
    from werobot.contrib.tornado import make_handler

    robot = WeRoBot(token=TOKEN, encoding_aes_key=AES_KEY, app_id=APP_ID)
    robot.config["SESSION_STORAGE"] = False  # else it keeps sessions in SQLite, at a third of the speed
    robot.add_handler(lambda message: message.content)
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(Application([("/wechat", make_handler(robot))])).add_sockets(sockets)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/wechat", flush=True)
    IOLoop.current().start()


def serve_channel() -> None:
    import socket

    import uvicorn
    from starlette.applications import Starlette

    from bot.channels.wechat.account import Account
    from bot.channels.wechat.channel import OfficialAccount
    from bot.clock import SystemClock
    from bot.messaging import Address, Answer, InboundMessage, OutboundMessage
    from tests.channels.wechat.notebook import MemoryNotebook

    async def echo(message: InboundMessage) -> Answer:
        return Answer((OutboundMessage(1, Address(message.channel, message.chat), message.text),))

    async def settle(carried: Sequence[OutboundMessage], left: Sequence[OutboundMessage]) -> None:
        return None

    clock = SystemClock()
    account = Account("wechat", APP_ID, TOKEN, "unused", AES_KEY)
    channel = OfficialAccount(account, notebook=MemoryNotebook(clock), clock=clock, settle=settle)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/wechat", flush=True)
    application = Starlette(routes=list(channel.routes(echo)))
    config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.echo_peer", description=__doc__)
    parser.add_argument("--serve", choices=["werobot", "channel"], help="only serve; print the address")
    parser.add_argument("--core", type=int)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    if options.serve is not None:
        {"werobot": serve_werobot, "channel": serve_channel}[options.serve]()
        return
    with start_werobot_echo(core=0) as werobot, start_channel_echo(core=0) as channel:
        os.sched_setaffinity(0, {1})
        for is_encrypted in (True, False):
            rates: dict[Server, list[float]] = {werobot: [], channel: []}
            for server in (werobot, channel) * options.rounds:
                deliveries = prepare(options.messages, is_encrypted=is_encrypted)
                rates[server].append(drive(server.url, deliveries, options.connections).per_second)
            own, other = median(rates[channel]), median(rates[werobot])
            kind = "encrypted" if is_encrypted else "plain"
            print(f"{kind}: channel {own:.0f}/s, WeRoBot {other:.0f}/s, ratio {own / other:.2f}")


if __name__ == "__main__":
    main()

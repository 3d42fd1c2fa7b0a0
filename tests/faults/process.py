"""A real `serve` process, the lines that people send it, and what it has kept of them."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.benchmarks.echo_peer import prepare
from tests.conftest import ROOT

TOKEN = "neighbours"
_STARTS_WITHIN = 60.0  # seconds
_SOON = 15.0  # seconds; the clock writes every five
_TRY_AGAIN = 0.1  # seconds after a refusal, sooner than a platform would


@dataclass
class Reply:
    status: int
    text: str

    def json(self) -> dict[str, object]:
        return dict(json.loads(self.text))


class Serving:
    """`python -m bot serve` in a folder of its own, with the chat page and a 服务号."""

    def __init__(self, folder: Path, database_url: str, **settings: object) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        wechat = {
            "kind": "wechat_official", "app_id": "wx0123456789abcdef", "secret": "unused", "token": TOKEN,
            "api_base": f"http://127.0.0.1:{self._port}/nobody",
        }  # fmt: skip
        values = {
            "database_url": database_url,
            "listen": f"127.0.0.1:{self._port}",
            "photos": str(folder / "photos"),
            "channels": {"web": {"kind": "web"}, "wechat": wechat},
            **settings,
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._cookie = f"linli_visitor={secrets.token_urlsafe(24)}"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _STARTS_WITHIN
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"the bot did not start:\n{self.log()[-3000:]}")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    def health(self) -> Reply:
        return self._ask("GET", "/health")

    def write(self, message_id: str, text: str) -> Reply:
        """A line on the chat page."""
        body = json.dumps({"id": message_id, "text": text}).encode()
        return self.post("/chat/messages", body, "application/json")

    def post(self, path: str, body: bytes, kind: str) -> Reply:
        return self._ask("POST", path, body, {"Content-Type": kind, "Cookie": self._cookie})

    def call(self, text: str, *, sender: int) -> "Call":
        return Call(self, text, sender)

    def _ask(self, how: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request(how, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.read().decode())
        finally:
            connection.close()


class Call:
    """One signed message of the 服务号, which can be delivered again and again."""

    def __init__(self, bot: Serving, text: str, sender: int) -> None:
        self._bot = bot
        [one] = prepare(1, is_encrypted=False, texts=[text], token=TOKEN)
        self._path = f"/wechat?{one.query}"
        self._body = one.body.replace(b"oBenchmark00000", b"oFault%09d" % sender)

    def deliver(self) -> Reply:
        return self._bot.post(self._path, self._body, "text/xml")

    def deliver_until_taken(self, patience: float = 60.0) -> Reply:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                reply = self.deliver()
            except (OSError, http.client.HTTPException):
                time.sleep(_TRY_AGAIN)
                continue
            if reply.status == 200:
                return reply
            time.sleep(_TRY_AGAIN)
        pytest.fail(f"never taken:\n{self._bot.log()[-3000:]}")


@dataclass
class Load:
    """Neighbours who each report something urgent in their own words, one after the other."""

    bot: Serving
    replies: dict[str, str] = field(default_factory=dict)
    """What was acknowledged: text -> the answer."""
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, neighbour: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            text = f"幸福里3号楼2单元水管爆了，水漫到楼道里了，我是第{neighbour}户第{number}回看见"
            call = self.bot.call(text, sender=neighbour * 100_000 + number)
            first = call.deliver_until_taken()
            self.replies[text] = first.text

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def under_load(bot: Serving, neighbours: int = 4) -> Iterator[Load]:
    load = Load(bot)
    threads = [threading.Thread(target=load.run, args=(number,)) for number in range(neighbours)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop()
        for thread in threads:
            thread.join()


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _SOON
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True

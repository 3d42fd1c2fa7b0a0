"""Real `serve` processes on one store, and a platform that they call."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

import yaml

from bot.roles import Role
from knowledge.library import SHIPPED
from tests.conftest import ROOT

TOKEN = "token"
APP_ID = "wx0000000000000001"


@dataclass
class Member:
    """One process; it may be dead."""

    role: Role
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Fleet:
    """Processes of one community on one store, each at its own port."""

    def __init__(self, database_url: str, folder: Path, *, api_base: str, log_level: str) -> None:
        self._config = _config(database_url, folder, api_base, log_level)
        self._log: BinaryIO = (folder / "fleet.log").open("ab")
        self.members: list[Member] = []

    def start(self, role: Role) -> Member:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        member = Member(role, port, self._process(role, port))
        self.members.append(member)
        return member

    def kill(self, member: Member) -> None:
        """SIGKILL: it can finish nothing."""
        member.process.kill()
        member.process.wait()

    def restart(self, member: Member) -> None:
        member.process = self._process(member.role, member.port)

    def wait_until_open(self, member: Member, within: float = 60.0, *, restarts: bool = False) -> None:
        """`restarts`: what ends is started again, as an init system does while the store is away."""
        waited = threading.Event()
        for _ in range(int(within / 0.1)):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", member.port)) == 0:
                    return
            if member.process.poll() is not None:
                assert restarts, "the process ended; see fleet.log"
                self.restart(member)
            waited.wait(0.1)
        raise AssertionError("the process does not open its port; see fleet.log")

    def stop(self) -> None:
        for member in self.members:
            if member.process.poll() is None:
                member.process.send_signal(signal.SIGTERM)
        for member in self.members:
            try:
                member.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill(member)
        self._log.close()

    def _process(self, role: Role, port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bot", "serve", "--role", role, "--config", str(self._config)]
        variables = os.environ | {"LINLI_LISTEN": f"127.0.0.1:{port}"}
        return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=self._log, stderr=self._log)


@contextmanager
def fleet(
    database_url: str,
    folder: Path,
    roles: Sequence[Role],
    *,
    api_base: str = "http://127.0.0.1:9",
    log_level: str = "warning",
) -> Iterator[Fleet]:
    """All of them open; what still lives is stopped in the end."""
    found = Fleet(database_url, folder, api_base=api_base, log_level=log_level)
    try:
        for member in [found.start(role) for role in roles]:
            found.wait_until_open(member)
        yield found
    finally:
        found.stop()


def _config(database_url: str, folder: Path, api_base: str, log_level: str) -> Path:
    wechat = {
        "kind": "wechat_official", "app_id": APP_ID, "secret": "unused", "token": TOKEN, "api_base": api_base,
    }  # fmt: skip
    settings = {
        "database_url": database_url,
        "log_level": log_level,
        "messages_a_minute": 1_000_000,  # few people stand for many
        "knowledge": str(knowledge_awake(folder)),
        "photos": str(folder / "photos"),
        "channels": {"wechat": wechat, "staff": {"kind": "web"}},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def knowledge_awake(folder: Path) -> Path:
    """The demo neighbourhood, whose staff have accounts of the channel “staff”, and whose quiet hours are
    far from now: what is tested must not depend on the hour."""
    knowledge = folder / "knowledge"
    if knowledge.exists():
        return knowledge
    shutil.copytree(SHIPPED, knowledge, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    people = knowledge / "people.yaml"
    named = re.sub(r"\{名: (\w+), 角色", r"{名: \1, 账号: {staff: \1}, 角色", people.read_text("utf-8"))
    people.write_text(named, "utf-8")
    reminders = knowledge / "reminders.yaml"
    far = datetime.now() + timedelta(hours=20)  # in any zone, hours away
    quiet = f'时间: "{far:%H}:00-{far:%H}:01"'
    reminders.write_text(reminders.read_text("utf-8").replace('时间: "20:00-08:00"', quiet), "utf-8")
    return knowledge


class Platform(ThreadingHTTPServer):
    """Takes everything; keeps who was sent which text, and how often."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: Counter[tuple[str, str]] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Platform
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if "touser" in body:
            self.server.sent[body["touser"], json.dumps(body, ensure_ascii=False)] += 1
        self._reply()

    def do_GET(self) -> None:
        self._reply()

    def _reply(self) -> None:
        body = json.dumps({"errcode": 0, "access_token": "token", "expires_in": 7200}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def platform() -> Iterator[Platform]:
    server = Platform()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

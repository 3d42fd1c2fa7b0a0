"""Real Chromium against the real demo, which runs in a process of its own so that it can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import ROOT

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1400, "height": 900}
FRIDAY_MORNING = "2026-11-20T09:00:00+08:00"
_STARTS_WITHIN = 30.0  # seconds


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """For one module only: while it runs, its event loop bars every other one from this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Demo:
    """The demo in a folder of its own, always beginning on the same Friday morning."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.browser.demo", str(self.port), FRIDAY_MORNING]
        with (self.folder / "demo.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the demo did not start:\n{(self.folder / 'demo.log').read_text()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="module")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the tests of a module; each visitor of it is somebody new."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    demo.start()
    yield demo
    demo.kill()


Visiting = Callable[..., BrowserContext]


@pytest.fixture
def visiting(chromium: Browser, demo: Demo) -> Iterator[Visiting]:
    """Makes a browser profile: a new visitor. Whatever goes wrong in its scripts fails the test."""
    contexts: list[BrowserContext] = []
    failures: list[str] = []

    def visit(**options: Any) -> BrowserContext:
        phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True}
        context = chromium.new_context(
            base_url=demo.address, locale="zh-CN", timezone_id="Asia/Shanghai", **(phone | options)
        )
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: failures.append(str(error.error)))
        contexts.append(context)
        return context

    yield visit
    for context in contexts:
        context.close()
    assert failures == []


@pytest.fixture
def chat(visiting: Visiting) -> Page:
    """The chat page on a new visitor's phone."""
    page = visiting().new_page()
    page.goto("/")
    return page


def say(page: Page, text: str) -> None:
    page.fill("#composer textarea", text)
    page.press("#composer textarea", "Enter")


def texts(page: Page, side: str) -> list[str]:
    """All that one side said, in order."""
    return page.locator(f"#log article.{side} .text").all_inner_texts()

"""What starting costs: processor time of `--help`, and the most memory `demo` takes on the main job.

    python -m tests.benchmarks.startup

Prints each figure beside its goal. Nothing fails by them: they depend on the machine.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from resource import struct_rusage
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
HELP_ROUNDS = 7
HELP_GOAL = 0.3  # seconds of processor time
DEMO_GOAL = 200  # MiB
CONVERSATIONS = 200
SCENE = (
    "3号楼电梯坏了", "幸福里", "2单元", "对", "物业费多少钱", "我想咨询律师", "2", "周六的志愿活动我要报名",
)  # fmt: skip


def main() -> None:
    used = [help_once() for _ in range(HELP_ROUNDS)]
    cpu = min(one.ru_utime + one.ru_stime for one in used)
    print(f"--help: {cpu:.2f} s of processor time (goal: under {HELP_GOAL} s)")
    started, before, after = demo_memory()
    print(f"demo: first answer of /health after {started:.1f} s")
    print(f"demo: {before:.0f} MiB at most when ready (goal: under {DEMO_GOAL} MiB)")
    print(f"demo: {after:.0f} MiB at most after {CONVERSATIONS} conversations and a week on the clock")


def help_once() -> struct_rusage:
    with TemporaryDirectory() as folder:
        process = start(["--help"], Path(folder))
        _, _, used = os.wait4(process.pid, 0)
        return used


def start(arguments: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )


def demo_memory() -> tuple[float, float, float]:
    """Seconds until it answers, and MiB when ready and at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        process = start(["demo", "--no-browser", "--port", str(port)], Path(folder))
        try:
            wait_until_ready(process, address, Path(folder))
            started = time.monotonic() - began
            before = peak_memory(process.pid)
            for number in range(CONVERSATIONS):
                for step, text in enumerate(SCENE):
                    who = f"居民{number}"
                    line = {"id": f"startup-{number}-{step}", "speaker": who, "chat": who, "text": text}
                    post(f"{address}/sandbox/messages", line)
            post(f"{address}/sandbox/clock", {"forward": 7 * 24 * 60})
            return started, before, peak_memory(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def wait_until_ready(process: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    sys.exit((folder / "output.txt").read_text(encoding="utf-8"))


def post(address: str, body: dict[str, object]) -> None:
    request = urllib.request.Request(
        address, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=60).close()


def peak_memory(process_id: int) -> float:
    """MiB of memory the process has held at most; Linux only."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()

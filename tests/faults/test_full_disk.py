"""A full disk: nobody is told that something was kept that was not, and when there is room, all goes on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.faults.process import Serving, eventually

SIZE = 4 * 1024 * 1024  # bytes of the whole file system


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        absent("no right to mount a file system of limited size")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def bot(small_disk: Path, tmp_path: Path) -> Iterator[Serving]:
    bot = Serving(tmp_path, f"sqlite:///{small_disk}/linli.sqlite3", photos=str(small_disk / "photos"))
    bot.start()
    yield bot
    bot.kill()


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        block = b"x" * 4096
        try:
            while True:
                file.write(block)
        except OSError:
            return filler


def test_a_full_disk_is_told_to_everybody_and_nothing_is_lost(bot: Serving, small_disk: Path) -> None:
    before = bot.write("message-01", "幸福里3号楼2单元楼道灯不亮")
    assert before.status == 200
    filler = fill(small_disk)

    refused = bot.write("message-02", "对")
    callback = bot.call("幸福里5号楼1单元水管爆了", sender=1)

    assert refused.status == 503
    assert "请过一会儿再发" in str(refused.json()["error"])
    assert callback.deliver().status == 503, "the platform is not told that it arrived"
    assert eventually(lambda: "the disk is full" in bot.health().text)
    assert bot.health().status == 503
    assert "the disk is full" in bot.log()
    assert "Traceback" not in bot.log()

    filler.unlink()
    assert "编号" in bot.write("message-02", "对").text
    assert "编号" in callback.deliver_until_taken().text
    assert eventually(lambda: bot.health().status == 200)

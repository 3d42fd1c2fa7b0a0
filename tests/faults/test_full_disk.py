"""A full disk: nobody is told that something was kept that was not, and when there is room, all goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import fill, small_disk
from tests.faults.process import Serving, eventually

SIZE = 4 * 1024 * 1024  # bytes of the whole file system


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", SIZE) as found:
        yield found


@pytest.fixture
def bot(disk: Path, tmp_path: Path) -> Iterator[Serving]:
    bot = Serving(tmp_path, f"sqlite:///{disk}/linli.sqlite3", photos=str(disk / "photos"))
    bot.start()
    yield bot
    bot.kill()


def test_a_full_disk_is_told_to_everybody_and_nothing_is_lost(bot: Serving, disk: Path) -> None:
    before = bot.write("message-01", "幸福里3号楼2单元楼道灯不亮")
    assert before.status == 200
    filler = fill(disk)

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

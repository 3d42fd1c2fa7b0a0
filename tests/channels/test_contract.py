"""What every channel owes the bot, whatever its platform: one suite over all kinds."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.kinds import CHANNELS
from bot.messaging import (
    Button,
    NotYet,
    OutboundMessage,
    PermanentFailure,
    QuotaUsedUp,
    WindowClosed,
)
from tests.channels.benches import BENCHES, MAILBOXES, Bench

pytestmark = pytest.mark.anyio

ALL = {name: bench for benches in BENCHES.values() for name, bench in benches.items()}
HEARING = [name for name in ALL if name != "wecom_webhook"]
SPEAKING = [name for name in ALL if name != "wecom_report"]
TAKING_PICTURES = ["wechat_official", "telegram", "onebot", "wecom_app", "wecom_kf"]
CALLED = [name for name in HEARING if name not in ("connected robot", "wecom_report")]
USUAL = ["retry after", "recipient gone", "permanent", "unclear"]
OUTCOMES = {
    "wechat_official": [*USUAL, "token expired", "window closed", "quota used up"],
    "telegram": [*USUAL, "token expired", "moved to another id"],
    "onebot": USUAL,
    "wecom_app": [*USUAL, "token expired"],
    "wecom_kf": [*USUAL, "token expired", "window closed", "quota used up"],
    "called robot": ["retry after", "window closed", "permanent", "unclear"],
    "connected robot": ["retry after", "permanent"],
    "wecom_webhook": USUAL,
}
EACH_OUTCOME = [(name, outcome) for name, listed in OUTCOMES.items() for outcome in listed]

# Characters of one to four bytes, lines of every length, and no two places alike.
LONG = "\n".join("".join(f"{n}楼道é😀" for n in range(line, line + line % 17)) for line in range(1, 75))


def message(bench: Bench, text: str, *buttons: Button, number: int = 1) -> OutboundMessage:
    return OutboundMessage(number, bench.address, text, buttons)


async def hear(bench: Bench, text: str) -> None:
    """The person says something, so that the platform lets us write."""
    if bench.says is not None:
        await bench.says(text)
        if bench.comes_in is not None:
            await bench.comes_in(1)


def bare(screen: Sequence[str]) -> str:
    """What can be read, wherever it was cut."""
    return "".join("".join(part.replace("\u200b", "").replace("\u200c", "").split()) for part in screen)


def test_no_kind_is_left_out() -> None:
    assert set(BENCHES) | MAILBOXES == set(CHANNELS)
    assert set(OUTCOMES) == set(SPEAKING)


@pytest.mark.parametrize("name", HEARING)
async def test_what_somebody_says_is_handed_in_under_one_id_however_often_it_comes(
    name: str, tmp_path: Path
) -> None:
    async with ALL[name](tmp_path) as bench:
        assert bench.says is not None
        for _ in range(3):
            await hear(bench, "3号楼电梯坏了")

        assert {(one.id, one.text, one.channel) for one in bench.heard} == {
            (bench.heard[0].id, "3号楼电梯坏了", bench.channel.name)
        }
        assert bench.heard[0].sender


@pytest.mark.parametrize("name", TAKING_PICTURES)
async def test_a_picture_is_kept_as_a_photo(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        assert bench.shows_picture is not None
        await bench.shows_picture()
        if bench.comes_in is not None:
            await bench.comes_in(1)

        assert [len(one.photos) for one in bench.heard] == [1]


@pytest.mark.parametrize("name", SPEAKING)
async def test_an_answer_arrives(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        await hear(bench, "你好")
        await bench.channel.send(message(bench, "您报的电梯修好了"))

        assert "您报的电梯修好了" in bare(bench.screen()[-1:])


@pytest.mark.parametrize("name", SPEAKING)
async def test_nothing_of_a_long_text_is_lost_and_no_character_is_torn(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        await hear(bench, "你好")
        before = len(bench.screen())
        await bench.channel.send(message(bench, LONG))
        parts = bench.screen()[before:]

        assert bare(parts) == bare([LONG])
        longest = bench.channel.capabilities.longest_text
        assert longest is not None
        assert max(len(part.encode()) for part in parts) <= longest
        assert (len(parts) > 1) is (len(LONG.encode()) > longest)


@pytest.mark.parametrize("name", [name for name in SPEAKING if name != "wecom_webhook"])
async def test_choices_are_there_as_buttons_or_as_numbered_lines(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        await hear(bench, "你好")
        await bench.channel.send(message(bench, "修好了吗？", Button("好了", "好了"), Button("没好", "没好")))
        shown = bench.screen()[-1]

        assert "好了" in shown
        assert "没好" in shown
        assert ("2. 没好" in shown) is not bench.channel.capabilities.buttons


@pytest.mark.parametrize(("name", "outcome"), EACH_OUTCOME)
async def test_each_way_to_fail_is_one_of_the_few(name: str, outcome: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        await hear(bench, "你好")
        goes_wrong, expected = bench.fails[outcome]
        goes_wrong()

        with pytest.raises(expected) as failed:
            await bench.channel.send(message(bench, "请拨13900001234"))

        assert "13900001234" not in str(failed.value)


@pytest.mark.parametrize("name", CALLED)
async def test_strangers_all_get_the_same_answer_and_nothing_is_heard(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        answers = {await knock() for knock in bench.unsigned}

        assert len(bench.unsigned) >= 3
        assert [status for status, _ in answers] == [403]
        assert bench.heard == []


@pytest.mark.parametrize("name", [name for name in SPEAKING if name != "wecom_webhook"])
async def test_a_group_is_spoken_to_only_where_that_is_stated(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        if bench.channel.capabilities.groups:
            return  # which groups there are, the platform decides: see each channel's own tests
        group = OutboundMessage(1, type(bench.address)(bench.address.channel, "g1", is_group=True), "停水")

        with pytest.raises(PermanentFailure):
            await bench.channel.send(group)


@pytest.mark.parametrize("name", SPEAKING)
async def test_replies_window_and_rate_are_as_stated(name: str, tmp_path: Path) -> None:
    async with ALL[name](tmp_path) as bench:
        stated = bench.channel.capabilities
        await hear(bench, "你好")
        if stated.replies is not None:
            for number in range(stated.replies):
                await bench.channel.send(message(bench, f"第{number}句", number=number))
            with pytest.raises((QuotaUsedUp, WindowClosed)):
                await bench.channel.send(message(bench, "多一句", number=99))
        if stated.window is not None:
            bench.clock.move_to(bench.clock.now() + stated.window)
            with pytest.raises((QuotaUsedUp, WindowClosed)):
                await bench.channel.send(message(bench, "太晚了", number=100))
        elif stated.per_minute is not None and name != "telegram":  # paced on the loop's own clock
            for number in range(stated.per_minute):
                await bench.channel.send(message(bench, f"第{number}句", number=number))
            with pytest.raises(NotYet):
                await bench.channel.send(message(bench, "多一句", number=99))


async def test_whoever_only_reads_says_so(tmp_path: Path) -> None:
    async with ALL["wecom_report"](tmp_path) as bench:
        assert bench.channel.capabilities.is_read_only
        with pytest.raises(PermanentFailure):
            await bench.channel.send(message(bench, "修好了"))

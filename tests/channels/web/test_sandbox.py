"""The sandbox: whoever opens it speaks for everybody, and moves the clock."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.clock import MovableClock
from bot.messaging import Address, Button
from tests.channels.web.conftest import MORNING, Bot


def speak(browser: TestClient, speaker: str, text: str, *, chat: str = "", id: str = "") -> Any:
    posted = {"id": id or f"line-{text}".encode().hex()[:60], "speaker": speaker, "chat": chat or speaker}
    return browser.post("/sandbox/messages", json=posted | {"text": text})


def feed(browser: TestClient, **after: object) -> dict[str, Any]:
    return browser.get("/sandbox/feed", params=after).json()


def shown(browser: TestClient) -> list[tuple[str, str, str]]:
    return [(line["chat"], line["speaker"], line["text"]) for line in feed(browser)["lines"]]


def test_a_name_is_an_account(browser: TestClient, bot: Bot) -> None:
    speak(browser, "李敏", "我的待办")

    (heard,) = bot.heard
    assert (heard.channel, heard.sender, heard.chat, heard.sender_name) == ("sandbox", "李敏", "李敏", "李敏")
    assert (heard.is_group, heard.mentioned, heard.received_at) == (False, False, MORNING)


def test_a_line_stands_before_its_answer(browser: TestClient) -> None:
    speak(browser, "新邻居", "电梯坏了")

    assert shown(browser) == [("新邻居", "新邻居", "电梯坏了"), ("新邻居", "", "听到：电梯坏了")]


@pytest.mark.parametrize(
    ("said", "mentioned", "heard"),
    [
        ("@邻里 3号楼门禁坏了", True, "3号楼门禁坏了"),
        ("@邻里小助手，灯不亮", True, "灯不亮"),
        ("灯不亮，小助手看看", True, "灯不亮，小助手看看"),
        ("白菜一块钱三斤", False, "白菜一块钱三斤"),
    ],
)
def test_a_group_hears_who_is_called(
    browser: TestClient, bot: Bot, said: str, mentioned: bool, heard: str
) -> None:
    speak(browser, "王阿姨", said, chat="业主群")

    (message,) = bot.heard
    assert (message.is_group, message.mentioned, message.text) == (True, mentioned, heard)
    assert (message.chat, message.sender) == ("业主群", "王阿姨")
    assert shown(browser)[0] == ("业主群", "王阿姨", said)


def test_in_private_a_line_that_names_the_bot_stays_whole(browser: TestClient, bot: Bot) -> None:
    speak(browser, "王阿姨", "小助手在吗")

    assert (bot.heard[0].text, bot.heard[0].mentioned) == ("小助手在吗", False)


def test_every_phone_shows_what_it_received(browser: TestClient, bot: Bot) -> None:
    bot.put(Address("sandbox", "李敏"), "新事项", Button("收到", "收到"))

    (line,) = feed(browser)["lines"]

    assert (line["chat"], line["speaker"], line["buttons"]) == (
        "李敏",
        "",
        [{"label": "收到", "says": "收到"}],
    )


def test_the_screen_asks_only_for_what_is_new(browser: TestClient, bot: Bot) -> None:
    speak(browser, "新邻居", "一")
    first = feed(browser)
    speak(browser, "新邻居", "二")
    second = feed(browser, run=first["run"], after=first["next"])

    assert [line["text"] for line in second["lines"]] == ["二", "听到：二"]
    assert feed(browser, run=second["run"], after=second["next"])["lines"] == []


def test_the_screen_of_an_earlier_process_starts_anew(browser: TestClient) -> None:
    speak(browser, "新邻居", "一")

    assert len(feed(browser, run="another", after=1)["lines"]) == 2


def test_a_long_demo_forgets_its_oldest_lines_and_loses_no_new_one(browser: TestClient, bot: Bot) -> None:
    for number in range(2100):
        bot.put(Address("sandbox", "李敏"), str(number))
    before = feed(browser)
    bot.put(Address("sandbox", "李敏"), "新的")
    after = feed(browser, run=before["run"], after=before["next"])

    assert len(before["lines"]) == 2000
    assert [line["text"] for line in after["lines"]] == ["新的"]


def test_the_clock_is_shown_in_community_time(browser: TestClient) -> None:
    assert feed(browser)["now"] == "2026-11-23T09:10:00+08:00"


def test_the_clock_is_moved_by_minutes_or_to_a_moment(browser: TestClient, clock: MovableClock) -> None:
    browser.post("/sandbox/clock", json={"forward": 60})
    assert clock.now() == MORNING + timedelta(hours=1)

    browser.post("/sandbox/clock", json={"to": "2026-11-24T08:31"})
    assert feed(browser)["now"] == "2026-11-24T08:31:00+08:00"


@pytest.mark.parametrize("to", ["2026-11-23T09:10", "2020-01-01T00:00", "2027-11-23T09:10"])
def test_the_clock_goes_neither_back_nor_too_far(browser: TestClient, clock: MovableClock, to: str) -> None:
    response = browser.post("/sandbox/clock", json={"to": to})

    assert response.status_code == 409
    assert "拨" in response.json()["error"]
    assert clock.now() == MORNING


@pytest.mark.parametrize("body", [{}, {"to": "明天"}, {"forward": "x"}, {"forward": 10**30}, {"to": None}])
def test_a_moment_that_is_none_is_refused(browser: TestClient, body: dict[str, object]) -> None:
    assert browser.post("/sandbox/clock", json=body).status_code == 400


@pytest.mark.parametrize(
    "posted",
    [
        {"speaker": "", "chat": "", "text": "x", "id": "line-0001"},
        {"speaker": "李敏", "chat": "王阿姨", "text": "x", "id": "line-0001"},
        {"speaker": "李敏", "chat": "没有的群", "text": "x", "id": "line-0001"},
        {"speaker": "李敏", "chat": "李敏", "text": "x", "id": "?"},
    ],
)
def test_nobody_speaks_in_a_chat_that_is_not_theirs(
    browser: TestClient, bot: Bot, posted: dict[str, str]
) -> None:
    assert browser.post("/sandbox/messages", json=posted).status_code == 400
    assert bot.heard == []


def test_the_screen_opens_with_its_cast(browser: TestClient) -> None:
    page = browser.get("/sandbox").text

    assert "\\u65b0\\u90bb\\u5c45" in page

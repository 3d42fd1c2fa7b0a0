"""Whatever is sent to the chat page or the callback: a clear answer or a clear refusal, and the bot lives."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.library import SHIPPED
from tests.faults.process import Serving, eventually

RUBBISH = {
    "empty": "",
    "blank": " \n\t　",
    "emoji": "😀" * 1000,
    "joined emoji": "👨‍👩‍👧‍👦" * 250,
    "controls": "灯\x00坏\x1b[31m了\x07\x9f",
    "half a character": "灯坏了\ud800",
    "backwards": "\u202e了坏灯",
    "markup": "<script>alert(1)</script>]]><x>&amp;{number}%s",
    "long": "灯坏了，" * 16_000,
    "digits": "9" * 5000,
}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("rubbish")
    bot = Serving(folder, f"sqlite:///{folder}/linli.sqlite3")
    bot.start()
    yield bot
    bot.kill()


def test_the_chat_page_answers_all_of_it(bot: Serving) -> None:
    for number, (name, text) in enumerate(RUBBISH.items()):
        body = json.dumps({"id": f"rubbish-{number}", "text": text}).encode()
        reply = bot.post("/chat/messages", body, "application/json")
        if len(body) > 64 * 1024:
            assert (reply.status, "分几次" in str(reply.json()["error"])) == (413, True), name
        else:
            assert reply.status == 200, name
            assert reply.json()["messages"], f"{name} is answered, if only with a greeting"


def test_the_callback_answers_all_of_it(bot: Serving) -> None:
    for number, (name, text) in enumerate(RUBBISH.items()):
        fit = "".join(mark for mark in text if mark in "\n\t" or (mark >= " " and mark != "\ud800"))
        reply = bot.call(fit.replace("]]>", "]]]]><![CDATA[>"), sender=number).deliver()
        assert reply.status == 200, name
        assert "<x>" not in reply.text.replace("<xml>", "")


@pytest.mark.parametrize("path", ["/chat/messages", "/wechat", "/chat/photos"])
def test_a_megabyte_and_what_cannot_be_read_are_refused_in_words(bot: Serving, path: str) -> None:
    for body in (b"x" * 1_000_000, b"\xff\xfe\x00", b"{", b"[" * 100_000, b""):
        assert 400 <= bot.post(path, body, "application/json").status < 500


def test_afterwards_it_is_well(bot: Serving) -> None:
    assert "物业费" in bot.write("afterwards-1", "物业费多少钱一平").text
    assert bot.health().status == 200
    assert "Traceback" not in bot.log()


def test_broken_knowledge_is_told_and_the_last_good_reading_goes_on(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    bot = Serving(tmp_path, f"sqlite:///{tmp_path}/linli.sqlite3", knowledge=str(tmp_path / "knowledge"))
    bot.start()
    try:
        places = tmp_path / "knowledge" / "places.yaml"
        good = places.read_text(encoding="utf-8")
        places.write_text(good + "\n  没对齐: [", encoding="utf-8")

        assert eventually(lambda: "places.yaml" in bot.health().text)
        assert bot.health().status == 200, "it still works"
        assert "幸福里3号楼2单元" in bot.write("message-01", "幸福里3号楼2单元楼道灯不亮").text
        assert eventually(lambda: "places.yaml" in bot.log())

        places.write_text(good, encoding="utf-8")
        assert eventually(lambda: "places.yaml" not in bot.health().text)
    finally:
        bot.kill()

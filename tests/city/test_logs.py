"""What a process that serves writes down while people talk to it."""

import http.client
import json
from pathlib import Path

from bot.roles import Role
from tests.city.fleet import Member, fleet

SAID = [
    "有人从幸福里3号楼2单元往下扔花盆，我叫赵小兰，电话13800138000",
    "幸福里1号楼1单元501的水管爆了，找我13912345678",
    "想约律师，问问离婚的事",
]


def test_a_conversation_leaves_no_words_and_no_numbers_in_the_log(tmp_path: Path) -> None:
    with fleet(f"sqlite:///{tmp_path}/linli.sqlite3", tmp_path, [Role.ALL], log_level="debug") as processes:
        (member,) = processes.members
        answers = say(member, SAID)
        health, metrics = get(member, "/health"), get(member, "/metrics")

    log = (tmp_path / "fleet.log").read_text("utf-8")
    assert all(answers)
    assert "POST /chat/messages 200" in log
    for private in ("花盆", "赵小兰", "13800138000", "13912345678", "离婚", "501", "水管"):
        assert private not in log
        assert private not in health
        assert private not in metrics
    assert 'linli_turns_total{channel="staff",outcome="answered"} 3.0' in metrics
    assert json.loads(health)["details"].keys() == {
        "last_tick", "oldest_undelivered", "oldest_failing", "knowledge_problems",
    }  # fmt: skip


def say(member: Member, lines: list[str]) -> list[list[object]]:
    """The bot's answers to each line of one visitor to the chat page."""
    connection = http.client.HTTPConnection("127.0.0.1", member.port, timeout=20)
    connection.request("GET", "/")
    page = connection.getresponse()
    page.read()
    cookie = (page.headers["Set-Cookie"] or "").partition(";")[0]
    answers = []
    for number, line in enumerate(lines):
        body = json.dumps({"id": f"line-{number:04}", "text": line})
        headers = {"Content-Type": "application/json", "Cookie": cookie}
        connection.request("POST", "/chat/messages", body.encode(), headers)
        answers.append(json.loads(connection.getresponse().read())["messages"])
    connection.close()
    return answers


def get(member: Member, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", member.port, timeout=20)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text

"""Nobody floods the page: what is too much is refused, says so, and is taken later; an emergency always."""

import pytest
from starlette.testclient import TestClient

from bot.channels.visitor import new_visitor
from bot.clock import MovableClock, seconds
from tests.channels.web.conftest import Bot, Serve, line
from tests.channels.web.test_photos import photo


def write(visitor: TestClient, number: int, text: str = "在吗") -> int:
    return visitor.post("/chat/messages", json=line(text, id=f"line-{number:04d}")).status_code


def test_a_flood_is_refused_with_a_sentence_and_taken_later(
    visitor: TestClient, bot: Bot, clock: MovableClock
) -> None:
    assert [write(visitor, number) for number in range(30)] == [200] * 30

    refused = visitor.post("/chat/messages", json=line("还在吗", id="line-0030"))

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert all(number in refused.json()["error"] for number in ("110", "119", "120"))
    assert len(bot.heard) == 30
    clock.move_to(clock.now() + seconds(60))
    assert write(visitor, 30, "还在吗") == 200


def test_an_emergency_is_heard_however_much_was_said_before(visitor: TestClient, bot: Bot) -> None:
    for number in range(40):
        write(visitor, number)

    assert write(visitor, 41, "3号楼着火了") == 200
    assert bot.heard[-1].text == "3号楼着火了"


def test_others_do_not_notice(serve: Serve, visitor: TestClient) -> None:
    for number in range(40):
        write(visitor, number)

    with TestClient(serve()) as other:
        other.get("/")
        assert write(other, 1) == 200


def test_photos_have_a_limit_of_their_own(visitor: TestClient) -> None:
    send = {"photo": ("photo.jpg", photo())}
    statuses = [visitor.post("/chat/photos", files=send).status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]
    assert write(visitor, 1) == 200


@pytest.mark.parametrize(("host", "taken"), [("203.0.113.9", 60), ("127.0.0.1", 70)])
def test_made_up_visitors_of_one_address_are_stopped_but_not_those_behind_a_proxy(
    serve: Serve, bot: Bot, host: str, taken: int
) -> None:
    with TestClient(serve(), client=(host, 50000)) as script:
        for number in range(70):
            script.cookies.set("linli_visitor", new_visitor().token)
            write(script, number)
            script.cookies.clear()

    assert len(bot.heard) == taken


def test_whoever_was_let_in_may_go_on_when_the_address_is_full(serve: Serve) -> None:
    with TestClient(serve(), client=("203.0.113.9", 50000)) as early:
        early.get("/")
        assert write(early, 1) == 200
        script = TestClient(early.app, client=("203.0.113.9", 50000))
        for number in range(70):
            script.cookies.set("linli_visitor", new_visitor().token)
            write(script, number)
            script.cookies.clear()

        assert write(early, 2) == 200

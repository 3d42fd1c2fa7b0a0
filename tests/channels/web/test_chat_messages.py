"""What the chat page's script and the server say to each other."""

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from bot.messaging import Address, Button, StoreAway
from tests.channels.web.conftest import AWAY, MORNING, Bot, Serve, line

CHAT = "/chat/messages"


def test_a_line_reaches_the_bot_and_is_answered_in_the_same_request(visitor: TestClient, bot: Bot) -> None:
    response = visitor.post(CHAT, json=line("楼道灯不亮", place="幸福里3号楼2单元"))

    (heard,) = bot.heard
    assert (heard.text, heard.place_hint, heard.is_group) == ("楼道灯不亮", "幸福里3号楼2单元", False)
    assert (heard.channel, heard.sender, heard.received_at) == ("web", heard.chat, MORNING)
    (answer,) = response.json()["messages"]
    assert answer["text"] == "听到：楼道灯不亮"


def test_a_number_too_large_for_a_script_travels_as_text(visitor: TestClient, bot: Bot) -> None:
    (answer,) = visitor.post(CHAT, json=line("好")).json()["messages"]

    assert answer["id"] == str(bot.mail[0].message.id)


def test_the_same_line_again_gets_the_same_answer_and_is_heard_once(visitor: TestClient, bot: Bot) -> None:
    first = visitor.post(CHAT, json=line("漏水了"))
    again = visitor.post(CHAT, json=line("漏水了"))

    assert again.json() == first.json()
    assert len(bot.heard) == 1


def test_two_visitors_may_use_the_same_id(serve: Serve, bot: Bot) -> None:
    for _ in range(2):
        with TestClient(serve()) as browser:
            browser.get("/")
            browser.post(CHAT, json=line("我家漏水"))

    assert len({message.id for message in bot.heard}) == 2
    assert len({message.sender for message in bot.heard}) == 2


def test_a_visitor_stays_the_same_when_the_page_is_opened_again(visitor: TestClient, bot: Bot) -> None:
    visitor.post(CHAT, json=line("一", id="line-0001"))
    visitor.get("/?place=锦绣园2号楼")
    visitor.post(CHAT, json=line("二", id="line-0002"))

    assert bot.heard[0].sender == bot.heard[1].sender


def test_the_store_does_not_learn_the_secret_of_the_cookie(visitor: TestClient, bot: Bot) -> None:
    visitor.post(CHAT, json=line("你好"))

    assert visitor.cookies["linli_visitor"] not in repr(bot.heard)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: TestClient) -> None:
    given = browser.get("/").headers["set-cookie"].lower()

    assert "httponly" in given
    assert "samesite=lax" in given
    assert "max-age=34560000" in given
    assert "secure" not in given


def test_over_https_the_cookie_never_travels_openly(serve: Serve) -> None:
    with TestClient(serve(), base_url="https://testserver") as browser:
        assert "secure" in browser.get("/").headers["set-cookie"].lower()


def test_a_browser_without_a_cookie_gets_one_and_may_try_again(browser: TestClient, bot: Bot) -> None:
    first = browser.post(CHAT, json=line("在吗"))
    second = browser.post(CHAT, json=line("在吗"))

    assert (first.status_code, second.status_code) == (403, 200)
    assert "没有保存" in first.json()["error"]
    assert len(bot.heard) == 1


def test_a_cookie_that_nobody_gave_counts_as_none(browser: TestClient) -> None:
    browser.cookies.set("linli_visitor", "../../etc/passwd")

    assert browser.post(CHAT, json=line("在吗")).status_code == 403


@pytest.mark.parametrize("failure", [StoreAway(), AWAY])
def test_a_line_is_not_taken_while_the_store_is_away(
    visitor: TestClient, bot: Bot, failure: Exception
) -> None:
    bot.failure = failure
    refused = visitor.post(CHAT, json=line("电梯坏了"))
    bot.failure = None
    accepted = visitor.post(CHAT, json=line("电梯坏了"))

    assert refused.status_code == 503
    assert "0530-5550100" in refused.json()["error"]
    assert refused.headers["retry-after"] == "5"
    assert accepted.status_code == 200
    bot.failure = failure
    assert visitor.get(CHAT).status_code == 503


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"id": "line-0001", "text": 5}', "application/json", 400),
        (b'{"text": "\xe5\xa5\xbd"}', "application/json", 400),
        (b'{"id": "../../../etc", "text": "x"}', "application/json", 400),
        (b'{"id": "line-0001", "text": "x", "photos": "a.jpg"}', "application/json", 400),
        (b'{"id": "line-0001", "text": "x", "photos": [1]}', "application/json", 400),
        (b'{"id": "line-0001", "text": "x"}', "text/plain", 415),
        (b'{"id": "line-0001", "text": "' + b"x" * 1_000_000 + b'"}', "application/json", 413),
        (b'{"id": "line-0001", "text": "x", "place": "' + b"x" * 61 + b'"}', "application/json", 413),
    ],
)
def test_a_broken_request_is_refused_with_a_sentence(
    visitor: TestClient, bot: Bot, body: bytes, kind: str, status: int
) -> None:
    response = visitor.post(CHAT, content=body, headers={"content-type": kind})

    assert response.status_code == status
    assert response.json()["error"].endswith("。")
    assert bot.heard == []


def test_a_body_that_hides_its_length_is_cut_off_all_the_same(visitor: TestClient) -> None:
    response = visitor.post(
        CHAT, content=(b"x" * 1000 for _ in range(200)), headers={"content-type": "application/json"}
    )

    assert response.status_code == 413


def test_a_long_line_goes_on_to_the_bot(visitor: TestClient, bot: Bot) -> None:
    visitor.post(CHAT, json=line("长" * 5000))

    assert len(bot.heard[0].text) == 5000


def test_what_no_store_can_keep_is_left_out_of_a_line(visitor: TestClient, bot: Bot) -> None:
    body = r'{"id": "line-0001", "text": "灯\u0000不\ud83d亮\u200b\u001b[31m了\r\n谢谢😡"}'
    visitor.post(CHAT, content=body.encode(), headers={"content-type": "application/json"})

    assert bot.heard[0].text == "灯不亮\u200b[31m了\n谢谢😡"


def test_a_photo_name_that_was_never_given_out_is_left_out(visitor: TestClient, bot: Bot) -> None:
    visitor.post(CHAT, json=line("看照片", photos=["../../secret.jpg", "0" * 32 + ".jpg"]))

    assert bot.heard[0].photos == ()


def test_the_page_reads_on_from_its_cursor(visitor: TestClient, bot: Bot) -> None:
    visitor.post(CHAT, json=line("一", id="line-0001"))
    first = visitor.get(CHAT).json()
    bot.put(
        Address("web", bot.heard[0].chat), "解决了吗？", Button("解决了", "解决了"), Button("没有", "没解决")
    )
    second = visitor.get(CHAT, params={"after": first["cursor"]}).json()
    third = visitor.get(CHAT, params={"after": second["cursor"]}).json()

    assert [message["text"] for message in first["messages"]] == ["听到：一"]
    assert [message["text"] for message in second["messages"]] == ["解决了吗？"]
    assert second["messages"][0]["buttons"][1] == {"label": "没有", "says": "没解决"}
    assert second["messages"][0]["at"] == MORNING.isoformat()
    assert third["messages"] == []


def test_nobody_reads_the_messages_of_another_visitor(visitor: TestClient, serve: Serve) -> None:
    visitor.post(CHAT, json=line("我的私事"))

    with TestClient(serve()) as other:
        other.get("/")
        assert other.get(CHAT).json()["messages"] == []


def test_the_page_opens_with_its_place_told(visitor: TestClient) -> None:
    page = visitor.get("/?place=幸福里3号楼2单元").text

    assert 'data-place="幸福里3号楼2单元"' in page


@pytest.mark.parametrize("place", ['"><script>alert(1)</script>', "</script><b>", "{{7*7}}", "x" * 61])
def test_a_hostile_place_is_shown_as_text_or_not_at_all(visitor: TestClient, place: str) -> None:
    page = visitor.get("/", params={"place": place}).text

    assert f'data-place="{escape(place) if len(place) <= 60 else ""}"' in page
    assert "<script>alert" not in page

"""The chat without a script: for browsers too old for one."""

import re

from starlette.testclient import TestClient

from bot.messaging import Address, Button, StoreAway
from tests.channels.web.conftest import Bot
from tests.channels.web.test_photos import photo

PLAIN = "/chat/plain"
HTML = {"accept": "text/html"}


def hidden_id(page: str) -> str:
    found = re.search(r'name="id" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def browser_form(fields: dict[str, str]) -> bytes:
    """A form as browsers send it where no photo was chosen: with a file that has neither name nor bytes."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
    parts.append('Content-Disposition: form-data; name="photo"; filename=""\r\n\r\n')
    return "".join(f"--edge\r\n{part}\r\n" for part in parts).encode() + b"--edge--\r\n"


def test_a_browser_without_scripts_is_sent_to_the_plain_page(visitor: TestClient) -> None:
    page = visitor.get("/", params={"place": "幸福里3号楼"}).text

    assert 'url=/chat/plain?place=%E5%B9%B8%E7%A6%8F%E9%87%8C3%E5%8F%B7%E6%A5%BC"></noscript>' in page


def test_a_line_posted_by_form_is_heard_and_answered_on_the_page(visitor: TestClient, bot: Bot) -> None:
    form = visitor.get(PLAIN, params={"place": "幸福里3号楼"}).text
    page = visitor.post(
        PLAIN,
        data={"id": hidden_id(form), "text": "电梯坏了", "place": "幸福里3号楼"},
        files={"photo": ("a.jpg", photo(), "image/jpeg")},
    ).text

    (heard,) = bot.heard
    assert (heard.text, heard.place_hint, len(heard.photos)) == ("电梯坏了", "幸福里3号楼", 1)
    assert "听到：电梯坏了" in page
    assert "您刚才说：电梯坏了" in page
    assert hidden_id(page) != hidden_id(form)


def test_reloading_the_answer_says_nothing_twice(visitor: TestClient, bot: Bot) -> None:
    form = browser_form({"id": hidden_id(visitor.get(PLAIN).text), "text": "电梯坏了", "place": ""})

    for _ in range(2):
        visitor.post(PLAIN, content=form, headers={"content-type": "multipart/form-data; boundary=edge"})

    assert len(bot.heard) == 1
    assert bot.heard[0].photos == ()


def test_a_choice_under_the_last_message_can_be_pressed(visitor: TestClient, bot: Bot) -> None:
    visitor.post(PLAIN, data={"id": hidden_id(visitor.get(PLAIN).text), "text": "电梯坏了"})
    bot.put(Address("web", bot.heard[0].chat), "报这件事，对吗？", Button("对的", "对"))

    page = visitor.get(PLAIN).text
    visitor.post(PLAIN, data={"id": hidden_id(page), "text": "", "choice": "对"})

    assert '<button name="choice" value="对">对的</button>' in page
    assert bot.heard[1].text == "对"


def test_what_people_and_bot_say_is_shown_as_text(visitor: TestClient) -> None:
    sent = {"id": hidden_id(visitor.get(PLAIN).text), "text": "<script>alert(1)</script>", "place": ""}

    assert "<script>" not in visitor.post(PLAIN, data=sent).text


def test_the_plain_page_says_so_when_the_store_is_away(visitor: TestClient, bot: Bot) -> None:
    sent = {"id": hidden_id(visitor.get(PLAIN).text), "text": "电梯坏了", "place": ""}
    bot.failure = StoreAway()

    response = visitor.post(PLAIN, data=sent, headers=HTML)

    assert response.status_code == 503
    assert "0530-5550100" in response.text


def test_a_form_from_a_stranger_is_not_heard(browser: TestClient, bot: Bot) -> None:
    response = browser.post(PLAIN, data={"id": "line-0001", "text": "电梯坏了"}, headers=HTML)

    assert response.status_code == 403
    assert bot.heard == []

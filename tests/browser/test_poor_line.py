"""Nothing is lost or said twice when the line breaks or the server dies in the middle."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Demo, Visiting, say, texts


@pytest.fixture
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Here each test has a demo of its own, to kill."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    demo.start()
    yield demo
    demo.kill()


def file_lift(page: Page) -> None:
    say(page, "幸福里3号楼2单元电梯坏了")
    expect(page.locator("#log article.bot")).to_have_count(2)


def test_a_server_killed_in_mid_conversation_loses_and_doubles_nothing(chat: Page, demo: Demo) -> None:
    file_lift(chat)
    demo.kill()
    say(chat, "对")
    expect(chat.locator("#log .state").last).to_contain_text("重试")
    expect(chat.locator("#connection")).to_be_visible()

    demo.start()

    expect(chat.locator("#log article.bot .ticket").first).to_be_visible(timeout=30_000)
    expect(chat.locator("#connection")).to_be_hidden()
    said, heard = texts(chat, "mine"), texts(chat, "bot")
    chat.reload()
    expect(chat.locator("#log article.mine")).to_have_count(2)
    chat.wait_for_timeout(1500)  # for anything that might come twice
    assert texts(chat, "mine") == said == ["幸福里3号楼2单元电梯坏了", "对"]
    assert texts(chat, "bot") == heard
    assert len(heard) == len(set(heard))


def test_a_line_whose_answer_was_lost_is_sent_again_and_heard_once(chat: Page) -> None:
    file_lift(chat)
    lost: list[str] = []

    def deliver_but_lose_the_answer(route: Route) -> None:
        route.fetch()
        lost.append(route.request.url)
        route.abort()

    chat.route("**/chat/messages", deliver_but_lose_the_answer, times=1)
    say(chat, "对")

    expect(chat.locator("#log .state").last).to_have_text("已送达")
    expect(chat.locator("#log article.bot .ticket").first).to_be_visible()
    chat.wait_for_timeout(1500)
    assert len(lost) == 1
    _greeting, _question, filed = texts(chat, "bot")
    assert "编号" in filed


def test_lines_typed_without_a_line_survive_closing_the_page(visiting: Visiting, demo: Demo) -> None:
    context = visiting()
    page = context.new_page()
    page.goto("/")
    file_lift(page)
    demo.kill()
    say(page, "对")
    say(page, "物业费多少钱")
    expect(page.locator("#log .state.waiting")).to_have_count(2)
    page.close()

    demo.start()
    page = context.new_page()
    page.goto("/")

    expect(page.locator("#log .state.waiting")).to_have_count(0)
    expect(page.locator("#log article.bot", has_text="编号")).to_have_count(1)
    expect(page.locator("#log article.bot", has_text="1.20")).to_have_count(1)
    assert texts(page, "mine") == ["幸福里3号楼2单元电梯坏了", "对", "物业费多少钱"]


def test_where_no_stream_gets_through_the_page_asks_instead(visiting: Visiting) -> None:
    page = visiting().new_page()
    page.route("**/chat/events*", lambda route: route.abort())
    page.goto("/")
    file_lift(page)
    say(page, "对")
    expect(page.locator("#log article.bot .ticket").first).to_be_visible()
    number = page.locator("#log article.bot .ticket").first.inner_text()

    staff = visiting(viewport={"width": 1400, "height": 900}, is_mobile=False, has_touch=False).new_page()
    staff.goto("/sandbox")
    for text in ("收到", "好了 换了门机"):
        phone = staff.locator('.phone[data-name="李敏"]')
        phone.locator("form input").fill(f"{text.split()[0]} {number} {' '.join(text.split()[1:])}".strip())
        phone.locator("form button").click()

    expect(page.locator("#log article.bot", has_text="换了门机")).to_have_count(1, timeout=20_000)


def test_a_push_reaches_the_open_page_by_itself(chat: Page, visiting: Visiting) -> None:
    file_lift(chat)
    say(chat, "对")
    number = chat.locator("#log article.bot .ticket").first.inner_text()

    staff = visiting(viewport={"width": 1400, "height": 900}, is_mobile=False, has_touch=False).new_page()
    staff.goto("/sandbox")
    phone = staff.locator('.phone[data-name="李敏"]')
    for text in (f"收到 {number}", f"好了 {number} 换了门机"):
        phone.locator("form input").fill(text)
        phone.locator("form button").click()

    expect(chat.locator("#log article.bot", has_text="换了门机")).to_have_count(1)


def test_offline_is_said_at_once_and_taken_back(chat: Page) -> None:
    chat.context.set_offline(True)
    expect(chat.locator("#connection")).to_be_visible()
    say(chat, "物业费多少钱")
    expect(chat.locator("#log .state")).to_contain_text("重试")

    chat.context.set_offline(False)

    expect(chat.locator("#connection")).to_be_hidden(timeout=20_000)
    expect(chat.locator("#log .state")).to_have_text("已送达", timeout=20_000)

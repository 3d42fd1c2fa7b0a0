"""The sandbox: the whole story on one screen."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, Visiting


@pytest.fixture
def screen(visiting: Visiting) -> Page:
    page = visiting(viewport=DESK, is_mobile=False, has_touch=False).new_page()
    page.goto("/sandbox")
    return page


def phone(screen: Page, name: str) -> Locator:
    if screen.locator(f'.phone[data-name="{name}"]').count() == 0:
        screen.locator("#chooser button", has_text=re.compile(f"^{name}")).click()
    return screen.locator(f'.phone[data-name="{name}"]')


def speak(screen: Page, name: str, text: str, *, speaker: str = "") -> None:
    one = phone(screen, name)
    lines = one.locator("article").count()
    if speaker:
        one.locator("select").select_option(speaker)
    one.locator("form input").fill(text)
    one.locator("form button").click()
    expect(one.locator("article").nth(lines)).to_contain_text(text)


def test_a_report_reaches_the_grid_worker_next_to_it(screen: Page) -> None:
    speak(screen, "新邻居", "幸福里3号楼2单元电梯坏了")
    speak(screen, "新邻居", "对")

    expect(phone(screen, "新邻居").locator("article.bot").last).to_contain_text("编号")
    expect(phone(screen, "李敏").locator("article.bot").last).to_contain_text("3号楼2单元")


def test_on_monday_morning_the_building_leader_has_her_reminder(screen: Page) -> None:
    speak(screen, "王阿姨", "我家楼道灯不亮了")
    speak(screen, "王阿姨", "对")
    expect(phone(screen, "王阿姨").locator("article.bot").last).to_contain_text("编号")

    screen.locator("[data-next-morning=week]").click()

    expect(screen.locator("#clock output")).to_contain_text("周一 08:31", timeout=30_000)
    expect(phone(screen, "张桂兰").locator("article.bot").last).to_contain_text("3号楼")


def test_the_clock_does_not_go_back(screen: Page) -> None:
    shown = screen.locator("#clock output")
    expect(shown).not_to_be_empty()
    before = shown.inner_text()
    screen.locator("#clock input").evaluate("field => { field.min = ''; field.value = '2020-01-01T00:00'; }")

    screen.locator("#clock form button").click()

    expect(screen.locator("#warning")).to_contain_text("往后拨")
    assert shown.inner_text() == before


def test_a_group_is_silent_until_the_bot_is_called(screen: Page) -> None:
    group = phone(screen, "幸福里业主群")
    answers = group.locator("article.bot").count()
    speak(screen, "幸福里业主群", "今天的白菜真便宜", speaker="老孙")
    speak(screen, "幸福里业主群", "@邻里 3号楼2单元门禁坏了，我家501的卡刷不开", speaker="王阿姨")

    expect(group.locator("article.bot")).to_have_count(answers + 1)
    expect(group.locator("article.bot").last).not_to_contain_text("501")
    expect(phone(screen, "王阿姨").locator("article.bot").last).to_contain_text("3号楼2单元")


def test_a_phone_that_is_put_away_counts_what_it_received(screen: Page) -> None:
    phone(screen, "李敏").locator("header button").click()
    expect(screen.locator('.phone[data-name="李敏"]')).to_have_count(0)
    speak(screen, "小周", "当我没说")
    speak(screen, "新邻居", "幸福里4号楼1单元门口垃圾堆成山了")
    speak(screen, "新邻居", "对")

    expect(screen.locator("#chooser button", has_text="李敏").locator(".unread")).to_be_visible()


def test_a_new_neighbour_can_be_added(screen: Page) -> None:
    screen.locator("#chooser input").fill("老李")
    screen.locator("#chooser form button").click()
    speak(screen, "老李", "物业费多少钱")

    expect(phone(screen, "老李").locator("article.bot")).to_contain_text("1.20")


def test_the_screen_shows_the_same_after_a_reload(screen: Page) -> None:
    speak(screen, "刘律师", "我的待办")
    expect(phone(screen, "刘律师").locator("article.bot").last).to_be_visible()
    before = screen.locator(".phone .text").all_inner_texts()

    screen.reload()

    expect(phone(screen, "刘律师").locator("article.bot").last).to_be_visible()
    assert screen.locator(".phone .text").all_inner_texts() == before

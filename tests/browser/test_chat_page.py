"""The chat page as somebody with a phone and old eyes meets it."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, Visiting, say, texts

_SIZE = "element => parseFloat(getComputedStyle(element).fontSize)"
_LINE = "element => parseFloat(getComputedStyle(element).lineHeight)"
_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def report_lift(page: Page) -> str:
    """Reports a lift by typing and tapping; the ticket's number."""
    say(page, "幸福里3号楼2单元电梯坏了，老人下不来")
    answers = page.locator("#log article.bot")
    expect(answers).to_have_count(2)
    say(page, "对")
    number = page.locator("#log article.bot .ticket").first
    expect(number).to_be_visible()
    expect(answers).to_have_count(3)
    return number.inner_text()


def test_a_broken_lift_becomes_a_ticket_with_a_number(chat: Page) -> None:
    assert re.fullmatch(r"[A-Z]\d{4}-\d{4}", report_lift(chat))
    expect(chat.locator("#log article.mine .state").first).to_have_text("已送达")


def test_tapping_a_button_says_it_and_the_buttons_are_gone(chat: Page) -> None:
    first = chat.locator("#log .choices button").first
    label = first.inner_text()

    first.click()

    expect(chat.locator("#log article.mine .text").first).to_have_text(label)
    expect(chat.locator("#log article.bot")).to_have_count(2)
    assert chat.locator("#log article.bot").first.locator("button").count() == 0


def test_a_ticket_number_asks_how_it_goes(chat: Page) -> None:
    number = report_lift(chat)
    before = len(texts(chat, "bot"))

    chat.locator("#log .ticket").first.click()

    expect(chat.locator("#log article.mine .text").last).to_contain_text(number)
    expect(chat.locator("#log article.bot")).to_have_count(before + 1)


def test_print_is_large_enough_and_larger_on_request(chat: Page) -> None:
    text = chat.locator("#log .text").first
    assert text.evaluate(_SIZE) >= 18
    assert text.evaluate(_LINE) / text.evaluate(_SIZE) >= 1.5

    chat.click("#print")
    assert text.evaluate(_SIZE) >= 24

    chat.reload()
    assert chat.locator("#log .text").first.evaluate(_SIZE) >= 24
    expect(chat.locator("#print")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [320, 360, 390, 430])
@pytest.mark.parametrize("is_large", [False, True])
def test_everything_fits_the_phone_and_can_be_hit(visiting: Visiting, width: int, is_large: bool) -> None:
    page = visiting(viewport={"width": width, "height": 740}).new_page()
    page.goto("/?place=幸福里12号楼3单元")
    if is_large:
        page.click("#print")
    say(page, "我想约律师咨询")
    expect(page.locator("#log article.bot")).to_have_count(2)

    assert not page.evaluate(_TOO_WIDE)
    for button in page.locator("button:visible, a.button:visible, #photo").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= (20 if "ticket" in (button.get_attribute("class") or "") else 39)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 1


def test_the_place_of_the_qr_code_is_shown_and_can_be_dropped(visiting: Visiting) -> None:
    page = visiting().new_page()
    page.goto("/?place=幸福里3号楼2单元")
    expect(page.locator("#place")).to_contain_text("您在：幸福里3号楼2单元")

    page.click("#place button")

    expect(page.locator("#place")).to_be_hidden()
    assert "place" not in page.url


def test_a_person_and_a_phone_are_always_in_sight(chat: Page) -> None:
    expect(chat.locator("#phone")).to_have_attribute("href", "tel:0530-5550100")
    chat.click("#person")

    expect(chat.locator("#log article.bot")).to_have_count(2)
    expect(chat.locator("#notice")).to_have_text("自动回复，以窗口答复为准")


def test_too_long_a_line_is_not_sent_and_not_lost(chat: Page) -> None:
    chat.fill("#composer textarea", "长" * 2001)
    chat.click("#composer button.main")

    expect(chat.locator("#warning")).to_contain_text("2001")
    assert texts(chat, "mine") == []
    assert len(chat.input_value("#composer textarea")) == 2001


def test_what_looks_like_a_page_is_shown_as_text(chat: Page) -> None:
    evil = '<img src="x" onerror="alert(1)"><script>alert(2)</script>'
    say(chat, evil)

    expect(chat.locator("#log article.mine .text")).to_have_text(evil)
    assert chat.locator("#log article.mine .text *").count() == 0


def test_enter_sends_but_not_while_a_word_is_chosen(chat: Page) -> None:
    chat.fill("#composer textarea", "dianti")
    chat.dispatch_event("#composer textarea", "keydown", {"key": "Enter", "isComposing": True})
    assert texts(chat, "mine") == []

    chat.press("#composer textarea", "Shift+Enter")
    assert texts(chat, "mine") == []

    chat.press("#composer textarea", "Enter")
    expect(chat.locator("#log article.mine")).to_have_count(1)


def test_a_photo_is_made_smaller_and_goes_with_the_line(chat: Page, demo: Demo) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (3000, 1500), "teal").save(picture, "PNG")

    chat.set_input_files(
        "#photo input", {"name": "灯.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    expect(chat.locator("#tray")).to_contain_text("传好了")
    say(chat, "幸福里3号楼2单元楼道灯坏了，有照片")

    expect(chat.locator("#log article.mine img")).to_be_visible()
    expect(chat.locator("#log article.mine .state")).to_have_text("已送达")
    expect(chat.locator("#tray")).to_be_hidden()
    (kept,) = (demo.folder / "var" / "photos").glob("*.jpg")
    with Image.open(kept) as image:
        assert image.size == (2000, 1000)


def test_a_file_that_is_no_photo_is_refused_in_words(chat: Page, tmp_path: Path) -> None:
    chat.set_input_files("#photo input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"})

    expect(chat.locator("#tray")).to_contain_text("收不了")
    chat.click("#tray button")
    expect(chat.locator("#tray")).to_be_hidden()


def test_without_scripts_the_plain_page_does_the_same(visiting: Visiting) -> None:
    page = visiting(java_script_enabled=False).new_page()
    page.goto("/?place=幸福里3号楼2单元")
    page.wait_for_url("**/chat/plain?place=*")

    page.fill("textarea", "物业费多少钱")
    page.click("button")

    expect(page.locator("article").last).to_contain_text("1.20")
    expect(page.locator(".said")).to_contain_text("物业费多少钱")


def test_a_browser_that_fails_at_the_script_gets_the_plain_page(visiting: Visiting) -> None:
    page = visiting().new_page()
    page.route("**/chat.js", lambda route: route.abort())

    page.goto("/?place=幸福里3号楼")

    page.wait_for_url("**/chat/plain?place=*")
    expect(page.locator("article")).to_contain_text("您好")


@pytest.mark.parametrize(
    ("text", "rings"),
    [
        ("打0530-5550100或13900000001。", ["0530-5550100", "13900000001"]),
        ("先打110、120，电梯96333，热线12345", ["110", "120", "96333", "12345"]),
        ("每平方米120元，110室，3-2-501，2026年", []),
        ("住12345号，价格95.50，119楼", []),
    ],
)
def test_only_what_rings_becomes_a_phone_link(chat: Page, text: str, rings: list[str]) -> None:
    linked = chat.evaluate(
        """async (text) => {
          const base = document.querySelector('script[type=module]').src.replace('chat.js', 'links.js');
          const { fill } = await import(base);
          const paragraph = document.createElement('p');
          fill(paragraph, text, null);
          if (paragraph.textContent !== text) throw new Error('the text changed');
          return Array.from(paragraph.querySelectorAll('a'), (link) => link.textContent);
        }""",
        text,
    )

    assert linked == rings


def test_the_numbers_of_an_emergency_are_in_sight_at_once(visiting: Visiting) -> None:
    page = visiting(viewport={"width": 360, "height": 560}).new_page()
    page.goto("/")
    page.click("#print")
    say(page, "我家好像有煤气味")
    expect(page.locator("#log article.bot")).to_have_count(2)

    log = page.locator("#log").bounding_box()
    answer = page.locator("#log article.bot").last.bounding_box()
    assert log is not None
    assert answer is not None
    assert answer["y"] >= log["y"]
    expect(page.locator("#log article.bot a").first).to_be_in_viewport()

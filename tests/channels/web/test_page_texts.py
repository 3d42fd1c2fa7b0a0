"""Every word that a page shows stands in knowledge/replies.yaml, and every such sentence is shown."""

import re
from pathlib import Path

import bot.channels.pages
from knowledge.library import SHIPPED, read_knowledge

PAGES = Path(bot.channels.pages.__file__).parent
SOURCES = [
    *PAGES.rglob("*.html"),
    *PAGES.rglob("*.js"),
    *PAGES.rglob("*.css"),
    *PAGES.glob("*.py"),
    PAGES.parent / "web_chat.py",
    PAGES.parent / "sandbox.py",
]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
SENTENCES = {key for key in read_knowledge(SHIPPED).replies if key.startswith("page.")}

# Keys that are put together from a word that varies.
STATES = {"sending", "delivered", "waiting", "refused", "stranger", "too_often"}
PHOTO = {"uploading", "ready", "failed", "refused"}
START = {f"{what}{ending}" for what in ("report", "lawyer", "volunteer") for ending in ("", "_says")}
STATUSES = {"400", "403", "404", "410", "413", "415", "429", "500", "503", "507"}
VARYING = {
    *(f"page.state_{state}" for state in STATES),
    *(f"page.photo_{state}" for state in PHOTO),
    *(f"page.start_{what}" for what in START),
    *(f"page.error_{status}" for status in STATUSES),
}


def test_every_sentence_that_a_page_names_exists() -> None:
    named = set(re.findall(r"""["'`](page\.\w+)["'`]""", SOURCE))

    assert named | VARYING <= SENTENCES


def test_every_sentence_of_pages_is_used() -> None:
    unused = {key for key in SENTENCES - VARYING if key not in SOURCE}

    assert unused == set()


def test_no_page_holds_chinese_words_of_its_own() -> None:
    units = "元块毛号楼栋幢单室户层年月日时点分秒个件人条张平米"  # the letters of one pattern in links.js

    assert [word for word in re.findall(r"[\u4e00-\u9fff]{2,}", SOURCE) if word != units] == []

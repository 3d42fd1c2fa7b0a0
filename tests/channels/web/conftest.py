"""The web channels on a bot and a mailbox of the test's own, behind the real HTTP edge."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from bot.channels.door import Door, Limits
from bot.channels.pages import Pages
from bot.channels.photos import PhotoStore
from bot.channels.sandbox import Cast, Sandbox, SandboxGroup, SandboxPerson
from bot.channels.web_chat import WebChat
from bot.clock import MovableClock, seconds
from bot.messaging import (
    Address,
    Answer,
    Button,
    Delivered,
    InboundMessage,
    MailboxPage,
    OutboundMessage,
    StoreAway,
)
from bot.web import Health, telling_when_away, web_app
from knowledge.library import SHIPPED, read_knowledge
from knowledge.replies import community_values

MORNING = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)  # 09:10 in the community
AWAY = OperationalError("SELECT", {}, Exception("the server closed the connection"))
CAST = Cast(
    people=(SandboxPerson("新邻居", "还没有住址"), SandboxPerson("李敏", "网格员")),
    groups=(SandboxGroup("业主群", ("新邻居", "王阿姨")),),
    opened=("新邻居", "李敏", "业主群"),
    mention_names=("@邻里", "@邻里小助手", "小助手"),
)


class Bot:
    """Repeats what it hears. What is said lies in the mailbox of its chat, whose cursor is its length."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.heard: list[InboundMessage] = []
        self.mail: list[Delivered] = []
        self.answers: dict[str, Answer] = {}
        self.failure: Exception | None = None

    async def receive(self, message: InboundMessage) -> Answer:
        if self.failure:
            raise self.failure
        if message.id not in self.answers:
            self.heard.append(message)
            address = Address(message.channel, message.chat, message.is_group)
            self.answers[message.id] = Answer((self.put(address, f"听到：{message.text}"),))
        return self.answers[message.id]

    def put(self, address: Address, text: str, *buttons: Button) -> OutboundMessage:
        message = OutboundMessage((1 << 60) + len(self.mail), address, text, buttons)
        self.mail.append(Delivered(message, self.clock.now()))
        return message

    async def read(self, address: Address, cursor: str) -> MailboxPage:
        return self._page([one for one in self.mail if one.message.address == address], cursor)

    async def read_all(self, cursor: str) -> MailboxPage:
        return self._page(self.mail, cursor)

    def _page(self, mail: list[Delivered], cursor: str) -> MailboxPage:
        if isinstance(self.failure, (StoreAway, OperationalError)):
            raise self.failure
        return MailboxPage(tuple(mail[int(cursor or 0) :]), str(len(mail)))


Serve = Callable[..., ASGIApp]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(MORNING)


@pytest.fixture
def bot(clock: MovableClock) -> Bot:
    return Bot(clock)


@pytest.fixture(scope="session")
def pages() -> Pages:
    knowledge = read_knowledge(SHIPPED)
    return Pages(texts=lambda: knowledge.replies, values=lambda: community_values(knowledge.community))


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def web_chat(bot: Bot, pages: Pages, photo_folder: Path) -> WebChat:
    return WebChat(
        "web",
        mailbox=telling_when_away(bot.read),
        pages=pages,
        photos=PhotoStore(photo_folder),
        door=Door(Limits(), is_emergency=lambda text: "着火" in text, clock=bot.clock),
        clock=bot.clock,
        look_again=seconds(0.2),
    )


@pytest.fixture
def sandbox(bot: Bot, pages: Pages) -> Sandbox:
    async def move(to: datetime) -> None:
        bot.clock.move_to(to)

    return Sandbox(
        "sandbox", cast=lambda: CAST, mailbox=bot.read_all, move_clock=move, pages=pages, clock=bot.clock
    )


@pytest.fixture
def serve(web_chat: WebChat, sandbox: Sandbox, bot: Bot, pages: Pages) -> Serve:
    def build(
        *,
        receive: Callable[[InboundMessage], Awaitable[Answer]] = bot.receive,
        health: Callable[[], Health] = lambda: Health(ok=True),
    ) -> ASGIApp:
        return web_app(
            channels=[web_chat, sandbox],
            receive=receive,
            health=health,
            metrics=lambda: b"linli_up 1\n",
            pages=[pages.static],
            error_page=pages.error_page,
            error_sentence=pages.error_sentence,
        )

    return build


@pytest.fixture
def browser(serve: Serve) -> Iterator[TestClient]:
    """A visitor's browser, before it has opened anything."""
    with TestClient(serve(), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def visitor(browser: TestClient) -> TestClient:
    """The same after the chat page was opened."""
    browser.get("/")
    return browser


def line(text: str, *, id: str = "line-0001", **more: object) -> dict[str, Any]:
    return {"id": id, "text": text, **more}

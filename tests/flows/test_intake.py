"""What becomes of a message is counted as what it was, and nobody's name or words are counted with it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import App
from bot.conversation.models import inbox
from bot.messaging import Answer, InboundMessage, StoreAway
from bot.outbox.models import outbox
from bot.settings import ConfigFile, Settings
from bot.storage.transaction import Transaction

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/linli.sqlite3", photos=tmp_path, messages_a_minute=2,
        channels={"gateway": {"kind": "onebot", "access_token": "neighbours-and-friends"}},
    )  # fmt: skip
    found = App(settings, ConfigFile("test", None))
    yield found
    found.close()


def line(text: str, message_id: str) -> InboundMessage:
    return InboundMessage(
        id=message_id, channel="gateway", sender="13800138000", chat="13800138000", text=text,
        received_at=datetime.now(UTC), sender_name="赵小兰",
    )  # fmt: skip


def counted(app: App) -> dict[str, float]:
    """How many messages ended how."""
    return {
        sample.labels["outcome"]: sample.value
        for metric in app.watchman.turns.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def break_turns(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_tx: Transaction, _messages: Sequence[InboundMessage]) -> list[Answer]:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(app.engine.receiver, "receive_all", fail)


async def test_a_turn_that_fails_is_answered_with_an_apology_and_counted_as_failed(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_turns(app, broken)
        first = await app.receive(line("水管爆了", "1"))
        again = await app.receive(line("水管爆了", "1"))

    assert again == first
    assert len(first.messages) == 1
    assert counted(app) == {"failed": 1, "repeated": 1}
    with app.database.reading(app.tenant) as tx:
        assert [row.failed for row in tx.fetch(select(inbox.c.failed))] == [True]
        keys = {row.dedupe_key for row in tx.fetch(select(outbox.c.dedupe_key))}
    assert "failed/gateway/1" in keys, "the administrator is told"


async def test_what_is_taken_repeated_and_too_much_is_counted_apart(app: App) -> None:
    for number, text in enumerate(("物业费多少钱一平", "在吗", "在吗在吗", "有人吗")):
        await app.receive(line(text, str(number)))
    await app.receive(line("物业费多少钱一平", "0"))

    assert counted(app) == {"answered": 2, "dropped": 2, "repeated": 1}


async def test_a_message_that_the_store_cannot_take_is_counted(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Answer:
        raise StoreAway

    monkeypatch.setattr(app, "intake", away)
    with pytest.raises(StoreAway):
        await app.receive(line("水管爆了", "1"))

    assert counted(app) == {"store_away": 1}


async def test_figures_name_nobody(app: App) -> None:
    await app.receive(line("我叫赵小兰，电话13800138000，幸福里3号楼2单元501水管爆了", "1"))

    figures = app.watchman.metrics().decode()
    for private in ("赵小兰", "13800138000", "501", "水管", "幸福里"):
        assert private not in figures

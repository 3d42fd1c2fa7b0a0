"""What stands in the log: no phone number, and nothing of what people say."""

import io
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.conversation.models import inbox
from bot.logs import set_up_logs
from bot.storage.database import Database

SAID = "我家阳台漏水，电话13800138000，三号楼的王阿姨也知道"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    monkeypatch.setattr("sys.stderr", stream)
    set_up_logs("debug")
    yield stream
    root.handlers, root.level = before[0], before[1]


def test_phone_numbers_are_masked(written: io.StringIO) -> None:
    logging.getLogger("bot.test").warning("call %s", "13800138000", extra={"who": "电话13912345678。"})

    assert "138****8000" in written.getvalue()
    assert "139****5678" in written.getvalue()
    assert "13800138000" not in written.getvalue()


def test_what_the_store_refuses_is_not_quoted(database: Database, written: io.StringIO) -> None:
    """Neither our values, which SQLAlchemy would show, nor the row, which PostgreSQL would."""
    row = {"tenant": 1, "channel": "web", "message_id": SAID, "received_at": None, "failed": False}
    try:
        with database.engine.begin() as connection:
            connection.execute(insert(inbox), row)
    except IntegrityError:
        logging.getLogger("bot.test").exception("turn failed")

    assert "IntegrityError" in written.getvalue()
    assert "漏水" not in written.getvalue()
    assert "王阿姨" not in written.getvalue()

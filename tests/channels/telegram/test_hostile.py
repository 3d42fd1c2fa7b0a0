"""Whatever does not come from the platform is refused, always with the same words, and cheaply."""

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.account import Account
from bot.clock import MovableClock
from bot.messaging import Answer, InboundMessage, StoreAway
from tests.channels.telegram.conftest import NAME, NOON, SECRET, TOKEN, Bot, World, a_channel
from tests.channels.wechat.notebook import MemoryNotebook

HEADER = b"x-telegram-bot-api-secret-token"
MESSAGE: dict[str, Any] = {
    "message_id": 7,
    "date": 1_795_000_000,
    "chat": {"id": 501, "type": "private", "first_name": "王"},
    "from": {"id": 501, "is_bot": False, "first_name": "王"},
    "text": "电梯坏了",
}
PRESS: dict[str, Any] = {
    "id": "1",
    "from": MESSAGE["from"],
    "chat_instance": "1",
    "data": "对",
    "message": MESSAGE,
}


def update(**content: object) -> bytes:
    return json.dumps({"update_id": 1, **content}).encode()


def message(**changes: object) -> bytes:
    """A message with some fields changed; None takes one away."""
    fields = {key: value for key, value in {**MESSAGE, **changes}.items() if value is not None}
    return update(message=fields)


def press(**changes: object) -> bytes:
    return update(callback_query={**PRESS, **changes})


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"<xml/>",
    "cut off": message()[:-3],
    "not UTF-8": "电梯".encode("gbk"),
    "not an object": b"[]",
    "a number without end": b'{"update_id": ' + b"9" * 5000 + b"}",
    "deep": b"[" * 100_000,
    "deep and well-formed": b'{"update_id":1,"message":' * 5000 + b"1" + b"}" * 5000,
    "no update id": b"{}",
    "update id of another type": b'{"update_id": "1"}',
    "message of another type": update(message="电梯坏了"),
    "message that is a list": update(message=[MESSAGE]),
    "press of another type": update(callback_query=7),
    **{f"without {field}": message(**{field: None}) for field in ("message_id", "date", "chat")},
    "id of another type": message(message_id="7"),
    "id that is true": message(message_id=True),
    "date of another type": message(date="now"),
    "date beyond time": message(date=10**18),
    "chat of another type": message(chat=501),
    "chat without id": message(chat={"type": "private"}),
    "chat id of another type": message(chat={**MESSAGE["chat"], "id": "501"}),
    "chat id that is a list": message(chat={**MESSAGE["chat"], "id": [501]}),
    "sender of another type": message(**{"from": "王"}),
    "sender id of another type": message(**{"from": {**MESSAGE["from"], "id": "501"}}),
    "name of another type": message(**{"from": {**MESSAGE["from"], "id": {}}}),
    "text of another type": message(text=["电梯"]),
    "entities of another type": message(entities=7),
    "entity of another type": message(entities=["mention"]),
    "place of an entity of another type": message(
        entities=[{"type": "mention", "offset": "0", "length": 4}], text="@abc"
    ),
    "photo of another type": message(photo=7, text=None),
    "photo without id": message(photo=[{"width": 1, "height": 1}], text=None),
    "position of another type": message(location={"latitude": "north", "longitude": 1}, text=None),
    "reply of another type": message(reply_to_message="x"),
    "moved to another type": message(migrate_to_chat_id="x"),
    "press without sender": press(**{"from": None}),
    "press id of another type": press(id=7),
    "press on another type": press(message=7),
}


@dataclass
class Replied:
    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Endpoint:
    """The webhook without a server around it."""

    def __init__(self) -> None:
        self.bot = Bot()
        clock = MovableClock(NOON)
        account = Account(NAME, TOKEN, SECRET, api_base="http://127.0.0.1:1")
        self._channel = a_channel(account, MemoryNotebook(clock), clock, Path("no photos"))
        [route] = self._channel.routes(self.bot.receive)
        self._application = route.app  # type: ignore[attr-defined]

    def post(self, body: bytes, secret: bytes | None = SECRET.encode(), method: str = "POST") -> Replied:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        return self.request(receive, [] if secret is None else [(HEADER, secret)], method)

    def request(
        self,
        receive: Callable[[], Awaitable[dict[str, object]]],
        headers: list[tuple[bytes, bytes]],
        method: str = "POST",
    ) -> Replied:
        replied = Replied()

        async def send(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                replied.status, replied.headers = event["status"], tuple(event["headers"])
            else:
                replied.body += event["body"]

        scope = {"type": "http", "method": method, "headers": headers, "query_string": b"", "path": "/"}

        async def once() -> None:
            await self._application(scope, receive, send)
            await self._channel.close()

        asyncio.run(once())
        return replied


@pytest.fixture(scope="module")
def refusal() -> Replied:
    """What a stranger sees who knows nothing."""
    replied = Endpoint().post(message(), None)
    assert replied.status == 403
    return replied


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_like_everything_else_and_within_50_ms(name: str, refusal: Replied) -> None:
    endpoint = Endpoint()
    endpoint.post(update())  # what is done once only is done

    started = time.process_time()
    replied = endpoint.post(HOSTILE[name])
    spent = time.process_time() - started

    assert replied == refusal
    assert endpoint.bot.received == []
    assert spent < 0.05


def test_the_untouched_samples_are_accepted() -> None:
    """Otherwise the refusals above would prove nothing."""
    endpoint = Endpoint()

    assert [endpoint.post(body).status for body in (message(), update(), update(poll={}))] == [200, 200, 403]
    assert [said.text for said in endpoint.bot.received] == ["电梯坏了"]


@pytest.mark.parametrize(
    "secret",
    [None, b"", b"x", SECRET.encode()[:-1], SECRET.encode() + b"x", SECRET.upper().encode(), b"\xff\xfe"],
)
def test_without_the_secret_nothing_is_even_read(secret: bytes | None, refusal: Replied) -> None:
    endpoint = Endpoint()

    async def never() -> dict[str, object]:
        pytest.fail("the body was read")

    headers = [] if secret is None else [(HEADER, secret)]
    assert endpoint.request(never, headers) == refusal
    assert endpoint.bot.received == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_refused_even_with_the_secret(method: str, refusal: Replied) -> None:
    assert Endpoint().post(message(), method=method) == refusal


def test_a_bot_without_a_secret_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="webhook_secret"):
        Account(NAME, TOKEN, "")


@pytest.mark.parametrize(("characters", "status"), [(200_000, 200), (300_000, 403)])
def test_a_body_larger_than_the_platforms_ever_are_is_refused(characters: int, status: int) -> None:
    assert Endpoint().post(message(text="a" * characters)).status == status


def test_a_body_without_end_is_not_read_for_ever(refusal: Replied) -> None:
    chunks = 0

    async def receive() -> dict[str, object]:
        nonlocal chunks
        chunks += 1
        assert chunks < 100
        return {"type": "http.request", "body": b"a" * 10_000, "more_body": True}

    assert Endpoint().request(receive, [(HEADER, SECRET.encode())]) == refusal


@pytest.mark.anyio
@pytest.mark.parametrize("secret", [SECRET, "guessed"])
async def test_ten_megabytes_are_not_read_to_the_end(world: World, secret: str) -> None:
    started = time.process_time()

    async with aiohttp.ClientSession() as session:
        headers = {HEADER.decode(): secret}
        try:
            async with session.post(
                world.url, data=io.BytesIO(b"a" * 10_000_000), headers=headers
            ) as response:
                answer = (response.status, await response.read())
        except aiohttp.ClientError:  # hung up on before the answer could be read
            answer = (403, b"")

    assert answer == (403, b"")
    assert time.process_time() - started < 0.5  # both ends of the connection together
    assert await world.hear(world.people.says(world.resident, "还在吗")) is not None


@pytest.mark.anyio
async def test_while_the_store_is_away_the_platform_is_not_told_that_it_arrived(world: World) -> None:
    async def away(message: InboundMessage) -> Answer:
        raise StoreAway

    world.bot.answer = away
    status = await world.platform.deliver(world.people.says(world.resident, "漏水了"))
    world.bot.answer = None

    assert status == 500  # the edge of the whole bot makes a 503 of it
    assert len({message.id for message in world.bot.received}) == 1


# -- anything at all --------------------------------------------------------------------------------

scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8))
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [
    *MESSAGE, "caption", "entities", "caption_entities", "photo", "document", "voice", "audio", "video",
    "video_note", "animation", "sticker", "contact", "location", "venue", "sender_chat", "reply_to_message",
    "is_automatic_forward", "migrate_to_chat_id", "migrate_from_chat_id", "new_chat_members", "reply_markup",
]  # fmt: skip


@pytest.fixture(scope="module")
def endpoint() -> Endpoint:
    return Endpoint()


@given(st.dictionaries(st.sampled_from(FIELDS), anything, max_size=4))
@settings(max_examples=400)
def test_any_message_with_the_secret_is_taken_or_refused_without_a_traceback(
    endpoint: Endpoint, changes: dict[str, object]
) -> None:
    body = update(message={**MESSAGE, **changes})

    assert endpoint.post(body).status in {200, 403}


RICH: dict[str, Any] = {
    "update_id": 1,
    "message": {
        **MESSAGE,
        "chat": {"id": -4001, "type": "supergroup", "title": "业主群"},
        "caption": "@linli_bot 漏水",
        "caption_entities": [
            {"type": "mention", "offset": 0, "length": 10},
            {"type": "text_mention", "offset": 1, "length": 2, "user": {**MESSAGE["from"], "id": 42}},
        ],
        "reply_to_message": {**MESSAGE, "forum_topic_created": {"name": "报修", "icon_color": 1}},
        "photo": [{"file_id": "a", "file_unique_id": "u", "width": 1, "height": 1}],
        "venue": {"location": {"latitude": 1.5, "longitude": 2}, "title": "幸福里", "address": "和平路8号"},
        "location": {"latitude": 1.5, "longitude": 2},
        "sender_chat": {"id": -4001, "type": "supergroup", "title": "业主群"},
    },
    "callback_query": {**PRESS, "message": {**MESSAGE, "reply_markup": {
        "inline_keyboard": [[{"text": "对", "callback_data": "对"}]]
    }}},
}  # fmt: skip


def places(value: object) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value, as the steps to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((step, *rest) for step, one in inner for rest in places(one))]


def put(value: Any, place: tuple[str | int, ...], new: object) -> Any:
    """A copy with something else in that place."""
    if not place:
        return new
    copied = value.copy()
    copied[place[0]] = put(value[place[0]], place[1:], new)
    return copied


@given(st.sampled_from(["message", "callback_query"]), st.data())
@settings(max_examples=600)
def test_one_wrong_value_in_a_whole_update_never_makes_a_traceback(
    endpoint: Endpoint, kind: str, data: st.DataObject
) -> None:
    content = RICH[kind]
    broken = put(content, data.draw(st.sampled_from(places(content))), data.draw(anything))

    assert endpoint.post(update(**{kind: broken})).status in {200, 403}


@given(st.dictionaries(st.sampled_from([*PRESS, "inline_message_id"]), anything, max_size=4))
@settings(max_examples=200)
def test_any_press_with_the_secret_is_taken_or_refused_without_a_traceback(
    endpoint: Endpoint, changes: dict[str, object]
) -> None:
    assert endpoint.post(update(callback_query={**PRESS, **changes})).status in {200, 403}


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["update_id", "message"]), anything, max_size=4))
@settings(max_examples=200)
def test_any_object_with_the_secret_is_taken_or_refused_without_a_traceback(
    endpoint: Endpoint, content: dict[str, object]
) -> None:
    assert endpoint.post(json.dumps(content).encode()).status in {200, 403}


@given(st.binary(max_size=200), st.binary(max_size=60))
@settings(max_examples=200)
def test_any_bytes_are_refused_without_a_traceback(endpoint: Endpoint, body: bytes, secret: bytes) -> None:
    assert endpoint.post(body, secret).status == 403
    assert endpoint.post(body).status == 403

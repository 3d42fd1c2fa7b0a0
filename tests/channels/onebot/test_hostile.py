"""Who has no token learns nothing; what a gateway should not send does no harm."""

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.onebot.channel import Account
from bot.channels.onebot.inbound import MalformedEventError, Self, account_of, decode
from bot.messaging import TemporaryFailure
from tests.channels.onebot.conftest import NAME, NOON, TOKEN, World, to, until
from tests.counterparts.onebot import GROUP, Fault, Gateway

pytestmark = pytest.mark.anyio

STRANGERS: dict[str, dict[str, Any]] = {
    "no token": {"headers": {}},
    "empty token": {"headers": {"Authorization": "Bearer "}},
    "another token": {"headers": {"Authorization": "Bearer guessed"}},
    "half the token": {"headers": {"Authorization": f"Bearer {TOKEN[:-1]}"}},
    "more than the token": {"headers": {"Authorization": f"Bearer {TOKEN}x"}},
    "another scheme": {"headers": {"Authorization": f"Basic {TOKEN}"}},
    "token that is not ASCII": {"headers": {"Authorization": "Bearer 邻里".encode().decode("latin-1")}},
    "OneBot 11": {"protocols": ("11.demo",)},
    "no version": {"protocols": ()},
}


async def refusal(gateway: Gateway, **changes: Any) -> tuple[int, bytes]:
    """Status and body of a refused handshake, as bytes on the wire but for the date."""
    host, _, path = gateway.url.removeprefix("ws://").partition("/")
    name, _, port = host.partition(":")
    headers = changes.get("headers", {"Authorization": f"Bearer {gateway.token}"})
    protocols = changes.get("protocols", ("12.demo-gateway",))
    if protocols:
        headers = {**headers, "Sec-WebSocket-Protocol": ", ".join(protocols)}
    lines = [
        f"GET /{path} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        *(f"{key}: {value}" for key, value in headers.items()),
    ]
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    answer = await reader.read()
    writer.close()
    kept = [line for line in answer.split(b"\r\n") if not line.lower().startswith(b"date:")]
    return int(kept[0].split()[1]), b"\r\n".join(kept)


@pytest.mark.parametrize("name", STRANGERS)
async def test_every_stranger_gets_the_same_answer(world: World, name: str) -> None:
    nothing = await refusal(world.gateway, headers={}, protocols=())

    assert await refusal(world.gateway, **STRANGERS[name]) == nothing
    assert nothing[0] == 403
    with pytest.raises(TemporaryFailure):
        await world.channel.send(to("501", "你好"))


async def test_a_gateway_that_cannot_set_headers_may_name_the_token_in_the_address(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="uvicorn.error")
    quiet = Gateway(f"{world.url}?access_token={TOKEN}", "")

    async with quiet.connected(headers={}):
        await quiet.says("501", "你好")
        await world.heard()

    assert f"/onebot/{NAME}" in caplog.text  # the server logs who connects
    assert TOKEN not in caplog.text


def test_a_gateway_without_a_token_cannot_be_let_in() -> None:
    with pytest.raises(ValueError, match="access_token"):
        Account(NAME, "")


async def test_a_gateway_that_comes_back_takes_its_own_place(world: World) -> None:
    """The line it had before may be dead without our knowing."""
    again = Gateway(world.url, TOKEN)
    async with world.gateway.connected():
        await until(lambda: world.channel._myself)
        async with again.connected():
            await until(lambda: world.gateway.closed_with)
            await world.channel.send(to("501", "你好"))

    assert world.gateway.closed_with == 4001
    assert (world.gateway.said, again.said) == ([], [("501", "你好")])


async def test_ten_megabytes_are_not_taken(joined: World) -> None:
    started = time.process_time()
    await joined.gateway.send(json.dumps({"id": "x" * 10_000_000}))
    await until(lambda: joined.gateway.closed_with)

    assert joined.gateway.closed_with == 1009
    assert joined.bot.received == []
    assert time.process_time() - started < 1  # both ends of the connection together


async def test_more_than_the_server_takes_at_all_ends_the_connection(joined: World) -> None:
    joined.gateway.faults = [Fault("get_file", "silent")]
    await joined.gateway.says("501", {"type": "image", "data": {"file_id": "f"}})
    await until(lambda: joined.gateway.actions)  # now an answer may be large

    with suppress(ConnectionError):  # hung up on before it could be written
        await joined.gateway.send("x" * 17_000_000)
    await until(lambda: joined.gateway.closed_with)

    again = Gateway(joined.url, TOKEN)
    async with again.connected():
        await again.says("501", "还在吗")
        await until(lambda: "还在吗" in [message.text for message in joined.bot.received])


async def test_bytes_are_not_taken(joined: World) -> None:
    await joined.gateway.send_bytes(b"\x81\xa2id")
    await until(lambda: joined.gateway.closed_with)

    assert joined.gateway.closed_with == 1003


MESSAGE: dict[str, Any] = {
    "id": "e1",
    "time": 1.5,
    "type": "message",
    "detail_type": "group",
    "sub_type": "",
    "self": {"platform": "demo", "user_id": "10001"},
    "message_id": "m1",
    "message": [
        {"type": "mention", "data": {"user_id": "10001"}},
        {"type": "text", "data": {"text": "路灯坏了"}},
        {"type": "image", "data": {"file_id": "f1"}},
        {"type": "location", "data": {"latitude": 1.5, "longitude": 2, "title": "", "content": "和平路"}},
    ],
    "alt_message": "",
    "user_id": "501",
    "group_id": GROUP,
    "demo.nickname": "王阿姨",
}
STATUS = {
    "type": "meta",
    "detail_type": "status_update",
    "status": {"good": True, "bots": [{"self": MESSAGE["self"]}]},
}
MYSELF = Self("demo", "10001")

BROKEN: dict[str, str] = {
    "not JSON": "<xml/>",
    "a list": "[]",
    "a number without end": "9" * 5000,
    "deep": "[" * 100_000,
    "an answer to nothing": '{"status": "ok", "retcode": 0, "echo": "7"}',
    "an answer with an odd echo": '{"status": "ok", "retcode": 0, "echo": {}}',
    **{f"without {field}": json.dumps({key: MESSAGE[key] for key in MESSAGE if key != field}) for field in
       ("self", "message_id", "message", "user_id", "group_id")},
    **{f"{field} of another type": json.dumps({**MESSAGE, field: 7}) for field in
       ("self", "message_id", "message", "user_id", "group_id")},
    "segment of another type": json.dumps({**MESSAGE, "message": ["路灯"]}),
    "text of another type": json.dumps({**MESSAGE, "message": [{"type": "text", "data": {"text": 7}}]}),
    "id without end": json.dumps({**MESSAGE, "user_id": "5" * 200}),
    "id with a line": json.dumps({**MESSAGE, "user_id": "5\x00"}),
    "status of another type": json.dumps({**STATUS, "status": 7}),
    "bots of another type": json.dumps({**STATUS, "status": {"bots": {}}}),
    "bot of another type": json.dumps({**STATUS, "status": {"bots": [7]}}),
}  # fmt: skip


async def test_what_cannot_be_read_is_passed_over(joined: World, caplog: pytest.LogCaptureFixture) -> None:
    for text in BROKEN.values():
        await joined.gateway.send(text)
    await joined.gateway.says("501", "还在吗")

    [message] = await joined.heard()

    assert message.text == "还在吗"
    assert not any(record.exc_info for record in caplog.records)
    assert "路灯" not in caplog.text


# -- anything at all --------------------------------------------------------------------------------

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


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


@given(st.sampled_from([MESSAGE, STATUS]), st.data())
@settings(max_examples=500)
def test_any_wrong_value_in_an_event_is_taken_or_refused(sample: dict[str, Any], data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(sample)[1:]))
    event = json.loads(json.dumps(put(sample, place, data.draw(anything))))

    try:
        account_of(event)
        message = decode(event, channel=NAME, myself=MYSELF, now=NOON)
    except MalformedEventError:
        return
    assert message is None or isinstance(message.text, str)


@given(st.dictionaries(st.sampled_from([*MESSAGE, "status"]), anything, max_size=8))
@settings(max_examples=300)
def test_any_object_is_taken_or_refused(event: dict[str, Any]) -> None:
    try:
        account_of(event)
        decode(event, channel=NAME, myself=MYSELF, now=NOON)
    except MalformedEventError:
        return


async def test_plain_http_finds_nothing_there(world: World) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            world.url.replace("ws", "http", 1), headers={"Authorization": f"Bearer {TOKEN}"}
        ) as response,
    ):
        assert response.status == 404

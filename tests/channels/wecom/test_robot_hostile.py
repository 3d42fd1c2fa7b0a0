"""Whatever is not told to this robot by WeCom is refused, always alike, and cheaply."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom.corp import API_BASE, CallbackKeys
from bot.channels.wecom.robot_callback import CalledRobot, Robot
from bot.channels.wecom.robot_inbound import decode
from bot.clock import MovableClock
from tests.channels.wechat.conftest import NOON, Bot
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import AES_KEY, TOKEN
from tests.channels.wecom.hostile import Endpoint, Request, encrypted, hostile_envelopes, in_json

SAID = {
    "msgid": "m1", "aibotid": "b", "chatid": "g1", "chattype": "group", "from": {"userid": "limin"},
    "response_url": "", "msgtype": "text", "text": {"content": "@邻里 收到"},
}  # fmt: skip
PRESS = {**SAID, "msgtype": "event", "event": {"eventtype": "template_card_event", "event_key": "1|a|b"}}
TEXT = json.dumps(SAID, ensure_ascii=False)


def inside(plain: str) -> Request:
    return encrypted(plain, "", in_json)


def with_(**changes: object) -> Request:
    return inside(json.dumps({**SAID, **changes}))


def without(name: str) -> Request:
    return inside(json.dumps({key: value for key, value in SAID.items() if key != name}))


HOSTILE: dict[str, Request] = {
    **hostile_envelopes(TEXT, "", in_json),
    "not JSON": inside("<xml/>"),
    "broken JSON": inside(TEXT[:-1]),
    "a list": inside("[]"),
    "a number": inside("1"),
    "null": inside("null"),
    "deep": inside("[" * 20_000),
    "deep objects": inside('{"a":' * 20_000),
    **{f"without {name}": without(name) for name in ("msgid", "from", "msgtype", "chatid", "text")},
    "msgid of a wrong type": with_(msgid=1),
    "msgid without end": with_(msgid="1" * 5000),
    "empty msgid": with_(msgid=" "),
    "sender of a wrong type": with_(**{"from": "limin"}),
    "sender without a name": with_(**{"from": {"userid": ["limin"]}}),
    "text of a wrong type": with_(text="收到"),
    "words of a wrong type": with_(text={"content": {"x": 1}}),
    "address of a wrong type": with_(response_url=["http://127.0.0.1"]),
    "mixed without items": with_(msgtype="mixed", mixed={}),
    "mixed of wrong items": with_(msgtype="mixed", mixed={"msg_item": ["x"]}),
    "mixed without kinds": with_(msgtype="mixed", mixed={"msg_item": [{"msgtype": 7}]}),
    "image of a wrong type": with_(msgtype="image", image={"url": 7}),
    "event of a wrong type": with_(msgtype="event", event="enter_chat"),
    "event without a type": with_(msgtype="event", event={}),
    "press of a wrong type": inside(
        json.dumps({**PRESS, "event": {"eventtype": "template_card_event", "template_card_event": "x"}})
    ),
    "press of nobody": inside(json.dumps({**PRESS, "from": {}})),
    "stream without a name": inside('{"msgtype":"stream","stream":{}}'),
}


def endpoint() -> tuple[Endpoint, Bot]:
    clock = MovableClock(NOON)
    bot = Bot()
    channel = CalledRobot(
        Robot("helper", CallbackKeys(TOKEN, AES_KEY), API_BASE),
        notebook=MemoryNotebook(clock),
        clock=clock,
        settle=bot.settle,
    )
    return Endpoint(channel.routes(bot.receive)), bot


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_like_everything_else_and_within_50_ms(name: str) -> None:
    stranger = endpoint()[0].send("", b"")
    address, bot = endpoint()

    started = time.process_time()
    replied = address.send(*HOSTILE[name])
    spent = time.process_time() - started

    assert stranger.status == 403
    assert replied == stranger
    assert bot.received == []
    assert spent < 0.05


def test_the_untouched_samples_are_accepted() -> None:
    """Otherwise the refusals above would prove nothing."""
    address, bot = endpoint()

    assert address.send(*inside(TEXT)).status == 200
    assert address.send(*inside(json.dumps(PRESS))).status == 200
    assert [message.text for message in bot.received] == ["收到", "b"]


def test_a_refusal_takes_as_long_whatever_is_wrong_inside_a_signed_envelope() -> None:
    names = ["padding uneven", "no padding", "length too large", "for another corporation", "not JSON"]
    names += ["without msgid", "text of a wrong type"]
    address, _ = endpoint()

    times = [address.quickest(*HOSTILE[name]) for name in names]

    assert max(times) < 1.5 * min(times), dict(zip(names, times, strict=True))


NAMES = st.sampled_from(
    ["msgid", "msgtype", "from", "userid", "chatid", "chattype", "text", "content", "event", "eventtype",
     "template_card_event", "event_key", "task_id", "mixed", "msg_item", "image", "url", "stream", "id"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20),
    st.sampled_from(["text", "event", "mixed", "image", "voice", "stream", "template_card_event"]),
    st.sampled_from(["enter_chat", "group", "disconnected_event", "1|a|b"]),
)  # fmt: skip
NODES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=6))
)


@given(st.dictionaries(NAMES, NODES, max_size=8))
@settings(max_examples=400)
def test_any_told_thing_is_read_or_refused(node: dict[str, object]) -> None:
    for told in (node, {**SAID, **node}, {**PRESS, **node}):
        try:
            decode(told, channel="helper", now=NOON)
        except MalformedMessageError:
            continue


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_refused_without_a_traceback(query: bytes, body: bytes) -> None:
    assert endpoint()[0].send(query.decode("latin-1"), body).status == 403

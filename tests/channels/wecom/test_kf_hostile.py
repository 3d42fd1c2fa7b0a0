"""Whatever does not come from WeCom for this corporation rings no bell, always alike, and cheaply."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom.corp import CallbackKeys, Corp
from bot.channels.wecom.kf import CustomerService
from bot.channels.wecom.kf_inbound import Ring, decode_item, decode_ring
from bot.clock import MovableClock
from tests.channels.wechat.conftest import NOON, Bot
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import AES_KEY, CORP_ID, SECRET, TOKEN
from tests.channels.wecom.hostile import Endpoint, Request, encrypted, hostile_envelopes, in_xml

RING = (
    f"<xml><ToUserName>{CORP_ID}</ToUserName><CreateTime>1763870400</CreateTime><MsgType>event</MsgType>"
    "<Event>kf_msg_or_event</Event><Token>ENC</Token><OpenKfId>wk1</OpenKfId></xml>"
)
BOMB = '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>' + RING.replace(
    "ENC", "&b;"
)


def inside(plain: str) -> Request:
    return encrypted(plain, CORP_ID, in_xml)


HOSTILE: dict[str, Request] = {
    **hostile_envelopes(RING, CORP_ID, in_xml),
    "not XML": inside("{}"),
    "broken XML": inside(RING[:-3]),
    "other root": inside(RING.replace("xml>", "soap>")),
    "deep": inside("<xml>" * 20_000),
    "entity bomb": inside(BOMB),
    "of another corporation": inside(RING.replace(CORP_ID, "wwfedcba9876543210")),
    **{
        f"without {tag}": inside(re.sub(f"<{tag}>.*?</{tag}>", "", RING))
        for tag in ("ToUserName", "MsgType", "Event", "OpenKfId")
    },
    "account without end": inside(RING.replace("wk1", "w" * 500)),
}


def endpoint() -> Endpoint:
    clock = MovableClock(NOON)
    channel = CustomerService(
        Corp("kf", CORP_ID, SECRET, "http://127.0.0.1:9"),
        CallbackKeys(TOKEN, AES_KEY),
        notebook=MemoryNotebook(clock),
        clock=clock,
    )
    return Endpoint(channel.routes(Bot().receive))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_like_everything_else_and_within_50_ms(name: str) -> None:
    stranger = endpoint().send("", b"")
    address = endpoint()

    started = time.process_time()
    replied = address.send(*HOSTILE[name])
    spent = time.process_time() - started

    assert stranger.status == 403
    assert replied == stranger
    assert spent < 0.05


def test_the_untouched_sample_and_other_events_are_accepted() -> None:
    """Otherwise the refusals above would prove nothing."""
    other = RING.replace("kf_msg_or_event", "change_contact")

    assert endpoint().send(*inside(other)).status == 200
    assert decode_ring(RING.encode(), corp_id=CORP_ID) == Ring("wk1", "ENC")


def test_a_refusal_takes_as_long_whatever_is_wrong_inside_a_signed_envelope() -> None:
    names = ["padding uneven", "no padding", "length too large", "for another corporation", "not XML"]
    names += ["without OpenKfId", "of another corporation"]
    address = endpoint()

    times = [address.quickest(*HOSTILE[name]) for name in names]

    assert max(times) < 1.5 * min(times), dict(zip(names, times, strict=True))


NAMES = st.sampled_from(
    ["msgid", "send_time", "origin", "msgtype", "open_kfid", "external_userid", "text", "content", "menu_id",
     "event", "event_type", "scene_param", "welcome_code", "change_type", "fail_msgid", "location"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["text", "event", "image", "location", "link", "enter_session", "session_status_change"]),
)  # fmt: skip
NODES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=6))
)
SAID = {
    "msgid": "m", "send_time": 1763870400, "origin": 3, "msgtype": "text", "open_kfid": "wk",
    "external_userid": "wm", "text": {"content": "电梯坏了"},
}  # fmt: skip


@given(st.dictionaries(NAMES, NODES, max_size=8), NODES)
@settings(max_examples=400)
def test_any_item_is_read_or_refused(node: dict[str, object], other: object) -> None:
    for item in (node, other, {**SAID, **node}, {**SAID, "msgtype": "event", **node}):
        try:
            decode_item(item, channel="kf")
        except MalformedMessageError:
            continue


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_refused_without_a_traceback(query: bytes, body: bytes) -> None:
    assert endpoint().send(query.decode("latin-1"), body).status == 403

"""Whatever does not come from WeCom for this application is refused, always alike, and cheaply."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wecom.app import StaffApp
from bot.channels.wecom.corp import CallbackKeys, Corp
from bot.clock import MovableClock
from tests.channels.wechat.conftest import NOON, Bot
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.channels.wecom.hostile import Endpoint, Request, encrypted, hostile_envelopes, in_xml

TEXT = (
    f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>limin</FromUserName>"
    "<CreateTime>1763870400</CreateTime><MsgType>text</MsgType><Content>收到</Content><MsgId>1</MsgId>"
    f"<AgentID>{AGENT_ID}</AgentID></xml>"
)
BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
) + TEXT.replace("收到", "&d;")
PRESS = (
    TEXT.replace("<MsgType>text", "<MsgType>event")
    + "<Event>template_card_event</Event><EventKey>1|收到|收到</EventKey>"
).replace("</xml>", "") + "</xml>"


def without(tag: str) -> str:
    return re.sub(f"<{tag}>.*?</{tag}>", "", TEXT)


def inside(plain: str) -> Request:
    return encrypted(plain, CORP_ID, in_xml)


HOSTILE: dict[str, Request] = {
    **hostile_envelopes(TEXT, CORP_ID, in_xml),
    "not XML": inside("{}"),
    "broken XML": inside(TEXT[:-3]),
    "other root": inside(TEXT.replace("xml>", "soap>")),
    "deep": inside("<xml>" * 20_000),
    "entity bomb": inside(BOMB),
    "entity from a file": inside('<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + TEXT),
    "of another corporation": inside(TEXT.replace(CORP_ID, "wwfedcba9876543210")),
    "of another application": inside(TEXT.replace(str(AGENT_ID), "1000003")),
    **{
        f"without {tag}": inside(without(tag))
        for tag in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "AgentID")
    },
    "MsgId of a wrong type": inside(TEXT.replace("<MsgId>1<", "<MsgId>one<")),
    "MsgId without end": inside(TEXT.replace("<MsgId>1<", f"<MsgId>{'1' * 5000}<")),
    "AgentID of a wrong type": inside(TEXT.replace(str(AGENT_ID), "me")),
    "element in place of a text": inside(TEXT.replace(">limin<", "><x/><")),
    "location without coordinates": inside(TEXT.replace(">text<", ">location<")),
    "press without a card": inside(PRESS),
}


def endpoint() -> tuple[Endpoint, Bot]:
    clock = MovableClock(NOON)
    bot = Bot()
    channel = StaffApp(
        Corp("staff", CORP_ID, SECRET),
        CallbackKeys(TOKEN, AES_KEY),
        agent_id=AGENT_ID,
        shows_cards=True,
        notebook=MemoryNotebook(clock),
        clock=clock,
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


def test_the_untouched_sample_is_accepted() -> None:
    """Otherwise the refusals above would prove nothing."""
    address, bot = endpoint()

    assert address.send(*inside(TEXT)).status == 200
    assert address.send(*encrypted(TEXT, CORP_ID, in_xml, age=299)).status == 200
    assert [message.text for message in bot.received] == ["收到", "收到"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_need_a_signature_too(method: str) -> None:
    address, _ = endpoint()

    assert address.send("echostr=1", b"", method).status == 403


def test_a_refusal_takes_as_long_whatever_is_wrong_inside_a_signed_envelope() -> None:
    names = ["padding uneven", "no padding", "length too large", "for another corporation", "not XML"]
    names += ["without MsgId", "of another application"]
    address, _ = endpoint()

    times = [address.quickest(*HOSTILE[name]) for name in names]

    assert max(times) < 1.5 * min(times), dict(zip(names, times, strict=True))


FIELDS = (
    "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "AgentID", "Event",
    "EventKey", "TaskId", "ResponseCode", "Location_X",
)  # fmt: skip
values = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="<&\x00"), max_size=20),
    st.sampled_from(
        ["text", "event", "image", "location", "template_card_event", "click", "1", "-1", "1|a|b", CORP_ID,
         str(AGENT_ID)]
    ),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), values))
@settings(max_examples=200, deadline=None)
def test_any_signed_message_is_answered_or_refused_without_a_traceback(said: dict[str, str]) -> None:
    xml = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())

    assert endpoint()[0].send(*inside(f"<xml>{xml}</xml>")).status in {200, 403}


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused_without_a_traceback(query: bytes, body: bytes) -> None:
    assert endpoint()[0].send(query.decode("latin-1"), body).status == 403

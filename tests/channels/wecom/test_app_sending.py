"""Messages to members: cards, limits, the token, and what becomes of every way to fail."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat_codec import sendable
from bot.channels.wecom.app import LONGEST_TEXT, StaffApp
from bot.channels.wecom.cards import can_carry_buttons, card, pressed
from bot.channels.wecom.corp import CallbackKeys, Corp
from bot.messaging import (
    Address,
    Button,
    DeliveryFailure,
    NotYet,
    OutboundMessage,
    PermanentFailure,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
)
from bot.upkeep import Finding
from tests.channels.wecom.conftest import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN, AppWorld, an_app, to
from tests.counterparts.serving import Fault

SEND = "/cgi-bin/message/send"


def shown(world: AppWorld, userid: str) -> list[str]:
    """What a member reads: the marks at the end of texts cannot be seen."""
    return [one.text.rstrip("\u200b\u200c") for one in world.corp.member(userid).screen]


@pytest.mark.anyio
async def test_a_text_reaches_a_member(world: AppWorld) -> None:
    world.corp.member("LiMin")

    await world.channel.send(to("LiMin", "您有一件新的事项"))

    assert shown(world, "LiMin") == ["您有一件新的事项"]
    body = world.corp.server.calls[-1].body
    assert (body["enable_duplicate_check"], body["agentid"]) == (1, AGENT_ID)


@pytest.mark.anyio
async def test_a_group_is_refused(world: AppWorld) -> None:
    with pytest.raises(PermanentFailure):
        await world.channel.send(OutboundMessage(1, Address("staff", "g", is_group=True), "大家好"))


@pytest.mark.anyio
async def test_buttons_become_a_card(world: AppWorld) -> None:
    world.corp.member("limin")

    await world.channel.send(to("limin", "3号楼电梯坏了\n王阿姨 报", "收到", "退"))

    [one] = world.corp.member("limin").screen
    assert (one.text, list(one.buttons)) == ("3号楼电梯坏了\n王阿姨 报", ["收到", "退"])


@pytest.mark.anyio
async def test_a_text_too_long_for_a_card_goes_before_it_in_full(world: AppWorld) -> None:
    world.corp.member("limin")
    text = "【急】" + "电梯停在五楼，" * 30

    await world.channel.send(to("limin", text, "收到"))

    first, second = world.corp.member("limin").screen
    assert first.text.startswith(text)
    assert (second.text, list(second.buttons)) == (text[:25] + "…", ["收到"])


@pytest.mark.anyio
async def test_buttons_that_no_card_takes_become_numbered_lines(world: AppWorld) -> None:
    world.corp.member("limin")

    await world.channel.send(
        to("limin", "选一个", *[f"第{number}个" for number in range(1, 8)], message_id=1)
    )
    await world.channel.send(to("limin", "选一个", "一个很长很长的按钮放不下", message_id=2))

    assert shown(world, "limin")[0].endswith("6. 第6个\n7. 第7个")
    assert shown(world, "limin")[1] == "选一个\n1. 一个很长很长的按钮放不下"


@pytest.mark.anyio
async def test_where_members_read_in_wechat_there_are_no_cards() -> None:
    async with an_app(shows_cards=False) as world:
        world.corp.member("limin")
        await world.channel.send(to("limin", "来单", "收到", "退"))

        assert shown(world, "limin") == ["来单\n1. 收到\n2. 退"]


@pytest.mark.anyio
async def test_nothing_of_a_long_text_is_lost(world: AppWorld) -> None:
    world.corp.member("limin")
    text = "甲" * 600 + "\n" + "乙" * 600 + "\n" + "丙" * 600

    await world.channel.send(to("limin", text))

    assert shown(world, "limin") == ["甲" * 600, "乙" * 600, "丙" * 600]
    assert all(len(one.text.encode()) <= LONGEST_TEXT for one in world.corp.member("limin").screen)


@given(
    st.text(st.characters(codec="utf-8"), max_size=300),
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=60)), min_size=1, max_size=8),
)
def test_what_a_button_says_comes_back_whole(text: str, choices: list[tuple[str, str]]) -> None:
    message = OutboundMessage(1, Address("staff", "a"), text, tuple(Button(*choice) for choice in choices))
    if not can_carry_buttons(message):
        return
    keys = [button["key"] for button in card(message)["button_list"]]  # type: ignore[attr-defined]

    presses = [pressed(key) for key in keys]

    assert [press.says for press in presses if press] == [sendable(button.says) for button in message.buttons]


@pytest.mark.parametrize("key", ["", "approve", "1", "1|x", "|||", "x|y|z"])
def test_a_key_that_is_not_ours_says_nothing(key: str) -> None:
    assert pressed(key) is None


# -- repeats and limits ----------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("labels", [(), ("收到",)], ids=["text", "card"])
async def test_a_message_that_is_sent_again_is_shown_once(world: AppWorld, labels: tuple[str, ...]) -> None:
    world.corp.member("limin")
    world.corp.server.faults = [Fault(SEND, "disconnect", after=True)]

    with pytest.raises(UnclearOutcome):
        await world.channel.send(to("limin", "来单", *labels))
    await world.channel.send(to("limin", "来单", *labels))

    assert shown(world, "limin") == ["来单"]


@pytest.mark.anyio
async def test_the_same_words_for_another_reason_are_shown_again(world: AppWorld) -> None:
    world.corp.member("limin")

    await world.channel.send(to("limin", "您没有待办", message_id=1))
    await world.channel.send(to("limin", "您没有待办", message_id=2))

    assert shown(world, "limin") == ["您没有待办", "您没有待办"]


@pytest.mark.anyio
async def test_the_platform_is_never_given_more_than_it_shows_one_member(world: AppWorld) -> None:
    world.corp.member("limin")
    for number in range(30):
        await world.channel.send(to("limin", str(number), message_id=number))

    with pytest.raises(NotYet) as held:
        await world.channel.send(to("limin", "30", message_id=30))
    assert held.value.retry_after == 60
    with pytest.raises(NotYet):
        await world.another_process().send(to("limin", "30", message_id=30))
    world.corp.member("zhaoqiang")
    await world.channel.send(to("zhaoqiang", "来单", message_id=31))
    world.clock.move_to(world.clock.now() + timedelta(minutes=1))
    await world.channel.send(to("limin", "30", message_id=30))

    assert (len(shown(world, "limin")), world.corp.member("limin").dropped) == (31, 0)


# -- members who are not reached although the return code is 0 ------------------------------------


@pytest.mark.anyio
async def test_a_member_without_a_licence_is_gone(world: AppWorld) -> None:
    world.corp.member("LiMin").is_licensed = False

    with pytest.raises(RecipientGone):
        await world.channel.send(to("LiMin", "来单"))


@pytest.mark.anyio
async def test_a_member_listed_as_invalid_is_gone_whatever_the_case_of_the_id(world: AppWorld) -> None:
    world.corp.only_lists_invalid_members = True
    world.corp.member("LiMin").is_visible = False

    with pytest.raises(RecipientGone):
        await world.channel.send(to("LiMin", "来单"))


@pytest.mark.anyio
async def test_nobody_of_that_id_and_who_may_not_be_seen_are_gone(world: AppWorld) -> None:
    world.corp.member("limin").is_visible = False

    for userid in ("limin", "nobody"):
        with pytest.raises(RecipientGone):
            await world.channel.send(to(userid, "来单"))


# -- failures ---------------------------------------------------------------------------------------

OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "busy": (Fault(SEND, "errcode", -1), TemporaryFailure),
    "address not trusted": (Fault(SEND, "errcode", 60020), TemporaryFailure),
    "called too often": (Fault(SEND, "errcode", 45009), TemporaryFailure),
    "too many at once": (Fault(SEND, "errcode", 45033), TemporaryFailure),
    "application switched off": (Fault(SEND, "errcode", 50003), TemporaryFailure),
    "application may not": (Fault(SEND, "errcode", 301002), TemporaryFailure),
    "no such member": (Fault(SEND, "errcode", 60111), RecipientGone),
    "none is valid": (Fault(SEND, "errcode", 81013), RecipientGone),
    "too long": (Fault(SEND, "errcode", 45002), PermanentFailure),
    "a code of tomorrow": (Fault(SEND, "errcode", 99999), PermanentFailure),
    "HTTP 429": (Fault(SEND, "status", 429), TemporaryFailure),
    "HTTP 500": (Fault(SEND, "status", 500), TemporaryFailure),
    "HTTP 502": (Fault(SEND, "status", 502), UnclearOutcome),
    "connection lost before the work": (Fault(SEND, "disconnect"), UnclearOutcome),
    "answer that is not JSON": (Fault(SEND, "garbage"), UnclearOutcome),
    "token endpoint down": (Fault("gettoken", "status", 500), TemporaryFailure),
    "token endpoint gone": (Fault("gettoken", "disconnect", times=2), TemporaryFailure),
    "token endpoint babbling": (Fault("gettoken", "garbage"), TemporaryFailure),
    "wrong secret": (Fault("gettoken", "errcode", 40001), TemporaryFailure),
    "wrong corp id": (Fault("gettoken", "errcode", 40013), TemporaryFailure),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_failure_has_its_outcome(world: AppWorld, name: str) -> None:
    world.corp.member("limin")
    fault, expected = OUTCOMES[name]
    world.corp.server.faults = [fault]

    with pytest.raises(DeliveryFailure) as raised:
        await world.channel.send(to("limin", "来单"))

    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)
    assert "access_token=" not in str(raised.value)


@pytest.mark.anyio
async def test_an_address_where_nobody_listens_is_a_passing_failure(world: AppWorld) -> None:
    settings = Corp("staff", CORP_ID, SECRET, "http://127.0.0.1:9")
    channel = StaffApp(
        settings, CallbackKeys(TOKEN, AES_KEY), agent_id=AGENT_ID, shows_cards=True,
        notebook=world.notebook, clock=world.clock,
    )  # fmt: skip

    with pytest.raises(TemporaryFailure):
        await channel.send(to("limin", "来单"))
    await channel.close()


@pytest.mark.anyio
async def test_a_connection_that_hangs_is_unclear_after_a_while() -> None:
    async with an_app(call_within=0.1) as world:
        world.corp.member("limin")
        world.corp.server.faults = [Fault(SEND, "hang")]

        with pytest.raises(UnclearOutcome):
            await world.channel.send(to("limin", "来单"))


# -- the token --------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_many_messages_at_once_fetch_one_token(world: AppWorld) -> None:
    for number in range(20):
        world.corp.member(f"m{number}")

    sends = (world.channel.send(to(f"m{number}", "好", message_id=number)) for number in range(20))
    await asyncio.gather(*sends)

    assert world.corp.server.count("gettoken") == 1


@pytest.mark.anyio
async def test_processes_share_the_token(world: AppWorld) -> None:
    world.corp.member("limin")
    other = world.another_process()

    await world.channel.send(to("limin", "一", message_id=1))
    await other.send(to("limin", "二", message_id=2))
    assert world.corp.server.count("gettoken") == 1

    world.corp.expire_tokens()
    await world.channel.send(to("limin", "三", message_id=3))
    await other.send(to("limin", "四", message_id=4))  # its own token is refused, the notebook's is good
    await other.close()
    assert world.corp.server.count("gettoken") == 2
    assert shown(world, "limin") == ["一", "二", "三", "四"]


@pytest.mark.anyio
async def test_a_token_that_expires_is_renewed_in_time(world: AppWorld) -> None:
    world.corp.member("limin")
    await world.channel.send(to("limin", "一", message_id=1))
    world.clock.move_to(world.clock.now() + timedelta(hours=2))

    await world.channel.send(to("limin", "二", message_id=2))

    assert (world.corp.server.count("gettoken"), world.corp.server.count(SEND)) == (2, 2)


@pytest.mark.anyio
async def test_a_platform_that_refuses_every_token_is_not_asked_for_ever(world: AppWorld) -> None:
    world.corp.member("limin")
    world.corp.rejects_every_token = True

    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            await world.channel.send(to("limin", "一"))

    assert len(world.corp.server.calls) <= 12


@pytest.mark.anyio
async def test_a_check_says_the_applications_name_or_what_to_mend(world: AppWorld) -> None:
    assert await world.channel.check() == [Finding("channel_wecom_app", {"name": "邻里"})]

    world.corp.server.faults = [Fault("agent/get", "errcode", 60020)]
    with pytest.raises(TemporaryFailure, match="trusted"):
        await world.channel.check()

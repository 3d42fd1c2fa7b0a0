"""订阅通知 with its account of consents, and template messages with their field rules."""

from datetime import timedelta

import pytest

from bot.channels.wechat.notices import Notice, fitted
from bot.messaging import PermanentFailure, QuotaUsedUp, RecipientGone, TemporaryFailure
from tests.channels.wechat.conftest import World
from tests.counterparts.serving import Fault

pytestmark = pytest.mark.anyio

TEMPLATE = "T1"
NOTICE = Notice(TEMPLATE, {"thing1": "3号楼电梯", "phrase2": "已办结", "time3": "2026-11-24 15:30"})


@pytest.fixture
async def ready(world: World) -> World:
    world.platform.templates[TEMPLATE] = ["thing1", "phrase2", "time3"]
    await world.caller.says("oA", "你好")
    return world


async def test_one_consent_allows_one_notice(ready: World) -> None:
    await ready.caller.consents("oA", TEMPLATE)

    await ready.channel.notices.send_subscribed("oA", NOTICE)
    with pytest.raises(QuotaUsedUp):
        await ready.channel.notices.send_subscribed("oA", NOTICE)

    assert "3号楼电梯" in ready.platform.resident("oA").screen[-1]
    assert sum(call.path.endswith("bizsend") for call in ready.platform.calls) == 1


async def test_consents_add_up_and_have_no_end(ready: World) -> None:
    await ready.caller.consents("oA", TEMPLATE)
    ready.clock.move_to(ready.clock.now() + timedelta(days=100))
    await ready.caller.consents("oA", TEMPLATE)

    assert await ready.channel.notices.consents("oA", TEMPLATE) == 2


async def test_a_consent_delivered_twice_counts_once(ready: World) -> None:
    await ready.caller.consents("oA", TEMPLATE)
    await ready.caller.consents("oA", TEMPLATE)  # the clock stands still: the same event again

    assert await ready.channel.notices.consents("oA", TEMPLATE) == 1


async def test_without_consent_nothing_is_tried(ready: World) -> None:
    with pytest.raises(QuotaUsedUp):
        await ready.channel.notices.send_subscribed("oA", NOTICE)

    assert not any(call.path.endswith("bizsend") for call in ready.platform.calls)


async def test_a_no_in_the_pop_up_takes_nothing_away_but_the_settings_do(ready: World) -> None:
    await ready.caller.consents("oA", TEMPLATE)
    refusal = {"List": [{"TemplateId": TEMPLATE, "SubscribeStatusString": "reject"}]}

    await ready.caller.happens("oA", "subscribe_msg_popup_event", SubscribeMsgPopupEvent=refusal)
    assert await ready.channel.notices.consents("oA", TEMPLATE) == 1

    await ready.caller.happens("oA", "subscribe_msg_change_event", SubscribeMsgChangeEvent=refusal)
    assert await ready.channel.notices.consents("oA", TEMPLATE) == 0


async def test_one_consent_to_a_long_term_template_covers_all(ready: World) -> None:
    ready.platform.long_term.add(TEMPLATE)
    await ready.caller.consents("oA", TEMPLATE)
    notice = Notice(TEMPLATE, NOTICE.fields, is_long_term=True)

    for _ in range(3):
        await ready.channel.notices.send_subscribed("oA", notice)

    assert await ready.channel.notices.consents("oA", TEMPLATE) == 1


async def test_a_passing_failure_keeps_the_consent_and_a_refusal_ends_it(ready: World) -> None:
    await ready.caller.consents("oA", TEMPLATE)
    ready.platform.faults = [Fault("bizsend", "errcode", -1), Fault("bizsend", "errcode", 43101)]

    with pytest.raises(TemporaryFailure):
        await ready.channel.notices.send_subscribed("oA", NOTICE)
    assert await ready.channel.notices.consents("oA", TEMPLATE) == 1
    with pytest.raises(QuotaUsedUp):
        await ready.channel.notices.send_subscribed("oA", NOTICE)
    assert await ready.channel.notices.consents("oA", TEMPLATE) == 0


async def test_a_template_message_needs_no_window(ready: World) -> None:
    ready.clock.move_to(ready.clock.now() + timedelta(days=30))

    await ready.channel.notices.send_template("oA", NOTICE, message_id=7)

    assert "已办结" in ready.platform.resident("oA").screen[-1]


async def test_a_template_message_sent_again_after_an_unclear_end_arrives_once(ready: World) -> None:
    ready.platform.faults = [Fault("template/send", "disconnect", after=True)]

    with pytest.raises(TemporaryFailure) as raised:
        await ready.channel.notices.send_template("oA", NOTICE, message_id=7)
    await ready.channel.notices.send_template("oA", NOTICE, message_id=7)

    assert raised.value.retry_after is not None
    assert raised.value.retry_after < 600
    assert sum("已办结" in shown for shown in ready.platform.resident("oA").screen) == 1


async def test_a_template_message_to_somebody_who_left_says_so(ready: World) -> None:
    await ready.caller.leaves("oA")

    with pytest.raises(RecipientGone):
        await ready.channel.notices.send_template("oA", NOTICE, message_id=7)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("thing1", "幸福里3号楼2单元电梯停运，维修人员已经到达现场", "幸福里3号楼2单元电梯停运，维修人员已…"),
        ("thing1", "第一行\n第二行", "第一行 第二行"),
        ("thing1", "修好了🎉", "修好了"),
        ("phrase2", "已办结", "已办结"),
        ("character_string3", "A2611-0042", "A2611-0042"),
        ("time4", "2026-11-24 15:30", "2026-11-24 15:30"),
    ],
)
def test_values_are_fitted_to_their_field(name: str, value: str, expected: str) -> None:
    assert fitted(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thing1", "🎉"),
        ("thing1", "  "),
        ("phrase2", "正在处理之中"),
        ("phrase2", "已办结!"),
        ("character_string3", "编号42"),
        ("character_string3", "A" * 33),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(PermanentFailure, match=name):
        fitted(name, value)

"""The account's menu, and the QR codes that hang in stairwells."""

from datetime import timedelta

import pytest

from bot.channels.wechat.codes import create_lasting_code, create_passing_code
from bot.channels.wechat.menu import Opens, Says, SubMenu, create_menu
from tests.channels.wechat.conftest import World

pytestmark = pytest.mark.anyio


async def test_a_menu_item_says_what_it_was_made_to_say(world: World) -> None:
    items = [
        Says("我要报修", "我要报修"),
        SubMenu("办事", (Says("法律咨询", "预约法律咨询"), Opens("网页版", "https://example.invalid/"))),
    ]

    await create_menu(world.channel.api, items)

    assert world.platform.menu is not None
    key = world.platform.menu["button"][1]["sub_button"][0]["key"]
    assert (await world.caller.presses("oA", key)).shown == "收到：预约法律咨询"


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([], id="no item"),
        pytest.param([Says(str(number), "x") for number in range(4)], id="four items"),
        pytest.param([Says("物业费怎么交", "x")], id="name of six characters"),
        pytest.param([Says("报修", "x" * 129)], id="text too long"),
        pytest.param([Says("报修", "")], id="nothing to say"),
        pytest.param([SubMenu("办事", ())], id="empty sub-menu"),
        pytest.param([SubMenu("办事", (Says("a", "a"),) * 6)], id="six sub-items"),
    ],
)
async def test_a_menu_that_the_platform_would_refuse_is_never_sent(
    world: World, items: list[Says | Opens | SubMenu]
) -> None:
    with pytest.raises(ValueError, match=r"menu|item"):
        await create_menu(world.channel.api, items)

    assert world.platform.calls == []


async def test_a_lasting_code_brings_its_place(world: World) -> None:
    code = await create_lasting_code(world.channel.api, "幸福里3号楼2单元")

    await world.caller.scans("oA", code.scene)
    assert world.bot.received[0].place_hint == "幸福里3号楼2单元"
    assert code.url.startswith("http://weixin.qq.com/q/")
    assert code.picture.startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ")


async def test_a_passing_code_lasts_as_long_as_asked(world: World) -> None:
    await create_passing_code(world.channel.api, "周六清洁家园", lasts=timedelta(days=2))

    assert world.platform.calls[-1].body["expire_seconds"] == 172_800


@pytest.mark.parametrize("scene", ["", "幸" * 22])
async def test_a_scene_of_a_wrong_length_is_refused(world: World, scene: str) -> None:
    with pytest.raises(ValueError, match="scene"):
        await create_lasting_code(world.channel.api, scene)


async def test_a_passing_code_cannot_last_for_months(world: World) -> None:
    with pytest.raises(ValueError, match="30 days"):
        await create_passing_code(world.channel.api, "节日", lasts=timedelta(days=31))

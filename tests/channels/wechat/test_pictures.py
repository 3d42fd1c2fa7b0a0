"""Pictures that residents send are fetched from the platform and kept as photos."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.channels.wechat.conftest import World, a_world
from tests.counterparts.serving import Fault

pytestmark = pytest.mark.anyio


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "JPEG")
    return written.getvalue()


async def send_picture(world: World, media_id: str = "m1") -> None:
    await world.caller.sends("oA", "image", PicUrl="http://192.0.2.1/elsewhere", MediaId=media_id)


async def test_a_picture_becomes_a_photo(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.platform.media["m1"] = jpeg()
        await send_picture(world)

    [message] = world.bot.received
    [name] = message.photos
    assert (tmp_path / name).is_file()


async def test_a_token_that_has_expired_does_not_cost_the_picture(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        world.platform.media["m1"] = jpeg()
        await send_picture(world)
        world.platform.revoke_tokens()
        await send_picture(world)

    assert [len(message.photos) for message in world.bot.received] == [1, 1]


@pytest.mark.parametrize(
    "content", [pytest.param(None, id="gone"), pytest.param(b"GIF89a", id="no photo"), b"x" * 11_000_000]
)
async def test_the_message_arrives_even_if_its_picture_cannot_be_had(
    tmp_path: Path, content: bytes | None
) -> None:
    async with a_world(tmp_path) as world:
        if content is not None:
            world.platform.media["m1"] = content
        await send_picture(world)

    [message] = world.bot.received
    assert message.photos == ()
    assert message.attachments[0].reference == "m1"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["disconnect", "garbage", "status"])
async def test_the_message_arrives_even_if_the_platform_is_broken(tmp_path: Path, kind: str) -> None:
    async with a_world(tmp_path) as world:
        world.platform.media["m1"] = jpeg()
        world.platform.faults = [Fault("media/get", kind, 503, times=2)]
        await send_picture(world)

    assert [message.photos for message in world.bot.received] == [()]

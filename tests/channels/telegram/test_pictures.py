"""Pictures that residents send are fetched from the platform and kept as photos."""

import io

import pytest
from PIL import Image

from bot.messaging import AttachmentKind
from tests.channels.telegram.conftest import World
from tests.counterparts.telegram.platform import Fault

pytestmark = pytest.mark.anyio


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "JPEG")
    return written.getvalue()


def kept(world: World) -> list[str]:
    return sorted(file.name for file in world.photos.iterdir())


async def test_a_picture_is_kept_in_its_largest_size_with_its_words(world: World) -> None:
    photo = world.people.picture(jpeg())

    message = await world.hear(world.people.sends(world.resident, photo=photo, caption="楼道堆杂物"))

    assert message is not None
    assert message.text == "楼道堆杂物"
    assert list(message.photos) == kept(world)
    assert len(message.photos) == 1
    assert message.attachments[0].reference.startswith("photo-")


async def test_a_picture_sent_as_a_file_is_one_too(world: World) -> None:
    [_, size] = world.people.picture(jpeg())
    document = {**size, "mime_type": "image/png", "file_name": "IMG_1.png"}

    message = await world.hear(world.people.sends(world.resident, document=document))

    assert message is not None
    assert len(message.photos) == 1
    assert message.attachments[0].kind is AttachmentKind.PICTURE


async def test_what_people_show_each_other_in_a_group_is_not_kept(world: World) -> None:
    for caption, photos in (("好看吗", 0), ("@linli_bot 堵路了", 1)):
        entities = [{"type": "mention", "offset": 0, "length": 10}] if photos else []
        message = await world.hear(
            world.people.sends(
                world.resident,
                chat=world.group,
                photo=world.people.picture(jpeg()),
                caption=caption,
                caption_entities=entities,
            )
        )
        assert message is not None
        assert len(message.photos) == len(kept(world)) == photos


@pytest.mark.parametrize(
    "fault",
    [
        Fault("getFile", "status", 500),
        Fault("getFile", "odd", body='{"ok": true, "result": {"file_id": "a", "file_unique_id": "b"}}'),
        Fault("getFile", "odd", body='{"ok": true, "result": 7}'),
        Fault("getFile", "disconnect"),
        Fault("file", "status", 404),
        Fault("file", "disconnect", times=2),
        Fault("file", "status", 200, body="x" * 11_000_000),
    ],
)
async def test_the_message_arrives_even_if_its_picture_cannot_be_had(world: World, fault: Fault) -> None:
    world.platform.faults = [fault]
    photo = world.people.picture(jpeg())

    message = await world.hear(world.people.sends(world.resident, photo=photo, caption="漏水"))

    assert message is not None
    assert (message.text, message.photos) == ("漏水", ())
    assert message.attachments[0].kind is AttachmentKind.PICTURE


@pytest.mark.parametrize("content", [b"GIF89a", b"", b"x" * 10_500_000, b"x" * 21_000_000])
async def test_what_is_no_picture_or_too_large_is_only_mentioned(world: World, content: bytes) -> None:
    photo = world.people.picture(content)

    message = await world.hear(world.people.sends(world.resident, photo=photo))

    assert message is not None
    assert message.photos == ()
    assert kept(world) == []

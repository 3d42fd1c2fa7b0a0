"""Uploaded photos: what is taken, what is refused, and what is left of it on the disk."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from bot.channels.photos import LARGEST_FILE, NotAPhoto, PhotoStore, PhotoTooLarge
from tests.channels.web.conftest import Bot, line

_GPS, _GPS_LATITUDE, _GPS_LATITUDE_REF, _ORIENTATION, _MAKE = 0x8825, 2, 1, 0x0112, 0x010F


@pytest.fixture
def store(photo_folder: Path) -> PhotoStore:
    return PhotoStore(photo_folder)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def photo(width: int = 60, height: int = 40, **options: object) -> bytes:
    return encoded(Image.new("RGB", (width, height), "orange"), **options)


def taken_at_a_place() -> bytes:
    exif = Image.Exif()
    exif[_MAKE] = "SecretPhone"
    exif[_ORIENTATION] = 6  # lies on its side
    exif.get_ifd(_GPS).update({_GPS_LATITUDE_REF: "N", _GPS_LATITUDE: (36.0, 4.0, 12.5)})
    return photo(exif=exif)


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that unpack to `width` × `height` pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def kept(store: PhotoStore, folder: Path, content: bytes) -> Image.Image:
    with Image.open(folder / store.keep(content)) as image:
        image.load()
        return image


def test_where_and_with_what_a_photo_was_taken_is_not_kept(store: PhotoStore, photo_folder: Path) -> None:
    content = taken_at_a_place()
    assert b"SecretPhone" in content

    name = store.keep(content)

    stored = (photo_folder / name).read_bytes()
    with Image.open(io.BytesIO(stored)) as image:
        assert dict(image.getexif()) == {}
        assert "exif" not in image.info
    assert b"SecretPhone" not in stored
    assert b"Exif" not in stored


def test_a_photo_that_lies_on_its_side_is_put_upright(store: PhotoStore, photo_folder: Path) -> None:
    assert kept(store, photo_folder, taken_at_a_place()).size == (40, 60)


def test_a_large_photo_is_made_smaller(store: PhotoStore, photo_folder: Path) -> None:
    image = kept(store, photo_folder, photo(6000, 3000))

    assert image.size == (2000, 1000)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "MPO"])
def test_every_kind_that_phones_make_becomes_jpeg(store: PhotoStore, photo_folder: Path, kind: str) -> None:
    assert kept(store, photo_folder, encoded(Image.new("RGB", (30, 20)), kind)).format == "JPEG"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_pictures_of_every_colour_mode_are_kept(store: PhotoStore, photo_folder: Path, mode: str) -> None:
    assert kept(store, photo_folder, encoded(Image.new(mode, (30, 20)), "PNG")).mode == "RGB"


def test_what_is_see_through_becomes_white(store: PhotoStore, photo_folder: Path) -> None:
    see_through = encoded(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "PNG")

    assert kept(store, photo_folder, see_through).getpixel((5, 5)) == (255, 255, 255)


def test_nothing_hidden_behind_a_photo_is_kept(store: PhotoStore, photo_folder: Path) -> None:
    name = store.keep(photo() + b"PK\x03\x04<script>alert(1)</script>")

    assert b"<script>" not in (photo_folder / name).read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"PK\x03\x04 a Word file",
        encoded(Image.new("RGB", (9, 9)), "GIF"),
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        photo()[:200],
        photo()[:-300],
        b"\xff\xd8\xff\xe0" + b"\x00" * 500,
    ],
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(
    store: PhotoStore, photo_folder: Path, content: bytes
) -> None:
    with pytest.raises(NotAPhoto):
        store.keep(content)
    assert not photo_folder.exists()


@pytest.mark.parametrize("side", [5_000, 12_000, 60_000])
def test_a_picture_that_unpacks_to_gigabytes_is_refused(store: PhotoStore, side: int) -> None:
    bomb = png_that_claims(side, side)
    assert len(bomb) < 200

    with pytest.raises(PhotoTooLarge):
        store.keep(bomb)


def test_a_progressive_photo_may_not_be_as_large_as_an_ordinary_one(store: PhotoStore) -> None:
    large = Image.new("L", (5000, 4000))

    store.keep(encoded(large))
    with pytest.raises(PhotoTooLarge):
        store.keep(encoded(large, progressive=True))


def test_too_many_bytes_are_refused_unread(store: PhotoStore) -> None:
    with pytest.raises(PhotoTooLarge):
        store.keep(photo() + b"\x00" * LARGEST_FILE)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow remarks on what it skips
def test_a_photo_whose_parts_lie_is_refused_or_kept_but_never_breaks(store: PhotoStore) -> None:
    content = bytearray(taken_at_a_place())
    for position in range(0, 260, 3):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        try:
            store.keep(bytes(damaged))
        except (NotAPhoto, PhotoTooLarge):
            continue


def test_names_cannot_be_guessed_and_lead_nowhere_else(store: PhotoStore) -> None:
    names = {store.keep(photo()) for _ in range(3)}

    assert len(names) == 3
    assert all(store.has(name) for name in names)
    assert not any(store.has(name) for name in ["", "..", "../photos", "a.jpg", "0" * 32 + ".jpg"])


# -- over HTTP ------------------------------------------------------------------------------------


def test_an_uploaded_photo_goes_with_the_next_line(visitor: TestClient, bot: Bot, photo_folder: Path) -> None:
    response = visitor.post("/chat/photos", files={"photo": ("猫.jpg", photo(), "image/jpeg")})
    name = response.json()["name"]
    visitor.post("/chat/messages", json=line("", photos=[name]))

    assert bot.heard[0].photos == (name,)
    assert [path.name for path in photo_folder.iterdir()] == [name]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"no photo", 415), (png_that_claims(60_000, 60_000), 413), (b"x" * (LARGEST_FILE + 100_000), 413)],
)
def test_a_refused_upload_says_why(visitor: TestClient, content: bytes, status: int) -> None:
    response = visitor.post("/chat/photos", files={"photo": ("a.jpg", content, "image/jpeg")})

    assert response.status_code == status
    assert response.json()["error"].endswith("。")


@pytest.mark.parametrize(
    "request_",
    [
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"data": {"photo": "not a file"}},
        {"files": [("photo", ("a.jpg", b"1")), ("photo", ("b.jpg", b"2"))]},
        {"json": {}},
    ],
)
def test_a_broken_upload_is_refused(visitor: TestClient, request_: dict[str, object]) -> None:
    response = visitor.post("/chat/photos", **request_)

    assert response.status_code == 400
    assert response.json()["error"].endswith("。")


def test_a_stranger_uploads_nothing(browser: TestClient, photo_folder: Path) -> None:
    response = browser.post("/chat/photos", files={"photo": ("a.jpg", photo(), "image/jpeg")})

    assert response.status_code == 403
    assert not photo_folder.exists()


def test_a_full_disk_is_said_and_leaves_nothing_half_written(visitor: TestClient, photo_folder: Path) -> None:
    photo_folder.write_text("where the folder should be")

    response = visitor.post("/chat/photos", files={"photo": ("a.jpg", photo(), "image/jpeg")})

    assert response.status_code == 507
    assert "0530-5550100" in response.json()["error"]

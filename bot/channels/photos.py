"""Uploaded photos: checked, made smaller, and stored without anything that tells where they were taken."""

import io
import os
import re
import secrets
import struct
import time
from collections.abc import Collection
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_FILE = 10 * 1024 * 1024
LONGEST_SIDE = 2000
_QUALITY = 85
_UNFINISHED_FOR = 3 * 24 * 3600  # seconds; as long as a conversation is remembered
_NAME = re.compile(r"[0-9a-f]{32}\.jpg")

# A small file can unpack to gigabytes. Ordinary JPEG is made smaller while it is read, so it may be large;
# everything else is unpacked whole, the progressive kind of JPEG included. MPO is what many phones write
# under the name of JPEG; Pillow finds it in JPEG and knows no way to open it by its own name.
_KINDS = ("JPEG", "PNG", "WEBP")
_READ_SMALLER = ("JPEG", "MPO")
_MOST_PIXELS_READ_SMALLER = 80_000_000
_MOST_PIXELS = 16_000_000


class PhotoRefused(Exception):
    """What was uploaded is not kept."""


class NotAPhoto(PhotoRefused):
    """Not a picture of a kind we take, or a broken one; by its content, whatever its name says."""


class PhotoTooLarge(PhotoRefused):
    """Too many bytes, or too many pixels."""


class PhotoStore:
    """A folder of JPEG files under random names. Blocking: called in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Stores a photo and returns its name. OSError where the disk refuses."""
        if len(content) > LARGEST_FILE:
            raise PhotoTooLarge
        jpeg = _cleaned(content)
        name = f"{secrets.token_hex(16)}.jpg"
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{name}.part"
        try:
            with unfinished.open("wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / name)
        finally:
            unfinished.unlink(missing_ok=True)
        return name

    def sweep(self, in_use: Collection[str]) -> int:
        """Delete what is not in use, but for the last days' photos: their story may still be being told.
        How many that were."""
        before = time.time() - _UNFINISHED_FOR
        unused = [
            file
            for file in self._folder.glob("*.jpg*")  # .part: the process died while it was writing
            if file.name not in in_use and file.stat().st_mtime < before
        ]
        for file in unused:
            file.unlink(missing_ok=True)
        return len(unused)

    def has(self, name: str) -> bool:
        return self.path_of(name) is not None

    def path_of(self, name: str) -> Path | None:
        """The file of a photo; None for any other name, and for one that is not here any more."""
        path = self._folder / name
        return path if _NAME.fullmatch(name) is not None and path.is_file() else None


def _cleaned(content: bytes) -> bytes:
    """The picture itself, upright, on white, as JPEG: new bytes, so no EXIF and nothing hidden behind."""
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > _allowed_pixels(picture):
                raise PhotoTooLarge
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)
            flat = _small_on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise PhotoTooLarge from bomb
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, struct.error) as broken:
        raise NotAPhoto from broken
    written = io.BytesIO()
    flat.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def _allowed_pixels(picture: Image.Image) -> int:
    reads_smaller = picture.format in _READ_SMALLER and not picture.info.get("progressive")
    return _MOST_PIXELS_READ_SMALLER if reads_smaller else _MOST_PIXELS


def _small_on_white(picture: Image.Image) -> Image.Image:
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    small = picture if picture.mode == mode else picture.convert(mode)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if mode == "RGB":
        return small
    white = Image.new("RGBA", small.size, "white")
    return Image.alpha_composite(white, small).convert("RGB")

"""What browsers post: bodies read up to a limit, JSON objects, and text made fit to be kept."""

import json
import re
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

LARGEST_MESSAGE = 64 * 1024
"""Bytes of a posted line. Far above what anybody types, so that the engine can say that it was too long."""

# No control characters but tab and line feed (PostgreSQL refuses NUL), and no half of a surrogate pair,
# which JSON can carry and UTF-8 cannot.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def limited(request: Request, most: int) -> Request:
    """The same request, failing with 413 where its body has more bytes than `most`."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > most:
        raise HTTPException(413)
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > most:
            raise HTTPException(413)
        return message

    return Request(request.scope, receive)


async def json_object(request: Request, most: int = LARGEST_MESSAGE) -> dict[str, object]:
    """The posted JSON object. Only under its own content type, which no foreign page can send unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415)
    body = await limited(request, most).body()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise HTTPException(400) from broken
    if not isinstance(value, dict):
        raise HTTPException(400)
    return cast(dict[str, object], value)


def text_of(value: dict[str, object], key: str, *, most: int | None = None) -> str:
    """A text of a posted object, cleaned; empty where it is missing. 400 where it is no text, 413 where it
    has more characters than `most`."""
    text = value.get(key, "")
    if not isinstance(text, str):
        raise HTTPException(400)
    text = clean(text)
    if most is not None and len(text) > most:
        raise HTTPException(413)
    return text

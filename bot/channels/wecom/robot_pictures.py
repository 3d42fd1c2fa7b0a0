"""Pictures sent to a robot: at an address that is good for five minutes, encrypted."""

from collections.abc import Awaitable, Callable

from bot.channels.photos import LARGEST_FILE
from bot.channels.wechat_calls import Calls
from bot.channels.wechat_codec import MalformedMessageError, open_file
from bot.messaging import Attachment, PermanentFailure

_CIPHER_ROOM = 64  # bytes that encryption adds, at most


def fetching(calls: Calls, *, api_base: str, aes_key: str) -> Callable[[Attachment], Awaitable[bytes]]:
    """How to fetch a picture. `aes_key` is the robot's, for files that come without a key of their own."""

    async def fetch(attachment: Attachment) -> bytes:
        if not attachment.url.startswith(("https://", f"{api_base.rstrip('/')}/")):
            raise PermanentFailure("a picture at an address that WeCom does not use")
        file = await calls.file(attachment.url, {}, largest=LARGEST_FILE + _CIPHER_ROOM)
        try:
            return open_file(file.content, attachment.reference or aes_key)
        except MalformedMessageError as error:
            raise PermanentFailure("a picture that its key does not open") from error

    return fetch
